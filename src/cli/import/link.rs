//! The connection to the server, and the meaning of its answers.

use anyhow::Context as _;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt as _;

use super::item::Telling;
use super::line::line_field;
use super::mark::Mark;
use super::readings::Readings;
use super::window::{INVALID, Outcome};
use crate::cli::server::{Connection, ServerArgs, explain, status_of};
use goodturn::domain::value::ids::ProgramId;
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::time::Micros;
use goodturn::pb;
use goodturn::pb::ErrorReason;
use goodturn::pb::ledger_client::LedgerClient;
use goodturn::pb::programs_client::ProgramsClient;
use goodturn::pb::record_activity_result::Result as Answer;
use goodturn::wire::micros;

/// Calls open at a time beside the stream. A connection may have 256.
pub(super) const CALLS_MAX: usize = 128;

/// Messages that wait for the stream to take them.
const MESSAGES_MAX: usize = 2;

/// The server, the caller's name, and the programme.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) at: ServerArgs,
    pub(super) principal: Option<MetadataValue<Ascii>>,
    pub(super) program: ProgramId,
}

/// A programme as a server knows it.
pub(super) struct Found {
    pub(super) currency: Currency,
    pub(super) head_seq: i64,
    /// The beginning of its first rules; `None` when it has no rules.
    pub(super) rules_begin: Option<Micros>,
}

/// An open stream, and calls beside it.
pub(super) struct Link {
    connection: Connection,
    pub(super) messages: mpsc::Sender<pb::StreamActivitiesRequest>,
    pub(super) results: Streaming<pb::StreamActivitiesResponse>,
    pub(super) calls: JoinSet<(u64, Result<Outcome, Status>)>,
    /// Requests for a mark, one at a time.
    pub(super) marks: JoinSet<Option<Mark>>,
}

/// Reasons why something was not answered.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It passes: the same can be sent again later.
    Passing(String),
    /// Only a person can help.
    Lasting(String),
    /// The server has another log than the import began with, so its earlier answers are worth nothing.
    OtherLog(String),
}

/// The meaning of a status for the request it answers.
pub(super) enum Verdict {
    Rejected(Outcome),
    Trouble(Trouble),
}

impl Server {
    /// Connects, and looks the programme up.
    ///
    /// # Errors
    /// Nothing answers at the address, or the server has no such programme.
    pub(super) async fn find(&self) -> Result<(Found, Connection), Trouble> {
        let passing = |error: anyhow::Error| Trouble::Passing(format!("{error:#}"));
        let lasting = |error: anyhow::Error| Trouble::Lasting(format!("{error:#}"));
        let (endpoint, caller) =
            (self.at.endpoint().map_err(lasting)?, self.at.caller(self.principal.clone()).map_err(lasting)?);
        let channel = self.at.reach(endpoint).await.map_err(passing)?;
        let connection = InterceptedService::new(channel, caller);
        let mut programs = ProgramsClient::new(connection.clone());
        let name = format!("programs/{}", self.program);
        let reply = programs.get_program(pb::GetProgramRequest { name: name.clone() }).await;
        let program = reply.map_err(|status| trouble(&status))?.into_inner();
        let currency = Currency::from_code(&program.currency_code).context("the programme pays in an unknown currency");
        let currency = currency.map_err(|error| Trouble::Lasting(error.to_string()))?;
        let first = pb::GetRuleSetRequest { name: format!("{name}/ruleSets/1") };
        let rules_begin = match programs.get_rule_set(first).await {
            Ok(rules) => rules.into_inner().in_force_from.as_ref().and_then(micros),
            Err(status) if status.code() == Code::NotFound => None,
            Err(status) => return Err(trouble(&status)),
        };
        Ok((Found { currency, head_seq: program.head_seq, rules_begin }, connection))
    }
}

/// Asks for every version of a programme's rules, and returns the types for which they take attributes.
///
/// # Errors
/// The server does not answer.
pub(super) async fn readings(connection: Connection, program: &ProgramId) -> Result<Readings, Trouble> {
    let mut programs = ProgramsClient::new(connection);
    let mut versions = Vec::new();
    loop {
        let name = format!("programs/{program}/ruleSets/{}", versions.len() + 1);
        match programs.get_rule_set(pb::GetRuleSetRequest { name }).await {
            Ok(version) => versions.push(version.into_inner()),
            Err(status) if status.code() == Code::NotFound => return Ok(Readings::of(&versions)),
            Err(status) => return Err(trouble(&status)),
        }
    }
}

