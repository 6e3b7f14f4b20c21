//! What became of payments, as finance reports it.

use sha2::{Digest as _, Sha256};
use tonic::Request;

use super::door::enter;
use super::volume::wire_status;
use super::{Api, currency_of};
use crate::domain::decide::acts::PayAct;
use crate::domain::decide::command::Act;
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::digest::Values;
use crate::domain::value::encoding::{encode, hex};
use crate::domain::value::ids::RequestId;
use crate::ledger::{Recorded, SubmitError};
use crate::payout::payments::{batch_of, payment_of};
use crate::pb;
use crate::pb::payment_report_result::Result as ReportResult;
use crate::wire::error::ApiError;
use crate::wire::parse::{Violations, parse_report};

/// The largest number of reports of one call: two entries each, a batch that the lane commits at once.
const REPORTS_MAX: usize = 1_000;

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

impl Api {
    pub(super) async fn payments_reported(
        &self,
        request: Request<pb::ReportPaymentsRequest>,
    ) -> Result<pb::ReportPaymentsResponse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.batch("parent", &request.parent);
        let count = request.reports.len();
        if count > REPORTS_MAX {
            violations.add("reports", format!("has {count}; at most {REPORTS_MAX} are allowed"));
        }
        let (program, id) = violations.check(parent)?;
        let program = self.program(&caller, &program).await?;
        let currency = currency_of(&program)?;
        let batch = batch_of(&self.ledger, &program, &id).await?;
        // A bank may be a day ahead of the programme, or behind it.
        let (zone, released) = (program.zone(), batch.released.as_ref().map_or(batch.created_at, |(_, at, _)| *at));
        let days = released.plus(-DAY_MICROS).day_in(&zone)..=self.ledger.now().plus(DAY_MICROS).day_in(&zone);
        let asked = request.reports.iter().map(|report| {
            // What settles nothing is nothing to be recorded.
            let nothing = SubmitError::Rejected(Rejection::NothingDue);
            let (fact, minor) = parse_report(report, (&program.id, &id), currency, &days)?.ok_or(nothing)?;
            // News is the same as before if all that it says is, however it was written.
            let id = RequestId::signing(&hex(&Sha256::digest(encode(&(&fact, minor)))));
            let act = Act::Pay(Box::new(PayAct::Report(fact, minor)));
            Ok(program.given(id.clone(), &Values::own(&id), act))
        });
        let answers = self.submit_each(&program, asked.collect(), &caller).await?;
        let result = |answer: Result<Recorded, ApiError>| {
            let result = match answer {
                Ok(recorded) => ReportResult::Recorded(!recorded.is_replay()),
                Err(ApiError::Submit(SubmitError::Rejected(Rejection::NothingDue))) => ReportResult::Recorded(false),
                Err(error) => ReportResult::Error(wire_status(&error.into())),
            };
            pb::PaymentReportResult { result: Some(result) }
        };
        Ok(pb::ReportPaymentsResponse { results: answers.into_iter().map(result).collect() })
    }

    pub(super) async fn payment_retried(
        &self,
        request: Request<pb::RetryPaymentRequest>,
    ) -> Result<pb::Payment, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.payment("name", &request.name);
        let (program, name) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        let payment = payment_of(&self.ledger, &program, &name).await?;
        let act = Act::Pay(Box::new(PayAct::Retry(name.clone())));
        let id = RequestId::retrying(payment.since.0);
        self.ledger.submit(&program, program.given(id, &Values::of(&request), act), Some(caller.deadline)).await?;
        self.shown_payment(&program, name).await
    }
}
