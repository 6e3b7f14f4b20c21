//! The composition root: opens the store, and starts the server on it.

mod offline;
mod settings;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

pub use self::offline::{currency_in, export_at, export_from};
use self::settings::Checked;
pub use self::settings::{Config, DEFAULT_ADMIN_PORT, DEFAULT_DATABASE, DEFAULT_PORT, Problem};
use crate::access::authority::Authority;
use crate::access::config::AccessConfig;
use crate::admin::{Admin, Stage};
use crate::grpc::Api;
use crate::grpc::server::{SHUTDOWN_PATIENCE, serve};
use crate::ledger::Ledger;
use crate::ledger::clock::{NowAndThen, Stopwatch, WatchedClock};
use crate::ledger::vitals::Vitals;
use crate::log::{self, DatabaseUrl, Log, OpenError, Purpose};
use crate::process::sweeper::keep_sweeping;

/// How long closing the store may take. A database that answers takes milliseconds.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

/// How often a database that is not up yet is tried again, and how often the log says that it is not.
const TRY_EVERY: Duration = Duration::from_millis(500);
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// Descriptors that a server uses at most.
const DESCRIPTORS_MAX: u64 = 1_024;

/// Connections that wait to be taken, at most; the kernel's own limit is often lower.
const BACKLOG: u32 = 1_024;

/// A server that is running.
pub struct Running {
    /// The address it listens on.
    pub address: SocketAddr,
    /// The address for whoever operates it.
    pub admin_address: Option<SocketAddr>,
    ledger: Arc<Ledger>,
    authority: Option<watch::Sender<Arc<Authority>>>,
    admin: Arc<Admin>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
    /// The tasks that watch other servers' entries, the clock, the store and due items, and store daily totals.
    watching: JoinHandle<()>,
    /// The task that answers whoever operates it.
    answering: Option<Answering>,
    log: Arc<dyn Log>,
}

/// The task that answers on the admin port. It ends with this, also where the server does not start.
struct Answering(JoinHandle<()>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Opens the store, creating it if need be, and starts a server on it.
///
/// # Errors
/// Lists every setting that is wrong, before anything is opened. Then says why an address or the store cannot be used. Where an
/// address is taken no store is created.
pub async fn start(config: &Config) -> anyhow::Result<Running> {
    let Checked { tls, access, payee_keys } = config.check().map_err(|problems| unusable(&problems))?;
    raise_descriptors();
    let (vitals, place) = (Arc::<Vitals>::default(), bind(config.listen)?);
    let admin = Admin::new(Arc::clone(&vitals));
    let (admin_address, answering) = match config.admin {
        Some(address) => {
            let (address, listener) = listen(bind(address)?, address)?;
            (Some(address), Some(Answering(tokio::spawn(Arc::clone(&admin).serve(listener)))))
        }
        None => (None, None),
    };
    let log = open_when_up(&config.database, config.database_patience).await?;
    tracing::info!(database = %config.database, "the store is open");
    let (address, listener) = listen(place, config.listen)?;
    let ledger = Ledger::new(Arc::clone(&log), Arc::new(WatchedClock::default())).with_vitals(vitals);
    let ledger = Arc::new(ledger.keeping_accounts(config.database.cache().accounts()));
    if let Some(off) = ledger.ask_store().await? {
        bail!(off);
    }
    let authority = match access {
        Some(access) => Some(watch::Sender::new(Arc::new(authority_of(access, &ledger).await?))),
        None => None,
    };
    let mut api = Api::new(Arc::clone(&ledger)).from_pages_of(config.origins.clone());
    if let Some(keys) = payee_keys {
        api = api.with_payee_keys(Arc::new(keys));
    }
    if let Some(authority) = &authority {
        api = api.asking(authority.subscribe());
    }
    admin.set_stage(Stage::Serving { ledger: Arc::clone(&ledger), boards: Arc::clone(api.boards()) });
    let watching = tokio::spawn(watch_over(Arc::clone(&ledger), &api, authority.as_ref()));
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(api, listener, tls, async move { drop(stopped.await) }));
    Ok(Running { address, admin_address, ledger, authority, admin, stop, server, watching, answering, log })
}

/// Lets the process have as many descriptors as it may, up to a bound. Where that is few, the log tells what follows.
fn raise_descriptors() {
    let may_have = getrlimit(Resource::Nofile);
    let most = may_have.maximum.unwrap_or(DESCRIPTORS_MAX).min(DESCRIPTORS_MAX);
    if may_have.current.is_some_and(|current| current < most)
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(most), ..may_have })
    {
        tracing::warn!(%error, "the process may not have more descriptors");
    }
    if let Some(descriptors) = getrlimit(Resource::Nofile).current.filter(|current| *current < DESCRIPTORS_MAX) {
        tracing::warn!(
            descriptors,
            "the process may have few descriptors, so it takes few connections: raise `ulimit -n` to {DESCRIPTORS_MAX}"
        );
    }
}

