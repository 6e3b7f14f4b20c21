//! Money and paragraphs for a person.

use anyhow::{Context as _, ensure};

use super::community::CURRENCY;
pub(super) use crate::cli::text::*;
use goodturn::google::r#type::Money;

/// The widest line, in characters: that of a terminal of the usual size.
pub(super) const WIDTH: usize = 80;

/// Writes pence for a person: `194459` is `£1,944.59`.
pub(super) fn pounds(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let main = i64::try_from(minor.unsigned_abs() / 100).unwrap_or(i64::MAX);
    format!("{sign}£{}.{:02}", grouped(main), minor.unsigned_abs() % 100)
}

/// Reads money of the API as pence.
///
/// # Errors
/// Fails when there is no money, when its currency is another, or when it has parts of a penny.
pub(super) fn minor(money: Option<&Money>) -> anyhow::Result<i64> {
    let money = money.context("the server left an amount out")?;
    ensure!(money.currency_code == CURRENCY, "the server answered in {:?}, not {CURRENCY}", money.currency_code);
    ensure!(money.nanos % 10_000_000 == 0, "the server answered with parts of a penny");
    money
        .units
        .checked_mul(100)
        .and_then(|pence| pence.checked_add(i64::from(money.nanos / 10_000_000)))
        .context("the server answered with an amount too large to count")
}

/// Breaks a paragraph into lines of at most [`WIDTH`] characters. Each line begins with `indent` and ends with a
/// newline.
pub(super) fn wrapped(indent: &str, text: &str) -> String {
    let mut lines = vec![indent.to_owned()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.trim().is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= WIDTH {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(format!("{indent}{word}"));
        }
    }
    lines.join("\n") + "\n"
}

/// Wraps a numbered line, as `1. …`, so that its further lines stand under its text.
pub(super) fn numbered(line: &str) -> String {
    wrapped("     ", line).replacen("     ", "  ", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_money_have_commas_between_thousands() {
        let texts = [0, 7, 999, 1_000, 48_136, 1_234_567, -1_000].map(grouped);
        assert_eq!(texts, ["0", "7", "999", "1,000", "48,136", "1,234,567", "-1,000"]);
        assert_eq!([194_459, 5, 0, -44_266, 100].map(pounds), ["£1,944.59", "£0.05", "£0.00", "-£442.66", "£1.00"]);
        assert_eq!([counted(1, "point"), counted(0, "point")], ["1 point", "0 points"]);
    }

    #[test]
    fn money_of_the_api_is_read_to_the_penny_or_refused() {
        let money = |code: &str, units, nanos| Money { currency_code: code.to_owned(), units, nanos };
        assert_eq!(minor(Some(&money("GBP", 12_345, 670_000_000))).ok(), Some(1_234_567));
        assert_eq!(minor(Some(&money("GBP", -1, -500_000_000))).ok(), Some(-150));
        assert!(minor(Some(&money("GBP", 0, 5_000_000))).is_err());
        assert!(minor(Some(&money("EUR", 1, 0))).is_err());
        assert!(minor(None).is_err());
    }

    #[test]
    fn a_paragraph_is_broken_between_words() {
        let text = wrapped("  ", &"word ".repeat(40));
        assert!(text.lines().all(|line| line.starts_with("  word") && line.chars().count() <= WIDTH));
        assert_eq!(text.split_whitespace().count(), 40);
        assert_eq!(wrapped("  ", &"x".repeat(100)).lines().count(), 1, "a word is never cut");
    }
}
