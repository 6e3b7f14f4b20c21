//! In which state an activity is, and what it says of points it does not bring.

use goodturn::pb;
use goodturn::pb::rule::Wait;
use goodturn::pb::{ActivityState, DeclineReason};
use tonic::Code;

use crate::support::clients::{activity, at, pounds, record};
use crate::support::reads::balance;
use crate::support::refused::refused;
use crate::support::served::Served;
use crate::support::summer::name;

const WHEN: &str = "2018-06-02T09:00:00Z";

/// A server with rules of every sort that may bring nothing.
async fn begin() -> Served {
    let served = Served::at("2018-05-31T23:00:00Z").await;
    let rule = |kind: &str, points| pb::Rule {
        rule_id: kind.into(),
        activity_kind: kind.into(),
        points,
        ..Default::default()
    };
    let most =
        |id: &str| pb::Rule { rule_id: id.into(), per_amount: Some(pounds(1)), ..rule("jackpot", 1_000_000_000) };
    let rules = vec![
        pb::Rule { per_amount: Some(pounds(500)), ..rule("order", 2) },
        pb::Rule { per_amount: Some(pounds(500)), wait: Some(Wait::ConfirmWithinDays(7)), ..rule("trial", 2) },
        pb::Rule { exclusive: "question".into(), ..rule("thanks", 0) },
        pb::Rule { exclusive: "question".into(), ..rule("answer", 100) },
        most("jackpot-1"),
        most("jackpot-2"),
    ];
    let rule_set = pb::RuleSet {
        name: "programs/qc/ruleSets/2".into(),
        in_force_from: Some(at("2018-06-01T00:00:00Z")),
        rules,
        ..Default::default()
    };
    served.clients.programs().publish_rule_set(pb::PublishRuleSetRequest { rule_set: Some(rule_set) }).await.unwrap();
    served.clock.set("2018-06-02T10:00:00Z");
    served
}

async fn send(served: &Served, id: &str, kind: &str, pence: Option<i64>) {
    let it = pb::Activity { amount: pence.map(pounds), ..activity(id, kind, "ada", WHEN) };
    served.clients.ledger().record_activity(record(it)).await.unwrap();
}

async fn refund(served: &Served, id: &str, pence: i64) {
    let (name, amount, occurred_at) = (name(id), Some(pounds(pence)), Some(at(WHEN)));
    let request = pb::RefundActivityRequest { name, refund_id: id.into(), amount, occurred_at, ..Default::default() };
    served.clients.ledger().refund_activity(request).await.unwrap();
}

async fn is(served: &Served, id: &str) -> (ActivityState, DeclineReason, i64) {
    let request = pb::GetActivityRequest { name: name(id) };
    let it = served.clients.ledger().get_activity(request).await.unwrap().into_inner();
    (it.state(), it.decline_reason(), it.totals.unwrap().credited_points)
}

#[tokio::test]
async fn what_was_refunded_is_not_said_to_have_lapsed() {
    let served = begin().await;
    // In full before it came; in full after; so far that nothing is left of a whole step.
    refund(&served, "early", 1_000).await;
    send(&served, "early", "order", Some(1_000)).await;
    send(&served, "full", "order", Some(1_000)).await;
    refund(&served, "full", 1_000).await;
    send(&served, "rest", "order", Some(1_000)).await;
    refund(&served, "rest", 751).await;
    // One that waits, and was refunded in full before it came.
    refund(&served, "waits", 1_000).await;
    send(&served, "waits", "trial", Some(1_000)).await;
    for id in ["early", "full", "rest", "waits"] {
        let is_told_first = matches!(id, "early" | "waits");
        let why = if is_told_first { DeclineReason::Refunded } else { DeclineReason::Unspecified };
        assert_eq!(is(&served, id).await, (ActivityState::Refunded, why, 0), "{id}");
    }
    served.clock.set("2018-06-20T00:00:00Z");
    send(&served, "late", "trial", Some(1_000)).await;
    assert_eq!(is(&served, "late").await, (ActivityState::Unconfirmed, DeclineReason::Unconfirmed, 0));
}

#[tokio::test]
async fn a_rule_that_gives_nothing_lets_its_activities_stand() {
    let served = begin().await;
    let thanks = pb::Activity { exclusive_key: "q1".into(), ..activity("t1", "thanks", "ada", WHEN) };
    served.clients.ledger().record_activity(record(thanks)).await.unwrap();
    assert_eq!(is(&served, "t1").await, (ActivityState::Credited, DeclineReason::Unspecified, 0));
}

/// Each leg stands on the day of its own activity: boards by day and payouts with an end between them see the same in any order.
#[tokio::test]
async fn who_takes_a_key_from_themselves_earns_on_the_later_day() {
    // INV 31, 37, 53
    for order in [["one", "two"], ["two", "one"]] {
        let served = begin().await;
        for id in order {
            let day = if id == "one" { "2018-06-01T12:00:00Z" } else { WHEN };
            let it = pb::Activity { exclusive_key: "q1".into(), ..activity(id, "answer", "ada", day) };
            served.clients.ledger().record_activity(record(it)).await.unwrap();
        }
        assert_eq!(is(&served, "one").await.2, 0);
        assert_eq!(is(&served, "two").await, (ActivityState::Credited, DeclineReason::Unspecified, 100));
        assert_eq!(balance(&served.clients, "ada").await.available_points, 100);
        let parent = "programs/qc/members/ada".to_owned();
        let request = pb::ListEntriesRequest { parent, page_size: 100, ..Default::default() };
        let entries = served.clients.ledger().list_entries(request).await.unwrap().into_inner().entries;
        assert!(entries.iter().all(|entry| entry.balance_after.as_ref().unwrap().available_points >= 0));
        let on = |day: i32| {
            let of_day = entries.iter().filter(|entry| entry.local_date.is_some_and(|date| date.day == day));
            let moved = of_day.map(|entry| if entry.to_bucket == "available" { entry.amount } else { -entry.amount });
            moved.sum::<i64>()
        };
        assert_eq!([on(1), on(2)], [0, 100], "{order:?}");
    }
}

#[tokio::test]
async fn rules_that_give_more_together_than_an_amount_may_be_are_refused() {
    // INV 38
    let served = begin().await;
    let it = pb::Activity { amount: Some(pounds(700_000)), ..activity("much", "jackpot", "ada", WHEN) };
    refused(&served.clients, served.clients.ledger().record_activity(record(it)))
        .await
        .because(Code::OutOfRange, "ERROR_REASON_AMOUNT_OVERFLOW");
    assert_eq!(balance(&served.clients, "ada").await.available_points, 0);
}
