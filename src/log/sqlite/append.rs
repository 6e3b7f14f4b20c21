//! Writing: compare-and-append in one transaction.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use sqlx::error::DatabaseError;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, SqliteConnection, SqlitePool, Transaction};

use super::SqliteLog;
use super::file::OpenFiles;
use super::writer::Waiting;
use crate::domain::entry::Entry;
use crate::domain::value::encoding::encode;
use crate::domain::value::ids::{MemberId, ProgramId, RuleId};
use crate::domain::value::reason::Reason;
use crate::domain::value::seq::Seq;
use crate::failpoints;
use crate::log::row::{
    AccountRow, account_columns, due_at, entry_columns, record_columns, replace_account, replace_record,
};
use crate::log::{AppendError, Ready, Sealed};

/// Rows of one statement, largest first: powers of two, so that any number takes few statements, each with one prepared plan. A
/// statement costs a hop to SQLite's thread and back, 20 µs. 512 × 26 columns stay below SQLite's 32,766 parameters.
const CHUNKS: [usize; 10] = [512, 256, 128, 64, 32, 16, 8, 4, 2, 1];

/// Columns of an entry, with the programme.
const ENTRY_FIELDS: usize = 26;

/// Extended result codes that say that an entry exists already, from the trigger that refuses to replace it or from the
/// unique index. Below the head the cause is a taken name. The lane looks the names up, and treats the batch as poison
/// when none is found.
const NAME_IS_TAKEN: [&str; 2] = ["1811", "2067"];

/// The primary result code of every constraint.
const CONSTRAINT: i64 = 19;

/// How batches share a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The rows of all of them in common statements. What is wrong with one of them undoes all.
    Together,
    /// Each under a savepoint of its own. What is wrong with one of them undoes that one.
    Apart,
}

/// What became of each batch.
type Outcomes = Vec<Result<(), AppendError>>;

/// Writes batches of different programmes in one transaction. Fails where all of them met the same.
pub(super) async fn write(
    pool: &SqlitePool,
    files: &OpenFiles,
    batches: &[Waiting],
    way: Way,
) -> Result<Outcomes, AppendError> {
    files.check().map_err(|gone| AppendError::Unavailable(gone.to_string()))?;
    let mut connection = pool.acquire().await.map_err(|error| nothing_done(&error))?;
    let result = write_on(&mut connection, batches, way).await;
    if !matches!(result, Ok(_) | Err(AppendError::KnownId)) {
        // A full disk ends a transaction behind sqlx's back; such a connection would never begin another.
        connection.close_on_drop();
    }
    files.check().map_err(|gone| AppendError::Unknown(gone.to_string()))?;
    result
}

async fn write_on(connection: &mut SqliteConnection, batches: &[Waiting], way: Way) -> Result<Outcomes, AppendError> {
    let mut transaction = connection.begin_with("begin immediate").await.map_err(|error| nothing_done(&error))?;
    let outcomes = match way {
        Way::Together => insert_together(&mut transaction, batches).await?,
        Way::Apart => {
            let mut outcomes = Vec::with_capacity(batches.len());
            for batch in batches {
                outcomes.push(insert_apart(&mut transaction, batch).await?);
            }
            outcomes
        }
    };
    if outcomes.iter().any(Result::is_ok) {
        failpoints::may_die("sqlite-before-commit");
        transaction.commit().await.map_err(|error| AppendError::Unknown(error.to_string()))?;
    }
    Ok(outcomes)
}

/// Writes the rows of batches whose heads are where they were when each was decided.
async fn insert_together(
    transaction: &mut Transaction<'_, Sqlite>,
    batches: &[Waiting],
) -> Result<Outcomes, AppendError> {
    let moved = move_heads(transaction, batches).await?;
    let written: Vec<&Waiting> =
        batches.iter().zip(&moved).filter(|(_, moved)| **moved).map(|(batch, _)| batch).collect();
    insert_all(transaction, &written).await?;
    Ok(moved.into_iter().map(|moved| if moved { Ok(()) } else { Err(AppendError::Stale) }).collect())
}

/// Writes one batch under a savepoint. Fails where the transaction itself has ended.
async fn insert_apart(
    transaction: &mut Transaction<'_, Sqlite>,
    batch: &Waiting,
) -> Result<Result<(), AppendError>, AppendError> {
    tell(transaction, "savepoint batch").await?;
    let outcome = match insert_together(transaction, std::slice::from_ref(batch)).await {
        Ok(outcomes) => outcomes.into_iter().collect(),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => tell(transaction, "release batch").await.map(Ok),
        Err(error) => tell(transaction, "rollback to batch; release batch").await.map(|()| Err(error)),
    }
}

