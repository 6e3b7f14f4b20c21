//! The syntax of hledger, as its version 1.25 reads it.

use std::collections::BTreeMap;

use super::Line;
use crate::domain::value::time::Day;

/// Returns the first lines. A strict check refuses a commodity or an account that is not declared.
pub(super) fn head(title: &[String], commodities: &[(&str, usize)], accounts: &BTreeMap<&str, Vec<&str>>) -> String {
    let mut head: String = title.iter().map(|line| format!("; {line}\n")).collect();
    // Without it, `1.234` could be a thousand and more.
    head.push_str("\ndecimal-mark .\n");
    for (commodity, places) in commodities {
        // The point is required, also with nothing behind it.
        head.push_str(&format!("commodity 1000.{} {commodity}\n", "0".repeat(*places)));
    }
    head.push('\n');
    for account in accounts.keys() {
        head.push_str(&format!("account {account}\n"));
    }
    head
}

pub(super) fn transaction(day: Day, text: &str, lines: &[Line<'_>], width: usize) -> String {
    let lines: String = lines.iter().map(|line| format!("    {}\n", line.aligned(width))).collect();
    format!("\n{} * {text}\n{lines}", day.date())
}

/// Returns balances, each beside nothing of its commodity: a balance stands behind a posting.
pub(super) fn balances(day: Day, lines: &[(Line<'_>, String)], width: usize) -> String {
    let line = |(line, nothing): &(Line<'_>, String)| {
        let posting = Line { amount: nothing.clone(), ..*line };
        format!("    {} = {} {}\n", posting.aligned(width), line.amount, line.commodity)
    };
    let lines: String = lines.iter().map(line).collect();
    format!("\n{} * balances\n{lines}", day.date())
}
