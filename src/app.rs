//! The composition root: opens the store, and starts the server on it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::Status;

use crate::access::authority::Authority;
use crate::access::config::AccessConfig;
use crate::board::Boards;
use crate::books::{self, Source, Written};
use crate::domain::value::ids::ProgramId;
use crate::domain::value::money::Currency;
use crate::grpc::Api;
use crate::grpc::server::{SHUTDOWN_PATIENCE, serve};
use crate::grpc::tls::{Tls, TlsFiles};
use crate::ledger::Ledger;
use crate::ledger::clock::SystemClock;
use crate::log::{self, DatabaseUrl, Log, Purpose};
use crate::payees::seal::PayeeKeys;
use crate::payout::Payouts;
use crate::pb;
use crate::process::sweeper::keep_sweeping;
use crate::wire::error::ApiError;
use crate::wire::parse::{ReportContext, Violations, parse_export};

/// The port of a server that is given none.
pub const DEFAULT_PORT: u16 = 7460;

/// The database of a server that is given none.
pub const DEFAULT_DATABASE: &str = "sqlite://goodturn.db";

/// How long closing the store may take. A database that answers takes milliseconds.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

/// The settings with which a server is started.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// URL of the database.
    pub database: DatabaseUrl,
    /// Files of TLS; `None` serves in plain text.
    pub tls: Option<TlsFiles>,
    /// The file that says who may call; `None` believes the name that a caller gives, on this machine alone.
    pub access: Option<PathBuf>,
    /// True when a proxy in front ends TLS, so that plain text may come from elsewhere.
    pub is_behind_proxy: bool,
    /// The file with the keys by which destinations of members' money are encrypted; `None` for a server that knows none.
    pub payee_keys: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        let listen = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT);
        Self {
            listen,
            database: DEFAULT_DATABASE.into(),
            tls: None,
            access: None,
            is_behind_proxy: false,
            payee_keys: None,
        }
    }
}

/// A server that is running.
pub struct Running {
    /// The address it listens on.
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
    /// The tasks that watch other servers' entries, the clock, the store and due items, and store daily totals.
    watching: JoinHandle<()>,
    log: Arc<dyn Log>,
}

/// Opens the store, creating it if need be, and starts a server on it.
///
/// # Errors
/// Lists every setting that is wrong, before anything is opened. Then says why the store or the address cannot be used.
pub async fn start(config: &Config) -> anyhow::Result<Running> {
    let Checked { tls, access, payee_keys } = check(config)?;
    let log = log::open(config.database.clone(), Purpose::Record).await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}: is another server running there?", config.listen))?;
    let address = listener.local_addr().context("the listener has no address")?;
    let ledger = Ledger::new(Arc::clone(&log), Arc::new(SystemClock));
    let ledger = Arc::new(ledger.keeping_accounts(config.database.cache().accounts()));
    if let Some(off) = ledger.compare_clocks().await? {
        bail!(off);
    }
    let mut api = Api::new(Arc::clone(&ledger));
    let authority = match access {
        Some(access) => Some(Arc::new(authority_of(access, &ledger).await?)),
        None => None,
    };
    if let Some(keys) = payee_keys {
        api = api.with_payee_keys(Arc::new(keys));
    }
    if let Some(authority) = &authority {
        api = api.asking(Arc::clone(authority));
    }
    let (boards, payouts) = (Arc::clone(api.boards()), api.payouts().clone());
    let watching = tokio::spawn(async move {
        let asking = async {
            if let Some(authority) = authority {
                authority.keep_asking(|| ledger.now_s()).await;
            }
        };
        let watchdogs = async { tokio::join!(ledger.keep_comparing_clocks(), ledger.keep_looking_for_store()) };
        tokio::join!(ledger.keep_following(), watchdogs, keep_sweeping(&payouts), boards.keep_storing(), asking);
    });
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(api, listener, tls, async move { drop(stopped.await) }));
    Ok(Running { address, stop, server, watching, log })
}

impl Running {
    /// Ends the server: accepts nothing new, finishes open calls, closes the store.
    ///
    /// Calls still open after their time are cut. What they wrote is recorded or not at all.
    ///
    /// # Errors
    /// Fails when the server itself had failed.
    pub async fn stop(self) -> anyhow::Result<()> {
        // A server that has ended by itself is not listening any more.
        let _told = self.stop.send(());
        let ended = tokio::time::timeout(SHUTDOWN_PATIENCE, self.server).await;
        self.watching.abort();
        if tokio::time::timeout(CLOSE_PATIENCE, self.log.close()).await.is_err() {
            tracing::warn!("the database did not answer within {CLOSE_PATIENCE:?}; its connections were cut");
        }
        if let Ok(served) = ended {
            return Ok(served.context("the server was lost")??);
        }
        tracing::warn!("calls were still open after {SHUTDOWN_PATIENCE:?}; they were cut");
        Ok(())
    }
}

