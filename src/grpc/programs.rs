//! `Programs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::door::enter;
use super::entered::Entered;
use super::{Api, currency_of, note};
use crate::domain::decide::command::{Act, Command};
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::digest::Values;
use crate::domain::state::proposal::ProposalState;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::rules::set::PublishedRuleSet;
use crate::domain::value::encoding::hex;
use crate::domain::value::ids::{ProgramId, RequestId, UpdateId};
use crate::domain::value::seq::Seq;
use crate::ledger::SubmitError;
use crate::ledger::state::ProgramState;
use crate::log::Want;
use crate::pb;
use crate::simulate::{Question, SimulateError, simulate};
use crate::wire::error::ApiError;
use crate::wire::page::List;
use crate::wire::parse::{ParsedSimulation, Violations, parse_program, parse_rule_set, parse_simulation, parse_update};
use crate::wire::render;

#[tonic::async_trait]
impl pb::programs_server::Programs for Api {
    async fn create_program(
        &self,
        request: Request<pb::CreateProgramRequest>,
    ) -> Result<Response<pb::Program>, Status> {
        let (caller, mut request) = enter(request);
        // The field is ignored, so no client counts as having given it.
        request.program.iter_mut().for_each(|program| program.name.clear());
        let values = Values::of(&request);
        let (id, terms, owners) = parse_program(request, self.authority.is_some())?;
        let principal = caller.operator()?;
        let program = Entered::without_roles(self.ledger.make_place(&id).await?, principal);
        let mut commands = vec![program.given(&id, &values, Act::CreateProgram(terms))];
        if !owners.is_empty() {
            commands.push(self.first_owners(&program, &values, owners)?);
        }
        let created = self.ledger.submit_together(&program, commands, Some(caller.deadline)).await;
        created.map_err(|refused| ApiError::from(refused.error))?;
        Ok(Response::new(rendered(&program)?))
    }

    async fn get_program(&self, request: Request<pb::GetProgramRequest>) -> Result<Response<pb::Program>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let id = violations.program("name", &request.name);
        let id = violations.check(id)?;
        Ok(Response::new(rendered(&*self.program(&caller, &id).await?)?))
    }

    async fn list_programs(
        &self,
        request: Request<pb::ListProgramsRequest>,
    ) -> Result<Response<pb::ListProgramsResponse>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let page_size = violations.page_size(request.page_size);
        violations.check(Some(()))?;
        caller.operator()?;
        let _turn = caller.list_turn(page_size).await?;
        let list = List::of("ListPrograms", &());
        let after: Option<ProgramId> = list.cursor(&request.page_token)?;
        let log = self.ledger.log();
        let mut ids = log.programs(after.as_ref(), page_size + 1).await?;
        let next_page_token = list.cut(&mut ids, page_size, |id| id);
        let heads: BTreeMap<ProgramId, Seq> =
            log.heads(&ids).await?.into_iter().map(|(id, seq, _)| (id, seq)).collect();
        let mut programs = Vec::with_capacity(ids.len());
        for id in &ids {
            // A place may exist whose programme was never created.
            let records = log.load(id, &Want::records(vec![RecordKey::Program])).await?.records;
            let program = records.into_iter().find_map(|stored| match stored.record {
                Record::Program(program) => Some(program),
                _ => None,
            });
            let head = heads.get(id).copied();
            programs.extend(program.zip(head).map(|(program, head)| render::program(id, &program, head)));
        }
        Ok(Response::new(pb::ListProgramsResponse { programs, next_page_token }))
    }

    async fn update_program(
        &self,
        request: Request<pb::UpdateProgramRequest>,
    ) -> Result<Response<pb::ProgramUpdate>, Status> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let (program, change, text) = parse_update(request.update)?;
        let program = self.program(&caller, &program).await?;
        let (id, note) = (change.id.clone(), Some(note(text.into_bytes())?));
        let command = Command { note, ..program.given(&id, &values, Act::UpdateProgram(change)) };
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        Ok(Response::new(self.shown_update(&program, &id).await?))
    }

    async fn approve_program_update(
        &self,
        request: Request<pb::ApproveProgramUpdateRequest>,
    ) -> Result<Response<pb::ProgramUpdate>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.update("name", &request.name);
        let digest = violations.digest("content_digest", &request.content_digest, "update's content_digest");
        let ((program, id), digest) = violations.check(name.zip(digest))?;
        let program = self.program(&caller, &program).await?;
        let act = Act::ApproveProgramUpdate(id.clone(), digest);
        let command = program.given(RequestId::signing(&hex(&digest)), &Values::of(&request), act);
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        Ok(Response::new(self.shown_update(&program, &id).await?))
    }

    async fn reject_program_update(
        &self,
        request: Request<pb::RejectProgramUpdateRequest>,
    ) -> Result<Response<pb::ProgramUpdate>, Status> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let mut violations = Violations::default();
        let name = violations.update("name", &request.name);
        violations.note_text("note", &request.note);
        let (program, id) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        let note = Some(note(request.note.into_bytes())?);
        let command = Command { note, ..program.given(&id, &values, Act::RejectProgramUpdate(id.clone())) };
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        Ok(Response::new(self.shown_update(&program, &id).await?))
    }

    async fn get_program_update(
        &self,
        request: Request<pb::GetProgramUpdateRequest>,
    ) -> Result<Response<pb::ProgramUpdate>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.update("name", &request.name);
        let (program, id) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        Ok(Response::new(self.shown_update(&program, &id).await?))
    }

    async fn publish_rule_set(
        &self,
        request: Request<pb::PublishRuleSetRequest>,
    ) -> Result<Response<pb::RuleSet>, Status> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let rule_set = request.rule_set;
        let name = rule_set.as_ref().and_then(|rules| Violations::default().rule_set("name", &rules.name));
        let program = match name {
            Some((id, _)) => Some(self.program(&caller, &id).await?),
            None => None,
        };
        let currency = program.as_ref().map(|program| currency_of(program)).transpose()?;
        let (id, rules) = parse_rule_set(rule_set, currency)?;
        let program = program.ok_or_else(|| ApiError::NotFound(format!("programs/{id}")))?;
        let version = rules.version;
        let (request_id, act) = (RequestId::version(version), Act::PublishRuleSet(rules));
        let command = program.given(request_id, &values, act);
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        let published = self.rule_set(&program, version).await?;
        Ok(Response::new(render::rule_set(&id, currency_of(&program)?, &published)))
    }

    async fn get_rule_set(&self, request: Request<pb::GetRuleSetRequest>) -> Result<Response<pb::RuleSet>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.rule_set("name", &request.name);
        let (id, version) = violations.check(name)?;
        let program = self.program(&caller, &id).await?;
        let latest = program.read().rules.latest().map(|latest| latest.rules.version);
        let version = version.or(latest).ok_or_else(|| ApiError::NotFound(request.name.clone()))?;
        let published = self.rule_set(&program, version).await?;
        Ok(Response::new(render::rule_set(&id, currency_of(&program)?, &published)))
    }

    async fn list_rule_sets(
        &self,
        request: Request<pb::ListRuleSetsRequest>,
    ) -> Result<Response<pb::ListRuleSetsResponse>, Status> {
        Ok(Response::new(self.rule_sets_listed(request).await?))
    }

    async fn simulate_rule_set(
        &self,
        request: Request<pb::SimulateRuleSetRequest>,
    ) -> Result<Response<pb::SimulateRuleSetResponse>, Status> {
        let (caller, request) = enter(request);
        let program = match Violations::default().program("parent", &request.parent) {
            Some(id) => Some(self.program(&caller, &id).await?),
            None => None,
        };
        let currency = program.as_ref().map(|program| currency_of(program)).transpose()?;
        let parsed = parse_simulation(&request, currency)?;
        let not_found = || ApiError::NotFound(format!("programs/{}", parsed.program));
        Ok(Response::new(self.simulated(&*program.ok_or_else(not_found)?, &parsed).await?))
    }
}

