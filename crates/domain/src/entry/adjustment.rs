//! What entries hold of adjustments.

use crate::terms::adjustment::AdjustmentReason;
use crate::value::ids::{AdjustmentId, PayoutId};
use crate::value::version::versioned;

/// What the log keeps of an adjustment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustmentFact {
    /// Its id.
    pub id: AdjustmentId,
    /// Points given, or, below zero, taken.
    pub points: i64,
    /// Why.
    pub reason: AdjustmentReason,
}

versioned!(AdjustmentFact = 1 { id, points, reason });

/// What the log keeps of a further move of an adjustment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustmentMove {
    /// The adjustment.
    pub of: AdjustmentFact,
    /// The payout that had set the points aside, if one had.
    pub payout: Option<PayoutId>,
}

versioned!(AdjustmentMove = 1 { of, payout });
