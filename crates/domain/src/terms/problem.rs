//! Problems of a request.

/// A problem of a rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Place of the problem, as `rules[2].cap_id`.
    pub place: String,
    /// The problem, and what to do about it.
    pub problem: String,
}
