//! Memory that a caller decides: what requests become, bodies that never end, and replies that nobody reads.

use std::net::SocketAddr;
use std::time::Duration;

use goodturn::ledger::clock::Stopwatch;
use goodturn::pb;
use tokio::task::JoinSet;
use tonic::Code;
use tonic::codegen::http::{HeaderMap, HeaderName, HeaderValue};

use crate::support::clients::{Clients, TestServer, create_program, database};
use crate::support::process::{ServeProcess, until};
use crate::support::raw::{Raw, framed, page};
use crate::support::refused::refused;
use crate::support::watched::record_many;
use crate::support::witness::{Witness, create_witness};

/// The stated bound for all of them together.
const RESIDENT_KIB_MAX: u64 = 512 * 1024;

/// Two million empty activities, two bytes each.
fn hollow() -> Vec<u8> {
    [0x12, 0x00].repeat(2 * 1024 * 1024 - 64)
}

#[tokio::test]
async fn a_request_of_two_million_empty_messages_is_refused_by_their_number() {
    // INV 76
    let server = TestServer::with_program().await;
    let mut raw = Raw::connect(server.running.address, 65_535).await;
    let (status, _) = raw.call("Ledger/BatchRecordActivities", &hollow()).await.unwrap().head().await.unwrap();
    assert_eq!(status, Some(Code::InvalidArgument.into()));
    let activities = vec![pb::Activity::default(); 5_000];
    let batch = pb::BatchRecordActivitiesRequest { parent: "programs/qc".into(), activities, ..Default::default() };
    let told = refused(&server.clients, server.clients.ledger().batch_record_activities(batch)).await;
    assert_eq!(told.message, "activities has more than 4000 items; send less at a time");
    // The decoder passes over a group that it does not know.
    let behind_a_group = [&[0x7b, 0x7c][..], &hollow()].concat();
    let call = raw.call("Ledger/BatchRecordActivities", &behind_a_group).await.unwrap();
    assert_eq!(call.head().await.unwrap().0, Some(Code::InvalidArgument.into()));
    // The same inside a stream.
    let mut stream = raw.begin("Ledger/StreamActivities").await.unwrap();
    stream.send(framed(&hollow()), false).await;
    let (_, mut rest) = stream.head().await.unwrap();
    assert!(rest.data().await.is_none(), "no result");
    let trailers = rest.trailers().await.unwrap().unwrap();
    assert_eq!(trailers["grpc-status"], "3");
}

/// Everything at once, on a server of its own: its memory is bounded, and another programme's calls are answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_stays_below_half_a_gigabyte_whatever_is_sent_and_not_read() {
    // INV 76
    let folder = tempfile::tempdir().unwrap();
    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    create_witness(&clients).await;
    for n in 0..2 {
        record_many(&clients, &format!("k{n}"), 1_000).await;
    }
    let witness = Witness::start(&clients, "before");
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = witness.times().await;
    let rested = server.kib("VmRSS");

    let witness = Witness::start(&clients, "during");
    let mut attacks = JoinSet::new();
    for _ in 0..6 {
        attacks.spawn(send_hollow(server.address));
    }
    for _ in 0..48 {
        attacks.spawn(never_end(server.address));
        attacks.spawn(never_read(server.address));
        attacks.spawn(send_headers(server.address));
    }
    let began = Stopwatch::start();
    while began.elapsed() < Duration::from_secs(12) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let during = witness.times().await;
    attacks.shutdown().await;
    let peak = server.kib("VmHWM");
    let witness = Witness::start(&clients, "after");
    until("memory comes back", async || server.kib("VmRSS") < rested + RESIDENT_KIB_MAX / 5).await;
    // It may have come back at once.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = witness.times().await;
    println!("witness before {before:?}, during {during:?}, after {after:?}; {rested} KiB at rest, {peak} KiB at most");
    assert!(peak < RESIDENT_KIB_MAX, "{peak} KiB");
}

/// Sends four megabytes of empty messages again and again.
async fn send_hollow(address: SocketAddr) {
    let mut raw = Raw::connect(address, 65_535).await;
    let body = hollow();
    while let Some(call) = raw.call("Ledger/BatchRecordActivities", &body).await {
        drop(call.head().await);
    }
}

/// Begins as many calls as may be, each with as many headers as may be, again and again. A short header takes forty times its bytes.
async fn send_headers(address: SocketAddr) {
    let mut raw = Raw::connect(address, 65_535).await;
    let names = (0..210).map(|n| HeaderName::try_from(format!("x{n}")).unwrap());
    let headers: HeaderMap = names.map(|name| (name, HeaderValue::from_static(""))).collect();
    loop {
        let mut open = Vec::new();
        for _ in 0..200 {
            let Some(call) = raw.begin_with(&headers, "Ledger/GetBalance").await else { return };
            open.push(call);
        }
        for call in open {
            drop(call.head().await);
        }
    }
}

/// Begins four requests of four megabytes, and never ends them.
async fn never_end(address: SocketAddr) {
    let mut raw = Raw::connect(address, 65_535).await;
    let body = framed(&vec![1; 4 * 1024 * 1024 - 64]);
    let mut open = Vec::new();
    for _ in 0..4 {
        let Some(mut call) = raw.begin("Ledger/BatchRecordActivities").await else { return };
        let part = body.slice(..body.len() - 1);
        // What is refused takes no more.
        let _taken = tokio::time::timeout(Duration::from_secs(1), call.send(part, false)).await;
        open.push(call);
    }
    std::future::pending::<()>().await;
}

/// Asks for two hundred large pages, and takes nothing of them.
async fn never_read(address: SocketAddr) {
    let mut raw = Raw::connect(address, 0).await;
    let mut open = Vec::new();
    for _ in 0..200 {
        let Some(call) = raw.ask("Ledger/ListEntries", &page()).await else { return };
        open.push(call);
    }
    std::future::pending::<()>().await;
}
