//! Files of a database that are replaced under a running server: it acknowledges nothing into those that were taken away.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::load::{Load, PATIENT};
use super::observe::finish;
use super::report::Scenario;
use super::store::Store;
use super::world::World;
use crate::support::forms::short_or_long;
use crate::support::random::Random;

/// How long the server runs on without its files: commits go on until it is felt that they are gone.
const FOR_A_WHILE: Duration = Duration::from_millis(200);

fn beside(file: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", file.display()))
}

/// Puts copies in the places of a database and its write-ahead log, as they are at one instant. The index of that log is made
/// anew by whoever opens the database.
fn replace(file: &Path) {
    for ending in ["", "-wal"] {
        let (old, copy) = (beside(file, ending), beside(file, ending).with_extension("copy"));
        std::fs::copy(&old, &copy).unwrap();
        std::fs::rename(&copy, &old).unwrap();
    }
    std::fs::remove_file(beside(file, "-shm")).unwrap();
}

/// INV 1, 3, 77. The server stands still while its files are replaced. What it acknowledges later than that is not in the new
/// files, and would be lost when it is started on them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_into_files_that_were_replaced() {
    let store = Store::sqlite();
    let file = PathBuf::from(store.url.strip_prefix("sqlite://").unwrap());
    let scenario = Scenario::begin("database files replaced under a running server, then SIGKILL", store.engine);
    let mut random = Random::new(scenario.seed);
    let world = World::start(&store.url, 1).await;
    let load = Load::start(&world.addresses(), PATIENT, scenario.seed);
    let faults = short_or_long(4, 100);
    for _ in 0..faults {
        load.acked_more(50).await;
        tokio::time::sleep(Duration::from_micros(random.below(50_000))).await;
        world.signal(0, "-STOP");
        tokio::task::block_in_place(|| replace(&file));
        world.signal(0, "-CONT");
        tokio::time::sleep(FOR_A_WHILE).await;
        world.kill(0);
        world.start_again(0, "");
    }
    let verdict = finish(load).await;
    scenario.end(faults, &verdict);
}
