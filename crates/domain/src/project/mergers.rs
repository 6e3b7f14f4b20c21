//! Mergers: the persons that merged members are now, for sums over persons.

use std::collections::HashMap;

use crate::entry::Entry;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::value::ids::MemberId;
use crate::value::seq::Seq;

/// The mergers that the entries so far record.
#[derive(Debug, Clone, Default)]
pub struct Mergers {
    into: HashMap<MemberId, (MemberId, Seq)>,
}

impl Mergers {
    /// Counts the next entry. Returns the members of the merger that it records, if any: the one merged away, then the
    /// one that is left.
    pub fn apply<'a>(&mut self, entry: &'a Entry) -> Option<(&'a MemberId, &'a MemberId)> {
        let Fact::Merge(merger) = &entry.fact else { return None };
        if entry.kind != EntryKind::MemberMerged || entry.member.as_ref() != Some(&merger.from) {
            return None;
        }
        self.into.insert(merger.from.clone(), (merger.into.clone(), entry.seq));
        Some((&merger.from, &merger.into))
    }

    /// Returns the person that a member is now, through every merger.
    #[must_use]
    pub fn person<'a>(&'a self, member: &'a MemberId) -> &'a MemberId {
        self.person_as_of(member, Seq::MAX)
    }

    /// Returns the members who were merged into a person up to an entry, in the byte order of their ids.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_has_their_own_merged_members_up_to_the_entry() {
        let id = |text: &str| MemberId::parse(text).expect("an id");
        let seq = |count: usize| (0..count).fold(Seq::ZERO, |seq, _| seq.next());
        let into = [("a", "x", 1), ("b", "y", 2), ("c", "b", 3)];
        let mergers = Mergers { into: into.map(|(from, into, by)| (id(from), (id(into), seq(by)))).into() };
        for (person, as_of, expected) in
            [("x", 3, vec!["a"]), ("y", 3, vec!["b", "c"]), ("y", 2, vec!["b"]), ("y", 1, vec![]), ("b", 3, vec![])]
        {
            let expected: Vec<MemberId> = expected.into_iter().map(id).collect();
            let found: Vec<MemberId> = mergers.merged_into(&id(person), seq(as_of)).into_iter().cloned().collect();
            assert_eq!(found, expected, "{person} {as_of}");
        }
    }
}
