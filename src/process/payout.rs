//! The steps of a payout: from an approved statement to money due, or back, in steps that a crash can interrupt anywhere.
//!
//! Each phase reads where the payout stands, and goes on from there.

use std::collections::HashMap;
use std::sync::Arc;

use super::to_its_end;
use super::walk::{NextStep, STEP_MEMBERS, Walk, walk};
use crate::domain::decide::acts::Step;
use crate::domain::decide::command::{Act, Command, Eligible, SharePosting};
use crate::domain::decide::rejection::{MoneyRejection, Rejection};
use crate::domain::state::payout::{Payout, PayoutState};
use crate::domain::state::record::RecordKey;
use crate::domain::state::statement::StatementState;
use crate::domain::terms::payout::{PayoutTerms, PoolAsked};
use crate::domain::value::ids::{MemberId, PayoutId, RequestId};
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::seq::Seq;
use crate::domain::value::split::Share;
use crate::domain::value::time::Day;
use crate::ledger::SubmitError;
use crate::ledger::clock::Deadline;
use crate::ledger::state::ProgramState;
use crate::payout::shares::read_weights;
use crate::payout::{PayoutError, Payouts};

/// Drafts a payout, or goes on with it: reserves points, then fixes the content.
///
/// `create` is the command that begins the payout; its values are the caller's.
///
/// # Errors
/// [`Rejection`] when the payout cannot be begun. [`PayoutError`] when it is interrupted; it may then be called again.
pub async fn draft(
    payouts: &Payouts,
    program: Arc<ProgramState>,
    create: Command,
    deadline: Option<Deadline>,
) -> Result<Payout, PayoutError> {
    let Act::CreatePayout(terms, asked) = &create.act else {
        return Err(Rejection::Inconsistent("a payout is begun by the command that creates it").into());
    };
    refuse_nothing_to_pay(payouts, &program, terms, *asked).await?;
    let id = terms.id.clone();
    payouts.ledger().submit(&program, create, deadline).await?;
    let payouts = payouts.clone();
    carried(async move { draft_all(&payouts, &program, &id).await }).await
}

/// Completes the draft of a list, once all its rows are there.
///
/// # Errors
/// [`PayoutError`] when it is interrupted; it may then be called again.
pub async fn complete_list(payouts: &Payouts, program: Arc<ProgramState>, id: PayoutId) -> Result<Payout, PayoutError> {
    let payouts = payouts.clone();
    carried(async move { draft_all(&payouts, &program, &id).await }).await
}

/// Approves a draft. The command names the draft's content by its digest.
///
/// # Errors
/// [`Rejection`] when it is not a draft, when the approver drew it up, or when its content is another. The last is
/// also so when the digest was approved before the content changed.
pub async fn approve(
    payouts: &Payouts,
    program: &Arc<ProgramState>,
    approve: Command,
    deadline: Option<Deadline>,
) -> Result<Payout, PayoutError> {
    let Act::ApprovePayout(id, digest) = approve.act.clone() else {
        return Err(Rejection::Inconsistent("a payout is approved by the command that approves it").into());
    };
    payouts.ledger().submit(program, approve, deadline).await?;
    let payout = payouts.get(program, &id).await?;
    if payout.content == digest { Ok(payout) } else { Err(Rejection::ContentChanged.into()) }
}

/// Executes an approved payout, or goes on with it: posts every share.
///
/// `begin` is the command that begins the execution; its values are the caller's.
///
/// # Errors
/// [`Rejection`] when the payout is not approved. [`PayoutError`] when it is interrupted; it may then be called again.
pub async fn execute(payouts: &Payouts, program: Arc<ProgramState>, begin: Command) -> Result<Payout, PayoutError> {
    let Act::BeginExecution(id) = begin.act.clone() else {
        return Err(Rejection::Inconsistent("a payout is executed by the command that begins it").into());
    };
    let payouts = payouts.clone();
    carried(async move { post_all(&payouts, &program, &id, begin).await }).await
}

