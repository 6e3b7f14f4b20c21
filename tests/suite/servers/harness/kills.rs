//! Servers killed in mid-commit: at every place between a request and its reply, and at any moment.

use std::time::Duration;

use super::load::{Load, PATIENT};
use super::observe::finish;
use super::report::Scenario;
use super::store::{Store, on_both_engines};
use super::world::World;
use crate::support::forms::short_or_long;
use crate::support::random::Random;

on_both_engines! {
    a_server_killed_at_any_step_of_a_commit_keeps_its_promises: killed_at_each_step;
    a_server_killed_at_any_moment_keeps_its_promises: killed_at_any_moment;
}

/// The steps of a commit at which a server can be told to die; each has commits in flight before and after it.
const STEPS: [(&str, &str); 4] = [
    ("lane-before-append", "a batch decided and not sent"),
    ("sqlite-before-commit", "written, not committed"),
    ("lane-after-append", "committed, and the lane does not know"),
    ("lane-before-answer", "shown to readers, nobody told"),
];

/// Commits a server lives through at most before it dies.
const PASSES_MAX: u64 = 40;

/// INV 1, 2, 3, 5, 8, 9, 21
async fn killed_at_each_step(store: Store) {
    let steps = STEPS.into_iter().filter(|(step, _)| store.engine == "SQLite" || !step.starts_with("sqlite"));
    for (step, what) in steps {
        let scenario = Scenario::begin(&format!("SIGKILL of the server: {what}"), store.engine);
        let mut random = Random::new(scenario.seed);
        let store = store.another();
        let world = World::start(&store.url, 1).await;
        let load = Load::start(&world.addresses(), PATIENT, scenario.seed);
        let kills = short_or_long(2, 60);
        for _ in 0..kills {
            world.kill(0);
            let passes = random.below(PASSES_MAX);
            world.start_again(0, &format!("{step}={passes}*off->return"));
            world.killed_itself(0);
            world.start_again(0, "");
            load.acked_more(50).await;
        }
        let verdict = finish(load).await;
        scenario.end(kills, &verdict);
    }
}

/// INV 1, 2, 3, 5, 8, 21
async fn killed_at_any_moment(store: Store) {
    let scenario = Scenario::begin("SIGKILL of the server, at any moment", store.engine);
    let mut random = Random::new(scenario.seed);
    let world = World::start(&store.url, 1).await;
    let load = Load::start(&world.addresses(), PATIENT, scenario.seed);
    let kills = short_or_long(8, 200);
    for _ in 0..kills {
        load.acked_more(50).await;
        tokio::time::sleep(Duration::from_micros(random.below(50_000))).await;
        world.kill(0);
        world.start_again(0, "");
    }
    let verdict = finish(load).await;
    scenario.end(kills, &verdict);
}
