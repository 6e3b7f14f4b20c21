//! The steps of a payout: drafting, execution, cancelling. Each loop reads the payout's state and goes on from there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{PayoutError, Payouts, Weights};
use crate::domain::decide::command::{Act, Command, Eligible, SharePosting, Step};
use crate::domain::decide::rejection::Rejection;
use crate::domain::state::member::MemberState;
use crate::domain::state::payout::{Payout, PayoutState};
use crate::domain::state::record::{Record, RecordKey};
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
use crate::log::LogError;

/// Members of one step. At two entries each, a step is a batch of a thousand rows, where commits stop getting cheaper.
const STEP_MEMBERS: usize = 500;

/// How often drafting sums credits up again for one member. Nobody is credited this often in a row between the sum and
/// the step.
const STANDS_STILL_MAX: u32 = 100;

/// The same, as a page of accounts.
const STEP_PAGE: u32 = 500;

impl Payouts {
    /// Drafts a payout, or goes on with it: reserves points, then fixes the content.
    ///
    /// `create` is the command that begins the payout; its values are the caller's.
    ///
    /// # Errors
    /// [`Rejection`] when the payout cannot be begun. [`PayoutError`] when it is interrupted; it may then be called
    /// again.
    pub async fn draft(
        &self,
        program: Arc<ProgramState>,
        create: Command,
        deadline: Option<Deadline>,
    ) -> Result<Payout, PayoutError> {
        let Act::CreatePayout(terms, asked) = &create.act else {
            return Err(Rejection::Inconsistent("a payout is begun by the command that creates it").into());
        };
        self.refuse_nothing_to_pay(&program, terms, *asked).await?;
        let id = terms.id.clone();
        self.ledger.submit(&program, create, deadline).await?;
        let payouts = self.clone();
        Self::to_its_end(async move { payouts.set_aside_all(&program, &id).await }).await
    }

    /// Executes an approved payout, or goes on with it: posts every share.
    ///
    /// `begin` is the command that begins the execution; its values are the caller's.
    ///
    /// # Errors
    /// [`Rejection`] when the payout is not approved. [`PayoutError`] when it is interrupted; it may then be called
    /// again.
    pub async fn execute(&self, program: Arc<ProgramState>, begin: Command) -> Result<Payout, PayoutError> {
        let Act::BeginExecution(id) = begin.act.clone() else {
            return Err(Rejection::Inconsistent("a payout is executed by the command that begins it").into());
        };
        let payouts = self.clone();
        Self::to_its_end(async move { payouts.post_all(&program, &id, begin).await }).await
    }

    /// Cancels a payout that is not executing, or goes on with it: gives every point back.
    ///
    /// `begin` is the command that begins the cancellation; its values are the caller's.
    ///
    /// # Errors
    /// [`Rejection`] when it is executing or executed. [`PayoutError`] when it is interrupted; it may then be called
    /// again.
    pub async fn cancel(&self, program: Arc<ProgramState>, begin: Command) -> Result<Payout, PayoutError> {
        let Act::BeginCancellation(id) = begin.act.clone() else {
            return Err(Rejection::Inconsistent("a payout is cancelled by the command that begins it").into());
        };
        let payouts = self.clone();
        Self::to_its_end(async move { payouts.return_all(&program, &id, begin).await }).await
    }

    /// Refuses a payout that would pay nobody, before it exists, when its statement is approved.
    async fn refuse_nothing_to_pay(
        &self,
        program: &Arc<ProgramState>,
        terms: &PayoutTerms,
        asked: PoolAsked,
    ) -> Result<(), PayoutError> {
        if self.ledger.record(program, &RecordKey::Payout(terms.id.clone())).await?.is_some() {
            return Ok(());
        }
        let statement = self.statement(program, &terms.statement).await?;
        if statement.state == StatementState::Approved
            && self.preview(program, terms, asked).await?.shares.shares.is_empty()
        {
            return Err(Rejection::NothingToPay.into());
        }
        // The ledger reports every other fault of the statement.
        Ok(())
    }

