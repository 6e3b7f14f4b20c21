//! Expiry without activity does not depend on the order in which facts arrive between two days of recording.
//!
//! Each history has some stretches of time. What is told within one is recorded in two orders, with retries, by two servers, in
//! calls at once. After each stretch members may be merged, the clock goes on, and what is past its time expires. Before and after that,
//! both orders must have left every person what a naive recomputation says, and the log must verify in the end.
//!
//! `INACTIVE_SEED` repeats a run, as far as callers at once allow; `INACTIVE_CASES` makes it longer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::decide::rejection::Rejection;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::entry::told::Told;
use goodturn::domain::terms::expiry::{Lasts, Policy};
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::time::Micros;
use goodturn::ledger::{Ledger, SubmitError};
use goodturn::log::{Log, Purpose};
use goodturn::process::sweeper;
use jiff::ToSpan as _;
use jiff::civil::Date;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};

use crate::support::changed::assert_named;
use crate::support::clock::ManualClock;
use crate::support::expiry::{BEGINS, KINDS, earned, version};
use crate::support::random::{self, Random};
use crate::support::sample::{act, create_program, member, program, tell, time, zone};
use crate::support::stores::in_memory;

const MEMBERS: [&str; 4] = ["ben", "cleo", "dora", "emil"];
const DAY: i64 = 86_400_000_000;
const ACTIVITIES: usize = 16;

/// A fact. Activities are numbered; each is of one member and of one kind, whenever it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fact {
    Earned(usize),
    Reversed(usize),
}

/// Facts that are told in some order, then days that pass.
#[derive(Debug, Clone)]
struct Stretch {
    told: BTreeSet<Fact>,
    days: i64,
    /// Two members who are found to be one person at its end.
    merges: Option<(usize, usize)>,
}

fn stretches() -> impl Strategy<Value = Vec<Stretch>> {
    let fact = prop_oneof![
        3 => (0..ACTIVITIES).prop_map(Fact::Earned),
        2 => (0..ACTIVITIES).prop_map(Fact::Reversed),
    ];
    let merges = proptest::option::weighted(0.3, (0..MEMBERS.len(), 0..MEMBERS.len()));
    let stretch = (proptest::collection::btree_set(fact, 0..8), 1..50_i64, merges);
    vec(stretch.prop_map(|(told, days, merges)| Stretch { told, days, merges }), 3..9)
}

fn policies() -> impl Strategy<Value = Policy> {
    let not_before_days = prop_oneof![2 => Just(0_u32), 1 => Just(20)];
    (1..3_u32, not_before_days).prop_map(|(months, not_before_days)| Policy {
        lasts: Lasts::Inactive(months),
        not_before_days,
        days: Vec::new(),
    })
}

/// The member and the kind of an activity.
const fn of(activity: usize) -> (usize, usize) {
    (activity % MEMBERS.len(), activity / MEMBERS.len() % KINDS.len())
}

fn command(fact: Fact) -> Command {
    let id = |activity: usize| format!("a{activity}");
    match fact {
        Fact::Earned(activity) => {
            let (member, kind) = of(activity);
            // It occurred when the programme began: only the time of recording tells activities apart.
            earned(&id(activity), MEMBERS[member], kind, time(BEGINS))
        }
        Fact::Reversed(activity) => {
            let reversal = format!("r{activity}");
            tell(&reversal, &id(activity), Told::Reversed(Reason::Withdrawn), BEGINS)
        }
    }
}

/// Points of an activity, as they are counted naively.
struct Credit {
    member: usize,
    points: i64,
    recorded: Date,
    has_expired: bool,
}

/// A person, recomputed from the stretches: each point is live, or it has expired.
#[derive(Default)]
struct Naive {
    credits: BTreeMap<usize, Credit>,
    told: BTreeSet<Fact>,
    /// Days of activity of each member.
    active: [Vec<Date>; MEMBERS.len()],
    /// The member into which each was merged.
    merged: BTreeMap<usize, usize>,
    /// Points taken back of what had expired, and members who kept theirs.
    met: [usize; 3],
}

impl Naive {
    fn person(&self, member: usize) -> usize {
        self.merged.get(&member).map_or(member, |into| self.person(*into))
    }

    fn tell(&mut self, facts: &BTreeSet<Fact>, today: Date) {
        for fact in facts.iter().filter(|fact| !self.told.contains(fact)) {
            match *fact {
                Fact::Earned(activity) => {
                    let (member, kind) = of(activity);
                    self.active[member].push(today);
                    // A member who was merged earns nothing, whatever the same activity would have earned before.
                    if !self.merged.contains_key(&member) {
                        let points = KINDS[kind].1;
                        self.credits.insert(activity, Credit { member, points, recorded: today, has_expired: false });
                    }
                }
                Fact::Reversed(activity) => {
                    let gone = self.credits.remove(&activity);
                    self.met[0] += usize::from(gone.is_some_and(|credit| credit.has_expired));
                }
            }
        }
        self.told.extend(facts);
        // What is reversed before it comes never earns.
        for fact in &self.told {
            if let Fact::Reversed(activity) = fact {
                self.credits.remove(activity);
            }
        }
    }

