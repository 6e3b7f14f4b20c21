//! Sums of a member's moved points, by the meaning of each move.

use crate::entry::Entry;
use crate::value::bucket::Bucket;

/// Points that entries about activities moved. Each sum is at least zero when all entries of an act are counted.
///
/// Points come only from `issued` and go back only there. So `earned = credited + pending + taken_back + written_off`,
/// whatever was moved in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Posted {
    /// Points added to the available ones.
    pub added: i64,
    /// Points added to the waiting ones.
    pub set_waiting: i64,
    /// Waiting points that became available.
    pub released: i64,
    /// Points taken back from the available ones.
    pub taken: i64,
    /// Points taken back from those reserved for a payout.
    pub taken_reserved: i64,
    /// Points taken back from the expired ones.
    pub taken_expired: i64,
    /// Points taken back from the waiting ones.
    pub taken_waiting: i64,
    /// Points to be taken back whose loss the company bears.
    pub written_off: i64,
    /// Points given back, of those added or released, that make good what was written off.
    pub made_good: i64,
    /// Points given back, of those added or released, that had expired.
    pub expired_again: i64,
}

impl Posted {
    /// Returns the sums over all moves of some entries.
    #[must_use]
    pub fn by<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut posted = Self::default();
        for movement in entries.into_iter().filter_map(|entry| entry.movement) {
            let points = movement.amount().get();
            if movement.to() == Bucket::Moved && movement.from() != Bucket::Available {
                // The points are on their way to a merged member. They are taken from that member's balance.
                posted.taken = posted.taken.saturating_sub(points);
            }
            let sum = match (movement.from(), movement.to()) {
                (Bucket::Issued, Bucket::Available) => &mut posted.added,
                (Bucket::Issued, Bucket::Pending) => &mut posted.set_waiting,
                (Bucket::Pending, Bucket::Available) => &mut posted.released,
                (Bucket::Available, Bucket::Issued) => &mut posted.taken,
                (Bucket::Reserved, Bucket::Issued | Bucket::Moved) => &mut posted.taken_reserved,
                (Bucket::Expired, Bucket::Issued | Bucket::Moved) => &mut posted.taken_expired,
                (Bucket::Pending, Bucket::Issued) => &mut posted.taken_waiting,
                (Bucket::WrittenOff, Bucket::Issued | Bucket::Moved) => &mut posted.written_off,
                (Bucket::Available, Bucket::WrittenOff) => &mut posted.made_good,
                (Bucket::Available, Bucket::Expired) => &mut posted.expired_again,
                // Other moves are not an activity's own: a payout moves the points of several activities.
                _ => continue,
            };
            *sum = sum.saturating_add(points);
        }
        posted
    }

    /// Returns the points issued: those that passed the caps, available at once or waiting.
    #[must_use]
    pub const fn earned(self) -> i64 {
        self.added + self.set_waiting
    }

    /// Returns the points credited, less those taken back or written off. See [`crate::value::amount::Move::credited`].
    #[must_use]
    pub const fn credited(self) -> i64 {
        self.added + self.released - self.taken - self.taken_reserved - self.taken_expired - self.written_off
    }

    /// Returns the points that wait.
    #[must_use]
    pub const fn pending(self) -> i64 {
        self.set_waiting - self.released - self.taken_waiting
    }

    /// Returns the points taken back from the member, out of any bucket.
    #[must_use]
    pub const fn taken_back(self) -> i64 {
        self.taken + self.taken_reserved + self.taken_expired + self.taken_waiting
    }

    /// Returns the growth of the available points.
    #[must_use]
    pub const fn available(self) -> i64 {
        self.added + self.released - self.taken - self.made_good - self.expired_again
    }
}
