//! Work on a store without a server.

use std::sync::Arc;

use tonic::Status;

use crate::board::Boards;
use crate::books::{self, Source, Written};
use crate::domain::value::ids::ProgramId;
use crate::domain::value::money::Currency;
use crate::ledger::Ledger;
use crate::ledger::clock::SystemClock;
use crate::log::Log;
use crate::payout::Payouts;
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::parse::{ReportContext, Violations, parse_export};

/// Writes a report of a programme straight from a database, without a server. `progress` is told how much was read, and
/// of how much.
///
/// # Errors
/// Fails as `Books.ExportReport` does.
pub async fn export_from(
    log: &Arc<dyn Log>,
    request: pb::ExportReportRequest,
    progress: Box<dyn Fn(i64, i64) + Send + Sync>,
) -> Result<Written, Status> {
    let ledger = Ledger::new(Arc::clone(log), Arc::new(SystemClock));
    // Whether a month is over is judged by a clock.
    if let Some(off) = ledger.ask_store().await.map_err(ApiError::from)? {
        return Err(Status::failed_precondition(off.to_string()));
    }
    export_at(Arc::new(ledger), request, progress).await
}

/// The same, from a ledger.
///
/// # Errors
/// Fails as `Books.ExportReport` does.
pub async fn export_at(
    ledger: Arc<Ledger>,
    request: pb::ExportReportRequest,
    progress: Box<dyn Fn(i64, i64) + Send + Sync>,
) -> Result<Written, Status> {
    let mut violations = Violations::default();
    let id = violations.program("parent", &request.parent);
    let id = violations.check(id)?;
    let missing = || ApiError::NotFound(format!("programs/{id}"));
    let program = ledger.program(&id).await.map_err(ApiError::from)?.ok_or_else(missing)?;
    let boards = Arc::new(Boards::new(Arc::clone(&ledger)).reading_only());
    let payouts = Payouts::new(Arc::clone(&ledger), Arc::clone(&boards));
    let source = Source::of(boards, payouts, program, progress).ok_or_else(missing)?;
    let today = source.now.day_in(&source.zone);
    let report = parse_export(request, &ReportContext { program: &id, currency: source.currency, today })?;
    Ok(books::write(&source, report).await.map_err(ApiError::from)?)
}

/// Returns the currency of a programme in a database; `None` when there is no such programme.
///
/// # Errors
/// The log cannot be read.
pub async fn currency_in(log: &Arc<dyn Log>, id: &ProgramId) -> anyhow::Result<Option<Currency>> {
    let program = Ledger::new(Arc::clone(log), Arc::new(SystemClock)).program(id).await?;
    Ok(program.and_then(|program| Some(program.read().program.as_ref()?.terms.currency)))
}
