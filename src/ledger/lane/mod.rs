//! The lane: one committer a programme. Nothing else appends to the log.
//!
//! Commands queue; what has queued while one batch is being committed is decided and hashed meanwhile and becomes the
//! next. There is no timer: a lone command is committed at once, a crowd shares commits.

mod batch;
mod settle;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub(super) use self::batch::Item;
use self::batch::{Batch, Layers};
use super::SubmitError;
use super::cache::Generations;
use super::clock::Clock;
use super::state::{Committed, ProgramState};
use crate::domain::command::Act;
use crate::domain::decide::{Moment, decide};
use crate::domain::entry::{CommandName, Entry};
use crate::domain::fold::{Changes, FoldError, Overlay};
use crate::domain::rejection::Rejection;
use crate::domain::rules::RuleBook;
use crate::domain::seal::SealContext;
use crate::log::{AppendError, Expect, Log, LogError, Sealed, Want};

/// Most commands in a batch. At 4,096 the cost of a commit is below a tenth of a microsecond a command.
const BATCH_COMMANDS_MAX: usize = 4_096;

/// Most callers that wait for one batch, those included who sent a command of it again: four times the batch.
const WAITING_MAX: usize = 4 * BATCH_COMMANDS_MAX;

/// Names remembered, so that a prompt retry is answered without asking the store: with their entries
/// at about 600 bytes, 40 MB.
const RECENTS_MAX: usize = 65_536;

/// How many batches look all their names up first, after one that met a name that is taken: retries come in storms, and
/// sixteen batches are some tenths of a second.
const LOOK_UP_BATCHES: u32 = 16;

/// A lane without commands ends after this; starting one costs a few statements.
const IDLE: Duration = Duration::from_mins(1);

/// One committer of one programme.
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
    /// Set when the committed state may not be the store's: it must be read before anything is decided.
    health: Health,
}

/// Whether the committed state is the store's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Current,
    /// Others may have written: read again.
    Stale,
    /// An append may still arrive: fence it off, then read again.
    Unfenced,
}

/// The batch being committed.
struct Flight {
    expect: Expect,
    sealed: Arc<Sealed>,
    batch: Batch,
    append: JoinHandle<Result<(), AppendError>>,
}

