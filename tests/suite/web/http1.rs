//! Connections of HTTP/1.1: kept, cut, and ended before the end of a request.

use serde_json::{Value, json};

use crate::support::http::{Http, activity, encoded};
use crate::support::served::Served;

async fn served() -> (Served, Http) {
    let served = Served::at("2018-04-02T00:00:00Z").await;
    let http = Http::to(served.address).with("goodturn-principal", "forum");
    (served, http)
}

#[tokio::test]
async fn headers_of_http1_that_are_too_long_are_cut_and_calls_go_on() {
    // INV 76
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (served, http) = served().await;
    let mut socket = tokio::net::TcpStream::connect(served.address).await.unwrap();
    socket.write_all(b"POST /goodturn.v1.Ledger/GetBalance HTTP/1.1\r\n").await.unwrap();
    let mut sent = 0;
    // It is cut while it sends, or when it asks.
    while sent < 1 << 20 && socket.write_all(format!("x-{sent}: {}\r\n", "y".repeat(1_000)).as_bytes()).await.is_ok() {
        sent += 1_000;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert!(sent < 200_000, "{sent}");
    let mut rest = Vec::new();
    let _cut = socket.read_to_end(&mut rest).await;
    assert_eq!(http.call("Ledger/GetBalance", &json!({"name": "programs/qc/members/ben"})).await.status, 200);
}

/// A client keeps its connection, and sends as much by it as it wants.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_of_http1_takes_any_number_of_calls_and_of_any_size() {
    let (served, _http) = served().await;
    let socket = tokio::net::TcpStream::connect(served.address).await.unwrap();
    let (mut calls, connection) =
        hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(socket)).await.unwrap();
    tokio::spawn(connection);
    let host = served.address.to_string();
    let asked = |verb: &str, path: String, body: String| {
        let request = tonic::codegen::http::Request::builder().method(verb).uri(path).header("host", host.clone());
        let request = request.header("goodturn-principal", "forum").header("content-type", "application/json");
        request.body(http_body_util::Full::new(tonic::codegen::Bytes::from(body))).unwrap()
    };
    let batch: Vec<Value> = (0..700)
        .map(|n| {
            let mut activity = activity(&format!("b-{n}"), "ben")["activity"].take();
            activity["subject"] = "s".repeat(100).into();
            activity
        })
        .collect();
    let batch = json!({"parent": "programs/qc", "activities": batch}).to_string();
    assert!(batch.len() > 150_000, "{}", batch.len());
    let balance =
        format!("/goodturn.v1.Ledger/GetBalance?message={}", encoded(r#"{"name":"programs/qc/members/ben"}"#));
    for round in 0..1_000 {
        let request = match round % 50 {
            0 => asked("POST", "/goodturn.v1.Ledger/BatchRecordActivities".into(), batch.clone()),
            1 => asked("OPTIONS", "/goodturn.v1.Ledger/GetBalance".into(), String::new()),
            2 => asked("POST", "/goodturn.v1.Ledger/GetBalance".into(), r#"{"name":"programs/qc/members/ben"}"#.into()),
            _ => asked("GET", balance.clone(), String::new()),
        };
        calls.ready().await.unwrap();
        let reply = calls.send_request(request).await.unwrap_or_else(|error| panic!("call {round}: {error}"));
        assert_eq!(reply.status(), 200, "call {round}");
        http_body_util::BodyExt::collect(reply.into_body()).await.unwrap();
    }
}

/// The time of a caller holds for its own request, too.
#[tokio::test]
async fn a_request_that_does_not_end_in_its_time_is_told_so() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (served, _http) = served().await;
    for timeout in ["connect-timeout-ms: 300", "grpc-timeout: 300m"] {
        let mut socket = tokio::net::TcpStream::connect(served.address).await.unwrap();
        let head = format!(
            "POST /goodturn.v1.Ledger/GetBalance HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ngoodturn-principal: forum\r\n\
             content-type: application/json\r\ncontent-length: 90\r\n{timeout}\r\n\r\n{{\"name\":"
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut told = Vec::new();
        let reading = socket.read_to_end(&mut told);
        let _closed = tokio::time::timeout(std::time::Duration::from_secs(10), reading).await.expect("it is answered");
        let told = String::from_utf8_lossy(&told);
        assert!(told.starts_with("HTTP/1.1 504") && told.contains("ERROR_REASON_DEADLINE_PASSED"), "{timeout}: {told}");
    }
}

/// What is not read of a request stands in the way of the next one, so its sender is told not to send one.
#[tokio::test]
async fn a_refusal_before_the_end_of_a_request_says_that_the_connection_closes() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (served, _http) = served().await;
    for (headers, sent, status, closes) in [
        ("content-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 300000", 10, "501", true),
        ("content-type: application/json\r\ncontent-length: 5000000", 10, "400", true),
        ("content-type: application/grpc-web+json\r\ncontent-length: 2", 2, "415", true),
        ("content-type: text/plain\r\ncontent-length: 0", 0, "415", false),
    ] {
        let mut socket = tokio::net::TcpStream::connect(served.address).await.unwrap();
        let head = format!("POST /goodturn.v1.Ledger/GetBalance HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(&vec![b'x'; sent]).await.unwrap();
        let (mut told, mut piece) = (Vec::new(), [0; 4_096]);
        while !String::from_utf8_lossy(&told).contains("\r\n\r\n") {
            let read = socket.read(&mut piece).await.unwrap();
            assert!(read > 0, "{headers}: no reply");
            told.extend_from_slice(&piece[..read]);
        }
        let told = String::from_utf8_lossy(&told).into_owned();
        assert!(told.starts_with(&format!("HTTP/1.1 {status}")), "{headers}: {told}");
        assert_eq!(told.contains("connection: close"), closes, "{headers}: {told}");
    }
}
