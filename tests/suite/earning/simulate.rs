//! Simulations: a draft over a past period, against what was credited.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use goodturn::google::r#type::Money;
use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::pb::rule::Wait;
use tonic::Code;

use crate::support::clients::{TestServer, accepted, activity, at, kudos, pounds, record_all};
use crate::support::community::{ACTIVITIES, DECLINED, MEMBERS, POINTS, activities};
use crate::support::faulty::FaultyLog;
use crate::support::payouts::day;
use crate::support::refused::refused;
use crate::support::reversals::fraud;
use crate::support::served::Served;
use crate::support::simulations::{asked, published, simulate, some_answers, totals};

/// The same with other points for an accepted answer, and a cap on them.
fn answers_at(points: i64, cap: Option<pb::Cap>) -> pb::RuleSet {
    let mut rules = published();
    rules.rules[0].points = points;
    rules.rules[0].cap_id = cap.as_ref().map(|cap| cap.cap_id.clone()).unwrap_or_default();
    rules.caps = cap.into_iter().collect();
    rules
}

fn monthly(limit_points: i64) -> pb::Cap {
    let window = pb::CapWindow::Month.into();
    pb::Cap { cap_id: "monthly".into(), window, limit_points, ..Default::default() }
}

fn default<T: Default>() -> T {
    T::default()
}

const fn both(then: i64, draft: i64) -> Option<pb::Compared> {
    Some(pb::Compared { then, draft })
}

fn members(listed: &[pb::SimulatedMember]) -> Vec<(&str, i64, i64, i64)> {
    let credited = |member: &pb::SimulatedMember| member.credited_points.unwrap();
    let row = |member| (credited(member).then, credited(member).draft);
    let rows = listed.iter().map(|member| (member.member_id.as_str(), row(member), member.difference_points));
    rows.map(|(member, (then, draft), difference)| (member, then, draft, difference)).collect()
}

/// Members by the least difference of their bucket, where there are any.
fn histogram(reply: &pb::SimulateRuleSetResponse) -> Vec<(Option<i64>, i64)> {
    assert_eq!(reply.differences.len(), 15);
    let filled = reply.differences.iter().filter(|bucket| bucket.members > 0);
    filled.map(|bucket| (bucket.least_points, bucket.members)).collect()
}

#[tokio::test]
async fn the_published_rules_change_nothing_and_twice_the_points_are_exactly_twice_as_many() {
    // INV 42, 53
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    record_all(clients, activities()).await;
    let same = simulate(clients, asked(published())).await;
    let all = i64::try_from(ACTIVITIES).unwrap();
    assert_eq!(same.total.unwrap().activities, all);
    assert_eq!(totals(&same), [(POINTS, POINTS), (0, 0)]);
    let members_all = i64::try_from(MEMBERS).unwrap();
    assert_eq!((same.winners, same.losers, same.unchanged), (0, 0, members_all), "{ACTIVITIES} activities");
    assert_eq!(histogram(&same), [(Some(0), members_all)]);
    let own = i64::try_from(DECLINED).unwrap();
    let self_dealing = pb::DeclineReason::SelfDealing.into();
    assert_eq!(same.declined, [pb::SimulatedDeclines { reason: self_dealing, activities: both(own, own) }]);
    for kind in &same.kinds {
        let credited = kind.sums.unwrap().credited_points.unwrap();
        assert_eq!(credited.then, credited.draft, "{}", kind.activity_kind);
    }
    let kinds: Vec<(&str, i64)> =
        same.kinds.iter().map(|kind| (kind.activity_kind.as_str(), kind.sums.unwrap().activities)).collect();
    assert_eq!(kinds.iter().map(|(_, count)| count).sum::<i64>(), all);
    assert!(kinds.is_sorted(), "{kinds:?}");

    let mut twice = published();
    twice.rules.iter_mut().for_each(|rule| rule.points *= 2);
    let penny = Some(pounds(1));
    let request = pb::SimulateRuleSetRequest { value_per_point: penny, max_members: 2, ..asked(twice) };
    let doubled = simulate(clients, request.clone()).await;
    assert_eq!(totals(&doubled), [(POINTS, 2 * POINTS), (0, 0)]);
    assert_eq!((doubled.winners, doubled.losers, doubled.unchanged), (members_all, 0, 0));
    assert_eq!(members(&doubled.top_winners), [("user-1837", 7_582, 15_164, 7_582), ("user-409", 4_002, 8_004, 4_002)]);
    assert_eq!((doubled.cost_then.clone(), doubled.cost_draft.clone()), (Some(pounds(48_136)), Some(pounds(96_272))));
    let again = simulate(clients, request).await;
    assert_eq!(
        pb::SimulateRuleSetResponse { waits_ended_at: doubled.waits_ended_at, ..again },
        doubled,
        "the same every time"
    );
}

