//! The outcome as text.

use anyhow::Context as _;
use rust_decimal::Decimal;

use super::Simulation;
use crate::cli::demo::text::{bar, counted, counted_as, grouped, member};
use crate::domain::money::Currency;
use crate::google::r#type::Money;
use crate::pb;

/// Narrowest column of names, and widest bar.
const NAME_CHARS: usize = 20;
const BAR_CHARS: usize = 30;

/// Writes the outcome for a person, at most 80 characters a line as long as numbers have at most 13.
pub(super) fn of(simulation: &Simulation) -> anyhow::Result<String> {
    let found = &simulation.found;
    let total = simulation.total();
    let mut text = format!(
        "{} over {}, {} to {}\n\n  {} of {}, in a log of {}.\n",
        simulation.file,
        simulation.program,
        simulation.from,
        simulation.to,
        counted_as(total.activities, "activity", "activities"),
        counted(simulation.members(), "member"),
        counted_as(found.seq, "entry", "entries"),
    );
    if found.activities_without_attributes > 0 {
        let lacking = counted_as(found.activities_without_attributes, "activity", "activities");
        text += &format!("  The attributes of {lacking} were erased: conditions that ask for them do not hold.\n");
    }
    text += &points(simulation);
    text += &cost(simulation)?;
    text += &declined(found);
    let sides = [("gain", found.winners), ("lose", found.losers), ("unchanged", found.unchanged)];
    text += &format!("\n{:<NAME_CHARS$}\n", "Members");
    for (side, members) in sides {
        text += &format!("  {side:<width$}{:>13}\n", grouped(members), width = NAME_CHARS - 2);
    }
    text += &listed("Gain most", &found.top_winners);
    text += &listed("Lose most", &found.top_losers);
    Ok(text + &differences(found))
}

fn points(simulation: &Simulation) -> String {
    let title = format!("\n{:<NAME_CHARS$}{:>13}{}", "Points credited", "activities", HEADER);
    let row = |name: &str, sums: pb::SimulatedSums| {
        let credited = sums.credited_points.unwrap_or_default();
        format!("{}{:>13}{}", named(name), grouped(sums.activities), numbers(credited))
    };
    let mut text = title + "\n";
    for (kind, sums) in simulation.kinds() {
        text += &row(kind, sums);
    }
    text += &row("all", simulation.total());
    let pending = |sums: pb::SimulatedSums| sums.pending_points.unwrap_or_default();
    let waits = |sums: pb::SimulatedSums| pending(sums) != pb::Compared::default();
    if simulation.kinds().any(|(_, sums)| waits(sums)) {
        text += &format!("\n{:<NAME_CHARS$}{:>13}{HEADER}\n", "Points that wait", "");
        for (kind, sums) in simulation.kinds().filter(|(_, sums)| waits(*sums)).chain([("all", simulation.total())]) {
            text += &format!("{}{:>13}{}", named(kind), "", numbers(pending(sums)));
        }
    }
    text
}

fn cost(simulation: &Simulation) -> anyhow::Result<String> {
    let (Some(then), Some(draft)) = (&simulation.found.cost_then, &simulation.found.cost_draft) else {
        return Ok(String::new());
    };
    let (then, draft) = (decimal(then)?, decimal(draft)?);
    let code = simulation.currency.code();
    let money = |amount| amount_of(amount, simulation.currency);
    let difference = draft.checked_sub(then).context("the costs are too large to compare")?;
    let value = simulation.value.map(money).unwrap_or_default();
    let title = format!("Cost in {code}, {value} a point");
    let width = NAME_CHARS + 13;
    let sign = if difference > Decimal::ZERO { "+" } else { "" };
    Ok(format!(
        "\n{title:<width$}{HEADER}\n{:<width$}{:>13}{:>13}{:>14}\n",
        "  credited points",
        money(then),
        money(draft),
        format!("{sign}{}", money(difference)),
    ))
}

