//! Starting on PostgreSQL: what is refused, by whom it may be served, and who creates what is not there.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use goodturn::ledger::clock::Stopwatch;
use sqlx::ConnectOptions as _;

use crate::support::clients::{Clients, create_program, kudos, record};
use crate::support::postgres::{Cluster, shared};
use crate::support::postgres_commands::{PASSWORD, all_refuse, contents, every_command, grant, migrate, name};
use crate::support::process::{EVERY_LINE, GOODTURN, ServeProcess, goodturn, kill, of_its_own};

/// A cluster that asks `ann` for her password.
static GUARDED: LazyLock<Cluster> = LazyLock::new(|| {
    let cluster = Cluster::start(&["password_encryption = 'scram-sha-256'"]);
    cluster.psql("postgres", &format!("create role ann login password '{PASSWORD}'"));
    cluster.psql("postgres", "create database points owner ann");
    cluster.admit(&["host all ann 127.0.0.1/32 scram-sha-256"]);
    cluster
});

#[test]
fn a_database_that_cannot_be_reached_is_refused_at_once_with_what_to_do() {
    let user = format!("ann:{PASSWORD}");
    let port = GUARDED.port();
    let at = |host: &str, database: &str| format!("postgres://{user}@{host}/{database}");
    let guarded = format!("127.0.0.1:{port}");
    for (url, expected) in [
        (at("127.0.0.1:1", "points"), ["Connection refused", "check host and port"]),
        (at("no-such-host.invalid", "points"), ["failed to lookup address", "check host and port"]),
        (at(&guarded, "nope"), ["database \"nope\" does not exist", "create it first, or correct its name"]),
        (
            format!("postgres://ann:not-{PASSWORD}@{guarded}/points").replace(PASSWORD, "it"),
            ["password authentication failed for user \"ann\"", "correct the role's name or its password"],
        ),
        (at(&guarded, "points?sslmode=require"), ["server does not support TLS", "check `sslmode`"]),
        (at(&guarded, "points?sslmod=require&"), ["\"sslmod\" is no parameter", "sslmode, sslrootcert"]),
        (at(&guarded, "points?sslmode=verify-full&sslrootcert=/none"), ["server does not support TLS", "check"]),
        (at("%2Fnone", "points"), ["No such file or directory", "check the paths in the URL: `host`"]),
    ] {
        let watch = Stopwatch::start();
        all_refuse(&url, &expected);
        assert!(watch.elapsed() < Duration::from_secs(5 * 8), "{url}: {:?} for five commands", watch.elapsed());
    }
}

#[test]
fn a_password_is_in_no_output_of_a_server_that_runs() {
    let url = format!("postgres://127.0.0.1:{}/points?user=ann&password={PASSWORD}", GUARDED.port());
    let mut server = Command::new(GOODTURN);
    of_its_own(&mut server).args(["serve", "--listen", "127.0.0.1:0", "--log", EVERY_LINE, "--database", &url]);
    let mut server = server.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = std::io::BufReader::new(server.stdout.take().unwrap());
    let mut first = String::new();
    std::io::BufRead::read_line(&mut said, &mut first).unwrap();
    assert!(first.contains("listening on"), "{first}");
    assert!(kill(server.id(), "-TERM"));
    let logs = String::from_utf8(server.wait_with_output().unwrap().stderr).unwrap();
    std::io::Read::read_to_string(&mut said, &mut first).unwrap();
    for told in [first, logs] {
        assert!(told.len() > 100, "{told}");
        assert!(!told.contains(PASSWORD), "{told}");
    }
}

#[test]
fn a_database_of_another_program_is_refused_and_left_as_it_is() {
    let foreign = "create table customers (id int)";
    let list = "create table _sqlx_migrations (version bigint primary key, description text not null, \
                installed_on timestamptz not null default now(), success boolean not null, checksum bytea not null, \
                execution_time bigint not null)";
    let listed = "insert into _sqlx_migrations values (1, 'customers', now(), true, '\\x00', 1)";
    let common = "create table account (id int); create table note (id int)";
    for tables in [vec![foreign], vec![foreign, list], vec![foreign, list, listed], vec![foreign, common, list, listed]]
    {
        let url = shared().create_database();
        for sql in tables {
            shared().psql(name(&url), sql);
        }
        let before = contents(name(&url));
        all_refuse(&url, &["holds tables of another program (", "customers", "give an empty database"]);
        assert_eq!(contents(name(&url)), before);
    }
}

