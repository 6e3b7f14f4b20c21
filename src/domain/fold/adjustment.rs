//! The fold of adjustments.

use super::super::adjustment::{Adjustment, AdjustmentFact, AdjustmentState};
use super::super::entry::{Entry, EntryKind};
use super::super::record::{Record, RecordKey};
use super::{FoldError, Overlay, State};

impl<S: State> Overlay<'_, S> {
    pub(super) fn adjust(&mut self, entry: &Entry, fact: &AdjustmentFact) -> Result<(), FoldError> {
        let key = RecordKey::Adjustment(fact.id.clone());
        if entry.refers.is_none() {
            let begun = Adjustment::begun(entry, fact).ok_or(FoldError::NoMember(entry.kind.name()))?;
            self.put(key, entry.seq, Record::Adjustment(begun));
            return Ok(());
        }
        let Record::Adjustment(adjustment) = self.record_mut(&key, entry.seq)? else {
            return Err(FoldError::NoRecord(key.to_string()));
        };
        let decided = Some((entry.principal.clone(), entry.seq));
        match entry.kind {
            EntryKind::AdjustmentRejected => {
                adjustment.state = AdjustmentState::Rejected;
                adjustment.decided = decided;
            }
            // Who approved it stays known.
            EntryKind::AdjustmentRevoked => adjustment.state = AdjustmentState::Revoked,
            _ => {
                adjustment.state = AdjustmentState::Posted;
                adjustment.recorded_at = entry.recorded_at;
                adjustment.decided = decided;
            }
        }
        Ok(())
    }
}
