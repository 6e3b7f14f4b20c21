//! The till against a naive model: whatever is asked of it, in whatever order, it answers as the model does, and members have
//! what the model says.
//!
//! `TILL_SEED` repeats a run; `TILL_CASES` makes it longer.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use goodturn::domain::decide::acts::TillAct;
use goodturn::domain::decide::command::Command;
use goodturn::domain::decide::rejection::Rejection;
use goodturn::domain::entry::told::Told;

use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::state::record::{Record, RecordKey};
use goodturn::domain::terms::till::Spending;
use goodturn::domain::value::amount::Move;
use goodturn::domain::value::bucket::{Bucket, Unit};
use goodturn::domain::value::ids::ProgramId;
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::time::Micros;
use goodturn::ledger::state::ProgramState;
use goodturn::ledger::{Answer, Ledger, Recorded, SubmitError};
use goodturn::log::{Log, Purpose};
use goodturn::process::sweeper;
use proptest::test_runner::{Config, TestCaseError};

use crate::support::changed::assert_named;
use crate::support::clock::ManualClock;
use crate::support::naive_till::{Has, HoldIs, Naive, Said, Step};
use crate::support::random::{self, Random};
use crate::support::sample::{award, create_program, member, publish, rule_set, tell, time};
use crate::support::stores::in_memory;
use crate::support::till::{asked, at_till, place};
use crate::support::till_histories::{about_one_of, steps};

const BEGINS: &str = "2018-04-02T00:00:00Z";
const MEMBERS: [&str; 3] = ["ben", "cleo", "dora"];

/// How often each step was answered in each way.
type Tally = BTreeMap<String, u32>;

#[test]
fn the_till_answers_as_the_model_does_in_memory() {
    // INV 3, 10, 11, 14, 15, 30, 31, 32, 33, 34, 35
    let tally = check(700, in_memory, "memory");
    // A test that never meets a case says nothing of it.
    let met = |what: &str| assert!(tally.get(what).is_some_and(|&count| count >= 10), "{what}: {tally:?}");
    for what in [
        "Award Done",
        "Reverse Done",
        "Restore Done",
        "Hold Done",
        "Hold Term",
        "Hold TooFewPoints",
        "Hold TooFewPoints in debt",
    ] {
        met(what);
    }
    for what in ["Done", "NotFound", "Over", "MoreThanHeld", "TooLate", "TooFewPoints", "ExistsAlready"] {
        met(&format!("Capture {what}"));
    }
    for what in ["Release Done", "Release Over", "Redeem Done", "Redeem TooFewPoints", "Redeem TooFewPoints in debt"] {
        met(what);
    }
    for what in ["Refund Done", "Refund MoreThanSpent", "Refund Over", "Refund NotFound"] {
        met(what);
    }
    for what in ["captured late", "expired on demand", "expired by the sweeper", "written off"] {
        met(what);
    }
}

#[test]
fn the_till_answers_as_the_model_does_on_sqlite() {
    // INV 3, 31, 32, 33, 34, 35
    let folder = tempfile::tempdir().unwrap();
    let url = crate::support::clients::database(&folder);
    check(12, async || goodturn::log::open(&url, Purpose::Record).await.unwrap(), "sqlite");
}

#[test]
fn the_till_answers_as_the_model_does_on_postgres() {
    // INV 3, 31, 32, 33, 34, 35
    let url = crate::support::postgres::shared().create_database();
    check(12, async || goodturn::log::open(&url, Purpose::Record).await.unwrap(), "postgres");
}

/// Takes so many histories, in programmes of their own.
fn check(cases: u32, open: impl AsyncFnOnce() -> Arc<dyn Log>, engine: &str) -> Tally {
    let seed = random::seed("TILL_SEED");
    let cases = random::cases("TILL_CASES", cases);
    println!("{engine}: TILL_SEED={seed}, {cases} histories");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let log = runtime.block_on(open());
    let config = Config { cases, failure_persistence: None, max_shrink_time: 30_000, ..Config::default() };
    let mut runner = random::runner(seed, config);
    let (programs, tally) = (AtomicU32::new(0), Mutex::new(Tally::new()));
    let result = runner.run(&steps(), |steps| {
        let n = programs.fetch_add(1, Ordering::Relaxed);
        runtime.block_on(async {
            let mut till = Till::on(&log, &format!("p{n}"), seed.wrapping_add(n.into())).await;
            for step in steps {
                till.take(step, &tally).await?;
            }
            till.end(&tally).await
        })
    });
    runtime.block_on(log.close());
    if let Err(error) = result {
        panic!("TILL_SEED={seed}: {error}");
    }
    tally.into_inner().unwrap()
}

