//! A history of members whose points expire, played to a ledger and recomputed naively: credits with their days in a list,
//! cut-offs found by asking every day.

use std::sync::Arc;

use goodturn::board::Boards;
use goodturn::domain::decide::acts::TillAct;
use goodturn::domain::decide::command::Act;
use goodturn::domain::decide::rejection::Rejection;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::told::Told;
use goodturn::domain::terms::expiry::Policy;
use goodturn::domain::terms::till::Spending;
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::ids::PayoutId;
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::time::{Day, Micros, time_zone};
use goodturn::domain::value::window::Window;
use goodturn::ledger::SubmitError;
use goodturn::log::Log;
use goodturn::payout::{PayoutError, Payouts};
use goodturn::process::{Swept, expiry, payout, sweeper};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::bench::Bench;
use super::cut_offs::CutOffs;
use super::expiry::{BEGINS, KINDS, Op, SECOND_VERSION, earned, under, version};
use super::purse::{Credit, Purse};
use super::sample::{act, member, payout_begun, tell, time};
use super::till::{asked, at_till, place};

const MEMBERS: [&str; 3] = ["ben", "cleo", "dora"];
const HOURS: [&str; 3] = ["00:00:00", "12:00:00", "23:30:00"];
const DAY: i64 = 86_400_000_000;

/// What a shop holds.
struct Held {
    member: usize,
    points: i64,
    until: Micros,
    id: String,
    /// Its time.
    since: usize,
}

/// What was spent.
struct Spent {
    member: usize,
    points: i64,
    id: String,
    spending: Spending,
    /// The time when it went out of reach.
    since: usize,
}

/// A history as it is played.
pub struct Played {
    pub bench: Bench,
    boards: Arc<Boards>,
    cut_offs: CutOffs,
    purses: [Purse; 3],
    /// Where each activity is, by its id.
    activities: Vec<(usize, usize)>,
    /// What was spent and not given back.
    spent: Vec<Spent>,
    held: Vec<Held>,
    /// Payouts that have points reserved.
    drafts: Vec<usize>,
    /// Members whom a cut-off left something that was past its time, for it was held or reserved.
    pub spared: usize,
    /// Those of whom a later cut-off took more.
    pub expired_later: usize,
    /// Members who kept points at a cut-off because they were active.
    pub kept: usize,
    was_spared: [bool; 3],
    done: Option<Date>,
    now: Micros,
    count: usize,
}

impl Played {
    pub async fn begin(store: Arc<dyn Log>, first: Policy, second: Option<Policy>) -> Self {
        let bench = under(store, first.clone()).await;
        bench.submit(version(2, SECOND_VERSION, second.clone())).await.unwrap();
        Self {
            boards: Arc::new(Boards::new(Arc::clone(&bench.ledger))),
            bench,
            cut_offs: CutOffs { zone: time_zone("Europe/London").unwrap(), first, second },
            purses: Default::default(),
            activities: Vec::new(),
            spent: Vec::new(),
            held: Vec::new(),
            drafts: Vec::new(),
            spared: 0,
            expired_later: 0,
            kept: 0,
            was_spared: [false; 3],
            done: None,
            now: time(BEGINS),
            count: 0,
        }
    }

    fn date(&self, at: Micros) -> Date {
        at.day_in(&self.cut_offs.zone).date()
    }

    /// The time that the ledger records now: it never goes back.
    fn recorded_at(&self) -> Micros {
        self.now.max(self.bench.program.read().head.at)
    }

    fn due(&self) -> Option<(Date, Policy)> {
        self.cut_offs.due(self.date(self.recorded_at()), self.done)
    }

