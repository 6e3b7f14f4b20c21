//! What callers are told when the store fails, over the wire.

use std::sync::Arc;
use std::time::Duration;

use goodturn::log::Log;
use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use crate::support::clients::{accepted, kudos, record};
use crate::support::faulty::{Fault, FaultyLog};
use crate::support::refused::Refused;
use crate::support::sample::{member, program};
use crate::support::served::Served;

const WHEN: &str = "2018-04-01T00:00:00Z";

async fn served() -> (Served, Arc<FaultyLog>) {
    let log = FaultyLog::on(Arc::new(MemoryLog::default()));
    let served = Served::on(log.clone(), "2018-04-02T00:00:00Z").await;
    // The member is known: what comes next reaches the store.
    served.clients.ledger().record_activity(record(kudos("known", "ben", WHEN))).await.unwrap();
    (served, log)
}

async fn refused(served: &Served, id: &str) -> tonic::Status {
    served.clients.ledger().record_activity(record(kudos(id, "ben", WHEN))).await.unwrap_err()
}

#[tokio::test]
async fn a_store_that_cannot_be_written_says_so_and_when_to_come_back() {
    // INV 4, 65
    let (served, log) = served().await;
    log.fail([Fault::Unavailable]);
    let error = refused(&served, "a").await;
    Refused::of(&error).because(Code::Unavailable, "ERROR_REASON_STORE_UNAVAILABLE");
    assert!(error.get_error_details().retry_info().is_some_and(|retry| retry.retry_delay.is_some()));
    served.clients.ledger().record_activity(record(kudos("a", "ben", WHEN))).await.unwrap();
}

#[tokio::test]
async fn a_server_whose_clock_is_off_records_nothing_until_it_is_right_again() {
    let (served, log) = served().await;
    let mut health = HealthClient::new(served.clients.channel());
    // The server's own clock stands at 2018-04-02T00:00:00Z.
    let readings = [
        ("2018-04-02T00:00:05Z", None),
        ("2018-04-02T00:00:05.001Z", Some("-5001")),
        ("2018-04-01T23:59:53Z", Some("7000")),
    ];
    for (round, (stored, offset_ms)) in readings.into_iter().enumerate() {
        log.store_clock(stored);
        let found = served.ledger.ask_store().await.unwrap();
        assert_eq!(found.map(|off| off.ms().to_string()).as_deref(), offset_ms, "{stored}");
        let award = record(kudos(&format!("r{round}"), "ben", WHEN));
        let answer = served.clients.ledger().record_activity(award).await;
        let expected = match offset_ms {
            None => {
                answer.unwrap();
                ServingStatus::Serving
            }
            Some(offset_ms) => {
                let told = Refused::of(&answer.unwrap_err());
                let metadata = told.because(Code::Unavailable, "ERROR_REASON_CLOCK_OFF");
                assert_eq!(metadata, [("offset_ms", offset_ms), ("offset_ms_max", "5000")]);
                ServingStatus::NotServing
            }
        };
        let asked = HealthCheckRequest { service: "goodturn.v1.Ledger".into() };
        while health.check(asked.clone()).await.unwrap().into_inner().status() != expected {
            tokio::task::yield_now().await;
        }
        let balance = pb::GetBalanceRequest { name: "programs/qc/members/ben".into(), min_seq: 0 };
        assert_eq!(
            served.clients.ledger().get_balance(balance).await.unwrap().into_inner().available_points,
            2,
            "reads go on"
        );
    }
}

/// A clock that is wrong for a moment must not date an entry: no later one could have an earlier date.
#[tokio::test]
async fn a_server_whose_clock_was_set_ahead_records_nothing_until_it_is_believed_again() {
    let (served, _log) = served().await;
    served.clock.set("2106-04-02T00:00:00Z");
    served.clock.set_ahead(2_777_068_800_000);
    // Nobody has asked the store since, so health does not know of it yet.
    let told = Refused::of(&refused(&served, "a").await);
    let metadata = told.because(Code::Unavailable, "ERROR_REASON_CLOCK_OFF");
    assert_eq!(metadata, [("offset_ms", "2777068800000"), ("offset_ms_max", "5000")]);
    let found = served.ledger.ask_store().await.unwrap().expect("it is off");
    assert!(found.to_string().contains("was set ahead by 2777068800000 ms"), "{found}");
    served.clock.set("2018-04-02T00:00:01Z");
    served.clock.set_ahead(0);
    assert_eq!(served.ledger.ask_store().await.unwrap(), None);
    let receipt = served.clients.ledger().record_activity(record(kudos("a", "ben", WHEN))).await.unwrap().into_inner();
    assert_eq!(receipt.recorded_at.unwrap().seconds, 1_522_627_201);
}

#[tokio::test]
async fn an_unknown_outcome_is_told_as_such_and_a_retry_gets_the_receipt() {
    // INV 5
    let (served, log) = served().await;
    log.fail([Fault::RecordedAndLost]);
    log.unreadable(true);
    let error = refused(&served, "a").await;
    Refused::of(&error).because(Code::Unavailable, "ERROR_REASON_OUTCOME_UNKNOWN");
    log.unreadable(false);
    let receipt = loop {
        match served.clients.ledger().record_activity(record(kudos("a", "ben", WHEN))).await {
            Ok(receipt) => break receipt.into_inner(),
            Err(error) => Refused::of(&error).because(Code::Unavailable, "ERROR_REASON_STORE_UNAVAILABLE"),
        };
    };
    assert_eq!((receipt.seq, receipt.balance.unwrap().available_points), (4, 2));
}

