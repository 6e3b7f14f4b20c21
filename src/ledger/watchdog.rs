//! The watchdogs of the clock and of the store. Entries are dated by this machine, so its clock must be close to the database's.
//! A store that is no longer the one that was opened keeps nothing, and one that does not answer serves nobody.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Ledger;
use super::clock::Stopwatch;
use super::state::ProgramState;
use super::vitals::ClockOff;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::time::Micros;
use crate::log::LogError;

/// The largest difference allowed between this machine's clock and the store's. An unsynchronised machine drifts so
/// much in a month, and it is less than anybody would see in a date.
pub const CLOCK_OFFSET_MAX: Duration = Duration::from_secs(5);

/// How often the store is asked for a sign of life, and for its time.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// How long the store may take to answer, a batch included. A commit takes milliseconds, and whoever calls has little more patience.
pub const SILENCE_MAX: Duration = Duration::from_secs(2);

/// How long reads may wait, which share their connections: so much more that a crowd of readers is no outage.
const READS_SILENCE_MAX: Duration = Duration::from_secs(4);

/// How often the runtime's own lateness is measured, and for how many looks at the store it counts: silence while this process did not get to
/// run, because it was stopped or has more to do than the machine can, is not the store's.
const TICK: Duration = Duration::from_millis(100);
const LATENESS_KEPT: usize = 5;

/// The time of a step that is not taken.
pub(super) const IDLE_AT: u64 = u64::MAX;

/// How often the store's files are looked for. Nothing is acknowledged into a store that is gone, whenever that is noticed; this is for
/// those who ask whether the server is well.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl Ledger {
    /// Asks the store for a sign of life, and compares this machine's clock with its. While they differ too much, nothing is recorded.
    ///
    /// # Errors
    /// [`LogError`] when the store does not answer. The last finding stays.
    pub async fn ask_store(&self) -> Result<Option<ClockOff>, LogError> {
        let before = self.clock.now();
        let pulse = self.log.pulse().await?;
        let offset_micros = pulse.now.map_or(0, |stored| offset(before, stored, self.clock.now()));
        let size = Duration::from_micros(offset_micros.unsigned_abs());
        let differs = (size > CLOCK_OFFSET_MAX).then_some(ClockOff::FromStore(offset_micros / 1_000));
        let vitals = self.vitals();
        if differs.is_none() && matches!(vitals.known().clock_off, Some(ClockOff::FromStore(_))) {
            // The step that ended the difference was right.
            self.clock.confirm();
        }
        let found = differs.or_else(|| self.clock.set_ahead_ms().map(ClockOff::SetAhead));
        let sign = if offset_micros < 0 { -1.0 } else { 1.0 };
        vitals.metrics.standing.clock_offset.set(size.as_secs_f64().copysign(sign));
        vitals.change(&pulse.unfit.as_deref().unwrap_or("what the store said"), |fitness| {
            fitness.clock_off = found;
            fitness.store_read_only = pulse.is_read_only || pulse.unfit.is_some();
            fitness.store_unwritable = vitals.is_unwritable();
        });
        Ok(found)
    }

    /// Asks the store for ever whether it answers, and compares the clocks.
    pub async fn keep_asking_store(&self) {
        let lateness = Lateness::default();
        tokio::join!(lateness.keep_measuring(), self.ask_store_again_and_again(&lateness));
    }

    async fn ask_store_again_and_again(&self, lateness: &Lateness) {
        let mut looks = VecDeque::new();
        let (mut answered, mut had_answered, mut found) = (Stopwatch::start(), true, String::new());
        let standing = &self.vitals().metrics.standing;
        // It was just opened.
        standing.store_up.set(1);
        loop {
            tokio::time::sleep(ASK_EVERY).await;
            let asking = Stopwatch::start();
            let allowance = lateness.of_last(&mut looks);
            match tokio::time::timeout(SILENCE_MAX + allowance, self.ask_store()).await {
                Ok(Ok(_)) => {
                    answered = Stopwatch::start();
                    standing.store_answer.set(asking.elapsed().as_secs_f64());
                }
                Ok(Err(error)) => found = error.to_string(),
                Err(_) => "no answer".clone_into(&mut found),
            }
            let allowance = lateness.since(&looks);
            let has_answered = answered.elapsed() < SILENCE_MAX + allowance;
            if has_answered && !had_answered {
                // Nothing could be written to what was not there.
                self.vitals().forget_unwritable();
            }
            had_answered = has_answered;
            if has_answered {
                "a lane waits for the store, or reads do".clone_into(&mut found);
            }
            let is_silent = !has_answered
                || self.longest_wait() >= SILENCE_MAX + allowance
                || self.vitals().heard.age() >= READS_SILENCE_MAX + allowance;
            standing.store_up.set(i64::from(!is_silent));
            self.vitals().change(&found, |fitness| fitness.store_silent = is_silent);
        }
    }

    /// Returns how long the lane has waited for the store that has waited longest.
    fn longest_wait(&self) -> Duration {
        self.opened().values().map(|state| state.waits_for_store()).max().unwrap_or_default()
    }

    /// Looks for the store's files for ever.
    pub async fn keep_looking_for_store(&self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let looked = self.log.present();
            let found = looked.as_ref().err().map(ToString::to_string).unwrap_or_default();
            self.vitals().change(&found, |fitness| fitness.store_replaced = looked.is_err());
        }
    }
}

