//! The lane: one committer a programme. Nothing else appends to the log.
//!
//! Commands queue. While one batch is being committed, the commands queued meanwhile are decided and hashed; they
//! become the next batch. There is no timer: a lone command is committed at once, a crowd shares commits.

mod batch;
mod decide;
mod group;
mod land;
mod look_up;
mod queue;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use self::batch::Batch;
pub(super) use self::batch::{Call, Item};
pub(super) use self::group::Group;
pub(super) use self::queue::{Arrivals, NotQueued, Queue, queue};
use super::SubmitError;
use super::cache::Generations;
use super::clock::{Clock, Stopwatch};
use super::stages::Stage;
use super::state::ProgramState;
use super::vitals::ClockOff;
use crate::domain::decide::command::{Act, Command};
use crate::domain::entry::Entry;
use crate::domain::entry::name::CommandName;
use crate::domain::terms::rules::book::RuleBook;
use crate::failpoints;
use crate::log::{AppendError, Expect, Log, LogError, Sealed};
use crate::metrics::EntryCounters;

/// The largest number of commands in a batch. At 4,096 the cost of a commit is below a tenth of a microsecond a
/// command.
const BATCH_COMMANDS_MAX: usize = 4_096;

/// Commands after which the lane lets others run: some 3 ms. A larger group is decided whole. Then the batch in flight is
/// answered if it has landed, and reads and other calls that wait for the thread have their turn.
const DECIDED_AT_ONCE: usize = 512;

/// The largest number of commands that wait for one batch, with those of callers who sent a command of it again: four
/// times the batch.
const WAITING_MAX: usize = 4 * BATCH_COMMANDS_MAX;

/// Number of names remembered, so that a prompt retry is answered without asking the store. With their entries at about
/// 600 bytes, 40 MB.
const RECENTS_MAX: usize = 65_536;

/// The largest number of rounds in which one group asks for more. A chain of mergers takes a round for each link, and
/// no person has a thousand links. A round that asks for nothing new ends it before.
const ROUNDS_MAX: u32 = 1_000;

/// Number of batches that look all their names up first, after one that met a taken name. Retries come in storms, and
/// sixteen batches are some tenths of a second.
const LOOK_UP_BATCHES: u32 = 16;

/// A lane without commands ends after this time. Starting one costs a few statements.
const IDLE: Duration = Duration::from_mins(1);

/// The one committer of a programme.
pub(super) struct Lane {
    state: Arc<ProgramState>,
    log: Arc<dyn Log>,
    clock: Arc<dyn Clock>,
    inbox: VecDeque<Item>,
    flight: Option<Flight>,
    next: Batch,
    recents: Generations<CommandName, Arc<Entry>>,
    look_up_batches: u32,
    batch_max: usize,
    /// Says whether the committed state may differ from the store's. If so, the store is read before anything is
    /// decided.
    health: Health,
    /// Number of appends refused and look-ups overtaken, in a row, because another server was first.
    stale_in_a_row: u32,
    /// The log that the recent names belong to: the number of times it was found to be another.
    resets: u64,
    /// True when the state that a command is likely to read is loaded before it is decided.
    prefetches: bool,
    counters: EntryCounters,
}

/// The relation of the committed state to the store's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Current,
    /// Others may have written: read the store again.
    Stale,
    /// An append may still arrive: fence it off, then read the store again.
    Unfenced,
}

/// The batch that is being committed.
struct Flight {
    sealed: Arc<Sealed>,
    batch: Batch,
    append: JoinHandle<Result<(), AppendError>>,
}

impl Flight {
    /// Returns the head it was decided on.
    fn sealed_on(&self) -> Expect {
        self.batch.base
    }

    /// Returns the head once the batch is recorded.
    fn lands_on(&self) -> Expect {
        Expect { seq: self.sealed.head.seq, epoch: self.sealed.head.epoch }
    }
}

