//! `goodturn backup`: a copy of a database that a server is writing to, and what it brings back.

use std::path::Path;

use tempfile::TempDir;
use tonic::Code;

use crate::support::clients::{Clients, TestServer, create_program, database, kudos, record};
use crate::support::process::{Ended, ServeProcess, goodturn};
use crate::support::reads::verified;
use crate::support::receipts::first_of;
use crate::support::refused::{head_seq, refused};
use crate::support::restore::{lose_last_entry, put_back};
use crate::support::watched::{Watched, from, listed, record_many};

/// Runs `goodturn backup` beside everything else.
async fn backup(folder: &TempDir, output: &str) -> Ended {
    let (folder, output, database) = (folder.path().to_owned(), output.to_owned(), database(folder));
    let run = move || goodturn(&folder, &["backup", "--database", &database, "--output", &output]);
    tokio::task::spawn_blocking(run).await.unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_under_load_holds_everything_acknowledged_before_it_began() {
    // INV 1, 10, 19
    let folder = tempfile::tempdir().unwrap();
    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    for n in 0..2 {
        record_many(&clients, &format!("before-{n}"), 1_000).await;
    }
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (clients, stopped) = (clients.clone(), stopped.clone());
            tokio::spawn(async move {
                let mut receipts = Vec::new();
                while !*stopped.borrow() {
                    let one = kudos(&format!("w{writer}-{}", receipts.len()), "dora", "2018-04-01T12:00:00Z");
                    receipts.push(clients.ledger().record_activity(record(one)).await.unwrap().into_inner());
                }
                receipts
            })
        })
        .collect();
    while head_seq(&clients).await < 2_060 {
        tokio::task::yield_now().await;
    }
    let acked = head_seq(&clients).await;
    let said = backup(&folder, "copy.db").await.done();
    let head = head_seq(&clients).await;
    stop.send(true).unwrap();
    let mut firsts = Vec::new();
    for writer in writers {
        let receipts = writer.await.expect("no write fails while the copy is made");
        firsts.extend(receipts.into_iter().next());
    }
    assert!(head > acked, "something was written while the copy was made");
    assert_eq!(names(folder.path()), ["copy.db", "goodturn.db", "goodturn.db-shm", "goodturn.db-wal"]);
    let entries: i64 =
        said.lines().find_map(|line| line.trim().strip_prefix("entries")).unwrap().trim().parse().unwrap();
    assert!((acked..=head).contains(&entries), "{acked} to {head}: {said}");

    let verified = goodturn(folder.path(), &["verify", "--database", "sqlite://copy.db"]).done();
    assert!(verified.contains(&format!("entries    {entries}\n")), "{verified}");
    let restored = ServeProcess::start(&format!("sqlite://{}/copy.db", folder.path().display()));
    let restored = Clients::connect(restored.address).await;
    assert_eq!(head_seq(&restored).await, entries);
    assert_eq!(listed(&restored).await, listed(&clients).await[..usize::try_from(entries).unwrap()]);
    for (writer, first) in firsts.into_iter().enumerate() {
        let again = record(kudos(&format!("w{writer}-0"), "dora", "2018-04-01T12:00:00Z"));
        let again = restored.ledger().record_activity(again).await.unwrap().into_inner();
        assert_eq!(first_of(&again), first);
    }
}

#[tokio::test]
async fn a_restored_server_goes_on_with_older_tokens_and_refuses_newer_ones() {
    // INV 25
    let folder = tempfile::tempdir().unwrap();
    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    create_program(&clients).await;
    record_many(&clients, "a", 8).await;
    let mut reader = Watched::after(&clients, 0).await;
    reader.up_to(10).await;
    let before = reader.token.clone();
    backup(&folder, "copy.db").await.done();
    record_many(&clients, "b", 5).await;
    reader.up_to(15).await;
    let stopped = tokio::task::spawn_blocking(|| server.terminate());
    reader.cut().await.because(Code::Unavailable, "ERROR_REASON_SERVER_STOPPING");
    assert!(stopped.await.unwrap().success());
    put_back(&folder, &folder.path().join("copy.db"));

    let server = ServeProcess::start(&database(&folder));
    let clients = Clients::connect(server.address).await;
    let told = refused(&clients, clients.ledger().watch_entries(from(&reader.token))).await;
    let because = told.because(Code::FailedPrecondition, "ERROR_REASON_LOG_FORKED");
    assert_eq!(because, [("head_seq", "10"), ("seq", "15")]);
    let mut on = Watched::resumed(&clients, &before, 10).await;
    // What was lost is sent again, and more.
    record_many(&clients, "b", 7).await;
    on.up_to(17).await;
    let told = refused(&clients, clients.ledger().watch_entries(from(&reader.token))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_LOG_FORKED");
    verified(&clients).await;
}

#[tokio::test]
async fn a_backup_replaces_no_file_and_leaves_none_behind() {
    let TestServer { clients, running, folder } = TestServer::with_program().await;
    for n in 0..3 {
        record_many(&clients, &format!("a{n}"), 1_000).await;
    }
    drop(clients);
    running.stop().await.unwrap();
    let here = folder.path();
    std::fs::write(here.join("taken.db"), "mine").unwrap();
    std::fs::write(here.join("half.db.partial"), "half").unwrap();
    std::os::unix::fs::symlink("nowhere", here.join("link.db")).unwrap();
    let kept = names(here);
    for (output, why) in [
        ("taken.db", "taken.db exists"),
        ("goodturn.db", "goodturn.db exists"),
        ("link.db", "link.db exists"),
        ("half.db", "half.db.partial is what an interrupted backup left"),
        ("no/such/folder.db", "no/such/folder.db.partial cannot be written"),
    ] {
        let said = backup(&folder, output).await.refused();
        assert!(said.contains(why), "{said}");
        assert_eq!(names(here), kept, "{output}");
    }
    assert_eq!(std::fs::read(here.join("taken.db")).unwrap(), b"mine");
    for (url, why) in [
        ("postgres://localhost/goodturn", "pg_basebackup"),
        ("postgresql://localhost/goodturn", "pg_dump"),
        ("sqlite://absent.db", "absent.db cannot be opened"),
        ("sqlite://taken.db", "taken.db"),
        ("mysql://localhost/goodturn", "begins with neither sqlite: nor postgres:"),
    ] {
        let said = goodturn(here, &["backup", "--database", url, "--output", "new.db"]).refused();
        assert!(said.contains(why), "{said}");
        assert_eq!(names(here), kept, "{url}");
    }
    // A copy that is not whole gets no name: here an entry was lost before.
    lose_last_entry(&folder).await;
    let said = backup(&folder, "new.db").await.refused();
    assert!(said.contains("it holds 3001 entries, and heads that say 3002"), "{said}");
    assert_eq!(names(here), kept);
    // Nor is a database whose pages are broken.
    let mut bytes = std::fs::read(here.join("goodturn.db")).unwrap();
    let middle = bytes.len() / 2 / 4_096 * 4_096;
    bytes[middle..middle + 4_096].fill(0xa5);
    std::fs::write(here.join("goodturn.db"), bytes).unwrap();
    let said = backup(&folder, "new.db").await.refused();
    assert!(said.contains("cannot be copied") || said.contains("not right"), "{said}");
    assert!(!names(here).iter().any(|name| name.starts_with("new.db")), "{:?}", names(here));
}
