//! Members who are suspended, reinstated and banned.

use std::sync::Arc;

use goodturn::pb;
use goodturn::pb::DeclineReason::{Suspended, Unspecified};
use goodturn::pb::MemberState::{Active, Banned};
use goodturn::pb::SuspensionReason::{Fraud, FraudSuspected, Requested, TermsBroken};
use tonic::Code;

use crate::support::adjustments::{adjustment, ask};
use crate::support::clients::{accepted, activity, at, pounds};
use crate::support::members::{
    ban, banned, earns, read, reinstated, reinstatement, suspended, suspension, with_a_fraudster,
};
use crate::support::payouts::{approve, create, declare_and_approve, execute, payout};
use crate::support::reads::balance;
use crate::support::refused::refused;
use crate::support::sample::program;
use crate::support::served::Served;
use crate::support::stage::by_the_shop;

const WHEN: &str = "2018-04-01T12:00:00Z";

#[tokio::test]
async fn what_occurs_during_a_suspension_earns_nothing_whenever_and_from_wherever_it_comes() {
    // INV 3, 42, 62
    let served = Served::at("2018-04-01T10:00:00Z").await;
    let clients = &served.clients;
    assert_eq!(read(clients, "mallory").await.state(), Active, "of whom nothing is recorded");
    let member = suspended(clients, "mallory", "s1").await;
    assert_eq!((member.state(), member.suspensions.len()), (pb::MemberState::Suspended, 1));
    assert_eq!(member.suspensions[0].principal, "anna");
    served.clock.set("2018-04-01T11:00:00Z");
    let at_ten = |id: &str, member: &str| accepted(id, member, "2018-04-01T10:00:00Z");
    assert_eq!(earns(clients, at_ten("a1", "mallory")).await, (0, Suspended));
    assert_eq!(earns(clients, by_the_shop(at_ten("a1", "mallory"))).await, (0, Suspended), "a second source");
    assert_eq!(earns(clients, at_ten("a2", "ben")).await, (100, Unspecified), "another member");
    let before = accepted("a3", "mallory", "2018-04-01T09:59:59.999999Z");
    assert_eq!(earns(clients, before).await, (100, Unspecified), "from before");
    let member = reinstated(clients, "mallory", "r1").await;
    assert_eq!(member.state(), Active);
    assert_eq!(member.suspensions[0].until_time, Some(at("2018-04-01T11:00:00Z")));
    served.clock.set(WHEN);
    let late = accepted("a4", "mallory", "2018-04-01T10:59:59.999999Z");
    assert_eq!(earns(clients, late).await, (0, Suspended), "from meanwhile");
    let after = accepted("a5", "mallory", "2018-04-01T11:00:00Z");
    assert_eq!(earns(clients, after).await, (100, Unspecified), "from then on");
    assert_eq!(balance(clients, "mallory").await.available_points, 200);
    // Sent again, it is what it was.
    assert_eq!(earns(clients, at_ten("a1", "mallory")).await, (0, Suspended));
    let name = "programs/qc/sources/forum/activities/a1".to_owned();
    let told = clients.ledger().get_activity(pb::GetActivityRequest { name }).await.unwrap().into_inner();
    assert_eq!((told.state(), told.outcomes[0].decline_reason()), (pb::ActivityState::Declined, Suspended));
    assert_eq!(
        told.changes[0].sentence,
        "On 1 April 2018 nothing was earned for answer accepted a1: your membership was suspended or ended at that time."
    );
    served.verified().await;
}

#[tokio::test]
async fn a_suspension_on_one_server_holds_on_another_at_once() {
    // INV 14, 21
    let served = Served::at(WHEN).await;
    let other = Served::empty(Arc::clone(served.ledger.log()), WHEN).await;
    for n in 0..20 {
        let member = format!("m{n}");
        assert_eq!(earns(&other.clients, accepted(&format!("a{n}"), &member, WHEN)).await.0, 100);
        suspended(&served.clients, &member, &format!("s{n}")).await;
        assert_eq!(earns(&other.clients, accepted(&format!("b{n}"), &member, WHEN)).await, (0, Suspended), "{n}");
        // Who follows by reading counts what the other began.
        other.ledger.catch_up(&other.ledger.program(&program()).await.unwrap().unwrap()).await.unwrap();
        assert_eq!(earns(&other.clients, accepted(&format!("c{n}"), &member, WHEN)).await, (0, Suspended), "{n}");
    }
    served.verified().await;
}

