//! Adjustments among activities, reversals and a payout, against a naive model of what each member has.
//!
//! `ADJUST_SEED` repeats a run; `ADJUST_CASES` makes it longer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use goodturn::log::{Log, Purpose};
use goodturn::pb;
use goodturn::pb::AdjustmentReason::{Correction, Goodwill, OpeningBalance};
use goodturn::pb::AdjustmentState::{Posted, Proposed, Rejected};

use crate::support::adjustments::{adjustment, ask};
use crate::support::clients::{Clients, accepted, at, pounds, reason, record};
use crate::support::payouts::{create, declare_and_approve, payout};
use crate::support::random::{self, Random};
use crate::support::reversals::withdrawn;
use crate::support::sample::program;
use crate::support::served::Served;
use crate::support::stores::in_memory;

const NOW: &str = "2018-10-01T00:00:00Z";
/// The last is after the payout's last day.
const WHEN: [&str; 4] =
    ["2018-03-20T12:00:00Z", "2018-04-01T12:00:00Z", "2018-08-31T23:59:59Z", "2018-09-01T00:00:00Z"];
const MEMBERS: [&str; 3] = ["ben", "cleo", "dora"];
const PEOPLE: [&str; 3] = ["anna", "bob", "carl"];
const POINTS: [i64; 12] = [1, 30, 100, 250, 1_000, 1_001, 5_000, -1, -30, -250, -1_000, -1_001];
const DEBT_LIMIT: i64 = 50;
const LIMIT: i64 = 1_000;
const STEPS: usize = 30;

/// How often something was met.
type Tally = BTreeMap<&'static str, u32>;

#[test]
fn what_members_have_is_what_was_earned_and_adjusted_in_memory() {
    // INV 3, 10, 30, 31, 35, 49, 53
    let tally = check(60, in_memory, "memory");
    for what in
        ["posted", "proposed", "approved", "own", "rejected", "replayed", "owed", "written off", "reduced", "repaid"]
    {
        assert!(tally.get(what).is_some_and(|&count| count >= 5), "{what}: {tally:?}");
    }
}

#[test]
fn what_members_have_is_what_was_earned_and_adjusted_on_sqlite() {
    // INV 30, 31, 35
    let folder = tempfile::tempdir().unwrap();
    let n = std::cell::Cell::new(0);
    let open = async || {
        n.set(n.get() + 1);
        let url = format!("sqlite://{}/{}.db", folder.path().display(), n.get());
        goodturn::log::open(&url, Purpose::Record).await.unwrap()
    };
    check(5, open, "sqlite");
}

#[test]
fn what_members_have_is_what_was_earned_and_adjusted_on_postgres() {
    // INV 30, 31, 35
    let open = async || {
        let url = crate::support::postgres::shared().create_database();
        goodturn::log::open(&url, Purpose::Record).await.unwrap()
    };
    check(3, open, "postgres");
}

fn check(cases: u32, open: impl AsyncFn() -> Arc<dyn Log>, engine: &str) -> Tally {
    let seed = random::seed("ADJUST_SEED");
    let cases = u64::from(random::cases("ADJUST_CASES", cases));
    println!("{engine}: ADJUST_SEED={seed}, {cases} histories");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut tally = Tally::new();
    for case in 0..cases {
        runtime.block_on(async {
            let log = open().await;
            let served = Served::on(Arc::clone(&log), NOW).await;
            let random = Random::of(seed, case);
            let told = format!("ADJUST_SEED={seed}, history {case}");
            let mut run = Run { clients: served.clients, random, model: Model::default(), tally: &mut tally, told };
            for step in 0..STEPS {
                run.step(step).await;
                run.compare().await;
            }
            run.compare_boards().await;
            let report = goodturn::audit::verify(&*log, &program(), |_| ()).await.unwrap().unwrap();
            assert_eq!(report.findings, [], "{}", run.told);
            // A server that knows nothing yet tells the same.
            run.clients = Served::empty(Arc::clone(&log), NOW).await.clients;
            run.compare().await;
            log.close().await;
        });
    }
    tally
}

/// What a member must have, said as plainly as possible.
#[derive(Debug, Clone, Default)]
struct Has {
    available: i64,
    reserved: i64,
    written_off: i64,
    /// Points credited, less what was taken back of them, by day and kind.
    credited: BTreeMap<(&'static str, &'static str), i64>,
    /// What adjustments took, by day.
    taken: BTreeMap<&'static str, i64>,
}

/// An adjustment that was asked for, and where it stands.
#[derive(Debug, Clone)]
struct Asked {
    it: pb::Adjustment,
    by: &'static str,
    state: pb::AdjustmentState,
    day: (&'static str, &'static str),
}

