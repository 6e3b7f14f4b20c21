//! Errors of savings, shares and choices.

use tonic::Code;

use super::{ApiError, Violation, WireError, invalid};
use crate::domain::decide::rejection::MoneyRejection;
use crate::domain::state::statement::PoolTaken;
use crate::domain::terms::problem::Problem;
use crate::domain::value::ids::MemberId;
use crate::domain::value::payment_id::PAYMENTS_MAX;
use crate::export::payments::Unwritable;
use crate::payout::PayoutError;
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
        MoneyRejection::PayeesChanged { count } => {
            failed(ErrorReason::PayeesChanged).with("payments", count.to_string())
        }
        MoneyRejection::PayDayPassed { day } => failed(ErrorReason::PayDayPassed).with("day", day.date().to_string()),
        MoneyRejection::TooManyPayments => {
            failed(ErrorReason::TooMany).with("of", "payments of a batch").with("max", PAYMENTS_MAX.to_string())
        }
        MoneyRejection::OtherAmount { sent_minor, told_minor, fee_minor } => failed(ErrorReason::OtherAmount)
            .with("sent_minor", sent_minor.to_string())
            .with("told_minor", told_minor.to_string())
            .with("fee_minor", fee_minor.to_string()),
        MoneyRejection::PaidBefore { reference } => failed(ErrorReason::PaidBefore).with("reference", reference),
    }
}

impl From<PayoutError> for ApiError {
    fn from(error: PayoutError) -> Self {
        match error {
            PayoutError::Submit(error) => Self::Submit(error),
            PayoutError::Log(error) => Self::Log(error),
            PayoutError::Board(error) => error.into(),
            PayoutError::SharesNotFixed(state) => Self::SharesNotFixed(state),
            PayoutError::Interrupted => Self::Interrupted,
        }
    }
}

/// Reasons why a batch cannot be exported.
#[derive(Debug)]
pub(crate) enum NotExported {
    /// The server has no keys of destinations.
    NoKey,
    /// A member's destination cannot be read.
    PayeeGone(MemberId),
    /// A payment cannot be written in the format of the batch.
    Unwritable(Unwritable),
}

impl From<NotExported> for ApiError {
    fn from(why: NotExported) -> Self {
        Self::NotExported(why)
    }
}

impl From<Unwritable> for ApiError {
    fn from(error: Unwritable) -> Self {
        NotExported::Unwritable(error).into()
    }
}

pub(super) fn not_exported(why: &NotExported) -> WireError {
    let failed = |reason, message: String| WireError::new(Code::FailedPrecondition, reason, message);
    match why {
        NotExported::NoKey => {
            let message = "this server has no key for destinations: start it with --payee-key-file";
            failed(ErrorReason::NoPayeeKey, message.into())
        }
        NotExported::PayeeGone(member) => {
            let message = format!(
                "where the money of {member} goes was removed, was encrypted with a key that this server does not have, or is not \
                 what was approved; nothing of the files is to be used"
            );
            failed(ErrorReason::PayeeGone, message).with("member", member.to_string())
        }
        NotExported::Unwritable(error) => {
            let message = format!("{error}; nothing of the files is to be used");
            failed(ErrorReason::Unwritable, message).with("payment", error.payment().unwrap_or_default())
        }
    }
}

fn listed<T: ToString>(ids: &[T]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
