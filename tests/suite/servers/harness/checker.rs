//! Whether a history and the log it ended in agree with the invariants. Pure: the same input, the same verdict.

use std::collections::{BTreeMap, BTreeSet};

use super::history::{Ack, Attempt, Outcome};

/// The log as a surviving server shows it.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Every entry, in the order of the list.
    pub entries: Vec<Stored>,
    /// What `GetBalance` says a member has available.
    pub available: BTreeMap<String, i64>,
    /// Leaf hashes of entries that readers saw while faults were injected, by seq.
    pub seen: Vec<(i64, Vec<u8>)>,
    /// What `VerifyProgram` found.
    pub findings: Vec<String>,
}

/// What of an entry is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    pub seq: i64,
    /// Resource name of the activity it records; empty for other entries.
    pub name: String,
    pub member: String,
    pub from: String,
    pub to: String,
    pub amount: i64,
    pub available_after: i64,
    /// Seconds and nanoseconds.
    pub recorded_at: (i64, i32),
    pub leaf: Vec<u8>,
}

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub invariant: u32,
    pub what: String,
}

/// What the checker says of a run.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    pub violations: Vec<Violation>,
    /// Requests for one activity, and how many different ones they were.
    pub sent: usize,
    pub names: usize,
    /// Names with a receipt.
    pub acked: usize,
    /// Attempts whose outcome their client was not told.
    pub unknown: usize,
    /// Attempts refused with an error that promises no effect.
    pub refused: usize,
    /// Acked names that are not in the log.
    pub lost: usize,
    /// Names that are in the log more than once.
    pub duplicated: usize,
}

impl Verdict {
    /// Fails with what is wrong, if anything is.
    #[track_caller]
    pub fn assert_clean(&self) {
        let first: Vec<_> = self.violations.iter().take(20).collect();
        assert!(first.is_empty(), "{} violations, the first: {first:#?}", self.violations.len());
    }

    fn broken(&mut self, invariant: u32, what: String) {
        self.violations.push(Violation { invariant, what });
    }
}

/// Checks a history against the log it ended in.
pub fn check(history: &[Attempt], log: &Observed) -> Verdict {
    let mut verdict = Verdict::default();
    let names = Names::of(history, log);
    verdict.sent = history.len();
    verdict.names = names.0.len();
    for attempt in history {
        match attempt.outcome {
            Outcome::Acked(_) => {}
            Outcome::Refused(_) => verdict.refused += 1,
            Outcome::Unknown(_) => verdict.unknown += 1,
        }
    }
    verdict.acked = names.0.values().filter(|name| !name.acks.is_empty()).count();
    for (name, known) in &names.0 {
        effects(&mut verdict, name, known);
        receipts(&mut verdict, name, known);
    }
    order(&mut verdict, &names);
    chain(&mut verdict, log);
    balances(&mut verdict, log);
    for finding in &log.findings {
        verdict.broken(57, format!("verify: {finding}"));
    }
    verdict
}

/// What is known of every name, from both sides.
struct Names<'a>(BTreeMap<&'a str, Known<'a>>);

#[derive(Default)]
struct Known<'a> {
    acks: Vec<(u64, Ack)>,
    /// When it was first sent.
    invoked: Option<u64>,
    may_have_effect: bool,
    entries: Vec<&'a Stored>,
}

impl<'a> Names<'a> {
    fn of(history: &'a [Attempt], log: &'a Observed) -> Self {
        let mut names: BTreeMap<&str, Known<'_>> = BTreeMap::new();
        for attempt in history {
            let known = names.entry(&attempt.name).or_default();
            known.invoked = Some(known.invoked.map_or(attempt.invoked, |first| first.min(attempt.invoked)));
            if let Outcome::Acked(ack) = attempt.outcome {
                known.acks.push((attempt.completed.expect("a receipt is an answer"), ack));
            }
            known.may_have_effect |= !matches!(attempt.outcome, Outcome::Refused(_));
        }
        for entry in log.entries.iter().filter(|entry| !entry.name.is_empty()) {
            names.entry(&entry.name).or_default().entries.push(entry);
        }
        Self(names)
    }
}

