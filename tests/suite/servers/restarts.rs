//! What must not depend on what a server happens to remember.

use goodturn::app::start;
use goodturn::pb;

use crate::support::clients::{Clients, TestServer, accepted, database, on_free_port, pounds, record};
use crate::support::payouts::{approve, create, declare_and_approve, execute, pay_out, payout};
use crate::support::reads::verified;
use crate::support::reversals::fraud;

/// The same database under a server that remembers nothing.
async fn restarted(server: TestServer) -> TestServer {
    let TestServer { clients, running, folder } = server;
    drop(clients);
    running.stop().await.unwrap();
    TestServer::on(folder).await
}

async fn with_points() -> TestServer {
    let server = TestServer::with_program().await;
    for member in ["ben", "cleo"] {
        let answer = accepted(&format!("a-{member}"), member, "2018-04-01T10:00:00Z");
        server.clients.ledger().record_activity(record(answer)).await.unwrap();
    }
    server
}

#[tokio::test]
async fn every_act_works_on_a_server_that_was_just_started() {
    // INV 48, 50
    let server = restarted(with_points().await).await;
    server.clients.ledger().reverse_activity(fraud("a-ben", "r1")).await.unwrap();
    let server = restarted(server).await;
    declare_and_approve(&server.clients, "h1", pounds(1_000)).await;
    let server = restarted(server).await;
    let draft = server.clients.by("anna").payouts().create_payout(create(payout("h1"))).await.unwrap().into_inner();
    let server = restarted(server).await;
    let cancel = pb::CancelPayoutRequest { name: draft.name };
    let cancelled = server.clients.by("ben").payouts().cancel_payout(cancel).await.unwrap().into_inner();
    assert_eq!(cancelled.state(), pb::PayoutState::Cancelled);
    let server = restarted(server).await;
    let second = pb::Payout { savings_statement: cancelled.savings_statement, ..payout("h2") };
    let draft = server.clients.by("anna").payouts().create_payout(create(second)).await.unwrap().into_inner();
    assert_eq!(draft.total_points, 100, "the pool was given back, and cleo's points");
    let server = restarted(server).await;
    approve(&server.clients, &draft, "ben").await.unwrap();
    let server = restarted(server).await;
    assert_eq!(execute(&server.clients, &draft.name).await.unwrap().state(), pb::PayoutState::Executed);
    verified(&server.clients).await;
}

/// What was written off is the company's loss: it is not taken from what is earned later.
#[tokio::test]
async fn what_was_written_off_does_not_lower_a_later_share() {
    // INV 31, 43
    let server = with_points().await;
    let clients = &server.clients;
    pay_out(clients, "h1", pounds(1_000)).await;
    clients.ledger().reverse_activity(fraud("a-ben", "r1")).await.unwrap();
    // 50 of the 100 taken back are a debt, 50 are written off: of the next 200, 150 are left.
    for n in 0..2 {
        let answer = accepted(&format!("more{n}"), "ben", "2018-05-01T10:00:00Z");
        clients.ledger().record_activity(record(answer)).await.unwrap();
    }
    let paid = pay_out(clients, "h2", pounds(1_000)).await;
    assert_eq!((paid.members, paid.total_points), (1, 150));
    let explain = pb::ExplainShareRequest { name: format!("{}/shares/ben", paid.name), ..Default::default() };
    let shown = clients.payouts().explain_share(explain).await.unwrap().into_inner();
    assert_eq!(shown.entries.iter().map(|entry| entry.counted_points).sum::<i64>(), 150);
    verified(clients).await;
}

/// Two servers on one file: what one has recorded, the other answers as a replay, and shows from then on.
#[tokio::test]
async fn a_second_server_answers_with_what_the_first_has_recorded() {
    // INV 3, 10, 14
    let first = with_points().await;
    let config = on_free_port(database(&first.folder));
    let second = start(&config).await.unwrap();
    let clients = Clients::connect(second.address).await;
    // It knows the programme as it is now, and is not told of what comes.
    let get = || pb::GetProgramRequest { name: "programs/qc".into() };
    clients.programs().get_program(get()).await.unwrap();
    let paid = pay_out(&first.clients, "h1", pounds(1_000)).await;
    let again = tokio::time::timeout(std::time::Duration::from_secs(20), pay_out(&clients, "h1", pounds(1_000)));
    assert_eq!(again.await.expect("a replayed step does not turn in circles"), paid);
    let head = |clients: &Clients| {
        let mut programs = clients.programs();
        async move { programs.get_program(get()).await.unwrap().into_inner().head_seq }
    };
    assert_eq!(head(&clients).await, head(&first.clients).await);
    verified(&clients).await;
}