/// Cancels or rejects a payout that is not executing, or goes on with it: gives every point back.
///
/// `begin` is the command that begins it; its values are the caller's.
///
/// # Errors
/// [`Rejection`] when it is executing or executed. [`PayoutError`] when it is interrupted; it may then be called again.
pub async fn cancel(payouts: &Payouts, program: Arc<ProgramState>, begin: Command) -> Result<Payout, PayoutError> {
    let (Act::BeginCancellation(id) | Act::RejectPayout(id)) = begin.act.clone() else {
        return Err(Rejection::Inconsistent("a payout is cancelled by the command that begins it").into());
    };
    let payouts = payouts.clone();
    carried(async move { return_all(&payouts, &program, &id, begin).await }).await
}

async fn carried(
    task: impl Future<Output = Result<Payout, PayoutError>> + Send + 'static,
) -> Result<Payout, PayoutError> {
    to_its_end(task).await.unwrap_or(Err(PayoutError::Interrupted))
}

/// Refuses a payout that would pay nobody, before it exists, when its statement is approved.
async fn refuse_nothing_to_pay(
    payouts: &Payouts,
    program: &Arc<ProgramState>,
    terms: &PayoutTerms,
    asked: PoolAsked,
) -> Result<(), PayoutError> {
    if payouts.ledger().record(program, &RecordKey::Payout(terms.id.clone())).await?.is_some() {
        return Ok(());
    }
    let statement = payouts.statement(program, &terms.statement).await?;
    if terms.list.is_some() {
        return Ok(());
    }
    if statement.state == StatementState::Approved {
        let preview = payouts.preview(program, terms, asked).await?;
        if preview.shares.shares.iter().all(|share| share.share_minor == 0) {
            return Err(Rejection::NothingToPay.into());
        }
    }
    // The ledger reports every other fault of the statement.
    Ok(())
}

/// Goes on with a draft: reserves points, leaves out whose share would be too little, and fixes the content. Goes on with a cancellation, too.
pub(super) async fn draft_all(
    payouts: &Payouts,
    program: &Arc<ProgramState>,
    id: &PayoutId,
) -> Result<Payout, PayoutError> {
    let Payout { terms, drafted_by: by, state, .. } = payouts.get(program, id).await?;
    let cancel = || {
        let (own, act) = (RequestId::of_its_own(id), Act::BeginCancellation(id.clone()));
        Command::own(&program.secret, own, by.clone(), act)
    };
    if state == PayoutState::Cancelling {
        return return_all(payouts, program, id, cancel()).await;
    }
    let phase = |during| Phase { payouts, program, id, by: by.clone(), during };
    let drafting = phase(PayoutState::Drafting);
    let drafted = if let Some(list) = &terms.list {
        complete_of(&drafting, list.rows).await
    } else {
        let eligible = (HashMap::new(), Seq::ZERO);
        drafting.carry_on(Reserving { phase: &drafting, last_day: terms.last_day, eligible }).await
    };
    let drafted = match drafted {
        Ok(payout) if payout.state == PayoutState::Releasing => {
            release_small(&phase(PayoutState::Releasing), &payout).await
        }
        other => other,
    };
    if let Err(PayoutError::Submit(SubmitError::Rejected(
        Rejection::NothingToPay | Rejection::Money(MoneyRejection::PoolTooSmall { .. }),
    ))) = &drafted
    {
        // Points came or went between the preview and the draft. The pool and the points are free again.
        return_all(payouts, program, id, cancel()).await?;
    }
    drafted
}

/// Fixes the content of a list whose rows are all there; it stays as it is while some are missing.
async fn complete_of(phase: &Phase<'_>, rows: i64) -> Result<Payout, PayoutError> {
    let payout = phase.payouts.get(phase.program, phase.id).await?;
    if payout.state != PayoutState::Drafting || payout.members < rows {
        return Ok(payout);
    }
    let id = phase.id.clone();
    phase.carry_on(Listed { phase, next: |_: Option<&MemberId>| Act::CompleteDraft(id.clone()) }).await
}

/// Leaves out members whose share would be below the minimum.
async fn release_small(phase: &Phase<'_>, payout: &Payout) -> Result<Payout, PayoutError> {
    let weights = read_weights(&**phase.payouts.ledger().log(), &phase.program.id, payout).await?;
    let small = weights.into_iter().filter(|weight| payout.is_too_little(weight.points));
    let small: Vec<MemberId> = small.map(|weight| weight.member).collect();
    let id = phase.id.clone();
    let next = |after: Option<&MemberId>| {
        let from = after.map_or(0, |at| small.partition_point(|member| member <= at));
        let step = Step::over(after, of_a_step(small[from..].iter().cloned()), |member| member);
        step.map_or_else(|| Act::CompleteDraft(id.clone()), |step| Act::ReleasePoints(id.clone(), step))
    };
    phase.carry_on(Listed { phase, next }).await
}

