//! Checking a programme against its own log, without taking the service's word for anything but the log.

mod acts;
mod earning;
mod entries;
mod expiry;
mod form;
mod payouts;
mod stored;

use crate::domain::value::encoding::Hash;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::seq::Seq;
use crate::log::{Log, LogError};

/// Findings told: who has a hundred has a broken store, and needs no more to see it.
pub const FINDINGS_MAX: usize = 100;

/// Entries and rows read at a time.
const PAGE: u32 = 1_000;

/// What was checked, and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries read.
    pub entries: i64,
    /// Members whose balances were compared.
    pub members: i64,
    /// Payouts whose shares were recomputed.
    pub payouts: i64,
    /// The last entry checked.
    pub head_seq: Seq,
    /// Root of the Merkle tree over the entries, recomputed.
    pub root_hash: Hash,
    /// What is wrong, first things first, at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
}

/// Something that is not as the log says it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The entry it was found at; 0 where it belongs to none.
    pub seq: Seq,
    /// What is wrong.
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
/// Entries recorded after it has begun are not looked at. `progress` is told the last entry checked, now and then.
///
/// # Errors
/// [`LogError::Unavailable`] when the log cannot be read; what is corrupt is a finding.
pub async fn verify(
    log: &dyn Log,
    program: &ProgramId,
    progress: impl Fn(Seq) + Send + Sync,
) -> Result<Option<Report>, LogError> {
    let mut report = Report::default();
    let opened = match log.open(program).await {
        Ok(Some(opened)) => opened,
        Ok(None) => {
            // Without a head or a secret, entries that are there cannot be checked; without entries there is no programme.
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
    if let Some(folded) = entries::check(log, program, &opened, &mut report, progress).await? {
        stored::compare(log, program, &folded, &mut report).await?;
    }
    Ok(Some(report))
}

impl Report {
    /// What was read; `None`, and a finding, when it is corrupt.
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

/// What is corrupt is a finding; what cannot be read is an error.
fn tolerable(error: LogError) -> Result<String, LogError> {
    match error {
        LogError::Corrupt { .. } => Ok(error.to_string()),
        LogError::Unavailable(_) | LogError::NewerFormat { .. } => Err(error),
    }
}
