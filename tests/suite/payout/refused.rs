//! Statements and payouts that are refused: for their form, for what is recorded, or for who asks.

use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::entry::digest::Values;
use goodturn::domain::terms::payout::{PayoutTerms, PoolAsked};
use goodturn::domain::value::ids::{PayoutId, ProgramId, RequestId, SourceId, StatementId};
use goodturn::domain::value::principal::PrincipalId;
use goodturn::domain::value::time::Micros;
use goodturn::google::r#type::Money;
use goodturn::pb;
use tonic::Code;

use crate::support::clients::{Clients, TestServer, kudos, pence, pounds, record};
use crate::support::payouts::{approve, approving, create, day, declare_and_approve, execute, payout, statement};
use crate::support::refused::{Refused, every_method, head_seq, refused};
use crate::support::reports::{asked, export, shares};
use crate::support::reversals::withdrawn;
use crate::support::served::Served;

const WHEN: &str = "2018-04-01T12:00:00Z";

#[tokio::test]
async fn who_draws_something_up_never_approves_it() {
    // INV 18, 49
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    clients.ledger().record_activity(record(kudos("a1", "cleo", WHEN))).await.unwrap();
    clients.by("anna").payouts().create_savings_statement(statement("p1", pounds(100))).await.unwrap();
    let approval = approving(clients, "programs/qc/savingsStatements/p1").await;
    let expected = [("drawn_up_by", "anna")];
    for round in ["before ben approves", "as a replay"] {
        // Named as the drafter, not as the caller.
        let told = refused(clients, clients.by("ANNA").payouts().approve_savings_statement(approval.clone())).await;
        let found = told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED");
        assert_eq!(found, expected, "{round}");
        clients.by("ben").payouts().approve_savings_statement(approval.clone()).await.unwrap();
    }
    let draft = clients.by("anna").payouts().create_payout(create(payout("p1"))).await.unwrap().into_inner();
    for round in ["before ben approves", "as a replay"] {
        let before = head_seq(clients).await;
        let told = Refused::of(&approve(clients, &draft, "Anna").await.unwrap_err());
        let found = told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED");
        assert_eq!((found.as_slice(), head_seq(clients).await), (&expected[..], before), "{round}");
        approve(clients, &draft, "ben").await.unwrap();
    }
}

#[tokio::test]
async fn acts_on_money_need_a_named_caller() {
    // INV 18, 49
    let server = TestServer::with_program().await;
    let (clients, anna) = (&server.clients, server.clients.by("anna"));
    let mut needed = Vec::new();
    for (method, answer) in Box::pin(every_method(clients, "programs/nope")).await {
        let told = Refused::of(&answer.expect_err(method));
        if told.code != Code::NotFound {
            unnamed(&told);
            needed.push(method);
        }
    }
    let letting_in = ["adopt_program", "change_access", "approve_access_change", "reject_access_change"];
    let adjusting = ["adjust_points", "approve_adjustment", "reject_adjustment"];
    let at_once = ["batch_approve_adjustments", "batch_reject_adjustments"];
    let shutting_out = ["suspend_member", "update_member_profile", "reinstate_member", "ban_member"];
    let lifting = ["lift_ban", "approve_ban_lift", "reject_ban_lift"];
    let merging = ["merge_members", "batch_merge_members", "approve_merger", "reject_merger"];
    let declaring = ["create_savings_statement", "approve_savings_statement", "reject_savings_statement"];
    let acts = ["correct_savings_statement", "create_payout", "approve_payout", "execute_payout", "cancel_payout"];
    let closing = ["close_choices", "approve_closing", "reject_closing"];
    let paying = ["batch_set_payees", "remove_payee", "create_batch"];
    let paying_on = ["approve_batch", "cancel_batch", "export_batch", "report_payments", "retry_payment"];
    let lapsing = ["lapse_money", "approve_lapse", "reject_lapse"];
    assert_eq!(
        needed,
        [
            &letting_in[..],
            &["update_program", "approve_program_update", "reject_program_update"],
            &adjusting,
            &at_once,
            &shutting_out,
            &lifting,
            &merging,
            &declaring,
            &acts,
            &["reject_payout", "add_list_rows"],
            &closing,
            &lapsing,
            &paying,
            &paying_on,
        ]
        .concat()
    );

    // Also where a named caller could do it, and where one has done it.
    clients.ledger().record_activity(record(kudos("a1", "cleo", WHEN))).await.unwrap();
    declare_and_approve(clients, "p1", pounds(100)).await;
    let draft = anna.payouts().create_payout(create(payout("p1"))).await.unwrap().into_inner();
    approve(clients, &draft, "ben").await.unwrap();
    let pb::Payout { name, savings_statement, content_digest, .. } = draft;
    let new = statement("p2", pounds(1));
    unnamed(&refused(clients, clients.payouts().create_savings_statement(new)).await);
    let approval = approving(clients, &savings_statement).await;
    unnamed(&refused(clients, clients.payouts().approve_savings_statement(approval)).await);
    unnamed(&refused(clients, clients.payouts().create_payout(create(payout("p1")))).await);
    let approval = pb::ApprovePayoutRequest { name: name.clone(), content_digest };
    unnamed(&refused(clients, clients.payouts().approve_payout(approval)).await);
    let execution = pb::ExecutePayoutRequest { name: name.clone() };
    unnamed(&refused(clients, clients.payouts().execute_payout(execution)).await);
    unnamed(&refused(clients, clients.payouts().cancel_payout(pb::CancelPayoutRequest { name })).await);
}

