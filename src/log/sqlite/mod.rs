//! The log on an embedded SQLite file.
//!
//! One connection writes, so commits never wait for each other's locks. Others read; in WAL mode they never wait for
//! the writer. One more moves what was written from the write-ahead log into the database. With `synchronous = FULL` a
//! commit is on the disk before it is acknowledged.

mod append;
pub mod backup;
mod file;
mod read;
mod spans;
mod writer;

use std::str::FromStr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection};

use self::file::OpenFiles;
use self::writer::Writer;
use super::LogError;
use super::open::{OpenError, Purpose};
use super::schema::{self, Applied, Found, LIST, migrations};
use super::url::{DatabaseUrl, Engine};
use crate::failpoints;

/// Older versions can corrupt a database when its write-ahead log is reset (mended in 3.51.3).
const SQLITE_VERSION_MIN: [u32; 3] = [3, 51, 3];

/// Connections that read: one for each of two cores, and one to spare for a long list.
const READERS: u32 = 3;

/// How long a statement waits for another process's lock. Longer than any commit seen; shorter than a client's
/// patience.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How often, and after which pause, a failed migration is tried again. Another process may be migrating, and is done
/// in some milliseconds.
const MIGRATE_TRIES: u32 = 10;
const MIGRATE_PAUSE: Duration = Duration::from_millis(50);

/// A log on an embedded SQLite file.
pub struct SqliteLog {
    /// The connection that writes. Batches reach it through `batches`; spans, fences and new programmes use it directly.
    writer: SqlitePool,
    batches: Writer,
    /// The connection that moves the write-ahead log into the database, after batches.
    mover: SqlitePool,
    readers: SqlitePool,
    /// The connection that is asked for a sign of life.
    pulse: SqlitePool,
    files: Arc<OpenFiles>,
}

static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| migrations!("sqlite"));

impl SqliteLog {
    /// Opens a database by its URL, as `sqlite://goodturn.db`.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong with the database, and what to do.
    pub async fn open(url: impl Into<DatabaseUrl>, purpose: Purpose) -> Result<Self, OpenError> {
        let url = &url.into();
        let options = options(url)?;
        prepare(url, &options, purpose).await?;
        let options = options.journal_mode(SqliteJournalMode::Wal);
        // They are never all closed: with the last of them SQLite removes the files beside the database.
        let lasting = || SqlitePoolOptions::new().idle_timeout(None).max_lifetime(None);
        let file = options.get_filename().to_owned();
        let keeping = |kilobytes: u32| options.clone().pragma("cache_size", format!("-{kilobytes}"));
        // A statement of many rows keeps the pages that it changes until it is done.
        let writer = keeping(url.cache().writer_kilobytes()).pragma("temp_store", "memory");
        // Another connection moves what was written into the database, once a batch is committed.
        let writer = writer.pragma("wal_autocheckpoint", "0");
        let mover = lasting().max_connections(1).connect_lazy_with(options.clone());
        let pulse = lasting().max_connections(1).connect_lazy_with(options.clone().pragma("query_only", "on"));
        let writer = lasting().max_connections(1).connect_with(writer);
        let writer = writer.await.map_err(|error| unreachable(url, &error))?;
        let readers = keeping(url.cache().reader_kilobytes()).pragma("query_only", "on");
        let readers = lasting().max_connections(READERS).connect_with(readers);
        let readers = readers.await.map_err(|error| unreachable(url, &error))?;
        // The files beside the database are there once something was read.
        for pool in [&writer, &readers] {
            let read = sqlx::raw_sql("select count(*) from sqlite_master").execute(pool);
            read.await.map_err(|error| unreachable(url, &error))?;
        }
        let files =
            OpenFiles::of(&file, purpose == Purpose::Record).map_err(|error| unreachable(url, &error.into()))?;
        let files = Arc::new(files);
        // Careless is a database that is never synced: see `options`.
        let moves = !failpoints::is_set("sqlite-careless");
        let batches = Writer::start(writer.clone(), moves.then(|| mover.clone()), Arc::clone(&files));
        Ok(Self { writer, batches, mover, readers, pulse, files })
    }

    /// Returns the connections that read.
    ///
    /// # Errors
    /// The database is no longer the one that was opened.
    fn readers(&self) -> Result<&SqlitePool, LogError> {
        self.files.check()?;
        Ok(&self.readers)
    }

    /// Returns the connection that writes.
    ///
    /// # Errors
    /// The database is no longer the one that was opened.
    fn writer(&self) -> Result<&SqlitePool, LogError> {
        self.files.check()?;
        Ok(&self.writer)
    }
}

