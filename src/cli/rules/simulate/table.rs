//! The outcome as text.

use anyhow::Context as _;
use rust_decimal::Decimal;

use super::Simulation;
use crate::cli::text::{bar, counted, counted_as, grouped, grouped_decimal, member};
use goodturn::domain::value::number::Number;
use goodturn::google::r#type::Money;
use goodturn::pb;

/// Widths of columns, in characters: a name, a name without a count beside it, the widest bar.
const NAME_CHARS: usize = 20;
const WIDE_CHARS: usize = NAME_CHARS + 13;
const BAR_CHARS: usize = 30;

/// The heading of three columns of numbers.
const HEADER: &str = "         then        draft    difference";

/// Writes the outcome for a person. Lines have at most 80 characters as long as numbers have at most 13.
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
    text += "\nMembers\n";
    for (side, members) in sides {
        text += &format!("{}{:>13}\n", named(side, NAME_CHARS), grouped(members));
    }
    text += &listed("Gain most", &found.top_winners);
    text += &listed("Lose most", &found.top_losers);
    Ok(text + &differences(found))
}

fn points(simulation: &Simulation) -> String {
    let title = format!("\n{:<NAME_CHARS$}{:>13}{}", "Points credited", "activities", HEADER);
    let row = |name: &str, sums: pb::SimulatedSums| {
        let credited = sums.credited_points.unwrap_or_default();
        format!("{}{:>13}{}", named(name, NAME_CHARS), grouped(sums.activities), numbers(credited))
    };
    let mut text = title + "\n";
    for (kind, sums) in simulation.kinds() {
        text += &row(kind, sums);
    }
    text += &row("all", simulation.total());
    let pending = |sums: pb::SimulatedSums| sums.pending_points.unwrap_or_default();
    let waits = |sums: pb::SimulatedSums| pending(sums) != pb::Compared::default();
    if simulation.kinds().any(|(_, sums)| waits(sums)) {
        text += &format!("\n{:<WIDE_CHARS$}{HEADER}\n", "Points that wait");
        for (kind, sums) in simulation.kinds().filter(|(_, sums)| waits(*sums)).chain([("all", simulation.total())]) {
            text += &format!("{}{}", named(kind, WIDE_CHARS), numbers(pending(sums)));
        }
    }
    text
}

fn cost(simulation: &Simulation) -> anyhow::Result<String> {
    let (Some(then), Some(draft)) = (&simulation.found.cost_then, &simulation.found.cost_draft) else {
        return Ok(String::new());
    };
    let (then, draft) = (decimal(then)?, decimal(draft)?);
    let difference = draft.checked_sub(then).context("the costs are too large to compare")?;
    let (mantissa, scale) = simulation.value.map_or((0, 0), Number::parts);
    let value = Decimal::new(mantissa, scale.into());
    // A cost has as many places as the value, so that it is exact, and at least those of its currency.
    let places = value.scale().max(simulation.currency.digits());
    let money = |amount| amount_of(amount, places);
    let title = format!("Cost in {}, {} a point", simulation.currency.code(), money(value));
    let sign = if difference > Decimal::ZERO { "+" } else { "" };
    Ok(format!(
        "\n{title:<WIDE_CHARS$}{HEADER}\n{}{:>13}{:>13}{:>14}\n",
        named("credited points", WIDE_CHARS),
        money(then),
        money(draft),
        format!("{sign}{}", money(difference)),
    ))
}

fn declined(found: &pb::SimulateRuleSetResponse) -> String {
    if found.declined.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{:<WIDE_CHARS$}{HEADER}\n", "Activities that earned nothing");
    for declined in &found.declined {
        let reason = declined.reason().as_str_name().trim_start_matches("DECLINE_REASON_").to_lowercase();
        text += &format!("{}{}", named(&reason, WIDE_CHARS), numbers(declined.activities.unwrap_or_default()));
    }
    text
}

fn listed(title: &str, members: &[pb::SimulatedMember]) -> String {
    if members.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{title:<WIDE_CHARS$}{HEADER}\n");
    for listed in members {
        let credited = listed.credited_points.unwrap_or_default();
        text += &format!("{}{}", named(&member(&listed.member_id), WIDE_CHARS), numbers(credited));
    }
    text
}

/// Shows how many members gain and lose how much, from the first to the last band that holds any.
fn differences(found: &pb::SimulateRuleSetResponse) -> String {
    let filled = |band: &pb::DifferenceBand| band.members > 0;
    let (Some(first), Some(last)) =
        (found.differences.iter().position(filled), found.differences.iter().rposition(filled))
    else {
        return String::new();
    };
    let most = found.differences.iter().map(|band| band.members).max().unwrap_or_default();
    let mut text = format!("\n{:<24}{:>9}\n", "Difference in points", "members");
    for band in &found.differences[first..=last] {
        let drawn = bar(band.members, most, BAR_CHARS);
        let line = format!("  {:<22}{:>9}  {drawn}", range(band), grouped(band.members));
        text += &format!("{}\n", line.trim_end());
    }
    text
}

/// Returns the borders of a band: `-99 to -10`, `0`, `1,000,000 or more`.
fn range(band: &pb::DifferenceBand) -> String {
    match (band.least_points, band.greatest_points) {
        (Some(least), Some(greatest)) if least == greatest => grouped(least),
        (Some(least), Some(greatest)) => format!("{} to {}", grouped(least), grouped(greatest)),
        (Some(least), None) => format!("{} or more", grouped(least)),
        (None, Some(greatest)) => format!("{} or less", grouped(greatest)),
        (None, None) => "any".into(),
    }
}

fn named(name: &str, width: usize) -> String {
    format!("  {name:<width$}", width = width - 2)
}

/// Returns three columns: recorded, draft, difference.
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

/// Returns money with so many places, and commas between thousands: `1,944.59`.
fn amount_of(mut amount: Decimal, places: u32) -> String {
    amount.rescale(places);
    grouped_decimal(&amount.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_its_places_and_commas_between_thousands() {
        let texts = [("48136", 2), ("1234567.5", 2), ("-0.005", 3), ("0", 0)];
        let texts = texts.map(|(text, places)| amount_of(text.parse().expect("a number"), places));
        assert_eq!(texts, ["48,136.00", "1,234,567.50", "-0.005", "0"]);
    }
}
