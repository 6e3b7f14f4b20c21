//! Members' statements: they lead from one balance to another, and say the same as pages, as JSON and in the API.

use std::process::Command;

use goodturn::pb;
use goodturn::pb::ReportFormat as F;
use goodturn::pb::export_report_request::Report;
use serde_json::Value;

use crate::support::clients::Clients;
use crate::support::money::minor;
use crate::support::payouts::day;
use crate::support::programs::with_tools;
use crate::support::reads::balance;
use crate::support::reports::report;
use crate::support::served::Served;
use crate::support::two_years::lived;

async fn two_years() -> Served {
    let served = Served::at("2018-04-02T09:00:00Z").await;
    lived(&served, async |_| ()).await;
    served
}

type Date = Option<goodturn::google::r#type::Date>;

async fn statement(clients: &Clients, member: &str, first_day: Date, last_day: Date) -> pb::MemberStatement {
    let request = pb::GetMemberStatementRequest { name: format!("programs/qc/members/{member}"), first_day, last_day };
    clients.books().get_member_statement(request).await.unwrap().into_inner()
}

fn file(member: &str) -> Report {
    let member = if member.is_empty() { String::new() } else { format!("programs/qc/members/{member}") };
    let (first_day, last_day) = (day(2018, 4, 1), day(2019, 3, 31));
    Report::MemberStatements(pb::MemberStatementsReport { member, first_day, last_day, addressee: String::new() })
}

#[tokio::test]
async fn a_statement_leads_from_one_balance_to_the_next() {
    // INV 54
    let served = two_years().await;
    let clients = &served.clients;
    for member in ["m00", "m01", "m03", "m10", "m11", "relief", "nobody"] {
        let halves = [
            statement(clients, member, day(2018, 4, 1), day(2018, 9, 10)).await,
            statement(clients, member, day(2018, 9, 11), day(2019, 6, 30)).await,
            statement(clients, member, day(2019, 7, 1), day(2020, 4, 1)).await,
        ];
        let (mut points, mut money) = (0, 0);
        for half in &halves {
            assert_eq!((half.opening_points, minor(half.opening_money.as_ref())), (points, money), "{member}");
            points += half.points.iter().map(|line| line.points).sum::<i64>();
            money += half.money.iter().map(|line| minor(line.amount.as_ref())).sum::<i64>();
            assert_eq!((half.closing_points, minor(half.closing_money.as_ref())), (points, money), "{member}");
        }
        let now = balance(clients, member).await;
        let open = now.available_points + now.pending_points + now.held_points + now.reserved_points;
        let owed = [now.due, now.carried, now.withheld, now.drawn, now.sent].map(|money| minor(money.as_ref()));
        assert_eq!((points, money), (open, owed.iter().sum()), "{member}");
        let whole = statement(clients, member, day(2018, 4, 1), day(2020, 4, 1)).await;
        assert_eq!((whole.closing_points, minor(whole.closing_money.as_ref())), (points, money), "{member}");
        assert!(halves.iter().all(|half| half.seq == whole.seq && half.root_hash == whole.root_hash));
    }
    let cash = statement(clients, "m01", day(2018, 9, 1), day(2018, 9, 30)).await;
    let lines: Vec<(&str, &str, &str)> =
        cash.money.iter().map(|line| (line.line.as_str(), line.payout.as_str(), line.method.as_str())).collect();
    let of = |payout: &'static str| format!("programs/qc/payouts/{payout}");
    assert!(lines.contains(&("granted", of("h5").as_str(), "")), "{lines:?}");
    assert!(lines.contains(&("settled", of("h5").as_str(), "paypal_csv")), "{lines:?}");
    let [h5, l5] = [&cash.shares[0], &cash.shares[1]];
    assert_eq!((h5.payout.as_str(), l5.payout.as_str()), (of("h5").as_str(), of("l5").as_str()));
    assert!(h5.sentence.contains("points that count, of a pool of 120.00 GBP"), "{}", h5.sentence);
}

/// Whoever chose nothing twice is told what lapses next, and by when a choice is due.
#[tokio::test]
async fn a_statement_says_what_lapses_next() {
    let served = Served::at("2018-04-02T09:00:00Z").await;
    let clients = &served.clients;
    let rows = [("ben", 300)];
    let it = crate::support::clients::kudos("k1", "ben", "2018-04-01T10:00:00Z");
    clients.ledger().record_activity(crate::support::clients::record(it)).await.unwrap();
    for (n, deadline) in [(1, "2018-04-10T12:00:00Z"), (2, "2018-05-10T12:00:00Z")] {
        let choices = pb::ChoiceTerms { takes_carried: n == 2, ..crate::support::money::choose_until(deadline) };
        let last_day = day(2018, 4, 1);
        let payout = pb::Payout {
            last_day,
            choices: Some(choices),
            ..crate::support::money::over_list(&format!("l{n}"), &rows)
        };
        crate::support::money::list_paid(clients, payout, crate::support::clients::pounds(300), &rows).await;
        if n == 1 {
            served.clock.set("2018-04-11T09:00:00Z");
            crate::support::money::closed(clients, "l1").await;
        }
    }
    let told = statement(clients, "ben", day(2018, 4, 1), day(2018, 4, 11)).await;
    assert_eq!(told.lapses_next.len(), 1, "{told:?}");
    assert_eq!(minor(told.lapses_next[0].amount.as_ref()), 300);
    assert_eq!(
        (told.lapses_next[0].choose_by, told.lapses_next[0].payout.as_str()),
        (day(2018, 5, 10), "programs/qc/payouts/l2")
    );
    assert_eq!(told.expires_next, None);
}

