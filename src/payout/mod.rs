//! Reading payouts: previews, shares, and the entries that a share rests on. `process` takes the steps of a payout.

pub mod explain;
pub mod lots;
pub mod payments;
pub mod shares;

mod eligible;

use std::sync::Arc;

use thiserror::Error;

use self::shares::{Kept, Shares, Weight};
use crate::board::{BoardError, Boards};
use crate::domain::decide::rejection::{MoneyRejection, Rejection};
use crate::domain::entry::Entry;
use crate::domain::state::closing::Closing;
use crate::domain::state::payout::Payout;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::state::statement::Statement;
use crate::domain::terms::payout::{PayoutTerms, PoolAsked};
use crate::domain::value::ids::{MemberId, PayoutId, StatementId};
use crate::domain::value::seq::Seq;
use crate::domain::value::split::SplitError;
use crate::ledger::state::ProgramState;
use crate::ledger::{Ledger, SubmitError};
use crate::log::{LogError, StoredRecord};

/// Reasons why a payout does not go on.
#[derive(Debug, Error)]
pub enum PayoutError {
    /// A step was not taken.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The totals of the programme cannot be had now.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The shares are not fixed yet.
    #[error("the payout is {0}; its shares are fixed once it is a draft")]
    SharesNotFixed(&'static str),
    /// The task that carried the payout on was lost.
    #[error("the payout was interrupted; the same call again goes on with it")]
    Interrupted,
}

impl From<Rejection> for PayoutError {
    fn from(rejection: Rejection) -> Self {
        Self::Submit(SubmitError::Rejected(rejection))
    }
}

/// Reads payouts.
#[derive(Clone)]
pub struct Payouts {
    ledger: Arc<Ledger>,
    boards: Arc<Boards>,
    kept: Arc<Kept>,
}

/// The result that a payout would have.
pub struct Preview {
    /// The pool that would be shared out, in minor units.
    pub pool_minor: i64,
    /// The shares, in the byte order of members; empty when nobody has points that count.
    pub shares: Shares,
    /// The preview holds every entry up to this one.
    pub seq: Seq,
}

impl Payouts {
    /// Makes payouts on a ledger.
    #[must_use]
    pub fn new(ledger: Arc<Ledger>, boards: Arc<Boards>) -> Self {
        Self { ledger, boards, kept: Arc::default() }
    }

    /// Returns the ledger that they are read from.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Returns a payout.
    ///
    /// # Errors
    /// [`Rejection::NotFound`] when there is none of that id.
    pub async fn get(&self, program: &Arc<ProgramState>, id: &PayoutId) -> Result<Payout, PayoutError> {
        match self.ledger.record(program, &RecordKey::Payout(id.clone())).await? {
            Some(Record::Payout(payout)) => Ok(payout),
            _ => Err(Rejection::NotFound { resource: format!("programs/{}/payouts/{id}", program.id) }.into()),
        }
    }

    /// Returns the closing of a payout's choices.
    ///
    /// # Errors
    /// [`Rejection::NotFound`] when none was drawn up.
    pub async fn closing(&self, program: &Arc<ProgramState>, id: &PayoutId) -> Result<Closing, PayoutError> {
        match self.ledger.record(program, &RecordKey::Closing(id.clone())).await? {
            Some(Record::Closing(closing)) => Ok(*closing),
            _ => Err(Rejection::NotFound { resource: format!("programs/{}/payouts/{id}/closing", program.id) }.into()),
        }
    }

    /// Returns a savings statement.
    ///
    /// # Errors
    /// [`Rejection::NotFound`] when there is none of that id.
    pub async fn statement(&self, program: &Arc<ProgramState>, id: &StatementId) -> Result<Statement, PayoutError> {
        match self.ledger.record(program, &RecordKey::Statement(id.clone())).await? {
            Some(Record::Statement(statement)) => Ok(statement),
            _ => {
                Err(Rejection::NotFound { resource: format!("programs/{}/savingsStatements/{id}", program.id) }.into())
            }
        }
    }

    /// Returns the savings statements after one, in the byte order of their ids, at most `max`.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn statements(
        &self,
        program: &ProgramState,
        after: Option<StatementId>,
        max: u32,
    ) -> Result<Vec<Statement>, LogError> {
        let after = after.map(RecordKey::Statement);
        let page = self.ledger.log().records(&program.id, RecordKey::STATEMENTS, after.as_ref(), max).await?;
        let statement = |stored: StoredRecord| match stored.record {
            Record::Statement(statement) => Some(statement),
            _ => None,
        };
        Ok(page.into_iter().filter_map(statement).collect())
    }

