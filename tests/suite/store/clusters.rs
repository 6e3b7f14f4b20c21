//! The cluster the tests of PostgreSQL run on does what is asked of it, and leaves nothing behind.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::postgres::{Cluster, lives, shared, wait_until};

/// Set for the process that is to be killed.
const VICTIM: &str = "GOODTURN_CLUSTER_VICTIM";

#[test]
fn every_test_gets_an_empty_database_of_one_durable_cluster() {
    let url = shared().create_database();
    let database = url.rsplit('/').next().unwrap();
    assert_eq!(url, shared().url("postgres", database));
    assert_eq!(shared().psql(database, "select count(*) from pg_tables where schemaname = 'public'"), "0");
    assert_eq!(shared().psql(database, "show fsync"), "on");
    assert_eq!(shared().psql(database, "show synchronous_commit"), "on");
    assert_ne!(url, shared().create_database());
}

#[test]
fn a_cluster_ends_with_the_process_that_started_it_even_by_kill_9() {
    if std::env::var_os(VICTIM).is_some() {
        let cluster = Cluster::start(&[]);
        let pid = std::fs::read_to_string(cluster.folder().join("data/postmaster.pid")).unwrap();
        println!("\ncluster {} {}", pid.lines().next().unwrap(), cluster.folder().display());
        std::thread::park();
    }
    let (_, module) = module_path!().split_once("::").unwrap();
    let name = format!("{module}::a_cluster_ends_with_the_process_that_started_it_even_by_kill_9");
    let mut victim = Command::new(std::env::current_exe().unwrap());
    let victim = victim.args(["--exact", &name, "--nocapture"]).env(VICTIM, "1").stdout(Stdio::piped());
    let mut victim = victim.spawn().unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines().map(Result::unwrap);
    let said = lines.find(|line| line.starts_with("cluster ")).unwrap();
    let (pid, folder) = said.strip_prefix("cluster ").unwrap().split_once(' ').unwrap();
    let pid = pid.parse().unwrap();
    assert!(lives(pid));
    victim.kill().unwrap();
    victim.wait().unwrap();
    wait_until("the cluster of a killed process ends", || !lives(pid) && !Path::new(folder).exists());
}

#[test]
fn a_cluster_can_be_killed_stopped_and_started_again() {
    let cluster = Cluster::start(&["log_checkpoints = on"]);
    assert_eq!(cluster.psql("postgres", "show log_checkpoints"), "on");
    cluster.psql("postgres", "create table kept as select 7 as n");
    cluster.kill_postmaster();
    assert!(!cluster.runs());
    cluster.start_again();
    assert_eq!(cluster.psql("postgres", "select n from kept"), "7");
    cluster.stop();
    cluster.start_again();
    assert_eq!(cluster.psql("postgres", "select n from kept"), "7");
    assert_eq!(cluster.terminate_backends(), 0);
    assert!(!cluster.kill_one_backend("nobody_is_connected_to_it"));
    assert!(cluster.log().contains("database system is ready"));
    let folder = cluster.folder().to_owned();
    drop(cluster);
    assert!(!folder.exists());
}

#[test]
fn a_synchronous_standby_that_is_promoted_has_every_commit() {
    let primary = Cluster::start(&[]);
    primary.psql("postgres", "create table kept (n int)");
    let standby = primary.basebackup_standby();
    assert_ne!(primary.port(), standby.port());
    for n in 1..=20 {
        primary.psql("postgres", &format!("insert into kept values ({n})"));
    }
    primary.kill_postmaster();
    standby.promote();
    assert_eq!(standby.psql("postgres", "select count(*) from kept"), "20");
    standby.psql("postgres", "insert into kept values (21)");
}
