//! Nothing is paid twice, whatever dies: a server at each step, or a caller between two servers.

use std::collections::BTreeMap;
use std::ffi::OsString;

use goodturn::pb;
use goodturn::pb::BatchState as B;
use goodturn::pb::FileFormat::CreditCsv;
use goodturn::pb::PaymentOutcome as O;
use goodturn::pb::payment_report_result::Result as ReportResult;
use tonic::Status;

use crate::support::clients::{Clients, activity, create_program, database, pounds};
use crate::support::money::{list_paid, minor, over_list};
use crate::support::payments::{approval, batch, batch_name, drafted, exported, payments, reconciled, report};
use crate::support::postgres::shared;
use crate::support::process::ServeProcess;
use crate::support::reads::{balance, verified};

/// Members: a step passes a thousand of them, and a call reports a thousand.
const MEMBERS: usize = 1_200;

/// Places at which a server dies: before a batch of entries is written, after that, and before its caller is answered.
const PLACES: [&str; 3] = ["lane-before-append", "lane-after-append", "lane-before-answer"];

fn name(n: usize) -> String {
    format!("m{n:05}")
}

/// Members with ten pounds due each, of a payout that asked for no choices.
async fn with_money(clients: &Clients) {
    create_program(clients).await;
    let all: Vec<pb::Activity> =
        (0..MEMBERS).map(|n| activity(&format!("k{n}"), "kudos", &name(n), "2018-04-01T12:00:00Z")).collect();
    for some in all.chunks(1_000) {
        let (parent, activities) = ("programs/qc".into(), some.to_vec());
        let request = pb::BatchRecordActivitiesRequest { parent, activities, all_or_nothing: true };
        clients.ledger().batch_record_activities(request).await.unwrap();
    }
    let names: Vec<String> = (0..MEMBERS).map(name).collect();
    let rows: Vec<(&str, i64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    list_paid(clients, over_list("h1", &rows), pounds(1_000 * i64::try_from(MEMBERS).unwrap()), &rows).await;
}

/// Takes a batch as far as it comes on a server that may die: to files, and to reports that all was paid.
async fn pay(clients: &Clients, files: &mut Option<BTreeMap<String, Vec<u8>>>) -> Result<(), Status> {
    let draft = drafted(clients, "b1", CreditCsv).await?;
    if draft.state() == B::Draft {
        clients.by("ben").payments().approve_batch(approval(&draft)).await?;
    }
    let now = exported(clients, "b1").await?;
    if let Some(before) = files {
        assert_eq!(now, *before, "the same bytes, whoever died");
    }
    *files = Some(now);
    let request = pb::ListPaymentsRequest { parent: batch_name("b1"), page_size: 1_000, ..Default::default() };
    let first = clients.payments().list_payments(request.clone()).await?.into_inner();
    let page_token = first.next_page_token;
    let second = clients.payments().list_payments(pb::ListPaymentsRequest { page_token, ..request }).await?;
    for page in [first.payments, second.into_inner().payments] {
        let reports = page.iter().map(|payment| report(payment, O::Paid)).collect();
        let request = pb::ReportPaymentsRequest { parent: batch_name("b1"), reports };
        clients.by("anna").payments().report_payments(request).await?;
    }
    Ok(())
}

async fn killed_at_each_step(database: &str) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("server.log");
    let start = |failpoints: &str| {
        let environment: [(OsString, OsString); 1] = [("FAILPOINTS".into(), failpoints.into())];
        tokio::task::block_in_place(|| ServeProcess::start_logging(database, &log, &environment))
    };
    let server = start("");
    with_money(&Clients::connect(server.address).await).await;
    tokio::task::block_in_place(|| server.kill());
    let (mut kills, mut files) = (0, None);
    // Each server takes one commit further, and dies at the next; a commit that was never written is not one.
    let server = loop {
        let passes = usize::from(kills % PLACES.len() == 0);
        let server = start(&format!("{}={passes}*off->return", PLACES[kills % PLACES.len()]));
        let clients = Clients::connect(server.address).await;
        if pay(&clients, &mut files).await.is_ok() {
            break server;
        }
        tokio::task::block_in_place(|| server.killed());
        kills += 1;
        assert!(kills < 100, "it comes no further");
    };
    assert!(kills >= 10, "{kills} kills do not meet every step");
    let clients = Clients::connect(server.address).await;
    let file = String::from_utf8(files.unwrap()["b1.csv"].clone()).unwrap();
    let mut paid: BTreeMap<&str, usize> = BTreeMap::new();
    for row in file.lines().skip(1) {
        *paid.entry(row.split(',').nth(1).unwrap()).or_default() += 1;
        assert_eq!(row.split(',').nth(2), Some("10.00"));
    }
    assert_eq!((paid.len(), paid.values().filter(|times| **times > 1).count()), (MEMBERS, 0), "after {kills} kills");
    let it = reconciled(&clients, "b1").await;
    assert_eq!(it.settled.unwrap().payments, i64::try_from(MEMBERS).unwrap());
    let one = balance(&clients, &name(7)).await;
    assert_eq!((minor(one.due.as_ref()), minor(one.settled.as_ref())), (0, 1_000));
    verified(&clients).await;
    println!("{MEMBERS} payments, {kills} kills of a server: each sent once");
    tokio::task::block_in_place(|| server.kill());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_at_each_step_sends_each_payment_once_on_sqlite() {
    // INV 1, 80, 84, 91
    let folder = tempfile::tempdir().unwrap();
    killed_at_each_step(&database(&folder)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_at_each_step_sends_each_payment_once_on_postgresql() {
    // INV 1, 80, 84, 91
    killed_at_each_step(&shared().create_database()).await;
}

/// Two exports, two drafts, and the same reports at once, on two servers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_send_each_payment_once() {
    // INV 14, 80, 84
    let url = shared().create_database();
    let servers = [ServeProcess::start(&url), ServeProcess::start(&url)];
    let one = Clients::connect(servers[0].address).await;
    let other = Clients::connect(servers[1].address).await;
    with_money(&one).await;
    let (first, second) = tokio::join!(drafted(&one, "b1", CreditCsv), drafted(&other, "b1", CreditCsv));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((&first, first.drawn.clone().unwrap().payments), (&second, i64::try_from(MEMBERS).unwrap()));
    let (b2, b3) = tokio::join!(drafted(&one, "b2", CreditCsv), drafted(&other, "b3", CreditCsv));
    assert!(b2.is_err() && b3.is_err(), "all is drawn");
    one.by("ben").payments().approve_batch(approval(&first)).await.unwrap();
    let (first, second) = tokio::join!(exported(&one, "b1"), exported(&other, "b1"));
    assert_eq!(first.unwrap(), second.unwrap(), "one file, whoever asked first");
    let it = payments(&one, "b1").await;
    let some: Vec<_> = it.values().take(1_000).map(|payment| report(payment, O::Paid)).collect();
    let request = || pb::ReportPaymentsRequest { parent: batch_name("b1"), reports: some.clone() };
    let (anna, beth) = (one.by("anna"), other.by("anna"));
    let (mut anna, mut beth) = (anna.payments(), beth.payments());
    let (first, second) = tokio::join!(anna.report_payments(request()), beth.report_payments(request()));
    let (first, second) = (first.unwrap().into_inner().results, second.unwrap().into_inner().results);
    let is_recorded = |it: &pb::PaymentReportResult| match it.result {
        Some(ReportResult::Recorded(is_recorded)) => is_recorded,
        ref other => panic!("{other:?}"),
    };
    let both = first.iter().zip(&second);
    assert!(both.into_iter().all(|(one, other)| is_recorded(one) != is_recorded(other)), "each by one of the two");
    assert_eq!(batch(&one, "b1").await.settled.unwrap().payments, 1_000);
    reconciled(&other, "b1").await;
    verified(&one).await;
    for server in servers {
        tokio::task::block_in_place(|| server.kill());
    }
}
