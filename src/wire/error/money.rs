//! Errors of savings, shares and choices.

use tonic::Code;

use super::{Violation, WireError, invalid};
use crate::domain::decide::rejection::MoneyRejection;
use crate::domain::state::statement::PoolTaken;
use crate::domain::terms::problem::Problem;
use crate::pb::ErrorReason;

pub(super) fn refused_money(rejection: MoneyRejection) -> WireError {
    let message = rejection.to_string();
    let failed = |reason| WireError::new(Code::FailedPrecondition, reason, message.clone());
    match rejection {
        MoneyRejection::PoolTaken(PoolTaken { taken_minor, pool_minor }) => failed(ErrorReason::PoolExceeded)
            .with("taken_minor", taken_minor.to_string())
            .with("pool_minor", pool_minor.to_string()),
        MoneyRejection::StatementVersion { expected } | MoneyRejection::OtherVersionWaits { expected } => {
            failed(ErrorReason::WrongState).with("expected_version", expected.to_string())
        }
        MoneyRejection::CharityNotOffered { offered } => {
            failed(ErrorReason::CharityNotOffered).with("offered", listed(&offered))
        }
        MoneyRejection::ChoicesOpen { deadline } => {
            failed(ErrorReason::ChoicesOpen).with("deadline", deadline.to_rfc3339())
        }
        MoneyRejection::DeadlinePassed { deadline } => {
            failed(ErrorReason::ChoiceDeadlinePassed).with("deadline", deadline.to_rfc3339())
        }
        MoneyRejection::OtherChoicesOpen { payouts } => {
            failed(ErrorReason::OtherChoicesOpen).with("payouts", listed(&payouts))
        }
        MoneyRejection::ListProblems { problems } => {
            let violation = |Problem { place, problem }| Violation { field: place, problem };
            invalid(problems.into_iter().map(violation).collect())
        }
        MoneyRejection::PoolTooSmall { owed_minor, pool_minor } => failed(ErrorReason::PoolTooSmall)
            .with("owed_minor", owed_minor.to_string())
            .with("pool_minor", pool_minor.to_string()),
    }
}

fn listed<T: ToString>(ids: &[T]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
