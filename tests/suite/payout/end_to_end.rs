//! Payouts end to end: two persons, exact shares, once.

use goodturn::pb;
use tonic::Code;

use crate::support::clients::{TestServer, accepted, kudos, pence, pounds, reason, record};
use crate::support::payouts::{approve, create, declare_and_approve, execute, pay_out, payout, shares};
use crate::support::reads::balance;
use crate::support::reports;

async fn with_points() -> TestServer {
    let server = TestServer::with_program().await;
    let mut ledger = server.clients.ledger();
    for (n, member) in ["ben", "cleo", "dora"].iter().enumerate() {
        ledger.record_activity(record(accepted(&format!("a{n}"), member, "2018-04-01T10:00:00Z"))).await.unwrap();
    }
    ledger.record_activity(record(kudos("late", "ben", "2018-09-01T00:00:00Z"))).await.unwrap();
    server
}

#[tokio::test]
async fn a_pool_becomes_money_due_to_the_penny_and_points_count_once() {
    // INV 43, 44, 46, 47, 48
    let server = with_points().await;
    let paid = pay_out(&server.clients, "h1", pounds(100)).await;
    assert_eq!(paid.state(), pb::PayoutState::Executed);
    assert_eq!(
        (paid.members, paid.total_points, paid.drafted_by.as_str(), paid.approved_by.as_str()),
        (3, 300, "anna", "ben")
    );
    let shares = shares(&server.clients, &paid.name).await;
    let told: Vec<_> =
        shares.iter().map(|s| (s.member_id.as_str(), pence(s.amount.as_ref().unwrap()), s.rounding_unit)).collect();
    assert_eq!(told, [("ben", 34, true), ("cleo", 33, false), ("dora", 33, false)]);
    assert_eq!(shares[1].quotient, "1/3");
    let ben = balance(&server.clients, "ben").await;
    assert_eq!((ben.available_points, ben.paid_points, ben.reserved_points), (1, 100, 0), "what came later is left");
    assert_eq!(ben.due.as_ref().map(pence), Some(34));
    assert_eq!(ben.credited_points, 101, "a payout does not lower what was credited");
    // Nothing is left to pay of the same period.
    declare_and_approve(&server.clients, "again", pounds(100)).await;
    let again = server.clients.by("anna").payouts().create_payout(create(payout("again"))).await.unwrap_err();
    assert_eq!(reason(&again), "ERROR_REASON_NOTHING_TO_PAY");
}

#[tokio::test]
async fn every_step_of_a_payout_may_be_repeated_without_effect() {
    // INV 3, 10, 48
    let server = with_points().await;
    let paid = pay_out(&server.clients, "h1", pounds(100)).await;
    let head = balance(&server.clients, "ben").await.seq;
    let again = pay_out(&server.clients, "h1", pounds(100)).await;
    assert_eq!(again, paid);
    assert_eq!(balance(&server.clients, "ben").await.seq, head, "not one entry more");
}

