//! Savings statements, payouts and shares.

use rust_decimal::Decimal;

use super::choices::choice_terms;
use super::{date, money, time};
use crate::domain::state::payout::{Payout, PayoutState};
use crate::domain::state::statement::{Correction, Statement, StatementState};
use crate::domain::terms::payout::PayoutMode;
use crate::domain::terms::savings::{LineText, MILLIONTHS, StatementTerms};
use crate::domain::value::ids::{PayoutId, ProgramId};
use crate::domain::value::money::Currency;
use crate::domain::value::split::{Share, quotient};
use crate::pb;

/// Returns a savings statement, with its texts as far as they were not erased.
pub(crate) fn statement(
    program: &ProgramId,
    currency: Currency,
    statement: &Statement,
    texts: &[LineText],
    rejection_note: String,
) -> pb::SavingsStatement {
    let state = match statement.state {
        StatementState::Declared => pb::SavingsStatementState::Declared,
        StatementState::Approved => pb::SavingsStatementState::Approved,
        StatementState::Rejected => pb::SavingsStatementState::Rejected,
    };
    let decided_by = |state: StatementState| {
        let by = statement.decided.as_ref().filter(|_| statement.state == state).map(|(by, _)| by.to_string());
        by.unwrap_or_default()
    };
    pb::SavingsStatement {
        committed: Some(money(statement.committed_minor, currency)),
        state: state.into(),
        declared_by: statement.declared_by.to_string(),
        declare_time: Some(time(statement.declared_at)),
        approved_by: decided_by(StatementState::Approved),
        rejected_by: decided_by(StatementState::Rejected),
        rejection_note,
        content_digest: statement.content.to_vec(),
        version: version(statement.version),
        next_version: version(statement.last_version.saturating_add(1)),
        ..statement_terms(program, currency, &statement.terms, texts)
    }
}

/// Returns the version of a statement that waits for a second person.
pub(crate) fn correction(
    program: &ProgramId,
    currency: Currency,
    of: &Statement,
    next: &Correction,
    texts: &[LineText],
) -> pb::SavingsStatement {
    pb::SavingsStatement {
        committed: Some(money(of.committed_minor, currency)),
        state: pb::SavingsStatementState::Declared.into(),
        declared_by: next.declared_by.to_string(),
        declare_time: Some(time(next.declared_at)),
        content_digest: next.content.to_vec(),
        version: version(next.version),
        ..statement_terms(program, currency, &next.terms, texts)
    }
}

/// Returns a version as the API counts it. More versions than an i32 has numbers are never approved.
fn version(version: u32) -> i32 {
    i32::try_from(version).unwrap_or(i32::MAX)
}

fn statement_terms(
    program: &ProgramId,
    currency: Currency,
    terms: &StatementTerms,
    texts: &[LineText],
) -> pb::SavingsStatement {
    let mut texts = texts.iter().cloned();
    pb::SavingsStatement {
        name: format!("programs/{program}/savingsStatements/{}", terms.id),
        first_day: Some(date(terms.first_day)),
        last_day: Some(date(terms.last_day)),
        lines: terms
            .lines
            .iter()
            .map(|line| {
                let LineText { description, evidence } = texts.next().unwrap_or_default();
                pb::SavingsLine {
                    description,
                    quantity: line.quantity,
                    unit_cost: Some(money(line.unit_cost_minor, currency)),
                    factor: millionths(line.factor_millionths),
                    evidence,
                    amount: line.amount_minor().map(|minor| money(minor, currency)),
                }
            })
            .collect(),
        programme_cost: Some(money(terms.programme_cost_minor, currency)),
        redeemed_at_till: Some(money(terms.redeemed_at_till_minor, currency)),
        community_share: millionths(terms.community_share_millionths),
        total: terms.total_minor().map(|minor| money(minor, currency)),
        pool: terms.pool_minor().map(|minor| money(minor, currency)),
        ..Default::default()
    }
}

