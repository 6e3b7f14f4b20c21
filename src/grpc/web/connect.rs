//! Connect: a call by a POST, or by a GET where it changes nothing (connectrpc.com, "Connect Protocol Reference").

use std::sync::Arc;
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::Full;
use sha2::{Digest as _, Sha256};
use tonic::body::Body;
use tonic::codegen::http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, TE, TRANSFER_ENCODING, VARY, X_CONTENT_TYPE_OPTIONS,
};
use tonic::codegen::http::request::Parts;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::http::{
    HeaderMap, HeaderName, HeaderValue, Method as HttpMethod, Request as HttpRequest, Response as HttpResponse,
    StatusCode, Uri, Version,
};
use tonic::codegen::{Body as _, BoxFuture, Service};
use tonic::{Code, Status};
use url::form_urlencoded;

use super::asked::{Asked, too_large};
use super::schema::Method;
use super::told::{self, Told, refusal};
use super::{BINARY, Form, JSON, Messages, overloaded};
use crate::grpc::call_record::Book;
use crate::grpc::connection::Peer;
use crate::grpc::incoming::REQUEST_BYTES_MAX;
use crate::grpc::outgoing::{Outgoing, Replies};
use crate::wire::error::{ApiError, Violation};

const JSON_STREAM: &str = "application/connect+json";
const BINARY_STREAM: &str = "application/connect+proto";

/// What a POST may be of, as a refusal says it.
const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");
const ACCEPTED: &str = "application/json, application/proto, application/connect+json, application/connect+proto, application/grpc, \
                        application/grpc-web";

/// The coding of a message as it is.
const IDENTITY: &str = "identity";
const COMPRESSED: &str = "is none that is understood; send messages as they are";

const VERSION: &str = "connect-protocol-version";
const TIMEOUT: &str = "connect-timeout-ms";
const STREAM_ENCODING: &str = "connect-content-encoding";

/// Headers of Connect and of HTTP that a call of gRPC does not have.
const OF_CONNECT: [HeaderName; 8] = [
    CONTENT_LENGTH,
    CONTENT_ENCODING,
    ACCEPT_ENCODING,
    TRANSFER_ENCODING,
    HeaderName::from_static(VERSION),
    HeaderName::from_static(TIMEOUT),
    HeaderName::from_static(STREAM_ENCODING),
    HeaderName::from_static("connect-accept-encoding"),
];

/// A service that is called by Connect.
#[derive(Clone)]
pub(super) struct Connect<S> {
    pub(super) inner: S,
    pub(super) replies: Arc<Replies>,
    pub(super) book: Arc<Book>,
}

/// How a single call is made.
enum Verb {
    Post,
    /// By a GET, whose caller may know a reply by its mark.
    Get {
        known: Vec<HeaderValue>,
    },
}

/// A call, as its request line and its headers tell it.
struct Call {
    method: &'static Method,
    form: Form,
    is_stream: bool,
    /// The message, where it stands in the address.
    message: Option<Vec<u8>>,
}

impl<S> Service<HttpRequest<Body>> for Connect<S>
where
    S: Service<HttpRequest<Body>, Response = HttpResponse<Body>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = HttpResponse<Body>;
    type Error = S::Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: HttpRequest<Body>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let (kind, is_head) = (kind(&head.headers), head.method == HttpMethod::HEAD);
        let call = Call::of(&head, &kind).and_then(|call| grpc_head(&mut head).map(|()| call).map_err(Refused::from));
        let peer: Peer = head.extensions.get().cloned().expect("every call comes on a connection");
        // It holds a place until its reply is out.
        let call = call.and_then(|call| Ok((call, peer.connection.call().ok_or_else(overloaded)?)));
        let (call, open) = match call {
            Ok(call) => call,
            Err(refused) => {
                self.book.begin(None, head.uri.path()).end_with(&refused.status);
                let mut reply = refused.told(&kind);
                if head.version < Version::HTTP_2 && !body.is_end_stream() {
                    // What is left of the request stands in the way of the next one.
                    reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                return Box::pin(std::future::ready(Ok(reply)));
            }
        };
        let known: Vec<HeaderValue> = head.headers.get_all(IF_NONE_MATCH).iter().cloned().collect();
        head.headers.remove(IF_NONE_MATCH);
        let verb = if call.message.is_some() { Verb::Get { known } } else { Verb::Post };
        let shares = &peer.connection.shares;
        let (input, output) = (call.method.descriptor.input(), call.method.descriptor.output());
        let ask = Messages { form: call.form, of: input, room: Arc::clone(&shares.requests) };
        let tell = Messages { form: call.form, of: output, room: Arc::clone(&shares.replies) };
        let body = match call.message {
            Some(message) => Asked::whole(Body::new(Full::from(message)), ask),
            None if call.is_stream => Asked::enveloped(body, ask),
            None => Asked::whole(body, ask),
        };
        let (answering, replies) = (self.inner.call(HttpRequest::from_parts(head, body)), Arc::clone(&self.replies));
        Box::pin(async move {
            let reply = answering.await?;
            if call.is_stream {
                let kind = if call.form == Form::Binary { BINARY_STREAM } else { JSON_STREAM };
                return Ok(Told::stream(reply, tell, kind));
            }
            let reply = match told::whole(reply, &tell).await {
                Ok((headers, message)) => answer(headers, message, call.form, &verb),
                Err(status) => refusal(&status),
            };
            // It waits for its reader as every reply does.
            let (head, body) = reply.into_parts();
            let body = if is_head { Body::empty() } else { body };
            let body = Outgoing::of(body, replies, open, None).await;
            Ok(body.map_or_else(|status| refusal(&status), |body| HttpResponse::from_parts(head, body)))
        })
    }
}

