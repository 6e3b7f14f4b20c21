//! Points given back by a shop make good what was written off since they went out of reach: each loss once, whoever it
//! was written off of.

use goodturn::pb;

use crate::support::adjustments::{adjustment, ask};
use crate::support::clients::{activity, pounds};
use crate::support::members::merged;
use crate::support::reads::balance;
use crate::support::stage::{Stage, WHEN, point_a_pound, rule};
use crate::support::till::{capture, done, hold, hold_name, redemption, redemption_name, refund, release};

const TOMORROW: &str = "2018-04-02T12:00:00Z";

/// A programme in which everything that is missing is written off.
async fn without_debt() -> Stage {
    Stage::owing(Some(0), vec![rule("a", "a", 100), rule("b", "b", 50)]).await
}

async fn has(stage: &Stage, member: &str) -> [i64; 2] {
    let balance = balance(&stage.served.clients, member).await;
    [balance.available_points, balance.written_off_points]
}

async fn adjusted(stage: &Stage, id: &str, member: &str, points: i64) {
    let asked = adjustment(id, member, points, pb::AdjustmentReason::Correction);
    stage.served.clients.by("anna").adjustments().adjust_points(ask(asked)).await.unwrap();
}

/// A give-back in between makes an earlier loss good. It does not hide a later one.
#[tokio::test]
async fn a_later_loss_is_made_good_by_its_own_give_back() {
    // INV 75
    let stage = without_debt().await;
    let clients = &stage.served.clients;
    stage.done(activity("x1", "a", "ann", WHEN)).await;
    done(clients.till().create_hold(hold("A", "ann", 100, TOMORROW)).await);
    stage.reversed("x1", "r1").await;
    assert_eq!(has(&stage, "ann").await, [0, -100]);
    stage.done(activity("x2", "b", "ann", WHEN)).await;
    stage.done(activity("x3", "b", "ann", WHEN)).await;
    done(clients.till().create_hold(hold("B", "ann", 50, TOMORROW)).await);
    done(clients.till().release_hold(release("A")).await);
    assert_eq!(has(&stage, "ann").await, [50, 0]);
    done(clients.till().redeem_points(redemption("t", "ann", 50)).await);
    stage.reversed("x2", "r2").await;
    assert_eq!(has(&stage, "ann").await, [0, -50]);
    let receipt = done(clients.till().release_hold(release("B")).await);
    assert_eq!(has(&stage, "ann").await, [0, 0]);
    let balance = receipt.balance.unwrap();
    assert_eq!([receipt.points, balance.available_points, balance.written_off_points], [0, 0, 0]);
    // Nothing is made good twice.
    done(clients.till().refund_redemption(refund(redemption_name("t"), "f", 0)).await);
    stage.ends(&[("ann", 50)]).await;
}

/// What the first give-back made good is no loss of the second, whatever was lost before.
#[tokio::test]
async fn a_loss_is_made_good_by_one_give_back_of_two() {
    // INV 75
    let stage = without_debt().await;
    let clients = &stage.served.clients;
    stage.done(activity("a0", "a", "ann", WHEN)).await;
    done(clients.till().redeem_points(redemption("r0", "ann", 100)).await);
    stage.reversed("a0", "r-a0").await;
    stage.done(activity("a1", "a", "ann", WHEN)).await;
    stage.done(activity("b1", "b", "ann", WHEN)).await;
    done(clients.till().redeem_points(redemption("r1", "ann", 100)).await);
    done(clients.till().redeem_points(redemption("r2", "ann", 50)).await);
    stage.reversed("a1", "r-a1").await;
    assert_eq!(has(&stage, "ann").await, [0, -200]);
    done(clients.till().refund_redemption(refund(redemption_name("r1"), "f1", 0)).await);
    assert_eq!(has(&stage, "ann").await, [0, -100]);
    done(clients.till().refund_redemption(refund(redemption_name("r2"), "f2", 0)).await);
    assert_eq!(has(&stage, "ann").await, [50, -100]);
    stage.ends(&[("ann", 50)]).await;
}

/// A loss of another account, from before the hold, stays one after the accounts are merged.
#[tokio::test]
async fn a_merger_brings_in_no_loss_that_was_there_before() {
    // INV 75
    let stage = without_debt().await;
    let clients = &stage.served.clients;
    adjusted(&stage, "x", "bob", -30).await;
    stage.done(activity("x1", "a", "ann", WHEN)).await;
    done(clients.till().create_hold(hold("H", "ann", 50, TOMORROW)).await);
    merged(clients, "bob", "ann").await;
    done(clients.till().release_hold(release("H")).await);
    assert_eq!(has(&stage, "ann").await, [100, -30]);
    stage.ends(&[("ann", 100), ("bob", 0)]).await;
}

