//! What becomes of a batch that was sent, and how the lane finds its feet after a fault.

use std::sync::Arc;
use std::time::Duration;

use super::{BATCH_COMMANDS_MAX, Flight, Health, LOOK_UP_BATCHES, Lane};
use crate::domain::entry::CommandName;
use crate::ledger::SubmitError;
use crate::log::{AppendError, LogError, Sealed};

/// Tries to learn what became of a batch whose outcome is unknown, before its callers are told so.
const ESTABLISH_TRIES: u32 = 20;

/// Pause between two tries: twenty of them are shorter than a client's usual patience of five seconds.
const ESTABLISH_PAUSE: Duration = Duration::from_millis(100);

impl Lane {
    /// Answers the batch that was in flight, or puts it back into the queue.
    pub(super) async fn settle(&mut self, result: Result<(), AppendError>) {
        let Some(flight) = self.flight.take() else { return };
        match result {
            Ok(()) => self.recorded(flight),
            Err(AppendError::Stale) => {
                tracing::info!(program = %self.state.id, "another server has written; deciding again");
                self.decide_again(flight);
                self.health = Health::Stale;
            }
            Err(AppendError::KnownId) => self.known(flight).await,
            Err(AppendError::Poison(problem)) => self.halve(flight, &problem),
            Err(AppendError::Unavailable(problem)) => {
                tracing::warn!(program = %self.state.id, problem, "a batch could not be written");
                self.refuse_all(flight, &SubmitError::Unavailable);
                self.health = Health::Stale;
            }
            Err(AppendError::Unknown(problem)) => self.establish(flight, &problem).await,
        }
    }

    /// Reads the store again before anything is decided; `false` when it cannot be read yet.
    pub(super) async fn recover(&mut self) -> bool {
        let fenced = match self.health {
            Health::Unfenced => self.log.fence(&self.state.id).await.map(drop),
            Health::Current | Health::Stale => Ok(()),
        };
        let read = match fenced {
            Ok(()) => self.state.reload(&*self.log).await,
            Err(error) => Err(error),
        };
        match read {
            Ok(()) => {
                self.health = Health::Current;
                self.reset_to_committed();
                true
            }
            Err(error) => {
                self.refuse_inbox(&error);
                tokio::time::sleep(ESTABLISH_PAUSE).await;
                false
            }
        }
    }

    fn recorded(&mut self, flight: Flight) {
        self.batch_max = (self.batch_max * 2).min(BATCH_COMMANDS_MAX);
        let Flight { sealed, batch, .. } = flight;
        // Readers see it before a caller is told of it.
        let Sealed { head, entries, changes, notes: _ } = Arc::unwrap_or_clone(sealed);
        self.state.commit(head, changes, batch.rules);
        self.remember(entries);
        for (item, first) in batch.items {
            item.answer_replay(&first);
        }
    }

    /// A name of the batch is recorded already: learns which, and decides the rest again.
    async fn known(&mut self, flight: Flight) {
        let names: Vec<CommandName> = flight.batch.names.keys().cloned().collect();
        match self.log.find(&self.state.id, &names).await {
            Ok(found) if found.is_empty() => self.halve(flight, "a name is taken that cannot be found"),
            Ok(found) => {
                self.remember(found.into_iter().map(Arc::new));
                self.look_up_batches = LOOK_UP_BATCHES;
                self.decide_again(flight);
                self.reset_to_committed();
            }
            Err(error) => {
                tracing::warn!(program = %self.state.id, %error, "known names cannot be looked up");
                self.refuse_all(flight, &SubmitError::Unavailable);
                self.health = Health::Stale;
            }
        }
    }

    /// Puts the commands of the flight, and of the batch decided on top of it, back to the front of the queue.
    fn decide_again(&mut self, flight: Flight) {
        let next = std::mem::take(&mut self.next.items);
        for (mut item, _) in flight.batch.items.into_iter().chain(next).rev() {
            // Another server may have recorded the name since.
            item.looked_up = false;
            self.inbox.push_front(item);
        }
    }

    /// The store refuses something in the batch: tries it in halves, until the culprit is alone.
    fn halve(&mut self, mut flight: Flight, problem: &str) {
        let commands = flight.batch.names.len();
        if commands <= 1 {
            tracing::error!(program = %self.state.id, problem, "the store refuses a command");
            for (item, _) in flight.batch.items.drain(..) {
                item.refuse(SubmitError::Poison);
            }
            self.batch_max = BATCH_COMMANDS_MAX;
        } else {
            self.batch_max = commands.div_ceil(2);
        }
        self.decide_again(flight);
        self.reset_to_committed();
    }

    /// Finds out whether a batch was recorded: fences what may still be on its way, then compares the entry at its place.
    async fn establish(&mut self, flight: Flight, problem: &str) {
        tracing::warn!(program = %self.state.id, problem, "outcome of a batch unknown; finding out");
        for _ in 0..ESTABLISH_TRIES {
            match self.was_recorded(&flight).await {
                Ok(true) => {
                    self.remember(flight.sealed.entries.iter().cloned());
                    self.health = Health::Stale;
                    // Each is found among the names remembered, and answered once readers see it.
                    self.decide_again(flight);
                    return;
                }
                Ok(false) => {
                    self.decide_again(flight);
                    self.health = Health::Stale;
                    return;
                }
                Err(error) => {
                    tracing::warn!(program = %self.state.id, %error, "outcome still unknown");
                    tokio::time::sleep(ESTABLISH_PAUSE).await;
                }
            }
        }
        self.refuse_all(flight, &SubmitError::OutcomeUnknown);
        self.health = Health::Unfenced;
    }

    async fn was_recorded(&self, flight: &Flight) -> Result<bool, LogError> {
        let head = self.log.fence(&self.state.id).await?;
        let Some(first) = flight.sealed.entries.first() else { return Ok(true) };
        if head.seq < first.seq {
            return Ok(false);
        }
        let before = flight.expect.seq;
        let found = self.log.entries(&self.state.id, before, 1).await?;
        Ok(found.first().is_some_and(|entry| entry.leaf == first.leaf))
    }

    /// Answers the flight with an error. What was decided on top of it was never sent: nothing was done of that.
    fn refuse_all(&mut self, flight: Flight, error: &SubmitError) {
        for (item, _) in flight.batch.items {
            item.refuse(error.clone());
        }
        for (item, _) in std::mem::take(&mut self.next.items) {
            item.refuse(SubmitError::Unavailable);
        }
    }
}
