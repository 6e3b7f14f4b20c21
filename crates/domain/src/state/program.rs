//! A programme, as recorded.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::program::ProgramTerms;
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// A programme, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Program {
    /// Its terms.
    pub terms: ProgramTerms,
    /// The entry that created it.
    pub created_seq: Seq,
    /// When it was recorded.
    pub created_at: Micros,
    /// Latest version of its rules; 0 before the first.
    pub rule_version: u32,
    /// When that version comes into force.
    pub rules_in_force_from: Option<Micros>,
    /// Activities of which something was told and that have not come. While there are none, no activity needs to be looked up
    /// as it is recorded.
    pub early_kept: i64,
    /// Members of whom a record is kept. While there are none, no activity needs to look its member up.
    pub members_kept: i64,
}
