//! Streams: one connection cannot take all of them, and none keeps a place in silence.

use std::sync::Arc;
use std::time::Duration;

use goodturn::grpc::Api;
use goodturn::grpc::server::serve;
use goodturn::grpc::streams::WatchLimits;
use goodturn::ledger::Ledger;
use goodturn::ledger::clock::{Stopwatch, SystemClock};
use goodturn::log::memory::MemoryLog;
use tokio::net::TcpListener;
use tonic::Code;

use crate::support::clients::{Clients, TestServer, create_program, kudos};
use crate::support::inflow::Inflow;
use crate::support::refused::{Refused, refused};
use crate::support::watched::{PATIENCE, Watched, from};

const WHEN: &str = "2018-04-01T12:00:00Z";

#[tokio::test]
async fn a_connection_has_sixteen_streams_and_leaves_the_others_to_others() {
    // INV 66, 76
    let server = TestServer::with_program().await;
    let mut watching = Vec::new();
    for _ in 0..16 {
        watching.push(Watched::after(&server.clients, 0).await);
    }
    let told = refused(&server.clients, server.clients.ledger().watch_entries(from(""))).await;
    assert_eq!(told.because(Code::ResourceExhausted, "ERROR_REASON_TOO_MANY_STREAMS"), [("streams_max", "16")]);
    let status = Inflow::begin(&server.clients).await.map(drop).unwrap_err();
    Refused::of(&status).because(Code::ResourceExhausted, "ERROR_REASON_TOO_MANY_STREAMS");
    let other = Clients::connect(server.running.address).await;
    let stream = Inflow::to(&other).await;
    stream.send(vec![kudos("k1", "ben", WHEN)]).await;
    assert_eq!(stream.finish().await.len(), 1);
    watching.pop();
    let again = async { while server.clients.ledger().watch_entries(from("")).await.is_err() {} };
    tokio::time::timeout(PATIENCE, again).await.expect("a stream that has ended makes room");
}

#[tokio::test]
async fn a_stream_on_which_nothing_is_sent_is_ended() {
    // INV 66, 76
    let silence_max = Duration::from_secs(1);
    let ledger = Arc::new(Ledger::new(Arc::new(MemoryLog::default()), Arc::new(SystemClock)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = WatchLimits { silence_max, ..WatchLimits::default() };
    tokio::spawn(serve(Api::new(ledger).with_watch_limits(limits), listener, None, std::future::pending()));
    let clients = Clients::connect(address).await;
    create_program(&clients).await;
    let began = Stopwatch::start();
    let mut stream = Inflow::to(&clients).await;
    for n in 0..3 {
        tokio::time::sleep(silence_max / 2).await;
        stream.send(vec![kudos(&format!("k{n}"), "ben", WHEN)]).await;
    }
    stream.answers(3).await;
    let told = Refused::of(&stream.message().await.unwrap_err());
    assert_eq!(told.because(Code::DeadlineExceeded, "ERROR_REASON_STREAM_SILENT"), [("silence_seconds", "1")]);
    assert!(began.elapsed() >= silence_max * 2, "{:?}", began.elapsed());
    // One that never sent anything.
    let mut unused = Inflow::begin(&clients).await.unwrap();
    let told = Refused::of(&unused.message().await.unwrap_err());
    told.because(Code::DeadlineExceeded, "ERROR_REASON_STREAM_SILENT");
}
