//! Something that is wrong with what was asked for.

/// Something that is wrong with a rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, as `rules[2].cap_id`.
    pub place: String,
    /// What is wrong, and what to do.
    pub problem: String,
}
