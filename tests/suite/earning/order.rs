//! Earning is true to events: what members have follows from the set of facts, in whatever order they arrive.
//!
//! Each history is recorded twice, in two orders, with retries, by several callers on one or two servers, while terms are
//! settled now and then. Both times every member must have what a naive recomputation says, and the log must verify.
//!
//! `ORDER_SEED` repeats a run, as far as callers at once allow; `ORDER_CASES` makes it longer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use goodturn::domain::decide::command::{Act, Command, Telling};
use goodturn::domain::decide::rejection::Rejection;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::told::Told;
use goodturn::domain::state::record::{Record, RecordKey};
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::ids::{ProgramId, RequestId};
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::time::{Micros, time_zone};
use goodturn::ledger::state::ProgramState;
use goodturn::ledger::{Ledger, SubmitError};
use goodturn::log::{Log, Purpose};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError};

use crate::support::changed::assert_named;
use crate::support::clock::ManualClock;
use crate::support::faulty::FaultyLog;
use crate::support::histories::{HAPPENED, History, Sent, command, histories, orders, recruits};
use crate::support::measured::{MEASURED, measured};
use crate::support::naive::{Days, Fact, Has, Naive};
use crate::support::random::{self, Random};
use crate::support::sample::{act, create_program_in, publish, time};
use crate::support::stores::in_memory;

/// How often entries of a kind, or activities declined for a reason, were written.
type Tally = BTreeMap<String, u32>;

/// What each member has, and was credited in all; and what was credited on each day.
type Outcome = (BTreeMap<String, (Has, i64)>, Days);

#[test]
fn what_members_have_does_not_depend_on_the_order_in_memory() {
    // INV 3, 10, 14, 17, 30, 35, 36, 37, 41, 42
    let tally = check(1_000, Expected::Naive, histories(false), in_memory, "memory");
    // A test that never meets a case says nothing of it.
    let met = |what: &str| assert!(tally.get(what).is_some_and(|&count| count >= 20), "{what}: {tally:?}");
    for kind in ["recorded", "reversed", "restored", "refunded", "confirmed", "displaced"] {
        met(&format!("activity_{kind}"));
    }
    MEASURED.into_iter().for_each(met);
    met("penalty");
    for what in [
        "wait_ended",
        "days_without_caps",
        "points_moved",
        "superseded",
        "cap_full",
        "unconfirmed",
        "self_dealing",
        "condition_not_met",
        "condition_failed",
    ] {
        met(what);
    }
}

/// A recruit belongs to the earliest claim that stands, in whatever order claims, frauds, confirmations and ends are told.
#[test]
fn who_recruited_whom_does_not_depend_on_the_order() {
    // INV 17, 37, 41
    let tally = check(600, Expected::Naive, recruits(), in_memory, "memory, recruits");
    for what in ["activity_restored", "key_passed", "activity_displaced", "superseded", "unconfirmed", "wait_ended"] {
        assert!(tally.get(what).is_some_and(|&count| count >= 50), "{what}: {tally:?}");
    }
}

/// Roundings, quantities, bounds and hours: each history is of orders within a few hours, on both sides of every border.
#[test]
fn what_orders_bring_within_hours_does_not_depend_on_the_order() {
    // INV 36, 41
    let tally = check(600, Expected::Naive, orders(), in_memory, "memory, orders");
    for what in MEASURED {
        assert!(tally.get(what).is_some_and(|&count| count >= 50), "{what}: {tally:?}");
    }
}

#[test]
fn what_members_have_does_not_depend_on_the_order_on_sqlite() {
    // INV 3, 14, 36, 37, 41
    let folder = tempfile::tempdir().unwrap();
    let url = crate::support::clients::database(&folder);
    check(
        20,
        Expected::Naive,
        histories(false),
        async || goodturn::log::open(&url, Purpose::Record).await.unwrap(),
        "sqlite",
    );
}

#[test]
fn what_members_have_does_not_depend_on_the_order_on_postgres() {
    // INV 3, 14, 36, 37, 41
    let url = crate::support::postgres::shared().create_database();
    check(
        20,
        Expected::Naive,
        histories(false),
        async || goodturn::log::open(&url, Purpose::Record).await.unwrap(),
        "postgres",
    );
}

/// What follows another activity goes by the order of recording: no two orders need agree, but every log must verify.
#[test]
fn what_follows_by_the_order_of_recording_verifies() {
    // INV 30, 35
    let tally = check(300, Expected::Verified, histories(true), in_memory, "memory, with rules that follow");
    assert!(tally.get("nothing_to_follow").is_some_and(|&count| count >= 20), "{tally:?}");
}

/// What must be so in the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// Every member has what the naive recomputation says, and the log verifies.
    Naive,
    /// The log verifies.
    Verified,
}