async fn tell(transaction: &mut Transaction<'_, Sqlite>, statement: &'static str) -> Result<(), AppendError> {
    let told = sqlx::raw_sql(statement).execute(&mut **transaction).await;
    told.map(drop).map_err(|error| nothing_done(&error))
}

/// Takes the heads to the ends of batches, and returns which of them were where they were when the batch was decided.
async fn move_heads(transaction: &mut Transaction<'_, Sqlite>, batches: &[Waiting]) -> Result<Vec<bool>, AppendError> {
    let mut moved = BTreeSet::new();
    let mut rows = batches.iter();
    for size in sizes(batches.len()) {
        let mut query = sqlx::query_scalar::<_, String>(statement(Table::Head, size));
        for Waiting { program, expect, batch, .. } in rows.by_ref().take(size) {
            query = query
                .bind(program.shared())
                .bind(expect.seq.get())
                .bind(expect.epoch)
                .bind(batch.head.seq.get())
                .bind(batch.head.at.get())
                .bind(batch.head.epoch)
                .bind(batch.head.format.number())
                .bind(encode(&batch.head.tree));
        }
        moved.extend(query.fetch_all(&mut **transaction).await.map_err(|error| nothing_done(&error))?);
    }
    Ok(batches.iter().map(|batch| moved.contains(batch.program.as_str())).collect())
}

async fn insert_all(transaction: &mut Transaction<'_, Sqlite>, batches: &[&Waiting]) -> Result<(), AppendError> {
    let mut entries = Vec::new();
    for Waiting { program, batch, .. } in batches {
        for arguments in &batch.ready.chunks {
            insert_entries(transaction, CHUNKS[0], arguments.clone()).await?;
        }
        let rest = batch.entries.get(batch.ready.entries..).unwrap_or_default();
        entries.extend(rest.iter().map(|entry| (program, &**entry)));
    }
    let mut rows = entries.iter().copied();
    for size in sizes(entries.len()) {
        insert_entries(transaction, size, arguments_of(rows.by_ref().take(size))).await?;
    }
    let accounts = |batch: &Sealed| batch.changes.accounts.values().map(AccountRow::from).collect();
    insert(transaction, Table::Account, batches, accounts, |query, row: AccountRow| {
        query.bind(row.member_id).bind(row.last_seq).bind(row.balances).bind(row.credited).bind(row.credited_seq)
    })
    .await?;
    let records = |batch: &Sealed| {
        let records = batch.changes.records.iter();
        records.map(|(key, (seq, record))| (key.to_string(), seq.get(), due_at(record), record.stored())).collect()
    };
    insert(transaction, Table::Record, batches, records, |query, (key, seq, due_at, state)| {
        query.bind(key).bind(seq).bind(due_at).bind(state)
    })
    .await?;
    let notes = |batch: &Sealed| {
        batch.notes.iter().map(|(seq, note)| (seq.get(), note.salt.to_vec(), note.text.to_vec())).collect()
    };
    insert(transaction, Table::Note, batches, notes, |query, (seq, salt, text)| query.bind(seq).bind(salt).bind(text))
        .await?;
    erase_notes(transaction, batches).await
}

/// Erases the text of entries, as few entries ask for it.
async fn erase_notes(transaction: &mut Transaction<'_, Sqlite>, batches: &[&Waiting]) -> Result<(), AppendError> {
    for Waiting { program, batch, .. } in batches {
        for seq in batch.entries.iter().flat_map(|entry| entry.erased()) {
            let statement = sqlx::query("delete from note where program_id = ?1 and seq = ?2");
            let erased = statement.bind(program.as_str()).bind(seq.get()).execute(&mut **transaction).await;
            erased.map_err(|error| nothing_done(&error))?;
        }
    }
    Ok(())
}

async fn insert_entries(
    transaction: &mut Transaction<'_, Sqlite>,
    size: usize,
    arguments: SqliteArguments,
) -> Result<(), AppendError> {
    let inserted = sqlx::query_with(statement(Table::Entry, size), arguments).execute(&mut **transaction).await;
    let told = |error: sqlx::Error| if is_known_name(&error) { AppendError::KnownId } else { nothing_done(&error) };
    inserted.map(drop).map_err(told)
}

