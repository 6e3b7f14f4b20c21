//! The command line: the demo's known right answers, and what the commands refuse.

use std::collections::BTreeMap;
use std::path::Path;

use goodturn::ledger::clock::{Clock as _, SystemClock};
use goodturn::pb;
use serde_json::{Value, json};
use sqlx::ConnectOptions as _;
use tempfile::TempDir;

use crate::support::clients::TestServer;
use crate::support::community::{ACTIVITIES, DECLINED, MEMBERS, POINTS, TOP, activities, board, earns};
use crate::support::process::{Ended, goodturn, until};

/// The pool of the demo's community, in pence.
const POOL: i128 = 1_234_567;

/// Pennies left over when every share is rounded down.
const ROUNDING_UNITS: i128 = 174;

/// What a run of the demo leaves behind.
const FILES: [&str; 3] = ["leaderboard.csv", "statements.csv", "summary.json"];

const PROGRAM: &str = "quantumcomputing-2018";

#[test]
fn the_demo_ends_in_the_known_right_answers_every_time() {
    // INV 3, 44, 51, 53
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        goodturn(folder.path(), &["demo", "--output", "out"]).done().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let first = run();
    assert!(first.contains("10,327 recorded now, 0 recorded before; 10,310 credited, 17 declined"), "{first}");
    let out = folder.path().join("out");
    let read = || FILES.map(|name| String::from_utf8(std::fs::read(out.join(name)).unwrap()).unwrap());
    // The shop beside it is made up, always the same.
    let shop = [
        "made up with seed 2018",
        "42 credited: the earliest claim of a recruit that stands 18 superseded",
        "19 unconfirmed: never confirmed in time 4 fraud",
        "4 declined: members who claimed themselves",
        "150 of them, 30 with a refund, 2,511 points",
        "40 points captured of holds, 57 released; 98 redeemed",
        "(ERROR_REASON_INSUFFICIENT_POINTS)",
    ];
    let told = |text: &str| shop.iter().filter(|told| !text.contains(**told)).copied().collect::<Vec<_>>();
    assert_eq!(told(&first), [""; 0], "{first}");
    let files @ [leaderboard, statements, summary] = &read();
    check_leaderboard(leaderboard);
    check_statements(statements);
    let root_hash = check_summary(summary);

    let again = run();
    assert!(again.contains("0 recorded now, 10,327 recorded before; 10,310 credited, 17 declined"), "{again}");
    assert_eq!(read(), *files, "the same bytes");
    assert_eq!(told(&again), [""; 0], "{again}");

    let database = "sqlite://out/goodturn.db";
    let export = |what: &[&str]| {
        let args = [&["export"], what, &["--database", database, "--program", PROGRAM]].concat();
        goodturn(folder.path(), &args).done()
    };
    assert_eq!(export(&["leaderboard"]), *leaderboard);
    assert_eq!(export(&["shares", "--payout", "first-payout"]), *statements);
    assert_eq!(export(&["leaderboard", "--output", "copy.csv"]), "copy.csv: 332 rows, up to entry 11,334\n");
    assert_eq!(std::fs::read_to_string(folder.path().join("copy.csv")).unwrap(), *leaderboard);
    let verified = goodturn(folder.path(), &["verify", "--database", database]).done();
    assert!(verified.contains(&format!("root hash  {root_hash}\n")), "{verified}");
    assert!(verified.ends_with("2 programmes verified\n"), "{verified}");
}

/// Every rank follows from the points; of equals, the one whose points stood first comes first.
fn check_leaderboard(text: &str) {
    let activities = activities();
    let mut changed = BTreeMap::new();
    for (place, activity) in activities.iter().enumerate().filter(|(_, activity)| earns(activity) > 0) {
        changed.insert(activity.member_id.clone(), place);
    }
    let mut expected: Vec<_> = board(&activities)
        .into_iter()
        .map(|(member, (rank, points))| (rank, changed[&member], member, points))
        .collect();
    expected.sort();
    let lines = expected.iter().map(|(rank, _, member, points)| format!("{rank},{member},{points}\n"));
    assert_eq!(text, format!("rank,member,points\n{}", lines.collect::<String>()));
    for ((rank, member, points), line) in TOP.into_iter().zip(text.lines().skip(1)) {
        assert_eq!(line, format!("{rank},{member},{points}"));
    }
}

/// A line of `statements.csv`: member, points, share in pence, quotient in pounds, rounding unit.
type Share = (String, i128, i128, (i128, i128), i128);

