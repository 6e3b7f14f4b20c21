//! Several servers at one till: of those that want the last points one gets them, and what is over ends once.

use std::collections::BTreeMap;
use std::sync::Arc;

use goodturn::domain::decide::acts::TillAct;
use goodturn::domain::decide::command::Command;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::value::amount::Move;
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::seq::Seq;
use goodturn::ledger::Ledger;
use goodturn::log::memory::MemoryLog;
use goodturn::log::{Log, Purpose};
use goodturn::pb;
use goodturn::process::{Swept, sweeper};
use tonic::{Code, Status};

use crate::support::bench::Bench;
use crate::support::clients::{Clients, accepted, record};
use crate::support::faulty::Fault;
use crate::support::fleet::Fleet;
use crate::support::refused::Refused;
use crate::support::sample::{award, member, program, time};
use crate::support::served::Served;
use crate::support::stage::WHEN;
use crate::support::stores::{on_file, on_postgres};
use crate::support::till::{asked, at_till, capture, done, hold, points, redemption, release};

/// Rounds of each race.
const ROUNDS: usize = 60;

/// One of two got the points; the other was told that they are gone.
fn one_of(answers: [Result<tonic::Response<pb::Receipt>, Status>; 2], reason: &str) -> usize {
    let won: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_ne!(won[0], won[1], "{answers:?}");
    for status in answers.into_iter().filter_map(Result::err) {
        Refused::of(&status).because(Code::FailedPrecondition, reason);
    }
    usize::from(won[1])
}

