//! `goodturn serve`.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::Context as _;
use clap::FromArgMatches as _;
use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};
use tonic::codegen::http::HeaderValue;
use url::Url;

use super::DatabaseArgs;
use super::logs::{self, Logs};
use crate::cli::config::{Settings, Unreadable, located};
use crate::cli::out;
use goodturn::app::{Config, DEFAULT_ADMIN_PORT, Problem, Running, start};
use goodturn::failpoints;
use goodturn::grpc::tls::TlsFiles;
use goodturn::log::{Cache, schema_version};

/// How often lines are counted that the log left out.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Seconds to wait at the start for a database that is not up yet.
    #[arg(long, env = "GOODTURN_WAIT_FOR_DATABASE", default_value_t = wait(), value_name = "SECONDS",
          value_parser = clap::value_parser!(u16).range(0..=3_600))]
    wait_for_database: u16,
    /// Address to listen on; port 0 takes a free one. Loopback only, unless --access says who may call.
    #[arg(long, env = "GOODTURN_LISTEN", default_value_t = Config::default().listen, value_name = "ADDRESS", value_parser = address)]
    listen: SocketAddr,
    /// Address of the port for whoever operates the server: /healthz, /readyz and /metrics, in plain HTTP; `off` for none. Whoever
    /// reaches it can read them.
    #[arg(long, env = "GOODTURN_ADMIN_LISTEN", default_value_t = AdminListen::default(), value_name = "ADDRESS")]
    admin_listen: AdminListen,
    /// File with the server's certificate and those between it and a trusted one, in PEM: serves under TLS.
    #[arg(long, env = "GOODTURN_TLS_CERTIFICATE", value_name = "FILE", value_parser = located())]
    tls_certificate: Option<PathBuf>,
    /// File with the certificate's key, in PEM. Both files are read again when they change.
    #[arg(long, env = "GOODTURN_TLS_KEY", value_name = "FILE", value_parser = located())]
    tls_key: Option<PathBuf>,
    /// File that says who may call: issuers of tokens, operators, and what API keys are checked with. Without it whoever calls on
    /// this machine is believed.
    #[arg(long, env = "GOODTURN_ACCESS", value_name = "FILE", value_parser = located())]
    access: Option<PathBuf>,
    /// A proxy in front ends TLS: takes plain text from elsewhere too. Needs --access.
    #[arg(long, env = "GOODTURN_BEHIND_TLS_PROXY", num_args = 0..=1, default_value_t = false, default_missing_value = "true",
          require_equals = true, value_name = "true|false")]
    behind_tls_proxy: bool,
    /// Origins whose pages may call from a browser, as `https://forum.example`, with commas between them; `*` for every origin.
    #[arg(long, env = "GOODTURN_ORIGINS", value_name = "ORIGINS", default_value_t = Origins::default())]
    origins: Origins,
    /// File with the keys by which destinations of members' money are encrypted: 64 hexadecimal digits a line, as `openssl rand -hex 32`
    /// prints. The first encrypts, every one decrypts. Keep a copy apart from the database: without it no destination can be read.
    #[arg(long, env = "GOODTURN_PAYEE_KEY_FILE", value_name = "FILE", value_parser = located())]
    payee_key_file: Option<PathBuf>,
    /// Memory for what was read of the database, in megabytes: pages of SQLite, and accounts of each programme in use. More is
    /// faster with many members: 1,000 for a million.
    #[arg(long, env = "GOODTURN_CACHE_MB", default_value_t = Cache::default().megabytes(), value_name = "MEGABYTES",
          value_parser = clap::value_parser!(u32).range(i64::from(Cache::MIN)..=i64::from(Cache::MAX)))]
    cache_mb: u32,
    /// Filter for the log on stderr, as `info` or `goodturn=debug`.
    #[arg(long, env = "GOODTURN_LOG", default_value = "info", value_name = "FILTER", value_parser = logs::checked)]
    log: String,
    /// Logs as JSON lines, or as text [default: as text on a terminal].
    #[arg(long, env = "GOODTURN_LOG_JSON", num_args = 0..=1, default_missing_value = "true", require_equals = true,
          value_name = "true|false")]
    log_json: Option<bool>,
}

/// The address of the port for whoever operates a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AdminListen(Option<SocketAddr>);

impl Default for AdminListen {
    fn default() -> Self {
        let mut address = Config::default().listen;
        address.set_port(DEFAULT_ADMIN_PORT);
        Self(Some(address))
    }
}

impl FromStr for AdminListen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self(None)),
            _ => address(text).map(|address| Self(Some(address))).map_err(|error| format!("{error}, or off")),
        }
    }
}

impl fmt::Display for AdminListen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("off"),
        }
    }
}

/// Origins of pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Origins(Vec<HeaderValue>);

