//! The goals of a large store: a million members and ten million entries on SQLite, unless it is said otherwise.

use std::path::PathBuf;
use std::time::Duration;

use super::Goal;
use super::finance::Finance;
use super::goals::{Asked, at, url_of};
use super::ours::{Goodturn, Read};
use super::raw::ranks::Ranks;
use super::report::{Outcome, Unit};
use super::results::Results;
use super::rounds::{Rounds, timed};
use super::stats::{self, Pair, Target};
use super::zipf::SplitMix64;
use goodturn::ledger::clock::Stopwatch;

/// Reads a second whose latency is measured: 0.3 % of what a server takes, so that they hardly wait for each other.
const READS_PER_SECOND: f64 = 500.0;

/// Memory for what was read of the database, as is advised for a million members.
const CACHE_MB: u32 = 1_000;

/// Bytes of a MiB.
const MEBIBYTE: f64 = 1_048_576.0;

/// How long the store is filled at a time, before it is looked at.
const FILLING: Duration = Duration::from_secs(5);

/// How large the store is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) members: u32,
    pub(crate) entries: u64,
}

/// The goals that are measured on a large store.
pub(crate) const GOALS: [Goal; 6] = [Goal::P7, Goal::P8, Goal::P9, Goal::P10, Goal::P11, Goal::P13];

/// A large store, and what is measured on it.
struct Large<'a> {
    asked: Asked<'a>,
    size: Size,
    file: PathBuf,
    rounds: &'a Rounds,
}

/// Fills a store and measures on it.
///
/// # Errors
/// A side cannot be started, or the results cannot be written. A goal that fails is among the results.
pub(crate) async fn on_large_store(
    asked: &Asked<'_>,
    size: Size,
    rounds: &Rounds,
    results: &mut Results<'_>,
) -> anyhow::Result<()> {
    let folder = asked.folder.join("large");
    std::fs::create_dir(&folder)?;
    let asked = Asked { members: size.members, folder: &folder, cache_mb: CACHE_MB, ..*asked };
    let large = Large { asked, size, file: folder.join("goodturn.db"), rounds };
    let ours = large.filled().await?;
    let wants = |goal| large.asked.wants(goal);
    if wants(Goal::P7) {
        results.add("P7", large.ranks(&ours).await)?;
    }
    if wants(Goal::P9) {
        results.add("P9", large.growth(&ours).await)?;
    }
    if wants(Goal::P13) {
        results.add("P13", large.live_reads(&ours).await)?;
    }
    if wants(Goal::P10) {
        let finance = Finance {
            ours: &ours,
            file: &large.file,
            goodturn: large.asked.goodturn,
            folder: &folder,
            members: size.members.into(),
        };
        results.add("P10", finance.measure(rounds).await)?;
    }
    drop(ours);
    if wants(Goal::P8) || wants(Goal::P11) {
        results.add("P8, P11", large.starts().await)?;
    }
    Ok(())
}

