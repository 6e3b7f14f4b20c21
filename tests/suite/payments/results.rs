//! What became of payments: every kind of news, in every order in which it may come.

use goodturn::pb;
use goodturn::pb::FileFormat::CreditCsv;
use goodturn::pb::PaymentOutcome as O;
use goodturn::pb::PaymentState as P;
use goodturn::pb::PayoutMethod::Credit;
use tonic::Code;

use crate::support::clients::{Clients, activity, pounds, record};
use crate::support::members::{merged, reinstated, suspended};
use crate::support::money::{choice, choose, choose_until, closed, list_paid, minor, over_list};
use crate::support::payments::{batch, payments, reconciled, released, report, reported};
use crate::support::payouts::day;
use crate::support::reads::balance;
use crate::support::refused::Refused;
use crate::support::served::Served;

/// A released batch of payments, 10 pounds each.
async fn sent(members: &[&str]) -> Served {
    let served = Served::at("2018-12-08T09:00:00Z").await;
    let clients = &served.clients;
    for member in members {
        let it = activity(&format!("k-{member}"), "kudos", member, "2018-04-01T12:00:00Z");
        clients.ledger().record_activity(record(it)).await.unwrap();
        choose(clients, member, "c1", Some(choice(Credit, ""))).await;
    }
    let rows: Vec<(&str, i64)> = members.iter().map(|member| (*member, 1)).collect();
    let asking = pb::Payout { choices: Some(choose_until("2018-12-12T23:59:59Z")), ..over_list("h1", &rows) };
    list_paid(clients, asking, pounds(1_000 * i64::try_from(rows.len()).unwrap()), &rows).await;
    served.clock.set("2018-12-13T09:00:00Z");
    closed(clients, "h1").await;
    released(clients, "b1", CreditCsv).await;
    served
}

fn with_reference(report: pb::PaymentReport, reference: &str) -> pb::PaymentReport {
    pb::PaymentReport { reference: reference.into(), ..report }
}

async fn state(clients: &Clients, member: &str) -> P {
    payments(clients, "b1").await[member].state()
}

