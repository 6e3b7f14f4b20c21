//! The watchdogs of the clock and of the store. Entries are dated by this machine, so its clock must be close to the database's.
//! A store that is no longer the one that was opened keeps nothing, and one that does not answer serves nobody.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Ledger;
use super::clock::Stopwatch;
use super::state::ProgramState;
use super::vitals::ClockOff;
use crate::log::LogError;

/// The largest difference allowed between this machine's clock and the store's. An unsynchronised machine drifts so
/// much in a month, and it is less than anybody would see in a date.
pub const CLOCK_OFFSET_MAX: Duration = Duration::from_secs(5);

/// How often the store is asked for a sign of life, and for its time.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// How long the store may take to answer, a batch included. A commit takes milliseconds, and whoever calls has little more patience.
pub const SILENCE_MAX: Duration = Duration::from_secs(2);

/// How often the store's files are looked for. Nothing is acknowledged into a store that is gone, whenever that is noticed; this is for
/// those who ask whether the server is well.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl Ledger {
    /// Asks the store for a sign of life, and compares this machine's clock with its. While they differ too much, nothing is recorded.
    ///
    /// # Errors
    /// [`LogError`] when the store does not answer. The last finding stays.
    pub async fn compare_clocks(&self) -> Result<Option<ClockOff>, LogError> {
        let before = self.clock.now();
        let pulse = self.log.pulse().await?;
        let vitals = self.vitals();
        let writes_refused = pulse.is_read_only || vitals.was_refused();
        // The duration of the question is not the clock's fault: the store's time lies between the two readings.
        let after = self.clock.now();
        let stored = pulse.now.unwrap_or(after);
        let ahead = before.get().saturating_sub(stored.get());
        let behind = stored.get().saturating_sub(after.get());
        let offset_micros = if ahead > 0 { ahead } else { -behind.max(0) };
        let offset = Duration::from_micros(offset_micros.unsigned_abs());
        let found = (offset > CLOCK_OFFSET_MAX).then_some(ClockOff { offset_ms: offset_micros / 1_000 });
        vitals.metrics.standing.clock_offset.set(offset.as_secs_f64().copysign(if offset_micros < 0 {
            -1.0
        } else {
            1.0
        }));
        vitals.change(|fitness| {
            fitness.clock_off = found;
            fitness.writes_refused = writes_refused;
        });
        Ok(found)
    }

    /// Asks the store for ever whether it answers, and compares the clocks.
    pub async fn keep_asking_store(&self) {
        let (mut answered, mut failing) = (Stopwatch::start(), false);
        let standing = &self.vitals().metrics.standing;
        // It was just opened.
        standing.store_up.set(1);
        loop {
            tokio::time::sleep(ASK_EVERY).await;
            let asking = Stopwatch::start();
            match tokio::time::timeout(SILENCE_MAX, self.compare_clocks()).await {
                Ok(Ok(_)) => {
                    (answered, failing) = (Stopwatch::start(), false);
                }
                // Said once, not once a second.
                Ok(Err(error)) if !failing => {
                    failing = true;
                    tracing::warn!(%error, "the database does not answer");
                }
                Ok(Err(_)) | Err(_) => {}
            }
            standing.store_answer.set(asking.elapsed().as_secs_f64());
            let is_silent = answered.elapsed() >= SILENCE_MAX || self.longest_in_flight() >= SILENCE_MAX;
            standing.store_up.set(i64::from(!is_silent));
            if !is_silent && self.vitals().fitness().borrow().store_silent {
                self.vitals().forget_refused();
            }
            self.vitals().change(|fitness| fitness.store_silent = is_silent);
        }
    }

    /// Returns how long the oldest batch waits that is with the store.
    fn longest_in_flight(&self) -> Duration {
        self.opened().values().map(|state| state.in_flight_for()).max().unwrap_or_default()
    }

    /// Looks for the store's files for ever.
    pub async fn keep_looking_for_store(&self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let looked = self.log.present();
            if let Err(gone) = &looked
                && !self.vitals().fitness().borrow().store_replaced
            {
                tracing::error!(%gone, "the store is not the one that was opened; refusing to record");
            }
            self.vitals().change(|fitness| fitness.store_replaced = looked.is_err());
        }
    }
}

impl ProgramState {
    /// Returns how long the batch in flight waits for the store; zero when there is none.
    fn in_flight_for(&self) -> Duration {
        let launched_at = Duration::from_millis(self.launched_at_ms.load(Ordering::Acquire));
        let is_in_flight = self.in_flight.load(Ordering::Acquire);
        if is_in_flight { self.open_for.elapsed().saturating_sub(launched_at) } else { Duration::ZERO }
    }
}