impl Lane {
    pub(super) fn new(state: Arc<ProgramState>, log: Arc<dyn Log>, clock: Arc<dyn Clock>, prefetches: bool) -> Self {
        let counters = state.vitals.metrics.lanes.of(&state.id);
        let next = {
            let committed = state.read();
            Batch::on(committed.head.clone(), Arc::clone(&committed.rules))
        };
        Self {
            state,
            log,
            clock,
            inbox: VecDeque::new(),
            flight: None,
            next,
            recents: Generations::new(RECENTS_MAX),
            look_up_batches: 0,
            batch_max: BATCH_COMMANDS_MAX,
            health: Health::Current,
            stale_in_a_row: 0,
            resets: 0,
            prefetches,
            counters,
        }
    }

    /// Serves commands until the queue is closed or idle for a while, and every command is answered.
    pub(super) async fn run(mut self, mut queue: Arrivals) {
        let state = Arc::clone(&self.state);
        let _only_one = state.committer.lock().await;
        tracing::info!(program = %state.id, "a lane begins");
        self.reset_to_committed();
        let mut arrived = Vec::new();
        let mut open = true;
        while open || !self.inbox.is_empty() || self.flight.is_some() {
            let room = self.room();
            // The batch in flight rests on the earlier state. The store is read again once the batch has landed.
            let may_decide = self.flight.is_none() || (self.health == Health::Current && self.flight_is_next());
            self.state.note_idle();
            let has_next = self.inbox.front().is_some_and(|item| self.fits(item.commands.count(), room));
            tokio::select! {
                biased;
                result = landed(&mut self.flight) => {
                    self.state.note_step();
                    self.land(result).await;
                }
                count = queue.take(&mut arrived, room), if open && may_decide && room > 0 && self.inbox.is_empty() => {
                    open = count > 0;
                    self.inbox.extend(arrived.drain(..));
                }
                () = std::future::ready(()), if may_decide && has_next => {}
                () = tokio::time::sleep(IDLE), if open && self.flight.is_none() && self.health == Health::Current => queue.close(),
            }
            if self.flight.is_none() {
                self.state.note_step();
            }
            if self.health != Health::Current && (self.flight.is_some() || !self.recover().await) {
                continue;
            }
            if self.flight.is_none() && !self.rests_on_committed() {
                self.put_back_next();
            }
            self.prepare().await;
            if self.flight.is_some() {
                // While the store works.
                self.log.make_ready(&self.state.id, &self.next.entries, &mut self.next.ready);
            }
            self.launch();
            if !self.inbox.is_empty() {
                tokio::task::yield_now().await;
            }
        }
        state.note_idle();
        tracing::info!(program = %state.id, "a lane ends");
    }

    /// Returns the number of commands that the next batch can still take.
    fn room(&self) -> usize {
        self.batch_max.saturating_sub(self.next.waiting)
    }

    /// True when a group fits the room there is. A group larger than a batch gets a batch of its own: it is never
    /// split.
    fn fits(&self, commands: usize, room: usize) -> bool {
        room > 0 && (commands <= room || self.next.waiting == 0)
    }

    /// Returns how many of the first queued groups the next batch takes, and the number of their commands.
    fn takes(&self) -> (usize, usize) {
        let (mut taken, mut commands, room) = (0, 0, self.room());
        for item in &self.inbox {
            let more = item.commands.count();
            let is_enough = taken > 0 && commands + more > DECIDED_AT_ONCE;
            if is_enough || commands + more > room && (taken > 0 || !self.fits(more, room)) {
                break;
            }
            taken += 1;
            commands += more;
        }
        (taken, commands)
    }

    /// True when the batch in flight still follows the committed entries. It does not once others' entries were taken
    /// in.
    fn flight_is_next(&self) -> bool {
        self.flight.as_ref().is_none_or(|flight| flight.sealed_on().seq == self.state.head_seq())
    }

    /// True when the next batch begins where the log ends.
    fn rests_on_committed(&self) -> bool {
        let committed = self.state.read();
        self.next.base == Expect { seq: committed.head.seq, epoch: committed.head.epoch }
            && committed.resets == self.resets
    }

