//! What a call about money reads does not grow with what it does not return: rows are counted, for so many members with money, and for
//! twice as many.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::pb::PayoutMethod::Credit;

use crate::support::clients::{activity, pounds, qc};
use crate::support::faulty::FaultyLog;
use crate::support::members::banned;
use crate::support::money::{choice, choose_until, choosing, close, list_paid, over_list};
use crate::support::payouts::{create, declare_and_approve};
use crate::support::served::Served;

/// Members paid, the fewer of the two numbers: more than one page of lots (`PAGE` in payout/lots.rs), so that reading them all shows.
const MEMBERS: usize = 2_000;

/// Rows that a call may read more among twice as many.
const MORE: usize = 5;

/// The rows that each call reads where so many members got money from a payout over a list, and as many programmes and payouts beside it
/// as a hundredth of them.
async fn read_among(members: usize) -> BTreeMap<&'static str, usize> {
    let log = FaultyLog::on(Arc::new(MemoryLog::default()));
    let served = Served::on(log.clone(), "2018-12-08T09:00:00Z").await;
    let clients = &served.clients;
    let ids: Vec<String> = (0..members).map(|n| format!("m{n:05}")).collect();
    for chunk in ids.chunks(1_000) {
        let activities =
            chunk.iter().map(|id| activity(&format!("k-{id}"), "kudos", id, "2018-04-01T12:00:00Z")).collect();
        let parent = "programs/qc".into();
        let batch = pb::BatchRecordActivitiesRequest { parent, activities, ..Default::default() };
        clients.ledger().batch_record_activities(batch).await.unwrap();
    }
    let anna = clients.by("anna");
    for n in 0..members / 100 {
        let create = pb::CreateProgramRequest { program_id: format!("p{n}"), ..qc() };
        clients.programs().create_program(create).await.unwrap();
    }
    let rows: Vec<(&str, i64)> = ids.iter().map(|id| (id.as_str(), 1)).collect();
    let asking = pb::Payout { choices: Some(choose_until("2018-12-12T23:59:59Z")), ..over_list("h1", &rows) };
    list_paid(clients, asking, pounds(1_000_000), &rows).await;
    for n in 0..members / 100 {
        let id = format!("h2-{n}");
        declare_and_approve(clients, &id, pounds(1)).await;
        anna.payouts().create_payout(create(over_list(&id, &[("m00001", 1)]))).await.unwrap();
    }
    banned(clients, "m00007", "b1").await;
    served.clock.set("2018-12-13T00:00:00Z");
    close(clients, "h1").await.unwrap();
    let few = [("m00001", 1), ("m00002", 1)];
    list_paid(clients, over_list("due", &few), pounds(2), &few).await;
    let (member, parent) = (|| "programs/qc/members/m00003".to_owned(), || "programs/qc".to_owned());
    let (name, whose) = (|| "programs/qc/payouts/h1".to_owned(), || "programs/qc/members/m00007".to_owned());
    let mut read = BTreeMap::new();
    macro_rules! count {
        ($($call_name:literal: $call:expr;)+) => {$(
            log.rows_read.store(0, Ordering::SeqCst);
            $call.await.unwrap();
            read.insert($call_name, log.rows_read.load(Ordering::SeqCst));
        )+};
    }
    let lines = |page_size| pb::ListClosingLinesRequest { parent: name(), page_size, ..Default::default() };
    count! {
        "SetPayoutChoice": clients.choices().set_payout_choice(choosing("m00003", "c1", Some(choice(Credit, ""))));
        "GetPayoutChoice": clients.choices().get_payout_choice(pb::GetPayoutChoiceRequest { name: member() });
        "GetBalance": clients.ledger().get_balance(pb::GetBalanceRequest { name: member(), min_seq: 0 });
        "GetPayout": clients.payouts().get_payout(pb::GetPayoutRequest { name: name() });
        "ListPayouts": clients.payouts().list_payouts(pb::ListPayoutsRequest { parent: parent(), page_size: 1, ..Default::default() });
        "GetClosing": clients.choices().get_closing(pb::GetClosingRequest { name: name() });
        "ListClosingLines": clients.choices().list_closing_lines(lines(5));
        "LapseMoney": anna.choices().lapse_money(pb::LapseMoneyRequest { name: whose(), lapse_id: "c1".into(), note: "why".into() });
        "GetLapse": clients.choices().get_lapse(pb::GetLapseRequest { name: whose() });
        "ListDuePayments": clients.payments().list_due_payments(pb::ListDuePaymentsRequest { parent: parent(), format: 1, page_size: 1, ..Default::default() });
        "ListBatches": clients.payments().list_batches(pb::ListBatchesRequest { parent: parent(), page_size: 1, ..Default::default() });
        "ListPrograms": clients.programs().list_programs(pb::ListProgramsRequest { page_size: 1, ..Default::default() });
        "UpdateProgram": anna.programs().update_program(pb::UpdateProgramRequest { update: Some(pb::ProgramUpdate {
            name: "programs/qc/updates/u1".into(), debt_limit_points: Some(1), note: "why".into(), ..Default::default() }) });
    }
    read
}

#[tokio::test]
async fn what_a_call_about_money_reads_does_not_grow_with_what_it_does_not_return() {
    // INV 76
    let (few, many) = (Box::pin(read_among(MEMBERS)).await, Box::pin(read_among(2 * MEMBERS)).await);
    let grown: Vec<_> = few
        .iter()
        .filter(|(call, few)| many[*call] > **few + MORE)
        .map(|(call, few)| (*call, *few, many[call]))
        .collect();
    assert_eq!(grown, [], "rows read among {MEMBERS} members, and among twice as many");
}
