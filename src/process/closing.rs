//! Closing a payout's choices: what becomes of each lot is summed up and signed by two, then decided in steps that a crash can interrupt.

use std::sync::Arc;

use super::to_its_end;
use super::walk::{NextStep, Walk, walk};
use crate::domain::decide::acts::Step;
use crate::domain::decide::command::{Act, Command};
use crate::domain::decide::rejection::{MoneyRejection, Rejection};
use crate::domain::entry::money::ClosingContent;
use crate::domain::state::closing::{Closing, ClosingDigest, ClosingState};
use crate::domain::state::payout::Payout;
use crate::domain::value::ids::{MemberId, RequestId};
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::seq::Seq;
use crate::ledger::SubmitError;
use crate::ledger::state::ProgramState;
use crate::payout::lots::lines_of;
use crate::payout::{PayoutError, Payouts};

/// How often a closing is summed up anew when money moved meanwhile. It takes seconds for a million lots, and money seldom moves.
const TRIES_MAX: usize = 5;

/// Draws up a closing: sums up what becomes of each lot, and records that as of the entry at which it was true.
///
/// `begin` makes the command of a content; its values are the caller's.
///
/// # Errors
/// [`Rejection`] when the payout's choices cannot be closed now. [`PayoutError`] when the log cannot be read, or money moves all the time.
pub async fn draw_up(
    payouts: &Payouts,
    program: &Arc<ProgramState>,
    payout: &Payout,
    begin: impl Fn(ClosingContent) -> Command,
) -> Result<Closing, PayoutError> {
    // Before the deadline there is nothing to sum up; the command asks again, by the time at which it is recorded.
    if let Some(terms) = payout.terms.choices.as_ref().filter(|terms| payouts.ledger().now() <= terms.deadline) {
        return Err(Rejection::from(MoneyRejection::ChoicesOpen { deadline: terms.deadline }).into());
    }
    for _ in 0..TRIES_MAX {
        let content = sum_up(payouts, program, payout).await?;
        match payouts.ledger().submit(program, begin(content), None).await {
            Err(SubmitError::Rejected(Rejection::StepTaken)) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return payouts.closing(program, &payout.terms.id).await,
        }
    }
    Err(Rejection::StepTaken.into())
}

/// Sums up what becomes of each lot, as of the last entry recorded before.
async fn sum_up(
    payouts: &Payouts,
    program: &Arc<ProgramState>,
    payout: &Payout,
) -> Result<ClosingContent, PayoutError> {
    let as_of = program.head_seq();
    let (mut digest, mut after) = (ClosingDigest::of(&payout.terms), None);
    loop {
        let page = lines_of(payouts.ledger(), program, payout, as_of, after).await?;
        for (member, decided) in &page.lines {
            digest.add(member, decided).ok_or(Rejection::Inconsistent("the sums of a closing do not fit"))?;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(digest.content(&payout.terms, as_of)),
        }
    }
}

/// Decides every lot of an approved closing, or goes on with it.
///
/// # Errors
/// [`PayoutError`] when it is interrupted; it may then be called again.
pub async fn carry_out(
    payouts: &Payouts,
    program: Arc<ProgramState>,
    payout: Payout,
    by: PrincipalId,
) -> Result<Closing, PayoutError> {
    let payouts = payouts.clone();
    let task = async move {
        let deciding = Deciding { payouts: &payouts, program: &program, payout: &payout, by };
        walk(payouts.ledger(), &program, deciding).await?.over()?;
        payouts.closing(&program, &payout.terms.id).await
    };
    to_its_end(task).await.unwrap_or(Err(PayoutError::Interrupted))
}

/// Decides lots: a walk over the members who have any.
struct Deciding<'a> {
    payouts: &'a Payouts,
    program: &'a Arc<ProgramState>,
    payout: &'a Payout,
    /// The principal of its steps.
    by: PrincipalId,
}

/// The last member that a closing has passed, and the entry that drew it up.
#[derive(Clone, PartialEq)]
struct Through(Option<MemberId>, Seq);

impl Walk for Deciding<'_> {
    type Progress = Through;
    type Error = PayoutError;

    const STEPS_MAX: usize = usize::MAX;
    /// Each step leads on.
    const STANDS_STILL_MAX: usize = 0;

    async fn progress(&self) -> Result<Option<Through>, PayoutError> {
        let closing = self.payouts.closing(self.program, &self.payout.terms.id).await?;
        let is_open = closing.state == ClosingState::Approved;
        Ok(is_open.then_some(Through(closing.through, closing.drafted_seq)))
    }

    async fn step(&self, from: &Through) -> Result<NextStep<Through>, PayoutError> {
        let (Self { program, payout, .. }, Through(after, drafted)) = (self, from);
        let id = &payout.terms.id;
        let mut members = Vec::new();
        let mut at = after.clone();
        // Members without such lots are passed over, so a step has work to do.
        let through = loop {
            let page = lines_of(self.payouts.ledger(), program, payout, *drafted, at).await?;
            members.extend(page.lines.into_iter().map(|(member, _)| member));
            match page.next {
                Some(next) if members.is_empty() => at = Some(next),
                Some(next) => break Some(next),
                None => break members.last().cloned(),
            }
        };
        let act = match through {
            Some(through) => Act::DecideLots(id.clone(), Step { after: after.clone(), through, rows: members }),
            None => Act::CompleteClosing(id.clone()),
        };
        let leads_to = match &act {
            Act::DecideLots(_, step) => Some(Through(Some(step.through.clone()), *drafted)),
            _ => None,
        };
        let id = RequestId::deciding_after(drafted.get(), after.as_ref());
        Ok(NextStep { command: Command::own(&program.secret, id, self.by.clone(), act), leads_to })
    }
}
