//! Savings statements, as they are recorded.

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::terms::payout::{PayoutTerms, PoolAsked};
use crate::terms::savings::StatementTerms;
use crate::value::codes::codes;
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;

codes! {
    /// State of a savings statement.
    StatementState {
        /// The statement waits for a second person.
        Declared = 1, "declared";
        /// A second person approved it: its pool may be paid out.
        Approved = 2, "approved";
        /// A person rejected it.
        Rejected = 3, "rejected";
    }
}

/// A savings statement, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Statement {
    /// Terms that were declared.
    pub terms: StatementTerms,
    /// The entry that declared the statement.
    pub declared_seq: Seq,
    /// The principal who declared the statement.
    pub declared_by: PrincipalId,
    /// State of the statement.
    pub state: StatementState,
    /// The principal who approved or rejected the statement, with the entry of that decision.
    pub decided: Option<(PrincipalId, Seq)>,
    /// Money that payouts have taken of the pool, in minor units. Cancelled payouts do not count.
    pub committed_minor: i64,
}

/// A payout asks for more than a statement has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the statement has {left_minor} minor units left; {requested_minor} were asked for")]
pub struct PoolExceeded {
    /// Minor units that are left.
    pub left_minor: i64,
    /// Minor units that were asked for.
    pub requested_minor: i64,
}

impl Statement {
    /// Returns the pool that a payout gets, in minor units; 0 when nothing is left.
    ///
    /// # Errors
    /// [`PoolExceeded`] when the payout asks for more than is left.
    pub fn pool_for(&self, terms: &PayoutTerms, asked: PoolAsked) -> Result<i64, PoolExceeded> {
        let left_minor = self.left_minor();
        match asked {
            PoolAsked::Rest => Ok(left_minor),
            PoolAsked::Stated if terms.pool_minor <= left_minor => Ok(terms.pool_minor),
            PoolAsked::Stated => Err(PoolExceeded { left_minor, requested_minor: terms.pool_minor }),
        }
    }

    fn left_minor(&self) -> i64 {
        let pool = self.terms.pool_minor().expect("terms whose pool does not fit are never recorded");
        pool.saturating_sub(self.committed_minor)
    }
}