async fn post_all(
    payouts: &Payouts,
    program: &Arc<ProgramState>,
    id: &PayoutId,
    begin: Command,
) -> Result<Payout, PayoutError> {
    let by = begin.principal.clone();
    Phase { payouts, program, id, by: by.clone(), during: PayoutState::Executing }
        .begun(PayoutState::Executed, begin)
        .await?;
    post_rest(payouts, program, id, by).await
}

/// Posts the shares that are still to be posted, in the name of somebody.
pub(super) async fn post_rest(
    payouts: &Payouts,
    program: &Arc<ProgramState>,
    id: &PayoutId,
    by: PrincipalId,
) -> Result<Payout, PayoutError> {
    let phase = &Phase { payouts, program, id, by, during: PayoutState::Executing };
    let payout = payouts.get(program, id).await?;
    let shares = payouts.shares(program, &payout).await?;
    let posting = |share: &Share| SharePosting {
        member: share.member.clone(),
        points: share.weight,
        share_minor: share.share_minor,
    };
    let next = |after: Option<&MemberId>| {
        let rest = &shares.shares[after.map_or(0, |member| shares.after(member))..];
        let step = Step::over(after, of_a_step(rest.iter().map(posting)), |row| &row.member);
        step.map_or_else(|| Act::CompleteExecution(id.clone()), |step| Act::PostShares(id.clone(), step))
    };
    phase.carry_on(Listed { phase, next }).await
}

async fn return_all(
    payouts: &Payouts,
    program: &Arc<ProgramState>,
    id: &PayoutId,
    begin: Command,
) -> Result<Payout, PayoutError> {
    let phase = Phase { payouts, program, id, by: begin.principal.clone(), during: PayoutState::Cancelling };
    let over = if matches!(begin.act, Act::RejectPayout(_)) { PayoutState::Rejected } else { PayoutState::Cancelled };
    let payout = phase.begun(over, begin).await?;
    // Nothing was reserved for a list.
    let weights = match payout.terms.list {
        Some(_) => Vec::new(),
        None => read_weights(&**payouts.ledger().log(), &program.id, &payout).await?,
    };
    let next = |after: Option<&MemberId>| {
        let rest = weights.iter().map(|weight| &weight.member).filter(|member| after.is_none_or(|at| *member > at));
        match Step::over(after, of_a_step(rest.cloned()), |member| member) {
            Some(step) => Act::ReturnPoints(id.clone(), step),
            None => Act::CompleteCancellation(id.clone(), payout.terms.statement.clone()),
        }
    };
    phase.carry_on(Listed { phase: &phase, next }).await
}

/// The state of a payout that lasts as long as its steps are taken.
struct Phase<'a> {
    payouts: &'a Payouts,
    program: &'a Arc<ProgramState>,
    id: &'a PayoutId,
    /// The principal of its steps.
    by: PrincipalId,
    during: PayoutState,
}

/// The last member that a payout has passed.
#[derive(Clone, PartialEq)]
struct Through(Option<MemberId>);

