//! Points that are old enough: the till asks for points older than the time in which goods can be returned.

use goodturn::domain::decide::acts::TillAct;
use goodturn::domain::decide::rejection::Rejection;
use goodturn::domain::terms::till::{Asked, Young};
use goodturn::domain::value::time::Day;
use goodturn::ledger::SubmitError;
use goodturn::pb;
use tonic::Code;

use crate::support::clients::{activity, pounds};
use crate::support::members::merged;
use crate::support::receipts::first_of;
use crate::support::refused::refused;
use crate::support::sample::{member, program};
use crate::support::stage::{Stage, WHEN, point_a_pound, rule};
use crate::support::till::{
    asked, at_till, done, held, hold, hold_name, points, redeemed, redemption, redemption_name, refund,
};

/// Thirty days after [`WHEN`], in the programme's zone.
const MONTH_AFTER: &str = "2018-05-01T12:00:00Z";

async fn stage() -> Stage {
    Stage::owing(None, vec![point_a_pound(""), rule("kudos", "kudos", 7)]).await
}

async fn bought(stage: &Stage, id: &str, member: &str, when: &str, pence: i64) {
    let order = pb::Activity { amount: Some(pounds(pence)), ..activity(id, "purchase", member, when) };
    stage.done(order).await;
}

fn of_age(id: &str, member: &str, points: i64, days: i32) -> pb::RedeemPointsRequest {
    let mut request = redemption(id, member, points);
    request.redemption.as_mut().unwrap().min_age_days = days;
    request
}

