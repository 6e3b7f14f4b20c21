//! Writing large batches: a transaction in which entries and notes are copied in. An entry takes the server less than
//! half of what it takes in a statement, and the transaction five round trips more, seven with notes.

use std::sync::Arc;

use sqlx::Executor as _;
use sqlx::postgres::PgConnection;

use super::append::{bind_changes, column, erased, judged, set_head};
use super::{Asked, PostgresLog, in_time};
use crate::domain::entry::Entry;
use crate::domain::value::encoding::encode;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::seq::Seq;
use crate::log::ready::Ready;
use crate::log::row::{account_columns, due_at, entry_columns, record_columns, replace_account, replace_record};
use crate::log::{AppendError, Expect, Sealed};

/// Entries from which on a batch is copied. Below, the round trips cost more than copying saves.
pub(super) const COPIED_FROM: usize = 256;

/// Begins the transaction. The database ends it before a fence gives up waiting for the head, so that whoever comes next need not wait
/// for a server that vanished.
const BEGIN: &str = "begin; set local enable_bitmapscan = off; set local statement_timeout = '6s'; \
                     set local idle_in_transaction_session_timeout = '6s'";

const COPY_ENTRIES: &str = concat!("copy entry (program_id, ", entry_columns!(), ") from stdin (format binary)");
/// Erases the text of entries.
const ERASE_NOTES: &str = "delete from note where program_id = $1 and seq = any($2::bigint[])";

const COPY_NOTES: &str = "copy note (program_id, seq, salt, text) from stdin (format binary)";

/// What follows from the entries, in one statement.
const CHANGE: &str = concat!(
    "with a as (insert into account (program_id, ",
    account_columns!(),
    ") select $1, t.* from unnest($2::text[], $3::bigint[], $4::bytea[], $5::bigint[], $6::bigint[]) t",
    replace_account!(),
    ") insert into record (program_id, ",
    record_columns!(),
    ") select $1, t.* from unnest($7::text[], $8::bigint[], $9::bigint[], $10::bytea[]) t",
    replace_record!(),
);

/// Columns of an entry, with the programme.
const ENTRY_FIELDS: i16 = 26;

/// Rows in the binary form of `copy`, without what stands before the first and after the last.
struct Rows<'a> {
    bytes: &'a mut Vec<u8>,
}

impl Rows<'_> {
    fn begin(&mut self, fields: i16, program: &ProgramId) {
        self.bytes.extend_from_slice(&fields.to_be_bytes());
        self.put(program.as_str().as_bytes());
    }

    fn put(&mut self, value: &[u8]) {
        let length = i32::try_from(value.len()).expect("no value is longer than 2 GB");
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(value);
    }

    fn number(&mut self, number: i64) {
        self.put(&number.to_be_bytes());
    }

    fn put_or_null(&mut self, value: Option<&[u8]>) {
        match value {
            Some(value) => self.put(value),
            None => self.bytes.extend_from_slice(&(-1_i32).to_be_bytes()),
        }
    }

    fn number_or_null(&mut self, number: Option<i64>) {
        self.put_or_null(number.map(i64::to_be_bytes).as_ref().map(|bytes| &bytes[..]));
    }

    fn entry(&mut self, program: &ProgramId, entry: &Entry) {
        self.begin(ENTRY_FIELDS, program);
        self.number(entry.seq.get());
        self.number(entry.format.number());
        self.number(entry.kind.number().into());
        self.put(entry.source.as_str().as_bytes());
        self.number(entry.command.number().into());
        self.put_or_null(entry.request.as_ref().map(|request| request.id.as_str().as_bytes()));
        self.put_or_null(entry.request.as_ref().map(|request| &request.digest[..]));
        self.put_or_null(entry.member.as_ref().map(|member| member.as_str().as_bytes()));
        self.number(entry.prev_seq.get());
        self.number_or_null(entry.movement.map(|movement| movement.from().number().into()));
        self.number_or_null(entry.movement.map(|movement| movement.to().number().into()));
        self.number_or_null(entry.movement.map(|movement| movement.amount().get()));
        self.number(entry.occurred_at.get());
        self.number(entry.local_day.get().into());
        self.number(entry.recorded_at.get());
        self.number_or_null(entry.refers.map(Seq::get));
        self.number(entry.rule_version.into());
        self.put_or_null(entry.rule.as_ref().map(|rule| rule.as_str().as_bytes()));
        self.number(entry.raw_points);
        self.number_or_null(entry.reason.map(|reason| reason.number().into()));
        self.put(&encode(&entry.balance_after));
        self.put(&encode(&entry.fact));
        self.put_or_null(entry.note_digest.as_ref().map(|digest| &digest[..]));
        self.put(entry.principal.stored().as_bytes());
        self.put(&entry.leaf);
    }
}

