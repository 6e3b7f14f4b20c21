//! Batches of payments, as they are recorded.

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};

use crate::entry::batch::{BatchContent, PaymentPart, PaymentTally};
use crate::state::payout::RESUMED_AFTER_MICROS;
use crate::terms::batch::BatchTerms;
use crate::value::codes::codes;
use crate::value::encoding::{Hash, encode};
use crate::value::ids::MemberId;
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;
use crate::value::time::Micros;

codes! {
    /// State of a batch. It only moves down this list.
    BatchState {
        /// Lots are being drawn.
        Drafting = 1, "drafting";
        /// Every payment is fixed; it waits for a second person.
        Draft = 2, "draft";
        /// A second person approved it.
        Approved = 3, "approved";
        /// Its money is being sent: no file has left yet.
        Releasing = 4, "releasing";
        /// Its money is sent: files may leave.
        Released = 5, "released";
        /// Its money is being given back.
        Cancelling = 6, "cancelling";
        /// Its money was given back.
        Cancelled = 7, "cancelled";
    }
}

/// A batch of payments.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Batch {
    /// What was asked for.
    pub terms: BatchTerms,
    /// State of the batch.
    pub state: BatchState,
    /// The principal who drew it up.
    pub drafted_by: PrincipalId,
    /// The entry that began it.
    pub created_seq: Seq,
    /// Time when it was begun.
    pub created_at: Micros,
    /// Time of the entry by which it was moved on last.
    pub moved_on_at: Micros,
    /// The last member that was passed by the steps of the present state.
    pub through: Option<MemberId>,
    /// Digest of the content: see [`Batch::add_to_digest`].
    pub digest: Hash,
    /// Payments that were drawn.
    pub drawn: PaymentTally,
    /// Payments, drawn and not released, whose destination is another one by now.
    pub changed: u32,
    /// The principal who approved it, and time and entry of the approval.
    pub approved: Option<(PrincipalId, Micros, Seq)>,
    /// The principal who released it, and time and entry of that.
    pub released: Option<(PrincipalId, Micros, Seq)>,
    /// The principal who cancelled it, and time and entry of that.
    pub cancelled: Option<(PrincipalId, Micros, Seq)>,
    /// Payments that were sent, whatever became of them.
    pub sent: PaymentTally,
    /// Payments that were drawn and left out: the batch was cancelled, or the member was shut out.
    pub left_out: PaymentTally,
    /// Payments that have arrived.
    pub settled: PaymentTally,
    /// Payments that came back.
    pub back: PaymentTally,
    /// Money of those that came back less than was sent: the company's cost.
    pub fees_minor: i64,
}

impl Batch {
    /// Makes a batch that is begun.
    #[must_use]
    pub fn begun(terms: BatchTerms, by: PrincipalId, seq: Seq, at: Micros) -> Self {
        let digest = Sha256::new().chain_update(b"goodturn batch v1").chain_update(encode(&terms)).finalize().into();
        Self {
            terms,
            state: BatchState::Drafting,
            drafted_by: by,
            created_seq: seq,
            created_at: at,
            moved_on_at: at,
            through: None,
            digest,
            drawn: PaymentTally::default(),
            changed: 0,
            approved: None,
            released: None,
            cancelled: None,
            sent: PaymentTally::default(),
            left_out: PaymentTally::default(),
            settled: PaymentTally::default(),
            back: PaymentTally::default(),
            fees_minor: 0,
        }
    }

    /// Adds a lot to the digest: `SHA-256(digest ‖ member ‖ number ‖ lot ‖ minor units ‖ destination)` for each lot in the order in which they
    /// were drawn. Before the first it is `SHA-256("goodturn batch v1" ‖ terms)`.
    pub fn add_to_digest(&mut self, member: &MemberId, part: &PaymentPart) {
        let row = encode(&(member, part.payment.number, &part.lot, part.minor, &part.to));
        self.digest = Sha256::new().chain_update(self.digest).chain_update(row).finalize().into();
    }

    /// Returns what is signed.
    #[must_use]
    pub fn content(&self) -> BatchContent {
        BatchContent { batch: self.terms.id.clone(), digest: self.digest, drawn: self.drawn }
    }

    /// Returns the payments that were sent, and of which nothing is known yet.
    #[must_use]
    pub const fn open(&self) -> PaymentTally {
        PaymentTally {
            payments: self.sent.payments.saturating_sub(self.settled.payments).saturating_sub(self.back.payments),
            minor: self.sent.minor.saturating_sub(self.settled.minor).saturating_sub(self.back.minor),
        }
    }

    /// Returns the time from which the sweeper goes on with it; `None` unless its steps are under way.
    #[must_use]
    pub fn due_at(&self) -> Option<Micros> {
        use BatchState::{Cancelling, Drafting, Releasing};
        matches!(self.state, Drafting | Releasing | Cancelling).then(|| self.moved_on_at.plus(RESUMED_AFTER_MICROS))
    }
}
