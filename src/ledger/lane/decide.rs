//! Decisions on queued commands. A group of commands is decided onto the next batch as a whole, or not at all. A single
//! command is a group of one.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::batch::{Batch, Item, Layers, Mark, Undecided};
use super::group::Group;
use super::{Flight, Lane, ROUNDS_MAX, WAITING_MAX, qualify_again};
use crate::domain::decide::command::Command;
use crate::domain::decide::draft::Moment;
use crate::domain::decide::rejection::Rejection;
use crate::domain::decide::require::permitted;
use crate::domain::decide::seal::SealContext;
use crate::domain::entry::Entry;
use crate::domain::entry::name::CommandName;
use crate::domain::state::get::Misses;
use crate::domain::state::overlay::{Changes, Overlay};
use crate::failpoints;
use crate::ledger::cache::Generations;
use crate::ledger::clock::Deadline;
use crate::ledger::state::{Committed, View};
use crate::ledger::{GroupAnswer, GroupError, Recorded, SubmitError};

/// The place of a command's first entry, the latest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FirstEntryAt {
    Recorded,
    Flying,
    Next,
}

/// The knowledge of a group before it is decided.
pub(super) enum Triage {
    /// The group needs no decision. This is its answer, once the batch at the place is recorded.
    Answered(FirstEntryAt, GroupAnswer),
    /// The first entries of the commands that have one; the others are to be decided.
    Open(Group<Option<Recorded>>),
}

impl Lane {
    /// Decides queued groups in order. Returns those whose names must be looked up before they can be answered. All are
    /// decided in the view that their state was loaded for; none is, when another view has begun.
    pub(super) fn decide_inbox(&mut self, view: View, taken: usize) -> Vec<Item> {
        let mut unknown = Vec::new();
        let state = Arc::clone(&self.state);
        let committed = state.read();
        if committed.view != view {
            return unknown;
        }
        let later = self.inbox.split_off(taken);
        let taken = std::mem::replace(&mut self.inbox, later);
        // Groups after one that asks for more must wait with it. Meanwhile, what they will ask for is gathered.
        let mut waiting: VecDeque<Item> = VecDeque::new();
        for mut item in taken {
            if !waiting.is_empty() {
                // Once only: groups that wait behind one with many rounds are not tried in each of them.
                if item.rounds == 0 {
                    let _more = self.gather(&committed, &mut item);
                }
                waiting.push_back(item);
                continue;
            }
            match self.permitted(&committed, &item) {
                Ok(()) => {}
                Err(Stop::Missed(misses)) => {
                    match self.ask_for(misses, &committed, item) {
                        Outcome::Load(item) | Outcome::LookUp(item) => waiting.push_back(item),
                        Outcome::Done => {}
                    }
                    continue;
                }
                Err(Stop::Refused(index, rejection) | Stop::RefusedAfter(index, rejection, _)) => {
                    item.answer(Err(GroupError { index: Some(index), error: rejection.into() }));
                    continue;
                }
            }
            match self.standing(&mut item) {
                // A recorded command was done, whatever its caller's deadline.
                Triage::Answered(place, answer) => self.answer_from(place, item, answer),
                Triage::Open(found) => {
                    if item.deadline.is_some_and(Deadline::has_passed) {
                        item.refuse(SubmitError::DeadlinePassed);
                    } else if (item.looked_up != Some(view) && self.must_look_up(&item))
                        // A later item of a call sees the effects of earlier ones, so it waits with them.
                        || unknown.iter().rev().any(|before| item.came_with(before))
                    {
                        // Its state is loaded before: a look-up also tells whether the known state is current.
                        if self.gather(&committed, &mut item) {
                            waiting.push_back(item);
                        } else {
                            unknown.push(item);
                        }
                    } else {
                        match self.decide_group(&committed, item, found) {
                            Outcome::Done => {}
                            Outcome::LookUp(item) => unknown.push(item),
                            Outcome::Load(item) => waiting.push_back(item),
                        }
                    }
                }
            }
        }
        waiting.append(&mut self.inbox);
        self.inbox = waiting;
        unknown
    }

    /// Checks that the sender of a group may do it. This is asked before a replay is answered. The one who drew
    /// something up never changes, so a refusal holds whatever others have written since.
    fn permitted(&self, committed: &Committed, item: &Item) -> Result<(), Stop> {
        let flight = self.flight.as_ref().map(|flight| &flight.sealed.changes);
        for (index, command) in item.commands.iter().enumerate() {
            let layers = Layers::new(committed, flight, &self.next.changes);
            let permitted = permitted(&layers, command);
            let misses = layers.into_misses();
            if !misses.is_empty() {
                return Err(Stop::Missed(misses));
            }
            permitted.map_err(|rejection| Stop::Refused(index, rejection))?;
        }
        Ok(())
    }

