//! What entries moved of a member's points, by what each move means.

use crate::entry::Entry;
use crate::value::bucket::Bucket;

/// Points that entries about activities moved; each sum is at least zero, given all entries of an act.
///
/// Points only come from `issued` and only go back there, so that
/// `earned = credited + pending + taken_back + written_off`, whatever was moved in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Posted {
    /// Added to what can be used.
    pub added: i64,
    /// Added to what waits.
    pub set_waiting: i64,
    /// No longer waiting: they can be used.
    pub released: i64,
    /// Taken back from what could be used.
    pub taken: i64,
    /// Taken back from what was set aside.
    pub taken_set_aside: i64,
    /// Taken back from what had expired.
    pub taken_expired: i64,
    /// Taken back from what waited.
    pub taken_waiting: i64,
    /// To be taken back, and borne by the company.
    pub written_off: i64,
}

impl Posted {
    /// What entries moved, together.
    #[must_use]
    pub fn by<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut posted = Self::default();
        for movement in entries.into_iter().filter_map(|entry| entry.movement) {
            let points = movement.amount().get();
            if movement.to() == Bucket::Moved && movement.from() != Bucket::Available {
                // On its way to a merged member, from whose balance it is taken.
                posted.taken = posted.taken.saturating_sub(points);
            }
            let sum = match (movement.from(), movement.to()) {
                (Bucket::Issued, Bucket::Available) => &mut posted.added,
                (Bucket::Issued, Bucket::Pending) => &mut posted.set_waiting,
                (Bucket::Pending, Bucket::Available) => &mut posted.released,
                (Bucket::Available, Bucket::Issued) => &mut posted.taken,
                (Bucket::Reserved, Bucket::Issued | Bucket::Moved) => &mut posted.taken_set_aside,
                (Bucket::Expired, Bucket::Issued | Bucket::Moved) => &mut posted.taken_expired,
                (Bucket::Pending, Bucket::Issued) => &mut posted.taken_waiting,
                (Bucket::WrittenOff, Bucket::Issued | Bucket::Moved) => &mut posted.written_off,
                // Nothing of an activity's own: payouts move what several brought.
                _ => continue,
            };
            *sum = sum.saturating_add(points);
        }
        posted
    }

    /// Points issued: what passed the caps, at once or to wait.
    #[must_use]
    pub const fn earned(self) -> i64 {
        self.added + self.set_waiting
    }

    /// Points credited, less what was taken back of them or written off. See [`crate::value::amount::Move::credited`].
    #[must_use]
    pub const fn credited(self) -> i64 {
        self.added + self.released - self.taken - self.taken_set_aside - self.taken_expired - self.written_off
    }

    /// Points that wait.
    #[must_use]
    pub const fn pending(self) -> i64 {
        self.set_waiting - self.released - self.taken_waiting
    }

    /// Points taken back from the member, of whatever they had.
    #[must_use]
    pub const fn taken_back(self) -> i64 {
        self.taken + self.taken_set_aside + self.taken_expired + self.taken_waiting
    }

    /// By how much what can be used has grown.
    #[must_use]
    pub const fn available(self) -> i64 {
        self.added + self.released - self.taken
    }
}
