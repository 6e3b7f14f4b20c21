//! A person with several accounts that were merged has what they would have with one account all along, in points and in money.

use std::sync::Arc;

use goodturn::board::Boards;
use goodturn::domain::decide::acts::TillAct;
use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::told::Told;
use goodturn::domain::state::record::{Record, RecordKey};
use goodturn::domain::terms::expiry::{Lasts, Policy};
use goodturn::domain::terms::till::Spending;
use goodturn::domain::value::balances::Balances;
use goodturn::domain::value::bucket::{Bucket, Unit};
use goodturn::domain::value::ids::{MergerId, PayoutId};
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::time::Micros;
use goodturn::log::memory::MemoryLog;
use goodturn::payout::Payouts;
use goodturn::process::{Swept, expiry, payout};
use jiff::tz::TimeZone;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::bench::Bench;
use crate::support::expiry::{BEGINS, earned, under};
use crate::support::sample::{act, member, payout_begun, tell, time};
use crate::support::till::{asked, at_till, place};

const DAY: i64 = 86_400_000_000;
/// What must be the same: all but the contra sides, and what moved.
const BUCKETS: [Bucket; 8] = [
    Bucket::Available,
    Bucket::Held,
    Bucket::Reserved,
    Bucket::Redeemed,
    Bucket::Due,
    Bucket::Expired,
    Bucket::Paid,
    Bucket::WrittenOff,
];

/// What happens, and at which account; after a merger there is one fewer.
#[derive(Debug, Clone)]
enum Op {
    Earn {
        account: usize,
        kind: usize,
        days_ago: i64,
    },
    Spend {
        account: usize,
        points: i64,
    },
    Reverse {
        which: usize,
    },
    Refund {
        which: usize,
    },
    /// Pays out what was earned up to so many days ago, or leaves it reserved.
    Pay {
        days_ago: i64,
        is_left: bool,
    },
    Wait {
        days: i64,
    },
}

fn earning() -> impl Strategy<Value = Op> {
    (0..3_usize, 0..2_usize, 0..90_i64).prop_map(|(account, kind, days_ago)| Op::Earn { account, kind, days_ago })
}

fn earning_and_spending() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => earning(),
        1 => (0..3_usize, 1..150_i64).prop_map(|(account, points)| Op::Spend { account, points }),
    ]
}

/// Before the mergers: a payout, and what comes before and after it. Had one account spent before, another would be paid for it.
fn split() -> impl Strategy<Value = Vec<Op>> {
    let pay = (0..60_i64).prop_map(|days_ago| Op::Pay { days_ago, is_left: false });
    let paid = (vec(earning(), 6), pay, vec(earning_and_spending(), 6));
    paid.prop_map(|(earned, pay, later)| [earned, vec![pay], later].concat())
}

fn anything() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => earning_and_spending(),
        2 => (0..100_usize).prop_map(|which| Op::Reverse { which }),
        1 => (0..100_usize).prop_map(|which| Op::Refund { which }),
        1 => (0..90_i64, any::<bool>()).prop_map(|(days_ago, is_left)| Op::Pay { days_ago, is_left }),
        2 => (0..45_i64).prop_map(|days| Op::Wait { days }),
    ]
}

