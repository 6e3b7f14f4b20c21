//! Spans: the daily totals of a fixed number of entries. Boards and the weights of payouts are sums over spans.
//!
//! A span depends on its own entries alone, and the same entries give the same bytes ([`Span::encode`]): whoever computes it again, on
//! whatever server, gets the same. So spans are stored once, and neither order nor ownership matters.

use std::cmp::Ordering;

use crate::entry::Entry;
use crate::project::people::PersonChange;
use crate::value::encoding::Hash;
use crate::value::ids::{ActivityKind, MemberId};
use crate::value::seq::Seq;
use crate::value::time::Day;
use crate::value::window::Window;

/// Entries of a span. Those after the last span are read from the log when a server starts: at most so many, in some tenths of a
/// second. A span of so many takes some 200 kB.
pub const SPAN_ENTRIES: i64 = 16_384;

/// Returns the last entry of the last span that is complete at an entry; 0 when none is.
#[must_use]
pub fn complete_at(seq: Seq) -> Seq {
    Seq::new(seq.get() - seq.get() % SPAN_ENTRIES).expect("it is not negative")
}

/// Points that an entry credits to a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The member.
    pub member: MemberId,
    /// The day on which the points count.
    pub day: Day,
    /// The kind of activity, if the credit is for an activity or an adjustment.
    pub kind: Option<ActivityKind>,
    /// Points credited; negative when taken back.
    pub points: i64,
    /// True for points that an adjustment or a penalty takes: they come out of the oldest credit, whatever their day.
    pub is_taken: bool,
    /// The entry.
    pub seq: Seq,
}

impl Credit {
    /// Returns the credit of an entry, if it has any.
    #[must_use]
    pub fn of(entry: &Entry) -> Option<Self> {
        let points = entry.credited();
        let member = entry.member.as_ref().filter(|_| points != 0)?.clone();
        let kind = entry.fact.activity_kind().cloned();
        Some(Self { member, day: entry.local_day, kind, points, is_taken: entry.uses_oldest(), seq: entry.seq })
    }
}

/// Texts in a row, in one piece of memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    text: String,
    ends: Vec<usize>,
}

impl Names {
    /// Adds a text at the end.
    pub fn push(&mut self, name: &str) {
        self.text.push_str(name);
        self.ends.push(self.text.len());
    }

    /// Returns the text at a place.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&str> {
        let begin = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(begin..*self.ends.get(at)?)
    }

    /// Returns the texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, &end)| &self.text[begin..end])
    }

    /// Returns the number of texts.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// True when there are no texts.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// Points, with the entry that last changed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    /// Points credited, net of reversals.
    pub points: i64,
    /// The entry that last changed the points.
    pub reached: Seq,
}

impl Total {
    /// Returns the sum of two totals. It was last changed by the later of the two entries.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { points: self.points.saturating_add(other.points), reached: self.reached.max(other.reached) }
    }
}

/// Points of a member on a day for a kind of activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The day on which they count.
    pub day: Day,
    /// Place of the kind among the span's, if there is one.
    pub kind: Option<u32>,
    /// Place of the member among the span's.
    pub member: u32,
    /// The points, and the entry that last changed them.
    pub total: Total,
    /// The part of the points that adjustments and penalties took: 0 or less.
    pub taken: i64,
}

/// The daily totals of the entries of a span, complete or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Span {
    /// The last entry.
    pub through: Seq,
    /// Members with credit, in byte order.
    pub members: Names,
    /// Kinds with credit, in byte order.
    pub kinds: Vec<ActivityKind>,
    /// Totals in the order of days, kinds and members.
    pub rows: Vec<Row>,
    /// What the entries change about people.
    pub people: Vec<(Seq, PersonChange)>,
}

