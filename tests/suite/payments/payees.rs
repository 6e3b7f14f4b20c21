//! Where members' money goes: checked, encrypted, bound to what two persons sign.

use std::sync::Arc;

use goodturn::domain::value::seq::Seq;
use goodturn::grpc::Api;
use goodturn::grpc::server::serve;
use goodturn::log::memory::MemoryLog;
use goodturn::log::{Log, Purpose};
use goodturn::payees::seal::PayeeKeys;
use goodturn::pb;
use goodturn::pb::DueState as D;
use goodturn::pb::FileFormat::{PaypalCsv, UkBankCsv};
use goodturn::pb::PaymentOutcome as O;
use goodturn::pb::PayoutMethod::Cash;
use goodturn::process::sweeper::sweep;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use tokio::net::TcpListener;
use tonic::Code;

use crate::support::clients::{Clients, activity, database, pounds, record};
use crate::support::money::{choice, choose, choose_until, closed, list_paid, minor, over_list};
use crate::support::payments::{
    approval, approved, batch, batch_name, drafted, exported, payments, paypal, released, report, reported, set_payees,
    uk_bank,
};
use crate::support::refused::refused;
use crate::support::sample::program;
use crate::support::served::Served;
use crate::support::stores::{on_file, on_postgres};

/// Members with cash due: 10 pounds and more.
async fn with_cash(log: Arc<dyn Log>, members: &[&str]) -> Served {
    let served = Served::on(log, "2018-12-08T09:00:00Z").await;
    let clients = &served.clients;
    for member in members {
        let it = activity(&format!("k-{member}"), "kudos", member, "2018-04-01T12:00:00Z");
        clients.ledger().record_activity(record(it)).await.unwrap();
        choose(clients, member, "c1", Some(choice(Cash, ""))).await;
    }
    let rows: Vec<(&str, i64)> = members.iter().zip(1..).map(|(member, weight)| (*member, weight)).collect();
    let total: i64 = rows.iter().map(|(_, weight)| weight).sum();
    let asking = pb::Payout { choices: Some(choose_until("2018-12-12T23:59:59Z")), ..over_list("h1", &rows) };
    list_paid(clients, asking, pounds(1_000 * total), &rows).await;
    served.clock.set("2018-12-13T09:00:00Z");
    closed(clients, "h1").await;
    served
}

async fn due(clients: &Clients, format: pb::FileFormat) -> Vec<(String, i64, D)> {
    let request =
        pb::ListDuePaymentsRequest { parent: "programs/qc".into(), format: format.into(), ..Default::default() };
    let found = clients.payments().list_due_payments(request).await.unwrap().into_inner().payments;
    found.iter().map(|it| (it.member_id.clone(), minor(it.amount.as_ref()), it.state())).collect()
}

#[tokio::test]
async fn each_file_pays_whose_money_goes_there_and_nobody_else() {
    // INV 83, 91
    let served = with_cash(Arc::new(MemoryLog::default()), &["ann", "bob", "cat"]).await;
    let clients = &served.clients;
    let of = |member: &str, pounds: i64, state| (member.to_owned(), pounds * 100, state);
    let none = [of("ann", 10, D::NoPayee), of("bob", 20, D::NoPayee), of("cat", 30, D::NoPayee)];
    assert_eq!(due(clients, PaypalCsv).await, none);
    let told = refused(clients, async { drafted(clients, "p1", PaypalCsv).await.map(tonic::Response::new) }).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_NOTHING_TO_PAY");

    let wrong = pb::Payee { sort_code: "12345".into(), iban: "GB1".into(), ..uk_bank("Bob", "1234") };
    let elsewhere = pb::Payee { kind: 9, ..Default::default() };
    let set = set_payees(
        clients,
        vec![
            ("ann", paypal("ann@example.org")),
            ("bob", wrong),
            ("nobody", paypal("n@example.org")),
            ("cat", elsewhere),
        ],
    );
    let set = set.await;
    assert_eq!(set[0], Ok(true));
    set[1].clone().unwrap_err().breaks(&["payee.iban", "payee.sort_code", "payee.account_number"]);
    set[2].clone().unwrap_err().because(Code::NotFound, "ERROR_REASON_NOT_FOUND");
    set[3].clone().unwrap_err().breaks(&["payee.kind"]);
    let bank = uk_bank("Bob's & Co", "12345678");
    let refused_name = set_payees(clients, vec![("bob", bank)]).await;
    refused_name[0].clone().unwrap_err().breaks(&["payee.holder"]);
    assert_eq!(set_payees(clients, vec![("bob", uk_bank("Bob Stone", "12345678"))]).await, [Ok(true)]);
    assert_eq!(set_payees(clients, vec![("bob", uk_bank("Bob Stone", "1234 5678"))]).await, [Ok(false)], "the same");
    let now = [of("ann", 10, D::Payable), of("bob", 20, D::OtherPayee), of("cat", 30, D::NoPayee)];
    assert_eq!(due(clients, PaypalCsv).await, now);

    let files = released(clients, "p1", PaypalCsv).await;
    let id = payments(clients, "p1").await["ann"].payment_id.clone();
    let file = String::from_utf8(files["p1-1.csv"].clone()).unwrap();
    assert_eq!(file, format!("ann@example.org,10.00,GBP,{id},,PAYPAL\n"));
    let files = released(clients, "u1", UkBankCsv).await;
    let id = payments(clients, "u1").await["bob"].payment_id.clone();
    let head = "sort_code,account_number,name,reference,amount\n";
    let file = String::from_utf8(files["u1.csv"].clone()).unwrap();
    assert_eq!(file, format!("{head}204514,12345678,Bob Stone,{id},20.00\n"));
    assert_eq!(due(clients, PaypalCsv).await, [of("cat", 30, D::NoPayee)], "what is left out is what is due");
    served.verified().await;
}

