//! `Payouts`.

use std::pin::Pin;
use std::sync::Arc;

use tokio_stream::Stream;
use tokio_stream::StreamExt as _;
use tonic::{Request, Response, Status};

use super::door::{Caller, enter};
use super::entered::Entered;
use super::{Api, currency_of, note};
use crate::domain::decide::command::{Act, Command};
use crate::domain::entry::digest::Values;
use crate::domain::state::payout::Payout;
use crate::domain::state::statement::{Statement, StatementState};
use crate::domain::terms::payout::{PayoutTerms, PoolAsked};
use crate::domain::terms::savings::{texts_note, texts_of};
use crate::domain::value::encoding::hex;
use crate::domain::value::ids::{MemberId, PayoutId, ProgramId, RequestId, StatementId};
use crate::domain::value::seq::Seq;
use crate::export::csv;
use crate::ledger::state::ProgramState;
use crate::log::note_at;
use crate::payout::explain::{explain, sentence};
use crate::pb;
use crate::process::payout::{approve, cancel, draft, execute};
use crate::wire::error::{ApiError, Violation};
use crate::wire::page::{List, index};
use crate::wire::parse::{Violations, parse_payout, parse_statement};
use crate::wire::render;

/// Rows of one piece of an exported file. A row has at most 256 bytes, so a piece has at most 64 KiB.
const CHUNK_ROWS: usize = 256;

/// Shares that a preview returns when the request sets no number.
const TOP: usize = 10;

type Export = Pin<Box<dyn Stream<Item = Result<pb::ExportPayoutResponse, Status>> + Send>>;

#[tonic::async_trait]
impl pb::payouts_server::Payouts for Api {
    type ExportPayoutStream = Export;

