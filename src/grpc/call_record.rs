//! What is told of each call when it has ended: its duration and status to the metrics, and a line in the log where it was refused or
//! failed. The line names the request as its caller knows it, and neither members nor texts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tonic::codegen::http::HeaderMap;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use tracing::Span;

use super::door::Who;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::principal::PrincipalId;
use crate::ledger::clock::Stopwatch;
use crate::ledger::lines::Lines;
use crate::ledger::stages::CALL;
use crate::ledger::vitals::Vitals;
use crate::metrics::{OTHER, code_name};
use crate::pb::ErrorReason;
use crate::wire::method::Method;

/// A number above those of all reasons; a test holds it.
const REASON_MAX: i32 = 255;

/// Methods of other services, by their paths.
const OTHERS: [&str; 4] = [
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/// The programme that a call asked for first, and the principal that its caller is there.
pub(super) type Known = Arc<OnceLock<(ProgramId, PrincipalId)>>;

/// What calls are told of to.
pub(super) struct Book {
    vitals: Arc<Vitals>,
    refusals: Lines,
    /// Apart: whoever sends what is refused does not hide what fails.
    failures: Lines,
}

/// A call, until it has ended.
pub(super) struct CallRecord {
    book: Arc<Book>,
    method: &'static str,
    began: Stopwatch,
    caller: Option<(Who, Known)>,
    /// True once the caller has gone away in the middle of its request.
    is_left: Arc<AtomicBool>,
    has_ended: bool,
}

impl Book {
    /// Makes a book, and begins its counts at zero.
    pub(super) fn of(vitals: Arc<Vitals>) -> Arc<Self> {
        // Some numbers are nobody's.
        let reasons = (1..=REASON_MAX).filter_map(|number| ErrorReason::try_from(number).ok());
        vitals.metrics.begin(reasons.map(short_name));
        Arc::new(Self { vitals, refusals: Lines::default(), failures: Lines::default() })
    }

    /// Begins the record of a call to a path, and to the method of the API that is there, if one is.
    pub(super) fn begin(self: &Arc<Self>, method: Option<&'static Method>, path: &str) -> CallRecord {
        let path = method.map(|method| method.path).or_else(|| OTHERS.into_iter().find(|other| *other == path));
        let method = path.map_or(OTHER, |path| path.trim_start_matches('/'));
        self.vitals.metrics.standing.calls_in_flight.inc();
        let (book, began, is_left) = (Arc::clone(self), Stopwatch::start(), Arc::default());
        CallRecord { book, method, began, caller: None, is_left, has_ended: false }
    }
}

impl CallRecord {
    /// Returns the span of the call, in which those of its commands stand.
    pub(super) fn span(&self) -> Span {
        tracing::trace_span!(target: CALL, "call", method = self.method)
    }

    /// Returns what is set once the caller has gone away in the middle of its request.
    pub(super) fn is_left(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_left)
    }

    /// Notes who calls.
    pub(super) fn note_caller(&mut self, who: Who, known: Known) {
        self.caller = Some((who, known));
    }

    /// Ends the record, if these are the headers or trailers that hold the call's status.
    pub(super) fn end(&mut self, headers: &HeaderMap) {
        let Some(code) = headers.get("grpc-status") else { return };
        let is_left = self.is_left.load(Ordering::Acquire);
        let code = if is_left { Code::Cancelled } else { Code::from_bytes(code.as_bytes()) };
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        let metrics = &self.book.vitals.metrics;
        metrics.calls.note(self.method, code.into(), self.began.elapsed());
        // Of a caller who went away there is nothing to tell.
        if !matches!(code, Code::Ok | Code::Cancelled)
            && let Some(status) = Status::from_header_map(headers)
        {
            self.tell(&status);
        }
    }

    /// Ends the record with an error.
    pub(super) fn end_with(&mut self, status: &Status) {
        let mut headers = HeaderMap::new();
        // An error that cannot be written as headers is not sent, and counts as a call that was given up.
        if status.add_header(&mut headers).is_ok() {
            self.end(&headers);
        }
    }

    /// Counts the reason of an error, and writes a line of it.
    fn tell(&self, status: &Status) {
        let info = status.get_details_error_info();
        let reason = info.as_ref().and_then(|info| ErrorReason::from_str_name(&info.reason));
        let reason = reason.map_or(OTHER, short_name);
        self.book.vitals.metrics.count_refusal(reason);
        let is_failure = matches!(status.code(), Code::Internal | Code::DataLoss | Code::Unknown);
        let lines = if is_failure { &self.book.failures } else { &self.book.refusals };
        // Streams that end with the server are nobody's fault.
        if reason == short_name(ErrorReason::ServerStopping) || !self.book.vitals.has_room(lines) {
            return;
        }
        let request = status.get_details_request_info().map(|info| info.request_id).unwrap_or_default();
        let (program, principal) = self.names();
        let (method, code) = (self.method, code_name(status.code().into()));
        let duration_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        macro_rules! tell {
            ($level:ident, $message:literal) => {
                tracing::$level!(request, method, program, principal, code, reason, duration_ms, $message)
            };
        }
        match status.code() {
            _ if is_failure => tell!(error, "a call failed"),
            Code::Unavailable => tell!(warn, "a call failed"),
            _ => tell!(info, "a call was refused"),
        }
    }

    /// Returns the programme and the principal of the call, as far as they are known. Members are not named.
    fn names(&self) -> (String, String) {
        let Some((who, known)) = &self.caller else { return Default::default() };
        let (program, principal) = known.get().cloned().unzip();
        let principal = match who {
            Who::Member(..) => "member".to_owned(),
            Who::Named(Some(name)) | Who::Operator(name, _) => name.to_string(),
            Who::Named(None) | Who::Login(_) | Who::Key(..) => {
                principal.map(|name| name.to_string()).unwrap_or_default()
            }
        };
        (program.map(|program| program.to_string()).unwrap_or_default(), principal)
    }
}

