//! Changes of a programme's terms, as they are recorded.

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};

use crate::state::proposal::ProposalState;
use crate::terms::program::TermsUpdate;
use crate::value::encoding::{Hash, encode};
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;

/// A change of a programme's terms, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Update {
    /// The change.
    pub change: TermsUpdate,
    /// State of the change.
    pub state: ProposalState,
    /// The entry that proposed it.
    pub seq: Seq,
    /// The principal who drew it up.
    pub drawn_up_by: PrincipalId,
    /// Salted digest of its note, if it has one.
    pub note_digest: Option<Hash>,
    /// The principal who approved or rejected it, with the entry of that decision.
    pub decided: Option<(PrincipalId, Seq)>,
}

impl Update {
    /// Returns the digest of what somebody signs who approves the change: its limits, whoever drew it up, and its note.
    #[must_use]
    pub fn content(&self) -> Hash {
        let content = encode(&(&self.change, &self.drawn_up_by, self.note_digest));
        Sha256::new().chain_update(b"goodturn update v1").chain_update(content).finalize().into()
    }
}
