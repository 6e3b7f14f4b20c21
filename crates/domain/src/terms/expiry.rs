//! Expiry: the time at which points expire.

use std::fmt;

use borsh::io::Read;
use borsh::{BorshDeserialize, BorshSerialize};
use jiff::Span;
use jiff::civil::Date;

use crate::terms::caps::CapWindow;
use crate::terms::problem::Problem;
use crate::value::encoding::invalid;
use crate::value::time::Day;
use crate::value::version::versioned;
use crate::value::window::Window;

/// Longest life of points, in months: ten years.
pub const MONTHS_MAX: u32 = 120;

/// Longest time for which points recorded late are spared from expiry, in days: a leap year.
pub const NOT_BEFORE_DAYS_MAX: u32 = 366;

/// Most days of the year that a policy may choose: as many as there are months, which have a cut-off each without it.
pub const DAYS_MAX: usize = 12;

/// Life of points. It is part of a version of the rules; without it, nothing expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Time at which points expire.
    pub lasts: Lasts,
    /// Number of whole days after the day of recording during which points do not expire, 0 to
    /// [`NOT_BEFORE_DAYS_MAX`]. With 0, points recorded late may expire at the next cut-off.
    pub not_before_days: u32,
    /// Days of the year that begin with a cut-off, in order, at most [`DAYS_MAX`]. Without them, the first day of each
    /// month begins with one. Points that roll over once have days of their own.
    pub days: Vec<YearDay>,
}

versioned!(Policy = 1 { lasts, not_before_days, days });

/// Time at which points expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Lasts {
    /// At the first cut-off this many months or more after they were earned, 1 to [`MONTHS_MAX`].
    Months(u32),
    /// At the end of the half-year after the one in which they were earned; half-years begin on 1 June and 1 December.
    RollOnce,
    /// At the first cut-off more than this many months, 1 to [`MONTHS_MAX`], after the last activity or use of points
    /// of their member was recorded. All points of the member expire together.
    Inactive(u32),
}

impl Policy {
    /// Lists what is wrong with the policy.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut note = |place: &str, problem| found.push(Problem { place: format!("expiry.{place}"), problem });
        let months = match self.lasts {
            Lasts::Months(months) => Some(("horizon_months", months)),
            Lasts::Inactive(months) => Some(("inactive_months", months)),
            Lasts::RollOnce => None,
        };
        if let Some((place, months)) = months.filter(|(_, months)| !(1..=MONTHS_MAX).contains(months)) {
            note(place, format!("is {months}; give 1 to {MONTHS_MAX}"));
        }
        if self.not_before_days > NOT_BEFORE_DAYS_MAX {
            note("not_before_days", format!("is {}; give 0 to {NOT_BEFORE_DAYS_MAX}", self.not_before_days));
        }
        if self.lasts == Lasts::RollOnce && !self.days.is_empty() {
            note("days", "cannot stand beside roll_once, which has its own: 1 June and 1 December".into());
        }
        if self.days.len() > DAYS_MAX {
            note("days", format!("has {}; give at most {DAYS_MAX}", self.days.len()));
        }
        if let Some([one, _]) = self.days.array_windows().find(|[one, next]| one >= next) {
            note("days", format!("has {one} twice, or not in order"));
        }
        found
    }

    /// Makes the cut-off of a day.
    #[must_use]
    pub fn cut_off(&self, day: Day) -> CutOff {
        let date = day.date();
        let before = |span: Span| Day::from_date(date.saturating_sub(span));
        let months = |months: u32| before(Span::new().months(months));
        // A cut-off is the midnight at which its day begins: with one day spared, the last credit that expires was
        // recorded on the day before the day before.
        let spared = before(Span::new().days(self.not_before_days + 1));
        let by_age = if self.not_before_days == 0 { day } else { spared };
        let reach = match self.lasts {
            Lasts::Months(horizon) => Reach::OfAge { before: months(horizon), recorded_by: by_age },
            Lasts::RollOnce => Reach::OfAge { before: months(6), recorded_by: by_age },
            Lasts::Inactive(inactive) => Reach::OfInactive { since: months(inactive), recorded_by: spared },
        };
        CutOff { day, reach }
    }

    /// True when a later cut-off of the policy takes in every earlier one. A member who was inactive at one cut-off may
    /// be active at the next, so none of these may be left out.
    pub(crate) const fn takes_in_those_before(&self) -> bool {
        !matches!(self.lasts, Lasts::Inactive(_))
    }

    /// Returns the day of the last cut-off up to this day, which may be this day.
    pub(crate) fn last_by(&self, day: Day) -> Day {
        match self.lasts {
            Lasts::RollOnce => CapWindow::HalfYearFromJune.first_day(day),
            _ if self.days.is_empty() => Window::month_of(day).first(),
            _ => {
                let year = day.date().year();
                let last = self.days_of([year - 1, year]).filter(|other| *other <= day).max();
                last.unwrap_or(Day::MIN)
            }
        }
    }

    /// Returns the day of the first cut-off after this day.
    pub(crate) fn first_after(&self, day: Day) -> Day {
        let months = match self.lasts {
            Lasts::RollOnce => 6,
            _ if self.days.is_empty() => 1,
            _ => {
                let year = day.date().year();
                let first = self.days_of([year, year + 1]).filter(|other| *other > day).min();
                // After the last of year 9999, there is none.
                return first.unwrap_or(day);
            }
        };
        Day::from_date(self.last_by(day).date().saturating_add(Span::new().months(months)))
    }

    fn days_of(&self, years: [i16; 2]) -> impl Iterator<Item = Day> + '_ {
        years.into_iter().flat_map(|year| self.days.iter().filter_map(move |day| day.in_year(year)))
    }
}

