//! A CSV file and its twin in JSON Lines mean the same, to the last digit.

use crate::support::import::{figure, import_text, with_rules};
use crate::support::random::{Random, seed};
use crate::support::reads::verified_of;

/// Rows of a file.
const ROWS: usize = 400;

/// A value in both formats, and whether it has one.
struct Both {
    csv: String,
    json: Option<String>,
}

/// A number in some form of plain digits; its twin may have zeros behind its point that it has not.
fn number(random: &mut Random) -> Both {
    let sign = if random.percent(30) { "-" } else { "" };
    let (whole, places) = (1 + random.below(999), random.index(5));
    let fraction: String = (0..places).map(|_| char::from(b'0' + u8::try_from(random.below(10)).unwrap())).collect();
    let mut written = || {
        let zeros = "0".repeat(random.index(4));
        if fraction.is_empty() && zeros.is_empty() {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{fraction}{zeros}")
        }
    };
    Both { csv: written(), json: Some(written()) }
}

fn flag(random: &mut Random) -> Both {
    let flag = random.percent(50);
    let csv = [["false", "False", "FALSE"], ["true", "True", "TRUE"]][usize::from(flag)][random.index(3)];
    Both { csv: csv.to_owned(), json: Some(flag.to_string()) }
}

/// A text, of the kind that would be read as something else if its column did not say what it is.
fn text(random: &mut Random) -> Both {
    let texts = ["5", "4,5", "05", "TRUE", "NULL", "a, b", "say \"hi\"", "two\nlines", "Köln", " x ", "9.06E+17"];
    let text = texts[random.index(texts.len())];
    Both { csv: format!("\"{}\"", text.replace('"', "\"\"")), json: Some(format!("{text:?}")) }
}

fn absent() -> Both {
    Both { csv: String::new(), json: None }
}

/// The name of an attribute, what its header says behind it, and its values.
type Column = (&'static str, &'static str, fn(&mut Random) -> Both);

/// Every third of such a column's values is missing. The first is there and tells the type.
fn sometimes(random: &mut Random, row: usize, value: fn(&mut Random) -> Both) -> Both {
    if row > 0 && random.percent(33) { absent() } else { value(random) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_and_its_twin_in_the_other_format_mean_the_same() {
    // INV 10, 13
    let seed = seed("GOODTURN_TWINS_SEED");
    let mut random = Random::new(seed);
    let rules =
        "[[rules]]\nrule_id = \"o\"\nactivity_kind = \"other\"\npoints = 1\ncondition = \"attributes.n >= 4.5\"\n";
    let server = with_rules(rules).await;
    let columns: [Column; 5] =
        [("n", "", number), ("d", ":decimal", number), ("f", "", flag), ("g", ":flag", flag), ("t", ":text", text)];
    let headers = columns.map(|(name, typed, _)| format!(",attributes.{name}{typed}")).concat();
    let mut csv = format!("id,kind,member,occurred_at{headers}\n");
    let mut json = String::new();
    for row in 0..ROWS {
        let values = columns.map(|(name, _, value)| (name, sometimes(&mut random, row, value)));
        csv += &format!("a{row},other,m{row},2024-05-04T09:30:00Z");
        let mut attributes = Vec::new();
        for (name, value) in values {
            csv += &format!(",{}", value.csv);
            attributes.extend(value.json.map(|json| format!("{name:?}:{json}")));
        }
        csv += "\n";
        json += &format!(
            "{{\"id\":\"a{row}\",\"kind\":\"other\",\"member\":\"m{row}\",\"occurred_at\":\"2024-05-04T09:30:00Z\",\
             \"attributes\":{{{}}}}}\n",
            attributes.join(",")
        );
    }
    let told = import_text(&server, "rows.csv", &csv, &[]).done();
    assert_eq!(figure(&told, "recorded now"), ROWS, "seed {seed}");
    let told = import_text(&server, "rows.jsonl", &json, &[]).done();
    assert_eq!((figure(&told, "recorded before"), figure(&told, "recorded now")), (ROWS, 0), "seed {seed}");
    verified_of(&server.clients, "cases").await;
}