#[tokio::test]
async fn a_cap_takes_from_those_who_earned_most_to_the_point() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    record_all(clients, some_answers()).await;
    // 120 points an answer, at most 250 a month: ann 250 + 120, ben 120, cleo 120 + 120; dora's kudos as before.
    let reply = simulate(clients, asked(answers_at(120, Some(monthly(250))))).await;
    assert_eq!(totals(&reply), [(701, 731), (0, 0)]);
    assert_eq!((reply.winners, reply.losers, reply.unchanged), (2, 1, 1));
    assert_eq!(members(&reply.top_winners), [("cleo", 200, 240, 40), ("ben", 100, 120, 20)]);
    assert_eq!(members(&reply.top_losers), [("ann", 400, 370, -30)]);
    assert_eq!(histogram(&reply), [(Some(-99), 1), (Some(0), 1), (Some(10), 2)]);
    assert_eq!(reply.declined, []);
    // 130 an answer, at most 260: ann's third of April comes when the cap is full.
    let full = simulate(clients, asked(answers_at(130, Some(monthly(260))))).await;
    let declined = pb::SimulatedDeclines { reason: pb::DeclineReason::CapFull.into(), activities: both(0, 1) };
    assert_eq!(full.declined, [declined]);
    // Only April: what came before and after is not there.
    let april = pb::SimulateRuleSetRequest {
        first_day: day(2018, 4, 2),
        last_day: day(2018, 4, 30),
        ..asked(answers_at(120, Some(monthly(250))))
    };
    let april = simulate(clients, april).await;
    assert_eq!((april.total.unwrap().activities, totals(&april)), (4, [(301, 361), (0, 0)]));
}

#[tokio::test]
async fn what_was_taken_back_is_taken_back_in_the_draft_too() {
    let server = Served::at("2018-05-31T23:55:00Z").await;
    let clients = &server.clients;
    let mut rules = published();
    let order = pb::Rule {
        rule_id: "orders".into(),
        activity_kind: "order".into(),
        points: 2,
        per_amount: Some(pounds(500)),
        ..default()
    };
    rules.rules.push(order.clone());
    let second = pb::RuleSet {
        name: "programs/qc/ruleSets/2".into(),
        in_force_from: Some(at("2018-06-01T00:00:00Z")),
        ..rules.clone()
    };
    clients.programs().publish_rule_set(pb::PublishRuleSetRequest { rule_set: Some(second) }).await.unwrap();
    server.clock.set("2018-06-20T00:00:00Z");
    // £19.99, of which £5.00 are given back: floor(2 × 1,999 / 500) = 7, floor(2 × 1,499 / 500) = 5.
    let bought = pb::Activity { amount: Some(pounds(1_999)), ..activity("o1", "order", "ben", "2018-06-02T00:00:00Z") };
    record_all(clients, vec![bought]).await;
    let refund = pb::RefundActivityRequest {
        name: "programs/qc/sources/forum/activities/o1".into(),
        refund_id: "f1".into(),
        amount: Some(pounds(500)),
        occurred_at: Some(at("2018-06-03T00:00:00Z")),
        ..default()
    };
    clients.ledger().refund_activity(refund).await.unwrap();
    // Reversed after it came, and before.
    let when = "2018-06-02T00:00:00Z";
    record_all(clients, vec![accepted("a1", "ann", when), accepted("a2", "ann", when)]).await;
    clients.ledger().reverse_activity(fraud("a1", "r1")).await.unwrap();
    clients.ledger().reverse_activity(fraud("a3", "r3")).await.unwrap();
    record_all(clients, vec![accepted("a3", "ann", when)]).await;

    // Ten times as much for orders: floor(20 × 1,499 / 500) = 59. They vest after 30 days; 110 an answer.
    let draft_order = pb::Rule { points: 20, wait: Some(Wait::VestAfterDays(30)), ..order };
    let mut draft = answers_at(110, None);
    draft.rules.push(draft_order);
    let reply = simulate(clients, asked(draft.clone())).await;
    assert_eq!(totals(&reply), [(105, 110), (0, 59)]);
    assert_eq!(members(&reply.top_winners), [("ann", 100, 110, 10)]);
    assert_eq!(members(&reply.top_losers), [("ben", 5, 0, -5)], "what waits is not credited");
    let taken_back = pb::SimulatedDeclines { reason: pb::DeclineReason::Reversed.into(), activities: both(1, 1) };
    assert_eq!(reply.declined, [taken_back]);
    server.clock.set("2018-07-03T00:00:00Z");
    let vested = simulate(clients, asked(draft)).await;
    assert_eq!(totals(&vested), [(105, 169), (0, 0)], "the 30 days are over");
}

