//! The files of a database, as they were when it was opened.
//!
//! A file that is removed or replaced under a running server stays open: SQLite goes on writing into what nobody can read any
//! more. So the files are compared with those that were opened, before and after everything that is acknowledged.
//!
//! The locks of a process on a file are gone when it closes the file, however often it has it open (POSIX, `fcntl`). SQLite locks the
//! database and the index of the write-ahead log, so those are never closed here, and opened only if there is no other way.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::mem::ManuallyDrop;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::log::LogError;

/// The first bytes of a write-ahead log, but for the last bit (SQLite, "WAL-mode File Format").
const WAL_MAGIC: u32 = 0x377f_0682;

/// Rights of a database: its owner reads and writes it.
const OWN: u32 = 0o600;

/// The files of an open database.
#[derive(Debug)]
pub(super) struct OpenFiles {
    database: OpenFile,
    /// The write-ahead log; none where nothing is written.
    wal: Option<OpenFile>,
    /// The index of the write-ahead log.
    shm: Option<OpenFile>,
}

#[derive(Debug)]
struct OpenFile {
    path: PathBuf,
    id: FileId,
    /// Its size when it was last looked at, in bytes.
    size: AtomicU64,
    /// The write-ahead log, open: it has no locks, and when there are no descriptors left nothing can be opened.
    content: Option<File>,
}

/// A file, whatever its name: its device and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: u64,
    number: u64,
}

/// Reads four bytes.
fn word(file: &File, at: u64) -> io::Result<u32> {
    let mut word = [0; 4];
    file.read_exact_at(&mut word, at)?;
    Ok(u32::from_be_bytes(word))
}

/// What became of a file.
enum Harm {
    /// It is not the one that was opened, or not all of it.
    Done(&'static str),
    /// Nobody can tell.
    Unknown(io::Error),
}

impl From<io::Error> for Harm {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::Done("was removed") } else { Self::Unknown(error) }
    }
}

impl OpenFile {
    fn at(path: PathBuf) -> io::Result<Self> {
        let found = fs::metadata(&path)?;
        let id = FileId { device: found.dev(), number: found.ino() };
        Ok(Self { path, id, size: AtomicU64::new(found.len()), content: None })
    }

    fn opened(self) -> io::Result<Self> {
        let content = Some(File::open(&self.path)?);
        Ok(Self { content, ..self })
    }

    /// Looks at the file. Returns its size before, and its size now.
    fn look(&self) -> Result<(u64, u64), Harm> {
        // Before it is looked at: others look, too, and it may grow meanwhile.
        let before = self.size.load(Ordering::Acquire);
        let found = fs::metadata(&self.path)?;
        if (FileId { device: found.dev(), number: found.ino() }) != self.id {
            return Err(Harm::Done("was replaced"));
        }
        Ok((before, found.len()))
    }

    /// A database has as many pages as its head says, or is about to have them. It shrinks only by `vacuum`, which cuts it to the
    /// size that it says.
    fn check_database(&self) -> Result<(), Harm> {
        let (before, now) = self.look()?;
        if now < before && !self.says_its_size(now)? {
            return Err(Harm::Done("was cut short"));
        }
        self.size.store(now, Ordering::Release);
        Ok(())
    }

    /// True when the file is as long as its head says (SQLite, "Database File Format": the size of a page at byte 16, the number of
    /// pages at byte 28).
    fn says_its_size(&self, size: u64) -> io::Result<bool> {
        // It stays open, with the locks: this happens once for each `vacuum`.
        let file = ManuallyDrop::new(File::open(&self.path)?);
        let page = match word(&file, 16)? >> 16 {
            1 => 65_536,
            page => page,
        };
        Ok(u64::from(page) * u64::from(word(&file, 28)?) == size)
    }

