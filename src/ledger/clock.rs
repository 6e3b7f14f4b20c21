//! The only clock, and the only source of randomness.

#![expect(clippy::disallowed_methods, reason = "this is the one module that may ask the machine for time and chance")]

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::domain::value::time::Micros;

/// A clock that tells the time of day, in UTC.
pub trait Clock: Send + Sync + 'static {
    /// Returns the time.
    fn now(&self) -> Micros;

    /// Returns by how many milliseconds the clock was set ahead not long ago, so that it is not believed yet; `None` while it is.
    fn set_ahead_ms(&self) -> Option<i64> {
        None
    }

    /// Tells the clock that it was put right, as another shows.
    fn confirm(&self) {}
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

/// The machine's clock as a server uses it. One that is set ahead for a moment, as by a wrong clock of the hardware until it is
/// synchronised, would date every later entry; so it is not believed for a while.
#[derive(Debug)]
pub struct WatchedClock {
    running: Stopwatch,
    steps: Mutex<Steps>,
}

impl Default for WatchedClock {
    fn default() -> Self {
        Self { running: Stopwatch::start(), steps: Mutex::default() }
    }
}

impl WatchedClock {
    fn steps(&self) -> MutexGuard<'_, Steps> {
        self.steps.lock().expect("nothing panics while it holds the lock")
    }

    fn read(&self) -> (Micros, Option<i64>) {
        let mut steps = self.steps();
        // Under the lock: readings are noted in their order.
        let now = SystemClock.now();
        (now, steps.note(now, self.running.elapsed()))
    }
}

impl Clock for WatchedClock {
    fn now(&self) -> Micros {
        self.read().0
    }

    fn set_ahead_ms(&self) -> Option<i64> {
        self.read().1
    }

    fn confirm(&self) {
        // The next reading is believed.
        *self.steps() = Steps::default();
    }
}

/// How far a clock may run ahead of the time that passes before it counts as set: what clocks of different machines may differ by.
const STEP_MAX: Duration = Duration::from_secs(5);

/// How long a clock that was set ahead is not believed. A machine that starts, or wakes, synchronises its clock within a minute.
const STEP_DOUBTED_FOR: Duration = Duration::from_mins(1);

/// Compares a clock with the time that passes. The difference of the two stays, but for drift, until somebody sets the clock.
#[derive(Debug, Default)]
struct Steps {
    /// The largest difference that is believed, in microseconds. A clock that was set back may come back to it.
    believed: Option<i64>,
    /// A larger one, and the time that had passed when it was met first.
    doubted: Option<(i64, Duration)>,
}

impl Steps {
    /// Notes a reading. Returns by how many milliseconds the clock was set ahead, while it is not believed.
    fn note(&mut self, now: Micros, passed: Duration) -> Option<i64> {
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        let difference = now.get().saturating_sub(micros(passed));
        let ahead = difference.saturating_sub(*self.believed.get_or_insert(difference));
        if ahead <= micros(STEP_MAX) {
            (self.believed, self.doubted) = (self.believed.max(Some(difference)), None);
            return None;
        }
        let is_known =
            |(doubted, _): &(i64, Duration)| difference.abs_diff(*doubted) <= micros(STEP_MAX).unsigned_abs();
        let (_, since) = *self.doubted.insert(self.doubted.filter(is_known).unwrap_or((difference, passed)));
        if passed.saturating_sub(since) >= STEP_DOUBTED_FOR {
            (self.believed, self.doubted) = (Some(difference), None);
            return None;
        }
        Some(ahead / 1_000)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes readings: seconds of the clock, seconds that have passed. Returns the seconds that the clock was set ahead after each.
    fn noted(readings: &[(i64, u64)]) -> Vec<Option<i64>> {
        let mut steps = Steps::default();
        let readings = readings.iter();
        readings
            .map(|(clock, passed)| {
                let now = Micros::new(clock * 1_000_000).unwrap();
                steps.note(now, Duration::from_secs(*passed)).map(|ms| ms / 1_000)
            })
            .collect()
    }

    #[test]
    fn a_clock_that_is_set_ahead_is_not_believed_for_a_minute() {
        let year = 31_536_000;
        let readings = [(100, 0), (105, 5), (year + 106, 6), (year + 165, 65), (year + 166, 66), (year + 999, 899)];
        let expected = [None, None, Some(year), Some(year), None, None];
        assert_eq!(noted(&readings), expected);
    }

    #[test]
    fn a_clock_that_is_put_right_is_believed_at_once() {
        assert_eq!(noted(&[(100, 0), (10_100, 0), (10_103, 3), (104, 4)]), [None, Some(10_000), Some(10_000), None]);
        // As far as it had been, if it was set back before.
        assert_eq!(noted(&[(9_000, 0), (10, 3), (9_006, 6), (9_007, 7)]), [None; 4]);
        // Not one that is put back by a part of the step, nor one that is set ahead again.
        assert_eq!(
            noted(&[(100, 0), (10_100, 0), (20_150, 50), (20_170, 70)]),
            [None, Some(10_000), Some(20_000), Some(20_000)]
        );
        assert_eq!(noted(&[(100, 0), (10_100, 0), (9_103, 3)]), [None, Some(10_000), Some(9_000)]);
    }

    #[test]
    fn a_clock_that_drifts_or_goes_back_is_believed() {
        assert_eq!(noted(&[(100, 0), (110, 6), (116, 12), (50, 13), (51, 14)]), [None; 5]);
    }
}
