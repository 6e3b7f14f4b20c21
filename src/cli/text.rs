//! Numbers, names and bars for a person.

use std::time::Duration;

pub(super) use goodturn::credentials::line_at;
pub(super) use goodturn::export::words::{grouped, grouped_decimal};

/// The longest member id that is shown in full.
const MEMBER_CHARS_MAX: usize = 20;

/// Returns a count of things. More than 2^63 of them do not fit a machine.
pub(super) fn count(things: usize) -> i64 {
    i64::try_from(things).unwrap_or(i64::MAX)
}

/// Writes a count with its noun: `1 point`, `2 points`.
pub(super) fn counted(number: i64, noun: &str) -> String {
    counted_as(number, noun, &format!("{noun}s"))
}

/// Writes a count with a noun of irregular plural: `1 entry`, `2 entries`.
pub(super) fn counted_as(number: i64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// Draws a bar of at most `width` characters, to an eighth of one. A value above zero always shows.
pub(super) fn bar(value: i64, value_max: i64, width: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if value <= 0 || value_max <= 0 {
        return String::new();
    }
    let eighths = i128::from(value) * i128::from(count(width)) * 8 / i128::from(value_max);
    let eighths = usize::try_from(eighths.max(1)).unwrap_or_default().min(width * 8);
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

/// Shortens a member's id to the width of a column.
pub(super) fn member(id: &str) -> String {
    match id.char_indices().nth(MEMBER_CHARS_MAX) {
        None => id.to_owned(),
        Some(_) => format!("{}…", id.chars().take(MEMBER_CHARS_MAX - 1).collect::<String>()),
    }
}

/// Writes a duration in seconds: `1.24 s`.
pub(super) fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

/// Returns a whole number of things a second.
pub(super) fn per_second(things: usize, duration: Duration) -> i64 {
    let millis = duration.as_millis().max(1);
    let things = u128::try_from(things).unwrap_or_default();
    i64::try_from(things.saturating_mul(1_000) / millis).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_in_proportion_and_shows_whatever_is_not_nothing() {
        assert_eq!(bar(8, 8, 4), "████");
        assert_eq!(bar(4, 8, 4), "██");
        assert_eq!(bar(3, 8, 4), "█▌");
        assert_eq!(bar(1, 1_000_000, 4), "▏");
        assert_eq!(bar(0, 8, 4), "");
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
