//! The terms of a payout as text. An approval signs them.

use crate::cli::choices::words;
use crate::cli::finance::{About, amount, day, day_text, id_of, minor, money, told};
use crate::cli::text::{counted, grouped};
use goodturn::domain::value::money::Currency;
use goodturn::google::r#type::Money;
use goodturn::pb;
use goodturn::pb::{PayoutMode, PayoutState as State};

/// True when the whole pool is shared out in proportion to points.
pub(super) fn is_pool(payout: &pb::Payout) -> bool {
    matches!(payout.mode(), PayoutMode::Unspecified | PayoutMode::Pool)
}

/// Returns the sum of all shares, once they are fixed: the money granted, where it is executed.
fn sum_of_shares(payout: &pb::Payout) -> Option<&Money> {
    match payout.state() {
        State::Drafting | State::Releasing => None,
        State::Executed => payout.granted.as_ref().or(payout.shares_total.as_ref()),
        _ => payout.shares_total.as_ref(),
    }
}

/// Returns the sum of all shares in minor units, or the pool while they are not fixed.
///
/// # Errors
/// The server left something out.
pub(super) fn shared(payout: &pb::Payout, currency: Currency) -> anyhow::Result<i64> {
    minor(sum_of_shares(payout).or(payout.pool.as_ref()), currency)
}

/// Writes the sum of all shares, and the pool where it is more: `GBP 481.36 of a pool of GBP 10,567.00`.
///
/// # Errors
/// As above.
pub(super) fn shared_of_pool(payout: &pb::Payout, currency: Currency) -> anyhow::Result<String> {
    let (shared, pool) = (shared(payout, currency)?, minor(payout.pool.as_ref(), currency)?);
    let of = if shared == pool { String::new() } else { format!(" of a pool of {}", money(pool, currency)) };
    Ok(format!("{}{of}", money(shared, currency)))
}

/// Writes the sum of all shares for a list; a dash while they are not fixed.
///
/// # Errors
/// As above.
pub(super) fn shared_cell(payout: &pb::Payout, currency: Currency) -> anyhow::Result<String> {
    let sum = sum_of_shares(payout);
    sum.map_or_else(|| Ok("–".to_owned()), |sum| Ok(amount(minor(Some(sum), currency)?, currency)))
}

/// Counts the members who are paid: those of a list are its rows, without the account that gets what rounding leaves.
pub(super) fn people(payout: &pb::Payout) -> i64 {
    match &payout.list {
        Some(list) if payout.state() != State::Drafting => list.row_count,
        _ => payout.members,
    }
}

/// Says what a payout shares out among whom and how, and who drafted it: names of facts, with the facts.
///
/// # Errors
/// The server left something out.
pub(super) fn terms(payout: &pb::Payout, about: About<'_>) -> anyhow::Result<Vec<(&'static str, String)>> {
    let (began, currency) = (about.when(payout.created_at.as_ref()), about.currency);
    let points = if payout.list.is_some() { "weights" } else { "points" };
    let mut rows = vec![
        ("statement", id_of(&payout.savings_statement).to_owned()),
        ("last day", day_text(day(payout.last_day)?)),
        ("pool", told(payout.pool.as_ref(), currency)?),
    ];
    if let Some(sum) = sum_of_shares(payout) {
        let (sum, pool) = (minor(Some(sum), currency)?, minor(payout.pool.as_ref(), currency)?);
        let rest = if sum < pool { "; the rest of the pool stays with the statement" } else { "" };
        rows.push(("shares", format!("{}{rest}", money(sum, currency))));
    }
    rows.extend([
        ("members", grouped(people(payout))),
        (points, grouped(payout.total_points)),
        ("drafted", format!("by {}, begun {began}", payout.drafted_by)),
    ]);
    if !payout.rate.is_empty() {
        rows.push(("rate", format!("{} {} a point, rounded down", currency.code(), payout.rate)));
    }
    if let Some(list) = &payout.list {
        let (count, weight) = (counted(list.row_count, "row"), grouped(list.total_weight));
        let to = &list.remainder_member_id;
        rows.push(("list", format!("{count} with weights of {weight} in all; what rounding leaves goes to {to}")));
    }
    if payout.minimum_share.is_some() {
        let least = told(payout.minimum_share.as_ref(), currency)?;
        rows.push(("least", format!("{least} a share; whoever would get less is left out")));
    }
    if let Some(terms) = &payout.choices {
        rows.extend(choices(terms, about)?);
    }
    Ok(rows)
}

