//! Withheld money of banned members that lapses, of `Choices`.

use tonic::Request;

use super::door::{Caller, enter};
use super::{Api, currency_of, note};
use crate::domain::decide::command::{Act, Command};
use crate::domain::entry::digest::Values;
use crate::domain::state::lapse::Lapse;
use crate::domain::state::lots::Lots;
use crate::domain::state::member::{Ban, Member};
use crate::domain::state::proposal::ProposalState;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::ids::{ActivityId, MemberId, RequestId};
use crate::ledger::state::ProgramState;
use crate::log::Want;
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::parse::Violations;
use crate::wire::render;

/// What asks for a lapse, or rejects one: the member's name, the lapse's id, and why.
struct Noted {
    name: String,
    lapse_id: String,
    note: String,
}

impl Api {
    pub(super) async fn lapse_asked_for(&self, request: Request<pb::LapseMoneyRequest>) -> Result<pb::Lapse, ApiError> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let pb::LapseMoneyRequest { name, lapse_id, note } = request;
        self.noted(&caller, Noted { name, lapse_id, note }, &values, Act::LapseMoney).await
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
        let request_id = RequestId::of_member(&member, &id);
        let act = Act::ApproveLapse(member.clone(), id, digest);
        let command = program.given(request_id, &Values::of(&request), act);
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.shown_lapse(&program, &member).await
    }

    pub(super) async fn lapse_rejected(&self, request: Request<pb::RejectLapseRequest>) -> Result<pb::Lapse, ApiError> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let pb::RejectLapseRequest { name, lapse_id, note } = request;
        self.noted(&caller, Noted { name, lapse_id, note }, &values, Act::RejectLapse).await
    }

    pub(super) async fn lapse_read(&self, request: Request<pb::GetLapseRequest>) -> Result<pb::Lapse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.member_of("name", &request.name);
        let (program, member) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        self.shown_lapse(&program, &member).await
    }

    /// Records an act on a lapse that has a reason.
    async fn noted(
        &self,
        caller: &Caller,
        noted: Noted,
        values: &Values,
        act: fn(MemberId, ActivityId) -> Act,
    ) -> Result<pb::Lapse, ApiError> {
        let mut violations = Violations::default();
        let name = violations.member_of("name", &noted.name);
        let id = violations.id("lapse_id", ActivityId::parse(&noted.lapse_id));
        violations.note_text("note", &noted.note);
        let ((program, member), id) = violations.check(name.zip(id))?;
        let program = self.program(caller, &program).await?;
        let note = Some(note(noted.note.into_bytes())?);
        let request_id = RequestId::of_member(&member, &id);
        let command = Command { note, ..program.given(request_id, values, act(member.clone(), id)) };
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.shown_lapse(&program, &member).await
    }

    async fn shown_lapse(&self, program: &ProgramState, member: &MemberId) -> Result<pb::Lapse, ApiError> {
        let keys = [RecordKey::Lapse, RecordKey::Lots, RecordKey::Member].map(|key| key(member.clone()));
        let (mut lapse, mut lots, mut known) = (None::<Lapse>, Lots::default(), Member::default());
        for stored in self.ledger.log().load(&program.id, &Want::records(keys.into())).await?.records {
            match stored.record {
                Record::Lapse(it) => lapse = Some(it),
                Record::Lots(it) => lots = it,
                Record::Member(it) => known = it,
                _ => {}
            }
        }
        let not_found = || ApiError::NotFound(format!("programs/{}/members/{member}/lapse", program.id));
        let lapse = lapse.ok_or_else(not_found)?;
        let proposed = self.text_of(program, lapse.seq).await?;
        let rejected = match &lapse.decided {
            Some((_, seq)) if lapse.state == ProposalState::Rejected => self.text_of(program, *seq).await?,
            _ => String::new(),
        };
        let ban = known.ban.filter(Ban::holds);
        let is_stale = lapse.state == ProposalState::Proposed
            && !ban.is_some_and(|ban| lapse.is_about(member, &lots, ban.term.seq));
        let notes = [proposed, rejected];
        Ok(render::lapse((&program.id, member), currency_of(program)?, &lapse, is_stale, notes))
    }
}