    /// A write-ahead log is begun anew from its beginning, so it stays as long as it is, or is emptied whole. What is in it begins
    /// with a mark.
    fn check_wal(&self) -> Result<(), Harm> {
        let (before, now) = self.look()?;
        let is_begun = match &self.content {
            Some(content) if now > 0 => match word(content, 0) {
                Ok(magic) => magic & !1 == WAL_MAGIC,
                // It was emptied a moment ago.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => fs::metadata(&self.path)?.len() == 0,
                Err(error) => return Err(error.into()),
            },
            _ => true,
        };
        if now < before && now > 0 || !is_begun {
            return Err(Harm::Done("was cut short"));
        }
        self.size.store(now, Ordering::Release);
        Ok(())
    }
}

/// Creates a database's file for its owner alone, as an empty one, if there is none; SQLite gives the files beside it the same rights. Of one
/// that others can read the log tells. What stands in the way is told by whoever opens it.
pub(super) fn create_own(database: &Path) {
    let found = fs::metadata(database);
    if found.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        // Also where a link leads to nothing yet. If another process creates it meanwhile, this only opens it.
        drop(OpenOptions::new().write(true).create(true).truncate(false).mode(OWN).open(database));
        return;
    }
    let Ok(mode) = found.map(|found| found.permissions().mode()) else { return };
    if mode & !OWN & 0o777 != 0 {
        let (file, mode) = (database.display(), format!("{:03o}", mode & 0o777));
        tracing::warn!(%file, mode, "others than its owner can get at the database: chmod 600 this file, and those beside it");
    }
}

impl OpenFiles {
    /// Notes the files of a database that is open, and that is written or only read.
    ///
    /// # Errors
    /// They are not where they should be.
    pub(super) fn of(database: &Path, is_written: bool) -> io::Result<Self> {
        // SQLite puts the others beside the file itself, not beside a link to it.
        let itself = database.canonicalize()?;
        let beside = |ending: &str| {
            let mut path = itself.clone().into_os_string();
            path.push(ending);
            OpenFile::at(path.into())
        };
        let (wal, shm) =
            if is_written { (Some(beside("-wal")?.opened()?), Some(beside("-shm")?)) } else { (None, None) };
        Ok(Self { database: OpenFile::at(std::path::absolute(database)?)?, wal, shm })
    }

    /// Checks that the files are those that were opened.
    ///
    /// # Errors
    /// Says which file was removed, replaced or cut short, and what to do, or why nobody can tell.
    pub(super) fn check(&self) -> Result<(), LogError> {
        self.look().map_err(|(path, harm)| told(path, &harm))
    }

    /// Does the same, but for files of which nobody can tell.
    ///
    /// # Errors
    /// Says which file was removed, replaced or cut short, and what to do.
    pub(super) fn check_harm(&self) -> Result<(), LogError> {
        match self.look() {
            Err((path, harm @ Harm::Done(_))) => Err(told(path, &harm)),
            Err((_, Harm::Unknown(_))) | Ok(()) => Ok(()),
        }
    }

    fn look(&self) -> Result<(), (&Path, Harm)> {
        fn looked<'f>(
            file: &'f OpenFile,
            check: impl FnOnce(&'f OpenFile) -> Result<(), Harm>,
        ) -> Result<(), (&'f Path, Harm)> {
            check(file).map_err(|harm| (file.path.as_path(), harm))
        }
        looked(&self.database, OpenFile::check_database)?;
        self.wal.as_ref().map_or(Ok(()), |wal| looked(wal, OpenFile::check_wal))?;
        self.shm.as_ref().map_or(Ok(()), |shm| looked(shm, |shm| shm.look().map(drop)))
    }
}

fn told(path: &Path, harm: &Harm) -> LogError {
    let path = path.display();
    LogError::Unavailable(match harm {
        Harm::Done(what) => format!(
            "{path} {what} while it was in use: stop the server, put the file back from the latest backup, and start it again"
        ),
        Harm::Unknown(error) => format!("{path} cannot be looked at: {error}"),
    })
}
