//! Facts about adjustments.

use crate::terms::adjustment::AdjustmentReason;
use crate::value::encoding::Hash;
use crate::value::ids::{AdjustmentId, PayoutId};
use crate::value::version::versioned;

/// The log's facts about an adjustment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustmentFact {
    /// Id of the adjustment.
    pub id: AdjustmentId,
    /// Points given; below zero, points taken.
    pub points: i64,
    /// Reason of the adjustment.
    pub reason: AdjustmentReason,
}

versioned!(AdjustmentFact = 1 { id, points, reason });

/// The log's facts about a further move of an adjustment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustmentMove {
    /// The adjustment.
    pub of: AdjustmentFact,
    /// The payout for which the points were reserved, if there was one.
    pub payout: Option<PayoutId>,
}

versioned!(AdjustmentMove = 1 { of, payout });

/// The list of adjustments that somebody signed. The decisions on each of them follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedList {
    /// Digest of the list.
    pub digest: Hash,
    /// Number of adjustments in the list, at least 1.
    pub count: u32,
}

versioned!(SignedList = 1 { digest, count });
