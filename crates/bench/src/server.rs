//! `goodturn serve`, as a process of its own.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use tonic::transport::Channel;

use super::awards::{KIND, POINTS, PROGRAM};
use super::cluster::output;
use super::goals::Asked;
use super::stats;
use goodturn::pb;
use goodturn::pb::ledger_client::LedgerClient;
use goodturn::pb::programs_client::ProgramsClient;

/// A running server with the programme that the load runs on. It is killed when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) channel: Channel,
    programs: ProgramsClient<Channel>,
    ledger: LedgerClient<Channel>,
    log: PathBuf,
    process: Process,
}

/// The server's process.
struct Process {
    child: Child,
    /// Read only to the end of the first line, but kept open: the server may say more.
    stdout: BufReader<ChildStdout>,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// The `goodturn` that is measured.
#[derive(Debug)]
pub(crate) struct Program(PathBuf);

impl Program {
    /// Finds the program: the one that was asked for, or the one beside this program, where cargo builds it.
    ///
    /// # Errors
    /// There is no such file.
    pub(crate) fn find(asked: Option<&Path>) -> anyhow::Result<Self> {
        let own = std::env::current_exe().context("this program does not know its own file")?;
        let file = asked.map_or_else(|| own.with_file_name("goodturn"), Path::to_owned);
        ensure!(file.is_file(), "{} is missing: build it first, with cargo build --release", file.display());
        Ok(Self(file))
    }

    /// A command of the program, without the settings of whoever runs this.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.0);
        for name in ["GOODTURN_DATABASE", "GOODTURN_LISTEN", "GOODTURN_LOG", "GOODTURN_LOG_JSON"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null());
        command
    }

    /// Makes the tables of a database.
    ///
    /// # Errors
    /// The program says why it cannot.
    pub(crate) fn migrate(&self, database: &str) -> anyhow::Result<()> {
        output(self.command().args(["migrate", "--database", database])).map(drop)
    }
}

impl Server {
    /// Starts a server on a database and sets the programme up.
    ///
    /// # Errors
    /// The server does not start, or refuses the programme.
    pub(crate) async fn start(asked: &Asked<'_>, database: &str) -> anyhow::Result<Self> {
        let (process, address) = spawn(asked, database)?;
        let channel = Channel::from_shared(format!("http://{address}"))?.connect().await?;
        let server = Self {
            address,
            programs: ProgramsClient::new(channel.clone()),
            ledger: LedgerClient::new(channel.clone()),
            channel,
            log: log_in(asked.folder),
            process,
        };
        server.set_up(PROGRAM).await?;
        Ok(server)
    }

    /// Creates a programme, with a rule for the awards.
    ///
    /// # Errors
    /// The server refuses it.
    pub(crate) async fn set_up(&self, program_id: &str) -> anyhow::Result<()> {
        self.create(program_id).await.with_context(|| format!("the programme {program_id} cannot be set up"))
    }

    async fn create(&self, program_id: &str) -> anyhow::Result<()> {
        let program = pb::Program { currency_code: "GBP".into(), time_zone: "UTC".into(), ..Default::default() };
        let create =
            pb::CreateProgramRequest { program_id: program_id.into(), program: Some(program), ..Default::default() };
        self.programs.clone().create_program(create).await?;
        let (rule_id, activity_kind) = ("answers".into(), KIND.into());
        let rule = pb::Rule { rule_id, activity_kind, points: POINTS, ..Default::default() };
        let rule_set = pb::RuleSet {
            name: format!("programs/{program_id}/ruleSets/1"),
            in_force_from: Some(prost_types::Timestamp { seconds: 0, nanos: 0 }),
            rules: vec![rule],
            ..Default::default()
        };
        self.programs.clone().publish_rule_set(pb::PublishRuleSetRequest { rule_set: Some(rule_set) }).await?;
        Ok(())
    }

    /// Returns the number of entries in the logs of programmes.
    pub(crate) async fn head(&self, programs: &[String]) -> anyhow::Result<u64> {
        let mut entries = 0;
        for program in programs {
            let get = pb::GetProgramRequest { name: format!("programs/{program}") };
            entries += u64::try_from(self.programs.clone().get_program(get).await?.into_inner().head_seq)?;
        }
        Ok(entries)
    }

    /// Returns the memory that it holds, in bytes.
    pub(crate) fn resident(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(stats::bytes(line.trim().trim_end_matches(" kB").parse()?))
    }

    /// Returns the warnings and errors that the server has logged.
    pub(crate) fn logged(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Records activities of a programme, each of which must earn points.
    pub(crate) async fn record(&self, program: &str, activities: Vec<pb::Activity>) -> anyhow::Result<()> {
        let parent = format!("programs/{program}");
        let batch = pb::BatchRecordActivitiesRequest { parent, activities, ..Default::default() };
        let results = self.ledger.clone().batch_record_activities(batch).await?.into_inner().results;
        for result in results {
            let Some(pb::record_activity_result::Result::Receipt(receipt)) = result.result else {
                bail!("an activity was refused: {result:?}");
            };
            ensure!(receipt.points == POINTS, "an activity earned {} points", receipt.points);
        }
        Ok(())
    }
}

/// Returns the path of the log of a folder's server.
fn log_in(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

/// Starts the process, and waits until it says its address.
fn spawn(asked: &Asked<'_>, database: &str) -> anyhow::Result<(Process, SocketAddr)> {
    let log = log_in(asked.folder);
    let mut command = asked.goodturn.command();
    command.args([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--admin-listen",
        "off",
        "--log",
        "warn",
        "--database",
        database,
    ]);
    command.args(["--cache-mb", &asked.cache_mb.to_string()]);
    // Ctrl-C is for this process, which ends the processes it started.
    command.stdout(Stdio::piped()).stderr(File::create(&log)?).process_group(0);
    let mut child = command.spawn().context("the server cannot be started")?;
    let stdout = BufReader::new(child.stdout.take().expect("it was asked for"));
    let mut process = Process { child, stdout };
    let mut first = String::new();
    process.stdout.read_line(&mut first)?;
    let address = first.split("listening on ").nth(1).and_then(|rest| rest.split(',').next()?.parse().ok());
    match address {
        Some(address) => Ok((process, address)),
        None => bail!("the server does not start: {}", std::fs::read_to_string(&log).unwrap_or_default()),
    }
}
