//! Entries in the form in which an engine takes them, made ready while the batch before is being committed.

use std::fmt;

use sqlx::sqlite::SqliteArguments;

/// The first entries of a batch as an engine takes them. Each engine has a form of its own, and a lane has one log.
#[derive(Clone, Default)]
pub struct Ready {
    /// Number of entries.
    pub(super) entries: usize,
    /// Rows of PostgreSQL's `copy`.
    pub(super) copied: Vec<u8>,
    /// Values of SQLite's largest statement, for each time that it is run.
    pub(super) chunks: Vec<SqliteArguments>,
}

impl fmt::Debug for Ready {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} entries made ready", self.entries)
    }
}
