//! The API's errors for requests that are not sent, because a part of them could not be read.

use super::super::error::{ApiError, Violation, dated_ahead};
use super::{parse_activity, parse_adjustment, parse_confirmation, parse_refund, parse_restoration, parse_reversal};
use crate::domain::value::money::Currency;
use crate::domain::value::time::Micros;
use crate::pb;

/// Returns the faults of an activity.
#[must_use]
pub fn of_activity(activity: &pb::Activity, now: Micros, currency: Currency) -> Vec<Violation> {
    violations(parse_activity(Some(activity.clone()), Some(currency)), now, |parsed| Some(parsed.activity.occurred_at))
}

/// Returns the faults of a reversal.
#[must_use]
pub fn of_reversal(request: &pb::ReverseActivityRequest, now: Micros) -> Vec<Violation> {
    violations(parse_reversal(request), now, |parsed| Some(parsed.occurred_at))
}

/// Returns the faults of a restoration.
#[must_use]
pub fn of_restoration(request: &pb::RestoreActivityRequest, now: Micros) -> Vec<Violation> {
    violations(parse_restoration(request), now, |parsed| Some(parsed.occurred_at))
}

/// Returns the faults of a refund.
#[must_use]
pub fn of_refund(request: &pb::RefundActivityRequest, now: Micros, currency: Currency) -> Vec<Violation> {
    violations(parse_refund(request, Some(currency)), now, |parsed| Some(parsed.occurred_at))
}

/// Returns the faults of a confirmation.
#[must_use]
pub fn of_confirmation(request: &pb::ConfirmActivityRequest, now: Micros) -> Vec<Violation> {
    violations(parse_confirmation(request), now, |parsed| Some(parsed.occurred_at))
}

/// Returns the faults of an adjustment.
#[must_use]
pub fn of_adjustment(adjustment: &pb::Adjustment, now: Micros) -> Vec<Violation> {
    violations(parse_adjustment(Some(adjustment.clone())), now, |parsed| parsed.terms.occurred_at)
}

/// Returns the faults of the form. When there are none, checks that the date is not too far ahead of `now`, as the
/// ledger does.
fn violations<T>(
    parsed: Result<T, ApiError>,
    now: Micros,
    occurred_at: impl FnOnce(&T) -> Option<Micros>,
) -> Vec<Violation> {
    match parsed {
        Ok(parsed) => {
            let ahead = occurred_at(&parsed).filter(|at| at.is_ahead_of(now));
            ahead.map(|at| dated_ahead("occurred_at", at)).into_iter().collect()
        }
        Err(ApiError::Invalid(violations)) => violations,
        Err(_) => Vec::new(),
    }
}
