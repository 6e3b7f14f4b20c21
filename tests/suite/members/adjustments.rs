//! Adjustments: points that a person gives or takes, beyond a limit only with a second one.

use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::entry::name::CommandName;
use goodturn::domain::state::record::{Record, RecordKey};
use goodturn::domain::value::ids::{AdjustmentId, RequestId};
use goodturn::domain::value::principal::PrincipalId;
use goodturn::pb;
use goodturn::pb::AdjustmentReason::{Correction, Goodwill, OpeningBalance};
use goodturn::pb::AdjustmentState::{Posted, Proposed, Rejected};
use tonic::Code;

use crate::support::adjustments::{adjusted, adjustment, ask};
use crate::support::clients::{Clients, accepted, at, first_rules, pounds, qc, record};
use crate::support::payouts::{approve as approve_payout, create, declare_and_approve, execute, payout};
use crate::support::reads::{balance, sentences, verified};
use crate::support::refused::refused;
use crate::support::served::Served;

const WHEN: &str = "2018-04-01T12:00:00Z";

fn named(id: &str) -> String {
    format!("programs/qc/adjustments/{id}")
}

fn approval(id: &str) -> pb::ApproveAdjustmentRequest {
    pb::ApproveAdjustmentRequest { name: named(id) }
}

fn rejection(id: &str, note: &str) -> pb::RejectAdjustmentRequest {
    pb::RejectAdjustmentRequest { name: named(id), note: note.into() }
}

async fn approved(clients: &Clients, by: &'static str, id: &str) -> pb::Adjustment {
    clients.by(by).adjustments().approve_adjustment(approval(id)).await.unwrap().into_inner()
}

async fn read(clients: &Clients, id: &str) -> pb::Adjustment {
    let request = pb::GetAdjustmentRequest { name: named(id) };
    clients.adjustments().get_adjustment(request).await.unwrap().into_inner()
}

/// Available, reserved, written off, credited.
async fn points(clients: &Clients, member: &str) -> [i64; 4] {
    let it = balance(clients, member).await;
    [it.available_points, it.reserved_points, it.written_off_points, it.credited_points]
}

#[tokio::test]
async fn up_to_the_limit_one_person_adjusts_and_beyond_it_two() {
    // INV 18, 48, 49, 62
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    let small = adjusted(clients, "anna", adjustment("small", "ben", 1_000, Goodwill)).await;
    assert_eq!((small.state(), small.seq, small.drawn_up_by.as_str()), (Posted, 3, "anna"));
    assert_eq!((small.note.as_str(), small.decided_by.as_str()), ("why small", ""));
    assert_eq!(small.occurred_at, Some(at(WHEN)), "now, where it is not said");

    let large = adjusted(clients, "anna", adjustment("large", "ben", 1_001, Goodwill)).await;
    assert_eq!((large.state(), large.decided_seq), (Proposed, 0));
    assert_eq!(points(clients, "ben").await, [1_000, 0, 0, 1_000], "nothing has moved");
    let told = refused(clients, clients.by("Anna").adjustments().approve_adjustment(approval("large"))).await;
    let expected = [("drawn_up_by", "anna")];
    assert_eq!(told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED"), expected);

    let large = approved(clients, "cleo", "large").await;
    assert_eq!((large.state(), large.decided_by.as_str(), large.decided_seq), (Posted, "cleo", 5));
    assert_eq!(points(clients, "ben").await, [2_001, 0, 0, 2_001]);
    assert_eq!(approved(clients, "cleo", "large").await, large, "the same call again does nothing more");
    assert_eq!(points(clients, "ben").await, [2_001, 0, 0, 2_001]);
    // Who may not approve is told so before a replay is answered.
    let told = refused(clients, clients.by("anna").adjustments().approve_adjustment(approval("large"))).await;
    told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    let told = refused(clients, clients.by("cleo").adjustments().approve_adjustment(approval("small"))).await;
    let expected = [("needed", "proposed"), ("state", "posted")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), expected);
    verified(clients).await;
}

