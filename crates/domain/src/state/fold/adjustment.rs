//! The fold of adjustments.

use crate::entry::Entry;
use crate::entry::adjustment::AdjustmentFact;
use crate::entry::kinds::EntryKind;
use crate::state::adjustment::{Adjustment, AdjustmentState, Waiting};
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::overlay::Overlay;
use crate::state::program::Program;
use crate::value::seq::Seq;

impl<S: State> Overlay<'_, S> {
    pub(super) fn adjust(&mut self, entry: &Entry, fact: &AdjustmentFact) -> Result<(), FoldError> {
        if entry.refers.is_none() {
            let begun = begun(entry, fact).ok_or(FoldError::NoMember(entry.kind.name()))?;
            self.put(&fact.id, entry.seq, begun);
        } else {
            self.change(&fact.id, entry.seq, |adjustment| decide(adjustment, entry))?;
        }
        match entry.changes_waiting() {
            0 => Ok(()),
            change => self.change_waiting(entry.seq, fact, change),
        }
    }

    /// Adds an adjustment to those that wait for a second person, or takes it out.
    fn change_waiting(&mut self, by: Seq, fact: &AdjustmentFact, change: i64) -> Result<(), FoldError> {
        self.change(&(), by, |program: &mut Program| program.adjustments_waiting += change)?;
        let page = Waiting::page(&fact.id);
        let mut waiting = self.get::<Waiting>(&page).cloned().unwrap_or_default();
        if change > 0 {
            waiting.rows.insert(fact.id.clone(), fact.points);
        } else {
            waiting.rows.remove(&fact.id);
        }
        self.put(&page, by, waiting);
        Ok(())
    }
}

/// Applies a decision to an adjustment.
fn decide(adjustment: &mut Adjustment, entry: &Entry) {
    let decided = Some((entry.principal.clone(), entry.seq));
    match entry.kind {
        EntryKind::AdjustmentRejected => {
            adjustment.state = AdjustmentState::Rejected;
            adjustment.decided = decided;
        }
        // The principal who approved it stays known.
        EntryKind::AdjustmentRevoked => adjustment.state = AdjustmentState::Revoked,
        EntryKind::AdjustmentReinstated => adjustment.state = AdjustmentState::Posted,
        _ => {
            adjustment.state = AdjustmentState::Posted;
            adjustment.recorded_at = entry.recorded_at;
            adjustment.decided = decided;
        }
    }
}

/// Makes an adjustment from its first entry; `None` when the entry concerns no member.
fn begun(entry: &Entry, fact: &AdjustmentFact) -> Option<Adjustment> {
    let is_proposed = entry.kind == EntryKind::AdjustmentProposed;
    Some(Adjustment {
        member: entry.member.clone()?,
        points: fact.points,
        reason: fact.reason,
        occurred_at: entry.occurred_at,
        local_day: entry.local_day,
        state: if is_proposed { AdjustmentState::Proposed } else { AdjustmentState::Posted },
        seq: entry.seq,
        recorded_at: entry.recorded_at,
        drawn_up_by: entry.principal.clone(),
        decided: None,
        note_digest: entry.note_digest,
    })
}
