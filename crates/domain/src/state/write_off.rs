//! Points written off of a person: a row for each act that wrote some off, with what is left of it.
//!
//! A point is written off when an act takes it back and the person no longer has it, for a shop holds it or it was
//! spent. When the shop gives points back, they make the loss good. Each row is made good once, and only by points
//! that went out of reach before it.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::value::ids::{ActivityId, AdjustmentId, SourceId};
use crate::value::seq::Seq;

/// Most rows of a person. The rows are read and written together, at some 100 bytes each. Beyond this number the two
/// oldest rows become one of the age of the older: no point is forgotten, and points given back make good less rather
/// than more.
pub const ROWS_MAX: usize = 256;

/// The act that had points taken back.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Taking {
    /// News of an activity.
    Activity(SourceId, ActivityId),
    /// An adjustment, or the revocation of one.
    Adjustment(AdjustmentId),
    /// Several acts whose rows became one.
    Several,
}

/// Points that an act wrote off.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct WriteOff {
    /// The entry that wrote them off.
    pub seq: Seq,
    /// The act that had them taken back.
    pub taking: Taking,
    /// Number of points that nothing has made good yet, above zero.
    pub left: i64,
}

/// Points written off of a person, the earliest first. Together they are the person's written-off balance.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct WriteOffs {
    rows: Vec<WriteOff>,
}

impl WriteOffs {
    /// Returns the points written off after an entry that nothing has made good yet.
    #[must_use]
    pub fn since(&self, seq: Seq) -> i64 {
        self.rows.iter().filter(|row| row.seq > seq).map(|row| row.left).fold(0, i64::saturating_add)
    }

    /// Adds the points of one more act.
    pub fn add(&mut self, row: WriteOff) {
        self.rows.push(row);
        self.bound();
    }

    /// Makes points good that were written off after an entry, the earliest first. Returns the points for which there
    /// is no row.
    #[must_use]
    pub fn make_good(&mut self, since: Seq, points: i64) -> i64 {
        let mut points = points;
        for row in self.rows.iter_mut().filter(|row| row.seq > since) {
            let good = points.min(row.left);
            row.left -= good;
            points -= good;
        }
        self.rows.retain(|row| row.left > 0);
        points
    }

    /// Takes over the rows of a member who is the same person.
    pub fn join(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.rows.sort_by_key(|row| row.seq);
        self.bound();
    }

    fn bound(&mut self) {
        let over = self.rows.len().saturating_sub(ROWS_MAX);
        if over > 0 {
            let left = self.rows[..=over].iter().map(|row| row.left).fold(0, i64::saturating_add);
            let oldest = WriteOff { seq: self.rows[0].seq, taking: Taking::Several, left };
            self.rows.splice(..=over, [oldest]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seq: i64, left: i64) -> WriteOff {
        let id = AdjustmentId::parse("a").expect("an id");
        WriteOff { seq: Seq::new(seq).expect("a seq"), taking: Taking::Adjustment(id), left }
    }

    fn left(of: &WriteOffs) -> Vec<(i64, i64)> {
        of.rows.iter().map(|row| (row.seq.get(), row.left)).collect()
    }

    #[test]
    fn later_rows_are_made_good_once_the_earliest_first() {
        // INV 75
        let mut all = WriteOffs::default();
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
    fn rows_of_one_person_are_in_order_and_bounded_and_no_point_is_lost() {
        let (mut one, mut other) = (WriteOffs::default(), WriteOffs::default());
        for seq in 1..=i64::try_from(ROWS_MAX).expect("a small number") {
            one.add(row(2 * seq, 1));
            other.add(row(2 * seq + 1, 1));
        }
        one.join(other);
        assert_eq!(one.rows.len(), ROWS_MAX);
        assert!(one.rows.is_sorted_by_key(|row| row.seq));
        assert_eq!(one.since(Seq::ZERO), 512);
        assert_eq!((&one.rows[0].taking, one.rows[0].seq.get(), one.rows[0].left), (&Taking::Several, 2, 257));
        assert_eq!(one.rows[1].left, 1);
    }
}