#[tokio::test]
async fn a_limit_of_zero_asks_for_two_persons_every_time() {
    // INV 49
    let served = Served::empty(std::sync::Arc::new(goodturn::log::memory::MemoryLog::default()), WHEN).await;
    let clients = &served.clients;
    let program = pb::Program { adjustment_limit_points: Some(0), ..qc().program.unwrap() };
    let request = pb::CreateProgramRequest { program: Some(program), ..qc() };
    let program = clients.programs().create_program(request).await.unwrap().into_inner();
    assert_eq!(program.adjustment_limit_points, Some(0));
    clients.programs().publish_rule_set(first_rules()).await.unwrap();
    for points in [1, -1] {
        let id = format!("a{points}");
        assert_eq!(adjusted(clients, "anna", adjustment(&id, "ben", points, Correction)).await.state(), Proposed);
    }
    verified(clients).await;
}

#[tokio::test]
async fn a_rejected_adjustment_moves_nothing_for_ever() {
    // INV 10, 11, 48
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    adjusted(clients, "anna", adjustment("a1", "ben", -5_000, Correction)).await;
    let reject = |note: &'static str| async move {
        clients.by("dora").adjustments().reject_adjustment(rejection("a1", note)).await.map(tonic::Response::into_inner)
    };
    let rejected = reject("not ours").await.unwrap();
    assert_eq!((rejected.state(), rejected.decided_by.as_str()), (Rejected, "dora"));
    assert_eq!((rejected.note.as_str(), rejected.rejection_note.as_str()), ("why a1", "not ours"));
    assert_eq!(reject("not ours").await.unwrap(), rejected);
    let other = clients.by("dora").adjustments().reject_adjustment(rejection("a1", "other")).await.unwrap_err();
    assert_eq!(other.code(), Code::AlreadyExists);
    let told = refused(clients, clients.by("cleo").adjustments().approve_adjustment(approval("a1"))).await;
    let expected = [("needed", "proposed"), ("state", "rejected")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), expected);
    assert_eq!(points(clients, "ben").await, [0, 0, 0, 0]);
    assert_eq!(read(clients, "a1").await, rejected);
    adjusted(clients, "anna", adjustment("a2", "ben", 10, Goodwill)).await;
    let told = refused(clients, clients.by("dora").adjustments().reject_adjustment(rejection("a2", "late"))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    verified(clients).await;
}

#[tokio::test]
async fn what_is_taken_comes_out_of_the_balance_then_of_payouts_then_is_owed_then_written_off() {
    // INV 31, 35, 49
    let served = Served::at("2018-10-01T00:00:00Z").await;
    let clients = &served.clients;
    for (id, member) in [("a0", "ben"), ("a1", "cleo")] {
        clients.ledger().record_activity(record(accepted(id, member, WHEN))).await.unwrap();
    }
    declare_and_approve(clients, "h1", pounds(100)).await;
    let draft = clients.by("anna").payouts().create_payout(create(payout("h1"))).await.unwrap().into_inner();
    approve_payout(clients, &draft, "ben").await.unwrap();
    adjusted(clients, "anna", adjustment("g1", "ben", 30, Goodwill)).await;
    assert_eq!(points(clients, "ben").await, [30, 100, 0, 130]);
    adjusted(clients, "anna", adjustment("c1", "ben", -50, Correction)).await;
    assert_eq!(points(clients, "ben").await, [0, 80, 0, 80], "30 that were available, 20 that were reserved");
    let told = refused(
        clients,
        clients.by("anna").payouts().execute_payout(pb::ExecutePayoutRequest { name: draft.name.clone() }),
    )
    .await;
    assert_eq!(told.reason, "ERROR_REASON_WRONG_STATE", "the approval is void");
    adjusted(clients, "anna", adjustment("c2", "ben", -200, Correction)).await;
    assert_eq!(points(clients, "ben").await, [-50, 0, -70, -120], "80 reserved, 50 owed, 70 written off");
    let told = sentences(clients, "ben").await;
    assert_eq!(
        told[5..6],
        [
            "On 1 October 2018, 200 points were taken from you to put your balance right. 80 came from those reserved for a \
          payout. 70 could not be taken from your balance and were written off. That leaves a balance of -50 points; what you \
          earn next makes up for it first."
        ]
    );
    adjusted(clients, "anna", adjustment("g2", "ben", 60, Goodwill)).await;
    assert_eq!(points(clients, "ben").await, [10, 0, -70, -60], "what is given makes up for the debt first");
    let get = pb::GetPayoutRequest { name: draft.name.clone() };
    let draft = clients.payouts().get_payout(get).await.unwrap().into_inner();
    assert_eq!((draft.members, draft.total_points), (1, 100));
    approve_payout(clients, &draft, "ben").await.unwrap();
    execute(clients, &draft.name).await.unwrap();
    verified(clients).await;
}

