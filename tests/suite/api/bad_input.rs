//! Requests of bad form: each is refused with every field that is wrong, and does nothing.

use std::collections::{BTreeSet, HashMap};

use goodturn::google::r#type::Money;
use goodturn::pb;
use goodturn::pb::attribute_value::Value;
use goodturn::pb::record_activity_result::Result as ActivityResult;
use prost::Message as _;
use prost_types::Timestamp;
use tonic::Code;

use crate::support::clients::{Clients, TestServer, accepted, activity, at, first_rules, kudos, pounds, qc, record};
use crate::support::refused::{Refused, every_method, head_seq, refused};
use crate::support::reversals::withdrawn;
use crate::support::served::Served;

const WHEN: &str = "2018-04-01T12:00:00Z";

/// Ids that are no opaque id: empty, too long, and with characters that no resource name may hold.
const LONG: &str = concat!(
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
);
const ODD: [&str; 9] = [LONG, "a/b", "a b", "a\0b", "é", "a%20", "a\n", "🙂", "\u{202e}a"];

#[tokio::test]
async fn an_unknown_programme_is_not_found_by_any_method() {
    // INV 60
    let server = TestServer::with_program().await;
    let mut asked = BTreeSet::new();
    for (method, answer) in Box::pin(every_method(&server.clients.by("anna"), "programs/nope")).await {
        let told = Refused::of(&answer.expect_err(method));
        assert_eq!(told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND"), [("resource", "programs/nope")], "{method}");
        asked.insert(method.replace('_', ""));
    }
    let set = prost_types::FileDescriptorSet::decode(goodturn::proto::DESCRIPTORS).unwrap();
    let methods = set.file.iter().flat_map(|file| &file.service).flat_map(|service| &service.method);
    let mut methods: BTreeSet<String> = methods.map(|method| method.name().to_lowercase()).collect();
    for of_all in ["createprogram", "listprograms"] {
        assert!(methods.remove(of_all), "{of_all} needs no programme");
    }
    assert_eq!(asked, methods, "a new call is added to every_method in support/refused.rs");
}

#[tokio::test]
async fn an_odd_id_is_refused_wherever_it_stands() {
    // INV 4
    assert_eq!(LONG.len(), 129);
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    for odd in ODD {
        let activity =
            pb::Activity { counterparty_id: odd.into(), subject: odd.into(), ..activity(odd, "kudos", odd, WHEN) };
        let told = refused(clients, clients.ledger().record_activity(record(activity))).await;
        told.breaks(&["name", "member_id", "counterparty_id", "subject"]);
        let told = refused(clients, clients.ledger().reverse_activity(withdrawn(odd, odd))).await;
        told.breaks(&["name", "reversal_id"]);
        let balance = pb::GetBalanceRequest { name: format!("programs/qc/members/{odd}"), min_seq: 0 };
        refused(clients, clients.ledger().get_balance(balance)).await.breaks(&["name"]);
        let history = pb::ListEntriesRequest { parent: format!("programs/qc/members/{odd}"), ..Default::default() };
        refused(clients, clients.ledger().list_entries(history)).await.breaks(&["parent"]);
    }
    let told = refused(clients, clients.ledger().record_activity(record(activity("", "", "", WHEN)))).await;
    told.breaks(&["name", "kind", "member_id"]);

    let too_long = "x".repeat(64);
    for odd in ODD.into_iter().chain(["", "QC", "-qc", "_qc", "q.c", too_long.as_str()]) {
        let create = pb::CreateProgramRequest { program_id: odd.into(), ..qc() };
        refused(clients, clients.programs().create_program(create)).await.breaks(&["program_id"]);
        let told = refused(clients, clients.ledger().record_activity(record(activity("a1", odd, "ben", WHEN)))).await;
        told.breaks(&["kind"]);
        let told = refused(clients, clients.programs().publish_rule_set(rules(2, &[(odd, odd, 1)]))).await;
        told.breaks(&["rule_set.rules[0].rule_id", "rule_set.rules[0].activity_kind"]);
        for (part, whole) in [("sources", "activities/a1"), ("programs", "sources/forum/activities/a1")] {
            let name = activity("a1", "kudos", "ben", WHEN).name;
            let (before, _) = name.split_once(part).unwrap();
            let named = pb::Activity { name: format!("{before}{part}/{odd}/{whole}"), ..kudos("a1", "ben", WHEN) };
            refused(clients, clients.ledger().record_activity(record(named))).await.breaks(&["name"]);
        }
    }
    for odd in ["a b", "a/b", "anonymous"] {
        let told = refused(clients, clients.by(odd).ledger().record_activity(record(kudos("a1", "ben", WHEN)))).await;
        told.breaks(&["goodturn-principal"]);
    }
    let longest = "x".repeat(128);
    clients.ledger().record_activity(record(kudos(&longest, &longest, WHEN))).await.unwrap();
}

#[tokio::test]
async fn the_service_itself_is_no_source() {
    // INV 12
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let name = "programs/qc/sources/goodturn/activities/qc";
    let own = pb::Activity { name: name.into(), ..kudos("a1", "ben", WHEN) };
    refused(clients, clients.ledger().record_activity(record(own))).await.breaks(&["name"]);
    let reverse = pb::ReverseActivityRequest { name: name.into(), ..withdrawn("a1", "r1") };
    refused(clients, clients.ledger().reverse_activity(reverse)).await.breaks(&["name"]);
}

#[tokio::test]
async fn amounts_are_bounded_and_exact() {
    // INV 38
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    for points in [0, -1_000_000_001, 1_000_000_001, i64::MAX, i64::MIN] {
        let told = refused(clients, clients.programs().publish_rule_set(rules(2, &[("big", "big", points)]))).await;
        told.breaks(&["rule_set.rules[0].points"]);
    }
    let largest = rules(2, &[("big", "big", 1_000_000_000), ("small", "small", 1)]);
    clients.programs().publish_rule_set(largest).await.unwrap();

    for debt_limit_points in [-1, 1_000_000_001, i64::MAX, i64::MIN] {
        let program = pb::Program { debt_limit_points: Some(debt_limit_points), ..qc().program.unwrap() };
        let create =
            pb::CreateProgramRequest { program_id: "debts".into(), program: Some(program), ..Default::default() };
        let told = refused(clients, clients.programs().create_program(create)).await;
        told.breaks(&["program.debt_limit_points"]);
    }
    let get = pb::GetProgramRequest { name: "programs/debts".into() };
    let told = refused(clients, clients.programs().get_program(get)).await;
    told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND");

    let money = |code: &str, units, nanos| Money { currency_code: code.into(), units, nanos };
    let odd = [
        money("GBP", -1, 0),
        money("GBP", 0, -10_000_000),
        money("GBP", 0, 5_000_000),
        money("GBP", 0, 1_000_000_000),
        money("GBP", 1, -10_000_000),
        money("GBP", 10_000_000_000, 10_000_000),
        money("GBP", i64::MAX, 0),
        money("GBP", i64::MIN, i32::MIN),
        money("EUR", 1, 0),
        money("", 1, 0),
    ];
    for amount in odd {
        let bought = pb::Activity { amount: Some(amount), ..kudos("a1", "ben", WHEN) };
        refused(clients, clients.ledger().record_activity(record(bought))).await.breaks(&["amount"]);
    }
    for (id, amount) in [("a1", money("GBP", 10_000_000_000, 0)), ("a2", money("GBP", 0, 0))] {
        let bought = pb::Activity { amount: Some(amount), ..kudos(id, "ben", WHEN) };
        clients.ledger().record_activity(record(bought)).await.unwrap();
    }
}

#[tokio::test]
async fn a_time_is_at_most_five_minutes_ahead_and_always_one_of_the_calendar() {
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    let at_five = at("2018-04-01T12:05:00Z");
    let no_time = |seconds, nanos| Some(Timestamp { seconds, nanos });
    let odd = [
        None,
        no_time(at_five.seconds, 1_000),
        Some(at("2100-01-01T00:00:00Z")),
        no_time(at_five.seconds - 600, -1),
        no_time(at_five.seconds - 600, 1_000_000_000),
        no_time(i64::MAX, 0),
        no_time(i64::MIN, i32::MIN),
        no_time(-62_135_596_801, 0),
        no_time(253_402_300_800, 0),
    ];
    for occurred_at in odd {
        let early = pb::Activity { occurred_at, ..kudos("a1", "ben", WHEN) };
        refused(clients, clients.ledger().record_activity(record(early))).await.breaks(&["occurred_at"]);
        let reverse = pb::ReverseActivityRequest { occurred_at, ..withdrawn("a1", "r1") };
        refused(clients, clients.ledger().reverse_activity(reverse)).await.breaks(&["occurred_at"]);
    }
    let told = refused(clients, clients.programs().publish_rule_set(rules_from(2, None))).await;
    told.breaks(&["rule_set.in_force_from"]);
    let just = pb::Activity { occurred_at: Some(at_five), ..kudos("a1", "ben", WHEN) };
    clients.ledger().record_activity(record(just)).await.unwrap();
    // What was too early becomes acceptable when its time has come: a refusal does not use the id up.
    served.clock.set("2018-04-01T12:00:00.000001Z");
    let early = pb::Activity { occurred_at: no_time(at_five.seconds, 1_000), ..kudos("a2", "ben", WHEN) };
    clients.ledger().record_activity(record(early)).await.unwrap();
}

#[tokio::test]
async fn a_kind_that_no_rule_names_is_refused_with_the_known_ones() {
    // INV 15
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let sandwich = record(activity("a1", "sandwich", "ben", WHEN));
    let told = refused(clients, clients.ledger().record_activity(sandwich.clone())).await;
    let expected = [("kind", "sandwich"), ("known_kinds", "answer_accepted, kudos, promotion")];
    assert_eq!(told.because(Code::InvalidArgument, "ERROR_REASON_UNKNOWN_KIND"), expected);
    clients.programs().publish_rule_set(rules(2, &[("lunch", "sandwich", 3)])).await.unwrap();
    let receipt = clients.ledger().record_activity(sandwich).await.unwrap().into_inner();
    assert_eq!(receipt.decline_reason(), pb::DeclineReason::NoRuleInForce, "the rule begins after it occurred");

    clients.programs().create_program(pb::CreateProgramRequest { program_id: "bare".into(), ..qc() }).await.unwrap();
    let first = pb::Activity { name: "programs/bare/sources/forum/activities/a1".into(), ..kudos("a1", "ben", WHEN) };
    let told = refused(clients, clients.ledger().record_activity(record(first))).await;
    let expected = [("kind", "kudos"), ("known_kinds", "")];
    assert_eq!(told.because(Code::InvalidArgument, "ERROR_REASON_UNKNOWN_KIND"), expected);
    assert_eq!(told.message, "no rule names the kind kudos: publish a rule set first");
}

#[tokio::test]
async fn everything_wrong_with_a_request_is_told_at_once() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let text = |text: String| pb::AttributeValue { value: Some(Value::Text(text)) };
    let attributes = HashMap::from([
        (String::new(), text("fine".into())),
        ("b".into(), pb::AttributeValue { value: None }),
        ("c".into(), text("x".repeat(257))),
        ("d".into(), text("\0".into())),
        ("e".repeat(65), pb::AttributeValue { value: Some(Value::Flag(true)) }),
        ("f".into(), pb::AttributeValue { value: Some(Value::Decimal("4,5".into())) }),
    ]);
    let wrong = pb::Activity {
        name: "programs/QC/sources/goodturn/activities/a b".into(),
        kind: "Kudos".into(),
        member_id: String::new(),
        counterparty_id: "a/b".into(),
        subject: "é".into(),
        attributes,
        ..Default::default()
    };
    let told = refused(clients, clients.ledger().record_activity(record(wrong))).await;
    let mut fields = vec!["name", "name", "name", "kind", "member_id", "counterparty_id", "subject"];
    fields.extend(["attributes"; 6]);
    fields.push("occurred_at");
    told.breaks(&fields);
    let many = (0..33).map(|n| (format!("n{n}"), pb::AttributeValue { value: Some(Value::Number(n)) }));
    let many = pb::Activity { attributes: many.collect(), ..kudos("a1", "ben", WHEN) };
    refused(clients, clients.ledger().record_activity(record(many))).await.breaks(&["attributes"]);

    let note = "x".repeat(1_001);
    let wrong = pb::ReverseActivityRequest { name: "qc".into(), note, ..Default::default() };
    let told = refused(clients, clients.ledger().reverse_activity(wrong)).await;
    told.breaks(&["name", "reversal_id", "reason", "occurred_at", "note"]);

    let wrong = pb::Program { currency_code: "XAU".into(), time_zone: "Mars".into(), ..Default::default() };
    let wrong = pb::CreateProgramRequest { program_id: "Q".into(), program: Some(wrong), ..Default::default() };
    let told = refused(clients, clients.programs().create_program(wrong)).await;
    told.breaks(&["program_id", "program.currency_code", "program.time_zone"]);

    let doubled = pb::RuleSet {
        name: "programs/qc/ruleSets/-".into(),
        ..rules(2, &[("a", "a", 1), ("a", "a", 0)]).rule_set.unwrap()
    };
    let doubled = pb::PublishRuleSetRequest { rule_set: Some(doubled) };
    let told = refused(clients, clients.programs().publish_rule_set(doubled)).await;
    let second = ["rule_set.rules[1].rule_id", "rule_set.rules[1].points"];
    told.breaks(&[&["rule_set.name"], &second[..]].concat());
    let none = pb::RuleSet { name: "programs/qc/ruleSets/02".into(), ..Default::default() };
    let none = pb::PublishRuleSetRequest { rule_set: Some(none) };
    let told = refused(clients, clients.programs().publish_rule_set(none)).await;
    told.breaks(&["rule_set.name", "rule_set.in_force_from", "rule_set.rules"]);
    let kinds: Vec<String> = (0..101).map(|n| format!("k{n}")).collect();
    let kinds: Vec<_> = kinds.iter().map(|kind| (kind.as_str(), kind.as_str(), 1)).collect();
    refused(clients, clients.programs().publish_rule_set(rules(2, &kinds))).await.breaks(&["rule_set.rules"]);
}

