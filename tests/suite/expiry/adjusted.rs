//! Expiry and what people give and take: it has an age, and what is taken comes out of the oldest points.

use goodturn::domain::decide::acts::Step;
use goodturn::domain::decide::command::{Act, Eligible};
use goodturn::domain::decide::rejection::Rejection;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::value::ids::PayoutId;
use goodturn::ledger::SubmitError;
use goodturn::pb;
use goodturn::process::sweeper;

use crate::support::adjustments::{adjustment, ask};
use crate::support::clients::{accepted, at};
use crate::support::expiry::expiring;
use crate::support::payouts::explained;
use crate::support::reads::balance;
use crate::support::sample::{act, member, payout_begun, program};
use crate::support::stage::{Stage, WHEN};

async fn on(stage: &Stage, when: &str) -> [i64; 2] {
    stage.served.clock.set(when);
    sweeper::sweep_all(&stage.served.ledger).await.unwrap();
    let ben = balance(&stage.served.clients, "ben").await;
    [ben.available_points, ben.expired_points]
}

#[tokio::test]
async fn what_an_adjustment_takes_is_no_longer_there_to_expire() {
    // INV 40
    let stage = expiring(0).await;
    let anna = stage.served.clients.by("anna");
    stage.done(accepted("a0", "ben", WHEN)).await;
    stage.served.clock.set("2018-05-20T00:00:00Z");
    let taken = adjustment("j1", "ben", -100, pb::AdjustmentReason::Correction);
    anna.adjustments().adjust_points(ask(taken)).await.unwrap();
    stage.done(accepted("a1", "ben", "2018-05-20T00:00:00Z")).await;
    assert_eq!(on(&stage, "2018-07-01T00:00:00Z").await, [100, 0], "the newer points are not past their time");
    assert_eq!(on(&stage, "2018-08-01T00:00:00Z").await, [0, 100]);
    stage.ends(&[("ben", 0)]).await;
}

#[tokio::test]
async fn what_two_persons_give_is_spared_from_the_day_of_the_second() {
    // INV 40, 49
    let stage = expiring(30).await;
    let clients = &stage.served.clients;
    let old = pb::Adjustment {
        occurred_at: Some(at("2018-01-01T00:00:00Z")),
        ..adjustment("j1", "ben", 5_000, pb::AdjustmentReason::OpeningBalance)
    };
    let proposed = clients.by("anna").adjustments().adjust_points(ask(old)).await.unwrap().into_inner();
    stage.served.clock.set("2018-05-20T00:00:00Z");
    let approve = pb::ApproveAdjustmentRequest { name: proposed.name };
    clients.by("ben").adjustments().approve_adjustment(approve).await.unwrap();
    assert_eq!(on(&stage, "2018-06-01T00:00:00Z").await, [5_000, 0], "eleven days after it was given");
    assert_eq!(on(&stage, "2018-07-01T00:00:00Z").await, [0, 5_000]);
    stage.ends(&[("ben", 0)]).await;
}

/// What was reported after a cut-off did not expire at it, so what has expired of other activities does not answer for it.
#[tokio::test]
async fn what_was_spared_is_taken_back_from_what_is_there() {
    // INV 40
    let stage = expiring(0).await;
    stage.done(accepted("a0", "ben", WHEN)).await;
    assert_eq!(on(&stage, "2018-07-01T00:00:00Z").await, [0, 100]);
    stage.served.clock.set("2018-07-02T00:00:00Z");
    stage.done(accepted("late", "ben", WHEN)).await;
    stage.reversed("late", "x1").await;
    assert_eq!(on(&stage, "2018-07-02T00:00:00Z").await, [0, 100]);
    stage.reversed("a0", "x0").await;
    assert_eq!(on(&stage, "2018-08-01T00:00:00Z").await, [0, 0]);
    stage.ends(&[("ben", 0)]).await;
}

/// What an adjustment took after a period counts against it, as what was spent does.
#[tokio::test]
async fn a_payout_counts_what_an_adjustment_took_whatever_its_day() {
    // INV 43
    let stage = expiring(0).await;
    let clients = &stage.served.clients;
    stage.done(accepted("a0", "ben", WHEN)).await;
    stage.served.clock.set("2018-10-05T00:00:00Z");
    let taken = adjustment("j1", "ben", -60, pb::AdjustmentReason::Correction);
    clients.by("anna").adjustments().adjust_points(ask(taken)).await.unwrap();
    stage.done(accepted("a1", "ben", "2018-10-05T00:00:00Z")).await;
    crate::support::payouts::declare_and_approve(clients, "h1", crate::support::clients::pounds(300)).await;
    let create = crate::support::payouts::create(crate::support::payouts::payout("h1"));
    let draft = clients.by("anna").payouts().create_payout(create).await.unwrap().into_inner();
    assert_eq!(draft.total_points, 40);
    let told = explained(clients, format!("{}/shares/ben", draft.name), 100).await;
    assert_eq!(told.iter().map(|entry| entry.counted_points).sum::<i64>(), 40);
    stage.ends(&[("ben", 100)]).await;
}

/// A step rests on sums of some entry: one that was made before a merger passes nobody.
#[tokio::test]
async fn a_step_of_a_payout_that_was_summed_up_before_a_merger_is_not_taken() {
    // INV 43
    let stage = expiring(0).await;
    let (ledger, id) = (&stage.served.ledger, program());
    let state = ledger.program(&id).await.unwrap().unwrap();
    for (id, member) in [("a0", "new"), ("a1", "old")] {
        stage.done(accepted(id, member, WHEN)).await;
    }
    let last_day = goodturn::domain::value::time::Day::from_date(jiff::civil::date(2018, 4, 30));
    for command in payout_begun("p1", last_day) {
        ledger.submit(&state, command, None).await.unwrap();
    }
    let as_of = state.head_seq();
    let merge = Act::MergeMembers { from: member("old"), into: member("new") };
    ledger.submit(&state, act(CommandKind::MergeMembers, "m1", "anna", merge), None).await.unwrap();
    let rows = vec![Eligible { member: member("new"), points: 100 }];
    let step = Step { after: None, through: member("old"), rows };
    let reserved = Act::ReservePoints(PayoutId::parse("p1").unwrap(), step, as_of);
    let taken = ledger.submit(&state, act(CommandKind::ReservePoints, "p1", "anna", reserved), None).await;
    assert!(matches!(taken, Err(SubmitError::Rejected(Rejection::StepTaken))), "{taken:?}");
}