    /// Returns the knowledge of a group. A name that is taken by other values answers all of it.
    pub(super) fn standing(&self, item: &mut Item) -> Triage {
        let mut latest = FirstEntryAt::Recorded;
        let found = item.commands.try_map(|index, command| {
            let found = first_of(&self.recents, self.flight.as_ref(), &self.next, &command.name);
            let Some((place, first)) = found else { return Ok(None) };
            latest = latest.max(place);
            if has_same_values(first, command) {
                return Ok(Some(Recorded::before(Arc::clone(first))));
            }
            let error = Rejection::ExistsWithDifferentContent { id: command.name.id.clone() }.into();
            Err((place, GroupError { index: Some(index), error }))
        });
        match found.map(Group::complete) {
            Ok(Ok(firsts)) => Triage::Answered(latest, Ok(firsts)),
            Ok(Err(found)) => Triage::Open(found),
            Err((place, error)) => Triage::Answered(place, Err(error)),
        }
    }

    /// Gives an answer that rests on the entries of a batch: at once, or when the batch is recorded.
    fn answer_from(&mut self, place: FirstEntryAt, item: Item, answer: GroupAnswer) {
        let batch = match place {
            FirstEntryAt::Recorded => return item.answer(answer),
            FirstEntryAt::Flying => self.flight.as_mut().map(|flight| &mut flight.batch),
            FirstEntryAt::Next => Some(&mut self.next),
        };
        match batch.filter(|batch| batch.waiting + item.commands.count() <= WAITING_MAX) {
            Some(batch) => batch.wait(item, answer),
            None => item.refuse(SubmitError::Overloaded),
        }
    }

    /// Decides the open commands of a group onto the next batch: all of them, or none.
    fn decide_group(&mut self, committed: &Committed, mut item: Item, found: Group<Option<Recorded>>) -> Outcome {
        let is_alone = item.commands.count() == 1;
        let mark = (!is_alone).then(|| self.next.mark());
        let tried = self.try_group(committed, &mut item, found);
        let is_looked_up = item.looked_up == Some(committed.view);
        match tried {
            Ok((firsts, changed)) => self.next.take(item, changed, Ok(firsts)),
            // The ended holds that were in its way are recorded all the same. Its caller is told once they are.
            Err(Stop::RefusedAfter(index, rejection, ended)) if is_alone && is_looked_up => {
                self.next.take(item, ended.changed, Err(GroupError { index: Some(index), error: rejection.into() }));
            }
            Err(stop) => {
                // Of a lone command only the holds that were ended in its way are in the batch.
                let (stop, before) = match stop {
                    Stop::RefusedAfter(index, rejection, ended) => {
                        (Stop::Refused(index, rejection), Some(ended.before))
                    }
                    stop => (stop, None),
                };
                if let Some(mark) = mark.or(before.map(|before| *before)) {
                    self.next.rewind(mark);
                }
                match stop {
                    Stop::Missed(misses) => return self.ask_for(misses, committed, item),
                    Stop::Refused(..) | Stop::RefusedAfter(..) if !is_looked_up => return Outcome::LookUp(item),
                    Stop::Refused(index, rejection) | Stop::RefusedAfter(index, rejection, _) => {
                        item.answer(Err(GroupError { index: Some(index), error: rejection.into() }));
                    }
                }
            }
        }
        Outcome::Done
    }

