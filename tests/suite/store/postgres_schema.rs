//! PostgreSQL as it is found: whom rights are given to, servers that must not be used, schemas that are not this program's.

use std::path::Path;

use crate::support::clients::{Clients, create_program, kudos, record};
use crate::support::postgres::{Cluster, shared};
use crate::support::postgres_commands::{all_refuse, contents, every_command, grant, migrate, name};
use crate::support::process::{ServeProcess, goodturn};
use crate::support::reads::verified;

#[test]
fn rights_are_not_given_to_whom_nothing_binds() {
    let url = shared().create_database();
    let database = name(&url);
    let role = |kind: &str, options: &str| {
        let role = format!("{kind}_{database}");
        shared().psql(database, &format!("create role {role} login {options}"));
        role
    };
    let owner = role("owner", "");
    shared().psql(database, &format!("grant all on schema public to {owner}"));
    let owned = shared().url(&owner, database);
    migrate(&owned);
    let own = "make a role for the server alone, `create role … login password '…'`";
    let refused = |url: &str, role: &str, why: &str| {
        let told = grant(url, role).refused();
        assert!(told.contains(&format!("\n- {role} {why}")) && told.contains(own), "{role}: {told}");
    };
    refused(&owned, &owner, "owns the tables, or is a member of a role that does");
    refused(&owned, &role("child", &format!("in role {owner}")), "owns the tables, or is a member");
    refused(&owned, "postgres", "is a superuser, or makes roles, and nothing binds it");
    refused(&owned, &role("maker", "createrole"), "is a superuser, or makes roles");
    refused(&owned, &role("writer", "in role pg_write_all_data"), "may change or create tables as a member of another");
    let told = grant(&owned, "nobody at all").refused();
    assert!(told.contains("there is no role nobody at all: `create role … login password '…'` first"), "{told}");
    let stranger = role("stranger", "");
    let told = grant(&shared().url(&stranger, database), &stranger).refused();
    assert!(told.contains(&format!("role {stranger} may not read the list of migrations")), "{told}");
    let told = goodturn(Path::new("/"), &["migrate", "--database", "sqlite://none.db", "--grant-to", "app"]).refused();
    assert_eq!(told, "goodturn: --grant-to: only PostgreSQL has roles, and sqlite://none.db is none\n");
    assert!(!Path::new("/none.db").exists());
}

#[test]
fn a_replica_is_verified_and_not_written_to() {
    let primary = Cluster::start(&[]);
    let url = primary.create_database();
    migrate(&url);
    let standby = primary.basebackup_standby();
    let replica = standby.url("postgres", name(&url));
    for (command, ended) in every_command(&replica) {
        match command {
            "verify" => assert!(ended.refused().contains("nothing was verified")),
            "export" => assert!(ended.refused().contains("qc does not exist")),
            _ => {
                let expected =
                    "must not be used as it is:\n- it is a read-only replica: give the address of the primary";
                assert!(ended.stderr.contains(expected), "{command}: {}", ended.stderr);
            }
        }
    }
}

#[test]
fn settings_that_lose_entries_are_all_listed_at_once() {
    let url = shared().create_database();
    migrate(&url);
    let database = name(&url);
    let settings = [
        ("synchronous_commit", "off", "a crash loses entries"),
        ("statement_timeout", "'1min'", "a batch broken off has an unknown outcome"),
        ("lock_timeout", "'10s'", "two servers on one programme fail"),
        ("default_transaction_isolation", "'serializable'", "two servers on one programme fail"),
        ("default_transaction_read_only", "on", "its sessions are read-only"),
        ("session_replication_role", "replica", "the triggers that keep entries as they are do not fire"),
    ];
    for (setting, value, _) in settings {
        shared().psql("postgres", &format!("alter database {database} set {setting} = {value}"));
    }
    for (command, ended) in every_command(&url) {
        match command {
            "verify" => assert!(ended.refused().contains("nothing was verified")),
            "export" => assert!(ended.refused().contains("qc does not exist")),
            _ => {
                for (setting, _, why) in settings {
                    assert!(ended.stderr.contains(why), "{command} does not tell of {setting}: {}", ended.stderr);
                    let mends = format!("`alter role postgres set {setting} = ");
                    assert!(ended.stderr.contains(&mends), "{command}: {}", ended.stderr);
                }
                assert_eq!(
                    ended.stderr.matches("\n- ").count() + ended.stderr.matches("\\n- ").count(),
                    settings.len()
                );
            }
        }
    }
}

#[test]
fn a_cluster_that_does_not_flush_is_refused() {
    let cluster = Cluster::start(&["fsync = off", "full_page_writes = off"]);
    let url = cluster.create_database();
    let told = goodturn(Path::new("/"), &["migrate", "--database", &url]).refused();
    let fsync = "- fsync is off, so a crash loses entries that were acknowledged: `alter system set fsync = 'on'`";
    assert!(told.contains(fsync) && told.contains("full_page_writes is off"), "{told}");
    assert_eq!(cluster.psql(name(&url), "select count(*) from pg_tables where schemaname = 'public'"), "0");
}

#[test]
fn a_schema_that_is_newer_or_half_migrated_is_refused_by_every_command_and_left_as_it_is() {
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
                 values (9001, 'from the future', true, '\\x00', 0)";
    for (sql, expected) in [
        (newer, "it lists migration 9001; use the version that wrote it, or a newer one"),
        ("update _sqlx_migrations set success = false", "migration 1 ended half way; restore the backup taken before"),
        ("update _sqlx_migrations set checksum = '\\x00'", "its migration 1 is not the one of this program"),
        ("drop table note", "it is half migrated, note missing; restore the backup taken before"),
        ("drop table note, record", "it is half migrated, record, note missing; restore"),
    ] {
        let url = shared().create_database();
        migrate(&url);
        shared().psql(name(&url), sql);
        let before = contents(name(&url));
        all_refuse(&url, &["has a schema this program does not know: ", expected]);
        assert_eq!(contents(name(&url)), before);
    }
}

#[tokio::test]
async fn of_many_that_start_at_once_on_an_empty_database_one_migrates_and_all_succeed() {
    let url = shared().create_database();
    let (migrated, served) = std::thread::scope(|scope| {
        let migrating: Vec<_> =
            (0..8).map(|_| scope.spawn(|| goodturn(Path::new("/"), &["migrate", "--database", &url]))).collect();
        let serving: Vec<_> = (0..4).map(|_| scope.spawn(|| ServeProcess::start(&url))).collect();
        let migrated: Vec<_> = migrating.into_iter().map(|one| one.join().unwrap()).collect();
        (migrated, serving.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>())
    });
    for ended in migrated {
        assert_eq!(ended.done(), format!("{url} is up to date\n"));
    }
    assert_eq!(shared().psql(name(&url), "select count(*) from _sqlx_migrations where success"), "3");
    for (n, server) in served.iter().enumerate() {
        let clients = Clients::connect(server.address).await;
        if n == 0 {
            create_program(&clients).await;
        }
        let activity = kudos(&format!("k{n}"), "ben", "2018-04-01T00:00:00Z");
        clients.ledger().record_activity(record(activity)).await.unwrap();
        verified(&clients).await;
    }
}
