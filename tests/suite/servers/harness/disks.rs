//! Disks whose power is cut, whose space ends, whose syncs fail; and careless settings, which must be seen to lose.

use std::time::Duration;

use tokio::task::block_in_place;

use super::load::{Load, PATIENT};
use super::observe::{compare, finish};
use super::report::Scenario;
use super::world::{Environment, World};
use crate::support::disk::{Disk, Syncs};
use crate::support::forms::short_or_long;
use crate::support::postgres::{Cluster, wait_until};
use crate::support::random::Random;

/// Receipts between two faults.
const RECEIPTS: usize = 300;

/// How long a fault lasts that nobody sees the end of.
const FOR_A_WHILE: Duration = Duration::from_millis(300);

/// A server under load, with its store on a disk of its own.
struct OnDisk {
    scenario: Scenario,
    random: Random,
    disk: Disk,
    /// Its folder is on the disk; none for SQLite.
    cluster: Option<Cluster>,
    world: World,
    load: Load,
}

impl OnDisk {
    async fn start(name: &str, engine: &'static str, environment: Environment) -> Self {
        let scenario = Scenario::begin(name, engine);
        let random = Random::new(scenario.seed);
        let (disk, cluster, url) = block_in_place(|| {
            let disk = Disk::new(256);
            if engine == "SQLite" {
                let url = format!("sqlite://{}/goodturn.db", disk.path().display());
                return (disk, None, url);
            }
            let folder = disk.path().join("cluster");
            std::fs::create_dir(&folder).unwrap();
            let cluster = Cluster::start_in(folder, &["max_wal_size = '64MB'"], &environment);
            let url = cluster.create_database();
            (disk, Some(cluster), url)
        });
        let world = World::start_with(&url, 1, environment).await;
        // What made the store need not survive a power cut; only what was acked must.
        block_in_place(|| disk.flush());
        let load = Load::start(&world.addresses(), PATIENT, scenario.seed);
        Self { scenario, random, disk, cluster, world, load }
    }

    /// Waits for receipts, and then for no particular moment.
    async fn work(&mut self) {
        self.load.acked_more(RECEIPTS).await;
        tokio::time::sleep(Duration::from_micros(self.random.below(20_000))).await;
    }

    /// Cuts the power of the machine the store is on, and starts again what ran there.
    fn cut_power(&self) {
        block_in_place(|| {
            self.load.recorder.lights_out();
            self.disk.cut_power();
        });
        self.power_on();
    }

    /// Kills what runs without power, and starts it again with.
    fn power_on(&self) {
        self.restart(|disk| {
            self.load.recorder.lights_on();
            disk.power_on();
        });
    }

    /// Kills what uses the disk, does something with the disk, and starts again.
    fn restart(&self, meanwhile: impl FnOnce(&Disk)) {
        block_in_place(|| {
            if let Some(cluster) = &self.cluster {
                cluster.kill_postmaster();
                meanwhile(&self.disk);
                cluster.start_again();
            } else {
                self.world.kill(0);
                meanwhile(&self.disk);
                self.world.start_again(0, "");
            }
        });
    }

    /// Waits until a cluster has recovered, or starts it again once it has given up.
    fn revive(&self) {
        let Some(cluster) = &self.cluster else { return };
        block_in_place(|| wait_until("the cluster answers", || cluster.answers() || !cluster.runs()));
        if !cluster.runs() {
            self.restart(|_| {});
        }
    }

    async fn finish(mut self, faults: usize) {
        self.work().await;
        let verdict = finish(self.load).await;
        self.scenario.end(faults, &verdict);
    }
}

macro_rules! on_a_disk {
    ($($test:ident: $scenario:ident;)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$scenario("SQLite").await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$scenario("PostgreSQL").await;
            })+
        }
    };
}

on_a_disk! {
    a_power_cut_takes_no_receipt_with_it: power_cuts;
    a_full_disk_loses_and_doubles_nothing: full_disk;
    syncs_that_fail_acknowledge_nothing: failing_syncs;
}

/// INV 1, 2, 3, 8
async fn power_cuts(engine: &'static str) {
    let mut run = OnDisk::start("power cut of the disk, journal replayed", engine, Environment::new()).await;
    let faults = short_or_long(2, 40);
    for _ in 0..faults {
        run.work().await;
        run.cut_power();
    }
    run.finish(faults).await;
}

/// INV 1, 3, 4, 65
async fn full_disk(engine: &'static str) {
    let mut run = OnDisk::start("disk full, then cleared", engine, Environment::new()).await;
    let faults = short_or_long(1, 10);
    for _ in 0..faults {
        run.work().await;
        let failed = run.load.recorder.failed();
        block_in_place(|| run.disk.fill());
        // Space that was taken before is used up first.
        let refused = async {
            while run.load.recorder.failed() == failed {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), refused).await.expect("a full disk is felt");
        tokio::time::sleep(FOR_A_WHILE).await;
        run.disk.clear();
        run.revive();
    }
    run.finish(faults).await;
}

/// INV 1, 4, 8, 9
async fn failing_syncs(engine: &'static str) {
    let syncs = block_in_place(Syncs::new);
    let environment = syncs.environment().map(|(name, value)| (name.into(), value)).into();
    let mut run = OnDisk::start("fsync fails; heals, or the power is cut", engine, environment).await;
    let faults = short_or_long(2, 30);
    for fault in 0..faults {
        run.work().await;
        syncs.fail();
        tokio::time::sleep(FOR_A_WHILE).await;
        if fault % 2 == 0 {
            syncs.heal();
            run.revive();
        } else {
            // An acknowledgement that no sync stands behind is lost now.
            run.load.recorder.lights_out();
            block_in_place(|| run.disk.cut_power());
            syncs.heal();
            run.power_on();
        }
    }
    run.finish(faults).await;
}

/// Settings the server refuses lose receipts in a power cut; a harness that does not see that would prove nothing.
async fn control(name: &str, engine: &'static str, be_careless: impl FnOnce(&OnDisk)) {
    let mut run = OnDisk::start(name, engine, Environment::new()).await;
    be_careless(&run);
    run.work().await;
    run.load.stop_reader().await;
    // Long enough for a thousand commits, and shorter than the kernel waits before it writes by itself.
    run.load.acked_more(RECEIPTS).await;
    run.cut_power();
    let (verdict, _) = compare(run.load).await;
    assert!(verdict.lost > 0, "the harness does not see that receipts were lost");
    run.scenario.end(1, &verdict);
}

#[cfg(feature = "failpoints")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_harness_sees_what_a_careless_sqlite_loses() {
    control("CONTROL, must lose: power cut with synchronous = normal", "SQLite", |run| {
        run.world.kill(0);
        run.world.start_again(0, "sqlite-careless=return");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_harness_sees_what_a_careless_postgresql_loses() {
    control("CONTROL, must lose: power cut with synchronous_commit = off", "PostgreSQL", |run| {
        let cluster = run.cluster.as_ref().unwrap();
        // It no longer looks at the settings. They are set only now: a server that starts on such a database refuses it.
        run.world.kill(0);
        run.world.start_again(0, "postgres-careless=return");
        block_in_place(|| {
            // The WAL writer would write by itself some moments later, or after a megabyte.
            for careless in ["synchronous_commit = off", "wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'"] {
                cluster.psql("postgres", &format!("alter system set {careless}"));
            }
            cluster.psql("postgres", "select pg_reload_conf()");
        });
    })
    .await;
}
