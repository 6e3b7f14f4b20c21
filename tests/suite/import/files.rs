//! `goodturn import`: a community's data from files, by the real command into a real server.

use std::collections::HashMap;
use std::path::Path;

use goodturn::pb;
use goodturn::pb::attribute_value::Value;

use crate::support::clients::{TestServer, at, pounds};
use crate::support::community::{ACTIVITIES, DECLINED, POINTS, file};
use crate::support::import::{as_csv, figure, import};
use crate::support::process::goodturn;
use crate::support::reads::verified;
use crate::support::refused::head_seq;
use crate::support::summer;

/// The demo's board, which the demo's tests compare with a count of their own.
fn demo_board(folder: &Path) -> String {
    goodturn(folder, &["demo", "--output", "demo"]).done();
    std::fs::read_to_string(folder.join("demo/leaderboard.csv")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_community_is_imported_from_either_format_and_a_second_time_without_effect() {
    // INV 3, 10, 30
    let expected = demo_board(tempfile::tempdir().unwrap().path());
    for format in ["jsonl", "csv"] {
        let server = TestServer::with_program().await;
        let folder = server.folder.path();
        let name = format!("community.{format}");
        match format {
            "csv" => std::fs::write(folder.join(&name), as_csv()).unwrap(),
            _ => drop(std::fs::copy(file(), folder.join(&name)).unwrap()),
        }
        let first = import(folder, server.running.address, &[&name, "--rejects", "rejects"]);
        let first = first.done();
        let figures = ["lines read", "recorded now", "recorded before", "rejected", "earned nothing", "self_dealing"];
        assert_eq!(
            figures.map(|name| figure(&first, name)),
            [ACTIVITIES, ACTIVITIES, 0, 0, DECLINED, DECLINED],
            "{first}"
        );
        assert_eq!(i64::try_from(figure(&first, "points credited")).unwrap(), POINTS);
        assert!(first.contains("    3 to 10,329\n"), "{first}");
        let board = ["export", "leaderboard", "--program", "qc", "--database", "sqlite://goodturn.db"];
        assert_eq!(goodturn(folder, &board).done(), expected, "the demo's ranks, and among equals its order");
        verified(&server.clients).await;

        let head = head_seq(&server.clients).await;
        let again = import(folder, server.running.address, &[&name]).done();
        assert_eq!(figures.map(|name| figure(&again, name)), [ACTIVITIES, 0, ACTIVITIES, 0, DECLINED, DECLINED]);
        assert_eq!(figure(&again, "points credited"), 0);
        assert_eq!(head_seq(&server.clients).await, head, "nothing was recorded");
        let left: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name()).collect();
        let ours = |name: &&std::ffi::OsString| !name.to_string_lossy().starts_with("goodturn.db");
        assert_eq!(left.iter().filter(ours).collect::<Vec<_>>(), [name.as_str()], "no progress, no rejects");
    }
}

/// Rules that use every field.
async fn with_every_rule() -> TestServer {
    let server = TestServer::start().await;
    let rule_set = pb::RuleSet {
        name: "programs/all/ruleSets/1".into(),
        in_force_from: Some(at("2018-03-12T00:00:00Z")),
        ..summer::rules().rule_set.unwrap()
    };
    let program = pb::Program { currency_code: "GBP".into(), time_zone: "UTC".into(), ..Default::default() };
    let create = pb::CreateProgramRequest { program_id: "all".into(), program: Some(program), ..Default::default() };
    server.clients.programs().create_program(create).await.unwrap();
    let publish = pb::PublishRuleSetRequest { rule_set: Some(rule_set) };
    server.clients.programs().publish_rule_set(publish).await.unwrap();
    server
}

const EVERY_FIELD_JSONL: &str = r#"{"id":"a1","kind":"answer_accepted","member":"ada","counterparty":"bob","subject":"answer-1","exclusive_key":"q1","occurred_at":"2018-06-03T10:00:00+02:00","attributes":{"age":30,"title":"On \"rust\", 7","vip":true,"code":"007","score":4.50}}
{"id":"o1","kind":"order","member":"ada","amount":"50.00","quantity":12,"occurred_at":"2018-06-03T11:00:00.123456Z","type":"activity"}
{"type":"refund","id":"f1","activity":"o1","amount":"26","quantity":"5","occurred_at":"2018-06-04T00:00:00Z","note":"sent back"}
{"id":"t1","kind":"top_up","member":"ada","occurred_at":"2018-06-05T00:00:00Z"}
{"type":"confirmation","id":"c1","activity":"t1","occurred_at":"2018-06-06T00:00:00Z"}
{"id":"u1","kind":"second_top_up","member":"ada","follows":"t1","occurred_at":"2018-06-07T00:00:00Z"}
{"id":"k1","kind":"kudos","member":"ada","subject":null,"occurred_at":"2018-06-07T00:00:00Z"}
{"type":"reversal","id":"r1","activity":"k1","reason":"mistake","occurred_at":"2018-06-08T00:00:00Z","note":"two\nlines"}
"#;

const EVERY_FIELD_CSV: &str = "type,id,activity,kind,member,counterparty,subject,amount,quantity,exclusive_key,follows,reason,note,occurred_at,attributes.age,attributes.title,attributes.vip:flag,attributes.code:text,attributes.score\r
,a1,,answer_accepted,ada,bob,answer-1,,,q1,,,,2018-06-03T08:00:00Z,30,\"On \"\"rust\"\", 7\",true,007,4.5\r
activity,o1,,order,ada,,,50.00,12,,,,,2018-06-03T11:00:00.123456Z,,,,,\r
refund,f1,o1,,,,,26,5,,,,sent back,2018-06-04T00:00:00Z,,,,,\r
,t1,,top_up,ada,,,,,,,,,2018-06-05T00:00:00Z,,,,,\r
confirmation,c1,t1,,,,,,,,,,,2018-06-06T00:00:00Z,,,,,\r
,u1,,second_top_up,ada,,,,,,t1,,,2018-06-07T00:00:00Z,,,,,\r
,k1,,kudos,ada,,,,,,,,,2018-06-07T00:00:00Z,,,,,\r
reversal,r1,k1,,,,,,,,,mistake,\"two\nlines\",2018-06-08T00:00:00Z,,,,,\r
";

/// The second import of the same facts in the other format finds the same values under the same ids, to the last field.
#[tokio::test(flavor = "multi_thread")]
async fn every_field_says_the_same_in_both_formats_and_as_a_call() {
    // INV 12, 13
    let server = with_every_rule().await;
    let folder = server.folder.path();
    std::fs::write(folder.join("all.jsonl"), EVERY_FIELD_JSONL).unwrap();
    std::fs::write(folder.join("all.csv"), EVERY_FIELD_CSV).unwrap();
    let of = ["--program", "all", "--principal", "migration"];
    let run = |files: &[&str]| import(folder, server.running.address, &[&of, files].concat()).done();
    let summary = run(&["all.jsonl"]);
    assert_eq!((figure(&summary, "recorded now"), figure(&summary, "rejected")), (8, 0));
    let summary = run(&["all.csv", "all.jsonl"]);
    assert_eq!((figure(&summary, "recorded now"), figure(&summary, "recorded before")), (0, 16));

    let attribute = |value| pb::AttributeValue { value: Some(value) };
    let attributes: HashMap<String, _> = [
        ("age", Value::Number(30)),
        ("title", Value::Text("On \"rust\", 7".into())),
        ("vip", Value::Flag(true)),
        ("code", Value::Text("007".into())),
        ("score", Value::Decimal("4.5".into())),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), attribute(value)))
    .collect();
    let name = |id: &str| format!("programs/all/sources/forum/activities/{id}");
    let sent = pb::Activity {
        name: name("a1"),
        kind: "answer_accepted".into(),
        member_id: "ada".into(),
        counterparty_id: "bob".into(),
        subject: "answer-1".into(),
        exclusive_key: "q1".into(),
        occurred_at: Some(at("2018-06-03T08:00:00Z")),
        attributes,
        ..Default::default()
    };
    let head = pb::GetProgramRequest { name: "programs/all".into() };
    let head = server.clients.programs().get_program(head).await.unwrap().into_inner().head_seq;
    let mut ledger = server.clients.ledger();
    let request = pb::RecordActivityRequest { activity: Some(sent) };
    assert!(ledger.record_activity(request).await.unwrap().into_inner().seq <= head, "a replay");
    let order = ledger.get_activity(pb::GetActivityRequest { name: name("o1") }).await.unwrap().into_inner();
    assert_eq!((order.amount, order.refunded), (Some(pounds(5_000)), Some(pounds(2_600))));
    assert_eq!((order.quantity, order.refunded_quantity), (Some(12), 5));
    let topped = ledger.get_activity(pb::GetActivityRequest { name: name("t1") }).await.unwrap().into_inner();
    assert_eq!(topped.confirmed_at, Some(at("2018-06-06T00:00:00Z")));
    let kudos = ledger.get_activity(pb::GetActivityRequest { name: name("k1") }).await.unwrap().into_inner();
    assert_eq!(kudos.state(), pb::ActivityState::Reversed);
    assert_eq!(kudos.changes.last().unwrap().principal, "migration");
    let second = ledger.get_activity(pb::GetActivityRequest { name: name("u1") }).await.unwrap().into_inner();
    assert_eq!(second.follows, "t1");
}

