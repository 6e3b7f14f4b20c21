//! Opening a store by its URL, and the reasons why it cannot be used.

use std::sync::Arc;

use thiserror::Error;
use url::Url;

use super::Log;
use super::postgres::PostgresLog;
use super::sqlite::SqliteLog;

/// The purpose for which a store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To record. The store is created or brought up to date when it can be. It is refused unless acknowledged entries
    /// are safe in it.
    Record,
    /// To read. The store must exist and be up to date.
    Read,
}

/// Kinds of stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// An embedded SQLite file.
    Sqlite,
    /// A PostgreSQL database.
    Postgres,
}

impl OpenError {
    /// Returns the error for a store that the caller may migrate.
    pub(super) fn not_migrated(url: &str) -> Self {
        let url = shown(url);
        Self::NotMigrated { advice: format!("run `goodturn migrate --database {url}`"), url }
    }
}

impl Engine {
    /// Returns the engine that a URL names.
    ///
    /// # Errors
    /// [`OpenError::Url`] when the URL names neither engine.
    pub fn of(url: &str) -> Result<Self, OpenError> {
        match url.split(':').next() {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            _ => Err(OpenError::Url { url: shown(url) }),
        }
    }
}

/// Opens a store by its URL, as `sqlite://goodturn.db` or `postgres://user@host/name`.
///
/// # Errors
/// [`OpenError`] says what is wrong with the store, and what to do.
pub async fn open(url: &str, purpose: Purpose) -> Result<Arc<dyn Log>, OpenError> {
    Ok(match Engine::of(url)? {
        Engine::Sqlite => Arc::new(SqliteLog::open(url, purpose).await?),
        Engine::Postgres => Arc::new(PostgresLog::open(url, purpose).await?),
    })
}

/// Returns a URL as it may be shown: without its password.
#[must_use]
pub fn shown(url: &str) -> String {
    if url.starts_with("sqlite:") {
        return url.into();
    }
    let secret = |name: &str| name.to_lowercase().contains("pass");
    let Ok(mut parsed) = Url::parse(url) else {
        return if url.contains('@') || secret(url) { "a malformed URL".into() } else { url.into() };
    };
    if parsed.password().is_none() && !parsed.query_pairs().any(|(name, _)| secret(&name)) {
        return url.into();
    }
    if parsed.password().is_some() {
        // The URL has a password, so another one can be set.
        let _hidden = parsed.set_password(Some("***"));
    }
    let kept: Vec<_> =
        parsed.query_pairs().filter(|(name, _)| !secret(name)).map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
    parsed.set_query(None);
    if !kept.is_empty() {
        parsed.query_pairs_mut().extend_pairs(kept);
    }
    parsed.into()
}

/// Reasons why a store cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The URL names no store.
    #[error("{url:?} names no database; give a URL as sqlite://goodturn.db or postgres://user@host/name")]
    Url {
        /// The URL given.
        url: String,
    },
    /// The store cannot be reached.
    #[error("{url} cannot be opened: {problem}; {advice}")]
    Unreachable {
        /// The URL given.
        url: String,
        /// The error that was met.
        problem: String,
        /// Advice on what to check.
        advice: &'static str,
    },
    /// The store must not be used as it is.
    #[error("{url} must not be used as it is:\n- {}", problems.join("\n- "))]
    Unfit {
        /// The URL given.
        url: String,
        /// Every reason, each with its remedy.
        problems: Vec<String>,
    },
    /// The store belongs to another program.
    #[error("{url} holds tables of another program ({tables}); give an empty database, or a schema of its own")]
    OtherProgram {
        /// The URL given.
        url: String,
        /// Some of its tables.
        tables: String,
    },
    /// The schema is not one this program knows.
    #[error("{url} has a schema this program does not know: {problem}")]
    Schema {
        /// The URL given.
        url: String,
        /// The unknown part, and the remedy.
        problem: String,
    },
    /// The schema is older, or not there at all.
    #[error("{url} is no Goodturn database, or an older one; {advice} first")]
    NotMigrated {
        /// The URL given.
        url: String,
        /// The command to run, and the role to run it as.
        advice: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (url, expected) in [
            ("postgres://ann:s3cret@db/points?sslmode=require", "postgres://ann:***@db/points?sslmode=require"),
            ("postgres://db/points?user=ann&password=s3cret", "postgres://db/points?user=ann"),
            ("postgres://db/points?sslpassword=s3cret", "postgres://db/points"),
            ("postgres://db/points?PGPASSFILE=s3cret&user=ann", "postgres://db/points?user=ann"),
            ("postgres://ann:s3cret@[/points", "a malformed URL"),
            ("postgres://[/points?password=s3cret", "a malformed URL"),
            ("postgres://ann@db/points", "postgres://ann@db/points"),
            ("sqlite://a b.db", "sqlite://a b.db"),
            ("sqlite://a@b c/pass.db", "sqlite://a@b c/pass.db"),
        ] {
            let shown = shown(url);
            assert!(!shown.contains("s3cret"), "{shown}");
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn the_engine_is_told_by_the_scheme() {
        assert_eq!(Engine::of("postgresql://db/points").ok(), Some(Engine::Postgres));
        assert_eq!(Engine::of("sqlite:points.db").ok(), Some(Engine::Sqlite));
        assert!(Engine::of("mysql://db/points").is_err());
    }
}
