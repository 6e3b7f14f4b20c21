//! Health tells the truth: of a store that is stopped, silent, read-only, full or replaced. Each is said by health, by readiness, by a
//! metric and in the log, within five seconds, and is over when it is.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use goodturn::ledger::clock::Stopwatch;
use tonic_health::pb::health_check_response::ServingStatus::{NotServing, Serving};

use crate::support::clients::{Clients, create_program, database, kudos, record};
use crate::support::operated::{Operated, get, metric};
use crate::support::postgres::{Cluster, wait_until};
use crate::support::process::kill;

/// The promise: not serving within five seconds of a fault. The rest is for a busy machine.
const PATIENCE: Duration = Duration::from_secs(5 + 5);

/// How long a server may take to serve again, where it has to find that out by writing.
const AGAIN: Duration = Duration::from_secs(10 + 10);

/// Checks what is said while a fault lasts.
#[track_caller]
fn says(operated: &Operated, fault: &str, remedy: &str) {
    let ready = get(operated.server.admin, "/readyz");
    assert_eq!(ready.status, 503);
    assert!(ready.body.lines().any(|line| line.starts_with(&format!("{fault}: "))), "{}", ready.body);
    assert!(ready.body.contains(remedy), "{}", ready.body);
    assert_eq!(metric(operated.server.admin, &format!("goodturn_unfit{{reason=\"{fault}\"}}")), 1);
    assert_eq!(metric(operated.server.admin, "goodturn_serving"), 0);
    assert_eq!(get(operated.server.admin, "/healthz").status, 200, "it is alive");
    let told = operated.until_lines(&format!("\"fault\":\"{fault}\""), 1);
    assert_eq!(told.len(), 1, "said once: {}", operated.log());
}

/// Checks that a fault is over.
#[track_caller]
fn is_over(operated: &Operated, fault: &str) {
    assert_eq!(metric(operated.server.admin, &format!("goodturn_unfit{{reason=\"{fault}\"}}")), 0);
    assert_eq!(metric(operated.server.admin, "goodturn_serving"), 1);
    let told = || operated.lines(&format!("\"fault\":\"{fault}\""));
    let is_told = || told().last().is_some_and(|line| line["fields"]["message"] == "the fault is over");
    wait_until("the log says that it is over", is_told);
}