fn check_statements(text: &str) {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("member,points,share,currency,quotient,rounding_unit"));
    let shares: Vec<Share> = lines.map(share).collect();
    let points: BTreeMap<_, _> = shares.iter().map(|(member, points, ..)| (member.clone(), *points)).collect();
    let expected = board(&activities()).into_iter().map(|(member, (_, points))| (member, i128::from(points)));
    assert_eq!(points, expected.collect());
    assert!(shares.is_sorted_by(|a, b| a.0.as_bytes() < b.0.as_bytes()), "in the byte order of members");

    let total = i128::from(POINTS);
    let mut by_remainder: Vec<&Share> = shares.iter().collect();
    by_remainder.sort_by_key(|(member, points, ..)| (-(POOL * points % total), member));
    for (place, (member, points, pence, (numerator, denominator), unit)) in (0..).zip(by_remainder) {
        assert_eq!(numerator * 100 * total, POOL * points * denominator, "the exact quotient of {member}");
        assert_eq!(gcd(*numerator, *denominator), 1, "in lowest terms, for {member}");
        assert_eq!(pence - unit, numerator * 100 / denominator, "rounded down, and one penny more for {member}");
        assert_eq!(*unit, i128::from(place < ROUNDING_UNITS), "by the largest remainder, for {member}");
    }
    assert_eq!(shares.iter().map(|(_, _, pence, ..)| pence).sum::<i128>(), POOL);
    assert_eq!(shares.iter().map(|(.., unit)| unit).sum::<i128>(), ROUNDING_UNITS);
    for (member, pence) in [("user-1837", 194_459), ("user-409", 102_641), ("user-26", 82_149)] {
        assert!(shares.iter().any(|share| share.0 == member && share.2 == pence), "{member}");
    }
}

