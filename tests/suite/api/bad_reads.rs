//! Reads of bad form: pages, tokens, windows, and seqs that are not recorded.

use goodturn::google::r#type::Date;
use goodturn::pb;
use goodturn::pb::{Ranking, WindowKind};
use tonic::Code;

use crate::support::clients::{TestServer, kudos, record};
use crate::support::refused::refused;

const WHEN: &str = "2018-04-01T12:00:00Z";

#[tokio::test]
async fn a_page_holds_one_to_a_thousand_rows_in_every_list() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    for page_size in [-1, 1_001, i32::MIN, i32::MAX] {
        for parent in ["programs/qc", "programs/qc/members/ben"] {
            let entries = pb::ListEntriesRequest { page_size, ..entries(parent, "") };
            refused(clients, clients.ledger().list_entries(entries)).await.breaks(&["page_size"]);
        }
        let board = pb::GetLeaderboardRequest { page_size, ..board("") };
        refused(clients, clients.boards().get_leaderboard(board)).await.breaks(&["page_size"]);
        let shares = pb::ListSharesRequest { page_size, ..shares("") };
        refused(clients, clients.payouts().list_shares(shares)).await.breaks(&["page_size"]);
        let name = "programs/qc/payouts/p1/shares/ben".into();
        let share = pb::ExplainShareRequest { name, page_size, ..Default::default() };
        refused(clients, clients.payouts().explain_share(share)).await.breaks(&["page_size"]);
    }
    for neighbours in [-1, 51] {
        let standing = pb::GetStandingRequest { neighbours, ..standing() };
        refused(clients, clients.boards().get_standing(standing)).await.breaks(&["neighbours"]);
    }
    for top in [-1, 1_001] {
        let preview = pb::PreviewPayoutRequest { top, ..Default::default() };
        refused(clients, clients.payouts().preview_payout(preview)).await.breaks(&["top"]);
    }
    for page_size in [0, 1, 1_000] {
        let all = pb::ListEntriesRequest { page_size, ..entries("programs/qc", "") };
        let page = clients.ledger().list_entries(all).await.unwrap().into_inner();
        assert_eq!(page.entries.len(), if page_size == 1 { 1 } else { 2 });
    }
}

#[tokio::test]
async fn a_token_is_taken_only_by_the_list_that_gave_it() {
    // INV 29
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    for (id, member) in [("a1", "ben"), ("a2", "cleo"), ("a3", "ben")] {
        clients.ledger().record_activity(record(kudos(id, member, WHEN))).await.unwrap();
    }
    let mut tokens = vec![String::from("x"), "0".into(), "00".repeat(16), "é".into(), "f".repeat(10_000)];
    for parent in ["programs/qc", "programs/qc/members/ben"] {
        let first = pb::ListEntriesRequest { page_size: 1, ..entries(parent, "") };
        tokens.push(clients.ledger().list_entries(first).await.unwrap().into_inner().next_page_token);
    }
    let first = pb::GetLeaderboardRequest { page_size: 1, ..board("") };
    let board_token = clients.boards().get_leaderboard(first).await.unwrap().into_inner().next_page_token;
    let [.., log_token, history_token] = tokens.as_slice() else { panic!("two lists of entries") };
    assert!([log_token, history_token, &board_token].iter().all(|token| !token.is_empty()), "three lists go on");

    for (parent, own) in [("programs/qc", log_token), ("programs/qc/members/ben", history_token)] {
        for token in tokens.iter().chain([&board_token]).filter(|token| *token != own) {
            let told = refused(clients, clients.ledger().list_entries(entries(parent, token))).await;
            assert_eq!(told.because(Code::InvalidArgument, "ERROR_REASON_PAGE_TOKEN"), shown(token));
        }
        clients.ledger().list_entries(entries(parent, own)).await.unwrap();
    }
    let told =
        refused(clients, clients.ledger().list_entries(entries("programs/qc/members/cleo", history_token))).await;
    told.because(Code::InvalidArgument, "ERROR_REASON_PAGE_TOKEN");
    for token in &tokens {
        let told = refused(clients, clients.boards().get_leaderboard(board(token))).await;
        assert_eq!(told.because(Code::InvalidArgument, "ERROR_REASON_PAGE_TOKEN"), shown(token));
        let told = refused(clients, clients.payouts().list_shares(shares(token))).await;
        assert_eq!(told.because(Code::InvalidArgument, "ERROR_REASON_PAGE_TOKEN"), shown(token));
    }
    // A board of other days, kind, ranking or seq is another list.
    let others = [
        pb::GetLeaderboardRequest {
            window: Some(window(WindowKind::Year, Some(day(2018, 1, 1)))),
            ..board(&board_token)
        },
        pb::GetLeaderboardRequest { activity_kind: "kudos".into(), ..board(&board_token) },
        pb::GetLeaderboardRequest { ranking: Ranking::Dense.into(), ..board(&board_token) },
        pb::GetLeaderboardRequest { as_of_seq: 4, ..board(&board_token) },
    ];
    for other in others {
        let told = refused(clients, clients.boards().get_leaderboard(other)).await;
        told.because(Code::InvalidArgument, "ERROR_REASON_PAGE_TOKEN");
    }
    clients.boards().get_leaderboard(board(&board_token)).await.unwrap();
}

