//! `Members`.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::door::{Caller, enter};
use super::entered::Entered;
use super::{Api, note_of};
use crate::domain::decide::command::{Act, Command};
use crate::domain::entry::Entry;
use crate::domain::entry::digest::Values;
use crate::domain::state::member::{LiftState, Member};
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::member::{Profile, ShutOutReason};
use crate::domain::value::ids::MemberId;
use crate::domain::value::seq::Seq;
use crate::ledger::state::ProgramState;
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::parse::{ParsedShutOut, Violations, parse_profile, parse_shut_out};
use crate::wire::render;

#[tonic::async_trait]
impl pb::members_server::Members for Api {
    async fn suspend_member(&self, request: Request<pb::SuspendMemberRequest>) -> Result<Response<pb::Member>, Status> {
        let (caller, request) = enter(request);
        let reason = |violations: &mut Violations| match request.reason() {
            pb::SuspensionReason::FraudSuspected => Some(ShutOutReason::FraudSuspected),
            pb::SuspensionReason::TermsBroken => Some(ShutOutReason::TermsBroken),
            pb::SuspensionReason::Requested => Some(ShutOutReason::Requested),
            pb::SuspensionReason::Unspecified | pb::SuspensionReason::Fraud => {
                violations.refuse("reason", "must be fraud_suspected, terms_broken or requested")
            }
        };
        let id = ("suspension_id", request.suspension_id.as_str());
        let parsed = parse_shut_out(&request.name, id, reason, request.note.clone())?;
        let (program, member, _) =
            self.act_on_member(&caller, parsed, &Values::of(&request), Act::SuspendMember).await?;
        Ok(Response::new(self.shown_member(&program, &member).await?))
    }

    async fn update_member_profile(
        &self,
        request: Request<pb::UpdateMemberProfileRequest>,
    ) -> Result<Response<pb::Member>, Status> {
        let (caller, request) = enter(request);
        let id = ("update_id", request.update_id.as_str());
        let profile = |violations: &mut Violations| parse_profile(violations, request.opted_out, &request.labels);
        let parsed = parse_shut_out(&request.name, id, profile, request.note.clone())?;
        let (program, member, _) =
            self.act_on_member(&caller, parsed, &Values::of(&request), Act::UpdateMemberProfile).await?;
        Ok(Response::new(self.shown_member(&program, &member).await?))
    }

    async fn reinstate_member(
        &self,
        request: Request<pb::ReinstateMemberRequest>,
    ) -> Result<Response<pb::Member>, Status> {
        let (caller, request) = enter(request);
        let id = ("reinstatement_id", request.reinstatement_id.as_str());
        let parsed = parse_shut_out(&request.name, id, |_| Some(()), request.note.clone())?;
        let (program, member, _) = self
            .act_on_member(&caller, parsed, &Values::of(&request), |member, ()| Act::ReinstateMember(member))
            .await?;
        Ok(Response::new(self.shown_member(&program, &member).await?))
    }

    async fn ban_member(
        &self,
        request: Request<pb::BanMemberRequest>,
    ) -> Result<Response<pb::BanMemberResponse>, Status> {
        Ok(Response::new(self.banned(request).await?))
    }

    async fn lift_ban(&self, request: Request<pb::LiftBanRequest>) -> Result<Response<pb::Member>, Status> {
        Ok(Response::new(self.lift_asked_for(request).await?))
    }

    async fn approve_ban_lift(
        &self,
        request: Request<pb::ApproveBanLiftRequest>,
    ) -> Result<Response<pb::ApproveBanLiftResponse>, Status> {
        Ok(Response::new(self.lift_approved(request).await?))
    }

    async fn reject_ban_lift(
        &self,
        request: Request<pb::RejectBanLiftRequest>,
    ) -> Result<Response<pb::Member>, Status> {
        Ok(Response::new(self.lift_rejected(request).await?))
    }

