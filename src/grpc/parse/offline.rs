//! What the API would say of requests that are not sent, because part of them could not be read.

use super::super::error::{ApiError, Violation};
use super::{parse_activity, parse_adjustment, parse_confirmation, parse_refund, parse_reversal};
use crate::domain::money::Currency;
use crate::domain::time::Micros;
use crate::pb;

/// What is wrong with an activity.
pub(crate) fn of_activity(activity: &pb::Activity, now: Micros, currency: Currency) -> Vec<Violation> {
    violations(parse_activity(Some(activity.clone()), now, Some(currency)))
}

/// What is wrong with a reversal.
pub(crate) fn of_reversal(request: &pb::ReverseActivityRequest, now: Micros) -> Vec<Violation> {
    violations(parse_reversal(request, now))
}

/// What is wrong with a refund.
pub(crate) fn of_refund(request: &pb::RefundActivityRequest, now: Micros, currency: Currency) -> Vec<Violation> {
    violations(parse_refund(request, now, Some(currency)))
}

/// What is wrong with a confirmation.
pub(crate) fn of_confirmation(request: &pb::ConfirmActivityRequest, now: Micros) -> Vec<Violation> {
    violations(parse_confirmation(request, now))
}

/// What is wrong with an adjustment.
pub(crate) fn of_adjustment(adjustment: &pb::Adjustment, now: Micros) -> Vec<Violation> {
    violations(parse_adjustment(Some(adjustment.clone()), now))
}

fn violations<T>(parsed: Result<T, ApiError>) -> Vec<Violation> {
    match parsed {
        Err(ApiError::Invalid(violations)) => violations,
        _ => Vec::new(),
    }
}
