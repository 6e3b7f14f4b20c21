//! Corrections of savings statements, and statements that overlap.

use goodturn::google::r#type::Money;
use goodturn::pb;
use goodturn::pb::SavingsStatementState::Approved;
use tonic::{Code, Response, Status};

use crate::support::clients::{Clients, TestServer, kudos, pounds, record};
use crate::support::payouts::{approving, create, day, declare_and_approve, payout, statement};
use crate::support::refused::refused;

const NAME: &str = "programs/qc/savingsStatements/h1";

/// Asks for a correction by anna to such a pool.
async fn correct(clients: &Clients, pool: Money, version: i32) -> Result<Response<pb::SavingsStatement>, Status> {
    let savings_statement = statement("h1", pool).savings_statement;
    let request = pb::CorrectSavingsStatementRequest { savings_statement, version };
    clients.by("anna").payouts().correct_savings_statement(request).await
}

async fn approve(clients: &Clients, by: &'static str) -> Result<Response<pb::SavingsStatement>, Status> {
    let request = approving(clients, NAME).await;
    clients.by(by).payouts().approve_savings_statement(request).await
}

fn rejecting(version: i32) -> pb::RejectSavingsStatementRequest {
    pb::RejectSavingsStatementRequest { name: NAME.into(), note: "other figures".into(), version }
}

async fn shown(clients: &Clients, id: &str) -> pb::SavingsStatement {
    let name = format!("programs/qc/savingsStatements/{id}");
    let request = pb::GetSavingsStatementRequest { name };
    clients.payouts().get_savings_statement(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn the_approved_version_stands_until_a_second_person_approves_the_next() {
    // INV 49
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    declare_and_approve(clients, "h1", pounds(100)).await;
    let asked = correct(clients, pounds(250), 2).await.unwrap().into_inner();
    assert_eq!((asked.version, asked.pool.clone(), asked.next_version), (1, Some(pounds(100)), 3));
    let next = asked.correction.unwrap();
    assert_eq!((next.version, next.pool), (2, Some(pounds(250))));
    assert_ne!(next.content_digest, asked.content_digest);

    let told = refused(clients, approve(clients, "anna")).await;
    told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    let own = pb::ApproveSavingsStatementRequest { name: NAME.into(), content_digest: vec![7; 32] };
    let told = refused(clients, clients.by("ben").payouts().approve_savings_statement(own)).await;
    told.because(Code::Aborted, "ERROR_REASON_CONTENT_CHANGED");
    let told = refused(clients, correct(clients, pounds(300), 3)).await;
    let expected = [("needed", "without a correction that waits"), ("state", "being corrected")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), expected);

    let approved = approve(clients, "ben").await.unwrap().into_inner();
    assert_eq!((approved.version, approved.state(), approved.pool), (2, Approved, Some(pounds(250))));
    assert_eq!((approved.correction, approved.content_digest), (None, next.content_digest));
    assert_eq!(correct(clients, pounds(250), 2).await.unwrap().into_inner().version, 2, "the same request again");
}

#[tokio::test]
async fn a_correction_that_is_rejected_leaves_what_was_approved_and_its_number_is_used() {
    // INV 49
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    declare_and_approve(clients, "h1", pounds(100)).await;
    let told = refused(clients, correct(clients, pounds(250), 3)).await;
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), [("expected_version", "2")]);
    let told = refused(clients, clients.by("ben").payouts().reject_savings_statement(rejecting(2))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");

    correct(clients, pounds(250), 2).await.unwrap();
    let told = refused(clients, clients.by("ben").payouts().reject_savings_statement(rejecting(1))).await;
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), [("expected_version", "2")]);
    let rejected = clients.by("ben").payouts().reject_savings_statement(rejecting(2)).await.unwrap().into_inner();
    assert_eq!((rejected.state(), rejected.version, rejected.next_version), (Approved, 1, 3));
    assert_eq!((rejected.pool, rejected.correction), (Some(pounds(100)), None));
    let told = refused(clients, correct(clients, pounds(300), 2)).await;
    told.because(Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT");
    assert_eq!(correct(clients, pounds(300), 3).await.unwrap().into_inner().correction.unwrap().version, 3);
}

