//! Every method, with requests that are invented from the descriptors, and with such as were damaged on their way.

use std::collections::BTreeMap;
use std::time::Duration;

use goodturn::proto::DESCRIPTORS;
use prost::Message as _;
use prost_reflect::{DescriptorPool, MethodDescriptor};
use tonic::Code;

use crate::support::clients::{Clients, TestServer};
use crate::support::invented::request;
use crate::support::random::{Random, cases, seed};
use crate::support::raw::Raw;
use crate::support::reads::verified;
use crate::support::refused::Refused;
use crate::support::watched::record_many;

/// Calls of each method, unless `METHOD_CASES` says how many.
const CASES: u32 = 120;

/// How long the reply of one call may take, on a busy machine. A stream that has nothing to say is left then.
const PATIENCE: Duration = Duration::from_secs(20);
const STREAM_PATIENCE: Duration = Duration::from_millis(50);

/// Codes that no request may cause.
const OURS: [Code; 4] = [Code::Internal, Code::Unknown, Code::DataLoss, Code::Unavailable];

fn methods() -> Vec<MethodDescriptor> {
    let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
    let ours = pool.services().filter(|service| service.parent_file().package_name() == "goodturn.v1");
    ours.flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_breaks_the_server_or_the_log() {
    // INV 1, 57
    let seed = seed("METHOD_SEED");
    let server = TestServer::with_program().await;
    record_many(&server.clients, "k", 20).await;
    let (mut raw, mut taken, mut refused) = (Raw::connect(server.running.address, 1 << 20).await, BTreeMap::new(), 0);
    let methods = methods();
    for case in 0..u64::from(cases("METHOD_CASES", CASES)) {
        for (at, method) in methods.iter().enumerate() {
            let mut random = Random::of(seed, case << 8 | u64::try_from(at).unwrap());
            let mut bytes = request(method, &mut random).encode_to_vec();
            if random.percent(10) {
                damage(&mut bytes, &mut random);
            }
            let named = format!("{}/{}", method.parent_service().name(), method.name());
            let is_stream = method.is_client_streaming() || method.is_server_streaming();
            let patience = if is_stream { STREAM_PATIENCE } else { PATIENCE };
            let call = raw.call_as("mallory", &named, &bytes).await.expect("the connection lasts");
            match tokio::time::timeout(patience, call.status()).await {
                Err(_) => assert!(is_stream, "{named} does not answer; METHOD_SEED={seed}"),
                Ok(status) if status.code() == Code::Ok => *taken.entry(named).or_insert(0) += 1,
                Ok(status) => {
                    // It has all that every error has.
                    let told = Refused::of(&status);
                    assert!(!OURS.contains(&told.code), "{named}: {status:?}; METHOD_SEED={seed}");
                    refused += 1;
                }
            }
        }
    }
    println!("{taken:?} taken, {refused} refused; METHOD_SEED={seed}");
    assert!(taken.len() > methods.len() / 4 && refused > 0);
    // Nothing that was taken contradicts anything else.
    verified(&Clients::connect(server.running.address).await).await;
}

fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.index(bytes.len() + 1);
        match random.below(3) {
            0 => bytes.insert(at, u8::try_from(random.below(256)).unwrap()),
            1 => bytes.truncate(at),
            _ if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            _ => {}
        }
    }
}
