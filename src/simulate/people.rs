//! Suspensions, bans and mergers of the log, which hold whatever the rules.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::state::fold::error::FoldError;
use crate::domain::state::member::Member;
use crate::domain::state::overlay::{Changes, Overlay};
use crate::domain::state::program::Program;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::program::ProgramTerms;
use crate::domain::value::ids::MemberId;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Micros;

/// Everybody who is banned at some time, and the persons that merged members become.
#[derive(Debug, Default)]
pub(super) struct Banned {
    persons: BTreeSet<MemberId>,
    merged_into: BTreeMap<MemberId, MemberId>,
}

impl Banned {
    /// Takes one more entry of the log into account.
    pub(super) fn take(&mut self, entry: &Entry) {
        if entry.kind == EntryKind::MemberBanned {
            self.persons.extend(entry.member.clone());
        }
        self.merged_into.extend(merger(entry));
    }

    /// True when a ban covers the member's activities at some time.
    pub(super) fn ever_covers(&self, member: &MemberId) -> bool {
        chain(&self.merged_into, member).any(|member| self.persons.contains(member))
    }
}

/// The standing of members as of the entries that were read.
pub(super) struct People {
    records: Changes,
    merged_into: BTreeMap<MemberId, MemberId>,
}

impl People {
    pub(super) fn of(terms: &ProgramTerms, at: Micros) -> Self {
        let program = Program::new(terms.clone(), Seq::ZERO, at);
        let mut records = Changes::default();
        records.records.insert(RecordKey::Program, (Seq::ZERO, Record::Program(program)));
        Self { records, merged_into: BTreeMap::new() }
    }

    /// Takes one more entry of the log into account.
    pub(super) fn take(&mut self, entry: &Entry) -> Result<(), FoldError> {
        self.merged_into.extend(merger(entry));
        if let Fact::Member(_) = entry.fact {
            let mut overlay = Overlay::new(&self.records);
            overlay.apply(entry)?;
            let changes = overlay.changes;
            self.records.absorb(changes);
        }
        Ok(())
    }

    /// Returns the person that a member is now.
    pub(super) fn person<'a>(&'a self, member: &'a MemberId) -> &'a MemberId {
        chain(&self.merged_into, member).last().unwrap_or(member)
    }

    /// True when the member was merged into another.
    pub(super) fn is_merged(&self, member: &MemberId) -> bool {
        self.merged_into.contains_key(member)
    }

    /// Returns a member's record with the suspensions of the member and the ban of the person.
    pub(super) fn record(&self, member: &MemberId) -> Member {
        let known = |of: &MemberId| match self.records.records.get(&RecordKey::Member(of.clone())) {
            Some((_, Record::Member(member))) => member.clone(),
            _ => Member::default(),
        };
        Member { suspensions: known(member).suspensions, ban: known(self.person(member)).ban, merged: None }
    }
}

/// Returns the member that an entry merges away, and the one that is left.
fn merger(entry: &Entry) -> Option<(MemberId, MemberId)> {
    match &entry.fact {
        Fact::Merge(fact) if entry.kind == EntryKind::MemberMerged => Some((fact.from.clone(), fact.into.clone())),
        _ => None,
    }
}

/// Returns a member, the member it was merged into, and so on.
fn chain<'a>(
    merged_into: &'a BTreeMap<MemberId, MemberId>,
    member: &'a MemberId,
) -> impl Iterator<Item = &'a MemberId> {
    std::iter::successors(Some(member), |member| merged_into.get(*member))
}