async fn began(cluster: &Cluster, folder: &Path) -> (Operated, Clients) {
    let operated = Operated::start(&cluster.create_database(), folder, &[]);
    let clients = Clients::connect(operated.server.address).await;
    create_program(&clients).await;
    operated.until(Serving, PATIENCE).await;
    (operated, clients)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_stopped_is_not_served_from_and_is_again_when_it_is_back() {
    let (cluster, folder) = (Cluster::start(&[]), tempfile::tempdir().unwrap());
    let (operated, clients) = began(&cluster, folder.path()).await;
    cluster.stop();
    operated.until(NotServing, PATIENCE).await;
    says(&operated, "store_silent", "see whether it runs");
    assert_eq!(metric(operated.server.admin, "goodturn_store_up"), 0);
    cluster.start_again();
    operated.until(Serving, PATIENCE).await;
    is_over(&operated, "store_silent");
    clients.ledger().record_activity(record(kudos("a", "ben", "2018-04-01T00:00:00Z"))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_keeps_its_connections_and_answers_none_is_not_served_from() {
    let (cluster, folder) = (Cluster::start(&[]), tempfile::tempdir().unwrap());
    let (operated, _clients) = began(&cluster, folder.path()).await;
    let backends = cluster.psql("postgres", "select string_agg(pid::text, ' ') from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()");
    let signal_all = |signal: &str| {
        let each = backends.split(' ').map(|pid| kill(pid.parse().unwrap(), signal));
        assert!(each.filter(|sent| *sent).count() > 0, "{backends}");
    };
    let watch = Stopwatch::start();
    signal_all("-STOP");
    operated.until(NotServing, PATIENCE).await;
    let stopped = watch.elapsed();
    says(&operated, "store_silent", "does not answer within two seconds");
    assert!(stopped >= Duration::from_secs(1), "a busy moment is no outage: {stopped:?}");
    signal_all("-CONT");
    operated.until(Serving, PATIENCE).await;
    is_over(&operated, "store_silent");
}

/// Reads of the lane are stuck, and no batch is in flight; the store answers others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_holds_up_every_command_is_not_served_from() {
    let (cluster, folder) = (Arc::new(Cluster::start(&[])), tempfile::tempdir().unwrap());
    let url = cluster.create_database();
    let operated = Operated::start(&url, folder.path(), &[]);
    let clients = Clients::connect(operated.server.address).await;
    create_program(&clients).await;
    operated.until(Serving, PATIENCE).await;
    // Longer than a statement may take, so that one fails and another begins; once is enough.
    for (table, seconds) in [("account", 15), ("log_head", 7)] {
        let (holder, database) = (Arc::clone(&cluster), url.rsplit('/').next().unwrap().to_owned());
        let hold = format!("begin; lock table {table} in access exclusive mode; select pg_sleep({seconds})");
        let held = tokio::task::spawn_blocking(move || holder.psql(&database, &hold));
        let waits = format!(
            "select count(*) from pg_locks l join pg_class c on c.oid = l.relation where c.relname = '{table}' and l.mode = 'AccessExclusiveLock' and l.granted"
        );
        wait_until("it is held", || cluster.psql(url.rsplit('/').next().unwrap(), &waits) == "1");
        let recording = clients.clone();
        let recorded = tokio::spawn(async move {
            let award = kudos(&format!("while-{table}"), &format!("new-{table}"), "2018-04-01T00:00:00Z");
            // It is done or it is not; either is told, and then it is tried again.
            while recording.ledger().record_activity(record(award.clone())).await.is_err() {}
        });
        operated.until(NotServing, PATIENCE).await;
        let mut served = 0;
        while !held.is_finished() {
            served += u32::from(get(operated.server.admin, "/readyz").status == 200);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        held.await.unwrap();
        // It may be over a moment before that is noticed here.
        assert!(served <= 3, "{table}: {served} times it was said to serve");
        operated.until(Serving, AGAIN).await;
        recorded.await.unwrap();
    }
    clients.ledger().record_activity(record(kudos("after", "ben", "2018-04-01T00:00:00Z"))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_read_only_is_not_served_from() {
    let (cluster, folder) = (Cluster::start(&[]), tempfile::tempdir().unwrap());
    let (operated, clients) = began(&cluster, folder.path()).await;
    cluster.psql("postgres", "alter system set default_transaction_read_only = on");
    cluster.reload();
    operated.until(NotServing, PATIENCE).await;
    says(&operated, "store_refuses_writes", "whether it is read-only");
    clients.ledger().record_activity(record(kudos("a", "ben", "2018-04-01T00:00:00Z"))).await.unwrap_err();
    // It takes no try to find out that this is over.
    std::fs::write(cluster.folder().join("data/postgresql.auto.conf"), "").unwrap();
    cluster.reload();
    operated.until(Serving, AGAIN).await;
    is_over(&operated, "store_refuses_writes");
    clients.ledger().record_activity(record(kudos("a", "ben", "2018-04-01T00:00:00Z"))).await.unwrap();
}

/// As after a failover to a server that is set otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_set_so_that_entries_could_be_lost_is_not_written_to() {
    let (cluster, folder) = (Cluster::start(&[]), tempfile::tempdir().unwrap());
    let (operated, clients) = began(&cluster, folder.path()).await;
    cluster.psql("postgres", "alter system set fsync = off");
    cluster.reload();
    // It is looked at with each new connection, and with every tenth sign of life.
    operated.until(NotServing, PATIENCE + Duration::from_secs(10)).await;
    says(&operated, "store_refuses_writes", "what the log says of its settings");
    let told = operated.until_lines("\"fault\":\"store_refuses_writes\"", 1);
    let found = told[0]["fields"]["found"].as_str().unwrap();
    assert!(
        found.contains("fsync is off, so a crash loses entries") && found.contains("alter system set fsync"),
        "{found}"
    );
    let award = || record(kudos("a", "ben", "2018-04-01T00:00:00Z"));
    let refused = clients.ledger().record_activity(award()).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unavailable, "{refused:?}");
    cluster.psql("postgres", "alter system reset fsync");
    cluster.reload();
    operated.until(Serving, AGAIN).await;
    is_over(&operated, "store_refuses_writes");
    let receipt = clients.ledger().record_activity(award()).await.unwrap().into_inner();
    assert!(!receipt.replay, "what was refused was not recorded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_not_served_from_until_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(&folder);
    // No file may grow beyond 400 KiB: to the server that is a full disk.
    let operated = Operated::start_limited(&database, folder.path(), 400);
    let clients = Clients::connect(operated.server.address).await;
    create_program(&clients).await;
    let mut recorded = 0;
    loop {
        let next = kudos(&format!("full-{recorded}"), &format!("{recorded:0120}"), "2018-04-01T00:00:00Z");
        if let Err(error) = clients.ledger().record_activity(record(next)).await {
            println!("after {recorded}: {error:?}");
            break;
        }
        recorded += 1;
        assert!(recorded < 1_000, "there is room for ever");
    }
    operated.until(NotServing, PATIENCE).await;
    says(&operated, "store_refuses_writes", "whether the disk of the database is full");
    let pid = operated.server.id().to_string();
    assert!(Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status().unwrap().success());
    operated.until(Serving, AGAIN).await;
    is_over(&operated, "store_refuses_writes");
    clients.ledger().record_activity(record(kudos("after", "ben", "2018-04-01T00:00:00Z"))).await.unwrap();
    let not_recorded = ["unavailable", "unknown"]
        .map(|outcome| metric(operated.server.admin, &format!("goodturn_commits_total{{outcome=\"{outcome}\"}}")));
    assert!(not_recorded.iter().sum::<u64>() >= 1, "{not_recorded:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_replaced_is_not_served_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("goodturn.db");
    let operated = Operated::start(&format!("sqlite://{}", file.display()), folder.path(), &[]);
    operated.until(Serving, PATIENCE).await;
    std::fs::rename(&file, folder.path().join("away.db")).unwrap();
    operated.until(NotServing, PATIENCE).await;
    says(&operated, "store_replaced", "put the file back");
    std::fs::rename(folder.path().join("away.db"), &file).unwrap();
    operated.until(Serving, PATIENCE).await;
    is_over(&operated, "store_replaced");
}
