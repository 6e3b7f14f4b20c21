//! The watchdogs of the clock and of the store. Entries are dated by this machine, so its clock must be close to the database's.
//! And a store that is no longer the one that was opened keeps nothing.

use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;

use super::Ledger;
use crate::log::LogError;

/// The largest difference allowed between this machine's clock and the store's. An unsynchronised machine drifts so
/// much in a month, and it is less than anybody would see in a date.
pub const CLOCK_OFFSET_MAX: Duration = Duration::from_secs(5);

/// How often the clocks are compared.
const COMPARE_EVERY: Duration = Duration::from_mins(1);

/// How often the store is looked for. Nothing is acknowledged into one that is gone, whenever that is noticed; this is for those
/// who ask whether the server is well.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The clocks differ too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "this machine's clock is {offset_ms} ms from the database's (ahead of it where positive), more than the 5000 ms allowed: \
     synchronise both, as with chrony"
)]
pub struct ClockOff {
    /// The difference in milliseconds; positive when this machine's clock is ahead.
    pub offset_ms: i64,
}

impl Ledger {
    /// Compares this machine's clock with the store's. While they differ too much, nothing is recorded.
    ///
    /// # Errors
    /// [`LogError`] when the store's clock cannot be read. The last finding stays.
    pub async fn compare_clocks(&self) -> Result<Option<ClockOff>, LogError> {
        let before = self.clock.now();
        let Some(stored) = self.log.now().await? else { return Ok(None) };
        // The duration of the question is not the clock's fault: the store's time lies between the two readings.
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

    /// Returns a receiver that is told when the clocks come apart, and when they agree again.
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

    /// Returns a receiver that is told when the store is no longer the one that was opened, and when it is again.
    #[must_use]
    pub fn store_gone(&self) -> watch::Receiver<bool> {
        self.store_gone.subscribe()
    }

    /// Looks for the store for ever.
    pub async fn keep_looking_for_store(&self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let looked = self.log.present();
            let changed =
                self.store_gone.send_if_modified(|gone| std::mem::replace(gone, looked.is_err()) != looked.is_err());
            match looked {
                Err(gone) if changed => {
                    tracing::error!(%gone, "the store is not the one that was opened; refusing to record");
                }
                Ok(()) if changed => tracing::info!("the store is there again"),
                _ => {}
            }
        }
    }
}
