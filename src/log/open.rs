//! Opening a store by its URL, and the reasons why it cannot be used.

use std::sync::Arc;

use thiserror::Error;

use super::Log;
use super::postgres::PostgresLog;
use super::sqlite::SqliteLog;
use super::url::{DatabaseUrl, Engine};

/// The purpose for which a store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To record. The store is created or brought up to date when it can be. It is refused unless acknowledged entries
    /// are safe in it.
    Record,
    /// To read. The store must exist and be up to date.
    Read,
}

impl OpenError {
    /// True when the store may be reached in a moment: it is not up yet, or the network is not.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { is_passing: true, .. })
    }

    /// Returns the error for a store that the caller may migrate.
    pub(super) fn not_migrated(url: &DatabaseUrl) -> Self {
        let url = url.to_string();
        Self::NotMigrated { advice: format!("run `goodturn migrate --database {url}`"), url }
    }
}

/// Opens a store by its URL, as `sqlite://goodturn.db` or `postgres://user@host/name`.
///
/// # Errors
/// [`OpenError`] says what is wrong with the store, and what to do.
pub async fn open(url: impl Into<DatabaseUrl>, purpose: Purpose) -> Result<Arc<dyn Log>, OpenError> {
    let url = url.into();
    Ok(match url.engine()? {
        Engine::Sqlite => Arc::new(SqliteLog::open(url, purpose).await?),
        Engine::Postgres => Arc::new(PostgresLog::open(url, purpose).await?),
    })
}

/// Reasons why a store cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The URL names no store.
    #[error("the URL of the database {problem}; give one as sqlite://goodturn.db or postgres://user@host/name")]
    Url {
        /// What is wrong with it.
        problem: String,
    },
    /// The store cannot be reached.
    #[error("{url} cannot be opened: {problem}; {advice}")]
    Unreachable {
        /// The URL, as it is shown.
        url: String,
        /// The error that was met.
        problem: String,
        /// Advice on what to check.
        advice: &'static str,
        /// True when it may be reached in a moment: it is not up yet, or the network is not.
        is_passing: bool,
    },
    /// The store must not be used as it is.
    #[error("{url} must not be used as it is:\n- {}", problems.join("\n- "))]
    Unfit {
        /// The URL, as it is shown.
        url: String,
        /// Every reason, each with its remedy.
        problems: Vec<String>,
    },
    /// The store belongs to another program.
    #[error("{url} holds tables of another program ({tables}); give an empty database, or a schema of its own")]
    OtherProgram {
        /// The URL, as it is shown.
        url: String,
        /// Some of its tables.
        tables: String,
    },
    /// The schema is not one this program knows.
    #[error("{url} has a schema this program does not know: {problem}")]
    Schema {
        /// The URL, as it is shown.
        url: String,
        /// The unknown part, and the remedy.
        problem: String,
    },
    /// The schema is older, or not there at all.
    #[error("{url} is no Goodturn database, or an older one; {advice} first")]
    NotMigrated {
        /// The URL, as it is shown.
        url: String,
        /// The command to run, and the role to run it as.
        advice: String,
    },
}
