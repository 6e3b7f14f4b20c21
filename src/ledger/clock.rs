//! The only clock, and the only source of randomness.

#![expect(clippy::disallowed_methods, reason = "this is the one module that may ask the machine for time and chance")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::domain::value::time::Micros;

/// Tells the time of day, in UTC.
pub trait Clock: Send + Sync + 'static {
    /// The time it is.
    fn now(&self) -> Micros;
}

/// The machine's clock. It may go back; what the ledger records never does.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Micros {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since_1970.as_micros()).ok().and_then(Micros::new);
        micros.expect("the machine's clock stands before the year 10000")
    }
}

/// When a caller stops waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// A deadline that passes after a while.
    #[must_use]
    pub fn after(patience: Duration) -> Self {
        Self(Instant::now() + patience)
    }

    /// Whether it has passed.
    #[must_use]
    pub fn has_passed(self) -> bool {
        Instant::now() >= self.0
    }
}

/// Measures how long something takes, for people.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long it has been running.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Random bits from the operating system.
///
/// # Errors
/// The operating system has none to give; nothing can be recorded safely then.
pub fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bits = [0; N];
    getrandom::fill(&mut bits)?;
    Ok(bits)
}

/// A pause of random length below `longest`, so that servers which do the same at the same time come apart.
#[must_use]
pub fn random_below(longest: Duration) -> Duration {
    // Without random bits the pause is none, and chance is left to the scheduler.
    longest * u32::from(u16::from_le_bytes(random().unwrap_or_default())) / u32::from(u16::MAX)
}

/// A new id for something that happens on this server, ordered by time.
#[must_use]
pub fn new_id() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}
