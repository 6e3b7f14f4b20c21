//! Reading a state.

use std::collections::BTreeSet;

use crate::entry::Entry;
use crate::entry::name::CommandName;
use crate::state::account::Account;
use crate::state::record::{Kept, Record, RecordKey};
use crate::value::ids::MemberId;

/// Accounts, records and entries by name, as of some entry.
///
/// A state that holds all of them answers `None` for what does not exist. One that holds a part notes what it was asked for and
/// does not hold ([`Misses`]), and answers `None` too: whatever was decided on it is then of no use, a rejection included.
pub trait State {
    /// A member's account; `None` before its first entry.
    fn account(&self, member: &MemberId) -> Option<&Account>;

    /// What a key holds, if anything.
    fn record(&self, key: &RecordKey) -> Option<&Record>;

    /// The first entry of a command, if it is recorded.
    fn entry(&self, name: &CommandName) -> Option<&Entry>;

    /// The record of a name, if there is one of this type.
    fn get<T: Kept>(&self, name: &T::Name) -> Option<&T> {
        self.record(&T::key(name)).and_then(T::of)
    }
}

/// What a state was asked for and does not hold: to be loaded before anything is decided on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Misses {
    /// Members whose accounts were asked for.
    pub members: BTreeSet<MemberId>,
    /// Keys of records.
    pub records: BTreeSet<RecordKey>,
    /// Commands whose first entries were asked for.
    pub names: BTreeSet<CommandName>,
}

impl Misses {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.records.is_empty() && self.names.is_empty()
    }

    /// Whether all of it is among these.
    #[must_use]
    pub fn is_within(&self, known: &Self) -> bool {
        self.members.is_subset(&known.members)
            && self.records.is_subset(&known.records)
            && self.names.is_subset(&known.names)
    }

    /// Adds what else is missing.
    pub fn extend(&mut self, more: Self) {
        self.members.extend(more.members);
        self.records.extend(more.records);
        self.names.extend(more.names);
    }
}

/// A complete state with the one entry that a command may ask for by name: that of the activity it tells of, or follows.
#[derive(Debug, Clone, Copy)]
pub struct Referring<'a, S> {
    /// Accounts and records.
    pub state: &'a S,
    /// The entry, if it is recorded.
    pub entry: Option<&'a Entry>,
}

impl<S: State> State for Referring<'_, S> {
    fn account(&self, member: &MemberId) -> Option<&Account> {
        self.state.account(member)
    }

    fn record(&self, key: &RecordKey) -> Option<&Record> {
        self.state.record(key)
    }

    fn entry(&self, name: &CommandName) -> Option<&Entry> {
        self.entry.filter(|entry| entry.command_name().as_ref() == Some(name))
    }
}
