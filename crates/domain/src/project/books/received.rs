//! Money that persons received, by tax year.

use std::collections::{BTreeMap, HashMap};

use crate::entry::Entry;
use crate::entry::fact::Fact;
use crate::project::books::days::Days;
use crate::project::books::lines::Line;
use crate::project::people::People;
use crate::terms::choice::Choice;
use crate::value::ids::{BatchId, MemberId};
use crate::value::time::Day;

/// The day on which a tax year begins, every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct YearStart {
    /// The month, 1 to 12.
    month: i8,
    /// The day of the month, 1 to 28: every year has it.
    day: i8,
}

impl YearStart {
    /// 6 April, as in the United Kingdom.
    pub const UNITED_KINGDOM: Self = Self { month: 4, day: 6 };

    /// Makes the beginning of a year. `None` for a day that not every year has.
    #[must_use]
    pub const fn new(month: i8, day: i8) -> Option<Self> {
        if month >= 1 && month <= 12 && day >= 1 && day <= 28 { Some(Self { month, day }) } else { None }
    }

    /// Returns the tax year of a day: the calendar year in which it begins.
    #[must_use]
    pub fn year_of(self, day: Day) -> i16 {
        let date = day.date();
        let began = (date.month(), date.day()) >= (self.month, self.day);
        if began { date.year() } else { date.year() - 1 }
    }

    /// Returns the last day of the tax year that begins in a calendar year; the last day there is for the last.
    #[must_use]
    pub fn last_day(self, year: i16) -> Day {
        let last = Day::from_date(jiff::civil::Date::MAX);
        if year >= 9_999 { last } else { Day::new(self.first_day(year + 1).get() - 1).unwrap_or(last) }
    }

    /// Returns the first day of the tax year that begins in a calendar year, 1 to 9999.
    #[must_use]
    pub fn first_day(self, year: i16) -> Day {
        Day::from_date(jiff::civil::date(year.clamp(1, 9_999), self.month, self.day))
    }
}

/// Money that a person received in a tax year, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Received {
    /// Payments in cash that arrived.
    pub cash: i128,
    /// Payments as credit.
    pub credit: i128,
    /// Payments that came back after they had arrived, of either kind, as a number of at least 0.
    pub came_back: i128,
}

impl Received {
    /// Returns what was received and kept.
    #[must_use]
    pub const fn total(&self) -> i128 {
        self.cash + self.credit - self.came_back
    }
}

/// What each person received in each tax year. Money that members gave to charities is no member's.
#[derive(Debug, Clone)]
pub struct ReceivedByYear {
    start: YearStart,
    /// The first and the last year that are counted.
    years: (i16, i16),
    days: Days,
    people: People,
    methods: HashMap<BatchId, Choice>,
    sums: BTreeMap<(i16, MemberId), Received>,
}

impl ReceivedByYear {
    /// Makes sums that stand before the first entry.
    #[must_use]
    pub fn new(start: YearStart, years: (i16, i16)) -> Self {
        Self {
            start,
            years,
            days: Days::default(),
            people: People::default(),
            methods: HashMap::new(),
            sums: BTreeMap::new(),
        }
    }

    /// Takes in the next entry.
    pub fn apply(&mut self, entry: &Entry) {
        self.people.apply(entry);
        let happened = self.days.of(entry).happened;
        if let Fact::Batch(terms) = &entry.fact {
            self.methods.insert(terms.id.clone(), terms.format.choice());
        }
        let (Some((line, amount)), Some(member), Fact::Part(part)) = (Line::of(entry), &entry.member, &entry.fact)
        else {
            return;
        };
        let amount = i128::from(amount);
        let year = self.start.year_of(happened);
        if !(self.years.0..=self.years.1).contains(&year) {
            return;
        }
        let of = || (year, member.clone());
        match line {
            Line::Settled if self.methods.get(&part.payment.batch) == Some(&Choice::Credit) => {
                self.sums.entry(of()).or_default().credit -= amount;
            }
            Line::Settled => self.sums.entry(of()).or_default().cash -= amount,
            Line::CameBack => self.sums.entry(of()).or_default().came_back += amount,
            _ => {}
        }
    }

    /// Returns what each person received, by tax year and person. Members who were merged are one person.
    #[must_use]
    pub fn of_persons(&self) -> BTreeMap<(i16, MemberId), Received> {
        let mut persons: BTreeMap<(i16, MemberId), Received> = BTreeMap::new();
        for ((year, member), received) in &self.sums {
            let sum = persons.entry((*year, self.people.person(member).clone())).or_default();
            sum.cash += received.cash;
            sum.credit += received.credit;
            sum.came_back += received.came_back;
        }
        persons
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tax_year_begins_on_its_day() {
        let day = |text: &str| Day::from_date(text.parse().expect("a date"));
        let year = |text| YearStart::UNITED_KINGDOM.year_of(day(text));
        assert_eq!(
            ["2024-04-05", "2024-04-06", "2024-12-31", "2025-01-01", "2025-04-05"].map(year),
            [2023, 2024, 2024, 2024, 2024]
        );
        assert_eq!(YearStart::UNITED_KINGDOM.first_day(2024), day("2024-04-06"));
        assert_eq!(YearStart::new(2, 29), None);
        let calendar = YearStart::new(1, 1).expect("a day");
        assert_eq!(["2023-12-31", "2024-01-01"].map(|text| calendar.year_of(day(text))), [2023, 2024]);
    }
}
