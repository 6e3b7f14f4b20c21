//! A ban that is lifted by two persons gives back what it took, and nothing else.

use std::sync::Arc;

use goodturn::log::Log;
use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::pb::BanLiftState::Rejected;
use goodturn::pb::{ActivityState, MemberState};
use goodturn::process::{Swept, sweeper};
use tonic::Code;

use crate::support::clients::{activity, at, record};
use crate::support::members::{ban, ban_lifted, banned, lift_approved, lift_asked_for, merged, read, with_a_fraudster};
use crate::support::reads::{balance, sentences};
use crate::support::refused::Refused;
use crate::support::served::Served;
use crate::support::stage::{Stage, WHEN, rule};
use crate::support::stores::{on_file, on_postgres};
use crate::support::summer::name;
use crate::support::till::{done, redemption};

/// A programme in which everything that is missing is written off.
async fn without_debt() -> Stage {
    Stage::owing(Some(0), vec![rule("a", "a", 100), rule("b", "b", 50)]).await
}

async fn has(stage: &Stage, member: &str) -> [i64; 2] {
    let balance = balance(&stage.served.clients, member).await;
    [balance.available_points, balance.written_off_points]
}

async fn state_of(stage: &Stage, id: &str) -> ActivityState {
    let request = pb::GetActivityRequest { name: name(id) };
    stage.served.clients.ledger().get_activity(request).await.unwrap().into_inner().state()
}

#[tokio::test]
async fn a_lifted_ban_gives_back_what_it_took_and_what_it_kept_from_counting() {
    // INV 30, 48, 72, 75
    let stage = with_a_fraudster().await;
    let clients = &stage.served.clients;
    let before = balance(clients, "mallory").await;
    let done = banned(clients, "mallory", "b1").await;
    assert_eq!((done.revoked_activities, done.points, done.pending_points), (6, 357, 500));
    // What arrives while the ban holds is recorded, and brings nothing.
    let late = stage.done(activity("k9", "kudos", "mallory", WHEN)).await;
    assert_eq!((late.points, late.decline_reason()), (0, pb::DeclineReason::Suspended));
    assert_eq!(state_of(&stage, "k9").await, ActivityState::Revoked);
    let lifted = ban_lifted(clients, "mallory", "l1").await;
    let counts = [lifted.reinstated_activities, lifted.reinstated_adjustments, lifted.points, lifted.pending_points];
    assert_eq!(counts, [7, 1, 364, 500], "all of it, and the 7 points of k9");
    let member = lifted.member.unwrap();
    assert_eq!(member.state(), MemberState::Active);
    let (ban, lift) = (member.ban.unwrap(), member.ban_lift.unwrap());
    assert_eq!(ban.until_time, Some(at(WHEN)));
    assert_eq!(
        [&*lift.lift_id, &lift.drawn_up_by, &lift.decided_by, &lift.proposal_note],
        ["l1", "anna", "bob", "the votes were honest"]
    );
    assert_eq!(lift.completed_time, Some(at(WHEN)));
    let after = balance(clients, "mallory").await;
    assert_eq!(after.available_points, before.available_points + 7);
    assert_eq!((after.pending_points, after.written_off_points), (before.pending_points, 0));
    assert_eq!(state_of(&stage, "k9").await, ActivityState::Credited);
    let told = sentences(clients, "mallory").await;
    for what in
        ["the ban was lifted. What it had taken", "the ban no longer covers kudos k9", "You go on as before the ban."]
    {
        assert!(told.iter().any(|told| told.contains(what)), "{what}: {told:#?}");
    }
    // And what comes then earns, and the same calls again say the same.
    assert_eq!(stage.done(activity("k10", "kudos", "mallory", WHEN)).await.points, 7);
    let again = lift_approved(clients, "bob", "mallory", "l1").await.unwrap();
    assert_eq!((again.reinstated_activities, again.points), (7, 364));
    // A second ban and its lifting are as the first.
    assert_eq!(banned(clients, "mallory", "b2").await.points, 371);
    assert_eq!(ban_lifted(clients, "mallory", "l2").await.points, 371);
    stage.served.verified().await;
}

/// Lifting clears the ban's part alone.
#[tokio::test]
async fn what_the_forum_said_meanwhile_counts_when_the_ban_is_lifted() {
    // INV 72
    let stage = without_debt().await;
    let clients = &stage.served.clients;
    for id in ["undone", "again", "reversed"] {
        stage.done(activity(id, "a", "ann", WHEN)).await;
    }
    stage.reversed("reversed", "r0").await;
    banned(clients, "ann", "b1").await;
    stage.reversed("undone", "r1").await;
    stage.reversed("again", "r2").await;
    for (id, word) in [("again", "s2"), ("reversed", "s0")] {
        let restored = stage.restored(id, word, "2018-04-01T12:00:09Z").await;
        assert_eq!((restored.points, stage.has("ann").await), (0, (0, 0)), "the ban covers it");
        assert_eq!(state_of(&stage, id).await, ActivityState::Revoked);
    }
    ban_lifted(clients, "ann", "l1").await;
    assert_eq!(state_of(&stage, "undone").await, ActivityState::Reversed);
    stage.ends(&[("ann", 200)]).await;
}

