//! Withheld money of banned members, which lapses when two persons decide so.

use goodturn::pb;
use goodturn::pb::LapseState as L;
use tonic::Code;

use crate::support::clients::{Clients, activity, pounds, record};
use crate::support::members::{ban_lifted, banned, suspended};
use crate::support::money::{choose_until, list_paid, minor, over_list};
use crate::support::reads::{balance, sentences};
use crate::support::refused::refused;
use crate::support::served::Served;

const NAME: &str = "programs/qc/members/mal";

fn ask(id: &str) -> pb::LapseMoneyRequest {
    pb::LapseMoneyRequest { name: NAME.into(), lapse_id: id.into(), note: "forty accounts".into() }
}

fn approve(lapse: &pb::Lapse) -> pb::ApproveLapseRequest {
    let (lapse_id, content_digest) = (lapse.lapse_id.clone(), lapse.content_digest.clone());
    pb::ApproveLapseRequest { name: NAME.into(), lapse_id, content_digest }
}

/// Withheld, lapsed and due, in pounds.
async fn money(clients: &Clients) -> [i64; 3] {
    let it = balance(clients, "mal").await;
    [it.withheld, it.lapsed, it.due].map(|money| minor(money.as_ref()) / 100)
}

/// A member with money of two payouts, 10 pounds and 20.
async fn with_money() -> Served {
    let served = Served::at("2018-12-08T09:00:00Z").await;
    for member in ["mal", "ann"] {
        let it = activity(&format!("k-{member}"), "kudos", member, "2018-04-01T12:00:00Z");
        served.clients.ledger().record_activity(record(it)).await.unwrap();
    }
    for (id, weight) in [("h1", 1), ("h2", 2)] {
        let rows = [("ann", 1), ("mal", weight)];
        let terms = choose_until("2018-12-12T23:59:59Z");
        let asking = pb::Payout { choices: Some(terms), ..over_list(id, &rows) };
        list_paid(&served.clients, asking, pounds(1_000 * (1 + weight)), &rows).await;
    }
    served
}

#[tokio::test]
async fn withheld_money_of_a_banned_member_lapses_when_two_persons_say_so_and_never_comes_back() {
    // INV 49, 62, 79, 82
    let served = with_money().await;
    let clients = &served.clients;
    let (mut anna, mut ben) = (clients.by("anna").choices(), clients.by("ben").choices());
    let wrong = pb::LapseMoneyRequest { lapse_id: "no spaces".into(), note: String::new(), ..ask("x") };
    refused(clients, anna.lapse_money(wrong)).await.breaks(&["lapse_id", "note"]);
    suspended(clients, "mal", "s1").await;
    let told = refused(clients, anna.lapse_money(ask("c1"))).await;
    let found = told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    assert_eq!(found, [("needed", "banned"), ("state", "suspended")], "a suspension ends");
    banned(clients, "mal", "b1").await;
    assert_eq!(money(clients).await, [30, 0, 0]);

    let asked = anna.lapse_money(ask("c1")).await.unwrap().into_inner();
    assert_eq!((asked.state(), asked.drawn_up_by.as_str()), (L::Proposed, "anna"));
    let withheld = asked.withheld.clone().unwrap();
    assert_eq!((withheld.lots, minor(withheld.amount.as_ref())), (2, 3_000));
    assert_eq!(money(clients).await, [30, 0, 0], "nothing moves yet");
    let told = refused(clients, anna.lapse_money(ask("c2"))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    let told = refused(clients, clients.by("Anna").choices().approve_lapse(approve(&asked))).await;
    told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    let other = pb::ApproveLapseRequest { content_digest: vec![7; 32], ..approve(&asked) };
    refused(clients, ben.approve_lapse(other)).await.because(Code::Aborted, "ERROR_REASON_CONTENT_CHANGED");
    let unknown = pb::ApproveLapseRequest { lapse_id: "c2".into(), ..approve(&asked) };
    refused(clients, ben.approve_lapse(unknown)).await.because(Code::NotFound, "ERROR_REASON_NOT_FOUND");

    let done = ben.approve_lapse(approve(&asked)).await.unwrap().into_inner();
    assert_eq!((done.state(), done.decided_by.as_str(), done.content_digest.len()), (L::Approved, "ben", 0));
    assert_eq!(done.withheld, asked.withheld);
    assert_eq!(ben.approve_lapse(approve(&asked)).await.unwrap().into_inner(), done, "the same again");
    assert_eq!(money(clients).await, [0, 30, 0]);
    let told = refused(clients, anna.lapse_money(ask("c3"))).await;
    let found = told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    assert_eq!(found, [("needed", "banned with withheld money"), ("state", "banned without withheld money")]);
    ban_lifted(clients, "mal", "l1").await;
    assert_eq!(money(clients).await, [0, 30, 0], "what lapsed stays so");
    let history = sentences(clients, "mal").await;
    let told = |what: &str| history.iter().any(|sentence| sentence.contains(what));
    assert!(told("10.00 GBP from the payout h1, which was withheld, lapsed"), "{history:?}");
    assert!(told("two persons decided that 30.00 GBP withheld from you lapse"), "{history:?}");
    served.verified().await;
}

#[tokio::test]
async fn what_is_rejected_stays_withheld_and_a_lifted_ban_ends_what_waits() {
    // INV 79, 82
    let served = with_money().await;
    let clients = &served.clients;
    let (mut anna, mut ben) = (clients.by("anna").choices(), clients.by("ben").choices());
    let read = pb::GetLapseRequest { name: NAME.into() };
    refused(clients, ben.get_lapse(read.clone())).await.because(Code::NotFound, "ERROR_REASON_NOT_FOUND");
    banned(clients, "mal", "b1").await;
    anna.lapse_money(ask("c1")).await.unwrap();
    let reject = pb::RejectLapseRequest { name: NAME.into(), lapse_id: "c1".into(), note: "too early".into() };
    let rejected = ben.reject_lapse(reject.clone()).await.unwrap().into_inner();
    assert_eq!((rejected.state(), rejected.rejection_note.as_str()), (L::Rejected, "too early"));
    assert_eq!(ben.reject_lapse(reject).await.unwrap().into_inner(), rejected, "the same again");
    assert_eq!(ben.get_lapse(read).await.unwrap().into_inner(), rejected);
    assert_eq!(money(clients).await, [30, 0, 0]);

    let again = anna.lapse_money(ask("c2")).await.unwrap().into_inner();
    ban_lifted(clients, "mal", "l1").await;
    assert_eq!(money(clients).await, [0, 0, 30], "the money is free again");
    let told = refused(clients, ben.approve_lapse(approve(&again))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    assert_eq!(money(clients).await, [0, 0, 30]);
    served.verified().await;
}
