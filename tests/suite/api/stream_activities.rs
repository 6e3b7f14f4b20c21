//! `StreamActivities`: order, flow control, broken streams, the end of a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use goodturn::app::start;
use goodturn::grpc::Api;
use goodturn::grpc::server::{SHUTDOWN_PATIENCE, serve};
use goodturn::grpc::streams::WatchLimits;
use goodturn::ledger::Ledger;
use goodturn::ledger::clock::{Stopwatch, SystemClock};
use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::pb::record_activity_result::Result as Outcome;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic::transport::Channel;

use crate::support::clients::{Clients, TestServer, create_program, database, kudos, on_free_port, record};
use crate::support::faulty::{Fault, FaultyLog};
use crate::support::inflow::{Inflow, message};
use crate::support::process::ServeProcess;
use crate::support::reads::verified;
use crate::support::receipts::first_of;
use crate::support::refused::{Refused, head_seq};
use crate::support::served::Served;
use crate::support::watched::{PATIENCE, Watched, from, listed};

const WHEN: &str = "2018-04-01T12:00:00Z";

fn some(label: &str, count: usize) -> Vec<pb::Activity> {
    (0..count).map(|n| kudos(&format!("{label}-{n}"), ["ben", "cleo"][n % 2], WHEN)).collect()
}

fn receipt(outcome: &Outcome) -> &pb::Receipt {
    match outcome {
        Outcome::Receipt(receipt) => receipt,
        Outcome::Error(error) => panic!("{error:?}"),
    }
}

fn seqs(outcomes: &[Outcome]) -> Vec<i64> {
    outcomes.iter().map(|outcome| receipt(outcome).seq).collect()
}

/// Returns the first outcomes, of replays.
fn firsts_of(replays: Vec<Outcome>) -> Vec<Outcome> {
    let first = |outcome| match outcome {
        Outcome::Receipt(receipt) => Outcome::Receipt(first_of(&receipt)),
        error @ Outcome::Error(_) => error,
    };
    replays.into_iter().map(first).collect()
}

#[tokio::test]
async fn each_activity_is_answered_in_order_however_they_are_sent() {
    // INV 3, 6, 7, 8, 11
    let server = TestServer::with_program().await;
    let mut stream = Inflow::to(&server.clients).await;
    // Each waits for its answer.
    for (seq, activity) in (3..).zip(some("alone", 20)) {
        stream.send(vec![activity]).await;
        stream.answers(usize::try_from(seq).unwrap() - 2).await;
        assert_eq!(receipt(stream.outcomes.last().unwrap()).seq, seq);
        assert_eq!(head_seq(&server.clients).await, seq, "what is answered is there");
    }
    // Some are wrong; the others stand, and the stream goes on.
    let mut mixed = some("mixed", 8);
    mixed[1].kind = "sandwich".into();
    mixed[3].occurred_at = None;
    mixed[4].name = "programs/other/sources/forum/activities/x".into();
    mixed[5] = kudos("alone-0", "dora", WHEN);
    mixed[6] = some("alone", 1).remove(0);
    stream.send(mixed).await;
    stream.send(Vec::new()).await;
    let message = message(some("many", 1_000));
    stream.send.send(message).await.unwrap();
    let outcomes = stream.finish().await;
    let told: Vec<Result<i64, String>> = outcomes[20..28]
        .iter()
        .map(|outcome| match outcome {
            Outcome::Receipt(receipt) => Ok(receipt.seq),
            Outcome::Error(error) => Err(Refused::of_item(error).reason.replace("ERROR_REASON_", "")),
        })
        .collect();
    let wrong = |reason: &str| Err(reason.to_owned());
    let invalid = || wrong("INVALID_REQUEST");
    let different = wrong("EXISTS_WITH_DIFFERENT_CONTENT");
    assert_eq!(told, [Ok(23), wrong("UNKNOWN_KIND"), Ok(24), invalid(), invalid(), different, Ok(3), Ok(25)]);
    assert_eq!(seqs(&outcomes[28..]), (26..1_026).collect::<Vec<_>>());
    let entries = listed(&server.clients).await;
    assert_eq!(entries.len(), 1_025);
    assert!(Inflow::to(&server.clients).await.finish().await.is_empty(), "nothing sent, nothing told");
    let again = Inflow::to(&server.clients).await;
    again.send(some("many", 1_000)).await;
    assert_eq!(firsts_of(again.finish().await), outcomes[28..], "sent again, the same receipts");
    assert_eq!(head_seq(&server.clients).await, 1_025);
}

