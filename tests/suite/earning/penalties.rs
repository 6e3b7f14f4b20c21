//! Penalties: activities that take points, at once and in full, and whose reversal undoes exactly that.

use goodturn::domain::state::takings::ROWS_MAX;
use goodturn::pb;
use goodturn::pb::{AdjustmentReason, DeclineReason};
use goodturn::process::sweeper;

use crate::support::adjustments::{adjustment, ask};
use crate::support::clients::{activity, at, pounds};
use crate::support::members::{ban_lifted, banned, merged, suspended};
use crate::support::payouts::{approve, create, declare_and_approve, execute, payout};
use crate::support::reads::{balance, sentences};
use crate::support::refused::Refused;
use crate::support::stage::{Stage, WHEN, cap, one_a_question, rule};
use crate::support::till::{done, redemption};

/// A programme with a debt limit of 20, in which a downvote takes 30 points.
async fn with_downvotes() -> Stage {
    Stage::owing(Some(20), vec![rule("a", "a", 100), rule("down", "downvote", -30)]).await
}

/// The points that a member can use, and those written off.
async fn has(stage: &Stage, member: &str) -> [i64; 2] {
    let balance = balance(&stage.served.clients, member).await;
    [balance.available_points, balance.written_off_points]
}

#[tokio::test]
async fn a_penalty_takes_points_and_its_reversal_gives_exactly_those_back() {
    // INV 30, 31, 72
    let stage = with_downvotes().await;
    stage.done(activity("a1", "a", "ann", WHEN)).await;
    let taken = stage.done(activity("d1", "downvote", "ann", WHEN)).await;
    assert_eq!((taken.points, taken.decline_reason()), (-30, DeclineReason::Unspecified));
    assert_eq!(has(&stage, "ann").await, [70, 0]);
    assert_eq!(stage.reversed("d1", "r1").await.points, 30);
    assert_eq!(has(&stage, "ann").await, [100, 0]);
    stage.restored("d1", "s1", "2018-04-01T12:00:01Z").await;
    assert_eq!(has(&stage, "ann").await, [70, 0]);
    let name = "programs/qc/sources/forum/activities/d1".to_owned();
    let told = stage.served.clients.ledger().get_activity(pb::GetActivityRequest { name }).await.unwrap().into_inner();
    assert_eq!((told.state(), told.points), (pb::ActivityState::Credited, -30));
    assert_eq!(told.outcomes[0].brings_points, -30);
    let told = sentences(&stage.served.clients, "ann").await;
    let expected: Vec<&str> = include_str!("penalties_history.txt").lines().collect();
    assert_eq!(told[1..], expected);
    stage.ends(&[("ann", 70)]).await;
}

/// Points beyond the debt limit are written off, and a reversal makes that good first, once.
#[tokio::test]
async fn a_penalty_beyond_the_debt_limit_is_written_off_and_made_good_by_its_reversal() {
    // INV 31, 75
    let stage = with_downvotes().await;
    stage.done(activity("d1", "downvote", "ann", WHEN)).await;
    assert_eq!(has(&stage, "ann").await, [-20, -10]);
    stage.done(activity("d2", "downvote", "ann", WHEN)).await;
    assert_eq!(has(&stage, "ann").await, [-20, -40]);
    stage.reversed("d1", "r1").await;
    assert_eq!(has(&stage, "ann").await, [0, -30], "10 make good what it wrote off, 20 repay the debt");
    stage.done(activity("a1", "a", "ann", WHEN)).await;
    stage.reversed("d2", "r2").await;
    assert_eq!(has(&stage, "ann").await, [100, 0]);
    for n in 0..3 {
        stage.restored("d2", &format!("s{n}"), &format!("2018-04-01T12:00:0{}Z", 2 * n + 1)).await;
        assert_eq!(has(&stage, "ann").await, [70, 0]);
        let again = pb::ReverseActivityRequest {
            occurred_at: Some(at(&format!("2018-04-01T12:00:0{}Z", 2 * n + 2))),
            ..crate::support::reversals::withdrawn("d2", &format!("t{n}"))
        };
        stage.served.clients.ledger().reverse_activity(again).await.unwrap();
        assert_eq!(has(&stage, "ann").await, [100, 0]);
    }
    stage.ends(&[("ann", 100)]).await;
}

