//! The results: a table for people, JSON for programs.

use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use super::cluster::SETTINGS;
use super::stats::{Pair, Spread, Target};
use goodturn::ledger::clock::{Clock as _, SystemClock};

/// The unit in which each side is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    PerSecond,
    Micros,
    Bytes,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::PerSecond => "/s",
            Self::Micros => "µs",
            Self::Bytes => "bytes",
        }
    }
}

/// The result for a goal.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    on: &'static str,
    peer: &'static str,
    unit: Unit,
    pub(crate) target: Target,
    pairs: Vec<Pair>,
}

impl Outcome {
    pub(crate) fn new(key: &'static str, title: &'static str, target: Target, pairs: Vec<Pair>) -> Self {
        Self { key, title, on: "", peer: "", unit: Unit::PerSecond, target, pairs }
    }

    /// Sets the names of the store and the peer.
    pub(crate) fn on(self, store: &'static str, peer: &'static str) -> Self {
        Self { on: store, peer, ..self }
    }

    pub(crate) fn in_unit(self, unit: Unit) -> Self {
        Self { unit, ..self }
    }

    /// Returns the ratios of the pairs.
    pub(crate) fn ratios(&self) -> Option<Spread> {
        Spread::of(self.pairs.iter().map(|pair| pair.ratio()))
    }

    /// Returns the median of each side by itself.
    pub(crate) fn medians(&self) -> Option<Pair> {
        let ours = Spread::of(self.pairs.iter().map(|pair| pair.ours))?.median;
        let peer = Spread::of(self.pairs.iter().map(|pair| pair.peer))?.median;
        Some(Pair { ours, peer })
    }

    /// Returns the title with the store.
    pub(crate) fn full_title(&self) -> String {
        format!("{}, {}", self.title, self.on)
    }

    /// Returns the name of the peer.
    pub(crate) fn peer(&self) -> &'static str {
        self.peer
    }

    fn to_json(&self) -> Option<Value> {
        let (ratios, medians) = (self.ratios()?, self.medians()?);
        let samples =
            self.pairs.iter().map(|pair| json!({"ours": pair.ours, "peer": pair.peer, "ratio": pair.ratio()}));
        Some(json!({
            "title": self.full_title(),
            "peer": self.peer,
            "unit": self.unit.name(),
            "goal": self.target.to_string(),
            "value": ratios.median,
            "min": ratios.min,
            "max": ratios.max,
            "met": self.target.met(ratios.median),
            "ours": medians.ours,
            "peer_value": medians.peer,
            "samples": samples.collect::<Vec<_>>(),
        }))
    }
}

/// Returns the table.
pub(crate) fn table(outcomes: &[Outcome], machine: &Value) -> String {
    let mut lines = vec![["goal", "measure", "Goodturn", "peer", "ratio", "min", "max", "goal", ""].map(str::to_owned)];
    for outcome in outcomes {
        let (Some(ratios), Some(medians)) = (outcome.ratios(), outcome.medians()) else { continue };
        let value = |value| format!("{} {}", grouped(value), outcome.unit.name());
        let met = if outcome.target.met(ratios.median) { "met" } else { "missed" };
        lines.push([
            outcome.key.into(),
            outcome.full_title(),
            value(medians.ours),
            value(medians.peer),
            format!("{:.2}", ratios.median),
            format!("{:.2}", ratios.min),
            format!("{:.2}", ratios.max),
            outcome.target.to_string(),
            met.into(),
        ]);
    }
    let widths: Vec<usize> =
        (0..9).map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
            0 | 1 | 8 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text + &notes(outcomes, machine)
}

fn notes(outcomes: &[Outcome], machine: &Value) -> String {
    let mut text = String::from("\nPeers\n");
    let width = outcomes.iter().map(|outcome| outcome.key.len()).max().unwrap_or_default();
    for outcome in outcomes {
        text += &format!("  {:<width$}  {}\n", outcome.key, outcome.peer());
    }
    text += &format!("\nMachine: {}.\n", caption(machine));
    text + "Each ratio is the median of pairs measured in turns, Goodturn's value by the peer's. The load generator shares \
            the machine\nwith what it loads: it writes HTTP/2 frames by hand, on 4 connections with 64 open calls each, or 2 \
            of 1,000 activities.\nEvery acknowledged award was found in the log.\n"
}

