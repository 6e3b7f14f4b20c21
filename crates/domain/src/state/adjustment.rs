//! Adjustments, as recorded.

use crate::value::codes::codes;
use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::adjustment::AdjustmentReason;

use crate::value::ids::MemberId;
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;
use crate::value::time::{Day, Micros};

codes! {
    /// Where an adjustment stands.
    AdjustmentState {
        /// It waits for a second person.
        Proposed = 1, "proposed";
        /// Its points were moved.
        Posted = 2, "posted";
        /// A second person said no, or the first thought better of it.
        Rejected = 3, "rejected";
        /// Its points were taken back, as the member was banned.
        Revoked = 4, "revoked";
    }
}

/// An adjustment, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Adjustment {
    /// Whose points.
    pub member: MemberId,
    /// Points given, or, below zero, taken.
    pub points: i64,
    /// Why.
    pub reason: AdjustmentReason,
    /// When they count.
    pub occurred_at: Micros,
    /// The programme's day on which they count.
    pub local_day: Day,
    /// Where it stands.
    pub state: AdjustmentState,
    /// The entry that recorded it first.
    pub seq: Seq,
    /// When its points were moved, or it was proposed.
    pub recorded_at: Micros,
    /// Who drew it up.
    pub drawn_up_by: PrincipalId,
    /// Who approved or rejected it, and by which entry, once somebody has.
    pub decided: Option<(PrincipalId, Seq)>,
}
