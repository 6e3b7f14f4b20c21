//! Payouts at a fixed rate, with a minimum share, and over a list; and drafts that are rejected.

use goodturn::pb;
use tonic::Code;

use crate::support::clients::{Clients, activity, pounds, record};
use crate::support::members::{approved_merger, merged, merger};
use crate::support::money::{list_drafted, list_paid, minor, over_list, rows_of};
use crate::support::payouts::{approve, create, declare_and_approve, execute, payout, shares};
use crate::support::reads::balance;
use crate::support::refused::refused;
use crate::support::served::Served;

/// Members ann, bea and cid with 1, 2 and 5 kudos.
async fn with_points() -> Served {
    let served = Served::at("2018-10-01T00:00:00Z").await;
    for (member, count) in [("ann", 1), ("bea", 2), ("cid", 5)] {
        for n in 0..count {
            let it = activity(&format!("{member}{n}"), "kudos", member, "2018-04-01T12:00:00Z");
            served.clients.ledger().record_activity(record(it)).await.unwrap();
        }
    }
    served
}

async fn points(clients: &Clients, member: &str) -> i64 {
    balance(clients, member).await.available_points
}

async fn statement_of(clients: &Clients, id: &str) -> pb::SavingsStatement {
    let name = format!("programs/qc/savingsStatements/{id}");
    clients.payouts().get_savings_statement(pb::GetSavingsStatementRequest { name }).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_fixed_rate_pays_each_point_and_gives_the_rest_back() {
    // INV 44, 52
    let served = with_points().await;
    let clients = &served.clients;
    declare_and_approve(clients, "r", pounds(10_000)).await;
    let each = points(clients, "ann").await;
    let at_rate = |rate: &str| pb::Payout { mode: pb::PayoutMode::FixedRate.into(), rate: rate.into(), ..payout("r") };
    let mut anna = clients.by("anna").payouts();
    for rate in ["", "0", "-1", "0.000000001", "x"] {
        refused(clients, anna.create_payout(create(at_rate(rate)))).await.breaks(&["rate"]);
    }
    let both =
        pb::Payout { mode: pb::PayoutMode::Pool.into(), list: over_list("r", &[("ann", 1)]).list, ..at_rate("1") };
    refused(clients, anna.create_payout(create(both))).await.breaks(&["rate", "list"]);
    // 8 times as many points as ann has, at 20 pounds each, are more than 100 pounds.
    let told = refused(clients, anna.create_payout(create(at_rate("20")))).await;
    let owed = (each * 8 * 2_000).to_string();
    let found = told.because(Code::FailedPrecondition, "ERROR_REASON_POOL_TOO_SMALL");
    assert_eq!(found, [("owed_minor", owed.as_str()), ("pool_minor", "10000")]);

    let draft = anna.create_payout(create(at_rate("0.333"))).await.unwrap().into_inner();
    approve(clients, &draft, "ben").await.unwrap();
    execute(clients, &draft.name).await.unwrap();
    let expected = [1, 2, 5].map(|times| each * times * 333 / 10);
    let paid: Vec<i64> = shares(clients, &draft.name).await.iter().map(|it| minor(it.amount.as_ref())).collect();
    assert_eq!(paid, expected, "each rounded down");
    let left = statement_of(clients, "r").await;
    assert_eq!(minor(left.committed.as_ref()), expected.iter().sum::<i64>(), "the rest is the statement's again");
    let name = format!("{}/shares/cid", draft.name);
    let told = clients.payouts().explain_share(pb::ExplainShareRequest { name, ..Default::default() }).await.unwrap();
    assert!(told.get_ref().sentence.contains("at 333/1000 GBP for each"), "{}", told.get_ref().sentence);
    served.verified().await;
}

#[tokio::test]
async fn whoever_would_get_less_than_the_minimum_keeps_the_points() {
    // INV 43, 44
    let served = with_points().await;
    let clients = &served.clients;
    declare_and_approve(clients, "m", pounds(8_000)).await;
    let with_minimum = pb::Payout { minimum_share: Some(pounds(2_000)), ..payout("m") };
    let mut anna = clients.by("anna").payouts();
    let request = pb::PreviewPayoutRequest { payout: Some(with_minimum.clone()), top: 0 };
    let preview = anna.preview_payout(request).await.unwrap().into_inner();
    assert_eq!(preview.members, 2, "ann would get 10 pounds of 80");
    let before = points(clients, "ann").await;
    let draft = anna.create_payout(create(with_minimum)).await.unwrap().into_inner();
    assert_eq!((draft.state(), draft.members), (pb::PayoutState::Draft, 2));
    assert_eq!(points(clients, "ann").await, before, "the points count for a later payout");
    let split: Vec<_> = shares(clients, &draft.name).await;
    let amounts: Vec<i64> = split.iter().map(|it| minor(it.amount.as_ref())).collect();
    assert_eq!(amounts, [2_286, 5_714], "the pool is split once more: 8000 by 2 and 5");
    let previewed: Vec<i64> = preview.shares.iter().rev().map(|it| minor(it.amount.as_ref())).collect();
    assert_eq!(previewed, amounts);
    approve(clients, &draft, "ben").await.unwrap();
    execute(clients, &draft.name).await.unwrap();
    served.verified().await;
}

#[tokio::test]
async fn a_list_names_every_row_that_is_wrong_and_pays_the_person() {
    let served = with_points().await;
    let clients = &served.clients;
    merged(clients, "ann", "bea").await;
    declare_and_approve(clients, "l", pounds(100)).await;
    let mut anna = clients.by("anna").payouts();
    let wrong = rows_of(&[("ann", 1), ("cid", 0), ("cid", 1), ("nobody", 1), ("bad id", 1)]);
    let name = "programs/qc/payouts/l".to_owned();
    let check = pb::AddListRowsRequest { name, rows: wrong, validate_only: true, ..Default::default() };
    refused(clients, anna.add_list_rows(check.clone())).await.breaks(&[
        "rows[1].weight",
        "rows[2].member_id",
        "rows[4].member_id",
    ]);
    let check = pb::AddListRowsRequest { rows: rows_of(&[("ann", 1), ("cid", 1), ("nobody", 1)]), ..check };
    refused(clients, anna.add_list_rows(check.clone())).await.breaks(&["rows[0].member_id", "rows[2].member_id"]);

    let rows = [("bea", 1), ("cid", 2)];
    let begun = anna.create_payout(create(over_list("l", &rows))).await.unwrap().into_inner();
    assert_eq!(begun.state(), pb::PayoutState::Drafting, "its rows are still to come");
    let add = |after: &str, rows: &[(&str, i64)]| pb::AddListRowsRequest {
        name: begun.name.clone(),
        after_member_id: after.into(),
        rows: rows_of(rows),
        validate_only: false,
    };
    refused(clients, anna.add_list_rows(add("", &[("anny", 1)]))).await.breaks(&["rows[0].member_id"]);
    // More than the terms announce is refused before the last row is there.
    refused(clients, anna.add_list_rows(add("", &[("bea", i64::MAX)]))).await.breaks(&["rows"]);
    let first = anna.add_list_rows(add("", &rows[..1])).await.unwrap().into_inner();
    assert_eq!((first.state(), first.members), (pb::PayoutState::Drafting, 1));
    let mut cleo = clients.by("cleo").payouts();
    let told = refused(clients, cleo.add_list_rows(add("bea", &rows[1..]))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    let told = refused(clients, anna.add_list_rows(add("aaa", &rows[1..]))).await;
    told.because(Code::Aborted, "ERROR_REASON_WRONG_STATE");
    let draft = anna.add_list_rows(add("bea", &rows[1..])).await.unwrap().into_inner();
    assert_eq!((draft.state(), draft.members, draft.total_points), (pb::PayoutState::Draft, 2, 3));
    approve(clients, &draft, "ben").await.unwrap();
    // Whoever bea is merged into gets her share, so one person does not decide it, though she has no points.
    let asked = clients.by("anna").members().merge_members(merger("bea", "cid", "bea-cid")).await.unwrap().into_inner();
    assert_ne!(asked.proposed_merger, "");
    approved_merger(clients, "ben", &asked.proposed_merger).await;
    let before = points(clients, "cid").await;
    execute(clients, &draft.name).await.unwrap();
    let lots = balance(clients, "cid").await.lots;
    let lots: Vec<_> = lots.iter().map(|lot| (lot.granted_to.as_str(), minor(lot.amount.as_ref()))).collect();
    assert_eq!(lots, [("bea", 33), ("cid", 66)], "money follows its person");
    assert_eq!(minor(balance(clients, "relief").await.due.as_ref()), 1, "what rounding down leaves");
    assert_eq!(points(clients, "cid").await, before, "points do not count in a list");
    served.verified().await;
}

#[tokio::test]
async fn a_pool_of_a_penny_and_a_list_that_is_cancelled_leave_nothing_behind() {
    let served = with_points().await;
    let clients = &served.clients;
    let rows = [("ann", 1), ("bea", 1), ("cid", 1)];
    list_paid(clients, over_list("penny", &rows), pounds(1), &rows).await;
    assert_eq!(minor(balance(clients, "relief").await.due.as_ref()), 1, "nobody's third of a penny is a penny");
    declare_and_approve(clients, "c", pounds(300)).await;
    let draft = list_drafted(clients, over_list("c", &rows), &rows).await;
    let mut ben = clients.by("ben").payouts();
    let reject = pb::RejectPayoutRequest { name: draft.name.clone(), note: "the wrong list".into() };
    let rejected = ben.reject_payout(reject.clone()).await.unwrap().into_inner();
    assert_eq!((rejected.state(), rejected.rejected_by.as_str()), (pb::PayoutState::Rejected, "ben"));
    assert_eq!(rejected.rejection_note, "the wrong list");
    assert_eq!(ben.reject_payout(reject.clone()).await.unwrap().into_inner(), rejected);
    let other = pb::RejectPayoutRequest { note: "another reason".into(), ..reject };
    let told = refused(clients, ben.reject_payout(other)).await;
    told.because(Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT");
    let parent = "programs/qc".into();
    let listed = ben.list_payouts(pb::ListPayoutsRequest { parent, ..Default::default() }).await.unwrap().into_inner();
    let states: Vec<_> = listed.payouts.iter().map(pb::Payout::state).collect();
    assert_eq!(states, [pb::PayoutState::Rejected, pb::PayoutState::Executed]);
    assert_eq!(minor(statement_of(clients, "c").await.committed.as_ref()), 0);
    let parent = "programs/qc".into();
    let bad = pb::ListPayoutsRequest { parent, page_size: -1, ..Default::default() };
    refused(clients, ben.list_payouts(bad)).await.breaks(&["page_size"]);
    served.verified().await;
}
