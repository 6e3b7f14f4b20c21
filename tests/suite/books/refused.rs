//! Reports that are refused, and books that are not in order.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use goodturn::app::export_at;
use goodturn::domain::value::amount::{Amount, Move};
use goodturn::domain::value::bucket::Bucket;
use goodturn::google::r#type::{Date, Money};
use goodturn::ledger::Ledger;
use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::pb::ReportFormat as F;
use goodturn::pb::export_report_request::Report;
use tonic::Code;

use crate::support::books::Books;
use crate::support::clients::{Clients, TestServer, pounds};
use crate::support::clock::ManualClock;
use crate::support::faulty::FaultyLog;
use crate::support::money::{choose_until, list_paid, over_list};
use crate::support::payouts::day;
use crate::support::process::ServeProcess;
use crate::support::refused::{Refused, refused};
use crate::support::reports::{self, asked, close, content, export, roll_forward};
use crate::support::sample::{award, rule_set};
use crate::support::served::Served;

fn register() -> Report {
    Report::Register(pb::RegisterReport {})
}

/// INV 54: a balance that is one point too high is found, by the verifier and by the roll-forward.
#[tokio::test]
async fn one_point_too_much_in_a_stored_balance_is_a_difference() {
    let one = Move::new(Bucket::Issued, Bucket::Available, Amount::new(1).unwrap()).unwrap();
    let rules = || rule_set(1, "2018-03-12T00:00:00Z", 100);
    for wrong in [false, true] {
        let books = Books::under(rules()).await.with(&[award("a1", "ben")]).await;
        let change = |entry: &mut goodturn::domain::entry::Entry| {
            if wrong {
                entry.balance_after = entry.balance_after.after(one).unwrap();
            }
        };
        let books = books.rewritten(&[award("a2", "cleo")], |_| (), change).await;
        let ledger = Arc::new(Ledger::new(Arc::new(books.log), Arc::new(ManualClock::at("2018-05-01T00:06:00Z"))));
        let written = async |report, format| {
            export_at(Arc::clone(&ledger), asked(report, format), Box::new(|_, _| ())).await.unwrap()
        };
        let page = written(close("2018-04"), F::Text).await;
        let (differences, text) = (page.differences, String::from_utf8(content(page.file)).unwrap());
        let table = written(roll_forward(pb::RollForwardTable::Points, "", "2018-04"), F::Csv).await;
        assert_eq!((differences, table.differences), if wrong { (2, 1) } else { (0, 0) }, "{text}");
        let says = if wrong { "NOT IN ORDER: 2 differences were found." } else { "In order: no difference was found." };
        assert!(text.contains(says), "{text}");
        assert_eq!(text.contains("the balances after it are not the sum"), wrong, "{text}");
    }
}

#[tokio::test]
async fn a_month_is_closed_once_it_is_over_and_no_clock_is_behind() {
    // INV 28
    let served = Served::at("2018-04-30T23:30:00Z").await;
    for (now, is_over) in
        [("2018-04-30T23:59:59Z", false), ("2018-05-01T00:04:59Z", false), ("2018-05-01T00:05:00Z", true)]
    {
        served.clock.set(now);
        let closing = export(&served.clients, asked(close("2018-04"), F::Text)).await;
        assert_eq!(closing.is_ok(), is_over, "{now}");
    }
    let told = refused(&served.clients, export(&served.clients, asked(close("2018-05"), F::Pdf))).await;
    assert_eq!(
        told.because(Code::FailedPrecondition, "ERROR_REASON_MONTH_NOT_OVER"),
        [("month", "2018-05"), ("until", "2018-06-01T00:05:00Z")]
    );
}

