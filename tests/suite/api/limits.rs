//! Limits, as they stand on the wire.

use std::collections::BTreeMap;

use goodturn::grpc::server::{CONNECTION_CALLS_MAX, REQUEST_BYTES_MAX, SHUTDOWN_PATIENCE};
use goodturn::pb;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::support::clients::{TestServer, accepted, kudos, record};
use crate::support::refused::refused;

/// The SETTINGS frame is the first a server sends (RFC 9113, section 3.4).
#[tokio::test]
async fn the_server_tells_its_limits_in_its_first_frame() {
    let server = TestServer::start().await;
    let mut socket = TcpStream::connect(server.running.address).await.unwrap();
    socket.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00").await.unwrap();
    let mut header = [0; 9];
    socket.read_exact(&mut header).await.unwrap();
    let length = usize::from(header[1]) << 8 | usize::from(header[2]);
    assert_eq!((header[0], header[3]), (0, 4), "a short SETTINGS frame");
    let mut frame = vec![0; length];
    socket.read_exact(&mut frame).await.unwrap();
    let settings: BTreeMap<u16, u32> = frame
        .chunks_exact(6)
        .map(|setting| {
            let id = u16::from_be_bytes([setting[0], setting[1]]);
            (id, u32::from_be_bytes([setting[2], setting[3], setting[4], setting[5]]))
        })
        .collect();
    let (max_concurrent_streams, max_header_list_size) = (settings.get(&3), settings.get(&6));
    assert_eq!(
        (max_concurrent_streams, max_header_list_size),
        (Some(&CONNECTION_CALLS_MAX), Some(&8_192)),
        "{settings:?}"
    );
}

#[tokio::test]
async fn a_request_above_the_limit_is_refused_and_the_connection_lives() {
    let server = TestServer::with_program().await;
    let mut huge = accepted("huge", "ben", "2018-04-01T00:00:00Z");
    huge.subject = "x".repeat(REQUEST_BYTES_MAX);
    let told = refused(&server.clients, server.clients.ledger().record_activity(record(huge))).await;
    told.breaks(&["message"]);
    assert!(told.message.contains("the limit is: 4194304 bytes"), "{}", told.message);
    server.clients.ledger().record_activity(record(kudos("a", "ben", "2018-04-01T00:00:00Z"))).await.unwrap();
}

/// The largest page of the largest entries fits a reply.
#[tokio::test]
async fn the_largest_page_fits_a_reply() {
    let server = TestServer::with_program().await;
    let long = |n: usize| format!("{n:04}{}", "x".repeat(124));
    let activities = (0..1_000)
        .map(|n| pb::Activity {
            subject: long(n),
            counterparty_id: long(n + 1),
            ..accepted(&long(n), &long(n), "2018-04-01T00:00:00Z")
        })
        .collect();
    let batch = pb::BatchRecordActivitiesRequest { parent: "programs/qc".into(), activities, ..Default::default() };
    let reply = server.clients.ledger().batch_record_activities(batch).await.unwrap().into_inner();
    assert_eq!(reply.results.len(), 1_000);
    let list = pb::ListEntriesRequest { parent: "programs/qc".into(), page_size: 1_000, ..Default::default() };
    let page = server.clients.ledger().list_entries(list).await.unwrap().into_inner();
    assert_eq!(page.entries.len(), 1_000);
}

/// Who watches the server's health would keep it from ending for ever.
#[tokio::test]
async fn a_server_asked_to_stop_lets_go_of_who_watches_it() {
    // INV 68
    let server = TestServer::start().await;
    let channel = Channel::from_shared(format!("http://{}", server.running.address)).unwrap().connect().await.unwrap();
    let request = HealthCheckRequest { service: String::new() };
    let mut watch = HealthClient::new(channel).watch(request).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    drop(server.clients);
    let stopped = tokio::time::timeout(SHUTDOWN_PATIENCE / 2, server.running.stop());
    let told = async {
        let mut last = None;
        while let Ok(Some(status)) = watch.message().await {
            last = Some(status.status());
        }
        last
    };
    let (stopped, last) = tokio::join!(stopped, told);
    stopped.expect("it ends long before open calls are cut").unwrap();
    assert_eq!(last, Some(ServingStatus::NotServing));
}
