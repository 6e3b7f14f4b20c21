//! Restorations: activities that were undone count again, and nothing is gained by it.

use goodturn::pb;
use goodturn::pb::{ActivityState, CapWindow};
use goodturn::process::sweeper;

use crate::support::clients::pounds;
use crate::support::clients::{activity, at};
use crate::support::members::merged;
use crate::support::payouts::pay_out;
use crate::support::reads::{balance, sentences};
use crate::support::stage::{Stage, WHEN, by_the_shop, cap, one_a_question, rule};
use crate::support::summer::name;
use crate::support::till::{done, hold, redemption, release};

const EARLIER: &str = "2018-04-01T11:00:00Z";
const TOMORROW: &str = "2018-04-02T12:00:00Z";

/// A time some seconds after most things happen.
fn after(seconds: u32) -> String {
    format!("2018-04-01T12:00:{seconds:02}Z")
}

/// A programme in which everything that is missing is written off.
async fn without_debt() -> Stage {
    Stage::owing(Some(0), vec![rule("a", "a", 100), rule("b", "b", 50)]).await
}

/// The points that a member can use, and those written off.
async fn has(stage: &Stage, member: &str) -> [i64; 2] {
    let balance = balance(&stage.served.clients, member).await;
    [balance.available_points, balance.written_off_points]
}

async fn read(stage: &Stage, id: &str) -> pb::Activity {
    stage.served.clients.ledger().get_activity(pb::GetActivityRequest { name: name(id) }).await.unwrap().into_inner()
}

async fn spent(stage: &Stage, id: &str, member: &str, points: i64) {
    done(stage.served.clients.till().redeem_points(redemption(id, member, points)).await);
}

#[tokio::test]
async fn the_last_word_counts_in_whatever_order_the_words_arrive() {
    // INV 72
    let words = [("reversed", 1), ("restored", 3), ("reversed", 5)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for told_before in 0..=3 {
            let stage = without_debt().await;
            for (place, index) in order.into_iter().enumerate() {
                if place == told_before {
                    stage.done(activity("x", "a", "ann", WHEN)).await;
                }
                let (word, at) = words[index];
                match word {
                    "reversed" => reversed_at(&stage, "x", &format!("w{at}"), &after(at)).await,
                    _ => stage.restored("x", &format!("w{at}"), &after(at)).await.points,
                };
            }
            if told_before == 3 {
                stage.done(activity("x", "a", "ann", WHEN)).await;
            }
            stage.ends(&[("ann", 0)]).await;
            stage.restored("x", "last", &after(6)).await;
            assert_eq!(read(&stage, "x").await.state(), ActivityState::Credited, "{order:?}");
            stage.ends(&[("ann", 100)]).await;
        }
    }
}

async fn reversed_at(stage: &Stage, activity: &str, id: &str, when: &str) -> i64 {
    let reversal = pb::ReverseActivityRequest {
        occurred_at: Some(at(when)),
        ..crate::support::reversals::withdrawn(activity, id)
    };
    stage.served.clients.ledger().reverse_activity(reversal).await.unwrap().into_inner().points
}

/// Of two words with one time and one id, the reversal counts.
#[tokio::test]
async fn where_time_and_id_are_the_same_the_reversal_counts() {
    // INV 72
    for restored_first in [false, true] {
        let stage = without_debt().await;
        stage.done(activity("x", "a", "ann", WHEN)).await;
        if restored_first {
            stage.restored("x", "w", WHEN).await;
        }
        stage.reversed("x", "w").await;
        stage.restored("x", "w", WHEN).await;
        stage.ends(&[("ann", 0)]).await;
    }
}

#[tokio::test]
async fn what_was_spent_and_reversed_is_not_gained_again_however_often() {
    // INV 75
    let stage = without_debt().await;
    stage.done(activity("x", "a", "ann", WHEN)).await;
    spent(&stage, "t", "ann", 100).await;
    for n in 0..3 {
        reversed_at(&stage, "x", &format!("r{n}"), &after(2 * n + 1)).await;
        assert_eq!(has(&stage, "ann").await, [0, -100]);
        let receipt = stage.restored("x", &format!("s{n}"), &after(2 * n + 2)).await;
        let balance = receipt.balance.unwrap();
        assert_eq!([receipt.points, balance.available_points, balance.written_off_points], [0, 0, 0]);
    }
    let told = sentences(&stage.served.clients, "ann").await;
    let restored: Vec<&String> = told.iter().filter(|told| told.contains("was restored")).collect();
    assert_eq!(restored.len(), 3);
    assert!(
        restored[0].ends_with("You earned 100 points. 100 of them make good what had been written off."),
        "{told:?}"
    );
    stage.ends(&[("ann", 0)]).await;
}

