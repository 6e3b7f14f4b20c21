//! Every command on a PostgreSQL database: who may run it, who is refused, and what is left there.

use std::path::Path;

use super::postgres::shared;
use super::process::{EVERY_LINE, Ended, goodturn};

/// A password that must not be seen anywhere.
pub const PASSWORD: &str = "s3cret-w0rd";

/// Runs every command on a database.
pub fn every_command(url: &str) -> Vec<(&'static str, Ended)> {
    let folder = tempfile::tempdir().unwrap();
    let commands: [(&str, &[&str]); 5] = [
        ("serve", &["serve", "--listen", "127.0.0.1:0", "--log", EVERY_LINE]),
        ("migrate", &["migrate"]),
        ("demo", &["demo", "--output", "out"]),
        ("verify", &["verify"]),
        ("export", &["export", "leaderboard", "--program", "qc"]),
    ];
    let run = |args: &[&str]| goodturn(folder.path(), &[args, &["--database", url]].concat());
    commands.map(|(name, args)| (name, run(args))).into_iter().collect()
}

/// Every command refuses a database, and says each of these.
#[track_caller]
pub fn all_refuse(url: &str, expected: &[&str]) {
    for (command, ended) in every_command(url) {
        assert_eq!(ended.code, Some(1), "{command}: {}", ended.stderr);
        for expected in expected {
            assert!(ended.stderr.contains(expected), "{command} does not say {expected:?}: {}", ended.stderr);
        }
        for told in [&ended.stderr, &String::from_utf8_lossy(&ended.stdout).into_owned()] {
            assert!(!told.contains(PASSWORD), "{command} shows the password: {told}");
        }
    }
}

/// Brings a database's schema up to date.
#[track_caller]
pub fn migrate(url: &str) {
    goodturn(Path::new("/"), &["migrate", "--database", url]).done();
}

/// The same, and gives a role the rights that serving needs.
#[track_caller]
pub fn grant(url: &str, role: &str) -> Ended {
    goodturn(Path::new("/"), &["migrate", "--database", url, "--grant-to", role])
}

/// The database a URL names.
pub fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap()
}

/// Everything there is in a database, as text.
pub fn contents(database: &str) -> String {
    let sql = "select string_agg((oid, relname, relkind, relhastriggers, relacl, relfilenode)::text, ';' order by oid) \
                 from pg_class where relnamespace = 'public'::regnamespace";
    let listed = "select string_agg(m::text, ';') from _sqlx_migrations m";
    let migrations = shared().psql_as("postgres", database, listed).unwrap_or_default();
    format!("{} {migrations}", shared().psql(database, sql))
}
