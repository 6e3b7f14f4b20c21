//! A batch that is being put together, and the layers of state that it is decided on.

use std::cell::RefCell;
use std::collections::hash_map::Entry as MapEntry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::sync::oneshot;

use super::group::Group;
use crate::domain::decide::command::{Act, Command};
use crate::domain::decide::decide;
use crate::domain::decide::draft::Moment;
use crate::domain::decide::rejection::Rejection;
use crate::domain::decide::seal::{Head, SealContext};
use crate::domain::entry::Entry;
use crate::domain::entry::name::CommandName;
use crate::domain::state::account::Account;
use crate::domain::state::fold::published;
use crate::domain::state::get::{Misses, State};
use crate::domain::state::overlay::{Changes, Overlay};
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::rules::book::RuleBook;
use crate::domain::value::encoding::Note;
use crate::domain::value::ids::MemberId;
use crate::domain::value::seq::Seq;
use crate::ledger::clock::Deadline;
use crate::ledger::stages::{Stage, Stages};
use crate::ledger::state::{Committed, View};
use crate::ledger::{GroupAnswer, Recorded, SubmitError};
use crate::log::{Expect, Ready};

/// Queued commands that are recorded together or not at all, nearly always one, and the caller who waits for them.
pub(in crate::ledger) struct Item {
    pub(in crate::ledger) commands: Group<Command>,
    pub(in crate::ledger) deadline: Option<Deadline>,
    pub(in crate::ledger) reply: oneshot::Sender<GroupAnswer>,
    /// The view in which its names were looked up in the log. Entries taken in since may hold names that were not found
    /// then.
    pub(in crate::ledger) looked_up: Option<View>,
    /// The call that it came with, if that call brought several items. Each of these sees the effects of those before
    /// it.
    pub(in crate::ledger) call: Option<Arc<Call>>,
    /// State that deciding on it has asked for. It is loaded, and kept until the item is decided.
    pub(in crate::ledger) wants: Misses,
    /// Number of rounds in which it has asked for more.
    pub(in crate::ledger) rounds: u32,
    /// True when it was queued once there was room, rather than refused.
    pub(in crate::ledger) is_patient: bool,
    /// What it waits for.
    pub(in crate::ledger) stages: Stages,
}

/// The identity of a call that brought several items.
#[derive(Debug)]
pub(in crate::ledger) struct Call;

impl Item {
    /// Makes an item of commands of which nothing is known yet.
    pub(in crate::ledger) fn of(
        commands: Group<Command>,
        call: Option<Arc<Call>>,
        deadline: Option<Deadline>,
    ) -> (Self, oneshot::Receiver<GroupAnswer>) {
        let (reply, answer) = oneshot::channel();
        let (looked_up, wants, rounds, is_patient) = (None, Misses::default(), 0, false);
        let stages = Stages::begin();
        (Self { commands, deadline, reply, looked_up, call, wants, rounds, is_patient, stages }, answer)
    }

    /// True when it came in the same call as another.
    pub(in crate::ledger) fn came_with(&self, other: &Self) -> bool {
        self.call.as_ref().zip(other.call.as_ref()).is_some_and(|(one, two)| Arc::ptr_eq(one, two))
    }

    /// Answers the caller; a caller who has hung up is not told.
    pub(in crate::ledger) fn answer(self, answer: GroupAnswer) {
        drop(self.reply.send(answer));
    }

    pub(in crate::ledger) fn refuse(self, error: SubmitError) {
        self.answer(Err(error.into()));
    }

    /// True when another item asks for the same.
    pub(in crate::ledger) fn asks_what(&self, other: &Self) -> bool {
        let asked = |item: &Self| item.commands.count();
        let mut both = self.commands.iter().zip(other.commands.iter());
        asked(self) == asked(other) && both.all(|(one, two)| one.name == two.name && one.digest == two.digest)
    }
}

/// Decided commands that will be appended together.
pub(in crate::ledger) struct Batch {
    /// The head it was begun on. The append is refused on any other head.
    pub(in crate::ledger) base: Expect,
    /// The head after it.
    pub(in crate::ledger) head: Head,
    /// The rules after it.
    pub(in crate::ledger) rules: Arc<RuleBook>,
    /// Accounts and records it changes; taken out when the batch is sent.
    pub(in crate::ledger) changes: Changes,
    pub(in crate::ledger) entries: Vec<Arc<Entry>>,
    pub(in crate::ledger) notes: Vec<(Seq, Note)>,
    /// The entries as far as they are ready to be sent.
    pub(in crate::ledger) ready: Ready,
    pub(in crate::ledger) names: HashMap<CommandName, Arc<Entry>>,
    /// The items that wait for it, each with the answer it gets once the batch is recorded. The first was decided onto
    /// it.
    pub(in crate::ledger) items: Vec<(Item, GroupAnswer)>,
    /// Number of commands of these items.
    pub(in crate::ledger) waiting: usize,
    /// Number of these items that were decided onto it. The others wait for entries it holds already.
    pub(in crate::ledger) decided: usize,
}

