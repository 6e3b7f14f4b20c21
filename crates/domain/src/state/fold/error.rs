//! Errors of the fold.

use thiserror::Error;

use crate::value::balances::Overflow;
use crate::value::ids::BatchId;

/// Reason why an entry does not follow from those before it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FoldError {
    /// A sum overflows.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// The entry's fact does not go with its kind.
    #[error("an entry of kind {0} does not hold this fact")]
    FactOfOtherKind(&'static str),
    /// The entry changes a record that does not exist.
    #[error("{0} does not exist")]
    NoRecord(String),
    /// A sum of a statement or payout overflows.
    #[error("a sum of {0} overflows")]
    Sum(String),
    /// The entry takes points that were not reserved.
    #[error("fewer points of the member are reserved for {0}")]
    NotReserved(String),
    /// The entry moves a lot that is not there, or is in another bucket.
    #[error("the lot {0} is not where the entry needs it")]
    Lot(String),
    /// The entry is of a payment that is not there, or in another state, or its batch counts others.
    #[error("payment {1} of {0} is not where the entry needs it")]
    Payment(BatchId, u32),
    /// The entry is the first of its command and has no name.
    #[error("an entry of kind {0} has no name")]
    NoName(&'static str),
    /// The entry must concern a member and does not.
    #[error("an entry of kind {0} concerns no member")]
    NoMember(&'static str),
}
