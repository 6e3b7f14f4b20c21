//! A server as whoever operates it sees it: its health, its metrics and its log.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use goodturn::ledger::clock::Stopwatch;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::clients::Clients;
use super::postgres::wait_until;
use super::process::ServeProcess;

/// A reply of the port for whoever operates a server.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// Sends a request, and reads to the end of the reply.
pub fn ask(address: SocketAddr, method: &str, path: &str, headers: &str) -> Reply {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
    socket.write_all(request.as_bytes()).unwrap();
    let mut told = String::new();
    socket.read_to_string(&mut told).unwrap();
    let (head, body) = told.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no reply to {path}: {told:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head: head.to_lowercase(), body: body.to_owned() }
}

/// Returns the reply to a question without anything special.
pub fn get(address: SocketAddr, path: &str) -> Reply {
    ask(address, "GET", path, "")
}

/// Returns the value of a metric that counts, by its name with its labels as they are written.
pub fn metric(address: SocketAddr, name: &str) -> u64 {
    value(&get(address, "/metrics").body, name).unwrap_or_else(|| panic!("there is no {name}"))
}

/// Returns the value of a metric in what was scraped.
pub fn value(scrape: &str, name: &str) -> Option<u64> {
    scrape.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim_end_matches(".0").parse().ok())
}

/// A server that is a process of its own, and its log.
pub struct Operated {
    pub server: ServeProcess,
    pub log: PathBuf,
}

impl Operated {
    /// Starts a server on a database, with its log in a folder and settings in its environment.
    pub fn start(database: &str, folder: &Path, settings: &[(&str, &str)]) -> Self {
        let log = folder.join("server.log");
        let settings: Vec<_> = settings.iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { server: ServeProcess::start_logging(database, &log, &settings), log }
    }

    /// Starts a server whose files may have so many KiB, until `prlimit` allows more.
    pub fn start_limited(database: &str, folder: &Path, file_kib_max: u32) -> Self {
        let log = folder.join("server.log");
        let file = std::fs::File::create(&log).unwrap();
        Self { server: ServeProcess::start_limited(database, file_kib_max, file.into()), log }
    }

    /// Returns everything that its log says.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Returns the lines of the log that hold a text, as JSON.
    pub fn lines(&self, holding: &str) -> Vec<serde_json::Value> {
        let log = self.log();
        log.lines().filter(|line| line.contains(holding)).map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Does the same once there are so many. Lines are written after what they tell of.
    pub fn until_lines(&self, holding: &str, count: usize) -> Vec<serde_json::Value> {
        wait_until(holding, || self.lines(holding).len() >= count);
        self.lines(holding)
    }

    /// Waits until health says this of the whole server and of a service, and readiness says so, too.
    pub async fn until(&self, expected: ServingStatus, patience: Duration) {
        let watch = Stopwatch::start();
        let health = HealthClient::new(Clients::connect(self.server.address).await.channel());
        let says = async |service: &str| {
            let asked = HealthCheckRequest { service: service.into() };
            health.clone().check(asked).await.unwrap().into_inner().status()
        };
        let ready = if expected == ServingStatus::Serving { 200 } else { 503 };
        loop {
            let told = [says("").await, says("goodturn.v1.Ledger").await];
            if told == [expected; 2] && get(self.server.admin, "/readyz").status == ready {
                return;
            }
            assert!(
                watch.elapsed() < patience,
                "{told:?} after {:?}, not {expected:?}: {}",
                watch.elapsed(),
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
