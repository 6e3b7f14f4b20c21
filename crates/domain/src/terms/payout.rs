//! Payouts, as a person asks for them.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::value::ids::{PayoutId, StatementId};
use crate::value::time::Day;
use crate::value::version::versioned;

/// Way in which a pool becomes shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum PayoutMode {
    /// Shares in proportion to points, largest remainder.
    Pool = 1,
}

/// Terms with which a payout is created. An approval signs them together with the weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutTerms {
    /// Id of the payout.
    pub id: PayoutId,
    /// The statement that the payout is paid from.
    pub statement: StatementId,
    /// Last day whose credit counts.
    pub last_day: Day,
    /// Way in which the pool becomes shares.
    pub mode: PayoutMode,
    /// The pool to share out, in minor units, above zero.
    pub pool_minor: i64,
}

versioned!(PayoutTerms = 1 { id, statement, last_day, mode, pool_minor });

/// Amount of the statement's pool that a payout asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolAsked {
    /// The amount in the terms.
    Stated,
    /// All that is left when the command is decided.
    Rest,
}
