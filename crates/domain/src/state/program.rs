//! A programme, as it is recorded.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::program::ProgramTerms;
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// A programme, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Program {
    /// Terms of the programme.
    pub terms: ProgramTerms,
    /// The entry that created the programme.
    pub created_seq: Seq,
    /// Time when the programme was recorded.
    pub created_at: Micros,
    /// Latest version of the rules; 0 before the first.
    pub rule_version: u32,
    /// Time when that version comes into force.
    pub rules_in_force_from: Option<Micros>,
    /// Number of activities that have not come and of which there is news. While it is 0, an activity can be recorded
    /// without a look-up of early news.
    pub early_kept: i64,
    /// Number of members who have a record. While it is 0, an activity can be recorded without a look-up of its member.
    pub members_kept: i64,
    /// Number of adjustments that wait for a second person.
    pub adjustments_waiting: i64,
}

impl Program {
    /// Makes a programme of which nothing but its terms is recorded.
    #[must_use]
    pub const fn new(terms: ProgramTerms, created_seq: Seq, created_at: Micros) -> Self {
        Self {
            terms,
            created_seq,
            created_at,
            rule_version: 0,
            rules_in_force_from: None,
            early_kept: 0,
            members_kept: 0,
            adjustments_waiting: 0,
        }
    }
}
