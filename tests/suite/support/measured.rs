//! Amount, quantity and local time of the entries that a test has met, which decide their points.

use goodturn::domain::entry::Entry;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::terms::activity::Measure;
use goodturn::domain::terms::rules::set::{Reward, Rounding, Rule, RuleSet};

/// All that [`measured`] tells, and the declines for want of an amount or a quantity.
pub const MEASURED: [&str; 10] = [
    "hour_of_a_cap",
    "half_up",
    "whole_steps",
    "per_quantity",
    "max_points",
    "min_amount_left",
    "on_local_time",
    "no_quantity",
    "amount_too_small",
    "quantity_too_small",
];

/// Tells what decided the points of an entry, if it records an activity.
pub fn measured(entry: &Entry, versions: &[RuleSet]) -> Vec<&'static str> {
    let Fact::Activity(fact) = &entry.fact else { return Vec::new() };
    let set = versions.iter().find(|set| set.version == entry.rule_version);
    let mut told = Vec::new();
    for part in entry.parts(fact).iter() {
        told.extend(given_by(set.unwrap().rule(&part.rule).unwrap(), fact.measure()));
        told.extend(part.caps.iter().any(|flow| flow.period.hour.is_some()).then_some("hour_of_a_cap"));
    }
    told
}

/// Names what decides the points that a rule gives for an activity.
fn given_by(rule: &Rule, whole: Measure) -> Vec<&'static str> {
    let reward = match rule.reward {
        Reward::PerAmount { rounding: Rounding::HalfUp, .. } => Some("half_up"),
        Reward::PerAmount { rounding: Rounding::WholeSteps, .. } => Some("whole_steps"),
        Reward::PerQuantity { .. } => Some("per_quantity"),
        _ => None,
    };
    let is_bounded = rule.max_points.is_some_and(|most| {
        let unbounded = Rule { max_points: None, ..rule.clone() };
        unbounded.points(whole).is_some_and(|points| points > most)
    });
    let is_on_time = rule.condition.as_ref().is_some_and(|condition| condition.starts_with("occurred."));
    let bounds =
        [(is_bounded, "max_points"), (rule.min_left_minor.is_some(), "min_amount_left"), (is_on_time, "on_local_time")];
    reward.into_iter().chain(bounds.into_iter().filter(|(is_so, _)| *is_so).map(|(_, what)| what)).collect()
}
