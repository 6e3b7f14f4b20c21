//! Rewards as people write them: rounded, for each whole part, by the piece, with a most and a least.

use goodturn::pb;
use goodturn::pb::rule::Wait;
use goodturn::pb::{ActivityState, DeclineReason};
use tonic::Code;

use crate::support::clients::{Clients, activity, at, pounds, record};
use crate::support::reads::sentences;
use crate::support::refused::refused;
use crate::support::stage::{Stage, WHEN, refund, rule};

fn per_pound(kind: &str, rounding: pb::Rounding) -> pb::Rule {
    pb::Rule { per_amount: Some(pounds(100)), rounding: rounding.into(), ..rule(kind, kind, 1) }
}

/// Kinds of orders, each with a rule of its own.
async fn stage() -> Stage {
    let down = per_pound("down", pb::Rounding::Unspecified);
    let bottles = pb::Rule { per_quantity: Some(2), ..rule("bottles", "bottles", 5) };
    let steps = pb::Rule { per_amount: Some(pounds(250)), points: 5, ..per_pound("steps", pb::Rounding::WholeSteps) };
    let rules = vec![
        pb::Rule { max_points: Some(100), ..down.clone() },
        per_pound("half_up", pb::Rounding::HalfUp),
        pb::Rule { rounding: pb::Rounding::WholeSteps.into(), ..steps },
        pb::Rule { min_amount_left: Some(pounds(2_500)), ..rule("large", "large", 20) },
        pb::Rule { min_amount_left: Some(pounds(2_500)), ..rule("mixed-large", "mixed", 20) },
        pb::Rule { rule_id: "mixed-bottles".into(), activity_kind: "mixed".into(), ..bottles.clone() },
        bottles.clone(),
        pb::Rule { rule_id: "both-pounds".into(), activity_kind: "both".into(), ..down },
        pb::Rule { rule_id: "both-bottles".into(), activity_kind: "both".into(), ..bottles.clone() },
        pb::Rule {
            rule_id: "kept".into(),
            activity_kind: "kept".into(),
            wait: Some(Wait::VestAfterDays(14)),
            ..bottles
        },
    ];
    Stage::under(rules, vec![]).await
}

fn order(id: &str, kind: &str, pence: Option<i64>, quantity: Option<i64>) -> pb::Activity {
    pb::Activity { amount: pence.map(pounds), quantity, ..activity(id, kind, "ann", WHEN) }
}

fn given_back(of: &str, id: &str, pence: Option<i64>, quantity: Option<i64>) -> pb::RefundActivityRequest {
    pb::RefundActivityRequest { amount: pence.map(pounds), quantity, ..refund(of, id, pounds(0)) }
}

async fn give_back(clients: &Clients, request: pb::RefundActivityRequest) -> pb::Receipt {
    clients.ledger().refund_activity(request).await.unwrap().into_inner()
}

async fn get(clients: &Clients, id: &str) -> pb::Activity {
    let name = format!("programs/qc/sources/forum/activities/{id}");
    clients.ledger().get_activity(pb::GetActivityRequest { name }).await.unwrap().into_inner()
}

/// An activity's state, why it earned nothing, and the points that were credited for it.
async fn is(clients: &Clients, id: &str) -> (ActivityState, DeclineReason, i64) {
    let it = get(clients, id).await;
    (it.state(), it.decline_reason(), it.totals.unwrap().credited_points)
}

#[tokio::test]
async fn an_amount_becomes_points_in_the_way_that_the_rule_says() {
    let stage = stage().await;
    for (kind, pence, points) in [
        ("down", 199, 1),
        ("half_up", 149, 1),
        ("half_up", 150, 2),
        ("half_up", 49, 0),
        // 5 points for each whole 2.50, and none for the rest.
        ("steps", 249, 0),
        ("steps", 300, 5),
        ("steps", 500, 10),
        ("down", 10_000, 100),
        ("down", 99_900, 100),
    ] {
        let receipt = stage.done(order(&format!("{kind}-{pence}"), kind, Some(pence), None)).await;
        assert_eq!(receipt.points, points, "{kind} of {pence}");
    }
    let clients = &stage.served.clients;
    // What is left is rounded anew: 1.51 of 3.00 is 2 points.
    stage.done(order("h", "half_up", Some(300), None)).await;
    assert_eq!(stage.refunded("h", "f-h", pounds(149)).await.points, -1);
    assert_eq!(stage.refunded("h", "f-h2", pounds(2)).await.points, -1, "1.49 is 1 point");
    // More than the most was spent: giving back what lies above it takes nothing.
    assert_eq!(stage.refunded("down-99900", "f-d", pounds(80_000)).await.points, 0);
    assert_eq!(stage.refunded("down-99900", "f-d2", pounds(10_000)).await.points, -1);
    assert_eq!(is(clients, "steps-249").await, (ActivityState::Declined, DeclineReason::AmountTooSmall, 0));
    let told = sentences(clients, "ann").await;
    let most = "On 1 April 2018 you earned 100 points: down down-99900 (rule down, version 2). For one down the rule down gives at most 100 points.";
    assert!(told.iter().any(|it| it == most), "{told:#?}");
    let exactly = "On 1 April 2018 you earned 100 points: down down-10000 (rule down, version 2).";
    assert!(told.iter().any(|it| it == exactly), "{told:#?}");
    stage.served.verified().await;
}