/// Of more write-offs than are kept apart, those that became one are given back first.
#[tokio::test]
async fn nothing_is_gained_by_undoing_more_penalties_than_rows_are_kept() {
    // INV 75
    let stage = Stage::owing(Some(0), vec![rule("down", "downvote", -30)]).await;
    let count = i64::try_from(ROWS_MAX).unwrap() + 2;
    for n in 0..count {
        stage.done(activity(&format!("d{n}"), "downvote", "ann", WHEN)).await;
    }
    assert_eq!(has(&stage, "ann").await, [0, -30 * count]);
    for n in 0..count {
        stage.reversed(&format!("d{n}"), &format!("r{n}")).await;
        assert_eq!(has(&stage, "ann").await, [0, -30 * (count - 1 - n)]);
    }
    stage.ends(&[("ann", 0)]).await;
}

/// Spent points are the oldest, and so are those that a penalty takes: what is left of old credit expires.
#[tokio::test]
async fn a_penalty_uses_the_oldest_points_up() {
    // INV 40
    let rules = vec![rule("a", "a", 100), rule("down", "downvote", -30)];
    let stage = Stage::owing(Some(20), rules.clone()).await;
    let rule_set = pb::RuleSet {
        name: "programs/qc/ruleSets/2".into(),
        in_force_from: Some(at("2018-04-01T13:00:00Z")),
        rules,
        expiry: Some(pb::Expiry { lasts: Some(pb::expiry::Lasts::HorizonMonths(1)), ..Default::default() }),
        ..Default::default()
    };
    let request = pb::PublishRuleSetRequest { rule_set: Some(rule_set) };
    stage.served.clients.programs().publish_rule_set(request).await.unwrap();
    stage.done(activity("old", "a", "ann", WHEN)).await;
    stage.served.clock.set("2018-05-20T12:00:00Z");
    stage.done(activity("new", "a", "ann", "2018-05-20T12:00:00Z")).await;
    stage.done(activity("d1", "downvote", "ann", "2018-05-20T12:00:00Z")).await;
    stage.done(activity("d2", "downvote", "ann", "2018-05-20T12:00:00Z")).await;
    stage.reversed("d2", "r2").await;
    stage.served.clock.set("2018-06-01T12:00:00Z");
    assert_eq!(sweeper::sweep_all(&stage.served.ledger).await.unwrap().failed, 0);
    let after = balance(&stage.served.clients, "ann").await;
    assert_eq!((after.expired_points, after.available_points), (70, 100), "70 of the old 100, and none of the new");
    // Undone after the cut-off, the 30 points can be used: the next one takes them.
    stage.served.clock.set("2018-06-02T12:00:00Z");
    let undone = pb::ReverseActivityRequest {
        occurred_at: Some(at("2018-06-02T12:00:00Z")),
        ..crate::support::reversals::withdrawn("d1", "r1")
    };
    stage.served.clients.ledger().reverse_activity(undone).await.unwrap();
    stage.ends(&[("ann", 130)]).await;
    stage.served.clock.set("2018-07-01T12:00:00Z");
    assert_eq!(sweeper::sweep_all(&stage.served.ledger).await.unwrap().failed, 0);
    stage.ends(&[("ann", 0)]).await;
}

#[tokio::test]
async fn a_suspended_member_is_not_spared_and_a_ban_gives_nothing_back() {
    // INV 72
    let stage = with_downvotes().await;
    let clients = &stage.served.clients;
    stage.done(activity("a1", "a", "ann", WHEN)).await;
    suspended(clients, "ann", "s1").await;
    assert_eq!(stage.done(activity("d1", "downvote", "ann", WHEN)).await.points, -30);
    assert_eq!(stage.done(activity("a2", "a", "ann", WHEN)).await.decline_reason(), DeclineReason::Suspended);
    let ban = banned(clients, "ann", "b1").await;
    assert_eq!((ban.revoked_activities, ban.points), (1, 100), "what was taken stays");
    assert_eq!(has(&stage, "ann").await, [-20, -10]);
    stage.done(activity("d2", "downvote", "ann", WHEN)).await;
    assert_eq!(has(&stage, "ann").await, [-20, -40]);
    ban_lifted(clients, "ann", "l1").await;
    assert_eq!(has(&stage, "ann").await, [70, -30], "10 of the 100 make good what the ban wrote off, 20 the debt");
    stage.ends(&[("ann", 70)]).await;
}

