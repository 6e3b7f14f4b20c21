//! The shares of a payout: a pure function of the reserved points and the pool. Nothing of them is stored.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::state::payout::Payout;
use crate::domain::terms::payout::{PayoutTerms, shares_of};
use crate::domain::value::encoding::Hash;
use crate::domain::value::ids::{MemberId, PayoutId, ProgramId};
use crate::domain::value::seq::Seq;
use crate::domain::value::split::{Share, SplitError};
use crate::ledger::recent::Recent;
use crate::log::{FOLD_PAGE, Log, LogError, next_page};

/// Payouts whose shares are kept: the one being looked at, and those compared with it.
const KEPT_MAX: usize = 4;

/// Shares that are kept of all these payouts, at 130 bytes each: 130 MB. Of one payout alone, all are kept.
const SHARES_KEPT_MAX: usize = 1_000_000;

/// Every share of a payout, in the byte order of members.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// The shares.
    pub shares: Vec<Share>,
    /// The origin of each share's weight, share by share.
    pub weights: Vec<Weight>,
}

/// The points of a member that count: the reserved points, less those taken back since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weight {
    /// The member.
    pub member: MemberId,
    /// Points that count.
    pub points: i64,
    /// The entry that reserved the points.
    pub reserved_seq: Seq,
    /// Points taken back since, with the last entry that took any.
    pub reduced: Option<(i64, Seq)>,
}

impl Shares {
    /// Finds a member's share.
    #[must_use]
    pub fn of(&self, member: &MemberId) -> Option<(&Share, &Weight)> {
        let at = self.shares.binary_search_by(|share| share.member.cmp(member)).ok()?;
        Some((&self.shares[at], &self.weights[at]))
    }

    /// Returns how many shares stand before and at a member: a list goes on there after the member.
    #[must_use]
    pub fn after(&self, member: &MemberId) -> usize {
        self.shares.partition_point(|share| share.member <= *member)
    }
}

/// Computes shares from weights by a payout's terms. Members are in byte order, as drafting goes through them.
///
/// # Errors
/// [`SplitError`] when nobody has a weight.
pub fn from_weights(terms: &PayoutTerms, mut weights: Vec<Weight>) -> Result<Shares, SplitError> {
    let of = shares_of(terms, weights.iter().map(|weight| (weight.member.clone(), weight.points)).collect())?;
    // The account that gets the rest of a list may not be in it.
    if let Some(list) = terms.list.as_ref().filter(|_| of.len() > weights.len()) {
        let at = weights.partition_point(|weight| weight.member < list.remainder_to);
        let (member, reserved_seq) = (list.remainder_to.clone(), Seq::ZERO);
        weights.insert(at, Weight { member, points: 0, reserved_seq, reduced: None });
    }
    Ok(Shares { shares: of, weights })
}

/// Leaves out whoever would get less than the minimum, as the draft does: once, as compared with all weights.
pub(super) fn above_minimum(terms: &PayoutTerms, weights: Vec<Weight>) -> Vec<Weight> {
    let total: i128 = weights.iter().map(|weight| i128::from(weight.points)).sum();
    weights.into_iter().filter(|weight| !terms.is_too_little(weight.points, total)).collect()
}

/// Reads a payout's weights, in the byte order of members, up to the entry that changed the content last. A weight is
/// the reserved points, less those taken back. Members with nothing left have none.
///
/// # Errors
/// [`LogError`] when the log cannot be read.
pub async fn read_weights(log: &dyn Log, program: &ProgramId, payout: &Payout) -> Result<Vec<Weight>, LogError> {
    let mut weights = BTreeMap::new();
    let mut through = payout.created_seq;
    while let Some(page) = next_page(log, program, &mut through, payout.content_seq, FOLD_PAGE).await? {
        for entry in &page {
            weigh(&mut weights, entry, &payout.terms.id);
        }
    }
    Ok(weights.into_values().filter(|weight| weight.points > 0).collect())
}

/// Takes an entry of a payout into account.
fn weigh(weights: &mut BTreeMap<MemberId, Weight>, entry: &Entry, payout: &PayoutId) {
    if let (EntryKind::PayoutListed, Fact::Listed(row)) = (entry.kind, &entry.fact)
        && row.payout == *payout
    {
        let weight = Weight { member: row.of.clone(), points: row.weight, reserved_seq: entry.seq, reduced: None };
        weights.insert(row.of.clone(), weight);
    }
    let (Some(member), Some(points)) = (&entry.member, entry.movement.map(|movement| movement.amount().get())) else {
        return;
    };
    match (entry.kind, &entry.fact) {
        (EntryKind::PayoutReserved, Fact::PayoutAct(id)) if id == payout => {
            let weight = Weight { member: member.clone(), points, reserved_seq: entry.seq, reduced: None };
            weights.insert(member.clone(), weight);
        }
        (EntryKind::PayoutReleased, Fact::PayoutAct(id)) if id == payout => {
            weights.remove(member);
        }
        (EntryKind::PayoutReduced, fact) if fact.reduces() == Some(payout) => {
            if let Some(weight) = weights.get_mut(member) {
                weight.points -= points;
                weight.reduced = Some((weight.reduced.map_or(0, |(before, _)| before) + points, entry.seq));
            }
        }
        _ => {}
    }
}

/// The shares computed last, kept so that a list read page by page is computed once.
#[derive(Default)]
pub(super) struct Kept {
    recent: Mutex<Recent<(ProgramId, PayoutId, Hash), Arc<Shares>>>,
    /// Held while shares are computed, so that those who ask for the same at once compute them once.
    pub(super) computing: tokio::sync::Mutex<()>,
}

impl Kept {
    pub(super) fn get(&self, program: &ProgramId, payout: &Payout) -> Option<Arc<Shares>> {
        self.lock().get(&key(program, payout)).map(Arc::clone)
    }

    pub(super) fn put(&self, program: &ProgramId, payout: &Payout, shares: &Arc<Shares>) {
        let mut recent = self.lock();
        recent.get_or_make(&key(program, payout), KEPT_MAX, || Arc::clone(shares));
        recent.shrink(SHARES_KEPT_MAX, |shares| shares.shares.len());
    }

    fn lock(&self) -> MutexGuard<'_, Recent<(ProgramId, PayoutId, Hash), Arc<Shares>>> {
        self.recent.lock().expect("nothing panics while it holds the lock")
    }
}

fn key(program: &ProgramId, payout: &Payout) -> (ProgramId, PayoutId, Hash) {
    (program.clone(), payout.terms.id.clone(), payout.content)
}
