//! Adjustments are listed in pages, by their state, and a list of what waits costs what it shows.

use goodturn::pb;
use goodturn::pb::AdjustmentReason::Goodwill;
use goodturn::pb::AdjustmentState::{Posted, Proposed, Rejected, Revoked, Unspecified};
use tonic::Code;

use crate::support::adjustments::{adjusted, adjustment, approval_of, shown};
use crate::support::clients::Clients;
use crate::support::members::banned;
use crate::support::refused::refused;
use crate::support::served::Served;

const WHEN: &str = "2018-04-01T12:00:00Z";

async fn listed(clients: &Clients, request: pb::ListAdjustmentsRequest) -> pb::ListAdjustmentsResponse {
    let request = pb::ListAdjustmentsRequest { parent: "programs/qc".into(), ..request };
    clients.adjustments().list_adjustments(request).await.unwrap().into_inner()
}

fn ids(names: &[String]) -> Vec<&str> {
    names.iter().map(|name| name.rsplit('/').next().unwrap()).collect()
}

#[tokio::test]
async fn adjustments_are_listed_by_state_in_pages_that_join() {
    // INV 29
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    let none = listed(clients, pb::ListAdjustmentsRequest::default()).await;
    assert_eq!((none.adjustments.len(), none.next_page_token.as_str(), none.seq), (0, "", 2));
    for (id, points) in [("p3", 3_000), ("s1", 10), ("p1", 1_001), ("p2", -2_000), ("r1", 5_000), ("s2", -20)] {
        adjusted(clients, "anna", adjustment(id, "ben", points, Goodwill)).await;
    }
    let reject = pb::RejectAdjustmentRequest { name: "programs/qc/adjustments/r1".into(), note: "no".into() };
    clients.by("ben").adjustments().reject_adjustment(reject).await.unwrap();
    let expected: [(_, &[&str]); 5] = [
        (Unspecified, &["p1", "p2", "p3", "r1", "s1", "s2"]),
        (Proposed, &["p1", "p2", "p3"]),
        (Posted, &["s1", "s2"]),
        (Rejected, &["r1"]),
        (Revoked, &[]),
    ];
    for (state, rows) in expected {
        let whole = shown(clients, state, 0).await;
        assert_eq!(ids(&whole.names), rows, "{state:?}");
        for page_size in 1..=7 {
            let paged = shown(clients, state, page_size).await;
            assert_eq!(paged.names, whole.names, "{state:?} {page_size}");
            assert_eq!(paged.list_digest, whole.list_digest, "the digest of all pages is that of the list");
        }
        assert_eq!(whole.list_digest.len(), if state == Proposed { 32 } else { 0 });
        let waiting = pb::AdjustmentTotals { count: 3, points_given: 4_001, points_taken: 2_000 };
        assert_eq!(whole.waiting, waiting, "whichever are listed");
    }
    // What is shown is what it is by itself.
    let page = listed(clients, pb::ListAdjustmentsRequest { state: Proposed.into(), ..Default::default() }).await;
    let request = pb::GetAdjustmentRequest { name: "programs/qc/adjustments/p2".into() };
    assert_eq!(page.adjustments[1], clients.adjustments().get_adjustment(request).await.unwrap().into_inner());
    assert_eq!((page.adjustments[1].note.as_str(), page.adjustments[1].drawn_up_by.as_str()), ("why p2", "anna"));
    // A ban takes back what was given, and nothing else.
    banned(clients, "ben", "b1").await;
    for (state, rows) in
        [(Revoked, &["s1"][..]), (Posted, &["s2"]), (Proposed, &["p1", "p2", "p3"]), (Rejected, &["r1"])]
    {
        assert_eq!(ids(&shown(clients, state, 0).await.names), rows, "{state:?}");
    }
}