#[tokio::test]
async fn what_is_given_back_makes_good_what_was_written_off() {
    // INV 75
    let stage = without_debt().await;
    let clients = &stage.served.clients;
    stage.done(activity("x", "a", "ann", WHEN)).await;
    stage.done(activity("y", "b", "ann", WHEN)).await;
    done(clients.till().redeem_points(redemption("t", "ann", 120)).await);
    banned(clients, "ann", "b1").await;
    assert_eq!(has(&stage, "ann").await, [0, -120]);
    let lifted = ban_lifted(clients, "ann", "l1").await;
    assert_eq!([lifted.points, lifted.made_good_points, lifted.expired_points], [150, 120, 0]);
    assert_eq!(has(&stage, "ann").await, [30, 0]);
    stage.ends(&[("ann", 30)]).await;
}

#[tokio::test]
async fn what_members_earned_who_were_merged_is_given_back_too() {
    // INV 30
    let stage = without_debt().await;
    let clients = &stage.served.clients;
    stage.done(activity("x", "a", "old", WHEN)).await;
    stage.done(activity("y", "b", "new", WHEN)).await;
    merged(clients, "old", "new").await;
    banned(clients, "new", "b1").await;
    assert_eq!(has(&stage, "new").await, [0, 0]);
    stage.restored("x", "s", "2018-04-01T12:00:01Z").await;
    assert_eq!(has(&stage, "new").await, [0, 0], "a ban covers the accounts that were merged");
    let lifted = ban_lifted(clients, "new", "l1").await;
    assert_eq!((lifted.reinstated_activities, lifted.points), (2, 150));
    stage.ends(&[("old", 0), ("new", 150)]).await;
}

/// What the latest of a key took for good is not the ban's to give back, nor to keep.
#[tokio::test]
async fn a_superseded_activity_that_came_under_a_ban_is_superseded() {
    // INV 17, 72
    let answers = crate::support::stage::one_a_question();
    let stage = Stage::under(vec![answers], vec![]).await;
    let clients = &stage.served.clients;
    let answer = |id: &str, member: &str, when: &str| pb::Activity {
        exclusive_key: "q".into(),
        ..activity(id, "answer_accepted", member, when)
    };
    stage.done(answer("latest", "cleo", WHEN)).await;
    banned(clients, "ben", "b1").await;
    let late = stage.done(answer("older", "ben", "2018-04-01T11:00:00Z")).await;
    assert_eq!(late.decline_reason(), pb::DeclineReason::Superseded);
    stage.reversed("older", "r").await;
    ban_lifted(clients, "ben", "l1").await;
    stage.restored("older", "s", "2018-04-01T12:00:01Z").await;
    assert_eq!(state_of(&stage, "older").await, ActivityState::Superseded);
    stage.ends(&[("ben", 0), ("cleo", 100)]).await;
}

#[tokio::test]
async fn two_persons_lift_a_ban_that_is_complete() {
    // INV 18, 48, 49
    let stage = without_debt().await;
    let clients = &stage.served.clients;
    stage.done(activity("x", "a", "ann", WHEN)).await;
    let because = |told: Result<pb::Member, tonic::Status>, reason: &str| {
        let _metadata = Refused::of(&told.unwrap_err()).because(Code::FailedPrecondition, reason).len();
    };
    because(lift_asked_for(clients, "ann", "l0").await, "ERROR_REASON_WRONG_STATE");
    banned(clients, "ann", "b1").await;
    let told = lift_approved(clients, "bob", "ann", "l1").await.unwrap_err();
    assert_eq!(told.code(), Code::NotFound, "nobody asked for it");
    let asked = lift_asked_for(clients, "ann", "l1").await.unwrap();
    assert_eq!((asked.state(), asked.ban_lift.unwrap().state()), (MemberState::Banned, pb::BanLiftState::Proposed));
    because(lift_asked_for(clients, "ann", "l2").await, "ERROR_REASON_WRONG_STATE");
    let own = lift_approved(clients, "anna", "ann", "l1").await.unwrap_err();
    Refused::of(&own).because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    assert_eq!(lift_approved(clients, "bob", "ann", "l9").await.unwrap_err().code(), Code::NotFound);
    let reject = |id: &str| pb::RejectBanLiftRequest {
        name: "programs/qc/members/ann".into(),
        lift_id: id.into(),
        note: "the votes were bought".into(),
    };
    let rejected = clients.by("anna").members().reject_ban_lift(reject("l1")).await.unwrap().into_inner();
    let lift = rejected.ban_lift.as_ref().unwrap();
    assert_eq!((rejected.state(), lift.state(), &*lift.decided_by), (MemberState::Banned, Rejected, "anna"));
    assert_eq!([&*lift.proposal_note, &lift.rejection_note], ["the votes were honest", "the votes were bought"]);
    assert_eq!(lift_asked_for(clients, "ann", "l1").await.unwrap(), rejected, "asked again, it is rejected still");
    let late = lift_approved(clients, "bob", "ann", "l1").await.unwrap_err();
    Refused::of(&late).because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    ban_lifted(clients, "ann", "l3").await;
    let told = clients.by("anna").members().reject_ban_lift(reject("l3")).await.unwrap_err();
    Refused::of(&told).because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    // The person who asked for it is told so also once it is approved.
    let own = lift_approved(clients, "ANNA", "ann", "l3").await.unwrap_err();
    Refused::of(&own).because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    stage.ends(&[("ann", 100)]).await;
}

