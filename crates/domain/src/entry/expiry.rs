//! What entries hold of cut-offs at which points expire.

use crate::terms::expiry::CutOff;
use crate::value::ids::MemberId;
use crate::value::seq::Seq;
use crate::value::version::versioned;

/// How far a cut-off has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryStep {
    /// The cut-off.
    pub cut_off: CutOff,
    /// The last member looked at; `None` when every one is.
    pub through: Option<MemberId>,
    /// Credit that is past its time was summed up to this entry.
    pub as_of: Seq,
}

versioned!(ExpiryStep = 1 { cut_off, through, as_of });
