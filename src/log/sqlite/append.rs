//! Writing: compare-and-append in one transaction.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use sqlx::error::DatabaseError;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, SqliteConnection, Transaction};

use super::SqliteLog;
use crate::domain::entry::Entry;
use crate::domain::value::encoding::encode;
use crate::domain::value::ids::{MemberId, ProgramId, RuleId};
use crate::domain::value::reason::Reason;
use crate::domain::value::seq::Seq;
use crate::failpoints;
use crate::log::row::{AccountRow, due_at, entry_columns};
use crate::log::{AppendError, Expect, Ready, Sealed};

/// Rows of one statement, largest first. There are few sizes, so that each has one prepared plan. 512 × 26 columns stay
/// below SQLite's 32,766 parameters. A statement awaited for each row costs 20 µs a hop.
const CHUNKS: [usize; 4] = [512, 64, 8, 1];

/// Columns of an entry, with the programme.
const ENTRY_FIELDS: usize = 26;

/// Extended result codes that say that an entry exists already, from the trigger that refuses to replace it or from the
/// unique index. Below the head the cause is a taken name. The lane looks the names up, and treats the batch as poison
/// when none is found.
const NAME_IS_TAKEN: [&str; 2] = ["1811", "2067"];

/// The primary result code of every constraint.
const CONSTRAINT: i64 = 19;

impl SqliteLog {
    pub(super) async fn append_batch(
        &self,
        program: &ProgramId,
        expect: Expect,
        batch: &Sealed,
    ) -> Result<(), AppendError> {
        let writer = self.writer().map_err(|gone| AppendError::Unavailable(gone.to_string()))?;
        let mut connection = writer.acquire().await.map_err(|error| nothing_done(&error))?;
        let result = append_on(&mut connection, program, expect, batch).await;
        if !matches!(result, Ok(()) | Err(AppendError::Stale | AppendError::KnownId)) {
            // A full disk ends a transaction behind sqlx's back; such a connection would never begin another.
            connection.close_on_drop();
        }
        self.files.check().map_err(|gone| AppendError::Unknown(gone.to_string()))?;
        result
    }
}

async fn append_on(
    connection: &mut SqliteConnection,
    program: &ProgramId,
    expect: Expect,
    batch: &Sealed,
) -> Result<(), AppendError> {
    let mut transaction = connection.begin_with("begin immediate").await.map_err(|error| nothing_done(&error))?;
    write_batch(&mut transaction, program, expect, batch).await?;
    failpoints::may_die("sqlite-before-commit");
    transaction.commit().await.map_err(|error| AppendError::Unknown(error.to_string()))
}

async fn write_batch(
    transaction: &mut Transaction<'_, Sqlite>,
    program: &ProgramId,
    expect: Expect,
    batch: &Sealed,
) -> Result<(), AppendError> {
    let moved = sqlx::query(
        "update log_head set head_seq = $4, head_at = $5, epoch = $6, format = $7, tree = $8 \
         where program_id = $1 and head_seq = $2 and epoch = $3",
    )
    .bind(program.as_str())
    .bind(expect.seq.get())
    .bind(expect.epoch)
    .bind(batch.head.seq.get())
    .bind(batch.head.at.get())
    .bind(batch.head.epoch)
    .bind(batch.head.format.number())
    .bind(encode(&batch.head.tree))
    .execute(&mut **transaction)
    .await
    .map_err(|error| nothing_done(&error))?;
    if moved.rows_affected() == 0 {
        return Err(AppendError::Stale);
    }

    for arguments in &batch.ready.chunks {
        insert_entries(transaction, CHUNKS[0], arguments.clone()).await?;
    }
    let mut entries = batch.entries.get(batch.ready.entries..).unwrap_or_default();
    for size in CHUNKS {
        while let Some((chunk, rest)) = entries.split_at_checked(size) {
            insert_entries(transaction, size, arguments_of(program, chunk)).await?;
            entries = rest;
        }
    }
    let accounts: Vec<AccountRow> = batch.changes.accounts.values().map(AccountRow::from).collect();
    insert(transaction, Table::Account, program, accounts, bind_account).await?;
    let records = batch.changes.records.iter();
    let records = records.map(|(key, (seq, record))| (key.to_string(), seq.get(), due_at(record), record.stored()));
    insert(transaction, Table::Record, program, records.collect(), |query, (key, seq, due_at, state)| {
        query.bind(key).bind(seq).bind(due_at).bind(state)
    })
    .await?;
    let notes = batch.notes.iter().map(|(seq, note)| (seq.get(), note.salt.to_vec(), note.text.to_vec()));
    insert(transaction, Table::Note, program, notes.collect(), |query, (seq, salt, text)| {
        query.bind(seq).bind(salt).bind(text)
    })
    .await
}

async fn insert_entries(
    transaction: &mut Transaction<'_, Sqlite>,
    size: usize,
    arguments: SqliteArguments,
) -> Result<(), AppendError> {
    let sql = &STATEMENTS[&(Table::Entry, size)];
    let inserted = sqlx::query_with(AssertSqlSafe(sql.as_str()), arguments).execute(&mut **transaction).await;
    let told = |error: sqlx::Error| if is_known_name(&error) { AppendError::KnownId } else { nothing_done(&error) };
    inserted.map(drop).map_err(told)
}

