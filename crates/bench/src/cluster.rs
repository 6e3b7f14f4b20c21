//! A PostgreSQL cluster for one run, on a socket in the run's folder.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

/// Settings that differ from PostgreSQL's own. None is about durability: `fsync` and `synchronous_commit` stay on.
pub(crate) const SETTINGS: [(&str, &str); 6] = [
    ("shared_buffers", "1GB"),
    // A checkpoint in the middle of one round would be charged to one side.
    ("checkpoint_timeout", "1h"),
    ("max_wal_size", "16GB"),
    ("listen_addresses", ""),
    ("max_connections", "100"),
    ("logging_collector", "off"),
];

/// The folder in which distributions keep PostgreSQL's programs, with a folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// The user of the cluster, and the superuser in it.
const USER: &str = "postgres";

/// A running cluster, stopped when it is dropped.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    /// Ids of the user and group that PostgreSQL runs as, when this process is root.
    user: Option<(u32, u32)>,
    /// The output of `postgres --version`.
    pub(crate) version: String,
}

impl Cluster {
    /// Makes a cluster in a new folder below this one, and starts it.
    ///
    /// # Errors
    /// PostgreSQL is not installed, or does not start.
    pub(crate) fn start(programs: Option<&Path>, below: &Path) -> anyhow::Result<Self> {
        let programs = match programs {
            Some(folder) => folder.to_owned(),
            None => newest_programs()?,
        };
        let folder = below.join("postgres");
        std::fs::create_dir(&folder)?;
        let user = if std::fs::metadata("/proc/self")?.uid() == 0 { Some(user_ids(USER)?) } else { None };
        if let Some((uid, gid)) = user {
            chown(&folder, Some(uid), Some(gid))?;
        }
        let mut cluster = Self { programs, folder, user, version: String::new() };
        let version = output(cluster.command("postgres").arg("--version"))?;
        version.trim().trim_start_matches("postgres (PostgreSQL) ").clone_into(&mut cluster.version);
        let data = cluster.folder.join("data");
        output(
            cluster
                .command("initdb")
                .args(["--username", USER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--pgdata"])
                .arg(&data),
        )?;
        let mut settings = format!("-k '{}'", cluster.folder.display());
        for (name, value) in SETTINGS {
            settings += &format!(" -c {name}='{value}'");
        }
        let log = cluster.folder.join("log");
        let mut start = cluster.command("pg_ctl");
        start.args(["start", "--silent", "--wait", "--timeout", "30", "--options", &settings, "--pgdata"]).arg(&data);
        // The server keeps what it inherits, so a pipe of this process would never end.
        let status = start.arg("--log").arg(&log).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !status.context("pg_ctl cannot be run")?.success() {
            bail!("PostgreSQL does not start: {}", std::fs::read_to_string(&log).unwrap_or_default());
        }
        Ok(cluster)
    }

    /// Makes a command for a program of PostgreSQL's, as the cluster's user and on its socket.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(&self.folder).stdin(Stdio::null()).env("PGHOST", &self.folder).env("PGUSER", USER);
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        // Ctrl-C is for this process, which ends the processes it started.
        command.process_group(0);
        command
    }

    /// Makes a database.
    pub(crate) fn create_database(&self, name: &str) -> anyhow::Result<()> {
        output(self.command("createdb").arg(name)).map(drop)
    }

    /// Returns the URL of a database.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@localhost/{database}?host={}", self.folder.display())
    }

    /// Writes a file into its folder that PostgreSQL's user may read, whatever the umask.
    pub(crate) fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let file = self.folder.join(name);
        std::fs::write(&file, text)?;
        if let Some((uid, gid)) = self.user {
            chown(&file, Some(uid), Some(gid))?;
        }
        Ok(())
    }

    /// Returns the folder in which PostgreSQL's user may write.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = self.command("pg_ctl");
        stop.args(["stop", "--silent", "--mode", "immediate", "--pgdata"]).arg(self.folder.join("data"));
        let _stopped = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// Runs a program to its end and returns what it printed.
///
/// # Errors
/// The program fails; the error holds its output.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("{program} cannot be run"))?;
    ensure!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn newest_programs() -> anyhow::Result<PathBuf> {
    let advice = "install postgresql with pgbench, or give the folder of its programs with --postgres-bin";
    let versions = std::fs::read_dir(VERSIONS).with_context(|| format!("no PostgreSQL in {VERSIONS}: {advice}"))?;
    let version = |path: &Path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let folders = versions.filter_map(|folder| folder.ok().map(|folder| folder.path()));
    let newest = folders.filter(|path| path.join("bin/pgbench").exists()).max_by_key(|path| version(path));
    newest.map(|path| path.join("bin")).with_context(|| format!("no pgbench in {VERSIONS}: {advice}"))
}

fn user_ids(name: &str) -> anyhow::Result<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd")?;
    let line = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|line| line.first() == Some(&name));
    let line = line.with_context(|| format!("PostgreSQL does not run as root, and there is no user {name}"))?;
    let [_, _, uid, gid, ..] = line[..] else { bail!("/etc/passwd has a short line for {name}") };
    Ok((uid.parse()?, gid.parse()?))
}
