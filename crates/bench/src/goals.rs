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
use super::results::Results;
use super::rounds::Rounds;
use super::server::Program;
use super::stats::{self, Pair, Target};
use super::zipf::Members;
use goodturn::ledger::clock::Stopwatch;

/// pgbench's clients. More of them are slower on two cores.
const CLIENTS: u32 = 32;

/// Recorded awards that the raw peers write again: enough that members repeat as in the load.
const ROWS_READ: u32 = 50_000;

/// Members of each of the programmes that share a store.
const MEMBERS_OF_EACH: u32 = 100;

/// Rows a second that a raw peer is assumed to take before it was measured.
const RAW_FIRST_GUESS: u64 = 40_000;

/// The goals to measure, the program to measure, and the settings.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) goodturn: &'a Program,
    pub(crate) goals: &'a [Goal],
    pub(crate) members: u32,
    /// Programmes that share a store.
    pub(crate) programs: u32,
    pub(crate) seed: u64,
    /// The server's `--cache-mb`.
    pub(crate) cache_mb: u32,
    pub(crate) folder: &'a Path,
}

impl Asked<'_> {
    pub(crate) fn wants(&self, goal: Goal) -> bool {
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
/// A side cannot be started, or the results cannot be written. A goal that fails is among the results.
pub(crate) async fn on_postgres(
    asked: &Asked<'_>,
    cluster: &Cluster,
    rounds: &Rounds,
    results: &mut Results<'_>,
) -> anyhow::Result<()> {
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
    if asked.wants(Goal::P1) {
        let (uniform, zipf) = (bench.ours.uniform.clone(), bench.ours.zipf.clone());
        let pairs = bench.single("P1 uniform", &uniform, Spread::Uniform).await;
        let outcome =
            |pairs| Outcome::new("P1-uniform", "single awards, any member alike", Target::AtLeast(3.0), pairs);
        results.add("P1-uniform", pairs.map(outcome).map(against_pgbench))?;
        let pairs = bench.single("P1 Zipf", &zipf, Spread::Zipf).await;
        let outcome = |pairs| Outcome::new("P1-zipf", "single awards, Zipf(1.07) members", Target::AtLeast(5.0), pairs);
        results.add("P1-zipf", pairs.map(outcome).map(against_pgbench))?;
    }
    if asked.wants(Goal::P1b) {
        let pairs = bench.single("P1b", &Members::One, Spread::One).await;
        let outcome = |pairs| Outcome::new("P1b", "single awards, one hot member", Target::AtLeast(16.0), pairs);
        results.add("P1b", pairs.map(outcome).map(against_pgbench))?;
    }
    if asked.wants(Goal::P3) {
        let outcome = |pairs| {
            let outcome = Outcome::new("P3", "awards in batches of 1,000", Target::AtLeast(1.2), pairs);
            vec![outcome.on("PostgreSQL", "raw SQL: the same rows, 1,000 a commit, one connection")]
        };
        results.add("P3", bench.batches(&url).await.map(outcome))?;
    }
    if asked.wants(Goal::P6) {
        let peaks = results.found().iter().find(|outcome| outcome.key == "P1-zipf").and_then(Outcome::medians);
        results.add("P6", bench.latencies(peaks).await)?;
    }
    Ok(())
}

fn against_pgbench(outcome: Outcome) -> Vec<Outcome> {
    vec![outcome.on("PostgreSQL", "pgbench, one statement an award, 32 clients")]
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
            Outcome::new("P6-alone", "one caller, median", Target::AtMost(1.5), alone)
                .in_unit(Unit::Micros)
                .on("PostgreSQL", "pgbench with one client"),
        ])
    }
}

