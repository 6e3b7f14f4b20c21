//! Points that are past their time expire once, while the server that has them expire is killed within its steps.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use goodturn::domain::decide::acts::TillAct;
use goodturn::domain::decide::command::Command;
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::entry::told::Told;
use goodturn::domain::terms::expiry::{Lasts, Policy};
use goodturn::domain::value::balances::Balances;
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::ids::MemberId;
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::seq::Seq;
use goodturn::ledger::clock::{Clock as _, Stopwatch, SystemClock};
use goodturn::log::memory::MemoryLog;
use goodturn::log::{Log, Purpose};

use crate::support::bench::Bench;
use crate::support::clients::database;
use crate::support::expiry::{earned, under, until_clean};
use crate::support::forms::short_or_long;
use crate::support::postgres::shared;
use crate::support::process::ServeProcess;
use crate::support::random::Random;
use crate::support::sample::{member, program, tell, time};
use crate::support::till::{asked, at_till};

/// Members: six steps of 500, one of 100, and the one that ends the cut-off.
const MEMBERS: usize = 3_100;
const STEPS: usize = 8;

const POLICY: Policy = Policy { lasts: Lasts::Months(24), not_before_days: 0, days: Vec::new() };

const EARNED_AT: &str = "2018-04-02T00:00:00Z";

/// Where a server dies within a step, and whether the step stands.
const PLACES: [(&str, bool); 4] = [
    ("lane-before-append", false),
    ("sqlite-before-commit", false),
    ("lane-after-append", true),
    ("lane-before-answer", true),
];

/// Longest time from the first step to a kill that comes at any moment: of some steps.
const AT_ANY_MOMENT_MS: u64 = 150;

const PATIENCE: Duration = Duration::from_mins(2);

fn id(n: usize) -> String {
    format!("m{n:04}")
}

/// 100 points, of which some members spend 40, and some of the others lose all.
const fn is_spender(n: usize) -> bool {
    n.is_multiple_of(5)
}

const fn is_fraud(n: usize) -> bool {
    n.is_multiple_of(7) && !is_spender(n)
}

fn past_its_time(n: usize) -> i64 {
    if is_spender(n) {
        60
    } else if is_fraud(n) {
        0
    } else {
        100
    }
}

/// A programme in which every member earned 100 points years ago, and every other one 30 more a day ago. A cut-off is due.
async fn years_ago(store: Arc<dyn Log>) -> Bench {
    let bench = under(store, POLICY).await;
    let earn = |n| earned(&format!("a{n}"), &id(n), 0, time(EARNED_AT));
    submit(&bench, (0..MEMBERS).map(earn).collect()).await;
    let spend = |n| at_till(&format!("s{n}"), TillAct::Redeem(asked(&format!("s{n}"), &id(n), 40)));
    submit(&bench, (0..MEMBERS).filter(|n| is_spender(*n)).map(spend).collect()).await;
    let lose = |n| tell(&format!("a{n}"), &format!("a{n}"), Told::Reversed(Reason::Fraud), EARNED_AT);
    submit(&bench, (0..MEMBERS).filter(|n| is_fraud(*n)).map(lose).collect()).await;
    let yesterday = SystemClock.now().plus(-86_400_000_000);
    bench.clock.set(&yesterday.to_rfc3339());
    let earn = |n| earned(&format!("b{n}"), &id(n), 1, yesterday);
    submit(&bench, (0..MEMBERS).step_by(2).map(earn).collect()).await;
    bench
}

async fn submit(bench: &Bench, commands: Vec<Command>) {
    for commands in commands.chunks(1_000) {
        let answers = bench.ledger.submit_all(&bench.program, commands.to_vec(), None).await;
        for answer in answers {
            assert!(answer.is_ok(), "{answer:?}");
        }
    }
}

/// What each member has, and was ever credited.
async fn accounts(log: &dyn Log) -> BTreeMap<MemberId, (Balances, i64)> {
    let accounts = log.accounts(&program(), None, 10_000).await.unwrap();
    accounts.into_iter().map(|account| (account.member, (account.balances, account.credited))).collect()
}

/// What a run without kills leaves each member.
async fn undisturbed() -> BTreeMap<MemberId, (Balances, i64)> {
    let bench = years_ago(Arc::new(MemoryLog::default())).await;
    bench.clock.set(&SystemClock.now().to_rfc3339());
    until_clean(&bench.ledger).await;
    accounts(&*bench.log).await
}

/// Servers on a store, one after the other, each killed within the steps it takes.
struct Killed<'a> {
    url: &'a str,
    folder: &'a Path,
    log: &'a dyn Log,
    /// The last entry before the first step.
    before: Seq,
    kills: usize,
    /// PostgreSQL may go on with a step whose server was killed a moment ago.
    in_doubt: bool,
}

