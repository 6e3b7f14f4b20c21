//! The fold of acts on members.

use crate::entry::Entry;
use crate::entry::kinds::EntryKind;
use crate::entry::member::{MemberFact, MergeFact};
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::member::Member;
use crate::state::member::Merger;
use crate::state::member::Suspension;
use crate::state::overlay::Overlay;
use crate::state::program::Program;
use crate::state::write_off::WriteOffs;
use crate::value::ids::MemberId;

impl<S: State> Overlay<'_, S> {
    pub(super) fn shut_out(&mut self, entry: &Entry, fact: MemberFact) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        self.change_member(entry, member, |known| take(known, entry, fact))
    }

    /// Applies a merger. The entry of the member that is merged away changes that member's record, and joins the rows of
    /// written-off points. The entry of the other member only moves points and money.
    pub(super) fn merge(&mut self, entry: &Entry, fact: &MergeFact) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        if *member != fact.from {
            return Ok(());
        }
        if let Some(rows) = self.get::<WriteOffs>(&fact.from).cloned() {
            let mut joined = self.get::<WriteOffs>(&fact.into).cloned().unwrap_or_default();
            joined.join(rows);
            self.put(&fact.into, entry.seq, joined);
            self.put(&fact.from, entry.seq, WriteOffs::default());
        }
        self.change_member(entry, member, |known| become_another(known, entry, &fact.into))
    }

    fn change_member(
        &mut self,
        entry: &Entry,
        member: &MemberId,
        change: impl FnOnce(&mut Member),
    ) -> Result<(), FoldError> {
        let before = self.get::<Member>(member).cloned();
        if before.is_none() {
            self.change(&(), entry.seq, |program: &mut Program| program.members_kept += 1)?;
        }
        let mut known = before.unwrap_or_default();
        change(&mut known);
        self.put(member, entry.seq, known);
        Ok(())
    }
}

/// Records that the member is merged into another.
fn become_another(known: &mut Member, entry: &Entry, into: &MemberId) {
    let (into, by) = (into.clone(), entry.principal.clone());
    known.merged = Some(Merger { into, at: entry.recorded_at, by, seq: entry.seq });
}

/// Applies an act to the member's record.
fn take(known: &mut Member, entry: &Entry, fact: MemberFact) {
    let begun = fact.reason.map(|reason| Suspension {
        reason,
        from: entry.recorded_at,
        until: None,
        by: entry.principal.clone(),
        seq: entry.seq,
    });
    match begun {
        Some(ban) if entry.kind == EntryKind::MemberBanned => known.ban = Some(ban),
        Some(suspension) => known.suspensions.push(suspension),
        None if entry.kind == EntryKind::BanCompleted => known.revoked_at = Some(entry.recorded_at),
        None => {
            if let Some(last) = known.suspensions.last_mut() {
                last.until = Some(entry.recorded_at);
            }
        }
    }
}