/// A debt is repaid by what is left, and a shop's points make a loss good only once.
#[tokio::test]
async fn a_loss_that_a_shop_made_good_is_not_made_good_again() {
    // INV 75
    let stage = without_debt().await;
    let clients = &stage.served.clients;
    stage.done(activity("x", "a", "ann", WHEN)).await;
    done(clients.till().create_hold(hold("h", "ann", 100, TOMORROW)).await);
    reversed_at(&stage, "x", "r", &after(1)).await;
    assert_eq!(has(&stage, "ann").await, [0, -100]);
    done(clients.till().release_hold(release("h")).await);
    assert_eq!(has(&stage, "ann").await, [0, 0]);
    stage.restored("x", "s", &after(2)).await;
    assert_eq!(has(&stage, "ann").await, [100, 0]);
    // Another activity's loss is not this one's to make good.
    stage.done(activity("y", "b", "ann", WHEN)).await;
    spent(&stage, "t", "ann", 150).await;
    reversed_at(&stage, "y", "ry", &after(3)).await;
    assert_eq!(has(&stage, "ann").await, [0, -50]);
    stage.done(activity("z", "a", "ann", WHEN)).await;
    reversed_at(&stage, "z", "rz", &after(4)).await;
    stage.restored("z", "sz", &after(5)).await;
    stage.ends(&[("ann", 100)]).await;
}

#[tokio::test]
async fn a_share_that_was_paid_is_not_paid_twice() {
    // INV 75
    let stage = without_debt().await;
    stage.done(activity("x", "a", "ann", WHEN)).await;
    stage.served.clock.set("2018-09-02T12:00:00Z");
    pay_out(&stage.served.clients, "h1", pounds(10_000)).await;
    reversed_at(&stage, "x", "r", &after(1)).await;
    assert_eq!(has(&stage, "ann").await, [0, -100]);
    stage.restored("x", "s", &after(2)).await;
    assert_eq!(has(&stage, "ann").await, [0, 0]);
    stage.ends(&[("ann", 0)]).await;
}

/// A claim that has the key by turns: what expired with it stays expired, and the other's points come out of the balance.
#[tokio::test]
async fn points_that_expired_are_not_usable_again_by_reversing_and_restoring() {
    // INV 40, 75
    let recruit = pb::Rule {
        exclusive: "recruit".into(),
        exclusive_holder: pb::ExclusiveHolder::EarliestStanding.into(),
        ..rule("r", "r", 50)
    };
    let stage = Stage::owing(Some(0), vec![rule("a", "a", 100), recruit.clone()]).await;
    let rule_set = pb::RuleSet {
        name: "programs/qc/ruleSets/2".into(),
        in_force_from: Some(at("2018-04-01T13:00:00Z")),
        rules: vec![rule("a", "a", 100), recruit],
        expiry: Some(pb::Expiry { lasts: Some(pb::expiry::Lasts::HorizonMonths(1)), ..Default::default() }),
        ..Default::default()
    };
    let request = pb::PublishRuleSetRequest { rule_set: Some(rule_set) };
    stage.served.clients.programs().publish_rule_set(request).await.unwrap();
    let claim = |id: &str, when: &str| pb::Activity { exclusive_key: "new".into(), ..activity(id, "r", "ann", when) };
    stage.done(activity("x", "a", "ann", WHEN)).await;
    stage.done(claim("old", WHEN)).await;
    stage.served.clock.set("2018-06-02T00:00:00Z");
    assert_eq!(sweeper::sweep_all(&stage.served.ledger).await.unwrap().failed, 0);
    let expired = async || balance(&stage.served.clients, "ann").await.expired_points;
    assert_eq!((has(&stage, "ann").await, expired().await), ([0, 0], 150));
    stage.done(claim("late", "2018-06-01T12:00:00Z")).await;
    for n in [1, 4] {
        reversed_at(&stage, "x", &format!("rx{n}"), &after(n)).await;
        assert_eq!((has(&stage, "ann").await, expired().await), ([0, 0], 50));
        stage.restored("x", &format!("sx{n}"), &after(n + 1)).await;
        assert_eq!((has(&stage, "ann").await, expired().await), ([0, 0], 150));
        reversed_at(&stage, "old", &format!("ro{n}"), &after(n)).await;
        assert_eq!((has(&stage, "ann").await, expired().await), ([50, 0], 100), "the later claim has the key");
        stage.restored("old", &format!("so{n}"), &after(n + 1)).await;
        assert_eq!((has(&stage, "ann").await, expired().await), ([0, 0], 150));
    }
    stage.ends(&[("ann", 0)]).await;
}

