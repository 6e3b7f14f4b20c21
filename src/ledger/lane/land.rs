//! The outcome of a batch that was sent, and the lane's recovery after a fault.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{BATCH_COMMANDS_MAX, Flight, Health, Item, LOOK_UP_BATCHES, Lane};
use crate::domain::decide::command::Act;
use crate::domain::entry::name::CommandName;
use crate::failpoints;
use crate::ledger::clock::{Stopwatch, random_below};
use crate::ledger::stages::Stage;
use crate::ledger::watchdog::SILENCE_MAX;
use crate::ledger::{GroupAnswer, SubmitError};
use crate::log::{AppendError, LogError};
use crate::metrics::CommitOutcome;

/// Number of tries to learn the outcome of a batch, before its callers are told that it is unknown.
const ESTABLISH_TRIES: u32 = 20;

/// How long these tries may take, when the store does not even refuse.
const ESTABLISH_PATIENCE: Duration = Duration::from_secs(5);

/// An epoch that no programme has: activities that were qualified on it are qualified again.
const NO_EPOCH: i64 = -1;

/// Number of appends lost to another server before this one fences. Losing once is chance.
const OUTRUN: u32 = 2;

/// Longest pause before the first such fence, doubled for each that follows: from a few commits to some hundred.
const FENCE_PAUSE: Duration = Duration::from_millis(2);
const FENCE_PAUSE_DOUBLINGS_MAX: u32 = 7;

/// Pause between two tries. Twenty of them are shorter than a client's usual patience of five seconds.
const ESTABLISH_PAUSE: Duration = Duration::from_millis(100);

impl Lane {
    /// Answers the batch that was in flight, or puts it back into the queue.
    pub(super) async fn land(&mut self, result: Result<(), AppendError>) {
        let Some(flight) = self.flight.take() else { return };
        self.state.in_flight.store(false, Ordering::Release);
        self.state.vitals.metrics.lanes.note_outcome(outcome(&result));
        match result {
            Ok(()) => {
                self.recorded(flight);
            }
            Err(AppendError::Stale) => {
                tracing::debug!(program = %self.state.id, "another server has written; deciding again");
                self.stale_in_a_row += 1;
                self.decide_again(flight);
                self.health = Health::Stale;
            }
            Err(AppendError::KnownId) => self.known(flight).await,
            Err(AppendError::Poison(problem)) => self.halve(flight, &problem),
            Err(AppendError::Unavailable(problem)) => {
                self.state
                    .vitals
                    .tell(|| tracing::warn!(program = %self.state.id, problem, "a batch could not be written"));
                self.state.vitals.note_unwritable(&problem);
                self.refuse_all(flight, &SubmitError::Unavailable);
                self.health = Health::Stale;
            }
            Err(AppendError::Unknown(problem)) => {
                // A connection that was cut is soon another. A store that took so long has a fault, also where it answers otherwise.
                if self.state.flown_for() >= SILENCE_MAX {
                    self.state.vitals.note_unwritable(&problem);
                }
                self.establish(flight, &problem).await;
            }
        }
    }

