//! The life of a batch: drawn, approved, released, reported, counted; cancelled only before it is released.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::pb::BatchState as B;
use goodturn::pb::FileFormat::CreditCsv;
use goodturn::pb::PaymentOutcome as O;
use goodturn::pb::PaymentState as P;
use goodturn::pb::PayoutMethod::{Cash, Credit};
use tonic::Code;

use crate::support::clients::{Clients, activity, first_rules, pounds, qc, record, record_all};
use crate::support::faulty::FaultyLog;
use crate::support::members::{ban_lifted, banned, reinstated, suspended};
use crate::support::money::{choice, choose, choose_until, closed, list_paid, minor, over_list};
use crate::support::payments::{
    approval, approved, asked, batch, batch_name, drafted, exported, payments, paypal, reconciled, released, report,
    reported, set_payees, uk_bank,
};
use crate::support::payouts::day;
use crate::support::reads::{balance, sentences};
use crate::support::refused::refused;
use crate::support::served::Served;

/// Due, drawn, sent, settled and withheld, in pence.
async fn money(clients: &Clients, member: &str) -> [i64; 5] {
    let it = balance(clients, member).await;
    [it.due, it.drawn, it.sent, it.settled, it.withheld].map(|money| minor(money.as_ref()))
}

/// Three members with credit due, ann of two payouts; dan with cash.
async fn with_credit() -> Served {
    let served = Served::at("2018-12-08T09:00:00Z").await;
    let clients = &served.clients;
    for member in ["ann", "bob", "cat", "dan"] {
        let it = activity(&format!("k-{member}"), "kudos", member, "2018-04-01T12:00:00Z");
        clients.ledger().record_activity(record(it)).await.unwrap();
        let how = if member == "dan" { Cash } else { Credit };
        choose(clients, member, "c1", Some(choice(how, ""))).await;
    }
    for (id, rows) in [("h1", &[("ann", 1), ("bob", 2), ("cat", 3), ("dan", 4)][..]), ("h2", &[("ann", 1)][..])] {
        let terms = choose_until("2018-12-12T23:59:59Z");
        let total: i64 = rows.iter().map(|(_, weight)| weight).sum();
        let asking = pb::Payout { choices: Some(terms), ..over_list(id, rows) };
        list_paid(clients, asking, pounds(1_000 * total), rows).await;
    }
    served.clock.set("2018-12-13T09:00:00Z");
    closed(clients, "h1").await;
    closed(clients, "h2").await;
    served
}