/// Measures the goals that are about SQLite, or about no database at all.
///
/// # Errors
/// A side cannot be started, or the results cannot be written. A goal that fails is among the results.
pub(crate) async fn on_sqlite(asked: &Asked<'_>, rounds: &Rounds, results: &mut Results<'_>) -> anyhow::Result<()> {
    rounds.say("filling SQLite");
    let file = asked.folder.join("goodturn.db");
    let ours = Goodturn::start(asked, &url_of(&file)?).await?;
    let bench = OnSqlite { asked, ours, file, rounds };
    if asked.wants(Goal::P2) {
        results.add("P2", bench.single().await)?;
    }
    if asked.wants(Goal::P4) {
        results.add("P4", bench.batches().await)?;
    }
    if asked.wants(Goal::P5) {
        for (key, title, what, goal) in [
            ("P5-balance", "GetBalance", Read::Balance, 0.9),
            ("P5-standing", "GetStanding", Read::Standing, 0.8),
            ("P5-top", "GetLeaderboard, top ten", Read::TopTen, 0.8),
        ] {
            let length = rounds.length;
            let peer = async || bench.ours.reads(Read::Echo, length).await;
            let pairs = rounds.interleave(key, async || bench.ours.reads(what, length).await, peer).await;
            let outcome = |pairs| {
                let outcome = Outcome::new(key, title, Target::AtLeast(goal), pairs);
                vec![outcome.on("from memory", "Health/Check, which does nothing")]
            };
            results.add(key, pairs.map(outcome))?;
        }
    }
    if asked.wants(Goal::P14) {
        results.add("P14", bench.programs().await)?;
    }
    Ok(())
}

/// Goodturn on one file, and the file.
struct OnSqlite<'a> {
    asked: &'a Asked<'a>,
    ours: Goodturn,
    file: PathBuf,
    rounds: &'a Rounds,
}

impl OnSqlite<'_> {
    /// Measures single awards a second.
    async fn single(&self) -> anyhow::Result<Vec<Outcome>> {
        let (asked, ours, length) = (self.asked, &self.ours, self.rounds.length);
        let (mut raw, mut source) = raw_sqlite(asked.goodturn, &self.file, asked.folder.join("rows.db")).await?;
        let peer = async || row_by_row(&mut raw, &mut source, length).await;
        let pairs = self.rounds.interleave("P2", async || ours.calls(&ours.zipf, length).await, peer).await?;
        raw.close().await?;
        let outcome = Outcome::new("P2", "single awards, Zipf(1.07) members", Target::AtLeast(9.0), pairs);
        Ok(vec![outcome.on("SQLite", "sqlx, one award a commit")])
    }

    /// Measures single awards a second in many programmes.
    async fn programs(&self) -> anyhow::Result<Vec<Outcome>> {
        let (ours, length) = (&self.ours, self.rounds.length);
        self.rounds.say("P14, making programmes");
        let (programs, members) =
            (ours.add_programs(self.asked.programs, MEMBERS_OF_EACH).await?, Members::Uniform(MEMBERS_OF_EACH));
        let one = async || ours.calls(&ours.uniform, length).await;
        let pairs =
            self.rounds.interleave("P14", async || ours.calls_to(&programs, &members, length).await, one).await?;
        let outcome = Outcome::new("P14", "single awards in many programmes of 100", Target::AtLeast(0.8), pairs);
        Ok(vec![outcome.on("SQLite", "the same load on one programme of the same store")])
    }

    /// Measures awards a second in batches.
    async fn batches(&self) -> anyhow::Result<Vec<Outcome>> {
        let (asked, ours, length) = (self.asked, &self.ours, self.rounds.length);
        self.rounds.say("P4");
        ours.batches(length).await?;
        let (mut raw, mut source) = raw_sqlite(asked.goodturn, &self.file, asked.folder.join("batches.db")).await?;
        let mut guess = RAW_FIRST_GUESS;
        let peer = async || {
            let batches: Vec<Batch> = source.batches(rows_for(guess, length));
            let clock = Stopwatch::start();
            for batch in &batches {
                raw.append(batch).await?;
            }
            Ok(rate_of(batches.len(), clock.elapsed(), &mut guess))
        };
        let pairs = self.rounds.interleave("P4", async || ours.batches(length).await, peer).await?;
        raw.close().await?;
        let outcome = Outcome::new("P4", "awards in batches of 1,000", Target::AtLeast(0.95), pairs);
        Ok(vec![outcome.on("SQLite", "raw SQL: the same rows, 1,000 a commit")])
    }
}

/// Makes a database with Goodturn's tables, and takes recorded awards to write into it.
pub(crate) async fn raw_sqlite(goodturn: &Program, recorded: &Path, file: PathBuf) -> anyhow::Result<(Sqlite, Source)> {
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

/// Returns the URL of a SQLite file.
pub(crate) fn url_of(file: &Path) -> anyhow::Result<String> {
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

/// Returns the time, in microseconds, that so many in a thousand do not exceed.
pub(crate) fn at(mut times: Vec<Duration>, per_mille: usize) -> anyhow::Result<f64> {
    stats::percentile(&mut times, per_mille).map(stats::micros).context("no call was made")
}
