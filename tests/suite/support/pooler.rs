//! A PgBouncer for tests, in transaction mode. It ends with the tests.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use super::postgres::{Cluster, free_port, give_to_postgres, system_program, wait_until};
use super::programs::{Script, file_of};

/// Runs the pooler, and ends it when the pipe to its stdin closes, however this process ends.
const KEEPER: Script = Script(
    r#"
folder=$1
shift
exec 2>>"$folder/log"
"$@" </dev/null >>"$folder/log" 2>&1 &
pid=$!
read -r _
kill -KILL "$pid"
wait "$pid"
rm -rf "$folder"
"#,
);

/// A PgBouncer in front of a cluster.
pub struct Pooler {
    folder: PathBuf,
    port: u16,
    keeper: Child,
}

impl Pooler {
    /// Starts a pooler that keeps so many sessions for each database, and hands them on after each transaction.
    pub fn before(cluster: &Cluster, sessions: u32) -> Self {
        Self::in_mode("transaction", cluster, sessions)
    }

    /// Starts a pooler that hands sessions on after each `transaction`, or `session` of a client.
    pub fn in_mode(mode: &str, cluster: &Cluster, sessions: u32) -> Self {
        let folder = tempfile::Builder::new().prefix("goodturn-pgbouncer-").tempdir().unwrap().keep();
        let port = free_port();
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir = {}\nauth_type = any\npool_mode = {mode}\n\
             default_pool_size = {sessions}\nmax_client_conn = 200\n",
            cluster.port(),
            folder.display()
        );
        let file = folder.join("pgbouncer.ini");
        std::fs::write(&file, settings).unwrap();
        give_to_postgres(&folder);
        let program = system_program(file_of("pgbouncer"));
        let mut keeper = KEEPER.bash();
        keeper.arg("keeper").arg(&folder).arg(program.get_program()).args(program.get_args());
        keeper.arg(&file).process_group(0).current_dir("/").stdin(Stdio::piped());
        let keeper = keeper.spawn().expect("bash is installed");
        let pooler = Self { folder, port, keeper };
        wait_until("the pooler listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        pooler
    }

    /// Returns the URL of a database by way of the pooler, as a user must give it.
    pub fn url(&self, database: &str) -> String {
        format!("{}?statement-cache-capacity=0", self.bare_url(database))
    }

    /// Returns the same URL without the parameter for a pooler.
    pub fn bare_url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Returns the URL of a database by way of the pooler's socket, as a user must give it.
    pub fn socket_url(&self, database: &str) -> String {
        let (port, folder) = (self.port, self.folder.display());
        format!("postgres:///{database}?user=postgres&port={port}&host={folder}&statement-cache-capacity=0")
    }

    /// Returns its log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _already_ended = self.keeper.wait();
    }
}
