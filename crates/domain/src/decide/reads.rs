//! Reads: the keys of a state that decisions look at.

use crate::decide::command::{QualifiedActivity, Telling};
use crate::decide::rejection::Rejection;
use crate::entry::Entry;
use crate::entry::earning::ClaimKey;
use crate::entry::fact::Fact;
use crate::entry::name::CommandName;
use crate::state::early::Early;
use crate::state::earning::{Claim, Earning, Later};
use crate::state::fold::earning::recorded;
use crate::state::get::State;
use crate::state::hold::{OpenHold, OpenHolds};
use crate::state::member::{Ban, Member, MemberState};
use crate::state::payout::Reservations;
use crate::state::program::Program;
use crate::state::reached::Reached;
use crate::state::record::RecordKey;
use crate::state::schedule::Schedule;
use crate::state::takings::Takings;
use crate::terms::expiry::Age;
use crate::value::bucket::Bucket;
use crate::value::ids::{ActivityId, MemberId, SourceId};
use crate::value::reason::Reason;
use crate::value::seq::Seq;

/// Returns the activity that news is told of; `None` when it has not come.
pub(super) fn told_of(state: &impl State, telling: &Telling) -> Option<Earning> {
    known_of(state, &telling.source, &telling.activity)
}

/// Returns the activity that another follows, if it is recorded.
pub(super) fn followed(state: &impl State, source: &SourceId, activity: &QualifiedActivity) -> Option<Earning> {
    known_of(state, source, activity.activity.follows.as_ref()?)
}

/// Returns an activity, if it is recorded. The entry stands in for a missing record.
fn known_of(state: &impl State, source: &SourceId, id: &ActivityId) -> Option<Earning> {
    let by_entry = || from_entry(state.entry(&CommandName::recording(source.clone(), id))?);
    tracked(state, source, id).cloned().or_else(by_entry)
}

/// Makes an activity from its entry, as if there were no news of it since.
fn from_entry(entry: &Entry) -> Option<Earning> {
    match &entry.fact {
        Fact::Activity(fact) => recorded(entry, fact, Later::default()),
        _ => None,
    }
}

/// Returns the points of a member that are reserved for payouts.
pub(super) fn reservations<'a>(state: &'a impl State, member: &MemberId) -> Option<&'a Reservations> {
    state.get(member)
}

/// Returns the expired points of a person. They include unused credit of the member of this age; 0 when no cut-off has
/// reached the credit.
pub(super) fn expired_of(state: &impl State, member: &MemberId, person: &MemberId, age: Age) -> i64 {
    let expired = state.account(person).map_or(0, |account| account.balances.get(Bucket::Expired));
    // Only when something has expired are there records to load.
    if expired > 0 && is_reached(state, member, person, age) { expired } else { 0 }
}

/// True when a cut-off has reached credit of this age, of the member or of whoever has had the member's credit since.
pub(super) fn is_reached(state: &impl State, member: &MemberId, person: &MemberId, age: Age) -> bool {
    let by_age = state.get::<Schedule>(&()).and_then(|schedule| schedule.reached(person));
    by_age.is_some_and(|reach| reach.holds(age)) || is_reached_while_inactive(state, member, age)
}

/// True when points of whoever had the member's credit then expired at a cut-off that reached inactive members, and
/// credit of this age.
fn is_reached_while_inactive(state: &impl State, member: &MemberId, age: Age) -> bool {
    owners(state, member).any(|(owner, since)| {
        let recorded_by = state.get::<Reached>(&owner).and_then(|reached| reached.since(since));
        recorded_by.is_some_and(|recorded_by| age.recorded <= recorded_by)
    })
}

pub(super) fn tracked<'a>(state: &'a impl State, source: &SourceId, id: &ActivityId) -> Option<&'a Earning> {
    state.get(&(source.clone(), id.clone()))
}

pub(super) fn holder_of<'a>(state: &'a impl State, key: &ClaimKey) -> Option<&'a Claim> {
    state.get(key)
}

/// Returns the activities of which the earliest that stands holds a key, in order.
pub(super) fn candidates<'a>(state: &'a impl State, key: &ClaimKey) -> Vec<(&'a Claim, &'a Earning)> {
    claimants(state, key).into_iter().filter_map(|(claim, earning)| Some((claim, earning?))).collect()
}

