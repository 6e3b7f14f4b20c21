//! `Audit`.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::door::{Caller, enter};
use super::{Api, currency_of};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Day;
use crate::flags::{COUNTERS_MAX, FlagsError, PAGE, Question, find};
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::page::List;
use crate::wire::parse::{ParsedFlags, Violations, parse_flags, too_much};
use crate::wire::render;

#[tonic::async_trait]
impl pb::audit_server::Audit for Api {
    async fn verify_program(
        &self,
        request: Request<pb::VerifyProgramRequest>,
    ) -> Result<Response<pb::VerifyProgramResponse>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let id = violations.program("name", &request.name);
        let id = violations.check(id)?;
        self.program(&caller, &id).await?;
        let (log, program) = (Arc::clone(self.ledger.log()), id.clone());
        let verifying = async move { crate::audit::verify(&*log, &program, |_| ()).await };
        let report = self.ledger.aside().run(&id, verifying).await.map_err(ApiError::from)??;
        let report = report.ok_or_else(|| ApiError::NotFound(format!("programs/{id}")))?;
        Ok(Response::new(pb::VerifyProgramResponse {
            entries: report.entries,
            members: report.members,
            head_seq: report.head_seq.get(),
            root_hash: report.root_hash.to_vec(),
            findings: report
                .findings
                .into_iter()
                .map(|finding| pb::Finding { seq: finding.seq.get(), problem: finding.problem })
                .collect(),
            payouts: report.payouts,
            activities_with_other_offset: report.other_offsets,
            names_believed_through_seq: report.names_believed_through.get(),
        }))
    }

    async fn list_acts(&self, request: Request<pb::ListActsRequest>) -> Result<Response<pb::ListActsResponse>, Status> {
        Ok(Response::new(self.acts(request).await?))
    }

    async fn list_flags(
        &self,
        request: Request<pb::ListFlagsRequest>,
    ) -> Result<Response<pb::ListFlagsResponse>, Status> {
        let (caller, request) = enter(request);
        let parsed = parse_flags(&request)?;
        Ok(Response::new(self.flags(&caller, &parsed, &request.page_token).await?))
    }
}

impl Api {
    /// Returns a page of flags. All pages of a list are as of the entry that its token names.
    async fn flags(
        &self,
        caller: &Caller,
        asked: &ParsedFlags,
        page_token: &str,
    ) -> Result<pb::ListFlagsResponse, ApiError> {
        let program = self.program(caller, &asked.program).await?;
        let days = [asked.period.first(), asked.period.last()].map(Day::get);
        let list = List::of("ListFlags", &(asked.program.as_str(), days));
        let cursor: Option<(Seq, u32)> = list.cursor(page_token)?;
        let (head, after) = cursor.unwrap_or((program.head_seq(), 0));
        self.reach(&program, head).await?;
        let (page, counters_max) = (PAGE, COUNTERS_MAX);
        let (zone, currency, period) = (program.zone(), currency_of(&program)?, asked.period);
        let (log, id) = (Arc::clone(self.ledger.log()), program.id.clone());
        let looking =
            async move { find(&*log, &Question { program: &id, zone: &zone, period, head, page, counters_max }).await };
        let found = self.ledger.aside().run(&program.id, looking).await?.map_err(|error| match error {
            FlagsError::Log(error) => ApiError::Log(error),
            FlagsError::TooMuch => too_much(),
        })?;
        let [first, size] = [after, asked.page_size].map(|it| usize::try_from(it).expect("a u32 is a usize"));
        let page = found.flags.iter().skip(first).take(size);
        let through = after.saturating_add(asked.page_size);
        let goes_on = found.flags.len() > first.saturating_add(size);
        Ok(pb::ListFlagsResponse {
            flags: page.map(|flag| render::flag(flag, currency)).collect(),
            next_page_token: if goes_on { list.token(&(head, through)) } else { String::new() },
            seq: head.get(),
            total_flags: render::count(found.flags.len()),
            thresholds: Some(render::flag_thresholds()),
            seen: Some(render::flags_seen(found.seen)),
        })
    }
}