#[tokio::test]
async fn points_by_the_piece_follow_what_refunds_leave_whether_they_come_before_or_after() {
    // INV 36, 73
    let stage = stage().await;
    let clients = &stage.served.clients;
    assert_eq!(stage.done(order("late", "bottles", None, Some(7))).await.points, 15);
    for (id, quantity, points, excess) in [("f1", 1, 0, 0), ("f2", 1, -5, 0), ("f3", 6, -10, 1), ("f4", 7, 0, 7)] {
        let receipt = give_back(clients, given_back("late", id, None, Some(quantity))).await;
        assert_eq!((receipt.points, receipt.excess_quantity, receipt.excess), (points, excess, None), "{id}");
    }
    // Told first, the same leave the same; one of more than all counts for nothing.
    for (id, quantity) in [("g1", 6), ("g2", 8), ("g3", 1), ("g4", 1)] {
        give_back(clients, given_back("early", id, None, Some(quantity))).await;
    }
    let receipt = stage.done(order("early", "bottles", None, Some(7))).await;
    assert_eq!((receipt.points, receipt.decline_reason()), (0, DeclineReason::Refunded));
    assert_eq!(is(clients, "late").await, (ActivityState::Refunded, DeclineReason::Unspecified, 0));
    assert_eq!(is(clients, "early").await, (ActivityState::Refunded, DeclineReason::Refunded, 0));
    let it = get(clients, "early").await;
    let told: Vec<_> = it.changes.iter().map(|it| (it.request_id.as_str(), it.quantity, it.left_out)).collect();
    assert_eq!(told, [("g1", 6, false), ("g2", 8, true), ("g3", 1, false), ("g4", 1, false), ("early", 0, false)]);
    assert_eq!((it.quantity, it.refunded_quantity, it.refunded), (Some(7), 8, None));
    // Vested later, from what is left by then.
    stage.done(order("kept", "kept", None, Some(4))).await;
    give_back(clients, given_back("kept", "f5", None, Some(1))).await;
    stage.served.clock.set("2018-05-01T00:00:00Z");
    goodturn::process::sweeper::sweep_all(&stage.served.ledger).await.unwrap();
    assert_eq!(
        sentences(clients, "ann").await,
        [
            "On 1 April 2018 you earned 15 points: bottles late (rule bottles, version 2).",
            "On 1 April 2018 a quantity of 1 of bottles late of 1 April 2018 was refunded. Your points stay as they were.",
            "On 1 April 2018 a quantity of 1 of bottles late of 1 April 2018 was refunded, so 5 points were taken back.",
            "On 1 April 2018 a quantity of 6 of bottles late of 1 April 2018 was refunded, so 10 points were taken back.",
            "On 1 April 2018 a quantity of 7 of bottles late of 1 April 2018 was refunded. Your points stay as they were.",
            "On 1 April 2018 nothing was earned for bottles early: its whole quantity had been given back before it was reported.",
            "On 1 April 2018 you earned 10 points that cannot be used yet: bottles kept (rule kept, version 2). They can be used after 15 April 2018.",
            "On 1 April 2018 a quantity of 1 of bottles kept of 1 April 2018 was refunded, so 5 points that waited were taken back.",
            "On 15 April 2018 the waiting time of kept kept of 1 April 2018 was over: 5 points are now yours to use.",
        ]
        .map(|told| told.replace("bottles kept", "kept kept"))
    );
    stage.ends(&[("ann", 5)]).await;
}

