//! One connection, as it is looked at from outside: what is open on it, and whether anybody would miss it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::budget::{Share, Taken};
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
    /// How long replies may be ready on a connection that takes nothing of any of them.
    pub(super) reader_patience: Duration,
}

impl Default for ConnectionLimits {
    /// Ten seconds for a greeting: a slow network takes one. Ten minutes without a call: a client that calls now and then keeps
    /// its connection, and one that was forgotten loses it. Clients connect again by themselves. A minute without reading:
    /// twice as long as each reply is kept.
    fn default() -> Self {
        Self {
            connections_max: CONNECTIONS_MAX,
            greeting_patience: Duration::from_secs(10),
            idle_max: Duration::from_mins(10),
            reader_patience: Duration::from_mins(1),
        }
    }
}

/// The largest number of streams, of entries or of activities, that are open at once on one connection.
pub(super) const CONNECTION_STREAMS_MAX: usize = 16;

/// The largest number of watches of health and streams of reflection on one connection.
const CONNECTION_SIDE_STREAMS_MAX: usize = 4;

/// Bytes of a greeting: the preface of HTTP/2 (24) and the head of a frame (9).
const GREETING_BYTES: u64 = 33;

/// What a connection has of what all connections share.
pub(super) struct Shares {
    pub(super) calls: Arc<Share>,
    /// Memory of requests, in bytes.
    pub(super) requests: Arc<Share>,
    /// Bytes of replies that wait.
    pub(super) replies: Arc<Share>,
    /// Places for streams of reflection.
    pub(super) reflections: Arc<Semaphore>,
    /// Places for watches of health.
    pub(super) health_watches: Arc<Semaphore>,
}

/// One connection, as it is looked at from outside.
pub(super) struct Connection {
    open_for: Stopwatch,
    /// Bytes read so far.
    read: AtomicU64,
    pub(super) shares: Shares,
    /// Places for streams.
    pub(super) streams: Arc<Semaphore>,
    /// Places for watches of health and streams of reflection.
    side_streams: Arc<Semaphore>,
    /// Calls that are open.
    open_calls: AtomicUsize,
    /// Replies of which something is ready for the reader, or handed over and not yet sent.
    unread: AtomicUsize,
    /// Milliseconds after which a call last ended.
    ended_at_ms: AtomicU64,
    /// Milliseconds after which something was last taken of a reply, or the first of those that are unread became so.
    taken_at_ms: AtomicU64,
    has_called: AtomicBool,
    /// Milliseconds after which bytes were last read.
    read_at_ms: AtomicU64,
    /// Bodies of requests that have not wholly come.
    unfinished: AtomicUsize,
    /// True while the peer takes nothing of what is sent, be it packets of calls that have ended.
    is_blocked: AtomicBool,
    /// Milliseconds after which that began.
    blocked_at_ms: AtomicU64,
    is_cut: AtomicBool,
    /// The task that reads.
    reader: Mutex<Option<Waker>>,
}

/// A connection as its calls know it.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    pub(super) connection: Arc<Connection>,
}

/// A call that is open on a connection, until this is dropped.
pub(super) struct OpenCall {
    connection: Arc<Connection>,
    _taken: Taken,
    _places: Vec<OwnedSemaphorePermit>,
}

/// The body of a request that has not wholly come, until this is dropped.
pub(super) struct Unfinished(Arc<Connection>);

/// A call that is answered, with what its connection knows of the reply.
pub(super) struct Answered {
    call: OpenCall,
    is_unread: bool,
}

impl Connection {
    pub(super) fn new(shares: Shares) -> Self {
        Self {
            open_for: Stopwatch::start(),
            read: AtomicU64::new(0),
            shares,
            streams: Arc::new(Semaphore::new(CONNECTION_STREAMS_MAX)),
            side_streams: Arc::new(Semaphore::new(CONNECTION_SIDE_STREAMS_MAX)),
            open_calls: AtomicUsize::new(0),
            unread: AtomicUsize::new(0),
            ended_at_ms: AtomicU64::new(0),
            taken_at_ms: AtomicU64::new(0),
            has_called: AtomicBool::new(false),
            read_at_ms: AtomicU64::new(0),
            unfinished: AtomicUsize::new(0),
            is_blocked: AtomicBool::new(false),
            blocked_at_ms: AtomicU64::new(0),
            is_cut: AtomicBool::new(false),
            reader: Mutex::default(),
        }
    }

