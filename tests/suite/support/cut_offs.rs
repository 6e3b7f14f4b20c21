//! Cut-offs of two versions of the rules, found by asking every day.

use goodturn::domain::terms::expiry::{Lasts, Policy};
use goodturn::domain::value::time::Day;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::expiry::{BEGINS, SECOND_VERSION};
use super::sample::time;

/// The policies of two versions.
pub struct CutOffs {
    pub zone: TimeZone,
    pub first: Policy,
    pub second: Option<Policy>,
}

impl CutOffs {
    /// The policy of the cut-off that a day begins with, if it does, and the version that brought the policy.
    fn on(&self, day: Date) -> Option<(u32, &Policy)> {
        let midnight = Day::from_date(day).start_in(&self.zone);
        let is_second = midnight >= time(SECOND_VERSION) && self.second.as_ref() != Some(&self.first);
        let policy = if is_second { self.second.as_ref()? } else { &self.first };
        let (month, number) = (day.month(), day.day());
        let begins = if policy.lasts == Lasts::RollOnce {
            number == 1 && matches!(month, 6 | 12)
        } else if policy.days.is_empty() {
            number == 1
        } else {
            policy.days.iter().any(|day| (day.month(), day.day()) == (month, number))
        };
        (begins && midnight >= time(BEGINS)).then_some((1 + u32::from(is_second), policy))
    }

    fn between(&self, after: Date, last: Date) -> impl Iterator<Item = (Date, u32, &Policy)> {
        let days = after.series(1.days()).skip(1).take_while(move |day| *day <= last);
        days.filter_map(|day| self.on(day).map(|(version, policy)| (day, version, policy)))
    }

    /// The cut-off that is posted next, of those that have come and are not done. By age, the last one of a version is
    /// enough.
    pub fn due(&self, today: Date, done: Option<Date>) -> Option<(Date, Policy)> {
        let begins = time(BEGINS).day_in(&self.zone).date();
        let missed: Vec<_> = self.between(done.unwrap_or(begins), today).collect();
        let &(_, version, first) = missed.first()?;
        let is_enough = !matches!(first.lasts, Lasts::Inactive(_));
        let of_version = missed.iter().take_while(|(_, other, _)| *other == version);
        let (day, ..) = if is_enough { of_version.last()? } else { missed.first()? };
        Some((*day, first.clone()))
    }

    /// The cut-off to come: one that is due, or the first after today.
    pub fn upcoming(&self, today: Date, done: Option<Date>) -> Option<(Date, Policy)> {
        let after = Some(today).max(done)?;
        let year_later = after.checked_add(400.days()).unwrap();
        let later = || self.between(after, year_later).next();
        self.due(today, done).or_else(|| later().map(|(day, _, policy)| (day, policy.clone())))
    }
}
