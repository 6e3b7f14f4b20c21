//! SIGHUP: what can change while a server runs does, what cannot is named, and what is wrong changes nothing.

use std::path::Path;

use goodturn::pb;
use tonic::Code;

use crate::support::clients::{Clients, database};
use crate::support::issuer::{Issuer, write_access};
use crate::support::operated::{Operated, metric};
use crate::support::postgres::wait_until;
use crate::support::process::kill;

/// Sends SIGHUP, and waits until the log has one more line of it.
fn hang_up(operated: &Operated) -> serde_json::Value {
    let before = operated.lines("SIGHUP").len();
    assert!(kill(operated.server.id(), "-HUP"));
    wait_until("it is read again", || operated.lines("SIGHUP").len() > before);
    operated.lines("SIGHUP").pop().unwrap()
}

fn write(folder: &Path, text: &str) {
    std::fs::write(folder.join("goodturn.toml"), text).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_change_does_what_cannot_is_named_and_what_is_wrong_changes_nothing() {
    let (folder, first, second) = (tempfile::tempdir().unwrap(), Issuer::new(), Issuer::new());
    let access = write_access(folder.path(), &first);
    let file = folder.path().join("goodturn.toml");
    let settings = |more: &str| format!("access = {:?}\n{more}", access.to_str().unwrap());
    write(folder.path(), &settings("log = \"warn\"\n"));
    let log = [("GOODTURN_CONFIG", file.to_str().unwrap())];
    let operated = Operated::start(&database(&folder), folder.path(), &log);
    assert_eq!(operated.log(), "", "at warn it says nothing");
    let clients = Clients::connect(operated.server.address).await;
    // Whoever is let in is told that there is no such programme, or that it is not theirs; whoever is not, nothing.
    let is_let_in = async |token: String| {
        let nowhere = pb::GetCallerRequest { parent: "programs/none".into() };
        let refused = clients.showing(token).principals().get_caller(nowhere).await.unwrap_err();
        refused.code() != Code::Unauthenticated
    };
    assert!(is_let_in(first.token("anna")).await && !is_let_in(second.token("anna")).await);

    // The filter, and who may call.
    write(folder.path(), &settings("log = \"info\"\ncache-mb = 512\n"));
    write_access(folder.path(), &second);
    let told = hang_up(&operated);
    assert_eq!(told["fields"]["taken"], "[\"log\", \"access\"]", "{told}");
    assert_eq!(told["fields"]["at_next_start"], "[\"cache-mb\"]", "{told}");
    assert!(is_let_in(second.token("anna")).await && !is_let_in(first.token("anna")).await);
    assert!(!operated.until_lines("a call was refused", 1).is_empty(), "at info it says what was refused");

    assert_eq!(metric(operated.server.admin, "goodturn_last_reload_successful"), 1);

    // What cannot be used.
    write(folder.path(), &settings("log = \"warn\"\nlisten = \"nowhere\"\n"));
    let told = hang_up(&operated);
    let problems = told["fields"]["problems"].as_str().unwrap();
    assert!(problems.contains("goodturn.toml:3: listen: it is no address with a port"), "{told}");
    wait_until("it is counted", || metric(operated.server.admin, "goodturn_last_reload_successful") == 0);
    assert!(is_let_in(second.token("anna")).await);

    // A file of access that lets nobody in.
    write(folder.path(), &settings(""));
    std::fs::write(&access, "issuers = []\n").unwrap();
    let told = hang_up(&operated);
    assert!(told["fields"]["problems"].as_str().unwrap().contains("issuers has 0; give 1 to 16"), "{told}");
    assert!(is_let_in(second.token("anna")).await);
    assert_eq!(metric(operated.server.admin, "goodturn_last_reload_successful"), 0);

    // A pipe, which would be waited for.
    std::fs::remove_file(&file).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    let told = hang_up(&operated);
    assert!(told["fields"]["problems"].as_str().unwrap().contains("is no regular file"), "{told}");
    assert!(operated.server.terminate().success());
}