    /// Decides queued commands, as far as the next batch has room.
    async fn prepare(&mut self) {
        let (taken, commands) = self.takes();
        if taken == 0 {
            return;
        }
        if let Some(ms) = self.clock.set_ahead_ms() {
            let off = SubmitError::ClockOff(ClockOff::SetAhead(ms));
            return self.inbox.drain(..taken).for_each(|item| item.refuse(off.clone()));
        }
        let view = match self.load_missing(taken).await {
            Ok(view) => view,
            // One row that several commands need cannot be read. Fewer are tried at a time, until the culprit is alone.
            Err(LogError::Corrupt { .. }) if taken > 1 => {
                self.batch_max = self.next.waiting + commands.div_ceil(2);
                return;
            }
            Err(error @ LogError::Corrupt { .. }) => {
                self.state.vitals.tell(
                    || tracing::error!(program = %self.state.id, %error, "a command refused: stored data are corrupt"),
                );
                self.inbox.drain(..taken).for_each(|item| item.refuse(SubmitError::Corrupt));
                self.batch_max = BATCH_COMMANDS_MAX;
                return;
            }
            Err(error) => return self.refuse_inbox(&error),
        };
        let unknown = self.decide_inbox(view, taken);
        if !unknown.is_empty()
            && let Err(error) = self.look_up(unknown).await
        {
            self.refuse_inbox(&error);
        }
    }

    /// Sends the next batch, if none is in flight. It must rest on the committed state.
    fn launch(&mut self) {
        if self.health != Health::Current || self.flight.is_some() || self.next.entries.is_empty() {
            return;
        }
        if self.clock.set_ahead_ms().is_some() {
            // It may have been set while this batch was decided, and dated by it.
            return self.put_back_next();
        }
        let after = self.next.following();
        let mut batch = std::mem::replace(&mut self.next, after);
        let sealed = Arc::new(Sealed {
            head: batch.head.clone(),
            entries: std::mem::take(&mut batch.entries),
            changes: std::mem::take(&mut batch.changes),
            notes: std::mem::take(&mut batch.notes),
            ready: std::mem::take(&mut batch.ready),
        });
        for (item, _) in &mut batch.items {
            item.stages.enter(Stage::Commit);
        }
        self.state.note_launched();
        // A task of its own: it goes on even when the callers have gone.
        let (log, program, sent) = (Arc::clone(&self.log), self.state.id.clone(), Arc::clone(&sealed));
        let (expect, vitals) = (batch.base, Arc::clone(&self.state.vitals));
        let append = tokio::spawn(async move {
            failpoints::may_die("lane-before-append");
            let asking = Stopwatch::start();
            let appended = log.append(&program, expect, &sent).await;
            vitals.metrics.lanes.note_answer(asking.elapsed(), sent.entries.len());
            failpoints::may_die("lane-after-append");
            appended
        });
        self.look_up_batches = self.look_up_batches.saturating_sub(1);
        self.flight = Some(Flight { sealed, batch, append });
    }

    fn refuse_inbox(&mut self, error: &LogError) {
        let vitals = &self.state.vitals;
        // Of a newer version's log, or a corrupt row, this programme alone is told.
        if let LogError::Unavailable(why) = error {
            vitals.note_unwritable(why);
        }
        vitals.tell(|| tracing::warn!(program = %self.state.id, %error, "commands refused: the store cannot be read"));
        for item in self.inbox.drain(..) {
            item.refuse(error.clone().into());
        }
    }

    /// Begins the next batch on the committed state.
    fn reset_to_committed(&mut self) {
        let committed = self.state.read();
        self.next = Batch::on(committed.head.clone(), Arc::clone(&committed.rules));
        if self.resets != committed.resets {
            // These are names of a log that exists no more.
            self.recents = Generations::new(RECENTS_MAX);
            self.resets = committed.resets;
        }
    }
}

/// Waits for the batch in flight; for ever when there is none.
async fn landed(flight: &mut Option<Flight>) -> Result<(), AppendError> {
    match flight {
        Some(flight) => (&mut flight.append)
            .await
            .unwrap_or_else(|error| Err(AppendError::Unknown(format!("the append was lost: {error}")))),
        None => std::future::pending().await,
    }
}

/// Asks the rules again, when the rules asked before are no longer the programme's.
fn qualify_again(command: &mut Command, rules: &RuleBook, epoch: i64) {
    let source = &command.name.source;
    if let Act::RecordActivity(activity) = &mut command.act
        && activity.epoch != epoch
    {
        activity.qualified = rules.qualify(source, &activity.activity, activity.local);
        activity.epoch = epoch;
    }
}
