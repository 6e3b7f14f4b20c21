//! The members of a programme's boards: each has a number of four bytes that every board uses.

use std::collections::HashMap;
use std::sync::{Mutex, RwLock};

use crate::domain::project::shared::SharedList;
use crate::domain::value::ids::MemberId;

/// Parts of the index. A new member keeps one of them for as long as a hash map needs to take it in; when it has to grow, with a
/// million members for about a millisecond.
const PARTS: usize = 64;

/// The number of a member. It lasts as long as the boards in memory do.
pub(super) type Handle = u32;

/// Returns a number as an index of memory.
pub(super) fn index(handle: Handle) -> usize {
    usize::try_from(handle).expect("a u32 fits a usize")
}

/// The table of members. At ids of ten bytes a member takes about 85 bytes.
pub(super) struct Members {
    parts: Vec<RwLock<HashMap<MemberId, Handle>>>,
    ids: Mutex<SharedList<MemberId>>,
}

impl Default for Members {
    fn default() -> Self {
        Self { parts: (0..PARTS).map(|_| RwLock::default()).collect(), ids: Mutex::default() }
    }
}

const UNPOISONED: &str = "nothing panics while it holds the lock";

impl Members {
    /// Returns a member's number; `None` when the boards know nothing of the member.
    pub(super) fn find(&self, member: &str) -> Option<Handle> {
        self.part(member).read().expect(UNPOISONED).get(member).copied()
    }

    /// Returns a member's number, a new one if it has none.
    pub(super) fn number(&self, member: &str) -> Handle {
        if let Some(known) = self.find(member) {
            return known;
        }
        let mut part = self.part(member).write().expect(UNPOISONED);
        if let Some(known) = part.get(member) {
            return *known;
        }
        let id = MemberId::parse(member).expect("entries and spans hold ids alone");
        let mut ids = self.ids.lock().expect(UNPOISONED);
        let handle = Handle::try_from(ids.len()).expect("a programme has fewer than 2^32 members");
        ids.push(id.clone());
        drop(ids);
        part.insert(id, handle);
        handle
    }

    /// Returns the members, in the order of their numbers.
    pub(super) fn ids(&self) -> SharedList<MemberId> {
        self.ids.lock().expect(UNPOISONED).clone()
    }

    fn part(&self, member: &str) -> &RwLock<HashMap<MemberId, Handle>> {
        let sum = member.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        &self.parts[sum % PARTS]
    }
}
