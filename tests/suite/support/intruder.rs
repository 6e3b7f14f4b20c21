//! Somebody with the file of a store in hand.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, SqliteConnection};

/// A connection that keeps no promise: the schema's triggers are gone.
pub async fn intruder(database: &str) -> SqliteConnection {
    let options: SqliteConnectOptions = database.parse().unwrap();
    let mut connection = options.foreign_keys(false).connect().await.unwrap();
    let triggers: Vec<String> = sqlx::query_scalar("select name from sqlite_schema where type = 'trigger'")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(triggers.len(), 10);
    for trigger in triggers {
        run(&mut connection, format!("drop trigger {trigger}")).await;
    }
    connection
}

/// Runs a statement. Returns the rows that it changed.
pub async fn run(connection: &mut SqliteConnection, sql: String) -> u64 {
    sqlx::query(AssertSqlSafe(sql)).execute(connection).await.unwrap().rows_affected()
}
