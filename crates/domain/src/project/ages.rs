//! Credit by its age: the day on which it counts, and the day on which its activity was recorded.

use std::collections::{BTreeMap, HashMap};

use jiff::tz::TimeZone;

use crate::entry::Entry;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::project::mergers::Mergers;
use crate::terms::expiry::{Age, Reach};
use crate::value::ids::MemberId;
use crate::value::seq::Seq;
use crate::value::time::Day;

/// A change of a member's credit.
struct Credit<'a> {
    member: &'a MemberId,
    age: Age,
    points: i64,
}

/// Day of recording of each entry. Time never goes back in the log, so the first entry of each day is enough.
#[derive(Debug, Clone, Default)]
struct Recorded {
    zone: Option<TimeZone>,
    days: Vec<(Seq, Day)>,
}

impl Recorded {
    fn take<'a>(&mut self, entry: &'a Entry) -> Option<Credit<'a>> {
        if let Fact::Program(terms) = &entry.fact {
            self.zone = terms.zone().ok();
        }
        let day = entry.recorded_at.day_in(self.zone.as_ref().unwrap_or(&TimeZone::UTC));
        if self.days.last().is_none_or(|(_, last)| *last < day) {
            self.days.push((entry.seq, day));
        }
        let (points, member) = (entry.credited(), entry.member.as_ref()?);
        if points == 0 {
            return None;
        }
        let Some(counts) = entry.credit_day() else { return Some(Credit { member, age: Age::OLDEST, points }) };
        // An entry that takes credit back or lets it vest refers to the activity, and so has the activity's age. An
        // approval refers to a proposal, which credited nothing.
        let refers = entry.refers.filter(|_| entry.kind != EntryKind::PointsAdjusted);
        let recorded = refers.and_then(|seq| self.day_of(seq)).unwrap_or(day);
        Some(Credit { member, age: Age { day: counts, recorded }, points })
    }

    fn day_of(&self, seq: Seq) -> Option<Day> {
        let after = self.days.partition_point(|(first, _)| *first <= seq);
        Some(self.days[after.checked_sub(1)?].1)
    }
}

/// Credit that one cut-off reaches, by member.
#[derive(Debug, Clone)]
pub struct Aged {
    reach: Reach,
    through: Seq,
    recorded: Recorded,
    mergers: Mergers,
    points: HashMap<MemberId, i64>,
}

impl Aged {
    /// Makes a sum that stands before the first entry.
    #[must_use]
    pub fn new(reach: Reach) -> Self {
        Self {
            reach,
            through: Seq::ZERO,
            recorded: Recorded::default(),
            mergers: Mergers::default(),
            points: HashMap::new(),
        }
    }

    /// Returns the last entry that was counted.
    #[must_use]
    pub const fn through(&self) -> Seq {
        self.through
    }

    /// Counts the next entry.
    pub fn apply(&mut self, entry: &Entry) {
        self.through = entry.seq;
        if let Some((from, into)) = self.mergers.apply(entry) {
            let points = self.points.remove(from).unwrap_or(0);
            let sum = self.points.entry(into.clone()).or_default();
            *sum = sum.saturating_add(points);
        }
        if let Some(credit) = self.recorded.take(entry)
            && self.reach.holds(credit.age)
        {
            let sum = self.points.entry(self.mergers.person(credit.member).clone()).or_default();
            *sum = sum.saturating_add(credit.points);
        }
    }

    /// Returns the points of a person that the cut-off reaches, net of points taken back. Members who were merged into
    /// the person are counted.
    #[must_use]
    pub fn of(&self, member: &MemberId) -> i64 {
        self.points.get(member).copied().unwrap_or(0)
    }
}

/// Credit of every age, by member. It serves any cut-off that is asked for later.
#[derive(Debug, Clone, Default)]
pub struct Ages {
    recorded: Recorded,
    mergers: Mergers,
    credits: BTreeMap<MemberId, BTreeMap<Age, i64>>,
}

impl Ages {
    /// Counts the next entry.
    pub fn apply(&mut self, entry: &Entry) {
        if let Some((from, into)) = self.mergers.apply(entry) {
            let moved = self.credits.remove(from).unwrap_or_default();
            let ages = self.credits.entry(into.clone()).or_default();
            for (age, points) in moved {
                add(ages, age, points);
            }
        }
        if let Some(credit) = self.recorded.take(entry) {
            let ages = self.credits.entry(self.mergers.person(credit.member).clone()).or_default();
            add(ages, credit.age, credit.points);
        }
    }

    /// Returns the points of a person that a cut-off reaches, net of points taken back.
    #[must_use]
    pub fn of(&self, member: &MemberId, reach: Reach) -> i64 {
        let Some(days) = self.credits.get(member) else { return 0 };
        let before = days.range(..Age { day: reach.before, recorded: Day::MIN });
        let reached = before.filter(|(age, _)| reach.holds(**age));
        reached.fold(0, |sum: i64, (_, points)| sum.saturating_add(*points))
    }

    /// Returns the credit of a person that counts on a later day, net of points taken back.
    #[must_use]
    pub fn younger_than(&self, member: &MemberId, day: Day) -> i64 {
        let credits = self.credits.get(member).into_iter().flatten();
        credits.filter(|(age, _)| age.day > day).fold(0, |sum: i64, (_, points)| sum.saturating_add(*points))
    }

    /// Returns the first entry that was recorded on this day or later; `None` when there is none.
    #[must_use]
    pub fn first_of(&self, day: Day) -> Option<Seq> {
        let before = self.recorded.days.partition_point(|(_, other)| *other < day);
        self.recorded.days.get(before).map(|(seq, _)| *seq)
    }
}

fn add(ages: &mut BTreeMap<Age, i64>, age: Age, points: i64) {
    let sum = ages.entry(age).or_default();
    *sum = sum.saturating_add(points);
}