/// The points belong to the person: the loss moved with the merger, and so does what makes it good.
#[tokio::test]
async fn a_loss_is_made_good_after_a_merger() {
    // INV 75
    let stage = without_debt().await;
    stage.done(activity("x", "a", "old", WHEN)).await;
    spent(&stage, "t", "old", 100).await;
    reversed_at(&stage, "x", "r", &after(1)).await;
    merged(&stage.served.clients, "old", "new").await;
    assert_eq!(has(&stage, "new").await, [0, -100]);
    stage.restored("x", "s", &after(2)).await;
    assert_eq!(has(&stage, "new").await, [0, 0]);
    stage.ends(&[("old", 0), ("new", 0)]).await;
}

/// Under a cap one activity's points stand in for another's, and so do its losses.
#[tokio::test]
async fn no_more_comes_out_of_a_cap_than_its_limit_with_what_was_written_off() {
    // INV 41, 75
    for fresh in [false, true] {
        let capped = pb::Rule { cap_id: "monthly".into(), ..rule("c", "c", 100) };
        let caps = vec![cap("monthly", CapWindow::Month, 100, "")];
        let stage = Stage::capped(Some(0), vec![capped], caps).await;
        stage.done(activity("x", "c", "ann", WHEN)).await;
        stage.done(activity("y", "c", "ann", WHEN)).await;
        spent(&stage, "t", "ann", 100).await;
        reversed_at(&stage, "x", "rx", &after(1)).await;
        assert_eq!(has(&stage, "ann").await, [0, 0], "the other fills the cap");
        reversed_at(&stage, "y", "ry", &after(2)).await;
        assert_eq!(has(&stage, "ann").await, [0, -100]);
        if fresh {
            let receipt = stage.done(activity("z", "c", "ann", WHEN)).await;
            assert_eq!(receipt.points, 0, "it is credited, and makes the loss good");
            assert_eq!(read(&stage, "z").await.points, 100);
        } else {
            stage.restored("x", "sx", &after(3)).await;
        }
        assert_eq!(has(&stage, "ann").await, [0, 0]);
        stage.restored("y", "sy", &after(4)).await;
        stage.ends(&[("ann", 0)]).await;
    }
}

#[tokio::test]
async fn a_restored_holder_of_a_latest_key_meets_whoever_took_it() {
    // INV 17, 72
    let stage = Stage::under(vec![one_a_question()], vec![]).await;
    let answer = |id: &str, member: &str, when: &str| pb::Activity {
        exclusive_key: "q".into(),
        ..activity(id, "answer_accepted", member, when)
    };
    stage.done(answer("a", "ann", EARLIER)).await;
    stage.reversed("a", "r").await;
    stage.done(answer("b", "ben", WHEN)).await;
    stage.restored("a", "s", &after(1)).await;
    assert_eq!(read(&stage, "a").await.state(), ActivityState::Superseded);
    stage.ends(&[("ann", 0), ("ben", 100)]).await;
    // The latest holds the key even when it is reversed. Restored, it has its points again.
    reversed_at(&stage, "b", "rb", &after(2)).await;
    stage.ends(&[("ann", 0), ("ben", 0)]).await;
    stage.restored("b", "sb", &after(3)).await;
    stage.ends(&[("ann", 0), ("ben", 100)]).await;
}

#[tokio::test]
async fn refunds_told_meanwhile_count_after_a_restoration() {
    // INV 73
    let per_pound = pb::Rule { per_amount: Some(pounds(100)), ..rule("p", "p", 1) };
    let stage = Stage::owing(Some(0), vec![per_pound]).await;
    let order = pb::Activity { amount: Some(pounds(10_000)), ..activity("o", "p", "ann", WHEN) };
    stage.done(order).await;
    spent(&stage, "t", "ann", 80).await;
    stage.reversed("o", "r").await;
    assert_eq!(has(&stage, "ann").await, [0, -80]);
    stage.refunded("o", "f", pounds(5_000)).await;
    stage.restored("o", "s", &after(1)).await;
    assert_eq!(has(&stage, "ann").await, [0, -30], "50 points make good what the order lost");
    stage.ends(&[("ann", 0)]).await;
}

/// Only the activity's own source tells of it, and ids of restorations are used once.
#[tokio::test]
async fn a_restoration_of_another_source_is_about_another_activity() {
    // INV 10, 11
    let stage = without_debt().await;
    stage.done(activity("x", "a", "ann", WHEN)).await;
    stage.done(by_the_shop(activity("x", "b", "ben", WHEN))).await;
    stage.reversed("x", "r").await;
    let first = stage.restored("x", "s", &after(1)).await;
    let again = stage.restored("x", "s", &after(1)).await;
    assert_eq!((first.seq, again.replay), (again.seq, true));
    stage.ends(&[("ann", 100), ("ben", 50)]).await;
}
