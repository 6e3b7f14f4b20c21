//! Simulations over a log with bans, suspensions and penalties: they hold under the draft, whatever the log took back.

use goodturn::pb;

use crate::support::clients::activity;
use crate::support::members::{ban_lifted, banned, suspended};
use crate::support::payouts::day;
use crate::support::simulations::{simulate, totals};
use crate::support::stage::{Stage, WHEN, rule};

/// Two kinds of activities that earn, one whose condition holds for nobody, and one that takes points.
fn in_force() -> Vec<pb::Rule> {
    let never = pb::Rule { condition: "member == \"\"".into(), ..rule("never", "never", 5) };
    vec![rule("a", "a", 100), rule("b", "b", 30), never, rule("down", "down", -10)]
}

/// The points credited under the rules in force, and those that the draft would have credited.
async fn compared(stage: &Stage, rules: Vec<pb::Rule>) -> (i64, i64) {
    let request = pb::SimulateRuleSetRequest {
        parent: "programs/qc".into(),
        rule_set: Some(pb::RuleSet { rules, ..Default::default() }),
        first_day: day(2018, 3, 12),
        last_day: day(2018, 9, 11),
        ..Default::default()
    };
    totals(&simulate(&stage.served.clients, request).await)[0]
}

/// Returns the rules in force with other points for one kind.
fn with(kind: &str, points: i64) -> Vec<pb::Rule> {
    let mut rules = in_force();
    rules.iter_mut().filter(|rule| rule.activity_kind == kind).for_each(|rule| rule.points = points);
    rules
}

#[tokio::test]
async fn a_ban_covers_what_would_have_earned_under_the_draft() {
    let stage = Stage::owing(None, in_force()).await;
    for (id, kind) in [("a1", "a"), ("n1", "never"), ("d1", "down")] {
        stage.done(activity(id, kind, "mallory", WHEN)).await;
    }
    stage.done(activity("a2", "a", "ann", WHEN)).await;
    banned(&stage.served.clients, "mallory", "b1").await;
    stage.done(activity("n2", "never", "mallory", WHEN)).await;
    stage.done(activity("a3", "a", "mallory", WHEN)).await;
    assert_eq!(compared(&stage, in_force()).await, (90, 90), "the rules in force change nothing");
    let mut without_condition = in_force();
    without_condition[2].condition = String::new();
    assert_eq!(compared(&stage, without_condition).await, (90, 90), "mallory is banned under any rules");
    assert_eq!(compared(&stage, with("a", -7)).await, (90, -31), "three penalties are taken, of mallory's too");
    assert_eq!(compared(&stage, with("down", 50)).await, (90, 100), "the ban covers what the draft makes earn");
    assert_eq!(compared(&stage, vec![rule("b", "b", 30)]).await, (90, 0), "no rule is left for anything");
}

#[tokio::test]
async fn a_lifted_ban_gives_back_what_would_have_earned_under_the_draft() {
    let stage = Stage::owing(None, in_force()).await;
    let clients = &stage.served.clients;
    stage.done(activity("a1", "a", "ben", WHEN)).await;
    banned(clients, "ben", "b1").await;
    stage.done(activity("b2", "b", "ben", WHEN)).await;
    stage.done(activity("d2", "down", "ben", WHEN)).await;
    ban_lifted(clients, "ben", "l1").await;
    stage.done(activity("b3", "b", "ben", WHEN)).await;
    assert_eq!(compared(&stage, in_force()).await, (150, 150));
    assert_eq!(compared(&stage, vec![rule("b", "b", 30)]).await, (150, 60), "a rule is gone");
    assert_eq!(compared(&stage, with("down", 20)).await, (150, 180), "a penalty is a reward");
    assert_eq!(compared(&stage, with("b", -5)).await, (150, 80), "a reward is a penalty");
}

#[tokio::test]
async fn a_suspended_member_earns_nothing_and_is_not_spared_under_the_draft() {
    let stage = Stage::owing(None, in_force()).await;
    suspended(&stage.served.clients, "dan", "s1").await;
    stage.done(activity("a1", "a", "dan", WHEN)).await;
    stage.done(activity("d1", "down", "dan", WHEN)).await;
    assert_eq!(compared(&stage, in_force()).await, (-10, -10));
    assert_eq!(compared(&stage, with("down", 30)).await, (-10, 0));
    assert_eq!(compared(&stage, with("a", -3)).await, (-10, -13));
}
