//! Errors as callers see them: one code, one reason, and every violation.

mod access;
mod books;
mod items;
mod money;
mod stream;
mod submit;
mod text;

use std::collections::HashMap;
use std::mem;
use std::sync::LazyLock;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

pub(crate) use self::access::{NotAuthenticated, NotPermitted, TooMuch};
use self::items::items;
pub(crate) use self::money::NotExported;
pub(crate) use self::stream::StreamEnd;
use self::stream::stream;
pub(crate) use self::submit::dated_ahead;
use self::submit::submit;
use self::text::{CAUSE_BYTES_MAX, MESSAGE_BYTES_MAX, PROBLEM_BYTES_MAX, cut};
use crate::board::BoardError;
use crate::books::BooksError;
use crate::domain::value::seq::Seq;
use crate::ledger::aside::AsideError;
use crate::ledger::lines::Lines;
use crate::ledger::{SubmitError, clock};
use crate::log::LogError;
use crate::payout::PayoutError;
use crate::pb::ErrorReason;

/// Domain of every `ErrorInfo`.
const DOMAIN: &str = "goodturn";

/// How long a caller should wait after an overload. A queue is emptied in less.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// A rule that a request breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The path of the field, as `activity.occurred_at`.
    pub field: String,
    /// The fault, as the end of a sentence that begins with the field.
    pub problem: String,
}

/// Reasons why a call fails.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// The request breaks its form. Holds every way in which it does.
    Invalid(Vec<Violation>),
    /// A message of a stream is malformed or too large. Holds the transport's error, which names no reason.
    Unreadable(Status),
    /// The message is in an encoding that is not taken.
    Encoding(Status),
    /// A request of HTTP that is no call: the code, and what is wrong.
    NoCall(Code, Violation),
    /// Nothing has that name.
    NotFound(String),
    /// No activity of that name is recorded, but one was reported on.
    ToldEarly(String),
    /// No published rule names the kind.
    UnknownKind { kind: String, known: Vec<String> },
    /// The act needs a named caller.
    PrincipalRequired,
    /// Callers who name themselves are believed only when they call directly. Holds every sign that somebody stands between.
    NotDirect(Vec<String>),
    /// It is not known who calls.
    NotAuthenticated(NotAuthenticated),
    /// Keys cannot be made on this server.
    NoPepper,
    /// A batch cannot be exported.
    NotExported(NotExported),
    /// A report is not written.
    Books(BooksError),
    /// The caller may not do it.
    NotPermitted(NotPermitted),
    /// The caller has as much as one may have.
    TooMuch(TooMuch),
    /// The token belongs to another list.
    PageToken(String),
    /// The read demands more than is recorded.
    SeqNotRecorded { head: Seq, requested: i64 },
    /// There are no shares yet.
    SharesNotFixed(&'static str),
    /// The ledger refuses the command, or could not tell its outcome.
    Submit(SubmitError),
    /// The log cannot be read.
    Log(LogError),
    /// A payout was interrupted.
    Interrupted,
    /// A call that reads a whole log has no result.
    Aside(AsideError),
    /// The boards of the programme are being made.
    Loading(BoardError),
    /// A stream cannot begin, or ends.
    Stream(StreamEnd),
    /// Nothing of a request is recorded because of these items of a field of it. There is at least one.
    Items(&'static str, Vec<(usize, ApiError)>),
}

impl From<NotAuthenticated> for ApiError {
    fn from(why: NotAuthenticated) -> Self {
        Self::NotAuthenticated(why)
    }
}

impl From<NotPermitted> for ApiError {
    fn from(lacking: NotPermitted) -> Self {
        Self::NotPermitted(lacking)
    }
}

impl From<TooMuch> for ApiError {
    fn from(what: TooMuch) -> Self {
        Self::TooMuch(what)
    }
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        Self::Submit(error)
    }
}

impl From<LogError> for ApiError {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl From<AsideError> for ApiError {
    fn from(error: AsideError) -> Self {
        Self::Aside(error)
    }
}

impl From<BoardError> for ApiError {
    fn from(error: BoardError) -> Self {
        match error {
            BoardError::Log(error) => Self::Log(error),
            BoardError::Aside(error) => Self::Aside(error),
            error @ BoardError::Loading { .. } => Self::Loading(error),
        }
    }
}

/// Returns the error of a message that cannot be read, with the details that every error has.
pub(crate) fn unreadable_message(status: Status) -> Status {
    if status.details().is_empty() { ApiError::Unreadable(status).into() } else { status }
}

/// Returns the error of a message in an encoding that is not taken, in the same way.
pub(crate) fn unknown_encoding(status: Status) -> Status {
    if status.details().is_empty() { ApiError::Encoding(status).into() } else { status }
}

/// Turns every error of a handler into a status in the same way.
macro_rules! status_from {
    ($($error:ty),+) => {$(
        impl From<$error> for Status {
            fn from(error: $error) -> Self {
                ApiError::from(error).into()
            }
        }
    )+};
}

status_from!(SubmitError, LogError, BoardError, PayoutError);

/// The content of an error on the wire.
struct WireError {
    code: Code,
    reason: ErrorReason,
    message: String,
    metadata: Vec<(&'static str, String)>,
    violations: Vec<Violation>,
    retry: bool,
}

impl WireError {
    fn new(code: Code, reason: ErrorReason, message: impl Into<String>) -> Self {
        let (metadata, violations) = (Vec::new(), Vec::new());
        Self { code, reason, message: message.into(), metadata, violations, retry: false }
    }

    fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.metadata.push((key, value.into()));
        self
    }

    fn retry(self) -> Self {
        Self { retry: true, ..self }
    }
}

/// Lines of logs that cannot be read.
static READ_FAULTS: LazyLock<Lines> = LazyLock::new(Lines::default);

impl From<ApiError> for Status {
    fn from(error: ApiError) -> Self {
        let told = tell(error);
        let message = cut(told.message, MESSAGE_BYTES_MAX);
        let mut details = ErrorDetails::new();
        let metadata: HashMap<String, String> =
            told.metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        details.set_error_info(told.reason.as_str_name(), DOMAIN, metadata);
        for violation in told.violations {
            details.add_bad_request_violation(violation.field, violation.problem);
        }
        if told.retry {
            details.set_retry_info(Some(RETRY_AFTER));
        }
        details.set_request_info(clock::new_id().to_string(), "");
        Self::with_error_details(told.code, message, details)
    }
}

fn tell(error: ApiError) -> WireError {
    match error {
        ApiError::Invalid(violations) => invalid(violations),
        ApiError::Unreadable(status) => unreadable(&status),
        ApiError::Encoding(status) => encoding(&status),
        ApiError::NoCall(code, violation) => WireError { code, ..invalid(vec![violation]) },
        ApiError::NotFound(resource) => not_found(resource, "does not exist"),
        ApiError::ToldEarly(resource) => {
            not_found(resource, "is not recorded; what was told of it is kept, and looked at once you record it")
        }
        ApiError::UnknownKind { kind, known } => unknown_kind(kind, known),
        ApiError::PrincipalRequired => {
            let header = super::PRINCIPAL;
            let message = format!("this needs a named caller: send the metadata header {header}");
            WireError::new(Code::Unauthenticated, ErrorReason::PrincipalRequired, message).with("header", header)
        }
        ApiError::NotDirect(signs) => WireError::new(
            Code::Unauthenticated,
            ErrorReason::NotDirect,
            format!(
                "callers name themselves here, so they must call from this machine and directly: {}",
                signs.join("; ")
            ),
        ),
        ApiError::NotAuthenticated(why) => access::not_authenticated(why),
        ApiError::NoPepper => access::no_pepper(),
        ApiError::NotExported(why) => money::not_exported(&why),
        ApiError::Books(error) => books::books(error),
        ApiError::NotPermitted(lacking) => access::not_permitted(lacking),
        ApiError::TooMuch(what) => access::too_much(what),
        ApiError::PageToken(token) => WireError::new(
            Code::InvalidArgument,
            ErrorReason::PageToken,
            "the page token is not one of this list's: begin again without one",
        )
        .with("page_token", token.chars().take(64).collect::<String>()),
        ApiError::SeqNotRecorded { head, requested } => {
            let message = format!("seq {requested} is not recorded; the last is {head}");
            WireError::new(Code::OutOfRange, ErrorReason::SeqNotRecorded, message)
                .with("head_seq", head.to_string())
                .with("requested_seq", requested.to_string())
        }
        ApiError::SharesNotFixed(state) => {
            let message = format!("the payout is {state}; its shares are fixed once it is a draft");
            WireError::new(Code::FailedPrecondition, ErrorReason::SharesNotFixed, message).with("state", state)
        }
        ApiError::Submit(error) => submit(error),
        ApiError::Log(error) => {
            // Whoever calls again and again finds the same fault.
            if READ_FAULTS.take() {
                tracing::error!(%error, "the log cannot be read");
            }
            submit(match error {
                LogError::Unavailable(_) => SubmitError::Unavailable,
                LogError::Corrupt { .. } => SubmitError::Corrupt,
                LogError::NewerFormat { found, known, .. } => SubmitError::NewerFormat { found, known },
            })
        }
        ApiError::Interrupted => {
            let message = "the payout was interrupted; the same call again goes on with it";
            WireError::new(Code::Unavailable, ErrorReason::OutcomeUnknown, message).retry()
        }
        ApiError::Aside(error) => aside(error),
        ApiError::Loading(error) => loading(&error),
        ApiError::Stream(end) => stream(end),
        ApiError::Items(of, refused) => items(of, refused),
    }
}

fn unknown_kind(kind: String, mut known: Vec<String>) -> WireError {
    if known.len() > KNOWN_KINDS_MAX {
        known.truncate(KNOWN_KINDS_MAX);
        known.push("…".into());
    }
    let known = known.join(", ");
    let message = if known.is_empty() {
        format!("no rule names the kind {kind}: publish a rule set first")
    } else {
        format!("no rule names the kind {kind}; known kinds are {known}")
    };
    WireError::new(Code::InvalidArgument, ErrorReason::UnknownKind, message)
        .with("kind", kind)
        .with("known_kinds", known)
}

fn aside(error: AsideError) -> WireError {
    let told = |code, reason| WireError::new(code, reason, error.to_string());
    match error {
        AsideError::Busy | AsideError::Lost => told(Code::ResourceExhausted, ErrorReason::Overloaded).retry(),
        AsideError::TooLong => told(Code::DeadlineExceeded, ErrorReason::DeadlinePassed),
    }
}

fn loading(error: &BoardError) -> WireError {
    let told = WireError::new(Code::Unavailable, ErrorReason::BoardLoading, error.to_string()).retry();
    match error {
        BoardError::Loading { through, head } => {
            told.with("through_seq", through.to_string()).with("head_seq", head.to_string())
        }
        BoardError::Log(_) | BoardError::Aside(_) => told,
    }
}

fn unreadable(status: &Status) -> WireError {
    let cause = cut(status.message().to_owned(), CAUSE_BYTES_MAX);
    let problem = format!("cannot be read ({cause}); send it as the protocol buffers of this API say");
    invalid(vec![Violation { field: "message".into(), problem }])
}

fn encoding(status: &Status) -> WireError {
    let cause = cut(status.message().to_owned(), CAUSE_BYTES_MAX);
    let problem = format!("is not taken ({cause}); send messages as they are");
    let invalid = invalid(vec![Violation { field: "grpc-encoding".into(), problem }]);
    WireError { code: Code::Unimplemented, ..invalid }
}

fn not_found(resource: String, why: &str) -> WireError {
    WireError::new(Code::NotFound, ErrorReason::NotFound, format!("{resource} {why}")).with("resource", resource)
}

/// The largest number of violations listed. Errors travel as headers, of which common clients take 8 to 16 kB.
const VIOLATIONS_MAX: usize = 20;

/// The largest number of kinds named as known.
const KNOWN_KINDS_MAX: usize = 10;

fn invalid(mut violations: Vec<Violation>) -> WireError {
    let count = violations.len();
    if count > VIOLATIONS_MAX {
        violations.truncate(VIOLATIONS_MAX);
        let problem = format!("are wrong in {} more places", count - VIOLATIONS_MAX);
        violations.push(Violation { field: "others".into(), problem });
    }
    for broken in &mut violations {
        broken.problem = cut(mem::take(&mut broken.problem), PROBLEM_BYTES_MAX);
    }
    let listed: Vec<String> = violations.iter().map(|broken| format!("{} {}", broken.field, broken.problem)).collect();
    WireError {
        violations,
        ..WireError::new(Code::InvalidArgument, ErrorReason::InvalidRequest, listed.join("; "))
            .with("violations", count.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decide::rejection::Rejection;

    /// Errors that cannot be caused from outside at will. The others are asserted over the wire.
    #[test]
    fn what_the_ledger_says_of_itself_is_told_with_its_reason() {
        let cases = [
            (SubmitError::DeadlinePassed, Code::DeadlineExceeded, "ERROR_REASON_DEADLINE_PASSED"),
            (SubmitError::Corrupt, Code::DataLoss, "ERROR_REASON_STORE_CORRUPT"),
            (Rejection::TooManyWaiting.into(), Code::FailedPrecondition, "ERROR_REASON_TOO_MANY_WAITING"),
            (Rejection::StepTaken.into(), Code::Aborted, "ERROR_REASON_WRONG_STATE"),
            (Rejection::CreditCame.into(), Code::Aborted, "ERROR_REASON_CREDIT_CAME"),
            (
                Rejection::MemberSuspended { state: "banned" }.into(),
                Code::FailedPrecondition,
                "ERROR_REASON_MEMBER_SUSPENDED",
            ),
            (Rejection::Inconsistent("a proof").into(), Code::DataLoss, "ERROR_REASON_STORE_CORRUPT"),
        ];
        for (error, code, reason) in cases {
            let status = Status::from(ApiError::Submit(error.clone()));
            let details = status.get_error_details();
            assert_eq!(status.code(), code, "{error:?}");
            assert_eq!(details.error_info().map(|info| info.reason.as_str()), Some(reason), "{error:?}");
            assert_eq!(status.message(), error.to_string());
        }
    }
}
