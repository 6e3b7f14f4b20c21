//! A merger that would move much waits for a second person, who approves exactly what they saw.

use goodturn::pb;
use goodturn::pb::MergerState::{Approved, Proposed, Rejected};
use goodturn::pb::{MemberState, Merger};
use tonic::Code;

use crate::support::adjustments::{adjusted, adjustment};
use crate::support::clients::{Clients, accepted, pence, pounds, record};
use crate::support::members::{approved_merger, merger, merger_read, read};
use crate::support::payouts::pay_out;
use crate::support::reads::{balance, sentences, verified};
use crate::support::refused::refused;
use crate::support::served::Served;

const WHEN: &str = "2018-10-01T00:00:00Z";

/// A programme in which `old` has 1,001 points, one more than one person may move.
async fn rich() -> Served {
    let served = Served::at(WHEN).await;
    for (id, points) in [("g1", 1_000), ("g2", 1)] {
        adjusted(&served.clients, "anna", adjustment(id, "old", points, pb::AdjustmentReason::Goodwill)).await;
    }
    served
}

async fn proposed(clients: &Clients, from: &str, id: &str) -> pb::Member {
    clients.by("anna").members().merge_members(merger(from, "new", id)).await.unwrap().into_inner()
}

fn approval(merger: &Merger) -> pb::ApproveMergerRequest {
    pb::ApproveMergerRequest { name: merger.name.clone(), content_digest: merger.content_digest.clone() }
}

fn named(id: &str) -> String {
    format!("programs/qc/mergers/{id}")
}

#[tokio::test]
async fn beyond_the_limit_a_merger_takes_two_persons() {
    // INV 10, 18, 48, 49, 62
    let served = rich().await;
    let clients = &served.clients;
    let member = proposed(clients, "old", "m1").await;
    assert_eq!((member.state(), member.proposed_merger.as_str()), (MemberState::Active, "programs/qc/mergers/m1"));
    assert_eq!(balance(clients, "old").await.available_points, 1_001, "nothing has moved");
    let waits = merger_read(clients, &named("m1")).await;
    assert_eq!((waits.state(), waits.drawn_up_by.as_str(), waits.decided_by.as_str()), (Proposed, "anna", ""));
    assert_eq!((waits.member_id.as_str(), waits.into_member_id.as_str()), ("old", "new"));
    assert_eq!((waits.proposal_note.as_str(), waits.seq, waits.decided_seq), ("forgot the password", 5, 0));
    assert_eq!(waits.balance.as_ref().map(|balance| balance.available_points), Some(1_001));
    for by in ["anna", "ANNA"] {
        let told = refused(clients, clients.by(by).members().approve_merger(approval(&waits))).await;
        let expected = [("drawn_up_by", "anna")];
        assert_eq!(told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED"), expected);
    }
    let approve = || async { clients.by("ben").members().approve_merger(approval(&waits)).await.unwrap().into_inner() };
    let merged = approve().await;
    assert_eq!((merged.state(), merged.decided_by.as_str(), merged.decided_seq), (Approved, "ben", 6));
    assert_eq!((merged.balance.as_ref(), merged.content_digest.len()), (None, 0));
    assert_eq!(approve().await, merged, "the same call again does nothing more");
    let told = refused(clients, clients.by("anna").members().approve_merger(approval(&waits))).await;
    told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    assert_eq!(balance(clients, "new").await.available_points, 1_001);
    let old = read(clients, "old").await;
    assert_eq!((old.state(), old.merged_into.as_str()), (MemberState::Merged, "new"));
    let again = proposed(clients, "old", "m1").await;
    assert_eq!((again.state(), again.proposed_merger.as_str()), (MemberState::Merged, ""), "a replay tells what is");
    assert_eq!(
        sentences(clients, "old").await[2..],
        [
            "On 1 October 2018 it was proposed to merge this account into another one of yours. That changes nothing until it \
             is approved.",
            "On 1 October 2018 it was approved to merge this account into another one of yours.",
            "On 1 October 2018 this account was merged into another one of yours, where you go on from now on. 1,001 points \
             were moved there.",
        ]
    );
    verified(clients).await;
}

#[tokio::test]
async fn an_approval_of_other_balances_than_there_are_is_refused() {
    // INV 4, 49
    let served = rich().await;
    let clients = &served.clients;
    proposed(clients, "old", "m1").await;
    let seen = merger_read(clients, &named("m1")).await;
    adjusted(clients, "anna", adjustment("g3", "old", 500, pb::AdjustmentReason::Goodwill)).await;
    let told = refused(clients, clients.by("ben").members().approve_merger(approval(&seen))).await;
    assert_eq!(told.because(Code::Aborted, "ERROR_REASON_CONTENT_CHANGED"), []);
    assert_eq!(approved_merger(clients, "ben", &seen.name).await.state(), Approved);
    assert_eq!(balance(clients, "new").await.available_points, 1_501);
    let told = refused(clients, clients.by("cleo").members().approve_merger(approval(&seen))).await;
    let expected = [("needed", "proposed"), ("state", "approved")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), expected);
    verified(clients).await;
}