fn declined(found: &pb::SimulateRuleSetResponse) -> String {
    if found.declined.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{:<width$}{HEADER}\n", "Activities that earned nothing", width = NAME_CHARS + 13);
    for declined in &found.declined {
        let reason = declined.reason().as_str_name().trim_start_matches("DECLINE_REASON_").to_lowercase();
        text += &format!("{}{:>13}{}", named(&reason), "", numbers(declined.activities.unwrap_or_default()));
    }
    text
}

fn listed(title: &str, members: &[pb::SimulatedMember]) -> String {
    if members.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{title:<width$}{HEADER}\n", width = NAME_CHARS + 13);
    for listed in members {
        let credited = listed.credited_points.unwrap_or_default();
        text += &format!("{}{:>11}{}", named(&member(&listed.member_id)), "", numbers(credited));
    }
    text
}

/// How many members gain and lose how much, from the first bucket that holds any to the last.
fn differences(found: &pb::SimulateRuleSetResponse) -> String {
    let filled = |bucket: &pb::DifferenceBucket| bucket.members > 0;
    let (Some(first), Some(last)) =
        (found.differences.iter().position(filled), found.differences.iter().rposition(filled))
    else {
        return String::new();
    };
    let most = found.differences.iter().map(|bucket| bucket.members).max().unwrap_or_default();
    let mut text = format!("\n{:<24}{:>9}\n", "Difference in points", "members");
    for bucket in &found.differences[first..=last] {
        let drawn = bar(bucket.members, most, BAR_CHARS);
        let line = format!("  {:<22}{:>9}  {drawn}", range(bucket), grouped(bucket.members));
        text += &format!("{}\n", line.trim_end());
    }
    text
}

/// The borders of a bucket: `-99 to -10`, `0`, `1,000,000 or more`.
fn range(bucket: &pb::DifferenceBucket) -> String {
    match (bucket.least_points, bucket.greatest_points) {
        (Some(least), Some(greatest)) if least == greatest => grouped(least),
        (Some(least), Some(greatest)) => format!("{} to {}", grouped(least), grouped(greatest)),
        (Some(least), None) => format!("{} or more", grouped(least)),
        (None, Some(greatest)) => format!("{} or less", grouped(greatest)),
        (None, None) => "any".into(),
    }
}

const HEADER: &str = "         then        draft    difference";

fn named(name: &str) -> String {
    format!("  {name:<width$}", width = NAME_CHARS - 2)
}

/// Three columns: then, draft, difference.
fn numbers(compared: pb::Compared) -> String {
    let difference = compared.draft.saturating_sub(compared.then);
    let sign = if difference > 0 { "+" } else { "" };
    let difference = format!("{sign}{}", grouped(difference));
    format!("{:>13}{:>13}{difference:>14}\n", grouped(compared.then), grouped(compared.draft))
}

fn decimal(money: &Money) -> anyhow::Result<Decimal> {
    let nanos = i128::from(money.units) * 1_000_000_000 + i128::from(money.nanos);
    Decimal::try_from_i128_with_scale(nanos, 9).context("the server answered with an amount too large to write")
}

/// Money with commas between thousands, and at least the places of its currency: `1,944.59`, `0.005`.
fn amount_of(amount: Decimal, currency: Currency) -> String {
    let mut amount = amount.normalize();
    if amount.scale() < currency.digits() {
        amount.rescale(currency.digits());
    }
    let text = amount.abs().to_string();
    let (main, rest) = text.split_once('.').unwrap_or((&text, ""));
    let main = main.parse().map_or_else(|_| main.to_owned(), grouped);
    let sign = if amount < Decimal::ZERO { "-" } else { "" };
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{main}{point}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_has_the_places_of_its_currency_or_more() {
        let pound = Currency::from_code("GBP").expect("pounds");
        let texts = ["48136", "1234567.5", "-0.005", "0"].map(|text| amount_of(text.parse().expect("one"), pound));
        assert_eq!(texts, ["48,136.00", "1,234,567.50", "-0.005", "0.00"]);
    }
}
