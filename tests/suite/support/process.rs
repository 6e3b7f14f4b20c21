//! The real binary, as a process of its own.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::programs::Script;

/// The binary under test.
pub const GOODTURN: &str = env!("CARGO_BIN_EXE_goodturn");

/// The filter for every line of the program, and of the libraries that it keeps quiet.
pub const EVERY_LINE: &str =
    "trace,h2=trace,hyper=trace,hyper_util=trace,rustls=trace,sqlx=trace,tonic=trace,tower=trace";

/// `goodturn serve`, as a process that can be killed.
pub struct ServeProcess {
    child: Child,
    pub address: SocketAddr,
    /// The address for whoever operates it.
    pub admin: SocketAddr,
}

impl ServeProcess {
    /// Starts a server and waits until it says its address.
    pub fn start(database: &str) -> Self {
        Self::run(Command::new(GOODTURN), database, Stdio::null())
    }

    /// Does the same, and appends the server's log to a file, with variables in its environment.
    pub fn start_logging(database: &str, log: &Path, environment: &[(OsString, OsString)]) -> Self {
        let mut command = Command::new(GOODTURN);
        command.envs(environment.iter().cloned());
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        Self::run(command, database, log.into())
    }

    /// Does the same, with a limit of so many KiB for a file, until `prlimit` allows more.
    pub fn start_limited(database: &str, file_kib_max: u32, log: Stdio) -> Self {
        let limited = Script("trap '' XFSZ; ulimit -S -f KIB; exec \"$0\" \"$@\"");
        let mut shell = limited.bash_with(|script| script.replace("KIB", &file_kib_max.to_string()));
        shell.arg(GOODTURN);
        Self::run(shell, database, log)
    }

    /// Does the same as `start_logging`, and gives it so many descriptors.
    pub fn start_with_descriptors(database: &str, descriptors: u32, log: &Path) -> Self {
        let limited = Script("ulimit -n COUNT; exec \"$0\" \"$@\"");
        let mut shell = limited.bash_with(|script| script.replace("COUNT", &descriptors.to_string()));
        shell.arg(GOODTURN);
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        Self::run(shell, database, log.into())
    }

    /// Returns what `/proc` says of its process, as `VmRSS`, in KiB.
    pub fn kib(&self, what: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let value =
            |line: &str| line.strip_prefix(what)?.trim_start_matches(':').trim().strip_suffix(" kB")?.parse().ok();
        status.lines().find_map(value).unwrap_or_else(|| panic!("no {what} in {status}"))
    }

    /// Returns the time that its threads have run, in hundredths of a second.
    pub fn cpu_ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
        // After the name, which stands in brackets: user time is the 12th field, system time the 13th.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11..=12].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum()
    }

    fn run(mut command: Command, database: &str, log: Stdio) -> Self {
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--database", database])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut lines = stdout.lines();
        let first = lines.next().expect("the server says where it listens").unwrap();
        let address = first.split("listening on ").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
        let address = address.parse().unwrap();
        let second = lines.next().expect("the server says where its health is").unwrap();
        let admin = second.rsplit("http://").next().unwrap().parse().unwrap();
        // The rest of its output is read, so that it never waits for a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address, admin }
    }

    /// Returns the id of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`: nothing is flushed, nothing is answered.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it has ended by SIGKILL, whoever sent it.
    #[cfg(feature = "failpoints")]
    pub fn killed(mut self) {
        let status = self.child.wait().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
    }

    /// Sends `kill -TERM`, and returns how it ended.
    pub fn terminate(mut self) -> ExitStatus {
        assert!(kill(self.child.id(), "-TERM"));
        self.child.wait().unwrap()
    }
}

impl Drop for ServeProcess {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_waited_for = self.child.wait();
    }
}

/// Sends a signal, as `-STOP`. Returns true when there was a process to take it.
pub fn kill(pid: u32, signal: &str) -> bool {
    // In Turkish, `kill` does not know `-CONT`.
    let sent = Command::new("kill").env("LC_ALL", "C").args([signal, &pid.to_string()]).stderr(Stdio::null()).status();
    sent.unwrap().success()
}

/// The output of a command that ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

/// The longest time that a command may take, in seconds. The demo on a busy machine takes a fifth of it.
const COMMAND_S_MAX: &str = "300";

/// Takes the settings in the environment of the tests from a command. Its server takes a free port for whoever operates it, and waits
/// for no database.
pub fn of_its_own(command: &mut Command) -> &mut Command {
    let set = std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("GOODTURN_"));
    set.for_each(|name| _ = command.env_remove(name));
    command.env("GOODTURN_ADMIN_LISTEN", "127.0.0.1:0").env("GOODTURN_WAIT_FOR_DATABASE", "0")
}

/// Runs `goodturn` in a folder until it ends. Settings in the environment of the tests are not passed on.
pub fn goodturn(folder: &Path, args: &[&str]) -> Ended {
    goodturn_with(folder, args, |_| ())
}

/// Does the same with what is put into its environment, or taken from it.
pub fn goodturn_with(folder: &Path, args: &[&str], put: impl FnOnce(&mut Command)) -> Ended {
    let mut command = Command::new("timeout");
    command.args([COMMAND_S_MAX, GOODTURN]);
    put(of_its_own(&mut command));
    let output = command.args(args).current_dir(folder).stdin(Stdio::null()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    Ended { code: output.status.code(), stdout: output.stdout, stderr }
}

impl Ended {
    /// Returns the output of a command that succeeded.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        String::from_utf8(self.stdout).unwrap()
    }

    /// Returns the reason why a command did nothing. It must exit with 1, give the reason, and print nothing else.
    #[track_caller]
    pub fn refused(self) -> String {
        assert_eq!((self.code, String::from_utf8_lossy(&self.stdout).as_ref()), (Some(1), ""), "{}", self.stderr);
        self.stderr
    }
}

/// How often something is looked at that another process changes.
const LOOK: Duration = Duration::from_millis(2);

/// The longest that anything is waited for: an import takes a second.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a command says that runs in the background, once it has ended.
pub async fn ended(child: Child) -> Ended {
    let waiting = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    let output = tokio::time::timeout(PATIENCE, waiting).await.expect("the command ends").unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    Ended { code: output.status.code(), stdout: output.stdout, stderr }
}

/// Waits until something is so.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}