/// A day that every year has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct YearDay {
    month: i8,
    day: i8,
}

impl YearDay {
    /// Makes a day of the year; `None` for a day that some years do not have, as 29 February.
    #[must_use]
    pub fn new(month: i8, day: i8) -> Option<Self> {
        const NO_LEAP_YEAR: i16 = 2023;
        Date::new(NO_LEAP_YEAR, month, day).ok().map(|_| Self { month, day })
    }

    /// Returns the number of the month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> i8 {
        self.month
    }

    /// Returns the number of the day in its month, from 1.
    #[must_use]
    pub const fn day(self) -> i8 {
        self.day
    }

    /// Returns the day in a year; `None` beyond year 9999.
    #[must_use]
    pub fn in_year(self, year: i16) -> Option<Day> {
        Date::new(year, self.month, self.day).ok().map(Day::from_date)
    }
}

impl BorshDeserialize for YearDay {
    fn deserialize_reader<R: Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let (month, day) = <(i8, i8)>::deserialize_reader(reader)?;
        Self::new(month, day).ok_or_else(|| invalid(format!("{month:02}-{day:02} is no day of every year")))
    }
}

impl fmt::Display for YearDay {
    /// Writes month and day, as `03-31`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

/// Age of credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age {
    /// The day on which the credit counts.
    pub day: Day,
    /// The day on which the credit was recorded.
    pub recorded: Day,
}

impl Age {
    /// An age older than any other. Points that an adjustment or a penalty takes have it: they come out of the oldest credit.
    pub const OLDEST: Self = Self { day: Day::MIN, recorded: Day::MIN };
}

/// Reach of a cut-off: the credit that expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Reach {
    /// Credit of every member by its age. Both conditions must hold.
    OfAge {
        /// The credit counts on a day before this one.
        before: Day,
        /// The activity was recorded on this day at the latest.
        recorded_by: Day,
    },
    /// Credit of inactive members, on whatever day it counts.
    OfInactive {
        /// No activity or use of points of the member was recorded from this day on, up to the cut-off.
        since: Day,
        /// The activity that brought the credit was recorded on this day at the latest.
        recorded_by: Day,
    },
}

/// A midnight at which points expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutOff {
    /// The day that begins with the cut-off.
    pub day: Day,
    /// Credit that expires.
    pub reach: Reach,
}

versioned!(CutOff = 1 { day, reach });

