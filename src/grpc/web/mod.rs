//! Calls that are not gRPC, on the same port: Connect, which is HTTP with JSON or the binary form, and so plain `curl`; and gRPC-Web. Each
//! becomes a call of gRPC in front of the door, and what it is told comes back in its own form.

mod asked;
mod connect;
mod error;
mod json;
mod schema;
mod told;

use std::sync::Arc;
use std::task::{Context, Poll};

use prost_reflect::MessageDescriptor;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER, WWW_AUTHENTICATE};
use tonic::codegen::http::{
    HeaderMap, HeaderName, HeaderValue, Method as HttpMethod, Request as HttpRequest, Response as HttpResponse, Version,
};
use tonic::codegen::{BoxFuture, Service};
use tower_http::cors::{AllowOrigin, Cors, CorsLayer};
use tower_layer::Layer;

use self::connect::Connect;
use super::budget::Share;
use super::call_record::Book;
use super::connection::Peer;
use super::outgoing::Replies;
use crate::ledger::SubmitError;
use crate::wire::PRINCIPAL;
use crate::wire::error::ApiError;

/// What the types of gRPC's content begin with, and those of gRPC-Web's.
const GRPC: &str = "application/grpc";
const GRPC_WEB: &str = "application/grpc-web";

/// The types of gRPC-Web's content that are understood.
const GRPC_WEB_TYPES: [&str; 4] =
    [GRPC_WEB, "application/grpc-web+proto", "application/grpc-web-text", "application/grpc-web-text+proto"];

/// The types of a single message of Connect.
const JSON: &str = "application/json";
const BINARY: &str = "application/proto";

/// Headers that pages of allowed origins may send, beside those that every page may.
const ASKED: [HeaderName; 9] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    IF_NONE_MATCH,
    HeaderName::from_static(PRINCIPAL),
    HeaderName::from_static("connect-protocol-version"),
    HeaderName::from_static("connect-timeout-ms"),
    HeaderName::from_static("grpc-timeout"),
    HeaderName::from_static("x-grpc-web"),
    HeaderName::from_static("x-user-agent"),
];

/// Headers that they may read.
const TOLD: [HeaderName; 6] = [
    ETAG,
    RETRY_AFTER,
    WWW_AUTHENTICATE,
    HeaderName::from_static("grpc-message"),
    HeaderName::from_static("grpc-status"),
    HeaderName::from_static("grpc-status-details-bin"),
];

/// How long a browser remembers what pages of an origin may do, in seconds: two hours, which is the most that one of them takes.
const REMEMBERED_S: u64 = 7_200;

/// The form of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// JSON; `is_strict` refuses fields that are unknown, as people mistype them.
    Json { is_strict: bool },
    /// The binary form, as gRPC has it.
    Binary,
}

/// What the messages of a call are, one way.
struct Messages {
    form: Form,
    of: MessageDescriptor,
    /// Memory for what is read and not yet handed on.
    room: Arc<Share>,
}

/// Lets calls come in other ways than gRPC, from pages of these origins.
#[derive(Clone)]
pub(super) struct Ways {
    cors: CorsLayer,
    replies: Arc<Replies>,
    book: Arc<Book>,
}

impl Ways {
    /// Makes the layer. `*` is every origin.
    pub(super) fn from(origins: &[HeaderValue], replies: Arc<Replies>, book: Arc<Book>) -> Self {
        let every = origins.iter().any(|origin| origin == "*");
        let allowed = if every { AllowOrigin::any() } else { AllowOrigin::list(origins.iter().cloned()) };
        let cors = CorsLayer::new().allow_origin(allowed).allow_methods([HttpMethod::GET, HttpMethod::POST]);
        let cors = cors.allow_headers(ASKED).expose_headers(TOLD).max_age(std::time::Duration::from_secs(REMEMBERED_S));
        Self { cors, replies, book }
    }
}

impl<S: Clone> Layer<S> for Ways {
    type Service = AnyWay<S>;

    fn layer(&self, inner: S) -> AnyWay<S> {
        let web = Web {
            grpc_web: tonic_web::GrpcWebLayer::new().layer(inner.clone()),
            connect: Connect { inner: inner.clone(), replies: Arc::clone(&self.replies), book: Arc::clone(&self.book) },
        };
        AnyWay { grpc: inner, web: self.cors.layer(web) }
    }
}

/// A service that is called in any way.
#[derive(Clone)]
pub(super) struct AnyWay<S> {
    grpc: S,
    web: Cors<Web<S>>,
}

impl<S> Service<HttpRequest<Body>> for AnyWay<S>
where
    S: Service<HttpRequest<Body>, Response = HttpResponse<Body>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = HttpResponse<Body>;
    type Error = S::Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.grpc.poll_ready(context)
    }

    fn call(&mut self, request: HttpRequest<Body>) -> Self::Future {
        let peer: &Peer = request.extensions().get().expect("every call comes on a connection");
        peer.connection.note_arrived_call();
        if is_of(request.headers(), GRPC) && !is_of(request.headers(), GRPC_WEB) {
            // The status of a call stands in trailers, which HTTP/1.1 does not bring to whoever calls.
            if request.version() >= Version::HTTP_2 {
                return Box::pin(self.grpc.call(request));
            }
            return Box::pin(std::future::ready(Ok(connect::not_by_http1())));
        }
        Box::pin(self.web.call(request))
    }
}

/// A service that is called by gRPC-Web or Connect.
#[derive(Clone)]
struct Web<S> {
    grpc_web: tonic_web::GrpcWebService<S>,
    connect: Connect<S>,
}

impl<S> Service<HttpRequest<Body>> for Web<S>
where
    S: Service<HttpRequest<Body>, Response = HttpResponse<Body>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = HttpResponse<Body>;
    type Error = S::Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.connect.poll_ready(context)
    }

    fn call(&mut self, request: HttpRequest<Body>) -> Self::Future {
        if GRPC_WEB_TYPES.contains(&connect::kind(request.headers()).as_str()) {
            return Box::pin(self.grpc_web.call(request));
        }
        self.connect.call(request)
    }
}

/// True when the content of a request is of a type that begins so.
fn is_of(headers: &HeaderMap, begin: &str) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(begin.as_bytes()))
}

/// Returns the error of a server that has no room for more.
fn overloaded() -> Status {
    ApiError::Submit(SubmitError::Overloaded).into()
}
