//! `goodturn import`, run on files of a folder, also while its server is killed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use goodturn::pb;

use super::clients::{Clients, create_program, database};
use super::community::{ACTIVITIES, POINTS, file};
use super::process::{Ended, GOODTURN, ServeProcess, ended, goodturn};
use super::reads::verified;
use super::refused::head_seq;
use super::wire::Wire;

/// Arguments of the command, on files of a folder. What is given goes before what most tests want.
pub fn arguments<'a>(server: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let usual = [("--program", "qc"), ("--source", "forum"), ("--server", server)];
    let usual =
        usual.into_iter().filter(|(option, _)| !more.contains(option)).flat_map(|(option, value)| [option, value]);
    ["import"].into_iter().chain(usual).chain(more.iter().copied()).collect()
}

/// Runs the import on files of a folder.
pub fn import(folder: &Path, address: std::net::SocketAddr, more: &[&str]) -> Ended {
    goodturn(folder, &arguments(&format!("http://{address}"), more))
}

/// The figure of a line of the summary.
#[track_caller]
pub fn figure(summary: &str, name: &str) -> usize {
    let line = summary.lines().find_map(|line| line.trim_start().strip_prefix(name)?.strip_prefix(' '));
    let line = line.unwrap_or_else(|| panic!("no {name:?} in {summary}"));
    line.trim().replace(',', "").parse().unwrap()
}

/// The community's lines as CSV, with columns in an order of their own.
pub fn as_csv() -> String {
    let mut csv = "occurred_at,subject,counterparty,member,kind,id\n".to_owned();
    for line in std::fs::read_to_string(file()).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let cells = ["occurred_at", "subject", "counterparty", "member", "kind", "id"];
        let cells = cells.map(|field| line[field].as_str().unwrap_or_default());
        csv += &(cells.join(",") + "\n");
    }
    csv
}

/// Entries before the first activity.
pub const BEFORE: i64 = 2;

/// A server that can be killed, behind an address that stays.
pub struct World {
    pub folder: tempfile::TempDir,
    pub server: ServeProcess,
    pub wire: Wire,
}

impl World {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = ServeProcess::start(&database(&folder));
        let wire = Wire::start(server.address.port()).await;
        let world = Self { folder, server, wire };
        create_program(&world.clients().await).await;
        world
    }

    pub async fn clients(&self) -> Clients {
        Clients::connect(self.server.address).await
    }

    /// `kill -9`, and another server on the same file.
    pub fn kill_and_restart(self) -> Self {
        let Self { folder, server, wire } = self;
        server.kill();
        let server = ServeProcess::start(&database(&folder));
        wire.point_to(server.address.port());
        Self { folder, server, wire }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn spawn(&self, more: &[&str]) -> Child {
        let url = format!("http://127.0.0.1:{}", self.wire.port);
        let every: &[&str] = if more.contains(&"--progress-every") { &[] } else { &["--progress-every", "250"] };
        Command::new(GOODTURN)
            .args(arguments(&url, &[every, more].concat()))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub async fn import(&self, more: &[&str]) -> Ended {
        ended(self.spawn(more)).await
    }

    /// What the community's import ends in, however it came about.
    pub async fn is_complete(&self) {
        let clients = self.clients().await;
        assert_eq!(head_seq(&clients).await, BEFORE + i64::try_from(ACTIVITIES).unwrap());
        let board = pb::GetLeaderboardRequest { parent: "programs/qc".into(), page_size: 1_000, ..Default::default() };
        let rows = clients.boards().get_leaderboard(board).await.unwrap().into_inner().rows;
        assert_eq!(rows.iter().map(|row| row.points).sum::<i64>(), POINTS);
        verified(&clients).await;
    }
}

/// Lines that are answered, as the progress file says.
pub fn answered(path: &Path) -> u64 {
    let Ok(text) = std::fs::read_to_string(path) else { return 0 };
    let state: serde_json::Value = serde_json::from_str(&text).expect("there is never half a file");
    state["lines"].as_u64().unwrap()
}
