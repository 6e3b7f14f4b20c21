//! Getting a report, and writing it.

use std::io::Read as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use tonic::{Status, Streaming};

use super::whole_file::WholeFile;
use super::{CloseArgs, FileArgs, Format, What};
use crate::cli::finance::Finance;
use crate::cli::out;
use crate::cli::server::{answered, explain};
use crate::cli::text::{counted, grouped};
use goodturn::app::{currency_in, export_from};
use goodturn::domain::value::money::Currency;
use goodturn::export::journal::Accounts;
use goodturn::log::{DatabaseUrl, Log, Purpose};
use goodturn::pb;
use goodturn::pb::books_client::BooksClient;
use goodturn::pb::export_report_response::Part;

/// Bytes that are read of a file at a time.
const READ_BYTES: usize = 1024 * 1024;

/// How often the sign of life moves.
const TICK: Duration = Duration::from_millis(200);

/// Writes a report.
///
/// # Errors
/// Says what is wrong with it, or with the file.
pub(super) async fn export(what: &What) -> anyhow::Result<ExitCode> {
    let Some(file) = what.file() else {
        out::print(Accounts::standard().to_toml())?;
        return Ok(ExitCode::SUCCESS);
    };
    let format = file.format(what.is_archive())?;
    let is_shown = !what.is_archive() && !matches!((what, format), (What::Statements { .. }, None));
    let whole = WholeFile::begin(file.output.as_deref(), is_shown && !format.is_some_and(Format::is_binary))?;
    let currency = if what.asks_currency() { Some(currency_of(file).await?) } else { None };
    let summary = write(file, whole, file.whole(what.request(file, currency)?, format), what.is_table()).await?;
    if summary.differences > 0 {
        out::say(&format!("the report tells {}: look at it", counted(summary.differences, "difference")));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Closes a month.
///
/// # Errors
/// As for every report.
pub(super) async fn close(args: &CloseArgs) -> anyhow::Result<ExitCode> {
    let format = args.file.format(false)?;
    let whole = WholeFile::begin(args.file.output.as_deref(), !format.is_some_and(Format::is_binary))?;
    let summary = write(&args.file, whole, args.file.whole(args.request(), format), false).await?;
    if summary.differences > 0 {
        let differences = counted(summary.differences, "difference");
        out::say(&format!("{} is not in order: {differences}; the page says where", args.month));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a report to its file. Whoever interrupts it gets none.
async fn write(
    file: &FileArgs,
    mut whole: WholeFile,
    request: pb::ExportReportRequest,
    is_table: bool,
) -> anyhow::Result<pb::ReportSummary> {
    let getting = Box::pin(async {
        match &file.database {
            Some(database) => Box::pin(from_database(file, database, request, &mut whole)).await,
            None => from_server(file, request, &mut whole).await,
        }
    });
    let summary = tokio::select! {
        summary = getting => summary?,
        _ = tokio::signal::ctrl_c() => bail!("interrupted: nothing was written"),
    };
    if let Some(path) = whole.end()? {
        let rows = if is_table { format!("{}, ", counted(summary.rows, "row")) } else { String::new() };
        out::print(format!("{}: {rows}up to entry {}\n", path.display(), grouped(summary.seq)))?;
    }
    Ok(summary)
}

/// Has a server write the report.
async fn from_server(
    file: &FileArgs,
    request: pb::ExportReportRequest,
    whole: &mut WholeFile,
) -> anyhow::Result<pb::ReportSummary> {
    let mut client = BooksClient::new(file.server.connect_for_long().await?);
    let bar = begun()?;
    let stream = answered(client.export_report(request).await, "write the report")?;
    let summary = received(stream, &bar, whole).await;
    bar.finish_and_clear();
    summary
}

async fn received(
    mut stream: Streaming<pb::ExportReportResponse>,
    bar: &ProgressBar,
    whole: &mut WholeFile,
) -> anyhow::Result<pb::ReportSummary> {
    loop {
        let next = stream.message().await.map_err(|status| anyhow!("cannot write the report: {}", explain(&status)))?;
        match next.and_then(|message| message.part) {
            Some(Part::Progress(progress)) => tell(bar, progress.done, progress.total),
            Some(Part::Content(bytes)) => {
                if !whole.write(&bytes)? {
                    // Whoever reads has had enough.
                    return Ok(pb::ReportSummary::default());
                }
            }
            Some(Part::Summary(summary)) => return Ok(summary),
            None => bail!("the report ended before it was whole: ask for it again"),
        }
    }
}

/// Writes the report from the database itself.
async fn from_database(
    file: &FileArgs,
    database: &DatabaseUrl,
    request: pb::ExportReportRequest,
    whole: &mut WholeFile,
) -> anyhow::Result<pb::ReportSummary> {
    let log = goodturn::log::open(database.clone(), Purpose::Read).await?;
    currency_at(&log, file, database).await?;
    let bar = begun()?;
    let telling = bar.clone();
    let written = export_from(&log, request, Box::new(move |done, total| tell(&telling, done, total))).await;
    bar.finish_and_clear();
    let mut written = written.map_err(|status| anyhow!("cannot write the report: {}", explain(&status)))?;
    log.close().await;
    let mut bytes = vec![0; READ_BYTES];
    loop {
        let read = written.file.read(&mut bytes).context("the report cannot be read again")?;
        if read == 0 || !whole.write(&bytes[..read])? {
            break;
        }
    }
    Ok(pb::ReportSummary {
        file_name: written.name,
        rows: written.rows,
        seq: written.seq.get(),
        differences: written.differences,
    })
}

/// Asks for the programme's currency.
async fn currency_of(file: &FileArgs) -> anyhow::Result<Currency> {
    let Some(database) = &file.database else {
        return Ok(Finance::on(&file.program, file.server.connect().await?).await?.currency);
    };
    let log = goodturn::log::open(database.clone(), Purpose::Read).await?;
    let currency = currency_at(&log, file, database).await;
    log.close().await;
    currency
}

async fn currency_at(log: &Arc<dyn Log>, file: &FileArgs, database: &DatabaseUrl) -> anyhow::Result<Currency> {
    let currency = currency_in(log, &file.program).await?;
    currency.with_context(|| format!("{} does not exist in {database}", file.program))
}

fn begun() -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("  {spinner} {wide_msg}")?;
    let bar = ProgressBar::new_spinner().with_style(style).with_message("writing the report");
    bar.enable_steady_tick(TICK);
    Ok(bar)
}

fn tell(bar: &ProgressBar, done: i64, total: i64) {
    bar.set_message(match total {
        0 => format!("writing the report: {} read", grouped(done)),
        total => format!("writing the report: {} of {} entries read", grouped(done), grouped(total)),
    });
}

/// Joins the pieces of a report.
///
/// # Errors
/// As the server answers, also where the stream ends before its summary.
pub(in crate::cli) async fn bytes_of(mut pieces: Streaming<pb::ExportReportResponse>) -> Result<Vec<u8>, Status> {
    let mut file = Vec::new();
    while let Some(message) = pieces.message().await? {
        match message.part {
            Some(Part::Content(bytes)) => file.extend(bytes),
            Some(Part::Summary(_)) => return Ok(file),
            Some(Part::Progress(_)) | None => {}
        }
    }
    Err(Status::data_loss("the file ended before it was whole"))
}