#[tokio::test]
async fn an_empty_request_is_refused_by_what_it_lacks() {
    let server = TestServer::with_program().await;
    let (clients, anna) = (&server.clients, server.clients.by("anna"));
    let told = refused(clients, clients.programs().create_program(pb::CreateProgramRequest::default())).await;
    told.breaks(&["program_id", "program"]);
    let told = refused(clients, clients.programs().publish_rule_set(pb::PublishRuleSetRequest::default())).await;
    told.breaks(&["rule_set"]);
    let told = refused(clients, clients.ledger().record_activity(pb::RecordActivityRequest::default())).await;
    told.breaks(&["activity"]);
    let told = refused(clients, clients.ledger().batch_record_activities(batch("", Vec::new()))).await;
    told.breaks(&["parent"]);
    let told =
        refused(clients, anna.payouts().create_savings_statement(pb::CreateSavingsStatementRequest::default())).await;
    told.breaks(&["savings_statement"]);
    refused(clients, anna.payouts().create_payout(pb::CreatePayoutRequest::default())).await.breaks(&["payout"]);
    refused(clients, anna.payouts().approve_payout(pb::ApprovePayoutRequest::default()))
        .await
        .breaks(&["name", "content_digest"]);
}

#[tokio::test]
async fn a_batch_answers_each_activity_for_itself() {
    // INV 6, 7
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    clients.ledger().record_activity(record(kudos("before", "ben", WHEN))).await.unwrap();
    let elsewhere = "programs/nope/sources/forum/activities/a1";
    let activities = vec![
        accepted("a1", "ben", WHEN),
        kudos("a2", "a b", WHEN),
        kudos("before", "mallory", WHEN),
        activity("a3", "sandwich", "ben", WHEN),
        kudos("a4", "ben", WHEN),
        pb::Activity { name: elsewhere.into(), ..kudos("a1", "ben", WHEN) },
        kudos("a5", "ben", "2100-01-01T00:00:00Z"),
        kudos("a4", "mallory", WHEN),
        pb::Activity { amount: Some(pounds(-1)), ..kudos("a6", "ben", WHEN) },
        kudos("a4", "ben", WHEN),
        pb::Activity::default(),
        kudos("before", "ben", WHEN),
        kudos("a7", "ben", WHEN),
    ];
    let alone = record_alone(clients, &activities, elsewhere).await;
    let before = head_seq(clients).await;
    let reply = clients.ledger().batch_record_activities(batch("programs/qc", activities)).await.unwrap().into_inner();
    assert_eq!(head_seq(clients).await, before + 3, "a1, a4 and a7 are new");

    let results: Vec<_> = reply.results.into_iter().map(|result| result.result.unwrap()).collect();
    let told = results.iter().map(|result| match result {
        ActivityResult::Receipt(receipt) => {
            let available = receipt.balance.as_ref().unwrap().available_points;
            format!("entry {} leaves {available}", receipt.seq)
        }
        ActivityResult::Error(error) => {
            let refused = Refused::of_item(error);
            refused.reason.trim_start_matches("ERROR_REASON_").to_owned() + &refused.fields.join(" ")
        }
    });
    let expected = [
        "entry 4 leaves 101",
        "INVALID_REQUESTmember_id",
        "EXISTS_WITH_DIFFERENT_CONTENT",
        "UNKNOWN_KIND",
        "entry 5 leaves 102",
        "INVALID_REQUESTname",
        "INVALID_REQUESToccurred_at",
        "EXISTS_WITH_DIFFERENT_CONTENT",
        "INVALID_REQUESTamount",
        "entry 5 leaves 102",
        "INVALID_REQUESTname kind member_id occurred_at",
        "entry 3 leaves 1",
        "entry 6 leaves 103",
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    for (index, alone) in alone {
        let ActivityResult::Error(error) = &results[index] else { panic!("{index} was recorded") };
        let item = Refused::of_item(error);
        let without_id = |told: Refused| Refused { details: Vec::new(), ..told };
        assert_eq!(without_id(item), without_id(alone), "the same error as alone, at {index}");
    }
}

#[tokio::test]
async fn a_batch_of_more_than_a_thousand_is_refused_whole() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let mut many: Vec<_> = (0..1_001).map(|n| kudos(&format!("a{n}"), "ben", WHEN)).collect();
    let told = refused(clients, clients.ledger().batch_record_activities(batch("programs/qc", many.clone()))).await;
    told.breaks(&["activities"]);
    many.pop();
    let reply = clients.ledger().batch_record_activities(batch("programs/qc", many)).await.unwrap().into_inner();
    assert_eq!(reply.results.len(), 1_000);
    assert_eq!(head_seq(clients).await, 1_002, "the programme, its rules, and a thousand kudos");
    let none = clients.ledger().batch_record_activities(batch("programs/qc", Vec::new())).await.unwrap().into_inner();
    assert_eq!(none.results.len(), 0);
}

