//! Expiry: the time at which points expire.

use borsh::{BorshDeserialize, BorshSerialize};
use jiff::Span;

use crate::terms::caps::CapWindow;
use crate::terms::problem::Problem;
use crate::value::time::Day;
use crate::value::version::versioned;
use crate::value::window::Window;

/// Longest life of points, in months: ten years.
pub const MONTHS_MAX: u32 = 120;

/// Longest time for which points recorded late are spared from expiry, in days: a leap year.
pub const NOT_BEFORE_DAYS_MAX: u32 = 366;

/// Life of points. It is part of a version of the rules; without it, nothing expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Time at which points expire.
    pub lasts: Lasts,
    /// Number of whole days after the day of recording during which points do not expire, 0 to
    /// [`NOT_BEFORE_DAYS_MAX`]. With 0, points recorded late may expire at the next cut-off.
    pub not_before_days: u32,
}

versioned!(Policy = 1 { lasts, not_before_days });

/// Time at which points expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Lasts {
    /// This many months after they were earned, 1 to [`MONTHS_MAX`]. The first day of each month has a cut-off.
    Months(u32),
    /// At the end of the half-year after the one in which they were earned; half-years begin on 1 June and 1 December.
    RollOnce,
}

impl Policy {
    /// Lists what is wrong with the policy.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if let Lasts::Months(months) = self.lasts
            && !(1..=MONTHS_MAX).contains(&months)
        {
            let problem = format!("is {months}; give 1 to {MONTHS_MAX}");
            found.push(Problem { place: "expiry.horizon_months".into(), problem });
        }
        if self.not_before_days > NOT_BEFORE_DAYS_MAX {
            let problem = format!("is {}; give 0 to {NOT_BEFORE_DAYS_MAX}", self.not_before_days);
            found.push(Problem { place: "expiry.not_before_days".into(), problem });
        }
        found
    }

    /// Makes the cut-off of a day.
    #[must_use]
    pub fn cut_off(&self, day: Day) -> CutOff {
        let months = match self.lasts {
            Lasts::Months(months) => months,
            Lasts::RollOnce => 6,
        };
        let date = day.date();
        // A cut-off is the midnight at which its day begins: with one day spared, the last credit that expires was
        // recorded on the day before the day before.
        let spared = if self.not_before_days == 0 { 0 } else { self.not_before_days + 1 };
        let recorded_by = date.saturating_sub(Span::new().days(spared));
        let reach = Reach {
            before: Day::from_date(date.saturating_sub(Span::new().months(months))),
            recorded_by: Day::from_date(recorded_by),
        };
        CutOff { day, reach }
    }

    /// Returns the day of the last cut-off up to this day, which may be this day.
    pub(crate) fn last_by(&self, day: Day) -> Day {
        match self.lasts {
            Lasts::Months(_) => Window::month_of(day).first(),
            Lasts::RollOnce => CapWindow::HalfYearFromJune.first_day(day),
        }
    }

    /// Returns the day of the first cut-off after this day.
    pub(crate) fn first_after(&self, day: Day) -> Day {
        let months = match self.lasts {
            Lasts::Months(_) => 1,
            Lasts::RollOnce => 6,
        };
        Day::from_date(self.last_by(day).date().saturating_add(Span::new().months(months)))
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
    /// An age older than any other. Points that an adjustment takes have it: they come out of the oldest credit.
    pub const OLDEST: Self = Self { day: Day::MIN, recorded: Day::MIN };
}

/// Reach of a cut-off: the credit that expires. Both conditions must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Reach {
    /// The credit counts on a day before this one.
    pub before: Day,
    /// The activity was recorded on this day at the latest.
    pub recorded_by: Day,
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
    /// True when credit of this age is within reach.
    #[must_use]
    pub const fn holds(self, age: Age) -> bool {
        age.day.get() < self.before.get() && age.recorded.get() <= self.recorded_by.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_of_a_policy_are_taken_and_not_one_more() {
        let places = |lasts, not_before_days| {
            let found = Policy { lasts, not_before_days }.problems();
            found.into_iter().map(|found| found.place).collect::<Vec<_>>()
        };
        assert_eq!(places(Lasts::Months(MONTHS_MAX), NOT_BEFORE_DAYS_MAX), [""; 0]);
        assert_eq!(places(Lasts::Months(1), 0), [""; 0]);
        let both = ["expiry.horizon_months", "expiry.not_before_days"];
        assert_eq!(places(Lasts::Months(MONTHS_MAX + 1), NOT_BEFORE_DAYS_MAX + 1), both);
        assert_eq!(places(Lasts::Months(0), 0), both[..1]);
    }
}