/// Records so many histories, each in two orders, in programmes of their own.
fn check(
    cases: u32,
    what: Expected,
    histories: impl Strategy<Value = History>,
    open: impl AsyncFnOnce() -> Arc<dyn Log>,
    engine: &str,
) -> Tally {
    let seed = random::seed("ORDER_SEED");
    let cases = random::cases("ORDER_CASES", cases);
    println!("{engine}: ORDER_SEED={seed}, {cases} histories");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let log = runtime.block_on(open());
    let config = Config { cases, failure_persistence: None, max_shrink_time: 30_000, ..Config::default() };
    let mut runner = random::runner(seed, config);
    let (programs, tally) = (AtomicU32::new(0), std::sync::Mutex::new(Tally::new()));
    let result = runner.run(&histories, |history| {
        let facts: Vec<Fact> = history.sent.iter().map(|sent| sent.fact.clone()).collect();
        let naive = naive(&history, &facts);
        let (expected, days) = (naive.has(), naive.credited_on_days());
        *tally.lock().unwrap().entry("days_without_caps".into()).or_default() += u32::try_from(days.len()).unwrap();
        let mut before = None;
        for order in 0..2 {
            let n = programs.fetch_add(1, Ordering::Relaxed);
            let program = ProgramId::parse(&format!("p{n}")).unwrap();
            let random = Random::new(seed.wrapping_add(order));
            let mut bench = runtime.block_on(Bench::on(&log, program, &history, random));
            let (members, mut credited) = runtime.block_on(bench.record(&history))?;
            runtime.block_on(bench.count(&history, &mut tally.lock().unwrap()));
            if what == Expected::Verified {
                continue;
            }
            for (member, has) in &expected {
                // Nothing was spent, so nothing is owed, and all that was credited is there.
                let told = members.get(member).copied().unwrap_or_default();
                differs(&told, &(*has, has.available), || format!("{member}, order {order}"))?;
            }
            differs(&members.len(), &expected.len(), || format!("members of order {order}"))?;
            // Which day carries what a cap let pass follows the order of arrival.
            credited.retain(|(.., kind), _| naive.is_free(kind));
            differs(&credited, &days, || format!("days of order {order}"))?;
            if let Some(before) = before.replace(members.clone()) {
                differs(&members, &before, || "two orders".into())?;
            }
        }
        Ok(())
    });
    runtime.block_on(log.close());
    if let Err(error) = result {
        panic!("ORDER_SEED={seed}: {error}");
    }
    tally.into_inner().unwrap()
}

fn differs<T: PartialEq + std::fmt::Debug>(
    got: &T,
    expected: &T,
    of: impl Fn() -> String,
) -> Result<(), TestCaseError> {
    let problem = || TestCaseError::fail(format!("{}: got {got:?}, expected {expected:?}", of()));
    if got == expected { Ok(()) } else { Err(problem()) }
}

fn naive<'a>(history: &'a History, facts: &'a [Fact]) -> Naive<'a> {
    let now_micros = time(HAPPENED).get() + history.later_micros;
    Naive { versions: &history.versions, zone: time_zone(history.zone).unwrap(), facts, now_micros }
}

/// One or two servers on a store, with a programme of their own.
struct Bench {
    log: Arc<dyn Log>,
    program: ProgramId,
    servers: Vec<(Arc<Ledger>, Arc<ProgramState>)>,
    clock: Arc<ManualClock>,
    random: std::sync::Mutex<Random>,
}

impl Bench {
    async fn on(log: &Arc<dyn Log>, program: ProgramId, history: &History, mut random: Random) -> Self {
        let clock = Arc::new(ManualClock::at("2018-03-12T00:00:00Z"));
        let first = Arc::new(Ledger::new(Arc::clone(log), clock.clone()));
        let state = first.make_place(&program).await.unwrap();
        let mut begin = vec![create_program_in(history.zone)];
        begin.extend(history.versions.iter().cloned().map(publish));
        for answer in first.submit_all(&state, begin, None).await {
            answer.unwrap();
        }
        let mut servers = vec![(first, state)];
        if random.percent(50) {
            let second = Arc::new(Ledger::new(Arc::clone(log), clock.clone()));
            let state = second.program(&program).await.unwrap().unwrap();
            servers.push((second, state));
        }
        clock.set(HAPPENED);
        Self { log: Arc::clone(log), program, servers, clock, random: random.into() }
    }

    /// Records a history in some order, and settles everything in the end.
    async fn record(&mut self, history: &History) -> Result<Outcome, TestCaseError> {
        let (mut sent, begun, zone) = (self.order(history), time(HAPPENED), time_zone(history.zone).unwrap());
        let (mut passed, mut next) = (0, history.next.clone());
        while !sent.is_empty() {
            // Some callers at once, each with some calls; now and then one that settles what is due.
            let callers = 1 + self.below(3);
            let mut batches: Vec<Vec<Command>> = Vec::new();
            for _ in 0..callers {
                let some = sent.split_off(sent.len().saturating_sub(1 + self.below(5)));
                passed = some.iter().map(|sent| sent.at.get() - begun.get()).fold(passed, i64::max);
                batches.push(some.iter().map(|sent| command(sent, &zone)).collect());
            }
            if self.below(3) == 0 {
                batches.push(self.due().await);
            }
            if self.below(3) == 0 {
                batches.extend(next.take().map(|rules| vec![publish(rules)]));
            }
            // Nothing is told before it has happened.
            self.clock.set(&begun.plus(passed).to_rfc3339());
            self.submit(batches).await?;
            if self.below(4) == 0 {
                self.restart().await;
            }
            let later = usize::try_from(history.later_micros).unwrap();
            passed = i64::try_from(self.below(later + 1)).unwrap().max(passed);
            self.clock.set(&begun.plus(passed).to_rfc3339());
        }
        self.clock.set(&begun.plus(history.later_micros).to_rfc3339());
        for _ in 0..10 {
            let due = self.due().await;
            if due.is_empty() {
                return self.outcome().await;
            }
            self.submit(vec![due]).await?;
        }
        Err(TestCaseError::fail("what is due never ends"))
    }

