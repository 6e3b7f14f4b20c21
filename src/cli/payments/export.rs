//! Writing the files of a batch, with their totals.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail, ensure};
use sha2::{Digest as _, Sha256};

use super::show::{next, read, shown};
use crate::cli::finance::batch_id;
use crate::cli::finance::{RecordArgs, Side, columns};
use crate::cli::out;
use crate::cli::server::{answered, explain};
use crate::cli::sheet::write_whole;
use crate::cli::text::grouped;
use goodturn::domain::value::encoding::hex;
use goodturn::domain::value::ids::BatchId;
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
    let Some((last, paying)) = files.split_last() else { bail!("the server sent no file") };
    let totals: Totals = serde_json::from_slice(&last.bytes).context("the server sent no totals of the files")?;
    let received: Vec<(&str, String)> =
        paying.iter().map(|file| (file.name.as_str(), hex(&Sha256::digest(&file.bytes)))).collect();
    let counted = totals.files.iter().map(|file| (file.name.as_str(), file.sha256.clone()));
    ensure!(counted.eq(received), "the files are not those that the server has counted: export them again");
    for file in &files {
        put(&path_of(&args.to, &file.name)?, &file.bytes)?;
    }
    let rows: Vec<Vec<String>> = totals
        .files
        .iter()
        .map(|file| {
            let path = args.to.join(&file.name).display().to_string();
            vec![path, grouped(file.rows), file.sum.clone(), file.sha256.clone()]
        })
        .collect();
    let about = finance.about();
    let currency = about.currency.code();
    let head = [("file", Side::Left), ("payments", Side::Right), (currency, Side::Right), ("SHA-256", Side::Left)];
    let side = args.to.join(&last.name);
    let (shown, table, next) = (shown(&batch, about)?, columns(&head, &rows), next(&batch, about));
    out::print(format!("{shown}\n{table}  {}\n{next}", side.display()))
}

/// What the side file says.
#[derive(serde::Deserialize)]
struct Totals {
    files: Vec<FileTotals>,
}

/// What it says of a file.
#[derive(serde::Deserialize)]
struct FileTotals {
    name: String,
    rows: i64,
    sum: String,
    sha256: String,
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
