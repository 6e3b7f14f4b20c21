//! Facts about payouts.

use crate::value::encoding::Hash;
use crate::value::ids::{ActivityId, ActivityKind, MemberId, PayoutId, SourceId, StatementId};
use crate::value::version::versioned;

/// Reach of a payout's step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutStep {
    /// The payout.
    pub payout: PayoutId,
    /// The last member that was looked at.
    pub through: MemberId,
}

versioned!(PayoutStep = 1 { payout, through });

/// A payout and the digest of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutContent {
    /// The payout.
    pub payout: PayoutId,
    /// Digest of the payout's content.
    pub digest: Hash,
}

versioned!(PayoutContent = 1 { payout, digest });

/// A statement and the digest of the content that was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementContent {
    /// The statement.
    pub statement: StatementId,
    /// Digest of the approved version: of its terms and texts.
    pub digest: Hash,
}

versioned!(StatementContent = 1 { statement, digest });

/// The activity for which reserved points are taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutReduction {
    /// The payout for which the points were reserved.
    pub payout: PayoutId,
    /// Source of the activity.
    pub source: SourceId,
    /// Id of the activity.
    pub activity: ActivityId,
    /// Kind of the activity, which is the board it counts on.
    pub kind: ActivityKind,
    /// True when the activity takes points: a penalty.
    pub is_penalty: bool,
}

versioned!(PayoutReduction = 1 { payout, source, activity, kind, is_penalty });
