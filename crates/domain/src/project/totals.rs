//! Daily totals: points credited by day, member and kind of activity. Boards and payout weights are sums of daily
//! totals.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use crate::entry::Entry;
use crate::project::mergers::Mergers;

use crate::value::ids::{ActivityKind, MemberId};
use crate::value::seq::Seq;
use crate::value::time::Day;
use crate::value::window::Window;

/// Place of a member in the list of members: four bytes instead of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberIndex(u32);

/// Place of a kind in the list of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindIndex(u32);

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

/// One change of a total.
#[derive(Debug, Clone, Copy)]
pub struct Credit {
    /// The member.
    pub member: MemberIndex,
    /// The day on which the change counts.
    pub day: Day,
    /// The kind of activity, if the change is for an activity or an adjustment.
    pub kind: Option<KindIndex>,
    /// Points credited; negative when taken back.
    pub points: i64,
    /// The entry that made the change.
    pub seq: Seq,
}

type Key = (MemberIndex, Option<KindIndex>);

/// Points credited by day, member and kind, as of the entry `through`.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    through: Seq,
    mergers: Mergers,
    members: Vec<MemberId>,
    member_index: HashMap<MemberId, MemberIndex>,
    kinds: Vec<ActivityKind>,
    days: BTreeMap<Day, BTreeMap<Key, Total>>,
    /// Points that adjustments took, by the day on which they count.
    taken: BTreeMap<Day, BTreeMap<MemberIndex, i64>>,
}

impl Totals {
    /// Returns the last entry that was counted.
    #[must_use]
    pub const fn through(&self) -> Seq {
        self.through
    }

    /// Counts the next entry; returns the credit that it makes, if any.
    pub fn apply(&mut self, entry: &Entry) -> Option<Credit> {
        self.through = entry.seq;
        self.mergers.apply(entry);
        let points = entry.credited();
        if points == 0 {
            return None;
        }
        let member = self.intern_member(entry.member.as_ref()?);
        let kind = entry.fact.activity_kind().map(|kind| self.intern_kind(kind));
        let credit = Credit { member, day: entry.local_day, kind, points, seq: entry.seq };
        let total = self.days.entry(credit.day).or_default().entry((member, kind)).or_default();
        *total = total.plus(Total { points, reached: entry.seq });
        if entry.uses_oldest() {
            let taken = self.taken.entry(credit.day).or_default().entry(member).or_default();
            *taken = taken.saturating_add(points);
        }
        Some(credit)
    }

    /// Returns each member's total over a window, in the order of [`MemberIndex`]. If a kind is given, only this kind
    /// counts.
    #[must_use]
    pub fn sum(&self, window: Window, kind: Option<KindIndex>) -> Vec<Total> {
        let mut sums = vec![Total::default(); self.members.len()];
        let days = self.days.range(window.first()..=window.last()).flat_map(|(_, totals)| totals);
        for (&(member, of_kind), &total) in days {
            if kind.is_none() || kind == of_kind {
                let sum = &mut sums[member.at()];
                *sum = sum.plus(total);
            }
        }
        sums
    }

    /// Returns the points credited to each person up to a day: the sum of [`credited_by`] over the member and those
    /// merged into it.
    #[must_use]
    pub fn of_persons(&self, last_day: Day) -> HashMap<MemberId, i64> {
        let window = Window::range(Window::all_time().first(), last_day).unwrap_or_else(Window::all_time);
        let mut sums = self.sum(window, None);
        for (index, points) in
            self.taken.range((Bound::Excluded(last_day), Bound::Unbounded)).flat_map(|(_, taken)| taken)
        {
            let sum = &mut sums[index.at()];
            sum.points = sum.points.saturating_add(*points);
        }
        let mut persons: HashMap<MemberId, i64> = HashMap::with_capacity(sums.len());
        for (member, total) in self.members.iter().zip(sums) {
            let sum = persons.entry(self.mergers.person(member).clone()).or_default();
            *sum = sum.saturating_add(total.points);
        }
        persons
    }

    /// Returns the mergers that the entries so far record.
    #[must_use]
    pub const fn mergers(&self) -> &Mergers {
        &self.mergers
    }

    /// Returns the member at a place.
    #[must_use]
    pub fn member(&self, index: MemberIndex) -> &MemberId {
        &self.members[index.at()]
    }

    /// Returns the place of a member; `None` when nothing was ever credited to it.
    #[must_use]
    pub fn index_of(&self, member: &MemberId) -> Option<MemberIndex> {
        self.member_index.get(member).copied()
    }

    /// Returns the place of a kind; `None` when nothing was ever credited for it.
    #[must_use]
    pub fn kind_index(&self, kind: &ActivityKind) -> Option<KindIndex> {
        self.kinds.iter().position(|known| known == kind).map(KindIndex::from)
    }

    /// Returns every member with credit, ever, with its place.
    pub fn members(&self) -> impl Iterator<Item = (MemberIndex, &MemberId)> {
        self.members.iter().enumerate().map(|(at, member)| (MemberIndex::from(at), member))
    }

    fn intern_member(&mut self, member: &MemberId) -> MemberIndex {
        if let Some(&index) = self.member_index.get(member) {
            return index;
        }
        let index = MemberIndex::from(self.members.len());
        self.members.push(member.clone());
        self.member_index.insert(member.clone(), index);
        index
    }

    fn intern_kind(&mut self, kind: &ActivityKind) -> KindIndex {
        self.kind_index(kind).unwrap_or_else(|| {
            self.kinds.push(kind.clone());
            KindIndex::from(self.kinds.len() - 1)
        })
    }
}

/// Returns the points that an entry credits up to a day. Points that an adjustment or a penalty takes count as used, so
/// they count whatever their day.
#[must_use]
pub fn credited_by(entry: &Entry, last_day: Day) -> i64 {
    let counts = entry.local_day <= last_day || entry.uses_oldest();
    if counts { entry.credited() } else { 0 }
}

macro_rules! index {
    ($($name:ident),+) => {$(
        impl $name {
            /// Returns the place as an index.
            #[must_use]
            pub fn at(self) -> usize {
                usize::try_from(self.0).expect("a u32 fits a usize")
            }
        }

        impl From<usize> for $name {
            fn from(at: usize) -> Self {
                Self(u32::try_from(at).expect("a programme has fewer than 2^32 members and kinds"))
            }
        }
    )+};
}

index!(MemberIndex, KindIndex);
