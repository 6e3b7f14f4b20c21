//! Scenarios without a fault of the machine: impatient callers, many servers, poison, a server that stands still.

use std::time::Duration;

use super::load::{Load, PATIENT, Plan};
use super::observe::{Reader, finish};
use super::report::{Scenario, short_or_long};
use super::world::World;
use crate::support::clients::database;

/// Receipts that are waited for.
fn receipts() -> usize {
    short_or_long(5_000, 200_000)
}

async fn run(scenario: &Scenario, world: &World, plan: Plan) {
    let reader = Reader::start(&world.addresses());
    let load = Load::start(&world.addresses(), plan, scenario.seed);
    load.acked_more(receipts()).await;
    let verdict = finish(load, reader).await;
    let hasty = verdict.unknown;
    scenario.end(if plan.impatient_percent > 0 { hasty } else { 0 }, &verdict);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_who_hang_up_or_have_no_time_lose_nothing_and_get_nothing_twice() {
    // INV 1, 3, 5, 21
    let scenario = Scenario::begin("30 % of calls cancelled or expired", "SQLite");
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(&database(&folder), 1).await;
    run(&scenario, &world, Plan { impatient_percent: 30, ..PATIENT }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_sent_up_to_five_times_to_two_servers_on_one_file_have_one_effect() {
    // INV 3, 14, 19, 21
    let scenario = Scenario::begin("1 to 5 sends, shuffled, 2 servers", "SQLite");
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(&database(&folder), 2).await;
    run(&scenario, &world, Plan { sends_max: 5, ..PATIENT }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stands_still_and_goes_on_doubles_and_loses_nothing() {
    // INV 1, 3, 9, 20
    let scenario = Scenario::begin("SIGSTOP of 1 of 2 servers, SIGCONT", "SQLite");
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(&database(&folder), 2).await;
    let faults = short_or_long(2, 40);
    let reader = Reader::start(&world.addresses());
    let load = Load::start(&world.addresses(), PATIENT, scenario.seed);
    for fault in 0..faults {
        load.acked_more(300).await;
        let stopped = fault % 2;
        world.signal(stopped, "-STOP");
        tokio::time::sleep(Duration::from_secs(2)).await;
        world.signal(stopped, "-CONT");
    }
    load.acked_more(300).await;
    let verdict = finish(load, reader).await;
    scenario.end(faults, &verdict);
}