#[tokio::test]
async fn what_an_activity_after_the_period_took_stays_on_both_sides() {
    let server = Served::at("2018-05-31T23:55:00Z").await;
    let clients = &server.clients;
    let mut rules = published();
    rules.rules[0].exclusive = "question".into();
    let second = pb::RuleSet {
        name: "programs/qc/ruleSets/2".into(),
        in_force_from: Some(at("2018-06-01T00:00:00Z")),
        ..rules.clone()
    };
    clients.programs().publish_rule_set(pb::PublishRuleSetRequest { rule_set: Some(second) }).await.unwrap();
    server.clock.set("2018-06-20T00:00:00Z");
    let answer = |id, member, when| pb::Activity { exclusive_key: "q1".into(), ..accepted(id, member, when) };
    let (first, last) = (answer("a1", "ben", "2018-06-02T00:00:00Z"), answer("a2", "cleo", "2018-06-10T00:00:00Z"));
    record_all(clients, vec![first, last]).await;
    let june = |last| pb::SimulateRuleSetRequest {
        first_day: day(2018, 6, 1),
        last_day: day(2018, 6, last),
        ..asked(rules.clone())
    };
    let all = simulate(clients, june(30)).await;
    assert_eq!((totals(&all)[0], all.unchanged), ((100, 100), 2), "cleo has it, then and in the draft");
    let cut = simulate(clients, june(5)).await;
    assert_eq!((totals(&cut)[0], cut.unchanged), ((100, 100), 1), "ben has it");
}

#[tokio::test]
async fn who_hangs_up_ends_their_simulation_and_the_next_one_begins() {
    let log = FaultyLog::on(Arc::new(MemoryLog::default()));
    let server = Served::on(log.clone(), "2018-06-01T00:00:00Z").await;
    log.hold_reads();
    let clients = server.clients.clone();
    let first = tokio::spawn(async move { clients.programs().simulate_rule_set(asked(published())).await });
    log.read_begun().await;
    first.abort();
    // The read that is held stays so; only what comes later goes through.
    log.let_reads_through();
    let second = simulate(&server.clients, asked(published()));
    let second = tokio::time::timeout(Duration::from_secs(10), second).await.expect("the first has ended");
    assert_eq!(second.seq, 2);
}

#[tokio::test]
async fn attributes_that_were_erased_meet_no_condition_that_asks_for_them() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let value = pb::attribute_value::Value::Text("shop".into());
    let attributes = HashMap::from([("channel".to_owned(), pb::AttributeValue { value: Some(value) })]);
    let noted = |id| pb::Activity { attributes: attributes.clone(), ..kudos(id, "ben", "2018-04-01T12:00:00Z") };
    record_all(clients, vec![noted("k1"), noted("k2"), kudos("k3", "ben", "2018-04-01T12:00:00Z")]).await;
    let mut draft = published();
    draft.rules[1].condition = "attributes.channel == \"shop\"".into();
    let reply = simulate(clients, asked(draft.clone())).await;
    assert_eq!((totals(&reply)[0], reply.activities_without_attributes), ((3, 2), 0), "the third never had any");

    let database = format!("sqlite://{}/goodturn.db", server.folder.path().display());
    let pool = sqlx::SqlitePool::connect(&database).await.unwrap();
    let erased = sqlx::query("delete from note where seq = (select min(seq) from note)").execute(&pool).await.unwrap();
    assert_eq!(erased.rows_affected(), 1);
    let reply = simulate(clients, asked(draft.clone())).await;
    assert_eq!((totals(&reply)[0], reply.activities_without_attributes), ((3, 1), 1));
    let failed = pb::SimulatedDeclines { reason: pb::DeclineReason::ConditionFailed.into(), activities: both(0, 2) };
    assert_eq!(reply.declined, [failed], "one erased, one that never had any");
    draft.rules[1].condition = "!has(attributes.channel)".into();
    let reply = simulate(clients, asked(draft.clone())).await;
    assert_eq!((totals(&reply)[0], reply.activities_without_attributes), ((3, 1), 1), "what is gone is not absent");
    draft.rules[1].condition = "member == \"ben\"".into();
    let reply = simulate(clients, asked(draft)).await;
    assert_eq!((totals(&reply)[0], reply.activities_without_attributes), ((3, 3), 0), "no attribute is asked for");
}