/// What an account lost after the purchase of the other is a loss of the same person.
#[tokio::test]
async fn a_loss_since_the_purchase_is_made_good_whichever_account_had_it() {
    // INV 75
    let stage = without_debt().await;
    let clients = &stage.served.clients;
    stage.done(activity("x1", "a", "ann", WHEN)).await;
    done(clients.till().redeem_points(redemption("t", "ann", 100)).await);
    adjusted(&stage, "before", "cyd", -5).await;
    merged(clients, "ann", "bob").await;
    stage.reversed("x1", "r1").await;
    assert_eq!(has(&stage, "bob").await, [0, -100]);
    merged(clients, "cyd", "bob").await;
    assert_eq!(has(&stage, "bob").await, [0, -105]);
    done(clients.till().refund_redemption(refund(redemption_name("t"), "f1", 40)).await);
    assert_eq!(has(&stage, "bob").await, [0, -65]);
    done(clients.till().refund_redemption(refund(redemption_name("t"), "f2", 60)).await);
    assert_eq!(has(&stage, "bob").await, [0, -5]);
    stage.ends(&[("ann", 0), ("bob", 0), ("cyd", 0)]).await;
}

/// More rows than are kept together: no point is lost, and none is given twice.
#[tokio::test]
async fn three_hundred_losses_of_one_person_add_up() {
    // INV 30, 75
    let stage = without_debt().await;
    let clients = &stage.served.clients;
    for n in 0..3 {
        stage.done(activity(&format!("x{n}"), "a", "ann", WHEN)).await;
    }
    done(clients.till().redeem_points(redemption("t", "ann", 300)).await);
    for n in 0..300 {
        adjusted(&stage, &format!("take-{n}"), "ann", -1).await;
    }
    assert_eq!(has(&stage, "ann").await, [0, -300]);
    let request = pb::ListFlagsRequest { parent: "programs/qc".into(), ..Default::default() };
    let flags = clients.audit().list_flags(request).await.unwrap().into_inner().flags;
    let [flag] = &flags[..] else { panic!("{flags:?}") };
    assert_eq!((flag.kind(), flag.points, flag.total_entries), (pb::FlagKind::WriteOffs, 300, 300));
    assert_eq!((flag.member_ids.clone(), flag.seqs.len()), (vec!["ann".to_owned()], 20));
    done(clients.till().refund_redemption(refund(redemption_name("t"), "f", 0)).await);
    assert_eq!(has(&stage, "ann").await, [0, 0]);
    stage.ends(&[("ann", 0)]).await;
}

/// Buying, spending and taking the money back, over and over: the first round is all that it ever brings.
#[tokio::test]
async fn buying_spending_and_taking_the_money_back_pays_once() {
    // INV 31, 32
    let stage = Stage::owing(None, vec![point_a_pound("")]).await;
    let clients = &stage.served.clients;
    let mut spent = 0;
    for n in 0..40 {
        let id = format!("o{n}");
        let order = pb::Activity { amount: Some(pounds(10_000)), ..activity(&id, "purchase", "mallory", WHEN) };
        stage.done(order).await;
        let available = balance(clients, "mallory").await.available_points;
        if available > 0 {
            done(clients.till().redeem_points(redemption(&id, "mallory", available)).await);
            spent += available;
        }
        stage.refunded(&id, &format!("f{n}"), pounds(10_000)).await;
    }
    assert_eq!(spent, 100);
    assert_eq!(has(&stage, "mallory").await, [-100, 0]);
    stage.ends(&[("mallory", -100)]).await;
}

/// A hold that is captured after its time takes points that were available: what was written off before is no loss of theirs.
#[tokio::test]
async fn a_late_capture_given_back_makes_no_earlier_loss_good() {
    // INV 75
    let stage = without_debt().await;
    let clients = &stage.served.clients;
    stage.done(activity("a1", "a", "ann", WHEN)).await;
    done(clients.till().create_hold(hold("h", "ann", 100, "2018-04-01T12:00:02Z")).await);
    stage.served.clock.set("2018-04-01T13:00:00Z");
    done(clients.till().redeem_points(redemption("x", "ann", 100)).await);
    stage.reversed("a1", "r1").await;
    assert_eq!(has(&stage, "ann").await, [0, -100]);
    stage.done(activity("a2", "a", "ann", WHEN)).await;
    done(clients.till().capture_hold(capture("h", 0)).await);
    let receipt = done(clients.till().refund_redemption(refund(hold_name("h"), "f", 0)).await);
    assert_eq!((receipt.points, has(&stage, "ann").await), (100, [100, -100]));
    done(clients.till().refund_redemption(refund(redemption_name("x"), "f2", 0)).await);
    stage.ends(&[("ann", 100)]).await;
    assert_eq!(has(&stage, "ann").await, [100, 0]);
}
