//! What the lane asks the log before it decides: accounts and records it does not know, and names it may know.

use std::sync::Arc;

use super::batch::Layers;
use super::decide::{Place, Standing};
use super::{Health, Item, Lane};
use crate::domain::decide::command::{Act, Command};
use crate::domain::entry::Entry;
use crate::domain::entry::name::CommandName;
use crate::domain::state::get::Misses;
use crate::domain::value::seq::Seq;
use crate::ledger::state::View;
use crate::log::{Expect, LogError, Want};

impl Lane {
    /// Loads what the first queued commands are likely to read, or have asked for, and is not known. No statement when all of it is.
    ///
    /// Returns the view it was loaded for: it is known for as long as nothing foreign was taken in.
    pub(super) async fn load_missing(&mut self, taken: usize) -> Result<View, LogError> {
        self.state.write().turn();
        self.recents.turn();
        loop {
            let (view, want) = self.missing(taken);
            if want.members.is_empty() && want.records.is_empty() {
                return Ok(view);
            }
            let loaded = self.log.load(&self.state.id, &want).await?;
            self.state.write().learn(view, want, loaded);
        }
    }

    /// What the first queued commands are likely to read, or have asked for, and is not known in the view there is.
    fn missing(&self, taken: usize) -> (View, Want) {
        let mut missing = Misses::default();
        let committed = self.state.read();
        let flight = self.flight.as_ref().map(|flight| &flight.sealed.changes);
        let layers = Layers::new(&committed, flight, &self.next.changes);
        for item in self.inbox.iter().take(taken) {
            layers.add_unknown(&item.wants, &mut missing);
            if self.prefetches {
                for command in item.commands.iter() {
                    layers.add_unknown(&command.hints(committed.program.as_ref()), &mut missing);
                }
            }
        }
        let Misses { members, records, .. } = missing;
        (committed.view, Want { members: members.into_iter().collect(), records: records.into_iter().collect() })
    }

    /// Facts stream in and are new nearly always: the store's unique key tells when one is not. Acts are rare, and a
    /// replayed act must not be judged by the state it has itself brought about. What refers to an activity needs its entry.
    pub(super) fn must_look_up(&self, item: &Item) -> bool {
        let refers = |command: &Command| self.prefetches && command.refers().is_some();
        let is_plain_fact = |command: &Command| matches!(command.act, Act::RecordActivity(_)) && !refers(command);
        self.look_up_batches > 0 || !item.wants.names.is_empty() || !item.commands.iter().all(is_plain_fact)
    }

    /// Looks names up in the log: groups that are known are answered, the rest is decided next, on what the log holds by then.
    pub(super) async fn look_up(&mut self, items: Vec<Item>) -> Result<(), LogError> {
        let commands = || items.iter().flat_map(|item| item.commands.iter());
        let referred = commands().filter(|_| self.prefetches).filter_map(Command::refers);
        let asked = items.iter().flat_map(|item| &item.wants.names).cloned();
        let names: Vec<CommandName> =
            commands().map(|command| command.name.clone()).chain(referred).chain(asked).collect();
        let view = self.state.read().view;
        let asked = tokio::try_join!(
            self.log.find(&self.state.id, &names),
            self.log.heads(std::slice::from_ref(&self.state.id))
        );
        let (found, heads) = match asked {
            Ok(asked) => asked,
            Err(error) => {
                self.inbox.extend(items);
                return Err(error);
            }
        };
        let head = self.state.head_seq();
        let is_behind =
            found.iter().any(|entry| entry.seq > head) || !heads.iter().all(|(_, seq, epoch)| self.knows(*seq, *epoch));
        if is_behind {
            // Another server has written: nobody is told of it, or refused, before this one shows it too.
            self.health = Health::Stale;
        }
        self.remember(found.into_iter().map(Arc::new));
        // In front and in order: a later command of a batch sees the effects of earlier ones.
        let mut is_outrun = false;
        for mut item in items.into_iter().rev() {
            match self.standing(&mut item) {
                Standing::Answered(Place::Recorded, answer) if self.health == Health::Current => item.answer(answer),
                standing => {
                    is_outrun |= is_behind && matches!(standing, Standing::Open(_));
                    item.looked_up = Some(view);
                    self.inbox.push_front(item);
                }
            }
        }
        // What is to be decided waits for this server to catch up, as after a refused append.
        self.stale_in_a_row = if is_behind { self.stale_in_a_row + u32::from(is_outrun) } else { 0 };
        Ok(())
    }

    /// Whether a head is where the log was last seen, or where what is in flight takes it.
    fn knows(&self, seq: Seq, epoch: i64) -> bool {
        let head = Expect { seq, epoch };
        let flight = self.flight.as_ref();
        let committed = {
            let committed = self.state.read();
            Expect { seq: committed.head.seq, epoch: committed.head.epoch }
        };
        head == committed || flight.is_some_and(|flight| head == flight.lands_on())
    }

    pub(super) fn remember(&mut self, entries: impl IntoIterator<Item = Arc<Entry>>) {
        for entry in entries {
            if let Some(name) = entry.command_name() {
                self.recents.put(name, entry);
            }
        }
    }
}
