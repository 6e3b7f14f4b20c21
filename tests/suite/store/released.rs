//! Databases of releases: each is brought up to date, holds what it held, and is recorded into.
//!
//! `tests/released/VERSION/` has a database for each engine, written by that release from a log with every kind of entry, and what
//! `goodturn verify` said of it. Its commands are made up so that
//! every kind occurs, so the verifier finds faults; these stay, too. They are never written again. A release adds its own: `GOODTURN_UPDATE=1` writes those of this version where
//! there are none.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use goodturn::domain::value::encoding::hex;
use goodturn::ledger::Ledger;
use goodturn::log::sqlite::backup::backup;
use goodturn::log::{self, Purpose};

use crate::support::clock::ManualClock;
use crate::support::every_kind::every_kind_and_its_commands;
use crate::support::postgres::shared;
use crate::support::process::goodturn;
use crate::support::sample::{SECRET, award, program};
use crate::support::sources::root;

/// Releases whose databases must be taken on.
const RELEASES: [&str; 1] = ["0.1.0"];

/// Writes the log with every kind of entry into a database, as a server does.
async fn written(url: &str) {
    let log = log::open(url, Purpose::Record).await.unwrap();
    log.create(&program(), SECRET).await.unwrap();
    let clock = Arc::new(ManualClock::at("2018-04-02T00:00:00Z"));
    let ledger = Ledger::new(Arc::clone(&log), clock.clone());
    let state = ledger.make_place(&program()).await.unwrap();
    for (now, command) in every_kind_and_its_commands().1 {
        clock.set(&now.to_rfc3339());
        ledger.submit(&state, command, None).await.unwrap();
    }
    log.close().await;
}

/// Writes the databases of this version.
async fn write(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}", scratch.path().join("goodturn.db").display());
    written(&file).await;
    backup(file.as_str(), &folder.join("goodturn.db"), |_| ()).await.unwrap();
    std::fs::write(folder.join("verify.txt"), verified(scratch.path(), &file)).unwrap();
    let url = shared().create_database();
    written(&url).await;
    let dumped = Command::new("pg_dump").args(["--no-owner", "--no-privileges", "--dbname", &url]).output().unwrap();
    assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
    std::fs::write(folder.join("postgres.sql"), dumped.stdout).unwrap();
}

/// Returns what `goodturn verify` says of the programme.
#[track_caller]
fn verified(folder: &Path, url: &str) -> String {
    String::from_utf8(goodturn(folder, &["verify", "--database", url, "--program", program().as_str()]).stdout).unwrap()
}

/// Takes a release's database on, as an operator who upgrades does, and records into it.
async fn taken_on(version: &str, folder: &Path, url: &str) {
    let scratch = tempfile::tempdir().unwrap();
    assert_eq!(goodturn(scratch.path(), &["migrate", "--database", url]).done(), format!("{url} is up to date\n"));
    let then = std::fs::read_to_string(folder.join("verify.txt")).unwrap();
    let lines = |told: &str| told.lines().map(str::to_owned).collect::<Vec<_>>();
    // The first lines are of the store, which differs between the engines.
    let of_program =
        |told: &str| lines(told).into_iter().skip_while(|line| line != program().as_str()).collect::<Vec<_>>();
    assert_eq!(of_program(&verified(scratch.path(), url)), of_program(&then), "{version} at {url}");
    assert!(then.contains("root hash"), "{then}");

    let log = log::open(url, Purpose::Record).await.unwrap();
    let ledger = Ledger::new(Arc::clone(&log), Arc::new(ManualClock::at("2030-01-01T00:00:00Z")));
    let state = ledger.program(&program()).await.unwrap().expect("it holds the programme");
    let before = state.head_seq();
    let receipt = ledger.submit(&state, award("after-the-upgrade", "a-new-member"), None).await.unwrap();
    assert!(receipt.seq > before && !receipt.is_replay());
    let first_award = every_kind_and_its_commands().1.swap_remove(2).1;
    let again = ledger.submit(&state, first_award, None).await.unwrap();
    assert!(again.is_replay() && again.seq < before, "what the release recorded is known: {again:?}");
    log.close().await;
    let told = verified(scratch.path(), url);
    assert!(told.contains(&format!("head seq   {}", receipt.seq.get())), "{told}");
    let findings = |told: &str| lines(told).into_iter().filter(|line| line.contains("BROKEN")).collect::<Vec<_>>();
    assert_eq!(findings(&told), findings(&then), "nothing new is wrong");
}

fn folder_of(version: &str) -> PathBuf {
    root().join("tests/released").join(version)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_each_release_is_taken_on() {
    for version in RELEASES {
        let (folder, scratch) = (folder_of(version), tempfile::tempdir().unwrap());
        let is_new = version == env!("CARGO_PKG_VERSION") && !folder.exists();
        if is_new && std::env::var_os("GOODTURN_UPDATE").is_some() {
            write(&folder).await;
        }
        let file = scratch.path().join("goodturn.db");
        std::fs::copy(folder.join("goodturn.db"), &file).unwrap();
        taken_on(version, &folder, &format!("sqlite://{}", file.display())).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_database_of_each_release_is_taken_on() {
    for version in RELEASES {
        let url = shared().create_database();
        shared().psql_file(url.rsplit('/').next().unwrap(), &folder_of(version).join("postgres.sql"));
        taken_on(version, &folder_of(version), &url).await;
    }
}

/// The golden vectors that a release was made with stay: others may come beside them. `vectors.txt` has the first bytes of the hash of each of
/// their lines.
#[test]
fn vectors_of_each_release_stay() {
    let mut now = BTreeSet::new();
    for file in ["digests.txt", "entries.txt", "fields.txt", "numbers.txt"] {
        let text = std::fs::read_to_string(root().join("tests/golden").join(file)).unwrap();
        now.extend(text.lines().map(|line| hex(&hash(&[file.as_bytes(), line.as_bytes()].concat())[..8])));
    }
    for version in RELEASES {
        let path = folder_of(version).join("vectors.txt");
        if version == env!("CARGO_PKG_VERSION") && !path.exists() && std::env::var_os("GOODTURN_UPDATE").is_some() {
            std::fs::write(&path, now.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        }
        let then = std::fs::read_to_string(&path).unwrap();
        let lost: Vec<&str> = then.lines().filter(|line| !now.contains(*line)).collect();
        assert!(then.lines().count() > 1_000 && lost.is_empty(), "{} lines of {version} are gone", lost.len());
    }
}

fn hash(bytes: &[u8]) -> Vec<u8> {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).to_vec()
}

/// A version that the changelog gives a day has its databases.
#[test]
fn every_release_of_the_changelog_has_its_databases() {
    let log = std::fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let released = log.lines().filter_map(|line| line.strip_prefix("## [")?.split_once(']'));
    let released: Vec<&str> =
        released.filter(|(_, when)| !when.contains("unreleased")).map(|(version, _)| version).collect();
    assert!(released.iter().all(|version| RELEASES.contains(version)), "{released:?}");
    for version in RELEASES {
        for file in ["goodturn.db", "postgres.sql", "vectors.txt", "verify.txt"] {
            assert!(folder_of(version).join(file).is_file(), "{version} lacks {file}");
        }
    }
}
