//! The door: every call comes through it. What a method asks of its callers is said in its definition. A caller is known by what
//! it shows (`shown`), or, on a server without a file of access, by the name that it gives (`named`).

use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use tonic::body::Body;
use tonic::codegen::http::{HeaderMap, HeaderName, Request as HttpRequest, Response as HttpResponse};
use tonic::codegen::{BoxFuture, Service};
use tonic::{Code, Request, Status};
use tower_layer::Layer;
use tracing::Instrument as _;

use super::Api;
use super::call_record::{CallRecord, Known};
use super::connection::{Connection, ListTurn, Peer};
use super::incoming::{Incoming, REFLECTION_PATIENCE, REQUEST_PATIENCE, Weighed};
use super::limits::InFlight;
use super::named;
use super::outgoing::{Outgoing, Replies};
use super::shown::{Shown, shown};
use crate::access::api_key::ApiKey;
use crate::access::authority::Authority;
use crate::access::token::Identity;
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::principal::PrincipalId;
use crate::ledger::SubmitError;
use crate::ledger::clock::Deadline;
use crate::pb::Signer;
use crate::wire::codec;
use crate::wire::error::{ApiError, NotPermitted, unknown_encoding, unreadable_message};
use crate::wire::method::Method;

/// How the paths of reflection begin.
const REFLECTION: &str = "/grpc.reflection.";

/// Bytes that a header takes in memory, beside its name and value.
const HEADER_BYTES: usize = 192;

/// The path of a watch of health.
const HEALTH_WATCH: &str = "/grpc.health.v1.Health/Watch";

/// The longest page that is read at once, whoever else reads: what people look at. It takes a thread a fifth of a millisecond.
const SHORT_PAGE: u32 = 100;

/// How long a call may wait when it sets no time: far above any commit, below a person's patience.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much earlier than its caller the server gives up a call: the library does so at the time itself, without details, and not in the form
/// of every way of calling.
const MARGIN: Duration = Duration::from_millis(2);

/// Who a caller is, as far as its call shows it.
#[derive(Clone)]
pub(super) enum Who {
    /// Whoever it says it is.
    Named(Option<PrincipalId>),
    /// A person, as the issuer of its login says.
    Login(Arc<Identity>),
    /// The same, and an operator of this server, under this name.
    Operator(PrincipalId, Arc<Identity>),
    /// A member of a programme, as an issuer of members says.
    Member(ProgramId, MemberId),
    /// The holder of an API key, which is still to be compared with that of a programme.
    Key(Arc<Authority>, ApiKey),
}

/// The caller, the method, and the time until which the caller waits.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) method: &'static Method,
    pub(super) who: Who,
    /// The time at which the caller stops waiting.
    pub(super) deadline: Deadline,
    /// The same, when the caller has set it. Streams have no end of their own.
    pub(super) asked: Option<Deadline>,
    pub(super) connection: Arc<Connection>,
    /// Memory of the requests of the call.
    pub(super) weighed: Arc<Weighed>,
    /// What the call takes of its principal's, once that is known.
    in_flight: Arc<OnceLock<InFlight>>,
    /// The principal that the caller is on the programme that it asked for first.
    known: Known,
}

impl Caller {
    /// Takes in a caller, and refuses a call that may not come in.
    fn of(
        method: &'static Method,
        who: Who,
        asked: Option<Duration>,
        peer: &Peer,
        weighed: &Arc<Weighed>,
    ) -> Result<Self, ApiError> {
        let asked = asked.map(Deadline::after);
        let deadline = asked.unwrap_or_else(|| Deadline::after(PATIENCE));
        if let Who::Named(None) = who
            && method.signer != Signer::Unspecified
        {
            return Err(ApiError::PrincipalRequired);
        }
        let (connection, weighed) = (Arc::clone(&peer.connection), Arc::clone(weighed));
        Ok(Self { method, who, deadline, asked, connection, weighed, in_flight: Arc::default(), known: Arc::default() })
    }

    /// Returns the name that the caller gave, or that the file of access gives an operator; `anonymous` for all others.
    pub(super) fn name(&self) -> PrincipalId {
        match &self.who {
            Who::Named(Some(name)) | Who::Operator(name, _) => name.clone(),
            Who::Named(None) | Who::Login(_) | Who::Member(..) | Who::Key(..) => named::anonymous(),
        }
    }

    /// Returns the name of an operator of the server.
    ///
    /// # Errors
    /// The caller is none.
    pub(super) fn operator(&self) -> Result<PrincipalId, ApiError> {
        match &self.who {
            Who::Named(_) | Who::Operator(..) => Ok(self.name()),
            Who::Login(_) | Who::Member(..) | Who::Key(..) => Err(NotPermitted::Operator.into()),
        }
    }

    /// Notes who the caller is on a programme, for the record of what is refused.
    pub(super) fn note_known(&self, program: &ProgramId, principal: &PrincipalId) {
        self.known.get_or_init(|| (program.clone(), principal.clone()));
    }

    /// Counts the call once, by what it takes of its principal's.
    ///
    /// # Errors
    /// The principal has as much as it may.
    pub(super) fn count(&self, begin: impl FnOnce(usize) -> Result<InFlight, ApiError>) -> Result<(), ApiError> {
        if self.in_flight.get().is_none() {
            let begun = begin(self.weighed.bytes())?;
            // A call enters its programmes one after the other.
            let _first = self.in_flight.set(begun);
        }
        Ok(())
    }

    /// Waits for the call's turn to read a long page of a list, and has it until this is dropped. Short pages wait for nobody.
    pub(super) async fn list_turn(&self, page_size: u32) -> Result<Option<ListTurn>, ApiError> {
        if page_size <= SHORT_PAGE {
            return Ok(None);
        }
        let turn = self.deadline.limit(self.connection.list_turn()).await;
        turn.map(Some).ok_or_else(|| SubmitError::DeadlinePassed.into())
    }