type Bound<'q> = Query<'q, Sqlite, SqliteArguments>;

impl SqliteLog {
    /// Adds entries to those that are ready, as far as they fill the largest statement.
    pub(super) fn add_chunks(program: &ProgramId, entries: &[Arc<Entry>], ready: &mut Ready) {
        while let Some(chunk) = entries.get(ready.entries..ready.entries + CHUNKS[0]) {
            ready.chunks.push(arguments_of(chunk.iter().map(|entry| (program, &**entry))));
            ready.entries += CHUNKS[0];
        }
    }
}

/// Returns the values of entries, each with its programme. Ids are shared with them, not copied.
fn arguments_of<'a>(entries: impl ExactSizeIterator<Item = (&'a ProgramId, &'a Entry)>) -> SqliteArguments {
    let mut arguments = SqliteArguments::default();
    macro_rules! add {
        ($($value:expr),+ $(,)?) => {
            $(arguments.add($value).expect("a number, a text or bytes are always encoded");)+
        };
    }
    arguments.reserve(entries.len() * ENTRY_FIELDS, 0);
    for (program, entry) in entries {
        let (request, movement) = (entry.request.as_ref(), entry.movement);
        add!(
            program.shared(),
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

/// Inserts rows of one table, each with its programme, in statements of a few fixed sizes.
async fn insert<Row>(
    transaction: &mut Transaction<'_, Sqlite>,
    table: Table,
    batches: &[&Waiting],
    rows_of: impl Fn(&Sealed) -> Vec<Row>,
    bind: for<'q> fn(Bound<'q>, Row) -> Bound<'q>,
) -> Result<(), AppendError> {
    let with_program = |waiting: &&Waiting| {
        let program = waiting.program.shared();
        rows_of(&waiting.batch).into_iter().map(move |row| (Arc::clone(&program), row))
    };
    let mut rows = batches.iter().flat_map(with_program).collect::<Vec<_>>().into_iter();
    for size in sizes(rows.len()) {
        let mut query = sqlx::query(statement(table, size));
        for (program, row) in rows.by_ref().take(size) {
            query = bind(query.bind(program), row);
        }
        query.execute(&mut **transaction).await.map_err(|error| nothing_done(&error))?;
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Table {
    Head,
    Entry,
    Account,
    Record,
    Note,
}

/// Returns the sizes of the statements that write so many rows, one after the other.
fn sizes(rows: usize) -> impl Iterator<Item = usize> {
    let mut left = rows;
    std::iter::from_fn(move || {
        let size = CHUNKS.into_iter().find(|size| *size <= left)?;
        left -= size;
        Some(size)
    })
}

/// Returns the statement that writes so many rows of a table.
fn statement(table: Table, rows: usize) -> AssertSqlSafe<&'static str> {
    static STATEMENTS: LazyLock<HashMap<(Table, usize), String>> = LazyLock::new(|| {
        let tables = [Table::Head, Table::Entry, Table::Account, Table::Record, Table::Note];
        tables.into_iter().flat_map(|table| CHUNKS.map(|size| ((table, size), sql(table, size)))).collect()
    });
    AssertSqlSafe(STATEMENTS[&(table, rows)].as_str())
}

fn sql(table: Table, rows: usize) -> String {
    // Parameters without a number. SQLite keeps numbered ones in a list, and sqlx asks for the name of each: binding
    // 512 entries would walk the list 13,312 times (six times slower, measured).
    let values = |width: usize| vec![format!("({})", vec!["?"; width].join(", ")); rows].join(", ");
    let (name, columns, conflict) = match table {
        Table::Head => {
            return format!(
                "update log_head set head_seq = v.column4, head_at = v.column5, epoch = v.column6, format = v.column7, \
                 tree = v.column8 from (values {}) v where program_id = v.column1 and head_seq = v.column2 \
                 and epoch = v.column3 returning program_id",
                values(8)
            );
        }
        Table::Entry => ("entry", entry_columns!(), ""),
        Table::Account => ("account", account_columns!(), replace_account!()),
        Table::Record => ("record", record_columns!(), replace_record!()),
        Table::Note => ("note", "seq, salt, text", ""),
    };
    let width = columns.split(',').count() + 1;
    format!("insert into {name} (program_id, {columns}) values {}{conflict}", values(width))
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
