//! Limits of each principal: calls in a second, open streams, bytes of requests. What one of them takes is not the others' to bear.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::config::PrincipalLimits;
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::principal::PrincipalId;
use crate::ledger::clock::Stopwatch;
use crate::wire::error::{ApiError, TooMuch};

/// Principals that are kept count of, at most. Those that are quiet make way; at some 200 bytes each, 2 MB.
const PRINCIPALS_MAX: usize = 10_000;

/// Calls that may come at once after a pause: those of a second.
const BURST: Duration = Duration::from_secs(1);

/// Counts what each principal of each programme takes.
pub(super) struct Limits {
    open_for: Stopwatch,
    of_each: PrincipalLimits,
    usages: Mutex<HashMap<(ProgramId, Counted), Arc<Usage>>>,
}

/// Whose calls are counted.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Counted {
    /// Whoever can send commands.
    Principal(PrincipalId),
    /// A member, who reads what is the member's own.
    Member(MemberId),
}

/// What a principal takes now.
struct Usage {
    /// The time, in microseconds, at which as many calls as came would have come at the highest rate (the generic cell rate algorithm,
    /// ITU-T I.371).
    due_us: AtomicU64,
    bytes: AtomicUsize,
    streams: Arc<Semaphore>,
}

/// A call that is open, until this is dropped.
pub(super) struct InFlight {
    usage: Arc<Usage>,
    bytes: usize,
    _stream: Option<OwnedSemaphorePermit>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.usage.bytes.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(PrincipalLimits::default())
    }
}

impl Limits {
    pub(super) fn new(of_each: PrincipalLimits) -> Self {
        Self { open_for: Stopwatch::start(), of_each, usages: Mutex::default() }
    }

    /// Begins a call, with a request of so many bytes.
    ///
    /// # Errors
    /// The principal has as much open, or has called as often, as it may.
    pub(super) fn begin(
        &self,
        program: &ProgramId,
        of: Counted,
        bytes: usize,
        is_stream: bool,
    ) -> Result<InFlight, ApiError> {
        let now_us = u64::try_from(self.open_for.elapsed().as_micros()).unwrap_or(u64::MAX);
        let PrincipalLimits { calls_per_second, streams, mebibytes } = self.of_each;
        let usage = self.usage(program, of, now_us);
        if !usage.calls_in_time(calls_per_second, now_us) {
            return Err(TooMuch { of: "calls a second", max: calls_per_second }.into());
        }
        let stream = is_stream.then(|| Arc::clone(&usage.streams).try_acquire_owned()).transpose();
        let stream = stream.map_err(|_| TooMuch { of: "open streams", max: streams })?;
        let most = usize::try_from(mebibytes).unwrap_or(usize::MAX).saturating_mul(1024 * 1024);
        let before = usage.bytes.fetch_add(bytes, Ordering::AcqRel);
        // It gives the bytes back where they are too many.
        let begun = InFlight { usage, bytes, _stream: stream };
        // A single request is taken, however long it is.
        if before > 0 && before.saturating_add(bytes) > most {
            return Err(TooMuch { of: "MiB of requests at a time", max: mebibytes }.into());
        }
        Ok(begun)
    }

    fn usage(&self, program: &ProgramId, of: Counted, now_us: u64) -> Arc<Usage> {
        let mut usages = self.usages.lock().expect("nothing panics while it holds the lock");
        let key = (program.clone(), of);
        if let Some(known) = usages.get(&key) {
            return Arc::clone(known);
        }
        if usages.len() >= PRINCIPALS_MAX {
            usages.retain(|_, usage| Arc::strong_count(usage) > 1 || usage.due_us.load(Ordering::Acquire) > now_us);
        }
        let streams = usize::try_from(self.of_each.streams).unwrap_or(Semaphore::MAX_PERMITS);
        let streams = Arc::new(Semaphore::new(streams));
        let usage = Arc::new(Usage { due_us: AtomicU64::new(0), bytes: AtomicUsize::new(0), streams });
        // Where all of them are busy, one more is not kept count of beyond this call.
        if usages.len() < PRINCIPALS_MAX {
            usages.insert(key, Arc::clone(&usage));
        }
        usage
    }
}

impl Usage {
    /// Counts a call; `false`, and counts none, when it comes too soon after the others.
    fn calls_in_time(&self, per_second: u32, now_us: u64) -> bool {
        let each_us = 1_000_000 / u64::from(per_second.max(1));
        let burst_us = u64::try_from(BURST.as_micros()).unwrap_or(u64::MAX);
        let counted = self.due_us.fetch_update(Ordering::AcqRel, Ordering::Acquire, |due_us| {
            let due_us = due_us.max(now_us);
            (due_us - now_us <= burst_us).then(|| due_us + each_us)
        });
        counted.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits::new(PrincipalLimits { calls_per_second: 100, streams: 2, mebibytes: 1 })
    }

    fn begun(limits: &Limits, who: &str, bytes: usize, is_stream: bool) -> Result<InFlight, ApiError> {
        let program = ProgramId::parse("qc").expect("an id");
        limits.begin(&program, Counted::Principal(PrincipalId::parse(who).expect("a name")), bytes, is_stream)
    }

    #[test]
    fn as_many_calls_are_taken_as_come_at_the_rate_after_those_of_a_second() {
        let usage =
            Usage { due_us: AtomicU64::new(0), bytes: AtomicUsize::new(0), streams: Arc::new(Semaphore::new(1)) };
        let taken = |count: u64, at_us: u64| (0..count).filter(|_| usage.calls_in_time(100, at_us)).count();
        assert_eq!(taken(500, 0), 101);
        assert_eq!(taken(500, 500_000), 50);
        assert_eq!(taken(500, 10_000_000), 101);
    }

    #[test]
    fn what_one_takes_is_not_the_others_to_bear() {
        let limits = limits();
        let open: Vec<_> = (0..2).map(|_| begun(&limits, "anna", 0, true).expect("two streams")).collect();
        assert!(begun(&limits, "anna", 0, true).is_err() && begun(&limits, "ben", 0, true).is_ok());
        drop(open);
        let large = begun(&limits, "anna", 3 << 20, false).expect("a single request is taken");
        assert!(begun(&limits, "anna", 1, false).is_err() && begun(&limits, "ben", 1, false).is_ok());
        drop(large);
        assert!(begun(&limits, "anna", 1, true).is_ok());
    }

    #[test]
    fn those_who_are_quiet_make_way() {
        let limits = limits();
        for n in 0..PRINCIPALS_MAX + 10 {
            drop(begun(&limits, &format!("n-{n}"), 1, false).expect("few calls of each"));
        }
        let kept = limits.usages.lock().expect("nobody panics").len();
        assert!(kept <= PRINCIPALS_MAX, "{kept}");
    }
}
