//! `goodturn rules simulate`.

use crate::support::clients::{TestServer, record_all};
use crate::support::process::goodturn;
use crate::support::simulations::some_answers;

/// The answers of the cap's test again, on the command line.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_writes_a_table_a_chart_and_json() {
    let server = TestServer::with_program().await;
    record_all(&server.clients, some_answers()).await;
    let folder = server.folder.path();
    std::fs::write(folder.join("draft.toml"), DRAFT).unwrap();
    let url = format!("http://{}", server.running.address);
    let of = ["rules", "simulate", "draft.toml", "--server", &url, "--program", "qc"];
    let run = |more: &[&str]| goodturn(folder, &[&of, more].concat());
    let period = ["--from", "2018-03-12", "--to", "2018-09-11"];
    let table = run(&[&period[..], &["--value-per-point", "0.005", "--chart", "chart.svg"]].concat()).done();
    assert_eq!(table, TABLE);
    let chart = std::fs::read_to_string(folder.join("chart.svg")).unwrap();
    for text in [">701</text>", ">731</text>", ">+30</text>", ">1 lose</text>", ">2 gain</text>"] {
        assert!(chart.contains(text), "{text} in {chart}");
    }
    let json = run(&[&period[..], &["--json", "--top", "1"]].concat()).done();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["total"]["credited_points"], serde_json::json!({"then": 701, "draft": 731}));
    assert_eq!(json["top_winners"].as_array().unwrap().len(), 1);
    assert_eq!(json["cost_draft"], serde_json::Value::Null);

    let wrong = run(&["--from", "2018-03-12", "--to", "2018-03-11"]).refused();
    assert!(wrong.contains("draft.toml cannot be simulated: last_day is before the first"), "{wrong}");
    for (value, told) in [
        ("0.0000000001", "more than 9 digits after its point"),
        ("1_000", "no number in plain digits"),
        ("1,5", "no number in plain digits"),
        ("1e3", "no number in plain digits"),
    ] {
        let wrong = run(&[&period[..], &["--value-per-point", value]].concat());
        assert_eq!(wrong.code, Some(2), "{wrong:?}");
        assert!(wrong.stderr.contains(told), "{wrong:?}");
    }
}

const DRAFT: &str = r#"
in_force_from = 2018-03-12T00:00:00Z

[[rules]]
rule_id = "answers"
activity_kind = "answer_accepted"
points = 120
cap_id = "monthly"

[[rules]]
rule_id = "kudos"
activity_kind = "kudos"
points = 1

[[caps]]
cap_id = "monthly"
window = "month"
limit_points = 250
"#;

const TABLE: &str = "\
draft.toml over qc, 2018-03-12 to 2018-09-11

  8 activities of 4 members, in a log of 10 entries.

Points credited        activities         then        draft    difference
  answer_accepted               7          700          730           +30
  kudos                         1            1            1             0
  all                           8          701          731           +30

Cost in GBP, 0.005 a point                then        draft    difference
  credited points                        3.505        3.655        +0.150

Members
  gain                          2
  lose                          1
  unchanged                     1

Gain most                                 then        draft    difference
  cleo                                     200          240           +40
  ben                                      100          120           +20

Lose most                                 then        draft    difference
  ann                                      400          370           -30

Difference in points      members
  -99 to -10                    1  ███████████████
  -9 to -1                      0
  0                             1  ███████████████
  1 to 9                        0
  10 to 99                      2  ██████████████████████████████
";