#[tokio::test]
async fn a_refund_is_of_what_was_reported_and_no_larger() {
    // INV 4, 73
    let stage = stage().await;
    let clients = &stage.served.clients;
    stage.done(order("money", "down", Some(500), None)).await;
    stage.done(order("pieces", "bottles", None, Some(4))).await;
    assert_eq!(stage.done(order("both", "both", Some(500), Some(4))).await.points, 5 + 10);
    for (of, pence, quantity, reason) in [
        ("money", None, Some(1), "ERROR_REASON_NOTHING_TO_REFUND"),
        ("money", Some(1), Some(1), "ERROR_REASON_NOTHING_TO_REFUND"),
        ("pieces", Some(1), None, "ERROR_REASON_NOTHING_TO_REFUND"),
        ("both", Some(501), Some(1), "ERROR_REASON_REFUND_EXCEEDS_AMOUNT"),
    ] {
        let told = refused(clients, clients.ledger().refund_activity(given_back(of, "x", pence, quantity))).await;
        told.because(Code::FailedPrecondition, reason);
    }
    let told = refused(clients, clients.ledger().refund_activity(given_back("both", "x", Some(1), Some(5)))).await;
    let expected = [("asked", "5"), ("quantity", "4")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_REFUND_EXCEEDS_AMOUNT"), expected);
    assert_eq!(give_back(clients, given_back("both", "f1", Some(150), Some(1))).await.points, -2 - 5);
    let told = sentences(clients, "ann").await.pop().unwrap();
    let expected = "On 1 April 2018, 1.50 GBP and a quantity of 1 of both both of 1 April 2018 were refunded, so 7 points were taken back.";
    assert_eq!(told, expected);
    // Told first, what would have been refused counts for nothing, and the rest does.
    for (id, pence, quantity) in [("e1", None, Some(1)), ("e2", Some(501), None), ("e3", Some(100), None)] {
        give_back(clients, given_back("later", id, pence, quantity)).await;
    }
    stage.done(order("later", "down", Some(500), None)).await;
    stage.ends(&[("ann", 5 + 10 + 8 + 4)]).await;
}

#[tokio::test]
async fn a_rule_with_a_least_amount_gives_nothing_below_it_and_asks_again_after_each_refund() {
    // INV 36, 73
    let stage = stage().await;
    let clients = &stage.served.clients;
    assert_eq!(
        stage.done(order("small", "large", Some(2_499), None)).await.decline_reason(),
        DeclineReason::AmountTooSmall
    );
    assert_eq!(stage.done(order("none", "large", None, Some(1))).await.decline_reason(), DeclineReason::NoAmount);
    assert_eq!(stage.done(order("o1", "large", Some(4_000), None)).await.points, 20);
    assert_eq!(stage.refunded("o1", "f1", pounds(1_500)).await.points, 0);
    assert_eq!(stage.refunded("o1", "f2", pounds(1)).await.points, -20);
    stage.refunded("o2", "f3", pounds(1_501)).await;
    assert_eq!(
        stage.done(order("o2", "large", Some(4_000), None)).await.decline_reason(),
        DeclineReason::AmountTooSmall
    );
    let refunded = (ActivityState::Refunded, DeclineReason::Unspecified, 0);
    assert_eq!(is(clients, "o1").await, refunded);
    assert_eq!(is(clients, "o2").await, (ActivityState::Refunded, DeclineReason::AmountTooSmall, 0));
    assert_eq!(
        sentences(clients, "ann").await,
        [
            "On 1 April 2018 nothing was earned for large small: points are given from 25.00 GBP on.",
            "On 1 April 2018 nothing was earned for large none: its points go by an amount of money, and none was reported.",
            "On 1 April 2018 you earned 20 points: large o1 (rule large, version 2).",
            "On 1 April 2018, 15.00 GBP of large o1 of 1 April 2018 was refunded. Your points stay as they were.",
            "On 1 April 2018, 0.01 GBP of large o1 of 1 April 2018 was refunded, so 20 points were taken back: less than 25.00 GBP of its amount is left.",
            "On 1 April 2018 nothing was earned for large o2: points are given from 25.00 GBP on.",
        ]
    );
    stage.ends(&[("ann", 0)]).await;
}

/// A later refund is not explained by the least amount that an earlier one went below.
#[tokio::test]
async fn the_least_amount_explains_only_the_refund_that_went_below_it() {
    let stage = stage().await;
    let clients = &stage.served.clients;
    assert_eq!(stage.done(order("o1", "mixed", Some(4_000), Some(4))).await.points, 20 + 10);
    assert_eq!(give_back(clients, given_back("o1", "f1", Some(1_501), None)).await.points, -20);
    assert_eq!(give_back(clients, given_back("o1", "f2", None, Some(2))).await.points, -5);
    let expected = [
        "On 1 April 2018, 15.01 GBP of mixed o1 of 1 April 2018 was refunded, so 20 points were taken back: less than 25.00 GBP of its amount is left.",
        "On 1 April 2018 a quantity of 2 of mixed o1 of 1 April 2018 was refunded, so 5 points were taken back.",
    ];
    assert_eq!(sentences(clients, "ann").await[1..], expected);
    stage.ends(&[("ann", 5)]).await;
}

#[tokio::test]
async fn a_rule_by_the_piece_needs_a_quantity_and_enough_of_it() {
    let stage = stage().await;
    let clients = &stage.served.clients;
    for (id, quantity, why) in
        [("none", None, DeclineReason::NoQuantity), ("one", Some(1), DeclineReason::QuantityTooSmall)]
    {
        assert_eq!(stage.done(order(id, "bottles", Some(500), quantity)).await.decline_reason(), why);
        assert_eq!(is(clients, id).await, (ActivityState::Declined, why, 0));
    }
    let told = sentences(clients, "ann").await;
    assert!(told[0].ends_with("bottles none: its points go by a quantity, and none was reported."), "{told:?}");
    assert!(told[1].ends_with("bottles one: its quantity is too small for a point."), "{told:?}");
    for odd in [-1, 1_000_000_001, i64::MIN] {
        let told =
            refused(clients, clients.ledger().record_activity(record(order("x", "bottles", None, Some(odd))))).await;
        told.breaks(&["quantity"]);
        let told = refused(clients, clients.ledger().refund_activity(given_back("one", "x", None, Some(odd)))).await;
        told.breaks(&["quantity"]);
    }
    let told = refused(clients, clients.ledger().refund_activity(given_back("one", "x", None, Some(0)))).await;
    told.breaks(&["quantity"]);
    let told = refused(clients, clients.ledger().refund_activity(given_back("one", "x", None, None))).await;
    told.breaks(&["amount"]);
    assert_eq!(stage.done(order("most", "bottles", None, Some(1_000_000_000))).await.points, 2_500_000_000);
    stage.ends(&[("ann", 2_500_000_000)]).await;
}

/// An activity may be followed when enough is left of it.
#[tokio::test]
async fn what_is_below_the_least_amount_is_not_followed() {
    let large = pb::Rule { min_amount_left: Some(pounds(2_500)), ..rule("large", "large", 20) };
    let follows = Some(pb::Follows { rule_id: "large".into(), within_days: 10, past_cap: false });
    let stage = Stage::under(vec![large, pb::Rule { follows, ..rule("review", "review", 3) }], vec![]).await;
    let review = |id: &str| pb::Activity { follows: "o1".into(), ..activity(id, "review", "ann", WHEN) };
    stage.done(order("o1", "large", Some(2_500), None)).await;
    assert_eq!(stage.done(review("v1")).await.points, 3);
    stage.refunded("o1", "f1", pounds(1)).await;
    assert_eq!(stage.done(review("v2")).await.decline_reason(), DeclineReason::NothingToFollow);
    stage.ends(&[("ann", 3)]).await;
}

#[tokio::test]
async fn rules_that_contradict_themselves_are_refused_with_the_reason() {
    let stage = stage().await;
    let (amount, half_up) = (Some(pounds(100)), pb::Rounding::HalfUp.into());
    let wrong = [
        (pb::Rule { per_amount: amount.clone(), per_quantity: Some(1), ..rule("r", "k", 1) }, "per_quantity"),
        (pb::Rule { rounding: half_up, ..rule("r", "k", 1) }, "rounding"),
        (pb::Rule { rounding: half_up, per_quantity: Some(1), ..rule("r", "k", 1) }, "rounding"),
        (pb::Rule { per_quantity: Some(0), ..rule("r", "k", 1) }, "per_quantity"),
        (pb::Rule { max_points: Some(5), ..rule("r", "k", 1) }, "max_points"),
        (pb::Rule { max_points: Some(0), per_amount: amount, ..rule("r", "k", 1) }, "max_points"),
        (pb::Rule { min_amount_left: Some(pounds(0)), ..rule("r", "k", 1) }, "min_amount_left"),
    ];
    let clients = &stage.served.clients;
    for (rule, field) in wrong {
        let (name, in_force_from) = ("programs/qc/ruleSets/3".to_owned(), Some(at("2019-01-01T00:00:00Z")));
        let rule_set = Some(pb::RuleSet { name, in_force_from, rules: vec![rule], ..Default::default() });
        let told = refused(clients, clients.programs().publish_rule_set(pb::PublishRuleSetRequest { rule_set })).await;
        told.breaks(&[format!("rule_set.rules[0].{field}").as_str()]);
    }
}
