//! Leaderboards: ranks, windows, ties, pages, and boards as of a seq.

use goodturn::pb;

use crate::support::clients::{Clients, TestServer, accepted, kudos, pounds, reason, record};
use crate::support::payouts::{day, pay_out, window};
use crate::support::reversals::fraud;

fn rows(reply: &pb::GetLeaderboardResponse) -> Vec<(i64, &str, i64)> {
    reply.rows.iter().map(|row| (row.rank, row.member_id.as_str(), row.points)).collect()
}

fn board() -> pb::GetLeaderboardRequest {
    pb::GetLeaderboardRequest { parent: "programs/qc".into(), ..Default::default() }
}

async fn read(clients: &Clients, request: pb::GetLeaderboardRequest) -> pb::GetLeaderboardResponse {
    clients.boards().get_leaderboard(request).await.unwrap().into_inner()
}

async fn award_all(clients: &Clients, kudos_to: &[(&str, &str)]) {
    for (n, (member, when)) in kudos_to.iter().enumerate() {
        let id = format!("k{n}-{when}");
        clients.ledger().record_activity(record(kudos(&id, member, &format!("{when}T12:00:00Z")))).await.unwrap();
    }
}

#[tokio::test]
async fn equals_share_a_rank_and_the_first_to_get_there_is_listed_first() {
    let server = TestServer::with_program().await;
    // zoe reaches 2 before ben and cleo do; amy has 3, dora 1.
    let order = ["zoe", "zoe", "cleo", "ben", "ben", "amy", "amy", "amy", "cleo", "dora"];
    award_all(&server.clients, &order.map(|member| (member, "2018-04-01"))).await;
    let ranked = |ranking: pb::Ranking| pb::GetLeaderboardRequest { ranking: ranking.into(), ..board() };
    let competition = read(&server.clients, ranked(pb::Ranking::Competition)).await;
    assert_eq!(rows(&competition), [(1, "amy", 3), (2, "zoe", 2), (2, "ben", 2), (2, "cleo", 2), (5, "dora", 1)]);
    assert_eq!(competition, read(&server.clients, board()).await, "the default");
    let dense = read(&server.clients, ranked(pb::Ranking::Dense)).await;
    assert_eq!(dense.rows.iter().map(|row| row.rank).collect::<Vec<_>>(), [1, 2, 2, 2, 3]);
    let ordinal = read(&server.clients, ranked(pb::Ranking::Ordinal)).await;
    assert_eq!(ordinal.rows.iter().map(|row| row.rank).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_window_counts_the_days_of_the_activities() {
    let server = TestServer::with_program().await;
    let days = ["2018-04-01", "2018-04-02", "2018-04-08", "2018-04-30", "2018-05-01", "2019-01-01"];
    award_all(&server.clients, &days.map(|when| ("ben", when))).await;
    let cases = [
        (window(pb::WindowKind::AllTime, (0, 0, 0)).map(|w| pb::Window { day: None, ..w }), 6),
        (window(pb::WindowKind::Year, (2018, 12, 31)), 5),
        (window(pb::WindowKind::Month, (2018, 4, 15)), 4),
        (window(pb::WindowKind::Week, (2018, 4, 8)), 2),
        (window(pb::WindowKind::Day, (2018, 5, 1)), 1),
        (window(pb::WindowKind::Range, (2018, 4, 2)).map(|w| pb::Window { last_day: day(2018, 5, 1), ..w }), 4),
    ];
    for (window, points) in cases {
        let reply = read(&server.clients, pb::GetLeaderboardRequest { window, ..board() }).await;
        assert_eq!(rows(&reply), [(1, "ben", points)], "{window:?}");
    }
    let today = read(
        &server.clients,
        pb::GetLeaderboardRequest {
            window: Some(pb::Window { kind: pb::WindowKind::Day.into(), ..Default::default() }),
            ..board()
        },
    );
    assert_eq!(rows(&today.await), [], "nothing was done today");
}

#[tokio::test]
async fn a_category_counts_its_kind_only_also_before_its_first_credit() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    award_all(clients, &[("ben", "2018-04-01")]).await;
    let answers = || pb::GetLeaderboardRequest { activity_kind: "answer_accepted".into(), ..board() };
    assert_eq!(rows(&read(clients, answers()).await), []);
    award_all(clients, &[("ben", "2018-04-02")]).await;
    clients.ledger().record_activity(record(accepted("a", "cleo", "2018-04-03T00:00:00Z"))).await.unwrap();
    award_all(clients, &[("cleo", "2018-04-04")]).await;
    assert_eq!(rows(&read(clients, answers()).await), [(1, "cleo", 100)]);
    assert_eq!(rows(&read(clients, board()).await), [(1, "cleo", 101), (2, "ben", 2)]);
}

#[tokio::test]
async fn a_reversal_lowers_the_day_of_its_activity_and_a_payout_lowers_nothing() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    for n in 0..3 {
        let when = format!("2018-04-0{}T00:00:00Z", n + 1);
        clients.ledger().record_activity(record(accepted(&format!("a{n}"), "ben", &when))).await.unwrap();
    }
    pay_out(clients, "h1", pounds(1_000)).await;
    assert_eq!(rows(&read(clients, board()).await), [(1, "ben", 300)], "paid points still count");
    // Reversed in May, with nothing left to take: the debt limit is 50, the rest is written off.
    let receipt = clients.ledger().reverse_activity(fraud("a1", "r1")).await.unwrap().into_inner();
    assert_eq!(receipt.points, -50);
    let april_2 = pb::GetLeaderboardRequest { window: window(pb::WindowKind::Day, (2018, 4, 2)), ..board() };
    assert_eq!(rows(&read(clients, april_2).await), []);
    assert_eq!(rows(&read(clients, board()).await), [(1, "ben", 200)]);
    let of_ben = pb::GetBalanceRequest { name: "programs/qc/members/ben".into(), min_seq: 0 };
    let balance = clients.ledger().get_balance(of_ben).await.unwrap().into_inner();
    // INV 31
    assert_eq!((balance.available_points, balance.written_off_points, balance.credited_points), (-50, -50, 200));
}

