//! Frauds with ids, questions, caps and rules: each ends with a gain of nothing over what was honestly earned, or is refused.

use std::collections::HashMap;
use std::sync::Arc;

use goodturn::pb;
use goodturn::pb::attribute_value::Value;
use tonic::Code;

use crate::support::clients::{accepted, activity, pounds, record};
use crate::support::receipts::first_of;
use crate::support::refused::refused;
use crate::support::served::Served;
use crate::support::stage::{Stage, WHEN, by_the_shop, cap, daily_and_monthly, one_a_question, point_a_pound, rule};

/// An answer to a question, accepted.
fn answer(id: &str, member: &str, question: &str, when: &str) -> pb::Activity {
    pb::Activity { exclusive_key: question.into(), ..accepted(id, member, when) }
}

fn purchase(id: &str, member: &str, pence: i64, when: &str) -> pb::Activity {
    pb::Activity { amount: Some(pounds(pence)), ..activity(id, "purchase", member, when) }
}

#[tokio::test]
async fn sending_an_award_again_after_a_year_gains_nothing() {
    // INV 3, 10, 16
    let stage = Stage::under(vec![rule("answers", "answer_accepted", 100)], vec![]).await;
    let award = || accepted("a1", "ben", WHEN);
    let first = stage.done(award()).await;
    for later in ["2018-04-02T12:00:00Z", "2019-04-02T12:00:00Z", "2118-04-01T12:00:00Z"] {
        stage.served.clock.set(later);
        assert_eq!(first_of(&stage.done(award()).await), first, "{later}");
        // A server that remembers nothing of it.
        let fresh = Served::on(Arc::clone(stage.served.ledger.log()), later).await;
        let again = fresh.clients.ledger().record_activity(record(award())).await.unwrap().into_inner();
        assert_eq!(first_of(&again), first, "{later}");
        // Nor is what was taken back ever given again.
        stage.done(accepted("a2", "cleo", WHEN)).await;
        if later.starts_with("2018") {
            stage.reversed("a2", "r2").await;
        }
    }
    stage.ends(&[("ben", 100), ("cleo", 0)]).await;
}

