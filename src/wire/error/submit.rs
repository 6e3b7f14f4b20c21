//! The ledger's refusals of a command, as callers see them.

use tonic::Code;

use super::access::refused_access;
use super::money::refused_money;
use super::{Violation, WireError, invalid};
use crate::domain::decide::rejection::Rejection;
use crate::domain::state::adjustment::WAITING_MAX;
use crate::domain::state::early::EARLY_MAX;
use crate::domain::state::earning::CANDIDATES_MAX;
use crate::domain::state::member::SUSPENSIONS_MAX;
use crate::domain::state::statement::PoolExceeded;
use crate::domain::terms::problem::Problem;
use crate::domain::terms::till::OPEN_HOLDS_MAX;
use crate::domain::value::time::Micros;
use crate::ledger::watchdog::CLOCK_OFFSET_MAX;
use crate::ledger::{QUEUE_DEPTH_MAX, SubmitError};
use crate::pb::ErrorReason;

pub(super) fn submit(error: SubmitError) -> WireError {
    let message = error.to_string();
    match error {
        SubmitError::Rejected(rejection) => reject(rejection),
        SubmitError::ClockOff(off) => WireError::new(Code::Unavailable, ErrorReason::ClockOff, message)
            .with("offset_ms", off.ms().to_string())
            .with("offset_ms_max", CLOCK_OFFSET_MAX.as_millis().to_string())
            .retry(),
        SubmitError::Overloaded => WireError::new(Code::ResourceExhausted, ErrorReason::Overloaded, message)
            .with("queue_depth_max", QUEUE_DEPTH_MAX.to_string())
            .retry(),
        SubmitError::DeadlinePassed => WireError::new(Code::DeadlineExceeded, ErrorReason::DeadlinePassed, message),
        SubmitError::Unavailable => WireError::new(Code::Unavailable, ErrorReason::StoreUnavailable, message).retry(),
        SubmitError::OutcomeUnknown => WireError::new(Code::Unavailable, ErrorReason::OutcomeUnknown, message).retry(),
        SubmitError::Poison => WireError::new(Code::Internal, ErrorReason::StoreRefuses, message),
        SubmitError::NewerFormat { found, known } => {
            WireError::new(Code::FailedPrecondition, ErrorReason::NewerFormat, message)
                .with("found", found.to_string())
                .with("known", known.to_string())
        }
        SubmitError::Corrupt => WireError::new(Code::DataLoss, ErrorReason::StoreCorrupt, message),
    }
}

