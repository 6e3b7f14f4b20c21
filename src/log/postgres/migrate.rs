//! The schema, brought up to date by the role that owns it. That role has no other use.

use std::sync::LazyLock;

use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

use super::address::Address;
use super::fitness::{RIGHTS, grant};
use super::{PostgresLog, in_time};
use crate::log::columns::row;
use crate::log::open::{OpenError, Purpose};
use crate::log::schema::{self, Applied, Found, LIST, migrations};
use crate::log::url::DatabaseUrl;

/// The key of the lock that a migrating server holds until its transaction ends: "goodturn" in ASCII. Nothing else
/// rests on it.
const MIGRATING: i64 = 0x676f_6f64_7475_726e;

/// SQLSTATE for an act that the role may not do.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// The advice in place of granting.
const OF_ITS_OWN: &str = "make a role for the server alone, `create role … login password '…'`";

static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations = migrations!("postgres");
    // The library's own lock belongs to a session, which a pooler in transaction mode gives to another client.
    migrations.set_locking(false);
    migrations
});

/// Runs the pending migrations, all or none, in the transaction of the connection. When several servers start at once,
/// one migrates and the others wait.
pub(super) async fn bring_up_to_date(
    address: &Address,
    connection: &mut PgConnection,
    role: &str,
    purpose: Purpose,
) -> Result<(), OpenError> {
    if pending(address, connection, role).await? == 0 {
        return Ok(());
    }
    let unreachable = |error: sqlx::Error| address.unreachable(&error);
    if !may_create(connection).await.map_err(unreachable)? {
        return Err(OpenError::NotMigrated { url: address.url.to_string(), advice: grant(role) });
    }
    if purpose == Purpose::Read {
        return Err(OpenError::not_migrated(&address.url));
    }
    // No timeout ends the wait or the migration: both take as long as there are entries to go through.
    let lock = sqlx::query("select pg_advisory_xact_lock($1)").bind(MIGRATING).persistent(false);
    lock.execute(&mut *connection).await.map_err(unreachable)?;
    if pending(address, connection, role).await? > 0 {
        run(connection, address.pooled).await.map_err(|error| OpenError::Schema {
            url: address.url.to_string(),
            problem: format!("it cannot be migrated: {error}"),
        })?;
    }
    Ok(())
}

async fn run(connection: &mut PgConnection, pooled: bool) -> Result<(), MigrateError> {
    // The library names its statements, whatever the URL says. No other client behind a pooler in transaction mode has
    // named statements. So these are left by an earlier attempt, or by this one.
    let forget = "deallocate all";
    if pooled {
        connection.execute(forget).await?;
    }
    MIGRATIONS.run_direct(None, &mut *connection, false).await?;
    if pooled {
        connection.execute(forget).await?;
    }
    Ok(())
}

async fn may_create(connection: &mut PgConnection) -> sqlx::Result<bool> {
    let may = "select coalesce(has_schema_privilege(current_schema(), 'create'), false)";
    in_time(sqlx::query_scalar(may).persistent(false).fetch_one(connection)).await
}

async fn pending(address: &Address, connection: &mut PgConnection, role: &str) -> Result<usize, OpenError> {
    let found = look(connection).await.map_err(|error| {
        let code = error.as_database_error().and_then(DatabaseError::code);
        if code.as_deref() == Some(INSUFFICIENT_PRIVILEGE) {
            let problem = format!("role {role} may not read the list of migrations: {}", grant(role));
            return address.unfit(vec![problem]);
        }
        address.unreachable(&error)
    })?;
    schema::pending(&address.url, &MIGRATIONS, &found)
}

/// Reads the tables of the schema that unqualified names refer to, and the migrations listed in it.
async fn look(connection: &mut PgConnection) -> sqlx::Result<Found> {
    let tables = sqlx::query_scalar(
        "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
          where n.nspname = current_schema() and c.relkind in ('r', 'p') order by 1 limit 1000",
    )
    .persistent(false)
    .fetch_all(&mut *connection);
    let tables: Vec<String> = in_time(tables).await?;
    let listed = tables.iter().any(|table| table == LIST);
    let applied = if listed {
        let applied = "select version, checksum, success from _sqlx_migrations order by version limit 1000";
        Some(in_time(sqlx::query_as::<_, Applied>(applied).persistent(false).fetch_all(connection)).await?)
    } else {
        None
    };
    Ok(Found { applied, tables })
}

row! {
    /// The role that is to serve, and the powers by which no privilege would bind it.
    struct Grantee {
        /// Its name, quoted as SQL wants it.
        quoted: String,
        owns: bool,
        rules: bool,
    }
}

impl PostgresLog {
    /// Gives a role the rights that a server needs, and takes away all others. The role can then read and add entries;
    /// it can neither change nor remove one.
    ///
    /// # Errors
    /// Refuses a role that does not exist, or that no privilege binds. Fails when the connected role owns no tables.
    pub async fn grant_to(&self, url: &DatabaseUrl, role: &str) -> Result<(), OpenError> {
        let refused = |problem: String| OpenError::Unfit { url: url.to_string(), problems: vec![problem] };
        let failed = |error: sqlx::Error| refused(format!("rights cannot be given to {role}: {error}"));
        let mut transaction = self.pool.begin().await.map_err(failed)?;
        let found: Option<Grantee> = sqlx::query_as(
            "select quote_ident(r.rolname) as quoted, pg_has_role(r.oid, t.relowner, 'member') as owns, \
                    r.rolsuper or r.rolcreaterole as rules \
               from pg_roles r join pg_class t on t.oid = 'entry'::regclass where r.rolname = $1 limit 1",
        )
        .bind(role)
        .persistent(false)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
        let quoted = match found {
            Some(Grantee { rules: true, .. }) => {
                return Err(refused(format!(
                    "{role} is a superuser, or makes roles, and nothing binds it: {OF_ITS_OWN}"
                )));
            }
            Some(Grantee { owns: true, .. }) => {
                return Err(refused(format!(
                    "{role} owns the tables, or is a member of a role that does: {OF_ITS_OWN}"
                )));
            }
            Some(Grantee { quoted, .. }) => quoted,
            None => {
                return Err(refused(format!("there is no role {role}: `create role … login password '…'` first")));
            }
        };
        for statement in grants(&mut transaction, &quoted).await.map_err(failed)? {
            transaction.execute(AssertSqlSafe(statement)).await.map_err(failed)?;
        }
        // The revokes do not take the rights that it has through another role.
        let may_still: bool = sqlx::query_scalar(
            "select has_table_privilege($1, 'entry', 'update, delete, truncate, trigger') \
                 or has_schema_privilege($1, current_schema(), 'create')",
        )
        .bind(role)
        .persistent(false)
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed)?;
        if may_still {
            let problem = format!(
                "{role} may change or create tables as a member of another role, or by a right this role cannot take: \
                 {OF_ITS_OWN}"
            );
            return Err(refused(problem));
        }
        transaction.commit().await.map_err(failed)
    }
}

/// Returns the statements that give a role the rights it needs and take away the rest.
async fn grants(connection: &mut PgConnection, role: &str) -> sqlx::Result<Vec<String>> {
    let schema: String =
        sqlx::query_scalar("select quote_ident(current_schema())").persistent(false).fetch_one(connection).await?;
    let mut statements = vec![
        format!("revoke create on schema {schema} from {role}, public"),
        format!("grant usage on schema {schema} to {role}"),
    ];
    for (table, rights) in RIGHTS {
        statements.push(format!("revoke all on {table} from {role}, public"));
        statements.push(format!("grant {} on {table} to {role}", rights.join(", ")));
    }
    Ok(statements)
}