fn count(tally: &Mutex<Tally>, what: String) {
    *tally.lock().unwrap().entry(what).or_default() += 1;
}

fn differs<T: PartialEq + std::fmt::Debug>(got: &T, expected: &T, of: &str) -> Result<(), TestCaseError> {
    let problem = || TestCaseError::fail(format!("{of}: got {got:?}, expected {expected:?}"));
    if got == expected { Ok(()) } else { Err(problem()) }
}

/// Two servers on one store, and the model beside them.
struct Till {
    log: Arc<dyn Log>,
    program: ProgramId,
    servers: Vec<(Arc<Ledger>, Arc<ProgramState>)>,
    clock: Arc<ManualClock>,
    random: Random,
    naive: Naive,
    /// What was done, with its first entry: sent again now and then.
    done: Vec<(Command, Recorded)>,
}

impl Till {
    async fn on(log: &Arc<dyn Log>, program: &str, seed: u64) -> Self {
        let (program, clock) = (ProgramId::parse(program).unwrap(), Arc::new(ManualClock::at(BEGINS)));
        let first = Arc::new(Ledger::new(Arc::clone(log), clock.clone()));
        let state = first.make_place(&program).await.unwrap();
        for command in [create_program(), publish(rule_set(1, "2018-03-12T00:00:00Z", 100))] {
            first.submit(&state, command, None).await.unwrap();
        }
        let second = Arc::new(Ledger::new(Arc::clone(log), clock.clone()));
        let other = second.program(&program).await.unwrap().unwrap();
        let servers = vec![(first, state), (second, other)];
        let naive = Naive::at(time(BEGINS).get());
        Self { log: Arc::clone(log), program, servers, clock, random: Random::new(seed), naive, done: Vec::new() }
    }

    async fn take(&mut self, step: Step, tally: &Mutex<Tally>) -> Result<(), TestCaseError> {
        let step = &about_one_of(step, &self.naive);
        let command = self.command(step);
        let before = self.expired();
        let expected = self.naive.take(step);
        let said = match command {
            None => {
                self.clock.set(&Micros::new(self.naive.now).unwrap().to_rfc3339());
                if *step == Step::Sweep {
                    self.sweep().await;
                }
                Said::Done
            }
            Some(command) => self.submit(command).await?,
        };
        let of = format!("{step:?}");
        differs(&said, &expected, &of)?;
        self.compare(&of).await?;
        self.replay().await?;
        let (kind, answer) = (first_word(&of), format!("{said:?}"));
        count(tally, format!("{kind} {}", first_word(&answer)));
        if matches!(said, Said::TooFewPoints(..0)) {
            count(tally, format!("{kind} TooFewPoints in debt"));
        }
        if self.expired() > before {
            let by = if *step == Step::Sweep { "by the sweeper" } else { "on demand" };
            count(tally, format!("expired {by}"));
        }
        Ok(())
    }

    fn expired(&self) -> usize {
        self.naive.holds.values().filter(|hold| hold.is == HoldIs::Expired).count()
    }

