//! The lane: batching, replay, faults of the store, and what callers are told.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::decide::rejection::Rejection;
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::local::LocalTime;
use goodturn::domain::value::seq::Seq;
use goodturn::ledger::clock::Deadline;
use goodturn::ledger::{Answer, Ledger, QUEUE_DEPTH_MAX, SubmitError};
use goodturn::log::Log;
use goodturn::log::memory::MemoryLog;

use crate::support::bench::Bench;
use crate::support::faulty::Fault;
use crate::support::sample::{award, member, program, publish, rule_set, zone};

fn seqs(answers: &[Answer]) -> Vec<i64> {
    answers.iter().map(|answer| answer.as_ref().unwrap().seq.get()).collect()
}

#[tokio::test]
async fn a_crowd_shares_commits_and_a_lone_command_waits_for_nobody() {
    let bench = Bench::new().await;
    bench.submit(award("first", "ben")).await.unwrap();
    assert_eq!(bench.log.appends.load(Ordering::SeqCst), 1);
    bench.log.hold();
    let head = bench.begin(award("head", "ben"));
    bench.log.begun(2).await;
    let crowd: Vec<_> = (0..300).map(|n| bench.begin(award(&format!("c{n}"), "ben"))).collect();
    tokio::task::yield_now().await;
    bench.log.release();
    head.await.unwrap().unwrap();
    for answer in crowd {
        answer.await.unwrap().unwrap();
    }
    let commits = bench.log.appends.load(Ordering::SeqCst);
    assert!(commits < 30, "302 commands took {commits} commits");
    assert_eq!(bench.available("ben").await, 30_200);
    assert_eq!(bench.entries().await.len(), 2 + 302);
}

#[tokio::test]
async fn the_same_request_has_one_effect_wherever_its_twin_is() {
    // INV 3, 10, 14
    let bench = Bench::new().await;
    bench.log.hold();
    // The twins meet in one batch, in the batch in flight, and among what was recorded.
    let flying = bench.begin(award("a", "ben"));
    bench.log.begun(1).await;
    let twins: Vec<_> = (0..5).map(|_| bench.begin(award("a", "ben"))).collect();
    let next: Vec<_> = (0..5).map(|_| bench.begin(award("b", "ben"))).collect();
    tokio::task::yield_now().await;
    bench.log.release();
    let first = flying.await.unwrap().unwrap();
    for twin in twins {
        assert_eq!(twin.await.unwrap().unwrap(), first);
    }
    let mut answers = Vec::new();
    for answer in next {
        answers.push(answer.await.unwrap());
    }
    assert_eq!(seqs(&answers), [4; 5]);
    assert_eq!(bench.submit(award("a", "ben")).await.unwrap(), first, "and later");
    // A new server on the same store knows it too.
    let other = Bench { ledger: Arc::new(Ledger::new(bench.log.clone(), bench.clock.clone())), ..bench };
    let program = other.ledger.program(&program()).await.unwrap().unwrap();
    let replay = other.ledger.submit(&program, award("a", "ben"), None).await.unwrap();
    assert_eq!(*replay, *first);
    assert_eq!(other.entries().await.len(), 4);
}

#[tokio::test]
async fn the_same_id_with_other_values_is_refused_and_tells_nothing() {
    // INV 11, 12
    let bench = Bench::new().await;
    bench.submit(award("a", "ben")).await.unwrap();
    let mut other = award("a", "cleo");
    other.digest = [1; 32];
    for _ in 0..2 {
        let refused = bench.submit(other.clone()).await.unwrap_err();
        assert!(matches!(refused, SubmitError::Rejected(Rejection::ExistsWithDifferentContent { .. })));
        assert!(!refused.to_string().contains("ben"));
    }
    assert_eq!(bench.entries().await.len(), 3);
}

