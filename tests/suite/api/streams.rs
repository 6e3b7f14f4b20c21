//! Streams of entries: order without a gap, resume tokens, slow readers, the end of a server.

use std::sync::Arc;
use std::time::Duration;

use goodturn::app::start;
use goodturn::grpc::Api;
use goodturn::grpc::server::{SHUTDOWN_PATIENCE, serve};
use goodturn::grpc::streams::WatchLimits;
use goodturn::ledger::Ledger;
use goodturn::ledger::clock::{Stopwatch, SystemClock};
use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use tokio::net::TcpListener;
use tonic::Code;
use tonic::transport::Channel;

use crate::support::clients::{
    Clients, TestServer, at, create_program, database, first_rules, kudos, on_free_port, qc, record,
};
use crate::support::process::ServeProcess;
use crate::support::refused::{Refused, head_seq, refused};
use crate::support::restore::{copy, put_back, put_back_under};
use crate::support::watched::{PATIENCE, Watched, from, listed, record_many};

#[tokio::test]
async fn a_stream_gives_what_is_recorded_and_then_what_comes() {
    // INV 24
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    record_many(clients, "a", 1_000).await;
    record_many(clients, "b", 200).await;
    let mut all = Watched::after(clients, 0).await;
    let mut late = Watched::after(clients, 1_150).await;
    all.up_to(1_202).await;
    late.up_to(1_202).await;
    let mut waiting = Watched::after(clients, 1_202).await;
    for n in 0..20 {
        let one = kudos(&format!("live-{n}"), "dora", "2018-04-01T12:00:00Z");
        let seq = clients.ledger().record_activity(record(one)).await.unwrap().into_inner().seq;
        waiting.up_to(seq).await;
    }
    record_many(clients, "c", 1_000).await;
    for watched in [&mut all, &mut late, &mut waiting] {
        watched.up_to(2_222).await;
    }
    let listed = listed(clients).await;
    assert_eq!(all.entries, listed);
    assert_eq!(late.entries, listed[1_150..]);
    assert_eq!(waiting.entries, listed[1_202..]);
    // A message ends where its token goes on, and two readers at one place get one token.
    assert_eq!((&all.token, &late.token), (&waiting.token, &waiting.token));
}

