//! A batch in the making, and the layers of state it is decided on.

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
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
use crate::domain::state::get::State;
use crate::domain::state::overlay::{Changes, Overlay};
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::rules::book::RuleBook;
use crate::domain::value::encoding::Note;
use crate::domain::value::ids::MemberId;
use crate::domain::value::seq::Seq;
use crate::ledger::clock::Deadline;
use crate::ledger::state::{Committed, View};
use crate::ledger::{GroupAnswer, SubmitError};
use crate::log::{Expect, Want};

/// Commands in the queue that are recorded together or not at all, nearly always one, and who waits for them.
pub(in crate::ledger) struct Item {
    pub(in crate::ledger) commands: Group<Command>,
    pub(in crate::ledger) deadline: Option<Deadline>,
    pub(in crate::ledger) reply: oneshot::Sender<GroupAnswer>,
    /// The view in which its names were looked up in the log: what was taken in since may hold those that were not found.
    pub(in crate::ledger) looked_up: Option<View>,
    /// The call it came with, if others came with it: these see what it does.
    pub(in crate::ledger) call: Option<Arc<Call>>,
    /// What deciding on it turned out to read beside what its commands tell by themselves.
    pub(in crate::ledger) wants: Want,
}

/// A call that brought several items.
#[derive(Debug)]
pub(in crate::ledger) struct Call;

impl Item {
    /// Commands that nothing is known of.
    pub(in crate::ledger) fn of(
        commands: Group<Command>,
        call: Option<Arc<Call>>,
        deadline: Option<Deadline>,
    ) -> (Self, oneshot::Receiver<GroupAnswer>) {
        let (reply, answer) = oneshot::channel();
        (Self { commands, deadline, reply, looked_up: None, call, wants: Want::default() }, answer)
    }

    /// Whether it came with another.
    pub(in crate::ledger) fn came_with(&self, other: &Self) -> bool {
        self.call.as_ref().zip(other.call.as_ref()).is_some_and(|(one, two)| Arc::ptr_eq(one, two))
    }

    /// Answers; a caller who has hung up is not told.
    pub(in crate::ledger) fn answer(self, answer: GroupAnswer) {
        drop(self.reply.send(answer));
    }

    pub(in crate::ledger) fn refuse(self, error: SubmitError) {
        self.answer(Err(error.into()));
    }

    /// Whether another item asks for the same.
    pub(in crate::ledger) fn asks_what(&self, other: &Self) -> bool {
        let asked = |item: &Self| item.commands.count();
        let mut both = self.commands.iter().zip(other.commands.iter());
        asked(self) == asked(other) && both.all(|(one, two)| one.name == two.name && one.digest == two.digest)
    }
}

/// Decided commands that are to be appended together.
pub(in crate::ledger) struct Batch {
    /// Where it was begun: the append is refused on any other head.
    pub(in crate::ledger) base: Expect,
    /// The head after it.
    pub(in crate::ledger) head: Head,
    /// The rules after it.
    pub(in crate::ledger) rules: Arc<RuleBook>,
    /// Accounts and records it changes; taken out when it is sent.
    pub(in crate::ledger) changes: Changes,
    pub(in crate::ledger) entries: Vec<Arc<Entry>>,
    pub(in crate::ledger) notes: Vec<(Seq, Note)>,
    pub(in crate::ledger) names: HashMap<CommandName, Arc<Entry>>,
    /// Who waits for it, and what they are told once it is recorded. The first was decided onto it.
    pub(in crate::ledger) items: Vec<(Item, GroupAnswer)>,
    /// Commands of these items.
    pub(in crate::ledger) waiting: usize,
    /// How many of these items were decided onto it; the others wait for what it holds already.
    pub(in crate::ledger) decided: usize,
}

/// What a batch was before a group was decided onto it.
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
            names: HashMap::new(),
            items: Vec::new(),
            waiting: 0,
            decided: 0,
        }
    }

    /// Decides one command of a group. What it changes stays in `state`, for the rest of its group to see.
    pub(in crate::ledger) fn decide<S: State>(
        &mut self,
        state: &mut Overlay<'_, S>,
        command: &Command,
        moment: &Moment<'_>,
        context: &SealContext<'_>,
    ) -> Result<Arc<Entry>, Rejection> {
        let place = match self.names.entry(command.name.clone()) {
            // Twice in one group.
            MapEntry::Occupied(twin) => return Ok(Arc::clone(twin.get())),
            MapEntry::Vacant(place) => place,
        };
        let drafts = decide(state, command, moment)?;
        let entries = self.head.seal(state, context, command, drafts)?;
        let first = Arc::clone(entries.first().expect("a command writes at least one entry"));
        if let Act::PublishRuleSet(rules) = &command.act {
            Arc::make_mut(&mut self.rules).publish(published(&first, rules));
        }
        if let Some(note) = &command.note {
            self.notes.push((first.seq, note.clone()));
        }
        self.entries.extend(entries);
        Ok(Arc::clone(place.insert(first)))
    }

    pub(in crate::ledger) fn mark(&self) -> Mark {
        let (head, rules) = (self.head.clone(), Arc::clone(&self.rules));
        Mark { head, rules, entries: self.entries.len(), notes: self.notes.len() }
    }

    /// Takes back what was decided since.
    pub(in crate::ledger) fn rewind(&mut self, mark: Mark) {
        for name in self.entries.drain(mark.entries..).filter_map(|entry| entry.command_name()) {
            self.names.remove(&name);
        }
        self.notes.truncate(mark.notes);
        self.head = mark.head;
        self.rules = mark.rules;
    }

    /// Adds who waits for it.
    pub(in crate::ledger) fn wait(&mut self, item: Item, answer: GroupAnswer) {
        self.waiting += item.commands.count();
        self.items.push((item, answer));
    }
}

/// What a command is decided on: what was committed, under the batch in flight, under the next batch.
pub(in crate::ledger) struct Layers<'a> {
    pub(in crate::ledger) committed: &'a Committed,
    pub(in crate::ledger) flight: Option<&'a Changes>,
    pub(in crate::ledger) next: &'a Changes,
}

impl Layers<'_> {
    pub(in crate::ledger) fn knows_account(&self, member: &MemberId) -> bool {
        self.above(|changes| changes.account(member)).is_some() || self.committed.knows_account(member)
    }

    pub(in crate::ledger) fn knows_record(&self, key: &RecordKey) -> bool {
        self.above(|changes| changes.record(key)).is_some() || self.committed.knows_record(key)
    }

    /// Accounts and records that a command reads, as far as it can be told by now, and that are not known, given what its
    /// group has changed.
    pub(in crate::ledger) fn unknown(&self, command: &Command, group: &Overlay<'_, Self>) -> Want {
        let mut want = Want { members: command.act.members(group), records: Vec::new() };
        want.members.retain(|id| !group.changes.accounts.contains_key(id) && !self.knows_account(id));
        want.records = command.act.records(&command.name.source, group);
        want.records.retain(|key| !group.changes.records.contains_key(key) && !self.knows_record(key));
        want
    }

    fn above<'b, T>(&'b self, find: impl Fn(&'b Changes) -> Option<&'b T>) -> Option<&'b T> {
        find(self.next).or_else(|| self.flight.and_then(&find))
    }
}

impl State for Layers<'_> {
    fn account(&self, member: &MemberId) -> Option<&Account> {
        self.above(|changes| changes.account(member)).or_else(|| self.committed.account(member))
    }

    fn record(&self, key: &RecordKey) -> Option<&Record> {
        self.above(|changes| changes.record(key)).or_else(|| self.committed.record(key))
    }
}
