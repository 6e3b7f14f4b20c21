//! What entries hold of payouts.

use crate::value::encoding::Hash;
use crate::value::ids::{ActivityId, ActivityKind, MemberId, PayoutId, SourceId};
use crate::value::version::versioned;

/// How far a payout's step reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutStep {
    /// The payout.
    pub payout: PayoutId,
    /// The last member looked at.
    pub through: MemberId,
}

versioned!(PayoutStep = 1 { payout, through });

/// What a payout's digest stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutContent {
    /// The payout.
    pub payout: PayoutId,
    /// Digest of its content.
    pub digest: Hash,
}

versioned!(PayoutContent = 1 { payout, digest });

/// For which activity points set aside are taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutReduction {
    /// The payout that had set them aside.
    pub payout: PayoutId,
    /// Source of the activity.
    pub source: SourceId,
    /// Id of the activity.
    pub activity: ActivityId,
    /// Kind of the activity, the board it counts on.
    pub kind: ActivityKind,
}

versioned!(PayoutReduction = 1 { payout, source, activity, kind });
