//! Commands that belong together: all are recorded, in one append and in order, or none is.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::decide::rejection::Rejection;
use goodturn::domain::value::ids::ActivityId;
use goodturn::ledger::clock::Deadline;
use goodturn::ledger::{GroupError, Ledger, QUEUE_DEPTH_MAX, Recorded, SubmitError};
use goodturn::log::Purpose;
use goodturn::log::memory::MemoryLog;
use tokio::task::JoinHandle;

use crate::support::bench::Bench;
use crate::support::faulty::Fault;
use crate::support::sample::{award, program, publish, rule_set};

type Firsts = Result<Vec<Recorded>, GroupError>;

fn awards(ids: &[&str]) -> Vec<Command> {
    ids.iter().map(|id| award(id, "ben")).collect()
}

fn many(label: &str, count: usize) -> Vec<Command> {
    (0..count).map(|n| award(&format!("{label}{n}"), "ben")).collect()
}

/// The same id, other values.
fn other(id: &str) -> Command {
    Command { digest: [1; 32], ..award(id, "cleo") }
}

async fn together(bench: &Bench, commands: Vec<Command>) -> Firsts {
    bench.ledger.submit_together(&bench.program, commands, None).await
}

/// Submits in the background; the answer comes when the log lets it.
fn begin(bench: &Bench, commands: Vec<Command>) -> JoinHandle<Firsts> {
    let (ledger, program) = (Arc::clone(&bench.ledger), Arc::clone(&bench.program));
    tokio::spawn(async move { ledger.submit_together(&program, commands, None).await })
}

/// Lets the lane take what was begun.
async fn taken() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

fn seqs(firsts: &Firsts) -> Vec<i64> {
    firsts.as_ref().unwrap().iter().map(|first| first.seq.get()).collect()
}

fn taken_by_other_values(index: usize, id: &str) -> Firsts {
    let id = goodturn::domain::value::ids::RequestId::parse(id).unwrap();
    Err(GroupError { index: Some(index), error: Rejection::ExistsWithDifferentContent { id }.into() })
}

async fn on_memory() -> Bench {
    Bench::on(Arc::new(MemoryLog::default())).await
}

