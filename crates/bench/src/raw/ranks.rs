//! Ranks, sums and lists by SQL alone, of the members of a store.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tokio_stream::StreamExt as _;

use super::super::awards::member;
use super::program;

/// The points of each member, with an index by points, in a file of its own.
pub(crate) struct Ranks(SqliteConnection);

impl Ranks {
    /// Takes the members' points over from a store.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub(crate) async fn of(store: &Path, file: &Path) -> anyhow::Result<Self> {
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let mut connection = options.connect().await?;
        sqlx::query("attach $1 as store").bind(store.to_str()).execute(&mut connection).await?;
        let fill = "create table points (member_id text primary key, points integer not null) without rowid; \
                    insert into points select member_id, credited from store.account order by member_id; \
                    create index by_points on points (points); analyze";
        sqlx::raw_sql(fill).execute(&mut connection).await?;
        Ok(Self(connection))
    }

    /// Returns a member's rank: one more than have more points.
    pub(crate) async fn rank(&mut self, number: u32) -> anyhow::Result<i64> {
        let rank = "select 1 + count(*) from points where points > (select points from points where member_id = $1)";
        Ok(sqlx::query_scalar(rank).bind(member(number)).fetch_one(&mut self.0).await?)
    }

    /// Reads every account of a store.
    pub(crate) async fn read_all(store: &Path) -> anyhow::Result<()> {
        read(store, "select member_id, credited from account where program_id = $1").await
    }

    /// Reads every entry of a store, with all that a fold looks at.
    pub(crate) async fn read_entries(store: &Path) -> anyhow::Result<()> {
        let all = "select coalesce(member_id, ''), length(balance_after) + length(fact) + length(leaf_hash) + recorded_at \
                   + local_day + coalesce(amount, 0) from entry where program_id = $1 order by seq";
        read(store, all).await
    }

    /// Reads the lots of every member of a store.
    pub(crate) async fn read_lots(store: &Path) -> anyhow::Result<()> {
        let lots = "select key, length(state) from record where program_id = $1 and key >= 'lots/' and key < 'lots0' order by key";
        read(store, lots).await
    }

    /// Sums up what every member of a store was credited.
    pub(crate) async fn sum_all(store: &Path) -> anyhow::Result<()> {
        let sum = "select member_id, sum(raw_points) from entry where program_id = $1 and member_id is not null group by member_id";
        read(store, sum).await
    }
}

/// Reads every row of a statement.
async fn read(store: &Path, statement: &'static str) -> anyhow::Result<()> {
    let mut connection = SqliteConnectOptions::new().filename(store).connect().await?;
    let mut rows = sqlx::query_as::<_, (String, i64)>(statement).bind(program()).fetch(&mut connection);
    let mut read = 0_u64;
    while let Some(row) = rows.next().await {
        row?;
        read += 1;
    }
    anyhow::ensure!(read > 0, "the store is empty");
    Ok(())
}
