//! Withheld money of banned members that is to lapse, as it is recorded.

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};

use crate::entry::money::{LotName, Tally};
use crate::state::lots::Lots;
use crate::state::proposal::ProposalState;
use crate::value::encoding::{Hash, encode};
use crate::value::ids::{MemberId, RequestId};
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;

/// The last time somebody asked that all withheld money of a member lapse.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Lapse {
    /// The id under which it was asked for.
    pub id: RequestId,
    /// What was withheld when it was asked for, or decided.
    pub withheld: Tally,
    /// State of it.
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

impl Lapse {
    /// Returns the digest of what somebody signs who approves it: the member, the id, whoever drew it up, its note, and every lot that is
    /// withheld, with its money. It changes with those lots.
    #[must_use]
    pub fn content(&self, member: &MemberId, lots: &Lots) -> Hash {
        let withheld: Vec<(&LotName, i64)> = lots.withheld().map(|(lot, _)| (&lot.name, lot.minor)).collect();
        let content = encode(&(member, &self.id, &self.drawn_up_by, self.note_digest, withheld));
        Sha256::new().chain_update(b"goodturn lapse v1").chain_update(content).finalize().into()
    }
}
