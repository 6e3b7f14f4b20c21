//! `Till`: holds, redemptions and their refunds.

use tonic::{Request, Response, Status};

use super::door::{Caller, enter};
use super::{Api, currency_of};
use crate::domain::decide::command::{Act, Command, TillAct};
use crate::domain::entry::digest::Values;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::till::{Place, Spending};
use crate::domain::value::ids::{ProgramId, SourceId, TillId};
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::parse::{
    ParsedRefund, Violations, parse_capture, parse_hold, parse_redemption, parse_refund_of_redemption,
};
use crate::wire::render;

#[tonic::async_trait]
impl pb::till_server::Till for Api {
    async fn create_hold(&self, request: Request<pb::CreateHoldRequest>) -> Result<Response<pb::Receipt>, Status> {
        let (caller, request) = enter(request);
        let (program, asked, expires_at) = parse_hold(&request)?;
        let Place { source, id } = asked.place.clone();
        let act = TillAct::Hold(asked, expires_at);
        self.at_till(&caller, &program, (source, id), act, &Values::of(&request)).await
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

    async fn redeem_points(&self, request: Request<pb::RedeemPointsRequest>) -> Result<Response<pb::Receipt>, Status> {
        let (caller, request) = enter(request);
        let (program, asked) = parse_redemption(&request)?;
        let Place { source, id } = asked.place.clone();
        self.at_till(&caller, &program, (source, id), TillAct::Redeem(asked), &Values::of(&request)).await
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
        let currency = currency_of(&program)?;
        let act = Act::Till(Box::new(act));
        let command = Command::given(&program.secret, source, &id, values, caller.principal(), act);
        let recorded = self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        let receipt = render::till_receipt(&program.id, currency, &recorded);
        Ok(Response::new(pb::Receipt { replay: recorded.is_replay(), ..receipt }))
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
