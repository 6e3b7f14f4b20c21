//! Frauds with money, terms and debts: each ends with a gain of nothing over what was honestly earned, or is refused.

use goodturn::google::r#type::Money;
use goodturn::pb;
use tonic::Code;

use crate::support::clients::{TestServer, accepted, activity, kudos, pounds, reason, record};
use crate::support::payouts::{create, declare_and_approve, pay_out, payout};
use crate::support::receipts::first_of;
use crate::support::refused::refused;
use crate::support::reversals::withdrawn;
use crate::support::stage::{Stage, WHEN, by_the_shop, confirmation, point_a_pound, refund, rule};

fn purchase(id: &str, member: &str, pence: i64) -> pb::Activity {
    pb::Activity { amount: Some(pounds(pence)), ..activity(id, "purchase", member, WHEN) }
}

#[tokio::test]
async fn refunding_more_than_was_bought_or_in_whatever_order_leaves_no_gain() {
    // INV 36
    let stage = Stage::under(vec![point_a_pound("")], vec![]).await;
    // More than was bought, and again and again: never below nothing.
    stage.done(purchase("over", "ben", 5_000)).await;
    for n in 0..3 {
        stage.refunded("over", &format!("over-{n}"), pounds(4_000)).await;
    }
    assert_eq!(stage.has("ben").await, (0, 0));
    // Before the purchase, as if to have it forgotten.
    stage.refunded("late", "late-1", pounds(1_050)).await;
    stage.done(purchase("late", "ben", 2_000)).await;
    assert_eq!(stage.has("ben").await, (9, 0), "for £9.50");
    // After it was taken back: not taken back twice, and not given back.
    stage.reversed("late", "r-late").await;
    stage.refunded("late", "late-2", pounds(100)).await;
    assert_eq!(stage.has("ben").await, (0, 0));
    // By the penny: what is lost is lost once, not rounded in somebody's favour each time.
    stage.done(purchase("pennies", "ben", 1_000)).await;
    for n in 0..150 {
        stage.refunded("pennies", &format!("penny-{n}"), pounds(1)).await;
    }
    stage.ends(&[("ben", 8)]).await;
}

