//! Flags of much, in whatever store, and whenever it was recorded.

use std::sync::Arc;

use goodturn::domain::decide::command::Command;
use goodturn::domain::entry::told::Told;
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::window::Window;
use goodturn::flags::{Findings, FlagsError};
use goodturn::log::memory::MemoryLog;
use goodturn::log::{Log, Purpose};

use crate::support::clients::database;
use crate::support::flagged::{Looked, accepts, between, done, kudos, recruits, reversed};
use crate::support::postgres::shared;
use crate::support::sample::tell;

/// How many counters a history needs: one fewer is refused.
async fn needs(commands: &[Command], counters: usize) {
    let looked = Looked::at(commands).await;
    let whole = looked.over(Window::all_time(), 1_000).await;
    for page in [1, 1_000] {
        assert_eq!(looked.within(Window::all_time(), page, counters).await.unwrap(), whole);
        let refused = looked.within(Window::all_time(), page, counters - 1).await.unwrap_err();
        assert!(matches!(refused, FlagsError::TooMuch), "{refused:?}");
        assert_eq!(refused.to_string(), "the period holds too much to be looked at at once; give a shorter one");
    }
}

#[tokio::test]
async fn members_days_pairs_recruits_and_what_was_told_each_take_a_counter() {
    // INV 66
    needs(&kudos("2018-04-01", 9, 50), 2).await;
    needs(&[kudos("2018-04-01", 9, 50), kudos("2018-04-02", 9, 50)].concat(), 3).await;
    // Ann and ben, a day, and what ann earns by ben.
    needs(&accepts("ann", "ben", 50), 4).await;
    needs(&recruits(&[("ann", "ben")]), 4).await;
    needs(&[recruits(&[("ann", "ben")]), accepts("ann", "ben", 50)].concat(), 5).await;
    // Two are taken back, and one is confirmed.
    let told = [reversed("annben1"), reversed("annben2"), confirmed("annben3")];
    needs(&[&accepts("ann", "ben", 50)[..], &told[..]].concat(), 7).await;
}

/// A confirmation of what brings the same with it or without.
fn confirmed(of: &str) -> Command {
    tell(&format!("c-{of}"), of, Told::Confirmed, "2018-11-01T00:00:00Z")
}

#[tokio::test]
async fn what_lies_outside_the_period_takes_no_counter() {
    let looked = Looked::at(&[kudos("2018-04-01", 9, 20), kudos("2018-06-01", 9, 20)].concat()).await;
    looked.within(between("2018-06-01", "2018-06-01"), 1_000, 2).await.unwrap();
    let both = looked.within(between("2018-04-01", "2018-06-01"), 1_000, 2).await.unwrap_err();
    assert!(matches!(both, FlagsError::TooMuch), "{both:?}");
}

/// A flag of every kind, and something of each that was taken back.
fn story() -> Vec<Command> {
    let own = |of: &str, on: &str| done(&format!("{of}-{on}"), "kudos", of, "", &format!("{on}T09:00:00Z"));
    let idle: Vec<(String, String)> = (0..12).map(|n| ("hal".to_owned(), format!("new{n:02}"))).collect();
    let idle: Vec<(&str, &str)> = idle.iter().map(|(of, by)| (of.as_str(), by.as_str())).collect();
    [
        accepts("ann", "ben", 7),
        accepts("ben", "ann", 6),
        kudos("2018-05-01", 9, 90),
        vec![own("ann", "2018-05-02"), own("ann", "2018-05-03")],
        (0..30).map(|n| done(&format!("gus{n}"), "kudos", "gus", "", "2018-05-01T10:00:00Z")).collect(),
        vec![own("gus", "2018-05-02"), own("gus", "2018-05-03"), own("gus", "2018-05-04")],
        recruits(&[("cleo", "dora"), ("dora", "emil"), ("emil", "cleo")]),
        recruits(&idle),
        vec![reversed("annben2"), reversed("gus3"), reversed("hal.new03")],
    ]
    .concat()
}

#[tokio::test]
async fn every_store_gives_the_same_flags() {
    // INV 27
    let folder = tempfile::tempdir().unwrap();
    let (sqlite, postgres) = (database(&folder), shared().create_database());
    let stores: [Arc<dyn Log>; 3] = [
        Arc::new(MemoryLog::default()),
        goodturn::log::open(&sqlite, Purpose::Record).await.unwrap(),
        goodturn::log::open(&postgres, Purpose::Record).await.unwrap(),
    ];
    let mut found: Vec<Vec<Findings>> = Vec::new();
    for store in stores {
        let mut looked = Looked::on(Arc::clone(&store), "2018-12-31T00:00:00Z").await;
        looked.add(&story()).await;
        let periods = [Window::all_time(), between("2018-05-01", "2018-05-31")];
        let mut of_store = Vec::new();
        for (period, page) in periods.into_iter().flat_map(|period| [(period, 7), (period, 1_000)]) {
            of_store.push(looked.over(period, page).await);
        }
        found.push(of_store);
        store.close().await;
    }
    assert_eq!(found[0][0].flags.len(), 4, "{:?}", found[0][0].flags);
    assert_eq!(found[0], found[1], "SQLite");
    assert_eq!(found[0], found[2], "PostgreSQL");
}

#[tokio::test]
async fn what_was_recorded_before_the_period_began_is_looked_at_where_it_is_dated_within() {
    // Five answers each way on the first of May; the first was recorded as far ahead as it may be, and some come late.
    let answer =
        |n: usize, of: &str, by: &str| done(&format!("{of}{n}"), "answer_accepted", of, by, "2018-05-01T00:00:00Z");
    let both = |from: usize, to: usize| (from..to).flat_map(|n| [answer(n, "ann", "ben"), answer(n, "ben", "ann")]);
    let (early, later, late): (Vec<_>, Vec<_>, Vec<_>) =
        (both(0, 1).collect(), both(1, 4).collect(), both(4, 5).collect());
    let mut looked = Looked::on(Arc::new(MemoryLog::default()), "2018-03-12T00:00:00Z").await;
    looked.add_at("2018-03-20T00:00:00Z", &kudos("2018-03-20", 0, 1)).await;
    looked.add_at("2018-04-30T23:54:59.999999Z", &kudos("2018-04-30", 9, 3)).await;
    looked.add_at("2018-04-30T23:55:00Z", &early).await;
    looked.add_at("2018-05-01T00:00:00Z", &later).await;
    looked.add_at("2018-09-01T00:00:00Z", &late).await;
    looked.add_at("2018-09-02T00:00:00Z", &kudos("2018-09-02", 0, 1)).await;
    for page in [1, 1_000] {
        let may = looked.over(between("2018-05-01", "2018-05-01"), page).await;
        assert_eq!((may.flags.len(), may.flags[0].entries, may.seen.activities), (1, 10, 10));
        let march = looked.over(between("2018-03-01", "2018-03-31"), page).await;
        assert_eq!((march.flags.len(), march.seen.activities), (0, 1));
        assert_eq!(looked.over(between("2018-09-02", "2018-12-31"), page).await.seen.activities, 1);
        assert_eq!(looked.over(between("2019-01-01", "2019-12-31"), page).await, Findings::default());
        assert_eq!(looked.over(Window::all_time(), page).await.seen.activities, 15);
    }
    looked
        .add_at("2018-09-03T00:00:00Z", &[tell("r", "ann0", Told::Reversed(Reason::Mistake), "2018-09-03T00:00:00Z")])
        .await;
    assert_eq!(looked.over(between("2018-05-01", "2018-05-01"), 1_000).await.flags, [], "taken back long after");
}
