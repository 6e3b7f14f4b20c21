//! `goodturn migrate`.

use anyhow::ensure;

use super::DatabaseArgs;
use crate::cli::out;
use goodturn::log::postgres::PostgresLog;
use goodturn::log::{self, Engine, Log as _, Purpose};

#[derive(Debug, clap::Args)]
pub(super) struct MigrateArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Gives this role of a PostgreSQL database the rights that `goodturn serve` needs, and takes all others from it.
    #[arg(long, value_name = "ROLE")]
    grant_to: Option<String>,
}

pub(super) async fn run(args: &MigrateArgs) -> anyhow::Result<()> {
    let url = &args.database.database;
    if let Some(role) = &args.grant_to {
        ensure!(url.engine()? == Engine::Postgres, "--grant-to: only PostgreSQL has roles, and {url} is none");
        let log = PostgresLog::open(url.clone(), Purpose::Record).await?;
        let granted = log.grant_to(url, role).await;
        log.close().await;
        granted?;
        out::print(format!("{url} is up to date; {role} may serve it\n"))
    } else {
        log::open(url.clone(), Purpose::Record).await?.close().await;
        out::print(format!("{url} is up to date\n"))
    }
}
