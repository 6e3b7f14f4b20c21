//! Adjustments in their present state.

use super::time;
use crate::domain::state::adjustment::{Adjustment, AdjustmentState};
use crate::domain::terms::adjustment::AdjustmentReason;
use crate::domain::value::ids::{AdjustmentId, ProgramId};
use crate::domain::value::seq::Seq;
use crate::pb;

/// Returns an adjustment, with its notes as far as they were not erased.
pub(crate) fn adjustment(
    program: &ProgramId,
    id: &AdjustmentId,
    adjustment: &Adjustment,
    note: String,
    rejection_note: String,
) -> pb::Adjustment {
    let reason = match adjustment.reason {
        AdjustmentReason::Goodwill => pb::AdjustmentReason::Goodwill,
        AdjustmentReason::Correction => pb::AdjustmentReason::Correction,
        AdjustmentReason::OpeningBalance => pb::AdjustmentReason::OpeningBalance,
    };
    let state = match adjustment.state {
        AdjustmentState::Proposed => pb::AdjustmentState::Proposed,
        AdjustmentState::Posted => pb::AdjustmentState::Posted,
        AdjustmentState::Rejected => pb::AdjustmentState::Rejected,
        AdjustmentState::Revoked => pb::AdjustmentState::Revoked,
    };
    let (decided_by, decided_seq) = adjustment.decided.as_ref().map(|(by, seq)| (by.to_string(), *seq)).unzip();
    pb::Adjustment {
        name: format!("programs/{program}/adjustments/{id}"),
        member_id: adjustment.member.to_string(),
        points: adjustment.points,
        reason: reason.into(),
        note,
        occurred_at: Some(time(adjustment.occurred_at)),
        state: state.into(),
        drawn_up_by: adjustment.drawn_up_by.to_string(),
        decided_by: decided_by.unwrap_or_default(),
        rejection_note,
        seq: adjustment.seq.get(),
        decided_seq: decided_seq.map_or(0, Seq::get),
        content_digest: adjustment.content(id).to_vec(),
    }
}

/// Returns the number and the points of some adjustments.
pub(crate) fn adjustment_totals(points: impl Iterator<Item = i64>) -> pb::AdjustmentTotals {
    // At most 10,000 adjustments of at most a thousand million points each.
    points.fold(pb::AdjustmentTotals::default(), |sum, points| pb::AdjustmentTotals {
        count: sum.count + 1,
        points_given: sum.points_given + points.max(0),
        points_taken: sum.points_taken - points.min(0),
    })
}
