//! Every method by every role, cell by cell: what the definitions say is what the server does.

use std::collections::BTreeMap;
use std::time::Duration;

use goodturn::domain::value::ids::{BatchId, ProgramId};
use goodturn::domain::value::payment_id::PaymentId;
use goodturn::pb;
use goodturn::proto::DESCRIPTORS;
use goodturn::wire::method::Method;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde_json::Value;
use tonic::codegen::http::{HeaderMap, HeaderName};
use tonic::{Code, Status};

use crate::support::callers::{Who, everybody, may};
use crate::support::clients::Clients;
use crate::support::issuer::Guarded;
use crate::support::raw::{Raw, framed};
use crate::support::refused::Refused;

/// A well-formed request of each method; `{P}` stands for the programme, `{PAYMENT}` for a payment that its batch `b1` could have. Whatever is wrong in them would be told before anything
/// of roles is.
const REQUESTS: &str = include_str!("requests.json");

/// How long a stream that goes on is listened to. What is forbidden is refused at once.
const STREAM_PATIENCE: Duration = Duration::from_millis(300);

/// Requests of each method, by path, about a programme.
fn requests(program: &str) -> BTreeMap<&'static str, Vec<u8>> {
    let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
    let (of, batch) = (ProgramId::parse(program).unwrap(), BatchId::parse("b1").unwrap());
    let payment = PaymentId::of(&of, &batch, 1);
    let filled = REQUESTS.replace("{P}", program).replace("{PAYMENT}", payment.as_str());
    let table: BTreeMap<String, Value> = serde_json::from_str(&filled).unwrap();
    let paths: BTreeMap<String, &Method> =
        Method::all().iter().map(|method| (method.path.replace("/goodturn.v1.", ""), method)).collect();
    assert!(table.keys().eq(paths.keys()), "each method has one request");
    let of = |(name, json): (&String, &Value)| {
        let (service, method) = name.split_once('/').unwrap();
        let service = pool.get_service_by_name(&format!("goodturn.v1.{service}")).unwrap();
        let input = service.methods().find(|known| known.name() == method).unwrap().input();
        let message = DynamicMessage::deserialize(input, json).unwrap_or_else(|error| panic!("{name}: {error}"));
        (paths[name].path, message.encode_to_vec())
    };
    table.iter().map(of).collect()
}

/// The status of a call; `None` when it goes on.
async fn ask(raw: &mut Raw, who: &Who, path: &'static str, request: &[u8]) -> Option<Status> {
    let headers = who.shows.iter().map(|shown| (HeaderName::from_static("authorization"), shown.parse().unwrap()));
    let method = path.trim_start_matches("/goodturn.v1.");
    let headers: HeaderMap = headers.collect();
    let mut call = raw.begin_with(&headers, method).await.expect("the connection lasts");
    // What is refused by its headers alone need not be sent.
    let _sent = call.send(framed(request), true).await;
    if method == "Ledger/WatchEntries" {
        return tokio::time::timeout(STREAM_PATIENCE, call.status()).await.ok();
    }
    Some(call.status().await)
}

/// What a status says of permission.
fn decided(status: Option<&Status>) -> Option<bool> {
    let Some(status) = status.filter(|status| status.code() != Code::Ok) else { return Some(true) };
    let told = Refused::of(status);
    assert!(!matches!(told.code, Code::Internal | Code::Unknown | Code::DataLoss), "{told:?}");
    match told.reason.as_str() {
        "ERROR_REASON_NOT_PERMITTED" | "ERROR_REASON_NOT_AUTHENTICATED" => Some(false),
        "ERROR_REASON_INVALID_REQUEST" | "ERROR_REASON_PRINCIPAL_REQUIRED" => None,
        _ => Some(true),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_cell_of_the_table_of_roles_is_what_the_server_does() {
    // INV 4, 18, 60, 61, 85
    let server = Guarded::start().await;
    server.publish().await;
    let all = everybody(&server).await;
    let mut raw = Raw::connect(server.running.address, 1 << 20).await;
    let here = requests("qc");
    let (mut cells, mut wrong) = (0, Vec::new());
    // First whatever is forbidden: nothing of it is recorded.
    let before = head(&server.by("anna")).await;
    for allowed in [false, true] {
        for who in &all {
            for method in Method::all().iter().filter(|method| may(who, method) == allowed) {
                let status = ask(&mut raw, who, method.path, &here[method.path]).await;
                cells += 1;
                if decided(status.as_ref()) != Some(allowed) {
                    wrong.push(format!("{} as {}: {status:?}", method.path, who.name));
                }
                let is_known = status.as_ref().is_none_or(|status| status.code() != Code::Unauthenticated);
                assert_eq!(is_known, who.is_known, "{} as {}: {status:?}", method.path, who.name);
            }
        }
        if !allowed {
            assert_eq!(head(&server.by("anna")).await, before, "something forbidden was recorded");
        }
    }
    assert_eq!(wrong, [""; 0]);
    println!("{cells} cells, none undecided, none wrong");
    assert_eq!(cells, Method::all().len() * all.len());
    server.verified().await;
}

/// Nothing that is told of a programme differs from what is told of one that does not exist, for whoever has no role on it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_programme_of_others_looks_like_one_that_does_not_exist() {
    // INV 60
    let server = Guarded::start().await;
    server.publish().await;
    let all = everybody(&server).await;
    let mut raw = Raw::connect(server.running.address, 1 << 20).await;
    let [others, none] = ["other", "nowhere"].map(requests);
    let mut cells = 0;
    for who in all.iter().filter(|who| !["olga", "zoe"].contains(&who.name)) {
        for method in Method::all() {
            let told = |status: Option<Status>| status.map(|status| (status.code(), status.message().to_owned()));
            let there = told(ask(&mut raw, who, method.path, &others[method.path]).await);
            let nowhere = told(ask(&mut raw, who, method.path, &none[method.path]).await);
            assert_eq!(there, nowhere, "{} as {}", method.path, who.name);
            assert!(there.is_some_and(|(code, _)| code != Code::Ok), "{} as {}", method.path, who.name);
            cells += 1;
        }
    }
    assert!(cells > 900, "{cells}");
}

async fn head(owner: &Clients) -> i64 {
    let request = pb::GetProgramRequest { name: "programs/qc".into() };
    owner.programs().get_program(request).await.unwrap().into_inner().head_seq
}
