//! gRPC-Web, in its binary form and as text, and pages of other origins.

use base64::Engine as _;
use goodturn::app::Config;
use goodturn::pb;
use prost::Message as _;

use crate::support::clients::{kudos, on_free_port, record};
use crate::support::http::{Http, Told, enveloped, opened};
use crate::support::served::Served;

const RECORD: &str = "/goodturn.v1.Ledger/RecordActivity";

fn receipt(body: &[u8]) -> pb::Receipt {
    let messages = opened(body);
    let [(0, message), (0x80, trailers)] = &messages[..] else { panic!("{messages:?}") };
    assert!(String::from_utf8_lossy(trailers).contains("grpc-status:0"), "{trailers:?}");
    pb::Receipt::decode(&message[..]).unwrap()
}

#[tokio::test]
async fn a_call_by_grpc_web_is_a_call() {
    let served = Served::at("2018-04-02T00:00:00Z").await;
    let http = Http::to(served.address).with("goodturn-principal", "forum").with("x-grpc-web", "1");
    let message = |id: &str| enveloped(0, &record(kudos(id, "ben", "2018-04-01T00:00:00Z")).encode_to_vec());
    for http in [http.clone(), http.clone().by_2()] {
        let told = http.with("content-type", "application/grpc-web+proto").ask("POST", RECORD, message("a")).await;
        assert_eq!(receipt(&told.body).balance.unwrap().available_points, 1);
    }
    let text = base64::engine::general_purpose::STANDARD;
    let asked = text.encode(message("b"));
    let http = http.with("content-type", "application/grpc-web-text").with("accept", "application/grpc-web-text");
    let told = http.ask("POST", RECORD, asked).await;
    assert_eq!(receipt(&decoded(&told)).balance.unwrap().available_points, 2);
    // An error has its details.
    let told = http.ask("POST", RECORD, text.encode(enveloped(0, b""))).await;
    let status = told.header("grpc-status").to_owned() + &String::from_utf8_lossy(&decoded(&told));
    assert!(status.contains('3'), "{told:?}");
}

/// Takes a text apart that is several, each with its own padding.
fn decoded(told: &Told) -> Vec<u8> {
    let text = std::str::from_utf8(&told.body).unwrap();
    let (mut bytes, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let end =
            rest.find('=').map_or(rest.len(), |at| at + rest[at..].find(|next| next != '=').unwrap_or(rest.len() - at));
        bytes.extend(base64::engine::general_purpose::STANDARD.decode(&rest[..end]).unwrap());
        rest = &rest[end..];
    }
    bytes
}

#[tokio::test]
async fn pages_of_origins_that_are_allowed_may_call_and_others_may_not() {
    let folder = tempfile::tempdir().unwrap();
    let origins = vec!["http://localhost:8000".parse().unwrap()];
    let config = Config { origins, ..on_free_port(crate::support::clients::database(&folder)) };
    let running = goodturn::app::start(&config).await.unwrap();
    let preflight = async |origin: &str| {
        let http = Http::to(running.address).with("origin", origin).with("access-control-request-method", "POST");
        http.with("access-control-request-headers", "authorization,connect-protocol-version,content-type")
            .ask("OPTIONS", RECORD, "")
            .await
    };
    let allowed = preflight("http://localhost:8000").await;
    assert_eq!(
        (allowed.status.as_u16(), allowed.header("access-control-allow-origin")),
        (200, "http://localhost:8000")
    );
    assert!(allowed.header("access-control-allow-headers").contains("connect-protocol-version"), "{allowed:?}");
    assert!(allowed.header("access-control-allow-methods").contains("GET"), "{allowed:?}");
    let refused = preflight("https://elsewhere.example").await;
    assert_eq!(refused.header("access-control-allow-origin"), "");
    // The reply itself may be read, with what tells of errors.
    let http =
        Http::to(running.address).with("origin", "http://localhost:8000").with("content-type", "application/json");
    let told = http.ask("POST", "/goodturn.v1.Ledger/GetBalance", "{}").await;
    assert_eq!(told.header("access-control-allow-origin"), "http://localhost:8000");
    assert!(told.header("access-control-expose-headers").contains("grpc-status-details-bin"), "{told:?}");
    running.stop().await.unwrap();
}
