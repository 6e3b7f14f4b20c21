//! Nothing is minted: whatever is earned, spent, expired, paid, reversed, restored, banned, lifted and merged, in whatever
//! order, nobody ever has had more than a naive sum of all that was ever reported.
//!
//! `MINTED_SEED` repeats a run; `MINTED_CASES` makes it longer.

use std::collections::BTreeMap;
use std::sync::Mutex;

use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::state::record::{Record, RecordKey};
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::ids::MemberId;
use goodturn::domain::value::seq::Seq;
use goodturn::pb;
use goodturn::pb::expiry::Lasts;
use goodturn::process::sweeper;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError};

use crate::support::clients::{activity, at, pounds};
use crate::support::members::{ban, lift_approved, lift_asked_for, merged};
use crate::support::payouts::{create, declare_and_approve, payout};
use crate::support::random;
use crate::support::reads::balance;
use crate::support::reversals::{restoration, withdrawn};
use crate::support::sample::{member, program};
use crate::support::stage::{Stage, cap, confirmation, rule};
use crate::support::till::{redemption, redemption_name, refund};

const MEMBERS: [&str; 3] = ["ann", "ben", "cleo"];

/// A thing that happens, on some member or some activity.
#[derive(Debug, Clone)]
enum Step {
    /// The member and the kind of the activity, and how many days ago it happened.
    Earn(usize, usize, i64),
    Reverse(usize),
    Restore(usize),
    Confirm(usize),
    Refund(usize, i64),
    Spend(usize, i64),
    GiveBack(usize),
    Pay,
    Ban(usize),
    Lift(usize),
    Merge(usize, usize),
    /// Days that pass. At the first of a month points expire.
    Wait(i64),
}

/// Kinds of activities: plain, under a cap, under a cap within another, for a recruit, waiting, by amount,
/// and one that takes points.
const KINDS: [&str; 7] = ["plain", "capped", "daily", "recruit", "waits", "order", "down"];

fn steps(waits: &[i64]) -> impl Strategy<Value = Vec<Step>> + use<> {
    let one = || 0..12_usize;
    let step = prop_oneof![
        8 => (0..3_usize, select(vec![0, 1, 2, 3, 3, 3, 4, 5, 6]), select(vec![0, 0, 1, 20, 40])).prop_map(|(of, kind, ago)| Step::Earn(of, kind, ago)),
        6 => one().prop_map(Step::Reverse),
        6 => one().prop_map(Step::Restore),
        2 => one().prop_map(Step::Confirm),
        2 => (one(), select(vec![1_000, 5_000, 10_000])).prop_map(|(of, minor)| Step::Refund(of, minor)),
        6 => (0..3_usize, select(vec![0, 0, 0, 30, 100])).prop_map(|(of, points)| Step::Spend(of, points)),
        2 => one().prop_map(Step::GiveBack),
        2 => Just(Step::Pay),
        1 => (0..3_usize).prop_map(Step::Ban),
        2 => (0..3_usize).prop_map(Step::Lift),
        1 => (0..3_usize, 0..3_usize).prop_map(|(from, into)| Step::Merge(from, into)),
        4 => select(waits.to_vec()).prop_map(Step::Wait),
    ];
    vec(step, 20..80)
}

#[test]
fn nobody_ever_has_had_more_than_all_that_was_reported_could_bring() {
    // INV 31, 40, 72, 75
    check(Lasts::HorizonMonths(1), &[1, 10, 31], 250);
}

#[test]
fn nobody_ever_has_had_more_where_points_expire_without_activity() {
    // INV 31, 40, 72, 75
    check(Lasts::InactiveMonths(1), &[1, 31, 62], 150);
}

