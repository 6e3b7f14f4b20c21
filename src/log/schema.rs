//! Checks that a store's schema is this program's: the same judgement for every engine.

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::columns::row;
use super::open::OpenError;
use super::url::DatabaseUrl;

/// The migrations of an engine, in order. All engines have the same ones, and the files are built in.
macro_rules! migrations {
    ($engine:literal) => {
        $crate::log::schema::migrator(&[
            (1, "log", $crate::log::schema::file!($engine, "0001_log.sql")),
            (2, "span", $crate::log::schema::file!($engine, "0002_span.sql")),
            (3, "views", $crate::log::schema::file!($engine, "0003_views.sql")),
        ])
    };
}
pub(super) use migrations;

macro_rules! file {
    ($engine:literal, $name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/", $engine, "/", $name))
    };
}
pub(super) use file;

/// Makes migrations of versions, descriptions and SQL. The macro of sqlx does the same; see [`row!`] for the reason not
/// to use it.
pub(super) fn migrator(files: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migration = |&(version, description, sql): &(i64, &'static str, &'static str)| {
        Migration::new(version, description.into(), MigrationType::Simple, SqlStr::from_static(sql), false)
    };
    Migrator::with_migrations(files.iter().map(migration).collect())
}

/// Returns the version of the schema that this program knows: its last migration.
#[must_use]
pub fn schema_version() -> i64 {
    migrations!("sqlite").iter().map(|migration| migration.version).max().unwrap_or_default()
}

row! {
    /// A migration as the store lists it.
    #[derive(Debug, Clone)]
    pub(super) struct Applied {
        pub(super) version: i64,
        pub(super) checksum: Vec<u8>,
        pub(super) success: bool,
    }
}

/// A store's description of its schema.
#[derive(Debug)]
pub(super) struct Found {
    /// The migrations that were run; `None` when the table that lists them is missing.
    pub(super) applied: Option<Vec<Applied>>,
    /// Names of its tables.
    pub(super) tables: Vec<String>,
}

/// Tables of a migrated store, each with the migration that makes it.
const TABLES: [(i64, &str); 7] =
    [(1, "program"), (1, "log_head"), (1, "entry"), (1, "account"), (1, "record"), (1, "note"), (2, "span")];

/// A store with fewer of these tables is another program's: some of their names are common.
const TABLES_MIN: usize = 4;

/// The table in which migrations are listed, by this program and by others.
pub(super) const LIST: &str = "_sqlx_migrations";

/// The largest number of tables named in an error.
const SHOWN_MAX: usize = 5;

/// Returns the number of migrations left to run.
///
/// # Errors
/// [`OpenError`] when the store is another program's, is newer, or is half migrated.
pub(super) fn pending(url: &DatabaseUrl, known: &Migrator, found: &Found) -> Result<usize, OpenError> {
    let other_program = || {
        let mut tables: Vec<&str> = found.tables.iter().map(String::as_str).take(SHOWN_MAX).collect();
        if found.tables.len() > SHOWN_MAX {
            tables.push("…");
        }
        Err(OpenError::OtherProgram { url: url.to_string(), tables: tables.join(", ") })
    };
    let unknown = |problem: String| Err(OpenError::Schema { url: url.to_string(), problem });
    let applied = found.applied.as_deref().unwrap_or_default();
    let ran = |version: i64| applied.iter().any(|one| one.version == version);
    let expected: Vec<&str> = TABLES.into_iter().filter(|(by, _)| ran(*by)).map(|(_, table)| table).collect();
    let missing: Vec<&str> =
        expected.iter().filter(|table| !found.tables.iter().any(|found| found == *table)).copied().collect();
    if applied.is_empty() {
        let empty = found.tables.iter().all(|table| table == LIST);
        return if empty { Ok(known.iter().count()) } else { other_program() };
    }
    if expected.len() - missing.len() < TABLES_MIN {
        return other_program();
    }
    for one in applied {
        let version = one.version;
        match known.iter().find(|migration| migration.version == version) {
            None => {
                return unknown(format!("it lists migration {version}; use the version that wrote it, or a newer one"));
            }
            Some(_) if !one.success => {
                return unknown(format!("migration {version} ended half way; restore the backup taken before it"));
            }
            Some(migration) if migration.checksum[..] != one.checksum[..] => {
                return unknown(format!(
                    "its migration {version} is not the one of this program; use the version that wrote it"
                ));
            }
            Some(_) => {}
        }
    }
    if !missing.is_empty() {
        return unknown(format!(
            "it is half migrated, {} missing; restore the backup taken before",
            missing.join(", ")
        ));
    }
    Ok(known.iter().count() - applied.len())
}
