//! The stores on which the same test runs.

use std::sync::Arc;

use goodturn::log::memory::MemoryLog;
use goodturn::log::{Log, Purpose};

use super::clients::database;
use super::postgres::shared;

/// Runs a test on a file of SQLite's.
pub async fn on_file(test: impl AsyncFnOnce(Arc<dyn Log>)) {
    let folder = tempfile::tempdir().unwrap();
    test(goodturn::log::open(&database(&folder), Purpose::Record).await.unwrap()).await;
}

/// Runs a test on a database of PostgreSQL's.
pub async fn on_postgres(test: impl AsyncFnOnce(Arc<dyn Log>)) {
    test(goodturn::log::open(&shared().create_database(), Purpose::Record).await.unwrap()).await;
}

/// A log in memory.
pub async fn in_memory() -> Arc<dyn Log> {
    Arc::new(MemoryLog::default())
}