    async fn set_aside_all(&self, program: &Arc<ProgramState>, id: &PayoutId) -> Result<Payout, PayoutError> {
        let mut payout = self.get(program, id).await?;
        let (mut eligible, mut as_of) = self.eligible(program, payout.terms.last_day).await?;
        let mut standing_still = 0;
        while payout.state == PayoutState::Drafting {
            let after = payout.through.clone();
            let page = self.ledger.log().accounts(&program.id, after.as_ref(), STEP_PAGE).await?;
            let act = match page.last() {
                Some(last) => {
                    let rows = page.iter().filter_map(|account| {
                        let points = eligible.get(&account.member).copied().unwrap_or(0);
                        (account.left_of(points) > 0).then(|| Eligible { member: account.member.clone(), points })
                    });
                    let step = Step { after, through: last.member.clone(), rows: rows.collect() };
                    Act::SetAside(id.clone(), step, as_of)
                }
                None => Act::CompleteDraft(id.clone()),
            };
            let before = payout;
            payout = self.take_step(program, &before, &before.drafted_by, act).await?;
            if has_moved(&before, &payout) {
                standing_still = 0;
            } else {
                // The next member's credit has changed since it was summed up.
                standing_still += 1;
                if standing_still > STANDS_STILL_MAX {
                    return Err(PayoutError::Interrupted);
                }
                (eligible, as_of) = self.eligible(program, payout.terms.last_day).await?;
            }
        }
        Ok(payout)
    }

    async fn post_all(
        &self,
        program: &Arc<ProgramState>,
        id: &PayoutId,
        begin: Command,
    ) -> Result<Payout, PayoutError> {
        let (by, during, done) = (begin.principal.clone(), PayoutState::Executing, PayoutState::Executed);
        let payout = self.begun(program, id, [during, done], begin).await?;
        let shares = self.shares(program, &payout).await?;
        let posting = |share: &Share| SharePosting {
            member: share.member.clone(),
            points: share.weight,
            share_minor: share.share_minor,
        };
        let next = |payout: &Payout| {
            let after = payout.through.as_ref();
            let rest = &shares.shares[after.map_or(0, |member| shares.after(member))..];
            let step = Step::over(after, rest.iter().take(STEP_MEMBERS).map(posting), |row| &row.member);
            step.map_or_else(|| Act::CompleteExecution(id.clone()), |step| Act::PostShares(id.clone(), step))
        };
        self.carried_on(program, payout, &by, during, next).await
    }

    async fn return_all(
        &self,
        program: &Arc<ProgramState>,
        id: &PayoutId,
        begin: Command,
    ) -> Result<Payout, PayoutError> {
        let (by, during, done) = (begin.principal.clone(), PayoutState::Cancelling, PayoutState::Cancelled);
        let payout = self.begun(program, id, [during, done], begin).await?;
        let weights = super::shares::read_weights(&**self.ledger.log(), &program.id, &payout).await?;
        let next = |payout: &Payout| {
            let after = payout.through.as_ref();
            let rest = weights.iter().map(|weight| &weight.member).filter(|member| after.is_none_or(|at| *member > at));
            match Step::over(after, rest.take(STEP_MEMBERS).cloned(), |member| member) {
                Some(step) => Act::ReturnPoints(id.clone(), step),
                None => Act::CompleteCancellation(id.clone(), payout.terms.statement.clone()),
            }
        };
        self.carried_on(program, payout, &by, during, next).await
    }

    /// Brings a payout into a phase, unless it is in that phase or past it.
    async fn begun(
        &self,
        program: &Arc<ProgramState>,
        id: &PayoutId,
        phase: [PayoutState; 2],
        begin: Command,
    ) -> Result<Payout, PayoutError> {
        let payout = self.get(program, id).await?;
        if phase.contains(&payout.state) { Ok(payout) } else { self.taken(program, id, begin).await }
    }

