//! Batches on SQLite, and awards row by row, on one connection that is as durable as Goodturn's.

use std::path::Path;

use sqlx::query::Query;
use sqlx::sqlite::{Sqlite as Database, SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};

use super::{AccountRow, Batch, READ, Row, account_columns, columns, on_conflict, program};

/// Rows of one statement, largest first. Each size has a plan that is prepared once.
const CHUNKS: [usize; 4] = [512, 64, 8, 1];

/// One connection to a file.
pub(crate) struct Sqlite {
    connection: SqliteConnection,
    entries: [String; CHUNKS.len()],
    accounts: [String; CHUNKS.len()],
}

type Bound<'q> = Query<'q, Database, SqliteArguments>;

impl Sqlite {
    /// Connects to a file with Goodturn's tables.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub(crate) async fn connect(file: &Path) -> anyhow::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("recursive_triggers", "on");
        let connection = options.connect().await?;
        let entries = CHUNKS.map(|rows| insert("entry", columns!(), rows));
        let accounts = CHUNKS.map(|rows| insert("account", account_columns!(), rows) + on_conflict!());
        Ok(Self { connection, entries, accounts })
    }

    /// Reads recorded awards, latest first.
    pub(crate) async fn read(&mut self, max: u32) -> anyhow::Result<Vec<Row>> {
        Ok(sqlx::query_as(READ).bind(program()).bind(i64::from(max)).fetch_all(&mut self.connection).await?)
    }

    /// Makes the programme, and an account for each member among some batches.
    pub(crate) async fn fill(&mut self, batches: &[Batch]) -> anyhow::Result<()> {
        sqlx::query("insert into program (program_id, secret) values ($1, $2)")
            .bind(program())
            .bind(&[0_u8; 32][..])
            .execute(&mut self.connection)
            .await?;
        for batch in batches {
            self.append(batch).await?;
        }
        Ok(())
    }

    /// Writes a batch, of one row or many, and commits it.
    ///
    /// # Errors
    /// The database refuses it.
    pub(crate) async fn append(&mut self, batch: &Batch) -> anyhow::Result<()> {
        let mut transaction = self.connection.begin_with("begin immediate").await?;
        let mut entries = &batch.entries[..];
        let mut accounts = &batch.accounts[..];
        for ((chunk, of_entries), of_accounts) in CHUNKS.into_iter().zip(&self.entries).zip(&self.accounts) {
            while let Some((rows, rest)) = entries.split_at_checked(chunk) {
                let query = sqlx::query(AssertSqlSafe(of_entries.as_str()));
                rows.iter().fold(query, bind_entry).execute(&mut *transaction).await?;
                entries = rest;
            }
            while let Some((rows, rest)) = accounts.split_at_checked(chunk) {
                let query = sqlx::query(AssertSqlSafe(of_accounts.as_str()));
                rows.iter().fold(query, bind_account).execute(&mut *transaction).await?;
                accounts = rest;
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Ends the connection.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        Ok(self.connection.close().await?)
    }
}

fn bind_entry<'q>(query: Bound<'q>, row: &'q Row) -> Bound<'q> {
    let mut query = query.bind(program());
    macro_rules! bind {
        ($($column:ident)*) => { $( query = query.bind(&row.$column); )* };
    }
    bind!(seq format kind source command request_id request_digest member_id prev_seq from_bucket to_bucket amount occurred_at);
    bind!(local_day recorded_at refers_seq rule_version rule_id raw_points reason balance_after fact note_digest);
    bind!(principal leaf_hash);
    query
}

fn bind_account<'q>(query: Bound<'q>, row: &'q AccountRow) -> Bound<'q> {
    query
        .bind(program())
        .bind(&row.member_id)
        .bind(row.last_seq)
        .bind(&row.balances)
        .bind(row.credited)
        .bind(row.last_seq)
}

fn insert(table: &str, columns: &str, rows: usize) -> String {
    let width = columns.split(',').count() + 1;
    // Parameters without a number: to bind numbered ones, SQLite walks through a list for each.
    let row = format!("({})", vec!["?"; width].join(", "));
    format!("insert into {table} (program_id, {columns}) values {}", vec![row; rows].join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_has_a_place_for_each_value() {
        let sql = insert("note", "seq, text", 2);
        assert_eq!(sql, "insert into note (program_id, seq, text) values (?, ?, ?), (?, ?, ?)");
    }
}
