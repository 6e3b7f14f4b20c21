//! Expiry against a naive recomputation: credits with their days in a list, cut-offs found by asking every day, and the formula
//! as it stands in `docs/invariants.md`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use goodturn::board::Boards;
use goodturn::domain::bucket::Bucket;
use goodturn::domain::command::{Act, Command, PoolAsked, Told};
use goodturn::domain::entry::{CommandKind, Reason};
use goodturn::domain::expiry::{Lasts, Policy};
use goodturn::domain::ids::{ActivityKind, PayoutId, PrincipalId, RuleId, StatementId};
use goodturn::domain::payout::{PayoutMode, PayoutTerms};
use goodturn::domain::rejection::Rejection;
use goodturn::domain::rules::{Activity, Attributes, Reward, Rule, RuleSet};
use goodturn::domain::savings::StatementTerms;
use goodturn::domain::till::{Spending, TillAct};
use goodturn::domain::time::{Day, Micros, time_zone};
use goodturn::domain::window::Window;
use goodturn::ledger::sweeper::Swept;
use goodturn::ledger::{Ledger, SubmitError};
use goodturn::log::memory::MemoryLog;
use goodturn::log::{Log, Purpose};
use goodturn::payout::{PayoutError, Payouts};
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::encoding::savings;
use crate::lane::Bench;
use crate::support::clock::ManualClock;
use crate::support::faulty::FaultyLog;
use crate::support::purse::{Credit, Purse};
use crate::support::sample::{act, create_program, member, program, publish, record, rule_set, tell, time};
use crate::support::till::{asked, at_till, place};

const BEGINS: &str = "2018-04-02T00:00:00Z";
const SECOND_VERSION: &str = "2018-08-15T00:00:00Z";
const MEMBERS: [&str; 3] = ["ben", "cleo", "dora"];
const KINDS: [(&str, i64); 2] = [("answer_accepted", 100), ("kudos", 30)];
const HOURS: [&str; 3] = ["00:00:00", "12:00:00", "23:30:00"];
const DAY: i64 = 86_400_000_000;

/// What happens.
#[derive(Debug, Clone)]
enum Op {
    /// A member earns, so many days ago.
    Earn { member: usize, kind: usize, days_ago: i64 },
    /// An activity is taken back.
    Reverse { which: usize },
    /// Points earned up to so many days ago are paid out.
    Pay { days_ago: i64 },
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
        2 => (0..100_usize).prop_map(|which| Op::Reverse { which }),
        1 => (0..200_i64).prop_map(|days_ago| Op::Pay { days_ago }),
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
    let activity = Activity {
        kind: ActivityKind::parse(KINDS[kind].0).unwrap(),
        member: member(by),
        counterparty: None,
        subject: None,
        amount_minor: None,
        exclusive_key: None,
        follows: None,
        attributes: Attributes::new(),
        occurred_at: at,
    };
    let mut command = record(id, activity);
    if let Act::RecordActivity(activity) = &mut command.act {
        activity.local_day = at.day_in(&time_zone("Europe/London").unwrap());
    }
    command
}

struct Played {
    bench: Bench,
    boards: Arc<Boards>,
    zone: TimeZone,
    first: Policy,
    second: Option<Policy>,
    purses: [Purse; 3],
    /// Where each activity is, by its id.
    activities: Vec<(usize, usize)>,
    /// What was spent and not given back: whose, how much, and under which id.
    spent: Vec<(usize, i64, String)>,
    done: Option<Date>,
    now: Micros,
    count: usize,
}

impl Played {
    async fn begin(store: Arc<dyn Log>, first: Policy, second: Option<Policy>) -> Self {
        let bench = under(store, first).await;
        bench.submit(version(2, SECOND_VERSION, second)).await.unwrap();
        Self {
            boards: Arc::new(Boards::new(Arc::clone(&bench.ledger))),
            bench,
            zone: time_zone("Europe/London").unwrap(),
            first,
            second,
            purses: Default::default(),
            activities: Vec::new(),
            spent: Vec::new(),
            done: None,
            now: time(BEGINS),
            count: 0,
        }
    }

    fn date(&self, at: Micros) -> Date {
        at.day_in(&self.zone).date()
    }

    /// The time that the ledger records now: it never goes back.
    fn recorded_at(&self) -> Micros {
        self.now.max(self.bench.program.read().head.at)
    }