impl Reach {
    /// True when credit of this age is within reach, if its member is.
    #[must_use]
    pub const fn holds(self, age: Age) -> bool {
        match self {
            Self::OfAge { before, recorded_by } => {
                age.day.get() < before.get() && age.recorded.get() <= recorded_by.get()
            }
            Self::OfInactive { recorded_by, .. } => age.recorded.get() <= recorded_by.get(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::encoding::{decode, encode};

    fn year_day(month: i8, day: i8) -> YearDay {
        YearDay::new(month, day).expect("a day of every year")
    }

    fn day(text: &str) -> Day {
        Day::from_date(text.parse().expect("a date"))
    }

    #[test]
    fn the_bounds_of_a_policy_are_taken_and_not_one_more() {
        let places = |lasts, not_before_days, days: usize| {
            let days = (1..).take(days).map(|day| year_day(3, day)).collect();
            let found = Policy { lasts, not_before_days, days }.problems();
            found.into_iter().map(|found| found.place).collect::<Vec<_>>()
        };
        for (field, [least, most, too_few, too_many]) in [
            ("expiry.horizon_months", [1, MONTHS_MAX, 0, MONTHS_MAX + 1].map(Lasts::Months)),
            ("expiry.inactive_months", [1, MONTHS_MAX, 0, MONTHS_MAX + 1].map(Lasts::Inactive)),
        ] {
            assert_eq!(places(most, NOT_BEFORE_DAYS_MAX, DAYS_MAX), [""; 0]);
            assert_eq!(places(least, 0, 0), [""; 0]);
            let all = [field, "expiry.not_before_days", "expiry.days"];
            assert_eq!(places(too_many, NOT_BEFORE_DAYS_MAX + 1, DAYS_MAX + 1), all);
            assert_eq!(places(too_few, 0, 0), all[..1]);
        }
        assert_eq!(places(Lasts::RollOnce, 0, 1), ["expiry.days"]);
    }

    #[test]
    fn a_day_that_some_years_do_not_have_is_no_day_of_the_year() {
        for (month, day) in [(2, 29), (2, 30), (4, 31), (0, 1), (13, 1), (1, 0)] {
            assert_eq!(YearDay::new(month, day), None, "{month} {day}");
            assert!(decode::<YearDay>(&encode(&(month, day))).is_err());
        }
        assert_eq!(decode::<YearDay>(&[3, 31]).expect("a day"), year_day(3, 31));
        assert_eq!(year_day(3, 31).to_string(), "03-31");
    }

    #[test]
    fn chosen_days_follow_one_another_from_year_to_year() {
        let days = vec![year_day(3, 31), year_day(9, 30)];
        let policy = Policy { lasts: Lasts::Months(12), not_before_days: 0, days };
        for (today, last, next) in [
            ("2018-03-30", "2017-09-30", "2018-03-31"),
            ("2018-03-31", "2018-03-31", "2018-09-30"),
            ("2018-12-31", "2018-09-30", "2019-03-31"),
        ] {
            assert_eq!((policy.last_by(day(today)), policy.first_after(day(today))), (day(last), day(next)), "{today}");
        }
        assert_eq!(policy.last_by(Day::MIN), Day::MIN, "year 1 begins");
        assert_eq!(policy.first_after(day("9999-12-31")), day("9999-12-31"), "and 9999 ends");
    }

    #[test]
    fn a_cut_off_reaches_back_to_the_day_of_the_month_or_its_last() {
        let reach =
            |lasts, not_before_days, on| Policy { lasts, not_before_days, days: Vec::new() }.cut_off(day(on)).reach;
        let (before, recorded_by) = (day("2018-02-28"), day("2018-05-31"));
        assert_eq!(reach(Lasts::Months(3), 0, "2018-05-31"), Reach::OfAge { before, recorded_by });
        // What was recorded by the midnight with which the day begins, and no later.
        let (since, recorded_by) = (day("2017-04-01"), day("2018-03-31"));
        assert_eq!(reach(Lasts::Inactive(12), 0, "2018-04-01"), Reach::OfInactive { since, recorded_by });
        let recorded_by = day("2018-03-21");
        assert_eq!(reach(Lasts::Inactive(12), 10, "2018-04-01"), Reach::OfInactive { since, recorded_by });
    }
}
