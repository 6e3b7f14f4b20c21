//! What is taken back of points that are reserved: until a payout is executing, they are not paid.

use std::sync::Arc;

use goodturn::domain::decide::acts::Step;
use goodturn::domain::decide::command::{Act, Command, Eligible};
use goodturn::domain::entry::digest::Values;
use goodturn::domain::terms::payout::{PayoutTerms, PoolAsked};
use goodturn::domain::value::ids::{PayoutId, ProgramId, RequestId, SourceId, StatementId};
use goodturn::domain::value::principal::PrincipalId;
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::time::Micros;
use goodturn::log::Log;
use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::pb::PayoutState::{Approved, Cancelled, Cancelling, Draft, Executed};
use tonic::Code;

use crate::support::clients::{Clients, accepted, activity, at, first_rules, kudos, pence, pounds, record};
use crate::support::payouts::{approve, create, declare_and_approve, execute, pay_out, payout, shares};
use crate::support::reads::{balance, verified};
use crate::support::refused::{Refused, refused};
use crate::support::reversals::withdraw;
use crate::support::sample::member;
use crate::support::served::Served;

const WHEN: &str = "2018-04-01T10:00:00Z";

/// A server with accepted answers of these members, 100 points each: the first is `a0`.
async fn with_answers(of: &[&str]) -> Served {
    let served = Served::at("2018-10-01T00:00:00Z").await;
    answers(&served, of).await;
    served
}

async fn answers(served: &Served, of: &[&str]) {
    for (n, member) in of.iter().enumerate() {
        let answer = record(accepted(&format!("a{n}"), member, WHEN));
        served.clients.ledger().record_activity(answer).await.unwrap();
    }
}

/// An approved statement of £1.00, and a draft of it.
async fn drafted(clients: &Clients, id: &str) -> pb::Payout {
    declare_and_approve(clients, id, pounds(100)).await;
    clients.by("anna").payouts().create_payout(create(payout(id))).await.unwrap().into_inner()
}

async fn read(clients: &Clients, id: &str) -> pb::Payout {
    let request = pb::GetPayoutRequest { name: payout(id).name };
    clients.payouts().get_payout(request).await.unwrap().into_inner()
}

async fn cancel(clients: &Clients, id: &str) -> pb::Payout {
    let request = pb::CancelPayoutRequest { name: payout(id).name };
    clients.by("ben").payouts().cancel_payout(request).await.unwrap().into_inner()
}

/// Available, reserved, paid, written off.
async fn points(clients: &Clients, member: &str) -> [i64; 4] {
    let it = balance(clients, member).await;
    [it.available_points, it.reserved_points, it.paid_points, it.written_off_points]
}

/// Members with their points and pence.
async fn pay(clients: &Clients, id: &str) -> Vec<(String, i64, i64)> {
    let shares = shares(clients, &payout(id).name).await;
    shares.into_iter().map(|it| (it.member_id, it.points, pence(it.amount.as_ref().unwrap()))).collect()
}

fn is(member: &str, points: i64, pence: i64) -> (String, i64, i64) {
    (member.into(), points, pence)
}

/// Kinds and amounts of a member's latest entries, oldest first.
async fn latest(clients: &Clients, member: &str, entries: i32) -> Vec<(String, String, i64)> {
    let parent = format!("programs/qc/members/{member}");
    let request = pb::ListEntriesRequest { parent, page_size: entries, ..Default::default() };
    let page = clients.ledger().list_entries(request).await.unwrap().into_inner();
    page.entries.into_iter().rev().map(|entry| (entry.kind, entry.from_bucket, entry.amount)).collect()
}

fn moved(kind: &str, from: &str, amount: i64) -> (String, String, i64) {
    (kind.into(), from.into(), amount)
}