#[tokio::test]
async fn a_draft_is_refused_with_everything_that_is_wrong() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let mut draft = answers_at(0, None);
    draft.rules[1].cap_id = "none".into();
    draft.rules[2].condition = "attributes.".into();
    let request = pb::SimulateRuleSetRequest {
        first_day: day(2018, 9, 12),
        value_per_point: Some(Money { currency_code: "EUR".into(), units: 1, nanos: 0 }),
        max_members: 101,
        ..asked(draft)
    };
    let all = refused(clients, clients.programs().simulate_rule_set(request)).await;
    let rules = ["rules[0].points", "rules[1].cap_id", "rules[2].condition"].map(|place| format!("rule_set.{place}"));
    let others = ["last_day", "value_per_point", "max_members"].map(str::to_owned);
    all.breaks(&rules.iter().chain(&others).map(String::as_str).collect::<Vec<_>>());
    let nothing = pb::SimulateRuleSetRequest { parent: "programs/qc".into(), ..default() };
    let nothing = refused(clients, clients.programs().simulate_rule_set(nothing)).await;
    nothing.breaks(&["rule_set", "first_day", "last_day"]);
    let negative = Some(Money { currency_code: "GBP".into(), units: 0, nanos: -1 });
    let negative = pb::SimulateRuleSetRequest { value_per_point: negative, ..asked(published()) };
    refused(clients, clients.programs().simulate_rule_set(negative)).await.breaks(&["value_per_point"]);

    let unknown = pb::SimulateRuleSetRequest { parent: "programs/nobody".into(), ..asked(published()) };
    let unknown = refused(clients, clients.programs().simulate_rule_set(unknown)).await;
    assert_eq!(unknown.because(Code::NotFound, "ERROR_REASON_NOT_FOUND"), [("resource", "programs/nobody")]);
}

#[tokio::test]
async fn a_draft_that_gives_more_than_the_ledger_can_hold_has_no_outcome() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let bought = pb::Activity { amount: Some(pounds(1_000_000_000_000)), ..kudos("k1", "ben", "2018-04-01T12:00:00Z") };
    record_all(clients, vec![bought]).await;
    let mut draft = published();
    draft.rules[1].points = 1_000_000_000;
    draft.rules[1].per_amount = Some(pounds(1));
    let told = refused(clients, clients.programs().simulate_rule_set(asked(draft))).await;
    told.because(Code::OutOfRange, "ERROR_REASON_AMOUNT_OVERFLOW");
}

#[tokio::test]
async fn a_period_without_activities_has_zeros_only() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    record_all(clients, vec![kudos("k1", "ben", "2018-04-01T12:00:00Z")]).await;
    let request = pb::SimulateRuleSetRequest {
        first_day: day(2018, 4, 2),
        value_per_point: Some(pounds(1)),
        ..asked(published())
    };
    let reply = simulate(clients, request).await;
    assert_eq!((reply.total.unwrap().activities, totals(&reply)), (0, [(0, 0); 2]));
    assert_eq!((reply.winners, reply.losers, reply.unchanged, reply.seq), (0, 0, 0, 3));
    assert_eq!((reply.kinds.len(), reply.declined.len(), histogram(&reply).len()), (0, 0, 0));
    assert_eq!(reply.cost_draft, Some(pounds(0)));
}
