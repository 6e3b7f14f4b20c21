//! What is wrong with activities of a request that is recorded as a whole or not at all, as its caller sees it.

use super::{ApiError, Told, Violation, invalid, tell};
use crate::pb::ErrorReason;

/// Most indexes told, for an error travels as a header.
const INDEXES_MAX: usize = 20;

/// One error for all of them. Where forms are wrong, it is that, with every field; else what is said of the first.
pub(super) fn activities(refused: Vec<(usize, ApiError)>) -> Told {
    let indexes: Vec<usize> = refused.iter().map(|(index, _)| *index).collect();
    let mut each = refused.into_iter().map(|(index, error)| (index, tell(error))).collect::<Vec<_>>();
    if each.iter().any(|(_, told)| told.reason == ErrorReason::InvalidRequest) {
        return invalid(each.into_iter().flat_map(|(index, told)| violations(index, told)).collect());
    }
    let (first, told) = each.swap_remove(0);
    let more = if indexes.len() > 1 { format!(" (and {} more)", indexes.len() - 1) } else { String::new() };
    let listed: Vec<String> = indexes.iter().take(INDEXES_MAX).map(ToString::to_string).collect();
    Told { message: format!("activities[{first}]{more}: {}", told.message), ..told }.with("index", listed.join(","))
}

/// What is wrong with one of them, as fields of the request.
fn violations(index: usize, told: Told) -> Vec<Violation> {
    let broken = if told.reason == ErrorReason::InvalidRequest {
        told.violations
    } else {
        // The one other thing that is found before a command is queued: no rule names its kind.
        vec![Violation { field: "kind".into(), problem: format!("cannot be recorded: {}", told.message) }]
    };
    let within = |Violation { field, problem }| Violation { field: format!("activities[{index}].{field}"), problem };
    broken.into_iter().map(within).collect()
}
