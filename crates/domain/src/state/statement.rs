//! Savings statements, as recorded.

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::terms::payout::{PayoutTerms, PoolAsked};
use crate::terms::savings::StatementTerms;
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;

/// A savings statement, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Statement {
    /// What was declared.
    pub terms: StatementTerms,
    /// The entry that declared it.
    pub declared_seq: Seq,
    /// Who declared it.
    pub declared_by: PrincipalId,
    /// Who approved it, once somebody has.
    pub approved_by: Option<PrincipalId>,
    /// What payouts that are not cancelled have taken of the pool, in minor units.
    pub committed_minor: i64,
}

/// A payout asks for more than a statement has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the statement has {left_minor} minor units left; {requested_minor} were asked for")]
pub struct PoolExceeded {
    /// What is left.
    pub left_minor: i64,
    /// What was asked for.
    pub requested_minor: i64,
}

impl Statement {
    /// The pool a payout gets of what is left, in minor units; 0 when nothing is.
    ///
    /// # Errors
    /// [`PoolExceeded`] when it asks for more.
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
