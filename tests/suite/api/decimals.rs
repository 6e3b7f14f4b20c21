//! Decimals as attributes: exact in every call that takes activities, in conditions, and in what is returned.

use std::collections::HashMap;

use goodturn::pb;
use goodturn::pb::attribute_value::Value;
use goodturn::pb::record_activity_result::Result as Outcome;
use tonic::Code;

use crate::support::clients::{TestServer, activity, at, record};
use crate::support::inflow::Inflow;
use crate::support::reads::verified;
use crate::support::refused::{Refused, refused};

const WHEN: &str = "2018-04-01T12:00:00Z";

fn rated(id: &str, rating: Value) -> pb::Activity {
    let attributes = HashMap::from([("rating".to_owned(), pb::AttributeValue { value: Some(rating) })]);
    pb::Activity { attributes, ..activity(id, "rated", "ada", WHEN) }
}

fn decimal(text: &str) -> Value {
    Value::Decimal(text.into())
}

/// A programme whose one rule asks for a rating above a decimal.
async fn with_ratings() -> TestServer {
    let server = TestServer::start().await;
    let clients = &server.clients;
    clients.programs().create_program(crate::support::clients::qc()).await.unwrap();
    let rule = pb::Rule {
        rule_id: "ratings".into(),
        activity_kind: "rated".into(),
        points: 10,
        condition: "attributes.rating > 4.4 && attributes.rating in [4.5, 5.0, 9007199254740993]".into(),
        ..Default::default()
    };
    let rule_set = Some(pb::RuleSet {
        name: "programs/qc/ruleSets/1".into(),
        in_force_from: Some(at("2018-03-12T00:00:00Z")),
        rules: vec![rule],
        ..Default::default()
    });
    clients.programs().publish_rule_set(pb::PublishRuleSetRequest { rule_set }).await.unwrap();
    server
}

#[tokio::test]
async fn a_decimal_is_exact_in_every_call_and_in_what_is_returned() {
    // INV 3, 6, 10, 11, 13
    let server = with_ratings().await;
    let clients = &server.clients;
    let cases = [
        ("a1", decimal("4.5"), 10, decimal("4.5")),
        ("a2", decimal("4.50"), 10, decimal("4.5")),
        ("a3", decimal("5.0"), 10, Value::Number(5)),
        ("a4", Value::Number(5), 10, Value::Number(5)),
        ("a5", decimal("4.4"), 0, decimal("4.4")),
        ("a6", decimal("4.499999999"), 0, decimal("4.499999999")),
        ("a7", Value::Text("4.5".into()), 0, Value::Text("4.5".into())),
        // The next float below it is 9007199254740992.
        ("a8", decimal("9007199254740993"), 10, Value::Number(9_007_199_254_740_993)),
        ("a9", decimal("-0.5"), 0, decimal("-0.5")),
    ];
    let all: Vec<_> = cases.iter().map(|(id, rating, ..)| rated(id, rating.clone())).collect();
    let mut points = Vec::new();
    for activity in all.clone() {
        points.push(clients.ledger().record_activity(record(activity)).await.unwrap().into_inner().points);
    }
    assert_eq!(points, cases.each_ref().map(|(_, _, points, _)| *points));
    for (id, _, _, returned) in &cases {
        let name = format!("programs/qc/sources/forum/activities/{id}");
        let known = clients.ledger().get_activity(pb::GetActivityRequest { name }).await.unwrap().into_inner();
        assert_eq!(known.attributes["rating"].value.as_ref(), Some(returned), "{id}");
    }
    // A batch and a stream bring the same: each answer is the first receipt.
    let again = pb::BatchRecordActivitiesRequest {
        parent: "programs/qc".into(),
        activities: all.clone(),
        ..Default::default()
    };
    let batch = clients.ledger().batch_record_activities(again).await.unwrap().into_inner().results;
    let stream = Inflow::to(clients).await;
    stream.send(all).await;
    let stream = stream.finish().await;
    for outcome in batch.into_iter().map(|each| each.result.unwrap()).chain(stream).zip(points.iter().cycle()) {
        match outcome {
            (Outcome::Receipt(receipt), points) => assert_eq!(receipt.points, *points),
            (Outcome::Error(error), _) => panic!("{error:?}"),
        }
    }
    // A retry is told by what was given: the same number in other words is other content.
    for other in [decimal("4.50"), Value::Text("4.5".into())] {
        let told = refused(clients, clients.ledger().record_activity(record(rated("a1", other)))).await;
        told.because(Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT");
    }
    verified(clients).await;
}

#[tokio::test]
async fn what_is_no_decimal_in_plain_digits_is_refused_in_every_call() {
    // INV 4, 6, 15
    let server = with_ratings().await;
    let clients = &server.clients;
    let wrong = ["4,5", "05", "1e3", "+1", ".5", "5.", "1_000", "", "NaN", "-0", "0.0000000001", "9223372036854775808"];
    for (n, text) in wrong.into_iter().enumerate() {
        let activity = rated(&format!("w{n}"), decimal(text));
        refused(clients, clients.ledger().record_activity(record(activity))).await.breaks(&["attributes"]);
    }
    let mixed = vec![rated("m1", decimal("4,5")), rated("m2", decimal("4.5"))];
    let batch = pb::BatchRecordActivitiesRequest {
        parent: "programs/qc".into(),
        activities: mixed.clone(),
        ..Default::default()
    };
    let results = clients.ledger().batch_record_activities(batch).await.unwrap().into_inner().results;
    let stream = Inflow::to(clients).await;
    stream.send(mixed).await;
    let results: Vec<_> = results.into_iter().map(|each| each.result.unwrap()).chain(stream.finish().await).collect();
    for pair in results.chunks(2) {
        let [Outcome::Error(error), Outcome::Receipt(receipt)] = pair else { panic!("{pair:?}") };
        Refused::of_item(error).breaks(&["attributes"]);
        assert_eq!(receipt.points, 10);
    }
    verified(clients).await;
}
