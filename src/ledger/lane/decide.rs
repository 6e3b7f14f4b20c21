//! How queued commands are decided: a group of them is decided onto the next batch as a whole, or not at all. A single
//! command is a group of one.

use std::sync::Arc;

use super::batch::{Batch, Item};
use super::group::Group;
use super::{Flight, Lane, WAITING_MAX, layers, qualify_again};
use crate::domain::decide::command::Command;
use crate::domain::decide::draft::Moment;
use crate::domain::decide::rejection::Rejection;
use crate::domain::decide::seal::SealContext;
use crate::domain::entry::Entry;
use crate::domain::entry::name::CommandName;
use crate::domain::state::overlay::Overlay;
use crate::failpoints;
use crate::ledger::cache::Generations;
use crate::ledger::clock::Deadline;
use crate::ledger::state::{Committed, View};
use crate::ledger::{GroupAnswer, GroupError, SubmitError};
use crate::log::Want;

/// Where the first entry of a command is, the latest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Recorded,
    Flying,
    Next,
}

/// What is known of a group before it is decided.
pub(super) enum Standing {
    /// It needs no decision: this is its answer, once what stands at the place is recorded.
    Answered(Place, GroupAnswer),
    /// The first entries of those that have one; the others are to be decided.
    Open(Group<Option<Arc<Entry>>>),
}

impl Lane {
    /// Decides queued groups in order; returns those whose names must be looked up before they can be answered. All are
    /// decided in the view that what they read was loaded for; none, when there is another by now.
    pub(super) fn decide_inbox(&mut self, view: View, taken: usize) -> Vec<Item> {
        let mut unknown = Vec::new();
        let state = Arc::clone(&self.state);
        let committed = state.read();
        if committed.view != view {
            return unknown;
        }
        let later = self.inbox.split_off(taken);
        let mut taken = std::mem::replace(&mut self.inbox, later);
        while let Some(mut item) = taken.pop_front() {
            match self.standing(&mut item) {
                // What is recorded already was done, whatever its caller's deadline.
                Standing::Answered(place, answer) => self.answer_from(place, item, answer),
                Standing::Open(found) => {
                    if item.deadline.is_some_and(Deadline::has_passed) {
                        item.refuse(SubmitError::DeadlinePassed);
                    } else if (item.looked_up != Some(view) && self.must_look_up(&item))
                        // What comes later in a call sees what came before: it waits with it.
                        || unknown.iter().rev().any(|before| item.came_with(before))
                    {
                        unknown.push(item);
                    } else {
                        match self.decide_group(&committed, item, found) {
                            Outcome::Done => {}
                            Outcome::LookUp(item) => unknown.push(item),
                            Outcome::Load(item) => {
                                // What comes after it must wait, too.
                                taken.push_front(item);
                                break;
                            }
                        }
                    }
                }
            }
        }
        taken.append(&mut self.inbox);
        self.inbox = taken;
        unknown
    }

    /// What is known of a group: a name that is taken by other values answers all of it.
    pub(super) fn standing(&self, item: &mut Item) -> Standing {
        let mut latest = Place::Recorded;
        let found = item.commands.try_map(|index, command| {
            let found = first_of(&self.recents, self.flight.as_ref(), &self.next, &command.name);
            let Some((place, first)) = found else { return Ok(None) };
            latest = latest.max(place);
            if has_same_values(first, command) {
                return Ok(Some(Arc::clone(first)));
            }
            let error = Rejection::ExistsWithDifferentContent { id: command.name.id.clone() }.into();
            Err((place, GroupError { index: Some(index), error }))
        });
        match found.map(Group::complete) {
            Ok(Ok(firsts)) => Standing::Answered(latest, Ok(firsts)),
            Ok(Err(found)) => Standing::Open(found),
            Err((place, error)) => Standing::Answered(place, Err(error)),
        }
    }

