//! Verdicts of one rule on one activity.

use crate::terms::activity::Activity;
use crate::terms::condition::Condition;
use crate::terms::condition::facts::Facts;
use crate::terms::rules::set::Rule;
use crate::value::ids::{MemberId, SourceId, Subject};
use crate::value::local::LocalTime;
use crate::value::reason::Reason;

/// Verdict of one rule on an activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The rule applies.
    Applies,
    /// The rule does not apply, for this reason.
    Declines(Reason),
}

/// A rule's condition, compiled.
#[derive(Debug, Clone)]
pub(super) enum Compiled {
    Always,
    When(Condition),
    Never,
}

impl Compiled {
    /// Compiles the condition of a rule. A condition that cannot be compiled never holds; publishing refuses it.
    pub(super) fn of(rule: &Rule) -> Self {
        match rule.condition.as_deref().map(Condition::parse) {
            None => Self::Always,
            Some(Ok(condition)) => Self::When(condition),
            Some(Err(_)) => Self::Never,
        }
    }

    /// True when the condition asks for the activity's attributes.
    pub(super) fn reads_attributes(&self) -> bool {
        matches!(self, Self::When(condition) if condition.reads_attributes())
    }

    /// Checks the condition. The error is the reason why the rule does not apply.
    pub(super) fn holds(&self, source: &SourceId, activity: &Activity, at: LocalTime) -> Result<(), Reason> {
        let condition = match self {
            Self::Always => return Ok(()),
            Self::Never => return Err(Reason::ConditionNotMet),
            Self::When(condition) => condition,
        };
        let holds = condition.holds(&Facts {
            attributes: &activity.attributes,
            amount_minor: activity.amount_minor,
            quantity: activity.quantity,
            occurred: at,
            member: activity.member.as_str(),
            counterparty: activity.counterparty.as_ref().map(MemberId::as_str),
            subject: activity.subject.as_ref().map(Subject::as_str),
            source: source.as_str(),
        });
        match holds {
            Ok(true) => Ok(()),
            Ok(false) => Err(Reason::ConditionNotMet),
            Err(_) => Err(Reason::ConditionFailed),
        }
    }
}

/// Judges an activity by a rule. `holds` gives the result of the rule's condition.
pub(super) fn judge(rule: &Rule, activity: &Activity, holds: impl FnOnce() -> Result<(), Reason>) -> Verdict {
    if activity.counterparty.as_ref() == Some(&activity.member) {
        return Verdict::Declines(Reason::SelfDealing);
    }
    let at = activity.occurred_at;
    if rule.from.is_some_and(|from| at < from) || rule.until.is_some_and(|until| at >= until) {
        return Verdict::Declines(Reason::NoRuleInForce);
    }
    if let Err(why) = holds() {
        return Verdict::Declines(why);
    }
    if rule.goes_by_amount() && activity.amount_minor.is_none() {
        return Verdict::Declines(Reason::NoAmount);
    }
    if rule.goes_by_quantity() && activity.quantity.is_none() {
        return Verdict::Declines(Reason::NoQuantity);
    }
    // Refunds only lower an amount: one that is too small from the start never reaches the least.
    if rule.is_below_least(activity.measure()) {
        return Verdict::Declines(Reason::AmountTooSmall);
    }
    if rule.exclusive.is_some() && activity.exclusive_key.is_none() {
        return Verdict::Declines(Reason::NoExclusiveKey);
    }
    if rule.follows.is_some() && activity.follows.is_none() {
        return Verdict::Declines(Reason::NothingToFollow);
    }
    Verdict::Applies
}
