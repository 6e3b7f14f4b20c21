//! Commands whose output nobody reads to its end, as behind `| head -n 1`: they do what they are there for, and do not panic.

use std::path::Path;
use std::process::{Command, Stdio};

use goodturn::pb;

use crate::support::clients::{TestServer, database, kudos, pounds, record};
use crate::support::payouts::pay_out;
use crate::support::process::{GOODTURN, goodturn};

const RULES: &str = "in_force_from = 2030-01-01T00:00:00Z
rules = [{ rule_id = \"kudos\", activity_kind = \"kudos\", points = 2 }]
";

const LINE: &str = r#"{"id": "i1", "kind": "kudos", "member": "cleo", "occurred_at": "2018-04-02T00:00:00Z"}"#;

/// Runs a command whose readers of standard output and standard error have gone before it writes; returns its exit code.
fn unread(folder: &Path, args: &[&str], stderr: Stdio) -> (Option<i32>, String) {
    let mut command = Command::new(GOODTURN);
    command.args(args).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr);
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_panics_when_its_reader_has_gone() {
    let server = TestServer::with_program().await;
    let (clients, folder) = (&server.clients, server.folder.path());
    clients.ledger().record_activity(record(kudos("a1", "cleo", "2018-04-01T12:00:00Z"))).await.unwrap();
    pay_out(clients, "p1", pounds(10)).await;
    std::fs::write(folder.join("rules.toml"), RULES).unwrap();
    std::fs::write(folder.join("lines.jsonl"), LINE).unwrap();
    let (database, address) = (database(&server.folder), format!("http://{}", server.running.address));
    let on_server = ["--server", &address, "--program", "qc"];
    let on_database = ["--database", database.as_str()];
    let commands: Vec<Vec<&str>> = vec![
        vec!["--help"],
        [&["verify"][..], &on_database].concat(),
        [&["migrate"][..], &on_database].concat(),
        [&["backup", "--output", "copy.db"][..], &on_database].concat(),
        [&["export", "leaderboard", "--program", "qc"][..], &on_database].concat(),
        [&["export", "shares", "--program", "qc", "--payout", "p1"][..], &on_database].concat(),
        vec!["rules", "check", "rules.toml"],
        [&["rules", "simulate", "rules.toml", "--from", "2018-04-01", "--to", "2018-04-30"][..], &on_server].concat(),
        [&["rules", "publish", "rules.toml"][..], &on_server].concat(),
        [&["history", "cleo"][..], &on_server].concat(),
        [&["flags"][..], &on_server].concat(),
        [&["import", "--source", "forum", "lines.jsonl"][..], &on_server].concat(),
        vec!["demo", "--output", "demo"],
    ];
    for args in &commands {
        let (code, stderr) = unread(folder, args, Stdio::piped());
        assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
        assert_eq!(code, Some(0), "{args:?}: {stderr}");
    }
    // What they are there for is done.
    let get = pb::GetRuleSetRequest { name: "programs/qc/ruleSets/2".into() };
    let published = clients.programs().get_rule_set(get).await.unwrap().into_inner();
    assert_eq!(published.rules[0].points, 2);
    assert!(goodturn(folder, &["verify", "--database", "sqlite://copy.db"]).done().ends_with("1 programme verified\n"));
    let get = pb::GetActivityRequest { name: "programs/qc/sources/forum/activities/i1".into() };
    clients.ledger().get_activity(get).await.unwrap();
    assert!(folder.join("demo/goodturn.db").exists());
}

/// A command that fails has one more thing to say, on standard error.
#[test]
fn a_refusal_that_nobody_reads_is_still_an_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let (read, write) = std::io::pipe().unwrap();
    drop(read);
    let (code, _) = unread(folder.path(), &["verify", "--database", "sqlite://nowhere.db"], write.into());
    assert_eq!(code, Some(1));
}
