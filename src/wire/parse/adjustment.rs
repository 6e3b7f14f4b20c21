//! Adjustments.

use super::super::error::ApiError;
use super::Violations;
use crate::domain::terms::adjustment::{AdjustmentReason, AdjustmentTerms, POINTS_MAX};
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::pb;

/// A well-formed adjustment.
#[derive(Debug)]
pub(crate) struct ParsedAdjustment {
    pub(crate) program: ProgramId,
    pub(crate) terms: AdjustmentTerms,
    pub(crate) note: String,
}

pub(crate) fn parse_adjustment(adjustment: Option<pb::Adjustment>) -> Result<ParsedAdjustment, ApiError> {
    let mut violations = Violations::default();
    let adjustment = violations.required("adjustment", adjustment);
    let parsed = adjustment.and_then(|adjustment| {
        let mut within = violations.within("adjustment".into());
        let name = within.adjustment("name", &adjustment.name);
        let member = within.id("member_id", MemberId::parse(&adjustment.member_id));
        let points = adjustment.points;
        if points == 0 || !(-POINTS_MAX..=POINTS_MAX).contains(&points) {
            within.add("points", format!("is {points}; give -{POINTS_MAX} to {POINTS_MAX}, and not 0"));
        }
        let reason = match adjustment.reason() {
            pb::AdjustmentReason::Goodwill => Some(AdjustmentReason::Goodwill),
            pb::AdjustmentReason::Correction => Some(AdjustmentReason::Correction),
            pb::AdjustmentReason::OpeningBalance => Some(AdjustmentReason::OpeningBalance),
            pb::AdjustmentReason::Unspecified => {
                within.refuse("reason", "is required: goodwill, correction or opening_balance")
            }
        };
        within.note_text("note", &adjustment.note);
        let occurred_at = match adjustment.occurred_at {
            None => Some(None),
            given => within.time_of_fact("occurred_at", given).map(Some),
        };
        let (program, id) = name?;
        let terms = AdjustmentTerms { id, member: member?, points, reason: reason?, occurred_at: occurred_at? };
        Some(ParsedAdjustment { program, terms, note: adjustment.note })
    });
    violations.check(parsed)
}