/// Writes a report of a programme straight from a database, without a server. `progress` is told how much was read, and
/// of how much.
///
/// # Errors
/// Fails as `Books.ExportReport` does.
pub async fn export_from(
    log: &Arc<dyn Log>,
    request: pb::ExportReportRequest,
    progress: Box<dyn Fn(i64, i64) + Send + Sync>,
) -> Result<Written, Status> {
    let ledger = Ledger::new(Arc::clone(log), Arc::new(SystemClock));
    // Whether a month is over is judged by a clock.
    if let Some(off) = ledger.compare_clocks().await.map_err(ApiError::from)? {
        return Err(Status::failed_precondition(off.to_string()));
    }
    export_at(Arc::new(ledger), request, progress).await
}

/// The same, from a ledger.
///
/// # Errors
/// Fails as `Books.ExportReport` does.
pub async fn export_at(
    ledger: Arc<Ledger>,
    request: pb::ExportReportRequest,
    progress: Box<dyn Fn(i64, i64) + Send + Sync>,
) -> Result<Written, Status> {
    let mut violations = Violations::default();
    let id = violations.program("parent", &request.parent);
    let id = violations.check(id)?;
    let missing = || ApiError::NotFound(format!("programs/{id}"));
    let program = ledger.program(&id).await.map_err(ApiError::from)?.ok_or_else(missing)?;
    let boards = Arc::new(Boards::new(Arc::clone(&ledger)).reading_only());
    let payouts = Payouts::new(Arc::clone(&ledger), Arc::clone(&boards));
    let source = Source::of(boards, payouts, program, progress).ok_or_else(missing)?;
    let today = source.now.day_in(&source.zone);
    let report = parse_export(request, &ReportContext { program: &id, currency: source.currency, today })?;
    Ok(books::write(&source, report).await.map_err(ApiError::from)?)
}

/// Returns the currency of a programme in a database; `None` when there is no such programme.
///
/// # Errors
/// The log cannot be read.
pub async fn currency_in(log: &Arc<dyn Log>, id: &ProgramId) -> anyhow::Result<Option<Currency>> {
    let program = Ledger::new(Arc::clone(log), Arc::new(SystemClock)).program(id).await?;
    Ok(program.and_then(|program| Some(program.read().program.as_ref()?.terms.currency)))
}

/// Has the keys of every issuer read.
async fn authority_of(access: AccessConfig, ledger: &Ledger) -> anyhow::Result<Authority> {
    let begun = Authority::begin(access, ledger.now_s()).await;
    begun.map_err(|problems| anyhow!("the settings cannot be used:\n- {}", problems.join("\n- ")))
}

/// What was read of the settings.
struct Checked {
    tls: Option<Arc<Tls>>,
    access: Option<AccessConfig>,
    payee_keys: Option<PayeeKeys>,
}

/// Checks every setting, and lists those that are wrong.
fn check(config: &Config) -> anyhow::Result<Checked> {
    let mut problems = Vec::new();
    let listen = config.listen;
    let access = config.access.as_deref();
    if access.is_none() && !listen.ip().is_loopback() {
        problems.push(format!(
            "listen = {listen}: without a file of access whoever calls is believed, so only loopback addresses are served; use 127.0.0.1 or \
             [::1], or give --access"
        ));
    }
    if access.is_none() && config.is_behind_proxy {
        problems.push(
            "behind-tls-proxy: without a file of access whoever calls is believed, and a proxy would let everybody in; give --access".into(),
        );
    }
    if config.tls.is_some() && config.is_behind_proxy {
        problems.push("behind-tls-proxy: this server ends TLS itself; leave out one of the two".into());
    }
    if access.is_some() && config.tls.is_none() && !config.is_behind_proxy && !listen.ip().is_loopback() {
        problems.push(format!(
            "listen = {listen}: tokens would travel in plain text; give --tls-certificate and --tls-key, or --behind-tls-proxy where a \
             proxy in front ends TLS"
        ));
    }
    let access = access.and_then(|path| AccessConfig::read(path).map_err(|wrong| problems.extend(wrong)).ok());
    if let Err(error) = config.database.engine() {
        problems.push(error.to_string());
    }
    let tls = config.tls.clone().map(|files| Tls::read(files).map_err(|wrong| problems.extend(wrong)).ok());
    let payee_keys =
        config.payee_keys.as_deref().and_then(|path| read_payee_keys(path).map_err(|wrong| problems.push(wrong)).ok());
    if problems.is_empty() {
        Ok(Checked { tls: tls.flatten().map(Arc::new), access, payee_keys })
    } else {
        bail!("the settings cannot be used:\n- {}", problems.join("\n- "))
    }
}

fn read_payee_keys(path: &Path) -> Result<PayeeKeys, String> {
    let told = |problem: String| format!("payee-key-file = {}: {problem}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| told(format!("cannot be read ({error})")))?;
    PayeeKeys::parse(&text).map_err(|error| told(error.to_string()))
}
