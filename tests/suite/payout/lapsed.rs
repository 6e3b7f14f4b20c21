//! Withheld money of banned members, which lapses when two persons decide so.

use goodturn::pb;
use goodturn::pb::LapseState as L;
use goodturn::pb::PayoutMethod::Credit;
use tonic::Code;

use crate::support::clients::{Clients, activity, pounds, record};
use crate::support::members::{ban_lifted, banned, suspended};
use crate::support::money::{
    approve_closing, choice, choose, choose_until, close, closed, list_drafted, list_paid, minor, over_list,
};
use crate::support::payouts::{self, declare_and_approve, execute};
use crate::support::process::goodturn;
use crate::support::reads::{balance, sentences};
use crate::support::refused::{Refused, refused};
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
    // INV 49, 62, 79, 81
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
    let nobody = pb::LapseMoneyRequest { name: "programs/qc/members/nobody".into(), ..ask("c1") };
    refused(clients, anna.lapse_money(nobody)).await.because(Code::NotFound, "ERROR_REASON_NOT_FOUND");
    let unknown = pb::ApproveLapseRequest { lapse_id: "c2".into(), ..approve(&asked) };
    refused(clients, ben.approve_lapse(unknown)).await.because(Code::NotFound, "ERROR_REASON_NOT_FOUND");

    let done = ben.approve_lapse(approve(&asked)).await.unwrap().into_inner();
    assert_eq!((done.state(), done.decided_by.as_str(), done.stale), (L::Approved, "ben", false));
    assert_eq!(done.withheld, asked.withheld);
    assert_eq!(ben.approve_lapse(approve(&asked)).await.unwrap().into_inner(), done, "the same again");
    assert_eq!(money(clients).await, [0, 30, 0]);
    let told = refused(clients, anna.lapse_money(ask("c3"))).await;
    let found = told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    assert_eq!(found, [("needed", "banned with money withheld"), ("state", "banned with no money withheld")]);
    ban_lifted(clients, "mal", "l1").await;
    assert_eq!(money(clients).await, [0, 30, 0], "what lapsed stays so");
    let history = sentences(clients, "mal").await;
    let told = |what: &str| history.iter().any(|sentence| sentence.contains(what));
    assert!(told("10.00 GBP from the payout h1, which was withheld, lapsed"), "{history:?}");
    assert!(told("two persons decided that 30.00 GBP withheld from you lapses"), "{history:?}");
    served.verified().await;
}