/// Takes one step of a payout, as a server that stops right after it.
async fn step(served: &Served, id: &str, act: Act) {
    let program = served.ledger.program(&ProgramId::parse("qc").unwrap()).await.unwrap().unwrap();
    let (request, by) = (RequestId::parse(id).unwrap(), PrincipalId::parse("anna").unwrap());
    let name = payout(id).name;
    let given = match &act {
        Act::CreatePayout(..) => Values::of(&create(payout(id))),
        Act::BeginExecution(_) => Values::of(&pb::ExecutePayoutRequest { name }),
        Act::BeginCancellation(_) => Values::of(&pb::CancelPayoutRequest { name }),
        _ => Values::own(&request),
    };
    let command = Command::given(&program.secret, SourceId::goodturn(), request, &given, by, act);
    served.ledger.submit(&program, command, None).await.unwrap();
}

fn h1() -> PayoutId {
    PayoutId::parse("h1").unwrap()
}

/// Fraud that is found after two persons have signed: 400 points of £1.00 before, 300 after.
#[tokio::test]
async fn what_is_taken_back_after_an_approval_makes_it_void() {
    // INV 43, 44, 46, 49
    let served = with_answers(&["ben", "ben", "cleo", "dora"]).await;
    let clients = &served.clients;
    let draft = drafted(clients, "h1").await;
    assert_eq!(pay(clients, "h1").await, [is("ben", 200, 50), is("cleo", 100, 25), is("dora", 100, 25)]);
    approve(clients, &draft, "ben").await.unwrap();
    withdraw(clients, "a0").await;

    let reduced = read(clients, "h1").await;
    assert_eq!(
        (reduced.state(), reduced.approved_by.as_str(), reduced.total_points, reduced.members),
        (Draft, "", 300, 3)
    );
    assert_ne!(reduced.content_digest, draft.content_digest);
    assert_eq!(points(clients, "ben").await, [0, 100, 0, 0]);
    let told = [moved("activity_reversed", "", 0), moved("payout_reduced", "reserved", 100)];
    assert_eq!(latest(clients, "ben", 2).await, told);
    let standing = pb::GetStandingRequest { name: "programs/qc/members/ben".into(), ..Default::default() };
    assert_eq!(clients.boards().get_standing(standing).await.unwrap().into_inner().points, 100);

    let execution = pb::ExecutePayoutRequest { name: draft.name.clone() };
    let told = refused(clients, clients.by("anna").payouts().execute_payout(execution)).await;
    let expected = [("needed", "approved"), ("state", "draft")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), expected);
    // Also the very call that was answered before: what it approved is no more.
    let told = Refused::of(&approve(clients, &draft, "ben").await.unwrap_err());
    told.because(Code::Aborted, "ERROR_REASON_CONTENT_CHANGED");
    let told = Refused::of(&approve(clients, &reduced, "anna").await.unwrap_err());
    told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    assert_eq!(approve(clients, &reduced, "ben").await.unwrap().state(), Approved);

    let executed = execute(clients, &draft.name).await.unwrap();
    assert_eq!((executed.state(), executed.total_points), (Executed, 300));
    assert_eq!(pay(clients, "h1").await, [is("ben", 100, 34), is("cleo", 100, 33), is("dora", 100, 33)]);
    assert_eq!(points(clients, "ben").await, [0, 0, 100, 0]);
    assert_eq!(balance(clients, "ben").await.due.as_ref().map(pence), Some(34));
    verified(clients).await;
}

#[tokio::test]
async fn a_draft_that_was_reduced_is_approved_as_it_is_now() {
    // INV 49
    let served = with_answers(&["ben", "cleo"]).await;
    let clients = &served.clients;
    let draft = drafted(clients, "h1").await;
    withdraw(clients, "a1").await;
    let told = Refused::of(&approve(clients, &draft, "ben").await.unwrap_err());
    told.because(Code::Aborted, "ERROR_REASON_CONTENT_CHANGED");
    let reduced = read(clients, "h1").await;
    assert_eq!((reduced.members, reduced.total_points), (1, 100), "cleo has nothing left");
    approve(clients, &reduced, "ben").await.unwrap();
    assert_eq!(pay(clients, "h1").await, [is("ben", 100, 100)]);
    verified(clients).await;
}