impl Large<'_> {
    /// Starts a server on a new store and fills it.
    async fn filled(&self) -> anyhow::Result<Goodturn> {
        self.rounds.say("filling a large store");
        let ours = Goodturn::start(&self.asked, &url_of(&self.file)?).await?;
        while ours.entries().await? < self.size.entries {
            ours.batches_to(&ours.uniform, FILLING).await?;
        }
        Ok(ours)
    }

    /// The standing of a member, against the count of those who have more.
    async fn ranks(&self, ours: &Goodturn) -> anyhow::Result<Vec<Outcome>> {
        let length = self.rounds.length;
        ours.first_standing().await?;
        let mut ranks = Ranks::of(&self.file, &self.asked.folder.join("ranks.db")).await?;
        let (members, mut random) = (ours.uniform.clone(), SplitMix64::new(self.asked.seed));
        let peer = async || {
            let clock = Stopwatch::start();
            let mut count = 0;
            while clock.elapsed() < length {
                ranks.rank(members.draw(&mut random)).await?;
                count += 1;
            }
            Ok(stats::per_second(count, clock.elapsed()))
        };
        let pairs = self.rounds.interleave("P7", async || ours.reads(Read::Standing, length).await, peer).await?;
        let outcome = Outcome::new("P7", "rank of a member among all", Target::AtLeast(1_000.0), pairs);
        Ok(vec![outcome.on("from memory", "SQLite, count(*) on an index of points")])
    }

    /// Batches on the large store, against the same on an empty one.
    async fn growth(&self, ours: &Goodturn) -> anyhow::Result<Vec<Outcome>> {
        let (length, folder) = (self.rounds.length, self.asked.folder.join("empty"));
        std::fs::create_dir(&folder)?;
        let asked = Asked { folder: &folder, ..self.asked };
        let empty = Goodturn::open(&asked, &url_of(&folder.join("goodturn.db"))?).await?;
        let large = async || ours.batches_to(&ours.uniform, length).await;
        let pairs = self.rounds.interleave("P9", large, async || empty.batches_to(&ours.uniform, length).await).await?;
        let outcome = Outcome::new("P9", "awards in batches on a large store", Target::AtLeast(0.8), pairs);
        Ok(vec![outcome.on("SQLite", "the same on a store that was empty")])
    }

    /// Reads while somebody pages through a board and another imports, against reads of a quiet server.
    async fn live_reads(&self, ours: &Goodturn) -> anyhow::Result<Vec<Outcome>> {
        let length = self.rounds.length;
        ours.first_standing().await?;
        let read = async || at(ours.paced(Read::Standing, READS_PER_SECOND, length).await?, 990);
        let among_others = async || {
            let paging = ours.page_through(length);
            let importing = ours.import(length);
            let (read, paged, imported) = tokio::join!(read(), paging, importing);
            paged?;
            imported?;
            read
        };
        let pairs = self.rounds.interleave("P13", among_others, read).await?;
        let outcome = Outcome::new("P13", "GetStanding, 99th percentile, among others", Target::AtMost(2.0), pairs);
        Ok(vec![outcome.in_unit(Unit::Micros).on("SQLite", "the same while nobody pages or imports")])
    }

    /// Starts of a server: the time until it answers, and the memory that it takes.
    async fn starts(&self) -> anyhow::Result<Vec<Outcome>> {
        self.rounds.say("P8, P11");
        let members = f64::from(self.size.members);
        let (mut first, mut further, mut idle, mut ready) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.rounds.pairs {
            let clock = Stopwatch::start();
            let ours = Goodturn::open(&self.asked, &url_of(&self.file)?).await?;
            let before = ours.resident()?;
            ours.first_standing().await?;
            let took = stats::micros(clock.elapsed());
            let with_one = ours.resident()?;
            ours.month().await?;
            let with_two = ours.resident()?;
            drop(ours);
            ready.push(Pair { ours: took, peer: timed(Ranks::read_all(&self.file)).await? });
            first.push(Pair { ours: stats::less(with_one, before), peer: members });
            further.push(Pair { ours: stats::less(with_two, with_one), peer: members });
            idle.push(Pair { ours: before, peer: MEBIBYTE });
            self.rounds.done();
        }
        let outcome = |key, title, target, pairs, unit, peer| {
            Outcome::new(key, title, target, pairs).in_unit(unit).on("SQLite", peer)
        };
        let bytes = |key, title, most, pairs| {
            outcome(key, title, Target::AtMost(most), pairs, Unit::Bytes, "members: the ratio is bytes a member")
        };
        let idle = outcome("P11-idle", "resident memory, idle", Target::AtMost(40.0), idle, Unit::Bytes, "a MiB");
        let rows = "every account read by SQL";
        Ok(vec![
            bytes("P8-first", "memory of the first board", 200.0, first),
            bytes("P8-further", "memory of a further board", 64.0, further),
            outcome("P11-start", "start to the first rank", Target::AtMost(5.0), ready, Unit::Micros, rows),
            idle,
        ])
    }
}
