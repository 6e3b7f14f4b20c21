//! The error for items of a request that is recorded as a whole or not at all, as its caller sees it.

use super::{ApiError, Violation, WireError, invalid, tell};
use crate::pb::ErrorReason;

/// The largest number of indexes in an error, as errors travel as headers.
const INDEXES_MAX: usize = 20;

/// Makes one error of all of them. When forms are wrong, it is that error, with every field; else it is the error of
/// the first.
pub(super) fn items(of: &str, refused: Vec<(usize, ApiError)>) -> WireError {
    let indexes: Vec<usize> = refused.iter().map(|(index, _)| *index).collect();
    let mut each = refused.into_iter().map(|(index, error)| (index, tell(error))).collect::<Vec<_>>();
    if each.iter().any(|(_, told)| told.reason == ErrorReason::InvalidRequest) {
        return invalid(each.into_iter().flat_map(|(index, told)| violations(of, index, told)).collect());
    }
    let (first, told) = each.swap_remove(0);
    let more = if indexes.len() > 1 { format!(" (and {} more)", indexes.len() - 1) } else { String::new() };
    let listed: Vec<String> = indexes.iter().take(INDEXES_MAX).map(ToString::to_string).collect();
    WireError { message: format!("{of}[{first}]{more}: {}", told.message), ..told }.with("index", listed.join(","))
}

/// Returns the faults of one item, as fields of the request.
fn violations(of: &str, index: usize, told: WireError) -> Vec<Violation> {
    let broken = if told.reason == ErrorReason::InvalidRequest {
        told.violations
    } else {
        // The only other fault found before a command is queued is that no rule names the kind of an activity.
        vec![Violation { field: "kind".into(), problem: format!("cannot be recorded: {}", told.message) }]
    };
    let within = |Violation { field, problem }| Violation { field: format!("{of}[{index}].{field}"), problem };
    broken.into_iter().map(within).collect()
}
