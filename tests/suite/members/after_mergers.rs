//! What comes for a member after they were merged: refunds, late captures, reversals, cut-offs, claims and payouts.

use goodturn::pb;
use goodturn::pb::DeclineReason::{Merged, SelfDealing, Unspecified};
use goodturn::process::sweeper;
use tonic::Code;

use crate::support::clients::{accepted, kudos, pounds};
use crate::support::expiry::expiring;
use crate::support::members::merged;
use crate::support::payouts::{create, declare_and_approve, explained, pay_out, payout};
use crate::support::reads::balance;
use crate::support::referrals::{SIGNED_UP, claim, referrals};
use crate::support::refused::refused;
use crate::support::stage::{Stage, WHEN, one_a_question, rule};
use crate::support::till::{capture, done, hold, points, redemption, redemption_name, refund, release};

const LATER: &str = "2018-10-01T00:00:00Z";

async fn answers() -> Stage {
    Stage::under(vec![rule("answers", "answer_accepted", 100)], vec![]).await
}

#[tokio::test]
async fn what_a_shop_gives_back_or_captures_late_is_between_it_and_who_the_member_is_now() {
    // INV 30, 32, 33
    let stage = answers().await;
    let clients = &stage.served.clients;
    for id in ["a0", "a1", "a2"] {
        stage.done(accepted(id, "old", WHEN)).await;
    }
    done(clients.till().redeem_points(redemption("r1", "old", 120)).await);
    done(clients.till().create_hold(hold("h1", "old", 50, "2018-04-01T13:00:00Z")).await);
    // A hold that is past its time stands in no merger's way.
    stage.served.clock.set("2018-04-01T13:00:00Z");
    merged(clients, "old", "middle").await;
    merged(clients, "middle", "new").await;
    assert_eq!(points(clients, "old").await, [0, 0, 0]);
    assert_eq!(points(clients, "new").await, [180, 0, 120]);
    done(clients.till().refund_redemption(refund(redemption_name("r1"), "f1", 20)).await);
    assert_eq!(points(clients, "new").await, [200, 0, 100]);
    done(clients.till().capture_hold(capture("h1", 50)).await);
    assert_eq!(points(clients, "new").await, [150, 0, 150]);
    stage.ends(&[("new", 150), ("middle", 0), ("old", 0)]).await;
}

#[tokio::test]
async fn what_was_written_off_is_made_good_by_who_the_member_is_now() {
    // INV 31, 35
    let stage = answers().await;
    let clients = &stage.served.clients;
    stage.done(accepted("a0", "old", WHEN)).await;
    done(clients.till().redeem_points(redemption("r1", "old", 100)).await);
    stage.reversed("a0", "x0").await;
    stage.done(accepted("a1", "old", WHEN)).await;
    merged(clients, "old", "new").await;
    for (member, expected) in [("old", [0, 0]), ("new", [50, -50])] {
        let it = balance(clients, member).await;
        assert_eq!([it.available_points, it.written_off_points], expected, "{member}");
    }
    done(clients.till().refund_redemption(refund(redemption_name("r1"), "f1", 100)).await);
    assert_eq!(balance(clients, "new").await.written_off_points, 0);
    // What was written off before is the company's loss: nothing that is put aside and dropped pays for it.
    let stage = answers().await;
    let clients = &stage.served.clients;
    for (id, member) in [("a0", "old"), ("b0", "new")] {
        stage.done(accepted(id, member, WHEN)).await;
        done(clients.till().redeem_points(redemption(id, member, 100)).await);
        stage.reversed(id, id).await;
    }
    for (id, member) in [("a1", "old"), ("b1", "new")] {
        stage.done(accepted(id, member, WHEN)).await;
    }
    done(clients.till().redeem_points(redemption("r1", "old", 40)).await);
    merged(clients, "old", "new").await;
    done(clients.till().redeem_points(redemption("r2", "new", 40)).await);
    done(clients.till().create_hold(hold("h1", "new", 20, "2018-04-02T00:00:00Z")).await);
    done(clients.till().release_hold(release("h1")).await);
    for id in ["r1", "r2"] {
        done(clients.till().refund_redemption(refund(redemption_name(id), id, 40)).await);
    }
    assert_eq!(balance(clients, "new").await.written_off_points, -100);
    stage.ends(&[("new", 100), ("old", 0)]).await;
}

