//! The queue in front of a lane. It is measured in commands, however they are grouped.

use std::sync::Arc;

use tokio::sync::{Semaphore, TryAcquireError, mpsc};

use super::Item;
use crate::ledger::QUEUE_DEPTH_MAX;

/// Places for those who wait for room, streams and walks: three quarters. The rest is left for calls, which are refused
/// when there is no room; else they would find none while streams take every place that becomes free.
const PATIENT_MAX: usize = QUEUE_DEPTH_MAX / 4 * 3;

/// Makes the queue to a lane.
pub(in crate::ledger) fn queue() -> (Queue, Arrivals) {
    let (sender, items) = mpsc::channel(QUEUE_DEPTH_MAX);
    let places =
        Places { all: Arc::new(Semaphore::new(QUEUE_DEPTH_MAX)), patient: Arc::new(Semaphore::new(PATIENT_MAX)) };
    (Queue { items: sender, places: places.clone() }, Arrivals { items, places })
}

/// The room in a queue: one permit for each waiting command, as an item may hold many.
#[derive(Clone)]
struct Places {
    all: Arc<Semaphore>,
    /// Permits that those who wait for room need as well.
    patient: Arc<Semaphore>,
}

/// The end at which items are put.
#[derive(Clone)]
pub(in crate::ledger) struct Queue {
    items: mpsc::Sender<Item>,
    places: Places,
}

/// Items that were not queued.
pub(in crate::ledger) enum NotQueued {
    /// There is no room for all of them.
    Full,
    /// The lane has ended.
    Ended(Vec<Item>),
}

impl Queue {
    /// Returns the number of commands that wait.
    pub(in crate::ledger) fn waiting(&self) -> usize {
        QUEUE_DEPTH_MAX.saturating_sub(self.places.all.available_permits())
    }

    pub(in crate::ledger) fn has_ended(&self) -> bool {
        self.items.is_closed()
    }

    /// Puts items one after the other, if there is room for all of them.
    pub(in crate::ledger) fn put(&self, items: Vec<Item>) -> Result<(), NotQueued> {
        // A number that cannot be counted is larger than the room there is.
        let Ok(commands) = u32::try_from(commands(&items)) else { return Err(NotQueued::Full) };
        match self.places.all.try_acquire_many(commands) {
            Ok(places) => self.send(items, || places.forget()),
            Err(TryAcquireError::NoPermits) => Err(NotQueued::Full),
            Err(TryAcquireError::Closed) => Err(NotQueued::Ended(items)),
        }
    }

    /// Puts items once there is room. Fails only when the lane has ended, or when they could never fit.
    pub(in crate::ledger) async fn put_when_room(&self, mut items: Vec<Item>) -> Result<(), NotQueued> {
        let fit = u32::try_from(commands(&items)).ok().filter(|_| commands(&items) <= PATIENT_MAX);
        let Some(commands) = fit else { return Err(NotQueued::Full) };
        let Ok(patient) = self.places.patient.acquire_many(commands).await else { return Err(NotQueued::Ended(items)) };
        let Ok(all) = self.places.all.acquire_many(commands).await else { return Err(NotQueued::Ended(items)) };
        for item in &mut items {
            item.is_patient = true;
        }
        self.send(items, || {
            patient.forget();
            all.forget();
        })
    }

    /// Sends items that have permits. The lane gives the permits back as it takes the items.
    fn send(&self, items: Vec<Item>, keep_places: impl FnOnce()) -> Result<(), NotQueued> {
        // Each item has a place of its own in the channel, so the channel is never full.
        match self.items.try_reserve_many(items.len()) {
            Ok(slots) => {
                keep_places();
                slots.zip(items).for_each(|(slot, item)| slot.send(item));
                Ok(())
            }
            Err(_) => Err(NotQueued::Ended(items)),
        }
    }
}

/// The end at which the lane takes items.
pub(in crate::ledger) struct Arrivals {
    items: mpsc::Receiver<Item>,
    places: Places,
}

impl Arrivals {
    /// Takes up to `max` items once there are any. Takes none when no more will come.
    pub(in crate::ledger) async fn take(&mut self, into: &mut Vec<Item>, max: usize) -> usize {
        let before = into.len();
        let count = self.items.recv_many(into, max).await;
        let taken = into.get(before..).unwrap_or_default();
        self.places.all.add_permits(commands(taken));
        self.places.patient.add_permits(commands(taken.iter().filter(|item| item.is_patient)));
        count
    }

    /// Takes no more than what is queued already.
    pub(in crate::ledger) fn close(&mut self) {
        self.items.close();
    }
}

impl Drop for Arrivals {
    /// Callers who wait for room then ask for another lane.
    fn drop(&mut self) {
        self.places.all.close();
        self.places.patient.close();
    }
}

fn commands<'a>(items: impl IntoIterator<Item = &'a Item>) -> usize {
    items.into_iter().map(|item| item.commands.count()).sum()
}
