//! The till: holds, redemptions and their refunds.

use tonic::Request;

use super::auth::Caller;
use super::error::ApiError;
use super::parse::{ParsedRefund, Violations, parse_capture, parse_hold, parse_redemption, parse_refund_of_redemption};
use super::{Api, currency_of, render};
use crate::domain::decide::command::{Act, Command, TillAct};
use crate::domain::entry::digest::Values;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::till::{Place, Spending};
use crate::domain::value::ids::{ProgramId, SourceId, TillId};
use crate::pb;

impl Api {
    pub(super) async fn hold_points(&self, request: &Request<pb::CreateHoldRequest>) -> Result<pb::Receipt, ApiError> {
        let caller = Caller::of(request)?;
        let (program, asked, expires_at) = parse_hold(request.get_ref())?;
        let Place { source, id } = asked.place.clone();
        let values = Values::of(request.get_ref());
        self.at_till(&program, (source, id), TillAct::Hold(asked, expires_at), &values, &caller).await
    }

    pub(super) async fn capture(&self, request: &Request<pb::CaptureHoldRequest>) -> Result<pb::Receipt, ApiError> {
        let caller = Caller::of(request)?;
        let (program, place, points) = parse_capture(request.get_ref())?;
        let Place { source, id } = place.clone();
        let values = Values::of(request.get_ref());
        self.at_till(&program, (source, id), TillAct::Capture(place, points), &values, &caller).await
    }

    pub(super) async fn release(&self, request: &Request<pb::ReleaseHoldRequest>) -> Result<pb::Receipt, ApiError> {
        let caller = Caller::of(request)?;
        let mut violations = Violations::default();
        let name = violations.hold("name", &request.get_ref().name);
        let (program, place) = violations.check(name)?;
        let Place { source, id } = place.clone();
        let values = Values::of(request.get_ref());
        self.at_till(&program, (source, id), TillAct::Release(place), &values, &caller).await
    }

    pub(super) async fn redeem(&self, request: &Request<pb::RedeemPointsRequest>) -> Result<pb::Receipt, ApiError> {
        let caller = Caller::of(request)?;
        let (program, asked) = parse_redemption(request.get_ref())?;
        let Place { source, id } = asked.place.clone();
        let values = Values::of(request.get_ref());
        self.at_till(&program, (source, id), TillAct::Redeem(asked), &values, &caller).await
    }

    pub(super) async fn refund_redeemed(
        &self,
        request: &Request<pb::RefundRedemptionRequest>,
    ) -> Result<pb::Receipt, ApiError> {
        let caller = Caller::of(request)?;
        let ParsedRefund { program, place, spending, id, points } = parse_refund_of_redemption(request.get_ref())?;
        let (source, values) = (place.source.clone(), Values::of(request.get_ref()));
        self.at_till(&program, (source, id), TillAct::Refund(place, spending, points), &values, &caller).await
    }

    /// Submits an act of the till, named by its source and id.
    async fn at_till(
        &self,
        program: &ProgramId,
        (source, id): (SourceId, TillId),
        act: TillAct,
        values: &Values,
        caller: &Caller,
    ) -> Result<pb::Receipt, ApiError> {
        let program = self.program(program).await?;
        let currency = currency_of(&program)?;
        let act = Act::Till(Box::new(act));
        let command = Command::given(&program.secret, source, &id, values, caller.principal(), act);
        let entry = self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        Ok(render::till_receipt(&program.id, currency, &entry))
    }

    pub(super) async fn show_hold(&self, request: &Request<pb::GetHoldRequest>) -> Result<pb::Hold, ApiError> {
        Caller::of(request)?;
        let mut violations = Violations::default();
        let name = violations.hold("name", &request.get_ref().name);
        let (program, place) = violations.check(name)?;
        match self.recorded_at_till(&program, RecordKey::hold(&place)).await? {
            Some(Record::Hold(hold)) => Ok(render::hold(&program, &place, &hold)),
            _ => Err(ApiError::NotFound(format!("programs/{program}/{}", place.resource(Spending::Capture)))),
        }
    }

    pub(super) async fn show_redemption(
        &self,
        request: &Request<pb::GetRedemptionRequest>,
    ) -> Result<pb::Redemption, ApiError> {
        Caller::of(request)?;
        let mut violations = Violations::default();
        let name = violations.redemption("name", &request.get_ref().name);
        let (program, place) = violations.check(name)?;
        match self.recorded_at_till(&program, RecordKey::spending(&place, Spending::Redemption)).await? {
            Some(Record::Redemption(redemption)) => Ok(render::redemption(&program, &place, &redemption)),
            _ => Err(ApiError::NotFound(format!("programs/{program}/{}", place.resource(Spending::Redemption)))),
        }
    }

    async fn recorded_at_till(&self, program: &ProgramId, key: RecordKey) -> Result<Option<Record>, ApiError> {
        let program = self.current_program(program).await?;
        Ok(self.ledger.record(&program, &key).await?)
    }
}