/// Returns the work beside calls, for as long as the server runs.
fn watch_over(
    ledger: Arc<Ledger>,
    api: &Api,
    authority: Option<&watch::Sender<Arc<Authority>>>,
) -> impl Future<Output = ()> + Send + use<> {
    let (boards, payouts) = (Arc::clone(api.boards()), api.payouts().clone());
    let authority = authority.map(watch::Sender::subscribe);
    async move {
        let asking = async {
            let Some(mut authority) = authority else { return };
            loop {
                let now = Arc::clone(&authority.borrow_and_update());
                tokio::select! {
                    () = now.keep_asking(|| ledger.now_s()) => {}
                    changed = authority.changed() => if changed.is_err() { return },
                }
            }
        };
        let watchdogs = async { tokio::join!(ledger.keep_asking_store(), ledger.keep_looking_for_store()) };
        tokio::join!(ledger.keep_following(), watchdogs, keep_sweeping(&payouts), boards.keep_storing(), asking);
    }
}

impl Running {
    /// Returns what the server knows of its own health.
    #[must_use]
    pub fn vitals(&self) -> &Vitals {
        self.ledger.vitals()
    }

    /// Reads the file of access again. What it says holds for calls from now on, but for its limits.
    ///
    /// # Errors
    /// Lists what is wrong with it. What it said before stays.
    pub async fn reload_access(&self, config: &Config) -> Result<(), Vec<Problem>> {
        let Some((authority, path)) = self.authority.as_ref().zip(config.access.as_deref()) else { return Ok(()) };
        let problems = |texts: Vec<String>| Problem::all("access", texts).collect::<Vec<_>>();
        let access = AccessConfig::read(path).map_err(problems)?;
        let new = Authority::begin(access, self.ledger.now_s()).await.map_err(problems)?;
        if new.limits() != authority.borrow().limits() {
            tracing::warn!("the limits in the file of access have changed: they take effect at the next start");
        }
        authority.send_replace(Arc::new(new));
        Ok(())
    }

    /// Ends the server: accepts nothing new, finishes open calls, closes the store.
    ///
    /// Calls still open after their time are cut. What they wrote is recorded or not at all.
    ///
    /// # Errors
    /// Fails when the server itself had failed.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.admin.set_stage(Stage::Stopping);
        // A server that has ended by itself is not listening any more.
        let _told = self.stop.send(());
        let ended = tokio::time::timeout(SHUTDOWN_PATIENCE, self.server).await;
        self.watching.abort();
        if tokio::time::timeout(CLOSE_PATIENCE, self.log.close()).await.is_err() {
            tracing::warn!("the database did not answer within {CLOSE_PATIENCE:?}; its connections were cut");
        } else {
            tracing::info!("the store is closed");
        }
        if let Some(mut answering) = self.answering {
            answering.0.abort();
            // Its port is free then.
            let _ended = (&mut answering.0).await;
        }
        if let Ok(served) = ended {
            return Ok(served.context("the server was lost")??);
        }
        tracing::warn!("calls were still open after {SHUTDOWN_PATIENCE:?}; they were cut");
        Ok(())
    }
}

/// Takes an address, and lets nobody connect yet.
fn bind(address: SocketAddr) -> anyhow::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let bound = socket.and_then(|socket| {
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(socket)
    });
    bound.with_context(|| cannot_listen(address))
}

/// Lets callers connect. Returns the address, as a free port may have been asked for.
fn listen(socket: TcpSocket, address: SocketAddr) -> anyhow::Result<(SocketAddr, TcpListener)> {
    let listener = socket.listen(BACKLOG).with_context(|| cannot_listen(address))?;
    Ok((listener.local_addr().context("the listener has no address")?, listener))
}

fn cannot_listen(address: SocketAddr) -> String {
    format!("cannot listen on {address}: is another server running there?")
}

/// Opens the store. A database that is not up yet is waited for.
async fn open_when_up(url: &DatabaseUrl, patience: Duration) -> Result<Arc<dyn Log>, OpenError> {
    let (waiting, mut telling) = (Stopwatch::start(), NowAndThen::every(TOLD_EVERY));
    loop {
        let error = match log::open(url.clone(), Purpose::Record).await {
            Err(error) if error.is_passing() => error,
            opened => return opened,
        };
        let left = patience.saturating_sub(waiting.elapsed());
        if left.is_zero() {
            return Err(error);
        }
        if telling.is_due() {
            tracing::warn!(%error, seconds_left = left.as_secs(), "waiting for the database");
        }
        tokio::time::sleep(TRY_EVERY.min(left)).await;
    }
}

/// Has the keys of every issuer read.
async fn authority_of(access: AccessConfig, ledger: &Ledger) -> anyhow::Result<Authority> {
    Authority::begin(access, ledger.now_s()).await.map_err(|problems| unusable(&problems))
}

/// Returns the error for settings that cannot be used.
#[must_use]
pub fn unusable(problems: &[impl ToString]) -> anyhow::Error {
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    anyhow!("the settings cannot be used:\n- {}", problems.join("\n- "))
}
