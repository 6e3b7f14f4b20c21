//! Checks that acknowledged entries are safe in a database, and that the role has the rights it needs.

use std::sync::{Arc, Mutex, MutexGuard};

use sqlx::PgConnection;

use super::address::Address;
use super::in_time;
use crate::failpoints;
use crate::log::columns::row;
use crate::log::open::{OpenError, Purpose};

/// The oldest version whose `merge`-free upserts, `starts_with` and privileges this program was tried with.
const VERSION_MIN: i32 = 150_000;

/// The loss when the disk's cache or the server fails.
const LOST: &str = "a crash loses entries that were acknowledged";

/// The outcome of a batch whose statement was broken off.
const BROKEN_OFF: &str = "a batch broken off has an unknown outcome";

/// Settings, each with its safe values. Other values lose acknowledged entries, break a statement off in the middle, or
/// let entries be changed.
const SETTINGS: [(&str, &[&str], &str); 8] = [
    ("fsync", &["on"], LOST),
    ("full_page_writes", &["on"], "a crash can tear a page of entries"),
    ("synchronous_commit", &["on", "remote_apply", "remote_write", "local"], LOST),
    ("statement_timeout", &["0"], BROKEN_OFF),
    ("transaction_timeout", &["0"], BROKEN_OFF),
    ("lock_timeout", &["0"], "two servers on one programme fail, where one should wait for the other"),
    ("default_transaction_isolation", &["read committed"], "two servers on one programme fail, where one should wait"),
    ("session_replication_role", &["origin"], "the triggers that keep entries as they are do not fire"),
];

/// Settings that apply to all databases of a server.
const OF_THE_SERVER: [&str; 2] = ["fsync", "full_page_writes"];

/// The rights that the server's own role needs, and no more.
pub(super) const RIGHTS: [(&str, &[&str]); 8] = [
    ("_sqlx_migrations", &["select"]),
    ("program", &["select", "insert"]),
    ("log_head", &["select", "insert", "update"]),
    ("entry", &["select", "insert"]),
    ("account", &["select", "insert", "update"]),
    ("record", &["select", "insert", "update"]),
    ("note", &["select", "insert", "delete"]),
    ("span", &["select", "insert", "update"]),
];

row! {
    /// A server's description of itself.
    #[derive(Debug)]
    struct Server {
        /// The role of this session, quoted as SQL wants it.
        role: String,
        version_num: i32,
        version: String,
        encoding: String,
        in_recovery: bool,
        read_only: bool,
        standbys: bool,
        /// Names of the [`SETTINGS`] that it knows.
        names: Vec<String>,
        settings: Vec<String>,
    }
}

/// Refuses a server that is too old, read-only, or set so that entries could be lost. Names every reason at once.
/// Returns the role of the session, quoted.
pub(super) async fn check_server(
    address: &Address,
    connection: &mut PgConnection,
    purpose: Purpose,
) -> Result<String, OpenError> {
    let server = asked(connection).await.map_err(|error| address.unreachable(&error))?;
    let problems = server.problems(purpose);
    if problems.is_empty() { Ok(server.role) } else { Err(address.unfit(problems)) }
}

/// Has a server describe itself.
async fn asked(connection: &mut PgConnection) -> sqlx::Result<Server> {
    let names: Vec<&str> = SETTINGS.iter().map(|(name, ..)| *name).collect();
    let asked = sqlx::query_as(
        "select quote_ident(current_user) as role, current_setting('server_version_num')::int as version_num, \
                current_setting('server_version') as version, current_setting('server_encoding') as encoding, \
                pg_is_in_recovery() as in_recovery, current_setting('transaction_read_only') = 'on' as read_only, \
                current_setting('synchronous_standby_names') <> '' as standbys, \
                array_agg(name order by name) as names, array_agg(setting order by name) as settings \
           from pg_settings where name = any($1)",
    )
    .bind(&names)
    .persistent(false)
    .fetch_one(connection);
    in_time(asked).await
}

/// What is known of the server that the connections lead to. A failover may lead them to another, which is set otherwise.
#[derive(Debug, Clone, Default)]
pub(super) struct Fit(Arc<Mutex<Option<String>>>);

