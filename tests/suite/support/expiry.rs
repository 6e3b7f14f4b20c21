//! Rules under which points expire, and what is earned under them.

use std::sync::Arc;

use goodturn::domain::decide::command::Command;
use goodturn::domain::terms::activity::Activity;
use goodturn::domain::terms::expiry::Policy;
use goodturn::domain::terms::rules::set::{Reward, Rule, RuleSet};
use goodturn::domain::value::ids::{ActivityKind, RuleId};
use goodturn::domain::value::time::Micros;
use goodturn::ledger::Ledger;
use goodturn::log::Log;
use goodturn::pb;
use goodturn::process::{Swept, expiry};

use super::bench::Bench;
use super::clients::at;
use super::clock::ManualClock;
use super::faulty::FaultyLog;
use super::sample::{create_program, done, program, publish, record, rule_set};
use super::stage::{Stage, rule};

/// When the first version of the rules begins, and the second.
pub const BEGINS: &str = "2018-04-02T00:00:00Z";
pub const SECOND_VERSION: &str = "2018-08-15T00:00:00Z";

/// Kinds of activities, and what each earns.
pub const KINDS: [(&str, i64); 2] = [("answer_accepted", 100), ("kudos", 30)];

/// A version of the rules with such a policy.
pub fn version(number: u32, from: &str, expiry: Option<Policy>) -> Command {
    let plain = rule_set(number, from, 100);
    let rule = |&(kind, points): &(&str, i64)| Rule {
        id: RuleId::parse(kind).unwrap(),
        kind: ActivityKind::parse(kind).unwrap(),
        reward: Reward::Fixed { points },
        ..plain.rules[0].clone()
    };
    publish(RuleSet { rules: KINDS.iter().map(rule).collect(), expiry, ..plain.clone() })
}

/// A ledger with a programme whose points expire.
pub async fn under(store: Arc<dyn Log>, policy: Policy) -> Bench {
    let log = FaultyLog::on(store);
    let clock = Arc::new(ManualClock::at(BEGINS));
    let ledger = Arc::new(Ledger::new(log.clone(), clock.clone()));
    let state = ledger.make_place(&program()).await.unwrap();
    let bench = Bench { ledger, log, clock, program: state };
    bench.submit(create_program()).await.unwrap();
    bench.submit(version(1, "2010-01-01T00:00:00Z", Some(policy))).await.unwrap();
    bench
}

/// An activity of the first or the second kind: 100 points, or 30.
pub fn earned(id: &str, by: &str, kind: usize, at: Micros) -> Command {
    record(id, Activity { counterparty: None, occurred_at: at, ..done(KINDS[kind].0, by) })
}

/// A stage on which points expire once a member was inactive for more than two months.
pub async fn inactive(not_before_days: i32) -> Stage {
    lasting(pb::expiry::Lasts::InactiveMonths(2), not_before_days).await
}

/// A stage on which points expire two months after they were earned, and no sooner than so many days after they were recorded.
pub async fn expiring(not_before_days: i32) -> Stage {
    lasting(pb::expiry::Lasts::HorizonMonths(2), not_before_days).await
}

async fn lasting(lasts: pb::expiry::Lasts, not_before_days: i32) -> Stage {
    let rules = vec![rule("answers", "answer_accepted", 100)];
    let stage = Stage::under(rules.clone(), vec![]).await;
    let rule_set = pb::RuleSet {
        name: "programs/qc/ruleSets/3".into(),
        in_force_from: Some(at("2018-04-02T00:00:00Z")),
        rules,
        expiry: Some(pb::Expiry { lasts: Some(lasts), not_before_days, ..Default::default() }),
        ..Default::default()
    };
    let request = pb::PublishRuleSetRequest { rule_set: Some(rule_set) };
    stage.served.clients.programs().publish_rule_set(request).await.unwrap();
    stage
}

pub async fn until_clean(ledger: &Ledger) {
    let state = ledger.program(&program()).await.unwrap().unwrap();
    while expiry::expire(ledger, &state).await.unwrap() != Swept::default() {}
}

/// A step of a history of members whose points expire.
#[derive(Debug, Clone)]
pub enum Op {
    /// A member earns, so many days ago.
    Earn { member: usize, kind: usize, days_ago: i64 },
    /// An activity is taken back.
    Reverse { which: usize },
    /// Points earned up to so many days ago are paid out.
    Pay { days_ago: i64 },
    /// They are reserved for a payout, and stay so for a while.
    Draft { days_ago: i64 },
    /// A draft is approved and executed, or cancelled.
    Finish { which: usize, pays: bool },
    /// A shop holds a member's points for some days, if there are so many.
    Hold { member: usize, points: i64, days: i64 },
    /// It spends some of them and gives back the others, or gives back all.
    End { which: usize, spends: Option<i64> },
    /// A member spends points, if there are so many.
    Spend { member: usize, points: i64 },
    /// What was spent last is given back.
    GiveBack,
    /// Days pass, to an hour of the day.
    Wait { days: i64, hour: usize },
    /// A sweep; the clock stands some days back while it goes on.
    Sweep { days_back: i64 },
}