/// Plays so many histories with such waits, under rules by which points last as long.
fn check(lasts: Lasts, waits: &[i64], cases: u32) {
    let seed = random::seed("MINTED_SEED");
    let cases = random::cases("MINTED_CASES", cases);
    println!("memory, {lasts:?}: MINTED_SEED={seed}, {cases} histories");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases, failure_persistence: None, max_shrink_time: 60_000, ..Config::default() };
    let tally = Mutex::new(BTreeMap::new());
    let result = random::runner(seed, config).run(&steps(waits), |steps| {
        runtime.block_on(async {
            let mut history = History::begun(lasts).await;
            for step in &steps {
                history.take(step).await;
                history.check(&format!("{step:?}")).await?;
            }
            history.end(&tally).await
        })
    });
    if let Err(error) = result {
        panic!("MINTED_SEED={seed}: {error}");
    }
    let tally = tally.into_inner().unwrap();
    // A test that never meets a case says nothing of it.
    for what in [
        "activity_restored",
        "activity_revoked",
        "activity_reinstated",
        "key_passed",
        "written_off",
        "points_expired",
        "payout_reduced",
        "member_merged",
        "made good",
        "expired again",
    ] {
        assert!(tally.get(what).is_some_and(|&count| count >= 5), "{what}: {tally:?}");
    }
}

/// A programme in which something happens, and all that was ever reported to it.
struct History {
    stage: Stage,
    now: jiff::Timestamp,
    /// Member, kind and day of each activity.
    reported: Vec<(usize, usize, jiff::civil::Date)>,
    /// Number of calls so far, for ids and for words that come one after the other.
    calls: usize,
    spendings: usize,
    /// The member that each one is now.
    persons: [usize; 3],
}

impl History {
    async fn begun(lasts: Lasts) -> Self {
        let capped = |id: &str, cap: &str, points| pb::Rule { cap_id: cap.into(), ..rule(id, id, points) };
        let rules = vec![
            rule("plain", "plain", 100),
            capped("capped", "monthly", 60),
            capped("daily", "daily", 30),
            pb::Rule {
                exclusive: "recruit".into(),
                exclusive_holder: pb::ExclusiveHolder::EarliestStanding.into(),
                ..rule("recruit", "recruit", 50)
            },
            pb::Rule { wait: Some(pb::rule::Wait::ConfirmWithinDays(20)), ..rule("waits", "waits", 80) },
            pb::Rule { per_amount: Some(pounds(100)), ..rule("order", "order", 1) },
            rule("down", "down", -45),
        ];
        let caps = vec![cap("daily", pb::CapWindow::Day, 40, "monthly"), cap("monthly", pb::CapWindow::Month, 100, "")];
        let stage = Stage::capped(Some(20), rules.clone(), caps.clone()).await;
        let rule_set = pb::RuleSet {
            name: "programs/qc/ruleSets/2".into(),
            in_force_from: Some(at("2018-04-01T13:00:00Z")),
            rules,
            caps,
            expiry: Some(pb::Expiry { lasts: Some(lasts), ..Default::default() }),
            ..Default::default()
        };
        let request = pb::PublishRuleSetRequest { rule_set: Some(rule_set) };
        stage.served.clients.programs().publish_rule_set(request).await.unwrap();
        let now = "2018-09-02T12:00:00Z".parse().unwrap();
        stage.served.clock.set("2018-09-02T12:00:00Z");
        Self { stage, now, reported: Vec::new(), calls: 0, spendings: 0, persons: [0, 1, 2] }
    }