/// The extent of a batch before a group was decided onto it.
pub(in crate::ledger) struct Mark {
    head: Head,
    rules: Arc<RuleBook>,
    entries: usize,
    notes: usize,
}

impl Batch {
    pub(in crate::ledger) fn on(head: Head, rules: Arc<RuleBook>) -> Self {
        Self {
            base: Expect { seq: head.seq, epoch: head.epoch },
            head,
            rules,
            changes: Changes::default(),
            entries: Vec::new(),
            notes: Vec::new(),
            ready: Ready::default(),
            names: HashMap::new(),
            items: Vec::new(),
            waiting: 0,
            decided: 0,
        }
    }

    /// Makes the batch that follows this one. It is likely to be as large, and has room for as much.
    pub(in crate::ledger) fn following(&self) -> Self {
        let mut after = Self::on(self.head.clone(), Arc::clone(&self.rules));
        after.entries.reserve(self.entries.len());
        after.names.reserve(self.names.len());
        after.items.reserve(self.items.len());
        after
    }

    /// Decides one command of a group. Its changes stay in `group`, for the rest of the group to see. Holds that are
    /// past their time and in its way are ended first, as the sweeper would have done.
    pub(in crate::ledger) fn decide(
        &mut self,
        group: &mut Overlay<'_, Layers<'_>>,
        command: &Command,
        moment: &Moment<'_>,
        context: &SealContext<'_>,
    ) -> Result<Recorded, Undecided> {
        let holds = match self.decide_now(group, command, moment, context) {
            Err(Undecided::Refused(Rejection::HoldsDue { holds })) => holds,
            decided => return decided,
        };
        let mark = self.mark();
        let ended = holds.iter().try_for_each(|hold| {
            let ending = Command::ending_hold(context.secret, &hold.place, hold.seq);
            self.decide_now(group, &ending, moment, context).map(drop)
        });
        if let Err(undecided) = ended {
            self.rewind(mark);
            return Err(undecided);
        }
        match self.decide_now(group, command, moment, context) {
            Err(Undecided::Refused(rejection)) => Err(Undecided::RefusedAfter(rejection, Box::new(mark))),
            Err(undecided) => {
                self.rewind(mark);
                Err(undecided)
            }
            Ok(recorded) => Ok(recorded),
        }
    }

    fn decide_now(
        &mut self,
        group: &mut Overlay<'_, Layers<'_>>,
        command: &Command,
        moment: &Moment<'_>,
        context: &SealContext<'_>,
    ) -> Result<Recorded, Undecided> {
        let place = match self.names.entry(command.name.clone()) {
            // The name is twice in one group.
            MapEntry::Occupied(twin) => return Ok(Recorded::before(Arc::clone(twin.get()))),
            MapEntry::Vacant(place) => place,
        };
        let decided =
            decide(group, command, moment).and_then(|drafts| Ok(self.head.place(group, context, command, drafts)?));
        if group.below().has_missed() {
            return Err(Undecided::Missed);
        }
        let entries = decided?;
        self.head.advance_past(&entries);
        let recorded = Recorded::now(&entries);
        let first = &recorded.first;
        if let Act::PublishRuleSet(rules) = &command.act {
            Arc::make_mut(&mut self.rules).publish(published(first, rules));
        }
        if let Some(note) = &command.note {
            self.notes.push((first.seq, note.clone()));
        }
        place.insert(Arc::clone(first));
        self.entries.extend(entries);
        Ok(recorded)
    }

    pub(in crate::ledger) fn mark(&self) -> Mark {
        let (head, rules) = (self.head.clone(), Arc::clone(&self.rules));
        Mark { head, rules, entries: self.entries.len(), notes: self.notes.len() }
    }

    /// Takes back everything decided since the mark.
    pub(in crate::ledger) fn rewind(&mut self, mark: Mark) {
        for name in self.entries.drain(mark.entries..).filter_map(|entry| entry.command_name()) {
            self.names.remove(&name);
        }
        self.notes.truncate(mark.notes);
        self.head = mark.head;
        self.rules = mark.rules;
    }