#[tokio::test]
async fn what_is_rejected_stays_withheld_and_what_waits_ends_with_its_ban() {
    // INV 79, 81
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
    assert_eq!(ben.get_lapse(read.clone()).await.unwrap().into_inner(), rejected);
    assert_eq!(money(clients).await, [30, 0, 0]);

    let again = anna.lapse_money(ask("c2")).await.unwrap().into_inner();
    ban_lifted(clients, "mal", "l1").await;
    assert_eq!(money(clients).await, [0, 0, 30], "the money is free again");
    let told = refused(clients, ben.approve_lapse(approve(&again))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    assert_eq!(money(clients).await, [0, 0, 30]);
    assert!(ben.get_lapse(read.clone()).await.unwrap().into_inner().stale, "nothing is withheld");
    banned(clients, "mal", "b2").await;
    let told = refused(clients, ben.approve_lapse(approve(&again))).await;
    let found = told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    assert_eq!(found[1], ("state", "asked for under an earlier ban, or over other money"));
    let anew = anna.lapse_money(ask("c3")).await.unwrap().into_inner();
    ben.approve_lapse(approve(&anew)).await.unwrap();
    assert_eq!(money(clients).await, [0, 30, 0]);
    served.verified().await;
}

#[tokio::test]
async fn only_the_money_for_which_it_was_asked_lapses() {
    // INV 49, 79
    let served = with_money().await;
    let clients = &served.clients;
    let (mut anna, mut ben) = (clients.by("anna").choices(), clients.by("ben").choices());
    declare_and_approve(clients, "h3", pounds(2_000)).await;
    let rows = [("ann", 1), ("mal", 1)];
    let draft = list_drafted(clients, over_list("h3", &rows), &rows).await;
    payouts::approve(clients, &draft, "ben").await.unwrap();
    banned(clients, "mal", "b1").await;
    let asked = anna.lapse_money(ask("c1")).await.unwrap().into_inner();
    execute(clients, &draft.name).await.unwrap();
    assert_eq!(money(clients).await, [40, 0, 0], "more came");
    let told = refused(clients, ben.approve_lapse(approve(&asked))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    let read = ben.get_lapse(pb::GetLapseRequest { name: NAME.into() }).await.unwrap().into_inner();
    assert_eq!((read.stale, read.content_digest == asked.content_digest), (true, true));
    let anew = anna.lapse_money(ask("c2")).await.unwrap().into_inner();
    assert_eq!(minor(anew.withheld.clone().unwrap().amount.as_ref()), 4_000);
    ben.approve_lapse(approve(&anew)).await.unwrap();
    assert_eq!(money(clients).await, [0, 40, 0]);
    served.verified().await;
}

#[tokio::test]
async fn a_closing_that_waits_is_drawn_up_anew_after_a_lapse() {
    // INV 49, 79, 81
    let served = with_money().await;
    let clients = &served.clients;
    served.clock.set("2018-12-13T00:00:00Z");
    banned(clients, "mal", "b1").await;
    let asked = clients.by("anna").choices().lapse_money(ask("c1")).await.unwrap().into_inner();
    let drawn_up = close(clients, "h1").await.unwrap();
    clients.by("ben").choices().approve_lapse(approve(&asked)).await.unwrap();
    let told = approve_closing(clients, &drawn_up, "ben").await.unwrap_err();
    Refused::of(&told).because(Code::Aborted, "ERROR_REASON_CONTENT_CHANGED");
    let done = closed(clients, "h1").await;
    assert_eq!(done.planned, done.decided, "only ann is left");
    assert_eq!(done.decided.unwrap().carried.unwrap().lots, 1);
    assert_eq!(money(clients).await, [0, 30, 0]);
    served.verified().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_lets_money_lapse_by_two_and_lists_nobody_to_be_paid_who_is_shut_out() {
    // INV 49
    let served = with_money().await;
    let clients = &served.clients;
    choose(clients, "mal", "c", Some(choice(Credit, ""))).await;
    served.clock.set("2018-12-13T00:00:00Z");
    closed(clients, "h1").await;
    banned(clients, "mal", "b1").await;
    let (folder, address) = (tempfile::tempdir().unwrap(), served.address.to_string());
    let run = |words: &[&str], by: Option<&str>| {
        let named = by.iter().flat_map(|by| ["--principal", by]);
        let args: Vec<&str> =
            words.iter().copied().chain(["--program", "qc", "--server", &address]).chain(named).collect();
        tokio::task::block_in_place(|| goodturn(folder.path(), &args))
    };
    let asked =
        run(&["choices", "lapse", "propose", "mal", "--id", "c1", "--note", "forty accounts"], Some("anna")).done();
    assert!(asked.starts_with("GBP 30.00 withheld from mal would lapse.\n"), "{asked}");
    assert!(asked.contains("\nAnother person, with the role approver, approves it."), "{asked}");
    let unasked = run(&["choices", "lapse", "approve", "mal"], Some("ben"));
    let digest = unasked.stderr.split("give --yes ").nth(1).unwrap_or_else(|| panic!("{unasked:?}")).trim().to_owned();
    let own = run(&["choices", "lapse", "approve", "mal", "--yes", &digest], Some("anna"));
    assert!(own.stderr.contains("ERROR_REASON_SECOND_PERSON_REQUIRED"), "{}", own.stderr);
    let lines = run(&["choices", "lines", "h1", "--outcome", "credit", "--csv", "credit.csv"], None);
    assert!(lines.stderr.contains("WARNING: pay nothing on 1 lot of credit.csv, GBP 10.00 in all"), "{}", lines.stderr);
    let done = run(&["choices", "lapse", "approve", "mal", "--yes", &digest], Some("ben")).done();
    assert!(done.contains("\nGBP 30.00 of mal lapsed.\n"), "{done}");
    assert!(run(&["choices", "lapse", "approve", "mal"], Some("ben")).done().starts_with("GBP 30.00 of mal lapsed.\n"));
    assert!(run(&["choices", "lapse", "show", "mal"], None).done().contains("approved by"));
    let table = run(&["choices", "lines", "h1", "--outcome", "credit"], None).done();
    assert!(table.contains("credit, lapsed since\n"), "{table}");
    let late = run(&["choices", "lapse", "reject", "mal", "--note", "late"], Some("ben"));
    assert!(late.stderr.contains("ERROR_REASON_WRONG_STATE"), "{}", late.stderr);
}
