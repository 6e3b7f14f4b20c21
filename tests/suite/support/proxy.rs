//! A path to a database that can go dead without a word: nothing is refused, nothing is answered.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A path to a database that can go dead without a word.
pub struct Proxy {
    pub address: SocketAddr,
    /// How often the path has gone dead: what was connected before stays so.
    deaths: watch::Sender<u64>,
}

impl Proxy {
    /// Passes on whatever comes to a port of this machine.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (deaths, died) = watch::channel(0);
        tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let mut died = died.clone();
                died.mark_unchanged();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    tokio::select! {
                        _ended = copy_bidirectional(&mut client, &mut server) => {}
                        Ok(()) = died.changed() => std::future::pending().await,
                    }
                });
            }
        });
        Self { address, deaths }
    }

    /// From now on nothing comes through on what is connected; what connects later is not concerned.
    pub fn go_dead(&self) {
        self.deaths.send_modify(|deaths| *deaths += 1);
    }
}