/// Describes the machine in a line.
pub(crate) fn caption(machine: &Value) -> String {
    let word = |name: &str| machine[name].as_str().map_or_else(|| machine[name].to_string(), str::to_owned);
    format!(
        "{} cores of {}, {} MiB of memory, Linux {}, PostgreSQL {}, commit {}, {}",
        word("cores"),
        word("cpu"),
        word("memory_mib"),
        word("kernel"),
        word("postgres"),
        word("commit"),
        word("date").split('T').next().unwrap_or_default(),
    )
}

/// Returns the content of the JSON file: goals by key, and the machine.
pub(crate) fn json(outcomes: &[Outcome], machine: Value) -> Value {
    let mut all = Map::new();
    for outcome in outcomes {
        if let Some(value) = outcome.to_json() {
            all.insert(outcome.key.into(), value);
        }
    }
    all.insert("machine".into(), machine);
    Value::Object(all)
}

/// Describes the machine and the settings of the measurement.
pub(crate) fn machine(postgres: Option<&str>, members: u32, seed: u64, pairs: u32, seconds: f64) -> Value {
    let field = |file: &str, name: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
        line.split_once(':').map_or_else(|| "unknown".into(), |(_, value)| value.trim().to_owned())
    };
    let memory_kib = field("/proc/meminfo", "MemTotal").split(' ').next().and_then(|kib| kib.parse::<u64>().ok());
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let settings: Map<String, Value> =
        SETTINGS.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "cpu": field("/proc/cpuinfo", "model name"),
        "memory_mib": memory_kib.map(|kib| kib / 1_024),
        "kernel": kernel.trim(),
        "postgres": postgres.unwrap_or("not used"),
        "commit": commit(),
        "build": if cfg!(debug_assertions) { "debug" } else { "release" },
        "date": SystemClock.now().to_rfc3339(),
        "settings": {
            "members": members, "seed": seed, "pairs": pairs, "seconds_a_side": seconds,
            "postgres": settings, "fsync": "on", "synchronous_commit": "on",
        },
    })
}

/// Returns the commit of the folder it runs in, when git knows it.
fn commit() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = if folder.exists() { folder } else { Path::new(".") };
    let described = Command::new("git").args(["describe", "--always", "--dirty"]).current_dir(folder).output();
    let text = described.ok().filter(|said| said.status.success()).and_then(|said| String::from_utf8(said.stdout).ok());
    text.map_or_else(|| "unknown".into(), |text| text.trim().to_owned())
}

/// Returns a whole number with commas between thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> Outcome {
        let pairs = [(30_000.0, 10_000.0), (25_000.0, 10_000.0), (36_000.0, 10_000.0)];
        let pairs = pairs.map(|(ours, peer)| Pair { ours, peer }).to_vec();
        Outcome::new("P1-zipf", "single awards", Target::AtLeast(3.0), pairs).on("PostgreSQL", "pgbench")
    }

    #[test]
    fn the_table_shows_both_sides_the_ratio_and_whether_the_goal_is_met() {
        let text = table(&[outcome()], &json!({"cores": 2, "commit": "abc"}));
        let line: Vec<&str> = text.lines().nth(1).expect("a line").split_whitespace().collect();
        let expected = "P1-zipf single awards, PostgreSQL 30,000 /s 10,000 /s 3.00 2.50 3.60 ≥ 3 met";
        assert_eq!(line.join(" "), expected);
        assert!(text.contains("2 cores") && text.contains("commit abc"), "{text}");
    }

    #[test]
    fn json_keeps_every_sample() {
        let all = json(&[outcome()], json!({"cores": 2}));
        assert_eq!(all["P1-zipf"]["value"], 3.0);
        assert_eq!(all["P1-zipf"]["met"], true);
        assert_eq!(all["P1-zipf"]["samples"][1], json!({"ours": 25_000.0, "peer": 10_000.0, "ratio": 2.5}));
        assert_eq!(all["machine"]["cores"], 2);
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([0.4, 999.6, 1_234_567.0].map(grouped), ["0", "1,000", "1,234,567"]);
    }
}
