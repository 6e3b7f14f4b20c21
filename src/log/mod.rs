//! The log's contract, and its implementations.
//!
//! The key words MUST, MUST NOT, SHOULD and MAY are those of RFC 2119. One conformance suite (`tests/suite/store/conformance.rs`)
//! runs over every implementation.

pub(crate) mod columns;
pub mod memory;
mod open;
mod pages;
pub mod postgres;
mod ready;
mod row;
mod schema;
pub mod spans;
pub mod sqlite;
mod url;

use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;

pub use self::open::{OpenError, Purpose, open};
pub use self::pages::{FOLD_PAGE, entry_at, next_page, note_at};
pub(crate) use self::pages::{first_gap, missing_entry, page_size};
pub use self::ready::Ready;
pub use self::schema::schema_version;
pub use self::spans::{SpanHead, StoredSpan};
pub use self::url::{Cache, DatabaseUrl, Engine};
use crate::domain::decide::seal::Head;
use crate::domain::entry::Entry;
use crate::domain::entry::name::CommandName;
use crate::domain::state::account::Account;
use crate::domain::state::overlay::Changes;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::encoding::{Note, Secret};
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Micros;

/// An append-only log per programme, with the accounts and records it implies.
///
/// - No open transaction MUST leave an implementation.
/// - Everything that a reader sees MUST be committed. The seqs it sees MUST be 1 to head without a gap.
/// - Text MUST be ordered by bytes.
/// - Every method MAY be called at any time, from any task, by several servers on one store.
#[async_trait]
pub trait Log: Send + Sync + 'static {
    /// Makes place for a programme. If it exists, it keeps its secret and is returned as it is.
    async fn create(&self, program: &ProgramId, secret: Secret) -> Result<Opened, LogError>;

    /// Returns a programme's secret and head; `None` when there is no place for it.
    ///
    /// MUST refuse a head of a format that it does not know, with [`LogError::NewerFormat`]. Every method that meets an
    /// entry or a record of such a format MUST refuse it, too.
    async fn open(&self, program: &ProgramId) -> Result<Option<Opened>, LogError>;

    /// Returns the last seq and the epoch of each of these programmes that exists.
    async fn heads(&self, programs: &[ProgramId]) -> Result<Vec<(ProgramId, Seq, i64)>, LogError>;

    /// Appends a batch, if the head is still where `expect` says.
    ///
    /// All of it MUST become visible at once or never, and be durable when this returns `Ok`. Every error but
    /// [`AppendError::Unknown`] MUST mean that nothing was appended and nothing will be.
    async fn append(&self, program: &ProgramId, expect: Expect, batch: &Arc<Sealed>) -> Result<(), AppendError>;

    /// Encodes entries of a batch that are not ready yet. An implementation MAY do nothing. The caller MUST pass entries of one
    /// programme, and MUST discard `ready` when it takes one of them back.
    fn make_ready(&self, _program: &ProgramId, _entries: &[Arc<Entry>], _ready: &mut Ready) {}

    /// Raises the epoch by one, so that no append begun earlier can commit later.
    async fn fence(&self, program: &ProgramId) -> Result<Head, LogError>;

    /// Loads accounts and records. Those that do not exist are left out.
    async fn load(&self, program: &ProgramId, want: &Want) -> Result<Loaded, LogError>;

    /// Finds the first entries of commands by their names, in any order.
    async fn find(&self, program: &ProgramId, names: &[CommandName]) -> Result<Vec<Entry>, LogError>;

    /// Returns the entries after a seq, in order, at most `max`.
    async fn entries(&self, program: &ProgramId, after: Seq, max: u32) -> Result<Vec<Entry>, LogError>;

    /// Returns a member's entries, newest first, at most `max`. Begins with the entry `from` and follows `prev_seq`.
    async fn history(&self, program: &ProgramId, from: Seq, max: u32) -> Result<Vec<Entry>, LogError>;

    /// Returns accounts in the order of member ids, after one, at most `max`.
    async fn accounts(&self, program: &ProgramId, after: Option<&MemberId>, max: u32)
    -> Result<Vec<Account>, LogError>;

    /// Returns records whose key begins with a prefix, in the order of their keys as text, after one, at most `max`.
    async fn records(
        &self,
        program: &ProgramId,
        prefix: &str,
        after: Option<&RecordKey>,
        max: u32,
    ) -> Result<Vec<StoredRecord>, LogError>;

    /// Returns the records due at `until` or earlier, at most `max`. They are ordered by the times they are due, then
    /// by their keys as text.
    ///
    /// [`Record::due_at`] of the record as it was appended last says when it is due. A record that is no longer due
    /// MUST NOT be returned. Records that are not due, and those past `max`, SHOULD NOT be read.
    async fn due(&self, program: &ProgramId, until: Micros, max: u32) -> Result<Vec<StoredRecord>, LogError>;

    /// Returns the programmes of which [`Log::due`] would return a record, in the order of their ids, after one, at most
    /// `max`.
    async fn due_programs(
        &self,
        until: Micros,
        after: Option<&ProgramId>,
        max: u32,
    ) -> Result<Vec<ProgramId>, LogError>;

    /// Returns the notes that still exist of entries after `after` and up to `through`, in order.
    async fn notes(&self, program: &ProgramId, after: Seq, through: Seq) -> Result<Vec<(Seq, Note)>, LogError>;

    /// Stores the daily totals of a span, if the log's entry at its end has the span's leaf. They MUST be visible all at once.
    ///
    /// What is stored of that span already MUST be replaced when it has another digest. Where the log has another entry, or none,
    /// nothing is stored, and that is no error: the log was restored, or its end lost.
    async fn put_span(&self, program: &ProgramId, span: &StoredSpan) -> Result<(), LogError>;

    /// Returns what is stored of spans that end after an entry, without their totals, in order, at most `max`. Those whose
    /// leaf is not the log's MUST be left out.
    async fn spans(&self, program: &ProgramId, after: Seq, max: u32) -> Result<Vec<SpanHead>, LogError>;

    /// Returns the totals of spans by their last entries, in order. Those that are not stored are left out.
    async fn span_totals(&self, program: &ProgramId, spans: &[Seq]) -> Result<Vec<(Seq, Vec<u8>)>, LogError>;

    /// Returns programmes in the order of their ids, after one, at most `max`: every id of which any row is stored.
    async fn programs(&self, after: Option<&ProgramId>, max: u32) -> Result<Vec<ProgramId>, LogError>;

    /// Checks the store below the log: its pages, and each index against its table. It reads everything.
    async fn integrity(&self) -> Result<Integrity, LogError>;

    /// Checks that the store is still the one that was opened, where that costs next to nothing.
    ///
    /// An implementation on files MUST do this by itself before it returns `Ok` of anything that it wrote.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] says what became of it, and what to do.
    fn present(&self) -> Result<(), LogError>;

    /// Asks the store itself for a sign of life. It MUST NOT wait for what others ask of the store at the same time.
    async fn pulse(&self) -> Result<Pulse, LogError>;

    /// Closes every connection. What was committed stays; nothing else MAY be called afterwards.
    async fn close(&self);
}