/// The server that was asked ends in the middle; two others go on at once.
async fn everything_is_given_back_once(store: Arc<dyn Log>) {
    // INV 3, 14, 36
    const ANSWERS: usize = 700;
    let one = Served::on(Arc::clone(&store), WHEN).await;
    for n in 0..ANSWERS {
        one.clients.ledger().record_activity(record(activity(&format!("k{n}"), "kudos", "ann", WHEN))).await.unwrap();
    }
    banned(&one.clients, "ann", "b1").await;
    lift_asked_for(&one.clients, "ann", "l1").await.unwrap();
    // Approved, and nothing given back yet.
    let approval = crate::support::sample::act(
        goodturn::domain::entry::commands::CommandKind::ApproveBanLift,
        "l1",
        "bob",
        goodturn::domain::decide::command::Act::ApproveBanLift(crate::support::sample::member("ann")),
    );
    let state = one.ledger.program(&crate::support::sample::program()).await.unwrap().unwrap();
    one.ledger.submit(&state, approval, None).await.unwrap();
    let member = read(&one.clients, "ann").await;
    assert_eq!((member.state(), member.ban_lift.unwrap().completed_time), (MemberState::Banned, None));
    let due = "2018-04-01T12:00:05Z";
    let (two, three) = (Served::empty(Arc::clone(&store), due).await, Served::empty(Arc::clone(&store), due).await);
    let (first, second) = tokio::join!(sweeper::sweep_all(&two.ledger), sweeper::sweep_all(&three.ledger));
    assert_eq!(first.unwrap().failed + second.unwrap().failed, 0);
    assert_eq!(sweeper::sweep_all(&two.ledger).await.unwrap(), Swept::default());
    for served in [&two, &three] {
        assert_eq!(read(&served.clients, "ann").await.state(), MemberState::Active);
        assert_eq!(balance(&served.clients, "ann").await.available_points, i64::try_from(ANSWERS).unwrap());
    }
    two.verified().await;
}

#[tokio::test]
async fn servers_on_one_memory_give_everything_back_once() {
    everything_is_given_back_once(Arc::new(MemoryLog::default())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_on_one_file_give_everything_back_once() {
    on_file(everything_is_given_back_once).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_on_one_postgresql_give_everything_back_once() {
    on_postgres(everything_is_given_back_once).await;
}

/// While a ban still takes back, nobody can ask to lift it.
#[tokio::test]
async fn a_ban_that_is_not_complete_is_not_lifted() {
    // INV 48
    let stage = without_debt().await;
    stage.done(activity("x", "a", "ann", WHEN)).await;
    let state = stage.served.ledger.program(&crate::support::sample::program()).await.unwrap().unwrap();
    let begun = crate::support::sample::act(
        goodturn::domain::entry::commands::CommandKind::BanMember,
        "b1",
        "anna",
        goodturn::domain::decide::command::Act::BanMember(
            crate::support::sample::member("ann"),
            goodturn::domain::terms::member::ShutOutReason::Fraud,
        ),
    );
    stage.served.ledger.submit(&state, begun, None).await.unwrap();
    let told = lift_asked_for(&stage.served.clients, "ann", "l1").await.unwrap_err();
    Refused::of(&told).because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    let again = pb::BanMemberRequest { ban_id: "b2".into(), ..ban("ann", "b1") };
    let told = stage.served.clients.by("anna").members().ban_member(again).await.unwrap_err();
    Refused::of(&told).because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
}