#[tokio::test]
async fn boards_and_payouts_count_an_adjustment_on_its_day_under_its_reason() {
    type Rows = &'static [(&'static str, i64)];

    // INV 46, 53
    let served = Served::at("2018-10-01T00:00:00Z").await;
    let clients = &served.clients;
    clients.ledger().record_activity(record(accepted("a0", "ben", WHEN))).await.unwrap();
    let aged = |id: &str, member: &str, points, when: &str| pb::Adjustment {
        occurred_at: Some(at(when)),
        ..adjustment(id, member, points, OpeningBalance)
    };
    adjusted(clients, "anna", aged("o1", "ben", 400, "2017-01-01T00:00:00Z")).await;
    adjusted(clients, "anna", aged("o2", "cleo", 5_000, "2018-08-31T23:59:59Z")).await;
    approved(clients, "dora", "o2").await;
    adjusted(clients, "anna", adjustment("c1", "cleo", -100, Correction)).await;
    let board = |kind: &str, year: i32| pb::GetLeaderboardRequest {
        parent: "programs/qc".into(),
        activity_kind: kind.into(),
        window: (year > 0).then(|| pb::Window {
            kind: pb::WindowKind::Year.into(),
            day: crate::support::payouts::day(year, 1, 1),
            ..Default::default()
        }),
        ..Default::default()
    };

    let expected: [(&str, i32, Rows); 6] = [
        ("", 0, &[("cleo", 4_900), ("ben", 500)]),
        ("", 2017, &[("ben", 400)]),
        ("", 2018, &[("cleo", 4_900), ("ben", 100)]),
        ("opening_balance", 0, &[("cleo", 5_000), ("ben", 400)]),
        ("correction", 0, &[]),
        ("answer_accepted", 0, &[("ben", 100)]),
    ];
    for (kind, year, rows) in expected {
        let page = clients.boards().get_leaderboard(board(kind, year)).await.unwrap().into_inner();
        let told: Vec<_> = page.rows.iter().map(|row| (row.member_id.as_str(), row.points)).collect();
        assert_eq!(told, rows, "{kind} {year}");
    }
    // The period ends before the correction's day, so that cleo's 5,000 count, as far as they are there.
    declare_and_approve(clients, "h1", pounds(5_400)).await;
    let draft = clients.by("anna").payouts().create_payout(create(payout("h1"))).await.unwrap().into_inner();
    assert_eq!((draft.members, draft.total_points), (2, 5_400));
    assert_eq!(points(clients, "cleo").await, [0, 4_900, 0, 4_900]);
    let name = format!("{}/shares/cleo", draft.name);
    let request = pb::ExplainShareRequest { name, ..Default::default() };
    let explained = clients.payouts().explain_share(request).await.unwrap().into_inner();
    let told: Vec<_> = explained.entries.into_iter().map(|it| (it.counted_points, it.why)).collect();
    assert_eq!(told[1], (5_000, "credited for 2018-08-31, within the period".into()));
    verified(clients).await;
}

