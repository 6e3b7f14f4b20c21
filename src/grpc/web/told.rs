//! Replies of gRPC, as the replies of Connect that they become.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use tonic::codegen::http::{HeaderMap, HeaderName, Response};
use tonic::codegen::{Body as HttpBody, Bytes};

use super::asked::{END, PREFIX, enveloped, opened};
use super::{Form, JSON, Messages, error, json as transcode, overloaded};
use crate::grpc::budget::Taken;

/// What the headers of gRPC begin with. They are told in the caller's way.
const OF_GRPC: &str = "grpc-";

/// What is put before the names of trailers, which HTTP/1.1 rarely has (Connect protocol, "Unary-Response").
const TRAILER: &str = "trailer-";

impl Messages {
    /// Returns a message of gRPC as its caller wants it.
    fn told(&self, message: &[u8]) -> Result<Vec<u8>, Status> {
        match self.form {
            Form::Binary => Ok(message.into()),
            Form::Json { .. } => transcode::of_binary(message, &self.of)
                .map_err(|why| Status::internal(format!("the reply cannot be written as JSON: {why}"))),
        }
    }
}

/// Returns the error of a reply that has ended before its end: it must not look complete.
fn broken() -> Status {
    Status::unknown("the reply has broken off")
}

/// Returns the reply that tells an error.
pub(super) fn refusal(status: &Status) -> Response<Body> {
    let body = error::object(status).get().to_owned();
    let mut reply = Response::new(Body::new(http_body_util::Full::from(body)));
    *reply.status_mut() = error::http_status(status);
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    error::add_remedies(status, reply.headers_mut());
    reply
}

/// Returns the status of a reply, if its headers or trailers have it.
fn status_of(headers: &HeaderMap) -> Result<(), Status> {
    match Status::from_header_map(headers) {
        Some(status) if status.code() != tonic::Code::Ok => Err(status),
        _ => Ok(()),
    }
}

/// Copies the headers that are not gRPC's own.
fn copy(from: &HeaderMap, to: &mut HeaderMap, before: &str) {
    for (name, value) in from {
        let is_own = name.as_str().starts_with(OF_GRPC) || *name == CONTENT_TYPE || *name == CONTENT_LENGTH;
        if !is_own && let Ok(name) = HeaderName::try_from(format!("{before}{name}")) {
            to.append(name, value.clone());
        }
    }
}

/// Reads the reply to a single call, and translates it.
///
/// # Errors
/// The call has failed.
pub(super) async fn whole(reply: Response<Body>, messages: &Messages) -> Result<(HeaderMap, Vec<u8>), Status> {
    let (head, mut body) = reply.into_parts();
    status_of(&head.headers)?;
    let mut headers = HeaderMap::new();
    copy(&head.headers, &mut headers, "");
    let (mut read, taken, mut is_ended) = (Vec::new(), messages.room.none(), false);
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(bytes) => {
                if !taken.grow(bytes.len()) {
                    return Err(overloaded());
                }
                read.extend_from_slice(&bytes);
            }
            Err(frame) => {
                let trailers = frame.into_trailers().unwrap_or_default();
                status_of(&trailers)?;
                is_ended = true;
                copy(&trailers, &mut headers, TRAILER);
            }
        }
    }
    let message = read.get(PREFIX..).filter(|_| is_ended).ok_or_else(broken)?;
    Ok((headers, messages.told(message)?))
}

/// The body of a stream of replies.
pub(super) struct Told {
    inner: Body,
    messages: Messages,
    read: Vec<u8>,
    taken: Taken,
    is_done: bool,
}

impl Told {
    /// Translates a stream of replies. Its errors stand at its end.
    pub(super) fn stream(reply: Response<Body>, messages: Messages, content_type: &'static str) -> Response<Body> {
        let (head, inner) = reply.into_parts();
        let taken = messages.room.none();
        let mut told = match status_of(&head.headers) {
            Err(status) => Self::ended(status, content_type),
            Ok(()) => Response::new(Body::new(Self { inner, messages, read: Vec::new(), taken, is_done: false })),
        };
        copy(&head.headers, told.headers_mut(), "");
        told.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        told
    }

    /// Returns a stream that has ended with an error before its first message.
    pub(super) fn ended(status: Status, content_type: &'static str) -> Response<Body> {
        let mut told = Response::new(Body::new(http_body_util::Full::from(end(Err(status)))));
        told.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        told
    }

    /// Takes in bytes, and returns the messages that are whole.
    fn take(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Status> {
        if !self.taken.grow(bytes.len()) {
            return Err(overloaded());
        }
        self.read.extend_from_slice(bytes);
        let (mut whole, mut told) = (0, Vec::new());
        while let Some((_, length, rest)) = opened(&self.read[whole..]) {
            let Some(message) = rest.get(..length) else { break };
            told.extend(enveloped(0, &self.messages.told(message)?));
            whole += PREFIX + length;
        }
        self.read.drain(..whole);
        self.taken.shrink(whole);
        Ok(told)
    }
}

/// Returns the message that ends a stream.
fn end(outcome: Result<HeaderMap, Status>) -> Vec<u8> {
    let told = match outcome {
        Ok(trailers) => {
            let mut metadata = serde_json::Map::new();
            let mut others = HeaderMap::new();
            copy(&trailers, &mut others, "");
            for (name, value) in &others {
                let values = metadata.entry(name.as_str()).or_insert_with(|| json!([]));
                if let (Some(values), Ok(value)) = (values.as_array_mut(), value.to_str()) {
                    values.push(value.into());
                }
            }
            if metadata.is_empty() { json!({}) } else { json!({"metadata": Value::Object(metadata)}) }
        }
        Err(status) => return enveloped(END, format!("{{\"error\":{}}}", error::object(&status)).as_bytes()),
    };
    enveloped(END, told.to_string().as_bytes())
}

impl HttpBody for Told {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Status>>> {
        let frame = |bytes: Vec<u8>| Poll::Ready(Some(Ok(http_body::Frame::data(bytes.into()))));
        while !self.is_done {
            let outcome = match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
                Some(Ok(next)) => match next.into_data() {
                    Ok(bytes) => match self.take(&bytes) {
                        Ok(told) if told.is_empty() => continue,
                        Ok(told) => return frame(told),
                        Err(status) => Err(status),
                    },
                    Err(next) => {
                        let trailers = next.into_trailers().unwrap_or_default();
                        status_of(&trailers).map(|()| trailers)
                    }
                },
                Some(Err(status)) => Err(status),
                None => Err(broken()),
            };
            self.is_done = true;
            self.inner = Body::empty();
            return frame(end(outcome));
        }
        Poll::Ready(None)
    }
}