impl Lane {
    pub(super) fn new(state: Arc<ProgramState>, log: Arc<dyn Log>, clock: Arc<dyn Clock>) -> Self {
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
        }
    }

    /// Serves commands until the queue is closed, or idle for a while, and everything is answered.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Item>) {
        let state = Arc::clone(&self.state);
        let _only_one = state.committer.lock().await;
        self.reset_to_committed();
        let mut arrived = Vec::new();
        let mut open = true;
        while open || !self.inbox.is_empty() || self.flight.is_some() {
            let room = self.room();
            // What is in flight rests on the state before; the store is read again once it has landed.
            let may_decide = self.health == Health::Current || self.flight.is_none();
            tokio::select! {
                biased;
                result = landed(&mut self.flight) => self.settle(result).await,
                count = queue.recv_many(&mut arrived, room), if open && may_decide && room > 0 && self.inbox.is_empty() => {
                    open = count > 0;
                    self.inbox.extend(arrived.drain(..));
                }
                () = std::future::ready(()), if may_decide && room > 0 && !self.inbox.is_empty() => {}
                () = tokio::time::sleep(IDLE), if open && self.flight.is_none() && self.health == Health::Current => queue.close(),
            }
            if self.health != Health::Current && (self.flight.is_some() || !self.recover().await) {
                continue;
            }
            self.prepare().await;
            self.launch();
        }
    }

    /// How many more commands the next batch takes.
    fn room(&self) -> usize {
        self.batch_max.saturating_sub(self.next.items.len())
    }

    /// Decides what has queued, as far as the next batch has room.
    async fn prepare(&mut self) {
        if self.inbox.is_empty() {
            return;
        }
        let taken = self.room().min(self.inbox.len());
        match self.load_missing(taken).await {
            Ok(()) => {}
            // One row of what several commands need cannot be read: fewer at a time, until the culprit is alone.
            Err(LogError::Corrupt { .. }) if taken > 1 => {
                self.batch_max = self.next.items.len() + taken.div_ceil(2);
                return;
            }
            Err(error @ LogError::Corrupt { .. }) => {
                tracing::error!(program = %self.state.id, %error, "a command refused: stored data are corrupt");
                self.inbox.drain(..taken).for_each(|item| item.refuse(SubmitError::Corrupt));
                self.batch_max = BATCH_COMMANDS_MAX;
                return;
            }
            Err(error) => return self.refuse_inbox(&error),
        }
        let unknown = self.decide_inbox();
        if !unknown.is_empty()
            && let Err(error) = self.look_up(unknown).await
        {
            self.refuse_inbox(&error);
        }
    }

    /// Loads what the first queued commands read and is not known. No statement when all of it is.
    async fn load_missing(&mut self, taken: usize) -> Result<(), LogError> {
        self.state.write().turn();
        self.recents.turn();
        let mut members = HashSet::new();
        let mut records = HashSet::new();
        {
            let committed = self.state.read();
            let layers = layers(&committed, self.flight.as_ref(), &self.next.changes);
            for item in self.inbox.iter().take(taken) {
                let act = &item.command.act;
                members.extend(act.members().into_iter().filter(|member| !layers.knows_account(member)).cloned());
                records.extend(act.records().into_iter().filter(|key| !layers.knows_record(key)));
            }
        }
        if members.is_empty() && records.is_empty() {
            return Ok(());
        }
        let want = Want { members: members.into_iter().collect(), records: records.into_iter().collect() };
        let loaded = self.log.load(&self.state.id, &want).await?;
        self.state.write().learn(want.members, want.records, loaded);
        Ok(())
    }

    /// Decides queued commands in order; returns those whose names must be looked up before they can be answered.
    fn decide_inbox(&mut self) -> Vec<Item> {
        let mut unknown = Vec::new();
        let taken = self.room().min(self.inbox.len());
        let later = self.inbox.split_off(taken);
        for item in std::mem::replace(&mut self.inbox, later) {
            // What is recorded already was done, whatever its caller's deadline.
            if let Some(first) = self.recents.get(&item.command.name) {
                item.answer_replay(first);
            } else if let Some(item) = self.wait_for_twin(item) {
                if item.deadline.is_some_and(super::clock::Deadline::has_passed) {
                    item.refuse(SubmitError::DeadlinePassed);
                } else if !item.looked_up && self.must_look_up(&item) {
                    unknown.push(item);
                } else if let Some(refused) = self.decide_one(item) {
                    unknown.push(refused);
                }
            }
        }
        unknown
    }

    /// A command whose name is in a batch already waits for that batch; any other is given back.
    fn wait_for_twin(&mut self, item: Item) -> Option<Item> {
        let name = &item.command.name;
        let flight = self.flight.as_mut().map(|flight| &mut flight.batch);
        for batch in flight.into_iter().chain([&mut self.next]) {
            if let Some(first) = batch.names.get(name) {
                let first = Arc::clone(first);
                if batch.items.len() < WAITING_MAX {
                    batch.items.push((item, first));
                } else {
                    item.refuse(SubmitError::Overloaded);
                }
                return None;
            }
        }
        Some(item)
    }

    /// Facts stream in and are new nearly always: the store's unique key tells when one is not. Acts are rare, and a
    /// replayed act must not be judged by the state it has itself brought about.
    fn must_look_up(&self, item: &Item) -> bool {
        self.look_up_batches > 0 || !matches!(item.command.act, Act::RecordActivity(_))
    }

    /// Decides a command onto the next batch. Gives it back when it is refused and its name was not looked up: a refused
    /// command may be the replay of a recorded one.
    fn decide_one(&mut self, mut item: Item) -> Option<Item> {
        let committed = self.state.read();
        let layers = layers(&committed, self.flight.as_ref(), &self.next.changes);
        qualify_again(&mut item, &self.next.rules, self.next.head.epoch);
        let moment = Moment { now: self.clock.now().max(self.next.head.at), zone: committed.zone.clone() };
        let context = SealContext { program: &self.state.id, secret: &self.state.secret, recorded_at: moment.now };
        let mut overlay = Overlay::new(&layers);
        let sealed = decide(&layers, &item.command, &moment).and_then(|drafts| {
            self.next.head.seal(&mut overlay, &context, &item.command, drafts).map_err(|error| refused_by_fold(&error))
        });
        match sealed {
            Ok(entries) => {
                let changes = overlay.changes;
                self.next.push(item, changes, entries);
                None
            }
            Err(rejection) if item.looked_up => {
                item.refuse(SubmitError::Rejected(rejection));
                None
            }
            Err(_) => Some(item),
        }
    }

    /// Looks names up in the log: known ones are answered, the rest is decided next.
    async fn look_up(&mut self, items: Vec<Item>) -> Result<(), LogError> {
        let names: Vec<CommandName> = items.iter().map(|item| item.command.name.clone()).collect();
        let found = match self.log.find(&self.state.id, &names).await {
            Ok(found) => found,
            Err(error) => {
                self.inbox.extend(items);
                return Err(error);
            }
        };
        let head = self.state.head_seq();
        if found.iter().any(|entry| entry.seq > head) {
            // Another server has recorded it: nobody is told before this one shows it too.
            self.health = Health::Stale;
        }
        self.remember(found.into_iter().map(Arc::new));
        // In front and in order: a later command of a batch sees the effects of earlier ones.
        for mut item in items.into_iter().rev() {
            match self.recents.get(&item.command.name) {
                Some(first) if self.health == Health::Current => item.answer_replay(first),
                known => {
                    item.looked_up = known.is_none();
                    self.inbox.push_front(item);
                }
            }
        }
        Ok(())
    }

    fn remember(&mut self, entries: impl IntoIterator<Item = Arc<Entry>>) {
        for entry in entries {
            if let Some(name) = entry.command_name() {
                self.recents.put(name, entry);
            }
        }
    }

    /// Sends the next batch, if none is in flight and it rests on what the store holds.
    fn launch(&mut self) {
        if self.health != Health::Current || self.flight.is_some() || self.next.entries.is_empty() {
            return;
        }
        let expect = {
            let committed = self.state.read();
            Expect { seq: committed.head.seq, epoch: committed.head.epoch }
        };
        let after = Batch::on(self.next.head.clone(), Arc::clone(&self.next.rules));
        let mut batch = std::mem::replace(&mut self.next, after);
        let sealed = Arc::new(Sealed {
            head: batch.head.clone(),
            entries: std::mem::take(&mut batch.entries),
            changes: std::mem::take(&mut batch.changes),
            notes: std::mem::take(&mut batch.notes),
        });
        // A task of its own: it goes on whatever becomes of the callers.
        let (log, program, sent) = (Arc::clone(&self.log), self.state.id.clone(), Arc::clone(&sealed));
        let append = tokio::spawn(async move { log.append(&program, expect, &sent).await });
        self.look_up_batches = self.look_up_batches.saturating_sub(1);
        self.flight = Some(Flight { expect, sealed, batch, append });
    }

    fn refuse_inbox(&mut self, error: &LogError) {
        tracing::warn!(program = %self.state.id, %error, "commands refused: the store cannot be read");
        for item in self.inbox.drain(..) {
            item.refuse(SubmitError::from_read(error));
        }
    }

    /// Begins the next batch on what is committed.
    fn reset_to_committed(&mut self) {
        let committed = self.state.read();
        self.next = Batch::on(committed.head.clone(), Arc::clone(&committed.rules));
    }
}

/// What the next command is decided on.
fn layers<'a>(committed: &'a Committed, flight: Option<&'a Flight>, next: &'a Changes) -> Layers<'a> {
    Layers { committed, flight: flight.map(|flight| &flight.sealed.changes), next }
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

/// Asks the rules again, when those asked are no longer the programme's.
fn qualify_again(item: &mut Item, rules: &RuleBook, epoch: i64) {
    if let Act::RecordActivity(activity) = &mut item.command.act
        && activity.epoch != epoch
    {
        activity.qualified = rules.qualify(&activity.activity);
        activity.epoch = epoch;
    }
}

fn refused_by_fold(error: &FoldError) -> Rejection {
    match error {
        FoldError::Overflow(overflow) => Rejection::AmountOverflow(*overflow),
        _ => Rejection::Inconsistent("a decision does not follow from the log"),
    }
}
