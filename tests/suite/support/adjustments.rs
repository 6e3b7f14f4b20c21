//! Adjustments, as they are asked for.

use goodturn::pb;

/// An adjustment of a member's points.
pub fn adjustment(id: &str, member: &str, points: i64, reason: pb::AdjustmentReason) -> pb::Adjustment {
    pb::Adjustment {
        name: format!("programs/qc/adjustments/{id}"),
        member_id: member.into(),
        points,
        reason: reason.into(),
        note: format!("why {id}"),
        ..Default::default()
    }
}

/// The request that adjusts a member's points.
pub fn ask(adjustment: pb::Adjustment) -> pb::AdjustPointsRequest {
    pb::AdjustPointsRequest { adjustment: Some(adjustment) }
}
