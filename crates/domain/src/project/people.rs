//! People: the person that each member is after mergers, and who is left out of boards.

use std::collections::HashMap;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::entry::Entry;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::value::ids::MemberId;
use crate::value::seq::Seq;

/// Reasons for which a person is left out of boards, any of them at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize)]
pub struct Hidden(u8);

impl Hidden {
    /// No reason: the person is shown.
    pub const NOT: Self = Self(0);
    /// The member is suspended.
    pub const SUSPENDED: Self = Self(1);
    /// The member is banned.
    pub const BANNED: Self = Self(2);
    /// The member asked not to be shown.
    pub const OPTED_OUT: Self = Self(4);
    /// The member has a label, as staff has.
    pub const LABELLED: Self = Self(8);

    /// Returns the reasons of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the reasons that are not among others.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// True when every reason of another is among these.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What an entry changes about people.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum PersonChange {
    /// A member was found to be the same person as another. What they asked and their labels are the person's.
    Merged {
        /// The member that is merged away.
        from: MemberId,
        /// The member that is left.
        into: MemberId,
    },
    /// Reasons to leave a member out began or ended.
    Hidden {
        /// The member.
        member: MemberId,
        /// The reasons that the entry speaks of.
        of: Hidden,
        /// Those of them that hold from now on.
        now: Hidden,
    },
}

impl PersonChange {
    /// Returns what an entry changes, if anything.
    #[must_use]
    pub fn of(entry: &Entry) -> Option<Self> {
        let member = entry.member.as_ref()?;
        let hidden = |of, now| Some(Self::Hidden { member: member.clone(), of, now });
        match (entry.kind, &entry.fact) {
            (EntryKind::MemberMerged, Fact::Merge(merger)) if merger.from == *member => {
                Some(Self::Merged { from: merger.from.clone(), into: merger.into.clone() })
            }
            (EntryKind::MemberSuspended, _) => hidden(Hidden::SUSPENDED, Hidden::SUSPENDED),
            (EntryKind::MemberReinstated, _) => hidden(Hidden::SUSPENDED, Hidden::NOT),
            (EntryKind::MemberBanned, _) => hidden(Hidden::BANNED, Hidden::BANNED),
            (EntryKind::ProfileUpdated, Fact::Profile(profile)) => {
                let opted_out = if profile.opted_out { Hidden::OPTED_OUT } else { Hidden::NOT };
                let labelled = if profile.labels.is_empty() { Hidden::NOT } else { Hidden::LABELLED };
                hidden(Hidden::OPTED_OUT.and(Hidden::LABELLED), opted_out.and(labelled))
            }
            (EntryKind::BanLiftCompleted, _) => hidden(Hidden::BANNED, Hidden::NOT),
            _ => None,
        }
    }
}

/// Mergers, and who is left out, as of an entry.
#[derive(Debug, Clone, Default)]
pub struct People {
    changes: Vec<(Seq, PersonChange)>,
    into: HashMap<MemberId, (MemberId, Seq)>,
    hidden: HashMap<MemberId, Hidden>,
}

impl People {
    /// Takes in the next entry; returns what it changes, if anything.
    pub fn apply(&mut self, entry: &Entry) -> Option<PersonChange> {
        let change = PersonChange::of(entry)?;
        self.change(entry.seq, change.clone());
        Some(change)
    }

    /// Takes in the next change.
    pub fn change(&mut self, seq: Seq, change: PersonChange) {
        match &change {
            PersonChange::Merged { from, into } => {
                self.into.insert(from.clone(), (into.clone(), seq));
                let others = Hidden::SUSPENDED.and(Hidden::BANNED);
                self.set_hidden(into, self.hidden(into).and(self.hidden(from).without(others)));
            }
            PersonChange::Hidden { member, of, now } => {
                self.set_hidden(member, self.hidden(member).without(*of).and(*now));
            }
        }
        self.changes.push((seq, change));
    }

    fn set_hidden(&mut self, member: &MemberId, reasons: Hidden) {
        if reasons == Hidden::NOT {
            self.hidden.remove(member);
        } else {
            self.hidden.insert(member.clone(), reasons);
        }
    }

