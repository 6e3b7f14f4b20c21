//! Savings statements: read, listed, and rejected when they are wrong.

use goodturn::pb;
use tonic::Code;

use crate::support::clients::{Clients, TestServer, kudos, pounds, record};
use crate::support::payouts::{approving, create, declare_and_approve, payout, statement};
use crate::support::refused::refused;

fn name(id: &str) -> String {
    format!("programs/qc/savingsStatements/{id}")
}

async fn declare(clients: &Clients, id: &str) -> pb::SavingsStatement {
    clients.by("anna").payouts().create_savings_statement(statement(id, pounds(100))).await.unwrap().into_inner()
}

fn rejection(id: &str, note: &str) -> pb::RejectSavingsStatementRequest {
    pb::RejectSavingsStatementRequest { name: name(id), note: note.into(), version: 0 }
}

async fn get(clients: &Clients, id: &str) -> pb::SavingsStatement {
    let request = pb::GetSavingsStatementRequest { name: name(id) };
    clients.payouts().get_savings_statement(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_rejected_statement_says_why_and_pays_nothing() {
    // INV 18, 49
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    clients.ledger().record_activity(record(kudos("a1", "cleo", "2018-04-01T12:00:00Z"))).await.unwrap();
    let declared = declare(clients, "s1").await;
    assert_eq!(get(clients, "s1").await, declared);
    let mut ben = clients.by("ben").payouts();
    let rejected = ben.reject_savings_statement(rejection("s1", "counted twice")).await.unwrap().into_inner();
    let expected = pb::SavingsStatement {
        state: pb::SavingsStatementState::Rejected.into(),
        rejected_by: "ben".into(),
        rejection_note: "counted twice".into(),
        ..declared
    };
    assert_eq!(rejected, expected);
    assert_eq!(get(clients, "s1").await, expected);

    // The same call again tells the same; another note is another act.
    let again = ben.reject_savings_statement(rejection("s1", "counted twice")).await.unwrap().into_inner();
    assert_eq!(again, expected);
    let told = refused(clients, clients.by("ben").payouts().reject_savings_statement(rejection("s1", "no"))).await;
    told.because(Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT");

    let told =
        refused(clients, clients.by("ben").payouts().approve_savings_statement(approving(clients, &name("s1")).await))
            .await;
    let found = told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    assert_eq!(found, [("needed", "declared"), ("state", "rejected")]);
    let told = refused(clients, clients.by("anna").payouts().create_payout(create(payout("s1")))).await;
    let found = told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    assert_eq!(found, [("needed", "approved"), ("state", "rejected")]);
}

#[tokio::test]
async fn who_declared_a_statement_may_reject_it_and_nobody_an_approved_one() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    declare(clients, "own").await;
    let mut anna = clients.by("anna").payouts();
    let withdrawn = anna.reject_savings_statement(rejection("own", "a slip")).await.unwrap().into_inner();
    assert_eq!((withdrawn.state(), withdrawn.rejected_by.as_str()), (pb::SavingsStatementState::Rejected, "anna"));

    declare_and_approve(clients, "good", pounds(1)).await;
    let told = refused(clients, clients.by("ben").payouts().reject_savings_statement(rejection("good", "late"))).await;
    let found = told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    assert_eq!(found, [("needed", "declared"), ("state", "approved")]);
    let good = get(clients, "good").await;
    assert_eq!((good.state(), good.rejection_note.as_str()), (pb::SavingsStatementState::Approved, ""));
}

#[tokio::test]
async fn a_rejection_of_bad_form_or_of_nothing_is_refused() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let bad = pb::RejectSavingsStatementRequest { name: "s1".into(), note: String::new(), version: -1 };
    refused(clients, clients.by("ben").payouts().reject_savings_statement(bad))
        .await
        .breaks(&["name", "version", "note"]);
    let told = refused(clients, clients.by("ben").payouts().reject_savings_statement(rejection("nope", "x"))).await;
    told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND");
    let none = pb::GetSavingsStatementRequest { name: name("nope") };
    let told = refused(clients, clients.payouts().get_savings_statement(none)).await;
    told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND");
    let bad = pb::ListSavingsStatementsRequest { parent: "qc".into(), page_size: 1_001, ..Default::default() };
    refused(clients, clients.payouts().list_savings_statements(bad)).await.breaks(&["parent", "page_size"]);
}

#[tokio::test]
async fn statements_are_listed_in_pages_that_join() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let list = async |page_size, page_token: String| {
        let parent = "programs/qc".into();
        let request = pb::ListSavingsStatementsRequest { parent, page_size, page_token };
        clients.payouts().list_savings_statements(request).await.unwrap().into_inner()
    };
    let none = list(0, String::new()).await;
    assert_eq!((none.savings_statements.len(), none.next_page_token.as_str()), (0, ""));

    // Neighbours in the byte order of record keys are no statements.
    declare_and_approve(clients, "b", pounds(7)).await;
    declare(clients, "c").await;
    declare(clients, "a").await;
    clients.by("ben").payouts().reject_savings_statement(rejection("c", "no")).await.unwrap();
    let all = [get(clients, "a").await, get(clients, "b").await, get(clients, "c").await];
    for page_size in 1..=4 {
        let (mut told, mut token, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = list(page_size, token).await;
            assert!(page.savings_statements.len() <= usize::try_from(page_size).unwrap());
            told.extend(page.savings_statements);
            (token, pages) = (page.next_page_token, pages + 1);
            if token.is_empty() {
                break;
            }
        }
        let all: Vec<_> = all.iter().cloned().map(|one| pb::SavingsStatement { overlaps: Vec::new(), ..one }).collect();
        assert_eq!(told, all, "lists leave out what overlaps");
        assert_eq!(pages, [3, 2, 1, 1][usize::try_from(page_size).unwrap() - 1], "no empty page at the end");
    }
    let first = list(1, String::new()).await;
    let others = pb::ListSharesRequest { page_token: first.next_page_token, ..Default::default() };
    let others = pb::ListSharesRequest { parent: "programs/qc/payouts/p".into(), ..others };
    let told = refused(clients, clients.payouts().list_shares(others)).await;
    told.because(Code::InvalidArgument, "ERROR_REASON_PAGE_TOKEN");
}
