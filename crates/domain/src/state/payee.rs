//! Where a member's money goes, as it is recorded, and which lots a batch draws.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::entry::batch::{Destination, Fault, PaymentName};
use crate::entry::money::{LotSource, Outcome};
use crate::state::lots::{Lot, Lots};
use crate::terms::batch::{FileFormat, PayeeKind};
use crate::terms::choice::Choice;
use crate::value::bucket::Bucket;
use crate::value::encoding::Hash;
use crate::value::ids::{BatchId, PayoutId};
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// What is known of the place to which a member's money goes.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Payee {
    /// The destination; `None` when there is none, and for members who only get credit.
    pub set: Option<SetPayee>,
    /// Keyed digest of the destination to which money was sent last.
    pub paid_to: Option<Hash>,
    /// Payments that came back as their destination cannot be paid, the last of each destination, and of credit. Only a retry takes one away:
    /// a destination that is set anew is as closed as it was. At most [`REFUSED_MAX`].
    pub refused: Vec<Refusal>,
    /// Entries that set a destination of the member, the oldest first, whose text still stands beside the log: files of earlier batches are
    /// written from it.
    pub kept: Vec<Seq>,
    /// Payments to the member that are drawn, or on their way.
    pub under_way: u32,
    /// Time when a destination was set or used last.
    pub used_at: Micros,
}

/// Time after which a destination that no payment is drawn for or on its way to is removed, with its text: 90 days, in which banks return payments.
pub const KEPT_MICROS: i64 = 90 * 86_400 * 1_000_000;

/// Most destinations of a member whose text is kept: one more erases the oldest.
pub const KEPT_MAX: usize = 16;

/// Most destinations of a member that are remembered as refused: one more forgets the first. As many as are kept.
pub const REFUSED_MAX: usize = KEPT_MAX;

impl Default for Payee {
    fn default() -> Self {
        let used_at = Micros::new(0).expect("a time");
        Self { set: None, paid_to: None, refused: Vec::new(), kept: Vec::new(), under_way: 0, used_at }
    }
}

/// A destination that is set.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SetPayee {
    /// Kind of destination.
    pub kind: PayeeKind,
    /// The destination.
    pub to: Destination,
    /// Time when it was set.
    pub at: Micros,
}

/// A payment that came back as its destination cannot be paid.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Refusal {
    /// The payment.
    pub payment: PaymentName,
    /// The destination; `None` for credit.
    pub to: Option<Hash>,
    /// The reason.
    pub fault: Fault,
}

/// Reason why money that is due is not drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undrawn {
    /// Nobody said where the member's money goes.
    NoPayee,
    /// The member's money goes to a place that this file cannot pay.
    OtherKind(PayeeKind),
    /// A payment to this destination came back.
    Refused(Refusal),
}

impl Payee {
    /// Returns the time from which the sweeper removes the destination; `None` while there is none, or a payment to it is drawn or on its way.
    #[must_use]
    pub fn due_at(&self) -> Option<Micros> {
        let is_idle = self.under_way == 0 && !self.kept.is_empty();
        is_idle.then(|| self.used_at.plus(KEPT_MICROS))
    }

    /// Returns the refusal by which nothing is drawn for a destination; `None` for credit.
    fn refusal(&self, to: Option<Hash>) -> Option<&Refusal> {
        self.refused.iter().find(|refused| refused.to == to)
    }

    /// True when nothing more is drawn for the member, as this payment came back from the present destination, or as credit.
    #[must_use]
    pub fn is_blocked_by(&self, payment: &PaymentName) -> bool {
        let present = self.set.as_ref().map(|set| set.to.fingerprint);
        let of_now = [self.refusal(None), present.and_then(|to| self.refusal(Some(to)))];
        of_now.into_iter().flatten().any(|refused| refused.payment == *payment)
    }

    /// Returns where a payment of this format goes: `None` for credit.
    ///
    /// # Errors
    /// [`Undrawn`] when nothing can be paid so now.
    pub fn destination(&self, format: FileFormat) -> Result<Option<Destination>, Undrawn> {
        let to = match (format.choice(), &self.set) {
            (Choice::Credit, _) => None,
            (_, None) => return Err(Undrawn::NoPayee),
            (_, Some(set)) if !format.takes(set.kind) => return Err(Undrawn::OtherKind(set.kind)),
            (_, Some(set)) => Some(set.to.clone()),
        };
        let fingerprint = to.as_ref().map(|to| to.fingerprint);
        match self.refusal(fingerprint) {
            Some(refused) => Err(Undrawn::Refused(refused.clone())),
            None => Ok(to),
        }
    }
}

impl Lots {
    /// Returns the lots that a batch of a format draws: those due that are to be paid so. What a payout granted that asked for no choices is
    /// paid by whichever batch draws it; `asked` says which payouts asked.
    pub fn payable(&self, format: FileFormat, asked: impl Fn(&PayoutId) -> bool) -> impl Iterator<Item = &Lot> {
        let choice = format.choice();
        let is_payable = move |lot: &&Lot| {
            lot.bucket == Bucket::Due
                && match (lot.name.source, &lot.decided) {
                    // A charity is paid like members who chose cash.
                    (LotSource::Donations | LotSource::Match, _) => choice == Choice::Cash,
                    (LotSource::Share, Some((_, Outcome::Due(chosen)))) => *chosen == choice,
                    (LotSource::Share, _) => !asked(&lot.name.payout),
                }
        };
        self.rows.iter().filter(is_payable)
    }

    /// Returns the lots of a payment, wherever they are now.
    pub fn of_payment<'a>(&'a self, payment: &'a PaymentName) -> impl Iterator<Item = &'a Lot> {
        self.rows.iter().filter(move |lot| lot.payment.as_ref() == Some(payment))
    }

    /// Returns the payments of a batch that are drawn and not released, each once, in the order of their lots. Those withheld are among them.
    #[must_use]
    pub fn drawn_in(&self, batch: &BatchId) -> Vec<PaymentName> {
        let mut found: Vec<PaymentName> = self.drawn();
        found.retain(|payment| payment.batch == *batch);
        found
    }

    /// Returns the payments of a member that are drawn and not released, each once, in the order of their lots. Those withheld are among them.
    #[must_use]
    pub fn drawn(&self) -> Vec<PaymentName> {
        let mut found: Vec<PaymentName> = Vec::new();
        let drawn = self.rows.iter().filter(|lot| lot.place() == Bucket::Drawn);
        for payment in drawn.filter_map(|lot| lot.payment.clone()) {
            if !found.contains(&payment) {
                found.push(payment);
            }
        }
        found
    }
}
