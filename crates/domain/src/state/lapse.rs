//! Withheld money of banned members that is to lapse, as it is recorded.

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};

use crate::entry::money::{LotName, Tally};
use crate::state::lots::Lots;
use crate::state::proposal::ProposalState;
use crate::value::encoding::{Hash, encode};
use crate::value::ids::{ActivityId, MemberId};
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;

/// The last time somebody asked that all withheld money of a member lapse.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Lapse {
    /// The id under which it was asked for.
    pub id: ActivityId,
    /// What was withheld when it was asked for, or decided.
    pub withheld: Tally,
    /// State of it.
    pub state: ProposalState,
    /// The entry that proposed it.
    pub seq: Seq,
    /// The principal who drew it up.
    pub drawn_up_by: PrincipalId,
    /// Digest of what was asked for, which an approval signs: see [`Lapse::content_of`].
    pub content: Hash,
    /// The principal who approved or rejected it, with the entry of that decision.
    pub decided: Option<(PrincipalId, Seq)>,
}

impl Lapse {
    /// Returns the digest of what is asked for: the member, the id, the entry that asked for it, and every lot that is withheld, with its
    /// money.
    #[must_use]
    pub fn content_of(member: &MemberId, id: &ActivityId, seq: Seq, lots: &Lots) -> Hash {
        let withheld: Vec<(&LotName, i64)> = lots.withheld().map(|(lot, _)| (&lot.name, lot.minor)).collect();
        let content = encode(&(member, id, seq, withheld));
        Sha256::new().chain_update(b"goodturn lapse v1").chain_update(content).finalize().into()
    }

    /// True while what was asked for is what is withheld, under the ban of this entry.
    #[must_use]
    pub fn is_about(&self, member: &MemberId, lots: &Lots, ban: Seq) -> bool {
        self.seq > ban && self.content == Self::content_of(member, &self.id, self.seq, lots)
    }
}
