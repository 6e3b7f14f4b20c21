//! The steps of a batch of payments: money due is drawn into it, and then sent or given back, in steps that a crash can interrupt anywhere.
//!
//! Each phase reads where the batch stands, and goes on from there.

use std::sync::Arc;

use super::to_its_end;
use super::walk::{NextStep, Walk, walk};
use crate::domain::decide::acts::{PayAct, Step};
use crate::domain::decide::command::{Act, Command};
use crate::domain::decide::rejection::Rejection;
use crate::domain::state::batch::{Batch, BatchState};
use crate::domain::state::record::RecordKey;
use crate::domain::value::ids::{BatchId, MemberId, RequestId};
use crate::domain::value::principal::PrincipalId;
use crate::ledger::clock::Deadline;
use crate::ledger::state::ProgramState;
use crate::ledger::{Ledger, SubmitError};
use crate::payout::lots::PAGE;
use crate::payout::payments::{batch_of, due_after, members_with_due, payments_after};
use crate::payout::{PayoutError, Payouts};

/// Payments of one step: at one entry each, a batch of a thousand rows, where commits stop getting cheaper.
const STEP_PAYMENTS: u32 = 1_000;

/// Drafts a batch, or goes on with it: draws the money due, then fixes the content. `create` is the command that begins it.
///
/// # Errors
/// [`Rejection::NothingToPay`] when there is no such money; the batch is then cancelled. [`PayoutError`] when it is interrupted; it may then
/// be called again.
pub async fn draft(
    payouts: &Payouts,
    program: Arc<ProgramState>,
    create: Command,
    deadline: Option<Deadline>,
) -> Result<Batch, PayoutError> {
    let id = batch_in(&create)?;
    refuse_nothing_to_pay(payouts.ledger(), &program, &create).await?;
    payouts.ledger().submit(&program, create, deadline).await?;
    carried(payouts, program, id).await
}

/// Refuses a batch that would pay nobody, before it exists.
async fn refuse_nothing_to_pay(ledger: &Ledger, program: &ProgramState, create: &Command) -> Result<(), PayoutError> {
    let Act::Pay(act) = &create.act else { return Ok(()) };
    let PayAct::CreateBatch(terms) = &**act else { return Ok(()) };
    if ledger.record(program, &RecordKey::Batch(terms.id.clone())).await?.is_some() {
        return Ok(());
    }
    let mut after = None;
    loop {
        let (due, next) = due_after(ledger, program, terms.format, after, PAGE).await?;
        if due.iter().any(|due| due.undrawn.is_none()) {
            return Ok(());
        }
        if next.is_none() {
            return Err(Rejection::NothingToPay.into());
        }
        after = next;
    }
}

/// Releases an approved batch, or goes on with it: records that all its money is sent. `begin` is the command that begins it.
///
/// # Errors
/// [`Rejection`] when it is not approved. [`PayoutError`] when it is interrupted; it may then be called again.
pub async fn release(payouts: &Payouts, program: Arc<ProgramState>, begin: Command) -> Result<Batch, PayoutError> {
    let id = batch_in(&begin)?;
    // Whoever exports what another has released begins nothing.
    if batch_of(payouts.ledger(), &program, &id).await?.released.is_none() {
        payouts.ledger().submit(&program, begin, None).await?;
    }
    carried(payouts, program, id).await
}

/// Cancels a batch that is not released, or goes on with it: all its money is due again. `begin` is the command that begins it.
///
/// # Errors
/// [`Rejection`] when it is released. [`PayoutError`] when it is interrupted; it may then be called again.
pub async fn cancel(payouts: &Payouts, program: Arc<ProgramState>, begin: Command) -> Result<Batch, PayoutError> {
    let id = batch_in(&begin)?;
    payouts.ledger().submit(&program, begin, None).await?;
    carried(payouts, program, id).await
}

fn batch_in(command: &Command) -> Result<BatchId, PayoutError> {
    let id = match &command.act {
        Act::Pay(act) => match &**act {
            PayAct::CreateBatch(terms) => Some(terms.id.clone()),
            PayAct::ReleaseBatch(id) | PayAct::CancelBatch(id) => Some(id.clone()),
            _ => None,
        },
        _ => None,
    };
    id.ok_or_else(|| Rejection::Inconsistent("a batch is begun by a command of its own").into())
}

async fn carried(payouts: &Payouts, program: Arc<ProgramState>, id: BatchId) -> Result<Batch, PayoutError> {
    let payouts = payouts.clone();
    let task = async move { carry_on(&payouts, &program, &id).await };
    to_its_end(task).await.unwrap_or(Err(PayoutError::Interrupted))
}

