//! Suspending, reinstating, banning and merging members.

use super::super::account::Account;
use super::super::bucket::Bucket;
use super::super::encoding::Note;
use super::super::entry::{EntryKind, Seq};
use super::super::fact::Fact;
use super::super::fold::State;
use super::super::ids::MemberId;
use super::super::member::{MemberFact, MemberState, MergeFact, ShutOutReason};
use super::super::rejection::Rejection;
use super::{Draft, Moment, reads, shift};

pub(super) fn suspend(
    state: &impl State,
    member: &MemberId,
    reason: ShutOutReason,
    note: Option<&Note>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    match reads::member_state(state, member) {
        MemberState::Active => Ok(act(EntryKind::MemberSuspended, state, member, Some(reason), note, moment)),
        other => Err(Rejection::WrongState { state: other.name(), needed: "active" }),
    }
}

pub(super) fn reinstate(
    state: &impl State,
    member: &MemberId,
    note: Option<&Note>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    match reads::member_state(state, member) {
        MemberState::Suspended => Ok(act(EntryKind::MemberReinstated, state, member, None, note, moment)),
        other => Err(Rejection::WrongState { state: other.name(), needed: "suspended" }),
    }
}

/// Shuts a member out for good. What they earned is taken back by further commands, one for each activity.
pub(super) fn ban(
    state: &impl State,
    member: &MemberId,
    reason: ShutOutReason,
    note: Option<&Note>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    match reads::member_state(state, member) {
        other @ (MemberState::Banned | MemberState::Merged) => {
            Err(Rejection::WrongState { state: other.name(), needed: "active or suspended" })
        }
        MemberState::Active | MemberState::Suspended => {
            Ok(act(EntryKind::MemberBanned, state, member, Some(reason), note, moment))
        }
    }
}

/// Says that a ban has taken everything back. Nothing the member does later earns anything, so this stays true.
pub(super) fn complete_ban(
    state: &impl State,
    member: &MemberId,
    ban: Seq,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let known = reads::member(state, member);
    let Some(begun) = known.and_then(|known| known.ban.as_ref()) else {
        let state = reads::member_state(state, member);
        return Err(Rejection::WrongState { state: state.name(), needed: MemberState::Banned.name() });
    };
    if begun.seq != ban || known.is_some_and(|known| known.revoked_at.is_some()) {
        return Err(Rejection::NothingDue);
    }
    // What was issued to the member went back there, with what adjustments took.
    if state.account(member).is_some_and(|account| account.balances.get(Bucket::Issued) < 0) {
        return Err(Rejection::Inconsistent("something that a banned member earned still stands"));
    }
    let drafts = act(EntryKind::BanCompleted, state, member, None, None, moment);
    Ok(drafts.into_iter().map(|draft| draft.referring_to(ban)).collect())
}

/// Moves what a member can use to another, who is the same person, and closes the account.
pub(super) fn merge(
    state: &impl State,
    from: &MemberId,
    into: &MemberId,
    note: Option<&Note>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let reasons = not_mergeable(state, from, into);
    if !reasons.is_empty() {
        return Err(Rejection::NotMergeable { reasons });
    }
    let available = state.account(from).map_or(0, Account::available);
    let begins = reads::member(state, from).is_none();
    let fact = || Fact::Merge(Box::new(MergeFact { from: from.clone(), into: into.clone(), begins }));
    let entry = |member, movement| Draft::act(EntryKind::MemberMerged, moment, fact()).of(member, movement);
    let first = entry(from, shift(Bucket::Available, Bucket::Moved, available)?);
    // Also where nothing moves: what the other was shows in their history.
    let second = entry(into, shift(Bucket::Moved, Bucket::Available, available)?);
    Ok(vec![Draft { note_digest: note.map(Note::digest), ..first }, second])
}

/// Every reason why two members cannot be merged.
fn not_mergeable(state: &impl State, from: &MemberId, into: &MemberId) -> Vec<String> {
    let mut reasons = Vec::new();
    if from == into {
        reasons.push("they are one member".into());
    }
    let states = [("the member", reads::member_state(state, from)), ("the other", reads::member_state(state, into))];
    for (who, state) in states.into_iter().filter(|(_, state)| *state != MemberState::Active) {
        reasons.push(format!("{who} is {}", state.name()));
    }
    let has = |bucket| state.account(from).map_or(0, |account| account.balances.get(bucket));
    let left = [
        (has(Bucket::Pending), "pending; wait until they are confirmed or lapse"),
        (has(Bucket::Held), "held by a shop; have them captured or released"),
        (has(Bucket::Reserved), "set aside for a payout; have it executed or cancelled"),
        (-has(Bucket::Available), "owed; wait until they are repaid, or write them off by an adjustment"),
    ];
    for (points, what) in left.into_iter().filter(|(points, _)| *points > 0) {
        reasons.push(format!("{points} points are {what}"));
    }
    reasons
}

fn act(
    kind: EntryKind,
    state: &impl State,
    member: &MemberId,
    reason: Option<ShutOutReason>,
    note: Option<&Note>,
    moment: &Moment<'_>,
) -> Vec<Draft> {
    let begins = reads::member(state, member).is_none();
    let act = Draft::act(kind, moment, Fact::Member(MemberFact { reason, begins })).of(member, None);
    vec![Draft { note_digest: note.map(Note::digest), ..act }]
}
