//! API keys: made, shown once, replaced, revoked.

use std::path::Path;
use std::time::Duration;

use goodturn::app::{Config, start};
use goodturn::ledger::clock::{Clock as _, Stopwatch, SystemClock};
use goodturn::pb;
use goodturn::pb::access_change::Change;
use tonic::Code;

use crate::support::clients::{Clients, accepted, kudos, on_free_port, record};
use crate::support::issuer::{Guarded, change_request, login};
use crate::support::postgres;
use crate::support::process::{Ended, goodturn, until};
use crate::support::refused::Refused;

fn balance() -> pb::GetBalanceRequest {
    pb::GetBalanceRequest { name: "programs/qc/members/ben".into(), min_seq: 0 }
}

/// Returns why a key opens nothing.
async fn refusal(clients: &Clients, key: &str) -> String {
    let refused = clients.showing(key).ledger().get_balance(balance()).await.unwrap_err();
    let refused = Refused::of(&refused);
    refused.because(Code::Unauthenticated, "ERROR_REASON_NOT_AUTHENTICATED");
    refused.message
}

#[tokio::test]
async fn a_key_that_is_wrong_in_any_one_way_opens_nothing() {
    // INV 85
    let server = Guarded::start().await;
    let made = server.key("forum", &[pb::Role::Frontend], &["forum"]).await;
    let key = made.secret_key.clone();
    server.clients.showing(&key).ledger().get_balance(balance()).await.unwrap();
    // Shown once: the same call again makes no other key, and shows none.
    let again = pb::ListAccessChangesRequest { parent: "programs/qc".into(), ..Default::default() };
    let changes = server.by("anna").principals().list_access_changes(again).await.unwrap().into_inner();
    assert!(changes.access_changes.iter().all(|change| change.secret_key.is_empty()), "{changes:?}");
    for odd in [&key[..key.len() - 1], &format!("{key}x"), &key.replace("gt_", "gt_x"), "gt_"] {
        assert_eq!(refusal(&server.clients, odd).await, "the API key is not whole: it was mistyped, or cut", "{odd}");
    }
    // One that is whole, of another server.
    let other = Guarded::start().await;
    let foreign = other.key("forum", &[pb::Role::Frontend], &["forum"]).await.secret_key;
    let unknown = refusal(&server.clients, &foreign).await;
    assert!(unknown.starts_with("the API key opens nothing here"), "{unknown}");
    // One of another programme of this server, and one for a programme that does not exist.
    server.create("other").await;
    for program in ["other", "nowhere"] {
        let name = format!("programs/{program}/members/ben");
        let elsewhere = pb::GetBalanceRequest { name, min_seq: 0 };
        let refused = server.clients.showing(&key).ledger().get_balance(elsewhere).await.unwrap_err();
        assert_eq!((refused.code(), refused.message()), (Code::Unauthenticated, unknown.as_str()), "{program}");
    }
    server.change("revoke", Change::RevokeKey(made.about)).await;
    let revoked = refusal(&server.clients, &key).await;
    assert_eq!(revoked, "the API key was revoked; ask an owner of the programme for another");
    // One that expires in a moment.
    let now = SystemClock.now().get() / 1_000_000;
    let brief = pb::Key {
        service: "forum".into(),
        roles: vec![pb::Role::Auditor.into()],
        expire_time: Some(prost_types::Timestamp { seconds: now + 1, nanos: 0 }),
        ..Default::default()
    };
    let brief = server.change("brief", Change::CreateKey(brief)).await.secret_key;
    let ended = "the API key expired at 20";
    let clients = server.clients.showing(&brief);
    until("it has expired", async || clients.ledger().get_balance(balance()).await.is_err()).await;
    assert!(refusal(&server.clients, &brief).await.starts_with(ended));
    server.verified().await;
}

#[tokio::test]
async fn a_service_has_two_keys_so_that_one_takes_the_place_of_the_other() {
    let server = Guarded::start().await;
    server.publish().await;
    let first = server.key("forum", &[pb::Role::Frontend], &["forum"]).await;
    let second = server.key("forum", &[pb::Role::Frontend], &["forum"]).await;
    for (id, key) in [("a1", &first), ("a2", &second)] {
        let forum = server.clients.showing(&key.secret_key);
        forum.ledger().record_activity(record(accepted(id, "ben", "2018-04-01T00:00:00Z"))).await.unwrap();
    }
    let third = pb::Key {
        service: "forum".into(),
        roles: vec![pb::Role::Auditor.into()],
        expire_time: Some(prost_types::Timestamp { seconds: SystemClock.now().get() / 1_000_000 + 60, nanos: 0 }),
        ..Default::default()
    };
    let third = Change::CreateKey(third);
    let refused = Refused::of(&server.try_change("anna", "third", third.clone()).await.unwrap_err());
    let of = "valid keys of the service";
    assert_eq!(refused.because(Code::FailedPrecondition, "ERROR_REASON_TOO_MANY"), [("max", "2"), ("of", of)]);
    server.change("revoke", Change::RevokeKey(first.about)).await;
    server.change("third", third).await;
    // Whichever of its keys it shows, it is one principal, and a retry is a retry.
    let entries = pb::ListEntriesRequest { parent: "programs/qc/members/ben".into(), ..Default::default() };
    let audrey = server.clients.showing(&second.secret_key);
    let entries = audrey.ledger().list_entries(entries).await.unwrap().into_inner().entries;
    let senders: Vec<&str> = entries.iter().map(|entry| entry.principal.as_str()).collect();
    assert_eq!(senders, ["service:forum", "service:forum"]);
    server.verified().await;
}

