//! Credit by its age: the day on which it counts, and the day on which its activity was recorded. Beside it stand the
//! days on which members were active.

use std::collections::{BTreeMap, HashMap};

use jiff::tz::TimeZone;

use crate::entry::Entry;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::project::people::{People, PersonChange};
use crate::terms::expiry::{Age, CutOff, Reach};
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
    /// Counts the next entry. Returns the day on which it was recorded.
    fn take(&mut self, entry: &Entry) -> Day {
        if let Fact::Program(terms) = &entry.fact {
            self.zone = terms.zone().ok();
        }
        let day = entry.recorded_at.day_in(self.zone.as_ref().unwrap_or(&TimeZone::UTC));
        if self.days.last().is_none_or(|(_, last)| *last < day) {
            self.days.push((entry.seq, day));
        }
        day
    }

    /// Returns the credit of an entry that was recorded on this day.
    fn credit<'a>(&self, entry: &'a Entry, day: Day) -> Option<Credit<'a>> {
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

/// The way in which an entry shows that its member is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// An activity that is no penalty, or a use of points.
    OfActivity,
    /// Credit. It counts for a person of whom nothing else is known: points given to begin with do not expire at once.
    OfCredit,
}

impl Sign {
    fn of(entry: &Entry) -> Option<Self> {
        match entry.kind {
            // A penalty is what others think of the member.
            EntryKind::ActivityRecorded if entry.is_of_penalty() => None,
            EntryKind::ActivityRecorded
            | EntryKind::HoldCreated
            | EntryKind::HoldCaptured
            | EntryKind::PointsRedeemed => Some(Self::OfActivity),
            _ if entry.credited() > 0 => Some(Self::OfCredit),
            _ => None,
        }
    }
}

/// Credit that one cut-off reaches, by member.
#[derive(Debug, Clone)]
pub struct Aged {
    cut_off: CutOff,
    through: Seq,
    recorded: Recorded,
    people: People,
    persons: HashMap<MemberId, Person>,
}

/// A person before a cut-off.
#[derive(Debug, Clone, Copy, Default)]
struct Person {
    /// Credit of the right age.
    points: i64,
    /// True once there was a sign of the person.
    is_known: bool,
    /// True when the person is not inactive. It never becomes false again.
    is_active: bool,
}

impl Aged {
    /// Makes a sum that stands before the first entry.
    #[must_use]
    pub fn new(cut_off: CutOff) -> Self {
        Self {
            cut_off,
            through: Seq::ZERO,
            recorded: Recorded::default(),
            people: People::default(),
            persons: HashMap::new(),
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
        if let Some(PersonChange::Merged { from, into }) = self.people.apply(entry)
            && let Some(from) = self.persons.remove(&from)
        {
            let person = self.persons.entry(into).or_default();
            person.points = person.points.saturating_add(from.points);
            person.is_known |= from.is_known;
            person.is_active |= from.is_active;
        }
        let day = self.recorded.take(entry);
        if let (Some(member), Some(sign)) = (&entry.member, Sign::of(entry)) {
            let person = self.persons.entry(self.people.person(member).clone()).or_default();
            if sign == Sign::OfActivity || !person.is_known {
                person.is_known = true;
                person.is_active |= is_active_on(day, self.cut_off);
            }
        }
        if let Some(credit) = self.recorded.credit(entry, day)
            && self.cut_off.reach.holds(credit.age)
        {
            let person = self.persons.entry(self.people.person(credit.member).clone()).or_default();
            person.points = person.points.saturating_add(credit.points);
        }
    }

    /// Returns the points of a person that the cut-off reaches, net of points taken back; `None` when it does not reach
    /// the person. Members who were merged into the person are counted.
    #[must_use]
    pub fn of(&self, member: &MemberId) -> Option<i64> {
        let person = self.persons.get(member);
        match self.cut_off.reach {
            Reach::OfAge { .. } => Some(person.map_or(0, |person| person.points)),
            Reach::OfInactive { .. } => {
                person.filter(|person| person.is_known && !person.is_active).map(|person| person.points)
            }
        }
    }
}

/// True when a sign of this day keeps its member from being inactive at a cut-off.
fn is_active_on(day: Day, cut_off: CutOff) -> bool {
    matches!(cut_off.reach, Reach::OfInactive { since, .. } if since <= day && day < cut_off.day)
}

/// Credit of every age, by member. It serves any cut-off that is asked for later.
#[derive(Debug, Clone, Default)]
pub struct Ages {
    recorded: Recorded,
    people: People,
    credits: BTreeMap<MemberId, BTreeMap<Age, i64>>,
    /// Days on which persons were active, each with the first entry that shows it.
    active: BTreeMap<MemberId, BTreeMap<Day, Seq>>,
}

impl Ages {
    /// Counts the next entry.
    pub fn apply(&mut self, entry: &Entry) {
        if let Some(PersonChange::Merged { from, into }) = self.people.apply(entry) {
            let moved = self.credits.remove(&from).unwrap_or_default();
            let ages = self.credits.entry(into.clone()).or_default();
            for (age, points) in moved {
                add(ages, age, points);
            }
            let moved = self.active.remove(&from).unwrap_or_default();
            let days = self.active.entry(into).or_default();
            for (day, seq) in moved {
                days.entry(day).and_modify(|first| *first = seq.min(*first)).or_insert(seq);
            }
        }
        let day = self.recorded.take(entry);
        if let (Some(member), Some(sign)) = (&entry.member, Sign::of(entry)) {
            let days = self.active.entry(self.people.person(member).clone()).or_default();
            if sign == Sign::OfActivity || days.is_empty() {
                days.entry(day).or_insert(entry.seq);
            }
        }
        if let Some(credit) = self.recorded.credit(entry, day) {
            let ages = self.credits.entry(self.people.person(credit.member).clone()).or_default();
            add(ages, credit.age, credit.points);
        }
    }

    /// Returns the points of a person that a cut-off reaches, net of points taken back; `None` when it did not reach the
    /// person as far as was known as of an entry.
    #[must_use]
    pub fn of(&self, member: &MemberId, cut_off: CutOff, as_of: Seq) -> Option<i64> {
        if let Reach::OfInactive { since, .. } = cut_off.reach {
            let days = self.active.get(member)?;
            let is_known = days.first_key_value().is_some_and(|(_, first)| *first <= as_of);
            let is_active = days.range(since..cut_off.day).any(|(_, first)| *first <= as_of);
            if !is_known || is_active {
                return None;
            }
        }
        let ages = self.credits.get(member).into_iter().flatten();
        let reached = ages.filter(|(age, _)| cut_off.reach.holds(**age));
        Some(reached.fold(0, |sum: i64, (_, points)| sum.saturating_add(*points)))
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
