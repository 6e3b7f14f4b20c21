//! The log on a PostgreSQL database: for production, and for several servers on one store.
//!
//! A batch is one statement and its own transaction; nothing is ever left open between two statements, so connections may
//! go through a pooler in transaction mode.

mod append;
mod fitness;
mod migrate;
mod read;

use std::io;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, Postgres};

use tokio::time::error::Elapsed;

use super::open::{OpenError, Purpose, shown};

/// Connections of one server. Lanes append on one each and readers share the rest; ten servers fit the usual limit of a
/// hundred.
const CONNECTIONS_MAX: u32 = 10;

/// How long a statement waits for a free connection, or for a new one.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection that was idle for longer is asked whether it lives before it is used: a database that was restarted
/// fails no call then. Busy connections are not asked; that would be a round trip a batch.
const IDLE_TRUSTED: Duration = Duration::from_secs(1);

/// How long an answer may take. A connection that broke without a word would be waited for by TCP for a quarter of an
/// hour; the slowest commit seen on a healthy store took a tenth of this.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a fence waits for an append that keeps the head: shorter, so that the database gives up first.
const LOCK_PATIENCE: Duration = Duration::from_secs(8);

/// A log on a PostgreSQL database.
pub struct PostgresLog {
    pool: PgPool,
}

/// A connection that is closed unless what was asked of it was answered: the pool would wait for the end of a statement
/// that nobody waits for any more.
struct Lent {
    connection: PoolConnection<Postgres>,
    answered: bool,
}

/// Asks one thing on a connection of the pool, and waits as long as its patience lasts.
macro_rules! ask {
    ($log:expr, $connection:ident => $asked:expr) => {
        async {
            let mut lent = $log.lend().await?;
            let $connection = &mut *lent.connection;
            let answer = tokio::time::timeout(super::PATIENCE, $asked).await;
            lent.told(answer)
        }
        .await
    };
}
use ask;

impl PostgresLog {
    /// Opens a database by its URL, as `postgres://user@host/name`.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong with it, and what to do.
    pub async fn open(url: &str, purpose: Purpose) -> Result<Self, OpenError> {
        let log = Self { pool: connect(url).await? };
        let fit = log.make_fit(url, purpose).await;
        if fit.is_err() {
            log.pool.close().await;
        }
        fit.map(|()| log)
    }

    async fn lend(&self) -> sqlx::Result<Lent> {
        Ok(Lent { connection: self.pool.acquire().await?, answered: false })
    }

    async fn make_fit(&self, url: &str, purpose: Purpose) -> Result<(), OpenError> {
        let unreachable = |error: sqlx::Error| unreachable(url, &error);
        let mut connection = self.pool.acquire().await.map_err(unreachable)?;
        fitness::check_server(url, &mut connection, purpose).await?;
        migrate::bring_up_to_date(url, &mut connection, purpose).await?;
        fitness::check_rights(url, &mut connection, purpose).await
    }
}

impl Lent {
    /// Takes the answer, or gives the connection up where there was none in time.
    fn told<T>(mut self, answer: Result<sqlx::Result<T>, Elapsed>) -> sqlx::Result<T> {
        self.answered = answer.is_ok();
        let too_late = || io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {PATIENCE:?}"));
        answer.unwrap_or_else(|_| Err(too_late().into()))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.answered {
            self.connection.close_on_drop();
        }
    }
}

async fn connect(url: &str) -> Result<PgPool, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Url { url: shown(url) })?;
    let options = options.application_name("goodturn");
    PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > IDLE_TRUSTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await
        .map_err(|error| unreachable(url, &error))
}

fn unreachable(url: &str, error: &sqlx::Error) -> OpenError {
    let problem = match error {
        sqlx::Error::PoolTimedOut => format!("no answer within {} seconds", ACQUIRE_TIMEOUT.as_secs()),
        error => error.to_string(),
    };
    let advice = "check that the server runs there, that the database exists, and the role's name and password";
    OpenError::Unreachable { url: shown(url), problem, advice }
}
