//! Every method by every way, with requests that are invented from the descriptors, and with such as were damaged on their way.

use std::collections::BTreeMap;
use std::time::Duration;

use goodturn::proto::DESCRIPTORS;
use prost::Message as _;
use prost_reflect::{DescriptorPool, MethodDescriptor};
use serde_json::Value;

use crate::support::clients::{Clients, TestServer};
use crate::support::http::{Http, Told, enveloped, opened};
use crate::support::invented::request;
use crate::support::random::{Random, cases, seed};
use crate::support::reads::verified;
use crate::support::watched::record_many;

/// Calls of each method, unless `WEB_CASES` says how many: each comes in another way.
const CASES: u32 = 24;

/// How long a reply may take, on a busy machine. A stream that has nothing to say is left then.
const PATIENCE: Duration = Duration::from_secs(20);
const STREAM_PATIENCE: Duration = Duration::from_millis(50);

/// Codes that no request may cause.
const OURS: [&str; 4] = ["internal", "unknown", "data_loss", "unavailable"];

/// The ways of a call: the type of its content for a single message, and for a stream.
const WAYS: [(&str, &str); 4] = [
    ("application/json", "application/connect+json"),
    ("application/json", "application/connect+json"),
    ("application/proto", "application/connect+proto"),
    ("application/grpc-web+proto", "application/grpc-web+proto"),
];

/// Returns the name of the code that a reply tells; `ok` when it is none.
fn code(told: &Told, is_stream: bool) -> String {
    let kind = told.header("content-type").to_owned();
    if kind.starts_with("application/grpc-web") {
        let end = opened(&told.body).into_iter().find(|(flags, _)| *flags == 0x80).map(|(_, trailers)| trailers);
        let end = String::from_utf8(end.unwrap_or_default()).unwrap();
        let in_end = end.lines().find_map(|line| line.strip_prefix("grpc-status:")).unwrap_or_default();
        let number = if told.header("grpc-status").is_empty() { in_end.trim() } else { told.header("grpc-status") };
        let code = tonic::Code::from_bytes(number.as_bytes());
        let [ok, internal, unknown, lost, unavailable] = ["ok", "internal", "unknown", "data_loss", "unavailable"];
        return match code {
            tonic::Code::Ok => ok,
            tonic::Code::Internal => internal,
            tonic::Code::Unknown => unknown,
            tonic::Code::DataLoss => lost,
            tonic::Code::Unavailable => unavailable,
            _ => "refused",
        }
        .into();
    }
    let error = if is_stream && told.status == 200 {
        let end = opened(&told.body).into_iter().find(|(flags, _)| *flags == 2).map(|(_, end)| end);
        serde_json::from_slice::<Value>(&end.expect("a stream has an end")).unwrap()["error"].clone()
    } else if told.status == 200 {
        return "ok".into();
    } else {
        told.json()
    };
    if error.is_null() {
        return "ok".into();
    }
    // It has all that every error has.
    let details = error["details"].as_array().unwrap_or_else(|| panic!("{error}"));
    let has = |name: &str| details.iter().any(|detail| detail["type"] == name && detail["debug"].is_object());
    assert!(has("google.rpc.ErrorInfo") && has("google.rpc.RequestInfo"), "{error}");
    error["code"].as_str().unwrap().into()
}

/// Returns a request in the form of a content type, as somebody might have sent it.
fn written(method: &MethodDescriptor, kind: &str, random: &mut Random) -> Option<Vec<u8>> {
    let message = request(method, random);
    // What cannot be written as JSON, as a time beyond the year 9999, is left out.
    let mut bytes = if kind.ends_with("json") { serde_json::to_vec(&message).ok()? } else { message.encode_to_vec() };
    if random.percent(20) {
        for _ in 0..=random.below(3) {
            let at = random.index(bytes.len() + 1);
            match random.below(4) {
                0 => bytes.insert(at, b"{}[],:\"0-e\\\xff\0"[random.index(13)]),
                1 => bytes.truncate(at),
                2 => drop(bytes.splice(at..at, *b"null")),
                _ if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
                _ => {}
            }
        }
    }
    let is_enveloped = kind.starts_with("application/connect+") || kind.starts_with("application/grpc-web");
    if !is_enveloped {
        return Some(bytes);
    }
    let end = if kind.starts_with("application/connect+") { enveloped(2, b"{}") } else { Vec::new() };
    Some([enveloped(0, &bytes), end].concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_breaks_the_server_or_the_log_however_it_comes() {
    // INV 1, 57
    let seed = seed("WEB_SEED");
    let server = TestServer::with_program().await;
    record_many(&server.clients, "k", 20).await;
    let http = Http::to(server.running.address).with("goodturn-principal", "mallory");
    let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
    let ours = pool.services().filter(|service| service.parent_file().package_name() == "goodturn.v1");
    let methods: Vec<MethodDescriptor> = ours.flat_map(|service| service.methods().collect::<Vec<_>>()).collect();
    let (mut taken, mut refused) = (BTreeMap::<&str, u32>::new(), 0);
    for case in 0..u64::from(cases("WEB_CASES", CASES)) {
        for (at, method) in methods.iter().enumerate() {
            let mut random = Random::of(seed, case << 8 | u64::try_from(at).unwrap());
            let (single, stream) = WAYS[random.index(WAYS.len())];
            let is_stream = method.is_client_streaming() || method.is_server_streaming();
            let kind = if is_stream { stream } else { single };
            let Some(bytes) = written(method, kind, &mut random) else { continue };
            let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
            let asking = http.clone().with("content-type", kind);
            let told = asking.ask("POST", &path, bytes.clone());
            let patience = if is_stream { STREAM_PATIENCE } else { PATIENCE };
            let Ok(told) = tokio::time::timeout(patience, told).await else {
                assert!(is_stream, "{path} does not answer; WEB_SEED={seed}");
                continue;
            };
            let code = code(&told, is_stream);
            let sent = String::from_utf8_lossy(&bytes);
            assert!(!OURS.contains(&code.as_str()), "{path} {kind} {sent}: {told:?}; WEB_SEED={seed}");
            if code == "ok" { *taken.entry(kind).or_default() += 1 } else { refused += 1 }
        }
    }
    println!("{taken:?} taken, {refused} refused; WEB_SEED={seed}");
    assert!(taken.values().sum::<u32>() > 100 && taken.len() >= 4 && refused > 100, "{taken:?}, {refused}");
    // Nothing that was taken contradicts anything else.
    verified(&Clients::connect(server.running.address).await).await;
}
