//! Connections: how many there are, what is open on each, and which are closed because nothing is.
//!
//! A connection costs a descriptor, and a server without descriptors can open neither files nor other connections. So there is a
//! largest number of them, and whoever holds one has a time to say something: to greet, and to call now and then.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::coalesce::Coalesced;
use crate::ledger::clock::Stopwatch;

/// The largest number of connections. Systems usually allow a process 1,024 descriptors; the rest are for the store, for files
/// and to tell those who are turned away.
pub(super) const CONNECTIONS_MAX: usize = 768;

/// The limits that a server sets for its connections.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConnectionLimits {
    /// The largest number of connections at once.
    pub(super) connections_max: usize,
    /// The time in which a client must have greeted: sent the preface of HTTP/2 and its settings.
    pub(super) greeting_patience: Duration,
    /// How long a connection may be without an open call.
    pub(super) idle_max: Duration,
}

impl Default for ConnectionLimits {
    /// Ten seconds for a greeting: a slow network takes one. Ten minutes without a call: a client that calls now and then keeps
    /// its connection, and one that was forgotten loses it. Clients connect again by themselves.
    fn default() -> Self {
        Self {
            connections_max: CONNECTIONS_MAX,
            greeting_patience: Duration::from_secs(10),
            idle_max: Duration::from_mins(10),
        }
    }
}

/// How often connections are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long to wait after the operating system gave no connection, as when there are no descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Bytes of a greeting: the preface of HTTP/2 (24) and the head of a frame (9).
const GREETING_BYTES: u64 = 33;

/// The connections of a server.
#[derive(Default)]
pub(super) struct Connections {
    limits: ConnectionLimits,
    open: Mutex<BTreeMap<u64, Arc<Connection>>>,
    next_id: AtomicU64,
    is_stopping: AtomicBool,
}

/// One connection, as it is looked at from outside.
pub(super) struct Connection {
    id: u64,
    open_for: Stopwatch,
    /// Bytes read so far.
    read: AtomicU64,
    /// Calls that are open.
    calls: AtomicUsize,
    /// Milliseconds after which a call last began or ended.
    called_at_ms: AtomicU64,
    is_cut: AtomicBool,
    /// The task that reads.
    reader: Mutex<Option<Waker>>,
    connections: Arc<Connections>,
}

/// A connection as its calls know it.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) address: Option<SocketAddr>,
    pub(super) connection: Arc<Connection>,
}

/// A call that is open on a connection, until this is dropped.
pub(super) struct OpenCall(Arc<Connection>);

impl Connections {
    pub(super) fn with_limits(limits: ConnectionLimits) -> Arc<Self> {
        Arc::new(Self { limits, ..Self::default() })
    }

    /// Takes connections from a listener. One beyond the largest number is closed at once: its client sees that, and does not
    /// wait. After an error there is a pause, and a line in the log a second.
    pub(super) fn accept(self: &Arc<Self>, listener: TcpListener) -> ReceiverStream<io::Result<Coalesced>> {
        let (sender, accepted) = mpsc::channel(1);
        let connections = Arc::clone(self);
        tokio::spawn(async move {
            let mut told: Option<Stopwatch> = None;
            let mut tell = |problem: &dyn std::fmt::Display| {
                if told.is_none_or(|told| told.elapsed() >= Duration::from_secs(1)) {
                    told = Some(Stopwatch::start());
                    tracing::warn!(%problem, "a connection was not taken");
                }
            };
            loop {
                let socket = tokio::select! {
                    socket = listener.accept() => socket,
                    () = sender.closed() => return,
                };
                match socket {
                    Ok((socket, _)) => match connections.admit(socket) {
                        Some(socket) => {
                            if sender.send(Ok(socket)).await.is_err() {
                                return;
                            }
                        }
                        None => tell(&format!("{} are open, as many as may be", connections.limits.connections_max)),
                    },
                    Err(error) => {
                        tell(&error);
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        });
        ReceiverStream::new(accepted)
    }

    fn admit(self: &Arc<Self>, socket: TcpStream) -> Option<Coalesced> {
        let mut open = self.lock();
        if open.len() >= self.limits.connections_max || self.is_stopping.load(Ordering::Acquire) {
            return None;
        }
        // Without it, small replies wait up to 40 ms for an acknowledgement of the packet before. A socket that cannot be set
        // so is gone already.
        socket.set_nodelay(true).ok()?;
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::new(Connection {
            id,
            open_for: Stopwatch::start(),
            read: AtomicU64::new(0),
            calls: AtomicUsize::new(0),
            called_at_ms: AtomicU64::new(0),
            is_cut: AtomicBool::new(false),
            reader: Mutex::default(),
            connections: Arc::clone(self),
        });
        open.insert(id, Arc::clone(&connection));
        drop(open);
        Some(Coalesced::new(socket, connection))
    }

    /// Closes connections that have nothing to say, for as long as the server runs.
    pub(super) async fn keep_closing(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            self.close_silent();
        }
    }

    /// From now on, connections are closed once no call is open on them: the server ends, and nobody may keep it. Clients that
    /// listen are told by HTTP/2 and leave before.
    pub(super) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Release);
    }

    fn close_silent(&self) {
        let patience = if self.is_stopping.load(Ordering::Acquire) { LOOK_EVERY } else { self.limits.idle_max };
        for connection in self.lock().values() {
            if connection.is_silent(self.limits.greeting_patience.min(patience), patience) {
                connection.cut();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Connection>>> {
        self.open.lock().expect("nothing panics while it holds the lock")
    }
}

impl Connection {
    /// Notes bytes that were read; the task is woken when the connection is closed. Returns true when it is.
    pub(super) fn reads(&self, waker: &Waker) -> bool {
        let mut reader = self.reader.lock().expect("nothing panics while it holds the lock");
        if !reader.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *reader = Some(waker.clone());
        }
        self.is_cut.load(Ordering::Acquire)
    }

    /// Notes that bytes were read.
    pub(super) fn has_read(&self, bytes: usize) {
        self.read.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Forgets the connection: its socket is gone.
    pub(super) fn forget(&self) {
        self.connections.lock().remove(&self.id);
    }

    /// Begins a call.
    pub(super) fn call(self: &Arc<Self>) -> OpenCall {
        self.calls.fetch_add(1, Ordering::AcqRel);
        OpenCall(Arc::clone(self))
    }

    fn is_silent(&self, greeting_patience: Duration, idle_max: Duration) -> bool {
        let age = self.open_for.elapsed();
        let called_at = Duration::from_millis(self.called_at_ms.load(Ordering::Relaxed));
        let has_greeted = self.read.load(Ordering::Relaxed) >= GREETING_BYTES;
        let is_idle = self.calls.load(Ordering::Acquire) == 0 && age >= called_at + idle_max;
        is_idle || !has_greeted && age >= greeting_patience
    }

    /// Closes the connection: its reader sees the end.
    fn cut(&self) {
        self.is_cut.store(true, Ordering::Release);
        if let Some(reader) = self.reader.lock().expect("nothing panics while it holds the lock").take() {
            reader.wake();
        }
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let now = u64::try_from(self.0.open_for.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.called_at_ms.store(now, Ordering::Relaxed);
        self.0.calls.fetch_sub(1, Ordering::AcqRel);
    }
}
