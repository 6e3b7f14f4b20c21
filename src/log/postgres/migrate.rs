//! The schema: brought up to date by the role that owns it, which is all that role is for.

use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::fitness::RIGHTS;
use super::{PostgresLog, unreachable};
use crate::log::open::{OpenError, Purpose, shown};
use crate::log::schema::{self, Applied, Found};

/// Held by whoever migrates, until its transaction ends: "goodturn" in ASCII. Nothing else rests on it.
const MIGRATING: i64 = 0x676f_6f64_7475_726e;

/// The role may not do it.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

static MIGRATIONS: Migrator = {
    let mut migrations = sqlx::migrate!("migrations/postgres");
    // Its own lock is that of a session, which a pooler in transaction mode gives to somebody else.
    migrations.locking = false;
    migrations
};

/// Runs what is pending, all of it or nothing: of several servers that start at once, one does it and the others wait.
pub(super) async fn bring_up_to_date(
    url: &str,
    connection: &mut PgConnection,
    purpose: Purpose,
) -> Result<(), OpenError> {
    if pending(url, connection).await? == 0 {
        return Ok(());
    }
    let (who, problem) = (" as the role that owns the schema", format!("{} cannot be migrated", shown(url)));
    let not_migrated = || OpenError::NotMigrated { url: shown(url), who };
    if purpose == Purpose::Read || !may_create(connection).await.map_err(|error| unreachable(url, &error))? {
        return Err(not_migrated());
    }
    let unreachable = |error: sqlx::Error| unreachable(url, &error);
    let mut transaction = connection.begin().await.map_err(unreachable)?;
    let lock = sqlx::query("select pg_advisory_xact_lock($1)").bind(MIGRATING);
    lock.execute(&mut *transaction).await.map_err(unreachable)?;
    if pending(url, &mut transaction).await? > 0 {
        let run = MIGRATIONS.run_direct(None, &mut *transaction, false).await;
        run.map_err(|error| OpenError::Schema { url: shown(url), problem: format!("{problem}: {error}") })?;
    }
    transaction.commit().await.map_err(unreachable)
}

async fn may_create(connection: &mut PgConnection) -> sqlx::Result<bool> {
    let may = "select coalesce(has_schema_privilege(current_schema(), 'create'), false)";
    sqlx::query_scalar(may).fetch_one(connection).await
}

async fn pending(url: &str, connection: &mut PgConnection) -> Result<usize, OpenError> {
    let found = look(connection).await.map_err(|error| {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        if code.as_deref() == Some(INSUFFICIENT_PRIVILEGE) {
            let problem =
                "the role may not read the list of migrations: run `goodturn migrate --grant-to` with its name and \
                           the URL of the role that owns the tables"
                    .into();
            return OpenError::Unfit { url: shown(url), problems: vec![problem] };
        }
        unreachable(url, &error)
    })?;
    schema::pending(&shown(url), &MIGRATIONS, &found)
}

/// What there is in the schema that unqualified names mean.
async fn look(connection: &mut PgConnection) -> sqlx::Result<Found> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
          where n.nspname = current_schema() and c.relkind in ('r', 'p') order by 1 limit 1000",
    )
    .fetch_all(&mut *connection)
    .await?;
    let listed = tables.iter().any(|table| table == "_sqlx_migrations");
    let applied = if listed {
        let applied = "select version, checksum, success from _sqlx_migrations order by version limit 1000";
        Some(sqlx::query_as::<_, Applied>(applied).fetch_all(connection).await?)
    } else {
        None
    };
    Ok(Found { applied, tables })
}

impl PostgresLog {
    /// Gives a role what a server needs, and takes from it whatever else it had: it can read and add, and neither change
    /// nor remove an entry.
    ///
    /// # Errors
    /// Refuses a role that does not exist, or that no privilege binds; fails when the connected role owns no tables.
    pub async fn grant_to(&self, url: &str, role: &str) -> Result<(), OpenError> {
        let refused = |problem: String| OpenError::Unfit { url: shown(url), problems: vec![problem] };
        let failed = |error: sqlx::Error| refused(format!("rights cannot be given to {role}: {error}"));
        let mut transaction = self.pool.begin().await.map_err(failed)?;
        let found: Option<(String, bool)> = sqlx::query_as(
            "select quote_ident(r.rolname), r.rolsuper or pg_has_role(r.oid, t.relowner, 'member') \
               from pg_roles r join pg_class t on t.oid = 'entry'::regclass where r.rolname = $1 limit 1",
        )
        .bind(role)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
        let quoted = match found {
            Some((quoted, false)) => quoted,
            Some((_, true)) => {
                let problem =
                    format!("{role} owns the tables, or is a superuser, whom nothing binds: take a role of its own");
                return Err(refused(problem));
            }
            None => {
                return Err(refused(format!("there is no role {role}: `create role {role} login password '…'` first")));
            }
        };
        let schema: String = sqlx::query_scalar("select quote_ident(current_schema())")
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed)?;
        let mut statements = vec![format!("grant usage on schema {schema} to {quoted}")];
        for (table, rights) in RIGHTS {
            statements.push(format!("revoke all on {table} from {quoted}, public"));
            statements.push(format!("grant {} on {table} to {quoted}", rights.join(", ")));
        }
        for statement in statements {
            sqlx::query(AssertSqlSafe(statement)).execute(&mut *transaction).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }
}