impl Drop for CallRecord {
    fn drop(&mut self) {
        let metrics = &self.book.vitals.metrics;
        metrics.standing.calls_in_flight.dec();
        if !self.has_ended {
            // Whoever called went away.
            metrics.calls.note(self.method, Code::Cancelled.into(), self.began.elapsed());
        }
    }
}

/// Returns the name of a reason as labels have it.
fn short_name(reason: ErrorReason) -> &'static str {
    reason.as_str_name().trim_start_matches("ERROR_REASON_")
}

#[cfg(test)]
mod tests {
    use prost_reflect::DescriptorPool;

    use super::*;
    use crate::metrics::Form;
    use crate::proto::DESCRIPTORS;

    #[test]
    fn lines_that_are_left_out_are_counted() {
        let vitals = Arc::<Vitals>::default();
        let book = Book::of(Arc::clone(&vitals));
        assert_eq!((0..60).filter(|_| book.vitals.has_room(&book.refusals)).count(), 50);
        assert_eq!(vitals.metrics.log_lines_left_out.get(), 10);
    }

    #[test]
    fn every_reason_begins_at_zero() {
        let vitals = Arc::<Vitals>::default();
        let _book = Book::of(Arc::clone(&vitals));
        let text = vitals.metrics.write(Form::Prometheus);
        let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
        let reasons = pool.get_enum_by_name("goodturn.v1.ErrorReason").unwrap();
        let numbers: Vec<i32> = reasons.values().map(|value| value.number()).filter(|number| *number > 0).collect();
        assert!(numbers.iter().all(|number| *number <= REASON_MAX), "{numbers:?}");
        for number in &numbers {
            let reason = short_name(ErrorReason::try_from(*number).unwrap());
            assert!(text.contains(&format!("goodturn_refused_total{{reason=\"{reason}\"}} 0\n")), "{reason} in {text}");
        }
        let counted = text.lines().filter(|line| line.starts_with("goodturn_refused_total{")).count();
        assert_eq!(counted, numbers.len());
    }
}
