//! Facts about payments: batches, their payments, what came of them, and where members' money goes.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::entry::money::LotName;
use crate::terms::batch::PayeeKind;
use crate::value::codes::codes;
use crate::value::encoding::Hash;
use crate::value::ids::{BatchId, MemberId};
use crate::value::seq::Seq;
use crate::value::time::Day;
use crate::value::version::versioned;

/// A number of payments, and their money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct PaymentTally {
    /// Number of payments.
    pub payments: i64,
    /// Their sum, in minor units.
    pub minor: i64,
}

impl PaymentTally {
    /// Counts a payment of so much money. `None` when a sum does not fit.
    #[must_use]
    pub fn add(&mut self, minor: i64) -> Option<()> {
        self.payments = self.payments.checked_add(1)?;
        self.minor = self.minor.checked_add(minor)?;
        Some(())
    }

    /// Takes back a payment of so much money. `None` when it was not counted.
    #[must_use]
    pub fn take(&mut self, minor: i64) -> Option<()> {
        self.payments = self.payments.checked_sub(1).filter(|left| *left >= 0)?;
        self.minor = self.minor.checked_sub(minor).filter(|left| *left >= 0)?;
        Some(())
    }
}

/// A payment: its batch, and its number there, from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct PaymentName {
    /// The batch.
    pub batch: BatchId,
    /// The number of the payment in it.
    pub number: u32,
}

/// Reach of a step of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchStep {
    /// The batch.
    pub batch: BatchId,
    /// The last member that was looked at.
    pub through: MemberId,
}

versioned!(BatchStep = 1 { batch, through });

/// A batch with what is signed of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchContent {
    /// The batch.
    pub batch: BatchId,
    /// Digest of its terms and of every payment: see [`Batch`](crate::state::batch::Batch).
    pub digest: Hash,
    /// The payments in all.
    pub drawn: PaymentTally,
}

versioned!(BatchContent = 1 { batch, digest, drawn });

/// Where a payment goes: what was recorded of the member's payee when it was drawn.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Destination {
    /// The entry that set it. Its text, encrypted, is beside that entry.
    pub seq: Seq,
    /// Keyed digest of it: the same for the same destination, and nobody without the key can guess one.
    pub fingerprint: Hash,
}

/// A lot that a payment draws, or that moves with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentPart {
    /// The payment.
    pub payment: PaymentName,
    /// The lot.
    pub lot: LotName,
    /// Its money, in minor units. Nothing moves where a withheld lot leaves a payment.
    pub minor: i64,
    /// Where the payment goes, as the lot is drawn; `None` for credit, and in every later entry.
    pub to: Option<Destination>,
}

versioned!(PaymentPart = 1 { payment, lot, minor, to });

codes! {
    /// Reason why a payment came back. That a bank takes a payment for one that it knew already is none: the first of the two may have
    /// arrived, so its money must not become due again.
    Fault {
        /// The account is closed.
        AccountClosed = 1, "account_closed";
        /// There is no such account, or it is not that of the name.
        AccountUnknown = 2, "account_unknown";
        /// Nobody claimed it in time.
        Unclaimed = 3, "unclaimed";
        /// Whoever was to get it, or their bank, refused it.
        Refused = 4, "refused";
        /// It was taken back after it had arrived.
        Reversed = 5, "reversed";
        /// Any other reason.
        Other = 6, "other";
    }
}

impl Fault {
    /// True when the same destination will fail again: nothing is drawn for it before there is a new one, or somebody allows a retry.
    #[must_use]
    pub fn is_of_destination(self) -> bool {
        matches!(self, Self::AccountClosed | Self::AccountUnknown | Self::Unclaimed)
    }
}

/// What somebody reports of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Reported {
    /// It arrived.
    Paid,
    /// It never arrived.
    Failed(Fault),
    /// It came back after it was sent, also after it had arrived.
    Returned(Fault),
    /// It waits for the member to claim it.
    Unclaimed,
}

impl Reported {
    /// Returns the reason why it came back, if it did.
    #[must_use]
    pub const fn fault(self) -> Option<Fault> {
        match self {
            Self::Paid | Self::Unclaimed => None,
            Self::Failed(fault) | Self::Returned(fault) => Some(fault),
        }
    }
}

/// A report of what became of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentReport {
    /// The payment.
    pub payment: PaymentName,
    /// What became of it.
    pub reported: Reported,
    /// Money that came back less than was sent, in minor units: the company's cost. 0 for everything but [`Reported::Returned`].
    pub fee_minor: i64,
    /// The bank's own reference; empty for none.
    pub reference: String,
    /// The reason as the bank wrote it; empty for none.
    pub code: String,
    /// The day on which it happened, as the bank gives it.
    pub on: Option<Day>,
}

versioned!(PaymentReport = 1 { payment, reported, fee_minor, reference, code, on });

impl PaymentReport {
    /// True when somebody can report so.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let may_have_fee = matches!(self.reported, Reported::Returned(_));
        is_bank_text(&self.reference)
            && is_bank_text(&self.code)
            && (self.fee_minor == 0 || (may_have_fee && self.fee_minor > 0))
    }
}

/// Longest reference and longest code of a bank, in characters: as long as ISO 20022 has for them.
pub const REFERENCE_CHARS_MAX: usize = 35;

/// True for a reference or a code that can be recorded: at most [`REFERENCE_CHARS_MAX`] printable ASCII characters, or none.
#[must_use]
pub fn is_bank_text(text: &str) -> bool {
    text.len() <= REFERENCE_CHARS_MAX && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// Where a member's money goes from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayeeFact {
    /// Kind and keyed digest of the destination; `None` when it is removed.
    pub set: Option<(PayeeKind, Hash)>,
    /// Payments, drawn and not released, whose destination this may change.
    pub drawn: Vec<PaymentName>,
    /// Entries that had set a destination of the member, and whose text is erased with this one.
    pub erased: Vec<Seq>,
}

versioned!(PayeeFact = 1 { set, drawn, erased });
