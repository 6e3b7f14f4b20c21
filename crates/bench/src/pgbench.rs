//! The peer in plain SQL: pgbench, which awards points with one transaction each.
//!
//! It has the fastest form there is: one statement that inserts an entry with Goodturn's columns, indexes and sizes,
//! and adds to the member's account. It keeps no order without gaps, no chain and no hash, and knows no rules.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::awards::{ID_DIGITS, MEMBER_DIGITS, PROGRAM, SOURCE};
use super::cluster::{Cluster, output};
use super::goals::Asked;

/// The name of its database.
pub(crate) const DATABASE: &str = "peer";

/// The statement for an award. Its constants have the sizes that Goodturn stores for one.
const AWARD: &str = r"
with e as (
  insert into entry (program_id, seq, format, kind, source, command, request_id, request_digest, member_id, prev_seq,
                     from_bucket, to_bucket, amount, occurred_at, local_day, recorded_at, rule_version, rule_id,
                     raw_points, balance_after, fact, principal, leaf_hash)
  values ('PROGRAM', nextval('award'), 1, 3, 'SOURCE', 3, lpad(:id::text, ID_DIGITS, '0'), DIGEST,
          'm' || lpad(:member::text, MEMBER_DIGITS, '0'), 1, 0, 1, 100, 1700000000000000, 19675, 1700000000000000, 1,
          'answers', 100, BALANCES, FACT, 'forum', DIGEST)
  returning seq, member_id, amount)
insert into account (program_id, member_id, last_seq, balances, credited, credited_seq)
select 'PROGRAM', member_id, seq, BALANCES, amount, seq from e
on conflict (program_id, member_id) do update
   set last_seq = excluded.last_seq, balances = excluded.balances, credited = account.credited + excluded.credited,
       credited_seq = excluded.credited_seq;
";

/// The statements that make one entry and one account for each member, as the load on Goodturn begins.
const FILL: &str = r"
create sequence award;
insert into program (program_id, secret) values ('PROGRAM', DIGEST);
with e as (
  insert into entry (program_id, seq, format, kind, source, command, request_id, request_digest, member_id, prev_seq,
                     from_bucket, to_bucket, amount, occurred_at, local_day, recorded_at, rule_version, rule_id,
                     raw_points, balance_after, fact, principal, leaf_hash)
  select 'PROGRAM', nextval('award'), 1, 3, 'SOURCE', 3, lpad(n::text, ID_DIGITS, '0'), DIGEST,
         'm' || lpad(n::text, MEMBER_DIGITS, '0'), 1, 0, 1, 100, 1700000000000000, 19675, 1700000000000000, 1, 'answers',
         100, BALANCES, FACT, 'forum', DIGEST
    from generate_series(1, MEMBERS) n
  returning seq, member_id, amount)
insert into account (program_id, member_id, last_seq, balances, credited, credited_seq)
select 'PROGRAM', member_id, seq, BALANCES, amount, seq from e;
analyze;
";

/// Bytes of balances and facts, as Goodturn stores them for such an award.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) balances: usize,
    pub(crate) fact: usize,
}

impl Sizes {
    fn write_into(self, sql: &str) -> String {
        let bytes = |count: usize| format!("'\\x{}'::bytea", "5a".repeat(count));
        sql.replace("PROGRAM", PROGRAM)
            .replace("SOURCE", SOURCE)
            .replace("ID_DIGITS", &ID_DIGITS.to_string())
            .replace("MEMBER_DIGITS", &MEMBER_DIGITS.to_string())
            .replace("DIGEST", &bytes(32))
            .replace("BALANCES", &bytes(self.balances))
            .replace("FACT", &bytes(self.fact))
    }
}

/// The way in which awards are spread over members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spread {
    Uniform,
    Zipf,
    One,
}

/// The settings of a round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    pub(crate) spread: Spread,
    pub(crate) clients: u32,
    /// Transactions a second; `None` for as many as possible.
    pub(crate) rate: Option<f64>,
    pub(crate) length: Duration,
    /// Number of the round, from 1. Ids begin anew with each.
    pub(crate) number: u64,
}

/// pgbench on a cluster, with its own database.
pub(crate) struct Pgbench {
    folder: PathBuf,
    members: u32,
    seed: u64,
}

