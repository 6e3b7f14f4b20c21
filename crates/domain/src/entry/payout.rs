//! What entries hold of payouts.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::value::encoding::Hash;
use crate::value::ids::{ActivityId, ActivityKind, MemberId, PayoutId, SourceId};

/// How far a payout's step reaches.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PayoutStep {
    /// The payout.
    pub payout: PayoutId,
    /// The last member looked at.
    pub through: MemberId,
}

/// What a payout's digest stands for.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PayoutContent {
    /// The payout.
    pub payout: PayoutId,
    /// Digest of its content.
    pub digest: Hash,
}

/// For which activity points set aside are taken back.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
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