#[tokio::test]
async fn pages_join_while_adjustments_are_drawn_up_and_decided() {
    // INV 29
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    for id in ["b", "d", "f", "h"] {
        adjusted(clients, "anna", adjustment(id, "ben", 2_000, Goodwill)).await;
    }
    let page = |page_token: String| pb::ListAdjustmentsRequest {
        state: Proposed.into(),
        page_size: 2,
        page_token,
        ..Default::default()
    };
    let first = listed(clients, page(String::new())).await;
    // One that was shown goes, one that was not goes, and two come: before the place where the list goes on, and behind it.
    for id in ["d", "f"] {
        let reject = pb::RejectAdjustmentRequest { name: format!("programs/qc/adjustments/{id}"), note: "no".into() };
        clients.by("ben").adjustments().reject_adjustment(reject).await.unwrap();
    }
    for id in ["a", "g"] {
        adjusted(clients, "anna", adjustment(id, "ben", 2_000, Goodwill)).await;
    }
    let second = listed(clients, page(first.next_page_token.clone())).await;
    let names =
        |page: &pb::ListAdjustmentsResponse| page.adjustments.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
    assert_eq!([ids(&names(&first)), ids(&names(&second))], [["b", "d"], ["g", "h"]]);
    assert_eq!(second.next_page_token, "");
    // Whoever signs both pages signs one that is decided.
    let names = [names(&first), names(&second)].concat();
    let request =
        pb::BatchApproveAdjustmentsRequest { parent: "programs/qc".into(), names, list_digest: second.list_digest };
    let told = refused(clients, clients.by("cleo").adjustments().batch_approve_adjustments(request)).await;
    told.because(Code::Aborted, "ERROR_REASON_CONTENT_CHANGED");
}

/// A programme with many decided adjustments: a page of another list is cut short, and a list of what waits is not.
#[tokio::test]
async fn a_list_of_what_waits_costs_what_it_shows_and_any_other_a_page() {
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    let mut drawing_up = tokio::task::JoinSet::new();
    for n in 0..1_200 {
        let clients = clients.clone();
        drawing_up.spawn(async move {
            adjusted(&clients, "anna", adjustment(&format!("s{n:04}"), "ben", 1, Goodwill)).await;
        });
    }
    drawing_up.join_all().await;
    adjusted(clients, "anna", adjustment("z", "ben", 2_000, Goodwill)).await;
    let waits = shown(clients, Proposed, 10).await;
    assert_eq!((ids(&waits.names), waits.pages), (vec!["z"], 1));
    let by_reading = listed(clients, pb::ListAdjustmentsRequest { state: Rejected.into(), ..Default::default() }).await;
    assert_eq!((by_reading.adjustments.len(), by_reading.next_page_token.is_empty()), (0, false));
    assert_eq!(shown(clients, Rejected, 10).await.pages, 2);
    clients.by("ben").adjustments().batch_approve_adjustments(approval_of(&waits)).await.unwrap();
    assert_eq!(shown(clients, Posted, 1_000).await.names.len(), 1_201);
}

#[tokio::test]
async fn a_list_of_bad_form_is_refused_with_everything_that_is_wrong() {
    // INV 4
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    let bad = pb::ListAdjustmentsRequest { parent: "qc".into(), state: 9, page_size: -1, ..Default::default() };
    refused(clients, clients.adjustments().list_adjustments(bad)).await.breaks(&["parent", "state", "page_size"]);
    let none = pb::ListAdjustmentsRequest { parent: "programs/none".into(), ..Default::default() };
    let told = refused(clients, clients.adjustments().list_adjustments(none)).await;
    told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND");
    for id in ["a", "b"] {
        adjusted(clients, "anna", adjustment(id, "ben", 2_000, Goodwill)).await;
    }
    let request = pb::ListAdjustmentsRequest { state: Proposed.into(), page_size: 1, ..Default::default() };
    let page_token = listed(clients, request).await.next_page_token;
    for state in [Posted, Unspecified] {
        let parent = "programs/qc".into();
        let other =
            pb::ListAdjustmentsRequest { parent, state: state.into(), page_size: 1, page_token: page_token.clone() };
        let told = refused(clients, clients.adjustments().list_adjustments(other)).await;
        told.because(Code::InvalidArgument, "ERROR_REASON_PAGE_TOKEN");
    }
}
