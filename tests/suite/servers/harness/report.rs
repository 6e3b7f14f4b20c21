//! The table of what was injected and what was found.

use std::io::Write as _;
use std::time::Instant;

use super::checker::Verdict;

/// Names the file to which each scenario adds its line.
const TABLE: &str = "GOODTURN_FAULTS_TABLE";

/// A scenario under way.
pub struct Scenario {
    name: String,
    engine: &'static str,
    begun: Instant,
    pub seed: u64,
}

impl Scenario {
    pub fn begin(name: &str, engine: &'static str) -> Self {
        let seed = getrandom::u64().unwrap();
        println!("{name}, {engine}: seed {seed}");
        Self { name: name.into(), engine, begun: now(), seed }
    }

    /// Tells how it ended: one line of the table.
    pub fn end(&self, faults: usize, verdict: &Verdict) {
        let Verdict { acked, unknown, refused, lost, duplicated, .. } = verdict;
        let bound = match (lost, acked) {
            (0, 1..) => per_million(*acked),
            _ => "–".into(),
        };
        let seconds = self.begun.elapsed().as_secs();
        let (name, engine) = (&self.name, self.engine);
        let line = format!(
            "| {name} | {engine} | {faults} | {acked} | {unknown} | {refused} | {lost} | {duplicated} | {bound} | {seconds} |"
        );
        println!("{line}");
        if let Some(table) = std::env::var_os(TABLE) {
            let mut table = std::fs::OpenOptions::new().append(true).create(true).open(table).unwrap();
            writeln!(table, "{line}").unwrap();
        }
    }
}

/// Rule of three: of n trials without a loss, fewer than 3/n are lost with a confidence of 95 % (Hanley and
/// Lippman-Hand, 1983). Told per million, rounded up: 3/20,000 is 150.
fn per_million(trials: usize) -> String {
    format!("{} per million", 3_000_000_usize.div_ceil(trials))
}

#[expect(clippy::disallowed_methods, reason = "how long a scenario took is told, and nothing rests on it")]
fn now() -> Instant {
    Instant::now()
}
