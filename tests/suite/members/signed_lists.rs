//! Many adjustments that wait for a second person are decided at once, by the digest of exactly the list that was shown.

use goodturn::pb;
use goodturn::pb::AdjustmentReason::{Correction, Goodwill, OpeningBalance};
use goodturn::pb::AdjustmentState::{Posted, Proposed, Rejected};
use sha2::{Digest as _, Sha256};
use tonic::Code;

use crate::support::adjustments::{Shown, adjusted, adjustment, approval_of, rejection_of, shown};
use crate::support::clients::{Clients, TestServer, at};
use crate::support::members::banned;
use crate::support::reads::{balance, verified};
use crate::support::refused::{Refused, head_seq, refused};
use crate::support::served::Served;
use crate::support::stores::on_postgres;

const WHEN: &str = "2018-04-01T12:00:00Z";

fn totals(count: i64, points_given: i64, points_taken: i64) -> pb::AdjustmentTotals {
    pb::AdjustmentTotals { count, points_given, points_taken }
}

async fn approved(clients: &Clients, by: &'static str, list: &Shown) -> pb::BatchApproveAdjustmentsResponse {
    clients.by(by).adjustments().batch_approve_adjustments(approval_of(list)).await.unwrap().into_inner()
}

async fn not_approved(clients: &Clients, by: &'static str, list: &Shown) -> Refused {
    refused(clients, clients.by(by).adjustments().batch_approve_adjustments(approval_of(list))).await
}

async fn read(clients: &Clients, id: &str) -> pb::Adjustment {
    let request = pb::GetAdjustmentRequest { name: format!("programs/qc/adjustments/{id}") };
    clients.adjustments().get_adjustment(request).await.unwrap().into_inner()
}

async fn available(clients: &Clients, member: &str) -> i64 {
    balance(clients, member).await.available_points
}

/// Digest of a part of a list, as the API's definition says it is computed.
fn digest_of(adjustments: &[pb::Adjustment]) -> Vec<u8> {
    let begin = Sha256::digest(b"goodturn adjustments v1").to_vec();
    adjustments.iter().fold(begin, |digest, it| Sha256::digest([digest, it.content_digest.clone()].concat()).to_vec())
}

/// Balances that a company brings along from its old scheme: one list, one decision.
#[tokio::test(flavor = "multi_thread")]
async fn opening_balances_above_the_limit_are_one_decision_with_its_count_and_total() {
    // INV 2, 10, 49, 53
    const MEMBERS: i64 = 1_700;
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let points = |n: i64| 1_001 + n;
    let of = |n: i64| pb::Adjustment {
        occurred_at: Some(at("2017-02-03T10:00:00Z")),
        ..adjustment(&format!("old:{n:04}"), &format!("m{n}"), points(n), OpeningBalance)
    };
    let mut drawing_up = tokio::task::JoinSet::new();
    for n in 0..MEMBERS {
        let (clients, it) = (clients.clone(), of(n));
        drawing_up.spawn(async move { adjusted(&clients, "anna", it).await });
    }
    drawing_up.join_all().await;

    let list = shown(clients, Proposed, 1_000).await;
    let total = (0..MEMBERS).map(points).sum();
    assert_eq!((list.waiting, list.pages), (totals(MEMBERS, total, 0), 2));
    let names: Vec<String> = (0..MEMBERS).map(|n| of(n).name).collect();
    assert_eq!(list.names, names, "in the byte order of ids");
    let before = head_seq(clients).await;
    let reply = approved(clients, "ben", &list).await;
    assert_eq!((reply.approved, reply.seq), (Some(totals(MEMBERS, total, 0)), before + 1));
    assert_eq!(head_seq(clients).await, before + 1 + MEMBERS, "the signature, and one approval each");
    assert_eq!(approved(clients, "ben", &list).await, reply, "the same call again gives the same answer");
    assert_eq!(head_seq(clients).await, before + 1 + MEMBERS);
    assert_eq!(shown(clients, Proposed, 1_000).await.waiting, totals(0, 0, 0));

    let board = pb::GetLeaderboardRequest {
        parent: "programs/qc".into(),
        activity_kind: "opening_balance".into(),
        page_size: 1_000,
        ..Default::default()
    };
    let board = clients.boards().get_leaderboard(board).await.unwrap().into_inner();
    let told: Vec<_> = board.rows.iter().take(3).map(|row| (row.member_id.as_str(), row.points)).collect();
    assert_eq!(told, [("m1699", points(1_699)), ("m1698", points(1_698)), ("m1697", points(1_697))]);
    assert_eq!(board.ranked_members, MEMBERS);
    verified(clients).await;
}

