//! Calendar months.

use std::fmt;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use crate::value::time::{Day, Micros};

/// A calendar month of the years 1 to 9999. As text it is `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32); // invariant: months since January of year 0, 12 to 119,999

impl Month {
    /// The first month there is.
    pub const MIN: Self = Self(12);

    /// The last month there is.
    pub const MAX: Self = Self(119_999);

    /// Makes the month of a year, 1 to 9999, by its number, 1 to 12; `None` for others.
    #[must_use]
    pub fn new(year: i32, month: i32) -> Option<Self> {
        let is_month = (1..=12).contains(&month) && (1..=9_999).contains(&year);
        is_month.then(|| Self(year * 12 + month - 1))
    }

    /// Parses a month as `2026-11`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let is_plain = |part: &str, digits| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_plain(year, 4) || !is_plain(month, 2) {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?)
    }

    /// Returns the month of a day.
    #[must_use]
    pub fn of(day: Day) -> Self {
        let date = day.date();
        Self(i32::from(date.year()) * 12 + i32::from(date.month()) - 1).max(Self::MIN)
    }

    /// Returns the year.
    #[must_use]
    pub const fn year(self) -> i32 {
        self.0 / 12
    }

    /// Returns the number of the month in its year, 1 to 12.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0 % 12 + 1
    }

    /// Returns the month after this one; the last month for the last.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1).min(Self::MAX)
    }

    /// Returns the month before this one; the first month for the first.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0 - 1).max(Self::MIN)
    }

    /// Returns the number of months from another to this one, which is below 0 for a later one.
    #[must_use]
    pub const fn since(self, other: Self) -> i32 {
        self.0 - other.0
    }

    /// Returns the first day.
    #[must_use]
    pub fn first_day(self) -> Day {
        Day::from_date(self.date())
    }

    /// Returns the last day.
    #[must_use]
    pub fn last_day(self) -> Day {
        Day::from_date(self.date().last_of_month())
    }

    /// Returns the time at which the month is over in a time zone; the last time there is for the last month.
    #[must_use]
    pub fn end_in(self, zone: &TimeZone) -> Micros {
        if self == Self::MAX { Micros::MAX } else { self.next().first_day().start_in(zone) }
    }

    fn date(self) -> Date {
        let year = i16::try_from(self.year()).expect("a year is at most 9999");
        let month = i8::try_from(self.number()).expect("a month is at most 12");
        date(year, month, 1)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::time::time_zone;

    #[test]
    fn months_are_read_and_written_alike() {
        for text in ["0001-01", "2024-02", "2026-11", "9999-12"] {
            assert_eq!(Month::parse(text).map(|month| month.to_string()).as_deref(), Some(text));
        }
        for wrong in
            ["", "2026", "2026-0", "2026-00", "2026-13", "0000-01", "26-11", "2026-11-01", "+026-11", "2026-1 "]
        {
            assert_eq!(Month::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn months_follow_the_calendar() {
        let month = |text| Month::parse(text).expect("a month");
        assert_eq!(month("2024-12").next(), month("2025-01"));
        assert_eq!(month("2025-01").previous(), month("2024-12"));
        assert_eq!(month("2025-03").since(month("2024-12")), 3);
        assert_eq!(month("2024-02").last_day().date(), date(2024, 2, 29));
        assert_eq!(Month::of(month("2024-02").last_day()), month("2024-02"));
        assert_eq!((Month::MIN.previous(), Month::MAX.next()), (Month::MIN, Month::MAX));
    }

    #[test]
    fn a_month_ends_at_the_programmes_midnight() {
        let london = time_zone("Europe/London").expect("a zone");
        let month = |text| Month::parse(text).expect("a month");
        // Clocks are an hour ahead in summer.
        assert_eq!(month("2024-06").end_in(&london).to_rfc3339(), "2024-06-30T23:00:00Z");
        assert_eq!(month("2024-12").end_in(&london).to_rfc3339(), "2025-01-01T00:00:00Z");
    }
}