fn share(line: &str) -> Share {
    let cells: Vec<&str> = line.split(',').collect();
    let [member, points, share, "GBP", quotient, unit @ ("0" | "1")] = cells[..] else { panic!("{line}") };
    let (pounds, pence) = share.split_once('.').unwrap();
    assert_eq!(pence.len(), 2, "{line}");
    let (numerator, denominator) = quotient.split_once('/').unwrap_or((quotient, "1"));
    let number = |text: &str| text.parse::<i128>().unwrap();
    let pence = number(pounds) * 100 + number(pence);
    (member.into(), number(points), pence, (number(numerator), number(denominator)), number(unit))
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn check_summary(text: &str) -> String {
    let summary: Value = serde_json::from_str(text).unwrap();
    let root_hash = summary["root_hash"].as_str().unwrap().to_owned();
    assert!(root_hash.len() == 64 && root_hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{root_hash}");
    // Programme, rules and activities; a statement declared and approved; a payout begun, one step of drafting, drafted,
    // approved, executing, one step of execution, executed; and of each member: reserved, paid, granted.
    let entries = 2 + ACTIVITIES + 2 + 7 + 3 * MEMBERS;
    let expected = json!({
        "entries": entries,
        "declined": DECLINED,
        "members": MEMBERS,
        "total_points": POINTS,
        "pool": "12345.67",
        "shares_total": "12345.67",
        "head_seq": entries,
        "root_hash": root_hash,
    });
    assert_eq!(summary, expected);
    root_hash
}

#[test]
fn another_community_is_replayed_into_another_database() {
    let folder = tempfile::tempdir().unwrap();
    let line = |id: &str, kind: &str, member: &str| {
        json!({"id": id, "kind": kind, "member": member, "occurred_at": "2020-02-01T09:00:00Z"}).to_string() + "\n"
    };
    let lines = [("a", "kudos", "zoe"), ("b", "kudos", "=1+1"), ("c", "answer_accepted", "ben"), ("d", "kudos", "ada")];
    let lines: String = lines.into_iter().map(|(id, kind, member)| line(id, kind, member)).collect();
    std::fs::write(folder.path().join("Our Forum.jsonl"), lines).unwrap();
    let args = ["demo", "--input", "Our Forum.jsonl", "--output", "out", "--database", "sqlite://other.db"];
    goodturn(folder.path(), &args).done();
    let read = |name: &str| std::fs::read_to_string(folder.path().join("out").join(name)).unwrap();
    let board = "rank,member,points\n1,ben,100\n2,zoe,1\n2,'=1+1,1\n2,ada,1\n";
    assert_eq!(read("leaderboard.csv"), board, "equals share a rank, and no cell is a formula");
    // One accepted answer, £70 × 0.85, of which the community gets half: 29.75 × 100 ÷ 103 and 29.75 ÷ 103.
    let statements = "member,points,share,currency,quotient,rounding_unit\n\
        '=1+1,1,0.29,GBP,119/412,1\nada,1,0.29,GBP,119/412,1\nben,100,28.88,GBP,2975/103,0\nzoe,1,0.29,GBP,119/412,1\n";
    assert_eq!(read("statements.csv"), statements);
    assert_eq!(files(&folder), ["Our Forum.jsonl", "other.db", "out"]);
    let args = ["export", "leaderboard", "--database", "sqlite://other.db", "--program", "our-forum"];
    assert_eq!(goodturn(folder.path(), &args).done(), board);
}

#[test]
fn a_malformed_input_is_refused_line_by_line_and_nothing_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let good = r#"{"id":"v1","kind":"kudos","member":"ben","occurred_at":"2018-03-12T00:00:00Z"}"#;
    let lines = [
        good.to_owned(),
        good.replace("v1", "v 2").replace("kudos", "hug"),
        "not json".into(),
        good.replace("v1", "v3"),
        good.replace("2018-03-12T00:00:00Z", "yesterday").replace("v1", "v4"),
        good.replace("ben", "cleo"),
        String::new(),
        good.replace("v1", "v5"),
    ];
    std::fs::write(folder.path().join("bad.jsonl"), lines.join("\n") + "\n").unwrap();
    let told = goodturn(folder.path(), &["demo", "--input", "bad.jsonl", "--output", "out"]).refused();
    let expected = "goodturn: nothing of bad.jsonl was recorded: 5 lines are malformed
  line 2: id has ' ' at byte 1; allowed are A-Z a-z 0-9 - . _ ~ : @ + =; kind \"hug\" is unknown; known are answer_accepted, kudos, promotion
  line 3: is not a JSON object; give one as {\"id\":…,\"kind\":…,\"member\":…,\"occurred_at\":…}
  line 5: occurred_at \"yesterday\" is no time of RFC 3339; give one as 2018-03-12T09:30:00Z
  line 6: id \"v1\" stands on line 1 with other content; ids are unique in a file
  line 7: is empty; give an activity or take the line out
";
    assert_eq!(told, expected);
    assert_eq!(files(&folder), ["bad.jsonl"], "no folder, no database");
    let told = goodturn(folder.path(), &["demo", "--input", "none.jsonl", "--output", "out"]).refused();
    assert!(told.starts_with("goodturn: cannot read none.jsonl: "), "{told}");
    std::fs::write(folder.path().join("empty.jsonl"), "\n").unwrap();
    let told = goodturn(folder.path(), &["demo", "--input", "empty.jsonl", "--output", "out"]).refused();
    let expected = "it is empty; give one activity a line, each a JSON object\n";
    assert_eq!(told, format!("goodturn: nothing of empty.jsonl was recorded: {expected}"));
    assert_eq!(files(&folder), ["bad.jsonl", "empty.jsonl"]);
}

/// Runs every command that only reads on a database.
fn read_only(folder: &Path, database: &str, program: &str) -> [Ended; 3] {
    let on = ["--database", database, "--program", program];
    [
        goodturn(folder, &[&["verify"], &on[..]].concat()),
        goodturn(folder, &[&["export", "leaderboard"], &on[..]].concat()),
        goodturn(folder, &[&["export", "shares", "--payout", "p1"], &on[..]].concat()),
    ]
}

#[test]
fn commands_that_read_refuse_a_database_that_is_not_there_and_make_none() {
    let folder = tempfile::tempdir().unwrap();
    for ended in read_only(folder.path(), "sqlite://none.db", "qc") {
        let told = ended.refused();
        assert!(told.starts_with("goodturn: sqlite://none.db cannot be opened: "), "{told}");
        assert!(told.ends_with("; check that the folder exists and can be written\n"), "{told}");
    }
    assert_eq!(files(&folder), [""; 0]);
    std::fs::write(folder.path().join("empty.db"), "").unwrap();
    for ended in read_only(folder.path(), "sqlite://empty.db", "qc") {
        let told = ended.refused();
        assert!(told.ends_with("run `goodturn migrate --database sqlite://empty.db` first\n"), "{told}");
    }
    let neither = "begins with neither sqlite: nor postgres:";
    for (url, problem) in [
        ("mysql://localhost/x", neither),
        ("sqlite::memory:", "names a database in memory, where nothing is kept"),
        ("goodturn.db", neither),
        ("", neither),
    ] {
        for ended in read_only(folder.path(), url, "qc") {
            let advice = "give one as sqlite://goodturn.db or postgres://user@host/name";
            let expected = format!("goodturn: the URL of the database {problem}; {advice}\n");
            assert_eq!(ended.refused(), expected);
        }
    }
}

#[test]
fn a_database_is_migrated_once_and_asked_for_what_it_does_not_hold() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let told = goodturn(folder.path(), &["migrate", "--database", "sqlite://a.db"]).done();
        assert_eq!(told, "sqlite://a.db is up to date\n");
    }
    for ended in read_only(folder.path(), "sqlite://a.db", "nope") {
        let told = ended.stderr;
        assert!(told.starts_with("goodturn: nope does not exist in sqlite://a.db"), "{told}");
    }
    assert_eq!(goodturn(folder.path(), &["verify", "--program", "Q C"]).code, Some(2), "not even asked");
    assert_eq!(files(&folder), ["a.db"]);
}