/// 500 points were paid, 100 are reserved, 1 is left; then the 500 are found to be fraud.
#[tokio::test]
async fn points_are_taken_in_order_and_only_the_rest_is_written_off() {
    // INV 31, 35, 45
    let served = Served::at("2018-10-01T00:00:00Z").await;
    let clients = &served.clients;
    clients.ledger().record_activity(record(activity("p", "promotion", "ben", WHEN))).await.unwrap();
    pay_out(clients, "h0", pounds(100)).await;
    clients.ledger().record_activity(record(accepted("a0", "ben", WHEN))).await.unwrap();
    drafted(clients, "h1").await;
    clients.ledger().record_activity(record(kudos("k", "ben", WHEN))).await.unwrap();
    assert_eq!(points(clients, "ben").await, [1, 100, 500, 0]);
    withdraw(clients, "p").await;
    let told = [
        moved("activity_reversed", "available", 51),
        moved("payout_reduced", "reserved", 100),
        moved("written_off", "written_off", 349),
    ];
    assert_eq!(latest(clients, "ben", 3).await, told, "1 at hand and a debt of 50; 100; the rest of 500");
    assert_eq!(points(clients, "ben").await, [-50, 0, 500, -349]);

    let empty = read(clients, "h1").await;
    assert_eq!((empty.state(), empty.members, empty.total_points), (Draft, 0, 0));
    assert_eq!(pay(clients, "h1").await, []);
    let told = Refused::of(&approve(clients, &empty, "ben").await.unwrap_err());
    told.because(Code::FailedPrecondition, "ERROR_REASON_NOTHING_TO_PAY");
    assert_eq!(cancel(clients, "h1").await.state(), Cancelled);
    assert_eq!(points(clients, "ben").await, [-50, 0, 500, -349], "there was nothing to give back");
    verified(clients).await;
}

#[tokio::test]
async fn the_payout_that_set_points_aside_last_is_reduced_first() {
    // INV 49
    let served = with_answers(&["ben"]).await;
    let clients = &served.clients;
    let first = drafted(clients, "h1").await;
    clients.ledger().record_activity(record(accepted("a1", "ben", WHEN))).await.unwrap();
    approve(clients, &first, "ben").await.unwrap();
    drafted(clients, "h2").await;
    let three = [accepted("a2", "ben", WHEN), accepted("a3", "ben", WHEN), accepted("a4", "ben", WHEN)];
    for answer in three {
        clients.ledger().record_activity(record(answer)).await.unwrap();
    }
    drafted(clients, "h3").await;
    let totals = || async {
        let mut totals = Vec::new();
        for id in ["h1", "h2", "h3"] {
            totals.push((read(clients, id).await.total_points, read(clients, id).await.state()));
        }
        totals
    };
    withdraw(clients, "a0").await;
    assert_eq!(totals().await, [(100, Approved), (100, Draft), (200, Draft)]);
    cancel(clients, "h3").await;
    withdraw(clients, "a1").await;
    assert_eq!(points(clients, "ben").await, [100, 200, 0, 0], "what was given back goes first");
    withdraw(clients, "a2").await;
    withdraw(clients, "a3").await;
    assert_eq!(totals().await, [(100, Approved), (0, Draft), (200, Cancelled)]);
    // One that is executed is out of reach.
    execute(clients, &first.name).await.unwrap();
    withdraw(clients, "a4").await;
    assert_eq!(totals().await, [(100, Executed), (0, Draft), (200, Cancelled)]);
    assert_eq!(points(clients, "ben").await, [-50, 0, 100, -50]);
    verified(clients).await;
}

