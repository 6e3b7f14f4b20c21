//! The debts of payouts: reserved points are those that count, shares follow from them, everything is posted, and what was
//! signed is what was reserved.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use crate::domain::decide::reads::{member_state, person};
use crate::domain::entry::Entry;
use crate::domain::entry::commands::CommandKind;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::entry::money::{ListedWeight, LotName};
use crate::domain::entry::payout::PayoutContent;
use crate::domain::project::totals::{Totals, credited_by};
use crate::domain::state::account::Account;
use crate::domain::state::get::State;
use crate::domain::state::member::MemberState;
use crate::domain::state::overlay::Changes;
use crate::domain::state::payout::Payout;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::payout::{PayoutTerms, shares_of};
use crate::domain::value::ids::{MemberId, PayoutId};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Day;

/// The debts of payouts that are not over.
#[derive(Default)]
pub(super) struct PayoutDebts {
    payouts: BTreeMap<PayoutId, Owed>,
    /// Points credited by day, which payouts count.
    totals: Totals,
    /// The share that the entry before granted: to whom, as which lot, and how much.
    granted: Option<(MemberId, LotName, i64)>,
}

/// The debt of a payout, according to the entries of its members.
#[derive(Default)]
struct Owed {
    /// Reserved points that are neither taken back, given back nor paid.
    weights: BTreeMap<MemberId, i64>,
    /// Shares that are still to be granted.
    shares: BTreeMap<MemberId, i64>,
    /// Members some of whose reserved points were taken back.
    reduced: BTreeSet<MemberId>,
    /// The state of reserving, while points are being reserved.
    drafting: Option<Drafting>,
}

/// The walk of a payout over the accounts.
struct Drafting {
    begun_by: Seq,
    last_day: Day,
    /// Credit that counts.
    credited: HashMap<MemberId, i64>,
    /// The last member passed.
    through: Option<MemberId>,
    /// Members passed whose points are still to be reserved.
    owed: BTreeSet<MemberId>,
}

impl Drafting {
    fn points_of(&self, account: &Account) -> i64 {
        account.left_of(self.credited.get(&account.member).copied().unwrap_or(0))
    }

    /// Passes the members up to and including one, or all that are left.
    ///
    /// No points of a suspended member are reserved. When an account has changed since the payout was begun, the log
    /// does not tell what the ledger saw of it.
    fn pass(&mut self, through: Option<&MemberId>, after: &Changes) {
        let from = self.through.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let passed = after.accounts.range::<MemberId, _>((from, Bound::Unbounded));
        let passed = passed.map(|(_, account)| account).take_while(|it| through.is_none_or(|end| it.member <= *end));
        let counts = passed.filter(|it| it.last_seq <= self.begun_by && self.points_of(it) > 0);
        let counts = counts.filter(|it| member_state(after, &it.member) == MemberState::Active);
        let owed: Vec<MemberId> = counts.map(|account| account.member.clone()).collect();
        self.owed.extend(owed);
        self.through = through.cloned();
    }
}

impl PayoutDebts {
    /// Returns the fault of an entry, if there is one. It is given the member's account before the entry and the state
    /// after it.
    pub(super) fn check(&mut self, entry: &Entry, before: Option<&Account>, after: &Changes) -> Option<String> {
        self.count(entry);
        if let Some(fault) = self.not_of_a_posting(entry) {
            return Some(fault);
        }
        match (entry.kind, &entry.fact, &entry.member) {
            (_, Fact::Payout(terms), _) => {
                self.begin(terms, entry.seq);
                None
            }
            (_, Fact::PayoutStep(step), _) => {
                if let Some(drafting) = self.drafting(&step.payout) {
                    drafting.pass(Some(&step.through), after);
                }
                None
            }
            (EntryKind::PayoutReleasing, Fact::PayoutAct(id), _) => self.end_draft(id, after),
            (EntryKind::PayoutDrafted, Fact::PayoutContent(content), _) => {
                let left = self.end_draft(&content.payout, after).or_else(|| signed_another(content, after));
                let payout = payout_of(&content.payout, after)?;
                left.or_else(|| not_whole(payout)).or_else(|| self.not_released(payout))
            }
            (EntryKind::PayoutCancelling | EntryKind::PayoutRejected, Fact::PayoutAct(id), _) => {
                self.payouts.entry(id.clone()).or_default().drafting = None;
                None
            }
            // Money checks what is signed of a closing.
            (EntryKind::ClosingApproved, ..) => None,
            (_, Fact::PayoutContent(content), _) => signed_another(content, after),
            (EntryKind::PayoutExecuting, Fact::PayoutAct(id), _) => self.fix_shares(payout_of(id, after)?),
            (EntryKind::PayoutExecuted, Fact::PayoutAct(id), _) => {
                let payout = payout_of(id, after)?;
                let is_more = payout.granted_minor > payout.terms.pool_minor;
                self.end(id, "paid").or_else(|| is_more.then(|| "more was granted than the pool".to_owned()))
            }
            (EntryKind::PayoutCancelled, Fact::PayoutAct(id), _) => {
                // Nothing was reserved for a list.
                if payout_of(id, after).is_some_and(|payout| payout.terms.list.is_some()) {
                    self.payouts.remove(id);
                }
                self.end(id, "given back")
            }
            (EntryKind::PayoutReleased, Fact::PayoutAct(id), Some(member)) => {
                let points = entry.movement.map_or(0, |movement| movement.amount().get());
                let is_owed = !payout_of(id, after)?.is_too_little(points);
                let owed = is_owed.then(|| "a member was left out whose share is not below the minimum".to_owned());
                self.post(entry, id, member, before).or(owed)
            }
            (EntryKind::PayoutListed | EntryKind::PayoutGranted, Fact::Listed(row), _) => {
                self.post_listed(entry, row, after)
            }
            (_, Fact::PayoutAct(id), Some(member)) => self.post(entry, id, member, before),
            (EntryKind::PayoutReduced, fact, Some(member)) => self.post(entry, fact.reduces()?, member, before),
            _ => None,
        }
    }

