//! Writing: compare-and-append, in one statement and one round trip; large batches are copied.

use std::sync::Arc;

use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgDatabaseError, PgSeverity};
use sqlx::query::Query;

use super::PostgresLog;
use super::copy::COPIED_FROM;
use crate::domain::decide::seal::Head;
use crate::domain::entry::Entry;
use crate::domain::value::encoding::encode;
use crate::domain::value::ids::{MemberId, ProgramId, RuleId};
use crate::domain::value::seq::Seq;
use crate::log::row::{account_columns, due_at, entry_columns, record_columns, replace_account, replace_record};
use crate::log::{AppendError, Expect, Sealed};

/// The head is taken first, and everything else depends on it. So two batches cannot deadlock, and a batch that was
/// decided on another head inserts nothing. Returns 1 when the batch was recorded, 0 when the head has moved.
const APPEND: &str = concat!(
    "
with h as (
  update log_head set head_seq = $4, head_at = $5, epoch = $6, format = $7, tree = $8
   where program_id = $1 and head_seq = $2 and epoch = $3 returning 1),
e as (
  insert into entry (program_id, ",
    entry_columns!(),
    ")
  select $1, t.* from h, unnest($9::bigint[], $10::bigint[], $11::bigint[], $12::text[], $13::bigint[], $14::text[], $15::bytea[],
                                $16::text[], $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[],
                                $22::bigint[], $23::bigint[], $24::bigint[], $25::bigint[], $26::text[], $27::bigint[],
                                $28::bigint[], $29::bytea[], $30::bytea[], $31::bytea[], $32::text[], $33::bytea[]) t),
a as (
  insert into account (program_id, ",
    account_columns!(),
    ")
  select $1, t.* from h, unnest($34::text[], $35::bigint[], $36::bytea[], $37::bigint[], $38::bigint[]) t",
    replace_account!(),
    "),
r as (
  insert into record (program_id, ",
    record_columns!(),
    ")
  select $1, t.* from h, unnest($39::text[], $40::bigint[], $41::bigint[], $42::bytea[]) t",
    replace_record!(),
    "),
n as (
  insert into note (program_id, seq, salt, text)
  select $1, t.* from h, unnest($43::bigint[], $44::bytea[], $45::bytea[]) t),
x as (
  delete from note where program_id = $1 and seq = any($46::bigint[]) and exists (select from h))
select count(*) from h"
);

/// The statement that moves the head alone.
const MOVE_HEAD: &str = "update log_head set head_seq = $4, head_at = $5, epoch = $6, format = $7, tree = $8 \
                         where program_id = $1 and head_seq = $2 and epoch = $3";

/// Makes an array of a column of rows, of values that are borrowed where they can be.
macro_rules! column {
    ($rows:expr, $row:pat => $value:expr) => {
        $rows.iter().map(|$row| $value).collect::<Vec<_>>()
    };
}

/// Binds the eight values of a move of the head, for a statement that returns rows or none.
macro_rules! bind_head {
    ($statement:expr, $program:ident, $expect:ident, $head:ident) => {
        $statement
            .bind($program.as_str())
            .bind($expect.seq.get())
            .bind($expect.epoch)
            .bind($head.seq.get())
            .bind($head.at.get())
            .bind($head.epoch)
            .bind($head.format.number())
            .bind(encode(&$head.tree))
    };
}

/// Binds the nine columns of accounts and records.
macro_rules! bind_changes {
    ($statement:expr, $accounts:expr, $records:expr) => {
        $statement
            .bind(column!($accounts, (member, _) => member.as_str()))
            .bind(column!($accounts, (_, account) => account.last_seq.get()))
            .bind(column!($accounts, (_, account) => encode(&account.balances)))
            .bind(column!($accounts, (_, account) => account.credited))
            .bind(column!($accounts, (_, account) => account.credited_seq.get()))
            .bind(column!($records, (key, _) => key.to_string()))
            .bind(column!($records, (_, (seq, _)) => seq.get()))
            .bind(column!($records, (_, (_, record)) => due_at(record)))
            .bind(column!($records, (_, (_, record)) => record.stored()))
    };
}
pub(super) use {bind_changes, column};

/// SQLSTATE for a name that is taken.
const UNIQUE_VIOLATION: &str = "23505";

/// SQLSTATE classes that say that the end of the transaction is unknown, whatever their severity. A pooler reports a
/// broken connection with them.
const OUTCOME_UNKNOWN: [&str; 3] = ["08", "57P", "40003"];

/// SQLSTATE class for a lost race: another server was first.
const LOST_RACE: &str = "40";

/// SQLSTATE classes of errors that the same batch would meet again: a value, a constraint, a limit of the engine.
const POISON: [&str; 3] = ["22", "23", "54"];

/// Takes the head to the end of a batch, if it is where it was when the batch was decided.
pub(super) fn set_head<'q>(program: &'q ProgramId, expect: Expect, head: &Head) -> Query<'q, Postgres, PgArguments> {
    bind_head!(sqlx::query(MOVE_HEAD), program, expect, head)
}

impl PostgresLog {
    /// Returns a connection to write by. Until there is one, nothing was sent.
    pub(super) async fn to_write(&self) -> Result<PoolConnection<Postgres>, AppendError> {
        let connection = self.pool.acquire().await.map_err(|error| AppendError::Unavailable(error.to_string()))?;
        // It may be one to another server than the one that was opened, as after a failover; that was looked at as it was made.
        match self.fit.problem() {
            Some(problem) => Err(AppendError::Unavailable(problem)),
            None => Ok(connection),
        }
    }

    pub(super) async fn append_batch(
        &self,
        program: &ProgramId,
        expect: Expect,
        batch: &Sealed,
    ) -> Result<(), AppendError> {
        if self.copies && batch.entries.len() >= COPIED_FROM {
            match self.append_copied(program, expect, batch).await {
                // What is refused in one form is tried in the other, before a command is blamed.
                Err(AppendError::Poison(_)) => {}
                appended => return appended,
            }
        }
        self.append_in_one(program, expect, batch).await
    }

    async fn append_in_one(&self, program: &ProgramId, expect: Expect, batch: &Sealed) -> Result<(), AppendError> {
        let Sealed { head, entries, changes, notes, .. } = batch;
        let (accounts, records) = (&changes.accounts, &changes.records);
        let facts: Vec<Vec<u8>> = entries.iter().map(|entry| encode(&entry.fact)).collect();
        let balances: Vec<Vec<u8>> = entries.iter().map(|entry| encode(&entry.balance_after)).collect();
        let connection = self.to_write().await?;
        let statement = bind_head!(sqlx::query_as::<_, (i64,)>(APPEND), program, expect, head)
            .bind(column!(entries, entry => entry.seq.get()))
            .bind(column!(entries, entry => entry.format.number()))
            .bind(column!(entries, entry => i64::from(entry.kind.number())))
            .bind(column!(entries, entry => entry.source.as_str()))
            .bind(column!(entries, entry => i64::from(entry.command.number())))
            .bind(column!(entries, entry => entry.request.as_ref().map(|request| request.id.as_str())))
            .bind(column!(entries, entry => entry.request.as_ref().map(|request| &request.digest[..])))
            .bind(column!(entries, entry => entry.member.as_ref().map(MemberId::as_str)))
            .bind(column!(entries, entry => entry.prev_seq.get()))
            .bind(column!(entries, entry => entry.movement.map(|movement| i64::from(movement.from().number()))))
            .bind(column!(entries, entry => entry.movement.map(|movement| i64::from(movement.to().number()))))
            .bind(column!(entries, entry => entry.movement.map(|movement| movement.amount().get())))
            .bind(column!(entries, entry => entry.occurred_at.get()))
            .bind(column!(entries, entry => i64::from(entry.local_day.get())))
            .bind(column!(entries, entry => entry.recorded_at.get()))
            .bind(column!(entries, entry => entry.refers.map(Seq::get)))
            .bind(column!(entries, entry => i64::from(entry.rule_version)))
            .bind(column!(entries, entry => entry.rule.as_ref().map(RuleId::as_str)))
            .bind(column!(entries, entry => entry.raw_points))
            .bind(column!(entries, entry => entry.reason.map(|reason| i64::from(reason.number()))))
            .bind(column!(balances, balance => &balance[..]))
            .bind(column!(facts, fact => &fact[..]))
            .bind(column!(entries, entry => entry.note_digest.as_ref().map(|digest| &digest[..])))
            .bind(column!(entries, entry => entry.principal.stored()))
            .bind(column!(entries, entry => &entry.leaf[..]));
        let statement = bind_changes!(statement, accounts, records)
            .bind(column!(notes, (seq, _) => seq.get()))
            .bind(column!(notes, (_, note) => &note.salt[..]))
            .bind(column!(notes, (_, note) => &note.text[..]))
            .bind(erased(entries));
        let recorded = self.ask_on(connection, statement).await.map_err(|error| judged(&error))?;
        if recorded == [(1,)] { Ok(()) } else { Err(AppendError::Stale) }
    }
}

/// Returns the entries whose text a batch erases.
pub(super) fn erased(entries: &[Arc<Entry>]) -> Vec<i64> {
    entries.iter().flat_map(|entry| entry.erased()).map(|seq| seq.get()).collect()
}

/// Classifies an error of a statement that is its own transaction and was sent.
pub(super) fn judged(error: &sqlx::Error) -> AppendError {
    let problem = error.to_string();
    match error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>()) {
        Some(told) => judge(told.severity(), told.code(), problem),
        None => AppendError::Unknown(problem),
    }
}

/// Judges an error by its severity and code. Only the severity ERROR proves that the transaction was rolled back. A
/// PANIC can come after the commit record was written, which recovery then replays. A FATAL can come while the commit
/// waits for a standby.
fn judge(severity: PgSeverity, code: &str, problem: String) -> AppendError {
    let within = |classes: &[&str]| classes.iter().any(|class| code.starts_with(class));
    match severity {
        PgSeverity::Panic | PgSeverity::Fatal => AppendError::Unknown(problem),
        _ if within(&OUTCOME_UNKNOWN) => AppendError::Unknown(problem),
        _ if code == UNIQUE_VIOLATION => AppendError::KnownId,
        _ if within(&[LOST_RACE]) => AppendError::Stale,
        _ if within(&POISON) => AppendError::Poison(problem),
        // Read-only after a failover, out of resources, a right taken away: this may pass, and nothing was done.
        _ => AppendError::Unavailable(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_error_proves_that_nothing_was_done() {
        // INV 4, 5
        let unknown = [
            (PgSeverity::Panic, "58030", "a log that cannot be synced"),
            (PgSeverity::Panic, "53100", "a log that cannot be written"),
            (PgSeverity::Fatal, "57P01", "a session ended by the administrator"),
            (PgSeverity::Error, "08P01", "a pooler that lost its server"),
            (PgSeverity::Error, "40003", "a statement whose completion is unknown"),
        ];
        for (severity, code, why) in unknown {
            assert!(matches!(judge(severity, code, String::new()), AppendError::Unknown(_)), "{why}");
        }
        for (code, why) in [("25006", "read-only"), ("53100", "disk full"), ("42501", "no right")] {
            assert!(matches!(judge(PgSeverity::Error, code, String::new()), AppendError::Unavailable(_)), "{why}");
        }
        for (code, why) in [("22021", "a byte that is no text"), ("23514", "a check"), ("54000", "a limit")] {
            assert!(matches!(judge(PgSeverity::Error, code, String::new()), AppendError::Poison(_)), "{why}");
        }
        assert!(matches!(judge(PgSeverity::Error, "40P01", String::new()), AppendError::Stale));
        assert!(matches!(judge(PgSeverity::Error, "23505", String::new()), AppendError::KnownId));
    }
}