#[tokio::test]
async fn a_stream_of_a_server_that_is_killed_goes_on_where_it_stood() {
    // INV 1, 24
    let folder = tempfile::tempdir().unwrap();
    let mut server = ServeProcess::start(&database(&folder));
    let mut clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    let mut reader = Watched::after(&clients, 0).await;
    let mut acked = 2;
    for round in 0..3 {
        let writing = async {
            for n in 0.. {
                let one = kudos(&format!("k-{round}-{n}"), "ben", "2018-04-01T12:00:00Z");
                match clients.ledger().record_activity(record(one)).await {
                    Ok(receipt) => acked = receipt.into_inner().seq,
                    Err(_) => return,
                }
            }
        };
        let reading = async {
            // Killed while the reader is some way into it, and the writer at work.
            while reader.entries.len() < (round + 1) * 50 {
                reader.message().await.unwrap();
            }
            server.kill();
            while reader.message().await.is_ok() {}
        };
        tokio::join!(writing, reading);
        server = ServeProcess::start(&database(&folder));
        clients = Clients::connect(server.address).await;
        let Watched { entries, last, token, .. } = reader;
        assert!(last <= head_seq(&clients).await, "nothing is shown that a crash can take back");
        reader = Watched { entries, ..Watched::resumed(&clients, &token, last).await };
    }
    let head = head_seq(&clients).await;
    assert!(acked <= head, "what was acked is recorded");
    reader.up_to(head).await;
    assert_eq!(reader.entries, listed(&clients).await);
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_cut_while_commits_go_on() {
    // INV 24, 26
    // Longer than a busy machine lets a reader wait that takes everything.
    let reader_patience = Duration::from_secs(1);
    let (clients, address) = served(WatchLimits { reader_patience, ..WatchLimits::default() }).await;
    for n in 0..20 {
        record_many(&clients, &format!("a{n}"), 1_000).await;
    }
    // A window of 64 KiB takes some 150 entries; the server may send what the window of a common client takes.
    let narrow = Channel::from_shared(format!("http://{address}")).unwrap().initial_stream_window_size(65_535);
    let mut narrow = pb::ledger_client::LedgerClient::new(narrow.connect().await.unwrap());
    let mut slow = Watched::on(narrow.watch_entries(from("")).await.unwrap().into_inner(), 0);
    let begun = Stopwatch::start();
    for n in 0..4 {
        // Few, so that a server which queued more for it would still have room, and not cut it.
        record_many(&clients, &format!("meanwhile{n}"), 10).await;
        while begun.elapsed() < reader_patience * (n + 1) {
            head_seq(&clients).await;
        }
    }
    let told = slow.cut().await;
    assert_eq!(
        told.because(Code::ResourceExhausted, "ERROR_REASON_READER_TOO_SLOW"),
        [("patience_seconds", reader_patience.as_secs().to_string().as_str())]
    );
    assert!(slow.entries.len() <= 4 * 500, "{} entries were on the wire or kept for it", slow.entries.len());
    let mut again = Watched::resumed(&clients, &slow.token, slow.last).await;
    again.up_to(20_042).await;
    // Who reads is not cut, however long there is nothing to read.
    let begun = Stopwatch::start();
    while begun.elapsed() < reader_patience * 2 {
        head_seq(&clients).await;
    }
    record_many(&clients, "last", 1).await;
    again.up_to(20_043).await;
}

#[tokio::test]
async fn a_token_is_refused_by_a_log_that_was_put_back() {
    // INV 25
    let server = TestServer::with_program().await;
    record_many(&server.clients, "a", 5).await;
    let mut reader = Watched::after(&server.clients, 0).await;
    reader.up_to(7).await;
    let early = reader.token.clone();
    let kept = copy(&server.folder, "kept.db").await;
    record_many(&server.clients, "b", 5).await;
    reader.up_to(12).await;
    let late = reader.token.clone();
    let TestServer { clients, running, folder } = server;
    drop((clients, reader));
    running.stop().await.unwrap();
    put_back(&folder, &kept);
    let config = on_free_port(database(&folder));
    let running = start(&config).await.unwrap();
    let clients = Clients::connect(running.address).await;

    let told = refused(&clients, clients.ledger().watch_entries(from(&late))).await;
    let because = told.because(Code::FailedPrecondition, "ERROR_REASON_LOG_FORKED");
    assert_eq!(because, [("head_seq", "7"), ("seq", "12")], "there is no such entry");
    assert!(told.message.contains("after_seq"), "it says what to do: {}", told.message);
    let mut on = Watched::resumed(&clients, &early, 7).await;
    record_many(&clients, "other", 6).await;
    on.up_to(13).await;
    let told = refused(&clients, clients.ledger().watch_entries(from(&late))).await;
    let because = told.because(Code::FailedPrecondition, "ERROR_REASON_LOG_FORKED");
    assert_eq!(because, [("head_seq", "13"), ("seq", "12")], "there is another entry");
}

#[tokio::test]
async fn a_stream_is_cut_when_the_log_goes_back_under_it() {
    // INV 25
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    record_many(clients, "a", 5).await;
    let kept = copy(&server.folder, "kept.db").await;
    let mut behind = Watched::after(clients, 0).await;
    behind.up_to(7).await;
    let behind = behind.token;
    let publish = |version: u32| {
        let mut request = first_rules();
        let rules = request.rule_set.as_mut().unwrap();
        rules.name = format!("programs/qc/ruleSets/{version}");
        rules.in_force_from = Some(at("2099-01-01T00:00:00Z"));
        let mut programs = clients.programs();
        async move { programs.publish_rule_set(request).await }
    };
    publish(2).await.unwrap();
    record_many(clients, "b", 4).await;
    let mut ahead = Watched::after(clients, 0).await;
    ahead.up_to(12).await;
    put_back_under(&server.folder, &kept).await;
    // The server learns of it as it tries to write, although what it was to write is refused then.
    let told = Refused::of(&publish(3).await.unwrap_err());
    let because = told.because(Code::FailedPrecondition, "ERROR_REASON_RULE_SET_VERSION");
    assert_eq!(because, [("expected_version", "2")]);
    let told = ahead.cut().await;
    let because = told.because(Code::FailedPrecondition, "ERROR_REASON_LOG_FORKED");
    assert_eq!(because, [("head_seq", "7"), ("seq", "12")]);
    record_many(clients, "other", 10).await;
    let mut behind = Watched::resumed(clients, &behind, 7).await;
    behind.up_to(17).await;
}

/// A server may know less than another that was read from before: that is no fork.
#[tokio::test]
async fn a_server_that_lags_behind_another_refuses_no_token_of_its() {
    // INV 24, 25
    let first = TestServer::with_program().await;
    let config = on_free_port(database(&first.folder));
    let second = start(&config).await.unwrap();
    let clients = Clients::connect(second.address).await;
    assert_eq!(head_seq(&clients).await, 2, "it knows the programme as it is now, and is not told of what comes");
    record_many(&first.clients, "a", 5).await;
    let mut reader = Watched::after(&first.clients, 0).await;
    reader.up_to(7).await;
    let mut on = Watched::resumed(&clients, &reader.token, 7).await;
    let mut after = Watched::after(&clients, 7).await;
    record_many(&clients, "b", 5).await;
    on.up_to(12).await;
    after.up_to(12).await;
}

#[tokio::test]
async fn a_stream_begins_at_one_place_of_its_own_programme() {
    // INV 25
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let other = pb::CreateProgramRequest { program_id: "other".into(), ..qc() };
    clients.programs().create_program(other).await.unwrap();
    record_many(clients, "a", 5).await;
    let mut reader = Watched::after(clients, 0).await;
    reader.up_to(7).await;
    let token = reader.token;
    let watch = |request: pb::WatchEntriesRequest| {
        let mut ledger = clients.ledger();
        async move { ledger.watch_entries(request).await }
    };
    let list = pb::ListEntriesRequest { parent: "programs/qc".into(), page_size: 1, ..Default::default() };
    let page_token = clients.ledger().list_entries(list).await.unwrap().into_inner().next_page_token;
    let newer = format!("{}02{}", &token[..16], &token[18..]);
    for odd in ["x", "00", &token[1..], &token[..96], &format!("{token}00"), &page_token, &newer] {
        let told = refused(clients, watch(from(odd))).await;
        let because = told.because(Code::InvalidArgument, "ERROR_REASON_RESUME_TOKEN");
        assert_eq!(because, [("resume_token", odd)]);
    }
    let elsewhere = pb::WatchEntriesRequest { parent: "programs/other".into(), ..from(&token) };
    refused(clients, watch(elsewhere)).await.because(Code::InvalidArgument, "ERROR_REASON_RESUME_TOKEN");
    // One bit of the leaf: an entry of another log.
    let forged = format!("{}{}", &token[..97], if token.ends_with('0') { "1" } else { "0" });
    let because = [("head_seq", "7"), ("seq", "7")];
    let told = refused(clients, watch(from(&forged))).await;
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_LOG_FORKED"), because);

    let both = pb::WatchEntriesRequest { after_seq: 7, ..from(&token) };
    refused(clients, watch(both)).await.breaks(&["resume_token"]);
    refused(clients, watch(pb::WatchEntriesRequest { after_seq: -1, ..from(&token) }))
        .await
        .breaks(&["after_seq", "resume_token"]);
    refused(clients, watch(pb::WatchEntriesRequest { parent: "programs/qc/members/ben".into(), ..from("") }))
        .await
        .breaks(&["parent"]);
    for seq in [8, i64::MAX] {
        let requested = seq.to_string();
        let told = refused(clients, watch(pb::WatchEntriesRequest { after_seq: seq, ..from("") })).await;
        let because = [("head_seq", "7"), ("requested_seq", requested.as_str())];
        assert_eq!(told.because(Code::OutOfRange, "ERROR_REASON_SEQ_NOT_RECORDED"), because);
    }
}

#[tokio::test]
async fn as_many_streams_as_are_granted_are_open_at_once() {
    // INV 66, as far as streams go
    let (clients, _) = served(WatchLimits { streams_max: 2, ..WatchLimits::default() }).await;
    let first = Watched::after(&clients, 0).await;
    let _second = Watched::after(&clients, 2).await;
    let told = refused(&clients, clients.ledger().watch_entries(from(""))).await;
    assert_eq!(told.because(Code::ResourceExhausted, "ERROR_REASON_TOO_MANY_STREAMS"), [("streams_max", "2")]);
    drop(first);
    let third = async {
        while let Err(status) = clients.ledger().watch_entries(from("")).await {
            assert_eq!(Refused::of(&status).reason, "ERROR_REASON_TOO_MANY_STREAMS");
        }
    };
    tokio::time::timeout(PATIENCE, third).await.expect("a reader that goes makes room");
}

#[tokio::test]
async fn a_server_asked_to_stop_ends_its_streams_at_once() {
    // INV 68
    let folder = tempfile::tempdir().unwrap();
    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    record_many(&clients, "a", 1_000).await;
    let mut idle = Watched::after(&clients, 1_002).await;
    let mut read = Watched::after(&clients, 0).await;
    read.up_to(1_002).await;
    // A reader that has not begun to read holds nobody up either: what it was sent fits its window.
    let mut unread = Watched::after(&clients, 0).await;
    let begun = Stopwatch::start();
    let stopped = tokio::task::spawn_blocking(|| server.terminate());
    for stream in [&mut idle, &mut read, &mut unread] {
        stream.cut().await.because(Code::Unavailable, "ERROR_REASON_SERVER_STOPPING");
    }
    drop(clients);
    assert!(stopped.await.unwrap().success());
    assert!(begun.elapsed() < SHUTDOWN_PATIENCE / 2, "it took {:?}", begun.elapsed());

    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    let mut on = Watched::resumed(&clients, &read.token, 1_002).await;
    record_many(&clients, "b", 10).await;
    on.up_to(1_012).await;
}

/// A server on a log in memory, with limits of its own.
async fn served(limits: WatchLimits) -> (Clients, std::net::SocketAddr) {
    let ledger = Arc::new(Ledger::new(Arc::new(MemoryLog::default()), Arc::new(SystemClock)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // Ends with the test's runtime.
    tokio::spawn(serve(Api::new(ledger).with_watch_limits(limits), listener, None, std::future::pending()));
    let clients = Clients::connect(address).await;
    create_program(&clients).await;
    (clients, address)
}
