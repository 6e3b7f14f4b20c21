//! A state with changes on top.

use std::collections::BTreeMap;

use crate::entry::Entry;
use crate::entry::name::CommandName;
use crate::state::account::Account;
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::kept::Kept;
use crate::state::record::{Record, RecordKey};
use crate::value::ids::MemberId;
use crate::value::seq::Seq;

/// Accounts and records that differ from the state below.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Accounts as they are now.
    pub accounts: BTreeMap<MemberId, Account>,
    /// Records as they are now, each with the entry that changed it last.
    pub records: BTreeMap<RecordKey, (Seq, Record)>,
}

impl Changes {
    /// Puts later changes on top of these.
    pub fn absorb(&mut self, later: Self) {
        self.accounts.extend(later.accounts);
        self.records.extend(later.records);
    }
}

impl State for Changes {
    fn account(&self, member: &MemberId) -> Option<&Account> {
        self.accounts.get(member)
    }

    fn record(&self, key: &RecordKey) -> Option<&Record> {
        self.records.get(key).map(|(_, record)| record)
    }

    /// Folded state keeps no entries. [`Referring`](crate::state::get::Referring) adds the one that a command needs.
    fn entry(&self, _name: &CommandName) -> Option<&Entry> {
        None
    }
}

/// A state with changes on top.
pub struct Overlay<'a, S> {
    below: &'a S,
    /// Changes to the state below.
    pub changes: Changes,
}

impl<'a, S: State> Overlay<'a, S> {
    /// Makes an overlay without changes.
    pub fn new(below: &'a S) -> Self {
        Self::with(below, Changes::default())
    }

    /// Makes an overlay with changes.
    pub fn with(below: &'a S, changes: Changes) -> Self {
        Self { below, changes }
    }

    /// Returns the state below.
    pub fn below(&self) -> &'a S {
        self.below
    }
}

impl<S: State> State for Overlay<'_, S> {
    fn account(&self, member: &MemberId) -> Option<&Account> {
        self.changes.account(member).or_else(|| self.below.account(member))
    }

    fn record(&self, key: &RecordKey) -> Option<&Record> {
        self.changes.record(key).or_else(|| self.below.record(key))
    }

    fn entry(&self, name: &CommandName) -> Option<&Entry> {
        self.below.entry(name)
    }
}

impl<S: State> Overlay<'_, S> {
    /// Returns a member's account for a change.
    pub(in crate::state) fn account_mut(&mut self, member: &MemberId) -> &mut Account {
        let below = self.below;
        self.changes
            .accounts
            .entry(member.clone())
            .or_insert_with(|| below.account(member).cloned().unwrap_or_else(|| Account::empty(member.clone())))
    }

    /// Puts a record, in place of an existing one if there is one.
    pub(in crate::state) fn put<T: Kept>(&mut self, name: &T::Name, seq: Seq, kept: T) {
        self.changes.records.insert(T::key(name), (seq, kept.record()));
    }

    /// Changes an existing record.
    pub(in crate::state) fn change<T: Kept, R>(
        &mut self,
        name: &T::Name,
        seq: Seq,
        change: impl FnOnce(&mut T) -> R,
    ) -> Result<R, FoldError> {
        let key = T::key(name);
        let kept = self.record_mut(&key, seq).and_then(T::of_mut);
        kept.map(change).ok_or_else(|| FoldError::NoRecord(key.to_string()))
    }

    /// Returns a record for a change by the entry `seq`. The first change copies it from below.
    fn record_mut(&mut self, key: &RecordKey, seq: Seq) -> Option<&mut Record> {
        if !self.changes.records.contains_key(key) {
            let below = self.below.record(key)?.clone();
            self.changes.records.insert(key.clone(), (seq, below));
        }
        let (changed_by, record) = self.changes.records.get_mut(key)?;
        *changed_by = seq;
        Some(record)
    }
}
