//! Facts about acts on members.

use crate::terms::member::ShutOutReason;
use crate::value::encoding::Hash;
use crate::value::ids::{MemberId, MergerId};
use crate::value::version::versioned;

/// The log's facts about an act on a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberFact {
    /// Reason of the act; `None` when a suspension ends or a ban has taken everything back.
    pub reason: Option<ShutOutReason>,
}

versioned!(MemberFact = 1 { reason });

/// The log's facts about a merger, on the entries of both members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeFact {
    /// The member that is merged away.
    pub from: MemberId,
    /// The member that is left.
    pub into: MemberId,
}

versioned!(MergeFact = 1 { from, into });

/// The log's facts about a merger that needs a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalFact {
    /// Id of the merger.
    pub id: MergerId,
    /// The member that would be merged away.
    pub from: MemberId,
    /// The member that would be left.
    pub into: MemberId,
    /// Digest of the content that was approved; `None` when the entry proposes or rejects.
    pub approved: Option<Hash>,
}

versioned!(ProposalFact = 1 { id, from, into, approved });
