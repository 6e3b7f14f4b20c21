//! Adjustments, as they are recorded.

use crate::value::codes::codes;
use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::adjustment::AdjustmentReason;

use crate::value::ids::MemberId;
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;
use crate::value::time::{Day, Micros};

codes! {
    /// State of an adjustment.
    AdjustmentState {
        /// The adjustment waits for a second person.
        Proposed = 1, "proposed";
        /// The points were moved.
        Posted = 2, "posted";
        /// A second person refused, or the first withdrew the adjustment.
        Rejected = 3, "rejected";
        /// The points were taken back because the member was banned.
        Revoked = 4, "revoked";
    }
}

/// An adjustment, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Adjustment {
    /// The member who gets or loses the points.
    pub member: MemberId,
    /// Points given; below zero, points taken.
    pub points: i64,
    /// Reason of the adjustment.
    pub reason: AdjustmentReason,
    /// Time when the points count.
    pub occurred_at: Micros,
    /// The programme's day on which the points count.
    pub local_day: Day,
    /// State of the adjustment.
    pub state: AdjustmentState,
    /// The entry that recorded the adjustment first.
    pub seq: Seq,
    /// Time when the points were moved; before that, time of the proposal.
    pub recorded_at: Micros,
    /// The principal who drew up the adjustment.
    pub drawn_up_by: PrincipalId,
    /// The principal who approved or rejected the adjustment, with the entry of that decision.
    pub decided: Option<(PrincipalId, Seq)>,
}
