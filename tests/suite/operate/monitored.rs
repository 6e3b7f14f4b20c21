//! Alerts and the dashboard: what they name is what a live server tells, their tests pass, and the book has a section on each.

use std::path::Path;
use std::process::Command;

use goodturn::pb;

use crate::support::clients::{Clients, create_program, kudos, record};
use crate::support::operated::{Operated, get};
use crate::support::programs::with_tools;
use crate::support::sources::root;

/// Scrapes a server that has recorded something, and refused something.
async fn scraped(folder: &Path) -> String {
    let database = format!("sqlite://{}", folder.join("goodturn.db").display());
    let operated = Operated::start(&database, folder, &[]);
    let clients = Clients::connect(operated.server.address).await;
    create_program(&clients).await;
    clients.ledger().record_activity(record(kudos("a", "ben", "2018-04-01T00:00:00Z"))).await.unwrap();
    let nobody = pb::GetBalanceRequest { name: "programs/none/members/ben".into(), min_seq: 0 };
    clients.ledger().get_balance(nobody).await.unwrap_err();
    get(operated.server.admin, "/metrics").body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_and_dashboard_name_what_a_live_server_tells_and_their_tests_pass() {
    let folder = tempfile::tempdir().unwrap();
    let scrape = folder.path().join("scrape.txt");
    std::fs::write(&scrape, scraped(folder.path()).await).unwrap();
    let mut python = Command::new("python3");
    with_tools(&mut python).arg("-B").arg(root().join("tests/monitoring/check.py")).arg(&scrape);
    let output = python.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.trim_end().ends_with(", 0 failed"), "{told}");
}
