//! A clock that stands still until it is set.

use std::sync::atomic::{AtomicI64, Ordering};

use goodturn::domain::value::time::Micros;
use goodturn::ledger::clock::Clock;

/// A clock that stands still until it is set.
pub struct ManualClock(AtomicI64);

impl ManualClock {
    pub fn at(rfc3339: &str) -> Self {
        Self(AtomicI64::new(Micros::from_rfc3339(rfc3339).unwrap().get()))
    }

    pub fn set(&self, rfc3339: &str) {
        self.0.store(Micros::from_rfc3339(rfc3339).unwrap().get(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Micros {
        Micros::new(self.0.load(Ordering::SeqCst)).unwrap()
    }
}