/// Runs a check over every store.
macro_rules! on_every_store {
    ($($(#[$doc:meta])* $check:ident;)+) => {
        mod memory {
            $($(#[$doc])* #[tokio::test] async fn $check() { super::$check(super::on_memory().await).await; })+
        }

        mod sqlite {
            use super::*;
            $($(#[$doc])* #[tokio::test] async fn $check() {
                let folder = tempfile::tempdir().unwrap();
                let url = crate::support::clients::database(&folder);
                let log = goodturn::log::open(&url, Purpose::Record).await.unwrap();
                super::$check(Bench::on(Arc::clone(&log)).await).await;
                log.close().await;
            })+
        }

        mod postgres {
            use super::*;
            $($(#[$doc])* #[tokio::test] async fn $check() {
                let url = crate::support::postgres::shared().create_database();
                let log = goodturn::log::open(&url, Purpose::Record).await.unwrap();
                super::$check(Bench::on(Arc::clone(&log)).await).await;
                log.close().await;
            })+
        }
    };
}

on_every_store! {
    all_is_recorded_in_one_append_and_the_same_call_again_tells_the_same;
    after_any_fault_all_or_none_is_recorded;
    what_another_server_recorded_keeps_its_receipt_and_the_rest_is_recorded;
}

async fn all_is_recorded_in_one_append_and_the_same_call_again_tells_the_same(bench: Bench) {
    // INV 2, 3, 7, 10
    bench.submit(award("c", "ben")).await.unwrap();
    let before = bench.log.appends.load(Ordering::SeqCst);
    // One was recorded before; one is there twice.
    let all = awards(&["a", "b", "c", "d", "b"]);
    let firsts = together(&bench, all.clone()).await;
    assert_eq!(seqs(&firsts), [4, 5, 3, 6, 5]);
    assert_eq!(bench.log.appends.load(Ordering::SeqCst), before + 1);
    let available = |entry: &Recorded| entry.balance_after.get(goodturn::domain::value::bucket::Bucket::Available);
    let balances: Vec<i64> = firsts.as_ref().unwrap().iter().map(available).collect();
    assert_eq!(balances, [200, 300, 100, 400, 300], "each sees what is before it");
    assert_eq!(together(&bench, all.clone()).await, firsts);
    let fresh = Ledger::new(bench.log.clone(), bench.clock.clone());
    let state = fresh.program(&program()).await.unwrap().unwrap();
    assert_eq!(fresh.submit_together(&state, all, None).await, firsts, "on another server, too");
    assert_eq!(*fresh.submit(&state, award("d", "ben"), None).await.unwrap(), *firsts.unwrap()[3], "and alone");
    assert_eq!(together(&bench, Vec::new()).await, Ok(Vec::new()));
    assert_eq!(bench.entries().await.len(), 6);
}

async fn after_any_fault_all_or_none_is_recorded(bench: Bench) {
    // INV 2, 4, 5, 6, 9
    let mut recorded = 2;
    let faults =
        [Fault::RecordedAndLost, Fault::Lost, Fault::Late, Fault::Unavailable, Fault::Stale, Fault::Unavailable];
    for (round, fault) in faults.into_iter().enumerate() {
        let all = many(&format!("r{round}-"), 20);
        bench.log.fail([fault.clone()]);
        let firsts = together(&bench, all.clone()).await;
        if matches!(fault, Fault::Unavailable) {
            assert_eq!(firsts, Err(SubmitError::Unavailable.into()), "{fault:?}");
            assert_eq!(bench.entries().await.len(), recorded, "{fault:?}");
        } else {
            assert_eq!(firsts.as_ref().unwrap().len(), 20, "{fault:?}");
        }
        let again = together(&bench, all).await;
        assert!(firsts.is_err() || again == firsts, "{fault:?}");
        let first = i64::try_from(recorded).unwrap() + 1;
        assert_eq!(seqs(&again), (first..first + 20).collect::<Vec<_>>(), "{fault:?}");
        recorded += 20;
        assert_eq!(bench.entries().await.len(), recorded, "{fault:?}");
    }
    assert!(bench.log.late_results().iter().all(Result::is_err));
}

async fn what_another_server_recorded_keeps_its_receipt_and_the_rest_is_recorded(bench: Bench) {
    // INV 3, 11, 14
    bench.submit(award("known", "ben")).await.unwrap();
    let second = Ledger::new(bench.log.clone(), bench.clock.clone());
    let state = second.program(&program()).await.unwrap().unwrap();
    let b = second.submit(&state, award("b", "ben"), None).await.unwrap();
    let firsts = together(&bench, awards(&["a", "b", "c"])).await;
    assert_eq!(seqs(&firsts), [5, 4, 6]);
    assert_eq!(*firsts.unwrap()[1], *b);
    second.submit(&state, award("e", "ben"), None).await.unwrap();
    let refused = together(&bench, vec![award("d", "ben"), other("e"), award("f", "ben")]).await;
    assert_eq!(refused, taken_by_other_values(1, "e"));
    assert_eq!(bench.entries().await.len(), 7);
    assert_eq!(seqs(&together(&bench, awards(&["d", "e", "f"])).await), [8, 7, 9], "the ids are free");
}

#[tokio::test]
async fn one_that_is_refused_takes_the_others_with_it_and_leaves_no_trace() {
    // INV 2, 4, 15
    let bench = on_memory().await;
    bench.log.hold();
    let flying = bench.begin(award("flying", "ben"));
    bench.log.begun(1).await;
    let before = bench.begin(award("before", "ben"));
    // The rules that come first are those that count for what follows; the second set has a number that is taken.
    let rules = |version: u32, points| publish(rule_set(version, "2018-04-02T00:05:00Z", points));
    let refused = begin(&bench, vec![award("a", "ben"), rules(2, 7), award("b", "cleo"), rules(4, 9)]);
    let after = bench.begin(award("after", "ben"));
    taken().await;
    bench.log.release();
    flying.await.unwrap().unwrap();
    let error = Rejection::RuleSetVersion { expected: 3 }.into();
    assert_eq!(refused.await.unwrap(), Err(GroupError { index: Some(3), error }));
    let (before, after) = (before.await.unwrap().unwrap(), after.await.unwrap().unwrap());
    assert_eq!((before.seq.get(), after.seq.get(), after.rule_version), (4, 5, 1));
    assert_eq!(bench.entries().await.len(), 5);
    let all = together(&bench, vec![award("a", "ben"), rules(2, 7), award("b", "cleo"), rules(3, 9)]).await;
    assert_eq!(seqs(&all), [6, 7, 8, 9], "the ids are free, and each sees what is before it");
    assert_eq!(bench.entries().await.len(), 9);
}

#[tokio::test]
async fn twins_in_batches_that_are_on_their_way_have_one_effect() {
    // INV 3, 11, 14
    let bench = on_memory().await;
    bench.log.hold();
    let flying = begin(&bench, awards(&["a", "b"]));
    bench.log.begun(1).await;
    let same = begin(&bench, awards(&["a", "b"]));
    let next = begin(&bench, awards(&["b", "c"]));
    let alone = bench.begin(award("c", "ben"));
    let both = begin(&bench, awards(&["c", "a"]));
    let against_next = begin(&bench, vec![award("d", "ben"), other("c")]);
    let against_flying = begin(&bench, vec![other("a"), award("d", "ben")]);
    let against_itself = begin(&bench, vec![award("e", "ben"), other("e")]);
    taken().await;
    bench.log.release();
    assert_eq!(seqs(&flying.await.unwrap()), [3, 4]);
    assert_eq!(seqs(&same.await.unwrap()), [3, 4]);
    assert_eq!(seqs(&next.await.unwrap()), [4, 5]);
    assert_eq!(alone.await.unwrap().unwrap().seq.get(), 5);
    assert_eq!(seqs(&both.await.unwrap()), [5, 3]);
    assert_eq!(against_next.await.unwrap(), taken_by_other_values(1, "c"));
    assert_eq!(against_flying.await.unwrap(), taken_by_other_values(0, "a"));
    assert_eq!(against_itself.await.unwrap(), taken_by_other_values(1, "e"));
    assert_eq!(bench.entries().await.len(), 5);
}

#[tokio::test]
async fn a_group_is_never_split_when_its_batch_is_decided_again() {
    // INV 2, 6, 14
    for fault in [Fault::Lost, Fault::Late, Fault::Stale, Fault::RecordedAndLost] {
        let bench = on_memory().await;
        bench.log.hold();
        bench.log.fail([fault.clone(), fault.clone()]);
        let flying = begin(&bench, awards(&["a", "b"]));
        bench.log.begun(1).await;
        let next = begin(&bench, awards(&["b", "c", "a", "d"]));
        let against = begin(&bench, vec![award("e", "ben"), other("d")]);
        taken().await;
        bench.log.release();
        assert_eq!(seqs(&flying.await.unwrap()), [3, 4], "{fault:?}");
        assert_eq!(seqs(&next.await.unwrap()), [4, 5, 3, 6], "{fault:?}");
        assert_eq!(against.await.unwrap(), taken_by_other_values(1, "d"), "{fault:?}");
        assert_eq!(bench.entries().await.len(), 6, "{fault:?}");
    }
}

#[tokio::test]
async fn one_the_store_refuses_takes_its_group_and_nobody_else() {
    // INV 2, 6
    let bench = on_memory().await;
    bench.log.refuse("p7");
    bench.log.hold();
    let head = bench.begin(award("head", "ben"));
    bench.log.begun(1).await;
    let before = begin(&bench, many("a", 20));
    let poisoned = begin(&bench, many("p", 20));
    let same = begin(&bench, many("p", 20));
    let waits_for_one = bench.begin(award("p3", "ben"));
    let shares_one = begin(&bench, awards(&["p3", "x"]));
    let crowd: Vec<_> = (0..20).map(|n| bench.begin(award(&format!("c{n}"), "ben"))).collect();
    taken().await;
    bench.log.release();
    head.await.unwrap().unwrap();
    assert_eq!(before.await.unwrap().unwrap().len(), 20);
    assert_eq!(poisoned.await.unwrap(), Err(SubmitError::Poison.into()));
    assert_eq!(same.await.unwrap(), Err(SubmitError::Poison.into()));
    waits_for_one.await.unwrap().unwrap();
    assert_eq!(shares_one.await.unwrap().unwrap().len(), 2);
    for answer in crowd {
        answer.await.unwrap().unwrap();
    }
    assert_eq!(bench.entries().await.len(), 2 + 1 + 20 + 2 + 20);
}

#[tokio::test]
async fn a_group_that_does_not_fit_the_batch_goes_whole_into_the_next() {
    // INV 2, 66
    let bench = on_memory().await;
    bench.log.hold();
    let flying = bench.begin(award("flying", "ben"));
    bench.log.begun(1).await;
    let groups: Vec<_> = (0..5).map(|n| begin(&bench, many(&format!("g{n}-"), 1_000))).collect();
    taken().await;
    // What waits is counted in commands: one batch is decided already, and the rest of the room is 7,192.
    let too_many = together(&bench, many("x", QUEUE_DEPTH_MAX + 1)).await;
    assert_eq!(too_many, Err(SubmitError::Overloaded.into()));
    bench.log.release();
    flying.await.unwrap().unwrap();
    for (group, first) in groups.into_iter().zip((4..).step_by(1_000)) {
        assert_eq!(seqs(&group.await.unwrap()), (first..first + 1_000).collect::<Vec<_>>());
    }
    assert_eq!(bench.log.appends.load(Ordering::SeqCst), 3, "four fit one batch, the fifth has one of its own");
    assert_eq!(together(&bench, many("large", 5_000)).await.unwrap().len(), 5_000, "larger than any batch");
    assert_eq!(bench.log.appends.load(Ordering::SeqCst), 4);
    let past = Some(Deadline::after(Duration::ZERO));
    let late = bench.ledger.submit_together(&bench.program, awards(&["a", "b"]), past).await;
    assert_eq!(late, Err(SubmitError::DeadlinePassed.into()));
    bench.entries().await;
}

#[tokio::test]
async fn what_waits_is_counted_in_commands_however_they_are_grouped() {
    // INV 66
    let bench = on_memory().await;
    bench.log.hold();
    let mut waiting = vec![begin(&bench, many("flying", 1))];
    bench.log.begun(1).await;
    for n in 0..40 {
        waiting.push(begin(&bench, many(&format!("g{n}-"), 1_000)));
        taken().await;
    }
    bench.log.release();
    let mut recorded = 0;
    for firsts in futures::future::join_all(waiting).await {
        match firsts.unwrap() {
            Ok(firsts) => recorded += firsts.len(),
            Err(refused) => assert_eq!(refused, SubmitError::Overloaded.into()),
        }
    }
    assert!((8_000..=1 + 4_096 + 2 * QUEUE_DEPTH_MAX).contains(&recorded), "{recorded} were taken");
    assert_eq!(bench.entries().await.len(), 2 + recorded);
}

/// A group that shares a command with a batch whose outcome is unknown may have had an effect, too.
#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_told_to_every_group_that_shares_it() {
    // INV 4, 5, 9
    let bench = on_memory().await;
    bench.submit(award("known", "ben")).await.unwrap();
    bench.log.hold();
    bench.log.fail([Fault::RecordedAndLost]);
    let flying = begin(&bench, awards(&["a", "b"]));
    bench.log.begun(2).await;
    let shares = begin(&bench, awards(&["c", "b"]));
    let shares_none = begin(&bench, awards(&["d", "e"]));
    taken().await;
    bench.log.unreadable(true);
    bench.log.release();
    assert_eq!(flying.await.unwrap(), Err(SubmitError::OutcomeUnknown.into()));
    assert_eq!(shares.await.unwrap(), Err(SubmitError::OutcomeUnknown.into()));
    assert_eq!(shares_none.await.unwrap(), Err(SubmitError::Unavailable.into()));
    bench.log.unreadable(false);
    let replay = loop {
        match together(&bench, awards(&["c", "b"])).await {
            Err(GroupError { error: SubmitError::Unavailable, .. }) => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            firsts => break firsts,
        }
    };
    assert_eq!(seqs(&replay), [6, 5], "the one was recorded, the other is now");
    assert_eq!(bench.entries().await.len(), 6);
}

/// Groups that overlap, sent to two servers of one store at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_race_record_each_group_whole_and_each_command_once() {
    // INV 2, 3, 14, 19
    let url = crate::support::postgres::shared().create_database();
    let log = goodturn::log::open(&url, Purpose::Record).await.unwrap();
    let one = Bench::on(log.clone()).await;
    let second = Arc::new(Ledger::new(log.clone(), one.clock.clone()));
    let state = second.program(&program()).await.unwrap().unwrap();
    let mut answers = Vec::new();
    for n in 0..40 {
        let group = |from: usize| (from..from + 10).map(|id| award(&format!("n{id}"), "ben")).collect::<Vec<_>>();
        answers.push((n * 5, begin(&one, group(n * 5))));
        let (second, state, commands) = (Arc::clone(&second), Arc::clone(&state), group(n * 5 + 3));
        let sent = tokio::spawn(async move { second.submit_together(&state, commands, None).await });
        answers.push((n * 5 + 3, sent));
    }
    let mut seen = std::collections::BTreeMap::new();
    for (from, firsts) in answers {
        for (id, seq) in (from..).zip(seqs(&firsts.await.unwrap())) {
            assert_eq!(*seen.entry(id).or_insert(seq), seq, "one receipt for all");
        }
    }
    assert_eq!(one.entries().await.len(), 2 + seen.len());
    log.close().await;
}

#[tokio::test]
async fn what_must_be_looked_up_is_decided_before_what_comes_after_it_in_its_call() {
    // INV 7
    let bench = Bench::on(Arc::new(MemoryLog::default())).await;
    // To follow something, its entry is looked up first; the others are plain.
    let mut calls = awards(&["a", "b", "c", "d"]);
    let Act::RecordActivity(activity) = &mut calls[1].act else { panic!("an activity") };
    activity.activity.follows = Some(ActivityId::parse("gone").unwrap());
    let answers = bench.ledger.submit_all(&bench.program, calls, None).await;
    let seqs: Vec<i64> = answers.into_iter().map(|answer| answer.unwrap().seq.get()).collect();
    assert_eq!(seqs, [3, 4, 5, 6]);
}