    /// The command of a step; `None` where nothing is asked by it.
    fn command(&self, step: &Step) -> Option<Command> {
        Some(match *step {
            Step::Award(of) => award(&format!("a{}", self.naive.awards()), MEMBERS[of]),
            // What is not recorded yet could be taken back early; that is not what this is about.
            Step::Reverse(n) | Step::Restore(n) if n >= self.naive.awards() => {
                at_till("x", TillAct::Release(place("none")))
            }
            Step::Reverse(n) | Step::Restore(n) => {
                let is_reversed = matches!(step, Step::Reverse(_));
                let told = if is_reversed { Told::Reversed(Reason::Withdrawn) } else { Told::Restored };
                // The last word counts, so each is later than those before it.
                let when = time(BEGINS).plus(i64::try_from(self.done.len()).unwrap());
                tell(&format!("x{n}-{}", self.done.len()), &format!("a{n}"), told, &when.to_rfc3339())
            }
            Step::Hold(of, points, minutes) => {
                let id = format!("h{}", self.naive.asked_holds);
                let until = Micros::new(self.naive.now).unwrap().plus(minutes * 60_000_000);
                at_till(&id, TillAct::Hold(asked(&id, MEMBERS[of], points), until))
            }
            Step::Capture(n, points) => at_till(&hold(n), TillAct::Capture(place(&hold(n)), points)),
            Step::Release(n) => at_till(&hold(n), TillAct::Release(place(&hold(n)))),
            Step::Redeem(of, points) => {
                let id = format!("r{}", self.naive.asked_redemptions);
                at_till(&id, TillAct::Redeem(asked(&id, MEMBERS[of], points)))
            }
            Step::Refund(of_hold, n, points) => {
                let id = format!("f{}", self.naive.asked_refunds);
                let (of, spending) =
                    if of_hold { (hold(n), Spending::Capture) } else { (format!("r{n}"), Spending::Redemption) };
                at_till(&id, TillAct::Refund(place(&of), spending, points))
            }
            Step::Wait(_) | Step::Sweep => return None,
        })
    }

    /// Sends a command to one of the servers, or to both at once: then both must say the same.
    async fn submit(&mut self, command: Command) -> Result<Said, TestCaseError> {
        if self.random.percent(10) {
            let fresh = Arc::new(Ledger::new(Arc::clone(&self.log), self.clock.clone()));
            let state = fresh.program(&self.program).await.unwrap().unwrap();
            let index = self.random.index(2);
            self.servers[index] = (fresh, state);
        }
        let index = self.random.index(2);
        let answer = if self.random.percent(25) {
            let both = self.servers.iter().map(|(ledger, state)| ledger.submit(state, command.clone(), None));
            let mut both = futures::future::join_all(both).await;
            if let [Ok(one), Ok(two)] = &both[..] {
                differs(one, two, "two receipts of one command")?;
            }
            differs(&both[0].is_ok(), &both[1].is_ok(), "two servers at once")?;
            both.swap_remove(0)
        } else {
            let (ledger, state) = &self.servers[index];
            ledger.submit(state, command.clone(), None).await
        };
        if let Ok(first) = &answer {
            self.done.push((command, first.clone()));
        }
        said(answer)
    }

    /// Sends something again that was done.
    async fn replay(&mut self) -> Result<(), TestCaseError> {
        if self.done.is_empty() || self.random.percent(70) {
            return Ok(());
        }
        let (again, index) = (self.random.index(self.done.len()), self.random.index(2));
        let (command, first) = &self.done[again];
        let (ledger, state) = &self.servers[index];
        let answer = ledger.submit(state, command.clone(), None).await;
        differs(&answer, &Ok(first.clone()), "a replay")?;
        let other = Command { digest: [9; 32], ..command.clone() };
        let answer = said(ledger.submit(state, other, None).await)?;
        differs(&answer, &Said::ExistsAlready, "a replay of other values")
    }

    async fn sweep(&mut self) {
        let both = self.servers.iter().map(|(ledger, state)| sweeper::sweep(ledger, state));
        for swept in futures::future::join_all(both).await {
            assert_eq!(swept.unwrap().failed, 0);
        }
    }

