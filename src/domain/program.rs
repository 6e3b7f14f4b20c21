//! A programme's terms.

use borsh::{BorshDeserialize, BorshSerialize};

use super::entry::Seq;
use super::money::Currency;
use super::time::Micros;

/// Largest debt limit, in points: that of one rule's reward.
pub const DEBT_LIMIT_MAX: i64 = super::amount::RULE_POINTS_MAX;

/// What a programme is created with.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ProgramTerms {
    /// Money paid out.
    pub currency: Currency,
    /// IANA name of the time zone whose midnight separates days; checked when it was parsed.
    pub time_zone: String,
    /// How far a reversal may take available points below zero, 0 to [`DEBT_LIMIT_MAX`].
    pub debt_limit_points: i64,
    /// Most points that one person may adjust alone, 0 to [`super::adjustment::POINTS_MAX`].
    pub adjustment_limit_points: i64,
}

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