/// Goes on with a batch whose steps are under way; one whose steps are not is returned as it is.
///
/// # Errors
/// As [`draft`], [`release`] and [`cancel`].
pub(super) async fn carry_on(
    payouts: &Payouts,
    program: &Arc<ProgramState>,
    id: &BatchId,
) -> Result<Batch, PayoutError> {
    let ledger = payouts.ledger();
    let batch = batch_of(ledger, program, id).await?;
    match batch.state {
        BatchState::Drafting => {}
        BatchState::Cancelled if batch.drawn.payments == 0 => return Err(Rejection::NothingToPay.into()),
        BatchState::Releasing | BatchState::Cancelling => return go(ledger, program, &batch).await,
        BatchState::Draft | BatchState::Approved | BatchState::Released | BatchState::Cancelled => return Ok(batch),
    }
    match go(ledger, program, &batch).await {
        Err(PayoutError::Submit(SubmitError::Rejected(Rejection::NothingToPay))) => {
            let act = Act::Pay(Box::new(PayAct::CancelBatch(id.clone())));
            let own = RequestId::of_batch(id);
            ledger.submit(program, Command::own(&program.secret, own, batch.drafted_by.clone(), act), None).await?;
            go(ledger, program, &batch_of(ledger, program, id).await?).await?;
            Err(Rejection::NothingToPay.into())
        }
        other => other,
    }
}

/// Takes the steps of a batch's present state.
async fn go(ledger: &Ledger, program: &Arc<ProgramState>, batch: &Batch) -> Result<Batch, PayoutError> {
    let (id, during) = (&batch.terms.id, batch.state);
    let by = match during {
        BatchState::Releasing => batch.released.as_ref().map(|(by, ..)| by),
        BatchState::Cancelling => batch.cancelled.as_ref().map(|(by, ..)| by),
        _ => None,
    };
    let by = by.unwrap_or(&batch.drafted_by).clone();
    walk(ledger, program, Going { ledger, program, id, during, by }).await?.over()?;
    batch_of(ledger, program, id).await
}

/// Goes over the members of a batch: a walk for each state in which money moves.
struct Going<'a> {
    ledger: &'a Ledger,
    program: &'a Arc<ProgramState>,
    id: &'a BatchId,
    during: BatchState,
    by: PrincipalId,
}

/// The last member that was passed, and the number of payments that were sent or left out so far.
#[derive(Clone, PartialEq)]
struct Passed(Option<MemberId>, u32);

impl Walk for Going<'_> {
    type Progress = Passed;
    type Error = PayoutError;

    const STEPS_MAX: usize = usize::MAX;
    /// Each step leads on.
    const STANDS_STILL_MAX: usize = 0;

    async fn progress(&self) -> Result<Option<Passed>, PayoutError> {
        let batch = batch_of(self.ledger, self.program, self.id).await?;
        let passed = batch.sent.payments.saturating_add(batch.left_out.payments);
        let passed = u32::try_from(passed).map_err(|_| Rejection::Inconsistent("a batch has too many payments"))?;
        Ok((batch.state == self.during).then_some(Passed(batch.through, passed)))
    }

    async fn step(&self, from: &Passed) -> Result<NextStep<Passed>, PayoutError> {
        let Passed(after, passed) = from;
        let (members, through, passed) = match self.during {
            BatchState::Drafting => {
                let (members, through) = self.due(after.clone()).await?;
                (members, through, *passed)
            }
            _ => self.drawn(*passed).await?,
        };
        let id = self.id.clone();
        let step = through.map(|through| Step { after: after.clone(), through, rows: members });
        let leads_to = step.as_ref().map(|step| Passed(Some(step.through.clone()), passed));
        let act = match (self.during, step) {
            (BatchState::Drafting, Some(step)) => PayAct::DrawLots(id, step),
            (BatchState::Drafting, None) => PayAct::CompleteBatch(id),
            (BatchState::Releasing, Some(step)) => PayAct::SendLots(id, step),
            (BatchState::Releasing, None) => PayAct::CompleteRelease(id),
            (_, Some(step)) => PayAct::LeaveOutLots(id, step),
            (_, None) => PayAct::CompleteCancellation(id),
        };
        let name = match leads_to {
            Some(_) => RequestId::of_batch_after(self.id, after.as_ref()),
            None => RequestId::from(self.id),
        };
        let act = Act::Pay(Box::new(act));
        Ok(NextStep { command: Command::own(&self.program.secret, name, self.by.clone(), act), leads_to })
    }
}

impl Going<'_> {
    /// Returns the next members with money due, and the last one that is passed with them; `None` when there are no more.
    async fn due(&self, after: Option<MemberId>) -> Result<(Vec<MemberId>, Option<MemberId>), PayoutError> {
        let mut at = after;
        loop {
            // Members without money due are passed over, so a step has work to do.
            let (members, next) = members_with_due(self.ledger, self.program, at).await?;
            match next {
                Some(next) if members.is_empty() => at = Some(next),
                Some(next) => return Ok((members, Some(next))),
                None => {
                    let last = members.last().cloned();
                    return Ok((members, last));
                }
            }
        }
    }

    /// Returns the members of the next payments, the last of them, and its payment's number.
    async fn drawn(&self, passed: u32) -> Result<(Vec<MemberId>, Option<MemberId>, u32), PayoutError> {
        let page = payments_after(self.ledger, self.program, self.id, passed, STEP_PAYMENTS).await?;
        let last = page.last().map_or(passed, |(number, _)| *number);
        let members: Vec<MemberId> = page.into_iter().map(|(_, payment)| payment.member).collect();
        let through = members.last().cloned();
        Ok((members, through, last))
    }
}
