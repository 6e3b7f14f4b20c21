//! The settings with which a server is started, and what is wrong with them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tonic::codegen::http::HeaderValue;

use crate::access::config::AccessConfig;
use crate::credentials::{read_text, shown};
use crate::grpc::is_of_this_machine;
use crate::grpc::tls::{Tls, TlsFiles};
use crate::log::DatabaseUrl;
use crate::payees::seal::PayeeKeys;

/// The port of a server that is given none.
pub const DEFAULT_PORT: u16 = 7460;

/// The port for whoever operates a server that is given none.
pub const DEFAULT_ADMIN_PORT: u16 = 7461;

/// The database of a server that is given none.
pub const DEFAULT_DATABASE: &str = "sqlite://goodturn.db";

/// Largest file of keys, in bytes: a thousand of them.
const PAYEE_KEYS_BYTES_MAX: u64 = 64 * 1024;

/// How long a server waits for a database that is not up yet: a machine that starts both has it within seconds.
const DEFAULT_DATABASE_PATIENCE: Duration = Duration::from_mins(1);

/// The settings with which a server is started.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Address of the port for whoever operates the server; `None` for none.
    pub admin: Option<SocketAddr>,
    /// URL of the database.
    pub database: DatabaseUrl,
    /// How long to wait for a database that is not up yet.
    pub database_patience: Duration,
    /// Files of TLS; `None` serves in plain text.
    pub tls: Option<TlsFiles>,
    /// The file that says who may call; `None` believes the name that a caller gives, on this machine alone.
    pub access: Option<PathBuf>,
    /// True when a proxy in front ends TLS, so that plain text may come from elsewhere.
    pub is_behind_proxy: bool,
    /// Origins whose pages may call; `*` is every origin.
    pub origins: Vec<HeaderValue>,
    /// The file with the keys by which destinations of members' money are encrypted; `None` for a server that knows none.
    pub payee_keys: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT),
            admin: None,
            database: DEFAULT_DATABASE.into(),
            database_patience: DEFAULT_DATABASE_PATIENCE,
            tls: None,
            access: None,
            is_behind_proxy: false,
            origins: Vec::new(),
            payee_keys: None,
        }
    }
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its name, as that of the option.
    pub setting: &'static str,
    /// What is wrong, and what to do.
    pub text: String,
}

impl Problem {
    /// Makes the problems of one setting.
    pub(super) fn all(setting: &'static str, texts: Vec<String>) -> impl Iterator<Item = Self> {
        texts.into_iter().map(move |text| Self { setting, text })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.text)
    }
}

/// What was read of the settings.
pub(super) struct Checked {
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) access: Option<AccessConfig>,
    pub(super) payee_keys: Option<PayeeKeys>,
}

impl Config {
    /// Reads every file that the settings name, and returns what is wrong.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        self.check().err().unwrap_or_default()
    }

    /// Reads every file that the settings name.
    pub(super) fn check(&self) -> Result<Checked, Vec<Problem>> {
        let mut problems = self.contradictions();
        let mut note = |setting, texts| problems.extend(Problem::all(setting, texts));
        let access = self.access.as_deref();
        let access = access.and_then(|path| AccessConfig::read(path).map_err(|wrong| note("access", wrong)).ok());
        if let Err(error) = self.database.engine() {
            note("database", vec![error.to_string()]);
        }
        let tls =
            self.tls.clone().and_then(|files| Tls::read(files).map_err(|wrong| note("tls-certificate", wrong)).ok());
        let payee_keys = self.payee_keys.as_deref();
        let payee_keys =
            payee_keys.and_then(|path| read_payee_keys(path).map_err(|wrong| note("payee-key-file", vec![wrong])).ok());
        if problems.is_empty() { Ok(Checked { tls: tls.map(Arc::new), access, payee_keys }) } else { Err(problems) }
    }

    /// Returns what does not go together.
    fn contradictions(&self) -> Vec<Problem> {
        let listen = self.listen;
        let (is_open, has_access, has_tls) = (!listen.ip().is_loopback(), self.access.is_some(), self.tls.is_some());
        let mut problems = Vec::new();
        let mut note = |setting, text: String| problems.push(Problem { setting, text });
        if is_open && !has_access {
            note(
                "listen",
                format!(
                    "{listen} is not a loopback address: without a file of access whoever calls is believed; use 127.0.0.1 or \
                     [::1], or give access"
                ),
            );
        }
        if is_open && has_access && !has_tls && !self.is_behind_proxy {
            note(
                "listen",
                format!(
                    "tokens would travel in plain text to {listen}; give tls-certificate and tls-key, or behind-tls-proxy where a \
                     proxy in front ends TLS"
                ),
            );
        }
        let elsewhere = |origin: &&HeaderValue| *origin != "*" && !is_of_this_machine(origin);
        if !has_access && let Some(origin) = self.origins.iter().find(elsewhere) {
            let origin = String::from_utf8_lossy(origin.as_bytes());
            note(
                "origins",
                format!(
                    "without a file of access only pages of this machine are let in, and not those of {origin}; give access"
                ),
            );
        }
        if self.is_behind_proxy && !has_access {
            let text =
                "without a file of access whoever calls is believed, and a proxy would let everybody in; give access";
            note("behind-tls-proxy", text.into());
        }
        if self.is_behind_proxy && has_tls {
            note("behind-tls-proxy", "this server ends TLS itself; leave out one of the two".into());
        }
        if self.admin.is_some_and(|admin| admin == listen && admin.port() != 0) {
            note("admin-listen", format!("{listen} is where the API listens; give another port, or off"));
        }
        problems
    }
}

fn read_payee_keys(path: &Path) -> Result<PayeeKeys, String> {
    let told = |problem: String| format!("{}: {problem}", shown(path));
    let text = read_text(path, PAYEE_KEYS_BYTES_MAX)?;
    PayeeKeys::parse(&text).map_err(|error| told(error.to_string()))
}
