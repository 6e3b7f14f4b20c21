//! Both stores, as somebody asks them who has a client of the database alone.

use std::sync::Arc;

use goodturn::domain::state::account::Account;
use goodturn::domain::value::encoding::hex;
use goodturn::domain::value::seq::Seq;
use goodturn::log::{Expect, Purpose, Sealed, open};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use tempfile::TempDir;

use crate::support::clients::database;
use crate::support::postgres::shared;
use crate::support::postgres_commands::name;
use crate::support::sample::{SECRET, program};

/// A migrated store, for whoever asks the database itself.
pub enum Store {
    File(Box<SqliteConnection>),
    Database(String),
}

impl Store {
    /// Runs SQL, and returns the rows of its only column.
    pub async fn text(&mut self, sql: &str) -> Vec<String> {
        match self {
            Self::File(connection) => {
                let asked = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql.to_owned()));
                asked.fetch_all(connection.as_mut()).await.unwrap()
            }
            Self::Database(name) => shared().psql(name, sql).lines().map(str::to_owned).collect(),
        }
    }

    /// Runs statements.
    pub async fn run(&mut self, sql: &str) {
        match self {
            Self::File(connection) => {
                sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection.as_mut()).await.unwrap();
            }
            Self::Database(name) => {
                shared().psql(name, sql);
            }
        }
    }

    /// Writes bytes as a literal.
    pub fn bytes(&self, bytes: &[u8]) -> String {
        match self {
            Self::File(_) => format!("x'{}'", hex(bytes)),
            Self::Database(_) => format!("'\\x{}'::bytea", hex(bytes)),
        }
    }

    /// Returns columns of a view, or of a subquery with a name, as text that is the same on both stores. Sorts the rows.
    pub async fn rows(&mut self, view: &str, columns: &str) -> Vec<String> {
        let shown = |column: &str| match (&*self, column) {
            (Self::File(_), "money") => "printf('%.2f', money)".to_owned(),
            (Self::Database(_), column) if column.ends_with("_at") => {
                format!("to_char({column} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
            }
            (_, column) => format!("cast({column} as text)"),
        };
        let or_nothing = |column: &str| format!("case when {column} is null then '' else {} end", shown(column));
        let row: Vec<String> = columns.split_whitespace().map(or_nothing).collect();
        let mut rows = self.text(&format!("select {} from {view}", row.join(" || '|' || "))).await;
        rows.sort();
        rows
    }
}

/// Returns a file of SQLite's and a database of PostgreSQL's in which a batch is recorded, with the accounts that the
/// program reads.
pub async fn both(batch: Option<&Arc<Sealed>>) -> (TempDir, [(Store, Vec<Account>); 2]) {
    let folder = tempfile::tempdir().unwrap();
    let (file, postgres) = (database(&folder), shared().create_database());
    let mut accounts = Vec::new();
    for url in [&file, &postgres] {
        let log = open(url, Purpose::Record).await.unwrap();
        log.create(&program(), SECRET).await.unwrap();
        if let Some(batch) = batch {
            log.append(&program(), Expect { seq: Seq::ZERO, epoch: 0 }, batch).await.unwrap();
        }
        accounts.push(log.accounts(&program(), None, 1_000).await.unwrap());
        log.close().await;
    }
    let options: SqliteConnectOptions = file.parse().unwrap();
    let file = Store::File(Box::new(options.connect().await.unwrap()));
    let postgres = (Store::Database(name(&postgres).to_owned()), accounts.pop().unwrap());
    (folder, [(file, accounts.pop().unwrap()), postgres])
}