/// The person in one of two worlds.
struct World {
    bench: Bench,
    /// Which ids their accounts have.
    accounts: [&'static str; 3],
    now: Micros,
    activities: usize,
    spent: usize,
    payouts: usize,
}

impl World {
    async fn with(accounts: [&'static str; 3], lasts: Lasts) -> Self {
        let policy = Policy { lasts, not_before_days: 0, days: Vec::new() };
        let bench = under(Arc::new(MemoryLog::default()), policy).await;
        Self { bench, accounts, now: time(BEGINS), activities: 0, spent: 0, payouts: 0 }
    }

    async fn submit(&self, command: Command) -> bool {
        self.bench.ledger.submit(&self.bench.program, command, None).await.is_ok()
    }

    /// Plays what happens after so many mergers; returns whether it could be done.
    async fn play(&mut self, op: &Op, mergers: usize) -> bool {
        let whose = |account: usize| self.accounts[account.min(2 - mergers)];
        match *op {
            Op::Earn { account, kind, days_ago } => {
                let id = format!("a{}", self.activities);
                let earned = earned(&id, whose(account), kind, self.now.plus(-days_ago * DAY));
                self.activities += 1;
                self.submit(earned).await
            }
            Op::Spend { account, points } => {
                let id = format!("s{}", self.spent);
                let redeem = TillAct::Redeem(asked(&id, whose(account), points));
                let is_done = self.submit(at_till(&id, redeem)).await;
                self.spent += usize::from(is_done);
                is_done
            }
            Op::Reverse { which } => {
                let id = format!("a{}", which % self.activities.max(1));
                self.submit(tell(&id, &id, Told::Reversed(Reason::Withdrawn), &self.now.to_rfc3339())).await
            }
            Op::Refund { which } => {
                let refund =
                    TillAct::Refund(place(&format!("s{}", which % self.spent.max(1))), Spending::Redemption, None);
                self.submit(at_till(&format!("f{which}"), refund)).await
            }
            Op::Pay { days_ago, is_left } => self.pay(days_ago, is_left).await,
            Op::Wait { days } => {
                self.now = self.now.plus(days * DAY);
                self.bench.clock.set(&self.now.to_rfc3339());
                while expiry::expire(&self.bench.ledger, &self.bench.program).await.unwrap() != Swept::default() {}
                true
            }
        }
    }

    async fn pay(&mut self, days_ago: i64, is_left: bool) -> bool {
        let n = self.payouts;
        self.payouts += 1;
        let id = PayoutId::parse(&format!("p{n}")).unwrap();
        let last_day = self.now.plus(-days_ago * DAY).day_in(&TimeZone::UTC);
        let [declare, approve, create] = payout_begun(id.as_str(), last_day);
        for command in [declare, approve] {
            assert!(self.submit(command).await);
        }
        let boards = Arc::new(Boards::new(Arc::clone(&self.bench.ledger)));
        let (payouts, program) =
            (Payouts::new(Arc::clone(&self.bench.ledger), boards), Arc::clone(&self.bench.program));
        let Ok(draft) = payout::draft(&payouts, Arc::clone(&program), create, None).await else { return false };
        if !is_left {
            let by_ben = |kind, it| act(kind, id.as_str(), "ben", it);
            let approve = by_ben(CommandKind::ApprovePayout, Act::ApprovePayout(id.clone(), draft.content));
            payout::approve(&payouts, &program, approve, None).await.unwrap();
            let begin = by_ben(CommandKind::BeginExecution, Act::BeginExecution(id.clone()));
            payout::execute(&payouts, program, begin).await.unwrap();
        }
        true
    }

    /// Merges the last account that is left into the one before it.
    async fn merge(&self, mergers: usize) {
        let [from, into] = [2 - mergers, 1 - mergers].map(|account| member(self.accounts[account]));
        let merge = Act::MergeMembers { from, into };
        let id = format!("m{mergers}");
        assert!(self.submit(act(CommandKind::MergeMembers, &id, "anna", merge)).await);
        let merger_id = MergerId::parse(&id).unwrap();
        let (ledger, program) = (&self.bench.ledger, &self.bench.program);
        let proposed = ledger.record(program, &RecordKey::Proposal(merger_id.clone())).await.unwrap();
        if let Some(Record::Proposal(merger)) = proposed {
            let balances = ledger.account(program, &merger.from).await.unwrap().0.balances;
            let approve = Act::ApproveMerger(merger_id.clone(), merger.content(&merger_id, &balances));
            assert!(self.submit(act(CommandKind::ApproveMerger, &id, "ben", approve)).await);
        }
    }

    /// What is in the buckets of each account.
    async fn balances(&self) -> [Balances; 3] {
        let mut all = [Balances::default(); 3];
        for (balances, id) in all.iter_mut().zip(self.accounts) {
            *balances = self.bench.ledger.account(&self.bench.program, &member(id)).await.unwrap().0.balances;
        }
        all
    }

    async fn has(&self) -> ([i64; 8], Vec<(String, i64)>) {
        let account = self.bench.ledger.account(&self.bench.program, &member(self.accounts[0])).await.unwrap().0;
        let upcoming = expiry::expiring(&self.bench.ledger, &self.bench.program, None, None, 100).await.unwrap();
        let rows = upcoming.rows.into_iter().map(|(member, points)| (member.to_string(), points)).collect();
        (BUCKETS.map(|bucket| account.balances.get(bucket)), rows)
    }
}

#[test]
fn whoever_was_merged_has_what_one_account_would_have() {
    // INV 30, 31, 35, 40, 82
    check(Lasts::Months(2));
}

#[test]
fn whoever_was_merged_is_as_active_as_one_account_would_be() {
    // INV 30, 35, 40, 82
    check(Lasts::Inactive(1));
}

/// Plays histories of a person with one account, and with three that are merged.
fn check(lasts: Lasts) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases: 150, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let histories = (split(), vec(earning_and_spending(), 4), vec(anything(), 20..60));
    let met = std::cell::Cell::new([0_i64; 4]);
    let played = TestRunner::new(config).run(&histories, |(before, between, after)| {
        runtime.block_on(async {
            let mut split = World::with(["new", "old", "older"], lasts).await;
            let mut whole = World::with(["new"; 3], lasts).await;
            for (mergers, ops) in [before, between].iter().enumerate() {
                for op in ops {
                    // What an account alone has too little for, the other world does not ask for.
                    if split.play(op, mergers).await {
                        assert!(whole.play(op, mergers).await, "{op:?}");
                    }
                }
                split.merge(mergers).await;
            }
            let [_, older @ ..] = split.balances().await;
            let due_before = older.iter().map(|it| it.get(Bucket::MovedMoney)).sum();
            assert_eq!(split.has().await, whole.has().await, "merged");
            for op in &after {
                assert_eq!(split.play(op, 2).await, whole.play(op, 2).await, "{op:?}");
                assert_eq!(split.has().await, whole.has().await, "{op:?}");
                are_closed(&split.balances().await, &whole.balances().await[0]);
            }
            let ([.., expired, paid, written_off], _) = split.has().await;
            let mut counts = met.get();
            for (count, has) in counts.iter_mut().zip([expired, paid, -written_off, due_before]) {
                *count += i64::from(has > 0);
            }
            met.set(counts);
            // Verifies, too.
            split.bench.entries().await;
        });
        Ok(())
    });
    played.unwrap_or_else(|why| panic!("{why}"));
    let [expired, paid, written_off, moved] = met.get();
    println!("expired {expired}, paid {paid}, written off {written_off}, money moved {moved}");
    let met = expired >= 30 && paid >= 30 && written_off >= 1 && moved >= 30;
    assert!(met, "a test that meets no case says nothing of it");
}

/// Checks that at accounts which were merged only the contra sides are left, and that what moved arrived.
fn are_closed(split: &[Balances; 3], whole: &Balances) {
    use Bucket::{Granted, Issued, Moved, MovedMoney};
    let sum = |bucket| split.iter().map(|balances| balances.get(bucket)).sum::<i64>();
    assert_eq!([Issued, Granted].map(sum), [Issued, Granted].map(|bucket| whole.get(bucket)));
    assert_eq!([Moved, MovedMoney].map(sum), [0, 0]);
    for (at, balances) in split.iter().enumerate() {
        for unit in [Unit::Points, Unit::Money] {
            let of_unit = Bucket::ALL.into_iter().filter(|bucket| bucket.unit() == unit);
            assert_eq!(of_unit.map(|bucket| balances.get(bucket)).sum::<i64>(), 0);
        }
        let mut left = Bucket::ALL.into_iter().filter(|it| !matches!(it, Issued | Granted | Moved | MovedMoney));
        assert!(at == 0 || left.all(|bucket| balances.get(bucket) == 0), "{balances:?}");
    }
}
