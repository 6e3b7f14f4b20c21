//! Expiry against a naive recomputation: credits with their days in a list, cut-offs found by asking every day, and the formula
//! as it stands in `docs/invariants.md`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::terms::activity::Activity;
use goodturn::domain::terms::expiry::{Lasts, Policy};
use goodturn::domain::terms::rules::set::{Reward, Rule, RuleSet};
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::ids::{ActivityKind, RuleId};
use goodturn::domain::value::time::{Micros, time_zone};
use goodturn::ledger::Ledger;
use goodturn::log::memory::MemoryLog;
use goodturn::log::{Log, Purpose};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::expiry::played::Played;
use crate::servers::lane::Bench;
use crate::support::clock::ManualClock;
use crate::support::faulty::FaultyLog;
use crate::support::sample::{create_program, done, program, publish, record, rule_set};

pub const BEGINS: &str = "2018-04-02T00:00:00Z";
pub const SECOND_VERSION: &str = "2018-08-15T00:00:00Z";
pub const KINDS: [(&str, i64); 2] = [("answer_accepted", 100), ("kudos", 30)];

/// What histories must come upon: the rarest is met some thirty times, so ten are not missed by chance.
const MET: [&str; 12] = [
    "points_expired",
    "taken back of what has expired",
    "payout_paid",
    "payout_reduced",
    "payout_returned",
    "points_redeemed",
    "hold_captured",
    "hold_released",
    "hold_expired",
    "written_off",
    "spared",
    "spared, and lapsed later",
];

/// What happens.
#[derive(Debug, Clone)]
pub enum Op {
    /// A member earns, so many days ago.
    Earn { member: usize, kind: usize, days_ago: i64 },
    /// An activity is taken back.
    Reverse { which: usize },
    /// Points earned up to so many days ago are paid out.
    Pay { days_ago: i64 },
    /// They are set aside for a payout, and stay so for a while.
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

fn ops() -> impl Strategy<Value = Op> {
    prop_oneof![
        5 => (0..3_usize, 0..2_usize, prop_oneof![Just(0_i64), 0..30_i64, 0..250_i64])
            .prop_map(|(member, kind, days_ago)| Op::Earn { member, kind, days_ago }),
        3 => (0..100_usize).prop_map(|which| Op::Reverse { which }),
        1 => (0..200_i64).prop_map(|days_ago| Op::Pay { days_ago }),
        2 => (0..200_i64).prop_map(|days_ago| Op::Draft { days_ago }),
        1 => (0..100_usize, any::<bool>()).prop_map(|(which, pays)| Op::Finish { which, pays }),
        3 => (0..3_usize, 1..160_i64, 1..8_i64).prop_map(|(member, points, days)| Op::Hold { member, points, days }),
        1 => (0..100_usize, proptest::option::of(1..160_i64)).prop_map(|(which, spends)| Op::End { which, spends }),
        2 => (0..3_usize, 1..160_i64).prop_map(|(member, points)| Op::Spend { member, points }),
        1 => Just(Op::GiveBack),
        4 => (0..50_i64, 0..3_usize).prop_map(|(days, hour)| Op::Wait { days, hour }),
        3 => prop_oneof![4 => Just(0_i64), 1 => 1..40_i64].prop_map(|days_back| Op::Sweep { days_back }),
    ]
}

fn policies() -> impl Strategy<Value = Policy> {
    let lasts = prop_oneof![Just(Lasts::Months(1)), Just(Lasts::Months(3)), Just(Lasts::RollOnce)];
    (lasts, prop_oneof![Just(0_u32), Just(1), Just(20), Just(75)])
        .prop_map(|(lasts, not_before_days)| Policy { lasts, not_before_days })
}

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
    let activity = Activity { counterparty: None, occurred_at: at, ..done(KINDS[kind].0, by) };
    let mut command = record(id, activity);
    if let Act::RecordActivity(activity) = &mut command.act {
        activity.local_day = at.day_in(&time_zone("Europe/London").unwrap());
    }
    command
}

/// Plays so many histories, and counts what happened.
fn check(cases: u32, open: impl AsyncFn() -> Arc<dyn Log>) -> BTreeMap<&'static str, usize> {
    let tally: RefCell<BTreeMap<&'static str, usize>> = RefCell::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    let histories = (policies(), proptest::option::of(policies()), vec(ops(), 10..100));
    let played = TestRunner::new(config).run(&histories, |(first, second, ops)| {
        runtime.block_on(async {
            let mut played = Played::begin(open().await, first, second).await;
            for op in &ops {
                played.play(op).await;
            }
            // Verified, too.
            for entry in played.bench.entries().await {
                *tally.borrow_mut().entry(entry.kind.name()).or_default() += 1;
                let is_of_expired = entry.movement.is_some_and(|movement| movement.from() == Bucket::Expired);
                *tally.borrow_mut().entry("taken back of what has expired").or_default() += usize::from(is_of_expired);
            }
            *tally.borrow_mut().entry("spared").or_default() += played.spared;
            *tally.borrow_mut().entry("spared, and lapsed later").or_default() += played.lapsed_later;
        });
        Ok(())
    });
    played.unwrap_or_else(|why| panic!("{why}"));
    tally.into_inner()
}

async fn in_memory() -> Arc<dyn Log> {
    Arc::new(MemoryLog::default())
}

#[test]
fn what_expires_is_what_the_formula_says_in_memory() {
    // INV 30, 35, 40
    let tally = check(400, in_memory);
    println!("{tally:?}");
    for kind in MET {
        let met = tally.get(kind).copied().unwrap_or(0);
        assert!(met >= 10, "a test that meets no case says nothing of it: {kind} {met}");
    }
}

#[test]
fn what_expires_is_what_the_formula_says_on_sqlite() {
    // INV 40
    let (folder, files) = (tempfile::tempdir().unwrap(), std::cell::Cell::new(0));
    check(8, async || {
        files.set(files.get() + 1);
        let url = format!("sqlite://{}/{}.db", folder.path().display(), files.get());
        goodturn::log::open(&url, Purpose::Record).await.unwrap()
    });
}

#[test]
fn what_expires_is_what_the_formula_says_on_postgres() {
    // INV 40
    check(8, async || {
        let url = crate::support::postgres::shared().create_database();
        goodturn::log::open(&url, Purpose::Record).await.unwrap()
    });
}
