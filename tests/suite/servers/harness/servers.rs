//! Scenarios in which nothing breaks: impatient callers, many servers, poison, a server that stands still.

use std::collections::BTreeSet;
use std::time::Duration;

use super::checker::Verdict;
use super::history::Outcome;
use super::load::{Load, PATIENT, POISON, Plan};
use super::observe::finish;
use super::report::Scenario;
use super::store::{Store, on_both_engines};
use super::world::World;
use crate::support::forms::short_or_long;

on_both_engines! {
    callers_who_hang_up_or_have_no_time_lose_nothing_and_get_nothing_twice: hasty_callers;
    requests_sent_up_to_five_times_to_several_servers_have_one_effect: repeated_requests;
    items_that_are_refused_change_nothing_for_their_neighbours: poisoned_batches;
    a_server_that_stands_still_and_goes_on_doubles_and_loses_nothing: stopped_server;
}

/// INV 1, 3, 4, 5, 21
async fn hasty_callers(store: Store) {
    let scenario = Scenario::begin("30 % of calls cancelled or expired", store.engine);
    let world = World::start(&store.url, 1).await;
    let verdict = under_load(&scenario, &world, Plan { impatient_percent: 30, ..PATIENT }).await;
    assert!(verdict.unknown > 100, "nobody was in haste");
    scenario.end(verdict.unknown, &verdict);
}

/// INV 3, 14, 19, 21
async fn repeated_requests(store: Store) {
    let scenario = Scenario::begin("each request 1 to 5 times, shuffled, to all servers", store.engine);
    let world = World::start(&store.url, store.servers).await;
    let verdict = under_load(&scenario, &world, Plan { sends_max: 5, ..PATIENT }).await;
    scenario.end(verdict.sent - verdict.names, &verdict);
}

async fn under_load(scenario: &Scenario, world: &World, plan: Plan) -> Verdict {
    let load = Load::start(&world.addresses(), plan, scenario.seed);
    load.acked_more(short_or_long(4_000, 100_000)).await;
    finish(load).await
}

/// INV 4, 6, 15
async fn poisoned_batches(store: Store) {
    let scenario = Scenario::begin("1 of 20 items poisoned", store.engine);
    let world = World::start(&store.url, 1).await;
    store.refuse_poison().await;
    let load = Load::start(&world.addresses(), Plan { poison_percent: 5, ..PATIENT }, scenario.seed);
    load.acked_more(short_or_long(2_000, 30_000)).await;
    let recorder = load.recorder.clone();
    let verdict = finish(load).await;
    let mut reasons = BTreeSet::new();
    for attempt in recorder.history() {
        match attempt.outcome {
            Outcome::Acked(_) => {}
            Outcome::Unknown(what) => panic!("nothing was unknown to the server: {what}"),
            Outcome::Refused(reason) => {
                let taken = reason == "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT";
                assert!(taken || attempt.name.contains(POISON), "{} was refused: {reason}", attempt.name);
                reasons.insert(reason);
            }
        }
    }
    let expected = ["EXISTS_WITH_DIFFERENT_CONTENT", "INVALID_REQUEST", "STORE_REFUSES", "UNKNOWN_KIND"];
    assert_eq!(reasons, expected.map(|reason| format!("ERROR_REASON_{reason}")).into());
    scenario.end(verdict.refused, &verdict);
}

/// INV 1, 3, 9, 20
async fn stopped_server(store: Store) {
    let scenario = Scenario::begin("SIGSTOP of 1 of 2 servers, then SIGCONT", store.engine);
    let world = World::start(&store.url, 2).await;
    // One is longer than callers wait, and than SQLite waits for a lock.
    let stops = short_or_long([1, 6].as_slice(), [1, 2, 3, 6, 9, 1, 2, 3, 6, 9].as_slice());
    let load = Load::start(&world.addresses(), PATIENT, scenario.seed);
    for (stop, seconds) in stops.iter().enumerate() {
        load.acked_more(300).await;
        world.signal(stop % 2, "-STOP");
        tokio::time::sleep(Duration::from_secs(*seconds)).await;
        world.signal(stop % 2, "-CONT");
    }
    load.acked_more(300).await;
    let verdict = finish(load).await;
    scenario.end(stops.len(), &verdict);
}