#[tokio::test]
async fn a_message_of_wrong_form_ends_the_stream_after_what_came_before() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let first = |parent: &str| pb::StreamActivitiesRequest { parent: parent.into(), activities: some("x", 1) };
    for (parent, code) in
        [("", Code::InvalidArgument), ("programs", Code::InvalidArgument), ("programs/no", Code::NotFound)]
    {
        let mut stream = Inflow::begin(clients).await.unwrap();
        stream.send.send(first(parent)).await.unwrap();
        let told = stream.cut().await;
        assert_eq!((told.code, stream.outcomes.len()), (code, 0), "{parent}");
        assert!(code != Code::InvalidArgument || told.fields == ["parent"], "{told:?}");
    }
    assert_eq!(head_seq(clients).await, 2);
    for (round, wrong, field) in [(0, first("programs/other"), "parent"), (1, message(some("y", 1_001)), "activities")]
    {
        let mut stream = Inflow::to(clients).await;
        stream.send(some(&format!("good-{round}"), 300)).await;
        stream.send.send(wrong).await.unwrap();
        stream.cut().await.breaks(&[field]);
        assert_eq!(stream.outcomes.len(), 300);
        assert_eq!(head_seq(clients).await, 2 + (round + 1) * 300);
    }
}

#[tokio::test]
async fn a_full_queue_makes_streams_wait_and_leaves_room_for_single_calls() {
    // INV 66
    const STREAMS: usize = 20;
    const CALLS: usize = 5;
    let log = FaultyLog::on(Arc::new(MemoryLog::default()));
    let served = Served::on(log.clone(), "2018-04-02T00:00:00Z").await;
    log.hold();
    let mut waiting = Vec::new();
    let others = Clients::connect(served.address).await;
    for n in 0..STREAMS {
        let stream = Inflow::to(if n < STREAMS / 2 { &served.clients } else { &others }).await;
        stream.send(some(&format!("s{n}"), 1_000)).await;
        waiting.push(stream);
    }
    // By then the streams have taken what they may.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut ledger = served.clients.ledger();
    for call in 0..CALLS {
        let single = record(kudos(&format!("single-{call}"), "ben", WHEN));
        let waits = tokio::time::timeout(Duration::from_millis(50), ledger.record_activity(single)).await;
        assert!(waits.is_err(), "it is queued: {waits:?}");
    }
    // Calls that do not wait for room fill the rest, until one is refused.
    let mut batches = 0;
    let refused = loop {
        let activities = (0..1_000).map(|n| kudos(&format!("batch-{batches}-{n}"), "ben", WHEN)).collect();
        let parent = "programs/qc".into();
        let batch = pb::BatchRecordActivitiesRequest { parent, activities, ..Default::default() };
        let call = tokio::time::timeout(Duration::from_millis(300), ledger.batch_record_activities(batch)).await;
        batches += 1;
        assert!(batches < 20, "nothing is refused");
        if let Ok(Err(error)) = call {
            break error;
        }
    };
    Refused::of(&refused).because(Code::ResourceExhausted, "ERROR_REASON_OVERLOADED");
    log.release();
    for stream in waiting {
        let outcomes = stream.finish().await;
        assert_eq!(seqs(&outcomes).len(), 1_000);
    }
    let head = usize::try_from(head_seq(&served.clients).await).unwrap();
    let least = 2 + STREAMS * 1_000 + CALLS;
    assert!((least..=least + batches * 1_000).contains(&head), "{head}");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_read_from_no_more() {
    // INV 26, 66
    let server = TestServer::with_program().await;
    let narrow = Channel::from_shared(format!("http://{}", server.running.address)).unwrap();
    let channel = narrow.initial_stream_window_size(65_535).connect().await.unwrap();
    let mut ledger = pb::ledger_client::LedgerClient::new(channel);
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let many = tokio_stream::iter(0..30_000_usize).map(move |n| {
        counted.store(n + 1, Ordering::SeqCst);
        message(vec![kudos(&format!("k{n}"), "ben", WHEN)])
    });
    let results = ledger.stream_activities(many).await.unwrap().into_inner();
    // What it may be ahead: what HTTP/2 takes of activities and of results, and what is on its way between.
    let (mut before, mut same) = (0, 0);
    while same < 50 {
        // Other calls of this connection go on meanwhile.
        let other = kudos(&format!("other-{same}-{before}"), "cleo", WHEN);
        let other = tokio::time::timeout(PATIENCE, ledger.record_activity(record(other)));
        other.await.expect("a stream that stands still holds up no other call").unwrap();
        let now = sent.load(Ordering::SeqCst);
        same = if now == before && now > 1_000 { same + 1 } else { 0 };
        before = now;
    }
    assert!(before < 15_000, "{before} were sent");
    let mut stream = Inflow { send: mpsc::channel(1).0, results, outcomes: Vec::new() };
    while stream.message().await.unwrap().is_some() {}
    assert_eq!(seqs(&stream.outcomes).len(), 30_000, "it goes on where it stood");
}

#[tokio::test]
async fn a_server_that_is_killed_has_kept_what_it_answered() {
    // INV 1, 3, 5, 8
    let folder = tempfile::tempdir().unwrap();
    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    let mut stream = Inflow::to(&clients).await;
    let all = some("k", 20_000);
    let messages = all.chunks(50).map(<[_]>::to_vec).collect::<Vec<_>>();
    let send = stream.send.clone();
    let sending = tokio::spawn(async move {
        for activities in messages {
            if send.send(message(activities)).await.is_err() {
                return;
            }
        }
    });
    stream.answers(2_000).await;
    server.kill();
    while let Ok(Some(())) = stream.message().await {}
    sending.await.unwrap();
    let answered = stream.outcomes;
    assert!((2_000..20_000).contains(&answered.len()), "{} were answered", answered.len());

    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    let recorded = head_seq(&clients).await;
    assert!(recorded >= 2 + i64::try_from(answered.len()).unwrap(), "what was answered is there");
    let again = Inflow::to(&clients).await;
    let send = again.send.clone();
    let (outcomes, ()) = tokio::join!(again.finish(), async move {
        for activities in all.chunks(1_000) {
            send.send(message(activities.to_vec())).await.unwrap();
        }
    });
    assert_eq!(firsts_of(outcomes[..answered.len()].to_vec()), answered, "the same receipts");
    assert_eq!(seqs(&outcomes), (3..20_003).collect::<Vec<_>>(), "each once, in order");
    verified(&clients).await;
    drop(server);
}

#[tokio::test]
async fn a_server_asked_to_stop_answers_what_is_queued_and_ends_its_streams() {
    // INV 68
    let folder = tempfile::tempdir().unwrap();
    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    let mut idle = Inflow::to(&clients).await;
    let mut busy = Inflow::to(&clients).await;
    let send = busy.send.clone();
    let sending = tokio::spawn(async move {
        for n in 0.. {
            if send.send(message(some(&format!("b{n}"), 10))).await.is_err() {
                return;
            }
        }
    });
    busy.answers(100).await;
    let begun = Stopwatch::start();
    let stopped = tokio::task::spawn_blocking(|| server.terminate());
    for stream in [&mut idle, &mut busy] {
        stream.cut().await.because(Code::Unavailable, "ERROR_REASON_SERVER_STOPPING");
    }
    let answered = seqs(&busy.outcomes);
    drop((clients, idle, busy));
    sending.await.unwrap();
    assert!(stopped.await.unwrap().success());
    assert!(begun.elapsed() < SHUTDOWN_PATIENCE / 2, "it took {:?}", begun.elapsed());
    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    assert_eq!(head_seq(&clients).await, *answered.last().unwrap(), "all that was queued was answered");
    drop(server);
}

#[tokio::test]
async fn what_is_queued_is_recorded_when_its_client_has_gone() {
    // INV 5
    let log = FaultyLog::on(Arc::new(MemoryLog::default()));
    let served = Served::on(log.clone(), "2018-04-02T00:00:00Z").await;
    log.hold();
    let stream = Inflow::to(&served.clients).await;
    stream.send(some("a", 100)).await;
    log.begun(3).await;
    drop(stream);
    log.release();
    let again = Inflow::to(&served.clients).await;
    again.send(some("a", 100)).await;
    assert_eq!(seqs(&again.finish().await), (3..103).collect::<Vec<_>>());
    assert_eq!(head_seq(&served.clients).await, 102);
}

#[tokio::test]
async fn faults_of_the_store_are_told_one_by_one_and_the_stream_goes_on() {
    // INV 4, 5, 9, 65
    let log = FaultyLog::on(Arc::new(MemoryLog::default()));
    let served = Served::on(log.clone(), "2018-04-02T00:00:00Z").await;
    let mut stream = Inflow::to(&served.clients).await;
    stream.send(some("known", 2)).await;
    stream.answers(2).await;
    log.refuse("poison-3");
    stream.send(some("poison", 6)).await;
    stream.answers(8).await;
    for (fault, label) in [(Fault::RecordedAndLost, "recorded"), (Fault::Lost, "lost"), (Fault::Unavailable, "not")] {
        log.fail([fault]);
        stream.send(some(label, 2)).await;
        let answered = stream.outcomes.len();
        stream.answers(answered + 2).await;
    }
    let told: Vec<String> = stream
        .outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Receipt(receipt) => receipt.seq.to_string(),
            Outcome::Error(error) => Refused::of_item(error).reason.replace("ERROR_REASON_", ""),
        })
        .collect();
    let (refused, unavailable) = ("STORE_REFUSES", "STORE_UNAVAILABLE");
    let expected = ["3", "4", "5", "6", "7", refused, "8", "9", "10", "11", "12", "13", unavailable, unavailable];
    assert_eq!(told, expected);
    assert!(stream.finish().await.len() == 14);
}

