//! The types of attributes in files: told by the header or by the first value, and never by the rules.

use goodturn::pb;
use goodturn::pb::attribute_value::Value;

use crate::support::clients::TestServer;
use crate::support::import::{figure, import, import_piped, import_text, reasons, with_rules};
use crate::support::process::Ended;

const RATED: &str = "[[rules]]
rule_id = \"ratings\"
activity_kind = \"rated\"
points = 10
condition = \"attributes.rating >= 4\"
";

const RATINGS: &str = "id,kind,member,occurred_at,attributes.rating
r1,rated,rt1,2024-05-04T09:30:00Z,5
r2,rated,rt2,2024-05-04T09:30:00Z,4.5
r3,rated,rt3,2024-05-04T09:30:00Z,5.0
r4,rated,rt4,2024-05-04T09:30:00Z,\"4,5\"
r5,rated,rt5,2024-05-04T09:30:00Z,05
";

fn summary(ended: &Ended) -> String {
    String::from_utf8_lossy(&ended.stdout).into_owned()
}

async fn head(server: &TestServer) -> i64 {
    let get = pb::GetProgramRequest { name: "programs/cases".into() };
    server.clients.programs().get_program(get).await.unwrap().into_inner().head_seq
}

async fn attribute(server: &TestServer, id: &str, name: &str) -> Option<Value> {
    let get = pb::GetActivityRequest { name: format!("programs/cases/sources/forum/activities/{id}") };
    let activity = server.clients.ledger().get_activity(get).await.unwrap().into_inner();
    activity.attributes.get(name).and_then(|given| given.value.clone())
}

