//! Connections: how many there are, what is open on each, and which are closed because nothing is.
//!
//! A connection costs a descriptor, and a server without descriptors can open neither files nor other connections. So there is a
//! largest number of them, and whoever holds one has a time to say something: to greet, and to call now and then.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;

use super::budget::Budget;
use super::coalesce::Coalesced;
use super::connection::{Connection, ConnectionLimits, Shares, lists_at_once};
use super::socket::{Socket, Wire};
use super::tls::Tls;
use crate::ledger::clock::NowAndThen;
use crate::metrics::Gauge;

/// The largest number of calls that are open at once on all connections; each connection may have `CONNECTION_CALLS_MAX`.
const CALLS_MAX: usize = 8_192;

/// Bytes of memory that requests take at once, beside the first of each (see `incoming`): thirty of the largest usual batches.
///
/// What callers can take stays below 512 MiB: these 80, 64 for the first of each request, 50 for headers that are not counted
/// yet, 64 for replies, 8 for replies that are too small to be counted, 64 for pages of watchers, 64 for activities of streams, 48
/// for what waits in sockets, 24 for TLS, and some forty for the program itself. What is kept of programmes in use comes on top, and grows with them alone.
const REQUESTS_MEMORY_MAX: usize = 80 * 1024 * 1024;

/// Bytes of replies that wait for their readers at once: sixteen of the largest.
const REPLIES_MEMORY_MAX: usize = 64 * 1024 * 1024;

/// The largest number of streams of reflection at once. Each holds a description of the whole API, and people use them.
const REFLECTIONS_MAX: usize = 16;

/// The largest number of watches of health at once: each of many load balancers has one.
const HEALTH_WATCHES_MAX: usize = 256;

/// Bytes that all connections together read before the calls in them run. A header of one byte can refer to another and takes 200
/// bytes, and it is counted only when its call runs; until then its connection reads nothing more. So headers that are not counted
/// take 50 MiB at most, for a moment.
const READ_TOGETHER: usize = 256 * 1024;

/// The most that one connection reads before the calls in it run.
const READ_AT_ONCE_MAX: usize = 64 * 1024;

/// How often connections are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long a server that ends waits for a client who takes nothing of a reply, or sends nothing more of a request.
const STOPPING_PATIENCE: Duration = Duration::from_secs(3);

/// A connection without a call for so long may be closed in favour of the next, when there are as many as may be.
const REPLACED_AFTER: Duration = Duration::from_secs(1);

/// How often the log says that a connection was not taken.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// How long to wait after the operating system gave no connection, as when there are no descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The connections of a server, and what they share.
pub(super) struct Connections {
    limits: ConnectionLimits,
    calls: Arc<Budget>,
    requests: Arc<Budget>,
    replies: Arc<Budget>,
    reflections: Arc<Semaphore>,
    health_watches: Arc<Semaphore>,
    lists: Arc<Semaphore>,
    open: Mutex<BTreeMap<u64, Arc<Connection>>>,
    /// How many are open, or are being closed.
    count: Gauge,
    next_id: AtomicU64,
    is_stopping: AtomicBool,
}

/// A connection as long as its socket is there.
pub(super) struct Open {
    id: u64,
    pub(super) connection: Arc<Connection>,
    connections: Arc<Connections>,
}

impl Connections {
    pub(super) fn with_limits(limits: ConnectionLimits, count: Gauge) -> Arc<Self> {
        Arc::new(Self {
            limits,
            calls: Budget::new(CALLS_MAX, limits.connections_max),
            requests: Budget::new(REQUESTS_MEMORY_MAX, limits.connections_max),
            replies: Budget::new(REPLIES_MEMORY_MAX, limits.connections_max),
            reflections: Arc::new(Semaphore::new(REFLECTIONS_MAX)),
            health_watches: Arc::new(Semaphore::new(HEALTH_WATCHES_MAX)),
            lists: Arc::new(Semaphore::new(lists_at_once())),
            open: Mutex::default(),
            count,
            next_id: AtomicU64::new(0),
            is_stopping: AtomicBool::new(false),
        })
    }

