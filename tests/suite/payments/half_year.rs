//! Two half-years of ten thousand members, paid by three methods, with payments that fail and that come back late.

use std::collections::BTreeMap;
use std::sync::Arc;

use goodturn::domain::state::record::{Record, RecordKey};
use goodturn::domain::value::bucket::Bucket;
use goodturn::log::Log;
use goodturn::pb;
use goodturn::pb::FileFormat;
use goodturn::pb::PaymentOutcome as O;
use goodturn::pb::PayoutMethod::{Cash, Credit};

use crate::support::clients::{Clients, pounds};
use crate::support::half_years::{MEMBERS, choose_all, earn, name, paid};
use crate::support::money::{choice, choose_until, choosing, closed, minor};
use crate::support::payments::{payments, paypal, reconciled, released, report, reported, set_payees, uk_bank};
use crate::support::payouts::day;
use crate::support::sample::program;
use crate::support::served::Served;
use crate::support::stores::on_file;

/// Of each method this many fail, and of all this many come back late.
const FAILURES: usize = 100;
const LATE: usize = 50;

/// Four of ten want credit, three are paid by PayPal, and three by a bank.
fn format_of(n: usize) -> FileFormat {
    match n % 10 {
        0..=3 => FileFormat::CreditCsv,
        4..=6 => FileFormat::PaypalCsv,
        _ => FileFormat::UkBankCsv,
    }
}

/// Where a member's money goes; another place each half-year.
fn payee(n: usize, half: usize) -> pb::Payee {
    match format_of(n) {
        FileFormat::PaypalCsv => paypal(&format!("m{n}.{half}@example.org")),
        _ => uk_bank(&format!("Member {n}"), &format!("{:08}", 10_000_000 * half + n)),
    }
}

async fn set(clients: &Clients, members: impl Iterator<Item = usize>, half: usize) {
    let all: Vec<(String, pb::Payee)> = members.map(|n| (name(n), payee(n, half))).collect();
    for some in all.chunks(1_000) {
        let payees = some.iter().map(|(name, payee)| (name.as_str(), payee.clone())).collect();
        assert!(set_payees(clients, payees).await.iter().all(Result::is_ok));
    }
}

/// The money of all members in each bucket, lot by lot.
async fn money(log: &dyn Log) -> BTreeMap<&'static str, i64> {
    let (mut sums, mut after) = (BTreeMap::new(), None);
    loop {
        let page = log.records(&program(), RecordKey::LOTS, after.as_ref(), 1_000).await.unwrap();
        let Some(last) = page.last() else { return sums };
        after = Some(last.key.clone());
        for stored in page {
            let Record::Lots(lots) = stored.record else { panic!("{:?} holds no lots", stored.key) };
            for lot in lots.rows {
                *sums.entry(lot.bucket.name()).or_default() += lot.minor;
                let is_in_payment = matches!(lot.bucket, Bucket::Drawn | Bucket::Sent | Bucket::Settled);
                assert_eq!(lot.payment.is_some(), is_in_payment, "{lot:?}");
            }
        }
    }
}

