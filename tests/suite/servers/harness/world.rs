//! The servers of a scenario: processes that are killed, stopped and started again while clients go on.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, RwLock};

use tempfile::TempDir;

use crate::support::clients::{Clients, create_program};
use crate::support::process::{ServeProcess, kill};

/// Servers on one store.
pub struct World {
    database: String,
    servers: Mutex<Vec<Option<ServeProcess>>>,
    addresses: Addresses,
    environment: Environment,
    /// What the servers log; kept when the test fails.
    logs: Option<TempDir>,
}

/// Where the servers listen now: one that starts again has another port.
pub type Addresses = Arc<RwLock<Vec<SocketAddr>>>;

/// Variables the servers are started with.
pub type Environment = Vec<(OsString, OsString)>;

impl World {
    /// Starts servers on a store, and creates the programme `qc` with its rules.
    pub async fn start(database: &str, servers: usize) -> Self {
        Self::start_with(database, servers, Environment::new()).await
    }

    /// The same, with variables in the servers' environment.
    pub async fn start_with(database: &str, servers: usize, environment: Environment) -> Self {
        let world = Self {
            database: database.into(),
            servers: Mutex::default(),
            addresses: Addresses::default(),
            environment,
            logs: Some(tempfile::tempdir().unwrap()),
        };
        for server in 0..servers {
            let process = world.spawn(server, "");
            world.addresses.write().unwrap().push(process.address);
            world.servers.lock().unwrap().push(Some(process));
        }
        create_program(&world.clients(0).await).await;
        world
    }

    /// Where the servers listen now.
    pub fn addresses(&self) -> Addresses {
        Arc::clone(&self.addresses)
    }

    /// A connection to one server.
    pub async fn clients(&self, server: usize) -> Clients {
        let address = self.addresses.read().unwrap()[server];
        Clients::connect(address).await
    }

    /// `kill -9`.
    pub fn kill(&self, server: usize) {
        let process = self.servers.lock().unwrap()[server].take().expect("the server runs");
        tokio::task::block_in_place(|| process.kill());
    }

    /// Waits until a server that kills itself has done so.
    #[cfg(feature = "failpoints")]
    pub fn killed_itself(&self, server: usize) {
        let process = self.servers.lock().unwrap()[server].take().expect("the server runs");
        tokio::task::block_in_place(|| process.killed());
    }

    /// Starts a server that was killed, with failpoints as the crate `fail` reads them.
    pub fn start_again(&self, server: usize, failpoints: &str) {
        let process = self.spawn(server, failpoints);
        self.addresses.write().unwrap()[server] = process.address;
        self.servers.lock().unwrap()[server] = Some(process);
    }

    /// Sends a signal to a server, as `-STOP`.
    pub fn signal(&self, server: usize, signal: &str) {
        assert!(kill(self.servers.lock().unwrap()[server].as_ref().expect("the server runs").id(), signal));
    }

    fn spawn(&self, server: usize, failpoints: &str) -> ServeProcess {
        let logs = self.logs.as_ref().expect("only a drop takes it").path();
        let log = logs.join(format!("server-{server}.log"));
        let mut environment = self.environment.clone();
        environment.push(("FAILPOINTS".into(), failpoints.into()));
        tokio::task::block_in_place(|| ServeProcess::start_logging(&self.database, &log, &environment))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(logs) = self.logs.take()
        {
            println!("the servers' logs are kept in {}", logs.keep().display());
        }
    }
}