#[tokio::test]
async fn a_payout_over_nothing_is_refused_and_takes_nothing() {
    // INV 4, 45, 52
    let server = TestServer::with_program().await;
    let (clients, anna) = (&server.clients, server.clients.by("anna"));
    declare_and_approve(clients, "p1", pounds(100)).await;
    let over_nothing = [payout("p1"), pb::Payout { pool: Some(pounds(1)), ..payout("p1") }];
    for draft in over_nothing {
        let told = refused(clients, anna.payouts().create_payout(create(draft))).await;
        assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_NOTHING_TO_PAY"), [], "nobody has points");
    }
    // Points that were taken back, and those of a later day, are nothing either.
    clients.ledger().record_activity(record(kudos("a1", "cleo", WHEN))).await.unwrap();
    clients.ledger().reverse_activity(withdrawn("a1", "r1")).await.unwrap();
    clients.ledger().record_activity(record(kudos("a2", "cleo", "2018-09-01T00:00:00Z"))).await.unwrap();
    let told = refused(clients, anna.payouts().create_payout(create(payout("p1")))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_NOTHING_TO_PAY");
    let all = pb::Payout { last_day: day(2018, 9, 1), ..payout("p1") };
    let told =
        refused(clients, anna.payouts().create_payout(create(pb::Payout { pool: Some(pounds(0)), ..all.clone() })))
            .await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_NOTHING_TO_PAY");

    let get = pb::GetPayoutRequest { name: "programs/qc/payouts/p1".into() };
    let told = refused(clients, clients.payouts().get_payout(get)).await;
    told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND");
    assert_eq!(committed(clients, "p1").await, 0);
    anna.payouts().create_payout(create(all)).await.unwrap();
    assert_eq!(committed(clients, "p1").await, 100, "the id and the pool were left free");

    declare_and_approve(clients, "empty", pounds(0)).await;
    let told = refused(clients, anna.payouts().create_payout(create(payout("empty")))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_NOTHING_TO_PAY");
}

#[tokio::test]
async fn a_payout_follows_its_statement_and_its_states() {
    // INV 48, 52
    let server = TestServer::with_program().await;
    let (clients, anna) = (&server.clients, server.clients.by("anna"));
    clients.ledger().record_activity(record(kudos("a1", "cleo", WHEN))).await.unwrap();
    let told = refused(clients, anna.payouts().create_payout(create(payout("p1")))).await;
    told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND");
    anna.payouts().create_savings_statement(statement("p1", pounds(100))).await.unwrap();
    let told = refused(clients, anna.payouts().create_payout(create(payout("p1")))).await;
    let expected = [("needed", "approved"), ("state", "declared")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), expected);
    declare_and_approve(clients, "p1", pounds(100)).await;

    let wrong = pb::Payout {
        savings_statement: "programs/other/savingsStatements/p1".into(),
        last_day: day(2100, 1, 1),
        pool: Some(Money { currency_code: "GBP".into(), units: 0, nanos: 1 }),
        ..payout("p1")
    };
    let told = refused(clients, anna.payouts().create_payout(create(wrong))).await;
    told.breaks(&["savings_statement", "last_day", "pool"]);
    let dear = pb::Payout { pool: Some(pounds(101)), ..payout("p1") };
    let expected = [("left_minor", "100"), ("requested_minor", "101")];
    let told = refused(clients, anna.payouts().create_payout(create(dear.clone()))).await;
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_POOL_EXCEEDED"), expected);
    let preview = pb::PreviewPayoutRequest { payout: Some(dear), top: 0 };
    let told = refused(clients, clients.payouts().preview_payout(preview)).await;
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_POOL_EXCEEDED"), expected);

    let draft = anna.payouts().create_payout(create(payout("p1"))).await.unwrap().into_inner();
    let before = head_seq(clients).await;
    let told = Refused::of(&execute(clients, &draft.name).await.unwrap_err());
    let expected = [("needed", "approved"), ("state", "draft")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), expected);
    let other = pb::Payout { content_digest: vec![7; 32], ..draft.clone() };
    let told = Refused::of(&approve(clients, &other, "ben").await.unwrap_err());
    assert_eq!(told.because(Code::Aborted, "ERROR_REASON_CONTENT_CHANGED"), []);
    let short = pb::Payout { content_digest: vec![7; 31], ..draft.clone() };
    Refused::of(&approve(clients, &short, "ben").await.unwrap_err()).breaks(&["content_digest"]);
    assert_eq!(head_seq(clients).await, before);
    let name = format!("{}/shares/ben", draft.name);
    let nobody = pb::ExplainShareRequest { name: name.clone(), ..Default::default() };
    let told = refused(clients, clients.payouts().explain_share(nobody)).await;
    assert_eq!(told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND"), [("resource", name.as_str())]);
    let name = format!("{}/shares/cleo", draft.name);
    let lost = pb::ExplainShareRequest { name, page_token: "x".into(), ..Default::default() };
    let told = refused(clients, clients.payouts().explain_share(lost)).await;
    assert_eq!(told.because(Code::InvalidArgument, "ERROR_REASON_PAGE_TOKEN"), [("page_token", "x")]);
    let file = pb::ExportReportRequest { format: 90, ..asked(shares(&draft.name), pb::ReportFormat::Csv) };
    refused(clients, export(clients, file)).await.breaks(&["format"]);

    approve(clients, &draft, "ben").await.unwrap();
    execute(clients, &draft.name).await.unwrap();
    let cancel = pb::CancelPayoutRequest { name: draft.name };
    let told = refused(clients, anna.payouts().cancel_payout(cancel)).await;
    let expected = [("needed", "drafting, draft or approved"), ("state", "executed")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), expected);
}