    fn cut_off(&mut self, day: Date, policy: &Policy) {
        let Lasts::Inactive(months) = policy.lasts else { panic!("{policy:?}") };
        let since = day.checked_sub(i64::from(months).months()).unwrap();
        let by = day.checked_sub((i64::from(policy.not_before_days) + 1).days()).unwrap();
        let persons: Vec<usize> = (0..MEMBERS.len()).map(|member| self.person(member)).collect();
        let of = |person: usize| persons.iter().enumerate().filter(move |(_, of)| **of == person);
        let is_active = [0, 1, 2, 3]
            .map(|person| of(person).flat_map(|(member, _)| &self.active[member]).any(|at| (since..day).contains(at)));
        for credit in self.credits.values_mut().filter(|credit| !credit.has_expired && credit.recorded <= by) {
            credit.has_expired = !is_active[persons[credit.member]];
            self.met[if credit.has_expired { 2 } else { 1 }] += 1;
        }
    }

    /// Returns the available and the expired points of each member.
    fn has(&self) -> Has {
        let mut all = [(0, 0); MEMBERS.len()];
        for credit in self.credits.values() {
            let (available, expired) = &mut all[self.person(credit.member)];
            *(if credit.has_expired { expired } else { available }) += credit.points;
        }
        all
    }
}

/// Available and expired points of each member.
type Has = [(i64, i64); MEMBERS.len()];

/// Plays a history naively. Returns what members have before and after each wait, too.
fn naive(stretches: &[Stretch], policy: &Policy) -> (Naive, Vec<Has>) {
    let (mut naive, mut has) = (Naive::default(), Vec::new());
    let mut now = time(BEGINS);
    for stretch in stretches {
        let day = |at: Micros| at.day_in(&zone()).date();
        naive.tell(&stretch.told, day(now));
        if let Some((from, into)) = stretch.merges.filter(|(from, into)| {
            from != into && ![from, into].into_iter().any(|member| naive.merged.contains_key(member))
        }) {
            naive.merged.insert(from, into);
        }
        has.push(naive.has());
        let next = now.plus(stretch.days * DAY);
        let passed = day(now).series(1.days()).skip(1).take_while(|at| *at <= day(next));
        for cut_off in passed.filter(|at| at.day() == 1) {
            naive.cut_off(cut_off, policy);
        }
        has.push(naive.has());
        now = next;
    }
    (naive, has)
}

/// Two servers on a store.
struct Servers {
    ledgers: [Arc<Ledger>; 2],
    clock: Arc<ManualClock>,
    random: Random,
}

impl Servers {
    async fn on(store: &Arc<dyn Log>, policy: &Policy, random: Random) -> Self {
        let clock = Arc::new(ManualClock::at(BEGINS));
        let ledgers = [0, 1].map(|_| Arc::new(Ledger::new(Arc::clone(store), clock.clone())));
        let place = ledgers[0].make_place(&program()).await.unwrap();
        let begin = vec![create_program(), version(1, "2010-01-01T00:00:00Z", Some(policy.clone()))];
        for answer in ledgers[0].submit_all(&place, begin, None).await {
            answer.unwrap();
        }
        Self { ledgers, clock, random }
    }

    /// Tells facts in some order, some of them twice, and some that were told before.
    async fn tell(&mut self, facts: &BTreeSet<Fact>, before: &[Fact]) -> Result<(), TestCaseError> {
        let mut told: Vec<Fact> = facts.iter().copied().collect();
        let again: Vec<Fact> = told.iter().chain(before).copied().filter(|_| self.random.percent(20)).collect();
        told.extend(again);
        self.random.shuffle(&mut told);
        while !told.is_empty() {
            let mut calls = Vec::new();
            for _ in 0..=self.random.index(3) {
                let some = told.split_off(told.len().saturating_sub(1 + self.random.index(3)));
                let ledger = Arc::clone(&self.ledgers[self.random.index(2)]);
                calls.push(async move {
                    let place = ledger.program(&program()).await.unwrap().unwrap();
                    ledger.submit_all(&place, some.into_iter().map(command).collect(), None).await
                });
            }
            for answer in futures::future::join_all(calls).await.into_iter().flatten() {
                if let Err(error) = answer {
                    return Err(TestCaseError::fail(format!("refused: {error:?}")));
                }
            }
        }
        Ok(())
    }

