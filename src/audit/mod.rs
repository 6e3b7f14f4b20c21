//! Checking a programme against its own log. Only the log is believed, not the service.

mod access;
mod acts;
mod earning;
mod entries;
mod expiry;
mod form;
mod lists;
mod money;
mod payments;
mod payouts;
mod spans;
mod standing;
mod stored;

use crate::domain::value::encoding::Hash;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::seq::Seq;
use crate::log::{Log, LogError};

/// The largest number of findings reported: a hundred of them show a broken store, and more would add nothing.
pub const FINDINGS_MAX: usize = 100;

/// Entries and rows read at a time.
const PAGE: u32 = 1_000;

/// The extent of a check, and its findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries read.
    pub entries: i64,
    /// Members whose balances were compared.
    pub members: i64,
    /// Payouts whose shares were recomputed.
    pub payouts: i64,
    /// Activities stored with another offset from UTC than today's time-zone data give. That is no fault: the rules for a
    /// time zone may be corrected later, and the days and hours stay as they were recorded.
    pub other_offsets: i64,
    /// The last entry whose sender is a name that was believed: no token and no key has shown it. 0 when there is none.
    pub names_believed_through: Seq,
    /// The last entry checked.
    pub head_seq: Seq,
    /// Root of the Merkle tree over the entries, recomputed.
    pub root_hash: Hash,
    /// Faults, the first one first, at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
}

/// A fact that differs from what the log requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The entry at which it was found; 0 when it belongs to no entry.
    pub seq: Seq,
    /// The fault.
    pub problem: String,
}

impl Report {
    fn find(&mut self, seq: Seq, problem: impl Into<String>) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { seq, problem: problem.into() });
        }
    }
}

/// Recomputes a programme from its log and compares it with what is stored; `None` when there is no such programme.
///
/// Entries recorded after the check began are not looked at. `progress` is told the last entry checked, now and then.
///
/// # Errors
/// [`LogError::Unavailable`] when the log cannot be read. A corrupt value is a finding.
pub async fn verify(
    log: &dyn Log,
    program: &ProgramId,
    progress: impl Fn(Seq) + Send + Sync,
) -> Result<Option<Report>, LogError> {
    let mut report = Report::default();
    let opened = match log.open(program).await {
        Ok(Some(opened)) => opened,
        Ok(None) => {
            // Entries without a head or a secret cannot be checked; without entries there is no programme.
            let left = log.entries(program, Seq::ZERO, 1).await;
            if matches!(left, Ok(ref entries) if entries.is_empty()) && log.accounts(program, None, 1).await?.is_empty()
            {
                return Ok(None);
            }
            report.find(Seq::ZERO, "the programme's secret or head is missing");
            return Ok(Some(report));
        }
        Err(error) => {
            report.find(Seq::ZERO, tolerable(error)?);
            return Ok(Some(report));
        }
    };
    if let Some((folded, totals)) = entries::check(log, program, &opened, &mut report, progress).await? {
        stored::compare(log, program, &folded, &mut report).await?;
        spans::compare(log, program, &totals, &mut report).await?;
    }
    Ok(Some(report))
}

impl Report {
    /// Returns the value that was read. When it is corrupt, adds a finding and returns `None`.
    fn readable<T>(&mut self, at: Seq, read: Result<T, LogError>) -> Result<Option<T>, LogError> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error) => {
                self.find(at, tolerable(error)?);
                Ok(None)
            }
        }
    }
}

/// Turns a corrupt value into the text of a finding. Every other failure to read is an error.
fn tolerable(error: LogError) -> Result<String, LogError> {
    match error {
        LogError::Corrupt { .. } => Ok(error.to_string()),
        LogError::Unavailable(_) | LogError::NewerFormat { .. } => Err(error),
    }
}
