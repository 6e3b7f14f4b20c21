//! The address of a database, and the reasons why this program cannot reach it.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::str::FromStr as _;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use url::Url;

use super::{ACQUIRE_TIMEOUT, in_time};
use crate::log::open::OpenError;
use crate::log::url::{DatabaseUrl, Engine};

/// Known parameters of a URL. A mistyped parameter is refused: otherwise it would count as one that is not given.
const PARAMETERS: [&str; 13] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    STATEMENTS,
    "user",
];

/// The parameter for how many prepared statements a connection keeps. Zero means that there is a pooler, which cannot
/// keep them.
const STATEMENTS: &str = "statement-cache-capacity";

/// How often a connection is asked for its session on the server. A pooler gives the session that was freed last.
const LOOKS: usize = 4;

/// The address of a database.
pub(super) struct Address {
    pub(super) url: DatabaseUrl,
    pub(super) options: PgConnectOptions,
    /// True when a pooler may give each transaction another session of the server.
    pub(super) pooled: bool,
}

impl Address {
    pub(super) fn of(url: DatabaseUrl) -> Result<Self, OpenError> {
        let text = url.with_secrets(Engine::Postgres)?;
        let unreadable = || OpenError::Url { problem: "cannot be read".into() };
        let parsed = Url::parse(text).map_err(|_| unreadable())?;
        let mut pooled = false;
        let mut problems = Vec::new();
        for (name, value) in parsed.query_pairs() {
            if name == STATEMENTS {
                pooled = value == "0";
            }
            if !PARAMETERS.contains(&&*name) && !name.starts_with("options[") {
                problems.push(format!("{name:?} is no parameter of its URL: known are {}", PARAMETERS.join(", ")));
            }
        }
        if !problems.is_empty() {
            return Err(OpenError::Unfit { url: url.to_string(), problems });
        }
        let options = PgConnectOptions::from_str(text).map_err(|_| unreadable())?;
        let name = options.get_application_name().unwrap_or("goodturn").to_owned();
        // Poolers refuse to pass this setting on, and no column holds a float.
        let options = options.application_name(&name).extra_float_digits(None);
        Ok(Self { url, options, pooled })
    }

    /// Connects once. A pool would try again until its patience ends, and not say why.
    pub(super) async fn connect(&self) -> Result<PgConnection, OpenError> {
        self.try_connect().await.map_err(|error| self.unreachable(&error))
    }

    /// Does the same, and tells the error as it is.
    pub(super) async fn try_connect(&self) -> sqlx::Result<PgConnection> {
        let connected = tokio::time::timeout(ACQUIRE_TIMEOUT, self.options.connect()).await;
        connected.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// Refuses a pooler that hands sessions on between two statements, unless the URL says so. Prepared statements
    /// would be looked for in a session that does not have them, or that has another statement of that name.
    pub(super) async fn check_pooler(&self, one: &mut PgConnection) -> Result<(), OpenError> {
        if self.pooled {
            return Ok(());
        }
        let mut other = self.connect().await?;
        let unreachable = |error: sqlx::Error| self.unreachable(&error);
        let (mut of_one, mut of_other) = (BTreeSet::new(), BTreeSet::new());
        for _ in 0..LOOKS {
            of_one.insert(session(one).await.map_err(unreachable)?);
            of_other.insert(session(&mut other).await.map_err(unreachable)?);
        }
        // As in `open`: the answer was heard, and the connection is not needed any more.
        let _said = in_time(other.close()).await;
        if of_one.len() == 1 && of_other.len() == 1 && of_one != of_other {
            return Ok(());
        }
        let problem = format!(
            "it is behind a pooler that gives each transaction another session: add `{STATEMENTS}=0` to the URL, after \
             `?` or `&`"
        );
        Err(self.unfit(vec![problem]))
    }

    pub(super) fn unfit(&self, problems: Vec<String>) -> OpenError {
        OpenError::Unfit { url: self.url.to_string(), problems }
    }

    pub(super) fn unreachable(&self, error: &sqlx::Error) -> OpenError {
        let (problem, advice) = explain(error);
        OpenError::Unreachable { url: self.url.to_string(), problem, advice, is_passing: is_passing(error) }
    }
}

/// Returns the session of the server that answers now. Asks without preparing anything.
async fn session(connection: &mut PgConnection) -> sqlx::Result<i32> {
    in_time(sqlx::raw_sql("select pg_backend_pid()").fetch_one(connection)).await?.try_get(0)
}

/// True for an error that may be over in a moment: nobody listens yet, or whoever does is starting, stopping or full (classes 53 and 57
/// of PostgreSQL's error codes), or is a pooler that cannot reach its server (class 08).
fn is_passing(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    match (code.as_deref(), error) {
        (Some(code), _) => ["08", "53", "57"].iter().any(|class| code.starts_with(class)),
        (None, sqlx::Error::Io(io)) => io.kind() != ErrorKind::PermissionDenied && io.kind() != ErrorKind::InvalidData,
        // A proxy that has no server to lead to ends the connection before anything was said.
        (None, error) => matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_)),
    }
}

/// Explains an error: what went wrong, and what to check.
fn explain(error: &sqlx::Error) -> (String, &'static str) {
    const SERVER: &str = "check host and port, and that the server runs there and can be reached from here";
    const FILES: &str = "check the paths in the URL: `host`, `sslrootcert`, `sslcert`, `sslkey`";
    const TLS: &str = "check `sslmode` and `sslrootcert` in the URL, and the server's certificate";
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    let advice = match (code.as_deref(), error) {
        (Some("3D000"), _) => "create it first, or correct its name in the URL",
        (Some("28P01"), _) => "correct the role's name or its password",
        (Some("28000"), _) => "correct the role's name, or `sslmode`, or let the role in by pg_hba.conf",
        (Some("53300"), _) => "raise max_connections, or put a pooler in front of it",
        (Some("57P03"), _) => "wait until it has started",
        (Some(_), _) => "ask whoever runs the database",
        (None, sqlx::Error::PoolTimedOut) => {
            return (format!("no answer within {} seconds", ACQUIRE_TIMEOUT.as_secs()), SERVER);
        }
        (None, sqlx::Error::Tls(_)) => TLS,
        (None, sqlx::Error::Io(io)) => match io.kind() {
            ErrorKind::NotFound | ErrorKind::PermissionDenied => FILES,
            ErrorKind::InvalidData => TLS,
            _ => SERVER,
        },
        (None, _) => SERVER,
    };
    (error.to_string(), advice)
}