/// A token is no secret: whoever makes one gets at most a place where the list has nothing.
#[tokio::test]
async fn a_forged_token_shows_nothing_and_breaks_nothing() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    for (id, member) in [("a1", "ben"), ("a2", "cleo"), ("a3", "ben")] {
        clients.ledger().record_activity(record(kudos(id, member, WHEN))).await.unwrap();
    }
    // A list's name is 16 hex digits, then comes the seq; of a board the one of its points, the one of who is left out, and points
    // and seq of the last row: little-endian.
    let forge = |token: &str, cursor: &str| format!("{}{cursor}", &token[..16]);
    let (last, negative, past) = ("ffffffffffffff7f", "ffffffffffffffff", "0600000000000000");
    for parent in ["programs/qc", "programs/qc/members/ben"] {
        let first = pb::ListEntriesRequest { page_size: 1, ..entries(parent, "") };
        let token = clients.ledger().list_entries(first).await.unwrap().into_inner().next_page_token;
        for cursor in [last, past] {
            let page =
                clients.ledger().list_entries(entries(parent, &forge(&token, cursor))).await.unwrap().into_inner();
            assert_eq!((page.entries.len(), page.next_page_token.as_str()), (0, ""), "{parent} from {cursor}");
        }
        let told = refused(clients, clients.ledger().list_entries(entries(parent, &forge(&token, negative)))).await;
        told.because(Code::InvalidArgument, "ERROR_REASON_PAGE_TOKEN");
    }
    let first = pb::GetLeaderboardRequest { page_size: 1, ..board("") };
    let token = clients.boards().get_leaderboard(first).await.unwrap().into_inner().next_page_token;
    // The board of the first page, and after points that nobody has.
    let past_the_end = forge(&token, &format!("{}0000000000000080{}", &token[16..48], &token[64..]));
    let page = clients.boards().get_leaderboard(board(&past_the_end)).await.unwrap().into_inner();
    assert_eq!((page.rows.len(), page.next_page_token.as_str()), (0, ""));
    let told =
        refused(clients, clients.boards().get_leaderboard(board(&forge(&token, &format!("{last}{}", &token[32..])))))
            .await;
    told.because(Code::OutOfRange, "ERROR_REASON_SEQ_NOT_RECORDED");
}

#[tokio::test]
async fn a_window_is_made_of_days_of_the_calendar() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let first = Some(day(2018, 4, 1));
    let range = |day, last_day| Some(pb::Window { kind: WindowKind::Range.into(), day, last_day });
    let mut odd = vec![
        (Some(pb::Window { kind: 7, ..Default::default() }), "window.kind"),
        (Some(window(WindowKind::AllTime, first)), "window.day"),
        (Some(window(WindowKind::Unspecified, first)), "window.day"),
        (range(first, None), "window.last_day"),
        (range(first, Some(day(2018, 3, 31))), "window.last_day"),
        (range(first, Some(day(2018, 4, 31))), "window.last_day"),
        (range(Some(day(0, 0, 0)), first), "window.day"),
    ];
    for kind in [WindowKind::Year, WindowKind::Month, WindowKind::Week, WindowKind::Day] {
        odd.push((Some(pb::Window { last_day: first, ..window(kind, first) }), "window.last_day"));
        let none =
            [(2018, 2, 29), (2018, 0, 1), (2018, 13, 1), (2018, 4, 0), (0, 4, 1), (10_000, 1, 1), (67_554, 4, 1)];
        for (year, month, of_month) in none {
            odd.push((Some(window(kind, Some(day(year, month, of_month)))), "window.day"));
        }
    }
    for (window, field) in odd {
        let asked = pb::GetLeaderboardRequest { window, ..board("") };
        refused(clients, clients.boards().get_leaderboard(asked)).await.breaks(&[field]);
        let asked = pb::GetStandingRequest { window, ..standing() };
        refused(clients, clients.boards().get_standing(asked)).await.breaks(&[field]);
    }
    let wrong = pb::GetLeaderboardRequest {
        window: range(None, None),
        activity_kind: "Kudos".into(),
        ranking: 9,
        page_size: -1,
        as_of_seq: -1,
        ..board("")
    };
    let told = refused(clients, clients.boards().get_leaderboard(wrong)).await;
    told.breaks(&["page_size", "ranking", "as_of_seq", "window.last_day", "activity_kind"]);
    let wrong = pb::GetStandingRequest { name: "programs/qc".into(), ranking: 9, neighbours: 51, ..standing() };
    refused(clients, clients.boards().get_standing(wrong)).await.breaks(&["name", "ranking", "neighbours"]);
}

