//! What is left to be done once choices are closed: who is to be paid what, and by which list.

use anyhow::Context as _;

use crate::cli::finance::{About, minor, money};
use goodturn::domain::value::ids::PayoutId;
use goodturn::domain::value::money::Currency;
use goodturn::export::words::listed;
use goodturn::pb;

/// What was decided, in minor units.
struct Decided {
    credit: i64,
    cash: i64,
    carried: i64,
    lapsed: i64,
    /// What each charity gets: its id, of the members, and of the company.
    donated: Vec<(String, i64, i64)>,
}

impl Decided {
    fn of(closing: &pb::Closing, currency: Currency) -> anyhow::Result<Self> {
        let totals = closing.decided.as_ref().context("the server left the sums of the closing out")?;
        let sum = |total: Option<&pb::LotTotal>| total.map_or(Ok(0), |total| minor(total.amount.as_ref(), currency));
        let mut donated = Vec::with_capacity(totals.donated.len());
        for total in &totals.donated {
            donated.push((total.charity_id.clone(), minor(total.amount.as_ref(), currency)?, 0));
        }
        for total in &closing.matched {
            let added = minor(total.amount.as_ref(), currency)?;
            match donated.iter_mut().find(|(charity, ..)| *charity == total.charity_id) {
                Some((_, _, adds)) => *adds = added,
                None => donated.push((total.charity_id.clone(), 0, added)),
            }
        }
        donated.retain(|(_, given, added)| *given > 0 || *added > 0);
        let (credit, cash) = (sum(totals.credit.as_ref())?, sum(totals.cash.as_ref())?);
        let (carried, lapsed) = (sum(totals.carried.as_ref())?, sum(totals.lapsed.as_ref())?);
        Ok(Self { credit, cash, carried, lapsed, donated })
    }
}

/// Says what became of the money, on a line: `Its choices are closed: GBP 4.50 in cash and GBP 5.00 lapsed.`
///
/// # Errors
/// The server left something out.
pub(in crate::cli) fn became(closing: &pb::Closing, about: About<'_>) -> anyhow::Result<String> {
    let decided = Decided::of(closing, about.currency)?;
    let sums = [
        (decided.credit, "due as credit"),
        (decided.cash, "in cash"),
        (decided.carried, "carried to a later payout"),
        (decided.lapsed, "lapsed"),
    ];
    let told = |minor: i64, what: &str| format!("{} {what}", money(minor, about.currency));
    let single = sums.into_iter().filter(|(minor, _)| *minor > 0).map(|(minor, what)| told(minor, what));
    let given = decided.donated.iter().filter(|(_, given, _)| *given > 0);
    let given = given.map(|(charity, given, _)| told(*given, &format!("given to {charity}")));
    let all: Vec<String> = single.chain(given).collect();
    let what = if all.is_empty() { "there was no money to decide".to_owned() } else { listed(&all) };
    Ok(format!("Its choices are closed: {what}.\n"))
}

/// Says what is left to be done, with the commands that list it.
///
/// # Errors
/// The server left something out.
pub(super) fn to_do(closing: &pb::Closing, id: &PayoutId, about: About<'_>) -> anyhow::Result<String> {
    let decided = Decided::of(closing, about.currency)?;
    let told = |minor: i64| money(minor, about.currency);
    let mut pay = String::new();
    if decided.cash > 0 {
        pay += &format!("{} in cash\n", told(decided.cash));
    }
    if decided.credit > 0 {
        pay += &format!("{} as credit\n", told(decided.credit));
    }
    for (charity, given, added) in &decided.donated {
        pay += &match added {
            0 => format!("{} to the charity {charity}\n", told(*given)),
            _ => format!(
                "{} to the charity {charity}: {} of members, and {} that the company adds\n",
                told(given.saturating_add(*added)),
                told(*given),
                told(*added)
            ),
        };
    }
    let carried = match decided.carried {
        0 => String::new(),
        carried => format!("{} carried to a later payout: nothing is to be done about it.\n", told(carried)),
    };
    let lines = about.call(&format!("choices lines {id}"));
    let all = format!("{carried}What became of each lot:\n{lines}");
    if pay.is_empty() {
        return Ok(format!("Nothing is left to be paid.\n{all}"));
    }
    Ok(format!(
        "What is left to be done is to pay:\n{pay}Batches draw it. A person with the role finance sees who can be paid, and draws one up for each way \
         of paying:\n{}{}{all}",
        about.call("payments due --format FORMAT"),
        about.call("payments draft BATCH --format FORMAT")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::finance::of_london;
    use goodturn::domain::value::ids::ProgramId;

    #[test]
    fn what_is_left_to_be_done_is_told_with_its_lists() {
        let program = ProgramId::parse("qc").expect("an id");
        let (id, about) = (PayoutId::parse("p1").expect("an id"), of_london(&program));
        let pence = |minor| Some(goodturn::wire::money(minor, about.currency));
        let total = |lots, minor| Some(pb::LotTotal { lots, amount: pence(minor) });
        let charity = |lots, minor| pb::DonationTotal { charity_id: "relief".into(), lots, amount: pence(minor) };
        let mut closing = pb::Closing {
            decided: Some(pb::ClosingTotals {
                cash: total(2, 450),
                carried: total(1, 600),
                donated: vec![charity(1, 100)],
                ..pb::ClosingTotals::default()
            }),
            matched: vec![charity(0, 50)],
            ..pb::Closing::default()
        };
        let expected = "What is left to be done is to pay:
GBP 4.50 in cash
GBP 1.50 to the charity relief: GBP 1.00 of members, and GBP 0.50 that the company adds
Batches draw it. A person with the role finance sees who can be paid, and draws one up for each way of paying:
  goodturn payments due --format FORMAT --program qc
  goodturn payments draft BATCH --format FORMAT --program qc
GBP 6.00 carried to a later payout: nothing is to be done about it.
What became of each lot:
  goodturn choices lines p1 --program qc
";
        assert_eq!(to_do(&closing, &id, about).expect("whole"), expected);
        let told = became(&closing, about).expect("whole");
        assert_eq!(
            told,
            "Its choices are closed: GBP 4.50 in cash, GBP 6.00 carried to a later payout and GBP 1.00 given to \
             relief.\n"
        );
        closing.matched.clear();
        closing.decided = Some(pb::ClosingTotals::default());
        assert!(to_do(&closing, &id, about).expect("whole").starts_with("Nothing is left to be paid.\n"));
    }
}
