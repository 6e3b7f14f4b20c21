//! What an activity has earned, as its record keeps it.

use borsh::{BorshDeserialize, BorshSerialize};

use super::time::Micros;

/// What an activity has earned.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Earning {
    /// When something is to be done about it; `None` when nothing is.
    pub due_at: Option<Micros>,
}
