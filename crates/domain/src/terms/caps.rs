//! Caps: limits on a member's earnings within a window, the same in whatever order facts arrive.
//!
//! Every cap lies within at most one other cap, whose window is at least as wide: caps form a forest. Points that a
//! rule gives flow into the rule's cap. Points that pass one cap flow into the next. For each cap and window two sums
//! are kept: the confirmed points that flowed in, and all points that flowed in. `min(limit, sum)` passes, so the end
//! of the chain is a function of the sums alone. A sum does not depend on the order of its parts.

use borsh::{BorshDeserialize, BorshSerialize};
use jiff::tz::TimeZone;

use crate::value::ids::CapId;
use crate::value::local::LocalTime;
use crate::value::time::{Day, Hour, Micros};
use crate::value::version::versioned;
use crate::value::window::Window;

/// Most caps in a rule set: one for each of its rules.
pub const CAPS_MAX: usize = 100;

/// Longest chain of caps. Day, month, half-year and lifetime are four; each costs one stored row for each activity.
pub const CHAIN_MAX: usize = 6;

/// Length of time for which a cap counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum CapWindow {
    /// A day of the programme.
    Day,
    /// A week from Monday to Sunday (ISO 8601).
    Week,
    /// A calendar month.
    Month,
    /// A half-year that begins on 1 January or 1 July.
    HalfYear,
    /// A half-year that begins on 1 June or 1 December, as giffgaff's.
    HalfYearFromJune,
    /// A calendar year.
    Year,
    /// All time.
    Lifetime,
    /// An hour of the programme, by the clock. The hour that clocks repeat in autumn is one window.
    Hour,
}

impl CapWindow {
    /// Every window, the narrow ones first.
    pub const ALL: [Self; 8] = [
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::HalfYear,
        Self::HalfYearFromJune,
        Self::Year,
        Self::Lifetime,
    ];

    /// Returns the name of the window.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::HalfYear => "half_year",
            Self::HalfYearFromJune => "half_year_from_june",
            Self::Year => "year",
            Self::Lifetime => "lifetime",
            Self::Hour => "hour",
        }
    }

    /// Returns the first day of the window that holds a day.
    #[must_use]
    pub fn first_day(self, day: Day) -> Day {
        match self {
            Self::Hour | Self::Day => day,
            Self::Week => Window::week_of(day).first(),
            Self::Month => Window::month_of(day).first(),
            Self::HalfYear => half_year(day, 1),
            Self::HalfYearFromJune => half_year(day, 6),
            Self::Year => Window::year_of(day).first(),
            Self::Lifetime => Day::MIN,
        }
    }

    /// Returns the last day of the window that holds a day.
    #[must_use]
    pub fn last_day(self, day: Day) -> Day {
        match self {
            Self::Hour | Self::Day => day,
            Self::Week => Window::week_of(day).last(),
            Self::Month => Window::month_of(day).last(),
            Self::HalfYear | Self::HalfYearFromJune => {
                let first = self.first_day(day).date();
                // The half-year begins on the first of a month, and so does the next one. The day before the next one
                // is the last.
                Day::from_date(first.saturating_add(jiff::Span::new().months(6)).yesterday().unwrap_or(first))
            }
            Self::Year => Window::year_of(day).last(),
            Self::Lifetime => Window::all_time().last(),
        }
    }

    /// True when each window of this kind lies within one window of the other kind. A week crosses months, and the two
    /// kinds of half-year cross each other.
    #[must_use]
    pub const fn lies_within(self, wider: Self) -> bool {
        use CapWindow::{Day, HalfYear, HalfYearFromJune, Hour, Lifetime, Month, Week, Year};

        matches!(
            (self, wider),
            (_, Lifetime)
                | (Hour, _)
                | (Day, Day | Week | Month | HalfYear | HalfYearFromJune | Year)
                | (Week, Week)
                | (Month, Month | HalfYear | HalfYearFromJune | Year)
                | (HalfYear, HalfYear | Year)
                | (HalfYearFromJune, HalfYearFromJune)
                | (Year, Year)
        )
    }
}

/// Returns the first day of the half-year of a day. Half-years begin in `first_month` and six months later.
fn half_year(day: Day, first_month: i8) -> Day {
    let month = Window::month_of(day).first().date();
    let since = (month.month() - first_month).rem_euclid(6);
    Day::from_date(month.saturating_sub(jiff::Span::new().months(since)))
}

/// A limit on a member's earnings within a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cap {
    /// Id of the cap. Every version of the rules means the same cap by it.
    pub id: CapId,
    /// Length of time for which the cap counts.
    pub window: CapWindow,
    /// Points that pass in one window, 0 to [`crate::value::amount::RULE_POINTS_MAX`].
    pub limit_points: i64,
    /// The cap that counts the points which pass this one, if any.
    pub within: Option<CapId>,
}

