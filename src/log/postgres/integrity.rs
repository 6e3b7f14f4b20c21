//! Indexes against their tables, by PostgreSQL's own extension.

use sqlx::Connection as _;

use super::PostgresLog;
use crate::log::Integrity;

/// Tables of the log.
const TABLES: [&str; 7] = ["program", "log_head", "entry", "account", "record", "note", "span"];

/// Advice for a database that lacks the extension.
const INSTALL: &str = "indexes were not compared with their tables: have a superuser run `create extension amcheck`, and verify \
                       as a role that may run bt_index_check";

impl PostgresLog {
    /// Compares each index with its table, as far as the database lets this role. It may take long, so a statement has no
    /// end of its own here.
    pub(super) async fn compare_indexes(&self) -> sqlx::Result<Integrity> {
        let mut connection = self.pool.acquire().await?;
        // As in `ask`: only a transaction keeps a pooler from parting the two steps of a statement.
        let mut transaction = connection.begin().await?;
        let may: Option<bool> = sqlx::query_scalar(
            "select has_function_privilege(to_regprocedure('bt_index_check(regclass, boolean)'), 'execute')",
        )
        .persistent(false)
        .fetch_one(&mut *transaction)
        .await?;
        if may != Some(true) {
            return Ok(Integrity { problems: Vec::new(), unchecked: Some(INSTALL.into()) });
        }
        let indexes: Vec<String> = sqlx::query_scalar(
            "select i.indexrelid::regclass::text from unnest($1::text[]) t join pg_index i on i.indrelid = to_regclass(t) \
             order by 1 limit 100",
        )
        .bind(&TABLES[..])
        .persistent(false)
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let mut problems = Vec::new();
        for index in indexes {
            let compared =
                sqlx::query("select bt_index_check($1::text::regclass, true)").bind(&index).persistent(false);
            // One each: a fault ends its transaction.
            let mut transaction = connection.begin().await?;
            match compared.execute(&mut *transaction).await {
                Ok(_) => transaction.commit().await?,
                Err(sqlx::Error::Database(error)) => problems.push(format!("index {index}: {}", error.message())),
                Err(error) => return Err(error),
            }
        }
        Ok(Integrity { problems, unchecked: None })
    }
}
