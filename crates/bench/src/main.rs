//! `goodturn-bench`: the performance goals, each as a ratio to a peer that is measured in turns with Goodturn.
//!
//! Absolute numbers say as much about the machine as about a program, and machines drift by a factor of two within
//! seconds. So the bench starts both sides of a ratio itself, and measures them within the same seconds.

mod awards;
mod chart;
mod cluster;
mod finance;
mod goals;
mod large;
mod load;
mod ours;
mod pgbench;
mod raw;
mod report;
mod results;
mod rounds;
mod scratch;
mod server;
mod stats;
mod wire;
mod zipf;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Parser, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};

use self::cluster::Cluster;
use self::goals::Asked;
use self::results::Results;
use self::rounds::Rounds;
use self::scratch::Scratch;

/// Memory for what was read of the database, in MB: the server's default.
const CACHE_MB: u32 = 256;

/// Number of pairs and seconds a side, in full and in short.
const FULL: (u32, f64) = (5, 5.0);
const SHORT: (u32, f64) = (2, 1.0);

/// The load is made with the allocator that the server has, so that neither side waits for the other's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Goodturn against its peers, all started by the bench itself, and says which goals are met.
#[derive(Debug, Parser)]
#[command(name = "goodturn-bench", version, max_term_width = 100)]
struct Args {
    /// Takes about a minute, with less certain results and without the goals that take long to prepare: P7 to P11, P13, P14.
    #[arg(long)]
    short: bool,
    /// Goals to measure [default: all].
    #[arg(long, value_name = "GOALS", value_delimiter = ',')]
    only: Vec<Goal>,
    /// The `goodturn` that is measured [default: the one beside this program].
    #[arg(long, value_name = "FILE")]
    goodturn: Option<PathBuf>,
    /// File for the results as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// File for the results as a chart, in SVG.
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    /// Folder of PostgreSQL's programs [default: the newest below /usr/lib/postgresql].
    #[arg(long, value_name = "DIR")]
    postgres_bin: Option<PathBuf>,
    /// Members of the programme.
    #[arg(long, value_name = "COUNT", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    members: u32,
    /// Programmes that share a store in P14, of 100 members each.
    #[arg(long, hide = true, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    programs: u32,
    /// Members of the large store.
    #[arg(long, hide = true, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    large_members: u32,
    /// Entries of the large store.
    #[arg(long, hide = true, default_value_t = 10_000_000)]
    large_entries: u64,
    /// Seed of the random numbers.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Pairs of each measure.
    #[arg(long, hide = true, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Seconds a side.
    #[arg(long, hide = true)]
    seconds: Option<f64>,
}

/// A goal; `docs/bench.md` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "verbatim")]
enum Goal {
    /// Single awards on PostgreSQL.
    P1,
    /// Single awards to one hot member on PostgreSQL.
    P1b,
    /// Single awards on SQLite.
    P2,
    /// Awards in batches on PostgreSQL.
    P3,
    /// Awards in batches on SQLite.
    P4,
    /// Reads.
    P5,
    /// Latencies on PostgreSQL.
    P6,
    /// Ranks among a million.
    P7,
    /// Memory of boards of a million.
    P8,
    /// Batches on a store of ten million entries.
    P9,
    /// A payout to a million.
    P10,
    /// Starts.
    P11,
    /// Reads while others page and import.
    P13,
    /// Many programmes on one SQLite file.
    P14,
}

impl Goal {
    fn needs_postgres(self) -> bool {
        matches!(self, Self::P1 | Self::P1b | Self::P3 | Self::P6)
    }

    /// True when it takes long to prepare; the short form leaves it out.
    fn is_long(self) -> bool {
        self == Self::P14 || large::GOALS.contains(&self)
    }

    /// Returns the number of its rows in the table.
    fn measures(self) -> u64 {
        match self {
            Self::P1 | Self::P6 | Self::P8 | Self::P11 => 2,
            Self::P5 => 3,
            Self::P10 => 5,
            Self::P1b | Self::P2 | Self::P3 | Self::P4 | Self::P7 | Self::P9 | Self::P13 | Self::P14 => 1,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the last word of a command that failed")]
fn report(error: &anyhow::Error) {
    eprintln!("goodturn-bench: {error:#}");
}

/// Measures, prints and writes what was found; on Ctrl-C, ends and removes what it has started.
///
/// # Errors
/// A side cannot be started or fails, or a file cannot be written.
async fn run(args: Args) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be listened for")?;
    tokio::select! {
        done = measure(&args) => done,
        _ = terminate.recv() => bail!("stopped by SIGTERM; everything it had started is ended"),
        interrupted = tokio::signal::ctrl_c() => {
            interrupted.context("Ctrl-C cannot be listened for")?;
            bail!("stopped; everything it had started is ended")
        }
    }
}

async fn measure(args: &Args) -> anyhow::Result<()> {
    let (pairs, seconds) = if args.short { SHORT } else { FULL };
    let (pairs, seconds) = (args.rounds.unwrap_or(pairs), args.seconds.unwrap_or(seconds));
    let length = Duration::try_from_secs_f64(seconds).context("--seconds")?;
    let goals: Vec<Goal> = match &args.only[..] {
        [] => Goal::value_variants().iter().copied().filter(|goal| !args.short || !goal.is_long()).collect(),
        only => only.to_vec(),
    };
    let goals = &goals[..];
    let scratch = Scratch::make()?;
    let goodturn = server::Program::find(args.goodturn.as_deref())?;
    let (members, programs, seed, folder) = (args.members, args.programs, args.seed, scratch.path());
    let asked = Asked { goodturn: &goodturn, goals, members, programs, seed, cache_mb: CACHE_MB, folder };
    let rounds = Rounds::plan(goals.iter().map(|goal| goal.measures()).sum(), pairs, length)?;
    let machine = |postgres| report::machine(postgres, args.members, args.seed, pairs, seconds);
    let mut results = Results::new(args.json.as_deref(), machine(None));
    if goals.iter().any(|goal| goal.needs_postgres()) {
        rounds.say("starting PostgreSQL");
        let cluster = Cluster::start(args.postgres_bin.as_deref(), scratch.path())?;
        results.machine = machine(Some(&cluster.version));
        let measured = goals::on_postgres(&asked, &cluster, &rounds, &mut results).await;
        results.add("PostgreSQL", measured.map(|()| Vec::new()))?;
    }
    if goals.iter().any(|goal| !goal.needs_postgres() && !large::GOALS.contains(goal)) {
        let measured = goals::on_sqlite(&asked, &rounds, &mut results).await;
        results.add("SQLite", measured.map(|()| Vec::new()))?;
    }
    if goals.iter().any(|goal| large::GOALS.contains(goal)) {
        let size = large::Size { members: args.large_members, entries: args.large_entries };
        let measured = large::on_large_store(&asked, size, &rounds, &mut results).await;
        results.add("large store", measured.map(|()| Vec::new()))?;
    }
    drop(rounds);
    let mut out = std::io::stdout();
    let table = report::table(results.found(), &results.machine);
    out.write_all(table.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")?;
    if let Some(file) = &args.chart {
        write(file, &chart::svg(results.found(), &report::caption(&results.machine)))?;
    }
    let failures = results.failures();
    if failures.is_empty() { Ok(()) } else { bail!("{}", failures.join("\n")) }
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
