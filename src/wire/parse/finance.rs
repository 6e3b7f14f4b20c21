//! Savings statements and payouts.

use super::super::error::ApiError;
use super::Violations;
use crate::domain::terms::payout::PoolAsked;
use crate::domain::terms::payout::{PayoutMode, PayoutTerms};
use crate::domain::terms::savings::{LINES_MAX, LineText, MILLIONTHS, SavingsLine, StatementTerms, TEXT_BYTES_MAX};
use crate::domain::value::ids::{PayoutId, StatementId};
use crate::domain::value::money::{Currency, MONEY_MAX};
use crate::domain::value::time::Day;
use crate::google::r#type::Money;
use crate::pb;

pub(crate) fn parse_statement(
    statement: pb::SavingsStatement,
    id: StatementId,
    currency: Currency,
) -> Result<(StatementTerms, Vec<LineText>), ApiError> {
    let mut violations = Violations::default();
    let first_day = violations.day("first_day", statement.first_day);
    let last_day = violations.day("last_day", statement.last_day);
    if first_day.zip(last_day).is_some_and(|(first, last)| last < first) {
        violations.add("last_day", "is before the first");
    }
    let has_lines = (1..=LINES_MAX).contains(&statement.lines.len());
    if !has_lines {
        violations.add("lines", format!("has {} lines; give 1 to {LINES_MAX}", statement.lines.len()));
    }
    let lines: Option<Vec<(SavingsLine, LineText)>> = statement
        .lines
        .into_iter()
        .take(LINES_MAX)
        .enumerate()
        .map(|(index, line)| parse_line(&mut violations, index, line, currency))
        .collect::<Vec<_>>()
        .into_iter()
        .collect();
    let programme_cost_minor = optional_money(&mut violations, "programme_cost", statement.programme_cost, currency);
    let redeemed_at_till_minor =
        optional_money(&mut violations, "redeemed_at_till", statement.redeemed_at_till, currency);
    let community_share_millionths = violations.millionths("community_share", &statement.community_share, 1);
    let (lines, texts) = lines.map(|lines| lines.into_iter().unzip()).unzip();
    let terms = (|| {
        Some(StatementTerms {
            id,
            first_day: first_day?,
            last_day: last_day?,
            lines: lines?,
            programme_cost_minor: programme_cost_minor?,
            redeemed_at_till_minor: redeemed_at_till_minor?,
            community_share_millionths: community_share_millionths?,
        })
    })();
    // The sum of a part of the lines, or of a line that is wrong, says nothing.
    if has_lines && terms.as_ref().is_some_and(|terms| terms.pool_minor().is_none_or(|pool| pool > MONEY_MAX)) {
        violations.add("lines", format!("sum to more than {}", currency.format(MONEY_MAX)));
    }
    violations.check(terms.zip(texts))
}

fn parse_line(
    violations: &mut Violations,
    index: usize,
    line: pb::SavingsLine,
    currency: Currency,
) -> Option<(SavingsLine, LineText)> {
    let mut within = violations.within(format!("lines[{index}]"));
    if line.description.is_empty() {
        within.add("description", "is required");
    }
    within.text("description", &line.description, TEXT_BYTES_MAX);
    within.text("evidence", &line.evidence, TEXT_BYTES_MAX);
    let quantity = if line.quantity < 0 {
        within.refuse("quantity", format!("is {}; give 0 or more", line.quantity))
    } else {
        Some(line.quantity)
    };
    let unit_cost_minor = within
        .required("unit_cost", line.unit_cost)
        .and_then(|unit_cost| within.money("unit_cost", &unit_cost, currency));
    let factor_millionths =
        if line.factor.is_empty() { Some(MILLIONTHS) } else { within.millionths("factor", &line.factor, 0) };
    let parsed =
        SavingsLine { quantity: quantity?, unit_cost_minor: unit_cost_minor?, factor_millionths: factor_millionths? };
    if parsed.amount_minor().is_none() {
        return within.refuse("quantity", format!("gives more than {}", currency.format(MONEY_MAX)));
    }
    Some((parsed, LineText { description: line.description, evidence: line.evidence }))
}

fn optional_money(violations: &mut Violations, field: &str, money: Option<Money>, currency: Currency) -> Option<i64> {
    match money {
        None => Some(0),
        Some(money) => violations.money(field, &money, currency),
    }
}

pub(crate) fn parse_payout(
    payout: &pb::Payout,
    id: PayoutId,
    currency: Currency,
    today: Day,
) -> Result<(PayoutTerms, PoolAsked), ApiError> {
    let mut violations = Violations::default();
    let statement = violations.statement("savings_statement", &payout.savings_statement);
    if let Some((program, _)) = &statement
        && !payout.name.starts_with(&format!("programs/{program}/"))
    {
        violations.add("savings_statement", "must be one of the same programme");
    }
    let last_day = violations.day("last_day", payout.last_day);
    if last_day.is_some_and(|last| last > today) {
        violations.add("last_day", format!("is in the future: today is {}", today.date()));
    }
    let pool = match &payout.pool {
        None => Some((0, PoolAsked::Rest)),
        Some(pool) => violations.money("pool", pool, currency).map(|minor| (minor, PoolAsked::Stated)),
    };
    let parsed = (|| {
        let ((_, statement), (pool_minor, asked)) = (statement?, pool?);
        let terms = PayoutTerms { id, statement, last_day: last_day?, mode: PayoutMode::Pool, pool_minor };
        Some((terms, asked))
    })();
    violations.check(parsed)
}
