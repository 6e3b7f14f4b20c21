//! `goodturn backup`.

use std::path::PathBuf;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};

use super::DatabaseArgs;
use crate::cli::out;
use goodturn::log::Engine;
use goodturn::log::sqlite::backup::{Step, backup};

#[derive(Debug, clap::Args)]
pub(super) struct BackupArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// File to write; it must not exist.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) async fn run(args: &BackupArgs) -> anyhow::Result<()> {
    let url = &args.database.database;
    if url.engine()? == Engine::Postgres {
        bail!(
            "PostgreSQL is backed up with its own tools: pg_basebackup with WAL archiving, or pg_dump \
             (see docs/backup.md)"
        );
    }
    let bar = ProgressBar::new(0)
        .with_style(ProgressStyle::with_template("{spinner} {msg}: {bytes} of about {total_bytes}")?)
        .with_message("copying");
    let done = backup(url.clone(), &args.output, |step| match step {
        Step::Copying { written, total } => {
            bar.set_length(total);
            bar.set_position(written);
        }
        Step::Checking => bar.set_message("checking the copy"),
    })
    .await;
    bar.finish_and_clear();
    let done = done?;
    let output = args.output.display();
    out::print(format!(
        "{output}
  programmes  {}
  entries     {}
  bytes       {}
Every page of the copy was read and checked. To recompute what it holds as well:
  goodturn verify --database sqlite://{output}
",
        done.programs, done.entries, done.bytes
    ))
}
