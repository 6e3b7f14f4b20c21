//! What a server knows of its own health: what keeps it from serving, and what it counts of itself.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;

use super::Ledger;
use super::clock::Stopwatch;
use super::lines::Lines;
use crate::metrics::Metrics;

/// How long a server counts as unable to write after that failed. Then it is tried again: whoever sends calls only to
/// servers that are well would else never learn that the store takes them.
const UNWRITABLE_FOR: Duration = Duration::from_secs(10);

/// Reasons why this machine's clock is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ClockOff {
    /// It differs too much from the store's, by so many milliseconds; positive when it is ahead.
    #[error(
        "this machine's clock is {0} ms from the database's (ahead of it where positive), more than the 5000 ms allowed: \
         synchronise both, as with chrony"
    )]
    FromStore(i64),
    /// It was set ahead by so many milliseconds not long ago.
    #[error(
        "this machine's clock was set ahead by {0} ms: nothing is recorded for a minute, or until it is put right; synchronise it, as \
         with chrony"
    )]
    SetAhead(i64),
}

impl ClockOff {
    /// Returns by how many milliseconds it is off; positive when it is ahead.
    #[must_use]
    pub const fn ms(self) -> i64 {
        match self {
            Self::FromStore(ms) | Self::SetAhead(ms) => ms,
        }
    }
}

/// A reason why a server does not serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Entries would be dated wrongly.
    ClockOff(ClockOff),
    /// What is written now would be lost.
    StoreReplaced,
    /// Nothing can be read or written.
    StoreSilent,
    /// Nothing can be written.
    StoreRefusesWrites,
}

impl Fault {
    /// The names of all faults, for labels.
    pub const NAMES: [&str; 4] = ["clock_off", "store_replaced", "store_silent", "store_refuses_writes"];

    /// Returns its name, for labels.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClockOff(_) => Self::NAMES[0],
            Self::StoreReplaced => Self::NAMES[1],
            Self::StoreSilent => Self::NAMES[2],
            Self::StoreRefusesWrites => Self::NAMES[3],
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClockOff(off) => off.fmt(f),
            Self::StoreReplaced => f.write_str(
                "the files of the database were removed, replaced or cut short: stop the server, put the file back, and start it again",
            ),
            Self::StoreSilent => {
                f.write_str("the database does not answer within two seconds: see whether it runs, and whether it is busy")
            }
            Self::StoreRefusesWrites => {
                f.write_str(
                    "nothing can be written: see whether the disk of the database is full, whether it is read-only, and what the log \
                     says of its settings",
                )
            }
        }
    }
}

/// What keeps a server from serving.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fault of its own, and any of them may hold")]
pub struct Fitness {
    /// The difference of the clocks, while it is too large.
    pub clock_off: Option<ClockOff>,
    /// True when the store was not the one that was opened, at the last look.
    pub store_replaced: bool,
    /// True when the store did not answer in time, at the last look.
    pub store_silent: bool,
    /// True when the store said that it is read-only, at the last look.
    pub store_read_only: bool,
    /// True when nothing could be written not long ago.
    pub store_unwritable: bool,
}

impl Fitness {
    /// Returns the reasons why the server does not serve; none while it does.
    pub fn faults(self) -> impl Iterator<Item = Fault> {
        [
            self.clock_off.map(Fault::ClockOff),
            self.store_replaced.then_some(Fault::StoreReplaced),
            self.store_silent.then_some(Fault::StoreSilent),
            (self.store_read_only || self.store_unwritable).then_some(Fault::StoreRefusesWrites),
        ]
        .into_iter()
        .flatten()
    }
}

/// The time that has passed since something was noted last, or since the start.
#[derive(Debug)]
pub struct Moment {
    running: Stopwatch,
    noted_at_ms: AtomicU64,
}

impl Default for Moment {
    fn default() -> Self {
        Self { running: Stopwatch::start(), noted_at_ms: AtomicU64::new(0) }
    }
}

