//! Savings statements, and the beginning of payouts.

use crate::decide::draft::{Draft, Moment};
use crate::decide::find::the_statement;
use crate::decide::rejection::Rejection;
use crate::decide::require::{in_state, signed_by_two};
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::state::get::State;
use crate::state::statement::StatementState;
use crate::terms::payout::{PayoutTerms, PoolAsked};
use crate::terms::savings::StatementTerms;
use crate::value::ids::StatementId;

pub(super) fn declare_statement(terms: &StatementTerms, moment: &Moment<'_>) -> Vec<Draft> {
    vec![Draft::act(EntryKind::StatementDeclared, moment, Fact::Statement(terms.clone()))]
}

pub(super) fn approve_statement(
    state: &impl State,
    id: &StatementId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    in_state(the_statement(state, id)?.state, StatementState::Declared, StatementState::name)?;
    Ok(vec![Draft::act(EntryKind::StatementApproved, moment, Fact::StatementDecision(id.clone()))])
}

pub(super) fn reject_statement(
    state: &impl State,
    id: &StatementId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    in_state(the_statement(state, id)?.state, StatementState::Declared, StatementState::name)?;
    Ok(vec![Draft::act(EntryKind::StatementRejected, moment, Fact::StatementDecision(id.clone()))])
}

/// Takes the pool from the statement. All payouts together never take more than was approved.
pub(super) fn create_payout(
    state: &impl State,
    terms: &PayoutTerms,
    asked: PoolAsked,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let statement = the_statement(state, &terms.statement)?;
    in_state(statement.state, StatementState::Approved, StatementState::name)?;
    // Logins may have been linked since.
    signed_by_two(state, &statement.declared_by, statement.decided.as_ref().map(|(by, _)| by))?;
    let pool_minor = statement.pool_for(terms, asked)?;
    if pool_minor <= 0 {
        return Err(Rejection::NothingToPay);
    }
    let terms = PayoutTerms { pool_minor, ..terms.clone() };
    Ok(vec![Draft::act(EntryKind::PayoutCreated, moment, Fact::Payout(terms))])
}
