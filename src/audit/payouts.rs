//! What payouts owe: shares are those that the points set aside give, everything is posted, and two persons have signed.

use std::collections::BTreeMap;

use crate::domain::entry::{Entry, EntryKind};
use crate::domain::fact::{Fact, PayoutContent};
use crate::domain::fold::State;
use crate::domain::ids::{MemberId, PayoutId};
use crate::domain::payout::Payout;
use crate::domain::record::{Record, RecordKey};
use crate::domain::split::split;

/// What payouts that are not over owe.
#[derive(Default)]
pub(super) struct Dues(BTreeMap<PayoutId, Due>);

/// What a payout owes, as the entries of its members say.
#[derive(Default)]
struct Due {
    /// Points set aside that are neither taken back, given back nor paid.
    weights: BTreeMap<MemberId, i64>,
    /// Shares that are still to be granted.
    shares: BTreeMap<MemberId, i64>,
}

impl Dues {
    /// What is wrong with an entry, in the state after it.
    pub(super) fn check(&mut self, entry: &Entry, after: &impl State) -> Option<String> {
        match (entry.kind, &entry.fact, &entry.member) {
            (EntryKind::StatementApproved, Fact::StatementApproval(id), _) => {
                match after.record(&RecordKey::Statement(id.clone())) {
                    Some(Record::Statement(statement)) if statement.declared_by == entry.principal => {
                        Some("the statement was approved by the person who declared it".into())
                    }
                    _ => None,
                }
            }
            (_, Fact::PayoutContent(content), _) => wrongly_signed(content, after),
            (EntryKind::PayoutExecuting, Fact::PayoutAct(id), _) => self.fix_shares(payout_of(id, after)?),
            (EntryKind::PayoutExecuted, Fact::PayoutAct(id), _) => self.end(id, "paid"),
            (EntryKind::PayoutCancelled, Fact::PayoutAct(id), _) => self.end(id, "given back"),
            (_, Fact::PayoutAct(id), Some(member)) => self.post(entry, id, member),
            (EntryKind::PayoutReduced, fact, Some(member)) => self.post(entry, fact.reduces()?, member),
            _ => None,
        }
    }

    /// Takes in what is posted to one member.
    fn post(&mut self, entry: &Entry, id: &PayoutId, member: &MemberId) -> Option<String> {
        let due = self.0.entry(id.clone()).or_default();
        let amount = entry.movement.map_or(0, |movement| movement.amount().get());
        let differs = |what, owed: Option<i64>| {
            (owed != Some(amount)).then(|| format!("the {what} is {amount}, not {}", owed.unwrap_or(0)))
        };
        match entry.kind {
            EntryKind::PayoutSetAside => {
                let again = due.weights.insert(member.clone(), amount).is_some();
                again.then(|| "the member's points were set aside before".into())
            }
            // That there are so many, the fold has checked.
            EntryKind::PayoutReduced => {
                let left = due.weights.remove(member).map_or(0, |points| points - amount);
                due.weights.extend((left > 0).then(|| (member.clone(), left)));
                None
            }
            EntryKind::PayoutPaid => differs("weight paid", due.weights.remove(member)),
            EntryKind::PayoutReturned => differs("weight given back", due.weights.remove(member)),
            EntryKind::PayoutGranted => differs("share granted", due.shares.remove(member)),
            _ => None,
        }
    }

    /// From here on nothing is taken back any more.
    fn fix_shares(&mut self, payout: &Payout) -> Option<String> {
        let due = self.0.entry(payout.terms.id.clone()).or_default();
        let weights = due.weights.iter().map(|(member, points)| (member.clone(), *points)).collect();
        match split(payout.terms.pool_minor, weights) {
            Ok(shares) => {
                due.shares = shares.into_iter().map(|share| (share.member, share.share_minor)).collect();
                None
            }
            Err(error) => Some(format!("the payout cannot be split: {error}")),
        }
    }

    /// A payout that is over owes nothing.
    fn end(&mut self, id: &PayoutId, how: &str) -> Option<String> {
        let due = self.0.remove(id).unwrap_or_default();
        let shares = due.shares.values().filter(|&&share| share > 0).count();
        match (shares, due.weights.len()) {
            (0, 0) => None,
            (0, weights) => Some(format!("the points of {weights} members were never {how}")),
            (shares, _) => Some(format!("{shares} shares were never granted")),
        }
    }
}

fn wrongly_signed(content: &PayoutContent, after: &impl State) -> Option<String> {
    let payout = payout_of(&content.payout, after)?;
    if payout.content != content.digest {
        return Some("the content signed is not what was set aside".into());
    }
    (payout.approved_by.as_ref() == Some(&payout.drafted_by))
        .then(|| "the payout was approved by the person who drafted it".into())
}

fn payout_of<'a>(id: &PayoutId, state: &'a impl State) -> Option<&'a Payout> {
    match state.record(&RecordKey::Payout(id.clone())) {
        Some(Record::Payout(payout)) => Some(payout),
        _ => None,
    }
}