    pub async fn play(&mut self, op: &Op) {
        self.count += 1;
        match *op {
            Op::Earn { member, kind, days_ago } => {
                let at = self.now.plus(-days_ago * DAY);
                let (day, recorded) = (self.date(at), self.date(self.recorded_at()));
                let id = format!("a{}", self.activities.len());
                self.bench.submit(earned(&id, MEMBERS[member], kind, at)).await.unwrap();
                self.is_active(member);
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
                let Credit { points, day, recorded, .. } = self.purses[of].credits[at];
                self.purses[of].lose(points, day, recorded);
            }
            Op::Pay { days_ago } => {
                if self.draft(days_ago).await {
                    self.finish(self.drafts.len() - 1, true).await;
                }
            }
            Op::Draft { days_ago } => {
                self.draft(days_ago).await;
            }
            Op::Finish { which, pays } => {
                if !self.drafts.is_empty() {
                    self.finish(which % self.drafts.len(), pays).await;
                }
            }
            Op::Spend { member, points } => {
                let id = format!("s{}", self.count);
                let redeem = TillAct::Redeem(asked(&id, MEMBERS[member], points));
                let spent = self.bench.submit(at_till(&id, redeem)).await;
                assert_eq!(spent.is_ok(), points <= self.purses[member].available);
                if spent.is_ok() {
                    self.is_active(member);
                    self.purses[member].spend(points);
                    let since = self.purses[member].tick();
                    self.spent.push(Spent { member, points, id, spending: Spending::Redemption, since });
                }
            }
            Op::GiveBack => {
                let Some(Spent { member, points, id, spending, since }) = self.spent.pop() else { return };
                let refund = TillAct::Refund(place(&id), spending, None);
                self.bench.submit(at_till(&id, refund)).await.unwrap();
                self.purses[member].used -= points;
                self.purses[member].get_back(points, since);
            }
            Op::Hold { member, points, days } => self.hold(member, points, days).await,
            Op::End { which, spends } => {
                if !self.held.is_empty() {
                    self.end(which % self.held.len(), spends).await;
                }
            }
            Op::Wait { days, hour } => {
                let date = self.now.plus(days * DAY).day_in(&TimeZone::UTC).date();
                self.now = self.now.max(time(&format!("{date}T{}Z", HOURS[hour])));
                self.bench.clock.set(&self.now.to_rfc3339());
                self.end_overdue().await;
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

    fn is_active(&mut self, member: usize) {
        let today = self.date(self.recorded_at());
        self.purses[member].active.push(today);
    }

    async fn hold(&mut self, member: usize, points: i64, days: i64) {
        let (id, until) = (format!("h{}", self.count), self.now.plus(days * DAY));
        let hold = TillAct::Hold(asked(&id, MEMBERS[member], points), until);
        let held = self.bench.submit(at_till(&id, hold)).await;
        assert_eq!(held.is_ok(), points <= self.purses[member].available);
        if held.is_ok() {
            self.is_active(member);
            self.purses[member].available -= points;
            self.purses[member].held += points;
            let since = self.purses[member].tick();
            self.held.push(Held { member, points, until, id, since });
        }
    }

    async fn end(&mut self, which: usize, spends: Option<i64>) {
        let Held { member, points, id, since, .. } = self.held.remove(which);
        let (asked, spent) = match spends {
            Some(spends) => (TillAct::Capture(place(&id), Some(spends.min(points))), spends.min(points)),
            None => (TillAct::Release(place(&id)), 0),
        };
        self.bench.submit(at_till(&id, asked)).await.unwrap();
        self.give_back(member, points, spent, since);
        if spent > 0 {
            self.is_active(member);
            self.spent.push(Spent { member, points: spent, id, spending: Spending::Capture, since });
        }
    }

    fn give_back(&mut self, member: usize, held: i64, spent: i64, since: usize) {
        self.purses[member].held -= held;
        self.purses[member].used += spent;
        self.purses[member].get_back(held - spent, since);
    }

    /// The sweeper ends what is held too long before it asks for a cut-off.
    async fn end_overdue(&mut self) {
        let swept = sweeper::sweep(&self.bench.ledger, &self.bench.program).await.unwrap();
        let now = self.now;
        let (over, held): (Vec<Held>, _) = self.held.drain(..).partition(|held| held.until <= now);
        self.held = held;
        assert_eq!(swept, Swept { posted: over.len(), ..Swept::default() });
        for Held { member, points, since, .. } in over {
            self.give_back(member, points, 0, since);
        }
    }

    fn payouts(&self) -> Payouts {
        Payouts::new(Arc::clone(&self.bench.ledger), Arc::clone(&self.boards))
    }

    /// Reserves points for a payout, unless there are none.
    async fn draft(&mut self, days_ago: i64) -> bool {
        let last_day = self.date(self.now.plus(-days_ago * DAY));
        let n = self.count;
        let [declare, approve, create] = payout_begun(payout(n).as_str(), Day::from_date(last_day));
        for command in [declare, approve] {
            self.bench.submit(command).await.unwrap();
        }
        let weights: Vec<i64> = self.purses.iter().map(|purse| purse.weight(last_day)).collect();
        match payout::draft(&self.payouts(), Arc::clone(&self.bench.program), create, None).await {
            Err(error) if says_nothing_to_pay(&error) => {
                assert_eq!(weights, [0; 3]);
                return false;
            }
            drafted => assert_eq!(drafted.unwrap().total_points, weights.iter().sum::<i64>()),
        }
        for (purse, weight) in self.purses.iter_mut().zip(weights).filter(|(_, weight)| *weight > 0) {
            purse.available -= weight;
            purse.reserved.push((n, weight));
        }
        self.drafts.push(n);
        true
    }

    /// Pays what is left of a draft, or cancels it: also where nothing is left.
    async fn finish(&mut self, which: usize, pays: bool) {
        let n = self.drafts.remove(which);
        let (payouts, program, id) = (self.payouts(), &self.bench.program, payout(n));
        let by_ben = |kind, it| act(kind, id.as_str(), "ben", it);
        let left: Vec<i64> = self.purses.iter_mut().map(|purse| purse.end(n)).collect();
        let mut is_paid = false;
        if pays {
            let digest = payouts.get(program, &id).await.unwrap().content;
            let approve = by_ben(CommandKind::ApprovePayout, Act::ApprovePayout(id.clone(), digest));
            match payout::approve(&payouts, program, approve, None).await {
                Err(error) if says_nothing_to_pay(&error) => assert_eq!(left, [0; 3]),
                approved => {
                    approved.unwrap();
                    let begin = by_ben(CommandKind::BeginExecution, Act::BeginExecution(id.clone()));
                    payout::execute(&payouts, Arc::clone(program), begin).await.unwrap();
                    is_paid = true;
                }
            }
        }
        if !is_paid {
            let begin = by_ben(CommandKind::BeginCancellation, Act::BeginCancellation(id.clone()));
            payout::cancel(&payouts, Arc::clone(program), begin).await.unwrap();
        }
        for (purse, points) in self.purses.iter_mut().zip(left) {
            purse.available += points;
            if is_paid {
                purse.spend(points);
            }
        }
    }

    async fn sweep(&mut self) {
        while expiry::expire(&self.bench.ledger, &self.bench.program).await.unwrap() != Swept::default() {}
        while let Some((day, policy)) = self.due() {
            for (purse, was_spared) in self.purses.iter_mut().zip(&mut self.was_spared) {
                self.kept += usize::from(purse.is_kept(day, &policy));
                let expires = purse.expire(day, &policy);
                assert_eq!(purse.expires(day, &policy), 0, "INV 40");
                self.expired_later += usize::from(*was_spared && expires > 0);
                *was_spared = purse.unspent(day, &policy) > 0 && purse.held + purse.reserved() > 0;
                self.spared += usize::from(*was_spared);
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
            let naive = (purse.available, purse.expired, purse.used, -purse.written_off());
            assert_eq!((account.available(), expired, used + redeemed, written_off), naive, "{id}");
            let aside = [Bucket::Held, Bucket::Reserved].map(|bucket| account.balances.get(bucket));
            assert_eq!(aside, [purse.held, purse.reserved()], "{id}");
        }
        // Boards count what was earned, whatever became of it.
        let (credited, _) = self.boards.credited(&self.bench.program, Window::all_time().last()).await.unwrap();
        let boards = MEMBERS.map(|id| credited.get(&member(id)).copied().unwrap_or_default());
        assert_eq!(boards, [0, 1, 2].map(|at| self.purses[at].credited(|_| true)));
    }

    async fn compare_upcoming(&self) {
        let told = expiry::expiring(&self.bench.ledger, &self.bench.program, None, None, 100).await.unwrap();
        let upcoming = self.cut_offs.upcoming(self.date(self.recorded_at()), self.done);
        assert_eq!(told.cut_off.map(|cut_off| cut_off.day.date()), upcoming.as_ref().map(|(day, _)| *day));
        let mut rows = Vec::new();
        if let Some((day, policy)) = upcoming {
            let expires = MEMBERS.iter().zip(&self.purses).map(|(id, purse)| (member(id), purse.expires(day, &policy)));
            rows.extend(expires.filter(|(_, points)| *points > 0));
        }
        assert_eq!(told.rows, rows);
    }
}

fn payout(n: usize) -> PayoutId {
    PayoutId::parse(&format!("p{n}")).unwrap()
}

const fn says_nothing_to_pay(error: &PayoutError) -> bool {
    matches!(error, PayoutError::Submit(SubmitError::Rejected(Rejection::NothingToPay)))
}
