//! URLs of databases: read in one place, and shown without their secrets.

use std::fmt;

use url::Url;

use super::open::OpenError;

/// Parameters of a PostgreSQL URL that hold no secret. Others are not shown.
const SHOWN: [&str; 11] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// Kinds of stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// An embedded SQLite file.
    Sqlite,
    /// A PostgreSQL database.
    Postgres,
}

/// URL of a database, as `sqlite://goodturn.db` or `postgres://user@host/name`, right or mistyped.
///
/// It is shown without its secrets. A mistyped one is not shown at all: nobody can tell where its password is.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    text: String,
    /// The engine and the URL as it is shown, or what is wrong.
    read: Result<(Engine, String), String>,
    cache: Cache,
}

/// Memory in which a server keeps what it has read, in megabytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cache {
    megabytes: u32,
}

impl Cache {
    /// The least: with less, each commit reads from the file what the last one has read.
    pub const MIN: u32 = 16;

    /// The most: a terabyte.
    pub const MAX: u32 = 1 << 20;

    /// Makes a cache of so many megabytes, [`Cache::MIN`] to [`Cache::MAX`].
    #[must_use]
    pub fn of_megabytes(megabytes: u32) -> Self {
        Self { megabytes: megabytes.clamp(Self::MIN, Self::MAX) }
    }

    /// Returns the megabytes.
    #[must_use]
    pub const fn megabytes(self) -> u32 {
        self.megabytes
    }

    /// Kilobytes of pages that the connection that writes keeps: half of all.
    pub(super) const fn writer_kilobytes(self) -> u32 {
        self.megabytes * 512
    }

    /// Kilobytes of pages that each connection that reads keeps: a sixteenth of all.
    pub(super) const fn reader_kilobytes(self) -> u32 {
        self.megabytes * 64
    }

    /// Accounts of each programme that are kept. At about 300 bytes each, 0.3 of all.
    #[must_use]
    pub fn accounts(self) -> usize {
        usize::try_from(self.megabytes).map_or(usize::MAX, |megabytes| megabytes * 1_000)
    }
}

impl Default for Cache {
    /// Fits a server with a gigabyte of memory, and a community of a quarter of a million active members.
    fn default() -> Self {
        Self { megabytes: 256 }
    }
}

impl DatabaseUrl {
    /// Returns the URL, to be opened with another cache.
    #[must_use]
    pub fn with_cache(self, cache: Cache) -> Self {
        Self { cache, ..self }
    }

    /// Returns the cache with which it is opened.
    #[must_use]
    pub const fn cache(&self) -> Cache {
        self.cache
    }

    /// Returns the engine that the URL names.
    ///
    /// # Errors
    /// [`OpenError::Url`] says what is wrong with the URL.
    pub fn engine(&self) -> Result<Engine, OpenError> {
        let problem = |problem: &String| OpenError::Url { problem: problem.clone() };
        self.read.as_ref().map(|(engine, _)| *engine).map_err(problem)
    }

    /// Returns the whole URL of a database of this engine, to connect by.
    pub(super) fn with_secrets(&self, engine: Engine) -> Result<&str, OpenError> {
        if self.engine()? == engine {
            return Ok(&self.text);
        }
        let wanted = match engine {
            Engine::Sqlite => "an SQLite file",
            Engine::Postgres => "a PostgreSQL database",
        };
        Err(OpenError::Url { problem: format!("does not name {wanted}") })
    }
}