impl Fit {
    /// Returns why nothing may be written now, with the remedy.
    pub(super) fn problem(&self) -> Option<String> {
        self.lock().clone()
    }

    /// Looks at the server of a connection.
    ///
    /// # Errors
    /// It does not answer.
    pub(super) async fn look(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        if failpoints::is_set("postgres-careless") {
            // Here a power cut must lose acknowledged entries.
            return Ok(());
        }
        let problems = asked(connection).await?.problems(Purpose::Record);
        let problem = (!problems.is_empty())
            .then(|| format!("the database must not be written as it is: {}", problems.join("; ")));
        *self.lock() = problem;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().expect("nothing panics while it holds the lock")
    }
}

impl Server {
    /// Returns every reason not to use the server, each with its remedy.
    fn problems(&self, purpose: Purpose) -> Vec<String> {
        let mut problems = Vec::new();
        if self.version_num < VERSION_MIN {
            problems.push(format!("PostgreSQL {} is too old: use 15 or later", self.version));
        }
        if self.encoding != "UTF8" {
            problems.push(format!("its encoding is {}: create the database with encoding 'UTF8'", self.encoding));
        }
        if purpose == Purpose::Read {
            return problems;
        }
        let role = &self.role;
        if self.in_recovery {
            problems.push("it is a read-only replica: give the address of the primary".into());
        } else if self.read_only {
            problems.push(format!(
                "its sessions are read-only: `alter role {role} set default_transaction_read_only = off`"
            ));
        }
        problems.extend(SETTINGS.iter().filter_map(|(name, safe, why)| self.unsafe_setting(name, safe, why)));
        problems
    }

    fn unsafe_setting(&self, name: &str, safe: &[&str], why: &str) -> Option<String> {
        // An older server may not know the setting. Then nothing is set.
        let place = self.names.iter().position(|known| known == name)?;
        let value = self.settings.get(place)?;
        // With standbys, a failover loses a commit that did not wait for them.
        let (safe, why) = match (name, self.standbys) {
            ("synchronous_commit", true) => (&safe[..3], "a failover loses entries that were acknowledged"),
            _ => (safe, why),
        };
        if safe.contains(&value.as_str()) {
            return None;
        }
        let whose = if OF_THE_SERVER.contains(&name) { "system".into() } else { format!("role {}", self.role) };
        Some(format!("{name} is {value}, so {why}: `alter {whose} set {name} = '{}'`", safe[0]))
    }
}

