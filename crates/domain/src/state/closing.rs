//! The closing of a payout's choices, as it is recorded.

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};

use crate::entry::money::{ClosingContent, Tallies};
use crate::state::lots::Decided;
use crate::state::payout::RESUMED_AFTER_MICROS;
use crate::terms::payout::PayoutTerms;
use crate::value::codes::codes;
use crate::value::encoding::{Hash, encode};
use crate::value::ids::MemberId;
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;
use crate::value::time::Micros;

codes! {
    /// State of a closing.
    ClosingState {
        /// It waits for a second person.
        Draft = 1, "draft";
        /// A second person approved it: lots are being decided.
        Approved = 2, "approved";
        /// Every lot is decided.
        Closed = 3, "closed";
        /// It was rejected, or its draft was replaced by a later one.
        Rejected = 4, "rejected";
    }
}

/// The closing of a payout's choices.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Closing {
    /// What two persons sign.
    pub content: ClosingContent,
    /// State of the closing.
    pub state: ClosingState,
    /// The principal who drew it up.
    pub drafted_by: PrincipalId,
    /// The entry that recorded it.
    pub drafted_seq: Seq,
    /// Time when it was drawn up.
    pub drafted_at: Micros,
    /// The principal who approved or rejected it, and the entry of that decision.
    pub decided: Option<(PrincipalId, Seq)>,
    /// Time of the entry by which it was moved on last: approved, or led on by a step.
    pub moved_on_at: Micros,
    /// The last member that was passed.
    pub through: Option<MemberId>,
    /// What was decided so far.
    pub done: Tallies,
    /// The entry that ended it; 0 before.
    pub closed_seq: Seq,
}

impl Closing {
    /// Returns the time from which the sweeper goes on with it; `None` unless its lots are being decided.
    #[must_use]
    pub fn due_at(&self) -> Option<Micros> {
        (self.state == ClosingState::Approved).then(|| self.moved_on_at.plus(RESUMED_AFTER_MICROS))
    }
}

/// The digest of a closing as it grows: `SHA-256(digest ‖ member ‖ lot ‖ minor units ‖ outcome)` for each lot, members in byte order, the
/// lots of one in the order in which they came to it; before the first, `SHA-256("goodturn closing v1" ‖ terms of the payout)`; after the
/// last, `SHA-256(digest ‖ "as of" ‖ seq)`, so that two drafts never have one digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingDigest {
    digest: Hash,
    /// The sums so far.
    pub tallies: Tallies,
}

impl ClosingDigest {
    /// Begins the digest of a payout's closing.
    #[must_use]
    pub fn of(terms: &PayoutTerms) -> Self {
        let digest = Sha256::new().chain_update(b"goodturn closing v1").chain_update(encode(terms)).finalize().into();
        Self { digest, tallies: Tallies::default() }
    }

    /// Adds what is decided on a member's lots. `None` when a sum does not fit.
    pub fn add(&mut self, member: &MemberId, decided: &[Decided]) -> Option<()> {
        for lot in decided {
            let row = encode(&(member, &lot.name, lot.minor, &lot.outcome));
            self.digest = Sha256::new().chain_update(self.digest).chain_update(row).finalize().into();
            self.tallies.count(&lot.outcome, lot.minor)?;
        }
        Some(())
    }

    /// Returns the content of the closing, as of an entry.
    #[must_use]
    pub fn content(self, terms: &PayoutTerms, as_of: Seq) -> ClosingContent {
        let digest = Sha256::new().chain_update(self.digest).chain_update(b"as of").chain_update(encode(&as_of));
        ClosingContent { payout: terms.id.clone(), as_of, digest: digest.finalize().into(), tallies: self.tallies }
    }
}
