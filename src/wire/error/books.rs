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
            error @ BooksError::TooLong(_) => {
                Self::Invalid(vec![Violation { field: "first_day".into(), problem: error.to_string() }])
            }
            other => Self::Books(other),
        }
    }
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
        BooksError::Log(_) | BooksError::Payout(_) | BooksError::Board(_) | BooksError::TooLong(_) => {
            tell(error.into())
        }
    }
}
