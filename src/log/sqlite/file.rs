//! The files of a database, as they were when it was opened.
//!
//! A file that is removed or replaced under a running server stays open: SQLite goes on writing into what nobody can read any
//! more. So the files are compared with those that were opened, before and after everything that is acknowledged.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::log::LogError;

/// The endings of the files that SQLite keeps beside the database while it is open: the write-ahead log and its index.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// The files of an open database.
#[derive(Debug)]
pub(super) struct OpenFiles {
    files: Vec<(PathBuf, FileId)>,
    /// The largest size of the database so far, in bytes. Rows are never deleted, so it shrinks only by `vacuum`.
    size: AtomicU64,
}

/// A file, whatever its name: its device and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: u64,
    number: u64,
}

fn look(path: &Path) -> std::io::Result<(FileId, u64)> {
    let found = std::fs::metadata(path)?;
    Ok((FileId { device: found.dev(), number: found.ino() }, found.len()))
}

impl OpenFiles {
    /// Notes the files of a database that is open.
    ///
    /// # Errors
    /// The database cannot be found by its name.
    pub(super) fn of(database: &Path) -> std::io::Result<Self> {
        let database = std::path::absolute(database)?;
        let (opened, _) = look(&database)?;
        let beside = BESIDE.iter().map(|ending| {
            let mut path = database.as_os_str().to_owned();
            path.push(ending);
            PathBuf::from(path)
        });
        // One that is only read may have none.
        let beside: Vec<_> = beside.filter_map(|path| look(&path).ok().map(|(id, _)| (path, id))).collect();
        let files = std::iter::once((database, opened)).chain(beside).collect();
        Ok(Self { files, size: AtomicU64::new(0) })
    }

    /// Checks that the files are those that were opened.
    ///
    /// # Errors
    /// Says which file was removed, replaced or cut short, and what to do.
    pub(super) fn check(&self) -> Result<(), LogError> {
        let gone = |path: &Path, what: &str| {
            let advice = "stop the server, put the file back from the latest backup, and start it again";
            Err(LogError::Unavailable(format!("{} {what} while it was in use: {advice}", path.display())))
        };
        // Before it is looked at: others look, too, and it may grow meanwhile.
        let known = self.size.load(Ordering::Acquire);
        for (at, (path, opened)) in self.files.iter().enumerate() {
            match look(path) {
                Ok((found, _)) if found != *opened => return gone(path, "was replaced"),
                Ok((_, size)) if at == 0 && size < known => return gone(path, "was cut short"),
                Ok((_, size)) if at == 0 => drop(self.size.fetch_max(size, Ordering::AcqRel)),
                Ok(_) => {}
                Err(_) => return gone(path, "was removed"),
            }
        }
        Ok(())
    }
}
