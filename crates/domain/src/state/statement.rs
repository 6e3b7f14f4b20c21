//! Savings statements, as they are recorded.

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::terms::payout::{PayoutTerms, PoolAsked};
use crate::terms::savings::StatementTerms;
use crate::value::codes::codes;
use crate::value::encoding::{Hash, encode};
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;
use crate::value::time::Micros;

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
    /// Terms of the version that counts: the last one approved, or the first one declared.
    pub terms: StatementTerms,
    /// Number of that version, from 1.
    pub version: u32,
    /// Digest of that version, which an approval names.
    pub content: Hash,
    /// The entry that declared that version.
    pub declared_seq: Seq,
    /// The principal who declared that version.
    pub declared_by: PrincipalId,
    /// Time when that version was declared.
    pub declared_at: Micros,
    /// State of the statement.
    pub state: StatementState,
    /// The principal who approved or rejected the statement, with the entry of that decision.
    pub decided: Option<(PrincipalId, Seq)>,
    /// Money that payouts have taken of the pool, in minor units. Cancelled payouts do not count.
    pub committed_minor: i64,
    /// The next version, while it waits for a second person.
    pub correction: Option<Correction>,
    /// The highest version that was declared, also if it was rejected. The next one is one more.
    pub last_version: u32,
}

/// A version of a statement that waits for a second person, while the version before it stands.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Correction {
    /// Number of the version.
    pub version: u32,
    /// Terms of the version.
    pub terms: StatementTerms,
    /// Digest of the version, which an approval names.
    pub content: Hash,
    /// The entry that declared the version.
    pub declared_seq: Seq,
    /// The principal who declared the version.
    pub declared_by: PrincipalId,
    /// Time when the version was declared.
    pub declared_at: Micros,
}

/// Returns the digest of a version of a statement: `SHA-256("goodturn statement v1" ‖ version ‖ terms ‖ digest of the texts)`.
/// The texts themselves can be erased; their salted digest stands in the entry that declared the version.
#[must_use]
pub fn content_of(version: u32, terms: &StatementTerms, texts: Option<Hash>) -> Hash {
    Sha256::new()
        .chain_update(b"goodturn statement v1")
        .chain_update(encode(&(version, terms, texts)))
        .finalize()
        .into()
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

/// A correction leaves less than runs have taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("runs have taken {taken_minor} minor units of the statement; the corrected pool is {pool_minor}")]
pub struct PoolTaken {
    /// Minor units that runs have taken.
    pub taken_minor: i64,
    /// Minor units of the corrected pool.
    pub pool_minor: i64,
}

impl Statement {
    /// Returns whoever declared the content of this digest, if it is that of a version which counts or waits.
    #[must_use]
    pub fn declared_as(&self, content: &Hash) -> Option<&PrincipalId> {
        let waiting = self.correction.iter().map(|next| (&next.content, &next.declared_by));
        let versions = waiting.chain([(&self.content, &self.declared_by)]);
        versions.filter(|(of, _)| *of == content).map(|(_, by)| by).next()
    }

    /// Returns the number of the version that waits for a second person, if one does.
    #[must_use]
    pub fn waiting(&self) -> Option<u32> {
        match &self.correction {
            Some(next) => Some(next.version),
            None => (self.state == StatementState::Declared).then_some(self.version),
        }
    }

    /// Checks that terms leave what runs have taken.
    ///
    /// # Errors
    /// [`PoolTaken`] when their pool is smaller.
    pub fn leaves_taken(&self, terms: &StatementTerms) -> Result<(), PoolTaken> {
        let (taken_minor, pool_minor) = (self.committed_minor, terms.pool_minor().unwrap_or(0));
        if pool_minor < taken_minor { Err(PoolTaken { taken_minor, pool_minor }) } else { Ok(()) }
    }

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
