//! Servers that hang or lie, and commands that ask them: each command ends, and says why.

use std::time::Duration;

use goodturn::pb;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::codegen::http;
use tonic::codegen::{BoxFuture, Service};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::Server;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use crate::support::process::{Ended, goodturn};

/// Runs a command against a server, beside it.
async fn ask(address: std::net::SocketAddr, command: &'static [&'static str]) -> Ended {
    let run = move || {
        let folder = tempfile::tempdir().unwrap();
        let server = format!("http://{address}");
        goodturn(folder.path(), &[command, &["--program", "qc", "--server", &server]].concat())
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// A server that takes connections and never says a word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_does_not_wait_for_ever_for_a_silent_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let silent = tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            open.push(connection);
        }
    });
    let both = async { tokio::join!(ask(address, &["history", "cleo"]), ask(address, &["flags"])) };
    let (history, flags) = tokio::time::timeout(Duration::from_mins(1), both).await.expect("they end");
    for ended in [history, flags] {
        assert!(ended.refused().starts_with("goodturn: cannot "));
    }
    silent.abort();
}

/// A server whose pages come in a circle of three.
#[derive(Clone)]
struct Circle;

impl NamedService for Circle {
    const NAME: &'static str = "goodturn.v1.Ledger";
}

impl UnaryService<pb::ListEntriesRequest> for Circle {
    type Response = pb::ListEntriesResponse;
    type Future = BoxFuture<Response<Self::Response>, Status>;

    fn call(&mut self, request: Request<pb::ListEntriesRequest>) -> Self::Future {
        let next = match request.get_ref().page_token.as_str() {
            "" | "c" => "a",
            "a" => "b",
            _ => "c",
        };
        let entry = pb::Entry { seq: 1, sentence: "It goes round.".into(), ..pb::Entry::default() };
        let page = pb::ListEntriesResponse { entries: vec![entry], next_page_token: next.into() };
        Box::pin(async move { Ok(Response::new(page)) })
    }
}

impl Service<http::Request<tonic::body::Body>> for Circle {
    type Response = http::Response<tonic::body::Body>;
    type Error = std::convert::Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        Box::pin(async move {
            let codec = ProstCodec::<pb::ListEntriesResponse, pb::ListEntriesRequest>::default();
            Ok(Grpc::new(codec).unary(Self, request).await)
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_does_not_go_round_with_a_server_that_gives_its_pages_in_a_circle() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server =
        tokio::spawn(Server::builder().add_service(Circle).serve_with_incoming(TcpListenerStream::new(listener)));
    let ended = ask(address, &["history", "cleo"]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert_eq!(ended.stderr, "goodturn: the server gives the same pages again; the list cannot be read to its end\n");
    let told = String::from_utf8(ended.stdout).unwrap();
    assert!(told.lines().count() < 12 && told.lines().all(|line| line == "It goes round."), "{told}");
    server.abort();
}