/// A penalty counts as used whatever its day, so a payout reserves less; and it takes out of what is reserved.
#[tokio::test]
async fn a_penalty_lowers_what_a_payout_reserves() {
    // INV 30, 43
    let stage = with_downvotes().await;
    let clients = &stage.served.clients;
    stage.done(activity("a1", "a", "ann", WHEN)).await;
    stage.done(activity("a2", "a", "ben", WHEN)).await;
    stage.served.clock.set("2018-09-02T12:00:00Z");
    stage.done(activity("d1", "downvote", "ann", "2018-09-02T12:00:00Z")).await;
    declare_and_approve(clients, "h1", pounds(1_000)).await;
    let draft = clients.by("anna").payouts().create_payout(create(payout("h1"))).await.unwrap().into_inner();
    assert_eq!(draft.total_points, 170);
    stage.done(activity("d2", "downvote", "ben", "2018-09-02T12:00:00Z")).await;
    let name = draft.name.clone();
    let draft = clients.payouts().get_payout(pb::GetPayoutRequest { name }).await.unwrap().into_inner();
    assert_eq!(draft.total_points, 140);
    approve(clients, &draft, "ben").await.unwrap();
    execute(clients, &draft.name).await.unwrap();
    stage.ends(&[("ann", 0), ("ben", 0)]).await;
}

#[tokio::test]
async fn a_penalty_follows_its_person_through_a_merger() {
    // INV 30
    let stage = with_downvotes().await;
    let clients = &stage.served.clients;
    stage.done(activity("a1", "a", "old", WHEN)).await;
    stage.done(activity("d1", "downvote", "old", WHEN)).await;
    merged(clients, "old", "new").await;
    assert_eq!(stage.done(activity("d2", "downvote", "old", WHEN)).await.decline_reason(), DeclineReason::Merged);
    stage.done(activity("d3", "downvote", "new", WHEN)).await;
    assert_eq!(has(&stage, "new").await, [40, 0]);
    done(clients.till().redeem_points(redemption("t", "new", 40)).await);
    stage.reversed("d1", "r1").await;
    assert_eq!(has(&stage, "new").await, [30, 0]);
    stage.ends(&[("old", 0), ("new", 30)]).await;
}

/// Told before it comes, a reversal keeps a penalty from taking anything.
#[tokio::test]
async fn a_penalty_that_was_undone_before_it_came_takes_nothing() {
    // INV 72
    let stage = with_downvotes().await;
    stage.reversed("d1", "r1").await;
    let receipt = stage.done(activity("d1", "downvote", "ann", WHEN)).await;
    assert_eq!((receipt.points, receipt.decline_reason()), (0, DeclineReason::Reversed));
    let given = adjustment("g", "ann", 10, AdjustmentReason::Goodwill);
    stage.served.clients.by("anna").adjustments().adjust_points(ask(given)).await.unwrap();
    stage.ends(&[("ann", 10)]).await;
}

#[tokio::test]
async fn rules_that_take_points_ask_for_nothing_by_which_the_order_would_count() {
    // INV 41
    let stage = Stage::under(vec![rule("a", "a", 100)], vec![]).await;
    let waits = pb::rule::Wait::ConfirmWithinDays(3);
    let rules = vec![
        pb::Rule { wait: Some(waits), cap_id: "c".into(), ..rule("p1", "down", -1) },
        pb::Rule { exclusive: "question".into(), ..rule("p2", "other", -1) },
        pb::Rule {
            follows: Some(pb::Follows { rule_id: "a".into(), within_days: 1, past_cap: false }),
            ..rule("p3", "third", -1)
        },
        rule("a", "mixed", 5),
        rule("p4", "mixed", -5),
        pb::Rule { per_amount: Some(pounds(100)), ..rule("p5", "order", -1) },
        pb::Rule {
            follows: Some(pb::Follows { rule_id: "p4".into(), within_days: 1, past_cap: false }),
            ..rule("f", "follower", 5)
        },
        one_a_question(),
    ];
    let caps = vec![cap("c", pb::CapWindow::Day, 5, "")];
    let told = Refused::of(&stage.publish(3, "2018-05-01T00:00:00Z", rules, caps).await.unwrap_err());
    let fields = [
        "rule_set.rules[0].confirm_within_days",
        "rule_set.rules[0].cap_id",
        "rule_set.rules[1].exclusive",
        "rule_set.rules[2].follows",
        "rule_set.rules[4].points",
        "rule_set.rules[4].points",
        "rule_set.rules[5].points",
    ];
    told.breaks(&fields);
}
