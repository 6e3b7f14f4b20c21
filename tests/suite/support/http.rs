//! Calls by HTTP alone, as a page of the web or `curl` makes them.

use std::net::SocketAddr;

use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tonic::codegen::Bytes;
use tonic::codegen::http::{HeaderMap, Request, StatusCode};

/// A caller by HTTP. Each call has a connection of its own.
#[derive(Clone)]
pub struct Http {
    pub address: SocketAddr,
    is_2: bool,
    headers: Vec<(&'static str, String)>,
}

/// A reply, read to its end.
#[derive(Debug)]
pub struct Told {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Told {
    /// Returns the body, which is JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    /// Returns a header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Http {
    /// Makes a caller by HTTP/1.1.
    pub fn to(address: SocketAddr) -> Self {
        Self { address, is_2: false, headers: Vec::new() }
    }

    /// Makes the same by HTTP/2.
    pub fn by_2(self) -> Self {
        Self { is_2: true, ..self }
    }

    /// Makes the same with another header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Asks, and reads the reply to its end.
    pub async fn ask(&self, verb: &str, path: &str, body: impl Into<Bytes>) -> Told {
        let mut request = Request::builder().method(verb);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let body = Full::new(body.into());
        let socket = TokioIo::new(TcpStream::connect(self.address).await.unwrap());
        let reply = if self.is_2 {
            let request = request.uri(format!("http://{}{path}", self.address)).body(body).unwrap();
            let (mut calls, connection) = http2::handshake(TokioExecutor::new(), socket).await.unwrap();
            tokio::spawn(connection);
            calls.send_request(request).await.unwrap()
        } else {
            let request = request.uri(path).header("host", self.address.to_string()).body(body).unwrap();
            let (mut calls, connection) = http1::handshake(socket).await.unwrap();
            tokio::spawn(connection);
            calls.send_request(request).await.unwrap()
        };
        let (head, body) = reply.into_parts();
        Told { status: head.status, headers: head.headers, body: body.collect().await.unwrap().to_bytes() }
    }

    /// Calls a method with JSON.
    pub async fn call(&self, method: &str, message: &Value) -> Told {
        let caller = self.clone().with("content-type", "application/json");
        caller.ask("POST", &format!("/goodturn.v1.{method}"), message.to_string()).await
    }
}

/// Puts the prefix of a stream's message in front of it.
pub fn enveloped(flags: u8, message: &[u8]) -> Vec<u8> {
    [&[flags], &u32::try_from(message.len()).unwrap().to_be_bytes()[..], message].concat()
}

/// Takes the messages of a stream apart: their flags, and what they hold.
pub fn opened(mut stream: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut messages = Vec::new();
    while let Some(([flags, length @ ..], rest)) = stream.split_first_chunk::<5>() {
        let (message, rest) = rest.split_at(usize::try_from(u32::from_be_bytes(*length)).unwrap());
        messages.push((*flags, message.to_vec()));
        stream = rest;
    }
    assert_eq!(stream, b"", "the last message is whole");
    messages
}

/// Returns a request that records an activity of the forum's.
pub fn activity(id: &str, member: &str) -> Value {
    json!({"activity": {
        "name": format!("programs/qc/sources/forum/activities/{id}"), "kind": "kudos", "memberId": member,
        "occurredAt": "2018-04-01T00:00:00Z",
    }})
}

/// Writes a text as a part of an address.
pub fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
