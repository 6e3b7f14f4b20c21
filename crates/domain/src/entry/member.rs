//! What entries hold of acts on members.

use crate::terms::member::ShutOutReason;
use crate::value::ids::MemberId;
use crate::value::version::versioned;

/// What the log keeps of an act on a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberFact {
    /// Why; `None` where a suspension ends, or a ban has taken everything back.
    pub reason: Option<ShutOutReason>,
}

versioned!(MemberFact = 1 { reason });

/// What the log keeps of a merger, on the entries of both members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeFact {
    /// Who is no more.
    pub from: MemberId,
    /// Who they are now.
    pub into: MemberId,
}

versioned!(MergeFact = 1 { from, into });