/// Two servers are asked at once for a member's last points, by a redemption each, or by a redemption and a hold.
async fn one_of_two_gets_the_last_points(one: &Clients, two: &Clients, until: &str) {
    let mut won = [0, 0];
    for round in 0..ROUNDS {
        let who = format!("m{round}");
        done(one.ledger().record_activity(record(accepted(&format!("last-{round}"), &who, WHEN))).await);
        // Who is asked first changes every two rounds.
        let (one, two) = if round % 4 < 2 { (one, two) } else { (two, one) };
        let (mut first, mut second) = (one.till(), two.till());
        let by_one = first.redeem_points(redemption(&format!("one-{round}"), &who, 100));
        let answers: [_; 2] = if round % 2 == 0 {
            let by_two = second.redeem_points(redemption(&format!("two-{round}"), &who, 100));
            futures::future::join(by_one, by_two).await.into()
        } else {
            let by_two = second.create_hold(hold(&format!("two-{round}"), &who, 100, until));
            futures::future::join(by_one, by_two).await.into()
        };
        won[one_of(answers, "ERROR_REASON_INSUFFICIENT_POINTS")] += 1;
        let has = points(one, &who).await;
        // What the other server recorded shows within 100 ms.
        assert!(has == [100, 0, 0] || has == [0, 0, 100] || has == [0, 100, 0], "{who}: {has:?}");
    }
    println!("won by whom was asked first {}, by the other {} of {ROUNDS}", won[0], won[1]);
    assert_eq!(won[0] + won[1], ROUNDS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_redemptions_on_two_servers_of_one_postgresql_gets_the_last_points() {
    // INV 4, 14, 32
    let fleet = Fleet::of(2).await;
    let until = goodturn::ledger::clock::Clock::now(&goodturn::ledger::clock::SystemClock).plus(3_600_000_000);
    one_of_two_gets_the_last_points(fleet.at(0), fleet.at(1), &until.to_rfc3339()).await;
    // An award and one of two each, and nothing of the other.
    assert_eq!(fleet.verified().await.entries, 2 + 2 * i64::try_from(ROUNDS).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_redemptions_on_two_servers_of_one_file_gets_the_last_points() {
    // INV 4, 14, 32
    let folder = tempfile::tempdir().unwrap();
    let log = goodturn::log::open(&crate::support::clients::database(&folder), Purpose::Record).await.unwrap();
    let (one, two) = (Served::on(Arc::clone(&log), WHEN).await, Served::on(Arc::clone(&log), WHEN).await);
    one_of_two_gets_the_last_points(&one.clients, &two.clients, "2018-04-02T12:00:00Z").await;
    verified(&*log, 2 + 2 * ROUNDS).await;
}

fn set(servers: &[&Served], now: &str) {
    for served in servers {
        served.clock.set(now);
    }
}

async fn verified(log: &dyn Log, entries: usize) {
    let report = goodturn::audit::verify(log, &program(), |_| ()).await.unwrap().unwrap();
    assert_eq!(report.findings, []);
    assert_eq!(report.entries, i64::try_from(entries).unwrap());
}

/// A hold is captured on one server and released on the other, or ended there as its time is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_ends_once_whoever_ends_it() {
    // INV 33
    let log: Arc<dyn Log> = Arc::new(MemoryLog::default());
    let (one, two) = (Served::on(Arc::clone(&log), WHEN).await, Served::on(Arc::clone(&log), WHEN).await);
    let state = two.ledger.program(&program()).await.unwrap().unwrap();
    let mut tally: BTreeMap<&str, usize> = BTreeMap::new();
    for round in 0..ROUNDS {
        let (who, id) = (format!("m{round}"), format!("h{round}"));
        let until = format!("2018-04-01T12:{:02}:30Z", round % 60);
        set(&[&one, &two], &format!("2018-04-01T12:{:02}:00Z", round % 60));
        done(one.clients.ledger().record_activity(record(accepted(&id, &who, "2018-04-01T00:00:00Z"))).await);
        done(one.clients.till().create_hold(hold(&id, &who, 100, &until)).await);
        let (mut first, mut second) = (one.clients.till(), two.clients.till());
        let captured = first.capture_hold(capture(&id, 60));
        if round % 2 == 0 {
            let answers = futures::future::join(captured, second.release_hold(release(&id))).await.into();
            one_of(answers, "ERROR_REASON_WRONG_STATE");
        } else {
            set(&[&one, &two], &until);
            let (captured, swept) = futures::future::join(captured, sweeper::sweep(&two.ledger, &state)).await;
            // In time or late, of points that are there still.
            captured.unwrap();
            assert_eq!(swept.unwrap().failed, 0);
        }
        two.ledger.catch_up(&state).await.unwrap();
        let has = points(&two.clients, &who).await;
        *tally.entry(if has == [40, 0, 60] { "captured" } else { "given back" }).or_default() += 1;
        assert!(has == [40, 0, 60] || (round % 2 == 0 && has == [100, 0, 0]), "{who}: {has:?}");
    }
    println!("{tally:?}");
    let entries = log.entries(&program(), Seq::ZERO, 10_000).await.unwrap();
    let mut ends: BTreeMap<Seq, usize> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| {
        let from = entry.movement.map(Move::from);
        from == Some(Bucket::Held) && entry.kind != EntryKind::PointsMoved
    }) {
        *ends.entry(entry.refers.unwrap()).or_default() += 1;
    }
    assert_eq!((ends.len(), ends.values().sum::<usize>()), (ROUNDS, ROUNDS));
    verified(&*log, entries.len()).await;
}

/// What is wanted is held past its time, and two servers want it at once: they end the holds together, each once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_end_the_same_holds_and_one_gets_the_points() {
    // INV 14, 33, 34
    let log: Arc<dyn Log> = Arc::new(MemoryLog::default());
    let (one, two) = (Served::on(Arc::clone(&log), WHEN).await, Served::on(Arc::clone(&log), WHEN).await);
    for round in 0..ROUNDS {
        let (who, id) = (format!("m{round}"), format!("h{round}"));
        let until = format!("2018-04-01T12:{:02}:30Z", round % 60);
        done(one.clients.ledger().record_activity(record(accepted(&id, &who, "2018-04-01T00:00:00Z"))).await);
        set(&[&one, &two], &format!("2018-04-01T12:{:02}:00Z", round % 60));
        for part in 0..4 {
            done(one.clients.till().create_hold(hold(&format!("{id}-{part}"), &who, 25, &until)).await);
        }
        set(&[&one, &two], &until);
        let (mut first, mut second) = (one.clients.till(), two.clients.till());
        let by_one = first.redeem_points(redemption(&format!("one-{round}"), &who, 80));
        let by_two = second.redeem_points(redemption(&format!("two-{round}"), &who, 80));
        one_of(futures::future::join(by_one, by_two).await.into(), "ERROR_REASON_INSUFFICIENT_POINTS");
    }
    // An award, four holds, their four ends and one redemption each.
    verified(&*log, 2 + 10 * ROUNDS).await;
}

/// The store fails while a hold is ended that stands in the way, or right after: the same call again tells, and all is done once.
#[tokio::test]
async fn a_store_that_fails_between_the_end_of_a_hold_and_what_it_blocks_doubles_nothing() {
    // INV 3, 5, 33, 34
    for (n, faults) in [
        vec![Fault::Lost],
        vec![Fault::RecordedAndLost],
        vec![Fault::Lost, Fault::RecordedAndLost],
        vec![Fault::RecordedAndLost, Fault::RecordedAndLost],
    ]
    .into_iter()
    .enumerate()
    {
        let bench = Bench::on(Arc::new(MemoryLog::default())).await;
        bench.submit(award("a", "m0")).await.unwrap();
        bench.submit(at_till("h0", TillAct::Hold(asked("h0", "m0", 90), time("2018-04-02T01:00:00Z")))).await.unwrap();
        bench.clock.set("2018-04-02T01:00:00Z");
        bench.log.fail(faults);
        let redeem = || at_till("r", TillAct::Redeem(asked("r", "m0", 100)));
        let mut tries = 1;
        while bench.submit(redeem()).await.is_err() {
            tries += 1;
            assert!(tries < 10);
        }
        let kinds: Vec<EntryKind> = bench.entries().await.iter().skip(2).map(|entry| entry.kind).collect();
        let expected =
            [EntryKind::ActivityRecorded, EntryKind::HoldCreated, EntryKind::HoldExpired, EntryKind::PointsRedeemed];
        assert_eq!(kinds, expected, "faults {n}, {tries} tries");
    }
}

/// Holds of a race: under a hundred of each of seven members.
const HOLDS: usize = 600;

fn shops_hold(n: usize) -> Command {
    let (id, member) = (format!("h{n}"), format!("m{}", n % 7));
    at_till(&id, TillAct::Hold(asked(&id, &member, 1), time("2018-04-03T00:00:00Z")))
}

/// Two servers sweep at once, one of which cannot write now and then: each of 600 holds ends once.
async fn each_hold_expires_once(store: Arc<dyn Log>) {
    // INV 3, 14, 33
    let one = Bench::on(Arc::clone(&store)).await;
    let awards = (0..7).map(|n| award(&format!("a{n}"), &format!("m{n}")));
    let commands = awards.chain((0..HOLDS).map(shops_hold)).collect();
    assert!(one.ledger.submit_all(&one.program, commands, None).await.iter().all(Result::is_ok));
    one.clock.set("2018-05-01T00:00:00Z");
    let other = Arc::new(Ledger::new(store, one.clock.clone()));
    let until_clean = async |ledger: &Ledger| {
        loop {
            let state = ledger.program(&program()).await.unwrap().unwrap();
            if sweeper::sweep(ledger, &state).await.unwrap() == Swept::default() {
                return;
            }
        }
    };
    one.log.fail([Fault::Lost, Fault::RecordedAndLost]);
    tokio::join!(until_clean(&one.ledger), until_clean(&other));
    one.ledger.catch_up(&one.program).await.unwrap();
    let mut expired: BTreeMap<Seq, usize> = BTreeMap::new();
    for entry in one.entries().await.iter().filter(|entry| entry.kind == EntryKind::HoldExpired) {
        *expired.entry(entry.refers.unwrap()).or_default() += 1;
        assert_eq!(entry.occurred_at, time("2018-04-03T00:00:00Z"), "when it was over, not when it was noticed");
    }
    assert_eq!((expired.len(), expired.values().sum::<usize>()), (HOLDS, HOLDS));
    for n in 0..7 {
        let account = one.ledger.account(&one.program, &member(&format!("m{n}"))).await.unwrap().0;
        assert_eq!((account.available(), account.balances.get(Bucket::Held)), (100, 0));
    }
}

#[tokio::test]
async fn two_servers_on_one_memory_end_each_hold_once() {
    each_hold_expires_once(Arc::new(MemoryLog::default())).await;
}

#[tokio::test]
async fn two_servers_on_one_file_end_each_hold_once() {
    on_file(each_hold_expires_once).await;
}

#[tokio::test]
async fn two_servers_on_one_postgresql_end_each_hold_once() {
    on_postgres(each_hold_expires_once).await;
}