#[tokio::test]
async fn a_member_is_told_of_adjustments_in_plain_words() {
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    let opening =
        pb::Adjustment { occurred_at: Some(at("2017-02-03T10:00:00Z")), ..adjustment("o1", "ben", 1, OpeningBalance) };
    adjusted(clients, "anna", opening).await;
    adjusted(clients, "anna", adjustment("g1", "ben", 20, Goodwill)).await;
    adjusted(clients, "anna", adjustment("g2", "ben", -20, Goodwill)).await;
    adjusted(clients, "anna", adjustment("c1", "ben", 2_500, Correction)).await;
    approved(clients, "cleo", "c1").await;
    adjusted(clients, "anna", adjustment("c2", "ben", -2_500, Correction)).await;
    clients.by("cleo").adjustments().reject_adjustment(rejection("c2", "no")).await.unwrap();
    let expected = [
        "On 3 February 2017, 1 point was given to you as what you had before.",
        "On 1 April 2018, 20 points were given to you as a gesture of goodwill.",
        "On 1 April 2018, 20 points were taken from you as goodwill is put right.",
        "On 1 April 2018 it was proposed to add 2,500 points to your balance as a correction. That changes nothing until it is \
         approved.",
        "On 1 April 2018, 2,500 points were given to you to put your balance right.",
        "On 1 April 2018 it was proposed to take 2,500 points from your balance as a correction. That changes nothing until it \
         is approved.",
        "On 1 April 2018 it was decided not to take 2,500 points from your balance as a correction. Your points stay as they \
         were.",
    ];
    assert_eq!(sentences(clients, "ben").await, expected);
    let page = pb::ListEntriesRequest { parent: "programs/qc".into(), ..Default::default() };
    let entries = clients.ledger().list_entries(page).await.unwrap().into_inner().entries;
    let told: Vec<_> = entries.iter().skip(2).map(|entry| (entry.kind.as_str(), entry.reason.as_str())).collect();
    assert_eq!(told[0], ("points_adjusted", "opening_balance"));
    assert_eq!(told[6], ("adjustment_rejected", "correction"));
}

#[tokio::test]
async fn an_adjustment_of_bad_form_is_refused_with_everything_that_is_wrong() {
    // INV 4, 38
    let served = Served::at(WHEN).await;
    let (clients, anna) = (&served.clients, served.clients.by("anna"));
    let fine = || adjustment("a1", "ben", 1, Goodwill);
    let bad = pb::Adjustment {
        name: "programs/qc/adjustments/a b".into(),
        member_id: String::new(),
        points: 0,
        reason: 0,
        note: String::new(),
        occurred_at: Some(at("1969-12-31T23:59:59.999999Z")),
        ..Default::default()
    };
    let fields =
        ["name", "member_id", "points", "reason", "note", "occurred_at"].map(|field| format!("adjustment.{field}"));
    let told = refused(clients, anna.adjustments().adjust_points(ask(bad))).await;
    told.breaks(&fields.iter().map(String::as_str).collect::<Vec<_>>());
    for points in [i64::MIN, -1_000_000_001, 1_000_000_001, i64::MAX] {
        let bad = pb::Adjustment { points, ..fine() };
        refused(clients, anna.adjustments().adjust_points(ask(bad))).await.breaks(&["adjustment.points"]);
    }
    let bad = pb::Adjustment { note: "x".repeat(1_001), ..fine() };
    refused(clients, anna.adjustments().adjust_points(ask(bad))).await.breaks(&["adjustment.note"]);
    let told = refused(clients, anna.adjustments().adjust_points(pb::AdjustPointsRequest { adjustment: None })).await;
    told.breaks(&["adjustment"]);
    let told = refused(clients, anna.adjustments().reject_adjustment(rejection("a1", ""))).await;
    told.breaks(&["note"]);
    let unnamed = refused(clients, clients.adjustments().adjust_points(ask(fine()))).await;
    unnamed.because(Code::Unauthenticated, "ERROR_REASON_PRINCIPAL_REQUIRED");
    for answer in [
        anna.adjustments().approve_adjustment(approval("nope")).await.unwrap_err(),
        anna.adjustments().reject_adjustment(rejection("nope", "x")).await.unwrap_err(),
        anna.adjustments().get_adjustment(pb::GetAdjustmentRequest { name: named("nope") }).await.unwrap_err(),
    ] {
        assert_eq!(answer.code(), Code::NotFound, "{answer:?}");
    }
    for kind in ["goodwill", "correction", "opening_balance"] {
        let mut rules = first_rules();
        let set = rules.rule_set.as_mut().unwrap();
        set.name = "programs/qc/ruleSets/2".into();
        set.rules[1].activity_kind = kind.into();
        let told = refused(clients, clients.programs().publish_rule_set(rules)).await;
        told.breaks(&["rule_set.rules[1].activity_kind"]);
    }
    for limit in [-1, 1_000_000_001] {
        let program = pb::Program { adjustment_limit_points: Some(limit), ..qc().program.unwrap() };
        let create =
            pb::CreateProgramRequest { program_id: "other".into(), program: Some(program), ..Default::default() };
        let told = refused(clients, clients.programs().create_program(create)).await;
        told.breaks(&["program.adjustment_limit_points"]);
    }
}

