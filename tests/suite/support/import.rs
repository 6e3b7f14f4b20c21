//! `goodturn import`, run on files of a folder, also while its server is killed.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use goodturn::pb;

use super::clients::{Clients, TestServer, create_program, database};
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

/// Runs the import on what stands in a pipe.
pub async fn import_piped(server: &TestServer, text: &str, more: &[&str]) -> Output {
    let mut child = Command::new(GOODTURN)
        .args(arguments(&format!("http://{}", server.running.address), more))
        .current_dir(server.folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let text = text.to_owned();
    let output = tokio::task::spawn_blocking(move || {
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    });
    output.await.unwrap()
}

/// A server with the programme `cases`, in euros, whose rules are these, in TOML, from 2024 on.
pub async fn with_rules(rules: &str) -> TestServer {
    let server = TestServer::start().await;
    let program = pb::Program { currency_code: "EUR".into(), time_zone: "UTC".into(), ..Default::default() };
    let create = pb::CreateProgramRequest { program_id: "cases".into(), program: Some(program), ..Default::default() };
    server.clients.programs().create_program(create).await.unwrap();
    let folder = server.folder.path();
    std::fs::write(folder.join("rules.toml"), format!("in_force_from = 2024-01-01T00:00:00Z\n{rules}")).unwrap();
    let url = format!("http://{}", server.running.address);
    goodturn(folder, &["rules", "publish", "rules.toml", "--program", "cases", "--server", &url]).done();
    server
}

/// Imports a text into the programme `cases` as a file of this name, once it is there: what is rejected goes to
/// `NAME.rejected`, and why to `NAME.rejected.reasons`.
pub fn import_text(server: &TestServer, name: &str, text: &str, more: &[&str]) -> Ended {
    let (folder, rejects) = (server.folder.path(), format!("{name}.rejected"));
    std::fs::write(folder.join(name), text).unwrap();
    for left in [&rejects, &format!("{rejects}.reasons")] {
        drop(std::fs::remove_file(folder.join(left)));
    }
    let usual = [name, "--program", "cases", "--principal", "anna", "--rejects", &rejects];
    import(folder, server.running.address, &[&usual, more].concat())
}

/// The reasons why lines of such a file were rejected, each with the number of its line: `3: id is empty; …`.
pub fn reasons(server: &TestServer, name: &str) -> Vec<String> {
    let path = server.folder.path().join(format!("{name}.rejected.reasons"));
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let reason = |line: &str| {
        let (told, at) = line.rsplit_once(" (line ").unwrap();
        let (line, _) = at.split_once(" of ").unwrap();
        format!("{line}: {}", told.splitn(3, ':').nth(2).unwrap().trim_start())
    };
    text.lines().map(reason).collect()
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
