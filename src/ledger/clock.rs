//! The only clock, and the only source of randomness.

#![expect(clippy::disallowed_methods, reason = "this is the one module that may ask the machine for time and chance")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::domain::value::time::Micros;

/// A clock that tells the time of day, in UTC.
pub trait Clock: Send + Sync + 'static {
    /// Returns the time.
    fn now(&self) -> Micros;
}

/// The machine's clock. It may go back; the times that the ledger records never do.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Micros {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since_1970.as_micros()).ok().and_then(Micros::new);
        micros.expect("the machine's clock stands before the year 10000")
    }
}

/// The time at which a caller stops waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// Returns a deadline that passes after a while.
    #[must_use]
    pub fn after(patience: Duration) -> Self {
        Self(Instant::now() + patience)
    }

    /// True when it has passed.
    #[must_use]
    pub fn has_passed(self) -> bool {
        Instant::now() >= self.0
    }

    /// Waits for something, until the deadline passes; `None` then.
    pub async fn limit<F: Future>(self, waiting: F) -> Option<F::Output> {
        tokio::time::timeout_at(self.0, waiting).await.ok()
    }
}

/// A measure of how long something takes, for people.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts the measurement.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Returns how long it has been running.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Something that is said now and then, however often it happens.
#[derive(Debug)]
pub struct NowAndThen {
    every: Duration,
    since: Option<Stopwatch>,
}

impl NowAndThen {
    /// Makes something that is said once in so long a time.
    #[must_use]
    pub const fn every(every: Duration) -> Self {
        Self { every, since: None }
    }

    /// True when it is time to say it: the first time, and when it was not said for that long.
    pub fn is_due(&mut self) -> bool {
        let is_due = self.since.is_none_or(|since| since.elapsed() >= self.every);
        if is_due {
            self.since = Some(Stopwatch::start());
        }
        is_due
    }
}

/// Returns random bits from the operating system.
///
/// # Errors
/// The operating system has none to give. Nothing can be recorded safely then.
pub fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bits = [0; N];
    getrandom::fill(&mut bits)?;
    Ok(bits)
}

/// Returns a pause of random length below `longest`, so that servers that act at the same time come apart.
#[must_use]
pub fn random_below(longest: Duration) -> Duration {
    // Without random bits there is no pause, and chance is left to the scheduler.
    longest * u32::from(u16::from_le_bytes(random().unwrap_or_default())) / u32::from(u16::MAX)
}

/// Returns a new id for an event on this server, ordered by time.
#[must_use]
pub fn new_id() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}
