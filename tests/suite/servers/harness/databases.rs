//! PostgreSQL that is killed, cut off, and replaced by its standby.

use std::time::Duration;

use goodturn::ledger::clock::Stopwatch;

use super::load::{Load, PATIENCE, PATIENT};
use super::observe::finish;
use super::report::Scenario;
use super::world::World;
use crate::support::forms::short_or_long;
use crate::support::postgres::{Cluster, shared, wait_until};
use crate::support::random::Random;
use crate::support::wire::Wire;

const ENGINE: &str = "PostgreSQL";

/// Receipts between two faults.
const RECEIPTS: usize = 100;

/// A cluster of its own under load; `fault` is done to it again and again.
async fn cluster_with(name: &str, faults: usize, fault: impl Fn(&Cluster, &str)) {
    let scenario = Scenario::begin(name, ENGINE);
    let mut random = Random::new(scenario.seed);
    let cluster = tokio::task::block_in_place(|| Cluster::start(&[]));
    let url = cluster.create_database();
    let database = url.rsplit('/').next().unwrap();
    let world = World::start(&url, 1).await;
    let load = Load::start(&world.addresses(), PATIENT, scenario.seed);
    for _ in 0..faults {
        load.acked_more(RECEIPTS).await;
        tokio::time::sleep(Duration::from_micros(random.below(20_000))).await;
        tokio::task::block_in_place(|| fault(&cluster, database));
    }
    load.acked_more(RECEIPTS).await;
    let verdict = finish(load).await;
    scenario.end(faults, &verdict);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_killed_and_recovers_keeps_every_receipt() {
    // INV 1, 3, 5, 9, 65
    cluster_with("kill -9 of the postmaster, restart", short_or_long(3, 50), |cluster, _| {
        cluster.kill_postmaster();
        cluster.start_again();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_that_is_killed_takes_no_receipt_with_it() {
    // INV 1, 3, 5, 9, 65
    cluster_with("kill -9 of one backend", short_or_long(3, 50), |cluster, database| {
        assert!(cluster.kill_one_backend(database), "the server has a connection");
        // The postmaster ends all others, and recovers.
        wait_until("the cluster answers", || cluster.answers());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_are_terminated_lose_and_double_nothing() {
    // INV 1, 3, 5, 9, 65
    cluster_with("pg_terminate_backend of all sessions", short_or_long(10, 300), |cluster, _| {
        cluster.terminate_backends();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_cut_between_commit_and_reply_leaves_nothing_in_doubt() {
    // INV 1, 3, 5, 8, 9
    let scenario = Scenario::begin("connection cut between COMMIT and its reply", ENGINE);
    let database = shared_database();
    let wire = Wire::start(shared().port()).await;
    let world = World::start(&wire.url(&database), 1).await;
    let load = Load::start(&world.addresses(), PATIENT, scenario.seed);
    let faults = short_or_long(20, 1_000);
    for lost in 1..=faults {
        load.acked_more(RECEIPTS).await;
        wire.lose_next_reply();
        while wire.replies_lost() < lost {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    load.acked_more(RECEIPTS).await;
    let verdict = finish(load).await;
    scenario.end(faults, &verdict);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_cut_at_any_moment_lose_and_double_nothing() {
    // INV 1, 3, 5, 9
    let scenario = Scenario::begin("all connections cut, at any moment, 2 servers", ENGINE);
    let mut random = Random::new(scenario.seed);
    let database = shared_database();
    let wire = Wire::start(shared().port()).await;
    let world = World::start(&wire.url(&database), 2).await;
    let load = Load::start(&world.addresses(), PATIENT, scenario.seed);
    let faults = short_or_long(10, 500);
    let mut longest = Duration::ZERO;
    load.acked_more(RECEIPTS).await;
    for _ in 0..faults {
        tokio::time::sleep(Duration::from_micros(random.below(20_000))).await;
        wire.cut();
        let cut = Stopwatch::start();
        load.acked_more(RECEIPTS).await;
        longest = longest.max(cut.elapsed());
    }
    println!("longest time from a cut to {RECEIPTS} receipts: {longest:?}");
    let verdict = finish(load).await;
    scenario.end(faults, &verdict);
    // A client waits for all it has sent, to both servers, before it goes on: one that stands still costs it its patience.
    assert!(longest < PATIENCE, "{longest:?}");
}

/// A database of the shared cluster, which nothing happens to.
fn shared_database() -> String {
    let url = tokio::task::block_in_place(|| shared().create_database());
    url.rsplit('/').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_to_a_synchronous_standby_keeps_every_receipt() {
    // INV 1, 3, 5, 9, 20
    let scenario = Scenario::begin("kill -9 of the primary, failover to a synchronous standby", ENGINE);
    let mut primary = tokio::task::block_in_place(|| Cluster::start(&[]));
    let url = primary.create_database();
    let database = url.rsplit('/').next().unwrap();
    let wire = Wire::start(primary.port()).await;
    let world = World::start(&wire.url(database), 1).await;
    let load = Load::start(&world.addresses(), PATIENT, scenario.seed);
    let faults = short_or_long(1, 10);
    for _ in 0..faults {
        let standby = tokio::task::block_in_place(|| primary.basebackup_standby());
        load.acked_more(10 * RECEIPTS).await;
        tokio::task::block_in_place(|| {
            primary.kill_postmaster();
            standby.promote();
        });
        wire.point_to(standby.port());
        load.acked_more(RECEIPTS).await;
        primary = standby;
    }
    let verdict = finish(load).await;
    scenario.end(faults, &verdict);
}
