//! One connection, as it is looked at from outside: what is open on it, and whether anybody would miss it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;
use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::budget::{Share, Taken};
use super::counted::Counted;
use crate::ledger::clock::Stopwatch;

/// The largest number of connections. Systems usually allow a process 1,024 descriptors; the rest are for the store, for files
/// and to tell those who are turned away.
pub(super) const CONNECTIONS_MAX: usize = 768;

/// Descriptors that are left for the rest where a process may have fewer: the store takes some forty, and the port for whoever operates the
/// server as many.
const OTHER_DESCRIPTORS: u64 = 128;

/// The least number of connections, however few descriptors there may be.
const CONNECTIONS_MIN: usize = 16;

/// Returns how many connections a process takes that may have so many descriptors; `None` for any number.
fn connections_max(descriptors: Option<u64>) -> usize {
    let left = descriptors.and_then(|descriptors| usize::try_from(descriptors.saturating_sub(OTHER_DESCRIPTORS)).ok());
    left.unwrap_or(CONNECTIONS_MAX).clamp(CONNECTIONS_MIN, CONNECTIONS_MAX)
}

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
            connections_max: connections_max(getrlimit(Resource::Nofile).current),
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

/// How many long pages of lists are read at once for one connection. A page of a thousand entries takes a thread for milliseconds,
/// and a connection may have 256 calls open.
const CONNECTION_LISTS_MAX: usize = 1;

/// How many long pages of lists are read at once: one for each core. While one waits for the store, the core is others'.
pub(super) fn lists_at_once() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

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
    /// Turns of those who read lists.
    pub(super) lists: Arc<Semaphore>,
}