#[tokio::test]
async fn a_reversal_takes_what_is_set_aside_of_who_the_member_is_now() {
    // INV 31, 44, 46
    let stage = answers().await;
    let clients = &stage.served.clients;
    for (id, member) in [("a0", "old"), ("a1", "new"), ("a2", "ben")] {
        stage.done(accepted(id, member, WHEN)).await;
    }
    merged(clients, "old", "new").await;
    stage.served.clock.set(LATER);
    declare_and_approve(clients, "h1", pounds(300)).await;
    let anna = clients.by("anna");
    let draft = anna.payouts().create_payout(create(payout("h1"))).await.unwrap().into_inner();
    assert_eq!((draft.members, draft.total_points), (2, 300));
    stage.reversed("a0", "x0").await;
    let new = balance(clients, "new").await;
    assert_eq!([new.available_points, new.reserved_points, new.written_off_points], [0, 100, 0]);
    let name = format!("{}/shares/new", draft.name);
    let request = pb::ExplainShareRequest { name: name.clone(), ..Default::default() };
    let told = done(clients.payouts().explain_share(request).await);
    assert_eq!(told.share.unwrap().points, 100);
    assert_eq!(explained(clients, name, 2).await.iter().map(|entry| entry.counted_points).sum::<i64>(), 100);
    assert!(told.sentence.contains("100 more points had been reserved"), "{}", told.sentence);
    stage.ends(&[("new", 0), ("old", 0)]).await;
}

#[tokio::test]
async fn a_new_account_that_somebody_was_merged_into_is_paid_for_the_days_of_the_old_one() {
    // INV 43, 62
    let stage = answers().await;
    let clients = &stage.served.clients;
    for (id, member, when) in [("a0", "old", WHEN), ("a1", "old", WHEN), ("a2", "ben", WHEN), ("a3", "old", LATER)] {
        stage.served.clock.set(when);
        stage.done(accepted(id, member, when)).await;
    }
    merged(clients, "old", "new").await;
    declare_and_approve(clients, "h1", pounds(300)).await;
    let request = create(payout("h1"));
    let draft = clients.by("anna").payouts().create_payout(request).await.unwrap().into_inner();
    assert_eq!((draft.members, draft.total_points), (2, 300), "what was earned after the period waits");
    let told = explained(clients, format!("{}/shares/new", draft.name), 1).await;
    let told: Vec<_> = told.into_iter().map(|entry| (entry.member_id, entry.counted_points)).collect();
    let row = |member: &str, points| (member.to_owned(), points);
    assert_eq!(told, [row("new", 0), row("old", 0), row("old", 0), row("old", 100), row("old", 100)]);
    stage.ends(&[("new", 100), ("old", 0)]).await;
}

#[tokio::test]
async fn points_that_came_with_a_merger_expire_as_they_would_have() {
    // INV 40
    let stage = expiring(0).await;
    let clients = &stage.served.clients;
    for (id, member, when) in [
        ("a0", "old", WHEN),
        ("a1", "old", "2018-05-20T00:00:00Z"),
        ("a2", "new", "2018-05-20T00:00:00Z"),
        ("a3", "ben", WHEN),
    ] {
        stage.served.clock.set(if when == WHEN { "2018-05-19T00:00:00Z" } else { when });
        stage.done(accepted(id, member, when)).await;
    }
    merged(clients, "old", "new").await;
    for (now, expired) in [("2018-07-01T00:00:00Z", 100), ("2018-08-01T00:00:00Z", 300)] {
        stage.served.clock.set(now);
        sweeper::sweep_all(&stage.served.ledger).await.unwrap();
        let new = balance(clients, "new").await;
        assert_eq!((new.expired_points, new.available_points), (expired, 300 - expired), "{now}");
        assert_eq!(balance(clients, "old").await.expired_points, 0);
    }
    // What is taken back of it now had expired.
    stage.reversed("a1", "x1").await;
    let new = balance(clients, "new").await;
    assert_eq!([new.expired_points, new.available_points, new.written_off_points], [200, 0, 0]);
    stage.ends(&[("new", 0), ("old", 0)]).await;
}