/// What each activity that is refused whatever came before is told when it is sent alone.
async fn record_alone(clients: &Clients, activities: &[pb::Activity], elsewhere: &str) -> Vec<(usize, Refused)> {
    let mut alone = Vec::new();
    for (index, activity) in activities.iter().enumerate() {
        // Alone, the first would be recorded, and another programme looked for.
        if [1, 2, 3, 6, 8, 10].contains(&index) {
            assert_ne!(activity.name, elsewhere);
            alone.push((index, refused(clients, clients.ledger().record_activity(record(activity.clone()))).await));
        }
    }
    alone
}

fn batch(parent: &str, activities: Vec<pb::Activity>) -> pb::BatchRecordActivitiesRequest {
    pb::BatchRecordActivitiesRequest { parent: parent.into(), activities, ..Default::default() }
}

/// A version of the rules, in force long after every test.
fn rules(version: u32, rules: &[(&str, &str, i64)]) -> pb::PublishRuleSetRequest {
    let rule = |(id, kind, points): &(&str, &str, i64)| pb::Rule {
        rule_id: (*id).into(),
        activity_kind: (*kind).into(),
        points: *points,
        ..Default::default()
    };
    let published = rules_from(version, Some(at("2100-01-01T00:00:00Z"))).rule_set.unwrap();
    let rules = rules.iter().map(rule).collect();
    pb::PublishRuleSetRequest { rule_set: Some(pb::RuleSet { rules, ..published }) }
}

fn rules_from(version: u32, in_force_from: Option<Timestamp>) -> pb::PublishRuleSetRequest {
    let name = format!("programs/qc/ruleSets/{version}");
    let first = first_rules().rule_set.unwrap();
    pb::PublishRuleSetRequest { rule_set: Some(pb::RuleSet { name, in_force_from, ..first }) }
}
