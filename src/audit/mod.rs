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

use crate::domain::entry::Entry;
use crate::domain::state::overlay::Changes;
use crate::domain::value::encoding::Hash;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::seq::Seq;
use crate::log::{Log, LogError, Opened};

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
    let Some(opened) = opened(log, program, &mut report).await? else {
        return Ok(Some(report).filter(|report| !report.findings.is_empty()));
    };
    let through = opened.head.seq;
    let told = |page: &[Entry]| progress(page.last().map_or(Seq::ZERO, |entry| entry.seq));
    if let Some((folded, totals)) = entries::check(log, program, &opened, through, &mut report, told).await? {
        stored::compare(log, program, &folded, &mut report).await?;
        spans::compare(log, program, &totals, &mut report).await?;
    }
    Ok(Some(report))
}

/// The entries of a programme up to one, checked, and all that follows from them.
#[derive(Debug)]
pub struct Checked {
    /// The extent of the check, and its findings.
    pub report: Report,
    /// Accounts and records as of the last entry; `None` when the fold could not be finished.
    pub state: Option<Changes>,
}

/// Recomputes a programme from its log up to an entry; `None` when there is no such programme. What is stored beside
/// the log is of a later entry, so only the log is checked, with the balances that stand in each entry.
///
/// Of the entry after it only the hash is checked: whoever asks for the entries up to a time goes by the time of the
/// next one.
///
/// `take` is given every page of entries after it was checked.
///
/// # Errors
/// [`LogError::Unavailable`] when the log cannot be read. A corrupt value is a finding.
pub async fn check_through(
    log: &dyn Log,
    program: &ProgramId,
    through: Seq,
    take: impl FnMut(&[Entry]) + Send,
) -> Result<Option<Checked>, LogError> {
    let mut report = Report::default();
    let Some(opened) = opened(log, program, &mut report).await? else {
        let missing = report.findings.is_empty();
        return Ok((!missing).then_some(Checked { report, state: None }));
    };
    let checked = entries::check(log, program, &opened, through.min(opened.head.seq), &mut report, take).await?;
    if checked.is_some() && through < opened.head.seq {
        entries::check_next(log, program, &opened, through, &mut report).await?;
    }
    Ok(Some(Checked { report, state: checked.map(|(state, _)| state) }))
}

/// Opens a programme to be checked. `None` when there is none, or, with a finding, when it cannot be checked.
async fn opened(log: &dyn Log, program: &ProgramId, report: &mut Report) -> Result<Option<Opened>, LogError> {
    match log.open(program).await {
        Ok(Some(opened)) => Ok(Some(opened)),
        Ok(None) => {
            // Entries without a head or a secret cannot be checked; without entries there is no programme.
            let left = log.entries(program, Seq::ZERO, 1).await;
            let is_empty = matches!(left, Ok(ref entries) if entries.is_empty());
            if !is_empty || !log.accounts(program, None, 1).await?.is_empty() {
                report.find(Seq::ZERO, "the programme's secret or head is missing");
            }
            Ok(None)
        }
        Err(error) => {
            report.find(Seq::ZERO, tolerable(error)?);
            Ok(None)
        }
    }
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
