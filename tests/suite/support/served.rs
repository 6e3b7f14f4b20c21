//! A server on a log in memory, whose clock and ledger a test controls.

use std::sync::Arc;

use goodturn::grpc::Api;
use goodturn::grpc::server::serve;
use goodturn::ledger::Ledger;
use goodturn::log::Log;
use goodturn::log::memory::MemoryLog;
use tokio::net::TcpListener;

use super::clients::{Clients, create_program};
use super::clock::ManualClock;
use super::payments::payee_keys;
use super::sample::program;

/// A server on a log in memory, whose clock and ledger a test controls.
pub struct Served {
    pub clients: Clients,
    pub clock: Arc<ManualClock>,
    pub ledger: Arc<Ledger>,
    pub address: std::net::SocketAddr,
}

impl Served {
    /// Starts a server at a time that stands still, with the programme `qc` and its rules.
    pub async fn at(rfc3339: &str) -> Self {
        Self::on(Arc::new(MemoryLog::default()), rfc3339).await
    }

    /// Does the same on a given log.
    pub async fn on(log: Arc<dyn Log>, rfc3339: &str) -> Self {
        let served = Self::empty(log, rfc3339).await;
        create_program(&served.clients).await;
        served
    }

    /// Does the same without a programme.
    pub async fn empty(log: Arc<dyn Log>, rfc3339: &str) -> Self {
        let clock = Arc::new(ManualClock::at(rfc3339));
        let ledger = Arc::new(Ledger::new(log, clock.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let api = Api::new(Arc::clone(&ledger)).with_payee_keys(payee_keys());
        // It ends with the test's runtime.
        tokio::spawn(serve(api, listener, None, std::future::pending()));
        let clients = Clients::connect(address).await;
        Self { clients, clock, ledger, address }
    }

    /// Recomputes everything, and finds nothing wrong.
    pub async fn verified(&self) {
        let report = goodturn::audit::verify(&**self.ledger.log(), &program(), |_| ()).await;
        assert_eq!(report.unwrap().unwrap().findings, []);
    }
}
