//! A board shows persons: merged members are one row, and whoever is shut out is left out and counted.

use goodturn::pb;
use tonic::Code;

use crate::support::clients::{Clients, TestServer, accepted, activity, kudos, record_all};
use crate::support::members::{banned, merged, reinstated, suspended};
use crate::support::payouts::window;
use crate::support::refused::refused;

const WHEN: &str = "2018-04-01T12:00:00Z";

async fn read(clients: &Clients, request: pb::GetLeaderboardRequest) -> pb::GetLeaderboardResponse {
    clients.boards().get_leaderboard(request).await.unwrap().into_inner()
}

fn board() -> pb::GetLeaderboardRequest {
    pb::GetLeaderboardRequest { parent: "programs/qc".into(), ..Default::default() }
}

fn rows(reply: &pb::GetLeaderboardResponse) -> Vec<(i64, &str, i64)> {
    reply.rows.iter().map(|row| (row.rank, row.member_id.as_str(), row.points)).collect()
}

async fn standing(clients: &Clients, member: &str) -> pb::Standing {
    let name = format!("programs/qc/members/{member}");
    clients.boards().get_standing(pb::GetStandingRequest { name, ..Default::default() }).await.unwrap().into_inner()
}

/// Amy has 300 points, ben 200, cleo 100, dora 1.
async fn four() -> TestServer {
    let server = TestServer::with_program().await;
    let mut all: Vec<pb::Activity> = ["amy", "amy", "amy", "ben", "ben", "cleo"]
        .into_iter()
        .enumerate()
        .map(|(n, member)| accepted(&format!("a{n}"), member, WHEN))
        .collect();
    all.push(kudos("k1", "dora", WHEN));
    record_all(&server.clients, all).await;
    server
}

#[tokio::test]
async fn whoever_is_shut_out_is_left_out_and_counted_and_takes_no_rank() {
    // INV 87
    let server = four().await;
    let clients = &server.clients;
    suspended(clients, "ben", "s1").await;
    let without = read(clients, board()).await;
    assert_eq!(rows(&without), [(1, "amy", 300), (2, "cleo", 100), (3, "dora", 1)]);
    assert_eq!((without.ranked_members, without.left_out_members), (3, 1));
    let include = vec![pb::LeftOutReason::Suspended.into()];
    let with = read(clients, pb::GetLeaderboardRequest { include: include.clone(), ..board() }).await;
    assert_eq!(rows(&with)[1], (2, "ben", 200));
    assert_eq!((with.ranked_members, with.left_out_members), (4, 0));
    let ben = standing(clients, "ben").await;
    let told = (ben.rank, ben.points, ben.neighbours.len(), ben.left_out);
    assert_eq!(told, (0, 200, 0, include.clone()), "the reason is told");
    let name = "programs/qc/members/ben".into();
    let shown = pb::GetStandingRequest { name, include, neighbours: 1, ..Default::default() };
    let shown = clients.boards().get_standing(shown).await.unwrap().into_inner();
    assert_eq!((shown.rank, shown.neighbours.len()), (2, 3));
    reinstated(clients, "ben", "s1").await;
    assert_eq!(rows(&read(clients, board()).await).len(), 4);
    banned(clients, "ben", "b1").await;
    let ben = standing(clients, "ben").await;
    assert_eq!((ben.rank, ben.points, ben.left_out), (0, 0, vec![pb::LeftOutReason::Banned.into()]));
}

