//! A PostgreSQL for tests: a cluster in a temporary folder, which can be killed and ends with the tests.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use super::process::kill;
use super::programs::{Script, file_of, postgres};

/// How often a state that sends no notice is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// The largest number of looks: a minute, in which a cluster recovers on the slowest machine.
const LOOKS_MAX: u32 = 6_000;

/// The settings of every cluster: durable as in production, small, and open to all tests at once.
const SETTINGS: [&str; 6] = [
    "listen_addresses = '127.0.0.1'",
    "fsync = on",
    "synchronous_commit = on",
    "max_connections = 200",
    "shared_buffers = '16MB'",
    "restart_after_crash = on",
];

/// Runs the server. Ends it and removes its folder when the pipe to its stdin closes. The kernel closes the pipe
/// however this process ends, even when no destructor runs.
const KEEPER: Script = Script(
    r#"
folder=$1
shift
# The folder may lie on a disk that is to be unmounted: nothing of it may stay open.
exec 2>/dev/null
pid=
while read -r word; do
  case $word in
    start) "$@" </dev/null >>"$folder/log" 2>&1 & pid=$!; echo "$pid" ;;
    wait) wait "$pid"; pid=; echo gone ;;
  esac
done
if [[ -n $pid ]]; then kill -QUIT "$pid"; wait "$pid"; fi
rm -rf "$folder"
"#,
);

/// A PostgreSQL server with its data folder.
pub struct Cluster {
    folder: PathBuf,
    port: u16,
    keeper: Mutex<Keeper>,
}

struct Keeper {
    shell: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    postmaster: Option<u32>,
}

static SHARED: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(&[]));

/// Numbers the databases, so that no two tests share one.
static DATABASES: AtomicU32 = AtomicU32::new(1);

/// Returns the cluster of this test run, for tests that do not harm it. The first caller waits until it runs.
pub fn shared() -> &'static Cluster {
    &SHARED
}

impl Cluster {
    /// Starts a cluster with further lines of `postgresql.conf`.
    pub fn start(settings: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("goodturn-pg-").tempdir().unwrap().keep();
        Self::start_in(folder, settings, &[])
    }

    /// Starts a cluster in an existing folder, with variables in its environment. The folder goes when the cluster
    /// does.
    pub fn start_in(folder: PathBuf, settings: &[&str], environment: &[(OsString, OsString)]) -> Self {
        give_to_postgres(&folder);
        let data = folder.join("data");
        let mut initdb = program("initdb");
        initdb.args(["--no-sync", "--locale=C", "--encoding=UTF8", "--auth=trust", "--username=postgres"]);
        run(initdb.arg("--no-instructions").arg("-D").arg(&data));
        append(&data.join("postgresql.conf"), SETTINGS.iter().chain(settings));
        Self::serve(folder, environment)
    }

    fn serve(folder: PathBuf, environment: &[(OsString, OsString)]) -> Self {
        let port = free_port();
        let mut shell = KEEPER.bash();
        let server = program("postgres");
        shell.arg("keeper").arg(&folder).arg(server.get_program()).args(server.get_args());
        shell.arg("-D").arg(folder.join("data")).arg("-k").arg(&folder).args(["-p", &port.to_string()]);
        // A group of its own: a Ctrl-C for the tests must not reach it before the pipe closes.
        shell.process_group(0).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        shell.envs(environment.iter().cloned());
        let mut shell = shell.spawn().expect("bash is installed");
        let orders = shell.stdin.take();
        let answers = BufReader::new(shell.stdout.take().unwrap());
        let keeper = Mutex::new(Keeper { shell, orders, answers, postmaster: None });
        let cluster = Self { folder, port, keeper };
        cluster.start_again();
        cluster
    }