impl FromStr for Origins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let origins: Vec<_> = words.map(origin).collect::<Result<_, _>>()?;
        let every = origins.iter().any(|origin| origin == "*");
        if every && origins.len() > 1 { Err("* is every origin: give it alone".into()) } else { Ok(Self(origins)) }
    }
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origins: Vec<_> = self.0.iter().map(|origin| String::from_utf8_lossy(origin.as_bytes())).collect();
        f.write_str(&origins.join(","))
    }
}

/// Reads an origin, as browsers write it (RFC 6454, section 6.2).
fn origin(text: &str) -> Result<HeaderValue, String> {
    let is_origin = text == "*" || Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == text);
    let value = HeaderValue::try_from(text).ok().filter(|_| is_origin);
    value.ok_or_else(|| format!("{text:?} is no origin: give a scheme, a host and a port that is not the usual one, as https://forum.example"))
}

/// Returns the seconds that are waited for a database where nothing else is said.
fn wait() -> u16 {
    u16::try_from(Config::default().database_patience.as_secs()).unwrap_or(u16::MAX)
}

/// Reads an address to listen on.
fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "it is no address with a port: give one as 127.0.0.1:7460 or [::1]:7460".into())
}

impl ServeArgs {
    /// Returns the settings of the server, or everything that is wrong with them and with the files that they name.
    pub(super) fn config(&self) -> Result<Config, Vec<Problem>> {
        let tls = self.tls_certificate.clone().zip(self.tls_key.clone());
        let lone = match (&self.tls_certificate, &self.tls_key) {
            (Some(_), None) => Some(("tls-certificate", "tls-key")),
            (None, Some(_)) => Some(("tls-key", "tls-certificate")),
            _ => None,
        };
        let lone = lone.map(|(setting, missing)| Problem { setting, text: format!("it needs {missing}, too") });
        let config = Config {
            listen: self.listen,
            admin: self.admin_listen.0,
            database: self.database.database.clone().with_cache(Cache::of_megabytes(self.cache_mb)),
            database_patience: Duration::from_secs(self.wait_for_database.into()),
            tls: tls.map(|(certificate, key)| TlsFiles { certificate, key }),
            access: self.access.clone(),
            is_behind_proxy: self.behind_tls_proxy,
            origins: self.origins.0.clone(),
            payee_keys: self.payee_key_file.clone(),
        };
        let problems: Vec<Problem> = lone.into_iter().chain(config.problems()).collect();
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }
}

pub(super) async fn run(args: ServeArgs, settings: &Settings) -> anyhow::Result<()> {
    failpoints::set_up();
    let logs = Logs::begin(&args.log, args.log_json)?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be listened for")?;
    let mut hang_up = signal(SignalKind::hangup()).context("SIGHUP cannot be listened for")?;
    let config = args.config().map_err(|problems| settings.unusable(&problems))?;
    let server = tokio::select! {
        started = start(&config) => started?,
        _ = terminate.recv() => {
            tracing::info!("SIGTERM: the server had not started");
            return Ok(());
        }
    };
    if let Err(error) = announce(&server, &config) {
        tracing::warn!(%error, "where the server listens is told in the log alone");
    }
    notify(&[NotifyState::Ready]);

    let (mut args, mut look) = (args, tokio::time::interval(LOOK_EVERY));
    loop {
        tokio::select! {
            _ = look.tick() => {
                tell_left_out(&server, logs.left_out());
                continue;
            }
            _ = terminate.recv() => tracing::info!("SIGTERM: finishing open calls"),
            interrupted = tokio::signal::ctrl_c() => {
                interrupted.context("Ctrl-C cannot be listened for")?;
                tracing::info!("Ctrl-C: finishing open calls");
            }
            _ = hang_up.recv() => {
                notify(&[NotifyState::Reloading, monotonic_now()]);
                tokio::select! {
                    // Issuers of tokens may take their time, and nobody who ends the server waits for them.
                    is_taken = reload(&mut args, &server, &logs) => {
                        server.vitals().metrics.standing.reload_successful.set(i64::from(is_taken));
                        let status = if is_taken { "serving" } else { "serving; the last reload failed: see the log" };
                        notify(&[NotifyState::Ready, NotifyState::Status(status)]);
                        continue;
                    }
                    _ = terminate.recv() => tracing::info!("SIGTERM: finishing open calls"),
                }
            }
        }
        break;
    }
    notify(&[NotifyState::Stopping]);
    server.stop().await?;
    tracing::info!("stopped");
    Ok(())
}

/// Counts lines that the log left out because nobody took them, and tells of them.
fn tell_left_out(server: &Running, lines: u64) {
    if lines > 0 {
        server.vitals().metrics.log_lines_left_out.inc_by(lines);
        tracing::warn!(lines, "lines were left out: nobody took them");
    }
}

