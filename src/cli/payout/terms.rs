//! The terms of a payout as text. An approval signs them.

use crate::cli::choices::words;
use crate::cli::finance::{day, day_text, id_of, told};
use crate::cli::text::{counted, grouped};
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::time::Micros;
use goodturn::pb;
use goodturn::pb::PayoutMode;
use goodturn::wire::micros;

/// True when the whole pool is shared out in proportion to points.
pub(super) fn is_pool(payout: &pb::Payout) -> bool {
    matches!(payout.mode(), PayoutMode::Unspecified | PayoutMode::Pool)
}

/// Says what a payout shares out among whom and how, and who drafted it: names of facts, with the facts.
///
/// # Errors
/// The server left something out.
pub(super) fn terms(payout: &pb::Payout, currency: Currency) -> anyhow::Result<Vec<(&'static str, String)>> {
    let began = payout.created_at.as_ref().and_then(micros).map(Micros::to_rfc3339).unwrap_or_default();
    let points = if payout.list.is_some() { "weights" } else { "points" };
    let mut rows = vec![
        ("statement", id_of(&payout.savings_statement).to_owned()),
        ("last day", day_text(day(payout.last_day)?)),
        ("pool", told(payout.pool.as_ref(), currency)?),
        ("members", grouped(payout.members)),
        (points, grouped(payout.total_points)),
        ("drafted", format!("by {}, begun {began}", payout.drafted_by)),
    ];
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
        rows.extend(choices(terms, currency)?);
    }
    Ok(rows)
}

/// Says how members are asked how they want their money.
fn choices(terms: &pb::ChoiceTerms, currency: Currency) -> anyhow::Result<Vec<(&'static str, String)>> {
    let deadline = terms.deadline.as_ref().and_then(micros).map(Micros::to_rfc3339).unwrap_or_default();
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
    use crate::cli::finance::date;
    use goodturn::pb::PayoutMethod;

    #[test]
    fn everything_that_an_approval_signs_is_told() {
        let pounds = Currency::from_code("GBP").expect("pounds");
        let pence = |minor| Some(goodturn::wire::money(minor, pounds));
        let choices = pb::ChoiceTerms {
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
        assert!(!is_pool(&payout));
        let rows = terms(&payout, pounds).expect("whole");
        let later: Vec<String> = rows[6..].iter().map(|(name, fact)| format!("{name}: {fact}")).collect();
        let expected = [
            "rate: GBP 0.01 a point, rounded down",
            "least: GBP 1.00 a share; whoever would get less is left out",
            "choices: until ; the money of who has not chosen: given to shelter",
            "cash: at least GBP 10.00; less is carried",
            "charities: shelter",
            "match: the company adds 1 × what is donated, at most GBP 500.00",
        ];
        assert_eq!(later, expected);
    }
}
