//! Withheld money of banned members that lapses, of `Choices`.

use tonic::Request;

use super::door::enter;
use super::{Api, currency_of, note};
use crate::domain::decide::command::{Act, Command};
use crate::domain::entry::digest::Values;
use crate::domain::state::lots::Lots;
use crate::domain::state::proposal::ProposalState;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::ids::{ActivityId, MemberId};
use crate::ledger::state::ProgramState;
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::parse::Violations;
use crate::wire::render;

impl Api {
    pub(super) async fn lapse_asked_for(&self, request: Request<pb::LapseMoneyRequest>) -> Result<pb::Lapse, ApiError> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let mut violations = Violations::default();
        let name = violations.member_of("name", &request.name);
        let id = violations.id("lapse_id", ActivityId::parse(&request.lapse_id));
        violations.note_text("note", &request.note);
        let ((program, member), id) = violations.check(name.zip(id))?;
        let program = self.program(&caller, &program).await?;
        let note = Some(note(request.note.into_bytes())?);
        let command = Command { note, ..program.given(&id, &values, Act::LapseMoney(member.clone())) };
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.shown_lapse(&program, &member).await
    }

    pub(super) async fn lapse_approved(
        &self,
        request: Request<pb::ApproveLapseRequest>,
    ) -> Result<pb::Lapse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.member_of("name", &request.name);
        let id = violations.id("lapse_id", ActivityId::parse(&request.lapse_id));
        let digest = violations.digest("content_digest", &request.content_digest, "lapse's content_digest");
        let (((program, member), id), digest) = violations.check(name.zip(id).zip(digest))?;
        let program = self.program(&caller, &program).await?;
        let command = program.given(&id, &Values::of(&request), Act::ApproveLapse(member.clone(), digest));
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.shown_lapse(&program, &member).await
    }

    pub(super) async fn lapse_rejected(&self, request: Request<pb::RejectLapseRequest>) -> Result<pb::Lapse, ApiError> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let mut violations = Violations::default();
        let name = violations.member_of("name", &request.name);
        let id = violations.id("lapse_id", ActivityId::parse(&request.lapse_id));
        violations.note_text("note", &request.note);
        let ((program, member), id) = violations.check(name.zip(id))?;
        let program = self.program(&caller, &program).await?;
        let note = Some(note(request.note.into_bytes())?);
        let command = Command { note, ..program.given(&id, &values, Act::RejectLapse(member.clone())) };
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.shown_lapse(&program, &member).await
    }

    pub(super) async fn lapse(&self, request: Request<pb::GetLapseRequest>) -> Result<pb::Lapse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.member_of("name", &request.name);
        let (program, member) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        self.shown_lapse(&program, &member).await
    }

    async fn shown_lapse(&self, program: &ProgramState, member: &MemberId) -> Result<pb::Lapse, ApiError> {
        let Some(Record::Lapse(lapse)) = self.ledger.record(program, &RecordKey::Lapse(member.clone())).await? else {
            return Err(ApiError::NotFound(format!("programs/{}/members/{member}/lapse", program.id)));
        };
        let proposed = self.text_of(program, lapse.seq).await?;
        let rejected = match &lapse.decided {
            Some((_, seq)) if lapse.state == ProposalState::Rejected => self.text_of(program, *seq).await?,
            _ => String::new(),
        };
        let lots = match self.ledger.record(program, &RecordKey::Lots(member.clone())).await? {
            Some(Record::Lots(lots)) => lots,
            _ => Lots::default(),
        };
        let waiting = (lapse.state == ProposalState::Proposed)
            .then(|| lots.sum_withheld().map(|withheld| (withheld, lapse.content(member, &lots))))
            .flatten();
        let notes = [proposed, rejected];
        Ok(render::lapse((&program.id, member), currency_of(program)?, &lapse, waiting, notes))
    }
}