#[tokio::test]
async fn sending_an_award_again_for_more_or_for_another_member_is_refused() {
    // INV 11
    let stage = Stage::under(vec![point_a_pound("")], vec![]).await;
    let clients = &stage.served.clients;
    stage.done(purchase("p1", "ben", 1_000, WHEN)).await;
    let others = [
        purchase("p1", "ben", 100_000, WHEN),
        purchase("p1", "mallory", 1_000, WHEN),
        purchase("p1", "ben", 1_000, "2018-04-01T11:00:00Z"),
    ];
    for other in others {
        let told = refused(clients, clients.ledger().record_activity(record(other))).await;
        told.because(Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT");
    }
    stage.ends(&[("ben", 10), ("mallory", 0)]).await;
}

#[tokio::test]
async fn accepting_and_unaccepting_a_hundred_times_gains_one_award() {
    // INV 37
    let stage = Stage::under(vec![one_a_question()], vec![]).await;
    let members = ["ben", "cleo", "dora"];
    for n in 0..100 {
        let (id, when) = (format!("a{n}"), format!("2018-04-01T11:{:02}:{:02}Z", n / 60, n % 60));
        stage.done(answer(&id, members[n % 3], "q1", &when)).await;
        let mut stands = 0;
        for member in members {
            stands += stage.has(member).await.0;
        }
        assert_eq!(stands, 100, "after {n}");
        // Sometimes another answer is accepted without the one before being unaccepted.
        if n % 4 != 0 {
            stage.reversed(&id, &format!("r{n}")).await;
        }
    }
    stage.done(answer("last", "ben", "q1", WHEN)).await;
    stage.ends(&[("ben", 100), ("cleo", 0), ("dora", 0)]).await;
}

#[tokio::test]
async fn doing_the_dearest_first_or_last_or_at_midnight_gains_no_more_than_the_caps() {
    // INV 41
    let stage = Stage::under(vec![point_a_pound("daily")], daily_and_monthly()).await;
    let midnight =
        [("2018-03-29T23:59:59.999999Z", 4_900), ("2018-03-30T00:00:00Z", 4_900), (WHEN, 3_000), (WHEN, 9_900)];
    for (n, (when, pence)) in midnight.into_iter().enumerate() {
        stage.done(purchase(&format!("ben-{n}"), "ben", pence, when)).await;
    }
    for (n, (when, pence)) in midnight.into_iter().rev().enumerate() {
        stage.done(purchase(&format!("cleo-{n}"), "cleo", pence, when)).await;
    }
    // March: 49 and 49, of which 90 pass. 1 April: 50 of 129.
    stage.ends(&[("ben", 140), ("cleo", 140)]).await;
    // Taking the dear one back and doing it again leads to the same.
    stage.reversed("ben-3", "r1").await;
    assert_eq!(stage.has("ben").await, (120, 0));
    stage.done(purchase("ben-4", "ben", 9_900, WHEN)).await;
    stage.ends(&[("ben", 140)]).await;
}

#[tokio::test]
async fn backdating_into_empty_days_gains_no_more_than_their_month_allows() {
    // INV 41, 42
    let stage = Stage::under(vec![point_a_pound("daily")], daily_and_monthly()).await;
    for day in 1..=31 {
        let when = format!("2018-03-{day:02}T12:00:00Z");
        let receipt = stage.done(purchase(&format!("p{day}"), "ben", 5_000, &when)).await;
        let nothing = pb::DeclineReason::NoRuleInForce;
        assert_eq!(receipt.decline_reason() == nothing, day < 13, "{day}: {receipt:?}");
    }
    stage.ends(&[("ben", 90)]).await;
}

#[tokio::test]
async fn reporting_one_question_by_two_sources_gains_one_award() {
    // INV 17, 37
    let stage = Stage::under(vec![one_a_question()], vec![]).await;
    stage.done(answer("a1", "ben", "q1", WHEN)).await;
    let second = stage.done(by_the_shop(answer("a1", "ben", "q1", WHEN))).await;
    assert_eq!(second.points, 100, "the later of two of one time is that of the later source");
    assert_eq!(stage.has("ben").await, (100, 0), "what the earlier gave is taken back");
    let third = stage.done(answer("a2", "ben", "q1", WHEN)).await;
    assert_eq!(third.decline_reason(), pb::DeclineReason::Superseded);
    stage.ends(&[("ben", 100)]).await;
}

#[tokio::test]
async fn accepting_ones_own_answer_gains_nothing_from_whichever_source() {
    let stage = Stage::under(vec![one_a_question()], vec![]).await;
    let own = |question: &str| pb::Activity { counterparty_id: "ben".into(), ..answer("a1", "ben", question, WHEN) };
    for award in [own("q1"), by_the_shop(own("q2"))] {
        let receipt = stage.done(award).await;
        assert_eq!((receipt.points, receipt.decline_reason()), (0, pb::DeclineReason::SelfDealing));
    }
    stage.ends(&[("ben", 0)]).await;
}

#[tokio::test]
async fn claiming_a_question_from_the_far_future_is_refused_and_from_the_near_ends_with_it() {
    let stage = Stage::under(vec![one_a_question()], vec![]).await;
    let clients = &stage.served.clients;
    for when in ["2018-04-01T12:05:00.000001Z", "2028-04-01T12:00:00Z", "9999-01-01T00:00:00Z"] {
        let claim = record(answer("far", "mallory", "q1", when));
        refused(clients, clients.ledger().record_activity(claim)).await.breaks(&["occurred_at"]);
    }
    stage.done(answer("near", "mallory", "q1", "2018-04-01T12:05:00Z")).await;
    stage.served.clock.set("2018-04-01T12:06:00Z");
    stage.done(answer("true", "ben", "q1", "2018-04-01T12:06:00Z")).await;
    stage.ends(&[("ben", 100), ("mallory", 0)]).await;
}

#[tokio::test]
async fn claiming_a_question_on_two_servers_at_once_gains_one_award() {
    // INV 14, 37
    let stage = Stage::under(vec![one_a_question()], vec![]).await;
    let other = Served::on(Arc::clone(stage.served.ledger.log()), WHEN).await;
    for n in 0..20 {
        let (id, question) = (format!("a{n}"), format!("q{n}"));
        let (forum, shop) = (answer(&id, "ben", &question, WHEN), by_the_shop(answer(&id, "cleo", &question, WHEN)));
        let (mut one, mut two) = (stage.served.clients.ledger(), other.clients.ledger());
        let (one, two) =
            futures::future::join(one.record_activity(record(forum)), two.record_activity(record(shop))).await;
        one.unwrap();
        two.unwrap();
    }
    stage
        .served
        .ledger
        .catch_up(&stage.served.ledger.program(&crate::support::sample::program()).await.unwrap().unwrap())
        .await
        .unwrap();
    // Of two at one time the later source's holds the question, whoever came first.
    stage.ends(&[("ben", 0), ("cleo", 2_000)]).await;
}

#[tokio::test]
async fn lying_about_attributes_gains_nothing() {
    use pb::DeclineReason::{ConditionFailed, ConditionNotMet};

    let gold = pb::Rule { condition: r#"attributes.tier == "gold""#.into(), ..rule("gold", "answer_accepted", 100) };
    let high = pb::Rule { condition: "attributes.score > 3".into(), ..rule("high", "vote", 100) };
    let stage = Stage::under(vec![gold, high], vec![]).await;
    let text = |text: &str| Value::Text(text.into());
    let lies = [
        ("answer_accepted", vec![], ConditionFailed),
        ("answer_accepted", vec![("Tier", text("gold"))], ConditionFailed),
        ("answer_accepted", vec![("tier", text("Gold"))], ConditionNotMet),
        ("answer_accepted", vec![("tier", text(r#"gold" || "" == ""#))], ConditionNotMet),
        ("vote", vec![], ConditionFailed),
        ("vote", vec![("score", text("4"))], ConditionFailed),
        ("vote", vec![("score", Value::Flag(true))], ConditionFailed),
        ("vote", vec![("score", Value::Number(i64::MIN))], ConditionNotMet),
    ];
    for (n, (kind, attributes, why)) in lies.into_iter().enumerate() {
        let attributes: HashMap<String, pb::AttributeValue> = attributes
            .into_iter()
            .map(|(name, value)| (name.into(), pb::AttributeValue { value: Some(value) }))
            .collect();
        let lie = pb::Activity { attributes, ..activity(&format!("l{n}"), kind, "ben", WHEN) };
        let receipt = stage.done(lie.clone()).await;
        assert_eq!((receipt.points, receipt.decline_reason()), (0, why), "{lie:?}");
    }
    stage.ends(&[("ben", 0)]).await;
}

#[tokio::test]
async fn publishing_better_rules_for_the_past_is_refused_and_for_soon_raises_no_running_cap() {
    // As soon as rules may begin after others: activities may be dated so far ahead.
    const SOON: &str = "2018-04-01T12:05:00Z";
    // INV 41, 42
    let stage = Stage::under(vec![point_a_pound("daily")], daily_and_monthly()).await;
    let clients = &stage.served.clients;
    let better = || vec![pb::Rule { points: 1_000, ..point_a_pound("daily") }];
    let wider =
        || vec![cap("daily", pb::CapWindow::Day, 5_000, "monthly"), cap("monthly", pb::CapWindow::Month, 9_000, "")];
    let past = stage.publish(3, "2018-04-01T12:04:59.999999Z", better(), wider());
    refused(clients, past).await.because(Code::FailedPrecondition, "ERROR_REASON_RULE_SET_BACKDATED");
    stage.publish(3, SOON, better(), wider()).await.unwrap();
    stage.done(purchase("p1", "ben", 2_000, "2018-04-01T12:04:59Z")).await;
    assert_eq!(stage.has("ben").await, (20, 0), "what was before goes by what was in force");
    stage.done(purchase("p2", "ben", 2_000, SOON)).await;
    assert_eq!(stage.has("ben").await, (50, 0), "the day had begun");
    stage.served.clock.set("2018-04-03T12:00:00Z");
    stage.done(purchase("p3", "ben", 2_000, "2018-04-03T12:00:00Z")).await;
    stage.ends(&[("ben", 90)]).await;
    let longer = vec![cap("daily", pb::CapWindow::Month, 50, "monthly"), cap("monthly", pb::CapWindow::Month, 90, "")];
    let redefined = stage.publish(4, "2018-04-03T12:05:00Z", better(), longer);
    refused(clients, redefined).await.breaks(&["rule_set.caps[0].window"]);
}