    /// True when the connection is closed; otherwise the task is woken once it is.
    pub(super) fn is_cut(&self, waker: &Waker) -> bool {
        let mut reader = self.reader.lock().expect("nothing panics while it holds the lock");
        if !reader.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *reader = Some(waker.clone());
        }
        self.is_cut.load(Ordering::Acquire)
    }

    /// Notes that bytes were read.
    pub(super) fn has_read(&self, bytes: usize) {
        self.read.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.note_now(&self.read_at_ms);
    }

    /// Begins a call; `None` when as many are open as may be.
    pub(super) fn call(self: &Arc<Self>) -> Option<OpenCall> {
        self.begin(Vec::new())
    }

    /// Begins a watch of health; `None` when as many are open as may be.
    pub(super) fn watch_health(self: &Arc<Self>) -> Option<OpenCall> {
        self.begin_aside(&self.shares.health_watches)
    }

    /// Begins a stream of reflection; `None` when as many are open as may be.
    pub(super) fn reflect(self: &Arc<Self>) -> Option<OpenCall> {
        self.begin_aside(&self.shares.reflections)
    }

    fn begin_aside(self: &Arc<Self>, places: &Arc<Semaphore>) -> Option<OpenCall> {
        let own = Arc::clone(&self.side_streams).try_acquire_owned().ok()?;
        let place = Arc::clone(places).try_acquire_owned().ok()?;
        self.begin(vec![own, place])
    }

    fn begin(self: &Arc<Self>, places: Vec<OwnedSemaphorePermit>) -> Option<OpenCall> {
        let taken = self.shares.calls.take(1)?;
        self.open_calls.fetch_add(1, Ordering::AcqRel);
        self.has_called.store(true, Ordering::Release);
        Some(OpenCall { connection: Arc::clone(self), _taken: taken, _places: places })
    }

    /// True when nobody would miss the connection, or nobody reads what it is sent.
    pub(super) fn is_silent(&self, limits: &ConnectionLimits) -> bool {
        let has_greeted = self.read.load(Ordering::Relaxed) >= GREETING_BYTES;
        self.idle_for().is_some_and(|idle_for| idle_for >= limits.idle_max)
            || self.unread_for().is_some_and(|unread_for| unread_for >= limits.reader_patience)
            || self.blocked_for().is_some_and(|blocked_for| blocked_for >= limits.reader_patience)
            || !has_greeted && self.open_for.elapsed() >= limits.greeting_patience
    }

    /// How long nothing has been open on the connection; `None` when something is. (What HTTP/2 still has of the last reply is not
    /// seen here.)
    pub(super) fn idle_for(&self) -> Option<Duration> {
        // A call that ends in between has noted the time of its end first.
        (self.open_calls.load(Ordering::Acquire) == 0).then(|| self.since(&self.ended_at_ms))
    }

    /// How long nothing has come of the bodies for which every open call waits; `None` when a call waits for something else.
    pub(super) fn unsent_for(&self) -> Option<Duration> {
        let waits_for_all = self.unfinished.load(Ordering::Acquire) >= self.open_calls.load(Ordering::Acquire);
        waits_for_all.then(|| self.since(&self.read_at_ms))
    }

    /// Begins the body of a request.
    pub(super) fn begin_body(self: &Arc<Self>) -> Unfinished {
        self.unfinished.fetch_add(1, Ordering::AcqRel);
        Unfinished(Arc::clone(self))
    }

    /// How long nothing has been taken although something is there for the reader; `None` when nothing is.
    fn unread_for(&self) -> Option<Duration> {
        (self.unread.load(Ordering::Acquire) > 0).then(|| self.since(&self.taken_at_ms))
    }

    /// How long the peer has taken nothing of what is sent; `None` while it takes something.
    fn blocked_for(&self) -> Option<Duration> {
        self.is_blocked.load(Ordering::Acquire).then(|| self.since(&self.blocked_at_ms))
    }

    /// Notes that the peer takes nothing from now on, or something again.
    pub(super) fn note_blocked(&self, is_blocked: bool) {
        self.note_now(&self.blocked_at_ms);
        self.is_blocked.store(is_blocked, Ordering::Release);
    }

    fn since(&self, ms: &AtomicU64) -> Duration {
        self.open_for.elapsed().saturating_sub(Duration::from_millis(ms.load(Ordering::Acquire)))
    }

    fn note_now(&self, ms: &AtomicU64) {
        ms.store(u64::try_from(self.open_for.elapsed().as_millis()).unwrap_or(u64::MAX), Ordering::Release);
    }

    pub(super) fn never_called(&self) -> bool {
        !self.has_called.load(Ordering::Acquire)
    }

    /// Closes the connection: its reader sees the end.
    pub(super) fn cut(&self) {
        self.is_cut.store(true, Ordering::Release);
        if let Some(reader) = self.reader.lock().expect("nothing panics while it holds the lock").take() {
            reader.wake();
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.0.unfinished.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        self.connection.note_now(&self.connection.ended_at_ms);
        self.connection.open_calls.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Answered {
    pub(super) const fn new(call: OpenCall) -> Self {
        Self { call, is_unread: false }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.call.connection
    }

    /// Notes that something of the reply is there for its reader.
    pub(super) fn is_ready(&mut self) {
        if !std::mem::replace(&mut self.is_unread, true) {
            let connection = self.connection();
            if connection.unread.load(Ordering::Acquire) == 0 {
                connection.note_now(&connection.taken_at_ms);
            }
            connection.unread.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Notes that its reader has taken what was there.
    pub(super) fn is_taken(&mut self) {
        if std::mem::replace(&mut self.is_unread, false) {
            let connection = self.connection();
            connection.note_now(&connection.taken_at_ms);
            connection.unread.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        if self.is_unread {
            self.connection().unread.fetch_sub(1, Ordering::AcqRel);
        }
    }
}
