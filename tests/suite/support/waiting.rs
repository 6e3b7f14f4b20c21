//! Rules under which activities wait, and activities that do.

use goodturn::domain::decide::command::Command;
use goodturn::domain::terms::activity::Activity;
use goodturn::domain::terms::rules::set::{Reward, Rule, RuleSet, Wait};
use goodturn::domain::value::ids::{ActivityKind, RuleId};

use super::sample::{done, publish, record, rule_set, time};

/// Answers that vest after 14 days, friends that must be confirmed within 30.
pub fn rules() -> Command {
    let plain = rule_set(2, "2018-04-02T00:05:00Z", 100);
    let rule = |id: &str, wait| Rule {
        id: RuleId::parse(id).unwrap(),
        kind: ActivityKind::parse(id).unwrap(),
        reward: Reward::Fixed { points: 100 },
        wait: Some(wait),
        ..plain.rules[0].clone()
    };
    let rules = vec![rule("vests", Wait::Vesting { days: 14 }), rule("waits", Wait::Confirmation { days: 30 })];
    publish(RuleSet { rules, ..plain })
}

/// An activity of one of these kinds.
pub fn activity(id: &str, kind: &str, to: &str) -> Command {
    let occurred_at = time("2018-04-02T00:05:00Z");
    record(id, Activity { counterparty: None, occurred_at, ..done(kind, to) })
}