    async fn merge_members(&self, request: Request<pb::MergeMembersRequest>) -> Result<Response<pb::Member>, Status> {
        Ok(Response::new(self.merged(request).await?))
    }

    async fn batch_merge_members(
        &self,
        request: Request<pb::BatchMergeMembersRequest>,
    ) -> Result<Response<pb::BatchMergeMembersResponse>, Status> {
        Ok(Response::new(self.merged_each(request).await?))
    }

    async fn approve_merger(&self, request: Request<pb::ApproveMergerRequest>) -> Result<Response<pb::Merger>, Status> {
        Ok(Response::new(self.merger_approved(request).await?))
    }

    async fn reject_merger(&self, request: Request<pb::RejectMergerRequest>) -> Result<Response<pb::Merger>, Status> {
        Ok(Response::new(self.merger_rejected(request).await?))
    }

    async fn get_merger(&self, request: Request<pb::GetMergerRequest>) -> Result<Response<pb::Merger>, Status> {
        Ok(Response::new(self.merger_named(request).await?))
    }

    async fn list_mergers(
        &self,
        request: Request<pb::ListMergersRequest>,
    ) -> Result<Response<pb::ListMergersResponse>, Status> {
        Ok(Response::new(self.mergers_listed(request).await?))
    }

    async fn list_members(
        &self,
        request: Request<pb::ListMembersRequest>,
    ) -> Result<Response<pb::ListMembersResponse>, Status> {
        Ok(Response::new(self.members_listed(request).await?))
    }

    async fn get_member(&self, request: Request<pb::GetMemberRequest>) -> Result<Response<pb::Member>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.member_of("name", &request.name);
        let (program, member) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        program.may_read(Some(&member))?;
        Ok(Response::new(self.shown_member(&program, &member).await?))
    }
}

impl Api {
    /// Submits an act on a member, for a named caller.
    pub(super) async fn act_on_member<R>(
        &self,
        caller: &Caller,
        parsed: ParsedShutOut<R>,
        values: &Values,
        act: impl FnOnce(MemberId, R) -> Act,
    ) -> Result<(Entered, MemberId, Arc<Entry>), ApiError> {
        let ParsedShutOut { program, member, id, reason, note: text } = parsed;
        let program = self.program(caller, &program).await?;
        let note = note_of(text)?;
        let act = act(member.clone(), reason);
        let command = Command { note, ..program.given(&id, values, act) };
        let entry = self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        Ok((program, member, entry.first))
    }

    pub(super) async fn shown_member(&self, program: &ProgramState, id: &MemberId) -> Result<pb::Member, ApiError> {
        let seq = program.head_seq();
        let record = self.ledger.record(program, &RecordKey::Member(id.clone())).await?;
        let member = match record {
            Some(Record::Member(member)) => member,
            _ => Member::default(),
        };
        let profile = match self.ledger.record(program, &RecordKey::Profile(id.clone())).await? {
            Some(Record::Profile(profile)) => profile,
            _ => Profile::default(),
        };
        self.shown_of(program, id, (&member, &profile), seq).await
    }

    /// Returns a member as what was read of it tells, with the texts of a lifted ban.
    pub(super) async fn shown_of(
        &self,
        program: &ProgramState,
        id: &MemberId,
        (member, profile): (&Member, &Profile),
        seq: Seq,
    ) -> Result<pb::Member, ApiError> {
        let lift = member.ban.as_ref().and_then(|ban| ban.lift.as_ref());
        let mut notes = [String::new(), String::new()];
        if let Some(lift) = lift {
            notes[0] = self.text_of(program, lift.seq).await?;
        }
        if let Some((_, seq)) =
            lift.filter(|lift| lift.state == LiftState::Rejected).and_then(|lift| lift.decided.as_ref())
        {
            notes[1] = self.text_of(program, *seq).await?;
        }
        Ok(render::member(&program.id, id, (member, profile), seq, notes))
    }
}
