//! Expiry against a naive recomputation: credits with their days in a list, cut-offs found by asking every day, and the formula
//! as it stands in `docs/invariants.md`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use goodturn::domain::terms::expiry::{Lasts, Policy};
use goodturn::domain::value::bucket::Bucket;
use goodturn::log::{Log, Purpose};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::expiry::Op;
use crate::support::expiry_played::Played;
use crate::support::stores::in_memory;

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
    "spared, and expired later",
];

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
            *tally.borrow_mut().entry("spared, and expired later").or_default() += played.expired_later;
        });
        Ok(())
    });
    played.unwrap_or_else(|why| panic!("{why}"));
    tally.into_inner()
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
