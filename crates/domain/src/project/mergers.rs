//! Who merged members are now, for those who fold entries into sums over persons.

use std::collections::HashMap;

use crate::entry::Entry;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::value::ids::MemberId;
use crate::value::seq::Seq;

/// The mergers that the entries so far tell of.
#[derive(Debug, Clone, Default)]
pub struct Mergers {
    into: HashMap<MemberId, (MemberId, Seq)>,
}

impl Mergers {
    /// Takes the next entry into account; returns who became whom, where it tells.
    pub fn apply<'a>(&mut self, entry: &'a Entry) -> Option<(&'a MemberId, &'a MemberId)> {
        let Fact::Merge(merger) = &entry.fact else { return None };
        if entry.kind != EntryKind::MemberMerged || entry.member.as_ref() != Some(&merger.from) {
            return None;
        }
        self.into.insert(merger.from.clone(), (merger.into.clone(), entry.seq));
        Some((&merger.from, &merger.into))
    }

    /// Who a member is now, through every merger.
    #[must_use]
    pub fn person<'a>(&'a self, member: &'a MemberId) -> &'a MemberId {
        self.person_as_of(member, Seq::MAX)
    }

    /// The members who were merged into a person by an entry, in the byte order of their ids.
    #[must_use]
    pub fn merged_into(&self, person: &MemberId, as_of: Seq) -> Vec<&MemberId> {
        let mut merged: Vec<&MemberId> =
            self.into.keys().filter(|member| *member != person && self.person_as_of(member, as_of) == person).collect();
        merged.sort();
        merged
    }

    fn person_as_of<'a>(&'a self, member: &'a MemberId, as_of: Seq) -> &'a MemberId {
        let next = |member: &&'a MemberId| self.into.get(*member).filter(|(_, by)| *by <= as_of).map(|(into, _)| into);
        std::iter::successors(Some(member), next).last().unwrap_or(member)
    }
}
