//! Suspending, reinstating, banning and merging members.

use crate::decide::draft::shift;
use crate::decide::draft::{Draft, Moment};
use crate::decide::reads;
use crate::decide::rejection::Rejection;
use crate::decide::till::none_due;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::member::{MemberFact, MergeFact};
use crate::state::get::State;
use crate::state::member::MemberState;
use crate::state::schedule::Schedule;

use crate::terms::member::ShutOutReason;
use crate::value::amount::Move;
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

/// Shuts a member out for good. What they earned is taken back by further commands, one for each activity.
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
    Ok(vec![act(EntryKind::BanCompleted, member, None, moment).referring_to(ban)])
}

/// What moves with a member: what they can use, and what was used, so that all formulas over a person's points find them in one
/// account. The last is never above zero.
const MOVING: [Bucket; 5] = [Bucket::Available, Bucket::Redeemed, Bucket::Expired, Bucket::Paid, Bucket::WrittenOff];

/// Moves what a member has to another, who is the same person, and closes the account.
pub(super) fn merge(
    state: &impl State,
    from: &MemberId,
    into: &MemberId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    if state.account(from).is_some_and(|account| account.balances.get(Bucket::Held) > 0) {
        none_due(state, from, moment.now)?;
    }
    let reasons = not_mergeable(state, from, into);
    if !reasons.is_empty() {
        return Err(Rejection::NotMergeable { reasons });
    }
    let fact = || Fact::Merge(Box::new(MergeFact { from: from.clone(), into: into.clone() }));
    let mut drafts = Vec::new();
    for bucket in MOVING {
        let points = state.account(from).map_or(0, |account| account.balances.get(bucket));
        let (source, sink) = if points < 0 { (Bucket::Moved, bucket) } else { (bucket, Bucket::Moved) };
        let out = shift(source, sink, points.saturating_abs())?;
        // Both histories show the merger, also where nothing moves.
        let is_first = drafts.is_empty();
        let kind = if is_first { EntryKind::MemberMerged } else { EntryKind::PointsMoved };
        if is_first || out.is_some() {
            drafts.push(Draft::act(kind, moment, fact()).of(from, out));
            drafts.push(Draft::act(kind, moment, fact()).of(into, out.map(Move::reversed)));
        }
    }
    Ok(drafts)
}

/// Every reason why two members cannot be merged.
fn not_mergeable(state: &impl State, from: &MemberId, into: &MemberId) -> Vec<String> {
    let mut reasons = Vec::new();
    if state.get::<Schedule>(&()).is_some_and(Schedule::is_running) {
        reasons.push("points are expiring right now; try again in a moment".into());
    }
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

fn act(kind: EntryKind, member: &MemberId, reason: Option<ShutOutReason>, moment: &Moment<'_>) -> Draft {
    Draft::act(kind, moment, Fact::Member(MemberFact { reason })).of(member, None)
}
