//! Expiry: by several servers, over a restart, and as it is told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use goodturn::domain::entry::Entry;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::state::record::{Record, RecordKey};
use goodturn::domain::terms::expiry::{Lasts, Policy};
use goodturn::domain::value::bucket::Bucket;
use goodturn::google::r#type::Date;
use goodturn::ledger::Ledger;
use goodturn::log::Log;
use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::pb::expiry::Lasts as PbLasts;
use goodturn::process::{Swept, expiry, sweeper};

use crate::support::bench::Bench;
use crate::support::clients::{accepted, at, kudos, record};
use crate::support::expiry::{earned, under, until_clean};
use crate::support::faulty::Fault;
use crate::support::process::goodturn;
use crate::support::reads::balance;
use crate::support::refused::refused;
use crate::support::sample::{member, program, time};
use crate::support::served::Served;
use crate::support::stores::{on_file, on_postgres};

/// Members of a race: two full steps, and a bit.
const MEMBERS: usize = 1_200;

const A_MONTH: Policy = Policy { lasts: Lasts::Months(1), not_before_days: 0, days: Vec::new() };

/// A programme in which each of many members earned 100 points in April; it is the 1st of June.
async fn june(store: Arc<dyn Log>) -> Bench {
    let bench = under(store, A_MONTH).await;
    let when = time("2018-04-02T00:00:00Z");
    let commands = (0..MEMBERS).map(|n| earned(&format!("a{n}"), &format!("m{n:04}"), 0, when)).collect();
    let answers = bench.ledger.submit_all(&bench.program, commands, None).await;
    assert!(answers.iter().all(Result::is_ok));
    bench.clock.set("2018-06-01T00:00:00Z");
    bench
}

/// Everybody's points expired, each once.
fn all_expired_once(entries: &[Entry]) {
    let mut times: BTreeMap<String, i64> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::PointsExpired) {
        assert_eq!(entry.balance_after.get(Bucket::Expired), 100);
        *times.entry(entry.member.as_ref().unwrap().to_string()).or_default() += 1;
    }
    assert_eq!(times.len(), MEMBERS);
    assert!(times.values().all(|&times| times == 1));
}

/// Two servers sweep at once, one of which cannot write now and then.
async fn points_expire_once(store: Arc<dyn Log>) {
    // INV 3, 14, 40
    let one = june(Arc::clone(&store)).await;
    let other = Ledger::new(store, one.clock.clone());
    one.log.fail([Fault::Lost, Fault::RecordedAndLost]);
    tokio::join!(until_clean(&one.ledger), until_clean(&other));
    one.ledger.catch_up(&one.program).await.unwrap();
    all_expired_once(&one.entries().await);
    assert_eq!(sweeper::sweep_all(&one.ledger).await.unwrap(), Swept::default(), "nothing is left");
}

#[tokio::test]
async fn two_servers_on_one_memory_have_points_expire_once() {
    points_expire_once(Arc::new(MemoryLog::default())).await;
}

#[tokio::test]
async fn two_servers_on_one_file_have_points_expire_once() {
    on_file(points_expire_once).await;
}

#[tokio::test]
async fn two_servers_on_one_postgresql_have_points_expire_once() {
    on_postgres(points_expire_once).await;
}

/// A server takes one step of the cut-off that is due, and ends; returns the next one on its store.
async fn one_step_and_another_server(store: Arc<dyn Log>, bench: &Bench) -> Arc<Ledger> {
    bench.log.appends.store(0, Ordering::SeqCst);
    let (ledger, state) = (Arc::clone(&bench.ledger), Arc::clone(&bench.program));
    bench.log.hold();
    let sweeping = tokio::spawn(async move { expiry::expire(&ledger, &state).await });
    bench.log.let_through(1);
    bench.log.begun(2).await;
    sweeping.abort();
    let fresh = Arc::new(Ledger::new(store, bench.clock.clone()));
    let state = fresh.program(&program()).await.unwrap().unwrap();
    let Some(Record::Expiry(schedule)) = fresh.record(&state, &RecordKey::Expiry).await.unwrap() else {
        panic!("a policy has a schedule")
    };
    assert_eq!(schedule.through(), Some(&member("m0499")), "one step was recorded");
    fresh
}

