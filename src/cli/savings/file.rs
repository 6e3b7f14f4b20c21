//! A savings statement as a TOML file.
//!
//! The limits are those of the API, looked at here too: so all faults of a file are told at once, each with its line.

use std::path::Path;

use anyhow::Context as _;
use toml::de::DeTable;

use super::fields::{Fields, Problem, Read, refused};
use crate::cli::finance::date;
use crate::cli::text::line_at;
use goodturn::domain::terms::savings::{LINES_MAX, MILLIONTHS, SavingsLine, StatementTerms};
use goodturn::domain::value::ids::ProgramId;
use goodturn::domain::value::money::{Currency, MONEY_MAX};
use goodturn::domain::value::time::Day;
use goodturn::pb;
use goodturn::wire::money;

/// Reads a statement of a programme with this currency.
///
/// # Errors
/// Lists all faults of the file, with their lines.
pub(super) fn read(path: &Path, program: &ProgramId, currency: Currency) -> anyhow::Result<pb::SavingsStatement> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    parse(path, &text, program, currency)
}

fn parse(path: &Path, text: &str, program: &ProgramId, currency: Currency) -> anyhow::Result<pb::SavingsStatement> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let line = |error: &toml::de::Error| line_at(text, error.span().map_or(0, |span| span.start));
    let broken = errors.iter().map(|error| Problem { line: Some(line(error)), told: error.message().to_owned() });
    let mut found: Vec<Problem> = broken.collect();
    if !found.is_empty() {
        return Err(refused(path, "is no TOML", found));
    }
    let mut fields = Fields::new(table.into_inner(), text, "", None, &mut found);
    let read = statement(&mut fields, program, currency).ok();
    read.filter(|_| found.is_empty()).ok_or_else(|| refused(path, "cannot be declared", found))
}

fn statement(fields: &mut Fields<'_, '_>, program: &ProgramId, currency: Currency) -> Read<pb::SavingsStatement> {
    let id = fields.id("id");
    let (first, last) = (fields.day("first_day"), fields.day("last_day"));
    if let (Ok(first), Ok(last)) = (&first, &last)
        && last < first
    {
        fields.note("last_day", "is before the first");
    }
    let share = fields.part("community_share", 1);
    let share = share.and_then(|share| {
        share.ok_or_else(|| fields.note("community_share", "is required; write community_share = \"0.5\""))
    });
    let cost = fields.money("programme_cost", currency);
    let redeemed = fields.money("redeemed_at_till", currency);
    let lines = fields.tables("line", LINES_MAX, |line| saving(line, currency));
    fields.end();
    let (id, first, last, share, cost, redeemed) = (id?, first?, last?, share?, cost?, redeemed?);
    let (lines, terms): (Vec<_>, Vec<_>) = lines?.into_iter().unzip();
    let name = format!("programs/{program}/savingsStatements/{id}");
    let terms = StatementTerms {
        id,
        first_day: Day::from_date(first),
        last_day: Day::from_date(last),
        lines: terms,
        programme_cost_minor: cost.unwrap_or_default(),
        redeemed_at_till_minor: redeemed.unwrap_or_default(),
        community_share_millionths: share.1,
    };
    if terms.pool_minor().is_none_or(|pool| pool > MONEY_MAX) {
        return Err(fields.note("line", format!("gives a pool of more than {}", currency.format(MONEY_MAX))));
    }
    Ok(pb::SavingsStatement {
        name,
        first_day: Some(date(first)),
        last_day: Some(date(last)),
        lines,
        programme_cost: cost.map(|minor| money(minor, currency)),
        redeemed_at_till: redeemed.map(|minor| money(minor, currency)),
        community_share: share.0,
        ..pb::SavingsStatement::default()
    })
}