fn add_entries(program: &ProgramId, entries: &[Arc<Entry>], into: &mut Vec<u8>) {
    let mut rows = Rows { bytes: into };
    for entry in entries {
        rows.entry(program, entry);
    }
}

impl PostgresLog {
    /// Adds entries to those that are ready, once there are enough to be copied.
    pub(super) fn add_rows(&self, program: &ProgramId, entries: &[Arc<Entry>], ready: &mut Ready) {
        if !self.copies || entries.len() < COPIED_FROM {
            return;
        }
        add_entries(program, entries.get(ready.entries..).unwrap_or_default(), &mut ready.copied);
        ready.entries = entries.len();
    }

    /// Appends a batch by copying. Every failure before the commit is sent means that nothing was done; its connection is closed.
    pub(super) async fn append_copied(
        &self,
        program: &ProgramId,
        expect: Expect,
        batch: &Sealed,
    ) -> Result<(), AppendError> {
        // What came after the last look.
        let mut rest = Vec::new();
        add_entries(program, batch.entries.get(batch.ready.entries..).unwrap_or_default(), &mut rest);
        let connection = self.to_write().await?;
        let mut asked = Asked { connection, sound: false };
        let written = in_time(write(&mut asked.connection, self.pooled, program, expect, batch, &rest)).await;
        match written {
            Ok(true) => {}
            Ok(false) => {
                asked.sound = in_time(asked.connection.execute("rollback")).await.is_ok();
                return Err(AppendError::Stale);
            }
            Err(error) => return Err(nothing_done(&error)),
        }
        // A transaction that had failed would say ROLLBACK here, without an error. None has: each of its statements has succeeded, and
        // a session that was ended gives an error.
        let committed = in_time(asked.connection.execute("commit")).await;
        asked.sound = committed.is_ok();
        committed.map(drop).map_err(|error| AppendError::Unknown(error.to_string()))
    }
}

/// Writes everything of a batch; `false` when the head has moved.
async fn write(
    connection: &mut PgConnection,
    pooled: bool,
    program: &ProgramId,
    expect: Expect,
    batch: &Sealed,
    rest: &[u8],
) -> sqlx::Result<bool> {
    connection.execute(BEGIN).await?;
    let moved = set_head(program, expect, &batch.head).persistent(!pooled).execute(&mut *connection).await?;
    if moved.rows_affected() == 0 {
        return Ok(false);
    }
    copy(connection, COPY_ENTRIES, &[&batch.ready.copied, rest]).await?;
    if !batch.notes.is_empty() {
        let mut bytes = Vec::new();
        let mut rows = Rows { bytes: &mut bytes };
        for (seq, note) in &batch.notes {
            rows.begin(4, program);
            rows.number(seq.get());
            rows.put(&note.salt);
            rows.put(&note.text);
        }
        copy(connection, COPY_NOTES, &[&bytes]).await?;
    }
    let erased = erased(&batch.entries);
    if !erased.is_empty() {
        let statement = sqlx::query(ERASE_NOTES).bind(program.as_str()).bind(erased);
        statement.persistent(!pooled).execute(&mut *connection).await?;
    }
    let change = sqlx::query(CHANGE).bind(program.as_str());
    bind_changes!(change, batch.changes.accounts, batch.changes.records)
        .persistent(!pooled)
        .execute(&mut *connection)
        .await?;
    Ok(true)
}

async fn copy(connection: &mut PgConnection, statement: &str, rows: &[&[u8]]) -> sqlx::Result<()> {
    /// The signature, no flags, no extension.
    const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
    const TRAILER: &[u8] = b"\xff\xff";
    let mut copying = connection.copy_in_raw(statement).await?;
    copying.send(HEADER).await?;
    for &bytes in rows {
        copying.send(bytes).await?;
    }
    copying.send(TRAILER).await?;
    copying.finish().await.map(drop)
}

/// Classifies an error of a transaction whose commit was never sent.
fn nothing_done(error: &sqlx::Error) -> AppendError {
    match judged(error) {
        AppendError::Unknown(problem) => AppendError::Unavailable(problem),
        told => told,
    }
}