#[tokio::test]
async fn a_seq_that_is_not_recorded_cannot_be_read() {
    // INV 23
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let balance = |min_seq| pb::GetBalanceRequest { name: "programs/qc/members/ben".into(), min_seq };
    for seq in [3, i64::MAX] {
        let requested = seq.to_string();
        let expected = [("head_seq", "2"), ("requested_seq", requested.as_str())];
        let told = refused(clients, clients.ledger().get_balance(balance(seq))).await;
        assert_eq!(told.because(Code::OutOfRange, "ERROR_REASON_SEQ_NOT_RECORDED"), expected);
        let asked = pb::GetLeaderboardRequest { as_of_seq: seq, ..board("") };
        let told = refused(clients, clients.boards().get_leaderboard(asked)).await;
        assert_eq!(told.because(Code::OutOfRange, "ERROR_REASON_SEQ_NOT_RECORDED"), expected);
    }
    refused(clients, clients.ledger().get_balance(balance(-1))).await.breaks(&["min_seq"]);
    assert_eq!(clients.ledger().get_balance(balance(2)).await.unwrap().into_inner().seq, 2);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_by_its_name() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let name = "programs/qc/sources/forum/activities/a1";
    let told = refused(clients, clients.ledger().get_activity(pb::GetActivityRequest { name: name.into() })).await;
    assert_eq!(told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND"), [("resource", name)]);
    let name = "programs/qc/ruleSets/2";
    let told = refused(clients, clients.programs().get_rule_set(pb::GetRuleSetRequest { name: name.into() })).await;
    assert_eq!(told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND"), [("resource", name)]);
    for odd in ["0", "01", "+1", "-1", "x", "", "4294967296"] {
        let get = pb::GetRuleSetRequest { name: format!("programs/qc/ruleSets/{odd}") };
        refused(clients, clients.programs().get_rule_set(get)).await.breaks(&["name"]);
    }
    for odd in ["", "qc", "programs/", "programs/qc/", "/programs/qc", "programs/qc/members/ben", "programs//qc"] {
        refused(clients, clients.programs().get_program(pb::GetProgramRequest { name: odd.into() }))
            .await
            .breaks(&["name"]);
        refused(clients, clients.audit().verify_program(pb::VerifyProgramRequest { name: odd.into() }))
            .await
            .breaks(&["name"]);
    }
}

/// What is told of a token: its first 64 characters.
fn shown(token: &str) -> [(&'static str, &str); 1] {
    let end = token.char_indices().nth(64).map_or(token.len(), |(at, _)| at);
    [("page_token", &token[..end])]
}

fn entries(parent: &str, page_token: &str) -> pb::ListEntriesRequest {
    pb::ListEntriesRequest { parent: parent.into(), page_token: page_token.into(), ..Default::default() }
}

fn board(page_token: &str) -> pb::GetLeaderboardRequest {
    pb::GetLeaderboardRequest { parent: "programs/qc".into(), page_token: page_token.into(), ..Default::default() }
}

fn shares(page_token: &str) -> pb::ListSharesRequest {
    let parent = "programs/qc/payouts/p1".into();
    pb::ListSharesRequest { parent, page_token: page_token.into(), ..Default::default() }
}

fn standing() -> pb::GetStandingRequest {
    pb::GetStandingRequest { name: "programs/qc/members/ben".into(), ..Default::default() }
}

fn window(kind: WindowKind, day: Option<Date>) -> pb::Window {
    pb::Window { kind: kind.into(), day, last_day: None }
}

fn day(year: i32, month: i32, day: i32) -> Date {
    Date { year, month, day }
}