/// Says how members are asked how they want their money.
fn choices(terms: &pb::ChoiceTerms, about: About<'_>) -> anyhow::Result<Vec<(&'static str, String)>> {
    let (deadline, currency) = (about.when(terms.deadline.as_ref()), about.currency);
    let default = terms.default_choice.as_ref().map_or_else(|| "carried once, then lapses".to_owned(), words::told);
    let mut rows = vec![("choices", format!("until {deadline}; the money of who has not chosen: {default}"))];
    for (what, least) in [("credit", &terms.minimum_credit), ("cash", &terms.minimum_cash)] {
        if least.is_some() {
            rows.push((what, format!("at least {}; less is carried", told(least.as_ref(), currency)?)));
        }
    }
    if !terms.charity_ids.is_empty() {
        rows.push(("charities", terms.charity_ids.join(", ")));
    }
    if !terms.match_rate.is_empty() && terms.match_cap.is_some() {
        let cap = told(terms.match_cap.as_ref(), currency)?;
        rows.push(("match", format!("the company adds {} × what is donated, at most {cap}", terms.match_rate)));
    }
    if terms.takes_carried {
        rows.push(("carried", "money that earlier payouts carried is decided too".to_owned()));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::finance::{date, of_london};
    use goodturn::domain::value::ids::ProgramId;
    use goodturn::domain::value::time::Micros;
    use goodturn::pb::PayoutMethod;

    #[test]
    fn everything_that_an_approval_signs_is_told() {
        let program = ProgramId::parse("qc").expect("an id");
        let about = of_london(&program);
        let pounds = about.currency;
        let by = Micros::from_rfc3339("2018-12-31T23:59:59.999999Z").expect("a time");
        let pence = |minor| Some(goodturn::wire::money(minor, pounds));
        let choices = pb::ChoiceTerms {
            deadline: Some(goodturn::wire::time(by)),
            default_choice: Some(pb::Choice { method: PayoutMethod::Charity.into(), charity_id: "shelter".into() }),
            minimum_cash: pence(1_000),
            charity_ids: vec!["shelter".into()],
            match_rate: "1".into(),
            match_cap: pence(50_000),
            ..pb::ChoiceTerms::default()
        };
        let mut payout = pb::Payout {
            last_day: Some(date("2018-11-30".parse().expect("a day"))),
            pool: pence(1_056_700),
            ..pb::Payout::default()
        };
        assert!(is_pool(&payout));
        payout.mode = PayoutMode::FixedRate.into();
        payout.rate = "0.01".into();
        payout.minimum_share = pence(100);
        payout.choices = Some(choices);
        payout.state = State::Draft.into();
        payout.shares_total = pence(48_136);
        assert!(!is_pool(&payout));
        let rows = terms(&payout, about).expect("whole");
        assert_eq!(rows[3], ("shares", "GBP 481.36; the rest of the pool stays with the statement".to_owned()));
        assert_eq!(shared_of_pool(&payout, pounds).expect("whole"), "GBP 481.36 of a pool of GBP 10,567.00");
        let later: Vec<String> = rows[7..].iter().map(|(name, fact)| format!("{name}: {fact}")).collect();
        let expected = [
            "rate: GBP 0.01 a point, rounded down",
            "least: GBP 1.00 a share; whoever would get less is left out",
            "choices: until 31 Dec 2018, 23:59 (Europe/London); the money of who has not chosen: given to shelter",
            "cash: at least GBP 10.00; less is carried",
            "charities: shelter",
            "match: the company adds 1 × what is donated, at most GBP 500.00",
        ];
        assert_eq!(later, expected);
    }
}
