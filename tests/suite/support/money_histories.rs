//! Histories of members' money: mostly possible acts, and now and then impossible ones.

use super::money_terms::{Choice, Terms};
use super::naive_money::{CHARITIES, ClosingIs, Is, Naive, RunIs};
use super::random::Random;

const MINUTE: i64 = 60_000_000;

/// Most runs of a history, and most that are not over at once.
const RUNS_MAX: usize = 6;
const ALIVE_MAX: usize = 4;

/// Less than this is not paid out: the statement is corrected.
const LEFT_MIN: i64 = 500;

/// An act. Members and charities are numbers, and so are runs, in the order in which they were begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Member, accepted answers, kudos.
    Earn(usize, i64, i64),
    Begin(Terms),
    Approve(usize),
    Execute(usize),
    Cancel(usize),
    Reject(usize),
    Choose(usize, Option<Choice>),
    Suspend(usize),
    Reinstate(usize),
    Ban(usize),
    /// The member that is merged, and the one that is left.
    Merge(usize, usize),
    /// The statement's pool from now on.
    Correct(i64),
    /// A time that passes, in microseconds.
    Wait(i64),
    Close(usize),
    ApproveClosing(usize),
    RejectClosing(usize),
}

fn below(random: &mut Random, bound: i64) -> i64 {
    i64::try_from(random.below(u64::try_from(bound).unwrap())).unwrap()
}

fn one_of<T: Copy>(random: &mut Random, items: &[T]) -> T {
    items[random.index(items.len())]
}

impl Naive {
    /// Picks an act.
    pub fn pick(&self, random: &mut Random) -> Step {
        let (all, members) = (self.people.len(), self.people.len() - CHARITIES);
        match random.below(100) {
            0..48 => self.of_runs(random),
            48..62 => {
                let charity = Choice::Charity(members + random.index(CHARITIES));
                let choices =
                    [None, Some(Choice::Credit), Some(Choice::Cash), Some(Choice::Cash), Some(charity), Some(charity)];
                Step::Choose(random.index(all), one_of(random, &choices))
            }
            62..74 => self.of_membership(random),
            74..80 => Step::Merge(random.index(members), random.index(members)),
            80..86 => {
                let who = random.index(members);
                let can_earn = self.people[who].is == Is::Active;
                if can_earn { Step::Earn(who, below(random, 4), 1 + below(random, 9)) } else { self.wait(random) }
            }
            86..97 => self.wait(random),
            _ => Step::Correct(self.pool + 1 + below(random, 5_000)),
        }
    }

    /// An act on a run: mostly the one that takes it further.
    fn of_runs(&self, random: &mut Random) -> Step {
        let mut steps = Vec::new();
        for (n, run) in self.runs.iter().enumerate() {
            let (passed, rarely) = (self.now > run.terms.deadline, random.percent(8));
            let kinds: &[fn(usize) -> Step] = match (run.is, run.closing.as_ref().map(|closing| closing.is)) {
                (RunIs::Draft, _) if rarely => &[Step::Cancel, Step::Reject, Step::Execute],
                (RunIs::Draft, _) => &[Step::Approve],
                (RunIs::Approved, _) if rarely => &[Step::Cancel, Step::Reject],
                (RunIs::Approved, _) => &[Step::Execute],
                (RunIs::Executed, Some(ClosingIs::Draft)) if random.percent(50) => {
                    &[Step::ApproveClosing, Step::ApproveClosing, Step::Close, Step::RejectClosing]
                }
                (RunIs::Executed, Some(ClosingIs::Draft)) => &[],
                (RunIs::Executed, None | Some(ClosingIs::Rejected)) if passed => &[Step::Close],
                (RunIs::Executed, _) if rarely => &[Step::Close, Step::Cancel, Step::Execute],
                (RunIs::Executed | RunIs::Over, _) => &[],
            };
            if !kinds.is_empty() {
                steps.push(one_of(random, kinds)(n));
            }
        }
        let alive = self.runs.iter().filter(|run| run.is != RunIs::Over).count();
        // Not too often while the choices of another are open: then it takes nothing that was carried.
        let may_begin = self.open().next().is_none() || random.percent(15);
        let may_begin = may_begin && self.runs.len() < RUNS_MAX && alive < ALIVE_MAX;
        let picked = random.index(steps.len() + 1);
        match steps.get(picked) {
            Some(step) => step.clone(),
            None if may_begin => self.begun(random),
            None if random.percent(50) => self.wait(random),
            None => self.of_membership(random),
        }
    }