/// INV 1, 3, 4, 5: each name has the effect its client was promised, and never two.
fn effects(verdict: &mut Verdict, name: &str, known: &Known<'_>) {
    if !known.acks.is_empty() && known.entries.is_empty() {
        verdict.lost += 1;
        verdict.broken(1, format!("{name} was acked and is not in the log"));
    }
    if known.entries.len() > 1 {
        verdict.duplicated += 1;
        let seqs: Vec<i64> = known.entries.iter().map(|entry| entry.seq).collect();
        verdict.broken(3, format!("{name} is in the log at {seqs:?}"));
    }
    if known.invoked.is_some() && !known.may_have_effect && !known.entries.is_empty() {
        verdict.broken(4, format!("{name} was only ever refused and is in the log at {}", known.entries[0].seq));
    }
    if known.invoked.is_none() {
        verdict.broken(5, format!("{name} is in the log and nobody sent it"));
    }
}

/// INV 8, 10: every receipt of a name is the same, and is what the log holds.
fn receipts(verdict: &mut Verdict, name: &str, known: &Known<'_>) {
    let mut acks: Vec<Ack> = known.acks.iter().map(|(_, ack)| *ack).collect();
    acks.dedup();
    if acks.len() > 1 {
        verdict.broken(10, format!("{name} has receipts that differ: {acks:?}"));
    }
    if let ([ack, ..], [entry, ..]) = (acks.as_slice(), known.entries.as_slice()) {
        let stored = Ack { seq: entry.seq, points: entry.amount, available: entry.available_after };
        if *ack != stored {
            verdict.broken(8, format!("{name} was acked as {ack:?} and stored as {stored:?}"));
        }
    }
}

/// INV 21: what was first sent after another's receipt had come stands behind it in the log.
fn order(verdict: &mut Verdict, names: &Names<'_>) {
    let mut acked: Vec<(u64, i64)> = Vec::new();
    for known in names.0.values() {
        acked.extend(known.acks.iter().map(|(completed, ack)| (*completed, ack.seq)));
    }
    acked.sort_unstable();
    let mut sent: Vec<(u64, &str, i64)> = Vec::new();
    for (name, known) in &names.0 {
        let first = known.entries.iter().map(|entry| entry.seq).min();
        sent.extend(known.invoked.zip(first).map(|(invoked, seq)| (invoked, *name, seq)));
    }
    sent.sort_unstable();
    let (mut acked, mut highest) = (acked.into_iter().peekable(), 0);
    for (invoked, name, seq) in sent {
        while let Some((_, before)) = acked.next_if(|(completed, _)| *completed < invoked) {
            highest = highest.max(before);
        }
        if seq <= highest {
            verdict.broken(21, format!("{name} stands at {seq}, and was sent after {highest} had been acked"));
        }
    }
}

/// INV 19, 20, 22: seqs are 1 to head, time never goes back, and what a reader saw is still what it saw.
fn chain(verdict: &mut Verdict, log: &Observed) {
    for (expected, entry) in (1..).zip(&log.entries) {
        if entry.seq != expected {
            verdict.broken(19, format!("seq {} stands where {expected} belongs", entry.seq));
            break;
        }
    }
    for pair in log.entries.windows(2) {
        if pair[1].recorded_at < pair[0].recorded_at {
            verdict.broken(22, format!("{} was recorded before {}", pair[1].seq, pair[0].seq));
        }
    }
    let leaves: BTreeMap<i64, &[u8]> = log.entries.iter().map(|entry| (entry.seq, entry.leaf.as_slice())).collect();
    for (seq, leaf) in &log.seen {
        match leaves.get(seq) {
            Some(now) if now == leaf => {}
            Some(_) => verdict.broken(20, format!("a reader saw another entry at {seq}")),
            None => verdict.broken(20, format!("a reader saw {seq}, which is gone")),
        }
    }
}

/// INV 30: what members have is what their entries sum to.
fn balances(verdict: &mut Verdict, log: &Observed) {
    let mut folded: BTreeMap<&str, i64> = BTreeMap::new();
    for entry in log.entries.iter().filter(|entry| !entry.member.is_empty()) {
        let sum = folded.entry(&entry.member).or_default();
        *sum += if entry.to == "available" { entry.amount } else { 0 };
        *sum -= if entry.from == "available" { entry.amount } else { 0 };
        if *sum != entry.available_after {
            let (member, after) = (&entry.member, entry.available_after);
            verdict.broken(30, format!("{member} has {after} after {}, and the entries sum to {sum}", entry.seq));
        }
    }
    let members: BTreeSet<&str> = folded.keys().copied().chain(log.available.keys().map(String::as_str)).collect();
    for member in members {
        let (told, sum) = (log.available.get(member).copied(), folded.get(member).copied().unwrap_or_default());
        if told != Some(sum) {
            verdict.broken(30, format!("{member} is told {told:?} and the entries sum to {sum}"));
        }
    }
}