    /// Every member has what the model says, on either server.
    async fn compare(&mut self, of: &str) -> Result<(), TestCaseError> {
        let (ledger, state) = &self.servers[self.random.index(2)];
        ledger.catch_up(state).await.unwrap();
        for (id, expected) in MEMBERS.iter().zip(&self.naive.members) {
            let balances = ledger.account(state, &member(id)).await.unwrap().0.balances;
            let get = |bucket| balances.get(bucket);
            let (available, held, redeemed) = (get(Bucket::Available), get(Bucket::Held), get(Bucket::Redeemed));
            let has = Has { available, held, redeemed, written_off: -get(Bucket::WrittenOff) };
            differs(&has, expected, &format!("{id} after {of}"))?;
            let points = Bucket::ALL.into_iter().filter(|bucket| bucket.unit() == Unit::Points);
            differs(&points.map(get).sum::<i64>(), &0, "the sum of the buckets")?;
        }
        Ok(())
    }

    /// The log verifies, each hold is what the model says, and ended once at most.
    async fn end(&mut self, tally: &Mutex<Tally>) -> Result<(), TestCaseError> {
        let report = goodturn::audit::verify(&*self.log, &self.program, |_| ()).await.unwrap().unwrap();
        differs(&report.findings, &Vec::new(), "findings")?;
        assert_named(&self.log.entries(&self.program, Seq::ZERO, 10_000).await.unwrap());
        let (ledger, state) = &self.servers[0];
        ledger.catch_up(state).await.unwrap();
        for (n, expected) in &self.naive.holds {
            let place = place(&hold(*n));
            let Some(Record::Hold(held)) = ledger.record(state, &RecordKey::hold(&place)).await.unwrap() else {
                return Err(TestCaseError::fail(format!("no hold {n}")));
            };
            let spent = held.spent.map_or((0, 0), |spent| (spent.points, spent.refunded));
            differs(&spent, &(expected.captured, expected.refunded), "what was captured, and refunded of it")?;
            let is = format!("{:?}", expected.is).to_lowercase();
            differs(&held.state(), &is.as_str(), &format!("hold {n}"))?;
        }
        let entries = self.log.entries(&self.program, Seq::ZERO, 10_000).await.unwrap();
        let mut ends: BTreeMap<Seq, u32> = BTreeMap::new();
        for entry in &entries {
            let from = entry.movement.map(Move::from);
            let ends_it = match entry.kind {
                EntryKind::HoldCaptured if from == Some(Bucket::Available) => {
                    count(tally, "captured late".into());
                    false
                }
                kind => matches!(kind, EntryKind::HoldCaptured | EntryKind::HoldReleased | EntryKind::HoldExpired),
            };
            if ends_it {
                *ends.entry(entry.refers.unwrap()).or_default() += 1;
            }
            if entry.kind == EntryKind::WrittenOff {
                count(tally, "written off".into());
            }
            let uses = matches!(entry.kind, EntryKind::HoldCreated | EntryKind::PointsRedeemed);
            let below = uses && entry.balance_after.get(Bucket::Available) < 0;
            differs(&below, &false, "whether more was used than there was")?;
        }
        differs(&ends.values().all(|&times| times == 1), &true, "whether each hold ended once")?;
        let over = self.naive.holds.values().filter(|hold| hold.is != HoldIs::Held).count();
        differs(&ends.len(), &over, "holds that ended")
    }
}

fn said(answer: Answer) -> Result<Said, TestCaseError> {
    Ok(match answer {
        Ok(_) => Said::Done,
        Err(SubmitError::Rejected(rejection)) => match rejection {
            Rejection::NotFound { .. } => Said::NotFound,
            Rejection::InsufficientPoints { available, .. } => Said::TooFewPoints(available),
            Rejection::HoldTerm { .. } => Said::Term,
            Rejection::CaptureExceedsHold { .. } => Said::MoreThanHeld,
            Rejection::CaptureTooLate { .. } => Said::TooLate,
            Rejection::WrongState { .. } => Said::Over,
            Rejection::RefundExceedsRedemption { left, .. } => Said::MoreThanSpent(left),
            Rejection::ExistsWithDifferentContent { .. } => Said::ExistsAlready,
            other => return Err(TestCaseError::fail(format!("refused: {other:?}"))),
        },
        Err(error) => return Err(TestCaseError::fail(format!("failed: {error:?}"))),
    })
}

fn hold(n: usize) -> String {
    format!("h{n}")
}

fn first_word(text: &str) -> &str {
    text.split('(').next().unwrap_or_default()
}
