//! `goodturn rules`, as an operator runs it.

use std::path::Path;

use goodturn::pb;

use crate::support::clients::{TestServer, qc};
use crate::support::process::{Ended, goodturn};

/// A file that may be published, and what is said of it.
const GOOD: &str = r#"
in_force_from = 2018-03-12T00:00:00Z

[[rules]]
rule_id = "answers"
activity_kind = "answer_accepted"
points = 100
exclusive = "question"
cap_id = "monthly"

[[rules]]
rule_id = "orders"
activity_kind = "order"
points = 2
per_amount = "5.00"
vest_after_days = 14

[[caps]]
cap_id = "monthly"
window = "month"
limit_points = 3_000
"#;

const SAID: &str = "rules.toml: 2 rules and 1 cap, in force from 2018-03-12T00:00:00Z
  answers: 100 points for answer_accepted, once a question, within monthly (3,000 points a month)
  orders: 2 points per GBP 5.00 of order, in proportion and rounded down, to be used after 14 days
  points do not expire
";

fn check(text: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), text);
    goodturn(folder.path(), &["rules", "check", "rules.toml"])
}

fn write(folder: &Path, text: &str) {
    std::fs::write(folder.join("rules.toml"), text).unwrap();
}

/// The lines after the first, which says what they are about.
#[track_caller]
fn listed(ended: Ended) -> Vec<String> {
    ended.refused().lines().skip(1).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn a_file_that_may_be_published_is_said_in_plain_english() {
    assert_eq!(check(GOOD).done(), SAID);
}

/// Rules as people write them, and what is said of each.
#[test]
fn rewards_caps_and_conditions_are_said_in_plain_words() {
    let said = |rule: &str, cap: &str| {
        let file = format!(
            "in_force_from = 2024-01-01T00:00:00Z\n[[rules]]\nrule_id = \"o\"\nactivity_kind = \"order\"\n{rule}\n{cap}"
        );
        let told = check(&file).done();
        told.lines().nth(1).unwrap().trim().to_owned()
    };
    let per = |more: &str| said(&format!("points = 1\nper_amount = \"1.00\"\n{more}"), "");
    assert_eq!(per(""), "o: 1 point per GBP 1.00 of order, in proportion and rounded down");
    assert_eq!(per("rounding = \"down\""), per(""));
    assert_eq!(
        per("rounding = \"half_up\""),
        "o: 1 point per GBP 1.00 of order, in proportion and rounded to the nearest point, a half up"
    );
    assert_eq!(
        per("max_points = 100\nmin_amount_left = \"25.00\""),
        "o: 1 point per GBP 1.00 of order, in proportion and rounded down, at most 100 points for one order, while at least GBP 25.00 of \
         its amount is left"
    );
    let steps = said("points = 5\nper_amount = \"2.50\"\nrounding = \"whole_steps\"", "");
    assert_eq!(steps, "o: 5 points for each whole GBP 2.50 of order");
    assert_eq!(said("points = 1\nper_quantity = 1", ""), "o: 1 point for each one of the quantity of order");
    let thousands = said("points = 2\nper_quantity = 1_000", "");
    assert_eq!(thousands, "o: 2 points for each whole 1,000 of the quantity of order");
    let hourly = said("points = 1\ncap_id = \"h\"", "[[caps]]\ncap_id = \"h\"\nwindow = \"hour\"\nlimit_points = 2\n");
    assert_eq!(hourly, "o: 1 point for order, within h (2 points an hour)");
    let weekend = said("points = 2\ncondition = 'occurred.day_of_week == 6'", "");
    assert_eq!(weekend, "o: 2 points for order, where occurred.day_of_week == 6");
}

#[test]
fn what_the_rules_cannot_say_is_refused_with_what_to_write_instead() {
    let told = |rule: &str| {
        let file = format!(
            "in_force_from = 2024-01-01T00:00:00Z\n[[rules]]\nrule_id = \"o\"\nactivity_kind = \"order\"\npoints = 2\n{rule}"
        );
        let listed = listed(check(&file));
        assert_eq!(listed.len(), 1, "{listed:#?}");
        listed[0].trim_start_matches("rules.toml:6: rules[0].").to_owned()
    };
    assert_eq!(
        told("condition = 'occurred_at.getDayOfWeek() == 6'"),
        "condition calls `getDayOfWeek`, which is not supported; write occurred.day_of_week, which is 1 on Monday, 6 on Saturday \
         and 7 on Sunday, as occurred.day_of_week == 6 (column 13)"
    );
    assert_eq!(told("rounding = \"up\""), "rounding is \"up\"; give down, half_up, whole_steps");
    assert_eq!(
        told("rounding = \"half_up\""),
        "rounding says how points for an amount are rounded; give per_amount, too"
    );
    assert_eq!(told("max_points = 5"), "max_points has no effect: the rule gives the same points for every activity");
}

#[test]
fn every_problem_is_told_at_once_with_its_line() {
    let told = listed(check(
        r#"in_force_from = 2018-03-12T00:00:00Z
[[rules]]
rule_id = "answers"
activity_kind = "answer_accepted"
points = 1000000001
condition = "points > 1"
cap_id = "dayly"
[[rules]]
rule_id = "answers"
activity_kind = "kudos"
starts_at = 2018-05-01T00:00:00Z
ends_at = 2018-05-01T00:00:00Z
confirm_within_days = 0
follows = { rule_id = "welcome", within_days = 3 }
[[caps]]
cap_id = "weekly"
window = "week"
within_cap_id = "monthly"
[[caps]]
cap_id = "monthly"
window = "month"
limit_points = -5
"#,
    ));
    let place = |line: &String| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let places: Vec<String> = told.iter().map(place).collect();
    let expected = [
        "rules.toml:5: rules[0].points",
        "rules.toml:6: rules[0].condition",
        "rules.toml:7: rules[0].cap_id",
        "rules.toml:8: rules[1].points",
        "rules.toml:9: rules[1].rule_id",
        "rules.toml:12: rules[1].ends_at",
        "rules.toml:13: rules[1].confirm_within_days",
        "rules.toml:14: rules[1].follows.rule_id",
        "rules.toml:16: caps[0].cap_id",
        "rules.toml:18: caps[0].within_cap_id",
        "rules.toml:22: caps[1].limit_points",
    ];
    assert_eq!(places, expected, "{told:#?}");
    // A week crosses months: such caps cannot be free of order.
    assert!(told[9].contains("would depend on the order in which facts arrive"), "{told:#?}");
}

#[test]
fn fields_that_cannot_be_read_do_not_hide_the_rest() {
    let told = listed(check(
        r#"in_force_from = 2018-03-12T00:00:00
[[rules]]
rule_id = "answers"
activity_kind = "answer_accepted"
pionts = 100
points = "100"
condition = 7
confirm_within_days = 3
vest_after_days = 3
per_amount = 5.00
follows = { rule_id = "", within_days = 99_999_999_999, past_cap = "yes" }
[[caps]]
cap_id = "Monthly!"
window = "monthly"
"#,
    ));
    let expected = [
        "rules.toml:1: in_force_from is 2018-03-12T00:00:00, no time of RFC 3339, as its offset is missing; put Z behind a time in UTC, else its offset, as +02:00",
        "rules.toml:5: rules[0].pionts is no field here (is points meant?); known are rule_id, activity_kind, points, \
         per_amount, condition, cap_id, confirm_within_days, vest_after_days, exclusive, exclusive_holder, follows, starts_at, ends_at, \
         rounding, per_quantity, max_points, min_amount_left",
        "rules.toml:6: rules[0].points is string; give a whole number, without quotation marks",
        "rules.toml:7: rules[0].condition is integer; give text in quotation marks",
        "rules.toml:9: rules[0].vest_after_days cannot stand beside confirm_within_days: a rule waits for one of them",
        "rules.toml:10: rules[0].per_amount is float; give an amount of GBP in quotation marks, as \"5.00\"",
        "rules.toml:11: rules[0].follows.within_days is too large; give a whole number, without quotation marks",
        "rules.toml:11: rules[0].follows.past_cap is string; give true or false",
        "rules.toml:11: rules[0].follows.rule_id is empty",
        "rules.toml:13: caps[0].cap_id",
        "rules.toml:14: caps[0].window is \"monthly\"; give hour, day, week, month, half_year, half_year_from_june, year, lifetime \
         (is month meant?)",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told}\nis not\n{expected}");
    }
}

