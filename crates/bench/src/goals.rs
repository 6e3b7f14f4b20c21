//! The goals, and the way in which each is measured.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use tokio::task::spawn_blocking;

use super::Goal;
use super::cluster::Cluster;
use super::ours::{Goodturn, Read};
use super::pgbench::{self, Pgbench, Sizes, Spread};
use super::raw::postgres::{Columns, Postgres};
use super::raw::sqlite::Sqlite;
use super::raw::{Batch, Source};
use super::report::{Outcome, Unit};
use super::rounds::Rounds;
use super::server::Program;
use super::stats::{self, Pair, Target};
use super::zipf::Members;
use goodturn::ledger::clock::Stopwatch;

/// pgbench's clients. More of them are slower on two cores.
const CLIENTS: u32 = 32;

/// Recorded awards that the raw peers write again: enough that members repeat as in the load.
const ROWS_READ: u32 = 50_000;

/// Rows a second that a raw peer is assumed to take before it was measured.
const RAW_FIRST_GUESS: u64 = 40_000;

/// The goals to measure, the program to measure, and the settings.
pub(crate) struct Asked<'a> {
    pub(crate) goodturn: &'a Program,
    pub(crate) goals: &'a [Goal],
    pub(crate) members: u32,
    pub(crate) seed: u64,
    pub(crate) folder: &'a Path,
}

impl Asked<'_> {
    fn wants(&self, goal: Goal) -> bool {
        self.goals.contains(&goal)
    }
}

/// Goodturn and its peers on one PostgreSQL cluster. Fields are dropped from the top: clients before their database.
struct OnPostgres<'a> {
    goodturn: &'a Program,
    ours: Goodturn,
    pgbench: Pgbench,
    cluster: &'a Cluster,
    rounds: &'a Rounds,
    number: AtomicU64,
}

/// Measures the goals that are about PostgreSQL.
///
/// # Errors
/// A side cannot be started, or something that was acknowledged is missing.
pub(crate) async fn on_postgres(asked: &Asked<'_>, cluster: &Cluster, rounds: &Rounds) -> anyhow::Result<Vec<Outcome>> {
    rounds.say("filling PostgreSQL");
    cluster.create_database("goodturn")?;
    let url = cluster.url("goodturn");
    asked.goodturn.migrate(&url)?;
    let ours = Goodturn::start(asked, &url).await?;
    let mut stored = Postgres::connect(&url).await?;
    let like = stored.read(1).await?.pop().context("nothing is stored")?;
    stored.close().await?;
    let sizes = Sizes { balances: like.balance_after.len(), fact: like.fact.len() };
    let pgbench = Pgbench::prepare(asked, cluster, sizes)?;
    let bench = OnPostgres { goodturn: asked.goodturn, ours, pgbench, cluster, rounds, number: AtomicU64::new(1) };
    let mut outcomes = Vec::new();
    if asked.wants(Goal::P1) {
        let (uniform, zipf) = (bench.ours.uniform.clone(), bench.ours.zipf.clone());
        let pairs = bench.single("P1 uniform", &uniform, Spread::Uniform).await?;
        outcomes.push(Outcome::new("P1-uniform", "single awards, any member alike", Target::AtLeast(2.0), pairs));
        let pairs = bench.single("P1 Zipf", &zipf, Spread::Zipf).await?;
        outcomes.push(Outcome::new("P1-zipf", "single awards, Zipf(1.07) members", Target::AtLeast(3.0), pairs));
    }
    if asked.wants(Goal::P1b) {
        let pairs = bench.single("P1b", &Members::One, Spread::One).await?;
        outcomes.push(Outcome::new("P1b", "single awards, one hot member", Target::AtLeast(4.0), pairs));
    }
    let on = |outcome: Outcome| outcome.on("PostgreSQL", "pgbench, one statement an award, 32 clients");
    outcomes = outcomes.into_iter().map(on).collect();
    if asked.wants(Goal::P3) {
        let pairs = bench.batches(&url).await?;
        let outcome = Outcome::new("P3", "awards in batches of 1,000", Target::AtLeast(0.9), pairs);
        outcomes.push(outcome.on("PostgreSQL", "raw SQL: the same rows, 1,000 a commit, one connection"));
    }
    if asked.wants(Goal::P6) {
        let peaks = outcomes.iter().find(|outcome| outcome.key == "P1-zipf").and_then(Outcome::medians);
        outcomes.extend(bench.latencies(peaks).await?);
    }
    Ok(outcomes)
}