    /// Makes an empty database and returns its URL.
    pub fn create_database(&self) -> String {
        let name = format!("d{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("create database {name} template template0"));
        self.url("postgres", &name)
    }

    /// Returns the URL of a database for one of its users.
    pub fn url(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// Returns the port on which the server listens, on the loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the URL of a database by way of the Unix socket.
    pub fn socket_url(&self, database: &str) -> String {
        format!("postgres:///{database}?user=postgres&port={}&host={}", self.port, self.folder.display())
    }

    /// Runs SQL as the superuser, and returns the rows as text, with columns parted by `|`.
    #[track_caller]
    pub fn psql(&self, database: &str, sql: &str) -> String {
        self.psql_as("postgres", database, sql).unwrap_or_else(|problem| panic!("{sql}: {problem}"))
    }

    /// Runs the SQL of a file.
    pub fn psql_file(&self, database: &str, file: &Path) {
        let mut psql = Command::new(binary("psql"));
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h"]).arg(&self.folder);
        psql.args(["-p", &self.port.to_string(), "-d", database, "-f"]).arg(file).stdin(Stdio::null());
        let output = psql.stdout(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Runs SQL as one of its users. When it is refused, returns the error.
    pub fn psql_as(&self, user: &str, database: &str, sql: &str) -> Result<String, String> {
        let mut psql = Command::new(binary("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", user, "-h"]).arg(&self.folder);
        psql.args(["-p", &self.port.to_string(), "-d", database, "-c", sql]).stdin(Stdio::null());
        let output = psql.output().unwrap();
        let said = |bytes| String::from_utf8(bytes).unwrap().trim_end().to_owned();
        if output.status.success() { Ok(said(output.stdout)) } else { Err(said(output.stderr)) }
    }

    /// Puts rules for clients before the existing ones, and returns when they are in force.
    pub fn admit(&self, rules: &[&str]) {
        let path = self.folder.join("data/pg_hba.conf");
        let before = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{}\n{before}", rules.join("\n"))).unwrap();
        self.reload();
    }

    /// Reads the configuration again, and returns when new sessions have it.
    pub fn reload(&self) {
        let loaded = || self.psql("postgres", "select pg_conf_load_time()");
        let before = loaded();
        self.psql("postgres", "select pg_reload_conf()");
        wait_until("the configuration is read again", || loaded() != before);
    }

    /// `kill -9` of the postmaster, as the kernel does it when memory ends. Returns when its children are gone too.
    /// Does nothing to a postmaster that has ended by itself.
    pub fn kill_postmaster(&self) {
        let mut keeper = self.keeper();
        let postmaster = keeper.postmaster.expect("the cluster runs");
        let children = children_of(postmaster);
        kill(postmaster, "-KILL");
        keeper.wait();
        wait_until("the children of the postmaster end", || children.iter().all(|child| !lives(*child)));
    }

    /// `kill -9` of one backend of a database, if it has one. The postmaster then restarts all others.
    pub fn kill_one_backend(&self, database: &str) -> bool {
        let sql = format!(
            "select pid from pg_stat_activity where datname = '{database}' and pid <> pg_backend_pid() \
             and backend_type = 'client backend' order by (state = 'active') desc, pid limit 1"
        );
        let Ok(pid) = self.psql("postgres", &sql).parse() else { return false };
        kill(pid, "-KILL");
        true
    }

    /// Ends the sessions of all clients, and returns how many there were.
    pub fn terminate_backends(&self) -> u32 {
        let sql = "select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity \
                   where backend_type = 'client backend' and pid <> pg_backend_pid()";
        self.psql("postgres", sql).parse().unwrap()
    }

    /// Starts a cluster that was killed or stopped, on the same port. Returns when it answers.
    pub fn start_again(&self) {
        let mut keeper = self.keeper();
        assert_eq!(keeper.postmaster, None, "the cluster runs already");
        let postmaster = keeper.order("start").parse().unwrap();
        keeper.postmaster = Some(postmaster);
        wait_until("the cluster answers", || {
            assert!(lives(postmaster), "the cluster ended:\n{}", self.log());
            self.answers()
        });
    }

    /// True when it takes connections.
    pub fn answers(&self) -> bool {
        let mut ready = Command::new(binary("pg_isready"));
        ready.args(["-q", "-d", "postgres", "-p", &self.port.to_string(), "-h"]).arg(&self.folder);
        ready.status().unwrap().success()
    }

    /// True when the postmaster runs, as far as this process knows.
    pub fn runs(&self) -> bool {
        self.keeper().postmaster.is_some_and(lives)
    }

    /// Stops the cluster in order: sessions are cut, and memory is written to the disk.
    pub fn stop(&self) {
        let mut keeper = self.keeper();
        kill(keeper.postmaster.expect("the cluster runs"), "-INT");
        keeper.wait();
    }

    /// Copies the cluster to a standby. Every commit waits for the standby from now on.
    pub fn basebackup_standby(&self) -> Self {
        let folder = tempfile::Builder::new().prefix("goodturn-pg-").tempdir().unwrap().keep();
        give_to_postgres(&folder);
        let source = format!("host=127.0.0.1 port={} user=postgres application_name=standby", self.port);
        let mut backup = program("pg_basebackup");
        run(backup
            .args(["--no-sync", "-c", "fast", "-X", "stream", "-R", "-d", &source, "-D"])
            .arg(folder.join("data")));
        let standby = Self::serve(folder, &[]);
        self.psql("postgres", "alter system set synchronous_standby_names = 'standby'");
        self.psql("postgres", "select pg_reload_conf()");
        wait_until("the standby is synchronous", || {
            self.psql("postgres", "select sync_state from pg_stat_replication") == "sync"
        });
        standby
    }

    /// Makes a standby a primary. Returns when it takes writes.
    pub fn promote(&self) {
        assert_eq!(self.psql("postgres", "select pg_promote()"), "t");
    }

    /// Returns the folder of the cluster, which is removed with it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the log of the server.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn keeper(&self) -> MutexGuard<'_, Keeper> {
        // A test that failed meanwhile must not stop others from making their faults.
        self.keeper.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut keeper = self.keeper();
        drop(keeper.orders.take());
        let _already_ended = keeper.shell.wait();
    }
}

impl Keeper {
    fn order(&mut self, word: &str) -> String {
        writeln!(self.orders.as_ref().expect("only a drop takes it"), "{word}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    }

    /// Waits until the postmaster has ended.
    fn wait(&mut self) {
        assert_eq!(self.order("wait"), "gone");
        self.postmaster = None;
    }
}

/// Returns a program of PostgreSQL's: of the highest installed version, else the one that `PATH` finds.
fn binary(name: &str) -> PathBuf {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let packaged = postgres().into_iter().find(|folder| folder.join("initdb").exists());
        packaged.unwrap_or_else(|| file_of("initdb").parent().expect("it is in a folder").to_owned())
    });
    FOLDER.join(name)
}

/// Returns a command for a program of the server. It refuses to run as root, so root runs it as the user of the
/// package.
fn program(name: &str) -> Command {
    system_program(binary(name))
}

/// Does the same for any program that refuses to run as root.
pub fn system_program(path: impl AsRef<OsStr>) -> Command {
    if !is_root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(path).current_dir("/");
    command
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}

/// Makes the user of the server the owner of a file or folder.
pub fn give_to_postgres(folder: &Path) {
    if is_root() {
        run(Command::new("chown").args(["-R", "postgres:"]).arg(folder));
    }
}

/// Returns a port on which nothing listens. It is below those that the kernel gives to clients, so it is free for the
/// next start too.
pub fn free_port() -> u16 {
    (0..1_000)
        .filter_map(|_| u16::try_from(20_000 + getrandom::u32().unwrap() % 12_000).ok())
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("one of a thousand ports is free")
}

fn append<'a>(path: &Path, lines: impl Iterator<Item = &'a &'a str>) {
    let mut text = std::fs::read_to_string(path).unwrap();
    lines.for_each(|line| text.push_str(&format!("{line}\n")));
    std::fs::write(path, text).unwrap();
}

/// Runs a program until it ends, and returns its output.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns state and parent of a process, from `/proc/…/stat`. They follow its name, which stands in parentheses.
fn stat(pid: u32) -> Option<(char, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit(')').next()?.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// True when a process runs. A process that only waits to be reaped does not.
pub fn lives(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'))
}

fn children_of(parent: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| stat(*pid).is_some_and(|(_, of)| of == parent)).collect()
}

/// Looks until a condition holds.
#[track_caller]
pub fn wait_until(what: &str, so: impl Fn() -> bool) {
    for _ in 0..LOOKS_MAX {
        if so() {
            return;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    panic!("waited too long until {what}");
}