#[tokio::test]
async fn a_database_of_a_newer_schema_is_refused_by_every_command() {
    let folder = tempfile::tempdir().unwrap();
    goodturn(folder.path(), &["migrate", "--database", "sqlite://a.db"]).done();
    let file = folder.path().join("a.db");
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
        values (9001, 'from the future', true, x'00', 0)";
    assert_eq!(sqlx::query(newer).execute(&mut connection).await.unwrap().rows_affected(), 1);
    sqlx::Connection::close(connection).await.unwrap();
    let before = std::fs::read(&file).unwrap();
    let expected = "sqlite://a.db has a schema this program does not know: it lists migration 9001; use the version that wrote it, or a newer one\n";
    let on = ["--database", "sqlite://a.db"];
    for command in [&["migrate"][..], &["serve", "--listen", "127.0.0.1:0"], &["demo", "--output", "out"]] {
        let ended = goodturn(folder.path(), &[command, &on[..]].concat());
        assert_eq!(ended.code, Some(1), "{command:?}");
        assert!(ended.stderr.ends_with(expected), "{command:?}: {}", ended.stderr);
    }
    for ended in read_only(folder.path(), "sqlite://a.db", "qc") {
        assert_eq!(ended.refused(), format!("goodturn: {expected}"));
    }
    assert_eq!(std::fs::read(&file).unwrap(), before, "left as it was");
}

#[test]
fn settings_that_cannot_be_used_are_all_listed_before_anything_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["serve", "--listen", "0.0.0.0:1", "--database", "mysql://x"];
    let expected = "goodturn: the settings cannot be used:
- --listen: 0.0.0.0:1 is not a loopback address: without a file of access whoever calls is believed; use 127.0.0.1 or [::1], or give access
- --database: the URL of the database begins with neither sqlite: nor postgres:; give one as sqlite://goodturn.db or postgres://user@host/name
";
    assert_eq!(goodturn(folder.path(), &args).refused(), expected);
    assert_eq!(files(&folder), [""; 0]);
}

/// Names of what is in a folder, without the files SQLite keeps beside its own.
fn files(folder: &TempDir) -> Vec<String> {
    let names = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect();
    names.sort();
    names
}

/// A run that ended between holding points and taking them, and another when it is too late for that.
#[tokio::test(flavor = "multi_thread")]
async fn the_demo_goes_on_after_holds_of_an_earlier_run_have_expired() {
    let server = TestServer::start().await;
    let anna = server.clients.by("anna");
    let program = pb::Program { currency_code: "GBP".into(), time_zone: "Europe/London".into(), ..Default::default() };
    let create =
        pb::CreateProgramRequest { program_id: "made-up-shop".into(), program: Some(program), ..Default::default() };
    anna.programs().create_program(create).await.unwrap();
    // Of these one would be captured, and one released.
    for (basket, member) in [("basket-1", "shopper-1"), ("basket-3", "shopper-3")] {
        let given = pb::Adjustment {
            name: format!("programs/made-up-shop/adjustments/{basket}"),
            member_id: member.into(),
            points: 20,
            reason: pb::AdjustmentReason::Goodwill.into(),
            note: "to spend".into(),
            ..Default::default()
        };
        anna.adjustments().adjust_points(pb::AdjustPointsRequest { adjustment: Some(given) }).await.unwrap();
        let name = format!("programs/made-up-shop/sources/shop/holds/{basket}");
        let soon = SystemClock.now().get().div_euclid(1_000_000) + 2;
        let hold = pb::Hold {
            name: name.clone(),
            member_id: member.into(),
            points: 20,
            expire_time: Some(prost_types::Timestamp { seconds: soon, nanos: 0 }),
            ..Default::default()
        };
        anna.till().create_hold(pb::CreateHoldRequest { hold: Some(hold) }).await.unwrap();
        until("it expires", async || {
            let get = pb::GetHoldRequest { name: name.clone() };
            anna.till().get_hold(get).await.unwrap().into_inner().state() == pb::HoldState::Expired
        })
        .await;
    }
    goodturn(server.folder.path(), &["demo", "--database", "sqlite://goodturn.db"]).done();
}
