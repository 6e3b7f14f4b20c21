//! Connections: half-made, silent, and more than there are descriptors.

use std::io::Read as _;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use goodturn::ledger::clock::Stopwatch;
use goodturn::pb;
use prost::Message as _;
use tonic::Code;
use tonic::codegen::http::{HeaderMap, HeaderName, HeaderValue};

use crate::support::clients::{Clients, create_program, database, kudos, record};
use crate::support::process::ServeProcess;
use crate::support::raw::{Raw, framed, page};
use crate::support::watched::record_many;

/// Opens so many connections that say nothing.
fn silent(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    (0..count).map(|_| TcpStream::connect(address).unwrap()).collect()
}

#[tokio::test]
async fn half_made_connections_are_closed_after_ten_seconds() {
    // INV 76
    let folder = tempfile::tempdir().unwrap();
    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    let began = Stopwatch::start();
    let half_made = silent(server.address, 200);
    create_program(&clients).await;
    let closed = tokio::task::spawn_blocking(move || {
        half_made.into_iter().all(|mut socket| {
            socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            // What the server says first, then the end.
            socket.read_to_end(&mut Vec::new()).is_ok()
        })
    });
    assert!(closed.await.unwrap());
    let after = began.elapsed();
    assert!((Duration::from_secs(9)..Duration::from_secs(25)).contains(&after), "{after:?}");
    clients.ledger().record_activity(record(kudos("k1", "ben", "2018-04-01T12:00:00Z"))).await.unwrap();
}

#[tokio::test]
async fn without_descriptors_the_server_waits_says_so_and_goes_on() {
    // INV 76
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("serve.log");
    let server = ServeProcess::start_with_descriptors(&database(&folder), 64, &log);
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    let began = Stopwatch::start();
    let many = silent(server.address, 100);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = server.cpu_ticks();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let spent = server.cpu_ticks() - before;
    assert!(spent < 50, "{spent} hundredths of a second in two seconds");
    let told = std::fs::read_to_string(&log).unwrap();
    let lines = told.lines().filter(|line| line.contains("a connection was not taken")).count();
    assert!((1..=10).contains(&lines), "{told}");
    assert!(told.contains("the process may have few descriptors"), "{told}");
    // However many descriptors others take, the database is where it was.
    assert!(!told.contains("not serving") && !told.contains("put the file back"), "{told}");
    clients.ledger().record_activity(record(kudos("k0", "ben", "2018-04-01T12:00:00Z"))).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(9), "the machine is too slow: the silent ones were closed meanwhile");
    drop(many);
    let another = Clients::connect(server.address).await;
    another.ledger().record_activity(record(kudos("k1", "ben", "2018-04-01T12:00:00Z"))).await.unwrap();
}

/// What is read at a time ends within the headers of some call: the rest is read at once, and not when somebody looks.
#[tokio::test]
async fn a_call_whose_headers_come_in_two_pieces_does_not_wait() {
    // INV 76
    let folder = tempfile::tempdir().unwrap();
    let server = ServeProcess::start(&database(&folder));
    let mut raw = Raw::connect(server.address, 65_535).await;
    let asked = pb::GetProgramRequest { name: "programs/nowhere".into() };
    // It is never sent as an index, so that each call has as many bytes.
    let mut long = HeaderValue::from_str(&"x".repeat(700)).unwrap();
    long.set_sensitive(true);
    let headers = HeaderMap::from_iter([(HeaderName::from_static("x-long"), long)]);
    for call in 0..200 {
        let began = Stopwatch::start();
        let mut one = raw.begin_with(&headers, "Programs/GetProgram").await.unwrap();
        one.send(framed(&asked.encode_to_vec()), true).await.unwrap();
        assert_eq!(one.status().await.code(), Code::NotFound);
        assert!(began.elapsed() < Duration::from_millis(700), "call {call} took {:?}", began.elapsed());
    }
}

/// Silent connections, a reply that nobody reads, and a body that never ends do not keep a server that is told to end.
#[tokio::test]
async fn a_server_told_to_end_waits_for_nobody_who_is_silent() {
    // INV 68, 76
    let folder = tempfile::tempdir().unwrap();
    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    record_many(&clients, "k", 1_000).await;
    let _half_made = silent(server.address, 20);
    let mut deaf = Raw::connect(server.address, 0).await;
    let _unread = deaf.ask("Ledger/ListEntries", &page()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let began = Stopwatch::start();
    let ended = tokio::task::spawn_blocking(move || server.terminate()).await.unwrap();
    assert!(ended.success(), "{ended}");
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
}
