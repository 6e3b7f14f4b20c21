//! Facts about access.

use crate::terms::access::{AccessChange, PersonLogin};
use crate::value::ids::AccessChangeId;
use crate::value::version::versioned;

/// Persons who become owners without another owner's word: the first ones, or whoever was at the machine itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owners {
    /// The persons, at least one, each with its login.
    pub persons: Vec<PersonLogin>,
}

versioned!(Owners = 1 { persons });

/// The log's facts about a change of who may do what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessFact {
    /// Id of the change.
    pub id: AccessChangeId,
    /// The change.
    pub change: AccessChange,
}

versioned!(AccessFact = 1 { id, change });
