//! Work without a bound: what reads a whole log, or compares everything with everything, holds up nobody else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use goodturn::ledger::clock::Stopwatch;
use goodturn::pb;
use tonic::Code;

use crate::support::clients::{Clients, TestServer, pounds};
use crate::support::payouts::{create, declare_and_approve, payout};
use crate::support::process::goodturn;
use crate::support::refused::{Refused, refused};
use crate::support::watched::record_many;
use crate::support::witness::{Witness, create_witness};

/// A server with a log of so many thousand activities.
async fn large(thousands: usize) -> TestServer {
    let server = TestServer::with_program().await;
    for n in 0..thousands {
        record_many(&server.clients, &format!("k{n}"), 1_000).await;
    }
    server
}

fn flags(program: &str) -> pb::ListFlagsRequest {
    pb::ListFlagsRequest { parent: format!("programs/{program}"), ..Default::default() }
}

#[tokio::test]
async fn a_rule_set_of_thousands_is_refused_by_its_count_and_not_looked_at() {
    // INV 76
    let server = TestServer::with_program().await;
    let cap = |n: usize| pb::Cap {
        cap_id: format!("c{n}"),
        within_cap_id: format!("c{}", (n + 1) % 20_000),
        limit_points: 1,
        window: pb::CapWindow::Day.into(),
    };
    let rule = |n: usize| pb::Rule {
        rule_id: format!("r{n}"),
        activity_kind: "kudos".into(),
        points: 1,
        ..Default::default()
    };
    let in_force_from = Some(crate::support::clients::at("2030-01-01T00:00:00Z"));
    let rule_set = |rules: usize, caps: usize| pb::RuleSet {
        name: "programs/qc/ruleSets/2".into(),
        in_force_from,
        rules: (0..rules).map(rule).collect(),
        caps: (0..caps).map(cap).collect(),
        ..Default::default()
    };
    let began = Stopwatch::start();
    for (rules, caps, problem) in [
        (1, 20_000, "rule_set.caps has more than 4000 items; send less at a time"),
        (20_000, 1, "rule_set.rules has more than 4000 items; send less at a time"),
        (1, 1_000, "rule_set.caps has 1000; at most 100 are allowed"),
        (101, 101, "rule_set.rules has 101; at most 100 are allowed; rule_set.caps has 101; at most 100 are allowed"),
    ] {
        let request = pb::PublishRuleSetRequest { rule_set: Some(rule_set(rules, caps)) };
        let told = refused(&server.clients, server.clients.programs().publish_rule_set(request)).await;
        assert_eq!(told.code, Code::InvalidArgument);
        assert_eq!(told.message, problem);
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

/// Thirty calls on a large programme wait for each other, or are told to come again. One on a small programme does not
/// wait for them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_programme_does_not_wait_behind_a_large_one() {
    // INV 76
    let server = large(10).await;
    let clients = &server.clients;
    create_witness(clients).await;
    let turns = Arc::new(AtomicUsize::new(0));
    let asking: Vec<_> = (0..30)
        .map(|_| {
            let (clients, turns) = (clients.clone(), Arc::clone(&turns));
            tokio::spawn(async move {
                let found = clients.audit().list_flags(flags("qc")).await;
                found.map(|_| turns.fetch_add(1, Ordering::SeqCst))
            })
        })
        .collect();
    // The first of them are on their way.
    tokio::time::sleep(Duration::from_millis(50)).await;
    clients.audit().list_flags(flags("witness")).await.unwrap();
    let small = turns.load(Ordering::SeqCst);
    let (mut ended, mut busy) = (Vec::new(), 0);
    for call in asking {
        match call.await.unwrap() {
            Ok(at) => ended.push(at),
            Err(status) => {
                Refused::of(&status).because(Code::ResourceExhausted, "ERROR_REASON_OVERLOADED");
                busy += 1;
            }
        }
    }
    assert!(ended.len() >= 9 && busy > 0 && ended.len() + busy == 30, "{} ended, {busy} were refused", ended.len());
    let later = ended.iter().filter(|turn| **turn >= small).count();
    assert!(later >= 5, "{later} of {} ended after the small programme's", ended.len());
}

/// Readers of past boards of a large programme, with a payout drawn up and a witness on another programme meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn boards_of_the_past_hold_up_neither_a_payout_nor_other_programmes() {
    // INV 76
    let server = large(10).await;
    let clients = &server.clients;
    create_witness(clients).await;
    declare_and_approve(clients, "p1", pounds(100)).await;
    let witness = Witness::start(clients, "before");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = witness.times().await;

    let reading: Vec<_> = (0..24_i64).map(|n| tokio::spawn(read_past_boards(clients.clone(), n))).collect();
    let witness = Witness::start(clients, "during");
    let began = Stopwatch::start();
    clients
        .by("anna")
        .payouts()
        .create_payout(create(payout("p1")))
        .await
        .expect("the payout does not wait for readers");
    let drawn_up = began.elapsed();
    let mut read = 0;
    for reader in reading {
        read += reader.await.unwrap();
    }
    let during = witness.times().await;
    assert!(read >= 24, "{read}");
    // A debug build on a busy machine: the bound is that nobody waits for the readers, who take seconds.
    assert!(drawn_up < Duration::from_secs(8), "{drawn_up:?}");
    let most = before.p99 * 20 + Duration::from_millis(250);
    println!("witness before {before:?}, during {during:?}");
    assert!(during.calls > 0 && during.p50 < most, "{before:?} {during:?}");
}