/// What a server records that has all expire that is due.
async fn swept_by(fresh: Arc<Ledger>, bench: Bench) -> Vec<Entry> {
    until_clean(&fresh).await;
    let program = fresh.program(&program()).await.unwrap().unwrap();
    Bench { ledger: fresh, program, ..bench }.entries().await
}

/// A server ends between two steps; the next one goes on where it stood, and a clock that stands back begins nothing anew.
#[tokio::test]
async fn a_cut_off_goes_on_where_a_server_left_it() {
    // INV 1, 3, 40
    let store: Arc<dyn Log> = Arc::new(MemoryLog::default());
    let bench = june(Arc::clone(&store)).await;
    let fresh = one_step_and_another_server(store, &bench).await;
    bench.clock.set("2018-05-20T00:00:00Z");
    let entries = swept_by(fresh, bench).await;
    all_expired_once(&entries);
    let steps = entries.iter().filter(|entry| entry.kind == EntryKind::ExpiryProgressed).count();
    assert_eq!(steps, 4, "of 500, 500, 200 members, and the end");
}

/// A server ends in the middle of a cut-off, and the next one comes up when another is due. Whoever forgot the first for the
/// second would go on with the second from the middle, and never ask it of those whom the first has passed.
#[tokio::test]
async fn a_cut_off_that_was_begun_is_ended_before_the_next_one_begins() {
    // INV 3, 14, 40
    let store: Arc<dyn Log> = Arc::new(MemoryLog::default());
    let bench = june(Arc::clone(&store)).await;
    let late = time("2018-05-10T00:00:00Z");
    let commands = (0..MEMBERS).map(|n| earned(&format!("b{n}"), &format!("m{n:04}"), 1, late)).collect();
    let answers = bench.ledger.submit_all(&bench.program, commands, None).await;
    assert!(answers.iter().all(Result::is_ok));
    let fresh = one_step_and_another_server(store, &bench).await;
    bench.clock.set("2018-07-01T00:00:00Z");
    let entries = swept_by(fresh, bench).await;
    let mut expired: BTreeMap<&str, Vec<(String, i64)>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::PointsExpired) {
        let (day, points) = (entry.local_day.date().to_string(), entry.movement.unwrap().amount().get());
        expired.entry(entry.member.as_ref().unwrap().as_str()).or_default().push((day, points));
    }
    assert_eq!(expired.len(), MEMBERS);
    // Of April's activity, and of May's.
    let expected = [("2018-06-01".to_owned(), 100), ("2018-07-01".to_owned(), 30)];
    for (member, expired) in expired {
        assert_eq!(expired, expected, "{member}");
    }
}

#[tokio::test]
async fn a_programme_without_a_policy_keeps_its_points_for_ever() {
    let served = Served::at("2018-03-12T00:00:00Z").await;
    let clients = &served.clients;
    clients.ledger().record_activity(record(accepted("a", "ben", "2018-03-12T00:00:00Z"))).await.unwrap();
    served.clock.set("2038-03-12T00:00:00Z");
    assert_eq!(sweeper::sweep_all(&served.ledger).await.unwrap(), Swept::default());
    let list = expiring(&served, "programs/qc", 0, "").await;
    assert_eq!((list.expiring.len(), list.cut_off, list.earned_before), (0, None, None));
}

async fn expiring(served: &Served, parent: &str, page_size: i32, page_token: &str) -> pb::ListExpiringResponse {
    let request = pb::ListExpiringRequest { parent: parent.into(), page_size, page_token: page_token.into() };
    served.clients.ledger().list_expiring(request).await.unwrap().into_inner()
}

async fn publish(served: &Served, version: u32, from: &str, expiry: pb::Expiry) -> Result<pb::RuleSet, tonic::Status> {
    let first = crate::support::clients::first_rules().rule_set.unwrap();
    let name = format!("programs/qc/ruleSets/{version}");
    let rule_set = pb::RuleSet { name, in_force_from: Some(at(from)), expiry: Some(expiry), ..first };
    let request = pb::PublishRuleSetRequest { rule_set: Some(rule_set) };
    Ok(served.clients.programs().publish_rule_set(request).await?.into_inner())
}

const fn months(months: i32) -> pb::Expiry {
    pb::Expiry { lasts: Some(PbLasts::HorizonMonths(months)), not_before_days: 10, days: Vec::new() }
}