/// How late this process is: the time in which it would have run and did not get to.
#[derive(Debug, Default)]
struct Lateness {
    all_ms: AtomicU64,
}

impl Lateness {
    async fn keep_measuring(&self) {
        loop {
            let sleeping = Stopwatch::start();
            tokio::time::sleep(TICK).await;
            let late = sleeping.elapsed().saturating_sub(TICK * 2);
            self.all_ms.fetch_add(u64::try_from(late.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }

    /// Begins another look, and returns the lateness since the first of the last ones.
    fn of_last(&self, looks: &mut VecDeque<u64>) -> Duration {
        looks.push_back(self.all_ms.load(Ordering::Relaxed));
        if looks.len() > LATENESS_KEPT {
            looks.pop_front();
        }
        self.since(looks)
    }

    /// Returns the lateness since the first look.
    fn since(&self, looks: &VecDeque<u64>) -> Duration {
        let first = looks.front().copied().unwrap_or_default();
        Duration::from_millis(self.all_ms.load(Ordering::Relaxed).saturating_sub(first))
    }
}

/// Returns by how many microseconds this machine's clock is ahead of the store's, negative where it is behind. The store's time lies
/// between two of this machine's: how long the question took is not the clock's fault.
fn offset(before: Micros, stored: Micros, after: Micros) -> i64 {
    let ahead = before.get().saturating_sub(stored.get());
    let behind = stored.get().saturating_sub(after.get());
    if ahead > 0 { ahead } else { -behind.max(0) }
}

/// Tells of a programme whose last entry is dated ahead of the clock: later entries get its date until the clock has passed it.
pub(super) fn tell_if_ahead(program: &ProgramId, last: Micros, now: Micros) {
    let ahead = Duration::from_micros(u64::try_from(last.get().saturating_sub(now.get())).unwrap_or_default());
    if ahead > CLOCK_OFFSET_MAX {
        tracing::warn!(
            %program, last = last.to_rfc3339(),
            "the last entry is dated ahead of this machine's clock, and so will be the next: one of the clocks was, or is, wrong"
        );
    }
}

impl ProgramState {
    /// Notes that the lane takes a step, which may ask the store. One that takes in what became of a batch began when that was sent.
    pub(super) fn note_step(&self) {
        let is_landing = self.in_flight.load(Ordering::Acquire);
        let since = if is_landing { self.launched_at_ms.load(Ordering::Acquire) } else { self.now_ms() };
        self.step_at_ms.store(since, Ordering::Release);
    }

    /// Notes that the lane waits for commands, or for a batch that is in flight.
    pub(super) fn note_idle(&self) {
        self.step_at_ms.store(IDLE_AT, Ordering::Release);
    }

    /// Returns how long ago the batch was sent that is in flight, or was last.
    pub(super) fn flown_for(&self) -> Duration {
        self.open_for.elapsed().saturating_sub(Duration::from_millis(self.launched_at_ms.load(Ordering::Acquire)))
    }

    /// Returns how long the lane, or the batch in flight, waits for the store; zero when neither does.
    fn waits_for_store(&self) -> Duration {
        let step_at = self.step_at_ms.load(Ordering::Acquire);
        let launched_at =
            if self.in_flight.load(Ordering::Acquire) { self.launched_at_ms.load(Ordering::Acquire) } else { IDLE_AT };
        self.open_for.elapsed().saturating_sub(Duration::from_millis(step_at.min(launched_at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_between_two_readings_is_no_offset() {
        let at = |micros: i64| Micros::new(micros).unwrap();
        for (stored, expected) in [(90, 10), (100, 0), (150, 0), (200, 0), (230, -30)] {
            assert_eq!(offset(at(100), at(stored), at(200)), expected, "{stored}");
        }
    }
}