/// What is revoked at one server opens nothing at another within a second, and a stream that was open ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_opens_nothing_on_another_server_within_a_second() {
    // INV 85
    let server = Guarded::start_on(postgres::shared().create_database()).await;
    server.publish().await;
    let access = Some(server.folder.path().join("access.toml"));
    let database = server.database.clone();
    let second = start(&Config { access, ..on_free_port(database) }).await.unwrap();
    let there = Clients::connect(second.address).await;
    for round in 0..5 {
        let made = server.key(&format!("forum-{round}"), &[pb::Role::Frontend], &["forum"]).await;
        let forum = there.showing(&made.secret_key);
        let activity = |n: i32| record(kudos(&format!("k-{round}-{n}"), "ben", "2018-04-01T00:00:00Z"));
        until("the other server knows the key", async || forum.ledger().record_activity(activity(0)).await.is_ok())
            .await;
        let watch = pb::WatchEntriesRequest { parent: "programs/qc".into(), ..Default::default() };
        let mut entries = forum.ledger().watch_entries(watch).await.unwrap().into_inner();
        entries.message().await.unwrap().unwrap();
        server.change(&format!("revoke-{round}"), Change::RevokeKey(made.about)).await;
        let revoked = Stopwatch::start();
        let mut calls = 0;
        while forum.ledger().record_activity(activity(1)).await.is_ok() {
            calls += 1;
            assert!(revoked.elapsed() < Duration::from_secs(1), "after {calls} calls");
        }
        // The entry that revoked it is the last thing that its stream may tell.
        let end = loop {
            match entries.message().await {
                Ok(page) => assert!(page.is_some()),
                Err(end) => break end,
            }
        };
        assert_eq!(end.code(), Code::Unauthenticated, "{end:?}");
    }
    second.stop().await.unwrap();
}

fn run(server: &Guarded, token: &Path, words: &[&str]) -> Ended {
    let (address, token) = (server.running.address.to_string(), token.display().to_string());
    let given = [words, &["--program", "qc", "--server", &address, "--token-file", &token]].concat();
    goodturn(server.folder.path(), &given)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_creates_lists_and_revokes_keys() {
    let server = Guarded::start().await;
    let token = server.folder.path().join("anna.token");
    std::fs::write(&token, server.issuer.token("anna") + "\n").unwrap();
    let create = ["keys", "create", "--service", "forum", "--role", "frontend", "--source", "forum", "--note", "why"];
    let created = run(&server, &token, &create);
    let key = String::from_utf8(created.stdout.clone()).unwrap();
    assert!(key.starts_with("gt_") && key.ends_with('\n') && key.len() == 53, "{created:?}");
    assert!(created.stderr.contains("forum  frontend, records for forum, expires 20"), "{}", created.stderr);
    assert!(!created.stderr.contains(key.trim()), "it is printed once");
    server.clients.showing(key.trim()).ledger().get_balance(balance()).await.unwrap();
    let listed = run(&server, &token, &["keys", "list"]).done();
    let id = key.split('_').nth(1).unwrap();
    assert!(listed.starts_with(&format!("{id}  forum  frontend, records for forum, expires 20")), "{listed}");
    assert!(!listed.contains(key.trim()));
    let revoked = run(&server, &token, &["keys", "revoke", id, "--note", "why"]).done();
    assert_eq!(revoked, format!("{id} is revoked: within a second it opens nothing on any server.\n"));
    assert!(run(&server, &token, &["keys", "list"]).done().contains(", revoked\n"));
    let persons = run(&server, &token, &["access", "list"]).done();
    let lines: Vec<&str> = persons.lines().map(|line| line.split_once("  ").unwrap().1).collect();
    let anna = "The person anna  owner  (anna at https://login.example)";
    assert!(lines.len() == 2 && lines.contains(&anna), "{persons}");
    // Somebody who is no owner is told so, and a token that cannot travel safely does not.
    std::fs::write(&token, server.issuer.token("stranger")).unwrap();
    let refused = run(&server, &token, &["keys", "list"]).refused();
    assert!(refused.contains("cannot list the keys: this needs somebody with the role owner or auditor"), "{refused}");
    let words = ["keys", "list", "--program", "qc", "--server", "192.0.2.1:7460", "--token-file", "anna.token"];
    let refused = goodturn(server.folder.path(), &words).refused();
    assert!(refused.contains("the token would travel in plain text to 192.0.2.1:7460"), "{refused}");
    std::fs::write(&token, "").unwrap();
    let refused = run(&server, &token, &["keys", "list"]).refused();
    assert!(refused.contains("anna.token holds no token"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_is_let_in_again_at_the_machine_itself_and_everybody_sees_it() {
    let server = Guarded::start().await;
    let database = server.database.clone();
    let recover = |subject: &'static str| {
        let words =
            ["access", "recover", "--database", &database, "--program", "qc", "--issuer", "https://login.example"];
        goodturn(server.folder.path(), &[&words[..], &["--subject", subject, "--note", "all have left"]].concat())
    };
    let told = recover("zelda").done();
    assert!(told.starts_with("persons/p-") && told.contains(" is an owner of qc, as entry "), "{told}");
    let list = pb::ListPersonsRequest { parent: "programs/qc".into(), ..Default::default() };
    until("the server knows of it", async || server.by("zelda").principals().list_persons(list.clone()).await.is_ok())
        .await;
    let refused = recover("zelda").refused();
    assert!(refused.contains("it is owner"), "{refused}");
    let change = change_request("z1", Change::AddPerson(login("zack")));
    server.by("zelda").principals().change_access(change).await.unwrap();
    server.verified().await;
}
