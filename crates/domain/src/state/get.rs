//! Reading a state.

use std::collections::BTreeSet;

use crate::entry::Entry;
use crate::entry::name::CommandName;
use crate::state::account::Account;
use crate::state::kept::Kept;
use crate::state::record::{Record, RecordKey};
use crate::value::ids::MemberId;

/// A state: accounts, records and entries by name, as of some entry.
///
/// A complete state answers `None` for a key that does not exist. A partial state also answers `None` for a key that it
/// does not hold, and notes the key ([`Misses`]). A decision on a state with misses must then be dropped, even a
/// rejection.
pub trait State {
    /// Returns a member's account; `None` before its first entry.
    fn account(&self, member: &MemberId) -> Option<&Account>;

    /// Returns the record of a key, if there is one.
    fn record(&self, key: &RecordKey) -> Option<&Record>;

    /// Returns the first entry of a command, if it is recorded.
    fn entry(&self, name: &CommandName) -> Option<&Entry>;

    /// Returns the record of a name, if there is one of this type.
    fn get<T: Kept>(&self, name: &T::Name) -> Option<&T> {
        self.record(&T::key(name)).and_then(T::of)
    }
}

/// Keys that a state was asked for and does not hold. They must be loaded before a decision counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Misses {
    /// Members whose accounts were asked for.
    pub members: BTreeSet<MemberId>,
    /// Keys of records that were asked for.
    pub records: BTreeSet<RecordKey>,
    /// Commands whose first entries were asked for.
    pub names: BTreeSet<CommandName>,
}

impl Misses {
    /// True when nothing is missing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.records.is_empty() && self.names.is_empty()
    }

    /// True when the other misses contain all of these.
    #[must_use]
    pub fn is_within(&self, known: &Self) -> bool {
        self.members.is_subset(&known.members)
            && self.records.is_subset(&known.records)
            && self.names.is_subset(&known.names)
    }

    /// Adds further misses.
    pub fn extend(&mut self, more: Self) {
        self.members.extend(more.members);
        self.records.extend(more.records);
        self.names.extend(more.names);
    }
}

/// A complete state with the one entry that a command may ask for by name: the entry of the activity that it tells of
/// or follows.
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