#[tokio::test]
async fn news_is_taken_in_the_order_in_which_it_can_happen() {
    // INV 80
    let served = sent(&["ann"]).await;
    let clients = &served.clients;
    let ann = payments(clients, "b1").await["ann"].clone();
    let of = |outcome| report(&ann, outcome);
    let is_wrong = |answer: &Result<bool, Box<Refused>>| {
        answer.clone().unwrap_err().because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    };
    assert_eq!(reported(clients, "b1", vec![of(O::Unclaimed), of(O::Unclaimed)]).await, [Ok(true), Ok(false)]);
    assert_eq!(state(clients, "ann").await, P::Unclaimed);
    let open = batch(clients, "b1").await.open.unwrap();
    assert_eq!(open.payments, 1, "it is open until it is claimed or comes back");
    assert_eq!(reported(clients, "b1", vec![with_reference(of(O::Paid), "R1")]).await, [Ok(true)]);
    is_wrong(&reported(clients, "b1", vec![of(O::Failed)]).await[0]);
    is_wrong(&reported(clients, "b1", vec![with_reference(of(O::Unclaimed), "late")]).await[0]);
    assert_eq!(reported(clients, "b1", vec![of(O::Paid)]).await, [Ok(false)], "it says nothing new");
    let twice = reported(clients, "b1", vec![with_reference(of(O::Paid), "R2")]).await;
    let told = twice[0].clone().unwrap_err();
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_PAID_BEFORE"), [("reference", "R1")]);

    // However it is written, the same news is known before.
    let small =
        pb::PaymentReport { payment_id: ann.payment_id.to_ascii_lowercase(), ..with_reference(of(O::Paid), "R1") };
    let no_fee = pb::PaymentReport { fee: Some(pounds(0)), ..with_reference(of(O::Paid), "R1") };
    assert_eq!(reported(clients, "b1", vec![small, no_fee]).await, [Ok(false), Ok(false)]);
    for reported_on in [day(2018, 12, 1), day(2019, 1, 1)] {
        let elsewhen = pb::PaymentReport { reported_on, ..of(O::Returned) };
        reported(clients, "b1", vec![elsewhen]).await[0].clone().unwrap_err().breaks(&["reported_on"]);
    }
    let odd = pb::PaymentReport { fault: pb::Fault::Refused.into(), ..of(O::Paid) };
    reported(clients, "b1", vec![odd]).await[0].clone().unwrap_err().breaks(&["fault"]);

    let fee = pb::PaymentReport { fee: Some(pounds(150)), amount: Some(pounds(850)), ..of(O::Returned) };
    let wrong = pb::PaymentReport { amount: Some(pounds(1_000)), ..fee.clone() };
    let told = reported(clients, "b1", vec![wrong]).await[0].clone().unwrap_err();
    let expected = [("fee_minor", "150"), ("sent_minor", "1000"), ("told_minor", "1000")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_OTHER_AMOUNT"), expected);
    let back = pb::PaymentReport { reported_on: day(2018, 12, 13), code: "AC06".into(), ..fee };
    assert_eq!(reported(clients, "b1", vec![back.clone(), back]).await, [Ok(true), Ok(false)]);
    assert_eq!(state(clients, "ann").await, P::Back);
    let it = balance(clients, "ann").await;
    assert_eq!((minor(it.due.as_ref()), it.settled), (1_000, None), "the whole comes back: the fee is the company's");
    assert_eq!(minor(batch(clients, "b1").await.fees.as_ref()), 150);
    is_wrong(&reported(clients, "b1", vec![with_reference(of(O::Paid), "R3")]).await[0]);
    assert_eq!(reported(clients, "b1", vec![with_reference(of(O::Returned), "R4")]).await, [Ok(false)]);
    reconciled(clients, "b1").await;
    served.verified().await;
}

#[tokio::test]
async fn a_line_that_is_wrong_is_refused_by_itself_and_every_other_is_taken() {
    // INV 80
    let served = sent(&["ann", "bob", "cat"]).await;
    let clients = &served.clients;
    let of = payments(clients, "b1").await;
    let other_batch = "AAAAAAAAAAAAAAAAA";
    let unknown = {
        let number = goodturn::domain::value::payment_id::PaymentId::of(
            &goodturn::domain::value::ids::ProgramId::parse("qc").unwrap(),
            &goodturn::domain::value::ids::BatchId::parse("b1").unwrap(),
            99,
        );
        pb::PaymentReport { payment_id: number.to_string(), ..report(&of["ann"], O::Paid) }
    };
    let misread = pb::PaymentReport { payment_id: other_batch.into(), ..report(&of["ann"], O::Paid) };
    let everything = pb::PaymentReport {
        payment_id: String::new(),
        outcome: 9,
        amount: Some(goodturn::google::r#type::Money { currency_code: "EUR".into(), units: 1, nanos: 0 }),
        fee: Some(pounds(5)),
        reference: "é".into(),
        fault: 9,
        code: "x".repeat(36),
        reported_on: day(2018, 2, 30),
    };
    let answers = reported(
        clients,
        "b1",
        vec![report(&of["ann"], O::Paid), unknown, misread, everything, report(&of["bob"], O::Paid)],
    )
    .await;
    assert_eq!([answers[0].clone(), answers[4].clone()], [Ok(true), Ok(true)]);
    answers[1].clone().unwrap_err().because(Code::NotFound, "ERROR_REASON_NOT_FOUND");
    answers[2].clone().unwrap_err().breaks(&["payment_id"]);
    let fields = ["payment_id", "fault", "outcome", "amount", "fee", "reference", "code", "reported_on"];
    answers[3].clone().unwrap_err().breaks(&fields);
    assert_eq!(batch(clients, "b1").await.settled.unwrap().payments, 2);
    reconciled(clients, "b1").await;
}

#[tokio::test]
async fn what_comes_back_goes_to_whoever_the_member_is_by_then() {
    // INV 79, 82
    let served = sent(&["ann", "bob", "cat"]).await;
    let clients = &served.clients;
    let of = payments(clients, "b1").await;
    merged(clients, "ann", "cat").await;
    suspended(clients, "bob", "s1").await;
    let back =
        |member: &str| pb::PaymentReport { fault: pb::Fault::Refused.into(), ..report(&of[member], O::Returned) };
    assert_eq!(reported(clients, "b1", vec![back("ann"), back("bob")]).await, [Ok(true), Ok(true)]);
    let cat = balance(clients, "cat").await;
    assert_eq!((minor(cat.due.as_ref()), minor(cat.sent.as_ref())), (1_000, 1_000), "ann's money is cat's");
    let bob = balance(clients, "bob").await;
    assert_eq!((minor(bob.due.as_ref()), minor(bob.withheld.as_ref())), (0, 1_000), "nobody shut out gets at it");
    reinstated(clients, "bob", "s1").await;
    assert_eq!(minor(balance(clients, "bob").await.due.as_ref()), 1_000);
    reconciled(clients, "b1").await;
    served.verified().await;
}