const fn day(month: i32) -> Option<Date> {
    Some(Date { year: 2018, month, day: 1 })
}

#[tokio::test]
async fn what_lapses_next_is_told_before_it_does_and_why_afterwards() {
    // INV 29, 40
    let served = Served::at("2018-03-12T00:00:00Z").await;
    let published = publish(&served, 2, "2018-03-13T00:00:00Z", months(2)).await.unwrap();
    assert_eq!(published.expiry, Some(months(2)));
    let mut ledger = served.clients.ledger();
    for (day, activity) in [
        ("2018-03-20T00:00:00Z", accepted("a1", "ben", "2018-03-20T00:00:00Z")),
        ("2018-03-21T00:00:00Z", accepted("a2", "cleo", "2018-03-21T00:00:00Z")),
        ("2018-04-20T00:00:00Z", kudos("a3", "ben", "2018-04-20T00:00:00Z")),
        // Told late: less than ten days before the cut-off.
        ("2018-05-25T00:00:00Z", accepted("a4", "dora", "2018-03-22T00:00:00Z")),
    ] {
        served.clock.set(day);
        sweeper::sweep_all(&served.ledger).await.unwrap();
        ledger.record_activity(record(activity)).await.unwrap();
    }
    let first = expiring(&served, "programs/qc", 1, "").await;
    let second = expiring(&served, "programs/qc", 1, &first.next_page_token).await;
    let told = |list: &pb::ListExpiringResponse| -> Vec<(String, i64)> {
        list.expiring.iter().map(|row| (row.member_id.clone(), row.points)).collect()
    };
    assert_eq!((told(&first), first.cut_off, first.earned_before), (vec![("ben".into(), 100)], day(6), day(4)));
    assert_eq!(told(&second), [("cleo".into(), 100)]);
    assert_eq!(told(&expiring(&served, "programs/qc/members/ben", 0, "").await), [("ben".into(), 100)]);
    assert_eq!(told(&expiring(&served, "programs/qc/members/dora", 0, "").await), []);
    // A second before midnight, then at midnight.
    for (now, expired) in [("2018-05-31T23:59:59Z", 0), ("2018-06-01T00:00:00Z", 100)] {
        served.clock.set(now);
        sweeper::sweep_all(&served.ledger).await.unwrap();
        let ben = balance(&served.clients, "ben").await;
        assert_eq!((ben.expired_points, ben.available_points), (expired, 101 - expired));
    }
    assert_eq!(balance(&served.clients, "dora").await.expired_points, 0);
    // What is found to be fraud afterwards is taken from what has expired: nothing else of the member's is touched.
    served.clock.set("2018-06-20T00:00:00Z");
    ledger.reverse_activity(crate::support::reversals::withdrawn("a1", "r1")).await.unwrap();
    let ben = balance(&served.clients, "ben").await;
    assert_eq!([ben.expired_points, ben.available_points, ben.written_off_points], [0, 1, 0]);
    served.clock.set("2018-07-01T00:00:00Z");
    sweeper::sweep_all(&served.ledger).await.unwrap();
    let request = pb::ListEntriesRequest { parent: "programs/qc/members/ben".into(), ..Default::default() };
    let history = ledger.list_entries(request).await.unwrap().into_inner().entries;
    let sentences: Vec<&str> = history.iter().rev().skip(2).map(|entry| &*entry.sentence).collect();
    assert_eq!(
        sentences,
        [
            "On 1 June 2018, 100 points you earned before 1 April 2018 expired.",
            "On 1 April 2018 the 100 points for answer accepted a1 of 20 March 2018 were taken back: it was undone. 100 had \
             expired before.",
            "On 1 July 2018, 1 point you earned before 1 May 2018 expired.",
        ]
    );
    assert_eq!(balance(&served.clients, "dora").await.expired_points, 100, "ten days after they were recorded");
    let report = goodturn::audit::verify(&**served.ledger.log(), &program(), |_| ()).await.unwrap().unwrap();
    assert_eq!(report.findings, []);
}