    async fn create_savings_statement(
        &self,
        request: Request<pb::CreateSavingsStatementRequest>,
    ) -> Result<Response<pb::SavingsStatement>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let values = Values::of(&request);
        let statement = violations.required("savings_statement", request.savings_statement);
        let name = statement.as_ref().and_then(|statement| violations.statement("name", &statement.name));
        let (statement, (program, id)) = violations.check(statement.zip(name))?;
        let program = self.program(&caller, &program).await?;
        let (terms, texts) = parse_statement(statement, id.clone(), currency_of(&program)?)?;
        let note = Some(note(texts_note(&texts))?);
        let command = Command { note, ..program.given(&id, &values, Act::DeclareStatement(terms)) };
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        Ok(Response::new(self.statement(&program, &id).await?))
    }

    async fn approve_savings_statement(
        &self,
        request: Request<pb::ApproveSavingsStatementRequest>,
    ) -> Result<Response<pb::SavingsStatement>, Status> {
        let (caller, request) = enter(request);
        let (program, id) = self.statement_named(&caller, &request.name).await?;
        let (values, act) = (Values::of(&request), Act::ApproveStatement(id.clone()));
        let command = program.given(&id, &values, act);
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        Ok(Response::new(self.statement(&program, &id).await?))
    }

    async fn reject_savings_statement(
        &self,
        request: Request<pb::RejectSavingsStatementRequest>,
    ) -> Result<Response<pb::SavingsStatement>, Status> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let mut violations = Violations::default();
        let name = violations.statement("name", &request.name);
        violations.note_text("note", &request.note);
        let (program, id) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        let note = Some(note(request.note.into_bytes())?);
        let act = Act::RejectStatement(id.clone());
        let command = Command { note, ..program.given(&id, &values, act) };
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        Ok(Response::new(self.statement(&program, &id).await?))
    }

    async fn get_savings_statement(
        &self,
        request: Request<pb::GetSavingsStatementRequest>,
    ) -> Result<Response<pb::SavingsStatement>, Status> {
        let (caller, request) = enter(request);
        let (program, id) = self.statement_named(&caller, &request.name).await?;
        Ok(Response::new(self.statement(&program, &id).await?))
    }

    async fn list_savings_statements(
        &self,
        request: Request<pb::ListSavingsStatementsRequest>,
    ) -> Result<Response<pb::ListSavingsStatementsResponse>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.program("parent", &request.parent);
        let page_size = violations.page_size(request.page_size);
        let program = self.program(&caller, &violations.check(parent)?).await?;
        let _turn = caller.list_turn(page_size).await?;
        let list = List::of("ListSavingsStatements", &request.parent);
        let after: Option<StatementId> = list.cursor(&request.page_token)?;
        // One more than the page tells whether there is another.
        let mut page = self.payouts.statements(&program, after, page_size + 1).await?;
        let more = index(page_size) < page.len();
        page.truncate(index(page_size));
        let next = page.last().filter(|_| more).map(|last| list.token(&last.terms.id));
        let mut savings_statements = Vec::with_capacity(page.len());
        for statement in &page {
            savings_statements.push(self.shown_statement(&program, statement).await?);
        }
        let next_page_token = next.unwrap_or_default();
        Ok(Response::new(pb::ListSavingsStatementsResponse { savings_statements, next_page_token }))
    }

    async fn preview_payout(
        &self,
        request: Request<pb::PreviewPayoutRequest>,
    ) -> Result<Response<pb::PreviewPayoutResponse>, Status> {
        let (caller, request) = enter(request);
        let top = match usize::try_from(request.top) {
            Ok(0) => TOP,
            Ok(top) if top <= 1_000 => top,
            _ => {
                let problem = format!("is {}; give 1 to 1000, or 0 for {TOP}", request.top);
                return Err(ApiError::Invalid(vec![Violation { field: "top".into(), problem }]).into());
            }
        };
        let (program, terms, asked) = self.payout_terms(&caller, request.payout).await?;
        let preview = self.payouts.preview(&program, &terms, asked).await?;
        let currency = currency_of(&program)?;
        let mut largest: Vec<_> = preview.shares.shares.iter().collect();
        let total_points = largest.iter().map(|share| share.weight).sum();
        largest.sort_by(|a, b| b.share_minor.cmp(&a.share_minor).then_with(|| a.member.cmp(&b.member)));
        let shares = largest.iter().take(top);
        Ok(Response::new(pb::PreviewPayoutResponse {
            pool: Some(render::money(preview.pool_minor, currency)),
            members: render::count(largest.len()),
            total_points,
            shares: shares
                .map(|share| render::share(&program.id, &terms.id, currency, preview.pool_minor, total_points, share))
                .collect(),
            seq: preview.seq.get(),
        }))
    }

    async fn create_payout(&self, request: Request<pb::CreatePayoutRequest>) -> Result<Response<pb::Payout>, Status> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let (program, terms, asked) = self.payout_terms(&caller, request.payout).await?;
        let id = terms.id.clone();
        let command = program.given(&id, &values, Act::CreatePayout(terms, asked));
        let payout = draft(&self.payouts, Arc::clone(&*program), command, Some(caller.deadline)).await;
        rendered(&program, &payout?)
    }

    async fn approve_payout(&self, request: Request<pb::ApprovePayoutRequest>) -> Result<Response<pb::Payout>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.payout("name", &request.name);
        let digest = violations.digest("content_digest", &request.content_digest, "payout's content_digest");
        let ((program, id), digest) = violations.check(name.zip(digest))?;
        let program = self.program(&caller, &program).await?;
        let (values, request_id) = (Values::of(&request), RequestId::approval(&id, &hex(&digest)));
        let command = program.given(request_id, &values, Act::ApprovePayout(id, digest));
        let payout = approve(&self.payouts, &program, command, Some(caller.deadline)).await;
        rendered(&program, &payout?)
    }

    async fn execute_payout(&self, request: Request<pb::ExecutePayoutRequest>) -> Result<Response<pb::Payout>, Status> {
        let (caller, request) = enter(request);
        let (program, id) = self.payout_named(&caller, &request.name).await?;
        let values = Values::of(&request);
        let begin = program.given(&id, &values, Act::BeginExecution(id.clone()));
        let payout = execute(&self.payouts, Arc::clone(&program), begin).await;
        rendered(&program, &payout?)
    }

    async fn cancel_payout(&self, request: Request<pb::CancelPayoutRequest>) -> Result<Response<pb::Payout>, Status> {
        let (caller, request) = enter(request);
        let (program, id) = self.payout_named(&caller, &request.name).await?;
        let values = Values::of(&request);
        let begin = program.given(&id, &values, Act::BeginCancellation(id.clone()));
        let payout = cancel(&self.payouts, Arc::clone(&program), begin).await;
        rendered(&program, &payout?)
    }

    async fn get_payout(&self, request: Request<pb::GetPayoutRequest>) -> Result<Response<pb::Payout>, Status> {
        let (caller, request) = enter(request);
        let (program, id) = self.payout_named(&caller, &request.name).await?;
        let payout = self.payouts.get(&program, &id).await?;
        rendered(&program, &payout)
    }

    async fn list_shares(
        &self,
        request: Request<pb::ListSharesRequest>,
    ) -> Result<Response<pb::ListSharesResponse>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.payout("parent", &request.parent);
        let page_size = violations.page_size(request.page_size);
        let (program, id) = violations.check(parent)?;
        let program = self.program(&caller, &program).await?;
        let list = List::of("ListShares", &request.parent);
        let after: Option<MemberId> = list.cursor(&request.page_token)?;
        let payout = self.payouts.get(&program, &id).await?;
        let shares = self.payouts.shares(&program, &payout).await?;
        let _turn = caller.list_turn(page_size).await?;
        let rest = &shares.shares[after.map_or(0, |member| shares.after(&member))..];
        let page = &rest[..rest.len().min(index(page_size))];
        let next = page.last().filter(|_| page.len() < rest.len()).map(|share| list.token(&share.member));
        let currency = currency_of(&program)?;
        let (pool, total) = (payout.terms.pool_minor, payout.total_points);
        Ok(Response::new(pb::ListSharesResponse {
            shares: page.iter().map(|share| render::share(&program.id, &id, currency, pool, total, share)).collect(),
            next_page_token: next.unwrap_or_default(),
        }))
    }

    async fn explain_share(
        &self,
        request: Request<pb::ExplainShareRequest>,
    ) -> Result<Response<pb::ExplainShareResponse>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.share("name", &request.name);
        let page_size = violations.page_size(request.page_size);
        let (program, id, member) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        program.may_read(Some(&member))?;
        let payout = self.payouts.get(&program, &id).await?;
        let shares = self.payouts.shares(&program, &payout).await?;
        let (share, weight) = shares.of(&member).ok_or_else(|| ApiError::NotFound(request.name.clone()))?;
        let list = List::of("ExplainShare", &request.name);
        let from = list.cursor::<Seq>(&request.page_token)?;
        let page = self.payouts.rests_on(&program, weight, from, page_size).await?;
        let (entries, next) = page.ok_or(ApiError::PageToken(request.page_token))?;
        let currency = currency_of(&program)?;
        let (pool, total) = (payout.terms.pool_minor, payout.total_points);
        let rounding_units = shares.shares.iter().filter(|share| share.rounding_unit).count();
        Ok(Response::new(pb::ExplainShareResponse {
            share: Some(render::share(&program.id, &id, currency, pool, total, share)),
            pool: Some(render::money(pool, currency)),
            total_points: total,
            sentence: sentence(currency, &payout, share, weight, rounding_units),
            entries: entries
                .iter()
                .map(|entry| {
                    let explained = explain(entry, &payout, weight);
                    pb::ExplainedEntry {
                        seq: entry.seq.get(),
                        kind: entry.kind.name().into(),
                        counted_points: explained.counted_points,
                        why: explained.why,
                        occurred_at: Some(render::time(entry.occurred_at)),
                        member_id: entry.member.as_ref().map(ToString::to_string).unwrap_or_default(),
                    }
                })
                .collect(),
            next_page_token: next.map(|seq| list.token(&seq)).unwrap_or_default(),
        }))
    }

    async fn export_payout(&self, request: Request<pb::ExportPayoutRequest>) -> Result<Response<Export>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        if pb::ExportFormat::try_from(request.format).is_err() {
            violations.add("format", format!("is {}, which is no format", request.format));
        }
        let name = violations.payout("name", &request.name);
        let (program, id) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        let payout = self.payouts.get(&program, &id).await?;
        let shares = self.payouts.shares(&program, &payout).await?;
        let (currency, pool, total) = (currency_of(&program)?, payout.terms.pool_minor, payout.total_points);
        let head = Ok(pb::ExportPayoutResponse { chunk: csv::STATEMENTS_HEAD.into() });
        // A chunk is written when it is asked for: the file may be long, and its reader slow.
        let rows = (0..shares.shares.len()).step_by(CHUNK_ROWS).map(move |from| {
            let some = &shares.shares[from..shares.shares.len().min(from + CHUNK_ROWS)];
            let mut chunk = Vec::new();
            let written = csv::statement_rows(&mut chunk, currency, pool, total, some);
            written.expect("writing to memory does not fail");
            Ok(pb::ExportPayoutResponse { chunk })
        });
        let api = self.clone();
        let chunks = tokio_stream::iter(std::iter::once(head).chain(rows)).then(move |chunk| {
            let (api, caller, id) = (api.clone(), caller.clone(), program.id.clone());
            // Whoever may not read any more is told nothing more.
            async move { api.program(&caller, &id).await.map_err(Status::from).and(chunk) }
        });
        Ok(Response::new(Box::pin(chunks)))
    }
}

