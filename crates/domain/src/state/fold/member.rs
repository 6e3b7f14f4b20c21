//! The fold of acts on members.

use crate::entry::Entry;
use crate::entry::kinds::EntryKind;
use crate::entry::member::{MemberFact, MergeFact};
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::member::{Ban, Lift, LiftState, Member, Merger, Suspension};
use crate::state::overlay::Overlay;
use crate::state::program::Program;
use crate::state::takings::Takings;
use crate::terms::member::Profile;
use crate::value::ids::MemberId;

impl<S: State> Overlay<'_, S> {
    pub(super) fn shut_out(&mut self, entry: &Entry, fact: MemberFact) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        let mut taken = true;
        self.change_member(entry, member, |known| taken = take(known, entry, fact).is_some())?;
        if taken { Ok(()) } else { Err(FoldError::NoRecord(format!("the ban of {member}"))) }
    }

    /// Applies a merger. The entry of the member that is merged away changes that member's record, and joins the rows of
    /// written-off and of expired points. The entry of the other member only moves points and money.
    pub(super) fn merge(&mut self, entry: &Entry, fact: &MergeFact) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        if *member != fact.from {
            return Ok(());
        }
        if let Some(rows) = self.get::<Takings>(&fact.from).cloned() {
            let mut joined = self.get::<Takings>(&fact.into).cloned().unwrap_or_default();
            joined.join(rows);
            self.put(&fact.into, entry.seq, joined);
            self.put(&fact.from, entry.seq, Takings::default());
        }
        if let Some(profile) = self.get::<Profile>(&fact.from).cloned() {
            let mut joined = self.get::<Profile>(&fact.into).cloned().unwrap_or_default();
            joined.join(profile);
            self.put(&fact.into, entry.seq, joined);
        }
        self.merge_money(&fact.from, &fact.into, entry.seq);
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

/// Applies an act to the member's record; `None` when the record lacks what the act is on.
fn take(known: &mut Member, entry: &Entry, fact: MemberFact) -> Option<()> {
    let (by, seq, at) = (entry.principal.clone(), entry.seq, entry.recorded_at);
    let begun = |reason| Suspension { reason, from: at, until: None, by: by.clone(), seq };
    match entry.kind {
        EntryKind::MemberSuspended => known.suspensions.push(begun(fact.reason?)),
        EntryKind::MemberBanned => known.ban = Some(Ban::begun(begun(fact.reason?))),
        EntryKind::MemberReinstated => known.suspensions.last_mut()?.until = Some(at),
        _ => change_ban(known.ban.as_mut()?, entry)?,
    }
    Some(())
}

/// Applies an act to a ban; `None` when the ban lacks what the act is on.
fn change_ban(ban: &mut Ban, entry: &Entry) -> Option<()> {
    let (by, seq, at) = (entry.principal.clone(), entry.seq, entry.recorded_at);
    match entry.kind {
        EntryKind::BanCompleted => ban.revoked_at = Some(at),
        EntryKind::BanLiftProposed => {
            let id = entry.request.as_ref()?.id.clone();
            let state = LiftState::Proposed;
            ban.lift = Some(Lift { id, drawn_up_by: by, seq, state, decided: None, completed_at: None });
        }
        EntryKind::BanLiftRejected => {
            let lift = ban.lift.as_mut()?;
            (lift.state, lift.decided) = (LiftState::Rejected, Some((by, seq)));
        }
        EntryKind::BanLifted => {
            ban.term.until = Some(at);
            let lift = ban.lift.as_mut()?;
            (lift.state, lift.decided) = (LiftState::Approved, Some((by, seq)));
        }
        EntryKind::BanLiftCompleted => {
            let lift = ban.lift.as_mut()?;
            (lift.state, lift.completed_at) = (LiftState::Completed, Some(at));
        }
        _ => return None,
    }
    Some(())
}
