//! A clock that stands still until it is set.

use std::sync::atomic::{AtomicI64, Ordering};

use goodturn::domain::value::time::Micros;
use goodturn::ledger::clock::Clock;

/// A clock that stands still until it is set.
pub struct ManualClock {
    now: AtomicI64,
    /// By how many milliseconds it was set ahead, while it is not believed; 0 while it is.
    ahead_ms: AtomicI64,
}

impl ManualClock {
    pub fn at(rfc3339: &str) -> Self {
        Self { now: AtomicI64::new(Micros::from_rfc3339(rfc3339).unwrap().get()), ahead_ms: AtomicI64::new(0) }
    }

    pub fn set(&self, rfc3339: &str) {
        self.now.store(Micros::from_rfc3339(rfc3339).unwrap().get(), Ordering::SeqCst);
    }

    /// Has it say that it was set ahead by so many milliseconds, or that it is believed again: 0.
    pub fn set_ahead(&self, ms: i64) {
        self.ahead_ms.store(ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Micros {
        Micros::new(self.now.load(Ordering::SeqCst)).unwrap()
    }

    fn set_ahead_ms(&self) -> Option<i64> {
        Some(self.ahead_ms.load(Ordering::SeqCst)).filter(|ms| *ms != 0)
    }
}