/// News of one activity is sent in the order of the file: the first reversal takes it back, the second comes late
/// and changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_of_an_activity_comes_after_it_and_in_the_order_of_the_file() {
    // INV 36
    let server = TestServer::with_program().await;
    let mut lines = String::new();
    let told = 300;
    for n in 0..told {
        lines += &format!(
            "{{\"id\":\"v{n}\",\"kind\":\"kudos\",\"member\":\"m{}\",\"occurred_at\":\"2018-04-01T00:00:00Z\"}}\n",
            n % 7
        );
        for (reversal, reason) in [("first", "fraud"), ("second", "mistake")] {
            lines += &format!(
                "{{\"type\":\"reversal\",\"id\":\"{reversal}-{n}\",\"activity\":\"v{n}\",\"reason\":\"{reason}\",\"occurred_at\":\"2018-04-02T00:00:00Z\"}}\n"
            );
        }
    }
    let folder = server.folder.path();
    std::fs::write(folder.join("told.jsonl"), lines).unwrap();
    let ended = import(folder, server.running.address, &["told.jsonl"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let summary = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(figure(&summary, "recorded now"), 3 * told);
    assert_eq!(figure(&summary, "points credited"), told);
    assert!(summary.contains("points taken back") && summary.contains("     -300\n"), "{summary}");
    verified(&server.clients).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_begun_is_refused_before_anything_is_sent() {
    let server = TestServer::with_program().await;
    let folder = server.folder.path();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write(
        "good.jsonl",
        "{\"id\":\"v1\",\"kind\":\"kudos\",\"member\":\"ada\",\"occurred_at\":\"2018-04-01T00:00:00Z\"}\n",
    );
    write("columns.csv", "id,pionts,member,attributes,attributes.,id,counterprty\n");
    write("empty.csv", "");
    write("other.csv", "id;kind;member;occurred_at\n");
    write("a.csv", "id,kind,member,occurred_at\n");
    write("b.csv", "id,member,kind,occurred_at\n");
    write("kept.jsonl", "mine\n");
    write("notes.txt", "");
    let refused = |more: &[&str]| import(folder, server.running.address, more).refused();
    let columns = refused(&["good.jsonl", "columns.csv"]);
    for told in [
        "columns.csv:1: column 2 \"pionts\" is unknown",
        "columns.csv:1: column 4 \"attributes\" needs a name, as attributes.age",
        "columns.csv:1: column 5 \"attributes.\" names no attribute",
        "columns.csv:1: column 6 \"id\" is named twice",
        "columns.csv:1: column 7 \"counterprty\" is unknown (is counterparty meant?)",
        "columns.csv:1: has no column occurred_at",
    ] {
        assert!(columns.contains(told), "{told} in {columns}");
    }
    assert!(refused(&["empty.csv"]).contains("is empty; the first row names the columns"));
    assert!(refused(&["other.csv"]).contains("save it with commas"));
    assert!(
        refused(&["a.csv", "b.csv", "--rejects", "r.csv"]).contains("rejected lines of both do not go into one file")
    );
    assert!(refused(&["good.jsonl", "--rejects", "kept.jsonl"]).contains("kept.jsonl exists"));
    assert!(refused(&["notes.txt"]).contains("give it with --format jsonl or csv"));
    assert!(refused(&["missing.jsonl"]).contains("missing.jsonl cannot be read"));
    assert!(refused(&["-", "--format", "csv", "good.jsonl"]).contains("nothing of - was imported"));
    assert!(refused(&["-", "--format", "jsonl", "--resume", "auto"]).contains("only files can be gone on with"));
    assert!(refused(&["good.jsonl", "--program", "none"]).contains("programs/none does not exist"));
    let elsewhere = import(folder, "127.0.0.1:1".parse().unwrap(), &["good.jsonl"]).refused();
    assert!(elsewhere.contains("no server answers at http://127.0.0.1:1"), "{elsewhere}");
    let itself = import(folder, server.running.address, &["good.jsonl", "--source", "goodturn"]);
    assert_eq!(itself.code, Some(2));
    assert!(itself.stderr.contains("is the service itself; give another name"), "{}", itself.stderr);
    assert_eq!(std::fs::read_to_string(folder.join("kept.jsonl")).unwrap(), "mine\n");
    assert_eq!(head_seq(&server.clients).await, 2, "nothing was sent");
}
