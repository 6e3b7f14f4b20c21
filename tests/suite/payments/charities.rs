//! Charities are paid what members gave and what the company adds, like members who chose cash.

use std::sync::Arc;

use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::pb::FileFormat::{CreditCsv, UkBankCsv};
use goodturn::pb::LotSource as S;
use goodturn::pb::PaymentOutcome as O;
use goodturn::pb::PayoutMethod::{Charity, Credit};

use crate::support::clients::{Clients, activity, pounds, record};
use crate::support::members::{merged, reinstated, suspended};
use crate::support::money::{choice, choose, choose_until, close, closed, list_paid, minor, over_list};
use crate::support::payments::{batch, payments, reconciled, released, report, reported, set_payees, uk_bank};
use crate::support::reads::{balance, sentences};
use crate::support::served::Served;

const ROWS: [(&str, i64); 4] = [("ann", 1), ("bob", 2), ("cat", 3), ("dan", 4)];

/// Ann and bob gave 10 and 20 pounds to relief, cat 30 to water; dan wants credit. The company adds as much again, up to 30 pounds.
async fn given() -> Served {
    let served = Served::on(Arc::new(MemoryLog::default()), "2018-12-08T09:00:00Z").await;
    let clients = &served.clients;
    for (member, _) in ROWS {
        let it = activity(&format!("k-{member}"), "kudos", member, "2018-04-01T12:00:00Z");
        clients.ledger().record_activity(record(it)).await.unwrap();
    }
    let terms = pb::ChoiceTerms { match_cap: Some(pounds(3_000)), ..choose_until("2018-12-12T23:59:59Z") };
    let asking = pb::Payout { choices: Some(terms), ..over_list("h1", &ROWS) };
    list_paid(clients, asking, pounds(10_000), &ROWS).await;
    for (member, to) in [("ann", "relief"), ("bob", "relief"), ("cat", "water")] {
        choose(clients, member, "c1", Some(choice(Charity, to))).await;
    }
    choose(clients, "dan", "c1", Some(choice(Credit, ""))).await;
    served.clock.set("2018-12-13T09:00:00Z");
    served
}

/// What an account has due, drawn, sent, settled, withheld and donated, in pounds.
async fn money(clients: &Clients, member: &str) -> [i64; 6] {
    let it = balance(clients, member).await;
    [it.due, it.drawn, it.sent, it.settled, it.withheld, it.donated].map(|money| minor(money.as_ref()) / 100)
}

async fn lots(clients: &Clients, member: &str) -> Vec<(S, i64)> {
    let lots = balance(clients, member).await.lots;
    lots.iter().map(|lot| (lot.source(), minor(lot.amount.as_ref()) / 100)).collect()
}

#[tokio::test]
async fn what_members_gave_and_what_the_company_adds_is_paid_once() {
    // INV 79, 80, 91
    let served = given().await;
    let clients = &served.clients;
    closed(clients, "h1").await;
    assert_eq!(lots(clients, "relief").await, [(S::Donations, 30), (S::Match, 15)], "the cap is split as a pool is");
    assert_eq!(lots(clients, "water").await, [(S::Donations, 30), (S::Match, 15)]);
    assert_eq!(money(clients, "ann").await, [0, 0, 0, 0, 0, 10], "what is given stays so");
    assert_eq!(money(clients, "relief").await, [45, 0, 0, 0, 0, 0]);
    let told = sentences(clients, "relief").await.join(" ");
    assert!(told.contains("members gave you 30.00 GBP from the payout h1; it will be paid to you."), "{told}");

    released(clients, "c1", CreditCsv).await;
    assert_eq!(payments(clients, "c1").await.into_keys().collect::<Vec<_>>(), ["dan"], "a charity wants no credit");
    let payees = vec![("relief", uk_bank("Relief Fund", "12345678")), ("water", uk_bank("Water", "12345679"))];
    assert!(set_payees(clients, payees).await.iter().all(|set| *set == Ok(true)));
    let files = released(clients, "u1", UkBankCsv).await;
    let rows = String::from_utf8(files["u1.csv"].clone()).unwrap();
    assert_eq!(rows.lines().filter(|row| row.ends_with(",45.00")).count(), 2, "{rows}");
    let of = payments(clients, "u1").await;
    let closed = pb::PaymentReport { fault: pb::Fault::AccountClosed.into(), ..report(&of["water"], O::Returned) };
    assert_eq!(reported(clients, "u1", vec![report(&of["relief"], O::Paid), closed]).await, [Ok(true), Ok(true)]);
    assert_eq!(money(clients, "relief").await, [0, 0, 0, 45, 0, 0]);
    assert_eq!(money(clients, "water").await, [45, 0, 0, 0, 0, 0]);
    set_payees(clients, vec![("water", uk_bank("Water", "12345670"))]).await;
    released(clients, "u2", UkBankCsv).await;
    let again = payments(clients, "u2").await;
    assert_eq!(reported(clients, "u2", vec![report(&again["water"], O::Paid)]).await, [Ok(true)]);
    for id in ["c1", "u1", "u2"] {
        reconciled(clients, id).await;
    }
    served.verified().await;
}

#[tokio::test]
async fn a_charity_that_was_merged_or_suspended_gets_its_money_where_it_is_and_when_it_may() {
    // INV 79, 82
    let served = given().await;
    let clients = &served.clients;
    // Both accounts are there: ann's rest goes to one, and somebody gave to the other before.
    let draft = close(clients, "h1").await.unwrap();
    choose(clients, "water", "c1", None).await;
    choose(clients, "relief", "c1", None).await;
    merged(clients, "water", "relief").await;
    suspended(clients, "relief", "s1").await;
    crate::support::money::approve_closing(clients, &draft, "ben").await.unwrap();
    assert_eq!(money(clients, "relief").await, [0, 0, 0, 0, 90, 0], "withheld, and none of it at the merged one");
    reinstated(clients, "relief", "s1").await;
    assert_eq!(money(clients, "relief").await, [90, 0, 0, 0, 0, 0]);
    set_payees(clients, vec![("relief", uk_bank("Relief Fund", "12345678"))]).await;
    released(clients, "u1", UkBankCsv).await;
    assert_eq!(minor(batch(clients, "u1").await.sent.unwrap().amount.as_ref()), 9_000, "one payment of four lots");
    served.verified().await;
}