    /// Decides the open commands of a group one after the other, each on the changes of those before it. When a group
    /// stops, what it has written to the next batch must be taken back.
    fn try_group(
        &mut self,
        committed: &Committed,
        item: &mut Item,
        found: Group<Option<Recorded>>,
    ) -> Result<(Group<Recorded>, Changes), Stop> {
        let (now, zone) = (self.clock.now().max(self.next.head.at), committed.zone.clone());
        let (program, secret) = (&self.state.id, &self.state.secret);
        let context = SealContext { program, secret, recorded_at: now, format: failpoints::newest_format() };
        let is_looked_up = item.looked_up == Some(committed.view);
        // Lent out: the batch changes while the group is decided on its earlier changes.
        let below = std::mem::take(&mut self.next.changes);
        let flight = self.flight.as_ref().map(|flight| &flight.sealed.changes);
        let (mut changed, wants, mut found) = (Changes::default(), &item.wants, found.into_iter());
        let decided = item.commands.try_map(|index, command| {
            if let Some(first) = found.next().flatten() {
                return Ok(first);
            }
            let rules = Arc::clone(&self.next.rules);
            qualify_again(command, &rules, self.next.head.epoch);
            // A name without an entry is known to be free only if it was asked for in the look-up.
            let refers = command.refers().filter(|_| self.prefetches);
            let named = refers.into_iter().chain(wants.names.iter().cloned()).filter_map(|name| {
                let first = first_of(&self.recents, self.flight.as_ref(), &self.next, &name);
                let first = first.map(|(_, first)| Arc::clone(first));
                (first.is_some() || is_looked_up).then_some((name, first))
            });
            let layers = Layers::new(committed, flight, &below).naming(named.collect());
            let mut group = Overlay::with(&layers, std::mem::take(&mut changed));
            let moment = Moment { now, zone: zone.clone(), rules: &rules };
            let decided = self.next.decide(&mut group, command, &moment, &context);
            changed = group.changes;
            decided.map_err(|undecided| match undecided {
                Undecided::Missed => Stop::Missed(layers.into_misses()),
                Undecided::Refused(rejection) => Stop::Refused(index, rejection),
                Undecided::RefusedAfter(rejection, before) => {
                    let changed = std::mem::take(&mut changed);
                    Stop::RefusedAfter(index, rejection, Box::new(Ended { changed, before }))
                }
            })
        });
        self.next.changes = below;
        decided.map(|firsts| (firsts, changed))
    }

    /// Makes a group wait for the state that its decision missed. A group that asks again for loaded state, or never
    /// stops asking, is an error of this program.
    fn ask_for(&self, misses: Misses, committed: &Committed, mut item: Item) -> Outcome {
        let is_looked_up = item.looked_up == Some(committed.view);
        let asks_names = !misses.names.is_empty();
        let is_new = !misses.is_within(&item.wants) || (asks_names && !is_looked_up);
        if !is_new || item.rounds >= ROUNDS_MAX {
            tracing::error!(program = %self.state.id, ?misses, item.rounds, "a decision asks for what was loaded");
            item.refuse(SubmitError::Corrupt);
            return Outcome::Done;
        }
        item.wants.extend(misses);
        item.rounds += 1;
        // State loaded now may be newer than the known state. Before it refuses anything, heads are compared.
        item.looked_up = None;
        if asks_names { Outcome::LookUp(item) } else { Outcome::Load(item) }
    }

    /// Notes what a group will ask for, as far as this is known before the groups in front of it are decided and before
    /// its names are looked up. Returns true when that is more than before.
    fn gather(&mut self, committed: &Committed, item: &mut Item) -> bool {
        let Triage::Open(found) = self.standing(item) else { return false };
        let mark = self.next.mark();
        let tried = self.try_group(committed, item, found);
        self.next.rewind(mark);
        item.rounds += 1;
        let Err(Stop::Missed(misses)) = tried else { return false };
        let misses = Misses { names: BTreeSet::new(), ..misses };
        let is_new = !misses.is_within(&item.wants) && item.rounds < ROUNDS_MAX;
        item.wants.extend(misses);
        is_new
    }
}

/// Reasons why a group is not decided to its end.
enum Stop {
    /// A command reads state that is not known.
    Missed(Misses),
    /// A command is refused.
    Refused(usize, Rejection),
    /// A command is refused after holds in its way were ended.
    RefusedAfter(usize, Rejection, Box<Ended>),
}

/// Holds that were ended in the way of a command: their changes, and the batch before them.
struct Ended {
    changed: Changes,
    before: Box<Mark>,
}

/// The outcome of a group.
enum Outcome {
    /// It is decided, or refused.
    Done,
    /// It asks for entries by name. Or it was refused and its names were not looked up: it may be the replay of a
    /// recorded command.
    LookUp(Item),
    /// It asks for state that is not loaded.
    Load(Item),
}

/// Returns the first entry of a command that was recorded or is in a batch, and its place.
fn first_of<'a>(
    recents: &'a Generations<CommandName, Arc<Entry>>,
    flight: Option<&'a Flight>,
    next: &'a Batch,
    name: &CommandName,
) -> Option<(FirstEntryAt, &'a Arc<Entry>)> {
    let flying = || flight.and_then(|flight| flight.batch.names.get(name));
    let recorded = recents.get(name).map(|first| (FirstEntryAt::Recorded, first));
    recorded
        .or_else(|| flying().map(|first| (FirstEntryAt::Flying, first)))
        .or_else(|| next.names.get(name).map(|first| (FirstEntryAt::Next, first)))
}

fn has_same_values(first: &Entry, command: &Command) -> bool {
    first.request.as_ref().is_some_and(|request| request.digest == command.digest)
}
