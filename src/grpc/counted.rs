//! Counts whose changes are seen by whoever looks now and then: those who count read no clock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// A count, with what was last seen of it, and the time at which it was first seen so.
#[derive(Default)]
pub(super) struct Counted {
    count: AtomicU64,
    seen: Mutex<(u64, Duration)>,
}

impl Counted {
    pub(super) fn add(&self, more: u64) {
        self.count.fetch_add(more, Ordering::AcqRel);
    }

    pub(super) fn get(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Sees at a time whether it has changed.
    pub(super) fn look(&self, now: Duration) {
        let (count, mut seen) = (self.get(), self.seen());
        if count != seen.0 {
            *seen = (count, now);
        }
    }

    /// How long at least it has been as it is, at a time.
    pub(super) fn unchanged_for(&self, now: Duration) -> Duration {
        let (count, since) = *self.seen();
        if count == self.get() { now.saturating_sub(since) } else { Duration::ZERO }
    }

    fn seen(&self) -> MutexGuard<'_, (u64, Duration)> {
        self.seen.lock().expect("nothing panics while it holds the lock")
    }
}