#[tokio::test]
async fn one_refund_told_twice_counts_once_and_never_for_another_purchase() {
    // INV 10, 11
    let stage = Stage::under(vec![point_a_pound("")], vec![]).await;
    let clients = &stage.served.clients;
    stage.done(purchase("p1", "ben", 5_000)).await;
    stage.done(purchase("p2", "cleo", 5_000)).await;
    let first = stage.refunded("p1", "f1", pounds(1_000)).await;
    assert_eq!(first_of(&stage.refunded("p1", "f1", pounds(1_000)).await), first);
    for other in [refund("p2", "f1", pounds(1_000)), refund("p1", "f1", pounds(999))] {
        let told = refused(clients, clients.ledger().refund_activity(other)).await;
        told.because(Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT");
    }
    stage.ends(&[("ben", 40), ("cleo", 50)]).await;
}

#[tokio::test]
async fn amounts_that_are_negative_or_beyond_all_bounds_are_refused_and_gain_nothing() {
    // INV 38, 39
    let dearest = pb::Rule { points: 1_000_000_000, per_amount: Some(pounds(1)), ..point_a_pound("") };
    let stage = Stage::under(vec![dearest], vec![]).await;
    let clients = &stage.served.clients;
    let money = |code: &str, units, nanos| Money { currency_code: code.into(), units, nanos };
    let odd = [
        money("GBP", -1, 0),
        money("GBP", 0, -10_000_000),
        money("GBP", 1, -10_000_000),
        money("GBP", i64::MAX, 990_000_000),
        money("GBP", i64::MIN, 0),
        money("GBP", 0, i32::MAX),
        money("EUR", 10, 0),
        money("gbp", 10, 0),
        money("", 10, 0),
    ];
    stage.done(pb::Activity { amount: Some(pounds(1)), ..purchase("p0", "ben", 1) }).await;
    for amount in odd {
        let buy = pb::Activity { amount: Some(amount.clone()), ..purchase("p1", "ben", 0) };
        refused(clients, clients.ledger().record_activity(record(buy))).await.breaks(&["amount"]);
        let give_back = refund("p0", "f1", amount);
        refused(clients, clients.ledger().refund_activity(give_back)).await.breaks(&["amount"]);
    }
    // Each factor is within its bounds, their product is not.
    let huge = pb::Activity { amount: Some(money("GBP", 1_000_000_000, 0)), ..purchase("p1", "ben", 0) };
    let told = refused(clients, clients.ledger().record_activity(record(huge))).await;
    told.because(Code::OutOfRange, "ERROR_REASON_AMOUNT_OVERFLOW");
    let nul = record(purchase("p\0", "ben\0", 1));
    refused(clients, clients.ledger().record_activity(nul)).await.breaks(&["name", "member_id"]);
    stage.ends(&[("ben", 1_000_000_000)]).await;
}

#[tokio::test]
async fn confirming_after_the_term_gains_nothing() {
    let confirm =
        pb::Rule { wait: Some(pb::rule::Wait::ConfirmWithinDays(2)), ..rule("answers", "answer_accepted", 100) };
    let stage = Stage::under(vec![confirm], vec![]).await;
    let clients = &stage.served.clients;
    for id in ["late", "dated", "taken"] {
        stage.done(accepted(id, id, WHEN)).await;
        assert_eq!(stage.has(id).await, (0, 100));
    }
    let early = confirmation("late", "c0", "2018-04-02T00:00:00Z");
    refused(clients, clients.ledger().confirm_activity(early)).await.breaks(&["occurred_at"]);
    stage.served.clock.set("2018-04-05T12:00:00Z");
    for id in ["late", "dated", "taken"] {
        stage.confirmed(id, &format!("{id}-1"), "2018-04-03T12:00:00.000001Z").await;
        assert_eq!(stage.has(id).await, (0, 0), "a microsecond late: it ends unconfirmed");
    }
    // When it was confirmed is the source's word: told late, it counts, unless the activity was taken back.
    stage.reversed("taken", "r1").await;
    for id in ["dated", "taken"] {
        stage.confirmed(id, &format!("{id}-2"), "2018-04-03T12:00:00Z").await;
    }
    stage.ends(&[("late", 0), ("dated", 100), ("taken", 0)]).await;
}

#[tokio::test]
async fn taking_back_again_for_another_reason_changes_nothing() {
    // INV 72
    let stage = Stage::under(vec![rule("answers", "answer_accepted", 100)], vec![]).await;
    let clients = &stage.served.clients;
    stage.done(accepted("a1", "ben", WHEN)).await;
    stage.done(accepted("a2", "ben", WHEN)).await;
    stage.reversed("a1", "r1").await;
    for (id, why) in [("r2", pb::ReversalReason::Fraud), ("r3", pb::ReversalReason::Mistake)] {
        let again = pb::ReverseActivityRequest { reason: why.into(), ..withdrawn("a1", id) };
        assert_eq!(clients.ledger().reverse_activity(again).await.unwrap().into_inner().points, 0);
    }
    let other = pb::ReverseActivityRequest { reason: pb::ReversalReason::Fraud.into(), ..withdrawn("a1", "r1") };
    let told = refused(clients, clients.ledger().reverse_activity(other)).await;
    told.because(Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT");
    // Sent again, the activity is the one that was taken back.
    stage.done(accepted("a1", "ben", WHEN)).await;
    stage.ends(&[("ben", 100)]).await;
}

#[tokio::test]
async fn spending_before_the_award_is_taken_back_leaves_a_debt_that_later_awards_repay() {
    // INV 31
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let balance = async || {
        let request = pb::GetBalanceRequest { name: "programs/qc/members/ben".into(), min_seq: 0 };
        let balance = clients.ledger().get_balance(request).await.unwrap().into_inner();
        (balance.available_points, balance.written_off_points, balance.paid_points)
    };
    clients.ledger().record_activity(record(accepted("a1", "ben", WHEN))).await.unwrap();
    pay_out(clients, "h1", pounds(100)).await;
    clients.ledger().reverse_activity(withdrawn("a1", "r1")).await.unwrap();
    assert_eq!(balance().await, (-50, -50, 100), "down to the debt limit; the rest is written off");
    // Nothing is reserved of one who owes, and what comes next repays.
    declare_and_approve(clients, "h2", pounds(100)).await;
    for n in 0..50 {
        let payout = clients.by("anna").payouts().create_payout(create(payout("h2"))).await;
        assert_eq!(reason(&payout.unwrap_err()), "ERROR_REASON_NOTHING_TO_PAY", "{n}");
        clients.ledger().record_activity(record(kudos(&format!("k{n}"), "ben", WHEN))).await.unwrap();
    }
    assert_eq!(balance().await, (0, -50, 100));
    let payout = clients.by("anna").payouts().create_payout(create(payout("h2"))).await;
    assert_eq!(reason(&payout.unwrap_err()), "ERROR_REASON_NOTHING_TO_PAY");
}

#[tokio::test]
async fn topping_up_after_somebody_elses_or_no_activation_gains_nothing() {
    let follows = pb::Follows { rule_id: "activations".into(), within_days: 5, past_cap: false };
    let top_up = pb::Rule { follows: Some(follows), exclusive: "sim".into(), ..rule("top-ups", "top_up", 50) };
    let stage = Stage::under(vec![rule("activations", "activation", 1), top_up], vec![]).await;
    let top_up = |id: &str, member: &str, follows: &str, when: &str| pb::Activity {
        follows: follows.into(),
        exclusive_key: id.into(),
        ..activity(id, "top_up", member, when)
    };
    let activated = "2018-03-27T12:00:00Z";
    for (id, member) in [("hers", "cleo"), ("his", "ben"), ("reversed", "ben")] {
        stage.done(activity(id, "activation", member, activated)).await;
    }
    stage.reversed("reversed", "r1").await;
    let frauds = [
        top_up("t1", "ben", "hers", WHEN),
        top_up("t2", "ben", "reversed", WHEN),
        top_up("t3", "ben", "never-was", WHEN),
        top_up("t4", "ben", "", WHEN),
        top_up("t5", "ben", "his", "2018-04-01T12:00:00.000001Z"),
        top_up("t6", "ben", "his", "2018-03-27T11:59:59.999999Z"),
        by_the_shop(top_up("t7", "ben", "his", WHEN)),
        top_up("t8", "ben", "t1", WHEN),
    ];
    for fraud in frauds {
        let receipt = stage.done(fraud.clone()).await;
        assert_eq!((receipt.points, receipt.decline_reason()), (0, pb::DeclineReason::NothingToFollow), "{fraud:?}");
    }
    stage.ends(&[("ben", 1), ("cleo", 1)]).await;
    // Twice after the same one: the key of what can be had once is what stops it.
    for id in ["x", "w"] {
        let once = pb::Activity { exclusive_key: "his-sim".into(), ..top_up(id, "ben", "his", WHEN) };
        assert_eq!(stage.done(once).await.points, if id == "x" { 50 } else { 0 }, "{id}");
    }
    stage.ends(&[("ben", 51)]).await;
}
