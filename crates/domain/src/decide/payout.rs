//! Payouts: their states and the moves of their steps.

use crate::decide::command::{Eligible, SharePosting, Step};
use crate::decide::draft::shift;
use crate::decide::draft::{Draft, Moment};
use crate::decide::find::{the_payout, the_statement};
use crate::decide::reads;
use crate::decide::rejection::Rejection;
use crate::decide::require::{self, in_state, signed_by_two};
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::payout::{PayoutContent, PayoutStep};
use crate::state::get::State;
use crate::state::payout::{Payout, PayoutState};
use crate::value::bucket::Bucket;
use crate::value::encoding::Hash;
use crate::value::ids::{MemberId, PayoutId};
use crate::value::seq::Seq;

/// Reserves each member's points that count and are still available. The rows were summed up as of some entry.
pub(super) fn reserve(
    state: &impl State,
    id: &PayoutId,
    step: &Step<Eligible>,
    as_of: Seq,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Drafting)?;
    let (rows, through) =
        require::rows_still_true(state, &step.rows, Some(&step.through), as_of, |account| account.credited_seq)?;
    let mut drafts = begin_step(payout, step.after.as_ref(), through.unwrap_or(&step.through), moment)?;
    for row in rows {
        // A suspended member keeps their points for a payout after the suspension.
        let may_count = reads::may_use_points(state, &row.member).is_ok();
        let account = state.account(&row.member).filter(|_| may_count);
        let counts = account.map_or(0, |account| account.left_of(row.points));
        if let Some(movement) = shift(Bucket::Available, Bucket::Reserved, counts)? {
            drafts.push(member_entry(EntryKind::PayoutReserved, payout, moment).of(&row.member, Some(movement)));
        }
    }
    Ok(drafts)
}

/// Fixes the content. The reserved points are the weights. The weights and the pool fix every share.
pub(super) fn complete_draft(state: &impl State, id: &PayoutId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Drafting)?;
    if payout.total_points == 0 {
        return Err(Rejection::NothingToPay);
    }
    Ok(vec![content_entry(EntryKind::PayoutDrafted, payout, moment)])
}

pub(super) fn approve(
    state: &impl State,
    id: &PayoutId,
    digest: &Hash,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Draft)?;
    if payout.content != *digest {
        return Err(Rejection::ContentChanged);
    }
    if payout.total_points == 0 {
        return Err(Rejection::NothingToPay);
    }
    Ok(vec![content_entry(EntryKind::PayoutApproved, payout, moment)])
}

pub(super) fn begin_execution(state: &impl State, id: &PayoutId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Approved)?;
    // Logins may have been linked since.
    signed_by_two(state, &payout.drafted_by, payout.approved_by.as_ref())?;
    let statement = the_statement(state, &payout.terms.statement)?;
    signed_by_two(state, &statement.declared_by, statement.decided.as_ref().map(|(by, _)| by))?;
    Ok(vec![member_entry(EntryKind::PayoutExecuting, payout, moment)])
}

/// Posts shares: reserved points become paid, and the share becomes money due.
pub(super) fn post_shares(
    state: &impl State,
    id: &PayoutId,
    step: &Step<SharePosting>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Executing)?;
    let mut drafts = begin_step(payout, step.after.as_ref(), &step.through, moment)?;
    for row in &step.rows {
        if row.points < 1 || reserved_of(state, &row.member, id) != row.points {
            return Err(Rejection::Inconsistent("a share is paid for other points than are reserved"));
        }
        let paid = shift(Bucket::Reserved, Bucket::Paid, row.points)?;
        drafts.push(member_entry(EntryKind::PayoutPaid, payout, moment).of(&row.member, paid));
        if let Some(granted) = shift(Bucket::Granted, Bucket::Due, row.share_minor)? {
            drafts.push(member_entry(EntryKind::PayoutGranted, payout, moment).of(&row.member, Some(granted)));
        }
    }
    Ok(drafts)
}

pub(super) fn complete_execution(
    state: &impl State,
    id: &PayoutId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Executing)?;
    if payout.paid_points != payout.total_points {
        return Err(Rejection::Inconsistent("the points paid are not the points reserved"));
    }
    if payout.granted_minor != payout.terms.pool_minor {
        return Err(Rejection::Inconsistent("shares do not sum to the pool"));
    }
    Ok(vec![member_entry(EntryKind::PayoutExecuted, payout, moment)])
}

pub(super) fn begin_cancellation(
    state: &impl State,
    id: &PayoutId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = the_payout(state, id)?;
    match payout.state {
        PayoutState::Drafting | PayoutState::Draft | PayoutState::Approved => {
            Ok(vec![member_entry(EntryKind::PayoutCancelling, payout, moment)])
        }
        state => Err(Rejection::WrongState { state: state.name(), needed: "drafting, draft or approved" }),
    }
}

/// Gives back the points that are still reserved. Some may have been taken back in the meantime.
pub(super) fn return_points(
    state: &impl State,
    id: &PayoutId,
    step: &Step<MemberId>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Cancelling)?;
    let mut drafts = begin_step(payout, step.after.as_ref(), &step.through, moment)?;
    for member in &step.rows {
        if let Some(returned) = shift(Bucket::Reserved, Bucket::Available, reserved_of(state, member, id))? {
            drafts.push(member_entry(EntryKind::PayoutReturned, payout, moment).of(member, Some(returned)));
        }
    }
    Ok(drafts)
}

pub(super) fn complete_cancellation(
    state: &impl State,
    id: &PayoutId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Cancelling)?;
    Ok(vec![member_entry(EntryKind::PayoutCancelled, payout, moment)])
}

fn payout_in<'a>(state: &'a impl State, id: &PayoutId, needed: PayoutState) -> Result<&'a Payout, Rejection> {
    let payout = the_payout(state, id)?;
    in_state(payout.state, needed, PayoutState::name)?;
    Ok(payout)
}

/// Begins a step at the end of the last one, so each member is passed exactly once.
fn begin_step(
    payout: &Payout,
    after: Option<&MemberId>,
    through: &MemberId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    if payout.through.as_ref() != after || after.is_some_and(|after| after >= through) {
        return Err(Rejection::StepTaken);
    }
    let step = PayoutStep { payout: payout.terms.id.clone(), through: through.clone() };
    Ok(vec![Draft::act(EntryKind::PayoutProgressed, moment, Fact::PayoutStep(step)).referring_to(payout.created_seq)])
}

fn reserved_of(state: &impl State, member: &MemberId, payout: &PayoutId) -> i64 {
    reads::reservations(state, member).map_or(0, |reserved| reserved.of(payout))
}

fn member_entry(kind: EntryKind, payout: &Payout, moment: &Moment<'_>) -> Draft {
    Draft::act(kind, moment, Fact::PayoutAct(payout.terms.id.clone())).referring_to(payout.created_seq)
}

fn content_entry(kind: EntryKind, payout: &Payout, moment: &Moment<'_>) -> Draft {
    let content = PayoutContent { payout: payout.terms.id.clone(), digest: payout.content };
    Draft::act(kind, moment, Fact::PayoutContent(content)).referring_to(payout.created_seq)
}
