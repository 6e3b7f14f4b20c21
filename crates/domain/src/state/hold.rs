//! Holds and redemptions, as recorded.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::till::{GRACE_MICROS, Place};
use crate::value::ids::{MemberId, Subject};
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// A hold, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Hold {
    /// The entry that made it.
    pub seq: Seq,
    /// When it was made.
    pub created_at: Micros,
    /// Whose points.
    pub member: MemberId,
    /// How many.
    pub points: i64,
    /// What they are for.
    pub subject: Option<Subject>,
    /// Until when they are held.
    pub expires_at: Micros,
    /// What had been written off when they were, as a negative number.
    pub written_off: i64,
    /// How it ended, once it has.
    pub ended: Option<HoldEnd>,
    /// What was spent of it, once it was captured: in time, or within the grace after it had expired.
    pub spent: Option<Spent>,
}

/// How a hold ended: it holds nothing from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct HoldEnd {
    /// In which way.
    pub way: WayToEnd,
    /// By which entry.
    pub seq: Seq,
    /// When that was recorded.
    pub at: Micros,
}

/// In which way a hold ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum WayToEnd {
    /// Points of it were spent.
    Captured,
    /// The shop gave it back.
    Released,
    /// Its time was over.
    Expired,
}

/// Points that were spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Spent {
    /// By which entry.
    pub seq: Seq,
    /// When that was recorded.
    pub at: Micros,
    /// How many.
    pub points: i64,
    /// What had been written off when they went out of reach, held or spent, as a negative number.
    pub written_off: i64,
    /// How many of them were given back.
    pub refunded: i64,
    /// The entry that gave some back last; 0 before the first.
    pub refunded_by: Seq,
}

/// A redemption, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Redemption {
    /// Whose points.
    pub member: MemberId,
    /// What they were for.
    pub subject: Option<Subject>,
    /// What was spent.
    pub spent: Spent,
}

/// A member's holds that have not ended, in the order in which they were made.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct OpenHolds {
    rows: Vec<OpenHold>,
}

/// A hold that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OpenHold {
    /// Its name.
    pub place: Place,
    /// The entry that made it.
    pub seq: Seq,
    /// How many points.
    pub points: i64,
    /// Until when.
    pub expires_at: Micros,
}

impl Hold {
    /// When it is to be ended; `None` once it has.
    #[must_use]
    pub const fn due_at(&self) -> Option<Micros> {
        if self.ended.is_none() { Some(self.expires_at) } else { None }
    }

    /// From when on it can no longer be captured.
    #[must_use]
    pub fn capturable_until(&self) -> Micros {
        self.expires_at.plus(GRACE_MICROS)
    }

    /// What became of it, as people say: one that was captured late was captured.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match (self.spent, self.ended) {
            (Some(_), _) | (_, Some(HoldEnd { way: WayToEnd::Captured, .. })) => "captured",
            (None, Some(HoldEnd { way: WayToEnd::Released, .. })) => "released",
            (None, Some(HoldEnd { way: WayToEnd::Expired, .. })) => "expired",
            (None, None) => "held",
        }
    }
}

impl Spent {
    /// How many were not given back.
    #[must_use]
    pub const fn left(&self) -> i64 {
        self.points - self.refunded
    }
}

impl OpenHolds {
    /// The holds, in the order in which they were made.
    #[must_use]
    pub fn rows(&self) -> &[OpenHold] {
        &self.rows
    }

    /// Adds one that was made.
    pub fn add(&mut self, hold: OpenHold) {
        self.rows.push(hold);
    }

    /// Takes out one that has ended; `None` when it is not among them.
    pub fn remove(&mut self, place: &Place) -> Option<OpenHold> {
        let at = self.rows.iter().position(|hold| hold.place == *place)?;
        Some(self.rows.remove(at))
    }
}