    /// Takes in a decided group: its changes, and the item with its answer.
    pub(in crate::ledger) fn take(&mut self, item: Item, changed: Changes, answer: GroupAnswer) {
        self.changes.absorb(changed);
        self.decided += 1;
        self.wait(item, answer);
    }

    /// Adds an item that waits for the batch.
    pub(in crate::ledger) fn wait(&mut self, mut item: Item, answer: GroupAnswer) {
        item.stages.enter(Stage::Turn);
        self.waiting += item.commands.count();
        self.items.push((item, answer));
    }
}

/// Reasons why a command is not decided.
pub(in crate::ledger) enum Undecided {
    /// The decision read state that is not known. Whatever it decided is of no use, a rejection included.
    Missed,
    /// The command is refused.
    Refused(Rejection),
    /// The command is refused after holds in its way were ended; the batch before these endings.
    RefusedAfter(Rejection, Box<Mark>),
}

impl From<Rejection> for Undecided {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection)
    }
}

/// The knowledge of a key.
enum Known<'a> {
    /// The key holds this record.
    Held(&'a Record),
    /// The key is known to hold nothing.
    Nothing,
    /// Nothing is known of the key.
    Not,
}

/// The state that a command is decided on: the committed state, under the batch in flight, under the next batch. It
/// notes the keys it is asked for and does not hold.
pub(in crate::ledger) struct Layers<'a> {
    committed: &'a Committed,
    flight: Option<&'a Changes>,
    next: &'a Changes,
    /// First entries of commands, by name; `None` where it is known that there is none.
    named: BTreeMap<CommandName, Option<Arc<Entry>>>,
    misses: RefCell<Misses>,
}

impl<'a> Layers<'a> {
    pub(in crate::ledger) fn new(committed: &'a Committed, flight: Option<&'a Changes>, next: &'a Changes) -> Self {
        Self { committed, flight, next, named: BTreeMap::new(), misses: RefCell::default() }
    }

    /// Returns the same layers with first entries of commands.
    pub(in crate::ledger) fn naming(self, named: BTreeMap<CommandName, Option<Arc<Entry>>>) -> Self {
        Self { named, ..self }
    }

    /// Adds those of these keys that are not known.
    pub(in crate::ledger) fn add_unknown(&self, of: &Misses, into: &mut Misses) {
        into.members.extend(of.members.iter().filter(|member| self.known_account(member).is_none()).cloned());
        into.records.extend(of.records.iter().filter(|key| matches!(self.known_record(key), Known::Not)).cloned());
    }

    pub(in crate::ledger) fn has_missed(&self) -> bool {
        !self.misses.borrow().is_empty()
    }

    pub(in crate::ledger) fn into_misses(self) -> Misses {
        self.misses.into_inner()
    }

    fn known_account(&self, member: &MemberId) -> Option<&Account> {
        self.above(|changes| changes.account(member)).or_else(|| self.committed.account(member))
    }

    /// Returns what a key is known to hold, be it nothing.
    fn known_record(&self, key: &RecordKey) -> Known<'_> {
        if let Some(record) = self.above(|changes| changes.record(key)) {
            return Known::Held(record);
        }
        match self.committed.known_record(key) {
            Some(held) => held.as_ref().map_or(Known::Nothing, Known::Held),
            None => Known::Not,
        }
    }

    fn above<'b, T>(&'b self, find: impl Fn(&'b Changes) -> Option<&'b T>) -> Option<&'b T> {
        find(self.next).or_else(|| self.flight.and_then(&find))
    }
}

impl State for Layers<'_> {
    fn account(&self, member: &MemberId) -> Option<&Account> {
        let known = self.known_account(member);
        if known.is_none() {
            self.misses.borrow_mut().members.insert(member.clone());
        }
        known
    }

    fn record(&self, key: &RecordKey) -> Option<&Record> {
        match self.known_record(key) {
            Known::Held(record) => Some(record),
            Known::Nothing => None,
            Known::Not => {
                self.misses.borrow_mut().records.insert(key.clone());
                None
            }
        }
    }

    fn entry(&self, name: &CommandName) -> Option<&Entry> {
        let known = self.named.get(name);
        if known.is_none() {
            self.misses.borrow_mut().names.insert(name.clone());
        }
        known?.as_deref()
    }
}