#[tokio::test]
async fn streams_both_ways_share_their_places() {
    // INV 66, as far as streams go
    let ledger = Arc::new(Ledger::new(Arc::new(MemoryLog::default()), Arc::new(SystemClock)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = WatchLimits { streams_max: 2, ..WatchLimits::default() };
    tokio::spawn(serve(Api::new(ledger).with_watch_limits(limits), listener, None, std::future::pending()));
    let clients = Clients::connect(address).await;
    create_program(&clients).await;
    let _watching = Watched::after(&clients, 0).await;
    let sending = Inflow::to(&clients).await;
    let too_many = [
        Inflow::begin(&clients).await.map(drop).unwrap_err(),
        clients.ledger().watch_entries(from("")).await.map(drop).unwrap_err(),
    ];
    for status in too_many {
        let told = Refused::of(&status);
        assert_eq!(told.because(Code::ResourceExhausted, "ERROR_REASON_TOO_MANY_STREAMS"), [("streams_max", "2")]);
    }
    sending.finish().await;
    let third = async { while Inflow::begin(&clients).await.is_err() {} };
    tokio::time::timeout(PATIENCE, third).await.expect("a stream that has ended makes room");
}

#[tokio::test]
async fn streams_to_two_servers_of_one_store_record_each_activity_once() {
    // INV 3, 14, 19
    let first = TestServer::with_program().await;
    let config = on_free_port(database(&first.folder));
    let second = start(&config).await.unwrap();
    let clients = [first.clients.clone(), Clients::connect(second.address).await];
    let streams = clients.iter().map(async |clients| {
        let stream = Inflow::to(clients).await;
        for n in 0..5 {
            stream.send(some(&format!("n{n}"), 100)).await;
        }
        seqs(&stream.finish().await)
    });
    let seqs = futures::future::join_all(streams).await;
    assert_eq!(seqs[0], seqs[1], "one receipt for both");
    assert_eq!(head_seq(&first.clients).await, 502);
    drop(clients);
    second.stop().await.unwrap();
}
