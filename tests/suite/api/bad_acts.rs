//! Requests of good form that are refused for what is recorded.

use std::collections::HashMap;

use goodturn::google::r#type::Money;
use goodturn::pb;
use goodturn::pb::attribute_value::Value;
use tonic::Code;

use crate::support::clients::{TestServer, accepted, at, first_rules, kudos, pounds, qc, record};
use crate::support::payouts::{create, day, declare_and_approve, payout, statement};
use crate::support::receipts::first_of;
use crate::support::refused::{Refused, refused};
use crate::support::reversals::withdrawn;
use crate::support::served::Served;

const WHEN: &str = "2018-04-01T12:00:00Z";

#[tokio::test]
async fn an_id_used_again_with_other_values_is_refused_and_nothing_is_disclosed() {
    // INV 4, 10, 11, 13
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let attribute =
        |text: &str| HashMap::from([("order".into(), pb::AttributeValue { value: Some(Value::Text(text.into())) })]);
    let first = pb::Activity {
        subject: "hidden-1".into(),
        amount: Some(pounds(7_777)),
        attributes: attribute("hidden-2"),
        ..accepted("v1", "hidden-3", WHEN)
    };
    let receipt = clients.ledger().record_activity(record(first.clone())).await.unwrap().into_inner();
    let others = [
        pb::Activity { kind: "kudos".into(), ..first.clone() },
        pb::Activity { member_id: "mallory".into(), ..first.clone() },
        pb::Activity { counterparty_id: "mallory".into(), ..first.clone() },
        pb::Activity { counterparty_id: String::new(), ..first.clone() },
        pb::Activity { subject: "other".into(), ..first.clone() },
        pb::Activity { subject: String::new(), ..first.clone() },
        pb::Activity { amount: Some(pounds(7_778)), ..first.clone() },
        pb::Activity { amount: None, ..first.clone() },
        pb::Activity { attributes: attribute("other"), ..first.clone() },
        pb::Activity { attributes: HashMap::new(), ..first.clone() },
        pb::Activity { occurred_at: Some(at("2018-04-01T12:00:00.000001Z")), ..first.clone() },
    ];
    for other in others {
        exists(&refused(clients, clients.ledger().record_activity(record(other))).await, "v1");
    }
    let again = clients.by("somebody-else").ledger().record_activity(record(first)).await.unwrap().into_inner();
    assert_eq!(first_of(&again), receipt, "who sends it is none of its values");

    let reverse = withdrawn("v1", "r1");
    let reversed = clients.ledger().reverse_activity(reverse.clone()).await.unwrap().into_inner();
    clients.ledger().record_activity(record(kudos("v2", "ben", WHEN))).await.unwrap();
    let others = [
        pb::ReverseActivityRequest { reason: pb::ReversalReason::Fraud.into(), ..reverse.clone() },
        pb::ReverseActivityRequest { occurred_at: Some(at("2018-04-02T12:00:00Z")), ..reverse.clone() },
        pb::ReverseActivityRequest { note: "other".into(), ..reverse.clone() },
        withdrawn("v2", "r1"),
    ];
    for other in others {
        exists(&refused(clients, clients.ledger().reverse_activity(other)).await, "r1");
    }
    assert_eq!(first_of(&clients.ledger().reverse_activity(reverse).await.unwrap().into_inner()), reversed);
    // The type of the command is part of a name: an activity's id is free for a reversal.
    clients.ledger().reverse_activity(withdrawn("v2", "v2")).await.unwrap(); // INV 12
}

#[tokio::test]
async fn a_programme_its_rules_and_its_payouts_are_never_replaced() {
    // INV 4, 11
    let server = TestServer::with_program().await;
    let (clients, anna) = (&server.clients, server.clients.by("anna"));
    let program = qc().program.unwrap();
    let others = [
        pb::Program { currency_code: "EUR".into(), ..program.clone() },
        pb::Program { time_zone: "Europe/London".into(), ..program.clone() },
        pb::Program { debt_limit_points: Some(51), ..program },
    ];
    for other in others {
        let create = pb::CreateProgramRequest { program: Some(other), ..qc() };
        exists(&refused(clients, clients.programs().create_program(create)).await, "qc");
    }
    let first = first_rules().rule_set.unwrap();
    let mut dearer = first.clone();
    dearer.rules[0].points += 1;
    let later = pb::RuleSet { in_force_from: Some(at("2018-03-13T00:00:00Z")), ..first };
    for other in [dearer, later] {
        let publish = pb::PublishRuleSetRequest { rule_set: Some(other) };
        exists(&refused(clients, clients.programs().publish_rule_set(publish)).await, "1");
    }
    clients.ledger().record_activity(record(kudos("a1", "cleo", WHEN))).await.unwrap();
    declare_and_approve(clients, "p1", pounds(100)).await;
    let other = statement("p1", pounds(101));
    exists(&refused(clients, anna.payouts().create_savings_statement(other)).await, "p1");
    anna.payouts().create_payout(create(payout("p1"))).await.unwrap();
    let others = [
        pb::Payout { last_day: day(2018, 8, 30), ..payout("p1") },
        pb::Payout { pool: Some(pounds(100)), ..payout("p1") },
        pb::Payout { pool: Some(pounds(0)), ..payout("p1") },
    ];
    for other in others {
        exists(&refused(clients, anna.payouts().create_payout(create(other))).await, "p1");
    }
    let version =
        |number| pb::RuleSet { name: format!("programs/qc/ruleSets/{number}"), ..first_rules().rule_set.unwrap() };
    for number in [3, u32::MAX] {
        let skipping = pb::PublishRuleSetRequest { rule_set: Some(version(number)) };
        let told = refused(clients, clients.programs().publish_rule_set(skipping)).await;
        let expected = [("expected_version", "2")];
        assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_RULE_SET_VERSION"), expected);
    }
}