impl Api {
    async fn simulated(
        &self,
        program: &ProgramState,
        asked: &ParsedSimulation,
    ) -> Result<pb::SimulateRuleSetResponse, ApiError> {
        let (terms, head) = {
            let committed = program.read();
            let terms = committed.program.as_ref().map(|program| program.terms.clone());
            (terms.ok_or_else(|| ApiError::NotFound(format!("programs/{}", program.id)))?, committed.head.seq)
        };
        let currency = terms.currency;
        let (log, id, now) = (Arc::clone(self.ledger.log()), program.id.clone(), self.ledger.now());
        let (draft, period) = (asked.draft.clone(), asked.period);
        let simulating = async move {
            let question = Question { program: &id, terms: &terms, draft, period, head, now };
            simulate(&*log, &question).await
        };
        let outcome = self.ledger.aside().run(&program.id, simulating).await?.map_err(|error| match error {
            SimulateError::Log(error) => ApiError::Log(error),
            SimulateError::Rejected(rejection) => SubmitError::from(rejection).into(),
        })?;
        let reply = render::simulation(&outcome, asked.value_nanos, asked.max_members, currency);
        reply.ok_or_else(|| SubmitError::from(Rejection::POINTS_OVERFLOW).into())
    }

    async fn shown_update(&self, program: &ProgramState, id: &UpdateId) -> Result<pb::ProgramUpdate, ApiError> {
        let record = self.ledger.record(program, &RecordKey::Update(id.clone())).await?;
        let Some(Record::Update(update)) = record else {
            return Err(ApiError::NotFound(format!("programs/{}/updates/{id}", program.id)));
        };
        let proposed = self.text_of(program, update.seq).await?;
        let rejected = match &update.decided {
            Some((_, seq)) if update.state == ProposalState::Rejected => self.text_of(program, *seq).await?,
            _ => String::new(),
        };
        Ok(render::program_update(&program.id, &update, [proposed, rejected]))
    }

    async fn rule_set(&self, program: &ProgramState, version: u32) -> Result<PublishedRuleSet, ApiError> {
        match self.ledger.record(program, &RecordKey::RuleSet(version)).await? {
            Some(Record::RuleSet(published)) => Ok(published),
            _ => Err(ApiError::NotFound(format!("programs/{}/ruleSets/{version}", program.id))),
        }
    }
}

fn rendered(state: &ProgramState) -> Result<pb::Program, ApiError> {
    let committed = state.read();
    let program = committed.program.as_ref().ok_or_else(|| ApiError::NotFound(format!("programs/{}", state.id)))?;
    Ok(render::program(&state.id, program, committed.head.seq))
}