    async fn take(&mut self, step: &Step) {
        self.calls += 1;
        let (id, now) = (format!("c{}", self.calls), self.now.to_string());
        let clients = &self.stage.served.clients;
        let one_of = |n: usize| format!("a{}", n % self.reported.len().max(1));
        // Each of these may be refused: a member may be banned, or lack the points.
        match *step {
            Step::Earn(of, kind, ago) => {
                let when = self.now - jiff::SignedDuration::from_hours(24 * ago);
                let day = when.to_zoned(jiff::tz::TimeZone::get("Europe/London").unwrap()).date();
                let mut done =
                    activity(&format!("a{}", self.reported.len()), KINDS[kind], MEMBERS[of], &when.to_string());
                done.amount = (KINDS[kind] == "order").then(|| pounds(10_000));
                done.exclusive_key = if KINDS[kind] == "recruit" { "r".into() } else { String::new() };
                self.reported.push((of, kind, day));
                self.stage.done(done).await;
            }
            Step::Reverse(of) => {
                let request = pb::ReverseActivityRequest { occurred_at: Some(at(&now)), ..withdrawn(&one_of(of), &id) };
                let _told = clients.ledger().reverse_activity(request).await;
            }
            Step::Restore(of) => {
                let _told = clients.ledger().restore_activity(restoration(&one_of(of), &id, &now)).await;
            }
            Step::Confirm(of) => {
                let _told = clients.ledger().confirm_activity(confirmation(&one_of(of), &id, &now)).await;
            }
            Step::Refund(of, minor) => {
                let refund = crate::support::stage::refund(&one_of(of), &id, pounds(minor));
                let request = pb::RefundActivityRequest { occurred_at: Some(at(&now)), ..refund };
                let _told = clients.ledger().refund_activity(request).await;
            }
            Step::Spend(of, points) => {
                // 0 spends everything.
                let all = balance(clients, MEMBERS[of]).await.available_points;
                let points = if points == 0 { all } else { points };
                let request = redemption(&format!("s{}", self.spendings), MEMBERS[of], points);
                self.spendings += usize::from(clients.till().redeem_points(request).await.is_ok());
            }
            Step::GiveBack(of) => {
                let name = redemption_name(&format!("s{}", of % self.spendings.max(1)));
                let _given = clients.till().refund_redemption(refund(name, &id, 0)).await;
            }
            Step::Pay => self.pay(&id).await,
            Step::Ban(of) => {
                let _banned = clients.by("anna").members().ban_member(ban(MEMBERS[of], &id)).await;
            }
            Step::Lift(of) => {
                if lift_asked_for(clients, MEMBERS[of], &id).await.is_ok() {
                    lift_approved(clients, "bob", MEMBERS[of], &id).await.unwrap();
                }
            }
            Step::Merge(from, into) => self.merge(from, into).await,
            Step::Wait(days) => {
                self.now += jiff::SignedDuration::from_hours(24 * days);
                self.stage.served.clock.set(&self.now.to_string());
                assert_eq!(sweeper::sweep_all(&self.stage.served.ledger).await.unwrap().failed, 0);
            }
        }
        // The last word counts, so each is later than those before it.
        self.now += jiff::SignedDuration::from_secs(1);
        self.stage.served.clock.set(&self.now.to_string());
    }

    /// Reserves points; every second time they are paid.
    async fn pay(&self, id: &str) {
        let clients = &self.stage.served.clients;
        declare_and_approve(clients, id, pounds(1_000)).await;
        let Ok(draft) = clients.by("anna").payouts().create_payout(create(payout(id))).await else { return };
        if self.calls.is_multiple_of(2) {
            let draft = draft.into_inner();
            crate::support::payouts::approve(clients, &draft, "ben").await.unwrap();
            crate::support::payouts::execute(clients, &draft.name).await.unwrap();
        }
    }

    async fn merge(&mut self, from: usize, into: usize) {
        let clients = &self.stage.served.clients;
        let has = balance(clients, MEMBERS[from]).await;
        let is_free = has.available_points >= 0 && has.pending_points == 0 && has.reserved_points == 0;
        let is_active = async |n: usize| {
            crate::support::members::read(clients, MEMBERS[n]).await.state() == pb::MemberState::Active
        };
        if from != into && is_free && is_active(from).await && is_active(into).await {
            merged(clients, MEMBERS[from], MEMBERS[into]).await;
            for person in &mut self.persons {
                *person = if *person == from { into } else { *person };
            }
        }
    }

