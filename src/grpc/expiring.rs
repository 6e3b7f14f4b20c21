//! `Ledger.ListExpiring`.

use tonic::Request;

use super::Api;
use super::door::enter;
use crate::domain::terms::expiry::Reach;
use crate::domain::value::ids::MemberId;
use crate::pb;
use crate::process::expiry::expiring;
use crate::wire::error::ApiError;
use crate::wire::names::log_or_member;
use crate::wire::page::{List, index};
use crate::wire::parse::Violations;
use crate::wire::render;

impl Api {
    pub(super) async fn expiring(
        &self,
        request: Request<pb::ListExpiringRequest>,
    ) -> Result<pb::ListExpiringResponse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = log_or_member(&mut violations, "parent", &request.parent);
        let page_size = violations.page_size(request.page_size);
        let (program, member) = violations.check(parent)?;
        let list = List::of("ListExpiring", &request.parent);
        let after: Option<MemberId> = list.cursor(&request.page_token)?;
        let program = self.program(&caller, &program).await?;
        program.may_read(member.as_ref())?;
        let _turn = caller.list_turn(page_size).await?;
        let upcoming = expiring(&self.ledger, &program, member.as_ref(), after.as_ref(), index(page_size)).await?;
        let (earned_before, inactive_since) = match upcoming.cut_off.map(|cut_off| cut_off.reach) {
            Some(Reach::OfAge { before, .. }) => (Some(render::date(before)), None),
            Some(Reach::OfInactive { since, .. }) => (None, Some(render::date(since))),
            None => (None, None),
        };
        let points = |(member, points): (MemberId, i64)| pb::ExpiringPoints { member_id: member.to_string(), points };
        Ok(pb::ListExpiringResponse {
            expiring: upcoming.rows.into_iter().map(points).collect(),
            next_page_token: upcoming.next.map(|member| list.token(&member)).unwrap_or_default(),
            cut_off: upcoming.cut_off.map(|cut_off| render::date(cut_off.day)),
            earned_before,
            seq: upcoming.seq.get(),
            inactive_since,
        })
    }
}