#[tokio::test]
async fn everything_wrong_with_a_statement_is_told_at_once() {
    // INV 38, 39
    let server = TestServer::with_program().await;
    let (clients, anna) = (&server.clients, server.clients.by("anna"));
    let good = statement("p1", pounds(1)).savings_statement.unwrap();
    let line = good.lines[0].clone();
    let foreign = Some(Money { currency_code: "EUR".into(), units: 1, nanos: 0 });
    let odd_line = pb::SavingsLine {
        description: String::new(),
        evidence: "x".repeat(201),
        quantity: -1,
        unit_cost: foreign.clone(),
        factor: "1.0000001".into(),
        ..Default::default()
    };
    let dear_line = pb::SavingsLine { quantity: i64::MAX, unit_cost: Some(pounds(1_000_000_000_000)), ..line.clone() };
    let wrong = pb::SavingsStatement {
        first_day: day(2018, 9, 1),
        lines: vec![odd_line, pb::SavingsLine { unit_cost: None, ..line.clone() }, dear_line],
        programme_cost: foreign,
        redeemed_at_till: Some(pounds(-1)),
        community_share: "0".into(),
        ..good.clone()
    };
    let told = refused(clients, anna.payouts().create_savings_statement(declare(wrong))).await;
    let of_line =
        ["lines[0].description", "lines[0].evidence", "lines[0].quantity", "lines[0].unit_cost", "lines[0].factor"];
    let of_lines = ["lines[1].unit_cost", "lines[2].quantity"];
    let of_sums = ["programme_cost", "redeemed_at_till", "community_share"];
    told.breaks(&[&["last_day"], &of_line[..], &of_lines[..], &of_sums[..]].concat());

    let largest = pb::SavingsLine { unit_cost: Some(pounds(1_000_000_000_000)), ..line.clone() };
    for lines in [Vec::new(), vec![line.clone(); 101], vec![largest.clone(); 2]] {
        let odd = pb::SavingsStatement { lines, ..good.clone() };
        refused(clients, anna.payouts().create_savings_statement(declare(odd))).await.breaks(&["lines"]);
    }
    for community_share in
        ["", "0", "-0.5", "1.000001", "0.0000001", "half", "1e-1", "0,5", "0.5_0", ".5", "+0.5", "NaN"]
    {
        let odd = pb::SavingsStatement { community_share: community_share.into(), ..good.clone() };
        refused(clients, anna.payouts().create_savings_statement(declare(odd))).await.breaks(&["community_share"]);
    }
    // A sum says nothing of lines of which one is wrong, or of a part of them.
    let wrong = pb::SavingsLine { quantity: -1, ..line.clone() };
    let too_dear = pb::SavingsLine { quantity: i64::MAX, unit_cost: Some(pounds(1_000_000_000_000)), ..line.clone() };
    for odd_line in [wrong, too_dear] {
        let odd = pb::SavingsStatement { lines: vec![line.clone(), odd_line], ..good.clone() };
        let told = refused(clients, anna.payouts().create_savings_statement(declare(odd))).await;
        told.breaks(&["lines[1].quantity"]);
    }
    let many = vec![largest; 101];
    let odd = pb::SavingsStatement { lines: many, ..good.clone() };
    refused(clients, anna.payouts().create_savings_statement(declare(odd))).await.breaks(&["lines"]);
    let none = pb::SavingsStatement { first_day: None, last_day: day(2018, 2, 30), ..good };
    let told = refused(clients, anna.payouts().create_savings_statement(declare(none))).await;
    told.breaks(&["first_day", "last_day"]);
    let name = "programs/qc/savingsStatements/p1".into();
    let approve = pb::ApproveSavingsStatementRequest { name, content_digest: vec![0; 32] };
    let told = refused(clients, anna.payouts().approve_savings_statement(approve)).await;
    told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND");
}

