//! A database that is removed, replaced or cut short while a server runs on it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use goodturn::ledger::clock::Stopwatch;
use sqlx::{ConnectOptions as _, Connection as _};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::support::clients::{Clients, create_program, database, kudos, record};
use crate::support::postgres::wait_until;
use crate::support::process::{ServeProcess, goodturn, until};
use crate::support::refused::Refused;
use crate::support::stage::WHEN;

async fn serves(clients: &Clients) -> bool {
    let asked = HealthClient::new(clients.channel()).check(HealthCheckRequest { service: String::new() }).await;
    asked.unwrap().into_inner().status() == ServingStatus::Serving
}

/// Records until nothing is acknowledged any more; returns the names that were.
async fn acknowledged(clients: &Clients, label: &str, most: usize) -> Vec<String> {
    let mut names = Vec::new();
    for n in 0..most {
        let name = format!("{label}-{n}");
        if clients.ledger().record_activity(record(kudos(&name, "ben", WHEN))).await.is_err() {
            break;
        }
        names.push(name);
    }
    names
}

/// Something that is done to the files of a running server.
type Harm = fn(&Path);

/// Each harm, with what the server says of it.
const HARM: [(&str, Harm); 7] = [
    ("was removed", |file| std::fs::remove_file(file).unwrap()),
    ("was removed", |file| std::fs::remove_file(beside(file)).unwrap()),
    ("was replaced", |file| {
        let copy = file.with_extension("copy");
        std::fs::copy(file, &copy).unwrap();
        std::fs::rename(copy, file).unwrap();
    }),
    ("was cut short", |file| cut(file, 4_096)),
    ("was removed", |file| std::fs::rename(file, file.with_extension("away")).unwrap()),
    ("was cut short", |file| cut(&beside(file), 0)),
    ("was cut short", |file| cut(&beside(file), 10_000)),
];

fn cut(file: &Path, size: u64) {
    std::fs::File::options().write(true).open(file).unwrap().set_len(size).unwrap();
}

/// The write-ahead log.
fn beside(file: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", file.display()))
}

/// Entries of a new programme with its rules.
const CREATED: u32 = 2;

/// Returns how many entries a database has, as another program reads it.
fn entries(file: &Path) -> u32 {
    let asked =
        std::process::Command::new("sqlite3").arg("-readonly").arg(file).arg("select count(*) from entry").output();
    String::from_utf8(asked.unwrap().stdout).unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn nothing_is_acknowledged_into_a_database_that_is_not_the_one_that_was_opened() {
    // INV 77
    for (what, harm) in HARM {
        let folder = tempfile::tempdir().unwrap();
        let (file, told) = (folder.path().join("goodturn.db"), folder.path().join("serve.log"));
        let server = ServeProcess::start_logging(&database(&folder), &told, &[]);
        let clients = Clients::connect(server.address).await;
        create_program(&clients).await;
        // Beyond the size at which SQLite moves the write-ahead log into the file.
        crate::support::watched::record_many(&clients, "many", 1_000).await;
        assert_eq!(acknowledged(&clients, "before", 20).await.len(), 20);
        assert!(serves(&clients).await);

        harm(&file);
        let began = Stopwatch::start();
        if !acknowledged(&clients, "after", 1).await.is_empty() {
            // All of the log had been moved into the database before it was cut: nothing of it was lost, and it begins anew.
            assert_eq!((what, entries(&file)), ("was cut short", CREATED + 1_000 + 20 + 1));
            continue;
        }
        let status = clients.ledger().record_activity(record(kudos("another", "ben", WHEN))).await.unwrap_err();
        Refused::of(&status).because(Code::Unavailable, "ERROR_REASON_STORE_UNAVAILABLE");
        until("health follows", async || !serves(&clients).await).await;
        assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
        let says = |text: &str| std::fs::read_to_string(&told).unwrap().contains(text);
        let remedy = "while it was in use: stop the server, put the file back";
        wait_until(what, || says(what) && says(remedy));
    }
}

#[tokio::test]
async fn a_database_that_is_put_back_is_gone_on_with() {
    // INV 77
    let folder = tempfile::tempdir().unwrap();
    let (file, away) = (folder.path().join("goodturn.db"), folder.path().join("away.db"));
    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    let before = acknowledged(&clients, "before", 10).await;
    std::fs::rename(&file, &away).unwrap();
    until("it is noticed", async || !serves(&clients).await).await;
    assert_eq!(acknowledged(&clients, "meanwhile", 1).await, [""; 0]);
    std::fs::rename(&away, &file).unwrap();
    until("it is there again", async || serves(&clients).await).await;
    let after = acknowledged(&clients, "after", 10).await;
    assert_eq!((before.len(), after.len()), (10, 10));
    assert!(server.terminate().success());
    let verified = goodturn(folder.path(), &["verify", "--database", "sqlite://goodturn.db", "--expect-seq", "qc=22"]);
    assert!(verified.done().contains("1 programme verified"));
}

/// SQLite keeps the files beside the database at the database itself, not at a link to it.
#[tokio::test]
async fn a_database_behind_a_link_is_watched_itself() {
    // INV 77
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real.db"), folder.path().join("goodturn.db"));
    goodturn(folder.path(), &["migrate", "--database", "sqlite://real.db"]).done();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    assert_eq!(acknowledged(&clients, "before", 5).await.len(), 5);
    std::fs::remove_file(beside(&real)).unwrap();
    assert_eq!(acknowledged(&clients, "after", 1).await, [""; 0]);
}

/// What others do with the database while it is in use is no harm.
#[tokio::test]
async fn a_database_that_is_copied_checked_and_vacuumed_is_still_there() {
    // INV 77
    let folder = tempfile::tempdir().unwrap();
    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    for n in 0..3 {
        crate::support::watched::record_many(&clients, &format!("many{n}"), 1_000).await;
    }
    let on = ["--database", "sqlite://goodturn.db"];
    goodturn(folder.path(), &[&["verify"], &on[..]].concat()).done();
    goodturn(folder.path(), &[&["backup", "--output", "copy.db"], &on[..]].concat()).done();
    let options: sqlx::sqlite::SqliteConnectOptions = database(&folder).parse().unwrap();
    let mut other = options.connect().await.unwrap();
    for sql in ["vacuum", "pragma wal_checkpoint(truncate)", "pragma wal_checkpoint(restart)"] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut other).await.unwrap();
        assert_eq!(acknowledged(&clients, &sql.replace([' ', '(', ')'], "-"), 5).await.len(), 5, "{sql}");
    }
    other.close().await.unwrap();
    assert_eq!(acknowledged(&clients, "after", 5).await.len(), 5);
    assert!(serves(&clients).await);
}