/// Returns the activities that claim a key, each with its record if the state holds it.
fn claimants<'a>(state: &'a impl State, key: &ClaimKey) -> Vec<(&'a Claim, Option<&'a Earning>)> {
    let latest = state.get::<Claim>(key).map(std::slice::from_ref);
    let claims = latest.or_else(|| state.get::<Vec<Claim>>(key).map(Vec::as_slice)).unwrap_or_default();
    claims.iter().map(|claim| (claim, tracked(state, &claim.source, &claim.activity))).collect()
}

/// Returns the news of an activity that was told before the activity came.
pub(super) fn early<'a>(state: &'a impl State, source: &SourceId, id: &ActivityId) -> Option<&'a Early> {
    if !keeps_early(state) {
        return None;
    }
    state.get(&(source.clone(), id.clone()))
}

/// True when there is news of some activity that has not come.
fn keeps_early(state: &impl State) -> bool {
    counts(state, |program| program.early_kept)
}

/// True when a count of the programme is above zero.
fn counts(state: &impl State, of: fn(&Program) -> i64) -> bool {
    state.get(&()).is_some_and(|program| of(program) > 0)
}

/// Returns the key of a member's record; `None` while no member of the programme has one.
pub fn member_key(state: &impl State, member: &MemberId) -> Option<RecordKey> {
    counts(state, |program| program.members_kept).then(|| RecordKey::Member(member.clone()))
}

/// Returns the record of a member who was suspended, banned or merged.
pub(super) fn member<'a>(state: &'a impl State, member: &MemberId) -> Option<&'a Member> {
    member_key(state, member)?;
    state.get(member)
}

/// Returns a member, the member it was merged into, and so on, each with the entry of the merger; 0 for the first.
fn owners(state: &impl State, of: &MemberId) -> impl Iterator<Item = (MemberId, Seq)> {
    let next = |(of, _): &(MemberId, Seq)| {
        let merger = member(state, of)?.merged.as_ref()?;
        Some((merger.into.clone(), merger.seq))
    };
    std::iter::successors(Some((of.clone(), Seq::ZERO)), next)
}

/// Returns the person that a member is now: the member itself, unless it was merged.
pub fn person(state: &impl State, of: &MemberId) -> MemberId {
    owners(state, of).last().map_or_else(|| of.clone(), |(person, _)| person)
}

/// Returns the points written off of a person after an entry that nothing has made good yet.
pub(super) fn written_off_since(state: &impl State, person: &MemberId, since: Seq) -> i64 {
    let is_in_full = state.account(person).is_none_or(|account| account.balances.get(Bucket::WrittenOff) == 0);
    // Only when something is written off are there rows to load.
    if is_in_full { 0 } else { state.get::<Takings>(person).map_or(0, |takings| takings.written_off.since(since)) }
}

/// Returns the last ban of the person that a member is now.
#[must_use]
pub fn ban_of(state: &impl State, of: &MemberId) -> Option<Ban> {
    member(state, &person(state, of))?.ban.clone()
}

/// True when the person that a member is now is banned, and the ban was not lifted.
pub(super) fn is_banned(state: &impl State, of: &MemberId) -> bool {
    ban_of(state, of).is_some_and(|ban| ban.holds())
}

/// Returns the state of a membership.
#[must_use]
pub fn member_state(state: &impl State, of: &MemberId) -> MemberState {
    member(state, of).map_or(MemberState::Active, Member::state)
}

/// Checks that a member may use points now: spend them, have them held by a shop or reserved for a payout.
///
/// # Errors
/// [`Rejection::MemberSuspended`] when the member is suspended, banned or merged.
pub(super) fn may_use_points(state: &impl State, member: &MemberId) -> Result<(), Rejection> {
    match member_state(state, member) {
        MemberState::Active => Ok(()),
        other => Err(Rejection::MemberSuspended { state: other.name() }),
    }
}

/// Returns the reason why an activity earns nothing, whatever the rules say; `None` when there is none.
pub(super) fn shut_out(state: &impl State, activity: &QualifiedActivity) -> Option<Reason> {
    let activity = &activity.activity;
    let member = member(state, &activity.member).and_then(|member| member.shuts_out(activity.occurred_at));
    // Nobody earns from themselves, not even through an account that was merged into theirs.
    let is_own = || activity.counterparty.as_ref().is_some_and(|other| person(state, other) == activity.member);
    member.or_else(|| is_own().then_some(Reason::SelfDealing))
}

/// Returns a member's open holds, in the order in which they were made.
pub(super) fn open_holds<'a>(state: &'a impl State, member: &MemberId) -> &'a [OpenHold] {
    state.get::<OpenHolds>(member).map_or(&[], OpenHolds::rows)
}
