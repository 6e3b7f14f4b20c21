//! The syntax of Beancount, as its versions 2 and 3 read it.

use std::collections::BTreeMap;

use super::Line;
use crate::domain::value::time::Day;

/// Returns the first lines. An account is used from the day on which it is opened, for its commodities alone.
pub(super) fn head(
    title: &[String],
    currency: &str,
    opened: Day,
    commodities: &[&str],
    accounts: &BTreeMap<&str, Vec<&str>>,
) -> String {
    let mut head: String = title.iter().map(|line| format!("; {line}\n")).collect();
    head.push('\n');
    if let Some(name) = title.first() {
        head.push_str(&format!("option \"title\" \"{name}\"\n"));
    }
    head.push_str(&format!("option \"operating_currency\" \"{currency}\"\n\n"));
    let opened = opened.date();
    for commodity in commodities {
        head.push_str(&format!("{opened} commodity {commodity}\n"));
    }
    head.push('\n');
    for (account, commodities) in accounts {
        head.push_str(&format!("{opened} open {account} {}\n", commodities.join(",")));
    }
    head
}

pub(super) fn transaction(day: Day, text: &str, lines: &[Line<'_>], width: usize) -> String {
    let lines: String = lines.iter().map(|line| format!("  {}\n", line.aligned(width))).collect();
    format!("\n{} * \"{text}\"\n{lines}", day.date())
}

/// Returns balances as a day begins, without the tolerance that Beancount would take from the places of an amount.
pub(super) fn balances(day: Day, lines: &[Line<'_>], width: usize) -> String {
    let line = |line: &Line<'_>| {
        let exact = Line { amount: format!("{} ~ 0", line.amount), ..*line };
        format!("{} balance {}\n", day.date(), exact.aligned(width))
    };
    let lines: String = lines.iter().map(line).collect();
    format!("\n{lines}")
}
