//! A rolling upgrade: a server that writes a newer format beside one, or after one, that does not know it.
//!
//! Both are the same binary. `FAILPOINTS` has the newer one write the format after this program's own.

use std::ffi::OsString;
use std::path::Path;

use goodturn::pb;
use tempfile::TempDir;
use tonic::{Code, Status};

use crate::support::clients::{Clients, accepted, create_program, database, reason, record};
use crate::support::postgres::shared;
use crate::support::process::{ServeProcess, goodturn};
use crate::support::refused::{Refused, every_method};
use crate::support::watched::Watched;

const OLDER: [(OsString, OsString); 0] = [];

fn newer() -> [(OsString, OsString); 1] {
    [("FAILPOINTS".into(), "next-format=return".into())]
}

/// Starts a server, and has it log to a folder.
async fn serve(url: &str, folder: &TempDir, environment: &[(OsString, OsString)]) -> (ServeProcess, Clients) {
    let process = ServeProcess::start_logging(url, &folder.path().join("log"), environment);
    let clients = Clients::connect(process.address).await;
    (process, clients)
}

async fn award(clients: &Clients, id: &str) -> Result<i64, Status> {
    let recorded = clients.ledger().record_activity(record(accepted(id, "ben", "2018-04-02T12:00:00Z"))).await;
    recorded.map(|receipt| receipt.into_inner().seq)
}

#[track_caller]
fn is_newer(refused: &Refused) {
    let because = refused.because(Code::FailedPrecondition, "ERROR_REASON_NEWER_FORMAT");
    assert_eq!(because, [("found", "2"), ("known", "1")]);
}

/// What the newer server recorded is whole, and what `verify` of the older one says of it.
async fn is_whole(clients: &Clients, url: &str, folder: &Path, entries: i64) {
    let request = pb::VerifyProgramRequest { name: "programs/qc".into() };
    let report = clients.audit().verify_program(request).await.unwrap().into_inner();
    assert_eq!((report.findings, report.entries), (Vec::new(), entries));
    let said = String::from_utf8(goodturn(folder, &["verify", "--database", url]).stdout).unwrap();
    assert!(said.contains("NOT VERIFIED") && said.contains("has format 2; this program knows 1"), "{said}");
    assert!(!said.contains("corrupt"), "{said}");
}

#[tokio::test]
async fn an_older_server_beside_a_newer_one_says_newer_format_and_loses_nothing() {
    // INV 19, 56
    let (url, folder) = (shared().create_database(), tempfile::tempdir().unwrap());
    let (_older, old) = serve(&url, &folder, &OLDER).await;
    create_program(&old).await;
    let first = award(&old, "a1").await.unwrap();
    let mut behind = Watched::after(&old, 0).await;
    behind.up_to(first).await;

    let (_newer, new) = serve(&url, &folder, &newer()).await;
    assert_eq!(award(&new, "a1").await.unwrap(), first, "what the older one recorded is known to the newer");
    assert_eq!(award(&old, "a2").await.unwrap(), first + 1, "nothing of the newer format is written yet");
    let raised = award(&new, "a3").await.unwrap();
    assert_eq!(raised, first + 2);

    is_newer(&Refused::of(&award(&old, "a4").await.unwrap_err()));
    behind.up_to(first + 1).await;
    is_newer(&behind.cut().await);
    for (method, answer) in Box::pin(every_method(&old, "programs/qc")).await {
        let status = answer.expect_err(method);
        assert_ne!(reason(&status), "ERROR_REASON_STORE_CORRUPT", "{method}: {}", status.message());
        if status.code() != Code::InvalidArgument && status.code() != Code::Unauthenticated {
            assert_eq!(reason(&status), "ERROR_REASON_NEWER_FORMAT", "{method}: {}", status.message());
        }
    }

    assert_eq!(award(&new, "a4").await.unwrap(), raised + 1);
    let database = url.rsplit('/').next().unwrap();
    let formats = shared().psql(database, "select string_agg(distinct format::text, ' ') from entry where seq >= 3");
    assert_eq!(formats.trim(), "1 2");
    assert_eq!(shared().psql(database, "select format from log_head").trim(), "2");
    is_whole(&new, &url, folder.path(), raised + 1).await;
}

#[tokio::test]
async fn an_older_server_after_a_newer_one_says_newer_format_and_loses_nothing() {
    // INV 19, 56
    let folder = tempfile::tempdir().unwrap();
    let url = database(&folder);
    let (older, old) = serve(&url, &folder, &OLDER).await;
    create_program(&old).await;
    let first = award(&old, "a1").await.unwrap();
    older.terminate();
    let (newer_one, new) = serve(&url, &folder, &newer()).await;
    assert_eq!(award(&new, "a2").await.unwrap(), first + 1);
    newer_one.terminate();
    let (older, old) = serve(&url, &folder, &OLDER).await;
    is_newer(&Refused::of(&award(&old, "a3").await.unwrap_err()));
    older.terminate();
    let (_newer, new) = serve(&url, &folder, &newer()).await;
    assert_eq!(award(&new, "a3").await.unwrap(), first + 2);
    is_whole(&new, &url, folder.path(), first + 2).await;
}