#[tokio::test]
async fn what_stands_in_the_way_of_a_merger_stands_in_the_way_of_its_approval() {
    // INV 4
    let served = rich().await;
    let clients = &served.clients;
    proposed(clients, "old", "m1").await;
    proposed(clients, "old", "m2").await;
    let seen = merger_read(clients, &named("m2")).await;
    approved_merger(clients, "ben", &named("m1")).await;
    let told = refused(clients, clients.by("ben").members().approve_merger(approval(&seen))).await;
    told.because(Code::Aborted, "ERROR_REASON_CONTENT_CHANGED");
    let seen = merger_read(clients, &named("m2")).await;
    let told = refused(clients, clients.by("ben").members().approve_merger(approval(&seen))).await;
    let expected = [("reasons", "the member is merged")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_NOT_MERGEABLE"), expected);
    verified(clients).await;
}

#[tokio::test]
async fn money_that_is_still_to_come_takes_two_persons_and_points_up_to_the_limit_one() {
    // INV 49, 82
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    for (id, member) in [("a0", "paid"), ("a1", "paid"), ("a2", "ben")] {
        clients.ledger().record_activity(record(accepted(id, member, "2018-04-01T12:00:00Z"))).await.unwrap();
    }
    pay_out(clients, "h1", pounds(30)).await;
    adjusted(clients, "anna", adjustment("g1", "poor", 1_000, pb::AdjustmentReason::Goodwill)).await;
    assert_eq!(proposed(clients, "poor", "m1").await.state(), MemberState::Merged);
    assert_eq!(proposed(clients, "paid", "m2").await.proposed_merger, named("m2"));
    assert_eq!(pence(balance(clients, "paid").await.due.as_ref().unwrap()), 20);
    let none = pb::GetMergerRequest { name: named("m1") };
    let told = refused(clients, clients.members().get_merger(none)).await;
    told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND");
    approved_merger(clients, "ben", &named("m2")).await;
    assert_eq!(pence(balance(clients, "new").await.due.as_ref().unwrap()), 20);
    verified(clients).await;
}

#[tokio::test]
async fn a_rejected_merger_moves_nothing_for_ever() {
    // INV 10, 11, 48
    let served = rich().await;
    let clients = &served.clients;
    proposed(clients, "old", "m1").await;
    let seen = merger_read(clients, &named("m1")).await;
    let reject = |note: &'static str| async move {
        let request = pb::RejectMergerRequest { name: named("m1"), note: note.into() };
        clients.by("anna").members().reject_merger(request).await.map(tonic::Response::into_inner)
    };
    let rejected = reject("two persons").await.unwrap();
    assert_eq!((rejected.state(), rejected.rejection_note.as_str()), (Rejected, "two persons"));
    assert_eq!(reject("two persons").await.unwrap(), rejected);
    assert_eq!(reject("other").await.unwrap_err().code(), Code::AlreadyExists);
    let told = refused(clients, clients.by("ben").members().approve_merger(approval(&seen))).await;
    let expected = [("needed", "proposed"), ("state", "rejected")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), expected);
    let last = "On 1 October 2018 it was decided not to merge this account into another one of yours. Everything stays as it \
                was.";
    assert_eq!(sentences(clients, "old").await.last().map(String::as_str), Some(last));
    verified(clients).await;
}

#[tokio::test]
async fn mergers_are_listed_by_state_in_pages_that_join() {
    // INV 29
    let served = rich().await;
    let clients = &served.clients;
    for id in ["m3", "m1", "m2"] {
        proposed(clients, "old", id).await;
    }
    let reject = pb::RejectMergerRequest { name: named("m2"), note: "twice".into() };
    clients.by("ben").members().reject_merger(reject).await.unwrap();
    let list = async |state: pb::MergerState, page_size, page_token: String| {
        let request =
            pb::ListMergersRequest { parent: "programs/qc".into(), state: state.into(), page_size, page_token };
        clients.members().list_mergers(request).await.unwrap().into_inner()
    };
    let expected: [(_, &[&str]); 3] =
        [(pb::MergerState::Unspecified, &["m1", "m2", "m3"]), (Proposed, &["m1", "m3"]), (Approved, &[])];
    for (state, rows) in expected {
        let rows: Vec<String> = rows.iter().map(|id| named(id)).collect();
        for page_size in 0..4 {
            let (mut told, mut token) = (Vec::new(), String::new());
            loop {
                let page = list(state, page_size, token).await;
                told.extend(page.mergers.into_iter().map(|merger| merger.name));
                token = page.next_page_token;
                if token.is_empty() {
                    break;
                }
            }
            assert_eq!(told, rows, "{state:?} {page_size}");
        }
    }
    let bad = pb::ListMergersRequest { parent: "qc".into(), state: 7, page_size: 1_001, ..Default::default() };
    refused(clients, clients.members().list_mergers(bad)).await.breaks(&["parent", "state", "page_size"]);
    let odd = pb::ApproveMergerRequest { name: "m1".into(), content_digest: vec![0; 31] };
    refused(clients, clients.by("ben").members().approve_merger(odd)).await.breaks(&["name", "content_digest"]);
    let odd = pb::RejectMergerRequest { name: "m1".into(), note: String::new() };
    refused(clients, clients.by("ben").members().reject_merger(odd)).await.breaks(&["name", "note"]);
    let token = list(Proposed, 1, String::new()).await.next_page_token;
    let parent = "programs/qc".into();
    let other = pb::ListMergersRequest { parent, page_token: token, ..Default::default() };
    let told = refused(clients, clients.members().list_mergers(other)).await;
    told.because(Code::InvalidArgument, "ERROR_REASON_PAGE_TOKEN");
}