impl Api {
    /// Returns a savings statement as callers see it.
    async fn statement(&self, program: &Arc<ProgramState>, id: &StatementId) -> Result<pb::SavingsStatement, ApiError> {
        self.shown_statement(program, &self.payouts.statement(program, id).await?).await
    }

    /// Returns a savings statement with its texts.
    async fn shown_statement(
        &self,
        program: &ProgramState,
        statement: &Statement,
    ) -> Result<pb::SavingsStatement, ApiError> {
        let seq = statement.declared_seq;
        let note = note_at(&**self.ledger.log(), &program.id, seq).await?;
        let texts = note.and_then(|note| texts_of(&note.text).ok()).unwrap_or_default();
        let why_rejected = match &statement.decided {
            Some((_, seq)) if statement.state == StatementState::Rejected => self.text_of(program, *seq).await?,
            _ => String::new(),
        };
        Ok(render::statement(&program.id, currency_of(program)?, statement, &texts, why_rejected))
    }

    async fn statement_named(&self, caller: &Caller, name: &str) -> Result<(Entered, StatementId), ApiError> {
        let mut violations = Violations::default();
        let parsed = violations.statement("name", name);
        let (program, id) = violations.check(parsed)?;
        Ok((self.program(caller, &program).await?, id))
    }

    async fn payout_named(&self, caller: &Caller, name: &str) -> Result<(Entered, PayoutId), ApiError> {
        let mut violations = Violations::default();
        let parsed = violations.payout("name", name);
        let (program, id) = violations.check(parsed)?;
        Ok((self.program(caller, &program).await?, id))
    }

    /// Reads the terms of a payout to be made, in its programme.
    async fn payout_terms(
        &self,
        caller: &Caller,
        payout: Option<pb::Payout>,
    ) -> Result<(Entered, PayoutTerms, PoolAsked), ApiError> {
        let mut violations = Violations::default();
        let payout = violations.required("payout", payout);
        let name: Option<(ProgramId, PayoutId)> =
            payout.as_ref().and_then(|payout| violations.payout("name", &payout.name));
        let (payout, (program, id)) = violations.check(payout.zip(name))?;
        let program = self.program(caller, &program).await?;
        let (terms, asked) = parse_payout(&payout, id, currency_of(&program)?, self.today(&program))?;
        Ok((program, terms, asked))
    }
}

fn rendered(program: &ProgramState, payout: &Payout) -> Result<Response<pb::Payout>, Status> {
    Ok(Response::new(render::payout(&program.id, currency_of(program)?, payout)))
}
