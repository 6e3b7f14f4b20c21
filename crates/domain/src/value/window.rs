//! Windows: the days that a board counts.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

use crate::value::time::Day;

/// An unbroken run of days, with both ends counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    first: Day,
    last: Day,
}

impl Window {
    /// Returns the window of every day there is.
    #[must_use]
    pub fn all_time() -> Self {
        Self {
            first: Day::from_date(jiff::civil::date(1, 1, 1)),
            last: Day::from_date(jiff::civil::date(9999, 12, 31)),
        }
    }

    /// Returns the calendar year of a day.
    #[must_use]
    pub fn year_of(day: Day) -> Self {
        let date = day.date();
        Self::of(date.first_of_year(), date.last_of_year())
    }

    /// Returns the calendar month of a day.
    #[must_use]
    pub fn month_of(day: Day) -> Self {
        let date = day.date();
        Self::of(date.first_of_month(), date.last_of_month())
    }

    /// Returns the week of a day, from Monday to Sunday (ISO 8601); cut at the ends of the calendar.
    #[must_use]
    pub fn week_of(day: Day) -> Self {
        let date = day.date();
        let since_monday = date.weekday().since(Weekday::Monday);
        let monday = date.saturating_sub(since_monday.days());
        let sunday = date.saturating_add((6 - since_monday).days());
        let all = Self::all_time();
        Self { first: Day::from_date(monday).max(all.first), last: Day::from_date(sunday) }
    }

    /// Returns the window of one day.
    #[must_use]
    pub const fn day(day: Day) -> Self {
        Self { first: day, last: day }
    }

    /// Makes a window of a range of days; `None` when it ends before it begins.
    #[must_use]
    pub fn range(first: Day, last: Day) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// Returns the first day that is counted.
    #[must_use]
    pub const fn first(self) -> Day {
        self.first
    }

    /// Returns the last day that is counted.
    #[must_use]
    pub const fn last(self) -> Day {
        self.last
    }

    /// True when the window counts the day.
    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    fn of(first: Date, last: Date) -> Self {
        Self { first: Day::from_date(first), last: Day::from_date(last) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::from_date(text.parse().expect("a date"))
    }

    #[test]
    fn windows_follow_the_calendar() {
        let ends = |window: Window| format!("{} {}", window.first().date(), window.last().date());
        assert_eq!(ends(Window::year_of(day("2020-02-29"))), "2020-01-01 2020-12-31");
        assert_eq!(ends(Window::month_of(day("2020-02-29"))), "2020-02-01 2020-02-29");
        assert_eq!(ends(Window::week_of(day("2018-03-12"))), "2018-03-12 2018-03-18", "a Monday begins its week");
        assert_eq!(ends(Window::week_of(day("2018-03-18"))), "2018-03-12 2018-03-18", "a Sunday ends it");
        assert_eq!(ends(Window::week_of(day("2019-01-01"))), "2018-12-31 2019-01-06", "weeks cross years");
        assert_eq!(ends(Window::week_of(day("9999-12-31"))), "9999-12-27 9999-12-31");
        assert_eq!(ends(Window::week_of(day("0001-01-01"))), "0001-01-01 0001-01-07");
        assert_eq!(Window::range(day("2020-01-02"), day("2020-01-01")), None);
    }
}