    /// Reads the store again before anything is decided; `false` when it cannot be read yet. Commands decided on the
    /// earlier state and never sent go back into the queue.
    pub(super) async fn recover(&mut self) -> bool {
        self.put_back_next();
        let read = match self.fence_if_needed().await {
            Ok(()) => self.state.follow(&*self.log).await,
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

    /// Keeps out an append that may still arrive. Also keeps out another server that is faster by the step in which
    /// this one reads what the other wrote: the other then has to read, too.
    async fn fence_if_needed(&self) -> Result<(), LogError> {
        // Every second time only: a fence also undoes that of another server.
        let outrun = self.stale_in_a_row > 0 && self.stale_in_a_row.is_multiple_of(OUTRUN);
        if outrun {
            // Servers that fence at the same time would only fence each other. The longer it lasts, the further apart
            // they fence.
            let doublings = (self.stale_in_a_row / OUTRUN).min(FENCE_PAUSE_DOUBLINGS_MAX);
            tokio::time::sleep(random_below(FENCE_PAUSE * 2_u32.pow(doublings))).await;
        }
        if outrun || self.health == Health::Unfenced {
            self.log.fence(&self.state.id).await?;
        }
        Ok(())
    }

    /// Shows and answers a batch that is recorded.
    fn recorded(&mut self, flight: Flight) {
        self.batch_max = (self.batch_max * 2).min(BATCH_COMMANDS_MAX);
        self.stale_in_a_row = 0;
        let Flight { sealed, batch, .. } = flight;
        // Readers see the batch before a caller is told of it.
        let mut sealed = Arc::unwrap_or_clone(sealed);
        let changes = std::mem::take(&mut sealed.changes);
        self.state.commit(self.resets, &sealed, changes, batch.rules);
        failpoints::may_die("lane-before-answer");
        // The store has the next batch before it waits for this one's names and callers.
        if self.rests_on_committed() {
            self.launch();
        }
        self.state.vitals.note_recorded();
        self.counters.note(&sealed.entries);
        self.remember(sealed.entries);
        for (item, answer) in batch.items {
            item.answer(answer);
        }
    }

    /// Handles a batch of which a name is recorded already: finds the name, and decides the rest again.
    async fn known(&mut self, flight: Flight) {
        let names: Vec<CommandName> = flight.batch.names.keys().cloned().collect();
        match self.log.find(&self.state.id, &names).await {
            Ok(found) if found.is_empty() => self.halve(flight, "a name is taken that cannot be found"),
            Ok(found) => {
                let head = self.state.head_seq();
                if found.iter().any(|entry| entry.seq > head) {
                    // No caller is told before this server shows it.
                    self.health = Health::Stale;
                }
                self.remember(found.into_iter().map(Arc::new));
                self.look_up_batches = LOOK_UP_BATCHES;
                self.decide_again(flight);
            }
            Err(error) => {
                self.state
                    .vitals
                    .tell(|| tracing::warn!(program = %self.state.id, %error, "known names cannot be looked up"));
                self.refuse_all(flight, &SubmitError::Unavailable);
                self.health = Health::Stale;
            }
        }
    }

    /// Puts the commands of the flight, and of the batch decided on top of it, back to the front of the queue.
    fn decide_again(&mut self, flight: Flight) {
        self.put_back_next();
        self.put_back(flight.batch.items);
    }

    /// Puts commands that were decided and never sent back to the front of the queue.
    pub(super) fn put_back_next(&mut self) {
        let next = self.give_up_next();
        self.put_back(next);
    }

    /// Returns the commands that were decided and never sent. The next batch begins anew: if it still counted those
    /// waiting, it might never have room for anybody.
    fn give_up_next(&mut self) -> Vec<(Item, GroupAnswer)> {
        let given_up = std::mem::take(&mut self.next.items);
        self.reset_to_committed();
        given_up
    }

    fn put_back(&mut self, items: Vec<(Item, GroupAnswer)>) {
        for (mut item, _) in items.into_iter().rev() {
            // Another server may have recorded the names since. The rules that qualified them may never be recorded.
            item.looked_up = None;
            item.stages.enter(Stage::Queue);
            for command in item.commands.iter_mut() {
                if let Act::RecordActivity(activity) = &mut command.act {
                    activity.epoch = NO_EPOCH;
                }
            }
            self.inbox.push_front(item);
        }
    }

    /// Handles a batch of which the store refuses a part: tries it in halves, until the culprit and its group are
    /// alone.
    fn halve(&mut self, mut flight: Flight, problem: &str) {
        if flight.batch.decided <= 1 {
            self.state
                .vitals
                .tell(|| tracing::error!(program = %self.state.id, problem, "the store refuses a command"));
            let mut items = flight.batch.items.into_iter();
            let (culprit, _) = items.next().expect("a batch holds what was decided onto it first");
            // Callers who sent the same are told the same. Those that share only a name with it are decided for
            // themselves.
            let (same, others) = items.partition(|(item, _)| item.asks_what(&culprit));
            flight.batch.items = others;
            let same: Vec<(Item, GroupAnswer)> = same;
            for item in same.into_iter().map(|(item, _)| item).chain([culprit]) {
                item.refuse(SubmitError::Poison);
            }
            self.batch_max = BATCH_COMMANDS_MAX;
        } else {
            self.batch_max = flight.batch.names.len().div_ceil(2);
        }
        self.decide_again(flight);
    }

    /// Finds out whether a batch was recorded: fences an append that may still arrive, then compares the entry at its
    /// place.
    async fn establish(&mut self, flight: Flight, problem: &str) {
        let vitals = Arc::clone(&self.state.vitals);
        vitals.tell(|| tracing::warn!(program = %self.state.id, problem, "outcome of a batch unknown; finding out"));
        let trying = Stopwatch::start();
        for _ in 0..ESTABLISH_TRIES {
            if trying.elapsed() > ESTABLISH_PATIENCE {
                break;
            }
            match self.was_recorded(&flight).await {
                Ok(recorded) => {
                    // The epoch has changed, and others may have written since.
                    self.health = Health::Stale;
                    if recorded {
                        self.recorded(flight);
                    } else {
                        // The batch itself may break the connection, so fewer are tried at a time.
                        self.batch_max = flight.batch.names.len().div_ceil(2);
                        self.decide_again(flight);
                    }
                    return;
                }
                Err(error) => {
                    vitals.tell(|| tracing::warn!(program = %self.state.id, %error, "outcome still unknown"));
                    tokio::time::sleep(ESTABLISH_PAUSE).await;
                }
            }
        }
        vitals.note_unwritable(&problem);
        self.refuse_all(flight, &SubmitError::OutcomeUnknown);
        self.health = Health::Unfenced;
    }

    /// Fences an append that may still arrive, and returns true when the flight was recorded before.
    async fn was_recorded(&self, flight: &Flight) -> Result<bool, LogError> {
        let fenced = self.log.fence(&self.state.id).await?;
        let first = flight.sealed.entries.first().expect("a batch without entries is never sent");
        if fenced.seq < first.seq {
            return Ok(false);
        }
        let found = self.log.entries(&self.state.id, flight.sealed_on().seq, 1).await?;
        Ok(found.first().is_some_and(|entry| entry.leaf == first.leaf))
    }

    /// Answers the flight with an error. Commands decided on top of it were never sent, so nothing of them was done,
    /// except what a group shares with the flight.
    fn refuse_all(&mut self, flight: Flight, error: &SubmitError) {
        for (item, _) in flight.batch.items {
            item.refuse(error.clone());
        }
        for (item, _) in self.give_up_next() {
            let shares = item.commands.iter().any(|command| flight.batch.names.contains_key(&command.name));
            item.refuse(if shares { error.clone() } else { SubmitError::Unavailable });
        }
    }
}

const fn outcome(result: &Result<(), AppendError>) -> CommitOutcome {
    match result {
        Ok(()) => CommitOutcome::Recorded,
        Err(AppendError::Stale) => CommitOutcome::Stale,
        Err(AppendError::KnownId) => CommitOutcome::Known,
        Err(AppendError::Poison(_)) => CommitOutcome::Refused,
        Err(AppendError::Unavailable(_)) => CommitOutcome::Unavailable,
        Err(AppendError::Unknown(_)) => CommitOutcome::Unknown,
    }
}
