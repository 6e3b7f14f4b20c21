//! A walk over the members of a programme, in the byte order of their ids, so many a step.

use std::sync::Arc;

use crate::domain::decide::command::Command;
use crate::domain::decide::rejection::Rejection;
use crate::ledger::state::ProgramState;
use crate::ledger::{Ledger, SubmitError};

/// Members of one step. At two entries each, a step is a batch of a thousand rows, where commits stop getting cheaper.
/// Other callers hardly notice such a commit.
pub(super) const STEP_MEMBERS: u32 = 500;

/// A walk, each step of it a command.
///
/// A step is named after the member where the step before ended, and its entries say where it ends itself. What it does to each
/// member may be summed up as of an entry: the ledger ends a step before the first member who was credited since.
pub(super) trait Walk: Send {
    /// The place that the walk has come to.
    type Progress: PartialEq + Send + Sync;
    /// Reasons why the walk cannot be read.
    type Error: Send;

    /// Steps that are tried in one go.
    const STEPS_MAX: usize;
    /// Steps in a row that may lead nowhere.
    const STANDS_STILL_MAX: usize;

    /// Reads how far the walk has come; `None` once it is over.
    fn progress(&self) -> impl Future<Output = Result<Option<Self::Progress>, Self::Error>> + Send;

    /// Sums up as of now. This is asked for before the first step, and again after each that led nowhere.
    fn sum_up(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        std::future::ready(Ok(()))
    }

    /// Makes the command of the next step.
    fn step(&self, from: &Self::Progress) -> impl Future<Output = Result<Command, Self::Error>> + Send;
}

/// The result of a walk.
pub(super) struct Walked {
    /// Steps that are taken, by this walk or another of the same name.
    pub(super) taken: usize,
    /// Steps that another walk took, or whose first member was credited a moment ago.
    pub(super) missed: usize,
    /// The reason why it ended.
    pub(super) end: End,
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

/// Takes one step after the other, from wherever the walk stands.
///
/// # Errors
/// Fails where the walk cannot be read; steps that were taken stay so.
pub(super) async fn walk<W: Walk>(
    ledger: &Ledger,
    program: &Arc<ProgramState>,
    mut walk: W,
) -> Result<Walked, W::Error> {
    let mut walked = Walked { taken: 0, missed: 0, end: End::Paused };
    let mut before = None;
    let mut stood_still = 0;
    for _ in 0..W::STEPS_MAX {
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
        let command = walk.step(&progress).await?;
        match ledger.submit(program, command, None).await {
            Ok(_) => walked.taken += 1,
            Err(SubmitError::Rejected(Rejection::StepTaken | Rejection::NothingDue)) => walked.missed += 1,
            Err(error) => return Ok(Walked { end: End::Refused(error), ..walked }),
        }
        before = Some(progress);
    }
    Ok(walked)
}
