//! Issuers, as the file of access names them: their keys come and go, and what is wrong is told at the start.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use goodturn::app::{Config, start};
use goodturn::pb;
use tokio::task::JoinSet;
use tonic::Code;
use tonic::codegen::http::{HeaderMap, HeaderName};

use crate::support::clients::{database, on_free_port};
use crate::support::issuer::{Guarded, Issuer, write_access};
use crate::support::process::until;
use crate::support::raw::{Raw, framed};
use crate::support::refused::Refused;
use prost::Message as _;

fn ask() -> pb::GetCallerRequest {
    pb::GetCallerRequest { parent: "programs/qc".into() }
}

/// Keys are rotated under calls: tokens of the new key are taken at once, and those of a key that is withdrawn are not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_rotated_under_calls_and_none_fails() {
    // INV 4, 85
    let mut server = Guarded::start().await;
    let keys = server.folder.path().join("keys.json");
    let first = server.issuer.token("anna");
    let (stop, calls) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
    let mut callers = JoinSet::new();
    for _ in 0..4 {
        let (stop, calls, anna) = (Arc::clone(&stop), Arc::clone(&calls), server.clients.showing(&first));
        callers.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                anna.principals().get_caller(ask()).await.unwrap();
                calls.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    for _ in 0..3 {
        server.issuer.rotate();
        // A token that comes before the new set is refused: its key is not the issuer's yet.
        let early = server.by("ben").principals().get_caller(ask()).await.unwrap_err();
        assert_eq!(early.message(), "the token is signed with a key that its issuer does not have");
        std::fs::write(&keys, server.issuer.key_set()).unwrap();
        until("the new key is known", async || server.by("ben").principals().get_caller(ask()).await.is_ok()).await;
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = callers.join_next().await {
        ended.unwrap();
    }
    assert!(calls.load(Ordering::Relaxed) > 100, "{calls:?}");
    // A set that cannot be read, or has no key, leaves those there were.
    for broken in ["{", r#"{"keys": []}"#] {
        std::fs::write(&keys, broken).unwrap();
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        server.by("ben").principals().get_caller(ask()).await.unwrap();
    }
    server.issuer.withdraw();
    std::fs::write(&keys, server.issuer.key_set()).unwrap();
    let old = server.clients.showing(&first);
    until("the first key is gone", async || old.principals().get_caller(ask()).await.is_err()).await;
    server.by("anna").principals().get_caller(ask()).await.unwrap();
}

#[tokio::test]
async fn a_token_or_a_header_that_is_wrong_is_refused_with_the_reason() {
    // INV 85
    let server = Guarded::start().await;
    let refused = async |token: String| {
        let refused = server.clients.showing(token).principals().get_caller(ask()).await.unwrap_err();
        let refused = Refused::of(&refused);
        refused.because(Code::Unauthenticated, "ERROR_REASON_NOT_AUTHENTICATED");
        refused.message
    };
    let token = |change: fn(&mut serde_json::Value)| server.issuer.token_with("anna", change);
    for (token, told) in [
        (token(|claims| claims["exp"] = 1.into()), "seconds ago; get another from its issuer"),
        (token(|claims| claims["aud"] = "another".into()), "for another audience"),
        (token(|claims| claims["iss"] = "https://login.example/".into()), "an issuer that is not trusted here"),
        (Issuer::new().token("anna"), "not signed by its issuer"),
        ("no token".to_owned(), "no access token that can be read here"),
    ] {
        let message = refused(token).await;
        assert!(message.contains(told), "{message}");
        assert!(!message.contains("anna"), "nothing of the token is told: {message}");
    }
    // A program's token is no person's, whoever's subject it bears.
    let program = server.issuer.token_with("anna", |claims| drop(claims.as_object_mut().unwrap().remove("auth_time")));
    let message = refused(program).await;
    assert!(message.contains("the token is a program's"), "{message}");
    // Names, several headers, other schemes, a token in the URL.
    let anna = format!("Bearer {}", server.issuer.token("anna"));
    let mut raw = Raw::connect(server.running.address, 65_535).await;
    let url = format!("Principals/GetCaller?access_token={}", server.issuer.token("anna"));
    for (method, headers) in [
        ("Principals/GetCaller", vec![("goodturn-principal", "anna")]),
        ("Principals/GetCaller", vec![("authorization", &*anna), ("goodturn-principal", "anna")]),
        ("Principals/GetCaller", vec![("authorization", &anna), ("authorization", &anna)]),
        ("Principals/GetCaller", vec![("authorization", anna.trim_start_matches("Bearer "))]),
        ("Principals/GetCaller", vec![("authorization", "Basic YW5uYTphbm5h")]),
        (&url, vec![]),
    ] {
        let headers = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let mut call = raw.begin_with(&headers.collect::<HeaderMap>(), method).await.unwrap();
        let _sent = call.send(framed(&ask().encode_to_vec()), true).await;
        let told = Refused::of(&call.status().await);
        told.because(Code::Unauthenticated, "ERROR_REASON_NOT_AUTHENTICATED");
    }
}

#[tokio::test]
async fn settings_that_let_nobody_or_everybody_in_are_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let access = write_access(folder.path(), &Issuer::new());
    let config = || Config { access: Some(access.clone()), ..on_free_port(database(&folder)) };
    let refused = async |config: Config| start(&config).await.err().expect("it is refused").to_string();
    let anywhere = || "0.0.0.0:0".parse().unwrap();
    let told = refused(Config { access: None, listen: anywhere(), ..config() }).await;
    assert!(told.contains("without a file of access whoever calls is believed"), "{told}");
    let told = refused(Config { listen: anywhere(), ..config() }).await;
    assert!(told.contains("tokens would travel in plain text"), "{told}");
    let told = refused(Config { access: None, is_behind_proxy: true, ..config() }).await;
    assert!(told.contains("a proxy would let everybody in"), "{told}");
    start(&Config { listen: anywhere(), is_behind_proxy: true, ..config() }).await.unwrap().stop().await.unwrap();
    let good = std::fs::read_to_string(&access).unwrap();
    for (text, told) in [
        (String::new(), "issuers has 0; give 1 to 16"),
        (good.replace("keys.json", "missing.json"), "missing.json cannot be read"),
        (good.replace("\"keys.json\"", "\"http://login.example/keys\""), "that begins with https://"),
        (good.replace("[\"pepper\"]", "[\"keys.json\", \"none\"]"), "none cannot be read"),
        (
            good.replace("person_claim = \"auth_time\"", ""),
            "operators[0].issuer is no issuer of the file that has a person_claim",
        ),
        (good.replace("\"olga\"\nissuer", "\"goodturn\"\nissuer"), "is kept for the service itself"),
        (good.replace("audience", "audiance"), "unknown field `audiance`"),
    ] {
        std::fs::write(&access, text).unwrap();
        let refusal = refused(config()).await;
        assert!(refusal.contains(told), "{refusal}");
    }
    std::fs::write(folder.path().join("pepper"), "short").unwrap();
    std::fs::write(&access, good.replace("name = \"olga\"", "name = \"o l g a\"")).unwrap();
    let refusal = refused(config()).await;
    assert!(refusal.contains("has 5 bytes; a pepper has 32 random ones at least"), "{refusal}");
    assert!(refusal.contains("operators[0].name has ' '"), "all of it is told: {refusal}");
}
