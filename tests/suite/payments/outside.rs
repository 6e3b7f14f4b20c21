//! Files read by programs that are not ours: the schemas of ISO 20022, a checker in another language, and a bank.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use goodturn::ledger::clock::{Clock as _, SystemClock};
use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::pb::FileFormat;
use goodturn::pb::PayoutMethod::{Cash, Credit};
use tempfile::TempDir;

use crate::support::clients::{Clients, activity, first_rules, pounds, qc, record};
use crate::support::money::{choice, choose, list_paid, over_list};
use crate::support::payments::{approval, batch_name, exported, payments, paypal, reconciled, set_payees, uk_bank};
use crate::support::payouts::day;
use crate::support::process::{Ended, goodturn};
use crate::support::programs::with_tools;
use crate::support::served::Served;

const MEMBERS: usize = 12;

fn name(n: usize) -> String {
    format!("m{n:02}")
}

fn iban(holder: &str, iban: &str, bic: &str) -> pb::Payee {
    let address = pb::PostalAddress { town: "Fort William".into(), country_code: "GB".into(), ..Default::default() };
    pb::Payee {
        kind: pb::PayeeKind::Iban.into(),
        holder: holder.into(),
        iban: iban.into(),
        bic: bic.into(),
        address: (!bic.is_empty()).then_some(address),
        ..Default::default()
    }
}

/// Where the money of a member goes that is paid by files of a format.
fn payee(format: FileFormat, n: usize) -> pb::Payee {
    let bank = uk_bank(&format!("Member {n:02} O'Neil"), &format!("{:08}", 12_345_600 + n));
    match format {
        FileFormat::PaypalCsv => paypal(&format!("member.{n}@example.org")),
        FileFormat::Pain001 if n % 3 == 1 => iban("Ben (Nevis), Ltd", "GB33BUKB20201555555555", ""),
        FileFormat::Pain001 if n % 3 == 2 => iban("Cem+Co", "DE89370400440532013000", "COBADEFF"),
        _ => bank,
    }
}

/// Members with money due, from 10.01 on, whose money goes where files of a format pay.
async fn with_money(format: FileFormat) -> Served {
    let served = Served::empty(Arc::new(MemoryLog::default()), "2018-12-10T09:00:00Z").await;
    let clients = &served.clients;
    clients.programs().create_program(qc()).await.unwrap();
    clients.programs().publish_rule_set(first_rules()).await.unwrap();
    let names: Vec<String> = (0..MEMBERS).map(name).collect();
    for member in &names {
        let it = activity(&format!("k-{member}"), "kudos", member, "2018-04-01T12:00:00Z");
        clients.ledger().record_activity(record(it)).await.unwrap();
        let how = if format == FileFormat::CreditCsv { Credit } else { Cash };
        choose(clients, member, "c1", Some(choice(how, ""))).await;
    }
    let rows: Vec<(&str, i64)> = names.iter().zip(1_001..).map(|(name, pence)| (name.as_str(), pence)).collect();
    let total = rows.iter().map(|(_, pence)| pence).sum();
    list_paid(clients, over_list("h1", &rows), pounds(total), &rows).await;
    if format != FileFormat::CreditCsv {
        let payees = names.iter().enumerate().map(|(n, name)| (name.as_str(), payee(format, n))).collect();
        assert!(set_payees(clients, payees).await.iter().all(|set| *set == Ok(true)));
    }
    served
}

/// Draws up a batch, and has it approved.
async fn approved(clients: &Clients, format: FileFormat) {
    let is_pain = format == FileFormat::Pain001;
    let debtor = pb::Debtor {
        name: "Acme Ltd".into(),
        sort_code: "20-45-14".into(),
        account_number: "87654321".into(),
        ..Default::default()
    };
    let batch = pb::Batch {
        name: batch_name("b1"),
        format: format.into(),
        message: if matches!(format, FileFormat::CreditCsv | FileFormat::UkBankCsv) {
            String::new()
        } else {
            "Thank you".into()
        },
        pay_on: if is_pain { day(2018, 12, 12) } else { None },
        debtor: is_pain.then_some(debtor),
        ..Default::default()
    };
    let request = pb::CreateBatchRequest { batch: Some(batch) };
    let draft = clients.by("anna").payments().create_batch(request).await.unwrap().into_inner();
    clients.by("ben").payments().approve_batch(approval(&draft)).await.unwrap();
}