fn of<const N: usize>(sums: [(&'static str, i64); N]) -> BTreeMap<&'static str, i64> {
    sums.into_iter().filter(|(_, minor)| *minor != 0).collect()
}

/// Reports payments of a batch, a thousand at a time.
async fn all_reported(clients: &Clients, id: &str, reports: Vec<pb::PaymentReport>) {
    for some in reports.chunks(1_000) {
        let answers = reported(clients, id, some.to_vec()).await;
        assert!(answers.iter().all(|answer| *answer == Ok(true)), "{answers:?}");
    }
}

fn total(payments: impl Iterator<Item = pb::Payment>) -> i64 {
    payments.map(|payment| minor(payment.amount.as_ref())).sum()
}

const FORMATS: [(FileFormat, &str); 3] =
    [(FileFormat::CreditCsv, "credit"), (FileFormat::PaypalCsv, "paypal"), (FileFormat::UkBankCsv, "bank")];

/// Releases a batch of each method. Returns the payments of each, and how many rows its files have.
async fn released_each(clients: &Clients, half: usize) -> Vec<(String, Vec<pb::Payment>)> {
    let mut batches = Vec::new();
    for (format, named) in FORMATS {
        let id = format!("{named}-{half}");
        let files = released(clients, &id, format).await;
        let csv: Vec<_> =
            files.iter().filter(|(name, _)| !name.ends_with(".totals.json")).map(|(_, file)| file).collect();
        let rows: usize = csv.iter().map(|file| file.split(|byte| *byte == b'\n').count() - 1).sum();
        let heads = if format == FileFormat::PaypalCsv { 0 } else { csv.len() };
        let of: Vec<pb::Payment> = payments(clients, &id).await.into_values().collect();
        assert_eq!(rows - heads, of.len(), "a row for each payment");
        batches.push((id, of));
    }
    batches
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_half_years_are_paid_and_every_penny_is_in_one_state_at_every_step() {
    // INV 79, 80, 83
    on_file(two_half_years).await;
}

async fn two_half_years(log: Arc<dyn Log>) {
    let served = Served::on(Arc::clone(&log), "2018-12-08T09:00:00Z").await;
    let clients = &served.clients;
    earn(clients, 1, 0..MEMBERS, "2018-06-01T12:00:00Z").await;
    let terms = pb::ChoiceTerms { minimum_cash: None, ..choose_until("2018-12-12T23:59:59Z") };
    let how = |n| choice(if format_of(n) == FileFormat::CreditCsv { Credit } else { Cash }, "");
    let first = 190_000_000;
    paid(clients, "h1", day(2018, 11, 30), first, terms.clone()).await;
    choose_all(clients, (0..MEMBERS).map(|n| choosing(&name(n), "c1", Some(how(n)))).collect()).await;
    served.clock.set("2018-12-13T00:00:00Z");
    closed(clients, "h1").await;
    assert_eq!(money(&*log).await, of([("due", first)]));
    set(clients, (0..MEMBERS).filter(|n| format_of(*n) != FileFormat::CreditCsv), 1).await;
    let batches = released_each(clients, 1).await;
    assert_eq!(money(&*log).await, of([("sent", first)]));

    // Of each method the first hundred fail, and everything else is paid; then fifty come back, each less a pound.
    let mut back = 0;
    for (id, of_batch) in &batches {
        let failed = |payment: &pb::Payment| pb::PaymentReport {
            fault: pb::Fault::AccountClosed.into(),
            code: "AC04".into(),
            ..report(payment, O::Failed)
        };
        let (bad, good) = of_batch.split_at(FAILURES);
        back += total(bad.iter().cloned());
        let reports = bad.iter().map(failed).chain(good.iter().map(|payment| report(payment, O::Paid))).collect();
        all_reported(clients, id, reports).await;
    }
    assert_eq!(money(&*log).await, of([("due", back), ("settled", first - back)]));
    served.clock.set("2019-01-10T09:00:00Z");
    let (bank, of_bank) = &batches[2];
    let late: Vec<pb::Payment> = of_bank.iter().rev().take(LATE).cloned().collect();
    let returned = |payment: &pb::Payment| pb::PaymentReport {
        fee: Some(pounds(100)),
        amount: Some(pounds(minor(payment.amount.as_ref()) - 100)),
        fault: pb::Fault::Refused.into(),
        ..report(payment, O::Returned)
    };
    all_reported(clients, bank, late.iter().map(returned).collect()).await;
    back += total(late.into_iter());
    assert_eq!(money(&*log).await, of([("due", back), ("settled", first - back)]));
    for (id, of_batch) in &batches {
        let it = reconciled(clients, id).await;
        assert_eq!(it.sent.unwrap().payments, i64::try_from(of_batch.len()).unwrap());
        assert_eq!(it.open.unwrap().payments, 0);
    }
    let fees = pb::GetBatchRequest { name: format!("programs/qc/batches/{bank}") };
    let fees = clients.payments().get_batch(fees).await.unwrap().into_inner().fees;
    assert_eq!(minor(fees.as_ref()), 100 * i64::try_from(LATE).unwrap());

    // In the second half-year half of them earn. Whose account was closed gets another, or may be tried again.
    served.clock.set("2019-06-08T09:00:00Z");
    earn(clients, 2, (0..MEMBERS).step_by(2), "2019-01-15T12:00:00Z").await;
    let second = 110_000_000;
    let terms = pb::ChoiceTerms { deadline: choose_until("2019-06-12T23:59:59Z").deadline, ..terms };
    paid(clients, "h2", day(2019, 5, 31), second, terms).await;
    served.clock.set("2019-06-13T00:00:00Z");
    closed(clients, "h2").await;
    assert_eq!(money(&*log).await, of([("due", back + second), ("settled", first - back)]));
    set(clients, (0..MEMBERS).filter(|n| format_of(*n) != FileFormat::CreditCsv), 2).await;
    for payment in &batches[0].1[..FAILURES] {
        let request = pb::RetryPaymentRequest { name: payment.name.clone() };
        clients.by("anna").payments().retry_payment(request).await.unwrap();
    }
    let batches = released_each(clients, 2).await;
    assert_eq!(money(&*log).await, of([("sent", back + second), ("settled", first - back)]));
    for (id, of_batch) in &batches {
        all_reported(clients, id, of_batch.iter().map(|payment| report(payment, O::Paid)).collect()).await;
        reconciled(clients, id).await;
    }
    assert_eq!(money(&*log).await, of([("settled", first + second)]), "every penny has arrived");
    served.verified().await;
}