    /// Returns the changes so far, in order.
    #[must_use]
    pub fn changes(&self) -> &[(Seq, PersonChange)] {
        &self.changes
    }

    /// Returns mergers as of one entry, and who is left out as of another.
    #[must_use]
    pub fn as_of(&self, mergers: Seq, hidden: Seq) -> Self {
        let mut people = Self::default();
        for (seq, change) in &self.changes {
            let limit = match change {
                PersonChange::Merged { .. } => mergers,
                PersonChange::Hidden { .. } => hidden,
            };
            if *seq <= limit {
                people.change(*seq, change.clone());
            }
        }
        people
    }

    /// Returns the reasons to leave a person out.
    #[must_use]
    pub fn hidden(&self, person: &MemberId) -> Hidden {
        self.hidden.get(person).copied().unwrap_or_default()
    }

    /// Returns the last entry up to one at which reasons to leave somebody out changed: who is left out is the same from there to the
    /// one given.
    #[must_use]
    pub fn hidden_since(&self, seq: Seq) -> Seq {
        let changes = self.changes.iter().rev().filter(|(at, _)| *at <= seq);
        let mut hidden = changes.filter(|(_, change)| matches!(change, PersonChange::Hidden { .. }));
        hidden.next().map_or(Seq::ZERO, |(at, _)| *at)
    }

    /// Returns every person that is left out for some reason, in any order.
    pub fn all_hidden(&self) -> impl Iterator<Item = (&MemberId, Hidden)> {
        self.hidden.iter().map(|(member, reasons)| (member, *reasons))
    }

    /// Returns every member who was merged into another, in any order.
    pub fn merged(&self) -> impl Iterator<Item = &MemberId> {
        self.into.keys()
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

    fn id(text: &str) -> MemberId {
        MemberId::parse(text).expect("an id")
    }

    fn seq(number: i64) -> Seq {
        Seq::new(number).expect("not negative")
    }

    #[test]
    fn each_person_has_their_own_merged_members_up_to_the_entry() {
        let mut people = People::default();
        for (from, into, by) in [("a", "x", 1), ("b", "y", 2), ("c", "b", 3)] {
            people.change(seq(by), PersonChange::Merged { from: id(from), into: id(into) });
        }
        for (person, as_of, expected) in
            [("x", 3, vec!["a"]), ("y", 3, vec!["b", "c"]), ("y", 2, vec!["b"]), ("y", 1, vec![]), ("b", 3, vec![])]
        {
            let expected: Vec<MemberId> = expected.into_iter().map(id).collect();
            let found: Vec<MemberId> = people.merged_into(&id(person), seq(as_of)).into_iter().cloned().collect();
            assert_eq!(found, expected, "{person} {as_of}");
        }
    }

    #[test]
    fn mergers_and_who_is_left_out_are_told_as_of_entries_of_their_own() {
        let mut people = People::default();
        let hidden = |of, now| PersonChange::Hidden { member: id("a"), of, now };
        people.change(seq(1), hidden(Hidden::SUSPENDED, Hidden::SUSPENDED));
        people.change(seq(2), hidden(Hidden::BANNED, Hidden::BANNED));
        people.change(seq(3), hidden(Hidden::SUSPENDED, Hidden::NOT));
        people.change(seq(4), PersonChange::Merged { from: id("b"), into: id("a") });
        people.change(seq(5), hidden(Hidden::BANNED, Hidden::NOT));
        let both = Hidden::SUSPENDED.and(Hidden::BANNED);
        for (as_of, expected) in
            [(0, Hidden::NOT), (1, Hidden::SUSPENDED), (2, both), (3, Hidden::BANNED), (5, Hidden::NOT)]
        {
            let then = people.as_of(Seq::ZERO, seq(as_of));
            assert_eq!((then.hidden(&id("a")), then.person(&id("b"))), (expected, &id("b")), "{as_of}");
        }
        let then = people.as_of(seq(4), seq(2));
        assert_eq!((then.hidden(&id("a")), then.person(&id("b"))), (both, &id("a")));
        assert!(both.has(Hidden::BANNED) && !Hidden::BANNED.has(both));
    }
}