/// As many as one call may decide, in a store whose statements have limits of their own.
#[tokio::test(flavor = "multi_thread")]
async fn the_longest_list_is_decided_on_postgresql_too() {
    // INV 2, 49
    on_postgres(async |log| {
        let served = Served::on(log, WHEN).await;
        let clients = &served.clients;
        let mut drawing_up = tokio::task::JoinSet::new();
        for n in 0..2_000 {
            let clients = clients.clone();
            let it = adjustment(&format!("{n:04}"), &format!("m{}", n % 7), -1_001, Correction);
            drawing_up.spawn(async move { adjusted(&clients, "anna", it).await });
        }
        drawing_up.join_all().await;
        let list = shown(clients, Proposed, 1_000).await;
        let reply = approved(clients, "ben", &list).await;
        assert_eq!(reply.approved, Some(totals(2_000, 0, 2_002_000)));
        let ben = balance(clients, "m0").await;
        assert_eq!((ben.available_points, ben.written_off_points), (-50, 50 - 286 * 1_001));
        served.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_list_that_has_changed_since_it_was_shown_is_refused_as_a_whole() {
    // INV 2, 4, 49
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    for (id, points) in [("a", 2_000), ("b", -3_000), ("c", 4_000)] {
        adjusted(clients, "anna", adjustment(id, "ben", points, Correction)).await;
    }
    let list = shown(clients, Proposed, 0).await;
    assert_eq!(list.waiting, totals(3, 6_000, 3_000));
    let changed = |told: Refused| assert_eq!(told.because(Code::Aborted, "ERROR_REASON_CONTENT_CHANGED"), []);
    // Another digest, fewer names, one that is decided.
    changed(
        not_approved(clients, "cleo", &Shown { list_digest: vec![7; 32], names: list.names.clone(), ..list }).await,
    );
    let list = shown(clients, Proposed, 0).await;
    changed(
        not_approved(clients, "cleo", &Shown { names: list.names[1..].to_vec(), ..shown(clients, Proposed, 0).await })
            .await,
    );
    let name = list.names[1].clone();
    let reject = pb::RejectAdjustmentRequest { name: name.clone(), note: "no".into() };
    clients.by("dora").adjustments().reject_adjustment(reject).await.unwrap();
    changed(not_approved(clients, "cleo", &list).await);
    let rejection = rejection_of(&list, "all");
    changed(refused(clients, clients.by("cleo").adjustments().batch_reject_adjustments(rejection)).await);
    assert_eq!(available(clients, "ben").await, 0);
    let none = Shown { names: vec!["programs/qc/adjustments/nope".into()], ..list };
    let told = not_approved(clients, "cleo", &none).await;
    assert_eq!(told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND"), [("resource", "adjustments/nope")]);

    // What was drawn up later was not shown, and is not approved with it.
    let list = shown(clients, Proposed, 0).await;
    adjusted(clients, "anna", adjustment("d", "ben", 9_000, Goodwill)).await;
    assert_eq!(approved(clients, "cleo", &list).await.approved, Some(totals(2, 6_000, 0)));
    assert_eq!(available(clients, "ben").await, 6_000);
    assert_eq!(shown(clients, Proposed, 0).await.names, ["programs/qc/adjustments/d"]);
    verified(clients).await;
}

#[tokio::test]
async fn nobody_approves_a_list_with_something_they_drew_up_and_the_drafter_is_named() {
    // INV 18, 49
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    for (id, by) in [("a", "dora"), ("b", "Anna"), ("c", "dora")] {
        adjusted(clients, by, adjustment(id, "ben", 2_000, Goodwill)).await;
    }
    let list = shown(clients, Proposed, 0).await;
    for round in ["before", "as a replay"] {
        // Named as the drafter wrote the name, not as the caller does.
        let told = not_approved(clients, "anna", &list).await;
        let expected = [("drawn_up_by", "Anna"), ("index", "1")];
        assert_eq!(told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED"), expected, "{round}");
        let told = not_approved(clients, "DORA", &list).await;
        let expected = [("drawn_up_by", "dora"), ("index", "0")];
        assert_eq!(told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED"), expected, "{round}");
        approved(clients, "cleo", &list).await;
    }
    // A part of a list has the digest that its definition gives; in any order of the names.
    for id in ["d", "e"] {
        adjusted(clients, "dora", adjustment(id, "ben", 2_000, Goodwill)).await;
    }
    adjusted(clients, "anna", adjustment("f", "ben", 2_000, Goodwill)).await;
    let part = [read(clients, "d").await, read(clients, "e").await];
    let (names, list_digest) = (part.each_ref().map(|it| it.name.clone()), digest_of(&part));
    let mut part = Shown { names: names.into(), list_digest, ..Shown::default() };
    let reply = approved(clients, "anna", &part).await;
    part.names.reverse();
    assert_eq!(approved(clients, "anna", &part).await, reply);
    assert_eq!(available(clients, "ben").await, 10_000);
    verified(clients).await;
}

#[tokio::test]
async fn each_of_a_list_sees_those_before_it_and_one_that_cannot_be_done_stops_all() {
    // INV 2, 4, 7, 31
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    // The debt limit is 50: what is given first makes up for what is taken then.
    for (id, member, points) in [("a", "ben", 2_000), ("b", "ben", -2_040), ("c", "mallory", 2_000)] {
        adjusted(clients, "anna", adjustment(id, member, points, Correction)).await;
    }
    let list = shown(clients, Proposed, 0).await;
    banned(clients, "mallory", "b1").await;
    let told = not_approved(clients, "cleo", &list).await;
    let expected = [("index", "2"), ("needed", "active or suspended"), ("state", "banned")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), expected);
    assert!(told.message.starts_with("names[2]: "), "{}", told.message);
    assert_eq!((available(clients, "ben").await, read(clients, "a").await.state()), (0, Proposed));
    let reject = pb::RejectAdjustmentRequest { name: list.names[2].clone(), note: "banned".into() };
    clients.by("anna").adjustments().reject_adjustment(reject).await.unwrap();
    approved(clients, "cleo", &shown(clients, Proposed, 0).await).await;
    let ben = balance(clients, "ben").await;
    assert_eq!((ben.available_points, ben.written_off_points), (-40, 0));
    verified(clients).await;
}

#[tokio::test]
async fn a_list_is_rejected_with_a_note_by_whoever_saw_it() {
    // INV 10, 11, 48
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    for id in ["a", "b"] {
        adjusted(clients, "anna", adjustment(id, "ben", -2_000, Correction)).await;
    }
    let list = shown(clients, Proposed, 0).await;
    let reject = |note: &'static str| {
        let request = rejection_of(&list, note);
        async move { clients.by("anna").adjustments().batch_reject_adjustments(request).await }
    };
    let reply = reject("counted twice").await.unwrap().into_inner();
    assert_eq!(reply.rejected, Some(totals(2, 0, 4_000)));
    assert_eq!(reject("counted twice").await.unwrap().into_inner(), reply);
    assert_eq!(reject("other").await.unwrap_err().code(), Code::AlreadyExists);
    for id in ["a", "b"] {
        let it = read(clients, id).await;
        assert_eq!(
            (it.state(), it.rejection_note.as_str(), it.decided_by.as_str()),
            (Rejected, "counted twice", "anna")
        );
    }
    // A rejection by itself, told again, is the same rejection.
    let again = pb::RejectAdjustmentRequest { name: list.names[0].clone(), note: "counted twice".into() };
    clients.by("anna").adjustments().reject_adjustment(again).await.unwrap();
    assert_eq!(not_approved(clients, "cleo", &list).await.reason, "ERROR_REASON_CONTENT_CHANGED");
    assert_eq!(shown(clients, Posted, 0).await.names.len(), 0);
    verified(clients).await;
}

#[tokio::test]
async fn a_decision_on_a_list_of_bad_form_is_refused_with_everything_that_is_wrong() {
    // INV 4
    let served = Served::at(WHEN).await;
    let (clients, anna) = (&served.clients, served.clients.by("anna"));
    let name = |id: &str| format!("programs/qc/adjustments/{id}");
    let bad = pb::BatchRejectAdjustmentsRequest {
        parent: "programs/qc".into(),
        names: vec![name("a"), "a".into(), name("a"), "programs/other/adjustments/a".into()],
        list_digest: vec![0; 31],
        note: String::new(),
    };
    let told = refused(clients, anna.adjustments().batch_reject_adjustments(bad)).await;
    told.breaks(&["names[1]", "names[2]", "names[3]", "names[3]", "list_digest", "note"]);
    for names in [Vec::new(), (0..2_001).map(|n| name(&n.to_string())).collect()] {
        let bad = pb::BatchApproveAdjustmentsRequest { parent: "qc".into(), names, list_digest: vec![0; 32] };
        refused(clients, anna.adjustments().batch_approve_adjustments(bad)).await.breaks(&["parent", "names"]);
    }
}