    /// Gives an answer that rests on the entries of a batch: at once, or when that is recorded.
    fn answer_from(&mut self, place: Place, item: Item, answer: GroupAnswer) {
        let batch = match place {
            Place::Recorded => return item.answer(answer),
            Place::Flying => self.flight.as_mut().map(|flight| &mut flight.batch),
            Place::Next => Some(&mut self.next),
        };
        match batch.filter(|batch| batch.waiting + item.commands.count() <= WAITING_MAX) {
            Some(batch) => batch.wait(item, answer),
            None => item.refuse(SubmitError::Overloaded),
        }
    }

    /// Decides what is open of a group onto the next batch: all of it, or none.
    fn decide_group(&mut self, committed: &Committed, mut item: Item, found: Group<Option<Arc<Entry>>>) -> Outcome {
        let mark = (item.commands.count() > 1).then(|| self.next.mark());
        let (now, zone) = (self.clock.now().max(self.next.head.at), committed.zone.clone());
        let context = SealContext {
            program: &self.state.id,
            secret: &self.state.secret,
            recorded_at: now,
            format: failpoints::newest_format(),
        };
        // Lent out, for the batch changes while the group is decided on what it changed before.
        let changes = std::mem::take(&mut self.next.changes);
        let layers = layers(committed, self.flight.as_ref(), &changes);
        let mut group = Overlay::new(&layers);
        let mut found = found.into_iter();
        let decided = item.commands.try_map(|index, command| {
            if let Some(first) = found.next().flatten() {
                return Ok(first);
            }
            let rules = Arc::clone(&self.next.rules);
            qualify_again(command, &rules, self.next.head.epoch);
            if let Some(name) = command.act.refers(&command.name.source) {
                command.act.resolve(
                    first_of(&self.recents, self.flight.as_ref(), &self.next, &name)
                        .map(|(_, first)| Arc::clone(first)),
                );
            }
            let unknown = layers.unknown(command, &group);
            if !unknown.members.is_empty() || !unknown.records.is_empty() {
                return Err(Stop::Unknown(unknown));
            }
            let moment = Moment { now, zone: zone.clone(), rules: &rules };
            self.next
                .decide(&mut group, command, &moment, &context)
                .map_err(|rejection| Stop::Refused(index, rejection))
        });
        let changed = group.changes;
        self.next.changes = changes;
        match decided {
            Ok(firsts) => {
                self.next.changes.absorb(changed);
                self.next.decided += 1;
                self.next.wait(item, Ok(firsts));
                Outcome::Done
            }
            Err(stop) => {
                if let Some(mark) = mark {
                    self.next.rewind(mark);
                }
                let (index, rejection) = match stop {
                    Stop::Refused(index, rejection) => (index, rejection),
                    Stop::Unknown(wants) => return Outcome::Load(Item { wants, ..item }),
                };
                if item.looked_up != Some(committed.view) {
                    return Outcome::LookUp(item);
                }
                item.answer(Err(GroupError { index: Some(index), error: rejection.into() }));
                Outcome::Done
            }
        }
    }
}

/// Why a group is not decided to its end.
enum Stop {
    /// A command reads what is not known.
    Unknown(Want),
    /// A command is refused.
    Refused(usize, Rejection),
}

/// What became of a group.
enum Outcome {
    /// It is decided, or refused.
    Done,
    /// It was refused and its names were not looked up: a refused command may be the replay of a recorded one.
    LookUp(Item),
    /// Rules or activities decided just before it lead to what was not loaded.
    Load(Item),
}

/// The first entry of a command that was recorded or is in a batch, and where.
fn first_of<'a>(
    recents: &'a Generations<CommandName, Arc<Entry>>,
    flight: Option<&'a Flight>,
    next: &'a Batch,
    name: &CommandName,
) -> Option<(Place, &'a Arc<Entry>)> {
    let flying = || flight.and_then(|flight| flight.batch.names.get(name));
    let recorded = recents.get(name).map(|first| (Place::Recorded, first));
    recorded
        .or_else(|| flying().map(|first| (Place::Flying, first)))
        .or_else(|| next.names.get(name).map(|first| (Place::Next, first)))
}

fn has_same_values(first: &Entry, command: &Command) -> bool {
    first.request.as_ref().is_some_and(|request| request.digest == command.digest)
}
