//! What entries hold of adjustments.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::adjustment::AdjustmentReason;
use crate::value::ids::{AdjustmentId, PayoutId};

/// What the log keeps of an adjustment.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AdjustmentFact {
    /// Its id.
    pub id: AdjustmentId,
    /// Points given, or, below zero, taken.
    pub points: i64,
    /// Why.
    pub reason: AdjustmentReason,
}

/// What the log keeps of a further move of an adjustment.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AdjustmentMove {
    /// The adjustment.
    pub of: AdjustmentFact,
    /// The payout that had set the points aside, if one had.
    pub payout: Option<PayoutId>,
}
