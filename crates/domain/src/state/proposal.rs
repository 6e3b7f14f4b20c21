//! Mergers that need a second person, as they are recorded.

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};

use crate::value::balances::Balances;
use crate::value::codes::codes;
use crate::value::encoding::{Hash, encode};
use crate::value::ids::{MemberId, MergerId};
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;

codes! {
    /// State of a merger that needs a second person.
    ProposalState {
        /// The merger waits for a second person.
        Proposed = 1, "proposed";
        /// A second person approved, and the members are merged.
        Approved = 2, "approved";
        /// Somebody rejected the merger.
        Rejected = 3, "rejected";
    }
}

/// A merger that needs a second person, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Proposal {
    /// The member that would be merged away.
    pub from: MemberId,
    /// The member that would be left.
    pub into: MemberId,
    /// State of the merger.
    pub state: ProposalState,
    /// The entry that proposed the merger.
    pub seq: Seq,
    /// The principal who drew up the merger.
    pub drawn_up_by: PrincipalId,
    /// Salted digest of the merger's note, if it has one.
    pub note_digest: Option<Hash>,
    /// The principal who approved or rejected the merger, with the entry of that decision.
    pub decided: Option<(PrincipalId, Seq)>,
}

impl Proposal {
    /// Returns the digest of everything that somebody signs who approves the merger now: id, both members, drafter, the
    /// digest of its note, and all balances of the member that would be merged away. It changes with those balances.
    #[must_use]
    pub fn content(&self, id: &MergerId, balances: &Balances) -> Hash {
        let content = encode(&(id, &self.from, &self.into, &self.drawn_up_by, self.note_digest, balances));
        Sha256::new().chain_update(b"goodturn merger v1").chain_update(content).finalize().into()
    }
}