impl Phase<'_> {
    /// Brings the payout into the phase, unless it is in that phase or past it.
    async fn begun(&self, done: PayoutState, begin: Command) -> Result<Payout, PayoutError> {
        let payout = self.payouts.get(self.program, self.id).await?;
        // A rejection has a reason, and the ledger knows whether this is the same one.
        if payout.state == done && !matches!(begin.act, Act::RejectPayout(_)) {
            return Ok(payout);
        }
        // Whoever may cancel may go on with any cancellation: it was begun by another person, or by the draft itself.
        if payout.state == self.during && matches!(begin.act, Act::BeginCancellation(_)) {
            return Ok(payout);
        }
        // Where it is in the phase already, the ledger says whether this sender may go on with it.
        match self.payouts.ledger().submit(self.program, begin, None).await {
            Ok(_) | Err(SubmitError::Rejected(Rejection::StepTaken)) => self.payouts.get(self.program, self.id).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Takes one step after another for as long as the phase lasts.
    async fn carry_on(&self, steps: impl Walk<Error = PayoutError>) -> Result<Payout, PayoutError> {
        walk(self.payouts.ledger(), self.program, steps).await?.over()?;
        self.payouts.get(self.program, self.id).await
    }

    async fn progress(&self) -> Result<Option<Through>, PayoutError> {
        let payout = self.payouts.get(self.program, self.id).await?;
        Ok((payout.state == self.during).then_some(Through(payout.through)))
    }

    fn step(&self, Through(after): &Through, act: Act) -> NextStep<Through> {
        let leads_to = match &act {
            Act::ReservePoints(_, Step { through, .. }, _)
            | Act::PostShares(_, Step { through, .. })
            | Act::ReleasePoints(_, Step { through, .. })
            | Act::ReturnPoints(_, Step { through, .. }) => Some(Through(Some(through.clone()))),
            _ => None,
        };
        let id = match after {
            // Its first draft was completed under the last member, too.
            _ if self.during == PayoutState::Releasing && matches!(act, Act::CompleteDraft(_)) => {
                RequestId::of_its_own(self.id)
            }
            None => self.id.into(),
            Some(member) => RequestId::step_after(self.id, member),
        };
        NextStep { command: Command::own(&self.program.secret, id, self.by.clone(), act), leads_to }
    }
}

/// Reserves points: a walk over all accounts.
struct Reserving<'a> {
    phase: &'a Phase<'a>,
    last_day: Day,
    /// Credit that counts, and the entry up to which it was summed up.
    eligible: (HashMap<MemberId, i64>, Seq),
}

impl Walk for Reserving<'_> {
    type Progress = Through;
    type Error = PayoutError;

    const STEPS_MAX: usize = usize::MAX;
    /// Nobody is credited this often in a row between the sum and the step.
    const STANDS_STILL_MAX: usize = 100;

    async fn progress(&self) -> Result<Option<Through>, PayoutError> {
        self.phase.progress().await
    }

    async fn sum_up(&mut self) -> Result<(), PayoutError> {
        self.eligible = self.phase.payouts.eligible(self.phase.program, self.last_day).await?;
        Ok(())
    }

    async fn step(&self, from: &Through) -> Result<NextStep<Through>, PayoutError> {
        let (Phase { payouts, program, id, .. }, (eligible, as_of)) = (self.phase, &self.eligible);
        let after = from.0.as_ref();
        let page = payouts.ledger().log().accounts(&program.id, after, STEP_MEMBERS).await?;
        let rows = page.iter().filter_map(|account| {
            let points = eligible.get(&account.member).copied().unwrap_or(0);
            (account.left_of(points) > 0).then(|| Eligible { member: account.member.clone(), points })
        });
        let act = match page.last() {
            Some(last) => {
                let step = Step { after: after.cloned(), through: last.member.clone(), rows: rows.collect() };
                Act::ReservePoints((*id).clone(), step, *as_of)
            }
            None => Act::CompleteDraft((*id).clone()),
        };
        Ok(self.phase.step(from, act))
    }
}

/// Goes over a list that is fixed: nothing of it changes while the phase lasts.
struct Listed<'a, N> {
    phase: &'a Phase<'a>,
    /// What to do after a member.
    next: N,
}

impl<N: Fn(Option<&MemberId>) -> Act + Send + Sync> Walk for Listed<'_, N> {
    type Progress = Through;
    type Error = PayoutError;

    const STEPS_MAX: usize = usize::MAX;
    /// Each step leads on.
    const STANDS_STILL_MAX: usize = 0;

    async fn progress(&self) -> Result<Option<Through>, PayoutError> {
        self.phase.progress().await
    }

    async fn step(&self, from: &Through) -> Result<NextStep<Through>, PayoutError> {
        Ok(self.phase.step(from, (self.next)(from.0.as_ref())))
    }
}

/// Returns as many rows as a step holds.
fn of_a_step<Row>(rows: impl Iterator<Item = Row>) -> impl Iterator<Item = Row> {
    rows.take(usize::try_from(STEP_MEMBERS).expect("a u32 is a usize"))
}
