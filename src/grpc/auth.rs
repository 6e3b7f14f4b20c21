//! The caller. Until there is authentication, a caller is named by a header that is believed on loopback only.

use std::time::Duration;

use tonic::Request;
use tonic::metadata::MetadataMap;

use super::error::{ApiError, Violation};
use crate::domain::value::principal::PrincipalId;
use crate::ledger::clock::Deadline;

/// Metadata header that names the caller.
pub(super) const PRINCIPAL: &str = "goodturn-principal";

/// The name of a caller who gives none. Nobody can approve under it.
const ANONYMOUS: &str = "anonymous";

/// How long a call may wait when it sets no time: far above any commit, below a person's patience.
const PATIENCE: Duration = Duration::from_secs(10);

/// The caller, and the time until which the caller waits.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    principal: Option<PrincipalId>,
    /// The time at which the caller stops waiting.
    pub(crate) deadline: Deadline,
    /// The same, when the caller has set it. Streams have no end of their own.
    pub(crate) asked: Option<Deadline>,
}

impl Caller {
    /// Finds out who the caller is.
    pub(crate) fn of<T>(request: &Request<T>) -> Result<Self, ApiError> {
        if request.remote_addr().is_some_and(|address| !address.ip().is_loopback()) {
            return Err(ApiError::NotLoopback);
        }
        let asked = timeout(request.metadata()).map(Deadline::after);
        let deadline = asked.unwrap_or_else(|| Deadline::after(PATIENCE));
        let Some(header) = request.metadata().get(PRINCIPAL) else {
            return Ok(Self { principal: None, deadline, asked });
        };
        let text = header.to_str().unwrap_or_default();
        let violation = |problem: String| ApiError::Invalid(vec![Violation { field: PRINCIPAL.into(), problem }]);
        let principal = PrincipalId::parse(text).map_err(|why| violation(why.to_string()))?;
        if text.eq_ignore_ascii_case(ANONYMOUS) {
            return Err(violation("is kept for callers without a name".into()));
        }
        if principal.looks_own() {
            return Err(violation("is kept for the service itself".into()));
        }
        Ok(Self { principal: Some(principal), deadline, asked })
    }

    /// Returns the caller's name, or the name of callers who give none.
    pub(crate) fn principal(&self) -> PrincipalId {
        self.principal.clone().unwrap_or_else(|| PrincipalId::parse(ANONYMOUS).expect("a word is an id"))
    }

    /// Returns the caller's name, for acts that a person must answer for.
    pub(crate) fn named(&self) -> Result<PrincipalId, ApiError> {
        self.principal.clone().ok_or(ApiError::PrincipalRequired)
    }
}

/// Reads `grpc-timeout`: up to eight digits and a unit (gRPC over HTTP/2, Requests).
fn timeout(metadata: &MetadataMap) -> Option<Duration> {
    let text = metadata.get("grpc-timeout")?.to_str().ok()?;
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