#[tokio::test]
async fn points_expire_on_the_chosen_days_of_the_year_which_are_kept_in_order() {
    // INV 40
    let served = Served::at("2018-03-12T00:00:00Z").await;
    let chosen = |days: [(i32, i32); 2]| pb::Expiry {
        days: days.map(|(month, day)| Date { year: 0, month, day }).into(),
        ..months(2)
    };
    let published = publish(&served, 2, "2018-03-13T00:00:00Z", chosen([(8, 15), (5, 31)])).await.unwrap();
    assert_eq!(published.expiry, Some(chosen([(5, 31), (8, 15)])));
    served.clients.ledger().record_activity(record(accepted("a", "ben", "2018-03-12T00:00:00Z"))).await.unwrap();
    let mut next = Vec::new();
    for now in ["2018-03-30T00:00:00Z", "2018-05-31T00:00:00Z", "2018-08-15T00:00:00Z"] {
        served.clock.set(now);
        sweeper::sweep_all(&served.ledger).await.unwrap();
        next.push(expiring(&served, "programs/qc", 0, "").await.cut_off.map(|day| (day.year, day.month, day.day)));
    }
    assert_eq!(next, [Some((2018, 5, 31)), Some((2018, 8, 15)), Some((2019, 5, 31))]);
    assert_eq!(balance(&served.clients, "ben").await.expired_points, 100);
    let request = pb::ListEntriesRequest { parent: "programs/qc/members/ben".into(), ..Default::default() };
    let history = served.clients.ledger().list_entries(request).await.unwrap().into_inner().entries;
    assert_eq!(history[0].sentence, "On 31 May 2018, 100 points you earned before 31 March 2018 expired.");
    served.verified().await;
}

#[tokio::test]
async fn a_policy_that_cannot_be_is_refused_with_its_field() {
    let served = Served::at("2018-03-12T00:00:00Z").await;
    let policy = |lasts, not_before_days| pb::Expiry { lasts, not_before_days, days: Vec::new() };
    let on = |lasts, days: &[(i32, i32, i32)]| pb::Expiry {
        days: days.iter().map(|&(year, month, day)| Date { year, month, day }).collect(),
        ..policy(Some(lasts), 0)
    };
    for (policy, field) in [
        (policy(Some(PbLasts::HorizonMonths(0)), 0), "rule_set.expiry.horizon_months"),
        (policy(Some(PbLasts::HorizonMonths(-1)), 0), "rule_set.expiry.horizon_months"),
        (policy(Some(PbLasts::HorizonMonths(121)), 0), "rule_set.expiry.horizon_months"),
        (policy(Some(PbLasts::RollOnce(false)), 0), "rule_set.expiry.roll_once"),
        (policy(Some(PbLasts::RollOnce(true)), -1), "rule_set.expiry.not_before_days"),
        (policy(Some(PbLasts::RollOnce(true)), 367), "rule_set.expiry.not_before_days"),
        (policy(None, 5), "rule_set.expiry"),
        (policy(Some(PbLasts::InactiveMonths(0)), 0), "rule_set.expiry.inactive_months"),
        (policy(Some(PbLasts::InactiveMonths(121)), 0), "rule_set.expiry.inactive_months"),
        (on(PbLasts::RollOnce(true), &[(0, 3, 31)]), "rule_set.expiry.days"),
        (on(PbLasts::HorizonMonths(1), &[(0, 3, 31), (0, 2, 29)]), "rule_set.expiry.days[1]"),
        (on(PbLasts::HorizonMonths(1), &[(2018, 3, 31)]), "rule_set.expiry.days[0]"),
        (on(PbLasts::HorizonMonths(1), &[(0, 300, 1)]), "rule_set.expiry.days[0]"),
        (on(PbLasts::InactiveMonths(1), &[(0, 3, 31), (0, 3, 31)]), "rule_set.expiry.days"),
    ] {
        let first = crate::support::clients::first_rules().rule_set.unwrap();
        let rule_set = pb::RuleSet { name: "programs/qc/ruleSets/2".into(), expiry: Some(policy), ..first };
        let request = pb::PublishRuleSetRequest { rule_set: Some(rule_set) };
        refused(&served.clients, served.clients.programs().publish_rule_set(request)).await.breaks(&[field]);
    }
    for parent in ["", "programs", "programs/qc/payouts/h1", "programs/qc/members/a b"] {
        let request = pb::ListExpiringRequest { parent: parent.into(), page_size: 1, ..Default::default() };
        refused(&served.clients, served.clients.ledger().list_expiring(request)).await.breaks(&["parent"]);
    }
}