#[tokio::test]
async fn acts_on_members_are_named_once_and_need_the_right_state() {
    // INV 10, 11, 15, 18, 62
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    let anna = clients.by("anna");
    let wrong = |told: crate::support::refused::Refused, state: &str, needed: &str| {
        let expected = [("needed", needed), ("state", state)];
        assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), expected);
    };
    let early = refused(clients, anna.members().reinstate_member(reinstatement("ben", "r1"))).await;
    wrong(early, "active", "suspended");
    let first = suspended(clients, "ben", "s1").await;
    assert_eq!(suspended(clients, "ben", "s1").await, first);
    wrong(refused(clients, anna.members().suspend_member(suspension("ben", "s2"))).await, "suspended", "active");
    let others = [
        suspension("cleo", "s1"),
        pb::SuspendMemberRequest { reason: Requested.into(), ..suspension("ben", "s1") },
        pb::SuspendMemberRequest { note: String::new(), ..suspension("ben", "s1") },
    ];
    for other in others {
        let told = refused(clients, anna.members().suspend_member(other)).await;
        told.because(Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT");
    }
    reinstated(clients, "ben", "r1").await;
    suspended(clients, "ben", "s2").await;
    assert_eq!(suspended(clients, "ben", "s1").await.suspensions.len(), 2, "the first again does nothing more");
    banned(clients, "ben", "b1").await;
    wrong(refused(clients, anna.members().reinstate_member(reinstatement("ben", "r2"))).await, "banned", "suspended");
    wrong(refused(clients, anna.members().suspend_member(suspension("ben", "s3"))).await, "banned", "active");
    let again = refused(clients, anna.members().ban_member(ban("ben", "b2"))).await;
    wrong(again, "banned", "active or suspended");

    let odd = pb::SuspendMemberRequest {
        name: "programs/qc/members/a b".into(),
        suspension_id: String::new(),
        reason: Fraud.into(),
        note: "x".repeat(1_001),
    };
    let told = refused(clients, anna.members().suspend_member(odd)).await;
    told.breaks(&["name", "suspension_id", "reason", "note"]);
    let odd = pb::BanMemberRequest { ban_id: "a/b".into(), reason: Requested.into(), ..ban("cleo", "") };
    refused(clients, anna.members().ban_member(odd)).await.breaks(&["ban_id", "reason"]);
    let odd = pb::ReinstateMemberRequest { reinstatement_id: String::new(), ..reinstatement("cleo", "") };
    refused(clients, anna.members().reinstate_member(odd)).await.breaks(&["reinstatement_id"]);
    served.verified().await;
}

#[tokio::test]
async fn nothing_is_set_aside_for_a_member_while_suspended() {
    // INV 46, 49
    let served = Served::at("2018-10-01T00:00:00Z").await;
    let clients = &served.clients;
    for (id, member) in [("a0", "ben"), ("a1", "cleo")] {
        assert_eq!(earns(clients, accepted(id, member, WHEN)).await.0, 100);
    }
    suspended(clients, "ben", "s1").await;
    declare_and_approve(clients, "h1", pounds(100)).await;
    let preview = pb::PreviewPayoutRequest { payout: Some(payout("h1")), top: 0 };
    let preview = clients.payouts().preview_payout(preview).await.unwrap().into_inner();
    assert_eq!((preview.members, preview.total_points), (1, 100));
    let draft = clients.by("anna").payouts().create_payout(create(payout("h1"))).await.unwrap().into_inner();
    assert_eq!((draft.members, draft.total_points), (1, 100), "as was shown");
    approve(clients, &draft, "bob").await.unwrap();
    execute(clients, &draft.name).await.unwrap();
    let ben = balance(clients, "ben").await;
    assert_eq!((ben.available_points, ben.paid_points), (100, 0), "kept for later");
    reinstated(clients, "ben", "r1").await;
    declare_and_approve(clients, "h2", pounds(100)).await;
    let draft = clients.by("anna").payouts().create_payout(create(payout("h2"))).await.unwrap().into_inner();
    assert_eq!((draft.members, draft.total_points), (1, 100));
    // Suspended once the points are reserved, which they stay; banned, they are taken back.
    suspended(clients, "ben", "s2").await;
    let approved = approve(clients, &draft, "bob").await.unwrap();
    assert_eq!(approved.state(), pb::PayoutState::Approved);
    assert_eq!(banned(clients, "ben", "b1").await.points, 100);
    let get = pb::GetPayoutRequest { name: draft.name.clone() };
    let draft = clients.payouts().get_payout(get).await.unwrap().into_inner();
    assert_eq!((draft.state(), draft.members, draft.total_points), (pb::PayoutState::Draft, 0, 0));
    served.verified().await;
}

