//! A wire to a server or a database, which can be cut where it hurts.

use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// What a server sends of at least so many bytes at once is an append: its statement has 42 parameters, others a few.
const APPEND_BYTES_MIN: usize = 800;

/// A wire in front of a server or a database.
pub struct Wire {
    pub port: u16,
    carrier: Arc<Carrier>,
}

struct Carrier {
    target: AtomicU16,
    /// The reply to the next append is to be lost.
    armed: AtomicBool,
    /// Replies lost so.
    lost: AtomicUsize,
    connections: Mutex<Vec<AbortHandle>>,
}

impl Wire {
    /// Listens on a port of its own, for as long as the runtime of the test lives.
    pub async fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let carrier = Arc::new(Carrier {
            target: target.into(),
            armed: AtomicBool::new(false),
            lost: AtomicUsize::new(0),
            connections: Mutex::default(),
        });
        let accepting = Arc::clone(&carrier);
        tokio::spawn(async move {
            while let Ok((server, _)) = listener.accept().await {
                let connection = tokio::spawn(Arc::clone(&accepting).carry(server));
                accepting.connections.lock().unwrap().push(connection.abort_handle());
            }
        });
        Self { port, carrier }
    }

    /// The same URL, through the wire.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Loses the reply to the next append: the database has committed it, the server is never told.
    pub fn lose_next_reply(&self) {
        self.carrier.armed.store(true, Ordering::SeqCst);
    }

    /// Replies that were lost on demand.
    pub fn replies_lost(&self) -> usize {
        self.carrier.lost.load(Ordering::SeqCst)
    }

    /// Cuts every connection, whatever is under way.
    pub fn cut(&self) {
        self.carrier.connections.lock().unwrap().drain(..).for_each(|connection| connection.abort());
    }

    /// Sends connections elsewhere from now on.
    pub fn point_to(&self, target: u16) {
        self.carrier.target.store(target, Ordering::SeqCst);
        self.cut();
    }
}

impl Carrier {
    /// Carries bytes both ways until one side closes; dropping it cuts both.
    async fn carry(self: Arc<Self>, server: TcpStream) {
        let target = self.target.load(Ordering::SeqCst);
        let Ok(database) = TcpStream::connect(("127.0.0.1", target)).await else { return };
        server.set_nodelay(true).unwrap();
        database.set_nodelay(true).unwrap();
        let (from_server, to_server) = server.into_split();
        let (from_database, to_database) = database.into_split();
        let losing = Arc::new(AtomicBool::new(false));
        let mut ways = JoinSet::new();
        ways.spawn(Arc::clone(&self).requests(from_server, to_database, Arc::clone(&losing)));
        ways.spawn(self.replies(from_database, to_server, losing));
        ways.join_next().await;
    }

    async fn requests(
        self: Arc<Self>,
        mut from_server: OwnedReadHalf,
        mut to_database: OwnedWriteHalf,
        losing: Arc<AtomicBool>,
    ) {
        let mut bytes = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from_server.read(&mut bytes).await {
            // Set before it is sent on: the reply cannot come earlier.
            if count >= APPEND_BYTES_MIN && self.armed.swap(false, Ordering::SeqCst) {
                losing.store(true, Ordering::SeqCst);
            }
            if to_database.write_all(&bytes[..count]).await.is_err() {
                return;
            }
        }
    }

    async fn replies(
        self: Arc<Self>,
        mut from_database: OwnedReadHalf,
        mut to_server: OwnedWriteHalf,
        losing: Arc<AtomicBool>,
    ) {
        let mut bytes = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from_database.read(&mut bytes).await {
            if losing.load(Ordering::SeqCst) {
                // The database sends a reply of this size in one piece, once it has committed.
                self.lost.fetch_add(1, Ordering::SeqCst);
                return;
            }
            if to_server.write_all(&bytes[..count]).await.is_err() {
                return;
            }
        }
    }
}
