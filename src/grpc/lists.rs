//! The lists of payouts, row by row, and previews as files.

use std::sync::Arc;

use tonic::Request;

use super::Api;
use super::door::enter;
use crate::domain::decide::acts::Step;
use crate::domain::decide::command::Act;
use crate::domain::decide::payout::wrong_rows;
use crate::domain::decide::rejection::{MoneyRejection, Rejection};
use crate::domain::entry::digest::Values;
use crate::domain::state::overlay::Changes;
use crate::domain::state::record::RecordKey;
use crate::domain::value::ids::{MemberId, RequestId};
use crate::ledger::SubmitError;
use crate::ledger::state::ProgramState;
use crate::log::Want;
use crate::pb;
use crate::process::payout::complete_list;
use crate::wire::error::ApiError;
use crate::wire::parse::{Violations, parse_rows};

impl Api {
    /// Adds rows to the list of a payout, and completes its draft with the last.
    pub(super) async fn rows_added(&self, request: Request<pb::AddListRowsRequest>) -> Result<pb::Payout, ApiError> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let mut violations = Violations::default();
        let name = violations.payout("name", &request.name);
        let after = match request.after_member_id.as_str() {
            "" => Some(None),
            id => violations.id("after_member_id", MemberId::parse(id)).map(Some),
        };
        let rows = parse_rows(&mut violations, request.rows, !request.validate_only);
        let ((program, id), after) = violations.check(name.zip(after))?;
        let program = self.program(&caller, &program).await?;
        if request.validate_only {
            let members = rows.iter().map(|row| row.member.clone()).collect();
            let problems = wrong_rows(&self.known_members(&program, members).await?, &rows);
            if !problems.is_empty() {
                return Err(SubmitError::from(Rejection::from(MoneyRejection::ListProblems { problems })).into());
            }
            return Ok(pb::Payout { name: request.name, ..pb::Payout::default() });
        }
        let through = rows.last().map(|row| row.member.clone());
        let Some(through) = through else { return Err(ApiError::NotFound(request.name)) };
        let request_id = match &after {
            Some(member) => RequestId::step_after(&id, member),
            None => RequestId::from(&id),
        };
        let command = program.given(request_id, &values, Act::ListWeights(id.clone(), Step { after, through, rows }));
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        let payout = complete_list(&self.payouts, Arc::clone(&program), id).await?;
        self.shown_payout(&program, &payout).await
    }

    /// Reads what a check of rows asks of their members.
    async fn known_members(&self, program: &ProgramState, members: Vec<MemberId>) -> Result<Changes, ApiError> {
        let records = members.iter().cloned().map(RecordKey::Member).chain([RecordKey::Program]).collect();
        let loaded = self.ledger.log().load(&program.id, &Want { members, records }).await?;
        let accounts = loaded.accounts.into_iter().map(|account| (account.member.clone(), account)).collect();
        let records = loaded.records.into_iter().map(|stored| (stored.key, (stored.seq, stored.record))).collect();
        Ok(Changes { accounts, records })
    }
}
