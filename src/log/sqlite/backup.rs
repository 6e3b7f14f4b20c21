//! A copy of a database, made while a server may be writing to it.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use thiserror::Error;

use super::{options, prepare};
use crate::log::{DatabaseUrl, OpenError, Purpose};

/// How often the copy's size is read, for people who watch.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Reasons why there is no copy. No file of the requested name was written.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file exists already.
    #[error("{} exists; a backup never replaces a file: choose another name", path.display())]
    Exists {
        /// Its path.
        path: PathBuf,
    },
    /// The unfinished copy of another backup exists.
    #[error("{} is what an interrupted backup left, or another is writing it: if none is, remove it", path.display())]
    Interrupted {
        /// Its path.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// Its path.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: std::io::Error,
    },
    /// The database cannot be copied.
    #[error("the database cannot be copied: {0}")]
    Copy(#[from] sqlx::Error),
    /// The copy differs from the database.
    #[error("the copy is not right, and was removed: {0}")]
    Wrong(String),
}

/// The step that a backup has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Copying.
    Copying {
        /// Bytes written.
        written: u64,
        /// Bytes that the database has now.
        total: u64,
    },
    /// Checking the copy.
    Checking,
}

/// The contents of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backup {
    /// Number of programmes.
    pub programs: i64,
    /// Number of entries of all programmes.
    pub entries: i64,
    /// Size of the file, in bytes.
    pub bytes: u64,
}

/// Writes a copy of a database as of one moment, while servers go on writing to it.
///
/// The file gets its name once it is complete, checked and on the disk; until then its name ends in `.partial`. The
/// moment lies after the call, so every entry acknowledged before the call is in the copy.
///
/// # Errors
/// [`BackupError`] says what is wrong. Nothing is left behind.
pub async fn backup(url: impl Into<DatabaseUrl>, output: &Path, told: impl Fn(Step)) -> Result<Backup, BackupError> {
    let url = &url.into();
    let options = options(url)?.create_if_missing(false);
    prepare(url, &options, Purpose::Read).await?;
    refuse_existing(output)?;
    let mut partial = output.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    begin(&partial)?;
    let written = write(&options, &partial, told).await.and_then(|backup| {
        // Checked again: renaming would replace a file that was made meanwhile.
        refuse_existing(output)?;
        std::fs::rename(&partial, output).map_err(|source| cannot_write(output, source))?;
        sync_folder(output)?;
        Ok(backup)
    });
    if written.is_err() {
        // This error is the one to report; a file that could not be removed is seen by its name.
        let _removed = std::fs::remove_file(&partial);
    }
    written
}

async fn write(options: &SqliteConnectOptions, partial: &Path, told: impl Fn(Step)) -> Result<Backup, BackupError> {
    let mut source = options.connect().await?;
    let before = heads(&mut source).await?;
    let total = size(&mut source).await?;
    copy(&mut source, partial, |written| told(Step::Copying { written, total })).await?;
    told(Step::Checking);
    let found = check(partial).await?;
    let after = heads(&mut source).await?;
    source.close().await?;
    // Heads only rise, so a copy of a moment between the two reads lies between them.
    if found.programs < before.programs || found.entries < before.entries {
        return Err(BackupError::Wrong(format!("it holds {found:?}, less than the {before:?} there were before")));
    }
    if found.programs > after.programs || found.entries > after.entries {
        return Err(BackupError::Wrong(format!("it holds {found:?}, more than the {after:?} there are")));
    }
    let file = File::open(partial).map_err(|source| cannot_write(partial, source))?;
    file.sync_all().map_err(|source| cannot_write(partial, source))?;
    let bytes = file.metadata().map_err(|source| cannot_write(partial, source))?.len();
    Ok(Backup { programs: found.programs, entries: found.entries, bytes })
}

/// Copies the database in one read transaction. In WAL mode no writer waits for it.
async fn copy(source: &mut SqliteConnection, partial: &Path, written: impl Fn(u64)) -> Result<(), BackupError> {
    let target = partial.to_str().ok_or_else(|| BackupError::Wrong("its path is no UTF-8 text".into()))?;
    let mut copying = std::pin::pin!(sqlx::query("vacuum into $1").bind(target).execute(source));
    loop {
        tokio::select! {
            copied = &mut copying => return Ok(copied.map(drop)?),
            () = tokio::time::sleep(LOOK_EVERY) => written(std::fs::metadata(partial).map_or(0, |file| file.len())),
        }
    }
}

/// Reads the whole copy: checks its pages, its keys, and that each programme has as many entries as its head says.
async fn check(partial: &Path) -> Result<Heads, BackupError> {
    let mut copy = SqliteConnectOptions::new().filename(partial).read_only(true).connect().await?;
    let found: String = sqlx::query_scalar("pragma integrity_check(1)").fetch_one(&mut copy).await?;
    if found != "ok" {
        return Err(BackupError::Wrong(found));
    }
    let heads = heads(&mut copy).await?;
    let entries: i64 = sqlx::query_scalar("select count(*) from entry").fetch_one(&mut copy).await?;
    copy.close().await?;
    if entries != heads.entries {
        return Err(BackupError::Wrong(format!(
            "it holds {entries} entries, and heads that say {}; run `goodturn verify` on the database",
            heads.entries
        )));
    }
    Ok(heads)
}

/// The numbers of programmes and of all their entries.
#[derive(Debug, Clone, Copy)]
struct Heads {
    programs: i64,
    entries: i64,
}

async fn heads(connection: &mut SqliteConnection) -> Result<Heads, BackupError> {
    let counted = sqlx::query_as("select count(*), coalesce(sum(head_seq), 0) from log_head");
    let (programs, entries) = counted.fetch_one(connection).await?;
    Ok(Heads { programs, entries })
}

async fn size(connection: &mut SqliteConnection) -> Result<u64, BackupError> {
    let bytes: i64 = sqlx::query_scalar(
        "select (page_count - freelist_count) * page_size \
         from pragma_page_count, pragma_freelist_count, pragma_page_size",
    )
    .fetch_one(connection)
    .await?;
    Ok(u64::try_from(bytes).unwrap_or_default())
}

fn refuse_existing(output: &Path) -> Result<(), BackupError> {
    // A link that leads nowhere is a file too, and would be replaced.
    if output.symlink_metadata().is_ok() { Err(BackupError::Exists { path: output.into() }) } else { Ok(()) }
}

/// Makes the file for the copy. It will hold the programmes' secrets, so nobody else may read it.
fn begin(partial: &Path) -> Result<(), BackupError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(partial) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(BackupError::Interrupted { path: partial.into() })
        }
        Err(source) => Err(cannot_write(partial, source)),
    }
}

/// Syncs a file's folder: a name is on the disk only once its folder is.
fn sync_folder(output: &Path) -> Result<(), BackupError> {
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|source| cannot_write(folder, source))
}

fn cannot_write(path: &Path, source: std::io::Error) -> BackupError {
    BackupError::Write { path: path.into(), source }
}
