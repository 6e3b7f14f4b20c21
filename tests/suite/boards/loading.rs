//! While a programme's boards are being made the answer is an error, and never a wrong rank.

use std::sync::Arc;

use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::support::clients::accepted;
use crate::support::faulty::FaultyLog;
use crate::support::members::earns;
use crate::support::refused::{Refused, refused};
use crate::support::served::Served;
use crate::support::stage::WHEN;

#[tokio::test]
async fn a_board_that_takes_long_to_make_is_refused_until_it_is_there() {
    // INV 88
    let log = FaultyLog::on(Arc::new(MemoryLog::default()));
    let served = Served::on(log.clone(), "2018-10-01T00:00:00Z").await;
    let clients = &served.clients;
    assert_eq!(earns(clients, accepted("a1", "ben", WHEN)).await.0, 100);
    log.hold_pages(true);
    let board = pb::GetLeaderboardRequest { parent: "programs/qc".into(), ..Default::default() };
    let standing = pb::GetStandingRequest { name: "programs/qc/members/ben".into(), ..Default::default() };
    let status = clients.boards().get_leaderboard(board.clone()).await.unwrap_err();
    let told = Refused::of(&status);
    let expected = [("head_seq", "3"), ("through_seq", "0")];
    assert_eq!(told.because(Code::Unavailable, "ERROR_REASON_BOARD_LOADING"), expected);
    assert!(status.get_error_details().retry_info().is_some(), "{status:?}");
    let told = refused(clients, clients.boards().get_standing(standing.clone())).await;
    told.because(Code::Unavailable, "ERROR_REASON_BOARD_LOADING");
    log.hold_pages(false);
    let board = clients.boards().get_leaderboard(board).await.unwrap().into_inner();
    assert_eq!((board.rows.len(), board.rows[0].points), (1, 100));
    assert_eq!(clients.boards().get_standing(standing).await.unwrap().into_inner().rank, 1);
}