/// Tells systemd how the server is, where it was started by it.
fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd cannot be told how the server is");
    }
}

fn monotonic_now() -> NotifyState<'static> {
    NotifyState::monotonic_usec_now().unwrap_or(NotifyState::MonotonicUsec(0))
}

/// Reads the settings again, and takes over what can change while the server runs. Of the rest it says in the log that it needs a start.
/// Returns false when something is wrong with them.
async fn reload(before: &mut ServeArgs, server: &Running, logs: &Logs) -> bool {
    let read = Settings::read(&super::command(), std::env::args_os()).map_err(Unreadable::lines);
    let now = read.and_then(|settings| {
        let args = ServeArgs::from_arg_matches(settings.innermost()).map_err(|error| vec![error.to_string()])?;
        let config = args.config().map_err(|problems| settings.told(&problems))?;
        Ok((settings, args, config))
    });
    let (settings, args, config) = match now {
        Ok(read) => read,
        Err(problems) => {
            tracing::warn!(?problems, "SIGHUP: the settings cannot be used; those before stay");
            return false;
        }
    };
    let (mut taken, mut is_whole) = (Vec::new(), true);
    if args.log != before.log {
        match logs.reload(&args.log) {
            Ok(()) => {
                taken.push("log");
                // What is in force is compared with, the next time.
                before.log.clone_from(&args.log);
            }
            Err(error) => tracing::warn!(%error, "SIGHUP: the filter of the log cannot be changed"),
        }
    }
    if config.access.is_some() && args.access == before.access {
        match server.reload_access(&config).await {
            Ok(()) => taken.push("access"),
            Err(problems) => {
                let problems = settings.told(&problems);
                tracing::warn!(?problems, "SIGHUP: the file of access cannot be used; what it said before stays");
                is_whole = false;
            }
        }
    }
    let at_next_start = args.needing_start(before);
    tracing::info!(
        ?taken,
        ?at_next_start,
        "SIGHUP: the settings were read again; files of TLS are looked at by themselves"
    );
    is_whole
}

impl ServeArgs {
    /// Returns the settings that differ and that a running server does not change.
    fn needing_start(&self, before: &Self) -> Vec<&'static str> {
        let differs = [
            ("database", self.database.database != before.database.database),
            ("wait-for-database", self.wait_for_database != before.wait_for_database),
            ("listen", self.listen != before.listen),
            ("admin-listen", self.admin_listen != before.admin_listen),
            ("tls-certificate", self.tls_certificate != before.tls_certificate),
            ("tls-key", self.tls_key != before.tls_key),
            ("access", self.access != before.access),
            ("behind-tls-proxy", self.behind_tls_proxy != before.behind_tls_proxy),
            ("origins", self.origins != before.origins),
            ("payee-key-file", self.payee_key_file != before.payee_key_file),
            ("cache-mb", self.cache_mb != before.cache_mb),
            ("log-json", self.log_json != before.log_json),
        ];
        differs.into_iter().filter_map(|(setting, differs)| differs.then_some(setting)).collect()
    }
}

fn announce(server: &Running, config: &Config) -> anyhow::Result<()> {
    let (version, address, database) = (env!("CARGO_PKG_VERSION"), server.address, &config.database);
    let admin = server.admin_address.map_or_else(|| "off".into(), |address| address.to_string());
    let authentication = if config.access.is_some() { "tokens and API keys" } else { "none: names are believed" };
    let tls = match (&config.tls, config.is_behind_proxy) {
        (Some(_), _) => "here",
        (None, true) => "by a proxy",
        (None, false) => "none",
    };
    tracing::info!(version, %address, admin, %database, schema = schema_version(), authentication, tls, "serving");
    let (scheme, trust) = match &config.tls {
        Some(_) => ("https://", "-cacert CA_FILE"),
        None => ("", "-plaintext"),
    };
    let (by, shown, owners) = match &config.access {
        Some(_) => (
            ", by an operator",
            " -H \"authorization: Bearer $TOKEN\"",
            ", \\
    \"owners\": [{\"issuer\": \"ISSUER\", \"subject\": \"ID\"}, {\"issuer\": \"ISSUER\", \"subject\": \"ID\"}]",
        ),
        None => ("", "", ""),
    };
    let admin =
        server.admin_address.map(|address| format!("Health and metrics: http://{address}\n")).unwrap_or_default();
    out::print(format!(
        "goodturn {version} listening on {scheme}{address}, data in {database}
{admin}
A first call{by}:
  grpcurl {trust}{shown} -d '{{\"program_id\": \"hello\", \"program\": {{\"currency_code\": \"GBP\", \\
    \"time_zone\": \"Europe/London\"}}{owners}}}' {address} goodturn.v1.Programs/CreateProgram
"
    ))
}
