//! Savings statements, and the beginning of payouts.

use crate::decide::draft::{Draft, Moment};
use crate::decide::find::the_statement;
use crate::decide::rejection::{MoneyRejection, Rejection};
use crate::decide::require::{in_state, signed_by_two};
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::payout::StatementContent;
use crate::state::choice::{OPEN_MAX, Open};
use crate::state::get::State;
use crate::state::statement::StatementState;
use crate::terms::choice::ChoiceTerms;
use crate::terms::payout::{PayoutTerms, PoolAsked};
use crate::terms::savings::StatementTerms;
use crate::value::encoding::Hash;
use crate::value::ids::StatementId;

pub(super) fn declare_statement(terms: &StatementTerms, moment: &Moment<'_>) -> Vec<Draft> {
    vec![Draft::act(EntryKind::StatementDeclared, moment, Fact::Statement(terms.clone()))]
}

/// Declares the next version of an approved statement. The version before it stands until a second person approves this one.
pub(super) fn correct_statement(
    state: &impl State,
    terms: &StatementTerms,
    version: u32,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let statement = the_statement(state, &terms.id)?;
    in_state(statement.state, StatementState::Approved, StatementState::name)?;
    if statement.correction.is_some() {
        return Err(Rejection::WrongState { state: "being corrected", needed: "without a correction that waits" });
    }
    if version != statement.last_version + 1 {
        return Err(MoneyRejection::StatementVersion { expected: statement.last_version + 1 }.into());
    }
    statement.leaves_taken(terms).map_err(MoneyRejection::from)?;
    Ok(vec![
        Draft::act(EntryKind::StatementCorrected, moment, Fact::Statement(terms.clone()))
            .referring_to(statement.declared_seq),
    ])
}

/// Approves a declared statement, or its correction: whichever has the digest.
pub(super) fn approve_statement(
    state: &impl State,
    id: &StatementId,
    digest: &Hash,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let statement = the_statement(state, id)?;
    let waiting = if let Some(next) = &statement.correction {
        statement.leaves_taken(&next.terms).map_err(MoneyRejection::from)?;
        next.content
    } else {
        in_state(statement.state, StatementState::Declared, StatementState::name)?;
        statement.content
    };
    if waiting != *digest {
        return Err(Rejection::ContentChanged);
    }
    let content = StatementContent { statement: id.clone(), digest: *digest };
    Ok(vec![Draft::act(EntryKind::StatementApproved, moment, Fact::StatementContent(content))])
}

pub(super) fn reject_statement(
    state: &impl State,
    id: &StatementId,
    version: u32,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let statement = the_statement(state, id)?;
    match statement.waiting() {
        Some(waiting) if waiting == version => {}
        Some(expected) => return Err(MoneyRejection::OtherVersionWaits { expected }.into()),
        None => in_state(statement.state, StatementState::Declared, StatementState::name)?,
    }
    Ok(vec![Draft::act(EntryKind::StatementRejected, moment, Fact::StatementDecision(id.clone()))])
}

/// Checks that a payout may ask members for their choices. What earlier payouts carried is taken only when all of it is known.
fn may_open_choices(state: &impl State, choices: &ChoiceTerms, moment: &Moment<'_>) -> Result<(), Rejection> {
    if choices.deadline <= moment.now {
        return Err(MoneyRejection::DeadlinePassed { deadline: choices.deadline }.into());
    }
    let open = state.get::<Open>(&()).map(|open| &open.rows[..]).unwrap_or_default();
    if open.len() >= OPEN_MAX || (choices.takes_carried && !open.is_empty()) {
        let payouts = open.iter().map(|run| run.payout.clone()).collect();
        return Err(MoneyRejection::OtherChoicesOpen { payouts }.into());
    }
    Ok(())
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
    if let Some(choices) = &terms.choices {
        may_open_choices(state, choices, moment)?;
    }
    let pool_minor = statement.pool_for(terms, asked)?;
    if pool_minor <= 0 {
        return Err(Rejection::NothingToPay);
    }
    let terms = PayoutTerms { pool_minor, ..terms.clone() };
    Ok(vec![Draft::act(EntryKind::PayoutCreated, moment, Fact::Payout(terms))])
}
