//! `Choices`.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::door::enter;
use super::entered::Entered;
use super::volume::wire_status;
use super::{Api, currency_of, note};
use crate::domain::decide::closing::matches;
use crate::domain::decide::command::{Act, Command};
use crate::domain::entry::digest::Values;
use crate::domain::entry::money::Outcome;
use crate::domain::state::choice::{Choices, Open};
use crate::domain::state::closing::{Closing, ClosingState};
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::choice::Choice;
use crate::domain::value::encoding::hex;
use crate::domain::value::ids::{ActivityId, MemberId, ProgramId, RequestId};
use crate::ledger::Recorded;
use crate::ledger::state::ProgramState;
use crate::payout::PayoutError;
use crate::payout::lots::{Lines, decided_in, lines_of};
use crate::pb;
use crate::pb::set_payout_choice_result::Result as ChoiceResult;
use crate::process::closing::{carry_out, draw_up};
use crate::wire::error::{ApiError, Violation};
use crate::wire::page::{List, index};
use crate::wire::parse::{ParsedChoice, Violations, parse_choice};
use crate::wire::render;

/// The largest number of choices of one call: one entry each, a batch that the lane commits at once.
const CHOICES_MAX: usize = 1_000;

/// Pages of lots that are read for one page of lines: 10,000 members.
const PAGES_MAX: usize = 10;

/// A choice as a request gives it.
struct Chosen {
    program: ProgramId,
    member: MemberId,
    id: ActivityId,
    choice: Option<Choice>,
}

#[tonic::async_trait]
impl pb::choices_server::Choices for Api {
    async fn set_payout_choice(
        &self,
        request: Request<pb::SetPayoutChoiceRequest>,
    ) -> Result<Response<pb::PayoutChoice>, Status> {
        let (caller, request) = enter(request);
        let chosen = parse_chosen(&request)?;
        let program = self.program(&caller, &chosen.program).await?;
        program.may_read(Some(&chosen.member))?;
        let member = chosen.member.clone();
        let command = choosing(&program, chosen, &Values::of(&request));
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        Ok(Response::new(self.shown_choice(&program, &member).await?))
    }

    async fn batch_set_payout_choices(
        &self,
        request: Request<pb::BatchSetPayoutChoicesRequest>,
    ) -> Result<Response<pb::BatchSetPayoutChoicesResponse>, Status> {
        Ok(Response::new(self.chosen_each(request).await?))
    }