/// The server stopped right after the payout was begun: what it has by then, it has no shares of.
#[tokio::test]
async fn a_payout_that_is_still_being_drafted_has_no_shares_and_goes_on() {
    // INV 3, 48
    let served = Served::at("2018-10-01T00:00:00Z").await;
    let (clients, anna) = (&served.clients, served.clients.by("anna"));
    clients.ledger().record_activity(record(kudos("a1", "cleo", WHEN))).await.unwrap();
    declare_and_approve(clients, "p1", pounds(100)).await;
    let program = served.ledger.program(&ProgramId::parse("qc").unwrap()).await.unwrap().unwrap();
    let terms = PayoutTerms::of_pool(
        PayoutId::parse("p1").unwrap(),
        StatementId::parse("p1").unwrap(),
        Micros::from_rfc3339("2018-08-31T00:00:00Z").unwrap().day_in(&jiff::tz::TimeZone::UTC),
        0,
    );
    let (values, act) = (Values::of(&create(payout("p1"))), Act::CreatePayout(terms, PoolAsked::Rest));
    let (id, by) = (RequestId::parse("p1").unwrap(), PrincipalId::parse("anna").unwrap());
    let begin = Command::given(&program.secret, SourceId::goodturn(), id, &values, by, act);
    served.ledger.submit(&program, begin, None).await.unwrap();

    let name = "programs/qc/payouts/p1";
    let listed = pb::ListSharesRequest { parent: name.into(), ..Default::default() };
    let share = pb::ExplainShareRequest { name: format!("{name}/shares/cleo"), ..Default::default() };
    let file = asked(shares(name), pb::ReportFormat::Csv);
    let told = [
        refused(clients, clients.payouts().list_shares(listed)).await,
        refused(clients, clients.payouts().explain_share(share)).await,
        refused(clients, export(clients, file)).await,
    ];
    for told in told {
        let expected = [("state", "drafting")];
        assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_SHARES_NOT_FIXED"), expected);
    }
    let drafted = anna.payouts().create_payout(create(payout("p1"))).await.unwrap().into_inner();
    assert_eq!((drafted.state(), drafted.total_points, drafted.members), (pb::PayoutState::Draft, 1, 1));
}

fn unnamed(told: &Refused) {
    let expected = [("header", "goodturn-principal")];
    assert_eq!(told.because(Code::Unauthenticated, "ERROR_REASON_PRINCIPAL_REQUIRED"), expected);
}

/// What payouts have taken of a statement, in pence.
async fn committed(clients: &Clients, id: &str) -> i64 {
    let declared = clients.by("anna").payouts().create_savings_statement(statement(id, pounds(100))).await;
    pence(&declared.unwrap().into_inner().committed.unwrap())
}

fn declare(statement: pb::SavingsStatement) -> pb::CreateSavingsStatementRequest {
    pb::CreateSavingsStatementRequest { savings_statement: Some(statement) }
}
