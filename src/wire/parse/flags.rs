//! Searches for flags.

use super::super::error::ApiError;
use super::Violations;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::window::Window;
use crate::flags::COUNTERS_MAX;
use crate::pb;

/// A well-formed search.
#[derive(Debug)]
pub(crate) struct ParsedFlags {
    pub(crate) program: ProgramId,
    pub(crate) period: Window,
    /// Flags of a page.
    pub(crate) page_size: u32,
}

/// Reads a search. A missing day means the first or the last day there is.
pub(crate) fn parse_flags(request: &pb::ListFlagsRequest) -> Result<ParsedFlags, ApiError> {
    let mut violations = Violations::default();
    let program = violations.program("parent", &request.parent);
    let all = Window::all_time();
    let first = request.first_day.map_or(Some(all.first()), |day| violations.day("first_day", Some(day)));
    let last = request.last_day.map_or(Some(all.last()), |day| violations.day("last_day", Some(day)));
    let period = first.zip(last).and_then(|(first, last)| {
        Window::range(first, last).or_else(|| violations.refuse("last_day", "is before the first"))
    });
    let page_size = violations.page_size(request.page_size);
    violations.check(program.zip(period).map(|(program, period)| ParsedFlags { program, period, page_size }))
}

/// Makes the error for a period that holds too much.
pub(crate) fn too_much() -> ApiError {
    let mut violations = Violations::default();
    let problem =
        format!("is too far from the first: more than {COUNTERS_MAX} counters are needed; give a shorter period");
    violations.add("last_day", problem);
    ApiError::Invalid(violations.found)
}

#[cfg(test)]
mod tests {
    use tonic::{Code, Status};

    use super::*;

    /// A test does not record more than memory may hold.
    #[test]
    fn a_period_that_holds_too_much_is_told_to_be_shorter() {
        let status = Status::from(too_much());
        let told = "last_day is too far from the first: more than 3000000 counters are needed; give a shorter period";
        assert_eq!((status.code(), status.message()), (Code::InvalidArgument, told));
    }
}
