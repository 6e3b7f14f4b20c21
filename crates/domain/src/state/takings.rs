//! Takings: points that acts took from a person who no longer had them.
//!
//! Points that are taken back come out of expired points where the credit had expired. Points that the person no longer
//! has at all, for a shop holds them or they were spent, are written off. For each such act a row is kept, with what is
//! left of it. A row is consumed once, by whatever comes first: a shop gives points back that went out of reach before
//! (written-off points only), or the act is undone. Whatever an act gives back goes to its own rows before any of it
//! becomes available. So nobody gains by undoing and doing again.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::caps::CapPeriod;
use crate::value::ids::{ActivityId, AdjustmentId, MemberId, SourceId};
use crate::value::seq::Seq;

/// Most rows of a person, of expired and of written-off points each. The rows are read and written together, at some
/// 150 bytes each. Beyond this number the two oldest rows become one of the age of the older: no point is forgotten, and
/// points given back make good less rather than more.
pub const ROWS_MAX: usize = 256;

/// The act that had points taken.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Taker {
    /// An activity as it was recorded, or news of it, with the caps that count the activity.
    Activity {
        /// Source of the activity.
        source: SourceId,
        /// Id of the activity.
        activity: ActivityId,
        /// Windows of the activity's caps, which count for this member.
        caps: (MemberId, Vec<CapPeriod>),
    },
    /// An adjustment, or the revocation of one.
    Adjustment(AdjustmentId),
    /// Several acts whose rows became one.
    Several,
}

/// Points that an act took.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Taking {
    /// The entry that took them.
    pub seq: Seq,
    /// The act.
    pub by: Taker,
    /// Number of points that nothing has given back yet, above zero.
    pub left: i64,
}

/// Rows of one kind, the earliest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Rows(Vec<Taking>);

/// Points that acts took from a person who no longer had them.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Takings {
    /// Points that were written off. Together they are the person's written-off balance.
    pub written_off: Rows,
    /// Points that came out of expired ones.
    pub expired: Rows,
}

impl Taker {
    /// Makes the taker of news of an activity. The member's caps in these windows count the activity.
    #[must_use]
    pub fn activity<'a>(
        source: &SourceId,
        activity: &ActivityId,
        member: MemberId,
        caps: impl Iterator<Item = &'a CapPeriod>,
    ) -> Self {
        let mut periods: Vec<CapPeriod> = caps.cloned().collect();
        periods.sort_unstable();
        periods.dedup();
        Self::Activity { source: source.clone(), activity: activity.clone(), caps: (member, periods) }
    }

    /// Returns the windows of caps that count the act, and the member for whom they do.
    #[must_use]
    pub fn caps(&self) -> Option<(&MemberId, &[CapPeriod])> {
        match self {
            Self::Activity { caps: (member, periods), .. } => Some((member, periods)),
            Self::Adjustment(_) | Self::Several => None,
        }
    }

    /// True when both are the same act.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Activity { source, activity, .. }, Self::Activity { source: of, activity: id, .. }) => {
                (source, activity) == (of, id)
            }
            _ => self == other,
        }
    }

    /// True when this cap, in this window, counts the act for this member.
    fn is_counted_by(&self, member: &MemberId, period: &CapPeriod) -> bool {
        self.caps().is_some_and(|(of, periods)| of == member && periods.contains(period))
    }

    /// True when both acts are counted by one window of a cap.
    fn shares_cap(&self, other: &Self) -> bool {
        self.caps().is_some_and(|(member, periods)| periods.iter().any(|period| other.is_counted_by(member, period)))
    }
}

impl Rows {
    /// Returns the points taken after an entry that nothing has given back yet.
    #[must_use]
    pub fn since(&self, seq: Seq) -> i64 {
        self.sum(|row| row.seq > seq)
    }

    /// Returns the points that an act took and that nothing has given back yet.
    #[must_use]
    pub fn of(&self, act: &Taker) -> i64 {
        self.sum(|row| row.by.is_same(act))
    }

    /// Returns the points that other acts took, under a window of a cap that counts this act too.
    #[must_use]
    pub fn beside(&self, act: &Taker) -> i64 {
        self.sum(|row| row.by.shares_cap(act) && !row.by.is_same(act))
    }

    /// Returns the points in rows that stand for several acts.
    #[must_use]
    pub fn of_several(&self) -> i64 {
        self.sum(|row| row.by == Taker::Several)
    }

    /// Returns the points that were taken by acts which this window of a member's cap counts.
    #[must_use]
    pub fn under(&self, member: &MemberId, period: &CapPeriod) -> i64 {
        self.sum(|row| row.by.is_counted_by(member, period))
    }

    /// Adds the points of one more act.
    pub fn add(&mut self, row: Taking) {
        self.0.push(row);
        self.bound();
    }

    /// Makes points good that were written off after an entry, the earliest first. Returns the points for which there
    /// is no row.
    #[must_use]
    pub fn make_good(&mut self, since: Seq, points: i64) -> i64 {
        self.consume(points, |row| row.seq > since)
    }

