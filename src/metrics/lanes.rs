//! Lanes: what they commit and record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::OTHER;
use crate::domain::entry::Entry;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::value::ids::ProgramId;

/// Programmes that have a label of their own; those that come later share one. A programme has up to a hundred series, one for
/// each kind of entry that it has, and a server of Prometheus is well with some millions.
const PROGRAMS_MAX: usize = 100;

/// Bounds of commits, in seconds: from a fast disk to three times the patience of a statement.
const COMMIT_BOUNDS: [f64; 15] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Bounds of batches, in entries. A batch has up to 4,096 commands.
const BATCH_BOUNDS: [f64; 8] = [1.0, 4.0, 16.0, 64.0, 256.0, 1_024.0, 4_096.0, 16_384.0];

/// What became of a batch that was sent to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitOutcome {
    /// It is recorded.
    Recorded,
    /// Another server had written; it is decided again.
    Stale,
    /// A command of it was recorded before; it is decided again.
    Known,
    /// The store refuses something in it; it is tried in halves.
    Refused,
    /// The store could not be written.
    Unavailable,
    /// It has to be found out.
    Unknown,
}

impl CommitOutcome {
    const ALL: [Self; 6] = [Self::Recorded, Self::Stale, Self::Known, Self::Refused, Self::Unavailable, Self::Unknown];

    const fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Stale => "stale",
            Self::Known => "known",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
            Self::Unknown => "unknown",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EntryLabels {
    program: Arc<str>,
    kind: &'static str,
}

/// What lanes commit and record.
pub struct LaneMetrics {
    /// Commands that wait in the longest queue of a programme; set when it is asked for.
    pub queue: Gauge,
    entries: Family<EntryLabels, Counter>,
    commits: Family<OutcomeLabel, Counter>,
    commit_seconds: Histogram,
    batch_entries: Histogram,
    labelled: Mutex<BTreeSet<ProgramId>>,
}

impl LaneMetrics {
    pub(super) fn registered(own: &mut Registry) -> Self {
        let metrics = Self {
            queue: Gauge::default(),
            entries: Family::default(),
            commits: Family::default(),
            commit_seconds: Histogram::new(COMMIT_BOUNDS),
            batch_entries: Histogram::new(BATCH_BOUNDS),
            labelled: Mutex::default(),
        };
        for outcome in CommitOutcome::ALL {
            metrics.commits.get_or_create_owned(&OutcomeLabel { outcome: outcome.name() });
        }
        own.register("lane_queue", "Commands that wait in the longest queue of a programme", metrics.queue.clone());
        own.register("entries", "Entries that this server recorded", metrics.entries.clone());
        own.register("commits", "Batches that were sent to the store, by what became of them", metrics.commits.clone());
        let help = "How long the store took to answer a batch";
        own.register_with_unit("commit", help, Unit::Seconds, metrics.commit_seconds.clone());
        own.register("batch_entries", "Entries of a batch", metrics.batch_entries.clone());
        metrics
    }

    /// Returns the counters of a programme.
    pub(crate) fn of(&self, program: &ProgramId) -> EntryCounters {
        let mut labelled = self.labelled.lock().expect("nothing panics while it holds the lock");
        if labelled.len() < PROGRAMS_MAX {
            labelled.insert(program.clone());
        }
        let program = if labelled.contains(program) { program.as_str() } else { OTHER };
        EntryCounters { program: program.into(), entries: self.entries.clone(), known: BTreeMap::new() }
    }

    /// Notes how long the store took to answer a batch of so many entries.
    pub(crate) fn note_answer(&self, took: Duration, entries: usize) {
        self.commit_seconds.observe(took.as_secs_f64());
        self.batch_entries.observe(u32::try_from(entries).unwrap_or(u32::MAX).into());
    }

    /// Counts what became of a batch.
    pub(crate) fn note_outcome(&self, outcome: CommitOutcome) {
        self.commits.get_or_create(&OutcomeLabel { outcome: outcome.name() }).inc();
    }
}

/// Counts the entries of one programme.
pub(crate) struct EntryCounters {
    program: Arc<str>,
    entries: Family<EntryLabels, Counter>,
    known: BTreeMap<EntryKind, Counter>,
}

impl EntryCounters {
    /// Counts entries that are recorded.
    pub(crate) fn note(&mut self, entries: &[Arc<Entry>]) {
        for same in entries.chunk_by(|one, next| one.kind == next.kind) {
            let count = u64::try_from(same.len()).unwrap_or(u64::MAX);
            if let Some(first) = same.first() {
                self.counter(first.kind).inc_by(count);
            }
        }
    }

    fn counter(&mut self, kind: EntryKind) -> &Counter {
        let (program, entries) = (&self.program, &self.entries);
        self.known.entry(kind).or_insert_with(|| {
            entries.get_or_create_owned(&EntryLabels { program: Arc::clone(program), kind: kind.name() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Form, Metrics};

    #[test]
    fn programmes_beyond_the_bound_share_a_label() {
        let metrics = Metrics::default();
        for number in 0..PROGRAMS_MAX + 20 {
            let id = ProgramId::parse(&format!("shop-{number}")).unwrap();
            metrics.lanes.of(&id).counter(EntryKind::ActivityRecorded).inc();
        }
        let text = metrics.write(Form::Prometheus);
        let series = text.lines().filter(|line| line.starts_with("goodturn_entries_total{")).count();
        assert_eq!(series, PROGRAMS_MAX + 1);
        assert!(text.contains("goodturn_entries_total{program=\"_OTHER\",kind=\"activity_recorded\"} 20\n"), "{text}");
    }
}