/// One connection, as it is looked at from outside.
pub(super) struct Connection {
    open_for: Stopwatch,
    /// Bytes read so far.
    read: Counted,
    /// How often a call has ended, something was taken of a reply, or the first of those that are unread became so.
    progress: Counted,
    pub(super) shares: Shares,
    /// Places for streams.
    pub(super) streams: Arc<Semaphore>,
    /// Places for watches of health and streams of reflection.
    side_streams: Arc<Semaphore>,
    /// Turns of its calls that read lists.
    lists: Arc<Semaphore>,
    /// Calls that were read: frames that begin one.
    read_calls: AtomicU64,
    /// Calls that have run as far as the door.
    arrived_calls: AtomicU64,
    /// As many had at the last look.
    seen_calls: AtomicU64,
    /// True while the reader waits for calls to arrive.
    is_waiting: AtomicBool,
    /// Calls that are open.
    open_calls: AtomicUsize,
    /// Replies of which something is ready for the reader, or handed over and not yet sent.
    unread: AtomicUsize,
    /// Bodies of requests that have not wholly come.
    unfinished: AtomicUsize,
    /// The time after which the peer began to take nothing of what is sent, be it packets of calls that have ended.
    blocked_at: Mutex<Option<Duration>>,
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

/// The turn of a call that reads a page of a list, until this is dropped.
pub(super) struct ListTurn {
    _own: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
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
            read: Counted::default(),
            progress: Counted::default(),
            shares,
            streams: Arc::new(Semaphore::new(CONNECTION_STREAMS_MAX)),
            side_streams: Arc::new(Semaphore::new(CONNECTION_SIDE_STREAMS_MAX)),
            lists: Arc::new(Semaphore::new(CONNECTION_LISTS_MAX)),
            read_calls: AtomicU64::new(0),
            arrived_calls: AtomicU64::new(0),
            seen_calls: AtomicU64::new(0),
            is_waiting: AtomicBool::new(false),
            open_calls: AtomicUsize::new(0),
            unread: AtomicUsize::new(0),
            unfinished: AtomicUsize::new(0),
            blocked_at: Mutex::default(),
            is_cut: AtomicBool::new(false),
            reader: Mutex::default(),
        }
    }

    /// True when the connection is closed; otherwise the task is woken once it is.
    pub(super) fn is_cut(&self, waker: &Waker) -> bool {
        let mut reader = lock(&self.reader);
        if !reader.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *reader = Some(waker.clone());
        }
        self.is_cut.load(Ordering::Acquire)
    }

    /// Notes that bytes were read.
    pub(super) fn note_read(&self, bytes: usize) {
        self.read.add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// Notes that so many calls were read.
    pub(super) fn note_read_calls(&self, calls: u64) {
        self.read_calls.fetch_add(calls, Ordering::SeqCst);
    }

    /// True while calls that were read have not run as far as the door: until then they hold headers that nobody has counted. The
    /// reader, who is known by `is_cut`, is woken once they have.
    pub(super) fn waits_for_calls(&self) -> bool {
        let waits = || self.arrived_calls.load(Ordering::SeqCst) < self.read_calls.load(Ordering::SeqCst);
        if !waits() {
            return false;
        }
        // The last of them may have come before it could know that somebody waits.
        self.is_waiting.store(true, Ordering::SeqCst);
        let waits = waits();
        self.is_waiting.fetch_and(waits, Ordering::SeqCst);
        waits
    }

    /// Notes that a call has run as far as the door.
    pub(super) fn note_arrived_call(&self) {
        let arrived = self.arrived_calls.fetch_add(1, Ordering::SeqCst) + 1;
        let is_last = arrived >= self.read_calls.load(Ordering::SeqCst);
        if is_last && self.is_waiting.swap(false, Ordering::SeqCst) {
            self.wake_reader();
        }
    }

    fn wake_reader(&self) {
        if let Some(reader) = &*lock(&self.reader) {
            reader.wake_by_ref();
        }
    }

    /// Sees what has changed since the last time.
    pub(super) fn look(&self) {
        let now = self.open_for.elapsed();
        self.read.look(now);
        self.progress.look(now);
        // HTTP/2 refuses some calls before they come to the door, as those with too many headers: nobody waits for them for long.
        let arrived = self.arrived_calls.load(Ordering::SeqCst);
        if arrived == self.seen_calls.swap(arrived, Ordering::SeqCst) && self.is_waiting.swap(false, Ordering::SeqCst) {
            self.arrived_calls.store(self.read_calls.load(Ordering::SeqCst), Ordering::SeqCst);
            self.wake_reader();
        }
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
        Some(OpenCall { connection: Arc::clone(self), _taken: taken, _places: places })
    }

    /// Waits for the turn of a call that reads a list, until this is dropped: few have it at once, and each connection fewer, so
    /// that other calls do not wait behind them for the threads.
    pub(super) async fn list_turn(&self) -> ListTurn {
        let own = Arc::clone(&self.lists).acquire_owned().await.expect("nothing closes it");
        let place = Arc::clone(&self.shares.lists).acquire_owned().await.expect("nothing closes it");
        ListTurn { _own: own, _place: place }
    }

    /// True when nobody would miss the connection, or nobody reads what it is sent.
    pub(super) fn is_silent(&self, limits: &ConnectionLimits) -> bool {
        let has_greeted = self.read.get() >= GREETING_BYTES;
        self.idle_for().is_some_and(|idle_for| idle_for >= limits.idle_max)
            || self.unread_for().is_some_and(|unread_for| unread_for >= limits.reader_patience)
            || self.blocked_for().is_some_and(|blocked_for| blocked_for >= limits.reader_patience)
            || !has_greeted && self.open_for.elapsed() >= limits.greeting_patience
    }

    /// Returns how many calls have run as far as the door.
    pub(super) fn arrived_calls(&self) -> u64 {
        self.arrived_calls.load(Ordering::SeqCst)
    }

    /// True while a call is open.
    pub(super) fn has_call(&self) -> bool {
        self.open_calls.load(Ordering::Acquire) > 0
    }

    /// How long nothing has been open on the connection; `None` when something is. (What HTTP/2 still has of the last reply is not
    /// seen here.)
    pub(super) fn idle_for(&self) -> Option<Duration> {
        // A call that ends in between has been counted as progress first.
        (self.open_calls.load(Ordering::Acquire) == 0).then(|| self.progress.unchanged_for(self.open_for.elapsed()))
    }

    /// How long nothing has come of the bodies for which every open call waits; `None` when a call waits for something else.
    pub(super) fn unsent_for(&self) -> Option<Duration> {
        let waits_for_all = self.unfinished.load(Ordering::Acquire) >= self.open_calls.load(Ordering::Acquire);
        waits_for_all.then(|| self.read.unchanged_for(self.open_for.elapsed()))
    }

    /// Begins the body of a request.
    pub(super) fn begin_body(self: &Arc<Self>) -> Unfinished {
        self.unfinished.fetch_add(1, Ordering::AcqRel);
        Unfinished(Arc::clone(self))
    }

    /// How long nothing has been taken although something is there for the reader; `None` when nothing is.
    fn unread_for(&self) -> Option<Duration> {
        (self.unread.load(Ordering::Acquire) > 0).then(|| self.progress.unchanged_for(self.open_for.elapsed()))
    }

    /// How long the peer has taken nothing of what is sent; `None` while it takes something.
    fn blocked_for(&self) -> Option<Duration> {
        lock(&self.blocked_at).map(|blocked_at| self.open_for.elapsed().saturating_sub(blocked_at))
    }

    /// Notes that the peer takes nothing from now on, or something again.
    pub(super) fn note_blocked(&self, is_blocked: bool) {
        *lock(&self.blocked_at) = is_blocked.then(|| self.open_for.elapsed());
    }

    /// True when no call has ended yet.
    pub(super) fn never_called(&self) -> bool {
        self.progress.get() == 0
    }

    /// Closes the connection: its reader sees the end.
    pub(super) fn cut(&self) {
        self.is_cut.store(true, Ordering::Release);
        self.wake_reader();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it holds the lock")
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.0.unfinished.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        self.connection.progress.add(1);
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
    pub(super) fn note_ready(&mut self) {
        if !std::mem::replace(&mut self.is_unread, true) {
            let connection = self.connection();
            if connection.unread.load(Ordering::Acquire) == 0 {
                connection.progress.add(1);
            }
            connection.unread.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Notes that its reader has taken what was there.
    pub(super) fn note_taken(&mut self) {
        if std::mem::replace(&mut self.is_unread, false) {
            let connection = self.connection();
            connection.progress.add(1);
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