    /// True when the call needs what other servers have recorded.
    pub(super) fn needs_current(&self) -> bool {
        self.method.is_current
    }
}

/// Reads `grpc-timeout`: up to eight digits and a unit (gRPC over HTTP/2, Requests).
pub(crate) fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = number.parse().ok().filter(|_| number.len() <= 8)?;
    match unit {
        "H" => Some(Duration::from_hours(number)),
        "M" => Some(Duration::from_mins(number)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

/// Takes a call apart into its caller and its request.
pub(super) fn enter<T>(mut request: Request<T>) -> (Caller, T) {
    let caller = request.extensions_mut().remove::<Caller>().expect("every call comes through the door");
    (caller, request.into_inner())
}

/// Puts the door in front of every service.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) replies: Arc<Replies>,
    pub(super) api: Api,
}

impl<S> Layer<S> for Door {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, replies: Arc::clone(&self.replies), api: self.api.clone() }
    }
}

/// A service behind the door.
#[derive(Clone)]
pub(super) struct Guarded<S> {
    inner: S,
    replies: Arc<Replies>,
    api: Api,
}

impl<S> Service<HttpRequest<Body>> for Guarded<S>
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

    fn call(&mut self, mut request: HttpRequest<Body>) -> Self::Future {
        let method = Method::at(request.uri().path());
        let peer: Peer = request.extensions().get().cloned().expect("every call comes on a connection");
        let path = request.uri().path();
        let mut record = self.api.book.begin(method, path);
        let is_reflection = path.starts_with(REFLECTION);
        let call = match path {
            _ if is_reflection => peer.connection.reflect(),
            HEALTH_WATCH => peer.connection.watch_health(),
            _ => peer.connection.call(),
        };
        let weighed = Weighed::of(&peer.connection);
        let headers = request.headers().iter().map(|(name, value)| HEADER_BYTES + name.as_str().len() + value.len());
        let (Some(call), true) = (call, weighed.arrive(headers.sum())) else {
            return refuse(record, SubmitError::Overloaded.into());
        };
        let shown = match method.map(|method| Ok((method, self.api.shown(&request, &peer)?))).transpose() {
            Ok(shown) => shown,
            Err(error) => return refuse(record, error),
        };
        let patience = if is_reflection { REFLECTION_PATIENCE } else { REQUEST_PATIENCE };
        // A caller waits for the end of its own request no longer than for the reply.
        let asked = timeout(request.headers()).map(|asked| asked.saturating_sub(MARGIN));
        let patience = patience.min(asked.unwrap_or(patience));
        let patience = (!method.is_some_and(|method| method.is_request_stream)).then_some(patience);
        // The clone is taken, and the service that is ready is used.
        let mut inner = self.inner.clone();
        std::mem::swap(&mut self.inner, &mut inner);
        let (replies, api, span) = (Arc::clone(&self.replies), self.api.clone(), record.span());
        let is_left = record.is_left();
        Box::pin(async move {
            if let Some((method, shown)) = shown {
                let who = shown.who(api.ledger.now_s()).await;
                match who.and_then(|who| Caller::of(method, who, asked, &peer, &weighed)) {
                    Ok(caller) => {
                        record.note_caller(caller.who.clone(), Arc::clone(&caller.known));
                        request.extensions_mut().insert(caller);
                    }
                    Err(error) => return Ok(refused(record, error)),
                }
            }
            let incoming = |body| Incoming::of(body, &peer.connection, Arc::clone(&weighed), patience, is_left);
            let answering = inner.call(request.map(incoming));
            let room: Arc<dyn codec::Room> = weighed.clone();
            let mut reply = codec::within(room, answering).instrument(span).await?;
            if method.is_some() {
                reply = explained(reply);
            }
            let (head, body) = reply.into_parts();
            record.end(&head.headers);
            let body = Outgoing::of(body, replies, call, Some(record)).await;
            Ok(body.map_or_else(Status::into_http, |body| HttpResponse::from_parts(head, body)))
        })
    }
}

impl Api {
    fn shown(&self, request: &HttpRequest<Body>, peer: &Peer) -> Result<Shown, ApiError> {
        match &self.authority() {
            None => named::principal(request, peer).map(|name| Shown::Who(Who::Named(name))),
            Some(authority) => shown(authority, request.headers(), self.ledger.now_s()),
        }
    }
}

fn refuse<E: Send + 'static>(record: CallRecord, error: ApiError) -> BoxFuture<HttpResponse<Body>, E> {
    Box::pin(std::future::ready(Ok(refused(record, error))))
}

fn refused(mut record: CallRecord, error: ApiError) -> HttpResponse<Body> {
    let reply = Status::from(error).into_http();
    record.end(reply.headers());
    reply
}

const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// Gives an error of the transport, as of a message that cannot be decoded, the details that every error has.
fn explained(reply: HttpResponse<Body>) -> HttpResponse<Body> {
    let headers = reply.headers();
    if !headers.contains_key("grpc-status") {
        return reply;
    }
    match Status::from_header_map(headers) {
        Some(status) if matches!(status.code(), Code::Internal | Code::OutOfRange) => {
            unreadable_message(status).into_http()
        }
        Some(status) if status.code() == Code::Unimplemented => {
            let mut told = unknown_encoding(status).into_http();
            // It says which encodings are taken.
            told.headers_mut()
                .extend(headers.get("grpc-accept-encoding").map(|taken| (ACCEPT_ENCODING, taken.clone())));
            told
        }
        _ => reply,
    }
}