#[test]
fn a_file_that_is_no_toml_says_where() {
    let told = check("in_force_from =\n[[rules\n").refused();
    assert!(told.starts_with("goodturn: rules.toml is no TOML:\n  rules.toml:1: "), "{told}");
    assert!(told.contains("\n  rules.toml:2: unclosed array table"), "{told}");
    let told = goodturn(Path::new("/"), &["rules", "check", "/nowhere/rules.toml"]).refused();
    assert!(told.starts_with("goodturn: /nowhere/rules.toml cannot be read: "), "{told}");
}

#[test]
fn an_empty_file_says_what_is_required() {
    assert_eq!(listed(check("")), ["rules.toml: in_force_from is required", "rules.toml: rules has 0; give 1 to 100"]);
}

#[test]
fn amounts_have_the_places_of_the_programmes_currency() {
    let folder = tempfile::tempdir().unwrap();
    let told = |amount: &str, currency: &str| {
        write(folder.path(), &GOOD.replace("5.00", amount));
        let told = listed(goodturn(folder.path(), &["rules", "check", "rules.toml", "--currency", currency]));
        assert_eq!(told.len(), 1, "{told:#?}");
        told[0].trim_start_matches("rules.toml:15: rules[1].per_amount is ").to_owned()
    };
    assert_eq!(told("5.50", "JPY"), "\"5.50\"; give whole JPY, without a point, as 1234");
    let in_pounds = "give a decimal in GBP with at most 2 places, as 12.34";
    for amount in ["1.000", "1_000", "1,000"] {
        assert_eq!(told(amount, "GBP"), format!("{amount:?}; {in_pounds}; nothing separates thousands"));
    }
    for amount in ["2.5e1", "+5", ".50", "5."] {
        assert_eq!(told(amount, "GBP"), format!("{amount:?}; {in_pounds}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_published_once_and_its_next_version_is_compared_with_it() {
    // INV 10, 11
    let server = TestServer::start().await;
    let url = format!("http://{}", server.running.address);
    let folder = server.folder.path();
    let publish = |more: &[&str]| {
        let all =
            [&["rules", "publish", "rules.toml", "--server", &url, "--program", "qc", "--principal", "anna"], more]
                .concat();
        goodturn(folder, &all)
    };
    let check = || goodturn(folder, &["rules", "check", "rules.toml", "--against", &url, "--program", "qc"]);
    write(folder, GOOD);
    assert_eq!(
        publish(&[]).refused(),
        "goodturn: cannot find the programme: programs/qc does not exist (ERROR_REASON_NOT_FOUND)\n"
    );

    server.clients.programs().create_program(qc()).await.unwrap();
    assert_eq!(check().done(), format!("{SAID}Can be published, as version 1.\n"));
    let told = publish(&[]).done();
    let request = pb::GetRuleSetRequest { name: "programs/qc/ruleSets/-".into() };
    let published = server.clients.programs().get_rule_set(request).await.unwrap().into_inner();
    let digest: String = published.digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = format!(
        "programs/qc/ruleSets/1\n  in force from  2018-03-12T00:00:00Z\n  digest         {digest}\n  published by   anna\n"
    );
    assert_eq!(told, expected);
    assert_eq!(publish(&[]).done(), expected);
    assert_eq!(publish(&["--version", "1"]).done(), expected);
    assert_eq!(check().done(), format!("{SAID}Published already, as version 1.\n"));

    // Other content of the same version, and a next version that rewrites what was.
    write(folder, &GOOD.replace("3_000", "2_000").replace("\"month\"", "\"year\""));
    let told = publish(&["--version", "1"]).refused();
    assert!(told.contains("ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT"), "{told}");
    let told = listed(check());
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(
        told[0].starts_with("rules.toml:2: in_force_from is 2018-03-12T00:00:00Z; a version after the first"),
        "{told:#?}"
    );
    assert_eq!(
        told[1],
        "rules.toml:20: caps[0].window was month in an earlier version; a changed cap needs another id"
    );
    let told = publish(&[]).refused();
    assert!(told.contains("ERROR_REASON_RULE_SET_BACKDATED"), "{told}");

    // A limit may change, from the next window on.
    write(folder, &GOOD.replace("3_000", "2_000").replace("2018-03-12", "2118-03-12"));
    assert!(check().done().ends_with("Can be published, as version 2.\n"));
    assert!(publish(&["--version", "2"]).done().starts_with("programs/qc/ruleSets/2\n"));
    server.running.stop().await.unwrap();
}

#[test]
fn without_a_server_publishing_says_where_it_looked() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), GOOD);
    let args = ["rules", "publish", "rules.toml", "--server", "http://127.0.0.1:9", "--program", "qc"];
    let told = goodturn(folder.path(), &args).refused();
    assert!(
        told.starts_with("goodturn: no server answers at http://127.0.0.1:9; start one with goodturn serve"),
        "{told}"
    );
}