/// What two persons have signed, for the checker.
async fn expected(clients: &Clients, folder: &Path) {
    let mut rows = "payment,member,amount,currency,receiver,holder,sort_code,account_number,iban,bic\n".to_owned();
    let by_number: BTreeMap<i32, pb::Payment> =
        payments(clients, "b1").await.into_values().map(|payment| (payment.number, payment)).collect();
    for payment in by_number.values() {
        let amount = payment.amount.clone().unwrap();
        let to = payment.payee.clone().unwrap_or_default();
        rows += &format!(
            "{},{},{}.{:02},GBP,{},\"{}\",{},{},{},{}\n",
            payment.payment_id,
            payment.member_id,
            amount.units,
            amount.nanos / 10_000_000,
            to.receiver,
            to.holder,
            to.sort_code,
            to.account_number,
            to.iban,
            to.bic
        );
    }
    std::fs::write(folder.join("expected.csv"), rows).unwrap();
}

fn checked(folder: &Path, format: &str, file: &str) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/payments/check_files.py");
    with_tools(&mut Command::new("python3"))
        .arg(script)
        .args([format, "expected.csv", file])
        .current_dir(folder)
        .output()
        .unwrap()
}

/// Faults that nobody sees who only looks at a file: a unit, a character, a row twice.
fn planted(file: &str, payment: &pb::Payment) -> Vec<(&'static str, String)> {
    let amount = payment.amount.clone().unwrap();
    let paid = format!("{}.{:02}", amount.units, amount.nanos / 10_000_000);
    let more = format!("{}.{:02}", amount.units, amount.nanos / 10_000_000 + 1);
    let to = payment.payee.clone().unwrap_or_default();
    let place = [to.receiver, to.account_number, to.iban, payment.member_id.clone()];
    let place = place.into_iter().find(|text| !text.is_empty()).unwrap();
    let last = place.chars().last().unwrap();
    let other = format!("{}{}", &place[..place.len() - 1], if last == '9' { '8' } else { '9' });
    let row = match file.find("<CdtTrfTxInf>") {
        Some(from) => file[from..].split_inclusive("</CdtTrfTxInf>").next().unwrap(),
        None => file.lines().last().unwrap(),
    };
    let twice = if row.starts_with('<') { row.to_owned() + row } else { format!("{row}\n{row}") };
    let once = |from: &str, to: &str| file.replacen(from, to, 1);
    vec![("a unit", once(&paid, &more)), ("a character", once(&place, &other)), ("a row twice", once(row, &twice))]
}

#[tokio::test]
async fn another_program_finds_every_file_right_and_every_planted_fault() {
    // INV 83, 84
    let formats = [
        (FileFormat::CreditCsv, "credit", "b1.csv"),
        (FileFormat::PaypalCsv, "paypal", "b1-1.csv"),
        (FileFormat::UkBankCsv, "uk_bank", "b1.csv"),
        (FileFormat::Pain001, "pain001", "b1.xml"),
    ];
    for (format, named, file) in formats {
        let served = with_money(format).await;
        let clients = &served.clients;
        approved(clients, format).await;
        let files = exported(clients, "b1").await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        expected(clients, folder.path()).await;
        std::fs::write(folder.path().join(file), &files[file]).unwrap();
        let told = checked(folder.path(), named, file);
        assert!(told.status.success(), "{named}: {}", String::from_utf8_lossy(&told.stdout));
        let text = String::from_utf8(files[file].clone()).unwrap();
        let first = payments(clients, "b1").await[&name(0)].clone();
        for (fault, wrong) in planted(&text, &first) {
            assert_ne!(wrong, text, "{named}: {fault} is planted");
            std::fs::write(folder.path().join(file), wrong).unwrap();
            let told = checked(folder.path(), named, file);
            assert_eq!(told.status.code(), Some(1), "{named}: {fault} is found");
        }
    }
}

