//! Placeholder until merged.
use super::rules::Attributes;

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition(String);
/// What is wrong with a condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConditionError(pub String);
/// Why it cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EvaluationError(pub String);
/// What a condition is asked of.
pub struct Facts<'a> {
    /// .
    pub attributes: &'a Attributes,
    /// .
    pub amount_minor: Option<i64>,
    /// .
    pub member: &'a str,
    /// .
    pub counterparty: Option<&'a str>,
    /// .
    pub subject: Option<&'a str>,
    /// .
    pub source: &'a str,
}
impl Condition {
    /// .
    pub fn parse(text: &str) -> Result<Self, ConditionError> { Ok(Self(text.into())) }
    /// .
    pub fn source(&self) -> &str { &self.0 }
    /// .
    pub fn holds(&self, _facts: &Facts<'_>) -> Result<bool, EvaluationError> { Ok(true) }
}