impl Moment {
    /// Notes that it happens now.
    pub fn note(&self) {
        let now = u64::try_from(self.running.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.noted_at_ms.store(now, Ordering::Relaxed);
    }

    /// Returns how long ago it was.
    #[must_use]
    pub fn age(&self) -> Duration {
        let noted_at = Duration::from_millis(self.noted_at_ms.load(Ordering::Relaxed));
        self.running.elapsed().saturating_sub(noted_at)
    }
}

/// What a server knows of its own health.
#[derive(Default)]
pub struct Vitals {
    /// What it counts of itself.
    pub metrics: Metrics,
    /// When an entry was recorded last, as far as this server knows.
    pub recorded: Moment,
    /// When the store last told this server where its programmes end, through the connections that all reads share.
    pub heard: Moment,
    /// When this server last took in what others had written.
    pub followed: Moment,
    /// When a pass of the sweeper succeeded last.
    pub swept: Moment,
    fitness: watch::Sender<Fitness>,
    /// Lines of the log that faults of the store cause, one for each batch or call.
    lines: Lines,
    /// Runs since nothing could be written, until something can.
    unwritable: Mutex<Option<Stopwatch>>,
}

impl Vitals {
    /// Returns a receiver that is told when the server becomes fit or unfit to serve.
    #[must_use]
    pub fn fitness(&self) -> watch::Receiver<Fitness> {
        self.fitness.subscribe()
    }

    /// Returns what keeps the server from serving now.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.known().faults().collect()
    }

    /// Returns what is known of the fitness.
    #[must_use]
    pub fn known(&self) -> Fitness {
        *self.fitness.borrow()
    }

    /// Changes what is known of the fitness. Says in the log what became of it, and what was found.
    pub(super) fn change(&self, found: &dyn fmt::Display, change: impl FnOnce(&mut Fitness)) {
        self.fitness.send_if_modified(|known| {
            let before = *known;
            change(known);
            let names = |fitness: Fitness| fitness.faults().map(Fault::name).collect::<Vec<_>>();
            let (then, now) = (names(before), names(*known));
            for fault in known.faults().filter(|fault| !then.contains(&fault.name())) {
                tracing::error!(fault = fault.name(), %found, "not serving: {fault}");
            }
            for fault in then.iter().filter(|name| !now.contains(name)) {
                tracing::info!(fault, serving = now.is_empty(), "the fault is over");
            }
            then != now
        });
    }

    /// Writes a line of the log of which there may be as many as there are batches, or calls; one too many is counted.
    pub(super) fn tell(&self, line: impl FnOnce()) {
        if self.has_room(&self.lines) {
            line();
        }
    }

    /// True when one more line of a kind may be written. One that may not is counted.
    pub fn has_room(&self, lines: &Lines) -> bool {
        let has_room = lines.take();
        if !has_room {
            self.metrics.log_lines_left_out.inc();
        }
        has_room
    }

    /// Notes that nothing could be written, and why.
    pub(super) fn note_unwritable(&self, why: &dyn fmt::Display) {
        *self.unwritable() = Some(Stopwatch::start());
        self.change(why, |fitness| fitness.store_unwritable = true);
    }

    /// Notes that a batch was written.
    pub(super) fn note_recorded(&self) {
        self.recorded.note();
        if self.unwritable().take().is_some() {
            self.change(&"a batch was written", |fitness| fitness.store_unwritable = false);
        }
    }

    /// Has the store tried again, where it was not written to because it was not there.
    pub(super) fn forget_unwritable(&self) {
        self.unwritable().take();
    }

    /// True when nothing could be written not long ago.
    pub(super) fn is_unwritable(&self) -> bool {
        self.unwritable().is_some_and(|since| since.elapsed() < UNWRITABLE_FOR)
    }

    fn unwritable(&self) -> MutexGuard<'_, Option<Stopwatch>> {
        self.unwritable.lock().expect("nothing panics while it holds the lock")
    }
}

impl Ledger {
    /// Returns a ledger that tells others how it is.
    #[must_use]
    pub fn with_vitals(self, vitals: Arc<Vitals>) -> Self {
        Self { vitals, ..self }
    }

    /// Returns what the server knows of its own health.
    #[must_use]
    pub const fn vitals(&self) -> &Arc<Vitals> {
        &self.vitals
    }

    /// Returns the number of commands that wait in the longest queue of a programme.
    #[must_use]
    pub fn longest_queue(&self) -> usize {
        self.opened().values().map(|state| state.queued()).max().unwrap_or_default()
    }
}