    /// Gives points back that an act gains: first the act's own, then those of acts under the same window of a cap, then
    /// those of several acts. Returns the points for which there is no row.
    #[must_use]
    pub fn give_back(&mut self, act: &Taker, points: i64) -> i64 {
        let points = self.consume(points, |row| row.by.is_same(act));
        let points = self.consume(points, |row| row.by.shares_cap(act));
        self.consume(points, |row| row.by == Taker::Several)
    }

    fn sum(&self, counts: impl Fn(&Taking) -> bool) -> i64 {
        self.0.iter().filter(|row| counts(row)).map(|row| row.left).fold(0, i64::saturating_add)
    }

    fn consume(&mut self, mut points: i64, counts: impl Fn(&Taking) -> bool) -> i64 {
        for row in self.0.iter_mut().filter(|row| counts(row)) {
            let consumed = points.min(row.left);
            row.left -= consumed;
            points -= consumed;
        }
        self.0.retain(|row| row.left > 0);
        points
    }

    fn join(&mut self, other: Self) {
        self.0.extend(other.0);
        self.0.sort_by_key(|row| row.seq);
        self.bound();
    }

    fn bound(&mut self) {
        let over = self.0.len().saturating_sub(ROWS_MAX);
        if over > 0 {
            let left = self.0[..=over].iter().map(|row| row.left).fold(0, i64::saturating_add);
            let oldest = Taking { seq: self.0[0].seq, by: Taker::Several, left };
            self.0.splice(..=over, [oldest]);
        }
    }
}

impl Takings {
    /// Takes over the rows of a member who is the same person.
    pub fn join(&mut self, other: Self) {
        self.written_off.join(other.written_off);
        self.expired.join(other.expired);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::ids::CapId;
    use crate::value::time::Day;

    fn row(seq: i64, left: i64) -> Taking {
        let id = AdjustmentId::parse("a").expect("an id");
        Taking { seq: Seq::new(seq).expect("a seq"), by: Taker::Adjustment(id), left }
    }

    fn activity(id: &str, caps: &[&str]) -> Taker {
        let period = |cap: &&str| CapPeriod { cap: CapId::parse(cap).expect("an id"), first_day: Day::MIN, hour: None };
        Taker::Activity {
            source: SourceId::parse("forum").expect("an id"),
            activity: ActivityId::parse(id).expect("an id"),
            caps: (MemberId::parse("ben").expect("an id"), caps.iter().map(period).collect()),
        }
    }

    fn left(of: &Rows) -> Vec<(i64, i64)> {
        of.0.iter().map(|row| (row.seq.get(), row.left)).collect()
    }

    #[test]
    fn later_rows_are_made_good_once_the_earliest_first() {
        // INV 75
        let mut all = Rows::default();
        for (seq, points) in [(3, 10), (5, 20), (9, 30)] {
            all.add(row(seq, points));
        }
        let since = |seq| Seq::new(seq).expect("a seq");
        assert_eq!([0, 3, 5, 9].map(|seq| all.since(since(seq))), [60, 50, 30, 0]);
        assert_eq!(all.make_good(since(3), 25), 0);
        assert_eq!(left(&all), [(3, 10), (9, 25)]);
        assert_eq!(all.make_good(since(5), 30), 5, "what was written off before stays");
        assert_eq!(left(&all), [(3, 10)]);
    }

    #[test]
    fn an_act_gives_back_its_own_rows_first_and_then_those_under_its_caps() {
        // INV 75
        let mut all = Rows::default();
        for (seq, by) in
            [(2, activity("b", &["month"])), (3, activity("a", &["month", "year"])), (4, activity("c", &[]))]
        {
            all.add(Taking { seq: Seq::new(seq).expect("a seq"), by, left: 10 });
        }
        let a = activity("a", &["month", "year"]);
        assert_eq!((all.of(&a), all.of_several()), (10, 0));
        assert_eq!(all.give_back(&a, 4), 0);
        assert_eq!(left(&all), [(2, 10), (3, 6), (4, 10)]);
        assert_eq!(all.give_back(&a, 11), 0);
        assert_eq!(left(&all), [(2, 5), (4, 10)], "the other one under the month");
        assert_eq!(all.give_back(&a, 9), 4, "no other activity's");
        assert_eq!(left(&all), [(4, 10)]);
    }

    #[test]
    fn rows_of_one_person_are_in_order_and_bounded_and_no_point_is_lost() {
        let (mut one, mut other) = (Rows::default(), Rows::default());
        for seq in 1..=i64::try_from(ROWS_MAX).expect("a small number") {
            one.add(row(2 * seq, 1));
            other.add(row(2 * seq + 1, 1));
        }
        one.join(other);
        assert_eq!(one.0.len(), ROWS_MAX);
        assert!(one.0.is_sorted_by_key(|row| row.seq));
        assert_eq!((one.since(Seq::ZERO), one.of_several()), (512, 257));
        assert_eq!((&one.0[0].by, one.0[0].seq.get(), one.0[0].left), (&Taker::Several, 2, 257));
        assert_eq!(one.0[1].left, 1);
        assert_eq!(one.give_back(&activity("a", &[]), 300), 43, "what was taken by several acts is given back by any");
    }
}
