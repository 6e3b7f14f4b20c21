//! Whether acknowledged entries are safe in a database, and whether the role may do its work.

use sqlx::{FromRow, PgConnection};

use super::unreachable;
use crate::log::open::{OpenError, Purpose, shown};

/// The oldest version whose `merge`-free upserts, `starts_with` and privileges this program was tried with.
const VERSION_MIN: i32 = 150_000;

/// Settings that lose what was acknowledged, or break a statement off in the middle, each with the values that do not.
const SETTINGS: [(&str, &[&str], &str); 7] = [
    ("fsync", &["on"], "a crash loses entries that were acknowledged"),
    ("full_page_writes", &["on"], "a crash can tear a page of entries"),
    (
        "synchronous_commit",
        &["on", "remote_apply", "remote_write", "local"],
        "a crash loses entries that were acknowledged",
    ),
    ("statement_timeout", &["0"], "a batch broken off has an unknown outcome"),
    ("transaction_timeout", &["0"], "a batch broken off has an unknown outcome"),
    ("lock_timeout", &["0"], "two servers on one programme wait for each other"),
    (
        "default_transaction_isolation",
        &["read committed"],
        "servers that race for one programme fail instead of waiting",
    ),
];

/// What the server's own role needs, and no more.
pub(super) const RIGHTS: [(&str, &[&str]); 7] = [
    ("_sqlx_migrations", &["select"]),
    ("program", &["select", "insert"]),
    ("log_head", &["select", "insert", "update"]),
    ("entry", &["select", "insert"]),
    ("account", &["select", "insert", "update"]),
    ("record", &["select", "insert", "update"]),
    ("note", &["select", "insert", "delete"]),
];

#[derive(FromRow)]
struct Server {
    role: String,
    version_num: i32,
    version: String,
    encoding: String,
    in_recovery: bool,
    read_only: bool,
    standbys: bool,
}

/// Refuses a server that is too old, read-only, or set so that entries could be lost: every reason at once.
pub(super) async fn check_server(url: &str, connection: &mut PgConnection, purpose: Purpose) -> Result<(), OpenError> {
    let server: Server = sqlx::query_as(
        "select current_user::text as role, current_setting('server_version_num')::int as version_num, \
                current_setting('server_version') as version, current_setting('server_encoding') as encoding, \
                pg_is_in_recovery() as in_recovery, current_setting('transaction_read_only') = 'on' as read_only, \
                current_setting('synchronous_standby_names') <> '' as standbys",
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(|error| unreachable(url, &error))?;
    let mut problems = Vec::new();
    if server.version_num < VERSION_MIN {
        problems.push(format!("PostgreSQL {} is too old: use 15 or later", server.version));
    }
    if server.encoding != "UTF8" {
        problems.push(format!("its encoding is {}: create the database with encoding 'UTF8'", server.encoding));
    }
    if purpose == Purpose::Record {
        if server.in_recovery {
            problems.push("it is a read-only replica: give the address of the primary".into());
        } else if server.read_only {
            let role = &server.role;
            problems.push(format!(
                "its sessions are read-only: `alter role {role} set default_transaction_read_only = off`"
            ));
        }
        problems.extend(unsafe_settings(url, connection, &server).await?);
    }
    refuse(url, problems)
}

async fn unsafe_settings(url: &str, connection: &mut PgConnection, server: &Server) -> Result<Vec<String>, OpenError> {
    let names: Vec<&str> = SETTINGS.iter().map(|(name, ..)| *name).collect();
    let found: Vec<(String, String)> =
        sqlx::query_as("select name, setting from pg_settings where name = any($1) order by name limit 100")
            .bind(&names)
            .fetch_all(connection)
            .await
            .map_err(|error| unreachable(url, &error))?;
    let mut problems = Vec::new();
    for (name, safe, why) in SETTINGS {
        // An older server may not know the setting; then nothing is set.
        let Some((_, value)) = found.iter().find(|(found, _)| found == name) else { continue };
        if !safe.contains(&value.as_str()) {
            let of_server = matches!(name, "fsync" | "full_page_writes");
            let whose = if of_server { "system".to_owned() } else { format!("role {}", server.role) };
            problems.push(format!("{name} is {value}, so {why}: `alter {whose} set {name} = '{}'`", safe[0]));
        }
        if name == "synchronous_commit" && server.standbys && value == "local" {
            let role = &server.role;
            problems.push(format!(
                "synchronous_commit is local, so a failover loses entries that were acknowledged: \
                 `alter role {role} set synchronous_commit = on`"
            ));
        }
    }
    Ok(problems)
}

/// Refuses a role that lacks rights, naming all of them, and warns of one that has too many.
pub(super) async fn check_rights(url: &str, connection: &mut PgConnection, purpose: Purpose) -> Result<(), OpenError> {
    let needed = |right: &str| purpose == Purpose::Record || right == "select";
    let mut tables = Vec::new();
    let mut rights = Vec::new();
    for (table, right) in RIGHTS.iter().flat_map(|(table, rights)| rights.iter().map(move |right| (table, right))) {
        if needed(right) {
            tables.push(*table);
            rights.push(*right);
        }
    }
    let missing: Vec<String> = sqlx::query_scalar(
        "select r.privilege || ' on ' || r.name from unnest($1::text[], $2::text[]) r (name, privilege) \
          where not has_table_privilege(r.name, r.privilege) order by 1 limit 100",
    )
    .bind(&tables)
    .bind(&rights)
    .fetch_all(&mut *connection)
    .await
    .map_err(|error| unreachable(url, &error))?;
    let (role, too_mighty): (String, bool) =
        sqlx::query_as("select current_user::text, has_table_privilege('entry', 'update, delete, truncate')")
            .fetch_one(connection)
            .await
            .map_err(|error| unreachable(url, &error))?;
    if purpose == Purpose::Record && too_mighty {
        tracing::warn!(
            role,
            "the role may change tables: serve with one of its own, as `goodturn migrate --grant-to` makes it"
        );
    }
    if missing.is_empty() {
        return Ok(());
    }
    let problem = format!(
        "role {role} may not {}: run `goodturn migrate --grant-to {role}` with the URL of the role that owns the tables",
        missing.join(", ")
    );
    refuse(url, vec![problem])
}

fn refuse(url: &str, problems: Vec<String>) -> Result<(), OpenError> {
    if problems.is_empty() { Ok(()) } else { Err(OpenError::Unfit { url: shown(url), problems }) }
}