#[tokio::test]
async fn a_command_the_store_refuses_is_told_that_it_always_will_be() {
    let (served, log) = served().await;
    log.refuse("a");
    Refused::of(&refused(&served, "a").await).because(Code::Internal, "ERROR_REASON_STORE_REFUSES");
    served.clients.ledger().record_activity(record(kudos("b", "ben", WHEN))).await.unwrap();
}

#[tokio::test]
async fn a_deadline_that_passed_in_the_queue_means_that_nothing_was_done() {
    // INV 67
    let (served, log) = served().await;
    log.hold();
    let flying = tokio::spawn({
        let clients = served.clients.clone();
        async move { clients.ledger().record_activity(record(kudos("flying", "ben", WHEN))).await }
    });
    log.begun(4).await;
    // Waits behind the batch in flight, for longer than its caller does; the caller's own end is told to it first.
    let mut hasty = Request::new(record(kudos("hasty", "nobody-knows", WHEN)));
    hasty.set_timeout(Duration::from_nanos(1));
    let error = served.clients.ledger().record_activity(hasty).await.unwrap_err();
    assert!(matches!(error.code(), Code::DeadlineExceeded | Code::Cancelled), "{error:?}");
    log.release();
    flying.await.unwrap().unwrap();
    let after = served.clients.ledger().record_activity(record(kudos("after", "ben", WHEN))).await.unwrap();
    assert_eq!(after.into_inner().seq, 5, "the hasty one left no entry");
}

#[tokio::test]
async fn more_than_the_queue_holds_is_refused_whole_with_a_hint() {
    // INV 66
    let (served, log) = served().await;
    log.hold();
    let batch = |prefix: &str| pb::BatchRecordActivitiesRequest {
        parent: "programs/qc".into(),
        activities: (0..1_000).map(|n| kudos(&format!("{prefix}-{n}"), "ben", WHEN)).collect(),
        ..Default::default()
    };
    // One batch of 4,096 flies, one is decided behind it, 8,192 wait; what comes on top is refused.
    let mut waiting = Vec::new();
    for n in 0..40 {
        let (clients, batch) = (served.clients.clone(), batch(&n.to_string()));
        waiting.push(tokio::spawn(async move { clients.ledger().batch_record_activities(batch).await }));
    }
    let error = loop {
        let (done, _, rest) = futures::future::select_all(waiting).await;
        waiting = rest;
        if let Err(error) = done.unwrap() {
            break error;
        }
    };
    Refused::of(&error).because(Code::ResourceExhausted, "ERROR_REASON_OVERLOADED");
    assert!(error.get_error_details().retry_info().is_some());
    log.release();
    let mut accepted = 0;
    for batch in futures::future::join_all(waiting).await {
        match batch.unwrap() {
            Ok(reply) => accepted += reply.into_inner().results.len(),
            Err(error) => drop(Refused::of(&error).because(Code::ResourceExhausted, "ERROR_REASON_OVERLOADED")),
        }
    }
    let recorded = served.ledger.program(&program()).await.unwrap().unwrap().read().head.seq.get();
    assert_eq!(usize::try_from(recorded).unwrap(), 3 + accepted, "accepted is recorded, refused is not");
    assert!(accepted >= 8_000);
}

#[tokio::test]
async fn a_sum_out_of_range_is_told_with_its_bucket() {
    // INV 38
    let store = Arc::new(MemoryLog::default());
    let served = Served::on(store.clone(), "2018-04-02T00:00:00Z").await;
    let opened = store.open(&program()).await.unwrap().unwrap();
    let expect = goodturn::log::Expect { seq: opened.head.seq, epoch: opened.head.epoch };
    let mut account = goodturn::domain::state::account::Account::empty(member("rich"));
    let full = (2_u8, (1_u8, -i64::MAX), (3_u8, i64::MAX));
    account.balances = goodturn::domain::value::encoding::decode(&borsh::to_vec(&full).unwrap()).unwrap();
    let mut changes = goodturn::domain::state::overlay::Changes::default();
    changes.accounts.insert(member("rich"), account);
    let forged = goodturn::log::Sealed {
        head: opened.head,
        entries: Vec::new(),
        changes,
        notes: Vec::new(),
        ready: goodturn::log::Ready::default(),
    };
    store.append(&program(), expect, &Arc::new(forged)).await.unwrap();
    let error = served.clients.ledger().record_activity(record(accepted("a", "rich", WHEN))).await.unwrap_err();
    let told = Refused::of(&error);
    assert_eq!(told.because(Code::OutOfRange, "ERROR_REASON_AMOUNT_OVERFLOW"), [("bucket", "issued")]);
}

/// The connections of all reads fail, and the one for signs of life lives on, as where others have taken every place of the database.
#[tokio::test]
async fn a_store_that_answers_no_read_is_silent_however_lively_it_seems() {
    let (served, log) = served().await;
    let ledger = Arc::clone(&served.ledger);
    let watching = tokio::spawn(async move { tokio::join!(ledger.keep_following(), ledger.keep_asking_store()) });
    let mut fitness = served.ledger.vitals().fitness();
    log.unreadable(true);
    let silent = tokio::time::timeout(Duration::from_mins(1), fitness.wait_for(|known| known.store_silent)).await;
    assert!(silent.is_ok_and(|told| told.is_ok()), "reads fail, and nobody says so");
    log.unreadable(false);
    let well =
        tokio::time::timeout(Duration::from_mins(1), fitness.wait_for(|known| known.faults().next().is_none())).await;
    assert!(well.is_ok_and(|told| told.is_ok()), "reads are answered again");
    watching.abort();
}