#[tokio::test]
async fn pages_join_on_the_board_of_the_first_page_whatever_happens_meanwhile() {
    // INV 29, 27
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    award_all(clients, &["a", "b", "b", "c", "c", "c", "d"].map(|member| (member, "2018-04-01"))).await;
    let page = |page_token: String| pb::GetLeaderboardRequest { page_size: 2, page_token, ..board() };
    let first = read(clients, page(String::new())).await;
    assert_eq!(rows(&first), [(1, "c", 3), (2, "b", 2)]);
    award_all(clients, &["a", "a", "a", "a", "e"].map(|member| (member, "2018-04-02"))).await;
    let second = read(clients, page(first.next_page_token.clone())).await;
    assert_eq!(rows(&second), [(3, "a", 1), (3, "d", 1)]);
    assert_eq!((second.seq, second.next_page_token.as_str()), (first.seq, ""));
    let cited = read(clients, pb::GetLeaderboardRequest { as_of_seq: first.seq, ..board() }).await;
    assert_eq!(rows(&cited), [rows(&first), rows(&second)].concat());
    let future = clients.boards().get_leaderboard(pb::GetLeaderboardRequest { as_of_seq: 999, ..board() }).await;
    assert_eq!(reason(&future.unwrap_err()), "ERROR_REASON_SEQ_NOT_RECORDED");
    let other = pb::GetLeaderboardRequest { activity_kind: "kudos".into(), ..page(first.next_page_token) };
    assert_eq!(reason(&clients.boards().get_leaderboard(other).await.unwrap_err()), "ERROR_REASON_PAGE_TOKEN");
}

#[tokio::test]
async fn a_standing_tells_rank_and_neighbours() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    award_all(clients, &["a", "b", "b", "c", "c", "c", "d", "d"].map(|member| (member, "2018-04-01"))).await;
    let standing = |member: &str, neighbours| pb::GetStandingRequest {
        name: format!("programs/qc/members/{member}"),
        neighbours,
        ..Default::default()
    };
    let d = clients.boards().get_standing(standing("d", 1)).await.unwrap().into_inner();
    assert_eq!((d.rank, d.points, d.ranked_members), (2, 2, 4));
    let around: Vec<_> = d.neighbours.iter().map(|row| (row.rank, row.member_id.as_str())).collect();
    assert_eq!(around, [(2, "b"), (2, "d"), (4, "a")]);
    let nobody = clients.boards().get_standing(standing("nobody", 5)).await.unwrap().into_inner();
    assert_eq!((nobody.rank, nobody.points, nobody.neighbours.len()), (0, 0, 0));
}