    /// Finds entries that have no place in a posting of shares. Money is withheld there right after it was granted, and as much.
    fn not_of_a_posting(&mut self, entry: &Entry) -> Option<String> {
        let granted = self.granted.take();
        if entry.command != CommandKind::PostShares {
            return None;
        }
        let minor = entry.movement.map_or(0, |movement| movement.amount().get());
        let belongs = match (entry.kind, &entry.fact, &entry.member) {
            (EntryKind::PayoutGranted, fact, Some(member)) => {
                let lot = match fact {
                    Fact::Listed(row) => Some(LotName::of_share(row.payout.clone(), row.of.clone())),
                    Fact::PayoutAct(id) => Some(LotName::of_share(id.clone(), member.clone())),
                    _ => None,
                };
                self.granted = lot.map(|lot| (member.clone(), lot, minor));
                self.granted.is_some()
            }
            (EntryKind::MoneyWithheld, Fact::Lot(fact), Some(member)) => {
                fact.minor == minor && granted == Some((member.clone(), fact.lot.clone(), minor))
            }
            (kind, ..) => matches!(kind, EntryKind::PayoutProgressed | EntryKind::PayoutPaid),
        };
        (!belongs).then(|| "an entry has no place among the shares of a payout".to_owned())
    }

    /// Returns the daily totals of every entry.
    pub(super) fn into_totals(self) -> Totals {
        self.totals
    }

    /// Takes in the credit of an entry.
    fn count(&mut self, entry: &Entry) {
        self.totals.apply(entry);
        let Some(member) = &entry.member else { return };
        let person = self.totals.people().person(member);
        if entry.credited() == 0 && person == member {
            return;
        }
        for drafting in self.payouts.values_mut().filter_map(|owed| owed.drafting.as_mut()) {
            // The credit of a member who was merged a moment ago.
            let before = if person == member { None } else { drafting.credited.remove(member) };
            let credited = drafting.credited.entry(person.clone()).or_default();
            let now = credited_by(entry, drafting.last_day);
            *credited = credited.saturating_add(before.unwrap_or(0)).saturating_add(now);
        }
    }

    fn begin(&mut self, terms: &PayoutTerms, begun_by: Seq) {
        let credited = self.totals.of_persons(terms.last_day);
        let (last_day, through, owed) = (terms.last_day, None, BTreeSet::new());
        let drafting = Drafting { begun_by, last_day, credited, through, owed };
        let drafting = Some(drafting).filter(|_| terms.list.is_none());
        self.payouts.insert(terms.id.clone(), Owed { drafting, ..Owed::default() });
    }

    fn drafting(&mut self, id: &PayoutId) -> Option<&mut Drafting> {
        self.payouts.get_mut(id)?.drafting.as_mut()
    }

    /// Checks that every member was passed, and nobody left out.
    fn end_draft(&mut self, id: &PayoutId, after: &Changes) -> Option<String> {
        let mut drafting = self.payouts.get_mut(id)?.drafting.take()?;
        drafting.pass(None, after);
        let count = drafting.owed.len();
        (count > 0).then(|| format!("points of {count} members that count were never reserved"))
    }

