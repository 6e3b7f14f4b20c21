//! One board: the ranked list of persons in one window and kind of activity.

use std::cmp::Reverse;

use super::BoardName;
use super::members::{Handle, index};
use crate::domain::project::people::Hidden;
use crate::domain::project::ranked::RankedSet;
use crate::domain::project::shared::SharedList;
use crate::domain::project::span::Total;
use crate::domain::value::ids::ActivityKind;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Day;

/// The way in which equals are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ranking {
    /// `1 2 2 4`.
    Competition,
    /// `1 2 2 3`.
    Dense,
    /// `1 2 3 4`.
    Ordinal,
}

/// The place of a person in the list: more points first; among equals first the total that last changed at the smaller seq. No two
/// persons' totals last changed at one entry, so the number of the member decides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) points: Reverse<i64>,
    pub(super) reached: Seq,
    pub(super) person: Handle,
}

/// A change of a board.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// A person was credited.
    Credit { person: Handle, hidden: Hidden, day: Day, kind: Option<ActivityKind>, total: Total },
    /// A person was merged into another.
    Merged { from: Handle, into: Handle, hidden: Hidden },
    /// The reasons to leave a person out changed.
    Hidden { person: Handle, now: Hidden },
}

/// The ranked list of one window and kind of activity. Persons without points above zero are not ranked, and persons who are left out for a
/// reason that the board's name does not include are counted.
///
/// A copy shares what is alike. About 60 bytes a member: a total of 16, a key of 24 in runs that are three quarters full, and at most
/// 11 for its distinct points.
#[derive(Debug, Clone)]
pub(super) struct Board {
    name: BoardName,
    /// Points of each person; 0 of a member who was merged into another.
    totals: SharedList<Total>,
    order: RankedSet<Key>,
    distinct_points: RankedSet<Reverse<i64>>,
    left_out: usize,
}

impl Board {
    /// Makes a board of the points of persons, of whom some are hidden.
    pub(super) fn of(name: BoardName, totals: Vec<Total>, hidden: impl Fn(Handle) -> Hidden) -> Self {
        let mut left_out = 0;
        let mut keys = Vec::new();
        for (person, total) in (0..).zip(&totals) {
            if total.points > 0 {
                if name.shows(hidden(person)) {
                    keys.push(key(person, *total));
                } else {
                    left_out += 1;
                }
            }
        }
        let distinct_points = RankedSet::from_unsorted(keys.iter().map(|key| key.points).collect());
        let order = RankedSet::from_unsorted(keys);
        Self { name, totals: totals.into_iter().collect(), order, distinct_points, left_out }
    }

    /// Takes a change into account, if the board counts it.
    pub(super) fn apply(&mut self, change: &Change) {
        match change {
            Change::Credit { person, hidden, day, kind, total } => {
                if self.name.counts(*day, kind.as_ref()) {
                    self.add(*person, *hidden, *total);
                }
            }
            Change::Merged { from, into, hidden } => {
                let total = self.total(*from);
                if total != Total::default() {
                    // Whether the member that goes was shown is told by the order itself.
                    self.take_out(*from, total);
                    self.set(*from, Total::default());
                }
                // The one that is left may be hidden from now on.
                self.add(*into, *hidden, total);
            }
            Change::Hidden { person, now } => {
                let total = self.total(*person);
                self.take_out(*person, total);
                self.put_in(*person, total, *now);
            }
        }
    }

    fn add(&mut self, person: Handle, hidden: Hidden, more: Total) {
        let before = self.total(person);
        self.take_out(person, before);
        let after = before.plus(more);
        self.set(person, after);
        self.put_in(person, after, hidden);
    }

    fn total(&self, person: Handle) -> Total {
        self.totals.get(index(person)).copied().unwrap_or_default()
    }

    fn set(&mut self, person: Handle, total: Total) {
        while self.totals.len() <= index(person) {
            self.totals.push(Total::default());
        }
        *self.totals.get_mut(index(person)).expect("it was made long enough") = total;
    }

    fn take_out(&mut self, person: Handle, total: Total) {
        if total.points <= 0 {
            return;
        }
        if !self.order.remove(&key(person, total)) {
            self.left_out -= 1;
        } else if !self.anyone_has(total.points) {
            self.distinct_points.remove(&Reverse(total.points));
        }
    }

    fn put_in(&mut self, person: Handle, total: Total, hidden: Hidden) {
        if total.points <= 0 {
            return;
        }
        if self.name.shows(hidden) {
            self.order.insert(key(person, total));
            self.distinct_points.insert(Reverse(total.points));
        } else {
            self.left_out += 1;
        }
    }

    /// Returns the number of persons who are ranked.
    pub(super) fn ranked(&self) -> usize {
        self.order.len()
    }

    /// Returns the number of persons with points who are left out.
    pub(super) const fn left_out(&self) -> usize {
        self.left_out
    }

    /// Returns the place after the row of these points, last changed by this entry; the first without one.
    pub(super) fn place_after(&self, row: Option<(i64, Seq)>) -> usize {
        row.map_or(0, |(points, reached)| {
            self.order.place(&Key { points: Reverse(points), reached, person: Handle::MAX })
        })
    }

    /// Returns the ranks and keys from a place on, at most `max`. The first place is 0.
    pub(super) fn rows(&self, from: usize, max: usize, ranking: Ranking) -> Vec<(usize, Key)> {
        let mut rows: Vec<(usize, Key)> = Vec::with_capacity(max.min(self.order.len()));
        for (offset, key) in self.order.iter_from(from).take(max).enumerate() {
            let rank = match (ranking, rows.last()) {
                (Ranking::Ordinal, _) => from + offset + 1,
                (_, Some((rank, before))) if before.points == key.points => *rank,
                (Ranking::Dense, Some((rank, _))) => rank + 1,
                (Ranking::Competition, Some(_)) => from + offset + 1,
                (_, None) => self.rank(key, ranking),
            };
            rows.push((rank, *key));
        }
        rows
    }

    /// Returns a person's points, and the place in the list if there is one.
    pub(super) fn place(&self, person: Handle, hidden: Hidden) -> (i64, Option<Key>) {
        let total = self.total(person);
        let ranked = total.points > 0 && self.name.shows(hidden);
        (total.points, ranked.then(|| key(person, total)))
    }

    /// Returns a ranked person's rank, and so many rows above and below.
    pub(super) fn around(&self, key: &Key, around: usize, ranking: Ranking) -> (usize, Vec<(usize, Key)>) {
        let rank = self.rank(key, ranking);
        if around == 0 {
            return (rank, vec![(rank, *key)]);
        }
        let place = self.order.place(key);
        let first = place.saturating_sub(around);
        (rank, self.rows(first, place - first + 1 + around, ranking))
    }

    fn rank(&self, key: &Key, ranking: Ranking) -> usize {
        1 + match ranking {
            Ranking::Ordinal => self.order.place(key),
            Ranking::Competition => self.first_place_of(key.points),
            Ranking::Dense => self.distinct_points.place(&key.points),
        }
    }

    fn anyone_has(&self, points: i64) -> bool {
        let from = self.order.iter_from(self.first_place_of(Reverse(points))).next();
        from.is_some_and(|key| key.points.0 == points)
    }

    fn first_place_of(&self, points: Reverse<i64>) -> usize {
        // Every total last changed at the first entry or later, so this key stands before every key with these points.
        self.order.place(&Key { points, reached: Seq::ZERO, person: 0 })
    }
}

const fn key(person: Handle, total: Total) -> Key {
    Key { points: Reverse(total.points), reached: total.reached, person }
}