impl Killed<'_> {
    async fn steps(&self) -> Vec<Entry> {
        let entries = self.log.entries(&program(), self.before, 10_000).await.unwrap();
        entries.into_iter().filter(|entry| entry.kind == EntryKind::ExpiryProgressed).collect()
    }

    fn serve(&self, failpoints: &str) -> ServeProcess {
        let environment = [("FAILPOINTS".into(), failpoints.into())];
        tokio::task::block_in_place(|| {
            ServeProcess::start_logging(self.url, &self.folder.join("server.log"), &environment)
        })
    }

    async fn until_steps(&self, steps: usize) {
        let watch = Stopwatch::start();
        while self.steps().await.len() < steps {
            assert!(watch.elapsed() < PATIENCE, "{} kills, and {steps} steps are not taken", self.kills);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// A server that dies at a place of its first or second step.
    async fn dies_at(&mut self, place: &str, stands: bool, passes: usize) {
        let before = self.steps().await.len();
        if before + passes + usize::from(self.in_doubt) >= STEPS {
            return;
        }
        let server = self.serve(&format!("{place}={passes}*off->return"));
        tokio::task::block_in_place(|| server.killed());
        let taken = self.steps().await.len() - before;
        if !std::mem::take(&mut self.in_doubt) {
            assert_eq!(taken, passes + usize::from(stands), "{place}: a step stands as a whole, or not at all");
        }
        self.kills += 1;
    }

    /// A server that is killed from outside, in one of its steps or between two.
    async fn dies_at_any_moment(&mut self, random: &mut Random) {
        let before = self.steps().await.len();
        if before + 2 >= STEPS {
            return;
        }
        let server = self.serve("");
        self.until_steps(before + 1).await;
        tokio::time::sleep(Duration::from_millis(random.below(AT_ANY_MOMENT_MS))).await;
        tokio::task::block_in_place(|| server.kill());
        self.kills += 1;
        self.in_doubt = true;
    }
}

/// Each member's points expire once, in steps that follow on each other, and every total is that of a run without kills.
async fn expire_once(url: &str, places: &[(&str, bool)], seed: u64) -> usize {
    let log = goodturn::log::open(url, Purpose::Record).await.unwrap();
    let bench = years_ago(log).await;
    let (folder, mut random) = (tempfile::tempdir().unwrap(), Random::new(seed));
    let before = bench.program.head_seq();
    let mut killed = Killed { url, folder: folder.path(), log: &*bench.log, before, kills: 0, in_doubt: false };
    for passes in [0, 1] {
        for &(place, stands) in places {
            killed.dies_at(place, stands, passes).await;
        }
        killed.dies_at_any_moment(&mut random).await;
    }
    let last = killed.serve("");
    killed.until_steps(STEPS).await;
    assert!(tokio::task::block_in_place(|| last.terminate()).success());
    assert!(killed.kills > places.len(), "{} kills are too few", killed.kills);

    let steps = killed.steps().await;
    let ends = steps.iter().map(|step| match &step.fact {
        Fact::ExpiryStep(step) => step.through.clone(),
        other => panic!("{other:?} is no step"),
    });
    let expected = (1..=6).map(|step| Some(member(&id(step * 500 - 1)))).chain([Some(member(&id(MEMBERS - 1))), None]);
    assert_eq!(ends.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "each step once, in their order");
    let (kills, entries) = (killed.kills, bench.entries().await);
    let mut expired: BTreeMap<&MemberId, Vec<i64>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::PointsExpired) {
        expired.entry(entry.member.as_ref().unwrap()).or_default().push(entry.movement.unwrap().amount().get());
    }
    for n in 0..MEMBERS {
        let once: &[i64] = if is_fraud(n) { &[] } else { &[past_its_time(n)] };
        assert_eq!(expired.get(&member(&id(n))).map_or(&[][..], |times| times), once, "{}", id(n));
    }
    let (has, should_have) = (accounts(&*bench.log).await, undisturbed().await);
    assert!(has == should_have, "what members have is not what they have without kills");
    let total: i64 = has.values().map(|(balances, _)| balances.get(Bucket::Expired)).sum();
    assert_eq!(total, (0..MEMBERS).map(past_its_time).sum::<i64>());
    kills
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn points_expire_once_while_a_server_on_sqlite_is_killed_within_its_steps() {
    // INV 1, 3, 14, 40
    let mut kills = 0;
    for seed in 0..short_or_long(1, 20) {
        let folder = tempfile::tempdir().unwrap();
        kills += expire_once(&database(&folder), &PLACES, seed).await;
    }
    println!("{kills} kills within a cut-off on SQLite: each member's points expired once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn points_expire_once_while_a_server_on_postgres_is_killed_within_its_steps() {
    // INV 1, 3, 14, 40
    let mut kills = 0;
    let places: Vec<_> = PLACES.into_iter().filter(|(place, _)| !place.starts_with("sqlite")).collect();
    for seed in 0..short_or_long(1, 20) {
        let url = tokio::task::block_in_place(|| shared().create_database());
        kills += expire_once(&url, &places, seed).await;
    }
    println!("{kills} kills within a cut-off on PostgreSQL: each member's points expired once");
}
