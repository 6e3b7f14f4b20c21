//! What entries hold of acts on members.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::member::ShutOutReason;
use crate::value::ids::MemberId;

/// What the log keeps of an act on a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MemberFact {
    /// Why; `None` where a suspension ends, or a ban has taken everything back.
    pub reason: Option<ShutOutReason>,
}

/// What the log keeps of a merger, on the entries of both members.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MergeFact {
    /// Who is no more.
    pub from: MemberId,
    /// Who they are now.
    pub into: MemberId,
}