fn saving(fields: &mut Fields<'_, '_>, currency: Currency) -> Read<(pb::SavingsLine, SavingsLine)> {
    let description = fields.words("description").and_then(|words| match words {
        Some(words) if !words.is_empty() => Ok(words),
        _ => Err(fields.note("description", "is required; say in words what was saved")),
    });
    let quantity = fields.quantity("quantity");
    let unit_cost = fields.money("unit_cost", currency).and_then(|cost| {
        let example = currency.format(5 * currency.minor_per_main());
        cost.ok_or_else(|| fields.note("unit_cost", format!("is required; write unit_cost = {example:?}")))
    });
    let (factor, evidence) = (fields.part("factor", 0), fields.words("evidence"));
    fields.end();
    let (description, quantity, unit_cost_minor) = (description?, quantity?, unit_cost?);
    let (factor, factor_millionths) = factor?.unwrap_or((String::new(), MILLIONTHS));
    let terms = SavingsLine { quantity, unit_cost_minor, factor_millionths };
    if terms.amount_minor().is_none() {
        return Err(fields.note("quantity", format!("gives more than {}", currency.format(MONEY_MAX))));
    }
    let unit_cost = Some(money(unit_cost_minor, currency));
    let evidence = evidence?.unwrap_or_default();
    Ok((pb::SavingsLine { description, quantity, unit_cost, factor, evidence, amount: None }, terms))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<pb::SavingsStatement> {
        let program = ProgramId::parse("qc").expect("an id");
        parse(Path::new("s.toml"), text, &program, Currency::from_code("GBP").expect("pounds"))
    }

    #[test]
    fn the_example_is_a_statement() {
        let statement = read(include_str!("../../../examples/savings-2018-h2.toml")).expect("a statement");
        assert_eq!(statement.name, "programs/qc/savingsStatements/2018-h2");
        let costs: Vec<(i64, i64)> = statement
            .lines
            .iter()
            .map(|line| (line.quantity, line.unit_cost.as_ref().expect("a cost").units))
            .collect();
        assert_eq!(costs, [(372, 70), (40, 12), (2, 1_500)]);
        assert_eq!(statement.lines[1].unit_cost.as_ref().expect("a cost").nanos, 500_000_000);
        assert_eq!((statement.lines[0].factor.as_str(), statement.lines[1].factor.as_str()), ("0.85", ""));
        assert_eq!(statement.last_day.map(|day| (day.year, day.month, day.day)), Some((2018, 11, 30)));
    }

    #[test]
    fn all_faults_of_a_file_are_told_at_once_with_their_lines() {
        let told = read(
            "id = \"2018 H2\"
first_day = \"1 June\"
last_day = 2018-11-30T00:00:00Z
programme_cost = 200000
comunity_share = \"0.5\"
[[line]]
description = \"answers\"
quantity = -3
unit_cost = 70.5
factor = \"85 %\"
[[line]]
quantity = \"2\"
unit_cost = \"1.500,00\"
evidence = 7
",
        );
        let expected = [
            "s.toml cannot be declared:",
            "  s.toml: community_share is required; write community_share = \"0.5\"",
            "  s.toml:1: id has ' ' at byte 4; allowed are a-z 0-9 - _, the first a letter or digit",
            "  s.toml:2: first_day is 1 June; give a day of the calendar, as 2018-06-01",
            "  s.toml:3: last_day is 2018-11-30T00:00:00Z; give a day of the calendar, as 2018-06-01",
            "  s.toml:4: programme_cost is the number 200000; write money in quotation marks, as programme_cost = \
             \"200000.00\"",
            "  s.toml:5: comunity_share is no field here (is community_share meant?); known are id, first_day, \
             last_day, community_share, programme_cost, redeemed_at_till, line",
            "  s.toml:8: entry 1 of line: quantity is -3; give 0 or more",
            "  s.toml:9: entry 1 of line: unit_cost is the number 70.5; write money in quotation marks, as unit_cost = \
             \"70.50\"",
            "  s.toml:10: entry 1 of line: factor is \"85 %\"; give a decimal from 0 to 1 with at most 6 places, as 0.5",
            "  s.toml:11: entry 2 of line: description is required; say in words what was saved",
            "  s.toml:12: entry 2 of line: quantity is string; give a whole number, without quotation marks, as 372",
            "  s.toml:13: entry 2 of line: unit_cost is \"1.500,00\"; give a decimal in GBP with at most 2 places, as \
             12.34; nothing separates thousands",
            "  s.toml:14: entry 2 of line: evidence is the number 7; write it in quotation marks, as evidence = \
             \"words\"",
        ];
        assert_eq!(told.expect_err("it is wrong").to_string().lines().collect::<Vec<_>>(), expected);
    }

    /// Returns what is wrong with a file of one line, with this in place of `unit_cost = "70.00"`.
    fn wrong(head: &str, cost: &str) -> String {
        let days = "first_day = 2018-06-01\nlast_day = \"2018-11-30\"\ncommunity_share = \"0.5\"";
        let file = format!("id = \"a\"\n{days}\n{head}\n[[line]]\ndescription = \"x\"\nquantity = 1\n{cost}\n");
        read(&file).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn limits_are_those_of_the_api() {
        assert_eq!(wrong("", "unit_cost = \"70.00\""), "");
        assert!(
            wrong("", "unit_cost = \"-1.00\"").contains("s.toml:9: entry 1 of line: unit_cost is -1.00; give 0 to ")
        );
        assert!(wrong("", "").contains("s.toml:6: entry 1 of line: unit_cost is required; write unit_cost = \"5.00\""));
        let unknown = wrong("", "unit_cost = \"1\"\nevidence = \"\"\nx = 1");
        assert!(
            unknown.contains("s.toml:11: entry 1 of line: x is no field here; known are description, "),
            "{unknown}"
        );
        assert!(wrong("redeemed_at_till = 0.5", "unit_cost = \"1\"").contains("redeemed_at_till is the number 0.5"));
        assert!(wrong("a = ", "unit_cost = \"1\"").starts_with("s.toml is no TOML:\n  s.toml:5: "));
        let long = format!("unit_cost = \"1\"\nevidence = \"{}\"", "x".repeat(201));
        assert!(wrong("", &long).contains("evidence has 201 bytes; at most 200 are allowed"));
    }
}
