//! The lane's questions to the log before it decides: accounts and records that it does not know, and names that may be
//! taken.

use std::sync::Arc;

use super::batch::Layers;
use super::decide::{FirstEntryAt, Triage};
use super::{Health, Item, Lane};
use crate::domain::decide::command::{Act, Command};
use crate::domain::entry::Entry;
use crate::domain::entry::name::CommandName;
use crate::domain::state::get::Misses;
use crate::domain::value::seq::Seq;
use crate::ledger::state::View;
use crate::log::{Expect, LogError, Want};

impl Lane {
    /// Loads the unknown state that the first queued commands are likely to read, or have asked for. Sends no statement
    /// when all of it is known.
    ///
    /// Returns the view it was loaded for. The state stays known until another server's entries are taken in.
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

    /// Returns the state that the first queued commands are likely to read, or have asked for, and that the current
    /// view does not know.
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

    /// True when an item's names must be looked up before it is decided. Facts stream in and are nearly always new; the
    /// store's unique key tells when one is not. Acts are rare, and a replayed act must not be judged by the state that
    /// it has itself brought about. An act that refers to an activity needs its entry.
    pub(super) fn must_look_up(&self, item: &Item) -> bool {
        let refers = |command: &Command| self.prefetches && command.refers().is_some();
        let is_plain_fact = |command: &Command| matches!(command.act, Act::RecordActivity(_)) && !refers(command);
        self.look_up_batches > 0 || !item.wants.names.is_empty() || !item.commands.iter().all(is_plain_fact)
    }

    /// Looks names up in the log. Known groups are answered; the rest is decided next, on the log's state by then.
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
            // Another server has written. No caller is told of it, or refused, before this server shows it too.
            self.health = Health::Stale;
        }
        self.remember(found.into_iter().map(Arc::new));
        // In front and in order: a later command of a batch sees the effects of earlier ones.
        let mut is_outrun = false;
        for mut item in items.into_iter().rev() {
            match self.standing(&mut item) {
                Triage::Answered(FirstEntryAt::Recorded, answer) if self.health == Health::Current => {
                    item.answer(answer);
                }
                standing => {
                    is_outrun |= is_behind && matches!(standing, Triage::Open(_));
                    item.looked_up = Some(view);
                    self.inbox.push_front(item);
                }
            }
        }
        // Open groups wait for this server to catch up, as after a refused append.
        self.stale_in_a_row = if is_behind { self.stale_in_a_row + u32::from(is_outrun) } else { 0 };
        Ok(())
    }

    /// True when a head is where the log was last seen, or where the batch in flight takes it.
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
