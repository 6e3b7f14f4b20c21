//! Suspending, reinstating and banning members.

use crate::decide::draft::{Draft, Moment};
use crate::decide::reads;
use crate::decide::rejection::Rejection;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::member::MemberFact;
use crate::state::get::State;
use crate::state::member::MemberState;
use crate::terms::member::ShutOutReason;
use crate::value::bucket::Bucket;
use crate::value::ids::MemberId;
use crate::value::seq::Seq;

pub(super) fn suspend(
    state: &impl State,
    member: &MemberId,
    reason: ShutOutReason,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    match reads::member_state(state, member) {
        MemberState::Active => Ok(vec![act(EntryKind::MemberSuspended, member, Some(reason), moment)]),
        other => Err(Rejection::WrongState { state: other.name(), needed: "active" }),
    }
}

pub(super) fn reinstate(state: &impl State, member: &MemberId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    match reads::member_state(state, member) {
        MemberState::Suspended => Ok(vec![act(EntryKind::MemberReinstated, member, None, moment)]),
        other => Err(Rejection::WrongState { state: other.name(), needed: "suspended" }),
    }
}

/// Shuts a member out for good. Further commands take back the member's points, one for each activity.
pub(super) fn ban(
    state: &impl State,
    member: &MemberId,
    reason: ShutOutReason,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    match reads::member_state(state, member) {
        other @ (MemberState::Banned | MemberState::Merged) => {
            Err(Rejection::WrongState { state: other.name(), needed: "active or suspended" })
        }
        MemberState::Active | MemberState::Suspended => {
            Ok(vec![act(EntryKind::MemberBanned, member, Some(reason), moment)])
        }
    }
}

/// Records that a ban has taken everything back. The member can earn nothing later, so this stays true.
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
    // Issued points that were taken back returned to this bucket, and so did points that adjustments took.
    if state.account(member).is_some_and(|account| account.balances.get(Bucket::Issued) < 0) {
        return Err(Rejection::Inconsistent("something that a banned member earned still stands"));
    }
    Ok(vec![act(EntryKind::BanCompleted, member, None, moment).referring_to(ban)])
}

fn act(kind: EntryKind, member: &MemberId, reason: Option<ShutOutReason>, moment: &Moment<'_>) -> Draft {
    Draft::act(kind, moment, Fact::Member(MemberFact { reason })).of(member, None)
}
