//! Open points by the month in which they were earned.
//!
//! Whatever is used, paid or expires comes out of a person's oldest credit. So of the `n` points that a person may
//! still use, the newest credit that sums to `n` is left: `left(m) = min(credit(m), n − Σ left(later months))`. Points
//! that wait are counted by the month of their activity only once they are credited; until then they stand in a row of
//! their own.

use std::collections::{BTreeMap, HashMap};

use crate::entry::Entry;
use crate::project::books::days::Days;
use crate::project::books::lines::open;
use crate::project::people::{People, PersonChange};
use crate::value::bucket::{Bucket, Unit};
use crate::value::ids::MemberId;
use crate::value::month::Month;

/// A group of open points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cohort {
    /// Points that members owe: a reversal took more than there was.
    Debts,
    /// Points of no month: given by adjustments that took others before.
    NoMonth,
    /// Points credited for activities of a month.
    Of(Month),
    /// Points that wait for confirmation.
    Pending,
}

/// A person's open points.
#[derive(Debug, Clone, Default)]
struct Person {
    pending: i128,
    /// Available, held and reserved.
    credited: i128,
    /// Credit by month, ascending; what was taken back is taken off. What is used is not, so sums may leave 64 bits.
    months: Vec<(Month, i128)>,
}

/// Open points of every person. Takes some 300 bytes of memory a person, and 32 for each of its months.
#[derive(Debug, Clone, Default)]
pub struct Cohorts {
    days: Days,
    people: People,
    persons: HashMap<MemberId, Person>,
}

impl Cohorts {
    /// Takes in the next entry.
    pub fn apply(&mut self, entry: &Entry) {
        let days = self.days.of(entry);
        if let Some(PersonChange::Merged { from, into }) = self.people.apply(entry)
            && let Some(from) = self.persons.remove(&from)
        {
            let into = self.persons.entry(into).or_default();
            into.pending += from.pending;
            into.credited += from.credited;
            for (month, points) in from.months {
                into.credit(month, points);
            }
        }
        let (Some(member), Some(movement)) = (&entry.member, entry.movement) else { return };
        if movement.from().unit() != Unit::Points {
            return;
        }
        let person = self.people.person(member);
        if !self.persons.contains_key(person) {
            self.persons.insert(person.clone(), Person::default());
        }
        let person = self.persons.get_mut(person).expect("it was put there");
        person.pending += i128::from(movement.change_of(Bucket::Pending));
        let credited = open(Unit::Points).filter(|bucket| *bucket != Bucket::Pending);
        person.credited += credited.map(|bucket| i128::from(movement.change_of(bucket))).sum::<i128>();
        let points = entry.credited();
        if points != 0 && entry.credit_day().is_some() {
            person.credit(Month::of(days.happened), points.into());
        }
    }

    /// Returns the open points of each cohort, which sum to all open points.
    #[must_use]
    pub fn open(&self) -> BTreeMap<Cohort, i128> {
        let mut open = BTreeMap::new();
        #[expect(clippy::iter_over_hash_type, reason = "sums do not depend on the order")]
        for person in self.persons.values() {
            person.add_to(&mut open);
        }
        open.retain(|_, points| *points != 0);
        open
    }
}

impl Person {
    fn credit(&mut self, month: Month, points: i128) {
        match self.months.binary_search_by_key(&month, |(month, _)| *month) {
            Ok(at) => self.months[at].1 += points,
            Err(at) => self.months.insert(at, (month, points)),
        }
    }

    fn add_to(&self, open: &mut BTreeMap<Cohort, i128>) {
        let mut add = |cohort, points: i128| *open.entry(cohort).or_default() += points;
        add(Cohort::Pending, self.pending);
        if self.credited < 0 {
            add(Cohort::Debts, self.credited);
            return;
        }
        let mut left = self.credited;
        for (month, credit) in self.months.iter().rev() {
            let of_month = left.min((*credit).max(0));
            add(Cohort::Of(*month), of_month);
            left -= of_month;
        }
        add(Cohort::NoMonth, left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_of(pending: i128, credited: i128, months: &[(&str, i128)]) -> Vec<(Cohort, i128)> {
        let mut person = Person { pending, credited, months: Vec::new() };
        for (month, points) in months {
            person.credit(Month::parse(month).expect("a month"), *points);
        }
        let mut open = BTreeMap::new();
        person.add_to(&mut open);
        open.into_iter().filter(|(_, points)| *points != 0).collect()
    }

    #[test]
    fn the_newest_credit_is_what_is_left() {
        let of = |text| Cohort::Of(Month::parse(text).expect("a month"));
        let months = [("2024-03", 50), ("2024-01", 100), ("2024-02", 30)];
        assert_eq!(open_of(0, 180, &months), [(of("2024-01"), 100), (of("2024-02"), 30), (of("2024-03"), 50)]);
        assert_eq!(open_of(7, 60, &months), [(of("2024-02"), 10), (of("2024-03"), 50), (Cohort::Pending, 7)]);
        assert_eq!(open_of(0, -20, &months), [(Cohort::Debts, -20)]);
        assert_eq!(open_of(0, 15, &[("2024-01", -5), ("2024-02", 10)]), [(Cohort::NoMonth, 5), (of("2024-02"), 10)]);
    }
}
