//! A path to a database that can go dead without a word: it refuses nothing and answers nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A function that looks at the bytes a client sends, piece by piece. It returns true when the path may go dead.
pub type Watcher = Box<dyn FnMut(&[u8]) -> bool + Send>;

/// A path to a database that can go dead without a word.
pub struct Proxy {
    pub address: SocketAddr,
    /// How often the path has gone dead. Connections made before stay dead.
    deaths: watch::Sender<u64>,
    /// Number of connections that will still go dead when their watcher says so.
    doomed: Arc<AtomicUsize>,
}

impl Proxy {
    /// Passes on everything to a port of this machine.
    pub async fn to(port: u16) -> Self {
        Self::watched(port, || Box::new(|_| false)).await
    }

    /// Does the same, with a watcher for each connection.
    pub async fn watched(port: u16, watcher: fn() -> Watcher) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (deaths, died) = watch::channel(0);
        let doomed = Arc::new(AtomicUsize::new(0));
        let dooms = Arc::clone(&doomed);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let mut died = died.clone();
                died.mark_unchanged();
                let doomed = Arc::clone(&dooms);
                tokio::spawn(async move {
                    let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    let (from_client, mut to_client) = client.into_split();
                    let (mut from_server, to_server) = server.into_split();
                    tokio::select! {
                        () = requests(from_client, to_server, watcher(), doomed) => {}
                        _ended = copy(&mut from_server, &mut to_client) => {}
                        Ok(()) = died.changed() => std::future::pending().await,
                    }
                });
            }
        });
        Self { address, deaths, doomed }
    }

    /// Lets nothing more through on open connections. Connections made later are not affected.
    pub fn go_dead(&self) {
        self.deaths.send_modify(|deaths| *deaths += 1);
    }

    /// Makes so many connections go dead as soon as their watcher says so. The piece it saw then, and everything after
    /// it, arrives nowhere.
    pub fn doom(&self, connections: usize) {
        self.doomed.store(connections, Ordering::SeqCst);
    }

    /// Returns the number of connections that will still go dead.
    pub fn doomed(&self) -> usize {
        self.doomed.load(Ordering::SeqCst)
    }
}

/// Passes on the bytes that a client sends, until it ends or the path goes dead.
async fn requests(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut watcher: Watcher, doomed: Arc<AtomicUsize>) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let one_less = |left: usize| left.checked_sub(1);
        if watcher(&bytes[..count]) && doomed.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok() {
            std::future::pending::<()>().await;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
