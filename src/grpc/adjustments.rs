//! Adjustments, of `Ledger`.

use std::sync::Arc;

use tonic::Request;

use super::auth::Caller;
use super::error::{ApiError, dated_ahead};
use super::ledger::note;
use super::parse::{ParsedAdjustment, Violations, parse_adjustment};
use super::{Api, given, render};
use crate::domain::decide::command::{Act, Command};
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::digest::Values;
use crate::domain::state::adjustment::{Adjustment, AdjustmentState};
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::ids::AdjustmentId;
use crate::domain::value::seq::Seq;
use crate::ledger::SubmitError;
use crate::ledger::state::ProgramState;
use crate::log::LogError;
use crate::pb;

impl Api {
    /// Gives or takes points, or keeps the adjustment for a second person to approve.
    pub(super) async fn adjust(&self, request: Request<pb::AdjustPointsRequest>) -> Result<pb::Adjustment, ApiError> {
        let caller = Caller::of(&request)?;
        let principal = caller.named()?;
        let request = request.into_inner();
        let values = Values::of(&request);
        let parsed = parse_adjustment(request.adjustment)?;
        let ParsedAdjustment { program, terms, note: text } = parsed;
        let program = self.current_program(&program).await?;
        let (id, note) = (terms.id.clone(), Some(note(text.into_bytes())?));
        let act = Act::AdjustPoints(Box::new(terms));
        let command = Command { note, ..given(&program, &id, &values, principal, act) };
        let answer = self.ledger.submit(&program, command, Some(caller.deadline)).await;
        answer.map_err(|error| match error {
            SubmitError::Rejected(Rejection::DatedAhead { occurred_at }) => {
                ApiError::Invalid(vec![dated_ahead("adjustment.occurred_at", occurred_at)])
            }
            error => error.into(),
        })?;
        self.shown_adjustment(&program, &id).await
    }

    /// Approves an adjustment. The approver must not be the person who drew it up.
    pub(super) async fn approve_adjusting(
        &self,
        request: &Request<pb::ApproveAdjustmentRequest>,
    ) -> Result<pb::Adjustment, ApiError> {
        let caller = Caller::of(request)?;
        let principal = caller.named()?;
        let (program, id) = self.adjustment_of(&request.get_ref().name).await?;
        let (values, act) = (Values::of(request.get_ref()), Act::ApproveAdjustment(id.clone()));
        let command = given(&program, &id, &values, principal, act);
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.shown_adjustment(&program, &id).await
    }

    /// Rejects an adjustment.
    pub(super) async fn reject_adjusting(
        &self,
        request: &Request<pb::RejectAdjustmentRequest>,
    ) -> Result<pb::Adjustment, ApiError> {
        let caller = Caller::of(request)?;
        let principal = caller.named()?;
        let mut violations = Violations::default();
        let name = violations.adjustment("name", &request.get_ref().name);
        let text = &request.get_ref().note;
        violations.note_text("note", text);
        let (program, id) = violations.check(name)?;
        let program = self.current_program(&program).await?;
        let note = Some(note(text.clone().into_bytes())?);
        let (values, act) = (Values::of(request.get_ref()), Act::RejectAdjustment(id.clone()));
        let command = Command { note, ..given(&program, &id, &values, principal, act) };
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.shown_adjustment(&program, &id).await
    }

    /// Finds an adjustment.
    pub(super) async fn adjustment_named(
        &self,
        request: &Request<pb::GetAdjustmentRequest>,
    ) -> Result<pb::Adjustment, ApiError> {
        Caller::of(request)?;
        let (program, id) = self.adjustment_of(&request.get_ref().name).await?;
        self.shown_adjustment(&program, &id).await
    }

    async fn adjustment_of(&self, name: &str) -> Result<(Arc<ProgramState>, AdjustmentId), ApiError> {
        let mut violations = Violations::default();
        let parsed = violations.adjustment("name", name);
        let (program, id) = violations.check(parsed)?;
        Ok((self.current_program(&program).await?, id))
    }

    async fn stored_adjustment(&self, program: &ProgramState, id: &AdjustmentId) -> Result<Adjustment, ApiError> {
        match self.ledger.record(program, &RecordKey::Adjustment(id.clone())).await? {
            Some(Record::Adjustment(adjustment)) => Ok(adjustment),
            _ => Err(ApiError::NotFound(format!("programs/{}/adjustments/{id}", program.id))),
        }
    }

    async fn shown_adjustment(&self, program: &ProgramState, id: &AdjustmentId) -> Result<pb::Adjustment, ApiError> {
        let adjustment = self.stored_adjustment(program, id).await?;
        let text = self.text_of(program, adjustment.seq).await?;
        let why_rejected = match &adjustment.decided {
            Some((_, seq)) if adjustment.state == AdjustmentState::Rejected => self.text_of(program, *seq).await?,
            _ => String::new(),
        };
        Ok(render::adjustment(&program.id, id, &adjustment, text, why_rejected))
    }

    /// Returns the text that goes with an entry; empty when it was erased.
    pub(super) async fn text_of(&self, program: &ProgramState, seq: Seq) -> Result<String, LogError> {
        let notes = self.ledger.log().notes(&program.id, seq.previous(), seq).await?;
        let text = notes.first().map(|(_, note)| String::from_utf8_lossy(&note.text).into_owned());
        Ok(text.unwrap_or_default())
    }
}