#[tokio::test]
async fn a_ban_takes_back_everything_and_says_so_again_and_again() {
    // INV 10, 30, 31, 35, 36, 53, 62
    let stage = with_a_fraudster().await;
    let (served, clients) = (&stage.served, &stage.served.clients);
    assert_eq!(stage.has("mallory").await, (50 + 7 + 300 - 20, 500));
    let done = banned(clients, "mallory", "b1").await;
    assert_eq!(done.member.as_ref().map(pb::Member::state), Some(Banned));
    assert_eq!(read(clients, "mallory").await.revoked_time, Some(at(WHEN)));
    assert_eq!((done.revoked_activities, done.revoked_adjustments), (6, 1), "p1, p2, p3, r1, k1 and k2; g1");
    assert_eq!((done.points, done.pending_points, done.written_off_points), (357, 500, 0));
    assert_eq!(stage.has("mallory").await, (-20, 0), "what was taken is not given back");
    let head = crate::support::refused::head_seq(clients).await;
    let shown = |it: &pb::BanMemberResponse| pb::BanMemberResponse { member: None, ..it.clone() };
    for _ in 0..2 {
        assert_eq!(shown(&banned(clients, "mallory", "b1").await), shown(&done));
    }
    assert_eq!(crate::support::refused::head_seq(clients).await, head, "and does nothing more");
    let name = "programs/qc/sources/forum/activities/p3".to_owned();
    let told = clients.ledger().get_activity(pb::GetActivityRequest { name }).await.unwrap().into_inner();
    assert_eq!(told.state(), pb::ActivityState::Revoked);
    let board = pb::GetLeaderboardRequest { parent: "programs/qc".into(), ..Default::default() };
    let board = clients.boards().get_leaderboard(board).await.unwrap().into_inner();
    let rows: Vec<_> = board.rows.iter().map(|row| (row.member_id.as_str(), row.points)).collect();
    assert_eq!(rows, [("ben", 7)]);
    served.verified().await;
}

#[tokio::test]
async fn earning_again_after_a_ban_gains_nothing() {
    // INV 49
    let stage = with_a_fraudster().await;
    let clients = &stage.served.clients;
    banned(clients, "mallory", "b1").await;
    stage.served.clock.set("2018-04-02T12:00:00Z");
    // Whenever it occurred, whichever source tells, whoever gives.
    for (n, when) in ["2018-03-20T12:00:00Z", WHEN, "2018-04-02T12:00:00Z"].into_iter().enumerate() {
        let new = activity(&format!("n{n}"), "kudos", "mallory", when);
        assert_eq!(earns(clients, new.clone()).await, (0, Suspended));
        assert_eq!(earns(clients, by_the_shop(new)).await, (0, Suspended));
    }
    stage.confirmed("r1", "c-r1", "2018-04-02T12:00:00Z").await;
    let wrong = [("needed", "active or suspended"), ("state", "banned")];
    let given = adjustment("g2", "mallory", 1, pb::AdjustmentReason::Goodwill);
    let told = refused(clients, clients.by("anna").adjustments().adjust_points(ask(given))).await;
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), wrong);
    let l1 = pb::ApproveAdjustmentRequest { name: "programs/qc/adjustments/l1".into() };
    let told = refused(clients, clients.by("bob").adjustments().approve_adjustment(l1)).await;
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), wrong, "asked for before the ban");
    let taken = adjustment("c2", "mallory", -10, pb::AdjustmentReason::Correction);
    clients.by("anna").adjustments().adjust_points(ask(taken)).await.unwrap();
    stage.ends(&[("mallory", -30), ("ben", 7)]).await;
}

