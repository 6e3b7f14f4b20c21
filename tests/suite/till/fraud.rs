//! Frauds at the till: each is refused, or ends with no more spent than was there; and calls that are sent again, or that are
//! wrong.

use std::sync::Arc;

use goodturn::domain::value::amount::AMOUNT_MAX;
use goodturn::pb;
use prost_types::Timestamp;
use tonic::Code;

use crate::support::clients::accepted;
use crate::support::members::{banned, reinstated, suspended};
use crate::support::receipts::first_of;
use crate::support::refused::refused;
use crate::support::served::Served;
use crate::support::stage::{Stage, WHEN, rule};
use crate::support::till::{
    capture, done, held, hold, hold_name, points, redemption, redemption_name, refund, release,
};

/// A day after [`crate::support::stage::WHEN`].
const TOMORROW: &str = "2018-04-02T12:00:00Z";

const GONE: (Code, &str) = (Code::FailedPrecondition, "ERROR_REASON_INSUFFICIENT_POINTS");
const EXISTS: (Code, &str) = (Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT");

/// A stage on which `ben` has 300 points, of the answers `a0`, `a1` and `a2`.
async fn with_answers() -> Stage {
    let stage = Stage::under(vec![rule("answers", "answer_accepted", 100)], vec![]).await;
    for n in 0..3 {
        stage.done(accepted(&format!("a{n}"), "ben", WHEN)).await;
    }
    stage
}

macro_rules! is_refused {
    ($clients:ident . $method:ident ( $request:expr ), $why:expr) => {{
        let told = refused($clients, $clients.till().$method($request)).await;
        told.because($why.0, $why.1);
    }};
}

#[tokio::test]
async fn spending_the_same_points_twice_is_refused_by_whatever_way() {
    // INV 32
    let stage = with_answers().await;
    let clients = &stage.served.clients;
    done(clients.till().redeem_points(redemption("r1", "ben", 200)).await);
    done(clients.till().create_hold(hold("h1", "ben", 100, TOMORROW)).await);
    let elsewhere = |mut request: pb::RedeemPointsRequest| {
        let redemption = request.redemption.as_mut().unwrap();
        redemption.name = redemption.name.replace("/shop/", "/kiosk/");
        request
    };
    is_refused!(clients.redeem_points(redemption("r2", "ben", 1)), GONE);
    is_refused!(clients.redeem_points(elsewhere(redemption("r1", "ben", 1))), GONE);
    is_refused!(clients.create_hold(hold("h2", "ben", 1, TOMORROW)), GONE);
    let over = (Code::FailedPrecondition, "ERROR_REASON_CAPTURE_EXCEEDS_HOLD");
    is_refused!(clients.capture_hold(capture("h1", 101)), over);
    // A released hold leaves nothing to capture, a captured one nothing to release.
    done(clients.till().release_hold(release("h1")).await);
    let ended = (Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    is_refused!(clients.capture_hold(capture("h1", 1)), ended);
    done(clients.till().create_hold(hold("h3", "ben", 100, TOMORROW)).await);
    done(clients.till().capture_hold(capture("h3", 0)).await);
    is_refused!(clients.release_hold(release("h3")), ended);
    assert_eq!(points(clients, "ben").await, [0, 0, 300]);
    stage.ends(&[("ben", 0)]).await;
}

/// Every call of the till has one effect, however late it is sent again, and by whichever server.
#[tokio::test]
async fn sending_a_call_again_after_a_year_has_no_effect_and_other_values_are_refused() {
    // INV 3, 10, 11, 13, 16
    let stage = with_answers().await;
    let clients = &stage.served.clients;
    let first = [
        done(clients.till().create_hold(hold("h1", "ben", 50, TOMORROW)).await),
        done(clients.till().create_hold(hold("h2", "ben", 60, TOMORROW)).await),
        done(clients.till().capture_hold(capture("h1", 30)).await),
        done(clients.till().release_hold(release("h2")).await),
        done(clients.till().redeem_points(redemption("r1", "ben", 250)).await),
        done(clients.till().refund_redemption(refund(redemption_name("r1"), "f1", 80)).await),
        done(clients.till().refund_redemption(refund(hold_name("h1"), "f2", 0)).await),
    ];
    for later in [WHEN, "2019-04-01T12:00:00Z", "2118-04-01T12:00:00Z"] {
        let fresh = Served::on(Arc::clone(stage.served.ledger.log()), later).await;
        stage.served.clock.set(later);
        for clients in [clients, &fresh.clients] {
            let again = [
                done(clients.till().create_hold(hold("h1", "ben", 50, TOMORROW)).await),
                done(clients.till().create_hold(hold("h2", "ben", 60, TOMORROW)).await),
                done(clients.till().capture_hold(capture("h1", 30)).await),
                done(clients.till().release_hold(release("h2")).await),
                done(clients.till().redeem_points(redemption("r1", "ben", 250)).await),
                done(clients.till().refund_redemption(refund(redemption_name("r1"), "f1", 80)).await),
                done(clients.till().refund_redemption(refund(hold_name("h1"), "f2", 0)).await),
            ];
            assert_eq!(again.each_ref().map(first_of), first, "{later}");
            let subject = |mut request: pb::RedeemPointsRequest| {
                request.redemption.as_mut().unwrap().subject = "other".into();
                request
            };
            is_refused!(clients.create_hold(hold("h1", "ben", 51, TOMORROW)), EXISTS);
            is_refused!(clients.create_hold(hold("h1", "cleo", 50, TOMORROW)), EXISTS);
            is_refused!(clients.create_hold(hold("h1", "ben", 50, "2018-04-02T12:00:00.000001Z")), EXISTS);
            is_refused!(clients.capture_hold(capture("h1", 31)), EXISTS);
            is_refused!(clients.capture_hold(capture("h1", 0)), EXISTS);
            is_refused!(clients.redeem_points(redemption("r1", "ben", 251)), EXISTS);
            is_refused!(clients.redeem_points(redemption("r1", "cleo", 250)), EXISTS);
            is_refused!(clients.redeem_points(subject(redemption("r1", "ben", 250))), EXISTS);
            is_refused!(clients.refund_redemption(refund(redemption_name("r1"), "f1", 79)), EXISTS);
            is_refused!(clients.refund_redemption(refund(hold_name("h1"), "f1", 80)), EXISTS);
        }
    }
    assert_eq!(points(clients, "ben").await, [130, 0, 170]);
    stage.ends(&[("ben", 130)]).await;
}

#[tokio::test]
async fn a_refused_call_leaves_its_id_free() {
    // INV 15
    let stage = with_answers().await;
    let clients = &stage.served.clients;
    is_refused!(clients.redeem_points(redemption("r1", "ben", 301)), GONE);
    done(clients.till().redeem_points(redemption("r1", "ben", 300)).await);
    is_refused!(clients.create_hold(hold("h1", "ben", 100, TOMORROW)), GONE);
    stage.done(accepted("a3", "ben", WHEN)).await;
    done(clients.till().create_hold(hold("h1", "ben", 100, TOMORROW)).await);
    let over = (Code::FailedPrecondition, "ERROR_REASON_CAPTURE_EXCEEDS_HOLD");
    is_refused!(clients.capture_hold(capture("h1", 101)), over);
    done(clients.till().capture_hold(capture("h1", 100)).await);
    stage.ends(&[("ben", 0)]).await;
}

/// The points of a fraud are held before it is found: the hold stands, the debt too, and nothing more can be spent.
#[tokio::test]
async fn holding_before_a_fraud_is_found_leaves_a_debt_and_no_more_to_spend() {
    // INV 31, 32
    let stage = with_answers().await;
    let clients = &stage.served.clients;
    done(clients.till().create_hold(hold("h1", "ben", 280, TOMORROW)).await);
    for n in 0..2 {
        stage.reversed(&format!("a{n}"), &format!("x{n}")).await;
    }
    // 200 taken back: 20 that were available, 50 of debt, 130 written off.
    assert_eq!(points(clients, "ben").await, [-50, 280, 0]);
    is_refused!(clients.create_hold(hold("h2", "ben", 1, TOMORROW)), GONE);
    done(clients.till().capture_hold(capture("h1", 250)).await);
    assert_eq!(points(clients, "ben").await, [-20, 0, 250]);
    is_refused!(clients.redeem_points(redemption("r1", "ben", 1)), GONE);
    // What is earned next repays first.
    stage.done(accepted("a3", "ben", WHEN)).await;
    is_refused!(clients.redeem_points(redemption("r1", "ben", 81)), GONE);
    stage.ends(&[("ben", 80)]).await;
}

#[tokio::test]
async fn earning_spending_and_undoing_again_and_again_gains_no_more_than_the_debt_limit_once() {
    // INV 31, 32
    let stage = Stage::under(vec![rule("answers", "answer_accepted", 100)], vec![]).await;
    let clients = &stage.served.clients;
    let mut spent = 0;
    for n in 0..10 {
        stage.done(accepted(&format!("a{n}"), "ben", WHEN)).await;
        let available = points(clients, "ben").await[0];
        done(clients.till().redeem_points(redemption(&format!("r{n}"), "ben", available)).await);
        spent += available;
        stage.reversed(&format!("a{n}"), &format!("x{n}")).await;
        assert_eq!(points(clients, "ben").await[0], -50);
    }
    // 100 the first time, 50 each time after: the rest of each award went to the debt. All of it is on record.
    assert_eq!(spent, 100 + 9 * 50);
    let request = pb::GetBalanceRequest { name: "programs/qc/members/ben".into(), min_seq: 0 };
    let balance = done(clients.ledger().get_balance(request).await);
    assert_eq!((balance.redeemed_points, balance.written_off_points), (spent, 50 - spent));
    stage.ends(&[("ben", -50)]).await;
}

/// Whoever took an account over spends its points; the shop gives them back, to nobody else and not twice.
#[tokio::test]
async fn what_a_thief_spent_comes_back_to_its_owner_once() {
    let stage = with_answers().await;
    let clients = &stage.served.clients;
    done(clients.till().redeem_points(redemption("theft", "ben", 200)).await);
    done(clients.till().create_hold(hold("h1", "ben", 100, TOMORROW)).await);
    done(clients.till().capture_hold(capture("h1", 40)).await);
    for (name, id) in [(redemption_name("theft"), "f1"), (hold_name("h1"), "f2")] {
        done(clients.till().refund_redemption(refund(name.clone(), id, 0)).await);
        let over = (Code::FailedPrecondition, "ERROR_REASON_REFUND_EXCEEDS_REDEMPTION");
        is_refused!(clients.refund_redemption(refund(name, &format!("{id}-again"), 0)), over);
    }
    // Another shop cannot give back what was not spent there.
    let unknown = (Code::NotFound, "ERROR_REASON_NOT_FOUND");
    let others = redemption_name("theft").replace("/shop/", "/kiosk/");
    is_refused!(clients.refund_redemption(refund(others, "f3", 0)), unknown);
    assert_eq!(held(clients, "h1").await.refunded_points, 40);
    stage.ends(&[("ben", 300)]).await;
}

/// The account is shut before the thief comes to the till, or between two visits; its owner loses nothing.
#[tokio::test]
async fn who_takes_over_an_account_spends_nothing_once_it_is_suspended() {
    // INV 32
    let stage = with_answers().await;
    let clients = &stage.served.clients;
    done(clients.till().redeem_points(redemption("before", "ben", 100)).await);
    suspended(clients, "ben", "s1").await;
    let shut = (Code::FailedPrecondition, "ERROR_REASON_MEMBER_SUSPENDED");
    is_refused!(clients.redeem_points(redemption("theft", "ben", 1)), shut);
    is_refused!(clients.create_hold(hold("h1", "ben", 1, TOMORROW)), shut);
    // What was spent before is answered as it was, and can be given back.
    done(clients.till().redeem_points(redemption("before", "ben", 100)).await);
    done(clients.till().refund_redemption(refund(redemption_name("before"), "f1", 0)).await);
    reinstated(clients, "ben", "r1").await;
    done(clients.till().redeem_points(redemption("theft", "ben", 1)).await);
    banned(clients, "ben", "b1").await;
    is_refused!(clients.redeem_points(redemption("more", "ben", 1)), shut);
    let report =
        goodturn::audit::verify(&**stage.served.ledger.log(), &crate::support::sample::program(), |_| ()).await;
    assert_eq!(report.unwrap().unwrap().findings, []);
}

#[tokio::test]
async fn holding_for_ever_is_refused() {
    let stage = with_answers().await;
    let clients = &stage.served.clients;
    for until in [WHEN, "2018-04-01T11:00:00Z", "2018-04-08T12:00:00.000001Z", "9999-01-01T00:00:00Z"] {
        let told = refused(clients, clients.till().create_hold(hold("h1", "ben", 1, until))).await;
        let expected = [("after", WHEN), ("latest", "2018-04-08T12:00:00Z")];
        assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_HOLD_TERM"), expected);
    }
    done(clients.till().create_hold(hold("h1", "ben", 1, "2018-04-08T12:00:00Z")).await);
    done(clients.till().create_hold(hold("h2", "ben", 1, "2018-04-01T12:00:00.000001Z")).await);
    stage.ends(&[("ben", 298)]).await;
}

/// What is wrong with a call's form is told all at once.
#[tokio::test]
async fn a_call_of_bad_form_is_refused_with_every_field_that_is_wrong() {
    // INV 4, 38
    let stage = with_answers().await;
    let clients = &stage.served.clients;
    for bad in [i64::MIN, -1, 0, AMOUNT_MAX + 1, i64::MAX] {
        let mut held = hold("a b", "", bad, TOMORROW);
        let of = held.hold.as_mut().unwrap();
        (of.subject, of.expire_time) = ("a/b".into(), Some(Timestamp { seconds: i64::MAX, nanos: 0 }));
        let told = refused(clients, clients.till().create_hold(held)).await;
        told.breaks(&["hold.name", "hold.member_id", "hold.points", "hold.subject", "hold.expire_time"]);
        let told = refused(clients, clients.till().redeem_points(redemption("", "a b", bad))).await;
        told.breaks(&["redemption.name", "redemption.member_id", "redemption.points"]);
        if bad != 0 {
            let told = refused(clients, clients.till().capture_hold(capture("a b", bad))).await;
            told.breaks(&["name", "points"]);
            let told = refused(clients, clients.till().refund_redemption(refund("x".into(), "a b", bad))).await;
            told.breaks(&["name", "refund_id", "points"]);
        }
    }
    let unset = pb::CreateHoldRequest { hold: Some(pb::Hold::default()) };
    let told = refused(clients, clients.till().create_hold(unset)).await;
    told.breaks(&["hold.name", "hold.member_id", "hold.points", "hold.expire_time"]);
    refused(clients, clients.till().create_hold(pb::CreateHoldRequest::default())).await.breaks(&["hold"]);
    let none = pb::RedeemPointsRequest::default();
    refused(clients, clients.till().redeem_points(none)).await.breaks(&["redemption"]);
    let own = hold_name("h1").replace("/shop/", "/goodturn/");
    refused(clients, clients.till().release_hold(pb::ReleaseHoldRequest { name: own })).await.breaks(&["name"]);
    let others = pb::GetHoldRequest { name: redemption_name("r1") };
    refused(clients, clients.till().get_hold(others)).await.breaks(&["name"]);
    let others = pb::GetRedemptionRequest { name: hold_name("h1") };
    refused(clients, clients.till().get_redemption(others)).await.breaks(&["name"]);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_and_the_largest_sums_are_told() {
    // INV 4, 38
    let stage = with_answers().await;
    let clients = &stage.served.clients;
    let unknown = (Code::NotFound, "ERROR_REASON_NOT_FOUND");
    is_refused!(clients.capture_hold(capture("h1", 1)), unknown);
    is_refused!(clients.release_hold(release("h1")), unknown);
    is_refused!(clients.refund_redemption(refund(hold_name("h1"), "f1", 0)), unknown);
    is_refused!(clients.refund_redemption(refund(redemption_name("h1"), "f1", 0)), unknown);
    let told = refused(clients, clients.till().get_hold(pb::GetHoldRequest { name: hold_name("h1") })).await;
    assert_eq!(told.because(unknown.0, unknown.1), [("resource", "programs/qc/sources/shop/holds/h1")]);
    let asked = pb::GetRedemptionRequest { name: redemption_name("h1") };
    let told = refused(clients, clients.till().get_redemption(asked)).await;
    assert_eq!(told.because(unknown.0, unknown.1), [("resource", "programs/qc/sources/shop/redemptions/h1")]);
    for (member, available) in [("ben", "300"), ("nobody", "0")] {
        let told = refused(clients, clients.till().redeem_points(redemption("r1", member, AMOUNT_MAX))).await;
        let expected = [("asked_points", "1000000000000000"), ("available_points", available)];
        assert_eq!(told.because(GONE.0, GONE.1), expected);
    }
}