/// `TRUE` was a text once, which is not `true`: the staff was paid.
#[tokio::test(flavor = "multi_thread")]
async fn flags_as_spreadsheets_write_them_are_flags() {
    // INV 42
    let rules = "[[rules]]
rule_id = \"kudos\"
activity_kind = \"kudos\"
points = 10
condition = \"attributes.staff != true\"
";
    let server = with_rules(rules).await;
    for (n, flag) in ["TRUE", "True", "true"].into_iter().enumerate() {
        for (header, name) in [("attributes.staff", "plain"), ("attributes.staff:flag", "typed")] {
            let file =
                format!("id,kind,member,occurred_at,{header}\n{name}{n},kudos,staffer,2024-05-04T09:30:00Z,{flag}\n");
            let ended = import_text(&server, "staff.csv", &file, &[]);
            assert_eq!(ended.code, Some(0), "{ended:?}");
            let told = summary(&ended);
            assert_eq!(
                (figure(&told, "condition_not_met"), figure(&told, "points credited")),
                (1, 0),
                "{header} {flag}"
            );
            assert_eq!(attribute(&server, &format!("{name}{n}"), "staff").await, Some(Value::Flag(true)));
        }
    }
    let odd = "id,kind,member,occurred_at,attributes.staff\ns1,kudos,ann,2024-05-04T09:30:00Z,tRUE\n";
    let told = import_text(&server, "odd.csv", odd, &[]).refused();
    let ask = "odd.csv:2: attributes.staff begins with \"tRUE\", which tells no type: name the column attributes.staff:text, or \
               :number, :decimal, :flag, in the first row\n";
    assert!(told.contains("nothing of odd.csv was imported:") && told.ends_with(ask), "{told}");
    // In JSON what stands in quotes is a text, and the rule takes it for a flag.
    let text = r#"{"id":"s2","kind":"kudos","member":"ann","occurred_at":"2024-05-04T09:30:00Z","attributes":{"staff":"TRUE"}}"#;
    let told = import_text(&server, "staff.jsonl", text, &[]).refused();
    let expected = "nothing of staff.jsonl was imported:
  staff.jsonl:1: attributes.staff is a text, and the rule kudos of version 1 takes it for true or false; write the values \
                    as true or false, without quotes\n";
    assert!(told.ends_with(expected), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_of_numbers_takes_decimals_and_rejects_what_is_not_in_plain_digits() {
    // INV 15, 42
    let server = with_rules(RATED).await;
    let ended = import_text(&server, "rating.csv", RATINGS, &[]);
    let told = summary(&ended);
    assert_eq!((ended.code, figure(&told, "recorded now"), figure(&told, "rejected")), (Some(3), 3, 2), "{ended:?}");
    assert_eq!(figure(&told, "points credited"), 30);
    let mend = "; if the column holds texts, name it attributes.rating:text in the first row";
    assert_eq!(
        reasons(&server, "rating.csv"),
        [
            format!("5: attributes.rating is \"4,5\", no number in plain digits, as 12, -3 or 4.5{mend}"),
            format!("6: attributes.rating is \"05\", no number in plain digits, as 12, -3 or 4.5{mend}"),
        ]
    );
    // What was rejected keeps the type of its column, however little is left to tell it.
    let rejected = std::fs::read_to_string(server.folder.path().join("rating.csv.rejected")).unwrap();
    let lines: Vec<_> = RATINGS.lines().collect();
    assert_eq!(rejected, format!("{}:decimal\n{}\n{}\n", lines[0], lines[4], lines[5]));
    let mended = rejected.replace("\"4,5\"", "4.5").replace(",05\n", ",3.99\n");
    let told = import_text(&server, "mended.csv", &mended, &[]).done();
    assert_eq!((figure(&told, "recorded now"), figure(&told, "points credited")), (2, 10));
    assert_eq!(figure(&told, "condition_not_met"), 1);
    // The same facts as JSON are known already: 5.0 is 5, and 4.50 is 4.5.
    let json: String = [("r1", "rt1", "5.0"), ("r2", "rt2", "4.50"), ("r3", "rt3", "5"), ("r4", "rt4", "4.5")]
        .map(|(id, member, rating)| {
            format!(
                "{{\"id\":\"{id}\",\"kind\":\"rated\",\"member\":\"{member}\",\
                 \"occurred_at\":\"2024-05-04T09:30:00Z\",\"attributes\":{{\"rating\":{rating}}}}}\n"
            )
        })
        .concat();
    let told = import_text(&server, "rating.jsonl", &json, &[]).done();
    assert_eq!((figure(&told, "recorded before"), figure(&told, "recorded now")), (4, 0));
    assert_eq!(attribute(&server, "r2", "rating").await, Some(Value::Decimal("4.5".into())));
    assert_eq!(attribute(&server, "r3", "rating").await, Some(Value::Number(5)));
}

#[tokio::test(flavor = "multi_thread")]
async fn decimals_of_json_earn_and_an_attribute_has_one_type_over_a_file() {
    // INV 15, 42
    let server = with_rules(RATED).await;
    let line = |id: &str, rating: &str| {
        format!(
            "{{\"id\":\"{id}\",\"kind\":\"rated\",\"member\":\"jr\",\"occurred_at\":\"2024-05-04T09:30:00Z\",\
             \"attributes\":{{\"rating\":{rating}}}}}\n"
        )
    };
    let ratings = [("jr1", "4.5"), ("jr2", "5.0"), ("jr3", "\"4,5\""), ("jr4", "05"), ("jr5", "true"), ("jr6", "1e3")];
    let file: String = ratings.map(|(id, rating)| line(id, rating)).concat();
    let ended = import_text(&server, "rating.jsonl", &file, &[]);
    let told = summary(&ended);
    assert_eq!((ended.code, figure(&told, "recorded now")), (Some(3), 2), "{ended:?}");
    assert_eq!(figure(&told, "points credited"), 20);
    let one = "; an attribute has one type over a file";
    assert_eq!(
        reasons(&server, "rating.jsonl"),
        [
            format!("3: attributes.rating is a text, and on line 1 a number{one}"),
            "4: is no JSON: invalid number, at column 103".to_owned(),
            format!("5: attributes.rating is true or false, and on line 1 a number{one}"),
            "6: attributes.rating is 1e3, no number in plain digits, as 12, -3 or 4.5".to_owned(),
        ]
    );
}

const OF_TEXTS: &str = "id,kind,member,occurred_at,attributes.rating
t0,other,ann,2024-05-04T09:30:00Z,none
t1,rated,ann,2024-05-04T09:30:00Z,good
t2,rated,bob,2024-05-04T09:30:00Z,bad
";

/// The texts would be unequal to every number and below none: declined for good, with exit code 0.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_types_a_rule_takes_for_others_is_refused_before_anything_is_recorded() {
    // INV 4
    let rules = format!(
        "{RATED}[[rules]]\nrule_id = \"others\"\nactivity_kind = \"other\"\npoints = 1\n\
         [[rules]]\nrule_id = \"early\"\nactivity_kind = \"other\"\npoints = 1\nends_at = 2024-05-01T00:00:00Z\n\
         condition = \"attributes.rating == 1\"\n"
    );
    let server = with_rules(&rules).await;
    let before = head(&server).await;
    let told = import_text(&server, "texts.csv", OF_TEXTS, &[]).refused();
    let expected = "nothing of texts.csv was imported:
  texts.csv:3: attributes.rating is a text, and the rule ratings of version 1 takes it for a number; say the column's \
                    type in the first row, as attributes.rating:decimal\n";
    assert!(told.ends_with(expected), "{told}");
    assert_eq!(head(&server).await, before);
    // A header does not make a text a number: the lines are rejected.
    let typed = OF_TEXTS.replace("attributes.rating", "attributes.rating:decimal");
    let ended = import_text(&server, "typed.csv", &typed, &[]);
    assert_eq!((ended.code, figure(&summary(&ended), "rejected")), (Some(3), 3), "{ended:?}");
    assert_eq!(head(&server).await, before);
    // Numbers that the header calls texts are texts.
    let told = import_text(&server, "called.csv", &RATINGS.replace("rating\n", "rating:text\n"), &[]).refused();
    assert!(told.contains("called.csv:2: attributes.rating is a text, and the rule ratings of version 1"), "{told}");
    assert_eq!(head(&server).await, before);
    // Another kind is decided by other rules, and one that has ended decides nothing.
    let lines: Vec<_> = OF_TEXTS.lines().take(2).collect();
    let told = import_text(&server, "others.csv", &lines.join("\n"), &[]).done();
    assert_eq!((figure(&told, "recorded now"), figure(&told, "points credited")), (1, 1));
    let early = lines.join("\n").replace("t0", "t9").replace("2024-05-04", "2024-04-04");
    assert!(import_text(&server, "early.csv", &early, &[]).refused().contains("the rule early of version 1"));
}

/// A pipe is read once: what comes before the line is recorded, and nothing after it.
#[tokio::test(flavor = "multi_thread")]
async fn from_a_pipe_what_a_rule_takes_for_another_type_ends_the_import_at_its_line() {
    // INV 4
    let server =
        with_rules(&format!("{RATED}[[rules]]\nrule_id = \"o\"\nactivity_kind = \"other\"\npoints = 1\n")).await;
    let output = import_piped(&server, OF_TEXTS, &["--program", "cases", "--format", "csv", "-"]).await;
    let (told, error) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert_eq!((figure(&told, "lines read"), figure(&told, "recorded now")), (1, 1));
    assert!(error.contains("-:3: attributes.rating is a text, and the rule ratings of version 1"), "{error}");
    assert!(error.contains("; nothing from that line on was imported; send all of it again"), "{error}");
}

/// Rejected lines of two files go into one only when they mean the same there.
#[tokio::test(flavor = "multi_thread")]
async fn files_whose_columns_are_of_other_types_do_not_share_a_file_of_rejects() {
    let server = with_rules("[[rules]]\nrule_id = \"o\"\nactivity_kind = \"other\"\npoints = 1\n").await;
    let folder = server.folder.path();
    let file =
        |cell: &str| format!("id,kind,member,occurred_at,attributes.n\n{cell},other,ann,2024-05-04T09:30:00Z,{cell}\n");
    std::fs::write(folder.join("numbers.csv"), file("5")).unwrap();
    std::fs::write(folder.join("texts.csv"), file("five")).unwrap();
    let both = ["--program", "cases", "numbers.csv", "texts.csv"];
    let told = import(folder, server.running.address, &[&both[..], &["--rejects", "r.csv"]].concat()).refused();
    assert!(told.contains("texts.csv has another form than numbers.csv, or its attributes have other types"), "{told}");
    let told = import(folder, server.running.address, &both).done();
    assert_eq!(figure(&told, "recorded now"), 2);
}

/// What a header can say is known, and a name with a colon says its type behind it.
#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_nobody_knows_is_refused() {
    let server = TestServer::with_program().await;
    let folder = server.folder.path();
    std::fs::write(folder.join("c.csv"), "id,kind,member,occurred_at,attributes.n:float,attributes.n:number\n")
        .unwrap();
    let told = import(folder, server.running.address, &["c.csv"]).refused();
    let expected = "column 5 \"attributes.n:float\" has the type \"float\" behind its last colon; known are text, number, \
                    decimal, flag";
    assert!(told.contains(expected), "{told}");
}

/// A column of postcodes that begins with a zero: nothing of it is recorded as numbers before anybody can say what it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_begins_with_an_odd_cell_is_asked_for_before_anything_is_recorded() {
    let server = with_rules(RATED).await;
    let rows = "r1,rated,ann,2024-05-04T09:30:00Z,01067
r2,rated,bob,2024-05-04T09:30:00Z,10115
";
    let head = "id,kind,member,occurred_at,attributes.postcode";
    let told = import_text(&server, "codes.csv", &format!("{head}\n{rows}"), &[]).refused();
    assert!(told.contains("codes.csv:2: attributes.postcode begins with \"01067\""), "{told}");
    let told = import_text(&server, "codes.csv", &format!("{head}:text\n{rows}"), &[]).done();
    assert_eq!(figure(&told, "recorded now"), 2);
    assert_eq!(attribute(&server, "r2", "postcode").await, Some(Value::Text("10115".into())));
}
