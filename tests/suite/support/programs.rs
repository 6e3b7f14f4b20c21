//! Programs that the tests start. `scripts/programs` lists them. A script for bash is marked, so that `programs` sees
//! which programs it starts.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// A line of `scripts/programs`.
#[derive(Debug)]
pub struct Listed {
    pub program: &'static str,
    /// Its Debian packages; none for a program that `scripts/requirements.txt` brings.
    pub packages: Vec<&'static str>,
    pub why: &'static str,
}

/// The folders in which Debian puts programs that only root calls.
const SYSTEM: [&str; 2] = ["/usr/sbin", "/sbin"];

/// The lines of `scripts/programs`.
pub static LIST: LazyLock<Vec<Listed>> = LazyLock::new(|| {
    let lines = include_str!("../../../scripts/programs").lines().filter(|line| !line.starts_with('#'));
    let listed = |line: &'static str| {
        let (program, rest) = line.split_once(' ').expect("a program, its packages, and why");
        let (packages, why) = rest.trim_start().split_once(' ').expect("packages, and why");
        let packages = packages.split(',').filter(|package| *package != "-").collect();
        Listed { program, packages, why: why.trim() }
    };
    lines.map(listed).collect()
});

/// Finds the file of a program, wherever Debian and `scripts/test` put such programs.
pub fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/venv/bin");
    std::env::split_paths(&path)
        .chain(SYSTEM.map(PathBuf::from))
        .chain([tools])
        .chain(postgres())
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// Has a command find the programs that `scripts/test` installs before those of the machine: Python with the packages of
/// `scripts/requirements.txt`, above all.
pub fn with_tools(command: &mut Command) -> &mut Command {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/venv/bin");
    assert!(tools.join("python3").is_file(), "{}", missing("the python3 of target/tools"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(tools).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(folders).unwrap())
}

/// Does the same for a program that must exist.
pub fn file_of(program: &str) -> PathBuf {
    found(program).unwrap_or_else(|| panic!("{}", missing(program)))
}

/// Returns the advice on a missing program.
pub fn missing(program: &str) -> String {
    let listed = LIST.iter().find(|listed| listed.program == program).map(|listed| &listed.packages[..]);
    match listed.unwrap_or_default() {
        [] => format!("{program} is missing: run scripts/test, which installs it into target/tools"),
        packages => format!("{program} is missing: install {} (Debian's names)", packages.join(" and ")),
    }
}

/// Returns the folders of PostgreSQL's programs, the highest version first.
pub fn postgres() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .map(|entry| (entry.file_name().to_string_lossy().parse().unwrap_or(0), entry.path().join("bin")))
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, folder)| folder).collect()
}

/// A script for bash, as a literal.
#[derive(Clone, Copy)]
pub struct Script(pub &'static str);

impl Script {
    /// Returns the bash command that runs it. The arguments given to it begin with `$0`.
    pub fn bash(self) -> Command {
        shell(self.0)
    }

    /// Does the same after a text was put into it that names no other program.
    pub fn bash_with(self, put: impl FnOnce(&str) -> String) -> Command {
        shell(&put(self.0))
    }
}

/// Returns a bash that runs a command which the program under test told its user to run.
pub fn as_told(command: &str) -> Command {
    shell(command)
}

fn shell(text: &str) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Programs that only root calls are not always in its search path.
    let places = std::env::split_paths(&path).chain(SYSTEM.map(PathBuf::from));
    let mut bash = Command::new("bash");
    bash.args(["-c", text]).env("PATH", std::env::join_paths(places).expect("they were joined before"));
    bash
}
