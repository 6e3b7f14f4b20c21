//! Errors of reports.

use tonic::Code;

use super::{ApiError, Violation, WireError, tell};
use crate::books::BooksError;
use crate::pb::ErrorReason;

impl From<BooksError> for ApiError {
    fn from(error: BooksError) -> Self {
        match error {
            BooksError::Log(error) => Self::Log(error),
            BooksError::Payout(error) => error.into(),
            BooksError::Board(error) => error.into(),
            error @ BooksError::TooLong(_) => invalid("first_day", &error),
            error @ BooksError::Nothing { .. } => invalid("close.month", &error),
            other => Self::Books(other),
        }
    }
}

fn invalid(field: &str, error: &BooksError) -> ApiError {
    ApiError::Invalid(vec![Violation { field: field.into(), problem: error.to_string() }])
}

pub(super) fn books(error: BooksError) -> WireError {
    let message = error.to_string();
    match error {
        BooksError::NotOver { month, until } => {
            WireError::new(Code::FailedPrecondition, ErrorReason::MonthNotOver, message)
                .with("month", month.to_string())
                .with("until", until)
        }
        BooksError::Moved => WireError::new(Code::Aborted, ErrorReason::ReportMoved, message).retry(),
        BooksError::NotWritten(_) => WireError::new(Code::Unavailable, ErrorReason::ReportNotWritten, message),
        BooksError::TooLarge(_) => WireError::new(Code::OutOfRange, ErrorReason::AmountOverflow, message),
        BooksError::Log(_)
        | BooksError::Payout(_)
        | BooksError::Board(_)
        | BooksError::TooLong(_)
        | BooksError::Nothing { .. } => tell(error.into()),
    }
}