#[tokio::test]
async fn what_was_signed_is_paid_there_or_nowhere() {
    // INV 91
    let served = with_cash(Arc::new(MemoryLog::default()), &["ann", "bob"]).await;
    let clients = &served.clients;
    set_payees(clients, vec![("ann", paypal("ann@example.org")), ("bob", paypal("bob@example.org"))]).await;
    let draft = drafted(clients, "p1", PaypalCsv).await.unwrap();
    set_payees(clients, vec![("ann", paypal("mallory@example.org"))]).await;
    assert!(payments(clients, "p1").await["ann"].payee_changed);
    let mut ben = clients.by("ben").payments();
    let told = refused(clients, ben.approve_batch(approval(&draft))).await;
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_PAYEES_CHANGED"), [("payments", "1")]);
    set_payees(clients, vec![("ann", paypal("ann@example.org"))]).await;
    assert_eq!(batch(clients, "p1").await.changed_payees, 0, "as it was drawn");
    ben.approve_batch(approval(&draft)).await.unwrap();

    set_payees(clients, vec![("bob", paypal("mallory@example.org"))]).await;
    let export = pb::ExportBatchRequest { name: batch_name("p1") };
    let told = refused(clients, clients.by("anna").payments().export_batch(export)).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_PAYEES_CHANGED");
    let remove = pb::RemovePayeeRequest { name: "programs/qc/members/ann".into() };
    clients.by("anna").payments().remove_payee(remove.clone()).await.unwrap();
    assert_eq!(batch(clients, "p1").await.changed_payees, 2);
    clients.by("anna").payments().remove_payee(remove).await.unwrap();
    let cancel = pb::CancelBatchRequest { name: batch_name("p1"), note: "other destinations".into() };
    ben.cancel_batch(cancel).await.unwrap();

    set_payees(clients, vec![("ann", paypal("ann@example.org")), ("bob", paypal("bob@example.org"))]).await;
    let files = released(clients, "p2", PaypalCsv).await;
    set_payees(clients, vec![("ann", paypal("ann2@example.org"))]).await;
    assert_eq!(exported(clients, "p2").await.unwrap(), files, "what was sent was sent there");
    served.verified().await;
}

#[tokio::test]
async fn a_destination_that_failed_is_not_drawn_before_another_or_a_retry() {
    // INV 80
    let served = with_cash(Arc::new(MemoryLog::default()), &["ann", "bob"]).await;
    let clients = &served.clients;
    set_payees(clients, vec![("ann", paypal("ann@example.org")), ("bob", paypal("bob@example.org"))]).await;
    released(clients, "p1", PaypalCsv).await;
    let of = payments(clients, "p1").await;
    let closed = |member: &str| pb::PaymentReport {
        fault: pb::Fault::AccountClosed.into(),
        code: "AC04".into(),
        ..report(&of[member], O::Failed)
    };
    assert_eq!(reported(clients, "p1", vec![closed("ann"), closed("bob")]).await, [Ok(true), Ok(true)]);
    let sentence = of_now(clients, &of["ann"]).await.sentence;
    let expected = "Nothing more is sent before the member gives another destination, or a retry is allowed.";
    assert!(sentence.ends_with(expected), "{sentence}");
    let states: Vec<D> = due(clients, PaypalCsv).await.into_iter().map(|(.., state)| state).collect();
    assert_eq!(states, [D::Refused, D::Refused]);
    let told = refused(clients, async { drafted(clients, "p2", PaypalCsv).await.map(tonic::Response::new) }).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_NOTHING_TO_PAY");
    set_payees(clients, vec![("ann", paypal("ann2@example.org"))]).await;
    let retry = pb::RetryPaymentRequest { name: of["bob"].name.clone() };
    clients.by("anna").payments().retry_payment(retry.clone()).await.unwrap();
    clients.by("anna").payments().retry_payment(retry).await.unwrap();
    let wrong = pb::RetryPaymentRequest { name: of["ann"].name.clone() };
    let told = refused(clients, clients.by("anna").payments().retry_payment(wrong)).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    let draft = drafted(clients, "p2", PaypalCsv).await.unwrap();
    assert_eq!(draft.drawn.unwrap().payments, 2);
    let next = payments(clients, "p2").await;
    assert_eq!([&next["ann"], &next["bob"]].map(|it| it.new_destination), [true, false]);
    let sentence = &of_now(clients, &of["ann"]).await.sentence;
    assert_eq!(
        sentence,
        "10.00 GBP came back on 13 December 2018: the account is closed. It became due again; a later batch pays it."
    );
    served.verified().await;
}

