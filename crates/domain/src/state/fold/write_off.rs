//! The fold of points written off, and of those that make them good.

use crate::entry::Entry;
use crate::entry::fact::Fact;
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::overlay::Overlay;
use crate::state::record::RecordKey;
use crate::state::write_off::{Taking, WriteOff, WriteOffs};
use crate::value::ids::MemberId;
use crate::value::seq::Seq;

impl<S: State> Overlay<'_, S> {
    /// Adds a row for the points that an entry writes off.
    pub(super) fn write_off(&mut self, entry: &Entry, fact: &Fact) -> Result<(), FoldError> {
        let taking = match fact {
            Fact::Earning(fact) => Taking::Activity(fact.source.clone(), fact.activity.clone()),
            Fact::AdjustmentMove(fact) => Taking::Adjustment(fact.of.id.clone()),
            _ => return Err(FoldError::FactOfOtherKind(entry.kind.name())),
        };
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        let left = entry.movement.map_or(0, |movement| movement.amount().get());
        let mut rows = self.get::<WriteOffs>(member).cloned().unwrap_or_default();
        rows.add(WriteOff { seq: entry.seq, taking, left });
        self.put(member, entry.seq, rows);
        Ok(())
    }

    /// Makes points good that were written off of a member after the entry `since`.
    pub(super) fn make_good(
        &mut self,
        entry: &Entry,
        member: &MemberId,
        since: Seq,
        points: i64,
    ) -> Result<(), FoldError> {
        if points == 0 {
            return Ok(());
        }
        let without_row = self.change(member, entry.seq, |rows: &mut WriteOffs| rows.make_good(since, points))?;
        if without_row == 0 { Ok(()) } else { Err(FoldError::Sum(RecordKey::WriteOffs(member.clone()).to_string())) }
    }
}