    /// Compares what each person has had with a naive sum of what was reported of their members.
    async fn check(&self, after: &str) -> Result<(), TestCaseError> {
        let entries = self.stage.served.ledger.log().entries(&program(), Seq::ZERO, 100_000).await.unwrap();
        for (person, who) in MEMBERS.iter().enumerate() {
            let members: Vec<usize> = (0..3).filter(|&n| self.persons[n] == person).collect();
            let (mut had, mut expired) = (0, 0);
            for &n in &members {
                let id = MemberId::parse(MEMBERS[n]).unwrap();
                let last = entries.iter().rfind(|entry| entry.member.as_ref() == Some(&id));
                let get = |bucket| last.map_or(0, |entry| entry.balance_after.get(bucket));
                had += [Bucket::Held, Bucket::Reserved, Bucket::Redeemed, Bucket::Paid].map(get).iter().sum::<i64>();
                had += get(Bucket::Available).max(0);
                // What ever expired was had then, and is not had again.
                let of_cut_offs = entries.iter().filter(|entry| entry.kind == EntryKind::PointsExpired);
                let own = of_cut_offs.filter(|entry| entry.member.as_ref() == Some(&id));
                expired += own.filter_map(|entry| Some(entry.movement?.amount().get())).sum::<i64>();
            }
            let most = self.most(&members);
            if had + expired > most {
                let problem = format!("{who} has had {had} and {expired} expired, of {most}, after {after}");
                return Err(TestCaseError::fail(problem));
            }
        }
        Ok(())
    }

    /// Returns the points that everything reported of some members could bring, if all of it stood.
    fn most(&self, members: &[usize]) -> i64 {
        let mut sum = 0;
        for &of in members {
            let own = || self.reported.iter().filter(move |(by, ..)| *by == of);
            let count = |kind: &str| own().filter(|(_, k, _)| KINDS[*k] == kind).count();
            let times = |kind: &str, points: i64| i64::try_from(count(kind)).unwrap() * points;
            // A claim that lost its key had its points as long as it held it.
            sum += times("plain", 100) + times("waits", 80) + times("order", 100) + times("recruit", 50);
            let mut months: BTreeMap<(i16, i8), (i64, BTreeMap<i8, i64>)> = BTreeMap::new();
            for (_, kind, day) in own() {
                let month = months.entry((day.year(), day.month())).or_default();
                match KINDS[*kind] {
                    "capped" => month.0 += 60,
                    "daily" => *month.1.entry(day.day()).or_default() += 30,
                    _ => {}
                }
            }
            for (capped, days) in months.into_values() {
                sum += (capped + days.into_values().map(|points| points.min(40)).sum::<i64>()).min(100);
            }
        }
        sum
    }

    async fn end(&self, tally: &Mutex<BTreeMap<String, u32>>) -> Result<(), TestCaseError> {
        let ledger = &self.stage.served.ledger;
        let report = goodturn::audit::verify(&**ledger.log(), &program(), |_| ()).await.unwrap().unwrap();
        if !report.findings.is_empty() {
            return Err(TestCaseError::fail(format!("{:?}", report.findings)));
        }
        let state = ledger.program(&program()).await.unwrap().unwrap();
        for who in MEMBERS {
            let left = match ledger.record(&state, &RecordKey::Takings(member(who))).await.unwrap() {
                Some(Record::Takings(takings)) => takings.written_off.since(Seq::ZERO),
                _ => 0,
            };
            let written_off = -balance(&self.stage.served.clients, who).await.written_off_points;
            if left != written_off {
                return Err(TestCaseError::fail(format!("{who}: rows of {left}, {written_off} written off")));
            }
        }
        let entries = ledger.log().entries(&program(), Seq::ZERO, 100_000).await.unwrap();
        crate::support::changed::assert_named(&entries);
        let mut tally = tally.lock().unwrap();
        let mut count = |what: &str| *tally.entry(what.into()).or_default() += 1;
        for entry in &entries {
            count(entry.kind.name());
            match entry.takes_out_of() {
                Some((Bucket::WrittenOff, ..0)) => count("made good"),
                Some((Bucket::Expired, ..0)) => count("expired again"),
                _ => {}
            }
        }
        Ok(())
    }
}