type Bound<'q> = Query<'q, Sqlite, SqliteArguments>;

impl SqliteLog {
    /// Adds entries to those that are ready, as far as they fill the largest statement.
    pub(super) fn add_chunks(program: &ProgramId, entries: &[Arc<Entry>], ready: &mut Ready) {
        while let Some(chunk) = entries.get(ready.entries..ready.entries + CHUNKS[0]) {
            ready.chunks.push(arguments_of(program, chunk));
            ready.entries += CHUNKS[0];
        }
    }
}

/// Returns the values of entries. Ids are shared with the entries, not copied.
fn arguments_of(program: &ProgramId, entries: &[Arc<Entry>]) -> SqliteArguments {
    let mut arguments = SqliteArguments::default();
    let program = program.shared();
    macro_rules! add {
        ($($value:expr),+ $(,)?) => {
            $(arguments.add($value).expect("a number, a text or bytes are always encoded");)+
        };
    }
    arguments.reserve(entries.len() * ENTRY_FIELDS, 0);
    for entry in entries {
        let (request, movement) = (entry.request.as_ref(), entry.movement);
        add!(
            Arc::clone(&program),
            entry.seq.get(),
            entry.format.number(),
            entry.kind.number(),
            entry.source.shared(),
            entry.command.number(),
            request.map(|request| request.id.shared()),
            request.map(|request| request.digest.to_vec()),
            entry.member.as_ref().map(MemberId::shared),
            entry.prev_seq.get(),
            movement.map(|movement| movement.from().number()),
            movement.map(|movement| movement.to().number()),
            movement.map(|movement| movement.amount().get()),
            entry.occurred_at.get(),
            entry.local_day.get(),
            entry.recorded_at.get(),
            entry.refers.map(Seq::get),
            entry.rule_version,
            entry.rule.as_ref().map(RuleId::shared),
            entry.raw_points,
            entry.reason.map(Reason::number),
            encode(&entry.balance_after),
            encode(&entry.fact),
            entry.note_digest.map(|digest| digest.to_vec()),
            entry.principal.stored(),
            entry.leaf.to_vec(),
        );
    }
    arguments
}

fn bind_account(query: Bound<'_>, row: AccountRow) -> Bound<'_> {
    query.bind(row.member_id).bind(row.last_seq).bind(row.balances).bind(row.credited).bind(row.credited_seq)
}

/// Inserts rows in statements of a few fixed sizes.
async fn insert<Row>(
    transaction: &mut Transaction<'_, Sqlite>,
    table: Table,
    program: &ProgramId,
    rows: Vec<Row>,
    bind: for<'q> fn(Bound<'q>, Row) -> Bound<'q>,
) -> Result<(), AppendError> {
    let mut rows = rows.into_iter();
    for size in CHUNKS {
        while rows.len() >= size {
            let sql = &STATEMENTS[&(table, size)];
            let mut query = sqlx::query(AssertSqlSafe(sql.as_str()));
            for row in rows.by_ref().take(size) {
                query = bind(query.bind(program.to_string()), row);
            }
            query.execute(&mut **transaction).await.map_err(|error| nothing_done(&error))?;
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Table {
    Entry,
    Account,
    Record,
    Note,
}

static STATEMENTS: LazyLock<HashMap<(Table, usize), String>> = LazyLock::new(|| {
    let tables = [Table::Entry, Table::Account, Table::Record, Table::Note];
    tables.into_iter().flat_map(|table| CHUNKS.map(|size| ((table, size), insert_statement(table, size)))).collect()
});

fn insert_statement(table: Table, rows: usize) -> String {
    let (name, columns, conflict) = match table {
        Table::Entry => ("entry", entry_columns!(), ""),
        Table::Account => (
            "account",
            "member_id, last_seq, balances, credited, credited_seq",
            " on conflict (program_id, member_id) do update set last_seq = excluded.last_seq, \
             balances = excluded.balances, credited = excluded.credited, credited_seq = excluded.credited_seq",
        ),
        Table::Record => (
            "record",
            "key, seq, due_at, state",
            " on conflict (program_id, key) do update set seq = excluded.seq, due_at = excluded.due_at, \
             state = excluded.state",
        ),
        Table::Note => ("note", "seq, salt, text", ""),
    };
    let width = columns.split(',').count() + 1;
    // Parameters without a number. SQLite keeps numbered ones in a list, and sqlx asks for the name of each: binding
    // 512 rows would walk the list 12,800 times (six times slower, measured).
    let row = format!("({})", vec!["?"; width].join(", "));
    format!("insert into {name} (program_id, {columns}) values {}{conflict}", vec![row; rows].join(", "))
}

fn is_known_name(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| NAME_IS_TAKEN.contains(&&*code))
}

/// Classifies an error before the commit. The transaction is rolled back, so nothing was done.
fn nothing_done(error: &sqlx::Error) -> AppendError {
    let code = error.as_database_error().and_then(DatabaseError::code).and_then(|code| code.parse::<i64>().ok());
    match code {
        Some(code) if code & 0xff == CONSTRAINT => AppendError::Poison(error.to_string()),
        _ => AppendError::Unavailable(error.to_string()),
    }
}