/// What comes late of a destination that was given up says nothing of the one in its place.
#[tokio::test]
async fn late_news_of_an_earlier_destination_does_not_open_the_present_one() {
    // INV 80
    let served = with_cash(Arc::new(MemoryLog::default()), &["ann"]).await;
    let clients = &served.clients;
    let closed = |payment: &pb::Payment, outcome| pb::PaymentReport {
        fault: pb::Fault::AccountClosed.into(),
        ..report(payment, outcome)
    };
    set_payees(clients, vec![("ann", paypal("old@example.org"))]).await;
    released(clients, "p1", PaypalCsv).await;
    let first = payments(clients, "p1").await["ann"].clone();
    assert_eq!(reported(clients, "p1", vec![report(&first, O::Paid)]).await, [Ok(true)]);
    let rows = [("ann", 1)];
    list_paid(clients, over_list("h2", &rows), pounds(500), &rows).await;
    set_payees(clients, vec![("ann", paypal("new@example.org"))]).await;
    released(clients, "p2", PaypalCsv).await;
    let second = payments(clients, "p2").await["ann"].clone();
    assert_eq!(reported(clients, "p2", vec![closed(&second, O::Failed)]).await, [Ok(true)]);
    assert_eq!(reported(clients, "p1", vec![closed(&first, O::Returned)]).await, [Ok(true)]);
    let states: Vec<D> = due(clients, PaypalCsv).await.into_iter().map(|(.., state)| state).collect();
    assert_eq!(states, [D::Refused], "the new one is closed, whatever is heard of the old one");
    set_payees(clients, vec![("ann", paypal("third@example.org"))]).await;
    assert_eq!(drafted(clients, "p3", PaypalCsv).await.unwrap().drawn.unwrap().payments, 1);
    served.verified().await;
}