#[test]
fn a_file_says_how_long_points_last() {
    let said = |expiry: &str| {
        let folder = tempfile::tempdir().unwrap();
        let rules = "in_force_from = 2018-03-12T00:00:00Z\n[[rules]]\nrule_id = \"answers\"\n\
                     activity_kind = \"answer_accepted\"\npoints = 100\n";
        std::fs::write(folder.path().join("rules.toml"), format!("{rules}{expiry}")).unwrap();
        goodturn(folder.path(), &["rules", "check", "rules.toml"])
    };
    let last = |text: String| text.lines().last().unwrap().trim().to_owned();
    assert_eq!(last(said("").done()), "points do not expire");
    assert_eq!(
        last(said("[expiry]\nhorizon_months = 24\nnot_before_days = 30\n").done()),
        "points expire at 0:00 on the first day of a month, 24 months after they were earned, no sooner than 30 days after they were \
         recorded"
    );
    assert_eq!(
        last(said("[expiry]\nroll_once = true\n").done()),
        "points roll over once: they expire at 0:00 on 1 June or 1 December, at the end of the half-year after the one in which they \
         were earned"
    );
    assert_eq!(
        last(said("[expiry]\nhorizon_months = 1\ndays = [\"09-30\", \"03-31\"]\n").done()),
        "points expire at 0:00 on the first 31 March or 30 September that is 1 month or more after they were earned"
    );
    assert_eq!(
        last(said("[expiry]\ninactive_months = 12\n").done()),
        "all points of a member expire at 0:00 on the first day of a month, once no activity and no use of points of the member was \
         recorded for more than 12 months"
    );
    assert_eq!(
        last(said("[expiry]\ninactive_months = 12\nnot_before_days = 30\ndays = [\"03-31\"]\n").done()),
        "all points of a member expire at 0:00 on 31 March, once no activity and no use of points of the member was recorded for more \
         than 12 months, no sooner than 30 days after they were recorded"
    );
    for (expiry, problem) in [
        ("[expiry]\n", "rules.toml:6: expiry must have horizon_months, inactive_months or roll_once"),
        ("[expiry]\nhorizon_months = 121\n", "rules.toml:7: expiry.horizon_months is 121; give 1 to 120"),
        ("[expiry]\nroll_once = true\nhorizon_months = 1\n", "rules.toml:7: expiry.roll_once cannot stand beside"),
        (
            "[expiry]\nroll_once = true\ninactive_months = 1\n",
            "rules.toml:7: expiry.roll_once cannot stand beside inactive_months",
        ),
        (
            "[expiry]\nhorizon_months = 3\ninactive_months = 1\n",
            "rules.toml:8: expiry.inactive_months cannot stand beside horizon_months",
        ),
        (
            "[expiry]\nroll_once = true\ndays = [\"03-31\"]\n",
            "rules.toml:8: expiry.days cannot stand beside roll_once, which has its own: 1 June and 1 December",
        ),
        (
            "[expiry]\ninactive_months = 1\ndays = [\"03-31\", \"31-3\"]\n",
            "rules.toml:8: expiry.days[1] is \"31-3\"; give month and day, as \"03-31\"",
        ),
        (
            "[expiry]\nhorizon_months = 1\ndays = [\"02-29\"]\n",
            "rules.toml:8: expiry.days[0] is 02-29, which most years do not have; give 02-28 or 03-01",
        ),
        (
            "[expiry]\nhorizon_months = 1\ndays = [\n\"03-31\",\n\"31-03\"]\n",
            "rules.toml:10: expiry.days[1] is 31-03, which is no day of the year",
        ),
        (
            "[expiry]\nhorizon_months = 1\ndays = [\"03-31\", \"09-30\", \"03-31\"]\n",
            "rules.toml:8: expiry.days has 03-31 twice",
        ),
        ("[expiry]\nhorizon_months = 1\ndays = 3\n", "rules.toml:8: expiry.days is no list"),
        ("[expiry]\nmonths = 1\nroll_once = true\n", "rules.toml:7: expiry.months is no field here"),
    ] {
        let told = said(expiry).refused();
        assert!(told.contains(problem), "{told}");
    }
}
