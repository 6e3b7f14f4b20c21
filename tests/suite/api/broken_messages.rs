//! `StreamActivities` of a client that does not speak the protocol: its end is told as every error is.

use goodturn::pb;
use prost::Message as _;
use tokio::sync::mpsc;
use tonic::Request;
use tonic::codegen::http::uri::PathAndQuery;
use tonic_prost::ProstCodec;

use crate::support::clients::{Clients, TestServer, kudos};
use crate::support::inflow::Inflow;
use crate::support::refused::head_seq;

/// A message whose activities are whatever bytes the client sends.
#[derive(Clone, PartialEq, prost::Message)]
struct Raw {
    #[prost(string, tag = "1")]
    parent: String,
    #[prost(bytes = "vec", repeated, tag = "2")]
    activities: Vec<Vec<u8>>,
}

fn raw(activities: Vec<Vec<u8>>) -> Raw {
    Raw { parent: "programs/qc".into(), activities }
}

/// A stream on which these messages are sent.
async fn sending(clients: &Clients, messages: Vec<Raw>) -> Inflow {
    let mut grpc = tonic::client::Grpc::new(clients.channel());
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_static("/goodturn.v1.Ledger/StreamActivities");
    let codec = ProstCodec::<Raw, pb::StreamActivitiesResponse>::default();
    let results = grpc.streaming(Request::new(tokio_stream::iter(messages)), path, codec).await.unwrap().into_inner();
    Inflow { send: mpsc::channel(1).0, results, outcomes: Vec::new() }
}

#[tokio::test]
async fn a_message_that_cannot_be_read_ends_the_stream_with_a_reason_after_what_came_before() {
    // INV 4, 8
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let good = |round: usize, n: usize| kudos(&format!("k{round}-{n}"), "ben", "2018-04-01T12:00:00Z").encode_to_vec();
    let garbage = || vec![b"\xff\xff\xff".to_vec()];
    let too_large = || vec![vec![0; 5 * 1024 * 1024]];
    let mut head = head_seq(clients).await;
    for (round, broken) in [garbage(), too_large()].into_iter().enumerate() {
        let mut stream = sending(clients, vec![raw(broken.clone())]).await;
        stream.cut().await.breaks(&["message"]);
        assert_eq!(stream.outcomes.len(), 0);
        let before = (0..300).map(|n| good(round, n)).collect();
        let mut stream = sending(clients, vec![raw(before), raw(broken)]).await;
        let told = stream.cut().await;
        told.breaks(&["message"]);
        assert!(told.message.starts_with("message cannot be read ("), "{}", told.message);
        head += 300;
        assert_eq!((stream.outcomes.len(), head_seq(clients).await), (300, head), "what came before is answered");
    }
}