/// A bank that takes the file, and a person who reports what the bank answers.
struct Bank {
    served: Served,
    folder: TempDir,
    answers: Vec<String>,
}

impl Bank {
    /// Has the bank answer a batch by a plan.
    async fn answering(plan: impl Fn(&[String]) -> String) -> Self {
        let served = with_money(FileFormat::Pain001).await;
        let clients = &served.clients;
        approved(clients, FileFormat::Pain001).await;
        let files = exported(clients, "b1").await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let by_member = payments(clients, "b1").await;
        let ids: Vec<String> = by_member.values().map(|payment| payment.payment_id.clone()).collect();
        std::fs::write(folder.path().join("b1.xml"), &files["b1.xml"]).unwrap();
        std::fs::write(folder.path().join("plan.json"), plan(&ids)).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/payments/mock_bank.py");
        let mut python = Command::new("python3");
        let ran = with_tools(&mut python)
            .arg(script)
            .args(["b1.xml", "answers", "plan.json"])
            .current_dir(folder.path())
            .output();
        let ran = ran.unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let mut answers: Vec<String> = std::fs::read_dir(folder.path().join("answers"))
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        answers.sort();
        // The bank dates its answers by the day on which it runs.
        served.clock.set(&SystemClock.now().to_rfc3339());
        Self { served, folder, answers }
    }

    /// Reports an answer of the bank's on the command line.
    fn report(&self, answer: &str) -> Ended {
        let (file, address) = (format!("answers/{answer}"), self.served.address.to_string());
        let words =
            ["payments", "results", "b1", &file, "--program", "qc", "--principal", "anna", "--server", &address];
        tokio::task::block_in_place(|| goodturn(self.folder.path(), &words))
    }

    /// Number of payments that have arrived, came back, and are open.
    async fn counted(&self) -> [i64; 3] {
        let it = reconciled(&self.served.clients, "b1").await;
        [it.settled, it.back, it.open].map(|total| total.unwrap().payments)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_bank_answers_is_known_payment_by_payment() {
    // INV 80
    let bank = Bank::answering(|ids| {
        format!(
            r#"{{"reject": {{"{}": "AC04", "{}": "RC01"}}, "return": {{"{}": "AC06", "{}": "AC01"}}, "duplicate": true}}"#,
            ids[0], ids[1], ids[2], ids[3]
        )
    })
    .await;
    assert_eq!(bank.answers.iter().filter(|name| name.contains("pain.002")).count(), 2, "{:?}", bank.answers);
    for answer in bank.answers.iter().chain(&bank.answers) {
        let told = bank.report(answer);
        assert_eq!(told.code, Some(0), "{answer}: {}{}", String::from_utf8_lossy(&told.stdout), told.stderr);
    }
    assert_eq!(bank.counted().await, [8, 4, 0], "each file was reported twice");
    let it = payments(&bank.served.clients, "b1").await;
    let faults: Vec<pb::Fault> = (0..4).map(|n| it[&name(n)].fault()).collect();
    let expected = [pb::Fault::AccountClosed, pb::Fault::AccountUnknown, pb::Fault::Refused, pb::Fault::AccountUnknown];
    assert_eq!(faults, expected);
    assert!(it[&name(5)].reference.starts_with("MB-PMT-"), "{:?}", it[&name(5)]);
    bank.served.verified().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_a_bank_refuses_brings_every_payment_back() {
    // INV 80
    let bank = Bank::answering(|_| r#"{"reject_file": true}"#.to_owned()).await;
    let told = bank.report(&bank.answers[0]).done();
    assert!(told.contains("12 results recorded"), "{told}");
    assert_eq!(bank.counted().await, [0, 12, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_bank_takes_for_a_duplicate_is_held_back() {
    // INV 80
    let bank = Bank::answering(|_| r#"{"duplicate": true}"#.to_owned()).await;
    let duplicate = bank.answers.iter().filter(|name| name.contains("pain.002")).nth(1).unwrap();
    let told = bank.report(duplicate);
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.code == Some(1) && text.contains("12 lines held back"), "{text}");
    assert_eq!(bank.counted().await, [0, 0, 12], "the first file may have been paid");
}