    /// Merges two members, unless either is merged already.
    async fn merge(&self, from: usize, into: usize) {
        let place = self.ledgers[0].program(&program()).await.unwrap().unwrap();
        let merge = Act::MergeMembers { from: member(MEMBERS[from]), into: member(MEMBERS[into]) };
        let command = act(CommandKind::MergeMembers, &format!("m{from}-{into}"), "anna", merge);
        let merged = self.ledgers[0].submit(&place, command, None).await;
        let is_refused = matches!(merged, Err(SubmitError::Rejected(Rejection::NotMergeable { .. })));
        assert!(is_refused || merged.is_ok(), "{merged:?}");
    }

    /// Lets days pass. Either server sweeps: at each day, or once in the end.
    async fn wait(&mut self, days: i64) {
        let now = goodturn::ledger::clock::Clock::now(&*self.clock);
        let sweeps_daily = self.random.percent(30);
        for passed in if sweeps_daily { 1..=days } else { days..=days } {
            self.clock.set(&now.plus(passed * DAY).to_rfc3339());
            let ledger = &self.ledgers[self.random.index(2)];
            sweeper::sweep_all(ledger).await.unwrap();
        }
    }

    /// Plays a history. Returns what members have before and after each wait.
    async fn play(&mut self, stretches: &[Stretch]) -> Result<Vec<Has>, TestCaseError> {
        let (mut before, mut has) = (Vec::new(), Vec::new());
        for stretch in stretches {
            self.tell(&stretch.told, &before).await?;
            before.extend(&stretch.told);
            if let Some((from, into)) = stretch.merges {
                self.merge(from, into).await;
            }
            has.push(self.has().await);
            self.wait(stretch.days).await;
            has.push(self.has().await);
        }
        Ok(has)
    }

    async fn has(&self) -> Has {
        let mut has = Has::default();
        for account in self.ledgers[0].log().accounts(&program(), None, 100).await.unwrap() {
            let at = MEMBERS.iter().position(|id| account.member == member(id)).unwrap();
            has[at] = (account.available(), account.balances.get(Bucket::Expired));
        }
        has
    }
}

/// Plays so many histories, each in two orders on a store of its own. Returns what was met.
fn check(cases: u32, open: impl AsyncFn() -> Arc<dyn Log>, engine: &str) -> [usize; 4] {
    let seed = random::seed("INACTIVE_SEED");
    let cases = random::cases("INACTIVE_CASES", cases);
    println!("{engine}: INACTIVE_SEED={seed}, {cases} histories");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases, failure_persistence: None, max_shrink_time: 30_000, ..Config::default() };
    let met = std::cell::Cell::new([0; 4]);
    let result = random::runner(seed, config).run(&(policies(), stretches()), |(policy, stretches)| {
        let (naive, expected) = naive(&stretches, &policy);
        for order in 0..2 {
            let store = runtime.block_on(open());
            let (has, mergers) = runtime.block_on(async {
                let mut servers = Servers::on(&store, &policy, Random::new(seed.wrapping_add(order))).await;
                let has = servers.play(&stretches).await?;
                let report = goodturn::audit::verify(&*store, &program(), |_| ()).await.unwrap().unwrap();
                prop_assert_eq!(report.findings, vec![]);
                let entries = store.entries(&program(), Seq::ZERO, 10_000).await.unwrap();
                assert_named(&entries);
                let mergers = entries.iter().filter(|entry| entry.kind == EntryKind::MemberMerged).count() / 2;
                store.close().await;
                Ok((has, mergers))
            })?;
            prop_assert_eq!(&has, &expected, "order {}", order);
            let [reversed, kept, expired] = naive.met;
            let add = [reversed, kept, expired, mergers];
            met.set(std::array::from_fn(|at| met.get()[at] + add[at]));
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("INACTIVE_SEED={seed}: {error}");
    }
    met.into_inner()
}

#[test]
fn what_expires_without_activity_does_not_depend_on_the_order_in_memory() {
    // INV 3, 10, 30, 40
    let met = check(600, in_memory, "memory");
    let [reversed, kept, expired, mergers] = met;
    println!("reversed of what had expired {reversed}, kept {kept}, expired {expired}, mergers {mergers}");
    assert!(met.into_iter().all(|times| times >= 100), "a test that meets no case says nothing of it: {met:?}");
}

#[test]
fn what_expires_without_activity_does_not_depend_on_the_order_on_sqlite() {
    // INV 3, 10, 40
    let (folder, files) = (tempfile::tempdir().unwrap(), std::cell::Cell::new(0));
    let open = async || {
        files.set(files.get() + 1);
        let url = format!("sqlite://{}/{}.db", folder.path().display(), files.get());
        goodturn::log::open(&url, Purpose::Record).await.unwrap()
    };
    check(30, open, "sqlite");
}

#[test]
fn what_expires_without_activity_does_not_depend_on_the_order_on_postgres() {
    // INV 3, 10, 40
    let open = async || {
        let url = crate::support::postgres::shared().create_database();
        goodturn::log::open(&url, Purpose::Record).await.unwrap()
    };
    check(30, open, "postgres");
}