/// Returns the options of every connection. They leave out the mode of the journal: it is kept in the file, and the
/// file of another program must not change.
fn options(url: &DatabaseUrl) -> Result<SqliteConnectOptions, OpenError> {
    let options = SqliteConnectOptions::from_str(url.with_secrets(Engine::Sqlite)?);
    let options = options.map_err(|error| OpenError::Url { problem: format!("cannot be read: {error}") })?;
    let options = options
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .pragma("recursive_triggers", "on");
    if failpoints::is_set("sqlite-careless") {
        // Syncs at checkpoints only, and there are none: here a power cut must lose acknowledged entries.
        return Ok(options.synchronous(SqliteSynchronous::Normal).pragma("wal_autocheckpoint", "0"));
    }
    Ok(options)
}

/// Checks the library's version and brings the schema up to date, on connections of its own.
async fn prepare(url: &DatabaseUrl, options: &SqliteConnectOptions, purpose: Purpose) -> Result<(), OpenError> {
    use sqlx::ConnectOptions as _;
    let unreachable = |error: sqlx::Error| unreachable(url, &error);
    if purpose == Purpose::Record {
        file::create_own(options.get_filename());
    }
    let asking = options.clone().create_if_missing(purpose == Purpose::Record);
    let mut connection = asking.connect().await.map_err(unreachable)?;
    check_version(url, &mut connection).await?;
    let found = look(&mut connection).await.map_err(unreachable)?;
    let pending = schema::pending(url, &MIGRATIONS, &found)?;
    if purpose == Purpose::Record {
        check_writable(url, &mut connection).await?;
    }
    connection.close().await.map_err(unreachable)?;
    if pending == 0 {
        return Ok(());
    }
    if purpose == Purpose::Read {
        return Err(OpenError::not_migrated(url));
    }
    let writing = options.clone().journal_mode(SqliteJournalMode::Wal);
    let mut connection = writing.connect().await.map_err(unreachable)?;
    migrate(url, &mut connection).await?;
    connection.close().await.map_err(unreachable)
}

/// Refuses a file that cannot be written. SQLite by itself would say so at the first entry.
async fn check_writable(url: &DatabaseUrl, connection: &mut SqliteConnection) -> Result<(), OpenError> {
    // To begin is not enough: on a file that can only be read, SQLite lets a transaction begin and refuses its writes.
    let tried = sqlx::raw_sql("begin immediate; pragma user_version = 1; rollback").execute(connection).await;
    tried.map(drop).map_err(|error| {
        let problem = format!(
            "it cannot be written ({error}): check the rights of the file and of its folder, and `mode` in the URL"
        );
        OpenError::Unfit { url: url.to_string(), problems: vec![problem] }
    })
}

/// Brings the schema up to date. When several processes start at once, one migrates; the others find it done.
async fn migrate(url: &DatabaseUrl, connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let mut tries = MIGRATE_TRIES;
    while let Err(error) = MIGRATIONS.run(&mut *connection).await {
        tries -= 1;
        if tries == 0 {
            return Err(OpenError::Schema { url: url.to_string(), problem: error.to_string() });
        }
        tokio::time::sleep(MIGRATE_PAUSE).await;
    }
    Ok(())
}

async fn check_version(url: &DatabaseUrl, connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let found = sqlx::query_scalar("select sqlite_version()").fetch_one(connection);
    let found: String = found.await.map_err(|error| unreachable(url, &error))?;
    let numbers: Vec<u32> = found.split('.').map_while(|number| number.parse().ok()).collect();
    if numbers.as_slice() < SQLITE_VERSION_MIN.as_slice() {
        let problem = format!("SQLite {found} may corrupt its file; build with 3.51.3 or later");
        return Err(OpenError::Unfit { url: url.to_string(), problems: vec![problem] });
    }
    Ok(())
}

/// Reads the tables of the file, and the migrations listed in it.
async fn look(connection: &mut SqliteConnection) -> sqlx::Result<Found> {
    let tables = "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\' \
                  order by name limit 1000";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *connection).await?;
    let listed = tables.iter().any(|table| table == LIST);
    let applied = if listed {
        let applied = "select version, checksum, success from _sqlx_migrations order by version limit 1000";
        Some(sqlx::query_as::<_, Applied>(applied).fetch_all(connection).await?)
    } else {
        None
    };
    Ok(Found { applied, tables })
}

fn unreachable(url: &DatabaseUrl, error: &sqlx::Error) -> OpenError {
    let advice = "check that the folder exists and can be written";
    OpenError::Unreachable { url: url.to_string(), problem: error.to_string(), advice, is_passing: false }
}