#[derive(Default)]
struct Model {
    members: BTreeMap<&'static str, Has>,
    /// Activities by number: their member and day, while they stand.
    activities: Vec<(&'static str, &'static str)>,
    reversed: BTreeSet<usize>,
    asked: Vec<Asked>,
    is_drafted: bool,
}

impl Has {
    /// Gives points, or takes them: what is available, what is reserved, debt to the limit, and the rest is written off.
    fn change(&mut self, points: i64, day: (&'static str, &'static str), tally: &mut Tally) {
        *self.credited.entry(day).or_default() += points;
        if points < 0 && day.1 != "answer_accepted" {
            *self.taken.entry(day.0).or_default() += points;
        }
        if points > 0 {
            *tally.entry("repaid").or_default() += u32::from(self.available < 0);
            self.available += points;
            return;
        }
        for _ in 0..-points {
            if self.available > 0 {
                self.available -= 1;
            } else if self.reserved > 0 {
                self.reserved -= 1;
                *tally.entry("reduced").or_default() += 1;
            } else if self.available > -DEBT_LIMIT {
                self.available -= 1;
                *tally.entry("owed").or_default() += 1;
            } else {
                self.written_off -= 1;
                *tally.entry("written off").or_default() += 1;
            }
        }
    }
}

struct Run<'a> {
    clients: Clients,
    random: Random,
    model: Model,
    tally: &'a mut Tally,
    told: String,
}