#[tokio::test]
async fn pages_leave_out_whom_the_first_one_left_out() {
    // INV 29, 27
    let server = four().await;
    let clients = &server.clients;
    suspended(clients, "cleo", "s1").await;
    let page = |page_token: String| pb::GetLeaderboardRequest { page_size: 1, page_token, ..board() };
    let first = read(clients, page(String::new())).await;
    reinstated(clients, "cleo", "s1").await;
    suspended(clients, "ben", "s2").await;
    let second = read(clients, page(first.next_page_token)).await;
    let third = read(clients, page(second.next_page_token.clone())).await;
    assert_eq!([rows(&second), rows(&third)].concat(), [(2, "ben", 200), (3, "dora", 1)]);
    assert_eq!((third.left_out_members, third.next_page_token.as_str()), (1, ""));
    let cited = read(clients, pb::GetLeaderboardRequest { as_of_seq: first.seq, ..board() }).await;
    let now = [(1, "amy", 300), (2, "cleo", 100), (3, "dora", 1)];
    assert_eq!(rows(&cited), now, "a board that is cited shows today whom it may show");
}

#[tokio::test]
async fn merged_members_are_one_person_with_one_rank() {
    // INV 87
    let server = four().await;
    let clients = &server.clients;
    let before = read(clients, board()).await;
    merged(clients, "cleo", "ben").await;
    let after = read(clients, board()).await;
    assert_eq!(rows(&after), [(1, "amy", 300), (1, "ben", 300), (3, "dora", 1)]);
    for member in ["cleo", "ben"] {
        let told = standing(clients, member).await;
        assert_eq!((told.member_id.as_str(), told.rank, told.points), ("ben", 1, 300));
    }
    // Mergers are as of the points.
    let cited = read(clients, pb::GetLeaderboardRequest { as_of_seq: before.seq, ..board() }).await;
    assert_eq!(rows(&cited), rows(&before));
    // What comes later of the member that was merged away counts for the person.
    suspended(clients, "ben", "s1").await;
    assert_eq!((standing(clients, "cleo").await.rank, standing(clients, "cleo").await.points), (0, 300));
}

#[tokio::test]
async fn several_boards_are_read_by_one_call_as_of_one_seq() {
    let server = four().await;
    let clients = &server.clients;
    record_all(clients, vec![activity("k2", "kudos", "dora", "2018-05-01T12:00:00Z")]).await;
    let boards = vec![
        pb::BoardSpec::default(),
        pb::BoardSpec { activity_kind: "kudos".into(), ..Default::default() },
        pb::BoardSpec { window: window(pb::WindowKind::Month, (2018, 4, 9)), ..Default::default() },
    ];
    let request = pb::BatchGetLeaderboardsRequest {
        parent: "programs/qc".into(),
        boards: boards.clone(),
        page_size: 2,
        ..Default::default()
    };
    let reply = clients.boards().batch_get_leaderboards(request.clone()).await.unwrap().into_inner().leaderboards;
    let two = vec![(1, "amy", 300), (2, "ben", 200)];
    assert_eq!(reply.iter().map(rows).collect::<Vec<_>>(), [two.clone(), vec![(1, "dora", 2)], two]);
    assert!(reply.iter().all(|board| board.seq == reply[0].seq));
    let next = pb::GetLeaderboardRequest {
        window: window(pb::WindowKind::Month, (2018, 4, 9)),
        page_token: reply[2].next_page_token.clone(),
        ..board()
    };
    assert_eq!(rows(&read(clients, next).await), [(3, "cleo", 100), (4, "dora", 1)]);
    let name = "programs/qc/members/dora".to_owned();
    let request_of = |boards| pb::BatchGetStandingsRequest { name: name.clone(), boards, ..Default::default() };
    let reply = clients.boards().batch_get_standings(request_of(boards)).await.unwrap().into_inner().standings;
    assert_eq!(reply.iter().map(|it| (it.rank, it.points)).collect::<Vec<_>>(), [(4, 2), (1, 2), (4, 1)]);

    let too_many = vec![pb::BoardSpec::default(); 17];
    refused(clients, clients.boards().batch_get_standings(request_of(too_many))).await.breaks(&["boards"]);
    let odd = pb::BatchGetLeaderboardsRequest {
        boards: vec![pb::BoardSpec { activity_kind: "K!".into(), ..Default::default() }],
        page_size: 101,
        include: vec![0, 1, 77],
        ..request
    };
    let told = refused(clients, clients.boards().batch_get_leaderboards(odd)).await;
    told.because(Code::InvalidArgument, "ERROR_REASON_INVALID_REQUEST");
    told.breaks(&["page_size", "include[0]", "include[2]", "boards[0].activity_kind"]);
}