    /// The policy of a cut-off, if the day is one.
    fn cut_off(&self, day: Date) -> Option<Policy> {
        let midnight = Day::from_date(day).start_in(&self.zone);
        let policy = if midnight >= time(SECOND_VERSION) { self.second } else { Some(self.first) };
        let is_month = day.day() == 1;
        let is_half_year = is_month && matches!(day.month(), 6 | 12);
        policy.filter(|policy| {
            midnight >= time(BEGINS) && if policy.lasts == Lasts::RollOnce { is_half_year } else { is_month }
        })
    }

    /// The latest cut-off up to now, unless it is done.
    fn due(&self) -> Option<(Date, Policy)> {
        let today = self.date(self.recorded_at());
        let days = (0..2_000_i64).map(|back| today.checked_sub(back.days()).unwrap());
        let latest = days.take_while(|day| day.year() >= 2018).find_map(|day| Some((day, self.cut_off(day)?)));
        latest.filter(|(day, _)| self.done < Some(*day))
    }

    fn upcoming(&self) -> Option<(Date, Policy)> {
        let after = Some(self.date(self.recorded_at())).max(self.done).unwrap();
        let later = || (1..400_i64).map(|days| after.checked_add(days.days()).unwrap());
        self.due().or_else(|| later().find_map(|day| Some((day, self.cut_off(day)?))))
    }

    async fn play(&mut self, op: &Op) {
        self.count += 1;
        match *op {
            Op::Earn { member, kind, days_ago } => {
                let at = self.now.plus(-days_ago * DAY);
                let (day, recorded) = (self.date(at), self.date(self.recorded_at()));
                let id = format!("a{}", self.activities.len());
                self.bench.submit(earned(&id, MEMBERS[member], kind, at)).await.unwrap();
                let purse = &mut self.purses[member];
                self.activities.push((member, purse.credits.len()));
                purse.credits.push(Credit { day, recorded, points: KINDS[kind].1, stands: true });
                purse.available += KINDS[kind].1;
            }
            Op::Reverse { which } => {
                let which = which % self.activities.len().max(1);
                let Some(&(of, at)) = self.activities.get(which) else { return };
                if !std::mem::take(&mut self.purses[of].credits[at].stands) {
                    return;
                }
                let id = format!("a{which}");
                let now = self.now.to_rfc3339();
                self.bench.submit(tell(&id, &id, Told::Reversed(Reason::Withdrawn), &now)).await.unwrap();
                let points = self.purses[of].credits[at].points;
                self.purses[of].lose(points);
            }
            Op::Pay { days_ago } => self.pay(days_ago).await,
            Op::Spend { member, points } => {
                let id = format!("s{}", self.count);
                let redeem = TillAct::Redeem(asked(&id, MEMBERS[member], points));
                let spent = self.bench.submit(at_till(&id, redeem)).await;
                assert_eq!(spent.is_ok(), points <= self.purses[member].available);
                if spent.is_ok() {
                    self.purses[member].spend(points);
                    self.spent.push((member, points, id));
                }
            }
            Op::GiveBack => {
                let Some((member, points, id)) = self.spent.pop() else { return };
                let refund = TillAct::Refund(place(&id), Spending::Redemption, None);
                self.bench.submit(at_till(&id, refund)).await.unwrap();
                self.purses[member].spend(-points);
            }
            Op::Wait { days, hour } => {
                let date = self.now.plus(days * DAY).day_in(&TimeZone::UTC).date();
                self.now = self.now.max(time(&format!("{date}T{}Z", HOURS[hour])));
                self.bench.clock.set(&self.now.to_rfc3339());
                self.compare_upcoming().await;
            }
            Op::Sweep { days_back } => {
                self.bench.clock.set(&self.now.plus(-days_back * DAY).to_rfc3339());
                let now = self.now;
                self.now = now.plus(-days_back * DAY);
                self.sweep().await;
                self.now = now;
                self.bench.clock.set(&now.to_rfc3339());
            }
        }
        self.compare().await;
    }