#[tokio::test]
async fn a_lost_answer_is_found_out() {
    // INV 1, 5, 9
    for (fault, what) in
        [(Fault::RecordedAndLost, "recorded"), (Fault::Lost, "not recorded"), (Fault::Late, "late, and fenced off")]
    {
        let bench = Bench::new().await;
        bench.log.fail([fault]);
        let entry = bench.submit(award("a", "ben")).await.unwrap();
        assert_eq!(entry.seq.get(), 3, "{what}");
        assert_eq!(bench.available("ben").await, 100, "{what}");
        bench.submit(award("b", "ben")).await.unwrap();
        assert_eq!(bench.entries().await.len(), 4, "{what}");
        assert!(bench.log.late_results().iter().all(Result::is_err), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_stays_unknown_is_said_to_be_unknown_and_a_retry_tells() {
    // INV 5, 9, 65
    let bench = Bench::new().await;
    // Ben is known before the store cannot be read, so the command reaches the store.
    bench.submit(award("known", "ben")).await.unwrap();
    bench.log.fail([Fault::RecordedAndLost]);
    bench.log.unreadable(true);
    assert_eq!(bench.submit(award("a", "ben")).await.unwrap_err(), SubmitError::OutcomeUnknown);
    assert_eq!(bench.submit(award("b", "ben")).await.unwrap_err(), SubmitError::Unavailable, "until it is known");
    bench.log.unreadable(false);
    let replay = loop {
        match bench.submit(award("a", "ben")).await {
            Err(SubmitError::Unavailable) => tokio::time::sleep(Duration::from_millis(10)).await,
            answer => break answer.unwrap(),
        }
    };
    assert_eq!(replay.seq.get(), 4, "it was recorded");
    assert_eq!(bench.entries().await.len(), 4);
}

#[tokio::test]
async fn an_error_that_is_not_unknown_means_no_effect() {
    // INV 4, 65
    let bench = Bench::new().await;
    bench.log.fail([Fault::Unavailable]);
    assert_eq!(bench.submit(award("a", "ben")).await.unwrap_err(), SubmitError::Unavailable);
    assert_eq!(bench.entries().await.len(), 2);
    assert_eq!(bench.submit(award("a", "ben")).await.unwrap().seq.get(), 3);
}

#[tokio::test]
async fn one_poisoned_command_fails_alone() {
    // INV 6
    let bench = Bench::new().await;
    bench.log.refuse("c37");
    bench.log.hold();
    let head = bench.begin(award("head", "ben"));
    bench.log.begun(1).await;
    let crowd: Vec<_> = (0..100).map(|n| bench.begin(award(&format!("c{n}"), "ben"))).collect();
    tokio::task::yield_now().await;
    bench.log.release();
    head.await.unwrap().unwrap();
    for (n, answer) in crowd.into_iter().enumerate() {
        let answer = answer.await.unwrap();
        assert_eq!(answer.is_err(), n == 37, "{n}: {answer:?}");
        assert!(n != 37 || answer == Err(SubmitError::Poison));
    }
    assert_eq!(bench.available("ben").await, 10_000);
    assert_eq!(bench.entries().await.len(), 2 + 100);
}

#[tokio::test]
async fn two_ledgers_on_one_store_never_fork_it() {
    // INV 3, 14, 19, 20
    let store: Arc<dyn Log> = Arc::new(MemoryLog::default());
    let one = Bench::on(Arc::clone(&store)).await;
    let two = Ledger::new(Arc::clone(&store), one.clock.clone());
    let state = two.program(&program()).await.unwrap().unwrap();
    let (two, state) = (Arc::new(two), state);
    let mut answers = Vec::new();
    for n in 0..200 {
        answers.push(one.begin(award(&format!("n{n}"), "ben")));
        // Each id goes to both.
        let (two, state) = (Arc::clone(&two), Arc::clone(&state));
        answers.push(tokio::spawn(async move { two.submit(&state, award(&format!("n{n}"), "ben"), None).await }));
    }
    let mut seen = std::collections::BTreeMap::new();
    for answer in answers {
        let entry = answer.await.unwrap().unwrap();
        let id = entry.request.as_ref().unwrap().id.to_string();
        assert_eq!(*seen.entry(id).or_insert(entry.seq), entry.seq, "one receipt for both");
    }
    let entries = one.entries().await;
    assert_eq!(entries.len(), 2 + 200);
    assert_eq!(entries.last().unwrap().balance_after.get(Bucket::Available), 20_000);
}

#[tokio::test]
async fn what_does_not_fit_the_queue_is_refused_before_it_is_queued() {
    // INV 66
    let bench = Bench::new().await;
    bench.log.hold();
    let flying = bench.begin(award("flying", "ben"));
    bench.log.begun(1).await;
    // The lane takes one batch off the queue while the first is in flight; more than both can hold is refused whole.
    let many =
        |prefix: &str, count: usize| (0..count).map(|n| award(&format!("{prefix}{n}"), "ben")).collect::<Vec<_>>();
    let too_many = bench.ledger.submit_all(&bench.program, many("x", QUEUE_DEPTH_MAX + 1), None).await;
    assert!(too_many.iter().all(|answer| *answer == Err(SubmitError::Overloaded)), "all or none");
    bench.log.release();
    flying.await.unwrap().unwrap();
    assert_eq!(bench.entries().await.len(), 3);
    assert_eq!(bench.submit(award("x0", "ben")).await.unwrap().seq.get(), 4, "it goes on, and the id is free");
}

#[tokio::test]
async fn a_command_past_its_deadline_is_never_started() {
    // INV 67
    let bench = Bench::new().await;
    let past = Some(Deadline::after(Duration::ZERO));
    let late = bench.ledger.submit(&bench.program, award("a", "ben"), past).await;
    assert_eq!(late.unwrap_err(), SubmitError::DeadlinePassed);
    assert_eq!(bench.entries().await.len(), 2);
}

#[tokio::test]
async fn a_caller_who_hangs_up_leaves_the_command_to_its_fate() {
    // INV 5
    let bench = Bench::new().await;
    bench.log.hold();
    let gone = bench.begin(award("a", "ben"));
    bench.log.begun(1).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    bench.log.release();
    assert_eq!(bench.submit(award("a", "ben")).await.unwrap().seq.get(), 3, "a retry gets the first receipt");
    assert_eq!(bench.entries().await.len(), 3);
}

#[tokio::test]
async fn points_follow_rules_published_while_the_activity_was_queued() {
    // INV 42
    let bench = Bench::new().await;
    let epoch = bench.program.read().head.epoch;
    bench.clock.set("2018-04-03T00:00:00Z");
    let Act::RecordActivity(mut qualified) = award("a", "ben").act else { panic!("an award is an activity") };
    qualified.epoch = epoch;
    qualified.activity.occurred_at = crate::support::sample::time("2018-04-03T00:05:00Z");
    qualified.local = LocalTime::in_zone(qualified.activity.occurred_at, &zone());
    bench.log.hold();
    let rules = bench.begin(publish(rule_set(2, "2018-04-03T00:05:00Z", 7)));
    bench.log.begun(1).await;
    let queued = bench.begin(Command { act: Act::RecordActivity(qualified), ..award("a", "ben") });
    tokio::task::yield_now().await;
    bench.log.release();
    rules.await.unwrap().unwrap();
    let entry = queued.await.unwrap().unwrap();
    assert_eq!((entry.rule_version, entry.raw_points), (2, 7));
    assert_eq!(bench.available("ben").await, 7);
    bench.entries().await;
}

/// Rules that were decided on but never recorded credit nothing.
#[tokio::test]
async fn points_never_follow_rules_that_were_lost() {
    // INV 42
    let bench = Bench::new().await;
    bench.clock.set("2018-04-03T00:00:00Z");
    let Act::RecordActivity(mut qualified) = award("a", "ben").act else { panic!("an award is an activity") };
    qualified.activity.occurred_at = crate::support::sample::time("2018-04-03T00:05:00Z");
    qualified.local = LocalTime::in_zone(qualified.activity.occurred_at, &zone());
    bench.submit(award("known", "ben")).await.unwrap();
    bench.log.hold();
    bench.log.fail([Fault::Lost]);
    let rules = bench.begin(publish(rule_set(2, "2018-04-03T00:05:00Z", 7)));
    bench.log.begun(2).await;
    let queued = bench.begin(Command { act: Act::RecordActivity(qualified), ..award("a", "ben") });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    bench.log.release();
    rules.await.unwrap().unwrap();
    queued.await.unwrap().unwrap();
    bench.entries().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_recorded_is_never_said_not_to_have_been_begun() {
    // INV 4, 5
    let bench = Bench::new().await;
    bench.submit(award("known", "ben")).await.unwrap();
    bench.log.fail([Fault::RecordedAndLost]);
    bench.log.unreadable(true);
    let (ledger, program) = (Arc::clone(&bench.ledger), Arc::clone(&bench.program));
    let deadline = Some(Deadline::after(Duration::from_secs(1)));
    let waiting = tokio::spawn(async move { ledger.submit(&program, award("a", "ben"), deadline).await });
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    bench.log.unreadable(false);
    assert_eq!(waiting.await.unwrap().unwrap().seq.get(), 4);
    let past = Some(Deadline::after(Duration::ZERO));
    let again = bench.ledger.submit(&bench.program, award("a", "ben"), past).await;
    assert_eq!(again.unwrap().seq.get(), 4, "a retry that comes too late for itself is still a retry");
}

#[tokio::test]
async fn recorded_at_never_goes_back_with_the_clock() {
    // INV 22
    let bench = Bench::new().await;
    let before = bench.submit(award("a", "ben")).await.unwrap().recorded_at;
    bench.clock.set("2010-01-01T00:00:00Z");
    let after = bench.submit(award("b", "ben")).await.unwrap().recorded_at;
    assert_eq!(before, after);
}

#[tokio::test]
async fn a_rejection_leaves_the_id_free() {
    // INV 15
    let bench = Bench::new().await;
    let early = publish(rule_set(3, "2018-06-01T00:00:00Z", 5));
    let refused = bench.submit(early.clone()).await.unwrap_err();
    assert_eq!(refused, SubmitError::Rejected(Rejection::RuleSetVersion { expected: 2 }));
    bench.submit(publish(rule_set(2, "2018-05-01T00:00:00Z", 5))).await.unwrap();
    bench.submit(early).await.unwrap();
    assert_eq!(bench.entries().await.len(), 4);
}

#[tokio::test]
async fn a_sum_that_overflows_is_refused_without_effect() {
    // INV 38
    let store = Arc::new(MemoryLog::default());
    let bench = Bench::on(store.clone()).await;
    bench.submit(award("a", "rich")).await.unwrap();
    // A balance no sequence of awards reaches in a test, put into the store by hand.
    let mut account = bench.ledger.account(&bench.program, &member("rich")).await.unwrap().0;
    let full = (2_u8, (1_u8, -i64::MAX), (3_u8, i64::MAX));
    account.balances = goodturn::domain::value::encoding::decode(&borsh::to_vec(&full).unwrap()).unwrap();
    let opened = store.open(&program()).await.unwrap().unwrap();
    let expect = goodturn::log::Expect { seq: opened.head.seq, epoch: opened.head.epoch };
    let mut changes = goodturn::domain::state::overlay::Changes::default();
    changes.accounts.insert(member("rich"), account);
    let forged = goodturn::log::Sealed {
        head: opened.head,
        entries: Vec::new(),
        changes,
        notes: Vec::new(),
        ready: goodturn::log::Ready::default(),
    };
    store.append(&program(), expect, &Arc::new(forged)).await.unwrap();
    let fresh = Ledger::new(store.clone(), bench.clock.clone());
    let state = fresh.program(&program()).await.unwrap().unwrap();
    let refused = fresh.submit(&state, award("b", "rich"), None).await.unwrap_err();
    assert!(matches!(refused, SubmitError::Rejected(Rejection::AmountOverflow(_))), "{refused:?}");
    assert_eq!(store.entries(&program(), Seq::ZERO, 10).await.unwrap().len(), 3);
    fresh.submit(&state, award("c", "poor"), None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_idle_lane_ends_and_the_next_command_starts_another() {
    let bench = Bench::new().await;
    bench.submit(award("a", "ben")).await.unwrap();
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert_eq!(bench.submit(award("a", "ben")).await.unwrap().seq.get(), 3, "what it remembered is found in the log");
    assert_eq!(bench.submit(award("b", "ben")).await.unwrap().seq.get(), 4);
}
