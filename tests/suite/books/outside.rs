//! Reports opened by programs that are not ours: spreadsheets, plain-text accounting, and a validator of PDF. Faults of
//! one minor unit are planted in each kind of file, and found.

use std::path::{Path, PathBuf};
use std::process::Command;

use goodturn::pb;
use goodturn::pb::ReportFormat as F;
use goodturn::pb::export_report_request::Report;
use tempfile::TempDir;

use crate::support::clients::Clients;
use crate::support::payouts::day;
use crate::support::programs::with_tools;
use crate::support::reports::{close, report, roll_forward, shares};
use crate::support::served::Served;
use crate::support::two_years::lived;

async fn two_years() -> Served {
    let served = Served::at("2018-04-02T09:00:00Z").await;
    lived(&served, async |_| ()).await;
    served
}

/// Runs a checker of `tests/books`. It must be content.
fn check(script: &str, args: &[String]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/books").join(script);
    let done = with_tools(Command::new("python3").arg(&script).args(args)).output().unwrap();
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{} {args:?}: {told}{}", script.display(), String::from_utf8_lossy(&done.stderr));
    told
}

async fn file(clients: &Clients, folder: &TempDir, name: &str, asked: Report, format: F) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, report(clients, asked, format).await.bytes).unwrap();
    path
}

fn path(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Every table, with what its columns hold.
fn tables() -> Vec<(&'static str, Report, &'static str)> {
    use pb::RollForwardTable as T;
    let received = pb::ReceivedReport { threshold: Some(crate::support::clients::pounds(5_000)), ..Default::default() };
    let valued = |table: T| match roll_forward(table, "2018-06", "2020-03") {
        Report::RollForward(asked) => {
            Report::RollForward(pb::RollForwardReport { point_value: "0.0125".into(), ..asked })
        }
        other => other,
    };
    vec![
        ("leaderboard", Report::Leaderboard(pb::LeaderboardReport::default()), "rank=number member=text points=number"),
        ("shares", shares("programs/qc/payouts/h5"), "member=text points=number share=money quotient=text"),
        (
            "register",
            Report::Register(pb::RegisterReport {}),
            "member=text amount=money payment=text carried_once=flag",
        ),
        (
            "payments",
            Report::Payments(pb::PaymentsReport::default()),
            "payment=text number=number amount=money sent_on=day",
        ),
        ("points", valued(T::Points), "month=text opening=number earned_earlier=number liability=money"),
        ("kinds", roll_forward(T::Kinds, "", ""), "month=text kind=text earned=number"),
        ("cohorts", valued(T::Cohorts), "earned_in=text opening=number closing=number liability=money"),
        (
            "money",
            roll_forward(T::Money, "", ""),
            "month=text opening=money granted=money closing=money difference=money",
        ),
        ("received", Report::Received(received), "year_begins=day member=text total=money over_threshold=flag"),
    ]
}

#[tokio::test]
async fn every_table_is_read_alike_from_csv_json_lines_and_a_workbook() {
    // INV 84
    let (served, folder) = (two_years().await, tempfile::tempdir().unwrap());
    for (name, asked, kinds) in tables() {
        let mut files = Vec::new();
        for (ending, format) in [("xlsx", F::Xlsx), ("jsonl", F::JsonLines), ("csv", F::Csv)] {
            let path = file(&served.clients, &folder, &format!("{name}.{ending}"), asked.clone(), format).await;
            let again = report(&served.clients, asked.clone(), format).await;
            assert!(again.bytes == std::fs::read(&path).unwrap(), "{name}.{ending}: the same bytes every time");
            files.push(path);
        }
        let mut args = vec![path(&files[0]), path(&files[1]), "--csv".into(), path(&files[2]), "--kinds".into()];
        args.extend(kinds.split(' ').map(str::to_owned));
        if ["register", "received"].contains(&name) {
            args.push("--plant".into());
        }
        let told = check("check_tables.py", &args);
        println!("{name}: {}", told.lines().last().unwrap_or_default());
    }
}

#[tokio::test]
async fn journals_balance_for_hledger_and_for_beancount() {
    // INV 54, 84
    let (served, folder) = (two_years().await, tempfile::tempdir().unwrap());
    let journal = || Report::Journal(pb::JournalReport::default());
    let hledger = file(&served.clients, &folder, "qc.journal", journal(), F::Hledger).await;
    let beancount = file(&served.clients, &folder, "qc.beancount", journal(), F::Beancount).await;
    let told = check("check_journals.py", &[path(&hledger), path(&beancount), "--plant".into()]);
    println!("{told}");
}

/// Names in the scripts that members write in, each as it must come out of the pages.
const NAMES: [&str; 5] = ["Łódź Ćwikła", "José Ñuñez", "北京 王伟", "דוד כהן", "Ελένη Ğökçe"];

#[tokio::test]
async fn pages_are_tagged_and_to_be_kept_and_say_the_names_of_members() {
    let (served, folder) = (two_years().await, tempfile::tempdir().unwrap());
    let clients = &served.clients;
    let statement = |member: &str, addressee: &str| {
        Report::MemberStatements(pb::MemberStatementsReport {
            member: format!("programs/qc/members/{member}"),
            first_day: day(2018, 4, 1),
            last_day: day(2019, 3, 31),
            addressee: addressee.into(),
        })
    };
    let mut files = vec![file(clients, &folder, "close.pdf", close("2018-09"), F::Pdf).await];
    for (n, name) in NAMES.iter().enumerate() {
        files.push(file(clients, &folder, &format!("{n}.pdf"), statement(&format!("m0{n}"), name), F::Pdf).await);
    }
    let mut args: Vec<String> = NAMES.iter().flat_map(|name| ["--expect".to_owned(), (*name).to_owned()]).collect();
    args.extend(["--expect", "In order: no difference was found.", "--expect", "Shares of payouts"].map(str::to_owned));
    args.extend(["--quiet".to_owned(), "--plant".to_owned()]);
    args.extend(files.iter().map(|file| path(file)));
    println!("{}", check("check_pdf.py", &args));
}
