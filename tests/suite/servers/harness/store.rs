//! The store of a scenario: a file or a database of its own.

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tempfile::TempDir;

use super::load::POISON;
use crate::support::clients::database;
use crate::support::postgres::shared;

/// A store that only servers are killed on; nothing happens to the database itself.
pub struct Store {
    pub engine: &'static str,
    pub url: String,
    /// Servers that share it in scenarios with several.
    pub servers: usize,
    _folder: Option<TempDir>,
}

impl Store {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { engine: "SQLite", url: database(&folder), servers: 2, _folder: Some(folder) }
    }

    pub fn postgres() -> Self {
        let url = tokio::task::block_in_place(|| shared().create_database());
        Self { engine: "PostgreSQL", url, servers: 3, _folder: None }
    }

    /// An empty one on the same engine.
    #[cfg(feature = "failpoints")]
    pub fn another(&self) -> Self {
        if self.engine == "SQLite" { Self::sqlite() } else { Self::postgres() }
    }

    /// Makes the store refuse every entry whose id says so, for ever.
    pub async fn refuse_poison(&self) {
        if self.engine == "PostgreSQL" {
            let database = self.url.rsplit('/').next().unwrap();
            let sql = format!("alter table entry add constraint no_poison check (request_id not like '{POISON}%')");
            tokio::task::block_in_place(|| shared().psql(database, &sql));
            return;
        }
        let options: sqlx::sqlite::SqliteConnectOptions = self.url.parse().unwrap();
        let mut connection = options.connect().await.unwrap();
        let sql = format!(
            "create trigger no_poison before insert on entry when new.request_id like '{POISON}%' \
             begin select raise(abort, 'poison'); end"
        );
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// Makes a test on each engine of a scenario that takes a [`Store`].
macro_rules! on_both_engines {
    ($($test:ident: $scenario:ident;)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$scenario($crate::servers::harness::store::Store::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$scenario($crate::servers::harness::store::Store::postgres()).await;
            })+
        }
    };
}

pub(super) use on_both_engines;