    /// Takes one step after another for as long as a phase lasts.
    async fn carried_on(
        &self,
        program: &Arc<ProgramState>,
        mut payout: Payout,
        by: &PrincipalId,
        during: PayoutState,
        next: impl Fn(&Payout) -> Act + Send + Sync,
    ) -> Result<Payout, PayoutError> {
        while payout.state == during {
            let moved = self.take_step(program, &payout, by, next(&payout)).await?;
            if !has_moved(&payout, &moved) {
                return Err(PayoutError::Interrupted);
            }
            payout = moved;
        }
        Ok(payout)
    }

    /// Takes the step after the last one that a payout has taken.
    async fn take_step(
        &self,
        program: &Arc<ProgramState>,
        payout: &Payout,
        by: &PrincipalId,
        act: Act,
    ) -> Result<Payout, PayoutError> {
        let id = &payout.terms.id;
        let after = payout.through.as_ref();
        let step = after.map_or_else(|| RequestId::from(id), |member| RequestId::step_after(id, member));
        self.taken(program, id, Command::own(&program.secret, step, by.clone(), act)).await
    }

    /// Submits a step, and reads the payout's new state. A step that another caller took is as good as one's own.
    async fn taken(&self, program: &Arc<ProgramState>, id: &PayoutId, command: Command) -> Result<Payout, PayoutError> {
        match self.ledger.submit(program, command, None).await {
            Ok(_) | Err(SubmitError::Rejected(Rejection::StepTaken)) => self.get(program, id).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the credit that counts, by person, and the entry it reaches. It is the credit of days up to the last
    /// one, net of reversals.
    pub(super) async fn eligible(
        &self,
        program: &Arc<ProgramState>,
        last_day: Day,
    ) -> Result<(HashMap<MemberId, i64>, Seq), LogError> {
        self.boards
            .totals(program, |totals| {
                // Credit below zero is included: the company may have borne some of the points that were taken.
                (totals.of_persons(last_day), totals.through())
            })
            .await
    }

    /// Returns the weight of each member's points, in the byte order of members. Members without weight are left out.
    pub(super) async fn weights(
        &self,
        program: &Arc<ProgramState>,
        eligible: &HashMap<MemberId, i64>,
    ) -> Result<Weights, LogError> {
        let shut_out = self.shut_out(program).await?;
        let mut weights = Weights::new();
        let mut after: Option<MemberId> = None;
        loop {
            let page = self.ledger.log().accounts(&program.id, after.as_ref(), STEP_PAGE).await?;
            let Some(last) = page.last() else { return Ok(weights) };
            after = Some(last.member.clone());
            for account in page {
                let weight = account.left_of(eligible.get(&account.member).copied().unwrap_or(0));
                if weight > 0 && !shut_out.contains(&account.member) {
                    weights.push((account.member, weight));
                }
            }
        }
    }

    /// Returns the members who are suspended or banned. None of their points are reserved.
    async fn shut_out(&self, program: &ProgramState) -> Result<HashSet<MemberId>, LogError> {
        let mut shut_out = HashSet::new();
        let mut after: Option<RecordKey> = None;
        if program.read().program.as_ref().is_none_or(|program| program.members_kept == 0) {
            return Ok(shut_out);
        }
        loop {
            let page = self.ledger.log().records(&program.id, RecordKey::MEMBERS, after.as_ref(), STEP_PAGE).await?;
            let Some(last) = page.last() else { return Ok(shut_out) };
            after = Some(last.key.clone());
            shut_out.extend(page.into_iter().filter_map(|stored| match (stored.key, stored.record) {
                (RecordKey::Member(id), Record::Member(member)) if member.state() != MemberState::Active => Some(id),
                _ => None,
            }));
        }
    }
}

/// True when a step moved a payout on, be it another caller's step.
fn has_moved(before: &Payout, after: &Payout) -> bool {
    (before.state, &before.through) != (after.state, &after.through)
}
