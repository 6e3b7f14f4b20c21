//! The log on a PostgreSQL database: for production, and for several servers on one store.
//!
//! A batch is one statement and its own transaction, or a transaction of a few where it is large. Nothing is left open between two statements, so connections may go
//! through a pooler in transaction mode.

mod address;
mod append;
mod copy;
mod fitness;
mod integrity;
mod migrate;
mod read;
mod spans;

use std::io;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgPoolOptions, PgRow};
use sqlx::query::QueryAs;
use sqlx::{Connection as _, Executor as _, FromRow, Postgres};

use self::address::Address;
use self::fitness::Fit;
use super::open::{OpenError, Purpose};
use super::url::DatabaseUrl;

/// Connections of one server, beside the one for signs of life. Each lane appends on one; readers share the rest. Ten servers fit
/// the usual limit of a hundred.
const CONNECTIONS_MAX: u32 = 9;

/// How long a statement waits for a free connection, or for a new one.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection that was idle for longer is checked before it is used, so that no call fails after a database restarts.
/// Busy connections are not checked: that would be a round trip a batch.
const IDLE_TRUSTED: Duration = Duration::from_secs(1);

/// How long that check may take, before a connection is used and after it was. A round trip around the world is a third
/// of it.
const PING_PATIENCE: Duration = Duration::from_secs(1);

/// How long a statement may take. On a connection that broke without a word TCP would wait for a quarter of an hour.
/// The slowest statement, a page of 2,000 entries, takes a thousandth of this.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a fence waits for an append that keeps the head. Shorter than a statement may take, so that the database
/// gives up first.
const LOCK_PATIENCE: Duration = Duration::from_secs(8);

/// Settings of a session. Every statement goes by key, and most want the order of an index; before a table has
/// statistics, the planner would rather read all that follows and sort it. They are set in a statement, as poolers
/// refuse them as parameters of the connection.
///
/// A server that vanished without a word may have left a head locked. Its session ends after 5 + 3 · 2 seconds of
/// silence, about when a statement's [`PATIENCE`] ends, not after the two hours that systems usually wait.
const SET_SESSION: &str = "set enable_bitmapscan = off; set tcp_keepalives_idle = 5; \
                           set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3";

/// The same for one transaction, where other clients share the session. The database ends an unfinished transaction
/// after as long as [`PATIENCE`], when nobody here waits for it any more.
const BEGIN: &str = "begin; set local enable_bitmapscan = off; set local idle_in_transaction_session_timeout = '10s'";

/// A log on a PostgreSQL database.
pub struct PostgresLog {
    pool: PgPool,
    /// True when a pooler may give each transaction another session of the server.
    pooled: bool,
    address: Address,
    /// The connection that is asked for a sign of life, while nobody asks, and how often it was.
    pulse: Mutex<Option<(PgConnection, u32)>>,
    /// Whether the server may be written to that the connections lead to now.
    fit: Fit,
    /// True when large batches are copied. They are not over TCP: sqlx 0.9.0 does not set `TCP_NODELAY`, as its next version does
    /// (<https://github.com/transact-rs/sqlx/pull/4336>), and the short message that ends a copy would wait 40 ms.
    copies: bool,
}

impl PostgresLog {
    /// Opens a database by its URL, as `postgres://user@host/name`.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong with the database, and what to do.
    pub async fn open(url: impl Into<DatabaseUrl>, purpose: Purpose) -> Result<Self, OpenError> {
        let address = Address::of(url.into())?;
        let mut connection = address.connect().await?;
        make_fit(&address, &mut connection, purpose).await?;
        address.check_pooler(&mut connection).await?;
        // The result is known; a failure to close does not matter.
        let _said = in_time(connection.close()).await;
        let copies = address.options.get_socket().is_some();
        let fit = Fit::default();
        let looks = (purpose == Purpose::Record).then(|| fit.clone());
        let (pooled, pool, pulse) = (address.pooled, pool(&address, looks), Mutex::default());
        Ok(Self { pool, pooled, address, pulse, fit, copies })
    }

    fn kept_pulse(&self) -> MutexGuard<'_, Option<(PgConnection, u32)>> {
        self.pulse.lock().expect("nothing panics while it holds the lock")
    }

    /// Runs one statement, which is its own transaction.
    async fn ask<Row>(&self, query: QueryAs<'_, Postgres, Row, PgArguments>) -> sqlx::Result<Vec<Row>>
    where
        Row: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        self.ask_on(self.pool.acquire().await?, query).await
    }

    async fn ask_on<Row>(
        &self,
        connection: PoolConnection<Postgres>,
        query: QueryAs<'_, Postgres, Row, PgArguments>,
    ) -> sqlx::Result<Vec<Row>>
    where
        Row: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut asked = Asked { connection, sound: false };
        let rows = in_time(async {
            if !self.pooled {
                return query.fetch_all(&mut *asked.connection).await;
            }
            // A statement is sent in two steps. Only a transaction keeps a pooler from parting them. Only a statement
            // without a name cannot be taken for another client's.
            let mut transaction = asked.connection.begin_with(BEGIN).await?;
            let rows = query.persistent(false).fetch_all(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(rows)
        });
        let rows = rows.await;
        asked.sound = matches!(rows, Ok(_) | Err(sqlx::Error::Database(_)));
        rows
    }
}

/// Returns the database's answer, if it comes in time. A late question is given up, so its connection must not be used
/// again.
async fn in_time<T>(asked: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    let silent = || io::Error::new(io::ErrorKind::TimedOut, "the database does not answer");
    tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(silent().into()))
}

/// A connection in use. One that has not answered is closed, not given back: it would keep its place in the pool until
/// TCP gives up. One that has answered is given back only if it still answers then.
struct Asked {
    connection: PoolConnection<Postgres>,
    /// True once it has answered, be it with an error of the database.
    sound: bool,
}

impl Drop for Asked {
    fn drop(&mut self) {
        if self.sound {
            // The pool by itself would wait for ever for the answer to its ping.
            tokio::spawn(tokio::time::timeout(PING_PATIENCE, self.connection.return_to_pool()));
        } else {
            self.connection.close_on_drop();
        }
    }
}

/// Checks the server, brings the schema up to date and checks the role's rights. All of it is one transaction, so that
/// a pooler does not part it.
async fn make_fit(address: &Address, connection: &mut PgConnection, purpose: Purpose) -> Result<(), OpenError> {
    let unreachable = |error: sqlx::Error| address.unreachable(&error);
    let mut transaction = in_time(connection.begin()).await.map_err(unreachable)?;
    let role = fitness::check_server(address, &mut transaction, purpose).await?;
    migrate::bring_up_to_date(address, &mut transaction, &role, purpose).await?;
    fitness::check_rights(address, &mut transaction, &role, purpose).await?;
    in_time(transaction.commit()).await.map_err(unreachable)
}

/// Makes the pool. `fit` looks at the server of each new connection, where something is written.
fn pool(address: &Address, fit: Option<Fit>) -> PgPool {
    let pooled = address.pooled;
    PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let fit = fit.clone();
            Box::pin(async move {
                if !pooled {
                    connection.execute(SET_SESSION).await?;
                    if let Some(fit) = fit {
                        fit.look(connection).await?;
                    }
                }
                Ok(())
            })
        })
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > IDLE_TRUSTED {
                    let answered = tokio::time::timeout(PING_PATIENCE, connection.ping()).await;
                    answered.map_err(|_| sqlx::Error::PoolTimedOut)??;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(address.options.clone())
}