/// A claim passes from one account of a person to another, or to the same: nothing is lost and nothing gained.
#[tokio::test]
async fn a_claim_that_passes_within_one_person_is_neither_written_off_nor_paid_twice() {
    // INV 31, 46
    for (first, second) in [("old", "old"), ("old", "new"), ("new", "old"), ("old", "older")] {
        let stage = Stage::under(vec![referrals()], vec![]).await;
        let clients = &stage.served.clients;
        for (id, member) in [("r1", first), ("r2", second)] {
            stage.done(claim(id, member, "recruit", SIGNED_UP)).await;
            stage.confirmed(id, id, SIGNED_UP).await;
        }
        merged(clients, "older", "old").await;
        merged(clients, "old", "new").await;
        stage.served.clock.set(LATER);
        pay_out(clients, "h1", pounds(500)).await;
        stage.reversed("r1", "f1").await;
        let new = balance(clients, "new").await;
        let has = [new.available_points, new.paid_points, new.written_off_points];
        assert_eq!(has, [0, 500, 0], "{first}, {second}");
        stage.ends(&[("new", 0), ("old", 0), ("older", 0)]).await;
    }
}

#[tokio::test]
async fn nobody_is_paid_by_an_account_of_their_own_and_what_is_reported_again_counts() {
    // INV 37
    let stage = Stage::under(vec![one_a_question(), rule("kudos", "kudos", 1)], vec![]).await;
    let clients = &stage.served.clients;
    merged(clients, "older", "old").await;
    merged(clients, "old", "new").await;
    for counterparty in ["old", "older", "new"] {
        let own = pb::Activity { counterparty_id: counterparty.into(), ..kudos(counterparty, "new", WHEN) };
        assert_eq!(stage.done(own).await.decline_reason(), SelfDealing, "{counterparty}");
    }
    let answer = |id: &str, member: &str| pb::Activity { exclusive_key: "q1".into(), ..accepted(id, member, WHEN) };
    // It claims the question as it would have before the merger. Of two at one time, the later id holds it.
    assert_eq!(stage.done(answer("a1", "old")).await.decline_reason(), Merged);
    let again = stage.done(answer("a2", "new")).await;
    assert_eq!((again.points, again.decline_reason()), (100, Unspecified));
    stage.ends(&[("new", 100), ("old", 0)]).await;
}

#[tokio::test]
async fn two_spellings_are_no_two_persons() {
    // INV 49
    let stage = answers().await;
    let clients = &stage.served.clients;
    let asked = crate::support::adjustments::adjustment("j1", "ben", 5_000, pb::AdjustmentReason::Goodwill);
    let proposed = clients
        .by("anna")
        .adjustments()
        .adjust_points(crate::support::adjustments::ask(asked))
        .await
        .unwrap()
        .into_inner();
    let approve = pb::ApproveAdjustmentRequest { name: proposed.name };
    let told = refused(clients, clients.by("Anna").adjustments().approve_adjustment(approve.clone())).await;
    told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    for name in ["goodturn", "Goodturn", "Anonymous"] {
        let told = refused(clients, clients.by(name).adjustments().approve_adjustment(approve.clone())).await;
        told.breaks(&["goodturn-principal"]);
    }
    clients.by("ben").adjustments().approve_adjustment(approve).await.unwrap();
}

/// An opening balance that waits when its member is merged is approved all the same, and belongs to the one who is left.
#[tokio::test]
async fn what_waits_for_approval_at_a_merger_is_given_to_the_one_who_is_left() {
    // INV 82
    let stage = answers().await;
    let clients = &stage.served.clients;
    for (id, points) in [("j1", 5_000), ("j2", -2_000)] {
        let asked = crate::support::adjustments::adjustment(id, "old", points, pb::AdjustmentReason::OpeningBalance);
        clients.by("anna").adjustments().adjust_points(crate::support::adjustments::ask(asked)).await.unwrap();
    }
    merged(clients, "old", "new").await;
    for id in ["j1", "j2"] {
        let approve = pb::ApproveAdjustmentRequest { name: format!("programs/qc/adjustments/{id}") };
        clients.by("ben").adjustments().approve_adjustment(approve).await.unwrap();
    }
    stage.ends(&[("old", 0), ("new", 3_000)]).await;
}
