//! Suspending, reinstating and banning members, and lifting bans.

use crate::decide::draft::{Draft, Moment};
use crate::decide::lots;
use crate::decide::reads;
use crate::decide::rejection::Rejection;
use crate::decide::require::in_state;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::member::MemberFact;
use crate::state::get::State;
use crate::state::member::{Ban, Lift, LiftState, MemberState, SUSPENSIONS_MAX};
use crate::terms::member::{Profile, ShutOutReason};
use crate::value::bucket::Bucket;
use crate::value::ids::{MemberId, RequestId};
use crate::value::seq::Seq;

pub(super) fn suspend(
    state: &impl State,
    member: &MemberId,
    reason: ShutOutReason,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let suspended = reads::member(state, member).map_or(0, |known| known.suspensions.len());
    match reads::member_state(state, member) {
        MemberState::Active if suspended >= SUSPENSIONS_MAX => Err(Rejection::TooManySuspensions),
        MemberState::Active => {
            with(act(EntryKind::MemberSuspended, member, Some(reason), moment), lots::withhold(state, member, moment))
        }
        other => Err(Rejection::WrongState { state: other.name(), needed: "active" }),
    }
}

pub(super) fn reinstate(state: &impl State, member: &MemberId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    match reads::member_state(state, member) {
        MemberState::Suspended => {
            with(act(EntryKind::MemberReinstated, member, None, moment), lots::release(state, member, moment))
        }
        other => Err(Rejection::WrongState { state: other.name(), needed: "suspended" }),
    }
}

/// Returns an act on a member, and then the moves of money that come of it.
fn with(act: Draft, moves: Result<Vec<Draft>, Rejection>) -> Result<Vec<Draft>, Rejection> {
    moves.map(|moves| std::iter::once(act).chain(moves).collect())
}

/// Sets what the programme is told of a member. A member who was merged has no profile of their own.
pub(super) fn update_profile(
    state: &impl State,
    member: &MemberId,
    profile: &Profile,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    match reads::member_state(state, member) {
        MemberState::Merged => {
            Err(Rejection::WrongState { state: MemberState::Merged.name(), needed: "active, suspended or banned" })
        }
        MemberState::Active | MemberState::Suspended | MemberState::Banned => {
            let fact = Fact::Profile(profile.clone());
            Ok(vec![Draft::act(EntryKind::ProfileUpdated, moment, fact).of(member, None)])
        }
    }
}

/// Bans a member. Further commands take back the member's points, one for each activity.
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
            with(act(EntryKind::MemberBanned, member, Some(reason), moment), lots::withhold(state, member, moment))
        }
    }
}

/// Records that a ban has taken everything back. Nothing that comes while it holds brings points, so this stays true.
pub(super) fn complete_ban(
    state: &impl State,
    member: &MemberId,
    ban: Seq,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let begun = the_ban(state, member)?;
    if begun.term.seq != ban || begun.revoked_at.is_some() {
        return Err(Rejection::NothingDue);
    }
    // Issued points that were taken back returned to this bucket, and so did points that adjustments took.
    if state.account(member).is_some_and(|account| account.balances.get(Bucket::Issued) < 0) {
        return Err(Rejection::Inconsistent("something that a banned member earned still stands"));
    }
    Ok(vec![act(EntryKind::BanCompleted, member, None, moment).referring_to(ban)])
}

/// Asks to lift a ban. A second person must approve it. The ban must have taken everything back before: lifting gives
/// back what it took.
pub(super) fn propose_lift(
    state: &impl State,
    member: &MemberId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let ban = the_ban(state, member)?;
    let is_open = |lift: &&Lift| lift.state != LiftState::Rejected;
    if let Some(lift) = ban.lift.as_ref().filter(is_open) {
        let state = match lift.state {
            LiftState::Proposed => "banned with a lifting that waits for a second person",
            _ => "banned with a lifting that is under way",
        };
        return Err(Rejection::WrongState { state, needed: "banned without a lifting" });
    }
    if ban.revoked_at.is_none() {
        let state = "banned, and the ban still takes back what was earned";
        return Err(Rejection::WrongState { state, needed: "banned, with everything taken back" });
    }
    let act = act(EntryKind::BanLiftProposed, member, None, moment);
    Ok(vec![act.referring_to(ban.term.seq)])
}

/// Lifts a ban after a second person's approval. Further commands give back what the ban took.
pub(super) fn lift_ban(
    state: &impl State,
    member: &MemberId,
    id: &RequestId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    decide_lift(state, member, id, EntryKind::BanLifted, moment)
}

pub(super) fn reject_lift(
    state: &impl State,
    member: &MemberId,
    id: &RequestId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    decide_lift(state, member, id, EntryKind::BanLiftRejected, moment)
}

fn decide_lift(
    state: &impl State,
    member: &MemberId,
    id: &RequestId,
    kind: EntryKind,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let lift = the_lift(state, member, Some(id))?;
    in_state(lift.state, LiftState::Proposed, LiftState::name)?;
    Ok(vec![act(kind, member, None, moment).referring_to(lift.seq)])
}

/// Records that a lifted ban has given everything back.
pub(super) fn complete_lift(
    state: &impl State,
    member: &MemberId,
    lifted: Seq,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let lift = the_lift(state, member, None)?;
    let is_approved_by = lift.decided.as_ref().is_some_and(|(_, seq)| *seq == lifted);
    if lift.state != LiftState::Approved || !is_approved_by {
        return Err(Rejection::NothingDue);
    }
    let known = reads::member(state, member);
    let is_suspended = known.and_then(|known| known.suspensions.last()).is_some_and(|last| last.until.is_none());
    let released = if is_suspended { Ok(Vec::new()) } else { lots::release(state, member, moment) };
    with(act(EntryKind::BanLiftCompleted, member, None, moment).referring_to(lifted), released)
}

/// Returns the ban that a member is under, until it is over.
pub(super) fn the_ban<'a>(state: &'a impl State, member: &MemberId) -> Result<&'a Ban, Rejection> {
    let ban = reads::member(state, member).and_then(|known| known.ban.as_ref()).filter(|ban| !ban.is_over());
    ban.ok_or_else(|| {
        let state = reads::member_state(state, member);
        Rejection::WrongState { state: state.name(), needed: MemberState::Banned.name() }
    })
}

/// Returns the lifting of a member's ban, of this id if one is given.
fn the_lift<'a>(state: &'a impl State, member: &MemberId, id: Option<&RequestId>) -> Result<&'a Lift, Rejection> {
    let lift = reads::member(state, member).and_then(|known| known.ban.as_ref()?.lift.as_ref());
    let named = lift.filter(|lift| id.is_none_or(|id| lift.id == *id));
    let lifting = || id.map_or_else(String::new, |id| format!(" {id}"));
    named.ok_or_else(|| Rejection::NotFound { resource: format!("the lifting{} of the ban of {member}", lifting()) })
}

fn act(kind: EntryKind, member: &MemberId, reason: Option<ShutOutReason>, moment: &Moment<'_>) -> Draft {
    Draft::act(kind, moment, Fact::Member(MemberFact { reason })).of(member, None)
}
