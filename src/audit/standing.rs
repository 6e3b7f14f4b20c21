//! Checks of the state after an act, which share nothing with the code that decides: standing, holders of keys, the part of
//! a ban, and the rows of written-off points.

use std::collections::BTreeSet;

use crate::domain::decide::reads::ban_of;
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::state::earning::{Claim, Earning};
use crate::domain::state::get::State;
use crate::domain::state::overlay::Changes;
use crate::domain::state::record::Record;
use crate::domain::state::takings::Takings;
use crate::domain::value::bucket::Bucket;
use crate::domain::value::ids::{ActivityId, MemberId, SourceId};
use crate::domain::value::seq::Seq;

/// The activities and members that the act recorded last has changed. While an act is being recorded, two activities may
/// bring points by one key; when it is over, none may.
#[derive(Default)]
pub(super) struct Touched {
    activities: BTreeSet<(SourceId, ActivityId)>,
    members: BTreeSet<MemberId>,
    /// Members whose money must be withheld if they are shut out.
    paid: BTreeSet<MemberId>,
}

impl Touched {
    /// Notes what an entry changes in the state before it: the holder of a key that it takes, too.
    pub(super) fn note(&mut self, entry: &Entry, before: &impl State) {
        match &entry.fact {
            Fact::Activity(fact) => {
                self.activities.extend(entry.activity_id().map(|id| (entry.source.clone(), id)));
                let claims = fact.claims.as_ref().zip(fact.exclusive_key.clone());
                let held = claims.and_then(|(claims, key)| before.get::<Claim>(&(claims.space().clone(), key)));
                self.activities.extend(held.map(|held| (held.source.clone(), held.activity.clone())));
            }
            Fact::Earning(fact) => {
                self.activities.insert((fact.source.clone(), fact.activity.clone()));
            }
            Fact::Merge(fact) => self.members.extend([fact.from.clone(), fact.into.clone()]),
            _ => {}
        }
        if matches!(entry.kind, EntryKind::PayoutGranted | EntryKind::MemberSuspended | EntryKind::MemberBanned) {
            self.paid.extend(entry.member.clone());
        }
        let written_off = entry.movement.map_or(0, |movement| movement.change_of(Bucket::WrittenOff));
        self.members.extend(entry.member.clone().filter(|_| written_off != 0));
    }

    /// Returns the faults that the act has left, now that it is over.
    pub(super) fn faults(&mut self, after: &impl State) -> Vec<String> {
        let activities = std::mem::take(&mut self.activities);
        let members = std::mem::take(&mut self.members);
        let paid = std::mem::take(&mut self.paid);
        let of_paid = paid.iter().filter_map(|member| super::money::not_withheld(member, after));
        let of_activities = activities.iter().filter_map(|name| wrong_activity(name, after));
        let of_members = members.iter().filter_map(|member| wrong_rows(member, after));
        of_activities.chain(of_members).chain(of_paid).collect()
    }
}

/// Finds an activity that brings points and should bring none.
fn wrong_activity(name: &(SourceId, ActivityId), after: &impl State) -> Option<String> {
    let earning: &Earning = after.get(name)?;
    let (source, id) = name;
    let is_revoked = earning.later.is_revoked;
    if is_revoked && (earning.is_penalty || ban_of(after, &earning.member).is_none_or(|ban| ban.is_over())) {
        return Some(format!("no ban can cover the activity {source}/{id}"));
    }
    if earning.brings_nothing() {
        return None;
    }
    if !earning.later.stands() {
        return Some(format!("the activity {source}/{id} brings points, and does not stand"));
    }
    let takes = earning.parts.iter().any(|part| part.brings.total < 0);
    if takes != earning.is_penalty {
        return Some(format!("the activity {source}/{id} takes points, and is no penalty, or gives some, and is one"));
    }
    let key = earning.key.as_ref()?;
    let is_own = |claim: &Claim| (&claim.source, &claim.activity) == (source, id);
    let latest = after.get::<Claim>(key);
    let rivals = after.get::<Vec<Claim>>(key).into_iter().flatten().filter(|claim| !is_own(claim));
    let brings = |claim: &Claim| {
        let rival: Option<&Earning> = after.get(&(claim.source.clone(), claim.activity.clone()));
        rival.is_some_and(|rival| !rival.brings_nothing())
    };
    let is_held_by_another = latest.is_some_and(|latest| !is_own(latest)) || rivals.into_iter().any(brings);
    is_held_by_another.then(|| format!("the activity {source}/{id} brings points by a key that another holds"))
}

/// Finds a person whose rows of written-off points are not the balance of such points.
fn wrong_rows(member: &MemberId, after: &impl State) -> Option<String> {
    let rows = after.get::<Takings>(member).map_or(0, |takings| takings.written_off.since(Seq::ZERO));
    let written_off = after.account(member).map_or(0, |account| account.balances.get(Bucket::WrittenOff));
    (rows != -written_off).then(|| format!("the rows of written-off points of {member} are not their sum"))
}

/// Finds an activity that a ban still covers when its lifting is said to be over.
pub(super) fn still_covered(entry: &Entry, after: &Changes) -> Option<String> {
    let lifted = entry.member.as_ref().filter(|_| entry.kind == EntryKind::BanLiftCompleted)?;
    let covered = after.records.values().find(|(_, record)| match record {
        Record::Activity(earning) => {
            earning.later.is_revoked && crate::domain::decide::reads::person(after, &earning.member) == *lifted
        }
        _ => false,
    });
    covered.map(|_| "the lifted ban still covers an activity".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::state::account::Account;
    use crate::domain::state::record::RecordKey;
    use crate::domain::state::takings::{Taker, Taking};
    use crate::domain::value::amount::{Amount, Move};
    use crate::domain::value::ids::AdjustmentId;

    #[test]
    fn rows_of_written_off_points_are_their_balance() {
        // INV 75
        let ben = MemberId::parse("ben").expect("an id");
        let mut takings = Takings::default();
        let by = Taker::Adjustment(AdjustmentId::parse("a").expect("an id"));
        takings.written_off.add(Taking { seq: Seq::ZERO.next(), by, left: 30 });
        let found = |written_off: i64| {
            let mut account = Account::empty(ben.clone());
            let amount = Amount::new(written_off).expect("an amount");
            let movement = Move::new(Bucket::WrittenOff, Bucket::Issued, amount);
            account.apply(Seq::ZERO.next(), movement).expect("a small sum");
            let mut after = Changes::default();
            let record = Record::Takings(takings.clone());
            after.records.insert(RecordKey::Takings(ben.clone()), (Seq::ZERO.next(), record));
            after.accounts.insert(ben.clone(), account);
            let mut touched = Touched { members: [ben.clone()].into(), ..Touched::default() };
            touched.faults(&after).len()
        };
        assert_eq!([29, 30, 31].map(found), [1, 0, 1]);
    }
}