/// A sign of life of the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pulse {
    /// The time of its own clock; `None` when its only clock is this machine's.
    pub now: Option<Micros>,
    /// True when it says that nothing can be written.
    pub is_read_only: bool,
    /// Why nothing may be written, though it could be: it is not set so that acknowledged entries are safe.
    pub unfit: Option<String>,
}

/// The outcome of a check of the store itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Integrity {
    /// Faults, at most [`INTEGRITY_MAX`].
    pub problems: Vec<String>,
    /// What could not be checked, and what to do so that it can; `None` when everything was.
    pub unchecked: Option<String>,
}

/// The largest number of faults told of the store itself: a hundred show that it is broken, and more would add nothing.
pub const INTEGRITY_MAX: usize = 100;

/// A programme's secret and the head of its log.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// The salt of its hashes.
    pub secret: Secret,
    /// The head of its log.
    pub head: Head,
}

/// The head that a batch was decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expect {
    /// The head's seq.
    pub seq: Seq,
    /// The head's epoch.
    pub epoch: i64,
}

/// A batch, ready to be appended.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The head after it.
    pub head: Head,
    /// Its entries, in order; the first follows the expected head.
    pub entries: Vec<Arc<Entry>>,
    /// The accounts and records it changes, as they are after it.
    pub changes: Changes,
    /// Text that goes beside its entries.
    pub notes: Vec<(Seq, Note)>,
    /// Its first entries, as far as they are ready to be sent.
    pub ready: Ready,
}

/// Accounts and records to load.
#[derive(Debug, Clone, Default)]
pub struct Want {
    /// Accounts of these members.
    pub members: Vec<MemberId>,
    /// These records.
    pub records: Vec<RecordKey>,
}

impl Want {
    /// Makes a wish for records alone.
    #[must_use]
    pub const fn records(records: Vec<RecordKey>) -> Self {
        Self { members: Vec::new(), records }
    }
}

/// Accounts and records that were loaded.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Accounts that exist.
    pub accounts: Vec<Account>,
    /// Records that exist.
    pub records: Vec<StoredRecord>,
}

/// A record as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Its key.
    pub key: RecordKey,
    /// The entry that changed it last.
    pub seq: Seq,
    /// Its state.
    pub record: Record,
}

/// Reasons why a batch was not appended, or may not have been.
#[derive(Debug, Clone, Error)]
pub enum AppendError {
    /// The head has moved. Nothing was appended.
    #[error("the head has moved")]
    Stale,
    /// A command of the batch is recorded already. Nothing was appended.
    #[error("a command of the batch is recorded already")]
    KnownId,
    /// The store refuses something in the batch, and would refuse it again. Nothing was appended.
    #[error("the store refuses the batch: {0}")]
    Poison(String),
    /// The store cannot be written now. Nothing was appended.
    #[error("the store cannot be written: {0}")]
    Unavailable(String),
    /// It is not known whether the batch was appended. Call [`Log::fence`] first, then look.
    #[error("it is not known whether the batch was recorded: {0}")]
    Unknown(String),
}

/// Reasons why the log cannot be read.
#[derive(Debug, Clone, Error)]
pub enum LogError {
    /// The store cannot be read now.
    #[error("the store cannot be read: {0}")]
    Unavailable(String),
    /// A stored value is not valid.
    #[error("{table}.{column} of {row} is corrupt: {problem}")]
    Corrupt {
        /// The table of the value.
        table: &'static str,
        /// The column of the value.
        column: &'static str,
        /// The row of the value.
        row: String,
        /// The fault.
        problem: String,
    },
    /// The log was written by a newer version of this program.
    #[error("{of} has format {found}; this program knows {known}: use the version that wrote it")]
    NewerFormat {
        /// The head, the entry or the record that has it.
        of: String,
        /// Its format.
        found: i64,
        /// The newest format this program knows.
        known: i64,
    },
}