/// Refuses a role that lacks rights, and names all of them. Warns of a role that has too many.
pub(super) async fn check_rights(
    address: &Address,
    connection: &mut PgConnection,
    role: &str,
    purpose: Purpose,
) -> Result<(), OpenError> {
    let needed = |right: &str| purpose == Purpose::Record || right == "select";
    let rights = || {
        let each = |(table, rights): &(&'static str, &'static [&'static str])| {
            let table = *table;
            rights.iter().map(move |right| (table, *right))
        };
        RIGHTS.iter().flat_map(each).filter(|(_, right)| needed(right))
    };
    let missing = sqlx::query_scalar(
        "select r.privilege || ' on ' || r.name from unnest($1::text[], $2::text[]) r (name, privilege) \
          where not has_table_privilege(r.name, r.privilege) order by 1 limit 100",
    )
    .bind(rights().map(|(table, _)| table).collect::<Vec<_>>())
    .bind(rights().map(|(_, right)| right).collect::<Vec<_>>())
    .persistent(false)
    .fetch_all(&mut *connection);
    let missing: Vec<String> = in_time(missing).await.map_err(|error| address.unreachable(&error))?;
    if !missing.is_empty() {
        return Err(address.unfit(vec![format!("role {role} may not {}: {}", missing.join(", "), grant(role))]));
    }
    let too_mighty = sqlx::query_scalar("select has_table_privilege('entry', 'update, delete, truncate')")
        .persistent(false)
        .fetch_one(connection);
    let too_mighty: bool = in_time(too_mighty).await.map_err(|error| address.unreachable(&error))?;
    if purpose == Purpose::Record && too_mighty {
        tracing::warn!(
            role,
            "the role may change tables: serve with one of its own, as `goodturn migrate --grant-to` makes it"
        );
    }
    Ok(())
}

/// Returns the advice on how a role gets its rights.
pub(super) fn grant(role: &str) -> String {
    format!("run `goodturn migrate --grant-to {role}` with the URL of the role that owns the tables")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server as it should be.
    fn good() -> Server {
        Server {
            role: "app".into(),
            version_num: 150_018,
            version: "15.18 (Debian 15.18-0+deb12u1)".into(),
            encoding: "UTF8".into(),
            in_recovery: false,
            read_only: false,
            standbys: false,
            names: SETTINGS.iter().map(|(name, ..)| (*name).to_owned()).collect(),
            settings: SETTINGS.iter().map(|(_, safe, _)| safe[0].to_owned()).collect(),
        }
    }

    fn with(name: &str, value: &str) -> Server {
        let mut server = good();
        let place = server.names.iter().position(|known| known == name).expect("it is one of the list");
        server.settings[place] = value.to_owned();
        server
    }

    #[test]
    fn a_server_as_it_should_be_has_no_problem() {
        assert_eq!(good().problems(Purpose::Record), [""; 0]);
        assert_eq!(Server { standbys: true, ..good() }.problems(Purpose::Record), [""; 0]);
    }

    #[test]
    fn a_server_that_is_too_old_is_refused_for_reading_too() {
        let old = Server { version_num: 140_011, version: "14.11".into(), ..good() };
        for purpose in [Purpose::Record, Purpose::Read] {
            assert_eq!(old.problems(purpose), ["PostgreSQL 14.11 is too old: use 15 or later"]);
        }
        let newer = Server { version_num: 180_000, version: "18.0".into(), ..good() };
        assert_eq!(newer.problems(Purpose::Record), [""; 0]);
    }

    #[test]
    fn another_encoding_is_refused() {
        let latin = Server { encoding: "LATIN1".into(), ..good() };
        assert_eq!(latin.problems(Purpose::Read), ["its encoding is LATIN1: create the database with encoding 'UTF8'"]);
    }

    #[test]
    fn every_unsafe_setting_is_refused_with_what_to_do_but_only_where_something_is_recorded() {
        for (name, value, whose) in [
            ("fsync", "off", "system"),
            ("full_page_writes", "off", "system"),
            ("synchronous_commit", "off", "role app"),
            ("statement_timeout", "100", "role app"),
            ("transaction_timeout", "100", "role app"),
            ("lock_timeout", "100", "role app"),
            ("default_transaction_isolation", "serializable", "role app"),
            ("session_replication_role", "replica", "role app"),
        ] {
            let problems = with(name, value).problems(Purpose::Record);
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].starts_with(&format!("{name} is {value}, so ")), "{problems:?}");
            assert!(problems[0].contains(&format!("`alter {whose} set {name} = ")), "{problems:?}");
            assert_eq!(with(name, value).problems(Purpose::Read), [""; 0]);
        }
    }

    #[test]
    fn with_standbys_a_commit_must_wait_for_them() {
        for (value, lone, replicated) in [("on", 0, 0), ("remote_write", 0, 0), ("local", 0, 1), ("off", 1, 1)] {
            let server = with("synchronous_commit", value);
            assert_eq!(server.problems(Purpose::Record).len(), lone, "{value}");
            let server = Server { standbys: true, ..server };
            assert_eq!(server.problems(Purpose::Record).len(), replicated, "{value}");
        }
    }

    #[test]
    fn a_replica_and_a_read_only_role_are_told_apart() {
        let replica = Server { in_recovery: true, read_only: true, ..good() };
        assert_eq!(replica.problems(Purpose::Record), ["it is a read-only replica: give the address of the primary"]);
        assert_eq!(replica.problems(Purpose::Read), [""; 0]);
        let read_only = Server { read_only: true, ..good() };
        let expected = "its sessions are read-only: `alter role app set default_transaction_read_only = off`";
        assert_eq!(read_only.problems(Purpose::Record), [expected]);
    }

    #[test]
    fn a_setting_the_server_does_not_know_is_no_problem() {
        let mut server = good();
        (server.names, server.settings) = (Vec::new(), Vec::new());
        assert_eq!(server.problems(Purpose::Record), [""; 0]);
    }
}