    fn of_membership(&self, random: &mut Random) -> Step {
        let suspended: Vec<usize> =
            (0..self.people.len()).filter(|who| self.people[*who].is == Is::Suspended).collect();
        // Else most of them would be suspended in the end.
        let is_one_of_them = !suspended.is_empty() && random.percent(50);
        let who = if is_one_of_them { one_of(random, &suspended) } else { random.index(self.people.len()) };
        let is_member = who < self.people.len() - CHARITIES;
        match self.people[who].is {
            Is::Active if is_member && random.percent(5) => Step::Ban(who),
            Is::Suspended if random.percent(85) => Step::Reinstate(who),
            Is::Suspended if random.percent(20) => Step::Ban(who),
            Is::Banned if random.percent(50) => Step::Reinstate(who),
            _ => Step::Suspend(who),
        }
    }

    /// A time that passes: up to a deadline, a moment longer, or by chance.
    fn wait(&self, random: &mut Random) -> Step {
        let next = self.open().map(|(_, run)| run.terms.deadline - self.now).filter(|left| *left >= 0).min();
        match (next, random.below(4)) {
            (Some(left), 0) if left > 0 => Step::Wait(left),
            (Some(left), 1 | 2) => Step::Wait(left + 1),
            _ => Step::Wait(MINUTE * (1 + below(random, 40))),
        }
    }

    /// Begins a run, or has the statement corrected where little is left of it.
    fn begun(&self, random: &mut Random) -> Step {
        let (all, members) = (self.people.len(), self.people.len() - CHARITIES);
        let left = self.pool - self.taken();
        if left < LEFT_MIN {
            return Step::Correct(self.pool + 5_000);
        }
        let asks_for_more = random.percent(4);
        let pool = match random.below(10) {
            _ if asks_for_more => left + 1,
            0 => 1 + below(random, 9),
            _ => 1 + below(random, left.min(6_000)),
        };
        let may_be_listed = |who: &usize| matches!(self.people[*who].is, Is::Active | Is::Suspended);
        let rows = (0..members).filter(may_be_listed).filter(|_| random.percent(70));
        let rows: Vec<usize> = rows.collect();
        let rows: Vec<(usize, i64)> = rows.into_iter().map(|who| (who, 1 + below(random, 20))).collect();
        let is_list = !rows.is_empty() && random.percent(60);
        let rest_to = if random.percent(60) { members } else { random.index(all) };
        let charities: Vec<usize> = (members..all).filter(|_| random.percent(75)).collect();
        let without = match random.below(5) {
            0..3 => None,
            3 => Some(Choice::Credit),
            _ => charities.first().map(|to| Choice::Charity(*to)),
        };
        let adds = one_of(random, &[0, 1, 2, 2]);
        let cap = one_of(random, &[1, 50, 400, 1_000_000]);
        // Money that was carried is taken only where no other choices are open; now and then it is tried all the same.
        let is_open = self.open().next().is_some();
        let takes_carried = !asks_for_more && random.percent(if is_open { 5 } else { 75 });
        Step::Begin(Terms {
            list: is_list.then_some((rows, rest_to)),
            pool,
            deadline: self.now + MINUTE * (5 + below(random, 120)),
            without,
            minimum_cash: one_of(random, &[0, 500]),
            charities,
            adds,
            cap: if adds == 0 { 0 } else { cap },
            takes_carried,
        })
    }

    /// The next act on the way to the end of every run; `None` once all are there.
    pub fn to_end(&self) -> Option<Step> {
        let next = |(n, run): (usize, &super::naive_money::Run)| {
            let left = run.terms.deadline + 1 - self.now;
            match (run.is, run.closing.as_ref().map(|closing| closing.is)) {
                (RunIs::Over, _) | (_, Some(ClosingIs::Closed)) => None,
                (RunIs::Draft, _) if run.weights.is_empty() => Some(Step::Cancel(n)),
                (RunIs::Draft, _) => Some(Step::Approve(n)),
                (RunIs::Approved, _) => Some(Step::Execute(n)),
                (RunIs::Executed, Some(ClosingIs::Draft)) => Some(Step::ApproveClosing(n)),
                (RunIs::Executed, _) if left > 0 => Some(Step::Wait(left)),
                (RunIs::Executed, _) => Some(Step::Close(n)),
            }
        };
        self.runs.iter().enumerate().find_map(next)
    }
}
