//! Holds and redemptions, as they are recorded.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::till::{GRACE_MICROS, Place};
use crate::value::ids::{MemberId, Subject};
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// A hold, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Hold {
    /// The entry that made the hold.
    pub seq: Seq,
    /// Time when the hold was made.
    pub created_at: Micros,
    /// The member whose points are held.
    pub member: MemberId,
    /// Number of points.
    pub points: i64,
    /// Purpose of the points, if the shop gave one.
    pub subject: Option<Subject>,
    /// Age that the shop asked of the points, in days; 0 for any.
    pub min_age_days: u32,
    /// Time when the hold expires.
    pub expires_at: Micros,
    /// End of the hold, once it has ended.
    pub ended: Option<HoldEnd>,
    /// Points spent, once the hold was captured: in time, or in the grace time after it expired.
    pub spent: Option<Spent>,
}

/// End of a hold. The shop holds nothing from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct HoldEnd {
    /// Way in which the hold ended.
    pub way: WayToEnd,
    /// The entry that ended the hold.
    pub seq: Seq,
    /// Time when the end was recorded.
    pub at: Micros,
}

/// Way in which a hold ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum WayToEnd {
    /// The points, or a part of them, were spent.
    Captured,
    /// The shop gave the points back.
    Released,
    /// The hold's time ended.
    Expired,
}

/// A spending of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Spent {
    /// The entry that spent the points.
    pub seq: Seq,
    /// Time when the spending was recorded.
    pub at: Micros,
    /// Number of points.
    pub points: i64,
    /// Number of points given back.
    pub refunded: i64,
    /// The last entry that gave points back; 0 before the first.
    pub refunded_by: Seq,
}

/// A redemption, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Redemption {
    /// The member whose points were spent.
    pub member: MemberId,
    /// Purpose of the points, if the shop gave one.
    pub subject: Option<Subject>,
    /// Age that the shop asked of the points, in days; 0 for any.
    pub min_age_days: u32,
    /// The spending.
    pub spent: Spent,
}

/// A member's open holds, in the order in which they were made.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct OpenHolds {
    rows: Vec<OpenHold>,
}

/// A hold that is still open.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OpenHold {
    /// Name of the hold.
    pub place: Place,
    /// The entry that made the hold.
    pub seq: Seq,
    /// Number of points.
    pub points: i64,
    /// Time when the hold expires.
    pub expires_at: Micros,
}

impl Hold {
    /// Returns the time when the hold must be ended; `None` when it has ended.
    #[must_use]
    pub const fn due_at(&self) -> Option<Micros> {
        if self.ended.is_none() { Some(self.expires_at) } else { None }
    }

    /// Returns the time from which the hold can no longer be captured. A hold that asks for an age ends with its time: by
    /// then the points are the member's again, and others may have taken their place.
    #[must_use]
    pub fn capturable_until(&self) -> Micros {
        if self.min_age_days > 0 { self.expires_at } else { self.expires_at.plus(GRACE_MICROS) }
    }

    /// Returns the entry with which the spent points went out of reach: that of the hold, or the capture itself when it came
    /// late and took points that were available until then. `None` before the capture.
    #[must_use]
    pub fn out_of_reach_since(&self) -> Option<Seq> {
        let spent = self.spent.as_ref()?;
        let is_in_time = self.ended.is_some_and(|end| end.seq == spent.seq);
        Some(if is_in_time { self.seq } else { spent.seq })
    }

    /// Returns the state of the hold in people's words. A hold that was captured late is captured.
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
    /// Returns the points that were not given back.
    #[must_use]
    pub const fn left(&self) -> i64 {
        self.points - self.refunded
    }
}

impl OpenHolds {
    /// Returns the holds, in the order in which they were made.
    #[must_use]
    pub fn rows(&self) -> &[OpenHold] {
        &self.rows
    }

    /// Adds a new hold.
    pub fn add(&mut self, hold: OpenHold) {
        self.rows.push(hold);
    }

    /// Removes a hold that has ended; `None` when the hold is not open.
    pub fn remove(&mut self, place: &Place) -> Option<OpenHold> {
        let at = self.rows.iter().position(|hold| hold.place == *place)?;
        Some(self.rows.remove(at))
    }
}