#[tokio::test]
async fn two_persons_sign_and_the_content_they_saw() {
    // INV 49
    let server = with_points().await;
    let clients = &server.clients;
    declare_and_approve(clients, "h1", pounds(100)).await;
    let draft = clients.by("anna").payouts().create_payout(create(payout("h1"))).await.unwrap().into_inner();
    assert_eq!(draft.content_digest.len(), 32);
    let own = approve(clients, &draft, "anna").await.unwrap_err();
    assert_eq!((own.code(), reason(&own).as_str()), (Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED"));
    let other = pb::Payout { content_digest: vec![0; 32], ..draft.clone() };
    let changed = approve(clients, &other, "ben").await.unwrap_err();
    assert_eq!((changed.code(), reason(&changed).as_str()), (Code::Aborted, "ERROR_REASON_CONTENT_CHANGED"));
    let early = execute(clients, &draft.name).await.unwrap_err();
    assert_eq!((early.code(), reason(&early).as_str()), (Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"));
    assert_eq!(approve(clients, &draft, "ben").await.unwrap().state(), pb::PayoutState::Approved);
    let own = approve(clients, &draft, "anna").await.unwrap_err();
    assert_eq!(reason(&own), "ERROR_REASON_SECOND_PERSON_REQUIRED", "also as a replay");
}

#[tokio::test]
async fn a_cancelled_payout_gives_everything_back() {
    // INV 48, 50, 52
    let server = with_points().await;
    let clients = &server.clients;
    declare_and_approve(clients, "h1", pounds(100)).await;
    let draft = clients.by("anna").payouts().create_payout(create(payout("h1"))).await.unwrap().into_inner();
    assert_eq!(balance(clients, "ben").await.reserved_points, 100);
    let second =
        pb::Payout { savings_statement: draft.savings_statement.clone(), pool: Some(pounds(1)), ..payout("h2") };
    let exceeded = clients.by("anna").payouts().create_payout(create(second.clone())).await.unwrap_err();
    assert_eq!(reason(&exceeded), "ERROR_REASON_POOL_EXCEEDED");
    let cancel = || pb::CancelPayoutRequest { name: draft.name.clone() };
    let cancelled = clients.by("ben").payouts().cancel_payout(cancel()).await.unwrap().into_inner();
    assert_eq!(cancelled.state(), pb::PayoutState::Cancelled);
    let again = clients.by("ben").payouts().cancel_payout(cancel()).await.unwrap().into_inner();
    assert_eq!(again, cancelled);
    let ben = balance(clients, "ben").await;
    assert_eq!((ben.available_points, ben.reserved_points, ben.paid_points), (101, 0, 0));
    assert_eq!(reason(&approve(clients, &draft, "ben").await.unwrap_err()), "ERROR_REASON_WRONG_STATE");
    let second = clients.by("anna").payouts().create_payout(create(second)).await.unwrap().into_inner();
    assert_eq!(second.total_points, 300, "the pool and the points are free again");
}

#[tokio::test]
async fn an_executed_payout_cannot_be_cancelled() {
    let server = with_points().await;
    let paid = pay_out(&server.clients, "h1", pounds(100)).await;
    let refused = server.clients.by("ben").payouts().cancel_payout(pb::CancelPayoutRequest { name: paid.name }).await;
    assert_eq!(reason(&refused.unwrap_err()), "ERROR_REASON_WRONG_STATE");
}

#[tokio::test]
async fn a_preview_says_what_a_draft_would_and_changes_nothing() {
    let server = with_points().await;
    let clients = &server.clients;
    declare_and_approve(clients, "h1", pounds(100)).await;
    let before = balance(clients, "ben").await;
    let request = pb::PreviewPayoutRequest { payout: Some(payout("h1")), top: 2 };
    let preview = clients.payouts().preview_payout(request).await.unwrap().into_inner();
    assert_eq!((preview.members, preview.total_points, preview.seq), (3, 300, before.seq));
    assert_eq!(preview.pool.as_ref().map(pence), Some(100));
    assert_eq!(preview.shares.iter().map(|s| s.member_id.as_str()).collect::<Vec<_>>(), ["ben", "cleo"]);
    assert_eq!(balance(clients, "ben").await, before);
}

#[tokio::test]
async fn a_share_is_explained_down_to_its_entries() {
    // INV 43
    let server = with_points().await;
    let clients = &server.clients;
    declare_and_approve(clients, "h1", pounds(100)).await;
    let request = pb::ListSharesRequest { parent: "programs/qc/payouts/h1".into(), ..Default::default() };
    assert_eq!(clients.payouts().list_shares(request).await.unwrap_err().code(), Code::NotFound);
    let draft = clients.by("anna").payouts().create_payout(create(payout("h1"))).await.unwrap().into_inner();
    let explain =
        |page_token| pb::ExplainShareRequest { name: format!("{}/shares/ben", draft.name), page_size: 1, page_token };
    let first = clients.payouts().explain_share(explain(String::new())).await.unwrap().into_inner();
    let second = clients.payouts().explain_share(explain(first.next_page_token.clone())).await.unwrap().into_inner();
    assert_eq!(second.next_page_token, "");
    let told: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|page| &page.entries)
        .map(|e| (e.seq, e.counted_points, e.why.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (6, 0, "credited for 2018-09-01, after the period's last day 2018-08-31"),
            (3, 100, "credited for 2018-04-01, within the period"),
        ]
    );
    assert_eq!(first.share.unwrap().points, 100);
    assert_eq!(
        first.sentence,
        "100 of 300 points that count, of a pool of 1.00 GBP: 1.00 × 100 ÷ 300 is exactly 1/3, rounded up: rounding every \
         share down left 1 minor units over, which went one each to the largest remainders, this one among them. The \
         share is 0.34 GBP."
    );
}

/// What counts is the sum of the entries shown, also for points that another payout had reserved and gave back.
#[tokio::test]
async fn the_entries_of_an_explanation_sum_to_the_weight() {
    let server = with_points().await;
    let clients = &server.clients;
    declare_and_approve(clients, "h0", pounds(100)).await;
    let other = clients.by("anna").payouts().create_payout(create(payout("h0"))).await.unwrap().into_inner();
    clients.ledger().record_activity(record(accepted("more", "ben", "2018-05-01T00:00:00Z"))).await.unwrap();
    let sums = |shown: pb::ExplainShareResponse| {
        let counted = shown.entries.iter().map(|entry| entry.counted_points).sum::<i64>();
        (counted, shown.share.unwrap().points)
    };
    let explain = |id: &str| pb::ExplainShareRequest {
        name: format!("programs/qc/payouts/{id}/shares/ben"),
        ..Default::default()
    };
    pay_out(clients, "h1", pounds(100)).await;
    let while_reserved = clients.payouts().explain_share(explain("h1")).await.unwrap().into_inner();
    assert_eq!(sums(while_reserved), (100, 100), "200 credited, 100 of it reserved");
    clients.by("ben").payouts().cancel_payout(pb::CancelPayoutRequest { name: other.name }).await.unwrap();
    pay_out(clients, "h2", pounds(100)).await;
    let given_back = clients.payouts().explain_share(explain("h2")).await.unwrap().into_inner();
    assert_eq!(sums(given_back), (100, 100), "200 credited, 100 of it paid, 100 given back");
}

#[tokio::test]
async fn an_exported_file_is_the_same_every_time() {
    // INV 51
    let server = with_points().await;
    let paid = pay_out(&server.clients, "h1", pounds(100)).await;
    let mut files = Vec::new();
    for _ in 0..2 {
        files.push(
            reports::report(&server.clients, reports::shares(&paid.name), pb::ReportFormat::Unspecified)
                .await
                .text()
                .to_owned(),
        );
    }
    assert_eq!(files[0], files[1]);
    assert_eq!(
        files[0],
        "member,points,share,currency,quotient,rounding_unit\n\
         ben,100,0.34,GBP,1/3,1\n\
         cleo,100,0.33,GBP,1/3,0\n\
         dora,100,0.33,GBP,1/3,0\n"
    );
}

/// More members than one step takes, and callers that all want it at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payout_of_many_members_is_executed_once_by_many_callers() {
    // INV 3, 44, 46
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let activities: Vec<_> =
        (0..1_300).map(|n| accepted(&format!("a{n}"), &format!("m{n:04}"), "2018-04-01T10:00:00Z")).collect();
    for some in activities.chunks(1_000) {
        let batch = pb::BatchRecordActivitiesRequest {
            parent: "programs/qc".into(),
            activities: some.to_vec(),
            ..Default::default()
        };
        clients.ledger().batch_record_activities(batch).await.unwrap();
    }
    declare_and_approve(clients, "h1", pounds(1_234_567)).await;
    let drafts = futures::future::join_all((0..4).map(|_| {
        let clients = clients.by("anna");
        async move { clients.payouts().create_payout(create(payout("h1"))).await.unwrap().into_inner() }
    }));
    let drafts = drafts.await;
    assert!(drafts.iter().all(|draft| *draft == drafts[0]));
    approve(clients, &drafts[0], "ben").await.unwrap();
    let runs = futures::future::join_all((0..4).map(|_| execute(clients, &drafts[0].name))).await;
    assert!(runs.iter().all(|run| run.as_ref().unwrap().state() == pb::PayoutState::Executed));
    let shares = shares(clients, &drafts[0].name).await;
    assert_eq!(shares.len(), 1_300);
    assert_eq!(shares.iter().map(|share| pence(share.amount.as_ref().unwrap())).sum::<i64>(), 1_234_567);
    let verified = clients.audit().verify_program(pb::VerifyProgramRequest { name: "programs/qc".into() }).await;
    assert_eq!(verified.unwrap().into_inner().findings, []);
}