/// The server stopped right after execution had begun: what two persons signed is paid.
#[tokio::test]
async fn nothing_is_taken_from_a_payout_that_is_executing() {
    // INV 43, 46
    let served = with_answers(&["ben", "cleo"]).await;
    let clients = &served.clients;
    let draft = drafted(clients, "h1").await;
    approve(clients, &draft, "ben").await.unwrap();
    step(&served, "h1", Act::BeginExecution(h1())).await;
    withdraw(clients, "a0").await;
    assert_eq!(points(clients, "ben").await, [-50, 100, 0, -50]);
    execute(clients, &draft.name).await.unwrap();
    assert_eq!(points(clients, "ben").await, [-50, 0, 100, -50]);
    assert_eq!(pay(clients, "h1").await, [is("ben", 100, 50), is("cleo", 100, 50)]);
    verified(clients).await;
}

/// The server stopped after ben had his points back and cleo had not. Of ben, a point is fraud that was paid before.
#[tokio::test]
async fn while_a_payout_is_cancelled_nothing_is_written_off_that_comes_back() {
    // INV 31, 50
    let served = Served::at("2018-10-01T00:00:00Z").await;
    let clients = &served.clients;
    clients.ledger().record_activity(record(kudos("k", "ben", WHEN))).await.unwrap();
    pay_out(clients, "h0", pounds(100)).await;
    answers(&served, &["ben", "cleo", "dora"]).await;
    drafted(clients, "h1").await;
    step(&served, "h1", Act::BeginCancellation(h1())).await;
    let first = Step { after: None, through: member("ben"), rows: vec![member("ben")] };
    step(&served, "h1", Act::ReturnPoints(h1(), first)).await;
    for id in ["a0", "a1", "k"] {
        withdraw(clients, id).await;
    }
    assert_eq!(read(clients, "h1").await.state(), Cancelling);
    assert_eq!(cancel(clients, "h1").await.state(), Cancelled);
    for (member, has) in [("ben", [-1, 0, 1, 0]), ("cleo", [0, 0, 0, 0]), ("dora", [100, 0, 0, 0])] {
        assert_eq!(points(clients, member).await, has, "{member}");
    }
    verified(clients).await;
}

/// The server stopped after ben's points were reserved.
#[tokio::test]
async fn what_is_taken_back_while_members_are_gone_through_is_not_drafted() {
    // INV 43, 49
    let served = with_answers(&["ben", "ben", "cleo"]).await;
    let clients = &served.clients;
    declare_and_approve(clients, "h1", pounds(100)).await;
    let terms = PayoutTerms::of_pool(
        h1(),
        StatementId::parse("h1").unwrap(),
        Micros::from_rfc3339("2018-08-31T00:00:00Z").unwrap().day_in(&jiff::tz::TimeZone::UTC),
        0,
    );
    step(&served, "h1", Act::CreatePayout(terms, PoolAsked::Rest)).await;
    let rows = vec![Eligible { member: member("ben"), points: 200 }];
    let first = Step { after: None, through: member("ben"), rows };
    step(&served, "h1", Act::ReservePoints(h1(), first, Seq::new(1_000).unwrap())).await;
    withdraw(clients, "a0").await;
    assert_eq!(points(clients, "ben").await, [0, 100, 0, 0]);
    let draft = clients.by("anna").payouts().create_payout(create(payout("h1"))).await.unwrap().into_inner();
    assert_eq!((draft.members, draft.total_points), (2, 200));
    assert_eq!(pay(clients, "h1").await, [is("ben", 100, 50), is("cleo", 100, 50)]);
    approve(clients, &draft, "ben").await.unwrap();
    execute(clients, &draft.name).await.unwrap();
    verified(clients).await;
}

