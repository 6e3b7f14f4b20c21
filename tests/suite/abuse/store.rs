//! A store that is not what it was: the check below the log, and what it says where there is nothing to check.

use std::path::Path;

use sqlx::{ConnectOptions as _, Connection as _};

use crate::support::clients::{Clients, create_program, database, kudos, record};
use crate::support::postgres::shared;
use crate::support::process::{ServeProcess, goodturn};
use crate::support::stage::WHEN;

/// Makes a database with a few activities, one of them with a name of its own, and closes it.
async fn recorded(url: &str) {
    let server = ServeProcess::start(url);
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    for id in ["one", NAME, "three"] {
        clients.ledger().record_activity(record(kudos(id, "cleo", WHEN))).await.unwrap();
    }
    assert!(server.terminate().success());
}

const NAME: &str = "a-name-like-no-other";

/// Each place where a file holds some bytes.
fn places(bytes: &[u8], of: &str) -> Vec<usize> {
    let found = bytes.windows(of.len()).enumerate().filter(|(_, window)| *window == of.as_bytes());
    found.map(|(at, _)| at).collect()
}

fn verify(folder: &Path, more: &[&str]) -> (Option<i32>, String) {
    let ended = goodturn(folder, &[&["verify", "--database", "sqlite://goodturn.db"], more].concat());
    (ended.code, String::from_utf8_lossy(&ended.stdout).into_owned() + &ended.stderr)
}

/// Wherever the name of an activity is stored, in the entry or in an index, one changed byte is found.
#[tokio::test]
async fn one_changed_byte_of_a_name_is_found_wherever_the_name_stands() {
    // INV 3, 57
    let folder = tempfile::tempdir().unwrap();
    recorded(&database(&folder)).await;
    let file = folder.path().join("goodturn.db");
    let sound = std::fs::read(&file).unwrap();
    let places = places(&sound, NAME);
    assert!(places.len() >= 2, "in the entry and in the index of names: {places:?}");
    assert_eq!(verify(folder.path(), &[]).0, Some(0));
    for at in places {
        let mut changed = sound.clone();
        changed[at + 3] ^= 1;
        std::fs::write(&file, &changed).unwrap();
        let (code, told) = verify(folder.path(), &[]);
        assert_eq!(code, Some(1), "byte {at}: {told}");
        assert!(told.contains("BROKEN"), "{told}");
    }
}

#[tokio::test]
async fn an_index_of_postgresql_is_compared_with_its_table() {
    let url = shared().create_database();
    recorded(&url).await;
    let told = goodturn(Path::new("/"), &["verify", "--database", &url]).done();
    assert!(told.starts_with("store\n  note: indexes were not compared with their tables"), "{told}");
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    sqlx::query("create extension amcheck").execute(&mut connection).await.unwrap();
    let told = goodturn(Path::new("/"), &["verify", "--database", &url]).done();
    assert!(told.starts_with("store\n  every page was read, and every index compared with its table\n"), "{told}");
    connection.close().await.unwrap();
}

#[tokio::test]
async fn verification_of_nothing_and_of_half_a_log_is_no_success() {
    // INV 78
    let folder = tempfile::tempdir().unwrap();
    goodturn(folder.path(), &["migrate", "--database", "sqlite://goodturn.db"]).done();
    let (code, told) = verify(folder.path(), &[]);
    assert_eq!(code, Some(1));
    assert!(
        told.contains("nothing was verified: sqlite://goodturn.db holds no programme. If the file is a copy"),
        "{told}"
    );
    recorded(&database(&folder)).await;
    for (expected, code, says) in [
        ("qc=5", 0, "1 programme verified"),
        ("qc=1", 0, "1 programme verified"),
        ("qc=6", 1, "BROKEN at seq 5: the log ends here, and was to reach seq 6: entries are missing"),
        ("other=1", 1, "other does not exist in sqlite://goodturn.db"),
        ("qc", 2, "give a programme and a seq, as hello=1200"),
        ("qc=-1", 2, "is no seq"),
    ] {
        let (found, told) = verify(folder.path(), &["--expect-seq", expected]);
        assert_eq!(found, Some(code), "{expected}: {told}");
        assert!(told.contains(says), "{expected}: {told}");
    }
}

#[tokio::test]
async fn a_server_does_not_start_on_a_file_that_it_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    recorded(&database(&folder)).await;
    let told =
        goodturn(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--database", "sqlite://goodturn.db?mode=ro"]);
    let told = told.refused();
    assert!(told.contains("cannot be written"), "{told}");
}
