//! Daily totals of a whole log, for whoever folds it from its first entry.

use std::collections::HashMap;

use crate::entry::Entry;
use crate::project::people::People;
use crate::project::span::{OpenSpan, Span};
use crate::value::encoding::Hash;
use crate::value::ids::MemberId;
use crate::value::seq::Seq;
use crate::value::time::Day;

/// The daily totals of every entry so far, span by span, and the people.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Complete spans, encoded, each with the leaf of its last entry: 13 bytes an entry.
    spans: Vec<(Seq, Hash, Vec<u8>)>,
    open: OpenSpan,
    people: People,
}

impl Totals {
    /// Counts the next entry.
    pub fn apply(&mut self, entry: &Entry) {
        self.people.apply(entry);
        self.open.apply(entry);
        if self.open.is_complete() {
            self.spans.push((entry.seq, entry.leaf, self.open.totals(entry.seq).encode()));
            self.open = OpenSpan::after(entry.seq);
        }
    }

    /// Returns the complete span that ends at an entry, and the leaf of that entry.
    #[must_use]
    pub fn span(&self, through: Seq) -> Option<(Span, Hash)> {
        let at = self.spans.binary_search_by_key(&through, |(end, ..)| *end).ok()?;
        let (_, leaf, bytes) = self.spans.get(at)?;
        let before = at.checked_sub(1).and_then(|before| self.spans.get(before)).map_or(Seq::ZERO, |(end, ..)| *end);
        let changes = self.people.changes().iter().filter(|(seq, _)| before < *seq && *seq <= through);
        Some((Span { people: changes.cloned().collect(), ..Span::decode(through, bytes)? }, *leaf))
    }

    /// Returns the points credited to each person up to a day: the sum of [`credited_by`] over the member and those
    /// merged into it.
    ///
    /// # Panics
    /// Never: it decodes what it has encoded.
    #[must_use]
    pub fn of_persons(&self, last_day: Day) -> HashMap<MemberId, i64> {
        let mut credited = Credited::default();
        for (through, _, bytes) in &self.spans {
            credited.add(&Span::decode(*through, bytes).expect("it was encoded here"), last_day);
        }
        credited.add(&self.open.totals(self.open.through()), last_day);
        credited.of_persons(&self.people)
    }

    /// Returns the mergers so far, and who is left out of boards.
    #[must_use]
    pub const fn people(&self) -> &People {
        &self.people
    }
}

/// Points credited to members, summed up span by span.
#[derive(Debug, Clone, Default)]
pub struct Credited {
    members: HashMap<MemberId, i64>,
}

impl Credited {
    /// Adds what a span credits up to a day.
    ///
    /// # Panics
    /// Never: a span holds ids alone.
    pub fn add(&mut self, span: &Span, last_day: Day) {
        let mut sums = vec![0_i64; span.members.len()];
        for (member, points) in span.credited_by(last_day) {
            let sum = &mut sums[usize::try_from(member).expect("a u32 fits a usize")];
            *sum = sum.saturating_add(points);
        }
        for (member, points) in span.members.iter().zip(sums) {
            if let Some(sum) = self.members.get_mut(member) {
                *sum = sum.saturating_add(points);
            } else {
                let member = MemberId::parse(member).expect("a span holds ids alone");
                self.members.insert(member, points);
            }
        }
    }

    /// Returns the sums of persons.
    #[must_use]
    pub fn of_persons(mut self, people: &People) -> HashMap<MemberId, i64> {
        for member in people.merged() {
            if let Some(points) = self.members.remove(member) {
                let sum = self.members.entry(people.person(member).clone()).or_default();
                *sum = sum.saturating_add(points);
            }
        }
        self.members
    }
}

/// Returns the points that an entry credits up to a day. Points that an adjustment or a penalty takes count as used, so
/// they count whatever their day.
#[must_use]
pub fn credited_by(entry: &Entry, last_day: Day) -> i64 {
    let counts = entry.local_day <= last_day || entry.uses_oldest();
    if counts { entry.credited() } else { 0 }
}
