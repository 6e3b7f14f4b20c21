//! Copies of a database, and ways to put them back.

use std::path::PathBuf;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tempfile::TempDir;

use super::clients::database;

/// Makes a copy of the database in a folder, as it is now.
pub async fn copy(folder: &TempDir, name: &str) -> PathBuf {
    let path = folder.path().join(name);
    let mut connection = connect(folder).await;
    run(&mut connection, &format!("vacuum into '{}'", path.display())).await;
    connection.close().await.unwrap();
    path
}

/// Puts a copy in the place of the database, while no server runs.
pub fn put_back(folder: &TempDir, copy: &std::path::Path) {
    for rest in ["goodturn.db-wal", "goodturn.db-shm"] {
        // They belong to the file that is replaced. A server that ended well has left none.
        let _none_left = std::fs::remove_file(folder.path().join(rest));
    }
    std::fs::copy(copy, folder.path().join("goodturn.db")).unwrap();
}

/// Puts the rows of a copy back under a running server. This must never be done, and the server must notice it.
pub async fn put_back_under(folder: &TempDir, copy: &std::path::Path) {
    let mut connection = connect(folder).await;
    let triggers: Vec<String> = sqlx::query_scalar("select name from sqlite_schema where type = 'trigger'")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    run(&mut connection, &format!("attach '{}' as copy", copy.display())).await;
    run(&mut connection, "begin immediate").await;
    for trigger in triggers {
        run(&mut connection, &format!("drop trigger {trigger}")).await;
    }
    for table in ["program", "log_head", "entry", "account", "record", "note"] {
        run(&mut connection, &format!("delete from {table}")).await;
        run(&mut connection, &format!("insert into {table} select * from copy.{table}")).await;
    }
    run(&mut connection, "commit").await;
    connection.close().await.unwrap();
}

/// Takes only the last entry out of the log, while no server runs.
pub async fn lose_last_entry(folder: &TempDir) {
    let mut connection = connect(folder).await;
    run(&mut connection, "drop trigger entry_is_never_deleted").await;
    run(&mut connection, "delete from entry where seq = (select max(seq) from entry)").await;
    connection.close().await.unwrap();
}

/// Takes one entry out of the log, and nothing else.
pub async fn lose_entry(folder: &TempDir, seq: i64) {
    let mut connection = connect(folder).await;
    run(&mut connection, "drop trigger entry_is_never_deleted").await;
    run(&mut connection, &format!("delete from entry where seq = {seq}")).await;
    connection.close().await.unwrap();
}

async fn connect(folder: &TempDir) -> SqliteConnection {
    let options: SqliteConnectOptions = database(folder).parse().unwrap();
    options.foreign_keys(false).connect().await.unwrap()
}

async fn run(connection: &mut SqliteConnection, sql: &str) {
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap();
}
