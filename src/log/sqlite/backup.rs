//! A copy of a database that a server may be writing to meanwhile.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use thiserror::Error;

use super::{options, prepare};
use crate::log::{OpenError, Purpose};

/// How often the copy's size is looked at, for people who watch.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Why there is no copy. No file of the name asked for was written.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is such a file.
    #[error("{} exists; a backup never replaces a file: choose another name", path.display())]
    Exists {
        /// Its path.
        path: PathBuf,
    },
    /// There is the beginning of such a copy.
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
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The database cannot be copied.
    #[error("the database cannot be copied: {0}")]
    Copy(#[from] sqlx::Error),
    /// The copy is not what was to be copied.
    #[error("the copy is not right, and was removed: {0}")]
    Wrong(String),
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Copying: so many bytes are written, of about so many.
    Copying {
        /// Bytes written.
        written: u64,
        /// Bytes the database has now.
        total: u64,
    },
    /// Checking the copy.
    Checking,
}

/// What a copy holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backup {
    /// Programmes.
    pub programs: i64,
    /// Entries of all of them.
    pub entries: i64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Writes a copy of a database as of one moment, while servers go on writing to it.
///
/// The file gets its name once it is complete, checked and on the disk; until then it has `.partial` appended. The moment lies
/// after the call: what was acknowledged before it is in the copy.
///
/// # Errors
/// [`BackupError`] says what is wrong; nothing is left behind.
pub async fn backup(url: &str, output: &Path, told: impl Fn(Step)) -> Result<Backup, BackupError> {
    let options = options(url)?.create_if_missing(false);
    prepare(url, &options, Purpose::Read).await?;
    refuse_existing(output)?;
    let mut partial = output.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    begin(&partial)?;
    let written = write(&options, &partial, told).await.and_then(|backup| {
        // Asked again, as renaming would replace what came meanwhile.
        refuse_existing(output)?;
        std::fs::rename(&partial, output).map_err(|source| cannot_write(output, source))?;
        sync_folder(output)?;
        Ok(backup)
    });
    if written.is_err() {
        // The error is what to tell; that a file could not be removed besides is seen by its name.
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
    // Heads only rise: a copy of a moment between the two lies between them.
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

/// Copies in one read transaction; in WAL mode no writer waits for it.
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

/// Reads the whole copy: its pages, its keys, and that each programme has as many entries as its head says.
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

/// Programmes, and entries of all of them.
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
    // A link that leads nowhere is a file too: it would be replaced.
    if output.symlink_metadata().is_ok() { Err(BackupError::Exists { path: output.into() }) } else { Ok(()) }
}

/// Makes the file that the copy is written to. It holds the programmes' secrets, so nobody else may read it.
fn begin(partial: &Path) -> Result<(), BackupError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(partial) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(BackupError::Interrupted { path: partial.into() })
        }
        Err(source) => Err(cannot_write(partial, source)),
    }
}

/// A name is on the disk once its folder is.
fn sync_folder(output: &Path) -> Result<(), BackupError> {
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|source| cannot_write(folder, source))
}

fn cannot_write(path: &Path, source: std::io::Error) -> BackupError {
    BackupError::Write { path: path.into(), source }
}