    /// Takes in an entry that is posted to one member.
    fn post(&mut self, entry: &Entry, id: &PayoutId, member: &MemberId, before: Option<&Account>) -> Option<String> {
        let owed = self.payouts.entry(id.clone()).or_default();
        let amount = entry.movement.map_or(0, |movement| movement.amount().get());
        let differs = |what, owed: Option<i64>| {
            (owed != Some(amount)).then(|| format!("the {what} is {amount}, not {}", owed.unwrap_or(0)))
        };
        match entry.kind {
            EntryKind::PayoutReserved => {
                let drafting = owed.drafting.as_mut();
                let counts = drafting.map(|drafting| {
                    drafting.owed.remove(member);
                    before.map_or(0, |account| drafting.points_of(account))
                });
                match owed.weights.insert(member.clone(), amount) {
                    Some(_) => Some("the member's points were reserved before".into()),
                    None => differs("number of points reserved", counts),
                }
            }
            // The fold has checked that there are so many.
            EntryKind::PayoutReduced => {
                owed.reduced.insert(member.clone());
                let left = owed.weights.remove(member).map_or(0, |points| points - amount);
                owed.weights.extend((left > 0).then(|| (member.clone(), left)));
                None
            }
            EntryKind::PayoutPaid => differs("weight paid", owed.weights.remove(member)),
            EntryKind::PayoutReturned | EntryKind::PayoutReleased => {
                differs("weight given back", owed.weights.remove(member))
            }
            EntryKind::PayoutGranted => differs("share granted", owed.shares.remove(member)),
            _ => None,
        }
    }

    /// Takes in a row of a list, or the grant of one.
    fn post_listed(&mut self, entry: &Entry, row: &ListedWeight, after: &Changes) -> Option<String> {
        let owed = self.payouts.entry(row.payout.clone()).or_default();
        if entry.kind == EntryKind::PayoutListed {
            let is_of_another = entry.member.as_ref() != Some(&row.of);
            let was_before = owed.weights.insert(row.of.clone(), row.weight).is_some();
            return (is_of_another || was_before || row.weight < 1)
                .then(|| "a row of a list names a member twice, or has no weight".to_owned());
        }
        let amount = entry.movement.map_or(0, |movement| movement.amount().get());
        let (weight, share) = (owed.weights.remove(&row.of).unwrap_or(0), owed.shares.remove(&row.of).unwrap_or(0));
        if entry.member.as_ref() != Some(&person(after, &row.of)) {
            return Some(format!("the share of {} was granted to another member", row.of));
        }
        let is_other = (row.weight, amount) != (weight, share);
        is_other
            .then(|| format!("the share granted is {amount} for a weight of {}, not {share} for {weight}", row.weight))
    }

    /// Finds members whose share is below the minimum and who were not left out. A share that fell later stays.
    fn not_released(&self, payout: &Payout) -> Option<String> {
        if payout.terms.minimum_share_minor == 0 {
            return None;
        }
        if payout.total_before == 0 {
            return Some("it was never asked whose share is below the minimum".into());
        }
        let owed = self.payouts.get(&payout.terms.id)?;
        let small = owed
            .weights
            .iter()
            .filter(|(member, points)| payout.is_too_little(**points) && !owed.reduced.contains(*member));
        let count = small.count();
        (count > 0).then(|| format!("{count} members were not left out whose share is below the minimum"))
    }

    /// Fixes the shares. From here on no points are taken back.
    fn fix_shares(&mut self, payout: &Payout) -> Option<String> {
        let owed = self.payouts.entry(payout.terms.id.clone()).or_default();
        let weights = owed.weights.iter().map(|(member, points)| (member.clone(), *points)).collect();
        match shares_of(&payout.terms, weights) {
            Ok(shares) => {
                owed.shares = shares.into_iter().map(|share| (share.member, share.share_minor)).collect();
                None
            }
            Err(error) => Some(format!("the payout cannot be split: {error}")),
        }
    }

    /// Checks that a payout that is over owes nothing.
    fn end(&mut self, id: &PayoutId, how: &str) -> Option<String> {
        let owed = self.payouts.remove(id).unwrap_or_default();
        let shares = owed.shares.values().filter(|&&share| share > 0).count();
        match (shares, owed.weights.len()) {
            (0, 0) => None,
            (0, weights) => Some(format!("the points of {weights} members were never {how}")),
            (shares, _) => Some(format!("{shares} shares were never granted")),
        }
    }
}

/// Finds content that may not be signed: a list that is not whole, or shares that are nothing or more than the pool.
fn not_whole(payout: &Payout) -> Option<String> {
    if !payout.has_its_list() {
        return Some("the rows of a list are not those that its payout announced".into());
    }
    let is_beyond = !(1..=payout.terms.pool_minor).contains(&payout.shares_minor());
    is_beyond.then(|| "the shares of a payout are nothing, or more than its pool".into())
}

fn signed_another(content: &PayoutContent, after: &impl State) -> Option<String> {
    let payout = payout_of(&content.payout, after)?;
    (payout.content != content.digest).then(|| "the content signed is not what was reserved".into())
}

fn payout_of<'a>(id: &PayoutId, state: &'a impl State) -> Option<&'a Payout> {
    match state.record(&RecordKey::Payout(id.clone())) {
        Some(Record::Payout(payout)) => Some(payout),
        _ => None,
    }
}
