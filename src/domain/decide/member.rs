//! Suspending, reinstating and banning members.

use super::super::encoding::Note;
use super::super::entry::EntryKind;
use super::super::fact::Fact;
use super::super::fold::State;
use super::super::ids::MemberId;
use super::super::member::{MemberFact, MemberState, ShutOutReason};
use super::super::rejection::Rejection;
use super::{Draft, Moment, reads};

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
        MemberState::Banned => Err(Rejection::WrongState { state: "banned", needed: "active or suspended" }),
        MemberState::Active | MemberState::Suspended => {
            Ok(act(EntryKind::MemberBanned, state, member, Some(reason), note, moment))
        }
    }
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
