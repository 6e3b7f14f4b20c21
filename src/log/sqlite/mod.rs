//! The log on an embedded SQLite file.
//!
//! One connection writes, so commits never wait for each other's locks; others read, and in WAL mode never wait for the
//! writer. `synchronous = FULL`: a commit is on the disk before it is acknowledged.

mod append;
mod read;

use std::str::FromStr;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection};
use thiserror::Error;

use super::LogError;

/// Older versions can corrupt a database when its write-ahead log is reset (mended in 3.51.3).
const SQLITE_VERSION_MIN: [u32; 3] = [3, 51, 3];

/// Connections that read. Two cores, and one to spare for a long list.
const READERS: u32 = 3;

/// How long a statement waits for another process's lock. Longer than any commit seen; shorter than a client's patience.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How often, and after which pause, a migration that failed is looked at again: another process may be at it, and is
/// done in some milliseconds.
const MIGRATE_TRIES: u32 = 10;
const MIGRATE_PAUSE: Duration = Duration::from_millis(50);

/// A log on an embedded SQLite file.
pub struct SqliteLog {
    writer: SqlitePool,
    readers: SqlitePool,
}

/// Why a database cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The URL names no SQLite file.
    #[error("{url:?} names no SQLite file; give one as sqlite://goodturn.db")]
    Url {
        /// The URL given.
        url: String,
    },
    /// The file cannot be opened.
    #[error("{url} cannot be opened: {problem}; check that the folder exists and can be written")]
    Open {
        /// The URL given.
        url: String,
        /// What SQLite said.
        problem: String,
    },
    /// The linked SQLite is too old to be trusted.
    #[error("SQLite {found} may corrupt its file; at least 3.51.3 is needed")]
    SqliteTooOld {
        /// Its version.
        found: String,
    },
    /// The schema is newer, or other, than this program knows.
    #[error("{url} has a schema this program does not know ({problem}); use the version that wrote it")]
    Schema {
        /// The URL given.
        url: String,
        /// What is unknown.
        problem: String,
    },
    /// The database has no tables yet.
    #[error("{url} is no Goodturn database, or an older one; run `goodturn migrate --database {url}` first")]
    NotMigrated {
        /// The URL given.
        url: String,
    },
}

/// What to do with a database that is not there, or not up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Create it, bring it up to date.
    Create,
    /// Refuse it.
    Refuse,
}

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

impl SqliteLog {
    /// Opens a database by its URL, as `sqlite://goodturn.db`.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong with it, and what to do.
    pub async fn open(url: &str, missing: Missing) -> Result<Self, OpenError> {
        let options = options(url)?.create_if_missing(missing == Missing::Create);
        prepare(url, &options, missing).await?;
        let failed = |error: sqlx::Error| OpenError::Open { url: url.into(), problem: error.to_string() };
        let options = options.create_if_missing(false);
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await.map_err(failed)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.pragma("query_only", "on"))
            .await
            .map_err(failed)?;
        Ok(Self { writer, readers })
    }

    /// Closes every connection; what was committed is in the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// How every connection is opened.
fn options(url: &str) -> Result<SqliteConnectOptions, OpenError> {
    let refused = || OpenError::Url { url: url.into() };
    if !url.starts_with("sqlite:") || url.contains(":memory:") || url.contains("mode=memory") {
        return Err(refused());
    }
    let options = SqliteConnectOptions::from_str(url).map_err(|_| refused())?;
    Ok(options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .pragma("recursive_triggers", "on"))
}

/// Checks the library's version and brings the schema up to date, on a connection of its own.
async fn prepare(url: &str, options: &SqliteConnectOptions, missing: Missing) -> Result<(), OpenError> {
    use sqlx::ConnectOptions as _;
    let failed = |error: sqlx::Error| OpenError::Open { url: url.into(), problem: error.to_string() };
    let mut connection = options.connect().await.map_err(failed)?;
    check_version(url, &mut connection).await?;
    let known = applied(&mut connection).await;
    let migrations = || MIGRATIONS.iter().map(|migration| migration.version);
    if let Some(newer) = known.iter().find(|version| !migrations().any(|known| known == **version)) {
        return Err(OpenError::Schema { url: url.into(), problem: format!("migration {newer}") });
    }
    match missing {
        Missing::Create => migrate(url, &mut connection).await?,
        Missing::Refuse if known.len() < migrations().count() => {
            return Err(OpenError::NotMigrated { url: url.into() });
        }
        Missing::Refuse => {}
    }
    connection.close().await.map_err(failed)
}

/// Brings the schema up to date. Of several processes that start at once, one does it; the others find it done.
async fn migrate(url: &str, connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let mut tries = MIGRATE_TRIES;
    while let Err(error) = MIGRATIONS.run(&mut *connection).await {
        tries -= 1;
        if tries == 0 {
            return Err(OpenError::Schema { url: url.into(), problem: error.to_string() });
        }
        tokio::time::sleep(MIGRATE_PAUSE).await;
    }
    Ok(())
}

async fn check_version(url: &str, connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let found: String = sqlx::query_scalar("select sqlite_version()")
        .fetch_one(connection)
        .await
        .map_err(|error| OpenError::Open { url: url.into(), problem: error.to_string() })?;
    let numbers: Vec<u32> = found.split('.').map_while(|number| number.parse().ok()).collect();
    if numbers.as_slice() < SQLITE_VERSION_MIN.as_slice() { Err(OpenError::SqliteTooOld { found }) } else { Ok(()) }
}

/// Versions of migrations that were run; none for a database without the table that lists them.
async fn applied(connection: &mut SqliteConnection) -> Vec<i64> {
    sqlx::query_scalar("select version from _sqlx_migrations order by version limit 1000")
        .fetch_all(connection)
        .await
        .unwrap_or_default()
}

/// What cannot be read as a value of its column is corrupt; everything else may pass.
fn unavailable(error: &sqlx::Error) -> LogError {
    if let sqlx::Error::ColumnDecode { index, source } = error {
        let (row, problem) = (format!("column {index}"), source.to_string());
        return LogError::Corrupt { table: "a table", column: "a column", row, problem };
    }
    LogError::Unavailable(error.to_string())
}