impl OnPostgres<'_> {
    /// Measures single awards a second.
    async fn single(&self, what: &str, members: &Members, spread: Spread) -> anyhow::Result<Vec<Pair>> {
        let length = self.rounds.length;
        let peer = async || self.transactions(spread, CLIENTS, None, false).await;
        self.rounds.interleave(what, async || self.ours.calls(members, length).await, peer).await
    }

    /// Runs pgbench for a round, and returns transactions a second.
    async fn transactions(
        &self,
        spread: Spread,
        clients: u32,
        rate: Option<f64>,
        with_log: bool,
    ) -> anyhow::Result<f64> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let round = pgbench::Round { spread, clients, rate, length: self.rounds.length, number };
        let command = self.pgbench.command(self.cluster, round, with_log);
        spawn_blocking(move || pgbench::run(command)).await?
    }

    /// Measures awards a second in batches.
    async fn batches(&self, url: &str) -> anyhow::Result<Vec<Pair>> {
        let length = self.rounds.length;
        self.rounds.say("P3");
        self.ours.batches(length).await?;
        let mut stored = Postgres::connect(url).await?;
        let mut source = Source::new(stored.read(ROWS_READ).await?);
        stored.close().await?;
        self.cluster.create_database("raw")?;
        let url = self.cluster.url("raw");
        self.goodturn.migrate(&url)?;
        let mut raw = Postgres::connect(&url).await?;
        raw.fill(&source.batches(ROWS_READ.into())).await?;
        let mut guess = RAW_FIRST_GUESS;
        let peer = async || {
            let batches = source.batches(rows_for(guess, length));
            let batches: Vec<Columns> = batches.iter().map(Columns::of).collect();
            let clock = Stopwatch::start();
            for batch in &batches {
                raw.append(batch).await?;
            }
            Ok(rate_of(batches.len(), clock.elapsed(), &mut guess))
        };
        let pairs = self.rounds.interleave("P3", async || self.ours.batches(length).await, peer).await?;
        raw.close().await?;
        Ok(pairs)
    }

    /// Measures latencies at half of each side's peak, and of one caller.
    async fn latencies(&self, peaks: Option<Pair>) -> anyhow::Result<Vec<Outcome>> {
        let length = self.rounds.length;
        let peaks = if let Some(peaks) = peaks {
            peaks
        } else {
            let pairs = self.single("P6, peaks", &self.ours.zipf, Spread::Zipf).await?;
            Outcome::new("peaks", "", Target::AtLeast(1.0), pairs).medians().context("no pairs")?
        };
        let ours = async || {
            let times = self.ours.latencies(stats::half(peaks.ours), length).await?;
            at(times, 990)
        };
        let peer = async || {
            self.transactions(Spread::Zipf, CLIENTS, Some(stats::half(peaks.peer)), true).await?;
            at(self.pgbench.latencies()?, 990)
        };
        let p99 = self.rounds.interleave("P6, half of the peak", ours, peer).await?;
        let ours = async || at(self.ours.alone(length).await?, 500);
        let peer = async || {
            self.transactions(Spread::Zipf, 1, None, true).await?;
            at(self.pgbench.latencies()?, 500)
        };
        let alone = self.rounds.interleave("P6, one caller", ours, peer).await?;
        Ok(vec![
            Outcome::new("P6-p99", "99th percentile at half of the peak", Target::AtMost(1.0), p99)
                .in_unit(Unit::Micros)
                .on("PostgreSQL", "pgbench at half of its peak"),
            Outcome::new("P6-alone", "one caller, median", Target::AtMost(2.0), alone)
                .in_unit(Unit::Micros)
                .on("PostgreSQL", "pgbench with one client"),
        ])
    }
}