fn update(member: &str, id: &str, opted_out: bool, labels: &[&str]) -> pb::UpdateMemberProfileRequest {
    pb::UpdateMemberProfileRequest {
        name: format!("programs/qc/members/{member}"),
        update_id: id.into(),
        opted_out,
        labels: labels.iter().map(ToString::to_string).collect(),
        note: String::new(),
    }
}

#[tokio::test]
async fn whoever_asked_not_to_be_shown_or_has_a_label_is_left_out() {
    // INV 10, 11, 62, 87
    let server = four().await;
    let clients = &server.clients;
    let set = async |request| clients.by("anna").members().update_member_profile(request).await;
    let amy = set(update("amy", "u1", false, &["staff", "board"])).await.unwrap().into_inner();
    assert_eq!((amy.opted_out, amy.labels), (false, vec!["board".to_owned(), "staff".into()]));
    let ben = set(update("ben", "u2", true, &[])).await.unwrap().into_inner();
    assert_eq!((ben.opted_out, ben.labels.len()), (true, 0));
    assert_eq!(set(update("ben", "u2", true, &[])).await.unwrap().into_inner().seq, ben.seq, "the same again");
    let told = refused(clients, set(update("ben", "u2", false, &[]))).await;
    told.because(Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT");
    let shown = read(clients, board()).await;
    assert_eq!((rows(&shown), shown.left_out_members), (vec![(1, "cleo", 100), (2, "dora", 1)], 2));
    let staff = vec![pb::LeftOutReason::Labelled.into()];
    let shown = read(clients, pb::GetLeaderboardRequest { include: staff.clone(), ..board() }).await;
    assert_eq!(rows(&shown)[..2], [(1, "amy", 300), (2, "cleo", 100)]);
    assert_eq!(standing(clients, "amy").await.left_out, staff);
    assert_eq!(standing(clients, "ben").await.left_out, [i32::from(pb::LeftOutReason::OptedOut)]);
    set(update("amy", "u3", false, &[])).await.unwrap();
    assert_eq!(standing(clients, "amy").await.rank, 1);

    let labels = ["a", "a", "B!"];
    refused(clients, set(update("ben", "u4", true, &labels))).await.breaks(&["labels[2]"]);
    refused(clients, set(update("ben", "u4", true, &labels[..2]))).await.breaks(&["labels"]);
    refused(clients, set(update("ben", "u4", true, &["a"; 11]))).await.breaks(&["labels"]);
    // Who asked not to be shown stays so as another member.
    set(update("dora", "u6", true, &["staff"])).await.unwrap();
    let cleo = set(update("cleo", "u7", false, &["board"])).await.unwrap().into_inner();
    assert!(!cleo.opted_out);
    merged(clients, "dora", "cleo").await;
    let cleo = pb::GetMemberRequest { name: "programs/qc/members/cleo".into() };
    let cleo = clients.members().get_member(cleo).await.unwrap().into_inner();
    assert_eq!((cleo.opted_out, cleo.labels), (true, vec!["board".to_owned(), "staff".into()]));
    let both = [pb::LeftOutReason::OptedOut, pb::LeftOutReason::Labelled].map(i32::from);
    assert_eq!(standing(clients, "dora").await.left_out, both);
    let told = refused(clients, set(update("dora", "u5", true, &[]))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    let balance = pb::GetBalanceRequest { name: "programs/qc/members/ben".into(), min_seq: 0 };
    assert_eq!(clients.ledger().get_balance(balance).await.unwrap().into_inner().available_points, 200);
    crate::support::reads::verified(clients).await;
}