impl<T: Into<String>> From<T> for DatabaseUrl {
    fn from(text: T) -> Self {
        let text = text.into();
        let read = if text.starts_with("sqlite:") { sqlite(&text) } else { postgres(&text) };
        Self { text, read, cache: Cache::default() }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.read.as_ref().map_or("a malformed URL", |(_, shown)| shown))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

fn sqlite(text: &str) -> Result<(Engine, String), String> {
    let behind_scheme = text.trim_start_matches("sqlite:");
    if behind_scheme.rfind('@').is_some_and(|at| behind_scheme[..at].contains(':')) {
        return Err("has a : before an @, as an address with a password has, and sqlite: names a file; for PostgreSQL begin with \
                    postgres:"
            .into());
    }
    if text.contains(":memory:") || text.contains("mode=memory") {
        return Err("names a database in memory, where nothing is kept".into());
    }
    Ok((Engine::Sqlite, text.into()))
}

fn postgres(text: &str) -> Result<(Engine, String), String> {
    let has_scheme = |scheme: &str| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    if !has_scheme("postgres:") && !has_scheme("postgresql:") {
        return Err("begins with neither sqlite: nor postgres:".into());
    }
    let mut url = Url::parse(text).map_err(|error| format!("cannot be read: {error}"))?;
    let behind_host = [Some(url.path()), url.query(), url.fragment()];
    if url.fragment().is_some() || behind_host.into_iter().flatten().any(|part| part.contains('@')) {
        let escapes = "in a name, a password or a parameter, write / as %2F, ? as %3F, # as %23 and @ as %40";
        return Err(format!("has an @ or a # behind the host; {escapes}"));
    }
    if url.cannot_be_a_base() {
        return Err("has no // behind its scheme".into());
    }
    if url.password().is_some() {
        // The URL has a password, so another one can be set.
        let _hidden = url.set_password(Some("***"));
    }
    let pairs = url.query_pairs().into_owned();
    let shown: Vec<(String, String)> = pairs.filter(|(name, _)| SHOWN.contains(&name.as_str())).collect();
    url.set_query(None);
    if !shown.is_empty() {
        url.query_pairs_mut().extend_pairs(shown);
    }
    Ok((Engine::Postgres, url.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_secrets() {
        for (url, expected) in [
            ("postgres://ann:s3cret@db/points?sslmode=require", "postgres://ann:***@db/points?sslmode=require"),
            ("postgresql://ann:s3cret@db/points", "postgresql://ann:***@db/points"),
            ("Postgres://ann:s3cret@db/points", "postgres://ann:***@db/points"),
            ("postgres://db/points?user=ann&password=s3cret", "postgres://db/points?user=ann"),
            ("postgres://db/points?sslpassword=s3cret", "postgres://db/points"),
            ("postgres://db/points?PGPASSFILE=s3cret&user=ann", "postgres://db/points?user=ann"),
            ("postgres://db/points?pasword=s3cret", "postgres://db/points"),
            ("postgres://ann@db/points", "postgres://ann@db/points"),
            ("sqlite://a b.db", "sqlite://a b.db"),
            ("sqlite://a@b c/pass.db", "sqlite://a@b c/pass.db"),
        ] {
            let url = DatabaseUrl::from(url);
            assert_eq!((format!("{url}"), format!("{url:?}")), (expected.to_owned(), expected.to_owned()));
            assert!(url.engine().is_ok());
        }
    }

    /// A password is in each of these, wherever the person meant it to be.
    #[test]
    fn nothing_of_a_mistyped_url_is_shown() {
        for url in [
            "ann:s3cret@db/points",
            "//ann:s3cret@db/points",
            "mysql://ann:s3cret@db/points",
            "postgres//ann:s3cret@db/points",
            "postgres:ann:s3cret@db/points",
            "postgres:/ann:s3cret@db/points",
            "postgres://ann:s3cret",
            "postgres://ann:s3cret@[/points",
            "postgres://ann:s3/cret@db/points",
            "postgres://ann:12/s3cret@db/points",
            "postgres://ann:s3#cret@db/points",
            "postgres://ann:12#s3cret@db/points",
            "postgres://ann:12?s3cret@db/points",
            "postgres://ann:12?s3cret=1@db/points",
            "postgres://ann:p@12/s3cret@db/points",
            "postgres://ann:p@12?s3cret=@db/points",
            "postgres://ann:p@db/points#s3cret",
            "postgres+asyncpg://ann:s3cret@db/points",
            " postgres://ann:s3cret@db/points",
            "'postgres://ann:s3cret@db/points'",
            "DATABASE=postgres://ann:s3cret@db/points",
            "sqlite:postgres://ann:s3cret@db/points",
            "sqlite://ann:s3cret@db/points",
            "sqlite:ann:s3cret@db",
            "s3cret",
            "",
        ] {
            let wrong = DatabaseUrl::from(url);
            let error = wrong.engine().expect_err(url).to_string();
            for shown in [wrong.to_string(), format!("{wrong:?}"), error] {
                assert!(!shown.contains("s3") && !shown.contains("cret") && !shown.contains("ann:"), "{url}: {shown}");
            }
        }
    }

    #[test]
    fn the_engine_is_told_by_the_scheme() {
        assert_eq!(DatabaseUrl::from("postgresql://db/points").engine().ok(), Some(Engine::Postgres));
        assert_eq!(DatabaseUrl::from("sqlite:points.db").engine().ok(), Some(Engine::Sqlite));
        assert!(DatabaseUrl::from("sqlite::memory:").engine().is_err());
        assert!(DatabaseUrl::from("sqlite:points.db").with_secrets(Engine::Postgres).is_err());
    }
}
