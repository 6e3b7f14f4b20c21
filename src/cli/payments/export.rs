//! Writing the files of a batch, with their totals.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, ensure};
use sha2::{Digest as _, Sha256};

use super::batch_id;
use super::show::{next, read, shown};
use crate::cli::finance::{RecordArgs, Side, columns, minor};
use crate::cli::out;
use crate::cli::server::{answered, explain};
use crate::cli::sheet::write_whole;
use goodturn::domain::value::encoding::hex;
use goodturn::domain::value::ids::BatchId;
use goodturn::domain::value::money::Currency;
use goodturn::pb;

#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// The batch's id.
    #[arg(value_parser = batch_id)]
    id: BatchId,
    #[command(flatten)]
    record: RecordArgs,
    /// Folder to write the files into; it is made if need be. A file that is there already must have the same bytes.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
}

/// A file that was received.
struct Received {
    name: String,
    bytes: Vec<u8>,
}

/// Writes the files of a batch. Nothing is written before all of them are there.
///
/// # Errors
/// The server refuses it, or a file cannot be written, or is there already with other bytes.
pub(super) async fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance_for_long().await?;
    fs::create_dir_all(&args.to).with_context(|| format!("{} cannot be made", args.to.display()))?;
    let request = pb::ExportBatchRequest { name: finance.batch_name(&args.id) };
    let mut stream = answered(finance.payments.export_batch(request).await, "export the batch")?;
    let mut files: Vec<Received> = Vec::new();
    while let Some(piece) = stream.message().await.map_err(|status| anyhow!("{}", explain(&status)))? {
        if !piece.file_name.is_empty() {
            files.push(Received { name: piece.file_name, bytes: Vec::new() });
        }
        let file = files.last_mut().context("the server began no file")?;
        file.bytes.extend(piece.content);
    }
    let batch = read(&mut finance, &args.id).await?;
    let mut rows = Vec::new();
    for file in &files {
        let path = path_of(&args.to, &file.name)?;
        put(&path, &file.bytes)?;
        rows.push(vec![path.display().to_string(), file.bytes.len().to_string(), hex(&Sha256::digest(&file.bytes))]);
    }
    let totals = totals(&batch, &files)?;
    let path = args.to.join(format!("{}.totals.json", args.id));
    put(&path, totals.as_bytes())?;
    let head = [("file", Side::Left), ("bytes", Side::Right), ("SHA-256", Side::Left)];
    let about = finance.about();
    out::print(format!(
        "{}\n{}  {}\n{}",
        shown(&batch, about)?,
        columns(&head, &rows),
        path.display(),
        next(&batch, about)
    ))
}

/// Returns where a file goes. The server names it; a name that leads elsewhere is refused.
fn path_of(folder: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let is_plain = !name.contains(['/', '\\']) && !name.starts_with('.');
    ensure!(is_plain, "the server named a file {name:?}, which leads out of the folder");
    Ok(folder.join(name))
}

/// Writes a file as a whole, unless it is there with the same bytes.
fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if let Ok(known) = fs::read(path) {
        let is_same = known == bytes;
        ensure!(is_same, "{} is there already, with other bytes: move it away, and export again", path.display());
        return Ok(());
    }
    write_whole(path, bytes)
}

/// Makes the side file: what was sent in all, and the bytes of each file with their hash. Whatever became of payments since is not in it, so
/// that each export gives the same.
fn totals(batch: &pb::Batch, files: &[Received]) -> anyhow::Result<String> {
    let sent = batch.sent.clone().unwrap_or_default();
    let amount = sent.amount.unwrap_or_default();
    let currency = Currency::from_code(&amount.currency_code);
    let currency = currency.context("the server answered in an unknown currency")?;
    let sum_minor = minor(Some(&amount), currency)?;
    let files: Vec<_> = files
        .iter()
        .map(|file| {
            serde_json::json!({
                "name": file.name,
                "bytes": file.bytes.len(),
                "sha256": hex(&Sha256::digest(&file.bytes)),
            })
        })
        .collect();
    let totals = serde_json::json!({
        "batch": batch.name,
        "content_digest": hex(&batch.content_digest),
        "payments": sent.payments,
        "sum": currency.format(sum_minor),
        "currency": currency.code(),
        "files": files,
    });
    Ok(serde_json::to_string_pretty(&totals)? + "\n")
}
