//! What spreadsheets and programs make of amounts, ids, points and times: taken as it is meant, or rejected with how to
//! mend it, and never taken for something else.

use crate::support::clients::TestServer;
use crate::support::import::{figure, import, import_text, reasons, with_rules};
use crate::support::process::Ended;
use crate::support::reads::verified;

const RULES: &str = "rules = [
  { rule_id = \"orders\", activity_kind = \"order\", points = 1, per_amount = \"1.00\" },
  { rule_id = \"kudos\", activity_kind = \"kudos\", points = 1 },
]
";

const WHEN: &str = "2024-05-04T09:30:00Z";

fn summary(ended: &Ended) -> String {
    String::from_utf8_lossy(&ended.stdout).into_owned()
}

fn recorded(ended: &Ended) -> (Option<i32>, usize, usize) {
    let told = summary(ended);
    (ended.code, figure(&told, "recorded now"), figure(&told, "rejected"))
}

/// A thousand euros were taken for one.
#[tokio::test(flavor = "multi_thread")]
async fn an_amount_with_separated_thousands_is_rejected_and_told_so() {
    // INV 38
    let server = with_rules(RULES).await;
    let file = "id,kind,member,occurred_at,amount
o1,order,ann,2024-05-04T09:30:00Z,1.000
o2,order,bob,2024-05-04T09:30:00Z,\"1.000,00\"
";
    let ended = import_text(&server, "german.csv", file, &[]);
    assert_eq!(recorded(&ended), (Some(3), 0, 2), "{ended:?}");
    let in_euros = "give a decimal in EUR with at most 2 places, as 12.34; nothing separates thousands";
    assert_eq!(
        reasons(&server, "german.csv"),
        [format!("2: amount is \"1.000\"; {in_euros}"), format!("3: amount is \"1.000,00\"; {in_euros}")]
    );
    let amounts = ["1_000", "1,000", "1 000", "1e3", "+1", ".50", "1.", "01.00", "-0", "1.005", "€1", "12,50"];
    let line = |amount: &str| {
        format!(
            "{{\"id\":\"j\",\"kind\":\"order\",\"member\":\"ann\",\"occurred_at\":\"{WHEN}\",\"amount\":\"{amount}\"}}\n"
        )
    };
    let ended = import_text(&server, "odd.jsonl", &amounts.map(line).concat(), &[]);
    assert_eq!(recorded(&ended), (Some(3), 0, amounts.len()), "{ended:?}");
    assert_eq!(reasons(&server, "odd.jsonl").len(), amounts.len(), "one for each");
    let ended = import_text(&server, "plain.jsonl", &line("1000.5"), &[]);
    assert_eq!(figure(&summary(&ended), "points credited"), 1_000);
}

/// Rows that were emptied in a spreadsheet stay in its file as commas.
#[tokio::test(flavor = "multi_thread")]
async fn rows_of_empty_cells_are_passed_over() {
    let server = with_rules(RULES).await;
    let file = "id,kind,member,occurred_at
,,,
a1,kudos,ada,2024-05-04T09:30:00Z
,,,
,\"\",,
a2,kudos,ben,2024-05-04T09:30:00Z
,,,
";
    let ended = import_text(&server, "emptied.csv", file, &[]);
    assert_eq!(recorded(&ended), (Some(0), 2, 0), "{ended:?}");
    let short = "id,kind,member,occurred_at\n,,\na3,kudos,ada,2024-05-04T09:30:00Z\n";
    assert_eq!(recorded(&import_text(&server, "short.csv", short, &[])), (Some(3), 1, 1), "too few commas are no row");
}

/// Six members became three: of a number, a spreadsheet keeps fifteen digits, and shows three.
///
/// `12345` is taken: a plain whole number is what most shops have for an id, and nothing in it shows that digits were
/// lost. Its twin `12345.0` is rejected, so the two never become two members.
#[tokio::test(flavor = "multi_thread")]
async fn ids_that_a_spreadsheet_has_damaged_are_rejected_unless_they_are_meant() {
    // INV 15
    let server = with_rules(RULES).await;
    let file = "id,kind,member,occurred_at
v1,kudos,9.06E+17,2024-05-04T09:30:00Z
v2,kudos,9.06E+17,2024-05-04T09:30:00Z
v3,kudos,12345.0,2024-05-04T09:30:00Z
v4,kudos,12345,2024-05-04T09:30:00Z
v5,kudos,NULL,2024-05-04T09:30:00Z
v6,kudos,NULL,2024-05-04T09:30:00Z
";
    let ended = import_text(&server, "ids.csv", file, &[]);
    assert_eq!(recorded(&ended), (Some(3), 1, 5), "{ended:?}");
    let switch = "; if that is the id, import with --ids-as-they-are";
    let rounded = format!(
        "member is \"9.06E+17\", a number of which a spreadsheet has cut off digits; export the file anew, and do not open it in one, or import its columns as text there{switch}"
    );
    let pointed = format!(
        "member is \"12345.0\", a whole number behind which a program has put a point; export the file anew, with the column as text{switch}"
    );
    let nothing = format!("member is \"NULL\", which programs write where there is nothing; leave it empty{switch}");
    let expected = [(2, &rounded), (3, &rounded), (4, &pointed), (6, &nothing), (7, &nothing)];
    assert_eq!(reasons(&server, "ids.csv"), expected.map(|(line, told)| format!("{line}: {told}")));
    let ended = import_text(&server, "ids.csv", file, &["--ids-as-they-are"]);
    let told = summary(&ended);
    assert_eq!((figure(&told, "recorded now"), figure(&told, "recorded before")), (5, 1), "{ended:?}");
}

/// In every field that holds an id, in both formats, one message for each.
#[tokio::test(flavor = "multi_thread")]
async fn every_field_that_holds_an_id_is_looked_at() {
    // INV 15
    let server = with_rules(RULES).await;
    let kudos = format!(
        "{{\"id\":\"NaN\",\"kind\":\"kudos\",\"member\":\"#N/A\",\"counterparty\":\"1.2E+05\",\"subject\":\"#REF!\",\
         \"exclusive_key\":\"7.0\",\"follows\":\"n/a\",\"occurred_at\":\"{WHEN}\"}}\n"
    );
    let reversal = format!(
        "{{\"type\":\"reversal\",\"id\":\"None\",\"activity\":\"9.06E+17\",\"reason\":\"fraud\",\"occurred_at\":\"{WHEN}\"}}\n"
    );
    let balance = format!(
        "{{\"type\":\"opening_balance\",\"id\":\"1.0\",\"member\":\"null\",\"points\":5,\"occurred_at\":\"{WHEN}\"}}\n"
    );
    import_text(&server, "ids.jsonl", &(kudos + &reversal + &balance), &[]);
    let json = reasons(&server, "ids.jsonl");
    let csv = format!(
        "type,id,kind,member,counterparty,subject,exclusive_key,follows,activity,reason,points,occurred_at
,NaN,kudos,#N/A,1.2E+05,#REF!,7.0,n/a,,,,{WHEN}
reversal,None,,,,,,,9.06E+17,fraud,,{WHEN}
opening_balance,1.0,,null,,,,,,,5,{WHEN}
"
    );
    import_text(&server, "ids.csv", &csv, &[]);
    let csv = reasons(&server, "ids.csv");
    let fields = |reasons: &[String], head: usize| -> Vec<(usize, String)> {
        let of = |told: &String| {
            let (line, told) = told.split_once(": ").unwrap();
            assert!(told.ends_with("--ids-as-they-are"), "{told}");
            (line.parse::<usize>().unwrap() - head, told.split(' ').next().unwrap().to_owned())
        };
        reasons.iter().map(of).collect()
    };
    let expected =
        [(1, "id"), (1, "member"), (1, "counterparty"), (1, "subject"), (1, "exclusive_key"), (1, "follows")];
    let expected = expected.into_iter().chain([(2, "id"), (2, "activity"), (3, "id"), (3, "member")]);
    let expected: Vec<_> = expected.map(|(line, field)| (line, field.to_owned())).collect();
    for (reasons, head) in [(json, 0), (csv, 1)] {
        let mut found = fields(&reasons, head);
        let mut expected = expected.clone();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
    }
}

/// Which opening balances are taken: whole numbers in plain digits, with their age. `500.0` would do for 500, but a file
/// in which points have a point may as well have 12.5, so it says that it is not a file of points.
#[tokio::test(flavor = "multi_thread")]
async fn opening_balances_are_taken_in_plain_digits_and_with_their_age() {
    // INV 38, 49
    let server = with_rules(RULES).await;
    let file = "type,id,member,points,occurred_at,note
opening_balance,ob1,ob1,500,2024-05-04T09:30:00Z,
opening_balance,ob2,ob2,12.5,2024-05-04T09:30:00Z,
opening_balance,ob3,ob3,\"1,250\",2024-05-04T09:30:00Z,
opening_balance,ob4,ob4,5000,2024-05-04T09:30:00Z,
opening_balance,ob5,ob5,-50,2024-05-04T09:30:00Z,
opening_balance,ob6,ob6,0,2024-05-04T09:30:00Z,
opening_balance,ob7,ob7,+7,2024-05-04T09:30:00Z,
opening_balance,ob8,ob8,1e3,2024-05-04T09:30:00Z,
opening_balance,ob9,ob9,500.0,2024-05-04T09:30:00Z,
opening_balance,ob10,ob10,500,,
opening_balance,ob11,ob11,500,1999-12-31T00:00:00Z,
";
    let ended = import_text(&server, "ob.csv", file, &[]);
    assert_eq!(recorded(&ended), (Some(3), 4, 7), "{ended:?}");
    let told = summary(&ended);
    // 500, −50 and the balance of 1999 move at once; 5,000 is above the limit.
    assert_eq!((figure(&told, "points credited"), figure(&told, "wait for a second person")), (1_000, 1));
    assert!(told.contains("points taken back") && told.contains(" -50\n"), "{told}");
    let plain = "give a whole number in plain digits, as 500 or -50";
    let reasons = reasons(&server, "ob.csv");
    let expected = [
        format!("3: points is \"12.5\"; {plain}"),
        format!("4: points is \"1,250\"; {plain}"),
        "7: points is 0; give".to_owned(),
        format!("8: points is \"+7\"; {plain}"),
        format!("9: points is \"1e3\"; {plain}"),
        format!("10: points is \"500.0\"; {plain}"),
        "11: occurred_at is required: the age of the balance".to_owned(),
    ];
    assert_eq!(reasons.len(), expected.len(), "{reasons:#?}");
    for (told, expected) in reasons.iter().zip(&expected) {
        assert!(told.starts_with(expected), "{told}\nis not\n{expected}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_times_are_rejected_with_what_is_odd_about_them() {
    // INV 15
    let server = with_rules(RULES).await;
    let cases = [
        ("2024-05-04T09:30:00", "its offset is missing"),
        ("2024-05-04T09:30:00+24:00", "no place has that offset"),
        ("2024-05-04T09:30:00+14:01", "no place has that offset"),
        ("2024-05-04T09:30:00-05:00[Europe/London]", "give one as 2018-03-12T09:30:00Z"),
        ("2016-12-31T23:59:60Z", "leap seconds are not counted"),
        ("2024-05-04T24:00:00Z", "no time of the calendar"),
        ("04.05.2024 09:30", "give one as 2018-03-12T09:30:00Z"),
        ("45416.39583", "give one as 2018-03-12T09:30:00Z"),
    ];
    let line = |id: String, when: &str| {
        format!("{{\"id\":\"{id}\",\"kind\":\"kudos\",\"member\":\"ann\",\"occurred_at\":\"{when}\"}}\n")
    };
    let file: String = cases.iter().map(|(when, _)| line("odd".into(), when)).collect();
    let ended = import_text(&server, "odd.jsonl", &file, &[]);
    assert_eq!(recorded(&ended), (Some(3), 0, cases.len()), "{ended:?}");
    let told = reasons(&server, "odd.jsonl");
    assert_eq!(told.len(), cases.len(), "one for each: {told:?}");
    for (told, (when, why)) in told.iter().zip(cases) {
        assert!(told.contains(&format!("occurred_at is \"{when}\", no time ")) && told.contains(why), "{told}");
    }
    // One instant in the forms that are taken: the second and third are the first again.
    let same = ["2024-05-04T09:30:00Z", "2024-05-04 11:30:00+02:00", "2024-05-04t09:30:00.000z"];
    let file: String = same.iter().map(|when| line("same".into(), when)).collect();
    let told = import_text(&server, "same.jsonl", &file, &[]).done();
    assert_eq!((figure(&told, "recorded now"), figure(&told, "recorded before")), (1, 2));
}

/// Nobody mends a line twice for one mistake.
#[tokio::test(flavor = "multi_thread")]
async fn one_mistake_gives_one_message() {
    // INV 15
    let server = TestServer::with_program().await;
    let good = format!("{{\"id\":\"ok\",\"kind\":\"kudos\",\"member\":\"ada\",\"occurred_at\":\"{WHEN}\"}}");
    let refund = format!(
        "{{\"type\":\"refund\",\"id\":\"f\",\"activity\":\"a\",\"amount\":\"1.00\",\"occurred_at\":\"{WHEN}\"}}"
    );
    let balance = format!(
        "{{\"type\":\"opening_balance\",\"id\":\"b\",\"member\":\"ada\",\"points\":5,\"occurred_at\":\"{WHEN}\"}}"
    );
    let reversal = format!(
        "{{\"type\":\"reversal\",\"id\":\"r\",\"activity\":\"a\",\"reason\":\"fraud\",\"occurred_at\":\"{WHEN}\"}}"
    );
    let wrong = |line: &str, right: &str, wrong: &str| {
        let wrong = line.replacen(right, wrong, 1);
        assert_ne!(wrong, line);
        wrong + "\n"
    };
    let lines = [
        wrong(&good, "\"ok\"", "7"),
        wrong(&good, "\"ok\"", "null"),
        wrong(&good, "\"ok\"", "\"9.06E+17\""),
        wrong(&good, "\"ada\"", "7"),
        wrong(&good, "\"ada\"", "\"a b\""),
        wrong(&good, "\"kudos\"", "[]"),
        wrong(&good, &format!("\"{WHEN}\""), "1714815000"),
        wrong(&good, &format!("\"{WHEN}\""), "\"yesterday\""),
        wrong(&good, "{", "{\"type\":7,"),
        wrong(&good, "{", "{\"attributes\":[],"),
        wrong(&good, "{", "{\"attributes\":{\"a\":[]},"),
        wrong(&good, "{", "{\"id\":7,"),
        wrong(&good, "{", "{\"amount\":12.34,"),
        wrong(&good, "{", "{\"reason\":7,"),
        wrong(&refund, "\"1.00\"", "1.00"),
        wrong(&refund, "\"1.00\"", "\"1.000\""),
        wrong(&refund, "\"a\"", "7"),
        wrong(&balance, "5", "\"5.0\""),
        wrong(&balance, "5", "null"),
        wrong(&balance, "\"b\"", "7"),
        wrong(&balance, &format!("\"{WHEN}\""), "7"),
        wrong(&reversal, "\"fraud\"", "7"),
        wrong(&reversal, "\"r\"", "\"NULL\""),
    ];
    let file = server.folder.path().join("wrong.jsonl");
    std::fs::write(file, lines.concat()).unwrap();
    let more = ["wrong.jsonl", "--rejects", "wrong.jsonl.rejected", "--principal", "anna"];
    let ended = import(server.folder.path(), server.running.address, &more);
    assert_eq!(recorded(&ended), (Some(3), 0, lines.len()), "{ended:?}");
    let told = reasons(&server, "wrong.jsonl");
    let places: Vec<_> = told.iter().map(|told| told.split(':').next().unwrap().parse::<usize>().unwrap()).collect();
    assert_eq!(places, (1..=lines.len()).collect::<Vec<_>>(), "{told:#?}");
    verified(&server.clients).await;
}
