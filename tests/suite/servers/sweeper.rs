//! The sweeper: what falls due is posted once, whoever gets there.

use std::collections::BTreeMap;
use std::sync::Arc;

use goodturn::domain::entry::Entry;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::value::bucket::Bucket;
use goodturn::ledger::Ledger;
use goodturn::log::Log;
use goodturn::log::memory::MemoryLog;
use goodturn::process::{Swept, sweeper};

use crate::support::bench::Bench;
use crate::support::sample::{member, program};
use crate::support::stores::{on_file, on_postgres};
use crate::support::waiting::{activity, rules};

/// Due items of a race: three pages, and a bit.
const ITEMS: usize = 1_600;

async fn balances(bench: &Bench, of: &str) -> (i64, i64) {
    let account = bench.ledger.account(&bench.program, &member(of)).await.unwrap().0;
    (account.available(), account.balances.get(Bucket::Pending))
}

#[tokio::test]
async fn what_waits_vests_or_lapses_the_instant_its_term_is_over() {
    let bench = Bench::on(Arc::new(MemoryLog::default())).await;
    bench.submit(rules()).await.unwrap();
    bench.submit(activity("a", "vests", "ben")).await.unwrap();
    bench.submit(activity("b", "waits", "cleo")).await.unwrap();
    let sweep = async || sweeper::sweep(&bench.ledger, &bench.program).await.unwrap();
    let mut seen = Vec::new();
    for now in
        ["2018-04-16T00:05:00Z", "2018-04-16T00:05:00.000001Z", "2018-05-02T00:05:00Z", "2018-05-02T00:05:00.000001Z"]
    {
        bench.clock.set(now);
        seen.push((sweep().await.posted, balances(&bench, "ben").await, balances(&bench, "cleo").await));
    }
    let (waiting, vested, gone) = ((0, 100), (100, 0), (0, 0));
    assert_eq!(seen, [(0, waiting, waiting), (1, vested, waiting), (0, vested, waiting), (1, vested, gone)]);
    assert_eq!(sweep().await, Swept::default(), "nothing is left");
    bench.entries().await;
}

/// Two servers sweep at once, one of which cannot write now and then: each of 1,600 due items is posted once.
async fn each_due_item_is_posted_once(store: Arc<dyn Log>) {
    // INV 3, 14
    let one = Bench::on(Arc::clone(&store)).await;
    one.submit(rules()).await.unwrap();
    let commands = (0..ITEMS).map(|n| activity(&format!("a{n}"), "vests", &format!("m{}", n % 7))).collect();
    let answers: Vec<_> = one.ledger.submit_all(&one.program, commands, None).await;
    assert!(answers.iter().all(Result::is_ok));
    one.clock.set("2018-05-01T00:00:00Z");
    let other = Arc::new(Ledger::new(store, one.clock.clone()));
    let until_clean = async |ledger: &Ledger| {
        let mut posted = 0;
        loop {
            let state = ledger.program(&program()).await.unwrap().unwrap();
            match sweeper::sweep(ledger, &state).await.unwrap() {
                Swept { posted: 0, failed: 0, .. } => return posted,
                swept => posted += swept.posted,
            }
        }
    };
    one.log.fail([crate::support::faulty::Fault::Lost, crate::support::faulty::Fault::RecordedAndLost]);
    let (by_one, by_other) = tokio::join!(until_clean(&one.ledger), until_clean(&other));
    assert!(by_one + by_other >= ITEMS, "{by_one} + {by_other}");
    one.ledger.catch_up(&one.program).await.unwrap();
    let entries = one.entries().await;
    let mut settled: BTreeMap<i64, usize> = BTreeMap::new();
    for entry in entries.iter().filter(|entry: &&Entry| entry.kind == EntryKind::WaitEnded) {
        *settled.entry(entry.refers.unwrap().get()).or_default() += 1;
    }
    assert_eq!(settled.len(), ITEMS);
    assert!(settled.values().all(|&times| times == 1), "doubled 0 of {ITEMS}");
    let available: i64 = futures::future::join_all((0..7).map(|n| format!("m{n}")).map(|id| {
        let one = &one;
        async move { balances(one, &id).await.0 }
    }))
    .await
    .iter()
    .sum();
    assert_eq!(available, 160_000);
}

#[tokio::test]
async fn two_servers_on_one_memory_post_each_due_item_once() {
    each_due_item_is_posted_once(Arc::new(MemoryLog::default())).await;
}

#[tokio::test]
async fn two_servers_on_one_file_post_each_due_item_once() {
    on_file(each_due_item_is_posted_once).await;
}

#[tokio::test]
async fn two_servers_on_one_postgresql_post_each_due_item_once() {
    on_postgres(each_due_item_is_posted_once).await;
}

/// An act on an activity whose waiting time is over sees that, whether a sweeper was there or not.
#[tokio::test]
async fn nothing_rests_on_the_sweeper_being_in_time() {
    use goodturn::domain::entry::told::Told;
    use goodturn::domain::value::reason::Reason;

    let bench = Bench::on(Arc::new(MemoryLog::default())).await;
    bench.submit(rules()).await.unwrap();
    bench.submit(activity("a", "waits", "ben")).await.unwrap();
    bench.clock.set("2018-06-01T00:00:00Z");
    let late = crate::support::sample::tell("c1", "a", Told::Confirmed, "2018-05-03T00:00:00Z");
    bench.submit(late).await.unwrap();
    assert_eq!(balances(&bench, "ben").await, (0, 0), "dated after the waiting time: unconfirmed");
    let in_time = crate::support::sample::tell("c2", "a", Told::Confirmed, "2018-05-01T00:00:00Z");
    bench.submit(in_time).await.unwrap();
    assert_eq!(balances(&bench, "ben").await, (100, 0), "dated within it: that undoes the end");
    assert_eq!(sweeper::sweep(&bench.ledger, &bench.program).await.unwrap(), Swept::default());
    let fraud = crate::support::sample::tell("r1", "a", Told::Reversed(Reason::Fraud), "2018-06-01T00:00:00Z");
    bench.submit(fraud).await.unwrap();
    assert_eq!(balances(&bench, "ben").await, (0, 0));
    bench.entries().await;
}
