//! Lines that `goodturn import` rejects: what is said of them, and how they are mended.

use crate::support::clients::TestServer;
use crate::support::import::{figure, import, import_piped};
use crate::support::reads::verified;

const GOOD: &str = r#"{"id":"ok","kind":"kudos","member":"ada","occurred_at":"2018-04-01T00:00:00Z"}"#;

/// Lines, and everything that is said of each.
const BAD: [(&str, &[&str]); 25] = [
    ("[1,2]", &["is no JSON object; give one as {"]),
    ("id,kind", &["is no JSON object; give one as {"]),
    (r#"{"id":"#, &["is no JSON: EOF while parsing a value, at column 6"]),
    (r#"{"id":"x"} {}"#, &["is no JSON: trailing characters, at column 12"]),
    (r#"{"id":"x","attributes":{"a":05}}"#, &["is no JSON: invalid number, at column 30"]),
    ("{}", &["id is empty; give", "kind is empty; give", "member is empty; give", "occurred_at is required"]),
    (
        r#"{"id":"a/b","kind":"Hug","member":"é","counterparty":"a b","occurred_at":"2018-04-01T00:00:00Z"}"#,
        &["id has '/' at byte 1; allowed are", "kind has 'H'", "member has 'é'", "counterparty has ' '"],
    ),
    (
        r#"{"id":"b1","kind":"kudos","member":"ada","occurred_at":"2018-04-01T00:00:00Z","pionts":1,"mmeber":2}"#,
        &["pionts is unknown", "mmeber is unknown (is member meant?)"],
    ),
    (
        r#"{"id":"b2","kind":"kudos","member":7,"subject":true,"member":"x","occurred_at":["2018"]}"#,
        &["member is no text; put it in quotes", "subject is no text", "occurred_at is no text"],
    ),
    (
        r#"{"id":"b3","id":"b4","kind":"kudos","member":"ada","occurred_at":"2018-04-01T00:00:00Z"}"#,
        &["id is given twice"],
    ),
    (
        r#"{"id":"b5","kind":"order","member":"ada","occurred_at":"2018-04-01T00:00:00Z","amount":12.34}"#,
        &["amount is a number; give it as text, as \"12.34\""],
    ),
    (
        r#"{"id":"b5q","kind":"order","member":"ada","occurred_at":"2018-04-01T00:00:00Z","quantity":1.5}"#,
        &["quantity is \"1.5\"; give a whole number in plain digits, as 12"],
    ),
    (
        r#"{"id":"b5r","kind":"order","member":"ada","occurred_at":"2018-04-01T00:00:00Z","quantity":"-3"}"#,
        &["quantity is -3; give a whole number from 0 to 1000000000"],
    ),
    (
        r#"{"type":"refund","id":"b5s","activity":"ok","occurred_at":"2018-04-02T00:00:00Z"}"#,
        &["amount is required, or a quantity: one of them was given back"],
    ),
    (
        r#"{"id":"b6","kind":"order","member":"ada","occurred_at":"yesterday","amount":"12.345"}"#,
        &[
            "amount is \"12.345\"; give a decimal in GBP with at most 2 places",
            "occurred_at is \"yesterday\", no time of RFC 3339",
        ],
    ),
    (
        r#"{"id":"b7","kind":"order","member":"ada","occurred_at":"2018-02-30T00:00:00Z","amount":"99999999999999999999.00"}"#,
        &["amount is \"99999999999999999999.00\"; give a decimal", "occurred_at is \"2018-02-30T00:00:00Z\", no time"],
    ),
    (
        r#"{"id":"b8","kind":"kudos","member":"ada","occurred_at":"2018-04-01T00:00:00Z","amount":"-1"}"#,
        &["amount must be 0 to"],
    ),
    (
        r#"{"id":"b9","kind":"kudos","member":"ada","occurred_at":"1969-12-31T23:59:59Z"}"#,
        &["occurred_at is 1969-12-31T23:59:59Z, before the programme's first rules begin"],
    ),
    (
        r#"{"id":"b10","kind":"kudos","member":"ada","occurred_at":"9999-01-01T00:00:00Z"}"#,
        &["occurred_at is 9999-01-01T00:00:00Z, more than 5 minutes in the future"],
    ),
    (
        r#"{"id":"b11","kind":"kudos","member":"ada","occurred_at":"2018-04-01T00:00:00Z","attributes":{"a":9223372036854775808,"b":[1],"c":1,"c":2,"d":1e999}}"#,
        &[
            "attributes.a is 9223372036854775808, a number that does not fit 64 bits",
            "attributes.b is neither a text, nor a number, true or false",
            "attributes.c is given twice",
            "attributes.d is 1e999, no number in plain digits",
        ],
    ),
    (
        r#"{"id":"b12","kind":"sandwich","member":"ada","occurred_at":"2018-04-01T00:00:00Z"}"#,
        &["no rule names the kind sandwich; known kinds are answer_accepted, kudos, promotion (UNKNOWN_KIND)"],
    ),
    (
        r#"{"id":"ok","kind":"kudos","member":"eve","occurred_at":"2018-04-01T00:00:00Z"}"#,
        &["the id ok was used before with other content; use a new id for new content (EXISTS_WITH_DIFFERENT_CONTENT)"],
    ),
    (
        r#"{"type":"refnud","id":"b13","activity":"ok","amount":"1.00","occurred_at":"2018-04-01T00:00:00Z"}"#,
        &["type is \"refnud\"; known are activity, reversal, restoration, refund, confirmation"],
    ),
    (
        r#"{"type":"reversal","id":"b14","member":"ada","occurred_at":"2018-04-01T00:00:00Z"}"#,
        &[
            "member is no field of type reversal, which has",
            "activity is empty; give",
            "reason is \"\"; give withdrawn, mistake or fraud",
        ],
    ),
    (
        r#"{"type":"refund","id":"b15","activity":"ok","amount":"1.00","occurred_at":"2018-04-02T00:00:00Z"}"#,
        &[
            "the activity was reported without an amount; there is nothing to refund, reverse it instead (NOTHING_TO_REFUND)",
        ],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_line_is_rejected_with_all_that_is_wrong_and_nothing_else_is_lost() {
    // INV 4, 15
    let server = TestServer::with_program().await;
    let folder = server.folder.path();
    let mut file = format!("\u{feff}{GOOD}\r\n\n").into_bytes();
    for (line, _) in BAD {
        file.extend_from_slice(
            format!("{line}\n{}\n", GOOD.replace("ok", &format!("after-{}", file.len()))).as_bytes(),
        );
    }
    file.extend_from_slice(b"{\"id\":\"\xff\"}\n");
    file.extend_from_slice(GOOD.replace("ok", "last").replace("ada", &"x".repeat(1024 * 1024)).as_bytes());
    file.extend_from_slice(format!("\n{}", GOOD.replace("ok", "very-last")).as_bytes());
    std::fs::write(folder.join("lines.jsonl"), &file).unwrap();
    let ended = import(folder, server.running.address, &["lines.jsonl", "--rejects", "bad.jsonl"]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    let summary = String::from_utf8(ended.stdout).unwrap();
    assert_eq!((figure(&summary, "recorded now"), figure(&summary, "rejected")), (BAD.len() + 2, BAD.len() + 2));

    let rejected = std::fs::read(folder.join("bad.jsonl")).unwrap();
    let rejected: Vec<_> = rejected.split(|&byte| byte == b'\n').collect();
    let reasons = std::fs::read_to_string(folder.join("bad.jsonl.reasons")).unwrap();
    for (number, (line, told)) in BAD.iter().enumerate() {
        assert_eq!(rejected[number], line.as_bytes(), "as it was");
        let place = format!("bad.jsonl:{}: ", number + 1);
        let said: Vec<_> = reasons.lines().filter_map(|reason| reason.strip_prefix(&place)).collect();
        let origin = format!(" (line {} of lines.jsonl)", 3 + 2 * number);
        assert!(said.iter().all(|said| said.ends_with(&origin)), "{said:?}");
        for told in *told {
            assert!(said.iter().any(|said| said.starts_with(told)), "{told} in {said:?}");
        }
        assert_eq!(said.len(), told.len(), "{said:?}");
    }
    let others = ["byte 8 is not UTF-8; save the file as UTF-8", "is longer than 1 MiB"];
    for (number, told) in (BAD.len() + 1..).zip(others) {
        assert!(reasons.contains(&format!("bad.jsonl:{number}: {told}")), "{told} in {reasons}");
    }
    assert_eq!(rejected[BAD.len()], b"{\"id\":\"\xff\"}");
    assert_eq!(rejected[BAD.len() + 1].len(), GOOD.len() - 1 + 1024 * 1024, "every byte of the long line");
    verified(&server.clients).await;
}

const CSV: &str = "id,kind,member,occurred_at,attributes.age,attributes.n:number,attributes.yes:flag,attributes.t:text
a1,kudos,ada,2018-04-01T00:00:00Z,17,1,true,1
a2,kudos,a da,2018-04-01T00:00:00Z,99999999999999999999,x,maybe,
a3,hug,ada,2018-04-01T00:00:00Z,,,,
a4,kudos,\"ada,2018-04-01T00:00:00Z,,,,

a5,kudos,ada,2018-04-01T00:00:00Z,,,,\"3\"
a6,kudos,ada
a7,kudos,ada,2018-04-01T00:00:00Z,,,,\"over
two lines\"
a8,kudos,ada,\"2018-04-01T00:00:00Z,,,,
";

#[tokio::test(flavor = "multi_thread")]
async fn rejected_records_of_csv_are_mended_and_imported_from_the_file_they_are_in() {
    // INV 15
    let server = TestServer::with_program().await;
    let folder = server.folder.path();
    std::fs::write(folder.join("records.csv"), CSV).unwrap();
    let ended = import(folder, server.running.address, &["records.csv", "--rejects", "mend.csv"]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stderr.contains("rejected lines are in mend.csv, what is wrong with them in mend.csv.reasons"));
    let summary = String::from_utf8(ended.stdout).unwrap();
    assert_eq!((figure(&summary, "recorded now"), figure(&summary, "rejected")), (3, 5));
    let mend = std::fs::read_to_string(folder.join("mend.csv")).unwrap();
    let lines: Vec<_> = CSV.lines().collect();
    // The type that the column's first cell told stays with its lines.
    let head = lines[0].replace("attributes.age", "attributes.age:decimal");
    let expected = [&*head, lines[2], lines[3], lines[4], lines[7], lines[10]];
    assert_eq!(mend, expected.join("\n") + "\n");
    let reasons = std::fs::read_to_string(folder.join("mend.csv.reasons")).unwrap();
    let expected = "\
mend.csv:2: attributes.age is \"99999999999999999999\", a number that does not fit 64 bits; if the column holds texts, name it attributes.age:text in the first row (line 3 of records.csv)
mend.csv:2: attributes.n is \"x\", no number in plain digits, as 12, -3 or 4.5 (line 3 of records.csv)
mend.csv:2: attributes.yes is \"maybe\"; give true or false (line 3 of records.csv)
mend.csv:2: member has ' ' at byte 1; allowed are A-Z a-z 0-9 - . _ ~ : @ + = (line 3 of records.csv)
mend.csv:3: no rule names the kind hug; known kinds are answer_accepted, kudos, promotion (UNKNOWN_KIND) (line 4 of records.csv)
mend.csv:4: opens a quote that is not closed where it should be (line 5 of records.csv)
mend.csv:5: has 3 columns, and the first row names 8 (line 8 of records.csv)
mend.csv:6: opens a quote that is not closed where it should be (line 11 of records.csv)
";
    assert_eq!(reasons, expected);

    let mended = mend
        .replace("a da,2018-04-01T00:00:00Z,99999999999999999999,x,maybe", "ada,2018-04-01T00:00:00Z,9,9,false")
        .replace("hug", "kudos")
        .replace('"', "")
        .replace("a6,kudos,ada", "a6,kudos,ada,2018-04-01T00:00:00Z,,,,");
    std::fs::write(folder.join("mend.csv"), mended).unwrap();
    let summary = import(folder, server.running.address, &["mend.csv"]).done();
    assert_eq!((figure(&summary, "recorded now"), figure(&summary, "rejected")), (5, 0));
    verified(&server.clients).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_is_imported_and_rejected_lines_are_told_where_there_is_no_file_for_them() {
    let server = TestServer::with_program().await;
    let mut lines = format!("{GOOD}\n");
    lines += &"{}\n".repeat(25);
    let output = import_piped(&server, &lines, &["--format", "jsonl", "-"]).await;
    assert_eq!(output.status.code(), Some(3));
    let (summary, told) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!((figure(&summary, "recorded now"), figure(&summary, "INVALID_REQUEST")), (1, 25));
    assert!(told.starts_with("goodturn: -:2: id is empty; give 1 to 128 characters; kind is empty"), "{told}");
    assert_eq!(told.lines().count(), 21, "{told}");
    assert!(told.ends_with("--rejects FILE keeps them\n"), "{told}");
}

/// Three quotes in what would pass as one record: nothing of it may get lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_quote_that_is_never_closed_does_not_swallow_the_next_line_where_the_columns_happen_to_fit() {
    // INV 15
    let server = TestServer::with_program().await;
    let folder = server.folder.path();
    let csv = "id,kind,member,occurred_at,attributes.t
a1,kudos,ada,2018-04-01T00:00:00Z,\"hello
a2,kudos,bob,2018-04-01T00:00:00Z,\"world\"
a3,kudos,cy,2018-04-01T00:00:00Z,\"x\"
";
    std::fs::write(folder.join("quotes.csv"), csv).unwrap();
    let ended = import(folder, server.running.address, &["quotes.csv", "--rejects", "mend.csv"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let summary = String::from_utf8(ended.stdout).unwrap();
    assert_eq!((figure(&summary, "recorded now"), figure(&summary, "rejected")), (2, 1));
    let lines: Vec<_> = csv.lines().collect();
    let mend = std::fs::read_to_string(folder.join("mend.csv")).unwrap();
    assert_eq!(mend, format!("{}:text\n{}\n", lines[0], lines[1]));
}

/// Declined for good, if nobody stops it.
#[tokio::test(flavor = "multi_thread")]
async fn what_occurred_before_the_first_rules_begin_is_rejected_unless_it_is_asked_for() {
    let server = TestServer::with_program().await;
    let folder = server.folder.path();
    let early = GOOD.replace("ok", "early").replace("2018-04-01", "2018-03-11");
    std::fs::write(folder.join("early.jsonl"), format!("{early}\n{GOOD}\n")).unwrap();
    let ended = import(folder, server.running.address, &["early.jsonl"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let told = "goodturn: early.jsonl:1: occurred_at is 2018-03-11T00:00:00Z, before the programme's first rules begin \
                (2018-03-12T00:00:00Z): it would earn nothing for good; record it all the same with --before-rules\n";
    assert_eq!(ended.stderr, told);
    let summary = import(folder, server.running.address, &["early.jsonl", "--before-rules"]).done();
    assert_eq!((figure(&summary, "recorded now"), figure(&summary, "recorded before")), (1, 1));
    assert_eq!(figure(&summary, "no_rule_in_force"), 1);
    verified(&server.clients).await;
}