    async fn pay(&mut self, days_ago: i64) {
        let last_day = self.date(self.now.plus(-days_ago * DAY));
        let (id, n) = (format!("p{}", self.count), self.count);
        let statement = StatementId::parse(&format!("s{n}")).unwrap();
        let terms = StatementTerms { id: statement.clone(), ..savings() };
        let declare = act(CommandKind::DeclareStatement, statement.as_str(), "anna", Act::DeclareStatement(terms));
        self.bench.submit(declare).await.unwrap();
        let approve =
            act(CommandKind::ApproveStatement, statement.as_str(), "ben", Act::ApproveStatement(statement.clone()));
        self.bench.submit(approve).await.unwrap();
        let payout = PayoutId::parse(&id).unwrap();
        let terms = PayoutTerms {
            id: payout.clone(),
            statement,
            last_day: Day::from_date(last_day),
            mode: PayoutMode::Pool,
            pool_minor: 100,
        };
        let create = act(CommandKind::CreatePayout, &id, "anna", Act::CreatePayout(terms, PoolAsked::Stated));
        let payouts = Payouts::new(Arc::clone(&self.bench.ledger), Arc::clone(&self.boards));
        let weights: Vec<i64> = self.purses.iter().map(|purse| purse.weight(last_day)).collect();
        let program = &self.bench.program;
        match payouts.draft(Arc::clone(program), create, None).await {
            Err(PayoutError::Submit(SubmitError::Rejected(Rejection::NothingToPay))) => {
                assert_eq!(weights, [0; 3]);
                return;
            }
            drafted => {
                let digest = drafted.unwrap().content;
                let ben = PrincipalId::parse("ben").unwrap();
                payouts.approve(program, &payout, digest, &ben, None).await.unwrap();
                payouts.execute(Arc::clone(program), payout, ben).await.unwrap();
            }
        }
        for (purse, weight) in self.purses.iter_mut().zip(weights) {
            purse.spend(weight);
        }
    }

    async fn sweep(&mut self) {
        let due = self.due();
        while self.bench.ledger.expire(&self.bench.program).await.unwrap() != Swept::default() {}
        if let Some((day, policy)) = due {
            for purse in &mut self.purses {
                let lapses = purse.lapses(day, policy);
                purse.available -= lapses;
                purse.expired += lapses;
                let target = purse.target(day, policy);
                assert!(purse.expired == target || (purse.expired < target && purse.available <= 0), "INV 40");
            }
            self.done = Some(day);
        }
    }

    async fn compare(&self) {
        for (id, purse) in MEMBERS.iter().zip(&self.purses) {
            let account = self.bench.ledger.account(&self.bench.program, &member(id)).await.unwrap().0;
            let [expired, used, written_off] =
                [Bucket::Expired, Bucket::Paid, Bucket::WrittenOff].map(|bucket| account.balances.get(bucket));
            let redeemed = account.balances.get(Bucket::Redeemed);
            let naive = (purse.available, purse.expired, purse.used, -purse.written_off);
            assert_eq!((account.available(), expired, used + redeemed, written_off), naive, "{id}");
        }
        // Boards count what was earned, whatever became of it.
        let of = |totals: &goodturn::domain::totals::Totals, id: &str| {
            let sums = totals.sum(Window::all_time(), None);
            totals.index_of(&member(id)).map_or(0, |index| sums[index.at()].points)
        };
        let program = &self.bench.program;
        let boards = self.boards.totals(program, |totals| MEMBERS.map(|id| of(totals, id))).await.unwrap();
        assert_eq!(boards, [0, 1, 2].map(|at| self.purses[at].credited(|_| true)));
    }

    async fn compare_upcoming(&self) {
        let told = self.bench.ledger.expiring(&self.bench.program, None, None, 100).await.unwrap();
        let upcoming = self.upcoming();
        assert_eq!(told.cut_off.map(|cut_off| cut_off.day.date()), upcoming.map(|(day, _)| day));
        let mut rows = Vec::new();
        if let Some((day, policy)) = upcoming {
            let lapses = MEMBERS.iter().zip(&self.purses).map(|(id, purse)| (member(id), purse.lapses(day, policy)));
            rows.extend(lapses.filter(|(_, points)| *points > 0));
        }
        assert_eq!(told.rows, rows);
    }
}

/// Plays so many histories, and counts what happened.
fn check(cases: u32, open: impl AsyncFn() -> Arc<dyn Log>) -> BTreeMap<&'static str, usize> {
    let tally: RefCell<BTreeMap<&'static str, usize>> = RefCell::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    let histories = (policies(), proptest::option::of(policies()), vec(ops(), 10..70));
    let played = TestRunner::new(config).run(&histories, |(first, second, ops)| {
        runtime.block_on(async {
            let mut played = Played::begin(open().await, first, second).await;
            for op in &ops {
                played.play(op).await;
            }
            // Verified, too.
            for entry in played.bench.entries().await {
                *tally.borrow_mut().entry(entry.kind.name()).or_default() += 1;
            }
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
    let tally = check(300, in_memory);
    for kind in ["points_expired", "points_unexpired", "payout_paid", "points_redeemed", "written_off"] {
        let met = tally.get(kind).copied().unwrap_or(0);
        assert!(met >= 30, "a test that meets no case says nothing of it: {kind} {met}");
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