/// Behind the API, too: whatever the command is called, who drew an adjustment up does not approve it.
#[tokio::test]
async fn approving_ones_own_adjustment_under_another_id_is_refused() {
    // INV 49
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    adjusted(clients, "mallory", adjustment("l1", "mallory", 50_000, Goodwill)).await;
    let program = served.ledger.program(&crate::support::sample::program()).await.unwrap().unwrap();
    for (id, by, expected) in [("other", "mallory", false), ("l1", "mallory", false), ("other", "anna", true)] {
        let act = Act::ApproveAdjustment(AdjustmentId::parse("l1").unwrap());
        let name = CommandName::own(act.kind(), RequestId::parse(id).unwrap());
        let principal = PrincipalId::parse(by).unwrap();
        let command = Command { name, digest: [0; 32], principal, act, note: None };
        assert_eq!(served.ledger.submit(&program, command, None).await.is_ok(), expected, "{id} by {by}");
    }
    verified(clients).await;
}

#[tokio::test]
async fn giving_oneself_points_by_replay_other_values_or_another_id_gains_nothing() {
    // INV 3, 10, 11, 13, 16, 18, 49
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    let asked = || adjustment("a1", "mallory", 900, Goodwill);
    let first = adjusted(clients, "mallory", asked()).await;
    for later in [WHEN, "2018-04-02T12:00:00Z", "2019-04-01T12:00:00Z"] {
        served.clock.set(later);
        assert_eq!(adjusted(clients, "mallory", asked()).await, first, "{later}: nothing happens twice");
        assert_eq!(adjusted(clients, "anna", asked()).await, first, "{later}: whoever asks");
    }
    let others = [
        pb::Adjustment { points: 901, ..asked() },
        pb::Adjustment { member_id: "ben".into(), ..asked() },
        pb::Adjustment { reason: Correction.into(), ..asked() },
        pb::Adjustment { note: "other".into(), ..asked() },
        pb::Adjustment { occurred_at: Some(at(WHEN)), ..asked() },
    ];
    for other in others {
        let told = refused(clients, clients.by("mallory").adjustments().adjust_points(ask(other))).await;
        told.because(Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT");
    }
    // The proposal is bound to its own id: another adjustment of the same content approves nothing of the first.
    let large = |id: &str| adjustment(id, "mallory", 50_000, OpeningBalance);
    for id in ["l1", "l2"] {
        assert_eq!(adjusted(clients, "mallory", large(id)).await.state(), Proposed);
    }
    for id in ["l1", "l2"] {
        let told = refused(clients, clients.by("mallory").adjustments().approve_adjustment(approval(id))).await;
        told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    }
    approved(clients, "anna", "l1").await;
    approved(clients, "anna", "l1").await;
    assert_eq!(points(clients, "mallory").await, [50_900, 0, 0, 50_900], "an opening balance counts once an approval");
    assert_eq!(read(clients, "l2").await.state(), Proposed);
    verified(clients).await;
}

/// The programme knows how many adjustments wait, so that no more than so many do.
#[tokio::test]
async fn what_waits_is_counted_up_and_down() {
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    let state = served.ledger.program(&crate::support::sample::program()).await.unwrap().unwrap();
    let waiting = async || match served.ledger.record(&state, &RecordKey::Program).await.unwrap() {
        Some(Record::Program(program)) => program.adjustments_waiting,
        other => panic!("{other:?}"),
    };
    for (id, points, count) in [("j1", 5_000, 1), ("j2", 10, 1), ("j3", -5_000, 2), ("j4", 5_000, 3)] {
        adjusted(clients, "anna", adjustment(id, "ben", points, Goodwill)).await;
        assert_eq!(waiting().await, count, "{id}");
    }
    approved(clients, "ben", "j1").await;
    assert_eq!(waiting().await, 2);
    clients.by("ben").adjustments().reject_adjustment(rejection("j3", "no")).await.unwrap();
    assert_eq!(waiting().await, 1);
    assert_eq!(balance(clients, "ben").await.available_points, 5_010);
    served.verified().await;
}
