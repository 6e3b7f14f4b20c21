//! Months that are closed one after another, and once more at the end.

use std::collections::BTreeMap;
use std::sync::Arc;

use goodturn::app::export_at;
use goodturn::audit::check_through;
use goodturn::ledger::Ledger;
use goodturn::log::Log;
use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use serde_json::Value;

use crate::support::clients::Clients;
use crate::support::clock::ManualClock;
use crate::support::every_kind::every_kind_and_its_commands;
use crate::support::reports::{self, close, roll_forward};
use crate::support::sample::{SECRET, program};
use crate::support::served::Served;
use crate::support::two_years::{Late, MONTHS, lived, month_before};

/// INV 54: a log with every kind of entry is closed as each of its months ends. Nothing differs but what the verifier
/// says of this log, whose commands no clients sent; and the pages are the same when the months are closed again at the
/// end.
#[tokio::test]
async fn every_kind_of_entry_is_closed_month_by_month() {
    let (_, sent) = every_kind_and_its_commands();
    let log: Arc<dyn Log> = Arc::new(MemoryLog::default());
    log.create(&program(), SECRET).await.unwrap();
    let clock = Arc::new(ManualClock::at("2018-04-02T00:00:00Z"));
    let mut pages: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let (mut year, mut month) = (2018, 4);
    let ledger = Arc::new(Ledger::new(Arc::clone(&log), clock.clone()));
    let state = ledger.make_place(&program()).await.unwrap();
    for (now, command) in &sent {
        // A month's end is midnight in London, which is an hour before that of UTC in summer; nothing is sent between
        // the two.
        while now.to_rfc3339() > format!("{year:04}-{month:02}-31T23:59") {
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            clock.set(&format!("{year:04}-{month:02}-01T00:06:00Z"));
            let closing = month_before(year, month);
            pages.insert(closing.clone(), page(&ledger, &closing).await);
        }
        clock.set(&now.to_rfc3339());
        ledger.submit(&state, command.clone(), None).await.unwrap();
    }
    assert_eq!(pages.len(), 15, "{:?}", pages.keys());
    for (month, then) in &pages {
        let again = page(&ledger, month).await;
        assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(then), "{month}");
    }
}

/// Closes a month as text. Nothing may differ but what the verifier says.
async fn page(ledger: &Arc<Ledger>, month: &str) -> Vec<u8> {
    let request = reports::asked(close(month), pb::ReportFormat::Text);
    let written = export_at(Arc::clone(ledger), request, Box::new(|_, _| ())).await.unwrap();
    let page = reports::content(written.file);
    let checked = check_through(&**ledger.log(), &program(), written.seq, |_| ()).await.unwrap().unwrap();
    let findings = i64::try_from(checked.report.findings.len()).unwrap();
    assert_eq!(written.differences, findings, "{}", String::from_utf8_lossy(&page));
    page
}

/// Two years in which members earn, spend and are paid, and in which news of earlier months comes in every month.
#[tokio::test]
async fn two_years_are_closed_in_order_and_late_facts_stand_in_their_own_column() {
    let served = Served::at("2018-04-02T09:00:00Z").await;
    let clients = &served.clients;
    let mut pages: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let late = lived(&served, async |month| {
        let got = reports::report(clients, close(month), pb::ReportFormat::Text).await;
        assert_eq!(got.summary.differences, 0, "{}", got.text());
        pages.insert(month.to_owned(), got.bytes);
    });
    let late: BTreeMap<String, Late> = late.await.into_iter().collect();
    assert_eq!(pages.len(), MONTHS);
    for (month, then) in &pages {
        let again = reports::report(clients, close(month), pb::ReportFormat::Text).await;
        assert_eq!(again.text(), String::from_utf8_lossy(then), "{month}");
    }
    served.verified().await;
    late_facts_stand_in_their_own_column(clients, &late).await;
    money_rolls_forward(clients).await;
}

async fn rows(clients: &Clients, table: pb::RollForwardTable) -> Vec<Value> {
    let got = reports::report(clients, roll_forward(table, "", ""), pb::ReportFormat::JsonLines).await;
    assert_eq!(got.summary.differences, 0);
    got.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn late_facts_stand_in_their_own_column(clients: &Clients, late: &BTreeMap<String, Late>) {
    let points = rows(clients, pb::RollForwardTable::Points).await;
    let (mut before, mut paid_out) = (0, 0);
    for row in &points {
        let number = |column: &str| row[column].as_i64().unwrap();
        let month = row["month"].as_str().unwrap();
        assert_eq!(number("opening"), before, "{month}");
        let lines =
            ["earned", "taken_back", "adjusted", "redeemed", "refunded", "expired", "made_good", "merged", "paid_out"];
        assert_eq!(number("opening") + lines.map(number).iter().sum::<i64>(), number("closing"), "{month}");
        let open = ["pending", "available", "held", "reserved"].map(number).iter().sum::<i64>();
        assert_eq!((number("closing"), number("difference"), number("merged")), (open, 0, 0), "{month}");
        if let Some((earned, taken_back)) = late.get(month) {
            assert_eq!((number("earned_earlier"), number("taken_back_earlier")), (*earned, -*taken_back), "{month}");
        }
        before = number("closing");
        paid_out += number("paid_out");
    }
    assert!(paid_out < 0, "points were paid out");
    let kinds = rows(clients, pb::RollForwardTable::Kinds).await;
    let of_kinds = |column: &str| kinds.iter().map(|row| row[column].as_i64().unwrap()).sum::<i64>();
    let of_months = |column: &str| points.iter().map(|row| row[column].as_i64().unwrap()).sum::<i64>();
    for column in ["earned", "earned_earlier", "taken_back", "taken_back_earlier", "adjusted"] {
        assert_eq!(of_kinds(column), of_months(column), "{column}: kinds sum to months");
    }
    let cohorts = rows(clients, pb::RollForwardTable::Cohorts).await;
    let open: i64 = cohorts.iter().map(|row| row["closing"].as_i64().unwrap()).sum();
    assert_eq!(open, before, "cohorts sum to what is open");
    assert!(cohorts.len() > 1, "{cohorts:?}");
}

async fn money_rolls_forward(clients: &Clients) {
    let money = rows(clients, pb::RollForwardTable::Money).await;
    let sum = |column: &str| -> i64 { money.iter().map(|row| pence(&row[column])).sum() };
    assert!(sum("granted") > 0 && sum("settled") < 0 && sum("came_back") > 0 && sum("donated") < 0, "{money:?}");
    assert!(money.iter().all(|row| pence(&row["difference"]) == 0));
    let register = reports::report(clients, register(), pb::ReportFormat::JsonLines).await;
    let lots: Vec<Value> = register.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let open = ["due", "carried", "withheld", "drawn", "sent"];
    let is_open = |lot: &&Value| open.contains(&lot["place"].as_str().unwrap());
    let of_lots: i64 = lots.iter().filter(is_open).map(|lot| pence(&lot["amount"])).sum();
    assert_eq!(of_lots, pence(&money.last().unwrap()["closing"]), "what is open is the sum of open lots");
}

fn register() -> pb::export_report_request::Report {
    pb::export_report_request::Report::Register(pb::RegisterReport {})
}

fn pence(amount: &Value) -> i64 {
    let text = amount.as_str().unwrap();
    text.replace('.', "").parse().unwrap()
}