#[tokio::test]
async fn every_problem_of_a_request_is_told() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let bad_day = || Some(Date { year: 2018, month: 2, day: 30 });
    let dollars = Some(Money { currency_code: "USD".into(), units: 1, nanos: 0 });
    let cases: Vec<(Option<Report>, i32, &[&str])> = vec![
        (None, 1, &["report"]),
        (Some(register()), 99, &["format"]),
        (Some(register()), F::Pdf.into(), &["format"]),
        (Some(reports::shares("programs/other/payouts/p1")), 1, &["shares.payout"]),
        (Some(reports::shares("p1")), F::Svg.into(), &["shares.payout", "format"]),
        (
            Some(Report::Payments(pb::PaymentsReport { batch: "programs/other/batches/b".into() })),
            1,
            &["payments.batch"],
        ),
        (
            Some(roll_forward(pb::RollForwardTable::Points, "2018-13", "18-1")),
            1,
            &["roll_forward.first_month", "roll_forward.last_month"],
        ),
        (Some(roll_forward(pb::RollForwardTable::Points, "2018-03", "2018-02")), 1, &["roll_forward.last_month"]),
        (Some(roll_forward(pb::RollForwardTable::Points, "", "9999-12")), 1, &["roll_forward.last_month"]),
        (Some(roll_forward(pb::RollForwardTable::Kinds, "", "")), F::Svg.into(), &["format"]),
        (
            Some(Report::RollForward(pb::RollForwardReport {
                table: 9,
                point_value: "a penny".into(),
                ..Default::default()
            })),
            1,
            &["roll_forward.table", "roll_forward.point_value"],
        ),
        (
            Some(Report::RollForward(pb::RollForwardReport {
                table: 4,
                point_value: "0.000000001".into(),
                ..Default::default()
            })),
            1,
            &["roll_forward.point_value", "roll_forward.point_value"],
        ),
        (
            Some(Report::Received(pb::ReceivedReport {
                first_year: -1,
                last_year: 10_000,
                start_month: 2,
                start_day: 29,
                threshold: dollars,
            })),
            1,
            &["received.first_year", "received.last_year", "received.start_day", "received.threshold"],
        ),
        (
            Some(Report::Journal(pb::JournalReport {
                last_month: "May".into(),
                accounts: "[points]\npendig = \"x\"\nheld = \"a b\"".into(),
            })),
            F::Csv.into(),
            &["journal.last_month", "journal.accounts", "journal.accounts", "format"],
        ),
        (
            Some(Report::MemberStatements(pb::MemberStatementsReport {
                member: String::new(),
                first_day: bad_day(),
                last_day: None,
                addressee: "x".repeat(201),
            })),
            F::Xlsx.into(),
            &[
                "member_statements.first_day",
                "member_statements.last_day",
                "member_statements.addressee",
                "member_statements.addressee",
                "format",
            ],
        ),
        (Some(Report::Close(pb::CloseReport { month: "last".into() })), F::Csv.into(), &["close.month", "format"]),
        (Some(Report::Close(pb::CloseReport { month: "9".repeat(100_000) })), F::Text.into(), &["close.month"]),
        (
            Some(Report::Journal(pb::JournalReport {
                last_month: String::new(),
                accounts: format!("[points]\navailable = \"Assets:{}\"", "A".repeat(60_000)),
            })),
            F::Hledger.into(),
            &["journal.accounts"],
        ),
    ];
    for (report, format, fields) in cases {
        let request = pb::ExportReportRequest { parent: "programs/qc".into(), format, report };
        refused(clients, export(clients, request)).await.breaks(fields);
    }
    let request =
        pb::GetMemberStatementRequest { name: "ben".into(), first_day: day(2018, 5, 2), last_day: day(2018, 5, 1) };
    refused(clients, clients.books().get_member_statement(request)).await.breaks(&["name"]);
    let member = "programs/qc/members/ben";
    for (first_day, last_day) in [(day(2018, 5, 2), day(2018, 5, 1)), (day(2018, 5, 2), day(9999, 1, 1))] {
        let request = pb::GetMemberStatementRequest { name: member.into(), first_day, last_day };
        refused(clients, clients.books().get_member_statement(request)).await.breaks(&["last_day"]);
    }
}

/// INV 78: a mistyped year is no month that is in order.
#[tokio::test]
async fn a_month_before_everything_is_not_closed() {
    let served = Served::at("2018-06-10T09:00:00Z").await;
    let problem = refused(&served.clients, export(&served.clients, asked(close("2017-05"), F::Text))).await;
    problem.breaks(&["close.month"]);
    assert!(problem.message.contains("the first month is 2018-06"), "{problem:?}");
}

/// Two persons have granted money to ben and cleo.
async fn with_lots(clients: &Clients) {
    let rows = [("ben", 300), ("cleo", 200)];
    for member in ["ben", "cleo"] {
        let it = crate::support::clients::kudos(&format!("k-{member}"), member, "2018-04-01T10:00:00Z");
        clients.ledger().record_activity(crate::support::clients::record(it)).await.unwrap();
    }
    let payout = pb::Payout { choices: Some(choose_until("2018-12-31T12:00:00Z")), ..over_list("l1", &rows) };
    list_paid(clients, payout, pounds(500), &rows).await;
}

#[tokio::test]
async fn a_register_is_as_of_one_entry_or_it_is_not_written() {
    // INV 27
    let log = FaultyLog::on(Arc::new(MemoryLog::default()));
    let served = Served::on(log.clone(), "2018-10-10T09:00:00Z").await;
    with_lots(&served.clients).await;
    let got = reports::report(&served.clients, register(), F::Csv).await;
    assert_eq!((got.text().lines().count(), got.summary.rows), (3, 2));
    log.changed_meanwhile.store(true, Ordering::SeqCst);
    let told = Refused::of(&export(&served.clients, asked(register(), F::Csv)).await.unwrap_err());
    assert_eq!(told.because(Code::Aborted, "ERROR_REASON_REPORT_MOVED"), []);
    log.changed_meanwhile.store(false, Ordering::SeqCst);
    assert_eq!(
        reports::report(&served.clients, register(), F::Csv).await.bytes,
        got.bytes,
        "and then it is written again"
    );
}

#[tokio::test]
async fn a_server_without_room_for_files_says_so_and_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (database, log) = (format!("sqlite://{}/a.db", folder.path().display()), folder.path().join("log"));
    let nowhere = [("TMPDIR".into(), "/nowhere/at/all".into())];
    let server = ServeProcess::start_logging(&database, &log, &nowhere);
    let clients = Clients::connect(server.address).await;
    crate::support::clients::create_program(&clients).await;
    for format in [F::Csv, F::Xlsx] {
        let told = refused(&clients, export(&clients, asked(register(), format))).await;
        assert_eq!(told.because(Code::Unavailable, "ERROR_REASON_REPORT_NOT_WRITTEN"), []);
    }
}
