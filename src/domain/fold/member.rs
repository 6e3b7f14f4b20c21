//! The fold of acts on members.

use super::super::bucket::Bucket;
use super::super::entry::Entry;
use super::super::ids::MemberId;
use super::super::member::{Member, MemberFact, MergeFact};
use super::super::record::{Record, RecordKey};
use super::{FoldError, Overlay, State};

impl<S: State> Overlay<'_, S> {
    pub(super) fn shut_out(&mut self, entry: &Entry, fact: MemberFact) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        self.change_member(entry, member, fact.begins, |known| known.take(entry, fact))
    }

    /// The entry of the one who is no more changes their record; that of the other only moves points.
    pub(super) fn merge(&mut self, entry: &Entry, fact: &MergeFact) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        if *member != fact.from {
            return Ok(());
        }
        let written_off = self.account(&fact.into).map_or(0, |account| account.balances.get(Bucket::WrittenOff));
        self.change_member(entry, member, fact.begins, |known| known.merge(entry, &fact.into, written_off))
    }

    fn change_member(
        &mut self,
        entry: &Entry,
        member: &MemberId,
        begins: bool,
        change: impl FnOnce(&mut Member),
    ) -> Result<(), FoldError> {
        let key = RecordKey::Member(member.clone());
        let mut known = match self.record(&key) {
            _ if begins => Member::default(),
            Some(Record::Member(known)) => known.clone(),
            _ => return Err(FoldError::NoRecord(key.to_string())),
        };
        change(&mut known);
        self.put(key, entry.seq, Record::Member(known));
        if begins {
            self.change_program(entry.seq, |program| program.members_kept += 1)?;
        }
        Ok(())
    }
}
