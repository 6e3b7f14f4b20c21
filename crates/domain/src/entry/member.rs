//! Facts about acts on members.

use crate::terms::member::ShutOutReason;
use crate::value::ids::MemberId;
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
