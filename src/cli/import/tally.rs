//! The results of all lines.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::seen::Seen;
use super::window::Outcome;
use crate::cli::text::{grouped, per_second, seconds};
use goodturn::pb;

/// Counts of the results of lines, over all runs of an interrupted import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Number of lines that are not empty.
    pub(super) read: u64,
    pub(super) recorded_now: u64,
    pub(super) recorded_before: u64,
    /// Points that lines recorded now brought.
    credited_points: i64,
    /// Points that lines recorded now took back.
    taken_back_points: i64,
    declined: BTreeMap<String, u64>,
    rejected: BTreeMap<String, u64>,
    /// First and last seq of lines recorded now; 0 when there are none.
    first_seq: i64,
    last_seq: i64,
    /// The highest seq of any receipt.
    pub(super) seq_max: i64,
    /// All seqs of lines recorded now.
    seen: Seen,
    /// Number of lines that move nothing until a second person agrees.
    pub(super) waiting: u64,
    took_ms: u64,
}

impl Tally {
    /// Counts the result of a line. `head_seq_before` is the last seq of the log when the import began.
    pub(super) fn count(&mut self, outcome: &Outcome, head_seq_before: i64) {
        match outcome {
            Outcome::Recorded { seq, points, declined, waits } => {
                self.read += 1;
                self.seq_max = self.seq_max.max(*seq);
                if *declined != pb::DeclineReason::Unspecified {
                    let reason = declined.as_str_name().trim_start_matches("DECLINE_REASON_").to_ascii_lowercase();
                    *self.declined.entry(reason).or_default() += 1;
                }
                self.waiting += u64::from(*waits);
                // It was recorded by an earlier import, or for an earlier line of this one.
                if *seq <= head_seq_before || !self.seen.insert(*seq) {
                    self.recorded_before += 1;
                    return;
                }
                self.recorded_now += 1;
                let sum = if *points < 0 { &mut self.taken_back_points } else { &mut self.credited_points };
                *sum = sum.saturating_add(*points);
                self.first_seq = if self.first_seq == 0 { *seq } else { self.first_seq.min(*seq) };
                self.last_seq = self.last_seq.max(*seq);
            }
            Outcome::Rejected { reason, .. } => {
                self.read += 1;
                *self.rejected.entry(reason.clone()).or_default() += 1;
            }
            Outcome::Passed => {}
        }
    }

    /// Returns the number of lines that earned nothing.
    pub(super) fn declined(&self) -> u64 {
        self.declined.values().sum()
    }

    /// Returns the number of lines that were refused.
    pub(super) fn rejected(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// Adds the time that a run took.
    pub(super) fn add_time(&mut self, took: Duration) {
        self.took_ms = self.took_ms.saturating_add(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    }

    /// Returns the summary.
    pub(super) fn to_text(&self) -> String {
        let took = Duration::from_millis(self.took_ms);
        let row = |name: &str, value: &str| format!("{name:<40}{value:>16}\n");
        let count = |name: &str, count: u64| row(name, &grouped(number(count)));
        let each = |counts: &BTreeMap<String, u64>, indent: &str| {
            counts.iter().map(|(reason, found)| count(&format!("{indent}{reason}"), *found)).collect::<String>()
        };
        let mut text = count("lines read", self.read);
        text += &count("  recorded now", self.recorded_now);
        text += &count("  recorded before", self.recorded_before);
        text += &count("  rejected", self.rejected());
        text += &each(&self.rejected, "    ");
        text += &count("earned nothing", self.declined());
        text += &each(&self.declined, "  ");
        if self.waiting > 0 {
            text += &count("wait for a second person", self.waiting);
        }
        text += &row("points credited", &grouped(self.credited_points));
        if self.taken_back_points != 0 {
            text += &row("points taken back", &grouped(self.taken_back_points));
        }
        if self.first_seq > 0 {
            let seqs = format!("{} to {}", grouped(self.first_seq), grouped(self.last_seq));
            text += &row("entries", &seqs);
        }
        let read = usize::try_from(self.read).unwrap_or(usize::MAX);
        text + &row("time", &seconds(took)) + &row("lines a second", &grouped(per_second(read, took)))
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
