//! The fold of acts on members.

use super::super::entry::Entry;
use super::super::member::{Member, MemberFact};
use super::super::record::{Record, RecordKey};
use super::{FoldError, Overlay, State};

impl<S: State> Overlay<'_, S> {
    pub(super) fn shut_out(&mut self, entry: &Entry, fact: MemberFact) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        let key = RecordKey::Member(member.clone());
        let mut known = match self.record(&key) {
            _ if fact.begins => Member::default(),
            Some(Record::Member(known)) => known.clone(),
            _ => return Err(FoldError::NoRecord(key.to_string())),
        };
        known.take(entry, fact);
        self.put(key, entry.seq, Record::Member(known));
        if fact.begins {
            self.change_program(entry.seq, |program| program.members_kept += 1)?;
        }
        Ok(())
    }
}