/// Reads boards as of different entries; returns how many. One that is told to come again does.
async fn read_past_boards(clients: Clients, n: i64) -> usize {
    let mut read = 0;
    for seq in [2_000 + n, 9_000 + n] {
        let board = pb::GetLeaderboardRequest { parent: "programs/qc".into(), as_of_seq: seq, ..Default::default() };
        loop {
            match clients.boards().get_leaderboard(board.clone()).await {
                Ok(page) => {
                    assert_eq!(page.into_inner().seq, seq);
                    read += 1;
                    break;
                }
                Err(status) => {
                    Refused::of(&status).because(Code::ResourceExhausted, "ERROR_REASON_OVERLOADED");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
    read
}

#[tokio::test]
async fn a_member_is_suspended_a_hundred_times_and_not_more() {
    // INV 76
    let server = TestServer::with_program().await;
    let clients = server.clients.by("anna");
    let name = "programs/qc/members/ann";
    for n in 0..100 {
        let suspend = pb::SuspendMemberRequest {
            name: name.into(),
            suspension_id: format!("s{n}"),
            reason: pb::SuspensionReason::TermsBroken.into(),
            ..Default::default()
        };
        clients.members().suspend_member(suspend).await.unwrap();
        let reinstate =
            pb::ReinstateMemberRequest { name: name.into(), reinstatement_id: format!("r{n}"), ..Default::default() };
        clients.members().reinstate_member(reinstate).await.unwrap();
    }
    let suspend = pb::SuspendMemberRequest {
        name: name.into(),
        suspension_id: "s100".into(),
        reason: pb::SuspensionReason::TermsBroken.into(),
        ..Default::default()
    };
    let told = refused(&clients, clients.members().suspend_member(suspend)).await;
    let metadata = told.because(Code::FailedPrecondition, "ERROR_REASON_TOO_MANY_SUSPENSIONS");
    assert_eq!(metadata, [("suspensions_max", "100")]);
}

#[test]
fn a_file_of_sixty_thousand_columns_is_refused_by_their_number() {
    let folder = tempfile::tempdir().unwrap();
    let columns: Vec<String> = (0..60_000).map(|n| format!("attributes.a{n}")).collect();
    std::fs::write(folder.path().join("wide.csv"), format!("id,occurred_at,{}\n", columns.join(","))).unwrap();
    let began = Stopwatch::start();
    let on = ["import", "--program", "qc", "--source", "forum", "--server", "http://127.0.0.1:1", "wide.csv"];
    let ended = goodturn(folder.path(), &on);
    assert_ne!(ended.code, Some(0));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(ended.stderr.contains("has 60002 columns; at most 1000 are allowed"), "{}", ended.stderr);
}