#[tokio::test]
async fn an_sqlite_file_of_another_program_is_refused_and_left_as_it_is() {
    let list = "create table _sqlx_migrations (version bigint primary key, description text not null, \
                installed_on timestamp not null default current_timestamp, success boolean not null, \
                checksum blob not null, execution_time bigint not null)";
    let listed = "insert into _sqlx_migrations values (1, 'customers', '2026-01-01', true, x'00', 1)";
    for tables in [&["create table customers (id)"][..], &["create table customers (id)", list, listed]] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("theirs.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        for sql in tables {
            sqlx::query(sqlx::AssertSqlSafe(*sql)).execute(&mut connection).await.unwrap();
        }
        sqlx::Connection::close(connection).await.unwrap();
        let before = std::fs::read(&file).unwrap();
        all_refuse(&format!("sqlite://{}", file.display()), &["holds tables of another program", "customers"]);
        assert!(std::fs::read(&file).unwrap() == before, "not a byte is changed, the mode of its journal included");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_role_without_rights_is_told_every_one_it_lacks_and_who_gives_them() {
    let url = shared().create_database();
    let database = name(&url).to_owned();
    let role = format!("poor_{database}");
    shared().psql(&database, &format!("create role {role} login"));
    let served = shared().url(&role, &database);
    let advice = format!("run `goodturn migrate --grant-to {role}` with the URL of the role that owns the tables");
    all_refuse(&served, &["is no Goodturn database, or an older one", &advice]);
    assert_eq!(contents(&database).trim(), "", "nothing is created");

    migrate(&url);
    all_refuse(&served, &[&format!("role {role} may not read the list of migrations"), &advice]);

    shared().psql(&database, &format!("grant select on _sqlx_migrations to {role}"));
    shared().psql(&database, &format!("grant insert on entry to {role}"));
    let missing = "delete on note, insert on account, insert on log_head, insert on note, insert on program, \
                   insert on record, insert on span, select on account, select on entry, select on log_head, select on note, \
                   select on program, select on record, select on span, update on account, update on log_head, \
                   update on record, update on span";
    for (command, ended) in every_command(&served) {
        let reads = ["verify", "export"].contains(&command);
        let missing: Vec<&str> = missing.split(", ").filter(|right| !reads || right.starts_with("select")).collect();
        let expected = format!("- role {role} may not {}: {advice}", missing.join(", "));
        assert!(ended.stderr.contains(&expected), "{command}: {}", ended.stderr);
    }
}

#[test]
fn who_may_read_only_can_verify_and_not_serve() {
    let url = shared().create_database();
    migrate(&url);
    let database = name(&url);
    let role = format!("auditor_{database}");
    shared().psql(database, &format!("create role {role} login"));
    shared().psql(database, &format!("grant select on all tables in schema public to {role}"));
    let audited = shared().url(&role, database);
    let told = goodturn(Path::new("/"), &["verify", "--database", &audited]).refused();
    assert!(told.contains("nothing was verified"), "{told}");
    let refused = goodturn(Path::new("/"), &["serve", "--listen", "127.0.0.1:0", "--database", &audited]);
    assert!(refused.stderr.contains("may not delete on note, insert on account, "), "{}", refused.stderr);
}

#[tokio::test]
async fn the_role_that_serves_can_change_nothing_that_was_recorded() {
    // INV 59
    let url = shared().create_database();
    let database = name(&url).to_owned();
    // Each of these names breaks something that is not quoted.
    for (n, odd) in ["app", "we ird", "qu\"ote", "ap'os", "Üpper"].into_iter().enumerate() {
        let role = format!("{odd} {database}");
        shared().psql(&database, &format!("create role \"{}\" login", role.replace('"', "\"\"")));
        // What it had before it loses.
        shared().psql(&database, &format!("grant create on schema public to \"{}\"", role.replace('"', "\"\"")));
        grant(&url, &role).done();
        let may = |sql: &str| shared().psql_as(&role, &database, sql);
        let served = format!("postgres://127.0.0.1:{}/{database}?{}", shared().port(), user(&role));
        let server = ServeProcess::start(&served);
        let clients = Clients::connect(server.address).await;
        if n == 0 {
            create_program(&clients).await;
        }
        let activity = kudos(&format!("k{n}"), "ben", "2018-04-01T00:00:00Z");
        clients.ledger().record_activity(record(activity)).await.unwrap();
        for sql in FORBIDDEN {
            let refused = may(sql).expect_err(sql);
            assert!(refused.contains("permission denied") || refused.contains("must be owner"), "{sql}: {refused}");
        }
        assert!(may("select count(*) from entry").unwrap().parse::<u32>().unwrap() > 2);
    }
    for sql in CHANGES {
        let refused = shared().psql_as("postgres", &database, sql).expect_err(sql);
        assert!(refused.contains("is refused: it is append-only"), "a superuser, {sql}: {refused}");
    }
}

/// A parameter of a URL that names a user, whatever is in the name.
pub fn user(role: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair("user", role).finish()
}

/// What not even the owner can do: a trigger refuses it.
const CHANGES: [&str; 12] = [
    "update entry set amount = 1",
    "delete from entry",
    "truncate entry",
    "insert into entry select * from entry limit 1 on conflict (program_id, seq) do update set amount = 1",
    "update program set secret = secret",
    "delete from program",
    "truncate program cascade",
    "insert into program select * from program on conflict (program_id) do update set secret = excluded.secret",
    "delete from log_head",
    "truncate log_head",
    "update log_head set head_seq = head_seq - 1",
    "update log_head set format = format - 1",
];

/// What the role that serves has no right to.
const FORBIDDEN: [&str; 18] = [
    "update entry set amount = 1",
    "delete from entry",
    "truncate entry",
    "insert into entry select * from entry limit 1 on conflict (program_id, seq) do update set amount = 1",
    "update program set secret = secret",
    "delete from program",
    "truncate program cascade",
    "insert into program select * from program on conflict (program_id) do update set secret = excluded.secret",
    "delete from log_head",
    "truncate log_head",
    "truncate account, record, note",
    "create table mine (id int)",
    "drop table entry",
    "alter table entry disable trigger all",
    "create trigger mine before insert on entry for each row execute function goodturn_refuse()",
    "drop function goodturn_refuse cascade",
    "update _sqlx_migrations set success = false",
    "set session_replication_role = replica",
];
