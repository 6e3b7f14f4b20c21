//! Numbers and paragraphs for a person.

use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::community::CURRENCY;
pub(in crate::cli) use goodturn::export::words::grouped;
use goodturn::google::r#type::Money;

/// The widest line, in characters: that of a terminal of the usual size.
pub(super) const WIDTH: usize = 80;

/// The longest member id that is shown in full.
const MEMBER_CHARS_MAX: usize = 20;

/// Returns a count of things. More than 2^63 of them do not fit a machine.
pub(in crate::cli) fn count(things: usize) -> i64 {
    i64::try_from(things).unwrap_or(i64::MAX)
}

/// Writes pence for a person: `194459` is `£1,944.59`.
pub(super) fn pounds(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let main = i64::try_from(minor.unsigned_abs() / 100).unwrap_or(i64::MAX);
    format!("{sign}£{}.{:02}", grouped(main), minor.unsigned_abs() % 100)
}

/// Writes a count with its noun: `1 point`, `2 points`.
pub(in crate::cli) fn counted(number: i64, noun: &str) -> String {
    counted_as(number, noun, &format!("{noun}s"))
}

/// Writes a count with a noun of irregular plural: `1 entry`, `2 entries`.
pub(in crate::cli) fn counted_as(number: i64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
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

/// Draws a bar of at most `width` characters, to an eighth of one. A value above zero always shows.
pub(in crate::cli) fn bar(value: i64, value_max: i64, width: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if value <= 0 || value_max <= 0 {
        return String::new();
    }
    let eighths = i128::from(value) * i128::from(count(width)) * 8 / i128::from(value_max);
    let eighths = usize::try_from(eighths.max(1)).unwrap_or_default().min(width * 8);
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

/// Shortens a member's id to the width of a column.
pub(in crate::cli) fn member(id: &str) -> String {
    match id.char_indices().nth(MEMBER_CHARS_MAX) {
        None => id.to_owned(),
        Some(_) => format!("{}…", id.chars().take(MEMBER_CHARS_MAX - 1).collect::<String>()),
    }
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

/// Writes a duration in seconds: `1.24 s`.
pub(in crate::cli) fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

/// Returns a whole number of things a second.
pub(in crate::cli) fn per_second(things: usize, duration: Duration) -> i64 {
    let millis = duration.as_millis().max(1);
    let things = u128::try_from(things).unwrap_or_default();
    i64::try_from(things.saturating_mul(1_000) / millis).unwrap_or(i64::MAX)
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
    fn a_bar_is_in_proportion_and_shows_whatever_is_not_nothing() {
        assert_eq!(bar(8, 8, 4), "████");
        assert_eq!(bar(4, 8, 4), "██");
        assert_eq!(bar(3, 8, 4), "█▌");
        assert_eq!(bar(1, 1_000_000, 4), "▏");
        assert_eq!(bar(0, 8, 4), "");
    }

    #[test]
    fn a_paragraph_is_broken_between_words() {
        let text = wrapped("  ", &"word ".repeat(40));
        assert!(text.lines().all(|line| line.starts_with("  word") && line.chars().count() <= WIDTH));
        assert_eq!(text.split_whitespace().count(), 40);
        assert_eq!(wrapped("  ", &"x".repeat(100)).lines().count(), 1, "a word is never cut");
    }

    #[test]
    fn a_long_member_id_is_shortened() {
        assert_eq!(member("user-1837"), "user-1837");
        assert_eq!(member(&"x".repeat(21)), format!("{}…", "x".repeat(19)));
    }

    #[test]
    fn speed_is_counted_in_whole_activities_a_second() {
        assert_eq!(per_second(10_000, Duration::from_millis(500)), 20_000);
        assert_eq!(per_second(1, Duration::ZERO), 1_000);
    }
}
