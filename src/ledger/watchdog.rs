//! The watchdog of the clock: entries are dated by this machine, so its clock must be the database's, nearly.

use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;

use super::Ledger;
use crate::log::LogError;

/// How far this machine's clock may be from the store's: what an unsynchronised machine drifts in a month, and less than
/// anybody would see in a date.
pub const CLOCK_OFFSET_MAX: Duration = Duration::from_secs(5);

/// How often the clocks are compared.
const COMPARE_EVERY: Duration = Duration::from_mins(1);

/// The clocks differ too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "this machine's clock is {offset_ms} ms from the database's (ahead of it where positive), more than the 5000 ms allowed: \
     synchronise both, as with chrony"
)]
pub struct ClockOff {
    /// By how much, in milliseconds; positive when this machine's is ahead.
    pub offset_ms: i64,
}

impl Ledger {
    /// Compares this machine's clock with the store's. While they differ too much, nothing is recorded.
    ///
    /// # Errors
    /// [`LogError`] when the store's clock cannot be read; what was found before stays.
    pub async fn compare_clocks(&self) -> Result<Option<ClockOff>, LogError> {
        let before = self.clock.now();
        let Some(stored) = self.log.now().await? else { return Ok(None) };
        // What the question took is not the clock's fault: the store's time lies between the two.
        let after = self.clock.now();
        let ahead = before.get().saturating_sub(stored.get());
        let behind = stored.get().saturating_sub(after.get());
        let offset_micros = if ahead > 0 { ahead } else { -behind.max(0) };
        let off = offset_micros.unsigned_abs() > u64::try_from(CLOCK_OFFSET_MAX.as_micros()).unwrap_or(u64::MAX);
        let found = off.then_some(ClockOff { offset_ms: offset_micros / 1_000 });
        self.clock_off.send_if_modified(|known| {
            let changed = known.is_some() != found.is_some();
            *known = found;
            changed
        });
        Ok(found)
    }

    /// Tells when the clocks come apart, and together again.
    #[must_use]
    pub fn clock_off(&self) -> watch::Receiver<Option<ClockOff>> {
        self.clock_off.subscribe()
    }

    /// Compares the clocks for ever.
    pub async fn keep_comparing_clocks(&self) {
        loop {
            tokio::time::sleep(COMPARE_EVERY).await;
            match self.compare_clocks().await {
                Ok(None) => {}
                Ok(Some(off)) => tracing::error!(offset_ms = off.offset_ms, "{off}; refusing to record"),
                Err(error) => tracing::warn!(%error, "the database's clock cannot be read"),
            }
        }
    }
}
