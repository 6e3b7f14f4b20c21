//! One board: the ranked list of one window and category.

use std::cmp::Reverse;

use crate::domain::project::ranked::RankedSet;
use crate::domain::project::totals::{KindIndex, MemberIndex, Total, Totals};
use crate::domain::value::ids::MemberId;
use crate::domain::value::seq::Seq;
use crate::domain::value::window::Window;

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

/// One line of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Rank, from 1.
    pub rank: usize,
    /// The member.
    pub member: MemberId,
    /// Points in the window.
    pub points: i64,
}

/// A member's place on a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Rank, from 1; 0 without points in the window.
    pub rank: usize,
    /// Points in the window.
    pub points: i64,
    /// The rows around the member, best first.
    pub neighbours: Vec<Row>,
}

/// The order of the list: more points first; among equals first the total that last changed at the smaller seq, then
/// the smaller member id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    points: Reverse<i64>,
    reached: Seq,
    member: MemberId,
}

/// The ranked list of one window and category. Members without points above zero are not ranked.
///
/// 48 bytes a member and the slack of the runs: a key of 32, a total of 16.
#[derive(Debug, Clone)]
pub struct Board {
    window: Window,
    kind: Option<KindIndex>,
    totals: Vec<Total>,
    order: RankedSet<Key>,
    distinct_points: RankedSet<Reverse<i64>>,
}

impl Default for Board {
    /// An empty board over all time.
    fn default() -> Self {
        Self::of(&Totals::default(), Window::all_time(), None)
    }
}

impl Board {
    /// Makes a board of daily totals.
    #[must_use]
    pub fn of(totals: &Totals, window: Window, kind: Option<KindIndex>) -> Self {
        let sums = totals.sum(window, kind);
        let ranked =
            || totals.members().map(|(index, member)| (member, sums[index.at()])).filter(|(_, t)| t.points > 0);
        let order = RankedSet::from_unsorted(ranked().map(|(member, total)| key(member, total)).collect());
        let distinct_points = RankedSet::from_unsorted(ranked().map(|(_, total)| Reverse(total.points)).collect());
        Self { window, kind, totals: sums, order, distinct_points }
    }

    /// Takes a change of a daily total into account, if the board counts it.
    pub fn credit(&mut self, totals: &Totals, credit: &crate::domain::project::totals::Credit) {
        if !self.window.contains(credit.day) || (self.kind.is_some() && self.kind != credit.kind) {
            return;
        }
        let at = credit.member.at();
        if at >= self.totals.len() {
            self.totals.resize(at + 1, Total::default());
        }
        let member = totals.member(credit.member);
        let before = self.totals[at];
        let after = before.plus(Total { points: credit.points, reached: credit.seq });
        self.totals[at] = after;
        if before.points > 0 {
            self.order.remove(&key(member, before));
            if !self.anyone_has(before.points) {
                self.distinct_points.remove(&Reverse(before.points));
            }
        }
        if after.points > 0 {
            self.order.insert(key(member, after));
            self.distinct_points.insert(Reverse(after.points));
        }
    }

    /// Returns the number of members that are ranked.
    #[must_use]
    pub fn ranked_members(&self) -> usize {
        self.order.len()
    }

    /// Returns the rows from a place on, at most `max`. The first place is 0.
    #[must_use]
    pub fn rows(&self, from: usize, max: usize, ranking: Ranking) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::with_capacity(max.min(self.order.len()));
        for (offset, key) in self.order.iter_from(from).take(max).enumerate() {
            let rank = match (ranking, rows.last()) {
                (Ranking::Ordinal, _) => from + offset + 1,
                (_, Some(before)) if before.points == key.points.0 => before.rank,
                (Ranking::Dense, Some(before)) => before.rank + 1,
                (Ranking::Competition, Some(_)) => from + offset + 1,
                (_, None) => self.rank(key, ranking),
            };
            rows.push(Row { rank, member: key.member.clone(), points: key.points.0 });
        }
        rows
    }

    /// Returns a member's rank, and so many rows above and below.
    #[must_use]
    pub fn standing(&self, member: &MemberId, index: Option<MemberIndex>, around: usize, ranking: Ranking) -> Standing {
        let total = index.and_then(|index| self.totals.get(index.at())).copied().unwrap_or_default();
        if total.points <= 0 {
            return Standing { rank: 0, points: total.points, neighbours: Vec::new() };
        }
        let own = key(member, total);
        let place = self.order.place(&own);
        let first = place.saturating_sub(around);
        let neighbours = self.rows(first, place - first + 1 + around, ranking);
        Standing { rank: self.rank(&own, ranking), points: total.points, neighbours }
    }

    fn rank(&self, key: &Key, ranking: Ranking) -> usize {
        1 + match ranking {
            Ranking::Ordinal => self.order.place(key),
            Ranking::Competition => self.order.place(&Key { reached: Seq::ZERO, ..key.clone() }),
            Ranking::Dense => self.distinct_points.place(&key.points),
        }
    }

    fn anyone_has(&self, points: i64) -> bool {
        let from = self.order.iter_from(self.first_place_of(points)).next();
        from.is_some_and(|key| key.points.0 == points)
    }

    fn first_place_of(&self, points: i64) -> usize {
        // Every total last changed at the first entry or later, so this key stands before every key with these points.
        let member = MemberId::parse("0").expect("one digit is an id");
        self.order.place(&Key { points: Reverse(points), reached: Seq::ZERO, member })
    }
}

fn key(member: &MemberId, total: Total) -> Key {
    Key { points: Reverse(total.points), reached: total.reached, member: member.clone() }
}