#[tokio::test]
async fn a_batch_pays_each_member_once_and_what_comes_back_is_paid_by_the_next() {
    // INV 79, 80
    let served = with_credit().await;
    let clients = &served.clients;
    let draft = drafted(clients, "b1", CreditCsv).await.unwrap();
    assert_eq!((draft.state(), draft.drafted_by.as_str()), (B::Draft, "anna"));
    let drawn = draft.drawn.clone().unwrap();
    assert_eq!((drawn.payments, minor(drawn.amount.as_ref())), (3, 7_000), "dan wants cash");
    assert_eq!(money(clients, "ann").await, [0, 2_000, 0, 0, 0], "both lots in one payment");
    assert_eq!(money(clients, "dan").await, [4_000, 0, 0, 0, 0]);
    assert_eq!(drafted(clients, "b1", CreditCsv).await.unwrap(), draft, "the same again");
    let told = refused(clients, clients.by("anna").payments().create_batch(asked("b2", CreditCsv))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_NOTHING_TO_PAY");

    let mut anna = clients.by("anna").payments();
    let export = pb::ExportBatchRequest { name: batch_name("b1") };
    let told = refused(clients, anna.export_batch(export)).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    let told = refused(clients, clients.by("Anna").payments().approve_batch(approval(&draft))).await;
    told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    let other = pb::ApproveBatchRequest { content_digest: vec![7; 32], ..approval(&draft) };
    let told = refused(clients, clients.by("ben").payments().approve_batch(other)).await;
    told.because(Code::Aborted, "ERROR_REASON_CONTENT_CHANGED");
    let signed = clients.by("ben").payments().approve_batch(approval(&draft)).await.unwrap().into_inner();
    assert_eq!((signed.state(), signed.approved_by.as_str()), (B::Approved, "ben"));

    let of = payments(clients, "b1").await;
    let early = reported(clients, "b1", vec![report(&of["ann"], O::Paid)]).await;
    early[0].clone().unwrap_err().because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    let files = exported(clients, "b1").await.unwrap();
    let file = String::from_utf8(files["b1.csv"].clone()).unwrap();
    let row = |member: &str, amount: &str| format!("{id},{member},{amount},GBP,{id}\n", id = of[member].payment_id);
    let expected = format!(
        "payment,member,amount,currency,reference\n{}{}{}",
        row("ann", "20.00"),
        row("bob", "20.00"),
        row("cat", "30.00")
    );
    assert_eq!(file, expected);
    assert_eq!(exported(clients, "b1").await.unwrap(), files, "the same bytes again");
    assert_eq!(money(clients, "ann").await, [0, 0, 2_000, 0, 0]);
    let cancel = pb::CancelBatchRequest { name: batch_name("b1"), note: "too late".into() };
    let told = refused(clients, anna.cancel_batch(cancel)).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");

    let results = vec![
        report(&of["ann"], O::Paid),
        pb::PaymentReport { fault: pb::Fault::Refused.into(), ..report(&of["bob"], O::Failed) },
        report(&of["cat"], O::Accepted),
    ];
    assert_eq!(reported(clients, "b1", results.clone()).await, [Ok(true), Ok(true), Ok(false)]);
    assert_eq!(reported(clients, "b1", results).await, [Ok(false), Ok(false), Ok(false)], "the same file again");
    assert_eq!(money(clients, "ann").await, [0, 0, 0, 2_000, 0]);
    assert_eq!(money(clients, "bob").await, [2_000, 0, 0, 0, 0], "due again");
    let counted = reconciled(clients, "b1").await;
    let total = |total: Option<pb::PaymentTotal>| total.map(|it| (it.payments, minor(it.amount.as_ref()))).unwrap();
    assert_eq!(total(counted.sent), (3, 7_000));
    assert_eq!([counted.settled, counted.open, counted.back].map(total), [(1, 2_000), (1, 3_000), (1, 2_000)]);
    assert_eq!(exported(clients, "b1").await.unwrap(), files, "whatever came back");

    released(clients, "b2-again", CreditCsv).await;
    let next = payments(clients, "b2-again").await;
    assert_eq!(next.keys().collect::<Vec<_>>(), ["bob"]);
    assert_ne!(next["bob"].payment_id, of["bob"].payment_id, "a retry is a new payment");
    let history = sentences(clients, "bob").await;
    let told = |what: &str| history.iter().any(|sentence| sentence.contains(what));
    assert!(told("20.00 GBP from the payout h1 came back to us"), "{history:?}");
    served.verified().await;
}

#[tokio::test]
async fn what_is_cancelled_is_due_again_and_drawn_by_another_batch() {
    // INV 79
    let served = with_credit().await;
    let clients = &served.clients;
    approved(clients, "b1", CreditCsv).await;
    let cancel = pb::CancelBatchRequest { name: batch_name("b1"), note: "wrong day".into() };
    let mut ben = clients.by("ben").payments();
    let gone = ben.cancel_batch(cancel.clone()).await.unwrap().into_inner();
    assert_eq!(
        (gone.state(), gone.cancelled_by.as_str(), gone.cancel_note.as_str()),
        (B::Cancelled, "ben", "wrong day")
    );
    assert_eq!(ben.cancel_batch(cancel).await.unwrap().into_inner(), gone, "the same again");
    assert_eq!(money(clients, "ann").await, [2_000, 0, 0, 0, 0]);
    assert!(payments(clients, "b1").await.values().all(|payment| payment.state() == P::LeftOut));
    let export = pb::ExportBatchRequest { name: batch_name("b1") };
    let told = refused(clients, clients.by("anna").payments().export_batch(export)).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    let again = drafted(clients, "b2", CreditCsv).await.unwrap();
    assert_eq!(again.drawn, gone.drawn);
    reconciled(clients, "b1").await;
    served.verified().await;
}

#[tokio::test]
async fn whoever_is_shut_out_before_the_release_is_left_out_as_a_whole() {
    // INV 79, 83, 91
    let served = with_credit().await;
    let clients = &served.clients;
    approved(clients, "b1", CreditCsv).await;
    suspended(clients, "ann", "s1").await;
    banned(clients, "bob", "x1").await;
    assert_eq!(money(clients, "ann").await, [0, 0, 0, 0, 2_000]);
    let files = exported(clients, "b1").await.unwrap();
    assert_eq!(String::from_utf8(files["b1.csv"].clone()).unwrap().lines().count(), 2, "cat alone");
    let it = batch(clients, "b1").await;
    let total = |total: Option<pb::PaymentTotal>| total.map(|it| (it.payments, minor(it.amount.as_ref()))).unwrap();
    assert_eq!([it.drawn, it.sent, it.left_out].map(total), [(3, 7_000), (1, 3_000), (2, 4_000)]);
    reinstated(clients, "ann", "s1").await;
    ban_lifted(clients, "bob", "l1").await;
    assert_eq!(money(clients, "ann").await, [2_000, 0, 0, 0, 0], "due again, and in no payment");
    let next = drafted(clients, "b2", CreditCsv).await.unwrap();
    assert_eq!(total(next.drawn), (2, 4_000));
    suspended(clients, "ann", "s2").await;
    reinstated(clients, "ann", "s2").await;
    assert_eq!(money(clients, "ann").await, [0, 2_000, 0, 0, 0], "drawn as it was");
    reconciled(clients, "b1").await;
    served.verified().await;
}

fn of_pain(id: &str, day_of_payment: Option<goodturn::google::r#type::Date>) -> pb::CreateBatchRequest {
    let (name, account_number) = ("Acme Ltd".into(), "87654321".into());
    let debtor = pb::Debtor { name, sort_code: "204514".into(), account_number, ..Default::default() };
    let format = pb::FileFormat::Pain001.into();
    let terms =
        pb::Batch { name: batch_name(id), format, pay_on: day_of_payment, debtor: Some(debtor), ..Default::default() };
    pb::CreateBatchRequest { batch: Some(terms) }
}

#[tokio::test]
async fn a_day_of_payment_that_has_passed_is_neither_signed_nor_sent() {
    // INV 91
    let served = with_credit().await;
    let clients = &served.clients;
    set_payees(clients, vec![("dan", uk_bank("Dan Dare", "12345678"))]).await;
    let mut anna = clients.by("anna").payments();
    let told = refused(clients, anna.create_batch(of_pain("n1", day(2018, 12, 12)))).await;
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_PAY_DAY_PASSED"), [("day", "2018-12-12")]);
    let draft = anna.create_batch(of_pain("n1", day(2018, 12, 13))).await.unwrap().into_inner();
    served.clock.set("2018-12-14T00:00:00Z");
    let again = anna.create_batch(of_pain("n1", day(2018, 12, 13))).await.unwrap().into_inner();
    assert_eq!(again.name, draft.name, "what was recorded is told again on the day after");
    let told = refused(clients, clients.by("ben").payments().approve_batch(approval(&draft))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_PAY_DAY_PASSED");
    served.clock.set("2018-12-13T23:59:59Z");
    clients.by("ben").payments().approve_batch(approval(&draft)).await.unwrap();
    served.clock.set("2018-12-14T00:00:01Z");
    let export = pb::ExportBatchRequest { name: batch_name("n1") };
    let told = refused(clients, anna.export_batch(export)).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_PAY_DAY_PASSED");
    assert_eq!(batch(clients, "n1").await.state(), B::Approved, "nothing is released");
    served.verified().await;
}

#[tokio::test]
async fn where_everything_is_left_out_there_is_no_file_but_the_totals() {
    // INV 83, 91
    let served = with_credit().await;
    let clients = &served.clients;
    set_payees(clients, vec![("dan", uk_bank("Dan Dare", "12345678"))]).await;
    let draft =
        clients.by("anna").payments().create_batch(of_pain("n1", day(2018, 12, 20))).await.unwrap().into_inner();
    clients.by("ben").payments().approve_batch(approval(&draft)).await.unwrap();
    approved(clients, "b1", CreditCsv).await;
    for member in ["ann", "bob", "cat", "dan"] {
        suspended(clients, member, &format!("s-{member}")).await;
    }
    for id in ["n1", "b1"] {
        let files = exported(clients, id).await.unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), [&format!("{id}.totals.json")]);
        assert_eq!(batch(clients, id).await.state(), B::Released);
        reconciled(clients, id).await;
    }
    served.verified().await;
}