async fn of_now(clients: &Clients, payment: &pb::Payment) -> pb::Payment {
    let request = pb::GetPaymentRequest { name: payment.name.clone() };
    clients.payments().get_payment(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn no_destination_can_be_read_without_its_key() {
    // INV 64, 91
    let log: Arc<dyn Log> = Arc::new(MemoryLog::default());
    let served = with_cash(Arc::clone(&log), &["ann"]).await;
    let clients = &served.clients;
    set_payees(clients, vec![("ann", paypal("ann@example.org"))]).await;
    approved(clients, "p1", PaypalCsv).await;
    let head = log.open(&program()).await.unwrap().unwrap().head.seq;
    let (mut notes, zero) = (log.notes(&program(), Seq::ZERO, head).await.unwrap(), 0);
    notes.retain(|(_, note)| note.text.windows(3).any(|part| part == b"ann"));
    assert_eq!(notes.len(), zero, "nothing beside the log names it");
    for entry in log.entries(&program(), Seq::ZERO, 10_000).await.unwrap() {
        assert!(!format!("{entry:?}").contains("example.org"), "nor does the log");
    }

    let other = Arc::new(PayeeKeys::parse(&"77".repeat(32)).unwrap());
    for (keys, reason) in [(None, "ERROR_REASON_NO_PAYEE_KEY"), (Some(other), "ERROR_REASON_PAYEE_GONE")] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let api = Api::new(Arc::clone(&served.ledger));
        let api = match keys {
            Some(keys) => api.with_payee_keys(keys),
            None => api,
        };
        tokio::spawn(serve(api, listener, None, std::future::pending()));
        let without = Clients::connect(address).await;
        let export = pb::ExportBatchRequest { name: batch_name("p1") };
        let told = refused(&without, without.by("anna").payments().export_batch(export)).await;
        told.because(Code::FailedPrecondition, reason);
        assert_eq!(payments(&without, "p1").await["ann"].payee, None);
    }
    let set = pb::BatchSetPayeesRequest { parent: "programs/qc".into(), requests: Vec::new() };
    assert!(clients.by("anna").payments().batch_set_payees(set).await.unwrap().into_inner().results.is_empty());
    assert_eq!(exported(clients, "p1").await.unwrap().len(), 2, "nothing was released by those");
}

/// Whoever can write to the database, without the key, cannot send money to where it went before.
#[tokio::test]
async fn an_earlier_destination_put_back_beside_the_log_is_not_paid() {
    // INV 91
    let folder = tempfile::tempdir().unwrap();
    let url = database(&folder);
    let served = with_cash(goodturn::log::open(&url, Purpose::Record).await.unwrap(), &["ann"]).await;
    let clients = &served.clients;
    set_payees(clients, vec![("ann", paypal("old@example.org"))]).await;
    set_payees(clients, vec![("ann", paypal("new@example.org"))]).await;
    approved(clients, "p1", PaypalCsv).await;
    let mut intruder = url.parse::<SqliteConnectOptions>().unwrap().connect().await.unwrap();
    let sealed = "length(text) > 40 and hex(substr(text, 1, 1)) = '01'";
    let swap = format!(
        "update note set text = (select text from note where {sealed} order by seq limit 1) \
         where seq = (select max(seq) from note where {sealed})"
    );
    assert_eq!(sqlx::query(AssertSqlSafe(swap)).execute(&mut intruder).await.unwrap().rows_affected(), 1);
    let export = pb::ExportBatchRequest { name: batch_name("p1") };
    let told = refused(clients, clients.by("anna").payments().export_batch(export)).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_PAYEE_GONE");
    assert_eq!(payments(clients, "p1").await["ann"].payee, None, "and nobody approves it by its sight");
}

/// 90 days after a destination was set or used, nothing of it is left; while money is on its way to it, it stays.
async fn removed_after_90_days(log: Arc<dyn Log>) {
    let served = with_cash(Arc::clone(&log), &["ann", "bob"]).await;
    let clients = &served.clients;
    set_payees(clients, vec![("ann", paypal("ann@example.org")), ("bob", paypal("bob@example.org"))]).await;
    set_payees(clients, vec![("ann", paypal("ann2@example.org"))]).await;
    let files = released(clients, "p1", PaypalCsv).await;
    let of = payments(clients, "p1").await;
    reported(clients, "p1", vec![report(&of["ann"], O::Paid)]).await;
    let state = served.ledger.program(&program()).await.unwrap().unwrap();
    let sealed = async || {
        let head = log.open(&program()).await.unwrap().unwrap().head.seq;
        let notes = log.notes(&program(), Seq::ZERO, head).await.unwrap();
        notes.iter().filter(|(_, note)| note.text.first() == Some(&1) && note.text.len() > 40).count()
    };
    let with_destinations = sealed().await;
    for (day, erased) in [("2019-03-13T08:59:59Z", 0), ("2019-03-13T09:00:01Z", 2)] {
        served.clock.set(day);
        sweep(&served.ledger, &state).await.unwrap();
        assert_eq!(with_destinations - sealed().await, erased, "{day}: both of ann's, and bob's payment is open");
    }
    let of = payments(clients, "p1").await;
    assert_eq!([of["ann"].payee.is_some(), of["bob"].payee.is_some()], [false, true]);
    let export = pb::ExportBatchRequest { name: batch_name("p1") };
    let mut stream = clients.by("anna").payments().export_batch(export).await.unwrap().into_inner();
    let told = refused(clients, async { stream.message().await.map(tonic::Response::new) }).await;
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_PAYEE_GONE"), [("member", "ann")]);
    assert!(!files.is_empty());
    reported(clients, "p1", vec![report(&of["bob"], O::Paid)]).await;
    served.clock.set("2019-06-11T09:00:02Z");
    sweep(&served.ledger, &state).await.unwrap();
    assert_eq!(with_destinations - sealed().await, 3, "nothing is left of them");
    served.verified().await;
}

#[tokio::test]
async fn a_destination_is_removed_after_90_days_in_memory() {
    // INV 64
    removed_after_90_days(Arc::new(MemoryLog::default())).await;
}

#[tokio::test]
async fn a_destination_is_removed_after_90_days_from_a_file() {
    // INV 64
    on_file(removed_after_90_days).await;
}

#[tokio::test]
async fn a_destination_is_removed_after_90_days_from_postgresql() {
    // INV 64
    on_postgres(removed_after_90_days).await;
}