/// Returns the error of a request that is no call, with the details that every error has.
fn no_call(code: Code, field: &str, problem: impl Into<String>) -> Status {
    ApiError::NoCall(code, Violation { field: field.into(), problem: problem.into() }).into()
}

/// Returns the reply with a message. To a GET it has a mark by which the same reply is not sent again.
fn answer(headers: HeaderMap, message: Vec<u8>, form: Form, verb: &Verb) -> HttpResponse<Body> {
    let mut reply = HttpResponse::new(Body::empty());
    *reply.headers_mut() = headers;
    let kind = if form == Form::Binary { BINARY } else { JSON };
    if let Verb::Get { known } = verb {
        let hash = Sha256::digest(&message);
        let mark = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash[..16]));
        let is_known =
            known.iter().filter_map(|known| known.to_str().ok()).flat_map(|known| known.split(',')).any(|known| {
                let known = known.trim();
                known == "*" || known.trim_start_matches("W/") == mark
            });
        let told = reply.headers_mut();
        // It is asked for each time: what somebody may see, and how things stand, changes.
        told.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        told.append(VARY, HeaderValue::from_static("authorization"));
        if let Ok(mark) = HeaderValue::try_from(mark) {
            told.insert(ETAG, mark);
        }
        if is_known {
            *reply.status_mut() = StatusCode::NOT_MODIFIED;
            return reply;
        }
    }
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    // Nothing of it is a page or a script, whatever it looks like.
    reply.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    reply.headers_mut().insert(CONTENT_LENGTH, message.len().into());
    *reply.body_mut() = Body::new(Full::from(message));
    reply
}

impl Call {
    /// Reads the head of a call.
    fn of(head: &Parts, kind: &str) -> Result<Self, Refused> {
        let Some(method) = Method::at(head.uri.path()) else {
            let told = "names no method; one is as /goodturn.v1.Ledger/GetBalance";
            return Err(Refused::with(StatusCode::NOT_FOUND, "path", told));
        };
        let coding = head.headers.get(CONTENT_ENCODING).or(head.headers.get(STREAM_ENCODING));
        if coding.is_some_and(|coding| coding != IDENTITY) {
            return Err(no_call(Code::Unimplemented, "content-encoding", COMPRESSED).into());
        }
        let length = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if !method.is_stream() && length.is_some_and(|length| length > REQUEST_BYTES_MAX) {
            return Err(too_large().into());
        }
        let version = head.headers.get(VERSION);
        if version.is_some_and(|version| version != "1") {
            return Err(no_call(Code::InvalidArgument, VERSION, "is not 1").into());
        }
        match head.method {
            HttpMethod::POST => Self::posted(method, kind, version.is_none()),
            HttpMethod::GET | HttpMethod::HEAD if method.is_safe => {
                Self::got(method, head.uri.query().unwrap_or_default())
            }
            _ => {
                let (told, allowed) =
                    if method.is_safe { ("is not GET or POST", "GET, POST") } else { ("is not POST", "POST") };
                Err(Refused {
                    header: Some((ALLOW, allowed)),
                    ..Refused::with(StatusCode::METHOD_NOT_ALLOWED, "method", told)
                })
            }
        }
    }

