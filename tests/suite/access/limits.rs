//! Limits of each principal, and the record of acts.

use goodturn::pb;
use goodturn::pb::access_change::Change;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::support::clients::{accepted, record};
use crate::support::issuer::{Guarded, login};
use crate::support::process::until;
use crate::support::refused::Refused;

#[tokio::test]
async fn a_principal_that_calls_too_often_is_told_to_wait_and_others_are_served() {
    // INV 66
    let server = Guarded::start_with("[limits]\ncalls_per_second = 20\nstreams = 2").await;
    server.add("audrey", &[pb::Role::Auditor]).await;
    let request = || pb::GetCallerRequest { parent: "programs/qc".into() };
    let (anna, ben) = (server.by("anna"), server.by("ben"));
    // However slow the machine: calls at once come faster than twenty a second.
    let status = loop {
        let calls = (0..40).map(|_| {
            let mut principals = anna.principals();
            async move { principals.get_caller(request()).await }
        });
        if let Some(Err(status)) = futures::future::join_all(calls).await.into_iter().find(Result::is_err) {
            break status;
        }
    };
    let told = Refused::of(&status);
    let metadata = told.because(Code::ResourceExhausted, "ERROR_REASON_TOO_MUCH_AT_ONCE");
    assert_eq!(metadata, [("max", "20"), ("of", "calls a second")]);
    assert!(status.get_details_retry_info().is_some());
    for _ in 0..10 {
        ben.principals().get_caller(request()).await.unwrap();
    }
    // Another login on another connection is the same principal no more than another programme is.
    server.create("other").await;
    let other = pb::GetCallerRequest { parent: "programs/other".into() };
    anna.principals().get_caller(other).await.unwrap();
    // Streams, once she may call again.
    until("she may call again", async || anna.principals().get_caller(request()).await.is_ok()).await;
    let watch = || pb::WatchEntriesRequest { parent: "programs/qc".into(), ..Default::default() };
    let audrey = server.by("audrey");
    let mut open = Vec::new();
    for _ in 0..2 {
        open.push(audrey.ledger().watch_entries(watch()).await.unwrap().into_inner());
    }
    let told = Refused::of(&audrey.ledger().watch_entries(watch()).await.unwrap_err());
    let metadata = told.because(Code::ResourceExhausted, "ERROR_REASON_TOO_MUCH_AT_ONCE");
    assert_eq!(metadata, [("max", "2"), ("of", "open streams")]);
    drop(open);
    until("a place is free again", async || audrey.ledger().watch_entries(watch()).await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_act_of_administration_is_listed_with_who_did_it_and_why() {
    // INV 62
    let server = Guarded::start().await;
    server.publish().await;
    let forum = server.key("forum", &[pb::Role::Frontend], &["forum"]).await.secret_key;
    for n in 0..30 {
        let activity = record(accepted(&format!("a{n}"), "ben", "2018-04-01T00:00:00Z"));
        server.clients.showing(&forum).ledger().record_activity(activity).await.unwrap();
    }
    let suspend = pb::SuspendMemberRequest {
        name: "programs/qc/members/ben".into(),
        suspension_id: "s1".into(),
        reason: pb::SuspensionReason::Requested.into(),
        note: "holidays".into(),
    };
    server.by("carla").members().suspend_member(suspend).await.unwrap();
    server.try_change("anna", "bad", Change::AddPerson(login("carla"))).await.unwrap_err();
    let mut acts = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListActsRequest { parent: "programs/qc".into(), page_size: 2, page_token, after_seq: 0 };
        let page = server.by("anna").audit().list_acts(request).await.unwrap().into_inner();
        assert!(page.acts.len() <= 2);
        acts.extend(page.acts);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let told: Vec<_> = acts.iter().map(|act| (act.kind.as_str(), act.note.as_str())).collect();
    assert_eq!(
        told,
        [
            ("program_created", ""),
            ("access_begun", ""),
            ("access_changed", "why"),
            ("access_proposed", "why"),
            ("access_changed", ""),
            ("rule_set_published", ""),
            ("access_changed", "why"),
            ("member_suspended", "holidays"),
        ]
    );
    assert_eq!(acts[7].about, "programs/qc/members/ben");
    assert!(acts[7].principal.starts_with("p-") && acts[0].principal == "operator:olga", "{acts:?}");
    let after = pb::ListActsRequest { parent: "programs/qc".into(), after_seq: acts[6].seq, ..Default::default() };
    let after = server.by("anna").audit().list_acts(after).await.unwrap().into_inner();
    assert_eq!((after.acts, after.next_page_token.as_str()), (acts[7..].to_vec(), ""));
    let address = server.running.address.to_string();
    let token = server.folder.path().join("anna.token");
    std::fs::write(&token, server.issuer.token("anna")).unwrap();
    let words = ["acts", "--program", "qc", "--server", &address, "--token-file", "anna.token"];
    let told = crate::support::process::goodturn(server.folder.path(), &words).done();
    assert_eq!(told.lines().count(), 8, "{told}");
    assert!(told.ends_with("member_suspended  members/ben  holidays\n"), "{told}");
}
