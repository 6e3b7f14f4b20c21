//! `Adjustments`.

use tonic::{Request, Response, Status};

use super::door::{Caller, enter};
use super::entered::Entered;
use super::{Api, note};
use crate::domain::decide::command::{Act, Command};
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::digest::Values;
use crate::domain::state::adjustment::{Adjustment, AdjustmentState};
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::ids::AdjustmentId;
use crate::ledger::SubmitError;
use crate::ledger::state::ProgramState;
use crate::pb;
use crate::wire::error::{ApiError, dated_ahead};
use crate::wire::parse::{ParsedAdjustment, Violations, parse_adjustment};
use crate::wire::render;

#[tonic::async_trait]
impl pb::adjustments_server::Adjustments for Api {
    async fn adjust_points(
        &self,
        request: Request<pb::AdjustPointsRequest>,
    ) -> Result<Response<pb::Adjustment>, Status> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let ParsedAdjustment { program, terms, note: text } = parse_adjustment(request.adjustment)?;
        let program = self.program(&caller, &program).await?;
        let (id, note) = (terms.id.clone(), Some(note(text.into_bytes())?));
        let act = Act::AdjustPoints(Box::new(terms));
        let command = Command { note, ..program.given(&id, &values, act) };
        let answer = self.ledger.submit(&program, command, Some(caller.deadline)).await;
        answer.map_err(|error| match error {
            SubmitError::Rejected(Rejection::DatedAhead { occurred_at }) => {
                ApiError::Invalid(vec![dated_ahead("adjustment.occurred_at", occurred_at)])
            }
            error => error.into(),
        })?;
        self.shown_adjustment(&program, &id).await
    }

    async fn approve_adjustment(
        &self,
        request: Request<pb::ApproveAdjustmentRequest>,
    ) -> Result<Response<pb::Adjustment>, Status> {
        let (caller, request) = enter(request);
        let (program, id) = self.adjustment_named(&caller, &request.name).await?;
        let (values, act) = (Values::of(&request), Act::ApproveAdjustment(id.clone()));
        let command = program.given(&id, &values, act);
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.shown_adjustment(&program, &id).await
    }

    async fn reject_adjustment(
        &self,
        request: Request<pb::RejectAdjustmentRequest>,
    ) -> Result<Response<pb::Adjustment>, Status> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let mut violations = Violations::default();
        let name = violations.adjustment("name", &request.name);
        violations.note_text("note", &request.note);
        let (program, id) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        let note = Some(note(request.note.into_bytes())?);
        let act = Act::RejectAdjustment(id.clone());
        let command = Command { note, ..program.given(&id, &values, act) };
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.shown_adjustment(&program, &id).await
    }

    async fn batch_approve_adjustments(
        &self,
        request: Request<pb::BatchApproveAdjustmentsRequest>,
    ) -> Result<Response<pb::BatchApproveAdjustmentsResponse>, Status> {
        Ok(Response::new(self.approved_together(request).await?))
    }

    async fn batch_reject_adjustments(
        &self,
        request: Request<pb::BatchRejectAdjustmentsRequest>,
    ) -> Result<Response<pb::BatchRejectAdjustmentsResponse>, Status> {
        Ok(Response::new(self.rejected_together(request).await?))
    }

    async fn list_adjustments(
        &self,
        request: Request<pb::ListAdjustmentsRequest>,
    ) -> Result<Response<pb::ListAdjustmentsResponse>, Status> {
        Ok(Response::new(self.adjustments_listed(request).await?))
    }

    async fn get_adjustment(
        &self,
        request: Request<pb::GetAdjustmentRequest>,
    ) -> Result<Response<pb::Adjustment>, Status> {
        let (caller, request) = enter(request);
        let (program, id) = self.adjustment_named(&caller, &request.name).await?;
        self.shown_adjustment(&program, &id).await
    }
}

impl Api {
    async fn adjustment_named(&self, caller: &Caller, name: &str) -> Result<(Entered, AdjustmentId), ApiError> {
        let mut violations = Violations::default();
        let parsed = violations.adjustment("name", name);
        let (program, id) = violations.check(parsed)?;
        Ok((self.program(caller, &program).await?, id))
    }

    async fn stored_adjustment(&self, program: &ProgramState, id: &AdjustmentId) -> Result<Adjustment, ApiError> {
        match self.ledger.record(program, &RecordKey::Adjustment(id.clone())).await? {
            Some(Record::Adjustment(adjustment)) => Ok(adjustment),
            _ => Err(ApiError::NotFound(format!("programs/{}/adjustments/{id}", program.id))),
        }
    }

    async fn shown_adjustment(
        &self,
        program: &ProgramState,
        id: &AdjustmentId,
    ) -> Result<Response<pb::Adjustment>, Status> {
        let adjustment = self.stored_adjustment(program, id).await?;
        Ok(Response::new(self.rendered_adjustment(program, id, &adjustment).await?))
    }

    pub(super) async fn rendered_adjustment(
        &self,
        program: &ProgramState,
        id: &AdjustmentId,
        adjustment: &Adjustment,
    ) -> Result<pb::Adjustment, ApiError> {
        let text = self.text_of(program, adjustment.seq).await?;
        let why_rejected = match &adjustment.decided {
            Some((_, seq)) if adjustment.state == AdjustmentState::Rejected => self.text_of(program, *seq).await?,
            _ => String::new(),
        };
        Ok(render::adjustment(&program.id, id, adjustment, text, why_rejected))
    }
}