#[tokio::test]
async fn an_explanation_says_what_was_taken_back_since() {
    // INV 43
    let served = with_answers(&["ben", "ben", "cleo"]).await;
    let clients = &served.clients;
    drafted(clients, "h1").await;
    clients.ledger().record_activity(record(kudos("k", "ben", WHEN))).await.unwrap();
    withdraw(clients, "a0").await;
    let explain = pb::ExplainShareRequest { name: format!("{}/shares/ben", payout("h1").name), ..Default::default() };
    let told = clients.payouts().explain_share(explain).await.unwrap().into_inner();
    let why: Vec<_> = told.entries.iter().map(|entry| (entry.counted_points, entry.why.as_str())).collect();
    assert_eq!(
        why,
        [
            (-99, "taken back from what was reserved, for 2018-04-01"),
            (0, "came after the points were reserved"),
            (0, "came after the points were reserved"),
            (0, "reserved for this payout"),
            (100, "credited for 2018-04-01, within the period"),
            (100, "credited for 2018-04-01, within the period"),
        ]
    );
    assert_eq!(told.share.unwrap().points, 101, "the one point that was at hand went first");
    assert_eq!(told.total_points, 201);
    assert!(told.sentence.starts_with("101 of 201 points that count"), "{}", told.sentence);
    let since = "99 more points had been reserved, and were taken back as what they were given for did not stand.";
    assert!(told.sentence.ends_with(since), "{}", told.sentence);
    verified(clients).await;
}

/// Whatever takes a credit back takes it from there: a question whose latest answer is another's, an order of which half was
/// refunded.
#[tokio::test]
async fn a_displaced_answer_and_a_refund_reduce_a_payout_too() {
    // INV 43
    let log: Arc<dyn Log> = Arc::new(MemoryLog::default());
    let served = Served::on(Arc::clone(&log), "2018-10-01T00:00:00Z").await;
    let clients = &served.clients;
    let mut rules = first_rules();
    let set = rules.rule_set.as_mut().unwrap();
    set.name = "programs/qc/ruleSets/2".into();
    set.in_force_from = Some(at("2018-10-01T00:05:00Z"));
    set.rules[0].exclusive = "question".into();
    let order = pb::Rule {
        rule_id: "orders".into(),
        activity_kind: "order".into(),
        points: 2,
        per_amount: Some(pounds(500)),
        ..Default::default()
    };
    set.rules.push(order);
    clients.programs().publish_rule_set(rules).await.unwrap();
    served.clock.set("2018-12-01T00:00:00Z");
    let answer = |id: &str, member: &str, when: &str| {
        record(pb::Activity { exclusive_key: "q1".into(), ..accepted(id, member, when) })
    };
    clients.ledger().record_activity(answer("x", "ben", "2018-10-02T00:00:00Z")).await.unwrap();
    let order = activity("o", "order", "cleo", "2018-10-02T00:00:00Z");
    let order = pb::Activity { amount: Some(pounds(50_000)), ..order };
    clients.ledger().record_activity(record(order)).await.unwrap();
    declare_and_approve(clients, "h1", pounds(100)).await;
    let terms = pb::Payout { last_day: crate::support::payouts::day(2018, 10, 31), ..payout("h1") };
    clients.by("anna").payouts().create_payout(create(terms)).await.unwrap();
    assert_eq!(pay(clients, "h1").await, [is("ben", 100, 33), is("cleo", 200, 67)]);
    // By a server that has nothing of it in memory.
    let served = Served::on(log, "2018-12-01T00:00:00Z").await;
    let clients = &served.clients;
    clients.ledger().record_activity(answer("y", "dora", "2018-10-03T00:00:00Z")).await.unwrap();
    let refund = pb::RefundActivityRequest {
        name: "programs/qc/sources/forum/activities/o".into(),
        refund_id: "r".into(),
        amount: Some(pounds(25_000)),
        occurred_at: Some(at("2018-10-03T00:00:00Z")),
        ..Default::default()
    };
    clients.ledger().refund_activity(refund).await.unwrap();
    for (member, has) in [("ben", [0, 0, 0, 0]), ("cleo", [0, 100, 0, 0]), ("dora", [100, 0, 0, 0])] {
        assert_eq!(points(clients, member).await, has, "{member}");
    }
    assert_eq!(pay(clients, "h1").await, [is("cleo", 100, 100)]);
    verified(clients).await;
}