#[tokio::test]
async fn rules_never_begin_before_what_may_be_decided_already() {
    // INV 42
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    let second = |from| pb::PublishRuleSetRequest {
        rule_set: Some(pb::RuleSet {
            name: "programs/qc/ruleSets/2".into(),
            in_force_from: Some(at(from)),
            ..first_rules().rule_set.unwrap()
        }),
    };
    // An activity dated five minutes ahead may have been decided by the version before.
    let told = refused(clients, clients.programs().publish_rule_set(second("2018-04-01T12:04:59.999999Z"))).await;
    let expected = [("earliest", "2018-04-01T12:05:00Z")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_RULE_SET_BACKDATED"), expected);
    clients.programs().publish_rule_set(second("2018-06-01T00:00:00Z")).await.unwrap();
    let mut third = second("2018-05-31T23:59:59Z");
    third.rule_set.as_mut().unwrap().name = "programs/qc/ruleSets/3".into();
    let told = refused(clients, clients.programs().publish_rule_set(third)).await;
    let expected = [("earliest", "2018-06-01T00:00:00Z")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_RULE_SET_BACKDATED"), expected);
}

#[tokio::test]
async fn a_second_reversal_is_recorded_and_changes_nothing() {
    // INV 72
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    clients.ledger().record_activity(record(kudos("a1", "ben", WHEN))).await.unwrap();
    let receipt = clients.ledger().reverse_activity(withdrawn("a1", "r1")).await.unwrap().into_inner();
    assert_eq!((receipt.seq, receipt.points), (4, -1));
    let again = clients.ledger().reverse_activity(withdrawn("a1", "r2")).await.unwrap().into_inner();
    assert_eq!((again.seq, again.points), (5, 0));
}

#[tokio::test]
async fn a_reversal_that_arrives_first_waits_for_its_activity() {
    // INV 36
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let early = clients.ledger().reverse_activity(withdrawn("a1", "r1")).await.unwrap().into_inner();
    assert_eq!((early.seq, early.points, early.balance), (3, 0, None));
    let again = clients.ledger().reverse_activity(withdrawn("a1", "r2")).await.unwrap().into_inner();
    assert_eq!((again.seq, again.points), (4, 0), "of two at one time, the one with the greater id counts");
    let elsewhere = pb::Activity { name: "programs/qc/sources/shop/activities/a1".into(), ..kudos("a1", "ben", WHEN) };
    let receipt = clients.ledger().record_activity(record(elsewhere)).await.unwrap().into_inner();
    assert_eq!((receipt.points, receipt.decline_reason()), (1, pb::DeclineReason::Unspecified), "another source's");
    let receipt = clients.ledger().record_activity(record(kudos("a1", "ben", WHEN))).await.unwrap().into_inner();
    assert_eq!((receipt.points, receipt.decline_reason()), (0, pb::DeclineReason::Reversed));
    let name = "programs/qc/sources/forum/activities/a1".to_owned();
    let activity = clients.ledger().get_activity(pb::GetActivityRequest { name }).await.unwrap().into_inner();
    assert_eq!((activity.state(), activity.reversed_by_seq), (pb::ActivityState::Reversed, 4));
}

#[tokio::test]
async fn what_was_reported_without_an_amount_cannot_be_refunded() {
    // INV 4
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    clients.ledger().record_activity(record(kudos("a1", "ben", WHEN))).await.unwrap();
    let refund = pb::RefundActivityRequest {
        name: "programs/qc/sources/forum/activities/a1".into(),
        refund_id: "f1".into(),
        amount: Some(pounds(100)),
        occurred_at: Some(at(WHEN)),
        ..Default::default()
    };
    let told = refused(clients, clients.ledger().refund_activity(refund)).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_NOTHING_TO_REFUND");
}

/// Checks that an id is taken, and that nothing is told of what it was used for.
fn exists(told: &Refused, id: &str) {
    assert_eq!(told.because(Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT"), [("id", id)]);
    let expected = format!("the id {id} was used before with other content; use a new id for new content");
    assert_eq!(told.message, expected);
    let all = String::from_utf8_lossy(&told.details);
    assert!(!all.contains("hidden"), "{all}");
}

#[tokio::test]
async fn an_amount_in_another_currency_is_told_with_everything_else() {
    let server = TestServer::with_program().await;
    let amount = Some(Money { currency_code: "EUR".into(), units: 1, nanos: 0 });
    let odd = pb::Activity {
        member_id: String::new(),
        amount,
        occurred_at: None,
        ..kudos("k", "ben", "2018-04-01T00:00:00Z")
    };
    let told = refused(&server.clients, server.clients.ledger().record_activity(record(odd))).await;
    told.breaks(&["member_id", "amount", "occurred_at"]);
}
