//! Batches on PostgreSQL: one statement of arrays for each commit.

use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions as _, Connection as _};

use super::{Batch, READ, Row, account_columns, columns, on_conflict, program};

/// Goodturn's own statement, without its head, records and notes.
const APPEND: &str = concat!(
    "with e as (insert into entry (program_id, ",
    columns!(),
    ") select $1, t.* from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::text[], $8::bytea[], \
     $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], \
     $16::bigint[], $17::bigint[], $18::bigint[], $19::text[], $20::bigint[], $21::bigint[], $22::bytea[], \
     $23::bytea[], $24::bytea[], $25::text[], $26::bytea[]) t) \
     insert into account (program_id, ",
    account_columns!(),
    ") select $1, t.* from unnest($27::text[], $28::bigint[], $29::bytea[], $30::bigint[], $31::bigint[]) t",
    on_conflict!(),
);

/// One connection.
pub(crate) struct Postgres(PgConnection);

impl Postgres {
    /// Connects to a database by its URL.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub(crate) async fn connect(url: &str) -> anyhow::Result<Self> {
        let options: sqlx::postgres::PgConnectOptions = url.parse()?;
        Ok(Self(options.connect().await?))
    }

    /// Reads recorded awards, latest first.
    pub(crate) async fn read(&mut self, max: u32) -> anyhow::Result<Vec<Row>> {
        Ok(sqlx::query_as(READ).bind(program()).bind(i64::from(max)).fetch_all(&mut self.0).await?)
    }

    /// Makes the programme, and an account for each member among some batches.
    pub(crate) async fn fill(&mut self, batches: &[Batch]) -> anyhow::Result<()> {
        sqlx::query("insert into program (program_id, secret) values ($1, $2)")
            .bind(program())
            .bind(&[0_u8; 32][..])
            .execute(&mut self.0)
            .await?;
        for batch in batches {
            self.append(&Columns::of(batch)).await?;
        }
        Ok(())
    }

    /// Writes a batch and commits it.
    ///
    /// # Errors
    /// The database refuses it.
    pub(crate) async fn append(&mut self, batch: &Columns) -> anyhow::Result<()> {
        let mut query = sqlx::query(APPEND).bind(program());
        macro_rules! bind {
            ($($column:ident)*) => { $( query = query.bind(&batch.$column); )* };
        }
        bind!(seq format kind source command request_id request_digest member_id prev_seq from_bucket to_bucket amount);
        bind!(occurred_at local_day recorded_at refers_seq rule_version rule_id raw_points reason balance_after fact);
        bind!(note_digest principal leaf_hash);
        bind!(account_member_id account_last_seq account_balances account_credited account_last_seq);
        query.execute(&mut self.0).await?;
        Ok(())
    }

    /// Ends the connection.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        Ok(self.0.close().await?)
    }
}

/// A batch by columns, ready to be bound. Putting it together is not measured.
#[derive(Default)]
pub(crate) struct Columns {
    seq: Vec<i64>,
    format: Vec<i64>,
    kind: Vec<i64>,
    source: Vec<String>,
    command: Vec<i64>,
    request_id: Vec<String>,
    request_digest: Vec<Vec<u8>>,
    member_id: Vec<String>,
    prev_seq: Vec<i64>,
    from_bucket: Vec<Option<i64>>,
    to_bucket: Vec<Option<i64>>,
    amount: Vec<Option<i64>>,
    occurred_at: Vec<i64>,
    local_day: Vec<i64>,
    recorded_at: Vec<i64>,
    refers_seq: Vec<Option<i64>>,
    rule_version: Vec<i64>,
    rule_id: Vec<Option<String>>,
    raw_points: Vec<i64>,
    reason: Vec<Option<i64>>,
    balance_after: Vec<Vec<u8>>,
    fact: Vec<Vec<u8>>,
    note_digest: Vec<Option<Vec<u8>>>,
    principal: Vec<String>,
    leaf_hash: Vec<Vec<u8>>,
    account_member_id: Vec<String>,
    account_last_seq: Vec<i64>,
    account_balances: Vec<Vec<u8>>,
    account_credited: Vec<i64>,
}

impl Columns {
    /// Turns a batch of rows into columns.
    pub(crate) fn of(batch: &Batch) -> Self {
        let mut columns = Self::default();
        for row in &batch.entries {
            macro_rules! push {
                ($($column:ident)*) => { $( columns.$column.push(row.$column.clone()); )* };
            }
            push!(seq format kind source command request_id request_digest member_id prev_seq from_bucket to_bucket amount);
            push!(occurred_at local_day recorded_at refers_seq rule_version rule_id raw_points reason balance_after);
            push!(fact note_digest principal leaf_hash);
        }
        for row in &batch.accounts {
            columns.account_member_id.push(row.member_id.clone());
            columns.account_last_seq.push(row.last_seq);
            columns.account_balances.push(row.balances.clone());
            columns.account_credited.push(row.credited);
        }
        columns
    }
}
