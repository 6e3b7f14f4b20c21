//! A log that was tampered with on its disk: no close of it is in order.

use std::path::Path;
use std::sync::Arc;

use goodturn::app::export_at;
use goodturn::ledger::Ledger;
use goodturn::log::{DatabaseUrl, Log, Purpose};
use goodturn::pb::ReportFormat as F;

use crate::support::clients::{activity, record};
use crate::support::clock::ManualClock;
use crate::support::intruder::{intruder, run};
use crate::support::reports::{asked, close, content};
use crate::support::served::Served;

/// Three months with four entries each, after the first two.
async fn written(path: &Path) {
    let url = format!("sqlite://{}", path.display());
    let log = goodturn::log::open(DatabaseUrl::from(url), Purpose::Record).await.unwrap();
    let served = Served::on(Arc::clone(&log), "2018-04-02T09:00:00Z").await;
    for month in 4..=6 {
        for day in 10..14 {
            let when = format!("2018-{month:02}-{day}T12:00:00Z");
            served.clock.set(&when);
            let it = activity(&format!("k{month}-{day}"), "kudos", "ben", &when);
            served.clients.ledger().record_activity(record(it)).await.unwrap();
        }
    }
    log.close().await;
}

/// Closes May; returns whether it is in order, and the page.
async fn closed(path: &Path) -> (bool, String) {
    let url = format!("sqlite://{}", path.display());
    let log: Arc<dyn Log> = goodturn::log::open(DatabaseUrl::from(url), Purpose::Read).await.unwrap();
    let ledger = Arc::new(Ledger::new(Arc::clone(&log), Arc::new(ManualClock::at("2018-07-01T09:00:00Z"))));
    let written = export_at(ledger, asked(close("2018-05"), F::Text), Box::new(|_, _| ())).await.unwrap();
    let page = (written.differences == 0, String::from_utf8(content(written.file)).unwrap());
    log.close().await;
    page
}

#[tokio::test]
async fn entries_that_are_missing_corrupt_or_dated_later_are_found_wherever_they_stand() {
    // INV 57, 78
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.db");
    written(&whole).await;
    let (in_order, page) = closed(&whole).await;
    assert!(in_order && page.contains("Entries up to it                   10"), "{page}");
    for (name, sql, is_in_order) in [
        ("a later month", "update entry set amount = 2 where seq = 13", true),
        ("the first of the month", "delete from entry where seq = 7", false),
        ("the last of the month", "delete from entry where seq = 10", false),
        ("the last three of the month", "delete from entry where seq between 8 and 10", false),
        ("all of the month", "delete from entry where seq between 7 and 10", false),
        ("everything from the month on", "delete from entry where seq >= 7", false),
        ("everything", "delete from entry", false),
        ("the month, of a kind that is none", "update entry set kind = 9999 where seq between 7 and 10", false),
        (
            "the end of the month, dated later",
            "update entry set recorded_at = (select recorded_at from entry where seq = 11) where seq between 9 and 10",
            false,
        ),
    ] {
        let path = folder.path().join(format!("{}.db", name.replace([' ', ','], "-")));
        std::fs::copy(&whole, &path).unwrap();
        let mut connection = intruder(&format!("sqlite://{}", path.display())).await;
        assert!(run(&mut connection, sql.into()).await > 0, "{name}");
        drop(connection);
        let (in_order, page) = closed(&path).await;
        assert_eq!(in_order, is_in_order, "{name}: {page}");
    }
}

/// A file is written beside others of the same name, into pipes, and through links.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_whole_whoever_else_writes_to_the_same_name() {
    let folder = tempfile::tempdir().unwrap();
    written(&folder.path().join("a.db")).await;
    let args = |output: &'static str| {
        [
            "export",
            "roll-forward",
            "--program",
            "qc",
            "--database",
            "sqlite://a.db",
            "--to",
            "2018-06",
            "--format",
            "csv",
            "--output",
            output,
        ]
    };
    let export = |output| crate::support::process::goodturn(folder.path(), &args(output)).done();
    export("one.csv");
    let one = std::fs::read(folder.path().join("one.csv")).unwrap();
    std::os::unix::fs::symlink("target.csv", folder.path().join("link.csv")).unwrap();
    std::fs::write(folder.path().join("target.csv"), "old").unwrap();
    // What somebody else has put there under a guessed name is not touched.
    std::fs::write(folder.path().join("victim"), "mine").unwrap();
    std::os::unix::fs::symlink("victim", folder.path().join("two.csv.partial")).unwrap();
    export("link.csv");
    export("two.csv");
    assert_eq!(std::fs::read(folder.path().join("target.csv")).unwrap(), one);
    assert!(std::fs::symlink_metadata(folder.path().join("link.csv")).unwrap().is_symlink());
    assert_eq!(std::fs::read_to_string(folder.path().join("victim")).unwrap(), "mine");
    assert_eq!(export("/dev/null"), "", "a device is written to, and stays");
    let told = crate::support::process::goodturn(folder.path(), &args("none/x.csv")).refused();
    assert!(told.contains("the folder none does not exist"), "{told}");
    let odd = ["export", "register", "--program", "qc", "--database", "sqlite://a.db", "--output", "x.docx"];
    let told = crate::support::process::goodturn(folder.path(), &odd).refused();
    assert!(told.contains("the ending of x.docx says no format"), "{told}");
    let left: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".partial"))
        .collect();
    assert_eq!(left, ["two.csv.partial"]);
}
