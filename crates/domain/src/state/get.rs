//! Reading a state.

use crate::state::account::Account;
use crate::state::record::{Kept, Record, RecordKey};
use crate::value::ids::MemberId;

/// Accounts and records as of some entry.
pub trait State {
    /// A member's account; `None` before its first entry.
    fn account(&self, member: &MemberId) -> Option<&Account>;

    /// What a key holds, if anything.
    fn record(&self, key: &RecordKey) -> Option<&Record>;

    /// The record of a name, if there is one of this type.
    fn get<T: Kept>(&self, name: &T::Name) -> Option<&T> {
        self.record(&T::key(name)).and_then(T::of)
    }
}