    /// Computes the shares that a payout would give, one preview or payout at a time. Changes nothing.
    ///
    /// # Errors
    /// [`PayoutError`] when the statement does not exist, or has less left than was asked for.
    pub async fn preview(
        &self,
        program: &Arc<ProgramState>,
        terms: &PayoutTerms,
        asked: PoolAsked,
    ) -> Result<Preview, PayoutError> {
        let pool_minor =
            self.statement(program, &terms.statement).await?.pool_for(terms, asked).map_err(Rejection::from)?;
        let _computing = self.kept.computing.lock().await;
        let (this, of) = (self.clone(), Arc::clone(program));
        let terms = terms.of_pool_minor(pool_minor);
        self.computed_aside(async move {
            let (eligible, seq) = this.eligible(&of, terms.last_day).await?;
            let weights = this.weights(&of, &eligible).await?.into_iter();
            let weights = weights.map(|(member, points)| Weight { member, points, reserved_seq: seq, reduced: None });
            let weights = shares::above_minimum(&terms, weights.collect());
            match shares::from_weights(&terms, weights) {
                Ok(shares) => {
                    let owed_minor =
                        shares.shares.iter().fold(0_i64, |sum, share| sum.saturating_add(share.share_minor));
                    if owed_minor > pool_minor {
                        return Err(Rejection::from(MoneyRejection::PoolTooSmall { owed_minor, pool_minor }).into());
                    }
                    Ok(Preview { pool_minor, shares, seq })
                }
                Err(SplitError::NoWeight | SplitError::NoPool | SplitError::TooMuchWeight) => {
                    Ok(Preview { pool_minor, shares: Shares::default(), seq })
                }
            }
        })
        .await
    }

    /// Computes something of all members of a programme on a thread that serves nobody else.
    async fn computed_aside<T: Send + 'static>(
        &self,
        computing: impl Future<Output = Result<T, PayoutError>> + Send + 'static,
    ) -> Result<T, PayoutError> {
        self.ledger.aside().run_without_turn(computing).await.map_err(|_| PayoutError::Interrupted).flatten()
    }

    /// Returns the shares of a payout that is at least a draft.
    ///
    /// # Errors
    /// [`PayoutError::SharesNotFixed`] before that.
    pub async fn shares(&self, program: &Arc<ProgramState>, payout: &Payout) -> Result<Arc<Shares>, PayoutError> {
        if payout.drafted_seq == Seq::ZERO {
            return Err(PayoutError::SharesNotFixed(payout.state.name()));
        }
        if let Some(shares) = self.kept.get(&program.id, payout) {
            return Ok(shares);
        }
        let _computing = self.kept.computing.lock().await;
        if let Some(shares) = self.kept.get(&program.id, payout) {
            return Ok(shares);
        }
        // It reads every reserved entry, and sorts as many members as there are.
        let (log, id, asked) = (Arc::clone(self.ledger.log()), program.id.clone(), payout.clone());
        let computing = self.computed_aside(async move {
            let weights = shares::read_weights(&*log, &id, &asked).await?;
            match shares::from_weights(&asked.terms, weights) {
                // All the reserved points were taken back.
                Err(SplitError::NoWeight) => Ok(Shares::default()),
                computed => computed.map_err(|_| Rejection::Inconsistent("a drafted payout cannot be split").into()),
            }
        });
        let computed = computing.await?;
        let total: i64 = computed.shares.iter().map(|share| share.weight).sum();
        if total != payout.total_points {
            return Err(Rejection::Inconsistent("points reserved are not those of the payout").into());
        }
        let computed = Arc::new(computed);
        self.kept.put(&program.id, payout, &computed);
        Ok(computed)
    }

    /// Returns a page of the entries that a member's share rests on, from an entry on. They are the histories of the
    /// member and of those who were merged into the member before the points were reserved, each from its newest entry.
    /// With the page comes the seq at which the next one begins, if there is more. Returns `None` for an entry that is
    /// in none of these histories.
    ///
    /// # Errors
    /// [`PayoutError`] when the log cannot be read.
    pub async fn rests_on(
        &self,
        program: &Arc<ProgramState>,
        weight: &Weight,
        from: Option<Seq>,
        size: u32,
    ) -> Result<Option<(Vec<Entry>, Option<Seq>)>, PayoutError> {
        let log = self.ledger.log();
        let reserved = weight.reserved_seq;
        let people = self.boards.people(program).await?;
        let merged = people.merged_into(&weight.member, reserved).into_iter();
        let members: Vec<MemberId> = std::iter::once(&weight.member).chain(merged).cloned().collect();
        let from = match (from, weight.reduced) {
            (Some(seq), _) | (None, Some((_, seq))) => seq,
            // The entry that reserved the points names the one before it: the last that could count.
            (None, None) => log.history(&program.id, reserved, 1).await?.first().map_or(Seq::ZERO, |own| own.prev_seq),
        };
        let page = log.history(&program.id, from, size).await?;
        let Some(last) = page.last() else { return Ok(Some((page, None))) };
        let at = members.iter().position(|member| last.member.as_ref() == Some(member));
        let Some(at) = at else { return Ok(None) };
        if last.prev_seq > Seq::ZERO {
            let next = last.prev_seq;
            return Ok(Some((page, Some(next))));
        }
        for member in &members[at + 1..] {
            let newest = self.ledger.account(program, member).await?.0.last_seq;
            if newest > Seq::ZERO {
                return Ok(Some((page, Some(newest))));
            }
        }
        Ok(Some((page, None)))
    }
}
