//! `Till`: holds, redemptions and their refunds.

use tonic::{Request, Response, Status};

use super::door::{Caller, enter};
use super::entered::Entered;
use super::{Api, currency_of};
use crate::domain::decide::acts::TillAct;
use crate::domain::decide::command::Act;
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::digest::Values;
use crate::domain::entry::name::CommandName;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::till::{Asked, Place, Spending};
use crate::domain::value::ids::{ProgramId, RequestId, SourceId, TillId};
use crate::ledger::SubmitError;
use crate::ledger::state::ProgramState;
use crate::ledger::young::YOUNG_ENTRIES_MAX;
use crate::pb;
use crate::wire::error::{ApiError, Violation};
use crate::wire::parse::{
    ParsedRefund, Violations, parse_capture, parse_hold, parse_redemption, parse_refund_of_redemption,
};
use crate::wire::render;

/// How often young credit is summed up, when some has come in between. Each time, the same member was credited meanwhile.
const TRIES_MAX: u32 = 5;

#[tonic::async_trait]
impl pb::till_server::Till for Api {
    async fn create_hold(&self, request: Request<pb::CreateHoldRequest>) -> Result<Response<pb::Receipt>, Status> {
        let (caller, request) = enter(request);
        let (program, asked, expires_at) = parse_hold(&request)?;
        let act = |asked| TillAct::Hold(asked, expires_at);
        self.of_age(&caller, &program, ("hold", asked), act, &Values::of(&request)).await
    }

    async fn capture_hold(&self, request: Request<pb::CaptureHoldRequest>) -> Result<Response<pb::Receipt>, Status> {
        let (caller, request) = enter(request);
        let (program, place, points) = parse_capture(&request)?;
        let Place { source, id } = place.clone();
        let act = TillAct::Capture(place, points);
        self.at_till(&caller, &program, (source, id), act, &Values::of(&request)).await
    }

    async fn release_hold(&self, request: Request<pb::ReleaseHoldRequest>) -> Result<Response<pb::Receipt>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.hold("name", &request.name);
        let (program, place) = violations.check(name)?;
        let Place { source, id } = place.clone();
        self.at_till(&caller, &program, (source, id), TillAct::Release(place), &Values::of(&request)).await
    }

    async fn get_hold(&self, request: Request<pb::GetHoldRequest>) -> Result<Response<pb::Hold>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.hold("name", &request.name);
        let (program, place) = violations.check(name)?;
        match self.recorded_at_till(&caller, &program, RecordKey::hold(&place)).await? {
            Some(Record::Hold(hold)) => Ok(Response::new(render::hold(&program, &place, &hold))),
            _ => Err(ApiError::NotFound(format!("programs/{program}/{}", place.resource(Spending::Capture))).into()),
        }
    }

    async fn list_holds(
        &self,
        request: Request<pb::ListHoldsRequest>,
    ) -> Result<Response<pb::ListHoldsResponse>, Status> {
        Ok(Response::new(self.holds_listed(request).await?))
    }

    async fn redeem_points(&self, request: Request<pb::RedeemPointsRequest>) -> Result<Response<pb::Receipt>, Status> {
        let (caller, request) = enter(request);
        let (program, asked) = parse_redemption(&request)?;
        self.of_age(&caller, &program, ("redemption", asked), TillAct::Redeem, &Values::of(&request)).await
    }

    async fn get_redemption(
        &self,
        request: Request<pb::GetRedemptionRequest>,
    ) -> Result<Response<pb::Redemption>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.redemption("name", &request.name);
        let (program, place) = violations.check(name)?;
        match self.recorded_at_till(&caller, &program, RecordKey::spending(&place, Spending::Redemption)).await? {
            Some(Record::Redemption(redemption)) => {
                Ok(Response::new(render::redemption(&program, &place, &redemption)))
            }
            _ => Err(ApiError::NotFound(format!("programs/{program}/{}", place.resource(Spending::Redemption))).into()),
        }
    }

    async fn refund_redemption(
        &self,
        request: Request<pb::RefundRedemptionRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        let (caller, request) = enter(request);
        let ParsedRefund { program, place, spending, id, points } = parse_refund_of_redemption(&request)?;
        let source = place.source.clone();
        let act = TillAct::Refund(place, spending, points);
        self.at_till(&caller, &program, (source, id), act, &Values::of(&request)).await
    }
}

impl Api {
    /// Submits an act of the till that may ask for an age of the points. The young credit is summed up again when some has
    /// come in between. An act that is recorded already needs no sum.
    async fn of_age(
        &self,
        caller: &Caller,
        program: &ProgramId,
        (field, asked): (&str, Asked),
        act: impl Fn(Asked) -> TillAct,
        values: &Values,
    ) -> Result<Response<pb::Receipt>, Status> {
        let Place { source, id } = asked.place.clone();
        let program = self.program(caller, program).await?;
        let submit = |asked| self.submit_at_till(caller, &program, (source.clone(), id.clone()), act(asked), values);
        let kind = act(asked.clone()).kind();
        let name = CommandName { source: source.clone(), kind, id: RequestId::from(&id) };
        if asked.min_age_days == 0 || self.ledger.find(&program, name).await?.is_some() {
            return Ok(Response::new(submit(asked).await?));
        }
        let mut tries = 0;
        loop {
            tries += 1;
            match submit(self.with_young(&program, field, &asked).await?).await {
                Err(ApiError::Submit(SubmitError::Rejected(Rejection::CreditCame))) if tries < TRIES_MAX => {}
                answer => return Ok(Response::new(answer?)),
            }
        }
    }

    /// Returns what is asked for, with the sum of the credit that is too young for it.
    async fn with_young(&self, program: &ProgramState, field: &str, asked: &Asked) -> Result<Asked, ApiError> {
        let young = self.ledger.young(program, &asked.member, asked.min_age_days).await?;
        if young.is_none() {
            let problem = format!("reaches over more than {YOUNG_ENTRIES_MAX} entries of the member; give fewer days");
            return Err(ApiError::Invalid(vec![Violation { field: format!("{field}.min_age_days"), problem }]));
        }
        Ok(Asked { young, ..asked.clone() })
    }

    /// Submits an act of the till, named by its source and id.
    async fn at_till(
        &self,
        caller: &Caller,
        program: &ProgramId,
        (source, id): (SourceId, TillId),
        act: TillAct,
        values: &Values,
    ) -> Result<Response<pb::Receipt>, Status> {
        let program = self.program(caller, program).await?;
        Ok(Response::new(self.submit_at_till(caller, &program, (source, id), act, values).await?))
    }

    async fn submit_at_till(
        &self,
        caller: &Caller,
        program: &Entered,
        (source, id): (SourceId, TillId),
        act: TillAct,
        values: &Values,
    ) -> Result<pb::Receipt, ApiError> {
        let currency = currency_of(program)?;
        let act = Act::Till(Box::new(act));
        let command = program.given_by(source, &id, values, act)?;
        let recorded = self.ledger.submit(program, command, Some(caller.deadline)).await?;
        let receipt = render::till_receipt(&program.id, currency, &recorded);
        Ok(pb::Receipt { replay: recorded.is_replay(), ..receipt })
    }

    async fn recorded_at_till(
        &self,
        caller: &Caller,
        program: &ProgramId,
        key: RecordKey,
    ) -> Result<Option<Record>, ApiError> {
        let program = self.program(caller, program).await?;
        Ok(self.ledger.record(&program, &key).await?)
    }
}