/// Measures the goals that are about SQLite, or about no database at all.
///
/// # Errors
/// A side cannot be started, or something that was acknowledged is missing.
pub(crate) async fn on_sqlite(asked: &Asked<'_>, rounds: &Rounds) -> anyhow::Result<Vec<Outcome>> {
    rounds.say("filling SQLite");
    let file = asked.folder.join("goodturn.db");
    let ours = Goodturn::start(asked, &url_of(&file)?).await?;
    let length = rounds.length;
    let mut outcomes = Vec::new();
    if asked.wants(Goal::P2) {
        let (mut raw, mut source) = raw_sqlite(asked.goodturn, &file, asked.folder.join("rows.db")).await?;
        let peer = async || row_by_row(&mut raw, &mut source, length).await;
        let pairs = rounds.interleave("P2", async || ours.calls(&ours.zipf, length).await, peer).await?;
        raw.close().await?;
        let outcome = Outcome::new("P2", "single awards, Zipf(1.07) members", Target::AtLeast(5.0), pairs);
        outcomes.push(outcome.on("SQLite", "sqlx, one award a commit"));
    }
    if asked.wants(Goal::P4) {
        rounds.say("P4");
        ours.batches(length).await?;
        let (mut raw, mut source) = raw_sqlite(asked.goodturn, &file, asked.folder.join("batches.db")).await?;
        let mut guess = RAW_FIRST_GUESS;
        let peer = async || {
            let batches: Vec<Batch> = source.batches(rows_for(guess, length));
            let clock = Stopwatch::start();
            for batch in &batches {
                raw.append(batch).await?;
            }
            Ok(rate_of(batches.len(), clock.elapsed(), &mut guess))
        };
        let pairs = rounds.interleave("P4", async || ours.batches(length).await, peer).await?;
        raw.close().await?;
        let outcome = Outcome::new("P4", "awards in batches of 1,000", Target::AtLeast(0.9), pairs);
        outcomes.push(outcome.on("SQLite", "raw SQL: the same rows, 1,000 a commit"));
    }
    if asked.wants(Goal::P5) {
        for (key, title, what) in [
            ("P5-balance", "GetBalance", Read::Balance),
            ("P5-standing", "GetStanding", Read::Standing),
            ("P5-top", "GetLeaderboard, top ten", Read::TopTen),
        ] {
            let peer = async || ours.reads(Read::Echo, length).await;
            let pairs = rounds.interleave(key, async || ours.reads(what, length).await, peer).await?;
            outcomes.push(
                Outcome::new(key, title, Target::AtLeast(0.8), pairs)
                    .on("from memory", "Health/Check, which does nothing"),
            );
        }
    }
    Ok(outcomes)
}

/// Makes a database with Goodturn's tables, and takes recorded awards to write into it.
async fn raw_sqlite(goodturn: &Program, recorded: &Path, file: PathBuf) -> anyhow::Result<(Sqlite, Source)> {
    let mut stored = Sqlite::connect(recorded).await?;
    let mut source = Source::new(stored.read(ROWS_READ).await?);
    stored.close().await?;
    goodturn.migrate(&url_of(&file)?)?;
    let mut raw = Sqlite::connect(&file).await?;
    raw.fill(&source.batches(ROWS_READ.into())).await?;
    Ok((raw, source))
}

/// Returns awards a second when each is a commit that is waited for.
async fn row_by_row(raw: &mut Sqlite, source: &mut Source, length: Duration) -> anyhow::Result<f64> {
    let clock = Stopwatch::start();
    let mut count = 0;
    while clock.elapsed() < length {
        raw.append(&source.batch(1)).await?;
        count += 1;
    }
    Ok(stats::per_second(count, clock.elapsed()))
}

fn url_of(file: &Path) -> anyhow::Result<String> {
    Ok(format!("sqlite://{}", file.to_str().context("the folder of temporary files is not UTF-8")?))
}

/// Returns how many rows to prepare, so that writing them takes about so long.
fn rows_for(rows_per_second: u64, length: Duration) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(u64::MAX).saturating_mul(rows_per_second) / 1_000_000
}

/// Returns rows a second, for batches. The next guess is the rate of this round.
fn rate_of(batches: usize, took: Duration, guess: &mut u64) -> f64 {
    let rows = u64::try_from(batches).unwrap_or(u64::MAX).saturating_mul(super::raw::BATCH_ROWS.into());
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
    *guess = rows.saturating_mul(1_000_000) / micros;
    stats::per_second(rows, took)
}

fn at(mut times: Vec<Duration>, per_mille: usize) -> anyhow::Result<f64> {
    stats::percentile(&mut times, per_mille).map(stats::micros).context("no call was made")
}