versioned!(Cap = 1 { id, window, limit_points, within });

/// One window of a cap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct CapPeriod {
    /// The cap.
    pub cap: CapId,
    /// First day of the window; 0001-01-01 for a lifetime.
    pub first_day: Day,
    /// The hour of that day, for a window of an hour.
    pub hour: Option<Hour>,
}

impl Cap {
    /// Returns the window of the cap that holds a local time.
    #[must_use]
    pub fn period(&self, at: LocalTime) -> CapPeriod {
        let hour = (self.window == CapWindow::Hour).then(|| at.hour());
        CapPeriod { cap: self.id.clone(), first_day: self.window.first_day(at.day()), hour }
    }
}

impl CapPeriod {
    /// Returns the time at which the window begins in a time zone; `None` for a lifetime, which has no beginning.
    #[must_use]
    pub fn begins(&self, zone: &TimeZone) -> Option<Micros> {
        match self.hour {
            Some(hour) => Some(self.first_day.start_of_hour_in(hour, zone)),
            None => (self.first_day != Day::MIN).then(|| self.first_day.start_in(zone)),
        }
    }
}

/// Points of which some are confirmed: the points that an activity brings, or that flow into a cap. As a difference,
/// both numbers may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Flow {
    /// Points that are confirmed.
    pub confirmed: i64,
    /// Points confirmed or waiting.
    pub total: i64,
}

impl Flow {
    /// No points.
    pub const ZERO: Self = Self { confirmed: 0, total: 0 };

    /// Returns the points that wait.
    #[must_use]
    pub const fn waiting(self) -> i64 {
        self.total - self.confirmed
    }

    /// Returns the sum of two flows; `None` when it leaves the range of an i64.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let confirmed = self.confirmed.checked_add(other.confirmed)?;
        Some(Self { confirmed, total: self.total.checked_add(other.total)? })
    }

    /// Returns the flow that must be added to `before` to give this one. Both are at least zero.
    #[must_use]
    pub const fn since(self, before: Self) -> Self {
        Self { confirmed: self.confirmed - before.confirmed, total: self.total - before.total }
    }

    /// Returns the flow that passes a limit. Both numbers are capped separately, so a waiting point never takes the
    /// place of a confirmed one.
    #[must_use]
    pub fn capped(self, limit_points: i64) -> Self {
        Self { confirmed: self.confirmed.min(limit_points), total: self.total.min(limit_points) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::from_date(text.parse().expect("a date"))
    }

    #[test]
    fn half_years_begin_in_january_or_in_june() {
        let first = |window: CapWindow, text| window.first_day(day(text)).date().to_string();
        assert_eq!(first(CapWindow::HalfYear, "2018-06-30"), "2018-01-01");
        assert_eq!(first(CapWindow::HalfYear, "2018-07-01"), "2018-07-01");
        assert_eq!(first(CapWindow::HalfYearFromJune, "2018-05-31"), "2017-12-01");
        assert_eq!(first(CapWindow::HalfYearFromJune, "2018-06-01"), "2018-06-01");
        assert_eq!(first(CapWindow::HalfYearFromJune, "2018-12-01"), "2018-12-01");
        assert_eq!(first(CapWindow::Lifetime, "2018-12-01"), "0001-01-01");
    }

    /// The day after the last day of a window is the first day of the next, for six years of days.
    #[test]
    fn windows_follow_each_other_without_a_gap() {
        for number in 17_000..19_200 {
            let (today, tomorrow) = (Day::new(number).expect("a day"), Day::new(number + 1).expect("a day"));
            for window in CapWindow::ALL {
                let begins = window.first_day(tomorrow) == tomorrow;
                assert_eq!(window.last_day(today) == today, begins, "{} on {}", window.name(), today.date());
            }
        }
    }

    /// The table agrees with the calendar for six years of days: every window lies within one of the wider ones. An hour
    /// lies within a day and all that a day lies within, and holds nothing but itself.
    #[test]
    fn a_window_that_lies_within_another_never_crosses_its_border() {
        let days: Vec<Day> = (17_000..19_200).map(|number| Day::new(number).expect("a day")).collect();
        for narrow in CapWindow::ALL {
            for wide in CapWindow::ALL {
                let never_crosses = (wide != CapWindow::Hour || narrow == wide)
                    && days.iter().all(|&day| wide.first_day(narrow.first_day(day)) == wide.first_day(day));
                assert_eq!(narrow.lies_within(wide), never_crosses, "{} within {}", narrow.name(), wide.name());
            }
        }
    }
}