/// The page says every amount of the JSON; one that is off by a unit is missed.
#[tokio::test]
async fn pages_say_what_the_json_says_and_a_unit_more_is_noticed() {
    // INV 84
    let (served, folder) = (two_years().await, tempfile::tempdir().unwrap());
    let clients = &served.clients;
    let json: Value = serde_json::from_slice(&report(clients, file("m01"), F::Json).await.bytes).unwrap();
    let pdf = folder.path().join("m01.pdf");
    std::fs::write(&pdf, report(clients, file("m01"), F::Pdf).await.bytes).unwrap();
    let mut said: Vec<String> = Vec::new();
    for key in ["opening", "closing"] {
        said.push(format!("{} GBP", json["money"][key].as_str().unwrap()));
    }
    for line in json["money"]["lines"].as_array().unwrap() {
        said.push(format!("{} GBP", line["amount"].as_str().unwrap()));
    }
    said.extend(json["shares"].as_array().unwrap().iter().map(|share| share["payout"].as_str().unwrap().to_owned()));
    said.push(json["root_hash"].as_str().unwrap()[..32].to_owned());
    assert!(said.len() > 8, "{said:?}");
    let checked = |expected: &[String]| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/books/check_pdf.py");
        let expected = expected.iter().flat_map(|text| ["--expect", text.as_str()]);
        let mut command = Command::new("python3");
        with_tools(command.arg(script).arg("--quiet").args(expected).arg(&pdf)).output().unwrap()
    };
    let done = checked(&said);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    let closing = said[1].trim_end_matches(" GBP").replace('.', "").parse::<i64>().unwrap() + 1;
    said[1] = format!("{}.{:02} GBP", closing / 100, closing % 100);
    let done = checked(&said);
    assert_eq!(done.status.code(), Some(1), "{} is not there: {}", said[1], String::from_utf8_lossy(&done.stdout));
}

#[tokio::test]
async fn the_statements_of_all_members_are_one_archive_with_the_same_bytes_every_time() {
    // INV 84
    let served = two_years().await;
    let clients = &served.clients;
    for format in [F::Json, F::Pdf] {
        let all = report(clients, file(""), format).await;
        assert!(all.bytes == report(clients, file(""), format).await.bytes);
        assert_eq!((all.summary.rows, all.summary.differences), (13, 0));
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(all.bytes)).unwrap();
        assert_eq!(archive.len(), 13);
        let ending = if format == F::Json { "json" } else { "pdf" };
        for member in ["m00", "m10", "relief"] {
            let mut one = Vec::new();
            std::io::Read::read_to_end(&mut archive.by_name(&format!("{member}.{ending}")).unwrap(), &mut one).unwrap();
            assert!(one == report(clients, file(member), format).await.bytes, "{member}");
        }
    }
}

/// Ids of 128 characters make names that every file system takes, and ids that differ by case alone do not collide.
#[tokio::test]
async fn names_in_the_archive_fit_and_are_apart() {
    let served = Served::at("2018-04-02T09:00:00Z").await;
    let clients = &served.clients;
    let ids = [
        "Z".repeat(128),
        "z".repeat(128),
        format!("{}a", ".".repeat(127)),
        format!("{}b", ".".repeat(127)),
        "ann".into(),
        "Ann".into(),
    ];
    for (n, id) in ids.iter().enumerate() {
        let it = crate::support::clients::kudos(&format!("k{n}"), id, "2018-04-01T10:00:00Z");
        clients.ledger().record_activity(crate::support::clients::record(it)).await.unwrap();
    }
    let (first_day, last_day) = (day(2018, 4, 1), day(2018, 4, 2));
    let all = Report::MemberStatements(pb::MemberStatementsReport { first_day, last_day, ..Default::default() });
    let got = report(clients, all, F::Json).await;
    let archive = zip::ZipArchive::new(std::io::Cursor::new(got.bytes)).unwrap();
    let names: std::collections::BTreeSet<String> =
        archive.file_names().map(|name| name.unwrap().to_lowercase()).collect();
    assert_eq!(names.len(), ids.len(), "{names:?}");
    assert!(names.iter().all(|name| name.len() < 256), "{names:?}");
}
