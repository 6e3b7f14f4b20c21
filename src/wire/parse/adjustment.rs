//! Adjustments.

use std::collections::BTreeSet;

use super::super::error::ApiError;
use super::{Chosen, Violations};
use crate::domain::decide::command::AdjustmentList;
use crate::domain::state::adjustment::AdjustmentState;
use crate::domain::terms::adjustment::{AdjustmentReason, AdjustmentTerms, POINTS_MAX};
use crate::domain::value::ids::{AdjustmentId, MemberId, ProgramId};
use crate::pb;

/// The largest number of adjustments that one call decides. With the moves of those that take points these are at most
/// some 8,000 entries. The approval of 2,000 took 0.7 s in SQLite, in a build that is not optimized; that long no other
/// call of the programme is answered.
const LIST_MAX: usize = 2_000;

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

/// A well-formed list of adjustments that somebody decides on.
#[derive(Debug)]
pub(crate) struct ParsedList {
    pub(crate) program: ProgramId,
    pub(crate) list: AdjustmentList,
}

/// Reads the parts that all decisions on many adjustments have, and the rest of the request by `more`.
pub(crate) fn parse_list(
    parent: &str,
    names: &[String],
    digest: &[u8],
    more: impl FnOnce(&mut Violations),
) -> Result<ParsedList, ApiError> {
    let mut violations = Violations::default();
    let program = violations.program("parent", parent);
    if names.is_empty() || names.len() > LIST_MAX {
        violations.add("names", format!("has {}; give 1 to {LIST_MAX}", names.len()));
    }
    let mut ids: BTreeSet<AdjustmentId> = BTreeSet::new();
    for (index, name) in names.iter().enumerate().take(LIST_MAX) {
        let field = format!("names[{index}]");
        let Some((of, id)) = violations.adjustment(&field, name) else { continue };
        if program.as_ref().is_some_and(|program| *program != of) {
            violations.add(&field, format!("must begin with {parent}"));
        }
        if !ids.insert(id) {
            violations.add(&field, "is given before");
        }
    }
    let digest = violations.digest("list_digest", digest, "list_digest");
    more(&mut violations);
    let parsed = program.zip(digest);
    violations.check(parsed.map(|(program, digest)| {
        let list = AdjustmentList { ids: ids.into_iter().collect(), digest };
        ParsedList { program, list }
    }))
}

impl Violations {
    /// Reads the state by which adjustments are listed.
    pub(crate) fn adjustment_state(&mut self, field: &str, state: i32) -> Option<Chosen<AdjustmentState>> {
        match pb::AdjustmentState::try_from(state) {
            Ok(pb::AdjustmentState::Unspecified) => Some(Chosen::Every),
            Ok(pb::AdjustmentState::Proposed) => Some(Chosen::Only(AdjustmentState::Proposed)),
            Ok(pb::AdjustmentState::Posted) => Some(Chosen::Only(AdjustmentState::Posted)),
            Ok(pb::AdjustmentState::Rejected) => Some(Chosen::Only(AdjustmentState::Rejected)),
            Ok(pb::AdjustmentState::Revoked) => Some(Chosen::Only(AdjustmentState::Revoked)),
            Err(_) => self.refuse(field, format!("is {state}, which is no state of an adjustment")),
        }
    }
}
