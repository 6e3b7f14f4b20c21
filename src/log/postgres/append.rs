//! Writing: compare-and-append in one statement, one round trip, whatever the size of the batch.

use super::PostgresLog;
use crate::domain::encoding::encode;
use crate::domain::ids::ProgramId;
use crate::log::row::{AccountRow, EntryRow, entry_columns};
use crate::log::{AppendError, Expect, Sealed};

/// The head is taken first, and everything else depends on it: two batches cannot deadlock, and one that was decided on
/// another head inserts nothing. Returns 1 when it was recorded, 0 when the head has moved.
const APPEND: &str = concat!(
    "
with h as (
  update log_head set head_seq = $4, head_at = $5, epoch = $6, tree = $7
   where program_id = $1 and head_seq = $2 and epoch = $3 returning 1),
e as (
  insert into entry (program_id, ",
    entry_columns!(),
    ")
  select $1, t.* from h, unnest($8::bigint[], $9::bigint[], $10::text[], $11::bigint[], $12::text[], $13::bytea[],
                                $14::text[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[],
                                $20::bigint[], $21::bigint[], $22::bigint[], $23::bigint[], $24::text[], $25::bigint[],
                                $26::bigint[], $27::bytea[], $28::bytea[], $29::bytea[], $30::text[], $31::bytea[]) t),
a as (
  insert into account (program_id, member_id, last_seq, balances, credited, credited_seq)
  select $1, t.* from h, unnest($32::text[], $33::bigint[], $34::bytea[], $35::bigint[], $36::bigint[]) t
  on conflict (program_id, member_id) do update
     set last_seq = excluded.last_seq, balances = excluded.balances, credited = excluded.credited,
         credited_seq = excluded.credited_seq),
r as (
  insert into record (program_id, key, seq, state)
  select $1, t.* from h, unnest($37::text[], $38::bigint[], $39::bytea[]) t
  on conflict (program_id, key) do update set seq = excluded.seq, state = excluded.state),
n as (
  insert into note (program_id, seq, salt, text)
  select $1, t.* from h, unnest($40::bigint[], $41::bytea[], $42::bytea[]) t)
select count(*) from h"
);

/// A name is taken.
const UNIQUE_VIOLATION: &str = "23505";

/// SQLSTATE classes after which a statement that was its own transaction may or may not have been committed: the
/// connection broke, the server was stopped, the transaction's end is unknown.
const OUTCOME_UNKNOWN: [&str; 4] = ["08", "57P", "40003", "XX"];

/// Classes that say that the store cannot take it now: a deadlock or serialisation failure, too few resources.
const TRY_AGAIN: [&str; 3] = ["40", "53", "55"];

impl PostgresLog {
    pub(super) async fn append_batch(
        &self,
        program: &ProgramId,
        expect: Expect,
        batch: &Sealed,
    ) -> Result<(), AppendError> {
        let entries: Vec<EntryRow> = batch.entries.iter().map(|entry| EntryRow::from(&**entry)).collect();
        let accounts: Vec<AccountRow> = batch.changes.accounts.values().map(AccountRow::from).collect();
        macro_rules! column {
            ($rows:ident, $field:ident) => {
                $rows.iter().map(|row| row.$field.clone()).collect::<Vec<_>>()
            };
        }
        let records = &batch.changes.records;
        let recorded: i64 = sqlx::query_scalar(APPEND)
            .bind(program.as_str())
            .bind(expect.seq.get())
            .bind(expect.epoch)
            .bind(batch.head.seq.get())
            .bind(batch.head.at.get())
            .bind(batch.head.epoch)
            .bind(encode(&batch.head.tree))
            .bind(column!(entries, seq))
            .bind(column!(entries, kind))
            .bind(column!(entries, source))
            .bind(column!(entries, command))
            .bind(column!(entries, request_id))
            .bind(column!(entries, request_digest))
            .bind(column!(entries, member_id))
            .bind(column!(entries, prev_seq))
            .bind(column!(entries, from_bucket))
            .bind(column!(entries, to_bucket))
            .bind(column!(entries, amount))
            .bind(column!(entries, occurred_at))
            .bind(column!(entries, local_day))
            .bind(column!(entries, recorded_at))
            .bind(column!(entries, refers_seq))
            .bind(column!(entries, rule_version))
            .bind(column!(entries, rule_id))
            .bind(column!(entries, raw_points))
            .bind(column!(entries, reason))
            .bind(column!(entries, balance_after))
            .bind(column!(entries, fact))
            .bind(column!(entries, note_digest))
            .bind(column!(entries, principal))
            .bind(column!(entries, leaf_hash))
            .bind(column!(accounts, member_id))
            .bind(column!(accounts, last_seq))
            .bind(column!(accounts, balances))
            .bind(column!(accounts, credited))
            .bind(column!(accounts, credited_seq))
            .bind(records.keys().map(ToString::to_string).collect::<Vec<_>>())
            .bind(records.values().map(|(seq, _)| seq.get()).collect::<Vec<_>>())
            .bind(records.values().map(|(_, record)| encode(record)).collect::<Vec<_>>())
            .bind(batch.notes.iter().map(|(seq, _)| seq.get()).collect::<Vec<_>>())
            .bind(batch.notes.iter().map(|(_, note)| note.salt.to_vec()).collect::<Vec<_>>())
            .bind(batch.notes.iter().map(|(_, note)| note.text.to_vec()).collect::<Vec<_>>())
            .fetch_one(&self.pool)
            .await
            .map_err(|error| classify(&error))?;
        if recorded == 1 { Ok(()) } else { Err(AppendError::Stale) }
    }
}

/// What an error says of a statement that is its own transaction.
fn classify(error: &sqlx::Error) -> AppendError {
    let problem = error.to_string();
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    let within =
        |classes: &[&str]| code.as_deref().is_some_and(|code| classes.iter().any(|class| code.starts_with(class)));
    match (&code, error) {
        (Some(code), _) if code == UNIQUE_VIOLATION => AppendError::KnownId,
        _ if within(&OUTCOME_UNKNOWN) => AppendError::Unknown(problem),
        _ if within(&TRY_AGAIN) => AppendError::Unavailable(problem),
        (Some(_), _) => AppendError::Poison(problem),
        // No connection was had: the statement was never sent.
        (None, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => AppendError::Unavailable(problem),
        (None, _) => AppendError::Unknown(problem),
    }
}
