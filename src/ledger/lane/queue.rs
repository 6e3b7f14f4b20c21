//! The queue in front of a lane. It is measured in commands, however they are grouped.

use std::sync::Arc;

use tokio::sync::{Semaphore, TryAcquireError, mpsc};

use super::Item;
use crate::ledger::QUEUE_DEPTH_MAX;

/// Makes the queue to a lane.
pub(in crate::ledger) fn queue() -> (Queue, Arrivals) {
    let (sender, items) = mpsc::channel(QUEUE_DEPTH_MAX);
    let places = Arc::new(Semaphore::new(QUEUE_DEPTH_MAX));
    (Queue { items: sender, places: Arc::clone(&places) }, Arrivals { items, places })
}

/// The end at which items are put.
#[derive(Clone)]
pub(in crate::ledger) struct Queue {
    items: mpsc::Sender<Item>,
    /// One permit for each waiting command: an item may hold many.
    places: Arc<Semaphore>,
}

/// Items that were not queued.
pub(in crate::ledger) enum NotQueued {
    /// There is no room for all of them.
    Full,
    /// The lane has ended.
    Ended(Vec<Item>),
}

impl Queue {
    pub(in crate::ledger) fn has_ended(&self) -> bool {
        self.items.is_closed()
    }

    /// Puts items one after the other, if there is room for all of them.
    pub(in crate::ledger) fn put(&self, items: Vec<Item>) -> Result<(), NotQueued> {
        // A number that cannot be counted is larger than the room there is.
        let Ok(commands) = u32::try_from(commands(&items)) else { return Err(NotQueued::Full) };
        match self.places.try_acquire_many(commands) {
            Ok(places) => self.send(items, || places.forget()),
            Err(TryAcquireError::NoPermits) => Err(NotQueued::Full),
            Err(TryAcquireError::Closed) => Err(NotQueued::Ended(items)),
        }
    }

    /// Puts items once there is room. Fails only when the lane has ended, or when they could never fit.
    pub(in crate::ledger) async fn put_when_room(&self, items: Vec<Item>) -> Result<(), NotQueued> {
        let fit = u32::try_from(commands(&items)).ok().filter(|_| commands(&items) <= QUEUE_DEPTH_MAX);
        let Some(commands) = fit else { return Err(NotQueued::Full) };
        match self.places.acquire_many(commands).await {
            Ok(places) => self.send(items, || places.forget()),
            Err(_) => Err(NotQueued::Ended(items)),
        }
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
    places: Arc<Semaphore>,
}

impl Arrivals {
    /// Takes up to `max` items once there are any. Takes none when no more will come.
    pub(in crate::ledger) async fn take(&mut self, into: &mut Vec<Item>, max: usize) -> usize {
        let before = into.len();
        let count = self.items.recv_many(into, max).await;
        self.places.add_permits(commands(into.get(before..).unwrap_or_default()));
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
        self.places.close();
    }
}

fn commands(items: &[Item]) -> usize {
    items.iter().map(|item| item.commands.count()).sum()
}