    async fn get_payout_choice(
        &self,
        request: Request<pb::GetPayoutChoiceRequest>,
    ) -> Result<Response<pb::PayoutChoice>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.member_of("name", &request.name);
        let (program, member) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        program.may_read(Some(&member))?;
        Ok(Response::new(self.shown_choice(&program, &member).await?))
    }

    async fn close_choices(&self, request: Request<pb::CloseChoicesRequest>) -> Result<Response<pb::Closing>, Status> {
        let (caller, request) = enter(request);
        let (program, id) = self.payout_named(&caller, &request.name).await?;
        let values = Values::of(&request);
        let payout = self.payouts.get(&program, &id).await?;
        let closing = draw_up(&self.payouts, &program, &payout, |content| {
            let request_id = RequestId::approval(&id, &hex(&content.digest));
            program.given(request_id, &values, Act::CloseChoices(Box::new(content)))
        });
        let closing = closing.await?;
        Ok(Response::new(self.shown_closing(&program, &closing).await?))
    }

    async fn approve_closing(
        &self,
        request: Request<pb::ApproveClosingRequest>,
    ) -> Result<Response<pb::Closing>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.payout("name", &request.name);
        let digest = violations.digest("content_digest", &request.content_digest, "closing's content_digest");
        let ((program, id), digest) = violations.check(name.zip(digest))?;
        let program = self.program(&caller, &program).await?;
        let (values, request_id) = (Values::of(&request), RequestId::approval(&id, &hex(&digest)));
        let command = program.given(request_id, &values, Act::ApproveClosing(id.clone(), digest));
        let by = command.principal.clone();
        // What two persons have signed goes on, whoever of its approvers asks.
        let is_signed = |it: &Closing| it.state == ClosingState::Approved && it.content.digest == digest;
        if !self.payouts.closing(&program, &id).await.is_ok_and(|it| is_signed(&it)) {
            self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        }
        let payout = self.payouts.get(&program, &id).await?;
        let closing = carry_out(&self.payouts, Arc::clone(&program), payout, by).await?;
        Ok(Response::new(self.shown_closing(&program, &closing).await?))
    }

    async fn reject_closing(
        &self,
        request: Request<pb::RejectClosingRequest>,
    ) -> Result<Response<pb::Closing>, Status> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let mut violations = Violations::default();
        let name = violations.payout("name", &request.name);
        let digest = violations.digest("content_digest", &request.content_digest, "closing's content_digest");
        violations.note_text("note", &request.note);
        let ((program, id), digest) = violations.check(name.zip(digest))?;
        let program = self.program(&caller, &program).await?;
        let note = Some(note(request.note.into_bytes())?);
        let request_id = RequestId::approval(&id, &hex(&digest));
        let act = Act::RejectClosing(id.clone(), digest);
        let command = Command { note, ..program.given(request_id, &values, act) };
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        let closing = self.payouts.closing(&program, &id).await?;
        Ok(Response::new(self.shown_closing(&program, &closing).await?))
    }

    async fn get_closing(&self, request: Request<pb::GetClosingRequest>) -> Result<Response<pb::Closing>, Status> {
        let (caller, request) = enter(request);
        let (program, id) = self.payout_named(&caller, &request.name).await?;
        let closing = self.payouts.closing(&program, &id).await?;
        Ok(Response::new(self.shown_closing(&program, &closing).await?))
    }

    async fn list_closing_lines(
        &self,
        request: Request<pb::ListClosingLinesRequest>,
    ) -> Result<Response<pb::ListClosingLinesResponse>, Status> {
        Ok(Response::new(self.closing_lines(request).await?))
    }

    async fn lapse_money(&self, request: Request<pb::LapseMoneyRequest>) -> Result<Response<pb::Lapse>, Status> {
        Ok(Response::new(self.lapse_asked_for(request).await?))
    }

    async fn approve_lapse(&self, request: Request<pb::ApproveLapseRequest>) -> Result<Response<pb::Lapse>, Status> {
        Ok(Response::new(self.lapse_approved(request).await?))
    }

    async fn reject_lapse(&self, request: Request<pb::RejectLapseRequest>) -> Result<Response<pb::Lapse>, Status> {
        Ok(Response::new(self.lapse_rejected(request).await?))
    }

    async fn get_lapse(&self, request: Request<pb::GetLapseRequest>) -> Result<Response<pb::Lapse>, Status> {
        Ok(Response::new(self.lapse_read(request).await?))
    }
}

