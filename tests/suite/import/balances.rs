//! Opening balances, as `goodturn import` takes them over.

use goodturn::pb;

use crate::support::clients::TestServer;
use crate::support::import::{figure, import};
use crate::support::process::{Ended, goodturn};
use crate::support::reads::verified;

/// What members bring along from another scheme, with its age.
#[tokio::test(flavor = "multi_thread")]
async fn opening_balances_are_imported_once_and_large_ones_wait_for_a_second_person() {
    // INV 10, 49
    let server = TestServer::with_program().await;
    let folder = server.folder.path();
    let lines = [
        r#"{"type":"opening_balance","id":"o1","member":"ada","points":700,"occurred_at":"2016-05-01T00:00:00Z"}"#,
        r#"{"type":"opening_balance","id":"o2","member":"bob","points":"1001","occurred_at":"2017-05-01T00:00:00Z"}"#,
        r#"{"type":"opening_balance","id":"o3","member":"cy","points":1.5,"occurred_at":"2017-05-01T00:00:00Z"}"#,
        r#"{"type":"opening_balance","id":"o4","member":"cy","points":0,"amount":"1.00"}"#,
    ];
    std::fs::write(folder.join("old.jsonl"), lines.join("\n")).unwrap();
    std::fs::write(
        folder.join("old.csv"),
        "type,id,member,points,occurred_at\nopening_balance,o5,ada,-50,2016-06-01T00:00:00Z\n",
    )
    .unwrap();
    let text = |ended: &Ended| String::from_utf8_lossy(&ended.stdout).into_owned();
    let run = |more: &[&str]| import(folder, server.running.address, &[more, &["--principal", "anna"]].concat());
    let told = run(&["old.jsonl", "--rejects", "mend.jsonl"]);
    assert_eq!(figure(&text(&told), "recorded now"), 2, "{told:?}");
    assert_eq!(figure(&text(&run(&["old.csv"])), "recorded now"), 1);
    assert_eq!((figure(&text(&told), "rejected"), told.code), (2, Some(3)), "{told:?}");
    assert_eq!(figure(&text(&told), "wait for a second person"), 1, "{told:?}");
    let waits = "move nothing until a second person approves them: ListAdjustments of programs/qc shows those that wait, as \
                 programs/qc/adjustments/forum:ID with the line's ID, and BatchApproveAdjustments approves the list\n";
    assert!(told.stderr.contains(waits), "{told:?}");
    let reasons = std::fs::read_to_string(folder.join("mend.jsonl.reasons")).unwrap();
    for problem in [
        "points is \"1.5\"; give a whole number in plain digits, as 500 or -50",
        "amount is no field of type opening_balance",
        "points is 0; give",
        "occurred_at is required: the age of the balance (line 4",
    ] {
        assert!(reasons.contains(problem), "{problem} in {reasons}");
    }
    let has = async |member: &str| {
        let request = pb::GetBalanceRequest { name: format!("programs/qc/members/{member}"), min_seq: 0 };
        server.clients.ledger().get_balance(request).await.unwrap().into_inner().available_points
    };
    assert_eq!([has("ada").await, has("bob").await, has("cy").await], [650, 0, 0]);
    let approve = pb::ApproveAdjustmentRequest { name: "programs/qc/adjustments/forum:o2".into() };
    server.clients.by("ben").adjustments().approve_adjustment(approve).await.unwrap();
    let again = run(&["old.jsonl", "--rejects", "again.jsonl"]);
    assert_eq!(figure(&text(&again), "recorded before"), 2, "{again:?}");
    assert!(!text(&again).contains("second person"), "{again:?}");
    assert_eq!([has("ada").await, has("bob").await], [650, 1_001]);
    verified(&server.clients).await;
}

/// Two schemes that are taken over may both have a balance number 1.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_of_two_sources_names_two_opening_balances() {
    // INV 10
    let server = TestServer::with_program().await;
    let folder = server.folder.path();
    let line = r#"{"type":"opening_balance","id":"1","member":"ada","points":70,"occurred_at":"2016-05-01T00:00:00Z"}"#;
    std::fs::write(folder.join("old.jsonl"), line).unwrap();
    for (source, now) in [("forum", 1), ("shop", 1), ("forum", 0), ("shop", 0)] {
        let of = ["old.jsonl", "--principal", "anna", "--source", source];
        let summary = import(folder, server.running.address, &of).done();
        assert_eq!((figure(&summary, "recorded now"), figure(&summary, "recorded before")), (now, 1 - now), "{source}");
    }
    let request = pb::GetBalanceRequest { name: "programs/qc/members/ada".into(), min_seq: 0 };
    assert_eq!(server.clients.ledger().get_balance(request).await.unwrap().into_inner().available_points, 140);
    let long = line.replace("\"1\"", &format!("{:?}", "x".repeat(123)));
    std::fs::write(folder.join("long.jsonl"), long).unwrap();
    let ended = import(folder, server.running.address, &["long.jsonl", "--principal", "anna"]);
    assert!(ended.stderr.contains("id with forum: before it has 129 bytes; at most 128 are allowed"), "{ended:?}");
}

/// From a pipe, which cannot be gone on with.
#[tokio::test(flavor = "multi_thread")]
async fn an_opening_balance_needs_a_name_and_a_pipe_is_sent_again_as_a_whole() {
    let server = TestServer::with_program().await;
    let folder = server.folder.path();
    let line = r#"{"type":"opening_balance","id":"1","member":"ada","points":70,"occurred_at":"2016-05-01T00:00:00Z"}"#;
    std::fs::write(folder.join("old.jsonl"), line).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
    let pipe = folder.join("pipe");
    let writer = std::thread::spawn(move || std::fs::write(pipe, format!("{line}\n")).unwrap());
    let url = format!("http://{}", server.running.address);
    let of = ["import", "--program", "qc", "--source", "forum", "--server", &url, "--format", "jsonl"];
    let run = |file: &str| goodturn(folder, &[&of[..], &[file]].concat());
    let ended = run("old.jsonl");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("; give --principal NAME; go on with\n  "), "{ended:?}");
    let ended = run("pipe");
    writer.join().unwrap();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let told = "; give --principal NAME; send all of it again: what is recorded has no effect twice\n";
    assert!(ended.stderr.ends_with(told), "{ended:?}");
}