fn reject(rejection: Rejection) -> WireError {
    let message = rejection.to_string();
    let told = |code, reason| WireError::new(code, reason, message.clone());
    let failed = |reason| told(Code::FailedPrecondition, reason);
    let full = |reason, of, max: usize| failed(reason).with(of, max.to_string());
    match rejection {
        Rejection::ExistsWithDifferentContent { id } => {
            told(Code::AlreadyExists, ErrorReason::ExistsWithDifferentContent).with("id", id.as_str())
        }
        Rejection::DatedAhead { occurred_at } => invalid(vec![dated_ahead("occurred_at", occurred_at)]),
        Rejection::NotFound { resource } => told(Code::NotFound, ErrorReason::NotFound).with("resource", resource),
        Rejection::TooManyClaims { key } => claimed_too_often(failed(ErrorReason::TooManyClaims), key),
        Rejection::TooManySuspensions => full(ErrorReason::TooManySuspensions, "suspensions_max", SUSPENSIONS_MAX),
        Rejection::RuleSetVersion { expected } => {
            failed(ErrorReason::RuleSetVersion).with("expected_version", expected.to_string())
        }
        Rejection::RuleSetBackdated { earliest } => {
            failed(ErrorReason::RuleSetBackdated).with("earliest", earliest.to_rfc3339())
        }
        Rejection::RuleSetProblems { problems } => invalid(problems.into_iter().map(of_rules).collect()),
        Rejection::NothingToRefund { .. } => failed(ErrorReason::NothingToRefund),
        Rejection::RefundExceedsAmount { of, whole, asked } => {
            failed(ErrorReason::RefundExceedsAmount).with(of, whole).with("asked", asked)
        }
        Rejection::DatedBeforeActivity { occurred_at } => {
            failed(ErrorReason::DatedBeforeActivity).with("activity_occurred_at", occurred_at.to_rfc3339())
        }
        Rejection::TooMuchEarlyNews => full(ErrorReason::TooMuchEarlyNews, "early_news_max", EARLY_MAX),
        Rejection::NothingDue => failed(ErrorReason::WrongState),
        Rejection::WrongState { state, needed } => {
            failed(ErrorReason::WrongState).with("state", state).with("needed", needed)
        }
        Rejection::NotMergeable { reasons } => failed(ErrorReason::NotMergeable).with("reasons", reasons.join("; ")),
        Rejection::MemberSuspended { state } => failed(ErrorReason::MemberSuspended).with("state", state),
        Rejection::SecondPersonRequired { drawn_up_by } => {
            told(Code::PermissionDenied, ErrorReason::SecondPersonRequired).with("drawn_up_by", drawn_up_by.to_string())
        }
        Rejection::Access(rejection) => refused_access(rejection),
        Rejection::TooManyWaiting => failed(ErrorReason::TooManyWaiting).with("waiting_max", WAITING_MAX.to_string()),
        Rejection::ContentChanged => told(Code::Aborted, ErrorReason::ContentChanged),
        Rejection::PoolExceeded(PoolExceeded { left_minor, requested_minor }) => failed(ErrorReason::PoolExceeded)
            .with("left_minor", left_minor.to_string())
            .with("requested_minor", requested_minor.to_string()),
        Rejection::Money(rejection) => refused_money(rejection),
        Rejection::NothingToPay => failed(ErrorReason::NothingToPay),
        Rejection::StepTaken => told(Code::Aborted, ErrorReason::WrongState),
        Rejection::HoldTerm { now, latest } => {
            failed(ErrorReason::HoldTerm).with("after", now.to_rfc3339()).with("latest", latest.to_rfc3339())
        }
        Rejection::TooManyHolds => full(ErrorReason::TooManyHolds, "open_holds_max", OPEN_HOLDS_MAX),
        Rejection::CaptureExceedsHold { held, asked } => {
            too_many(failed(ErrorReason::CaptureExceedsHold), ("held_points", held), asked)
        }
        Rejection::CaptureTooLate { until } => failed(ErrorReason::CaptureTooLate).with("until", until.to_rfc3339()),
        Rejection::InsufficientPoints { available, asked } => {
            too_many(failed(ErrorReason::InsufficientPoints), ("available_points", available), asked)
        }
        Rejection::CreditCame => told(Code::Aborted, ErrorReason::CreditCame).retry(),
        Rejection::PointsTooYoung { old, days, asked } => {
            too_many(failed(ErrorReason::PointsTooYoung), ("old_points", old), asked)
                .with("min_age_days", days.to_string())
        }
        Rejection::RefundExceedsRedemption { left, asked } => {
            too_many(failed(ErrorReason::RefundExceedsRedemption), ("left_points", left), asked)
        }
        Rejection::HoldsDue { .. } => told(Code::Unavailable, ErrorReason::StoreUnavailable).retry(),
        Rejection::AmountOverflow(overflow) => {
            told(Code::OutOfRange, ErrorReason::AmountOverflow).with("bucket", overflow.0.name())
        }
        Rejection::Inconsistent(_) => told(Code::DataLoss, ErrorReason::StoreCorrupt),
    }
}

fn claimed_too_often(told: WireError, key: String) -> WireError {
    told.with("exclusive_key", key).with("claims_max", CANDIDATES_MAX.to_string())
}

fn of_rules(Problem { place, problem }: Problem) -> Violation {
    Violation { field: format!("rule_set.{place}"), problem }
}

/// Returns the violation of a field whose time lies too far ahead.
pub(crate) fn dated_ahead(field: &str, occurred_at: Micros) -> Violation {
    let problem = format!("is {}, more than 5 minutes in the future", occurred_at.to_rfc3339());
    Violation { field: field.into(), problem }
}

/// Says that more points are asked for than there are.
fn too_many(told: WireError, (name, points): (&'static str, i64), asked: i64) -> WireError {
    told.with(name, points.to_string()).with("asked_points", asked.to_string())
}
