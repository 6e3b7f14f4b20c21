//! Payouts, as they are asked for.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::value::ids::{PayoutId, StatementId};
use crate::value::time::Day;
use crate::value::version::versioned;

/// How a pool becomes shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum PayoutMode {
    /// Shares in proportion to points, largest remainder.
    Pool = 1,
}

/// What a payout is created with: what an approval signs beside the weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutTerms {
    /// Its id.
    pub id: PayoutId,
    /// The statement it pays from.
    pub statement: StatementId,
    /// Credit of days up to and with this one counts.
    pub last_day: Day,
    /// How the pool becomes shares.
    pub mode: PayoutMode,
    /// What is shared out, in minor units, above zero.
    pub pool_minor: i64,
}

versioned!(PayoutTerms = 1 { id, statement, last_day, mode, pool_minor });

/// How much of a statement a payout asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolAsked {
    /// What the terms say.
    Stated,
    /// All that is left when the command is decided.
    Rest,
}