impl Run<'_> {
    async fn step(&mut self, step: usize) {
        match self.random.below(12) {
            0..3 => self.earn().await,
            3 => self.reverse().await,
            4..8 => self.adjust(step).await,
            8 | 9 => self.decide().await,
            10 => self.replay().await,
            _ => self.draft().await,
        }
    }

    fn met(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    fn has(&mut self, member: &'static str) -> &mut Has {
        self.model.members.entry(member).or_default()
    }

    async fn earn(&mut self) {
        let (member, when) = (MEMBERS[self.random.index(3)], WHEN[self.random.index(4)]);
        let id = format!("a{}", self.model.activities.len());
        self.clients.ledger().record_activity(record(accepted(&id, member, when))).await.unwrap();
        self.model.activities.push((member, when));
        let has = self.model.members.entry(member).or_default();
        has.change(100, (when, "answer_accepted"), self.tally);
    }

    async fn reverse(&mut self) {
        let count = self.model.activities.len();
        if count == 0 {
            return;
        }
        let n = self.random.index(count);
        let (member, when) = self.model.activities[n];
        self.clients.ledger().reverse_activity(withdrawn(&format!("a{n}"), &format!("r{n}"))).await.unwrap();
        if self.model.reversed.insert(n) {
            let has = self.model.members.entry(member).or_default();
            has.change(-100, (when, "answer_accepted"), self.tally);
        }
    }

    async fn adjust(&mut self, step: usize) {
        let (member, by) = (MEMBERS[self.random.index(3)], PEOPLE[self.random.index(3)]);
        let points = POINTS[self.random.index(POINTS.len())];
        let (reason, kind) = [(Goodwill, "goodwill"), (Correction, "correction"), (OpeningBalance, "opening_balance")]
            [self.random.index(3)];
        let when = WHEN.get(self.random.index(8)).copied();
        let it =
            pb::Adjustment { occurred_at: when.map(at), ..adjustment(&format!("j{step}"), member, points, reason) };
        let told = self.clients.by(by).adjustments().adjust_points(ask(it.clone())).await.unwrap().into_inner();
        let state = if points.abs() > LIMIT { Proposed } else { Posted };
        assert_eq!(told.state(), state, "{}", self.told);
        let day = (when.unwrap_or(NOW), kind);
        if state == Posted {
            self.met("posted");
            let has = self.model.members.entry(member).or_default();
            has.change(points, day, self.tally);
        } else {
            self.met("proposed");
        }
        self.model.asked.push(Asked { it, by, state, day });
    }

    /// Approves or rejects some adjustment, whoever asked for it and wherever it stands.
    async fn decide(&mut self) {
        let count = self.model.asked.len();
        if count == 0 {
            return;
        }
        let open: Vec<usize> = (0..count).filter(|&at| self.model.asked[at].state == Proposed).collect();
        let (at, by, is_approval) = (self.random.index(count), PEOPLE[self.random.index(3)], self.random.percent(75));
        let at = if open.is_empty() || self.random.percent(30) { at } else { open[self.random.index(open.len())] };
        let Asked { it, by: drawn_up_by, state, day } = self.model.asked[at].clone();
        let name = it.name.clone();
        let mut adjustments = self.clients.by(by).adjustments();
        let told = if is_approval {
            adjustments.approve_adjustment(pb::ApproveAdjustmentRequest { name }).await
        } else {
            adjustments.reject_adjustment(pb::RejectAdjustmentRequest { name, note: "no".into() }).await
        };
        let told = told.map(|told| told.into_inner().state()).map_err(|status| reason(&status));
        let is_large = it.points.abs() > LIMIT;
        let expected = match (is_approval, state) {
            (true, _) if by == drawn_up_by => Err("ERROR_REASON_SECOND_PERSON_REQUIRED".into()),
            (true, Proposed) => Ok(Posted),
            // The same call again.
            (true, Posted) if is_large => Ok(Posted),
            (false, Proposed | Rejected) => Ok(Rejected),
            _ => Err("ERROR_REASON_WRONG_STATE".to_owned()),
        };
        assert_eq!(told, expected, "{}: {it:?} by {by}", self.told);
        let Ok(after) = expected else {
            self.met(if is_approval && by == drawn_up_by { "own" } else { "refused" });
            return;
        };
        if state == Proposed && after == Posted {
            self.met("approved");
            let member = MEMBERS.into_iter().find(|member| *member == it.member_id).unwrap();
            let has = self.model.members.entry(member).or_default();
            has.change(it.points, day, self.tally);
        } else if state == Proposed {
            self.met("rejected");
        }
        self.model.asked[at].state = after;
    }

    /// Asks again for what was asked for, or for something else under the same name.
    async fn replay(&mut self) {
        let count = self.model.asked.len();
        if count == 0 {
            return;
        }
        let Asked { it, state, .. } = self.model.asked[self.random.index(count)].clone();
        let by = PEOPLE[self.random.index(3)];
        let told = self.clients.by(by).adjustments().adjust_points(ask(it.clone())).await.unwrap().into_inner();
        assert_eq!(told.state(), state, "{}", self.told);
        let other = pb::Adjustment { points: it.points + 2_000, ..it };
        let told = self.clients.by(by).adjustments().adjust_points(ask(other)).await.unwrap_err();
        assert_eq!(reason(&told), "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT", "{}", self.told);
        self.met("replayed");
    }

    /// Reserves points, once.
    async fn draft(&mut self) {
        let weights: BTreeMap<&'static str, i64> = self
            .model
            .members
            .iter()
            .map(|(member, has)| {
                let days = has.credited.iter().filter(|((when, _), _)| *when < WHEN[3]);
                let later = has.taken.iter().filter(|(when, _)| **when >= WHEN[3]).map(|(_, points)| points);
                let credited = days.map(|(_, points)| points).chain(later).sum::<i64>();
                let counts = credited - has.reserved - has.written_off;
                (*member, counts.min(has.available).max(0))
            })
            .filter(|(_, weight)| *weight > 0)
            .collect();
        if self.model.is_drafted || weights.is_empty() {
            return;
        }
        self.model.is_drafted = true;
        declare_and_approve(&self.clients, "h1", pounds(100)).await;
        let draft = self.clients.by("anna").payouts().create_payout(create(payout("h1"))).await.unwrap().into_inner();
        assert_eq!(draft.total_points, weights.values().sum::<i64>(), "{}", self.told);
        for (member, weight) in weights {
            let has = self.has(member);
            has.available -= weight;
            has.reserved += weight;
        }
    }

    async fn compare(&self) {
        for member in MEMBERS {
            let has = self.model.members.get(member).cloned().unwrap_or_default();
            let it = crate::support::reads::balance(&self.clients, member).await;
            let told = [it.available_points, it.reserved_points, it.written_off_points, it.credited_points];
            let expected = [has.available, has.reserved, has.written_off, has.credited.values().sum()];
            assert_eq!(told, expected, "{}: {member}", self.told);
        }
    }

    async fn compare_boards(&self) {
        for kind in ["", "answer_accepted", "goodwill", "correction", "opening_balance"] {
            let mut expected: BTreeMap<String, i64> = BTreeMap::new();
            for (member, has) in &self.model.members {
                let of_kind = has.credited.iter().filter(|((_, of), _)| kind.is_empty() || *of == kind);
                expected.insert((*member).into(), of_kind.map(|(_, points)| points).sum());
            }
            // Who has nothing has no rank.
            expected.retain(|_, points| *points > 0);
            let request = pb::GetLeaderboardRequest {
                parent: "programs/qc".into(),
                activity_kind: kind.into(),
                ..Default::default()
            };
            let page = self.clients.boards().get_leaderboard(request).await.unwrap().into_inner();
            let told: BTreeMap<String, i64> = page.rows.into_iter().map(|row| (row.member_id, row.points)).collect();
            assert_eq!(told, expected, "{}: {kind}", self.told);
        }
    }
}
