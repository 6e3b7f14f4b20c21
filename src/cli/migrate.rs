//! `goodturn migrate`.

#![expect(clippy::print_stdout, reason = "says what was done")]

use super::DatabaseArgs;
use crate::log::sqlite::{Missing, SqliteLog};

pub(super) async fn run(args: &DatabaseArgs) -> anyhow::Result<()> {
    SqliteLog::open(&args.database, Missing::Create).await?.close().await;
    println!("{} is up to date", args.database);
    Ok(())
}