impl Link {
    /// Begins a stream.
    ///
    /// # Errors
    /// The server does not take it.
    pub(super) async fn begin(connection: Connection, program: &ProgramId) -> Result<Self, Trouble> {
        let (messages, receiver) = mpsc::channel(MESSAGES_MAX);
        let first = pb::StreamActivitiesRequest { parent: format!("programs/{program}"), activities: Vec::new() };
        messages.try_send(first).map_err(|_| Trouble::Passing("the stream takes nothing".into()))?;
        let mut ledger = LedgerClient::new(connection.clone());
        let reply = ledger.stream_activities(ReceiverStream::new(receiver)).await;
        let results = reply.map_err(|status| trouble(&status))?.into_inner();
        Ok(Self { connection, messages, results, calls: JoinSet::new(), marks: JoinSet::new() })
    }

    /// Makes a call beside the stream.
    pub(super) fn call(&mut self, number: u64, telling: Telling) {
        let connection = self.connection.clone();
        self.calls.spawn(async move { (number, telling.send(connection).await) });
    }

    /// Asks for the mark of an entry, beside everything else. Without an answer the earlier mark is kept.
    pub(super) fn mark(&mut self, program: &ProgramId, seq: i64) {
        let (connection, program) = (self.connection.clone(), program.clone());
        self.marks.spawn(async move { Mark::of(connection, &program, seq).await.ok() });
    }
}

/// Reads a result of the stream.
pub(super) fn outcome_of(result: pb::RecordActivityResult) -> Result<Outcome, Trouble> {
    match result.result {
        Some(Answer::Receipt(receipt)) => Ok(Outcome::of_receipt(&receipt)),
        Some(Answer::Error(error)) => match verdict(&status_of(&error), true) {
            Verdict::Rejected(outcome) => Ok(outcome),
            Verdict::Trouble(trouble) => Err(trouble),
        },
        None => Err(Trouble::Passing("the server left a result out".into())),
    }
}

/// Judges a status: it is about the request, or about the connection.
pub(super) fn verdict(status: &Status, is_activity: bool) -> Verdict {
    let Some(reason) = reason_of(status) else { return Verdict::Trouble(trouble(status)) };
    match reason {
        ErrorReason::StoreCorrupt | ErrorReason::NewerFormat | ErrorReason::NotFound | ErrorReason::NotDirect => {
            Verdict::Trouble(Trouble::Lasting(explain(status)))
        }
        ErrorReason::PrincipalRequired => {
            Verdict::Trouble(Trouble::Lasting(format!("{}; give --principal NAME", explain(status))))
        }
        ErrorReason::Overloaded
        | ErrorReason::DeadlinePassed
        | ErrorReason::OutcomeUnknown
        | ErrorReason::StoreUnavailable
        | ErrorReason::ServerStopping
        | ErrorReason::TooManyStreams
        | ErrorReason::StreamSilent
        | ErrorReason::ReaderTooSlow
        | ErrorReason::ClockOff => Verdict::Trouble(Trouble::Passing(explain(status))),
        _ => Verdict::Rejected(rejected(status, reason, is_activity)),
    }
}

/// Returns the trouble that a status means for the connection, whatever was asked.
pub(super) fn trouble(status: &Status) -> Trouble {
    let Some(_) = reason_of(status) else {
        // The status comes from something in between, not from the service. Proxies report a lost connection under
        // several codes.
        return match status.code() {
            Code::Unimplemented | Code::Unauthenticated | Code::PermissionDenied | Code::InvalidArgument => {
                Trouble::Lasting(explain(status))
            }
            _ => Trouble::Passing(explain(status)),
        };
    };
    match verdict(status, true) {
        Verdict::Trouble(trouble) => trouble,
        Verdict::Rejected(_) => Trouble::Lasting(explain(status)),
    }
}

fn reason_of(status: &Status) -> Option<ErrorReason> {
    ErrorReason::from_str_name(&status.get_details_error_info()?.reason)
}

fn rejected(status: &Status, reason: ErrorReason, is_activity: bool) -> Outcome {
    let reason = reason.as_str_name().trim_start_matches("ERROR_REASON_").to_owned();
    let violations = status.get_details_bad_request().map(|details| details.field_violations).unwrap_or_default();
    let mut problems: Vec<_> = violations
        .iter()
        .map(|violation| format!("{} {}", line_field(&violation.field, is_activity), violation.description))
        .collect();
    if problems.is_empty() || reason != INVALID {
        problems.insert(0, format!("{} ({reason})", status.message()));
    }
    Outcome::Rejected { reason, problems }
}