#[tokio::test]
async fn points_can_be_spent_once_they_are_as_old_as_the_shop_asks() {
    // INV 32
    let stage = stage().await;
    let clients = &stage.served.clients;
    bought(&stage, "o1", "ann", WHEN, 10_000).await;
    let young =
        |old: &'static str, asked: &'static str| [("asked_points", asked), ("min_age_days", "30"), ("old_points", old)];
    for at in [WHEN, "2018-04-30T22:59:59Z"] {
        stage.served.clock.set(at);
        let told = refused(clients, clients.till().redeem_points(of_age("r1", "ann", 100, 30))).await;
        assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_POINTS_TOO_YOUNG"), young("0", "100"), "{at}");
    }
    stage.served.clock.set(MONTH_AFTER);
    bought(&stage, "o2", "ann", "2018-04-20T00:00:00Z", 5_000).await;
    let told = refused(clients, clients.till().redeem_points(of_age("r1", "ann", 101, 30))).await;
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_POINTS_TOO_YOUNG"), young("100", "101"));
    let receipt = done(clients.till().redeem_points(of_age("r1", "ann", 60, 30)).await);
    assert_eq!((receipt.points, points(clients, "ann").await), (-60, [90, 0, 60]));
    assert_eq!(first_of(&done(clients.till().redeem_points(of_age("r1", "ann", 60, 30)).await)), receipt);
    assert_eq!(redeemed(clients, "r1").await.min_age_days, 30);
    let mut keep = hold("h1", "ann", 41, "2018-05-02T00:00:00Z");
    keep.hold.as_mut().unwrap().min_age_days = 30;
    let told = refused(clients, clients.till().create_hold(keep.clone())).await;
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_POINTS_TOO_YOUNG"), young("40", "41"));
    keep.hold.as_mut().unwrap().points = 40;
    done(clients.till().create_hold(keep).await);
    assert_eq!(held(clients, "h1").await.min_age_days, 30);
    // Points without an age can be spent as before.
    done(clients.till().redeem_points(redemption("r2", "ann", 50)).await);
    let told = refused(clients, clients.till().redeem_points(of_age("r3", "ann", 1, 30))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_INSUFFICIENT_POINTS");
    for days in [-1, 367] {
        let told = refused(clients, clients.till().redeem_points(of_age("r4", "ann", 1, days))).await;
        told.breaks(&["redemption.min_age_days"]);
    }
    stage.ends(&[("ann", 0)]).await;
}

/// What is taken back of young credit makes it less; what a person decided to take came out of the oldest.
#[tokio::test]
async fn what_is_taken_back_is_no_longer_young() {
    let stage = stage().await;
    let clients = &stage.served.clients;
    bought(&stage, "old", "ann", WHEN, 10_000).await;
    stage.served.clock.set(MONTH_AFTER);
    bought(&stage, "new", "ann", "2018-04-30T00:00:00Z", 8_000).await;
    let taken = crate::support::adjustments::adjustment("a1", "ann", -30, pb::AdjustmentReason::Correction);
    clients.by("anna").adjustments().adjust_points(crate::support::adjustments::ask(taken)).await.unwrap();
    let told = refused(clients, clients.till().redeem_points(of_age("r1", "ann", 71, 30))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_POINTS_TOO_YOUNG");
    stage.reversed("new", "x1").await;
    done(clients.till().redeem_points(of_age("r1", "ann", 70, 30)).await);
    stage.ends(&[("ann", 0)]).await;
}

/// Young points of an account stay young when it is merged; so do those of one merged before.
#[tokio::test]
async fn young_points_stay_young_through_mergers() {
    // INV 75
    let stage = stage().await;
    let clients = &stage.served.clients;
    bought(&stage, "o1", "ann", WHEN, 10_000).await;
    stage.served.clock.set(MONTH_AFTER);
    bought(&stage, "o2", "bob", "2018-04-29T00:00:00Z", 5_000).await;
    bought(&stage, "o3", "cyd", "2018-04-29T00:00:00Z", 2_000).await;
    merged(clients, "cyd", "bob").await;
    merged(clients, "bob", "ann").await;
    let told = refused(clients, clients.till().redeem_points(of_age("r1", "ann", 101, 30))).await;
    let expected = [("asked_points", "101"), ("min_age_days", "30"), ("old_points", "100")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_POINTS_TOO_YOUNG"), expected);
    stage.reversed("o3", "x3").await;
    done(clients.till().redeem_points(of_age("r1", "ann", 100, 30)).await);
    stage.ends(&[("ann", 50), ("bob", 0), ("cyd", 0)]).await;
}

/// Buy, spend, return, again: nobody spends what a return can still take.
#[tokio::test]
async fn what_can_still_be_returned_is_not_spent() {
    let stage = stage().await;
    let clients = &stage.served.clients;
    for n in 0..10 {
        let id = format!("o{n}");
        bought(&stage, &id, "mallory", WHEN, 10_000).await;
        let told = refused(clients, clients.till().redeem_points(of_age(&id, "mallory", 1, 30))).await;
        told.because(Code::FailedPrecondition, "ERROR_REASON_POINTS_TOO_YOUNG");
        stage.refunded(&id, &format!("f{n}"), pounds(10_000)).await;
    }
    stage.ends(&[("mallory", 0)]).await;
}

/// Credit comes in while the age is asked for: the sum is made again, and what is spent is true.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credit_that_comes_in_between_is_summed_up_again() {
    let stage = stage().await;
    let clients = &stage.served.clients;
    bought(&stage, "o1", "ann", WHEN, 40_000).await;
    stage.served.clock.set(MONTH_AFTER);
    let spend = async {
        let mut spent = 0;
        for n in 0..40 {
            match clients.till().redeem_points(of_age(&format!("r{n}"), "ann", 20, 30)).await {
                Ok(_) => spent += 20,
                Err(status) => {
                    let is_one =
                        ["earned at least 30 days ago", "in between"].iter().any(|it| status.message().contains(it));
                    assert!(is_one, "{status}");
                }
            }
        }
        spent
    };
    let earn = async {
        for n in 0..200 {
            stage.done(activity(&format!("k{n}"), "kudos", "ann", "2018-04-30T00:00:00Z")).await;
        }
    };
    let (spent, ()) = tokio::join!(spend, earn);
    assert!((200..=400).contains(&spent), "{spent} of 400 that are old enough");
    stage.ends(&[("ann", 400 + 1_400 - spent)]).await;
    done(clients.till().refund_redemption(refund(redemption_name("r0"), "f0", 0)).await);
}

/// A sum that is not true any more decides nothing: it misses credit, is of another day, or was never made.
#[tokio::test]
async fn a_sum_of_young_credit_that_is_no_longer_true_is_refused() {
    let stage = stage().await;
    bought(&stage, "o1", "ann", WHEN, 10_000).await;
    stage.served.clock.set(MONTH_AFTER);
    let ledger = &stage.served.ledger;
    let state = ledger.program(&program()).await.unwrap().unwrap();
    let young = ledger.young(&state, &member("ann"), 30).await.unwrap().unwrap();
    assert_eq!(young.points, 0);
    bought(&stage, "o2", "ann", "2018-04-30T00:00:00Z", 5_000).await;
    let now = ledger.young(&state, &member("ann"), 30).await.unwrap().unwrap();
    assert_eq!((now.points, now.through), (50, young.through));
    let spend = async |id: &str, young: Option<Young>| {
        let asked = Asked { min_age_days: 30, young, ..asked(id, "ann", 100) };
        ledger.submit(&state, at_till(id, TillAct::Redeem(asked)), None).await.map(|recorded| recorded.seq)
    };
    let another_day = Young { through: Day::new(now.through.get() - 1).unwrap(), ..now };
    for (id, young) in [("r1", Some(young)), ("r2", Some(another_day)), ("r3", None)] {
        assert_eq!(spend(id, young).await, Err(SubmitError::Rejected(Rejection::CreditCame)), "{id}");
    }
    assert!(spend("r4", Some(now)).await.is_ok());
    stage.ends(&[("ann", 50)]).await;
}

/// After its time the points of a hold are the member's again: a late capture could only take others, of any age.
#[tokio::test]
async fn a_hold_of_an_age_is_not_captured_late() {
    let stage = stage().await;
    let clients = &stage.served.clients;
    bought(&stage, "o1", "ann", WHEN, 10_000).await;
    stage.served.clock.set(MONTH_AFTER);
    let mut keep = hold("h1", "ann", 100, "2018-05-01T12:00:02Z");
    keep.hold.as_mut().unwrap().min_age_days = 30;
    done(clients.till().create_hold(keep).await);
    stage.served.clock.set("2018-05-01T13:00:00Z");
    done(clients.till().redeem_points(of_age("r1", "ann", 100, 30)).await);
    bought(&stage, "o2", "ann", "2018-05-01T00:00:00Z", 10_000).await;
    let late = pb::CaptureHoldRequest { name: hold_name("h1"), points: 0 };
    let told = refused(clients, clients.till().capture_hold(late)).await;
    let expected = [("until", "2018-05-01T12:00:02Z")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_CAPTURE_TOO_LATE"), expected);
    stage.ends(&[("ann", 100)]).await;
}