pub(super) fn millionths(millionths: i64) -> String {
    Decimal::new(millionths, 6).normalize().to_string()
}

const fn mode(mode: PayoutMode) -> pb::PayoutMode {
    match mode {
        PayoutMode::Pool => pb::PayoutMode::Pool,
        PayoutMode::FixedRate => pb::PayoutMode::FixedRate,
        PayoutMode::List => pb::PayoutMode::List,
    }
}

/// Returns a rate in millionths of a minor unit as a decimal of the main unit; empty for none.
fn rate(millionths_of_minor: i64, currency: Currency) -> String {
    let rate = Decimal::from(millionths_of_minor) / Decimal::from(MILLIONTHS * currency.minor_per_main());
    if millionths_of_minor == 0 { String::new() } else { rate.normalize().to_string() }
}

/// Returns a payout. The text of a rejection stands beside the log, and is not in it.
pub(crate) fn payout(program: &ProgramId, currency: Currency, payout: &Payout) -> pb::Payout {
    let terms = &payout.terms;
    let state = match payout.state {
        PayoutState::Drafting => pb::PayoutState::Drafting,
        PayoutState::Draft => pb::PayoutState::Draft,
        PayoutState::Approved => pb::PayoutState::Approved,
        PayoutState::Executing => pb::PayoutState::Executing,
        PayoutState::Executed => pb::PayoutState::Executed,
        PayoutState::Cancelling => pb::PayoutState::Cancelling,
        PayoutState::Cancelled => pb::PayoutState::Cancelled,
        PayoutState::Rejected => pb::PayoutState::Rejected,
        PayoutState::Releasing => pb::PayoutState::Releasing,
    };
    // The digest changes while points are being reserved: there is nothing to sign yet.
    let is_growing = matches!(payout.state, PayoutState::Drafting | PayoutState::Releasing);
    let content_digest = if is_growing { Vec::new() } else { payout.content.to_vec() };
    pb::Payout {
        name: format!("programs/{program}/payouts/{}", terms.id),
        savings_statement: format!("programs/{program}/savingsStatements/{}", terms.statement),
        last_day: Some(date(terms.last_day)),
        pool: Some(money(terms.pool_minor, currency)),
        state: state.into(),
        members: payout.members,
        total_points: payout.total_points,
        paid_points: payout.paid_points,
        content_digest,
        drafted_by: payout.drafted_by.to_string(),
        approved_by: payout.approved_by.as_ref().map(ToString::to_string).unwrap_or_default(),
        seq: payout.created_seq.get(),
        created_at: Some(time(payout.created_at)),
        granted: Some(money(payout.granted_minor, currency)),
        shares_total: Some(money(payout.shares_minor(), currency)),
        rejected_by: payout.rejected.as_ref().map(|(by, _)| by.to_string()).unwrap_or_default(),
        // It stands beside the log.
        rejection_note: String::new(),
        mode: mode(terms.mode).into(),
        rate: rate(terms.rate_millionths, currency),
        minimum_share: (terms.minimum_share_minor > 0).then(|| money(terms.minimum_share_minor, currency)),
        list: terms.list.as_ref().map(|list| pb::PayoutList {
            row_count: list.rows,
            total_weight: list.total_weight,
            remainder_member_id: list.remainder_to.to_string(),
        }),
        choices: terms.choices.as_ref().map(|terms| choice_terms(terms, currency)),
    }
}

pub(crate) fn share(
    program: &ProgramId,
    payout: &PayoutId,
    currency: Currency,
    ratio: (i64, i64),
    share: &Share,
) -> pb::Share {
    pb::Share {
        name: format!("programs/{program}/payouts/{payout}/shares/{}", share.member),
        member_id: share.member.to_string(),
        points: share.weight,
        amount: Some(money(share.share_minor, currency)),
        quotient: quotient(ratio.0, share.weight, ratio.1, currency.minor_per_main()),
        rounding_unit: share.rounding_unit,
    }
}
