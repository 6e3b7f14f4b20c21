//! Savings statements and payouts.

use super::super::error::{ApiError, Violation};
use super::Violations;
use super::choice::parse_choice_terms;
use crate::domain::decide::command::Listed;
use crate::domain::terms::choice::CHOOSE_DAYS_MAX;
use crate::domain::terms::payout::{LIST_ROWS_MAX, ListTerms, PayoutMode, PayoutTerms, PoolAsked, RATE_MAX};
use crate::domain::terms::savings::{LINES_MAX, LineText, MILLIONTHS, SavingsLine, StatementTerms, TEXT_BYTES_MAX};
use crate::domain::value::ids::{MemberId, PayoutId, StatementId};
use crate::domain::value::money::{Currency, MONEY_MAX};
use crate::domain::value::number::Number;
use crate::domain::value::time::Day;
use crate::google::r#type::Money;
use crate::pb;

/// Most rows of a list in one call: a batch that the lane commits at once.
const ROWS_MAX: usize = 1_000;

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

/// Refuses to preview a list, whose rows come after the payout is begun.
pub(crate) fn counts_points(terms: &PayoutTerms) -> Result<(), ApiError> {
    if terms.list.is_none() {
        return Ok(());
    }
    let problem = "is PAYOUT_MODE_LIST, whose shares follow from the list alone; check its rows by AddListRows";
    Err(ApiError::Invalid(vec![Violation { field: "payout.mode".into(), problem: problem.into() }]))
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
    let sharing = parse_sharing(&mut violations, payout, currency);
    let choices = match &payout.choices {
        None => Some(None),
        Some(terms) => parse_choice_terms(&mut violations, terms, currency).map(Some),
    };
    if let Some(Some(terms)) = &choices
        && terms.deadline.day_in(&jiff::tz::TimeZone::UTC).get() - today.get() > CHOOSE_DAYS_MAX
    {
        violations
            .add("choices.deadline", format!("is more than {CHOOSE_DAYS_MAX} days ahead: nobody could end it before"));
    }
    let parsed = (|| {
        let ((_, statement), (pool_minor, asked)) = (statement?, pool?);
        let Sharing { mode, rate_millionths, minimum_share_minor, list } = sharing?;
        let terms = PayoutTerms {
            id,
            statement,
            last_day: last_day?,
            mode,
            pool_minor,
            rate_millionths,
            minimum_share_minor,
            list,
            choices: choices?,
        };
        Some((terms, asked))
    })();
    violations.check(parsed)
}

/// The terms by which a pool becomes shares.
struct Sharing {
    mode: PayoutMode,
    rate_millionths: i64,
    minimum_share_minor: i64,
    list: Option<ListTerms>,
}

fn parse_sharing(violations: &mut Violations, payout: &pb::Payout, currency: Currency) -> Option<Sharing> {
    let mode = match pb::PayoutMode::try_from(payout.mode) {
        Ok(pb::PayoutMode::Unspecified | pb::PayoutMode::Pool) => PayoutMode::Pool,
        Ok(pb::PayoutMode::FixedRate) => PayoutMode::FixedRate,
        Ok(pb::PayoutMode::List) => PayoutMode::List,
        Err(_) => return violations.refuse("mode", format!("is {}, which is no mode", payout.mode)),
    };
    let rate_millionths = match (mode, payout.rate.as_str()) {
        (PayoutMode::FixedRate, rate) => parse_rate(violations, rate, currency),
        (_, "") => Some(0),
        _ => violations.refuse("rate", "is given only in PAYOUT_MODE_FIXED_RATE"),
    };
    let minimum_share_minor = optional_money(violations, "minimum_share", payout.minimum_share.clone(), currency);
    if mode == PayoutMode::List && minimum_share_minor.is_some_and(|minor| minor > 0) {
        violations.add("minimum_share", "is not for PAYOUT_MODE_LIST: leave rows out of the list instead");
    }
    let list = match (mode, &payout.list) {
        (PayoutMode::List, list) => {
            let list = violations.required("list", list.as_ref());
            list.and_then(|list| parse_list_terms(violations, list)).map(Some)
        }
        (_, None) => Some(None),
        _ => violations.refuse("list", "is given only in PAYOUT_MODE_LIST"),
    };
    Some(Sharing { mode, rate_millionths: rate_millionths?, minimum_share_minor: minimum_share_minor?, list: list? })
}

/// Reads money for a point in the main unit, as millionths of a minor unit.
fn parse_rate(violations: &mut Violations, rate: &str, currency: Currency) -> Option<i64> {
    let places = 6 + currency.digits();
    let millionths = Number::parse(rate).ok().zip(u8::try_from(places).ok());
    let millionths = millionths.and_then(|(rate, places)| rate.in_places(places));
    let millionths = millionths.filter(|millionths| (1..=RATE_MAX).contains(millionths));
    millionths.or_else(|| {
        violations.refuse("rate", format!("is {rate:?}; give a decimal above 0 with at most {places} places, as 0.01"))
    })
}

fn parse_list_terms(violations: &mut Violations, list: &pb::PayoutList) -> Option<ListTerms> {
    let mut within = violations.within("list".to_owned());
    if !(1..=LIST_ROWS_MAX).contains(&list.row_count) {
        within.add("row_count", format!("is {}; give 1 to {LIST_ROWS_MAX}", list.row_count));
    }
    if list.total_weight < list.row_count {
        within.add(
            "total_weight",
            format!("is {}; each of {} rows weighs at least 1", list.total_weight, list.row_count),
        );
    }
    let remainder_to = within.id("remainder_member_id", MemberId::parse(&list.remainder_member_id))?;
    Some(ListTerms { rows: list.row_count, total_weight: list.total_weight, remainder_to })
}

/// Reads rows of a list, which stand in the byte order of members.
pub(crate) fn parse_rows(violations: &mut Violations, rows: Vec<pb::ListRow>, ordered: bool) -> Vec<Listed> {
    if rows.is_empty() || rows.len() > ROWS_MAX {
        violations.add("rows", format!("has {}; give 1 to {ROWS_MAX}", rows.len()));
    }
    let mut read: Vec<Listed> = Vec::with_capacity(rows.len().min(ROWS_MAX));
    for (at, row) in rows.into_iter().take(ROWS_MAX).enumerate() {
        let mut within = violations.within(format!("rows[{at}]"));
        if row.weight < 1 {
            within.add("weight", format!("is {}; give 1 or more", row.weight));
        }
        let Some(member) = within.id("member_id", MemberId::parse(&row.member_id)) else { continue };
        match read.last() {
            Some(before) if before.member == member => within.add("member_id", "stands in the list twice"),
            Some(before) if ordered && before.member > member => {
                within.add("member_id", "comes before the row before it; sort the rows by the bytes of their members");
            }
            _ => {}
        }
        read.push(Listed { member, weight: row.weight });
    }
    read
}
