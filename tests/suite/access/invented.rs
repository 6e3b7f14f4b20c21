//! Every method, with invented requests of people and programs of every role.

use std::collections::BTreeMap;
use std::time::Duration;

use goodturn::proto::DESCRIPTORS;
use goodturn::wire::method::Method;
use prost::Message as _;
use prost_reflect::DescriptorPool;
use tonic::Code;
use tonic::codegen::http::{HeaderMap, HeaderName};

use crate::support::callers::{everybody, may};
use crate::support::invented::request;
use crate::support::issuer::Guarded;
use crate::support::random::{Random, cases, seed};
use crate::support::raw::{Raw, framed};
use crate::support::refused::Refused;

/// Calls of each method, unless `METHOD_CASES` says how many. Every second one is by somebody who may make it.
const CASES: u32 = 60;

/// How long a stream is listened to that has nothing to say.
const STREAM_PATIENCE: Duration = Duration::from_millis(50);

/// Codes that no request may cause.
const OURS: [Code; 4] = [Code::Internal, Code::Unknown, Code::DataLoss, Code::Unavailable];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_opens_what_its_caller_has_no_role_for() {
    // INV 57, 60, 61
    let seed = seed("METHOD_SEED");
    let server = Guarded::start().await;
    server.publish().await;
    let all = everybody(&server).await;
    let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
    let mut raw = Raw::connect(server.running.address, 1 << 20).await;
    let (mut taken, mut forbidden) = (BTreeMap::new(), 0);
    for case in 0..u64::from(cases("METHOD_CASES", CASES)) {
        for (at, method) in Method::all().iter().enumerate() {
            let mut random = Random::of(seed, case << 8 | u64::try_from(at).unwrap());
            let callers: Vec<_> = all.iter().filter(|who| case % 2 == 0 || may(who, method)).collect();
            let who = callers[random.index(callers.len())];
            let (service, name) = method.path.trim_start_matches('/').split_once('/').unwrap();
            let service = pool.get_service_by_name(service).unwrap();
            let definition = service.methods().find(|known| known.name() == name).unwrap();
            let bytes = request(&definition, &mut random).encode_to_vec();
            let shown =
                who.shows.iter().map(|shown| (HeaderName::from_static("authorization"), shown.parse().unwrap()));
            let shown: HeaderMap = shown.collect();
            let path = method.path.trim_start_matches("/goodturn.v1.");
            let mut call = raw.begin_with(&shown, path).await.expect("the connection lasts");
            let _sent = call.send(framed(&bytes), true).await;
            let told = format!("{path} as {}; METHOD_SEED={seed}", who.name);
            let is_stream = definition.is_client_streaming() || definition.is_server_streaming();
            let patience = if is_stream { STREAM_PATIENCE } else { Duration::from_secs(20) };
            match tokio::time::timeout(patience, call.status()).await {
                Err(_) => assert!(is_stream && may(who, method), "no answer: {told}"),
                Ok(status) if status.code() == Code::Ok => {
                    assert!(may(who, method), "{told}");
                    *taken.entry(path).or_insert(0) += 1;
                }
                Ok(status) => {
                    let refused = Refused::of(&status);
                    assert!(!OURS.contains(&refused.code), "{told}: {status:?}");
                    forbidden += u32::from(matches!(refused.code, Code::PermissionDenied | Code::Unauthenticated));
                }
            }
        }
    }
    println!("{taken:?} taken, {forbidden} forbidden; METHOD_SEED={seed}");
    assert!(taken.len() > Method::all().len() / 5 && forbidden > 100);
    server.verified().await;
}
