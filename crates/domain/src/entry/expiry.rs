//! Facts about cut-offs at which points expire.

use crate::terms::expiry::CutOff;
use crate::value::ids::MemberId;
use crate::value::seq::Seq;
use crate::value::version::versioned;

/// Progress of a cut-off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryStep {
    /// The cut-off.
    pub cut_off: CutOff,
    /// The last member that was looked at; `None` when all members were.
    pub through: Option<MemberId>,
    /// Last entry that the sums of expired credit count.
    pub as_of: Seq,
}

versioned!(ExpiryStep = 1 { cut_off, through, as_of });