#[tokio::test]
async fn a_correction_never_leaves_less_than_payouts_have_taken() {
    // INV 52
    let server = TestServer::with_program().await;
    let (clients, anna) = (&server.clients, server.clients.by("anna"));
    clients.ledger().record_activity(record(kudos("a1", "cleo", "2018-04-01T12:00:00Z"))).await.unwrap();
    declare_and_approve(clients, "h1", pounds(100)).await;
    let taking = |id: &str, pool| pb::Payout {
        name: format!("programs/qc/payouts/{id}"),
        pool: Some(pounds(pool)),
        ..payout("h1")
    };
    let first = anna.payouts().create_payout(create(taking("p1", 60))).await.unwrap().into_inner();

    let told = refused(clients, correct(clients, pounds(59), 2)).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_POOL_EXCEEDED");
    // It fits when it is drawn up, and not any more when it is approved.
    correct(clients, pounds(60), 2).await.unwrap();
    clients.ledger().record_activity(record(kudos("a2", "dan", "2018-04-02T12:00:00Z"))).await.unwrap();
    let second = anna.payouts().create_payout(create(taking("p2", 40))).await.unwrap().into_inner();
    let told = refused(clients, approve(clients, "ben")).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_POOL_EXCEEDED");
    anna.payouts().cancel_payout(pb::CancelPayoutRequest { name: second.name }).await.unwrap();
    let approved = approve(clients, "ben").await.unwrap().into_inner();
    assert_eq!((approved.pool, approved.committed), (Some(pounds(60)), first.pool));
}

#[tokio::test]
async fn statements_that_share_days_or_evidence_name_each_other() {
    // INV 49
    let server = TestServer::with_program().await;
    let (clients, anna) = (&server.clients, server.clients.by("anna"));
    let of = |id: &str, first, last, evidence: &str| {
        let mut request = statement(id, pounds(100));
        let it = request.savings_statement.as_mut().unwrap();
        (it.first_day, it.last_day) = (first, last);
        it.lines[0].evidence = evidence.into();
        request
    };
    let declared = [
        of("spring", day(2018, 3, 1), day(2018, 5, 31), "report 1"),
        of("may", day(2018, 5, 31), day(2018, 6, 30), "report 2"),
        of("later", day(2018, 7, 1), day(2018, 7, 31), "report 1"),
        of("alone", day(2018, 8, 1), day(2018, 8, 31), ""),
    ];
    for request in declared {
        anna.payouts().create_savings_statement(request).await.unwrap();
    }
    let named = |it: pb::SavingsStatement| -> Vec<(String, _, _, Vec<String>)> {
        let each = it.overlaps.into_iter();
        each.map(|it| (it.savings_statement, it.first_day, it.last_day, it.evidence)).collect()
    };
    let name = |id: &str| format!("programs/qc/savingsStatements/{id}");
    let shared = day(2018, 5, 31);
    assert_eq!(
        named(shown(clients, "spring").await),
        [(name("later"), None, None, vec!["report 1".to_owned()]), (name("may"), shared, shared, Vec::new())]
    );
    assert_eq!(named(shown(clients, "may").await), [(name("spring"), shared, shared, Vec::new())]);
    assert_eq!(named(shown(clients, "alone").await), []);

    let reject = pb::RejectSavingsStatementRequest { name: name("may"), note: "counted twice".into(), version: 1 };
    clients.by("ben").payouts().reject_savings_statement(reject).await.unwrap();
    let left: Vec<String> = named(shown(clients, "spring").await).into_iter().map(|it| it.0).collect();
    assert_eq!(left, [name("later")], "what was rejected counts no savings");
}
