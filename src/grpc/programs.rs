//! `Programs`.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::door::enter;
use super::entered::Entered;
use super::{Api, currency_of};
use crate::domain::decide::command::Act;
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::digest::Values;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::rules::set::PublishedRuleSet;
use crate::domain::value::ids::RequestId;
use crate::ledger::SubmitError;
use crate::ledger::state::ProgramState;
use crate::pb;
use crate::simulate::{Question, SimulateError, simulate};
use crate::wire::error::ApiError;
use crate::wire::parse::{ParsedSimulation, Violations, parse_program, parse_rule_set, parse_simulation};
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
