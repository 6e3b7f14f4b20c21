//! What decisions read of a state.

use crate::decide::command::{QualifiedActivity, Telling};
use crate::decide::rejection::Rejection;
use crate::entry::Entry;
use crate::entry::earning::ClaimKey;
use crate::entry::fact::Fact;
use crate::entry::name::CommandName;
use crate::state::earning::{Claim, Earning, Later};
use crate::state::fold::earning::recorded;
use crate::state::get::State;
use crate::state::hold::{OpenHold, OpenHolds};
use crate::state::member::{Member, MemberState};
use crate::state::payout::SetAside;
use crate::state::program::Program;
use crate::state::record::RecordKey;
use crate::state::schedule::Schedule;
use crate::terms::expiry::Age;
use crate::value::bucket::Bucket;
use crate::value::ids::{ActivityId, MemberId, SourceId};
use crate::value::reason::Reason;
use crate::value::seq::Seq;

/// What is known of the activity that something is told of; `None` when it has not come.
pub(super) fn told_of(state: &impl State, telling: &Telling) -> Option<Earning> {
    known_of(state, &telling.source, &telling.activity)
}

/// What is known of the activity that another follows, if it is recorded.
pub(super) fn followed(state: &impl State, source: &SourceId, activity: &QualifiedActivity) -> Option<Earning> {
    known_of(state, source, activity.activity.follows.as_ref()?)
}

/// What is known of an activity, if it is recorded: of one without a record, what its entry says.
fn known_of(state: &impl State, source: &SourceId, id: &ActivityId) -> Option<Earning> {
    let by_entry = || from_entry(state.entry(&CommandName::recording(source.clone(), id))?);
    tracked(state, source, id).cloned().or_else(by_entry)
}

/// The activity that its entry records, as far as nothing was told of it since.
fn from_entry(entry: &Entry) -> Option<Earning> {
    match &entry.fact {
        Fact::Activity(fact) => recorded(entry, fact, Later::default()),
        _ => None,
    }
}

/// What payouts have set aside of a member's points.
pub(super) fn set_aside<'a>(state: &'a impl State, member: &MemberId) -> Option<&'a SetAside> {
    state.get(member)
}

/// Points of a person's that have expired, of which credit of an age is a part if it was not used.
pub(super) fn expired_of(state: &impl State, person: &MemberId, age: Age) -> i64 {
    let expired = state.account(person).map_or(0, |account| account.balances.get(Bucket::Expired));
    let reached = state.get::<Schedule>(&()).and_then(|schedule| schedule.reached(person));
    if reached.is_some_and(|reach| reach.holds(age)) { expired } else { 0 }
}

pub(super) fn tracked<'a>(state: &'a impl State, source: &SourceId, id: &ActivityId) -> Option<&'a Earning> {
    state.get(&(source.clone(), id.clone()))
}

pub(super) fn holder_of<'a>(state: &'a impl State, key: &ClaimKey) -> Option<&'a Claim> {
    state.get(key)
}

/// The activities of which the earliest that stands holds a key, in their order.
pub(super) fn candidates<'a>(state: &'a impl State, key: &ClaimKey) -> Vec<(&'a Claim, &'a Earning)> {
    claimants(state, key).into_iter().filter_map(|(claim, earning)| Some((claim, earning?))).collect()
}

/// The activities that claim a key, with what is known of them as far as a state tells.
fn claimants<'a>(state: &'a impl State, key: &ClaimKey) -> Vec<(&'a Claim, Option<&'a Earning>)> {
    let latest = state.get::<Claim>(key).map(std::slice::from_ref);
    let claims = latest.or_else(|| state.get::<Vec<Claim>>(key).map(Vec::as_slice)).unwrap_or_default();
    claims.iter().map(|claim| (claim, tracked(state, &claim.source, &claim.activity))).collect()
}

/// What was told of an activity before it came.
pub(super) fn early<'a>(state: &'a impl State, source: &SourceId, id: &ActivityId) -> Option<&'a Later> {
    if !keeps_early(state) {
        return None;
    }
    state.get(&(source.clone(), id.clone()))
}

/// Whether something was told of some activity that has not come.
fn keeps_early(state: &impl State) -> bool {
    counts(state, |program| program.early_kept)
}

/// Whether a programme counts something that is not over.
fn counts(state: &impl State, of: fn(&Program) -> i64) -> bool {
    state.get(&()).is_some_and(|program| of(program) > 0)
}

/// The record that tells how a member is treated; `None` while every member of the programme is treated alike.
pub fn member_key(state: &impl State, member: &MemberId) -> Option<RecordKey> {
    counts(state, |program| program.members_kept).then(|| RecordKey::Member(member.clone()))
}

/// What is known of a member whom somebody suspended, banned or merged.
pub(super) fn member<'a>(state: &'a impl State, member: &MemberId) -> Option<&'a Member> {
    member_key(state, member)?;
    state.get(member)
}

/// A member, whom they were merged into, whom that one was, and so on.
fn mergers(state: &impl State, of: &MemberId) -> impl Iterator<Item = MemberId> {
    let next = |of: &MemberId| Some(member(state, of)?.merged.as_ref()?.into.clone());
    std::iter::successors(Some(of.clone()), next)
}

/// Who a member is now: themselves, unless they were merged.
pub fn person(state: &impl State, of: &MemberId) -> MemberId {
    mergers(state, of).last().unwrap_or_else(|| of.clone())
}

/// What was written off of a person since a member of theirs had so much written off, as a positive number.
pub(super) fn written_off_since(state: &impl State, of: &MemberId, before: i64) -> i64 {
    let joined = mergers(state, of).filter_map(|of| Some(member(state, &of)?.merged.as_ref()?.written_off));
    let before = joined.fold(before, i64::saturating_add);
    let now = state.account(&person(state, of)).map_or(0, |account| account.balances.get(Bucket::WrittenOff));
    before.saturating_sub(now).max(0)
}

/// The entry that banned a member, or who they are now; `None` where none did.
#[must_use]
pub fn ban_of(state: &impl State, of: &MemberId) -> Option<Seq> {
    Some(member(state, &person(state, of))?.ban.as_ref()?.seq)
}

/// How a member is treated.
#[must_use]
pub fn member_state(state: &impl State, of: &MemberId) -> MemberState {
    member(state, of).map_or(MemberState::Active, Member::state)
}

/// Whether a member may use points now: spend them, have them held or set aside.
///
/// # Errors
/// [`Rejection::MemberSuspended`] when the member is suspended, banned or merged.
pub(super) fn may_use_points(state: &impl State, member: &MemberId) -> Result<(), Rejection> {
    match member_state(state, member) {
        MemberState::Active => Ok(()),
        other => Err(Rejection::MemberSuspended { state: other.name() }),
    }
}

/// Why an activity earns nothing whatever the rules say, if it does.
pub(super) fn shut_out(state: &impl State, activity: &QualifiedActivity) -> Option<Reason> {
    let activity = &activity.activity;
    let member = member(state, &activity.member).and_then(|member| member.shuts_out(activity.occurred_at));
    // Nobody pays themselves, also not by an account that was merged into theirs.
    let is_own = || activity.counterparty.as_ref().is_some_and(|other| person(state, other) == activity.member);
    member.or_else(|| is_own().then_some(Reason::SelfDealing))
}

/// A member's holds that have not ended, in the order in which they were made.
pub(super) fn open_holds<'a>(state: &'a impl State, member: &MemberId) -> &'a [OpenHold] {
    state.get::<OpenHolds>(member).map_or(&[], OpenHolds::rows)
}
