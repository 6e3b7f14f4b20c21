//! A batch in the making, and the layers of state it is decided on.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::domain::account::Account;
use crate::domain::command::{Act, Command};
use crate::domain::encoding::Note;
use crate::domain::entry::{CommandName, Entry, Seq};
use crate::domain::fold::{Changes, State};
use crate::domain::ids::MemberId;
use crate::domain::record::{Record, RecordKey};
use crate::domain::rejection::Rejection;
use crate::domain::rules::{PublishedRuleSet, RuleBook};
use crate::domain::seal::Head;
use crate::ledger::clock::Deadline;
use crate::ledger::state::{Committed, View};
use crate::ledger::{Answer, SubmitError};
use crate::log::Expect;

/// A command in the queue, and who waits for it.
pub(in crate::ledger) struct Item {
    pub(in crate::ledger) command: Command,
    pub(in crate::ledger) deadline: Option<Deadline>,
    pub(in crate::ledger) reply: oneshot::Sender<Answer>,
    /// The view in which its name was looked up in the log and not found: what was taken in since may hold it.
    pub(in crate::ledger) looked_up: Option<View>,
}

impl Item {
    /// Answers; a caller who has hung up is not told.
    pub(in crate::ledger) fn answer(self, answer: Answer) {
        drop(self.reply.send(answer));
    }

    pub(in crate::ledger) fn refuse(self, error: SubmitError) {
        self.answer(Err(error));
    }

    /// Answers a replay: the first entry for the same values, a rejection for others.
    pub(in crate::ledger) fn answer_replay(self, first: &Arc<Entry>) {
        let same_values = first.request.as_ref().is_some_and(|request| request.digest == self.command.digest);
        if same_values {
            self.answer(Ok(Arc::clone(first)));
        } else {
            let id = self.command.name.id.clone();
            self.refuse(Rejection::ExistsWithDifferentContent { id }.into());
        }
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
    /// Who waits for it, and what they are told once it is recorded.
    pub(in crate::ledger) items: Vec<(Item, Arc<Entry>)>,
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
        }
    }

    /// Adds a decided command, whose entries the head has passed already.
    pub(in crate::ledger) fn push(&mut self, item: Item, changes: Changes, entries: Vec<Arc<Entry>>) {
        let first = Arc::clone(entries.first().expect("a command writes at least one entry"));
        self.changes.absorb(changes);
        if let Act::PublishRuleSet(rules) = &item.command.act {
            Arc::make_mut(&mut self.rules).publish(PublishedRuleSet::by(&first, rules));
        }
        if let Some(note) = &item.command.note {
            self.notes.push((first.seq, note.clone()));
        }
        self.names.insert(item.command.name.clone(), Arc::clone(&first));
        self.entries.extend(entries);
        self.items.push((item, first));
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

    /// Accounts and records that a command reads, as far as it can be told by now, and that are not known.
    pub(in crate::ledger) fn unknown(&self, command: &Command) -> (Vec<MemberId>, Vec<RecordKey>) {
        let mut members = command.act.members(self);
        members.retain(|member| !self.knows_account(member));
        let mut records = command.act.records(&command.name.source, self);
        records.retain(|key| !self.knows_record(key));
        (members, records)
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