impl Api {
    async fn chosen_each(
        &self,
        request: Request<pb::BatchSetPayoutChoicesRequest>,
    ) -> Result<pb::BatchSetPayoutChoicesResponse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.program("parent", &request.parent);
        let count = request.requests.len();
        if count > CHOICES_MAX {
            violations.add("requests", format!("has {count}; at most {CHOICES_MAX} are allowed"));
        }
        let program = self.program(&caller, &violations.check(parent)?).await?;
        let asked = request.requests.iter().map(|request| {
            let chosen = parse_chosen(request).and_then(|chosen| of_program(&program, chosen))?;
            Ok(choosing(&program, chosen, &Values::of(request)))
        });
        let answers = self.submit_each(&program, asked.collect(), &caller).await?;
        let result = |answer: Result<Recorded, ApiError>| {
            let result = match answer {
                Ok(entry) => ChoiceResult::SetTime(render::time(entry.recorded_at)),
                Err(error) => ChoiceResult::Error(wire_status(&error.into())),
            };
            pb::SetPayoutChoiceResult { result: Some(result) }
        };
        Ok(pb::BatchSetPayoutChoicesResponse { results: answers.into_iter().map(result).collect() })
    }

    /// Returns how a member wants money, and what counts for each payout whose choices are open.
    async fn shown_choice(&self, program: &ProgramState, member: &MemberId) -> Result<pb::PayoutChoice, ApiError> {
        let choices = match self.ledger.record(program, &RecordKey::Choices(member.clone())).await? {
            Some(Record::Choices(choices)) => choices,
            _ => Choices::default(),
        };
        let open = match self.ledger.record(program, &RecordKey::OpenRuns).await? {
            Some(Record::OpenRuns(open)) => open,
            _ => Open::default(),
        };
        let mut runs = Vec::with_capacity(open.rows.len());
        for run in open.rows {
            let payout = self.ledger.record(program, &RecordKey::Payout(run.payout.clone())).await?;
            let charities = match payout {
                Some(Record::Payout(payout)) => payout.terms.choices.map(|terms| terms.charities).unwrap_or_default(),
                _ => Vec::new(),
            };
            runs.push((run, charities));
        }
        Ok(render::payout_choice((&program.id, member), &choices, &runs, self.ledger.now()))
    }

    async fn shown_closing(&self, program: &Arc<ProgramState>, closing: &Closing) -> Result<pb::Closing, ApiError> {
        let payout = self.payouts.get(program, &closing.content.payout).await?;
        let tallies = if closing.state == ClosingState::Closed { &closing.done } else { &closing.content.tallies };
        let matched = match &payout.terms.choices {
            Some(terms) => matches(terms, tallies).map_err(PayoutError::from)?,
            None => Vec::new(),
        };
        let mut shown = render::closing(&program.id, currency_of(program)?, closing, &matched);
        if let Some((_, seq)) = closing.decided.as_ref().filter(|_| closing.state == ClosingState::Rejected) {
            shown.rejection_note = self.text_of(program, *seq).await?;
        }
        Ok(shown)
    }

    /// Returns a page of what becomes of each lot: as it is recorded once choices were closed, else as it would be.
    async fn closing_lines(
        &self,
        request: Request<pb::ListClosingLinesRequest>,
    ) -> Result<pb::ListClosingLinesResponse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.payout("parent", &request.parent);
        let page_size = violations.page_size(request.page_size);
        let asked = pb::LotOutcome::try_from(request.outcome).ok();
        let asked = asked
            .or_else(|| violations.refuse("outcome", format!("is {}, which is no outcome of a lot", request.outcome)));
        let ((program, id), asked) = violations.check(parent.zip(asked))?;
        let program = self.program(&caller, &program).await?;
        let _turn = caller.list_turn(page_size).await?;
        let payout = self.payouts.get(&program, &id).await?;
        let closing = self.payouts.closing(&program, &id).await?;
        let list = List::of("ListClosingLines", &(&request.parent, request.outcome));
        let mut after: Option<MemberId> = list.cursor(&request.page_token)?;
        let currency = currency_of(&program)?;
        let is_asked = |outcome: &Outcome| asked == pb::LotOutcome::Unspecified || render::outcome(outcome) == asked;
        let mut lines = Vec::new();
        for _ in 0..PAGES_MAX {
            let Lines { lines: page, next } = match closing.state {
                ClosingState::Draft | ClosingState::Rejected => {
                    lines_of(&self.ledger, &program, &payout, closing.content.as_of, after.clone()).await?
                }
                ClosingState::Approved | ClosingState::Closed => {
                    decided_in(&self.ledger, &program, &id, after.clone()).await?
                }
            };
            for (member, decided) in page {
                let of_member = decided.iter().filter(|line| is_asked(&line.outcome));
                let before = lines.len();
                lines.extend(of_member.map(|line| render::closing_line(&program.id, currency, &member, line)));
                // The lines of a member stand on one page.
                if lines.len() >= index(page_size) && lines.len() > before {
                    return Ok(pb::ListClosingLinesResponse { lines, next_page_token: list.token(&member) });
                }
            }
            after = next;
            if after.is_none() {
                return Ok(pb::ListClosingLinesResponse { lines, next_page_token: String::new() });
            }
        }
        let next_page_token = after.map(|member| list.token(&member)).unwrap_or_default();
        Ok(pb::ListClosingLinesResponse { lines, next_page_token })
    }
}

fn parse_chosen(request: &pb::SetPayoutChoiceRequest) -> Result<Chosen, ApiError> {
    let mut violations = Violations::default();
    let name = violations.member_of("name", &request.name);
    let id = violations.id("choice_id", ActivityId::parse(&request.choice_id));
    let choice = match &request.choice {
        None => Some(ParsedChoice(None)),
        Some(choice) => parse_choice(&mut violations, "choice", choice),
    };
    let parsed = name.zip(id).zip(choice);
    let parsed = parsed.map(|(((program, member), id), ParsedChoice(choice))| Chosen { program, member, id, choice });
    violations.check(parsed)
}

fn of_program(program: &Entered, chosen: Chosen) -> Result<Chosen, ApiError> {
    if chosen.program == program.id {
        return Ok(chosen);
    }
    let problem = format!("must begin with programs/{}", program.id);
    Err(ApiError::Invalid(vec![Violation { field: "name".into(), problem }]))
}

fn choosing(program: &Entered, chosen: Chosen, values: &Values) -> Command {
    let id = RequestId::of_member(&chosen.member, &chosen.id);
    program.given(id, values, Act::SetChoice(chosen.member, chosen.choice))
}