    /// Puts a server that knows nothing yet in the place of one.
    async fn restart(&mut self) {
        let fresh = Arc::new(Ledger::new(Arc::clone(&self.log), self.clock.clone()));
        let state = fresh.program(&self.program).await.unwrap().unwrap();
        let index = self.below(self.servers.len());
        self.servers[index] = (fresh, state);
    }

    fn below(&self, bound: usize) -> usize {
        self.random.lock().unwrap().index(bound)
    }

    /// What is sent in some order, a part of it twice or three times.
    fn order<'a>(&self, history: &'a History) -> Vec<&'a Sent> {
        let mut random = self.random.lock().unwrap();
        let mut sent: Vec<&Sent> = history.sent.iter().collect();
        let retries: Vec<&Sent> = sent.iter().copied().filter(|_| random.percent(25)).collect();
        sent.extend(retries.iter().copied().filter(|_| random.percent(25)));
        sent.extend(retries);
        random.shuffle(&mut sent);
        sent
    }

    async fn submit(&self, batches: Vec<Vec<Command>>) -> Result<(), TestCaseError> {
        let calls = batches.into_iter().map(|batch| {
            let (ledger, state) = &self.servers[self.below(self.servers.len())];
            ledger.submit_all(state, batch, None)
        });
        for answer in futures::future::join_all(calls).await.into_iter().flatten() {
            match answer {
                Ok(_)
                | Err(SubmitError::Rejected(
                    Rejection::NothingToRefund { .. }
                    | Rejection::RefundExceedsAmount { .. }
                    | Rejection::DatedBeforeActivity { .. }
                    | Rejection::NothingDue,
                )) => {}
                Err(error) => return Err(TestCaseError::fail(format!("refused: {error:?}"))),
            }
        }
        Ok(())
    }

    /// The commands that settle what is due.
    async fn due(&self) -> Vec<Command> {
        let now = goodturn::ledger::clock::Clock::now(&*self.clock);
        let due = self.log.due(&self.program, now, 1_000).await.unwrap();
        due.into_iter().map(|stored| end_wait(stored.key, stored.record)).collect()
    }

    async fn outcome(&self) -> Result<Outcome, TestCaseError> {
        let report = goodturn::audit::verify(&*self.log, &self.program, |_| ()).await.unwrap().unwrap();
        differs(&report.findings, &Vec::new(), || "findings".into())?;
        let erased = FaultyLog::on(Arc::clone(&self.log));
        erased.erase_notes();
        let report = goodturn::audit::verify(&*erased, &self.program, |_| ()).await.unwrap().unwrap();
        differs(&report.findings, &Vec::new(), || "findings without attributes".into())?;
        let accounts = self.log.accounts(&self.program, None, 100).await.unwrap();
        let has = accounts.iter().map(|account| {
            let has = Has { available: account.available(), pending: account.balances.get(Bucket::Pending) };
            (account.member.to_string(), (has, account.credited))
        });
        let mut days = Days::new();
        let entries = self.log.entries(&self.program, Seq::ZERO, 10_000).await.unwrap();
        assert_named(&entries);
        for entry in entries {
            if let (Some(member), Some(kind)) = (&entry.member, entry.fact.activity_kind()) {
                let day = (member.to_string(), entry.local_day.date(), kind.to_string());
                *days.entry(day).or_default() += entry.credited();
            }
        }
        days.retain(|_, points| *points != 0);
        Ok((has.collect(), days))
    }

    async fn count(&self, history: &History, tally: &mut Tally) {
        let mut met = |what: &str| *tally.entry(what.into()).or_default() += 1;
        for entry in self.log.entries(&self.program, Seq::ZERO, 10_000).await.unwrap() {
            met(entry.kind.name());
            if entry.is_of_penalty() {
                met("penalty");
            }
            if let Some(reason) = entry.reason {
                met(reason.name());
            }
            measured(&entry, &history.versions).into_iter().for_each(&mut met);
        }
    }
}

/// The command that settles what is due of an activity.
fn end_wait(key: RecordKey, record: Record) -> Command {
    let (RecordKey::Activity(source, activity), Record::Activity(earning)) = (key, record) else {
        panic!("only activities are due");
    };
    let due: Micros = earning.due_at.unwrap();
    let id = RequestId::ending_wait(earning.seq.get(), due.get());
    let telling = Telling { source, activity, told: Told::WaitEnded, occurred_at: due };
    act(CommandKind::EndWait, id.as_str(), "goodturn", Act::Tell(Box::new(telling)))
}