impl Span {
    /// Returns the rows of the days of a window, and of a kind if one is given.
    pub fn rows_of<'a>(
        &'a self,
        window: Window,
        kind: Option<&ActivityKind>,
    ) -> impl Iterator<Item = &'a Row> + use<'a> {
        let first = self.rows.partition_point(|row| row.day < window.first());
        let end = self.rows.partition_point(|row| row.day <= window.last());
        let wanted = kind.map(|kind| self.kinds.iter().position(|known| known == kind));
        let counts = move |row: &&Row| match wanted {
            None => true,
            Some(place) => place.is_some() && row.kind.and_then(|kind| usize::try_from(kind).ok()) == place,
        };
        self.rows[first..end.max(first)].iter().filter(counts)
    }

    /// Returns the points of each row that count up to a day, with the place of its member. Points that were taken count whatever their
    /// day.
    pub fn credited_by(&self, last_day: Day) -> impl Iterator<Item = (u32, i64)> {
        self.rows.iter().map(move |row| (row.member, if row.day <= last_day { row.total.points } else { row.taken }))
    }

    /// Returns the first and the last day on which anything was credited.
    #[must_use]
    pub fn days(&self) -> Option<Window> {
        Window::range(self.rows.first()?.day, self.rows.last()?.day)
    }
}

/// Entries that are being gathered for a span.
#[derive(Debug, Clone, Default)]
pub struct OpenSpan {
    through: Seq,
    leaf: Hash,
    credits: Vec<Credit>,
    people: Vec<(Seq, PersonChange)>,
}

impl OpenSpan {
    /// Begins after an entry.
    #[must_use]
    pub fn after(seq: Seq) -> Self {
        Self { through: seq, ..Self::default() }
    }

    /// Returns the last entry.
    #[must_use]
    pub const fn through(&self) -> Seq {
        self.through
    }

    /// Returns the leaf of the last entry.
    #[must_use]
    pub const fn leaf(&self) -> Hash {
        self.leaf
    }

    /// True when the span has all its entries.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.through > Seq::ZERO && complete_at(self.through) == self.through
    }

    /// Takes in the next entry.
    pub fn apply(&mut self, entry: &Entry) {
        self.take(entry, Credit::of(entry), PersonChange::of(entry));
    }

    /// Takes in the next entry, of which it is known what it credits and changes.
    pub fn take(&mut self, entry: &Entry, credit: Option<Credit>, change: Option<PersonChange>) {
        self.through = entry.seq;
        self.leaf = entry.leaf;
        self.credits.extend(credit);
        self.people.extend(change.map(|change| (entry.seq, change)));
    }

    /// Returns the totals of the entries up to one.
    #[must_use]
    pub fn totals(&self, through: Seq) -> Span {
        let end = self.credits.partition_point(|credit| credit.seq <= through);
        let credits = &self.credits[..end];
        let mut members: Vec<&MemberId> = credits.iter().map(|credit| &credit.member).collect();
        members.sort_unstable();
        members.dedup();
        let mut kinds: Vec<&ActivityKind> = credits.iter().filter_map(|credit| credit.kind.as_ref()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let row = |credit: &Credit| Row {
            day: credit.day,
            kind: credit.kind.as_ref().map(|kind| place(&kinds, kind)),
            member: place(&members, &credit.member),
            total: Total { points: credit.points, reached: credit.seq },
            taken: if credit.is_taken { credit.points } else { 0 },
        };
        let mut rows: Vec<Row> = credits.iter().map(row).collect();
        rows.sort_unstable_by(in_order);
        rows.dedup_by(|next, kept| {
            let is_same = in_order(next, kept) == Ordering::Equal;
            if is_same {
                kept.total = kept.total.plus(next.total);
                kept.taken = kept.taken.saturating_add(next.taken);
            }
            is_same
        });
        let mut names = Names::default();
        for member in members {
            names.push(member.as_str());
        }
        let people = self.people.iter().filter(|(seq, _)| *seq <= through).cloned().collect();
        let through = through.min(self.through);
        Span { through, members: names, kinds: kinds.into_iter().cloned().collect(), rows, people }
    }
}

/// Compares by day, kind and member.
fn in_order(one: &Row, other: &Row) -> Ordering {
    (one.day, one.kind, one.member).cmp(&(other.day, other.kind, other.member))
}

fn place<T: Ord>(sorted: &[&T], value: &T) -> u32 {
    let at = sorted.binary_search(&value).expect("every value is in the list");
    u32::try_from(at).expect("a span has fewer than 2^32 entries")
}
