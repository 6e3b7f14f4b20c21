//! Bans and their lifting, of `Members`.

use std::sync::Arc;

use tonic::Request;

use super::Api;
use super::door::enter;
use crate::domain::decide::command::Act;
use crate::domain::entry::digest::Values;
use crate::domain::terms::member::ShutOutReason;
use crate::pb;
use crate::process::ban::change_all;
use crate::wire::error::ApiError;
use crate::wire::parse::{Violations, parse_shut_out};

impl Api {
    pub(super) async fn banned(
        &self,
        request: Request<pb::BanMemberRequest>,
    ) -> Result<pb::BanMemberResponse, ApiError> {
        let (caller, request) = enter(request);
        let reason = |violations: &mut Violations| match request.reason() {
            pb::SuspensionReason::Fraud => Some(ShutOutReason::Fraud),
            pb::SuspensionReason::TermsBroken => Some(ShutOutReason::TermsBroken),
            pb::SuspensionReason::Unspecified
            | pb::SuspensionReason::FraudSuspected
            | pb::SuspensionReason::Requested => violations.refuse("reason", "must be fraud or terms_broken"),
        };
        let id = ("ban_id", request.ban_id.as_str());
        let parsed = parse_shut_out(&request.name, id, reason, request.note.clone())?;
        let (program, member, ban) = self.act_on_member(&caller, parsed, &Values::of(&request), Act::BanMember).await?;
        // It goes on when the caller hangs up. When the server ends, a sweeper goes on with it, or the same call again.
        let revoked = change_all(Arc::clone(&self.ledger), Arc::clone(&program), ban).await?;
        Ok(pb::BanMemberResponse {
            member: Some(self.shown_member(&program, &member).await?),
            revoked_activities: revoked.activities,
            revoked_adjustments: revoked.adjustments,
            points: -revoked.posted.credited(),
            pending_points: -revoked.posted.pending(),
            written_off_points: revoked.posted.written_off,
        })
    }

    pub(super) async fn lift_asked_for(&self, request: Request<pb::LiftBanRequest>) -> Result<pb::Member, ApiError> {
        let (caller, request) = enter(request);
        let id = ("lift_id", request.lift_id.as_str());
        let parsed = parse_shut_out(&request.name, id, |_| Some(()), request.note.clone())?;
        let act = |member, ()| Act::LiftBan(member);
        let (program, member, _) = self.act_on_member(&caller, parsed, &Values::of(&request), act).await?;
        self.shown_member(&program, &member).await
    }

    pub(super) async fn lift_approved(
        &self,
        request: Request<pb::ApproveBanLiftRequest>,
    ) -> Result<pb::ApproveBanLiftResponse, ApiError> {
        let (caller, request) = enter(request);
        let id = ("lift_id", request.lift_id.as_str());
        let parsed = parse_shut_out(&request.name, id, |_| Some(()), String::new())?;
        let act = |member, ()| Act::ApproveBanLift(member);
        let (program, member, lifted) = self.act_on_member(&caller, parsed, &Values::of(&request), act).await?;
        let given_back = change_all(Arc::clone(&self.ledger), Arc::clone(&program), lifted).await?;
        Ok(pb::ApproveBanLiftResponse {
            member: Some(self.shown_member(&program, &member).await?),
            reinstated_activities: given_back.activities,
            reinstated_adjustments: given_back.adjustments,
            points: given_back.posted.credited(),
            pending_points: given_back.posted.pending(),
            made_good_points: given_back.posted.made_good,
            expired_points: given_back.posted.expired_again,
        })
    }

    pub(super) async fn lift_rejected(
        &self,
        request: Request<pb::RejectBanLiftRequest>,
    ) -> Result<pb::Member, ApiError> {
        let (caller, request) = enter(request);
        let id = ("lift_id", request.lift_id.as_str());
        let parsed = parse_shut_out(&request.name, id, |_| Some(()), request.note.clone())?;
        let act = |member, ()| Act::RejectBanLift(member);
        let (program, member, _) = self.act_on_member(&caller, parsed, &Values::of(&request), act).await?;
        self.shown_member(&program, &member).await
    }
}