#[tokio::test]
async fn what_was_spent_is_owed_after_a_ban_and_the_rest_is_written_off() {
    // INV 31
    let served = Served::at("2018-10-01T00:00:00Z").await;
    let clients = &served.clients;
    for id in ["a0", "a1"] {
        earns(clients, accepted(id, "mallory", WHEN)).await;
    }
    crate::support::payouts::pay_out(clients, "h1", pounds(100)).await;
    let done = banned(clients, "mallory", "b1").await;
    assert_eq!((done.revoked_activities, done.points, done.written_off_points), (2, 200, 150));
    let after = balance(clients, "mallory").await;
    assert_eq!((after.available_points, after.paid_points, after.written_off_points), (-50, 200, -150));
    served.verified().await;
}

#[tokio::test]
async fn a_member_is_told_why_they_are_shut_out() {
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    let anna = clients.by("anna");
    for (n, reason) in [FraudSuspected, TermsBroken, Requested].into_iter().enumerate() {
        let request = pb::SuspendMemberRequest { reason: reason.into(), ..suspension("ben", &format!("s{n}")) };
        anna.members().suspend_member(request).await.unwrap();
        reinstated(clients, "ben", &format!("r{n}")).await;
    }
    anna.adjustments().adjust_points(ask(adjustment("g1", "ben", 5, pb::AdjustmentReason::Goodwill))).await.unwrap();
    banned(clients, "ben", "b1").await;
    let parent = "programs/qc/members/ben".into();
    let request = pb::ListEntriesRequest { parent, ..Default::default() };
    let page = clients.ledger().list_entries(request).await.unwrap().into_inner();
    let told: Vec<_> =
        page.entries.iter().rev().map(|entry| (entry.reason.as_str(), entry.sentence.as_str())).collect();
    let lasts = "While that lasts nothing is earned, and points can be neither used nor paid out.";
    let suspended = ["fraud_suspected", "terms_broken", "requested"];
    let whys = [", while what happened is looked into", " for breaking its terms", " as you asked"];
    for n in 0..3 {
        let expected = format!("On 1 April 2018 your membership was suspended{}. {lasts}", whys[n]);
        assert_eq!(told[2 * n], (suspended[n], expected.as_str()));
        let lifted = "On 1 April 2018 your membership was reinstated. What you do from then on earns points again.";
        assert_eq!(told[2 * n + 1], ("", lifted));
    }
    let out = "On 1 April 2018 you were banned from the programme for fraud. What was earned is taken back, and nothing is \
               earned while the ban holds.";
    let back =
        "On 1 April 2018 the 5 points of 1 April 2018 given as a gesture of goodwill were taken back: you were banned.";
    let over = "On 1 April 2018 the ban was completed: everything that had been earned is taken back.";
    assert_eq!(told[7..], [("fraud", out), ("fraud", back), ("", over)]);
}

/// A simulation of the rules in force differs nowhere, for what was declined for the member's sake is so under any rules.
#[tokio::test]
async fn rules_are_simulated_without_what_suspended_members_did() {
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    earns(clients, accepted("a1", "ben", WHEN)).await;
    suspended(clients, "ben", "s1").await;
    earns(clients, accepted("a2", "ben", WHEN)).await;
    let request = pb::SimulateRuleSetRequest {
        parent: "programs/qc".into(),
        rule_set: crate::support::clients::first_rules().rule_set,
        first_day: crate::support::payouts::day(2018, 4, 1),
        last_day: crate::support::payouts::day(2018, 4, 1),
        ..Default::default()
    };
    let outcome = clients.programs().simulate_rule_set(request).await.unwrap().into_inner();
    let credited = outcome.total.and_then(|total| total.credited_points).unwrap();
    assert_eq!((credited.then, credited.draft, outcome.unchanged), (100, 100, 1));
    let declined: Vec<_> = outcome.declined.iter().map(|it| (it.reason(), it.activities.unwrap())).collect();
    assert_eq!(declined, [(Suspended, pb::Compared { then: 1, draft: 1 })]);
}
