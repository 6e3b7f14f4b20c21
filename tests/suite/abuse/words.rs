//! Words that get out, and words that get in: secrets, escape sequences, names given twice.

use std::path::Path;
use std::process::{Command, Stdio};

use tonic::{Code, Request};

use crate::support::clients::{TestServer, kudos, record};
use crate::support::process::{GOODTURN, goodturn};
use crate::support::refused::Refused;
use crate::support::stage::WHEN;

/// Mistyped URLs of a database, each with the password `s3cret`.
const MISTYPED: [&str; 12] = [
    "ann:s3cret@db/points",
    "mysql://ann:s3cret@db/points",
    "postgres//ann:s3cret@db/points",
    "postgres:ann:s3cret@db/points",
    "postgres://ann:s3cret",
    "postgres://ann:s3cret@[/points",
    "postgres://ann:12/s3cret@db/points",
    "postgres://ann:12#s3cret@db/points",
    "postgres://ann:12?s3cret@db/points",
    "postgres://ann:s3cret@db/points#",
    "'postgres://ann:s3cret@db/points'",
    " postgres://ann:s3cret@db/points",
];

#[test]
fn no_command_tells_the_password_of_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let wrong_host = "postgres://ann:s3cret@127.0.0.1:1/points";
    for url in MISTYPED.into_iter().chain([wrong_host]) {
        let on = ["--database", url];
        for command in [
            &["verify"][..],
            &["migrate"],
            &["migrate", "--grant-to", "bob"],
            &["serve", "--listen", "127.0.0.1:0"],
            &["backup", "--output", "copy.db"],
            &["export", "leaderboard", "--program", "qc"],
            &["demo", "--output", "demo"],
        ] {
            let ended = goodturn(folder.path(), &[command, &on].concat());
            let told = format!("{}{}", String::from_utf8_lossy(&ended.stdout), ended.stderr);
            assert_eq!(ended.code, Some(1), "{command:?} {url}");
            assert!(!told.contains("s3cret"), "{command:?} {url}: {told}");
        }
    }
    for command in [&["verify", "--help"][..], &["serve", "--help"], &["serve", "--port"]] {
        let told = with_environment(folder.path(), command, "postgres://ann:s3cret@db/points");
        assert!(!told.is_empty() && !told.contains("s3cret"), "{told}");
    }
}

/// Runs a command with the URL of a database in its environment, and returns all that it says.
fn with_environment(folder: &Path, args: &[&str], url: &str) -> String {
    let mut command = Command::new(GOODTURN);
    command.args(args).env("GOODTURN_DATABASE", url).current_dir(folder).stdin(Stdio::null());
    let output = command.output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Field names of an import, and keys of a file of rules, with an escape sequence that renames the terminal's window.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn escape_sequences_from_files_do_not_reach_the_terminal() {
    let server = TestServer::with_program().await;
    let (folder, address) = (server.folder.path(), format!("http://{}", server.running.address));
    let lines = format!(
        "{}\n{}\n",
        r#"{"id": "i1", "kind": "kudos", "member": "cleo", "occurred_at": "2018-04-02T00:00:00Z", "\u001b]0;owned\u0007": 1}"#,
        r#"{"id": "i2", "kind": "kudos", "member": "cleo", "occurred_at": "2018-04-02T00:00:00Z", "\u202eevil": 1}"#,
    );
    std::fs::write(folder.join("lines.jsonl"), lines).unwrap();
    std::fs::write(folder.join("rules.toml"), "\"\\u001b]0;owned\\u0007\" = 1\n\"\\u009b2J\" = 2\n").unwrap();
    let on_server = ["--server", &address, "--program", "qc", "--source", "forum"];
    let commands = [vec!["rules", "check", "rules.toml"], [&["import"][..], &on_server, &["lines.jsonl"]].concat()];
    for command in commands {
        let ended = goodturn(folder, &command);
        let told = format!("{}{}", String::from_utf8_lossy(&ended.stdout), ended.stderr);
        assert_ne!(ended.code, Some(0), "{told}");
        let steers = |c: char| c.is_control() && c != '\n' && c != '\t' || c == '\u{202e}';
        assert!(!told.contains(steers), "{told:?}");
    }
}

#[tokio::test]
async fn a_caller_has_one_name() {
    // INV 62
    let server = TestServer::with_program().await;
    for names in [["anna", "ben"], ["anna", "anna"], ["anna", ""]] {
        let mut twice = Request::new(record(kudos("a1", "cleo", WHEN)));
        for name in names {
            twice.metadata_mut().append("goodturn-principal", name.parse().unwrap());
        }
        let told = Refused::of(&server.clients.ledger().record_activity(twice).await.unwrap_err());
        assert_eq!(told.code, Code::InvalidArgument);
        told.breaks(&["goodturn-principal"]);
    }
    let once = record(kudos("a1", "cleo", WHEN));
    assert!(!server.clients.by("anna").ledger().record_activity(once).await.unwrap().into_inner().replay);
}