    /// Takes connections from a listener. One beyond the largest number takes the place of the one that has been idle for the
    /// longest time. Without such a one it is closed at once: its client sees that, and does not wait. After an error there is a
    /// pause, and a line in the log a second.
    pub(super) fn accept(
        self: &Arc<Self>,
        listener: TcpListener,
        tls: Option<Arc<Tls>>,
    ) -> ReceiverStream<io::Result<Coalesced>> {
        let (sender, accepted) = mpsc::channel(1);
        let connections = Arc::clone(self);
        tokio::spawn(async move {
            let mut telling = NowAndThen::every(TOLD_EVERY);
            let mut tell = |problem: &dyn std::fmt::Display| {
                if telling.is_due() {
                    tracing::warn!(%problem, "a connection was not taken");
                }
            };
            loop {
                let socket = tokio::select! {
                    socket = listener.accept() => socket,
                    () = sender.closed() => return,
                };
                match socket {
                    Ok((socket, address)) => match connections.admit(socket, address, tls.as_deref()) {
                        Ok(socket) => {
                            if sender.send(Ok(socket)).await.is_err() {
                                return;
                            }
                        }
                        Err(problem) => tell(&problem),
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

    fn admit(self: &Arc<Self>, socket: TcpStream, address: SocketAddr, tls: Option<&Tls>) -> io::Result<Coalesced> {
        // Without it, small replies wait up to 40 ms for an acknowledgement of the packet before. A socket that cannot be set
        // so is gone already.
        socket.set_nodelay(true)?;
        let full = || io::Error::other(format!("{} are open, as many as may be", self.limits.connections_max));
        let open = self.begin().ok_or_else(full)?;
        let wire = Wire::new(socket, Arc::clone(&open.connection));
        let socket = match tls {
            Some(tls) => Socket::Agreeing(Box::new(tls.accept(wire))),
            None => Socket::Plain(wire),
        };
        Ok(Coalesced::new(socket, address, open))
    }

    /// Begins the shares of a connection.
    pub(super) fn shares(&self) -> Shares {
        Shares {
            calls: self.calls.share(),
            requests: self.requests.share(),
            replies: self.replies.share(),
            reflections: Arc::clone(&self.reflections),
            health_watches: Arc::clone(&self.health_watches),
            lists: Arc::clone(&self.lists),
        }
    }

    /// Begins a connection; `None` when there is no place for it.
    fn begin(self: &Arc<Self>) -> Option<Open> {
        let mut open = self.lock();
        if open.len() >= self.limits.connections_max {
            let idle = open.iter().filter_map(|(id, connection)| Some((connection.idle_for()?, *id, connection)));
            let (_, id, idlest) = idle
                .filter(|(idle_for, ..)| *idle_for >= REPLACED_AFTER)
                .max_by_key(|(idle_for, _, connection)| (connection.never_called(), *idle_for))?;
            idlest.cut();
            open.remove(&id);
        }
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::new(Connection::new(self.shares()));
        open.insert(id, Arc::clone(&connection));
        self.count.inc();
        Some(Open { id, connection, connections: Arc::clone(self) })
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
        let mut limits = self.limits;
        let is_stopping = self.is_stopping.load(Ordering::Acquire);
        if is_stopping {
            limits.greeting_patience = LOOK_EVERY;
            limits.idle_max = LOOK_EVERY;
            limits.reader_patience = STOPPING_PATIENCE;
        }
        for connection in self.lock().values() {
            connection.look();
            let sends_nothing = || connection.unsent_for().is_some_and(|unsent_for| unsent_for >= STOPPING_PATIENCE);
            if connection.is_silent(&limits) || is_stopping && sends_nothing() {
                connection.cut();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Connection>>> {
        self.open.lock().expect("nothing panics while it holds the lock")
    }
}

impl Open {
    /// How many bytes the connection may read before the calls in them run.
    pub(super) fn read_at_once(&self) -> usize {
        let count = usize::try_from(self.connections.count.get()).unwrap_or_default().max(1);
        READ_AT_ONCE_MAX.min(READ_TOGETHER / count)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.connections.lock().remove(&self.id);
        self.connections.count.dec();
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;
    use crate::grpc::connection::Answered;

    fn limited(limits: ConnectionLimits) -> Arc<Connections> {
        Connections::with_limits(limits, Gauge::default())
    }

    fn cut(open: &Open) -> bool {
        open.connection.is_cut(Waker::noop())
    }

    /// Lets time pass, as for a server that runs.
    async fn pass(connections: &Connections, seconds: u64) {
        for _ in 0..seconds {
            tokio::time::advance(LOOK_EVERY).await;
            connections.close_silent();
        }
    }

    fn greeted(connections: &Arc<Connections>) -> Open {
        let open = connections.begin().expect("there is a place");
        open.connection.note_read(100);
        open
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_greet_or_does_not_call_is_closed_in_time() {
        // INV 76
        let connections = limited(ConnectionLimits::default());
        let (silent, idle, busy) =
            (connections.begin().expect("a place"), greeted(&connections), greeted(&connections));
        let call = busy.connection.call();
        for (seconds, closed) in
            [(9, [false; 3]), (1, [true, false, false]), (589, [true, false, false]), (1, [true, true, false])]
        {
            pass(&connections, seconds).await;
            assert_eq!([&silent, &idle, &busy].map(cut), closed, "after {seconds} s more");
        }
        drop(call);
        pass(&connections, 600).await;
        assert!(!cut(&busy), "its call was seen to end a second later");
        connections.stop();
        pass(&connections, 1).await;
        assert!(cut(&busy), "a server that ends keeps nobody without a call");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_nobody_reads_is_closed() {
        // INV 76
        let connections = limited(ConnectionLimits::default());
        let [deaf, reading] = [greeted(&connections), greeted(&connections)];
        let answer = |open: &Open| {
            let mut answered = Answered::new(open.connection.call().expect("few are open"));
            answered.note_ready();
            answered
        };
        let (_first, mut other) = (answer(&deaf), answer(&reading));
        let _second = answer(&reading);
        for _ in 0..3 {
            pass(&connections, 30).await;
            other.note_taken();
            other.note_ready();
        }
        assert!(cut(&deaf));
        assert!(!cut(&reading), "something is taken of one of its replies");
    }

    /// Calls end once HTTP/2 has their replies, though the peer takes no packet.
    #[tokio::test(start_paused = true)]
    async fn a_connection_that_takes_no_packets_is_closed() {
        // INV 76
        let connections = limited(ConnectionLimits::default());
        let [stuck, slow] = [greeted(&connections), greeted(&connections)];
        for open in [&stuck, &slow] {
            open.connection.note_blocked(true);
        }
        pass(&connections, 40).await;
        slow.connection.note_blocked(false);
        slow.connection.note_blocked(true);
        pass(&connections, 20).await;
        assert_eq!([&stuck, &slow].map(cut), [true, false]);
    }

    /// Tasks do not run in the order in which they were woken, so a connection could read on while its calls wait.
    #[tokio::test(start_paused = true)]
    async fn nothing_more_is_read_until_the_calls_that_were_read_have_run_or_are_given_up() {
        // INV 76
        let connections = limited(ConnectionLimits::default());
        let open = greeted(&connections);
        let connection = &open.connection;
        assert!(!connection.waits_for_calls());
        connection.note_read_calls(2);
        assert!(connection.waits_for_calls());
        connection.note_arrived_call();
        assert!(connection.waits_for_calls());
        connection.note_arrived_call();
        assert!(!connection.waits_for_calls());
        // HTTP/2 refuses a call by itself: nobody waits for it for more than two looks.
        connection.note_read_calls(1);
        assert!(connection.waits_for_calls());
        pass(&connections, 2).await;
        assert!(!connection.waits_for_calls());
        // The count goes on from there.
        connection.note_read_calls(1);
        assert!(connection.waits_for_calls());
        connection.note_arrived_call();
        assert!(!connection.waits_for_calls());
    }

    /// A connection may have 256 calls open, and all of them may read lists.
    #[tokio::test(start_paused = true)]
    async fn lists_are_read_a_few_at_a_time_and_by_each_connection_fewer() {
        // INV 76
        let connections = limited(ConnectionLimits::default());
        let mut turns = Vec::new();
        let mut greedy: Vec<Open> = Vec::new();
        let second = Duration::from_secs(1);
        // At least one turn for each connection but the last: there may be any number of cores.
        while turns.len() < lists_at_once() {
            let open = greeted(&connections);
            while let Ok(turn) = tokio::time::timeout(second, open.connection.list_turn()).await {
                turns.push(turn);
            }
            greedy.push(open);
            assert!(turns.len() <= greedy.len(), "one for each connection");
        }
        let next = greeted(&connections);
        let waiting = tokio::spawn({
            let connection = Arc::clone(&next.connection);
            async move { connection.list_turn().await }
        });
        tokio::time::sleep(second).await;
        assert!(!waiting.is_finished(), "all turns are taken");
        turns.pop();
        drop(waiting.await.expect("it has its turn"));
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_connection_takes_the_place_of_the_idlest() {
        // INV 76
        let connections = limited(ConnectionLimits { connections_max: 3, ..ConnectionLimits::default() });
        let [calling, called, never] = [(); 3].map(|()| greeted(&connections));
        let _call = calling.connection.call();
        assert!(connections.begin().is_none(), "nobody has been idle for a second");
        drop(called.connection.call());
        pass(&connections, 2).await;
        let first = greeted(&connections);
        assert_eq!([&calling, &called, &never].map(cut), [false, false, true]);
        drop(first.connection.call());
        let _second = greeted(&connections);
        assert_eq!([&calling, &called, &first].map(cut), [false, true, false]);
        assert!(connections.begin().is_none());
    }
}
