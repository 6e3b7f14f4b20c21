//! Why a payment file is not written.

use thiserror::Error;

use crate::payees::Problem;

/// Reason why a payment file, or a part of it, cannot be written. Names the payment, never the payee.
#[derive(Debug, Error)]
pub enum Unwritable {
    /// A payment's id does not fit the formats.
    #[error("payment {payment:?}: its id is not 1 to 18 characters A-Z and 2-7; give it another id")]
    Id {
        /// The id.
        payment: String,
    },
    /// A payment is of nothing, or of less.
    #[error("payment {payment}: its amount is {amount_minor} minor units; pay more than 0, or leave it out")]
    Amount {
        /// The payment's id.
        payment: String,
        /// The amount, in minor units.
        amount_minor: i64,
    },
    /// A payment is larger than the format can say.
    #[error("payment {payment}: its amount is over {amount_max}, the most of one payment here; split the payout")]
    AmountTooLarge {
        /// The payment's id.
        payment: String,
        /// The largest amount, with its currency.
        amount_max: String,
    },
    /// An amount has a fraction where whole units alone are paid.
    #[error("payment {payment}: PayPal pays whole {currency} only; round the payout's shares to whole {currency}")]
    NotWhole {
        /// The payment's id.
        payment: String,
        /// The currency.
        currency: &'static str,
    },
    /// Two rows are one payment.
    #[error("payment {payment} stands in the file twice; write it once")]
    Twice {
        /// The payment's id.
        payment: String,
    },
    /// It is not known where the money goes.
    #[error("payment {payment}: it is not known where the money goes; set the member's payee first")]
    NoPayee {
        /// The payment's id.
        payment: String,
    },
    /// The money goes another way than this file's.
    #[error("payment {payment}: this file pays {pays} only; write the payment to the file of its own method")]
    OtherMethod {
        /// The payment's id.
        payment: String,
        /// What the file pays.
        pays: &'static str,
    },
    /// The payee breaks rules that every payee keeps.
    #[error("payment {payment}: set the member's payee again, as {}", told(.problems))]
    Payee {
        /// The payment's id.
        payment: String,
        /// All that is wrong with the payee.
        problems: Vec<Problem>,
    },
    /// The payee is not in the one form that payees have.
    #[error("payment {payment}: the member's payee was not made by the check of payees; set it again")]
    NotCanonical {
        /// The payment's id.
        payment: String,
    },
    /// The format has no such currency.
    #[error("this file pays {pays} only, not {currency}; choose another format")]
    Currency {
        /// The currency that was asked for.
        currency: &'static str,
        /// The currencies of the format.
        pays: &'static str,
    },
    /// There are more rows than the format allows in one file.
    #[error("{rows} payments are more than the {rows_max} of one file; write several files")]
    TooManyRows {
        /// Payments given.
        rows: usize,
        /// Most payments in one file.
        rows_max: usize,
    },
    /// Something that is said once a file is wrong.
    #[error("the file's {field} {problem}")]
    Head {
        /// What is wrong, by its name.
        field: &'static str,
        /// What is wrong with it, and what to give instead.
        problem: String,
    },
    /// A sum of money does not fit 64 bits.
    #[error("the sum of the payments does not fit 64 bits; split the payout")]
    SumTooLarge,
    /// What is written to failed. Nothing is known of how much it took.
    #[error("writing failed: {0}")]
    Io(#[from] std::io::Error),
}

impl Unwritable {
    /// Returns the id of the payment that cannot be written, if it is one.
    #[must_use]
    pub fn payment(&self) -> Option<&str> {
        match self {
            Self::Id { payment }
            | Self::Amount { payment, .. }
            | Self::AmountTooLarge { payment, .. }
            | Self::NotWhole { payment, .. }
            | Self::Twice { payment }
            | Self::NoPayee { payment }
            | Self::OtherMethod { payment, .. }
            | Self::Payee { payment, .. }
            | Self::NotCanonical { payment } => Some(payment),
            Self::Currency { .. } | Self::TooManyRows { .. } | Self::Head { .. } | Self::SumTooLarge | Self::Io(_) => {
                None
            }
        }
    }
}

impl From<csv::Error> for Unwritable {
    fn from(error: csv::Error) -> Self {
        Self::Io(error.into())
    }
}

fn told(problems: &[Problem]) -> String {
    let told: Vec<String> = problems.iter().map(|Problem { field, problem }| format!("{field} {problem}")).collect();
    told.join(", and ")
}