#[tokio::test]
async fn a_message_that_a_file_cannot_carry_is_told_before_anything_is_signed() {
    // INV 83
    let served = with_credit().await;
    let clients = &served.clients;
    for (format, message) in
        [(CreditCsv, "Thank you"), (pb::FileFormat::UkBankCsv, "Thank you"), (pb::FileFormat::PaypalCsv, "a  b")]
    {
        let mut request = asked("m1", format);
        request.batch.as_mut().unwrap().message = message.into();
        refused(clients, clients.by("anna").payments().create_batch(request)).await.breaks(&["message"]);
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_told_before_anybody_signs_it() {
    // INV 83, 91
    let served = Served::empty(Arc::new(MemoryLog::default()), "2018-12-08T09:00:00Z").await;
    let clients = &served.clients;
    let forint = |units, nanos| goodturn::google::r#type::Money { currency_code: "HUF".into(), units, nanos };
    let mut program = qc();
    program.program.as_mut().unwrap().currency_code = "HUF".into();
    clients.programs().create_program(program).await.unwrap();
    clients.programs().publish_rule_set(first_rules()).await.unwrap();
    let it = activity("k1", "kudos", "ann", "2018-04-01T12:00:00Z");
    clients.ledger().record_activity(record(it)).await.unwrap();
    let rows = [("ann", 1)];
    list_paid(clients, over_list("h1", &rows), forint(10, 500_000_000), &rows).await;
    set_payees(clients, vec![("ann", paypal("ann@example.org"))]).await;
    let draft = drafted(clients, "p1", pb::FileFormat::PaypalCsv).await.unwrap();
    let told = refused(clients, clients.by("ben").payments().approve_batch(approval(&draft))).await;
    let id = payments(clients, "p1").await["ann"].payment_id.clone();
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_UNWRITABLE"), [("payment", id.as_str())]);
    assert_eq!(batch(clients, "p1").await.state(), B::Draft);
    served.verified().await;
}

/// A server that knows nothing reads what a step needs at once, and not payment by payment: others' writes wait meanwhile.
#[tokio::test]
async fn a_cancellation_by_a_server_that_has_just_started_reads_step_by_step() {
    // INV 70
    let log = FaultyLog::on(Arc::new(MemoryLog::default()));
    let served = Served::on(log.clone(), "2018-12-08T09:00:00Z").await;
    let clients = &served.clients;
    let ids: Vec<String> = (0..200).map(|n| format!("m{n:03}")).collect();
    let all = ids.iter().map(|id| activity(&format!("k-{id}"), "kudos", id, "2018-04-01T12:00:00Z")).collect();
    record_all(clients, all).await;
    let rows: Vec<(&str, i64)> = ids.iter().map(|id| (id.as_str(), 1)).collect();
    list_paid(clients, over_list("h1", &rows), pounds(100_000), &rows).await;
    for (id, is_released) in [("b1", false), ("b2", true)] {
        approved(clients, id, CreditCsv).await;
        let started = Served::empty(log.clone(), "2018-12-08T09:00:00Z").await;
        let before = log.loads.load(Ordering::SeqCst);
        let state = if is_released {
            assert!(!exported(&started.clients, id).await.unwrap().is_empty());
            B::Released
        } else {
            let cancel = pb::CancelBatchRequest { name: batch_name(id), note: "too early".into() };
            started.clients.by("ben").payments().cancel_batch(cancel).await.unwrap();
            B::Cancelled
        };
        assert_eq!(batch(&started.clients, id).await.state(), state);
        let loads = log.loads.load(Ordering::SeqCst) - before;
        assert!(loads < 50, "{loads} loads for 200 payments of {id}");
    }
    served.verified().await;
}
