//! A walk over the members of a programme, in the byte order of their ids, so many a step.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::domain::decide::command::Command;
use crate::domain::decide::rejection::Rejection;
use crate::ledger::state::ProgramState;
use crate::ledger::{Ledger, SubmitError};
use crate::payout::PayoutError;

/// Members of one step. At two entries each, a step is a batch of a thousand rows, where commits stop getting cheaper.
/// Other callers hardly notice such a commit.
pub(super) const STEP_MEMBERS: u32 = 500;

/// Steps that are sent before the first of them is recorded: one is being written, one is decided, and one waits. More would
/// only make others wait behind them.
const AHEAD_MAX: usize = 3;

/// A step of a walk.
pub(super) struct NextStep<Progress> {
    pub(super) command: Command,
    /// The place after this step if all of it is taken; the next step is then sent from there, before this one is
    /// recorded. `None` when the next step must wait until this one is recorded. A step with `None` is itself sent from a
    /// recorded place alone: the last of a walk does not name the place where it begins.
    pub(super) leads_to: Option<Progress>,
}

/// A walk, each step of it a command.
///
/// A step is named after the member where the step before ended, and its entries say where it ends itself. What it does to each
/// member may be summed up as of an entry: the ledger ends a step before the first member who was credited since.
pub(super) trait Walk: Send {
    /// The place that the walk has come to.
    type Progress: Clone + PartialEq + Send + Sync;
    /// Reasons why the walk cannot be read.
    type Error: Send;

    /// Steps that are tried in one go.
    const STEPS_MAX: usize;
    /// Steps in a row that may lead nowhere.
    const STANDS_STILL_MAX: usize;

    /// Reads how far the walk has come; `None` once it is over.
    fn progress(&self) -> impl Future<Output = Result<Option<Self::Progress>, Self::Error>> + Send;

    /// Sums up as of now: before the first step, and again when the walk still stands where it stood.
    fn sum_up(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        std::future::ready(Ok(()))
    }

    /// Makes the next step.
    fn step(&self, from: &Self::Progress)
    -> impl Future<Output = Result<NextStep<Self::Progress>, Self::Error>> + Send;
}

/// The result of a walk.
pub(super) struct Walked {
    /// Steps that are taken, by this walk or another of the same name.
    pub(super) taken: usize,
    /// Steps that were refused: another walk took them, their first member was credited a moment ago, or the step before
    /// them ended early.
    pub(super) missed: usize,
    /// The reason why it ended.
    pub(super) end: End,
}

impl Walked {
    /// Returns once the walk is over.
    ///
    /// # Errors
    /// Says why it ended before.
    pub(super) fn over(self) -> Result<(), PayoutError> {
        match self.end {
            End::Over => Ok(()),
            End::Refused(error) => Err(error.into()),
            End::StoodStill | End::Paused => Err(PayoutError::Interrupted),
        }
    }
}

/// Reasons why a walk ended.
pub(super) enum End {
    /// The walk is over.
    Over,
    /// As many steps were tried as one go may take.
    Paused,
    /// Too many steps in a row led nowhere.
    StoodStill,
    /// A step was refused.
    Refused(SubmitError),
}

/// Takes steps from wherever the walk stands, up to [`AHEAD_MAX`] of them sent before the first is recorded.
///
/// # Errors
/// Fails where the walk cannot be read; steps that were taken stay so.
pub(super) async fn walk<W: Walk>(
    ledger: &Ledger,
    program: &Arc<ProgramState>,
    mut walk: W,
) -> Result<Walked, W::Error> {
    let mut walked = Walked { taken: 0, missed: 0, end: End::Paused };
    let (mut before, mut stood_still, mut tried) = (None, 0, 0);
    while tried < W::STEPS_MAX {
        let Some(progress) = walk.progress().await? else {
            return Ok(Walked { end: End::Over, ..walked });
        };
        let stands_still = before.as_ref() == Some(&progress);
        stood_still = if stands_still { stood_still + 1 } else { 0 };
        if stood_still > W::STANDS_STILL_MAX {
            return Ok(Walked { end: End::StoodStill, ..walked });
        }
        if stands_still || before.is_none() {
            walk.sum_up().await?;
        }
        before = Some(progress.clone());
        if let Err(error) = go_on(ledger, program, &walk, progress, &mut tried, &mut walked).await? {
            return Ok(Walked { end: End::Refused(error), ..walked });
        }
    }
    Ok(walked)
}

/// Takes steps from a place on, for as long as each leads to a place that is known before it is recorded. Returns the reason if
/// one was refused.
async fn go_on<W: Walk>(
    ledger: &Ledger,
    program: &Arc<ProgramState>,
    walk: &W,
    from: W::Progress,
    tried: &mut usize,
    walked: &mut Walked,
) -> Result<Result<(), SubmitError>, W::Error> {
    let (mut next, mut sent) = (Some(from), VecDeque::new());
    // True until the first step is sent: `from` is then a recorded place.
    let (mut from_recorded, mut refused) = (true, Ok(()));
    loop {
        while sent.len() < AHEAD_MAX
            && *tried < W::STEPS_MAX
            && let Some(from) = next.take()
        {
            let step = walk.step(&from).await;
            if step.is_err() {
                // What was sent is recorded before the caller is told to call again.
                for queued in sent.drain(..) {
                    let _taken_or_not = queued.await;
                }
            }
            let NextStep { command, leads_to } = step?;
            if leads_to.is_none() && !from_recorded {
                break;
            }
            match ledger.queue_all(program, vec![command], None).await {
                Ok(queued) => sent.extend(queued),
                Err(error) => refused = refused.and(Err(error)),
            }
            *tried += 1;
            from_recorded = false;
            next = leads_to.filter(|_| refused.is_ok());
        }
        let Some(first) = sent.pop_front() else { return Ok(refused) };
        match first.await {
            Ok(_) => walked.taken += 1,
            // Another walk took it, perhaps with other sums. Those that were sent after it begin elsewhere than where it ended.
            Err(SubmitError::Rejected(
                Rejection::StepTaken | Rejection::NothingDue | Rejection::ExistsWithDifferentContent { .. },
            )) => {
                walked.missed += 1;
                next = None;
            }
            Err(error) => {
                refused = refused.and(Err(error));
                next = None;
            }
        }
    }
}