impl Pgbench {
    /// Makes the database with its tables, members and scripts.
    ///
    /// # Errors
    /// PostgreSQL refuses something.
    pub(crate) fn prepare(asked: &Asked<'_>, cluster: &Cluster, sizes: Sizes) -> anyhow::Result<Self> {
        cluster.create_database(DATABASE)?;
        let &Asked { goodturn, members, seed, .. } = asked;
        goodturn.migrate(&cluster.url(DATABASE))?;
        let fill = sizes.write_into(FILL).replace("MEMBERS", &members.to_string());
        let mut psql = cluster.command("psql");
        output(psql.args(["--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", "-d", DATABASE, "-c", &fill]))?;
        let folder = cluster.folder().to_owned();
        for (spread, draw) in [
            (Spread::Uniform, "random(1, :members)"),
            (Spread::Zipf, "random_zipfian(1, :members, 1.07)"),
            (Spread::One, "1"),
        ] {
            let script = format!(
                "\\set member {draw}\n\\set n :n + 1\n\\set id :first + :n * :clients + :client_id\n{}",
                sizes.write_into(AWARD).trim()
            );
            cluster.write(script_name(spread), &script)?;
        }
        Ok(Self { folder, members, seed })
    }

    /// Returns the command of a round. [`latencies`](Self::latencies) finds its log of transactions.
    pub(crate) fn command(&self, cluster: &Cluster, round: Round, with_log: bool) -> Command {
        let mut command = cluster.command("pgbench");
        let Round { clients, number, .. } = round;
        // pgbench counts whole seconds.
        let seconds = round.length.as_secs().max(1);
        command
            .args(["--no-vacuum", "--protocol=prepared", "--file", script_name(round.spread)])
            .arg(format!("--client={clients}"))
            .arg(format!("--jobs={}", clients.min(2)))
            .arg(format!("--time={seconds}"))
            .arg(format!("--random-seed={}", self.seed.wrapping_add(number) % 1_000_000_007))
            .arg(format!("--define=members={}", self.members))
            .arg(format!("--define=clients={clients}"))
            .arg(format!("--define=first={number}000000000"))
            .arg("--define=n=0");
        if let Some(rate) = round.rate {
            command.arg(format!("--rate={rate:.1}"));
        }
        if with_log {
            command.arg("--log").arg("--log-prefix").arg(self.log_prefix());
        }
        command.arg(DATABASE);
        command
    }

    fn log_prefix(&self) -> PathBuf {
        self.folder.join("transactions")
    }

    /// Takes the logs of the last round. Returns how long each transaction took, from the time it was due.
    ///
    /// # Errors
    /// A log cannot be read.
    pub(crate) fn latencies(&self) -> anyhow::Result<Vec<Duration>> {
        let mut times = Vec::new();
        for file in std::fs::read_dir(&self.folder)? {
            let path = file?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("transactions.")) {
                let log = std::fs::read_to_string(&path)?;
                std::fs::remove_file(&path)?;
                for line in log.lines() {
                    times.push(latency(line).with_context(|| format!("pgbench logged {line:?}"))?);
                }
            }
        }
        ensure!(!times.is_empty(), "pgbench logged no transaction");
        Ok(times)
    }
}

/// Returns the time in a line of the log: client, number, microseconds, script, …
fn latency(line: &str) -> Option<Duration> {
    line.split(' ').nth(2)?.parse().ok().map(Duration::from_micros)
}

/// Runs a round, and returns transactions a second.
///
/// # Errors
/// A transaction or pgbench itself failed.
pub(crate) fn run(mut command: Command) -> anyhow::Result<f64> {
    let said = output(&mut command)?;
    ensure!(!said.contains("aborted"), "pgbench lost a client: {said}");
    rate(&said).with_context(|| format!("pgbench said {said:?}"))
}

fn rate(said: &str) -> Option<f64> {
    said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
}

fn script_name(spread: Spread) -> &'static str {
    match spread {
        Spread::Uniform => "uniform.sql",
        Spread::Zipf => "zipf.sql",
        Spread::One => "one.sql",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pgbench_says_is_understood() {
        let said = "latency average = 2.2 ms\ninitial connection time = 31.2 ms\n\
                    tps = 14321.987654 (without initial connection time)\n";
        assert_eq!(rate(said), Some(14_321.987_654));
        assert_eq!(rate("pgbench (15.16)"), None);
        assert_eq!(latency("0 81 4621 0 1412881037 912698 2038"), Some(Duration::from_micros(4_621)));
        assert_eq!(latency("progress"), None);
    }

    #[test]
    fn scripts_hold_no_placeholder() {
        let sizes = Sizes { balances: 20, fact: 40 };
        for sql in [AWARD, FILL] {
            let sql = sizes.write_into(sql).replace("MEMBERS", "10");
            assert!(!sql.bytes().any(|byte| byte.is_ascii_uppercase()), "{sql}");
        }
    }
}