    fn posted(method: &'static Method, kind: &str, is_strict: bool) -> Result<Self, Refused> {
        let unsupported = |told: String| Refused {
            header: Some((ACCEPT_POST, ACCEPTED)),
            ..Refused::with(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", told)
        };
        let (form, is_stream) = match kind {
            JSON => (Form::Json { is_strict }, false),
            BINARY => (Form::Binary, false),
            JSON_STREAM => (Form::Json { is_strict }, true),
            BINARY_STREAM => (Form::Binary, true),
            _ => {
                return Err(unsupported(format!("is none that is understood; give {JSON}")));
            }
        };
        if is_stream != method.is_stream() {
            let right = if method.is_stream() { JSON_STREAM } else { JSON };
            return Err(unsupported(format!("is not that of this method; give {right}")));
        }
        Ok(Self { method, form, is_stream, message: None })
    }

    /// Reads a call from the address that is asked for: `connect`, `encoding`, `message` and `base64`.
    fn got(method: &'static Method, query: &str) -> Result<Self, Refused> {
        let find = |name: &str| {
            form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value)
        };
        if find("compression").is_some_and(|coding| !matches!(coding.as_ref(), "" | IDENTITY)) {
            return Err(no_call(Code::Unimplemented, "content-encoding", COMPRESSED).into());
        }
        if find("connect").is_some_and(|version| version != "v1") {
            return Err(no_call(Code::InvalidArgument, "connect", "is not v1").into());
        }
        let form = match find("encoding").as_deref() {
            None | Some("json") => Form::Json { is_strict: find("connect").is_none() },
            Some("proto") => Form::Binary,
            Some(_) => return Err(no_call(Code::InvalidArgument, "encoding", "is neither json nor proto").into()),
        };
        let message = find("message").unwrap_or_default();
        let message = match find("base64").as_deref() {
            Some("1") => URL_SAFE_NO_PAD
                .decode(message.trim_end_matches('='))
                .map_err(|_| no_call(Code::InvalidArgument, "message", "is no base64url"))?,
            _ if form == Form::Binary && !message.is_empty() => {
                return Err(
                    no_call(Code::InvalidArgument, "base64", "is missing; give base64=1 with encoding=proto").into()
                );
            }
            _ => message.into_owned().into_bytes(),
        };
        Ok(Self { method, form, is_stream: false, message: Some(message) })
    }
}

/// A call that is refused before it is one of gRPC.
struct Refused {
    status: Status,
    /// The status of HTTP, where it is not that of the code.
    http: Option<StatusCode>,
    /// A header that says what to do.
    header: Option<(HeaderName, &'static str)>,
}

impl Refused {
    fn with(http: StatusCode, field: &str, problem: impl Into<String>) -> Self {
        Self { status: no_call(Code::Unimplemented, field, problem), http: Some(http), header: None }
    }
}

impl From<Status> for Refused {
    fn from(status: Status) -> Self {
        Self { status, http: None, header: None }
    }
}

impl Refused {
    /// Returns the reply. That to a stream has its status at its end, where clients look for it.
    fn told(self, kind: &str) -> HttpResponse<Body> {
        let stream = [JSON_STREAM, BINARY_STREAM].into_iter().find(|stream| *stream == kind);
        if let (None, Some(stream)) = (self.http, stream) {
            return Told::ended(self.status, stream);
        }
        let mut reply = refusal(&self.status);
        if let Some(http) = self.http {
            *reply.status_mut() = http;
        }
        if let Some((name, value)) = self.header {
            reply.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        reply
    }
}

/// Returns the reply to a call of gRPC that comes by HTTP/1.1.
pub(super) fn not_by_http1() -> HttpResponse<Body> {
    let told = "is HTTP/1.1, and gRPC needs HTTP/2; call by it, or by gRPC-Web or Connect";
    Refused::with(StatusCode::HTTP_VERSION_NOT_SUPPORTED, "protocol", told).told("")
}

/// Returns the type of a request's content, without what follows it. Types know no case.
pub(super) fn kind(headers: &HeaderMap) -> String {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Makes the head of a call that of gRPC.
fn grpc_head(head: &mut Parts) -> Result<(), Status> {
    if let Some(timeout) = head.headers.get(TIMEOUT) {
        let timeout = timeout.to_str().ok().and_then(grpc_timeout);
        let timeout =
            timeout.ok_or_else(|| no_call(Code::InvalidArgument, TIMEOUT, "is no number of up to ten digits"))?;
        head.headers.insert("grpc-timeout", timeout);
    }
    for name in OF_CONNECT {
        head.headers.remove(name);
    }
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(super::GRPC));
    head.headers.insert(TE, HeaderValue::from_static("trailers"));
    head.method = HttpMethod::POST;
    if head.uri.query().is_some() {
        let mut parts = std::mem::take(&mut head.uri).into_parts();
        parts.path_and_query = parts.path_and_query.and_then(|path| PathAndQuery::try_from(path.path()).ok());
        head.uri = Uri::from_parts(parts).map_err(|error| no_call(Code::InvalidArgument, "path", error.to_string()))?;
    }
    Ok(())
}

/// Returns a time of up to ten digits of milliseconds as gRPC has it: up to eight digits, and a unit.
fn grpc_timeout(text: &str) -> Option<HeaderValue> {
    let is_number = (1..=10).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    let ms: u64 = text.parse().ok().filter(|_| is_number)?;
    let timeout = if ms < 100_000_000 { format!("{ms}m") } else { format!("{}S", ms / 1_000) };
    HeaderValue::try_from(timeout).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_up_to_ten_digits_and_none_is_lost() {
        for (ms, expected) in [
            ("0", Some("0m")),
            ("99999999", Some("99999999m")),
            ("100000000", Some("100000S")),
            ("9999999999", Some("9999999S")),
        ] {
            assert_eq!(grpc_timeout(ms).as_ref().and_then(|told| told.to_str().ok()), expected, "{ms}");
        }
        for wrong in ["", "-1", "1.5", "12345678901", "1s"] {
            assert_eq!(grpc_timeout(wrong), None, "{wrong}");
        }
    }
}
