//! Savings statements: declared, corrected, approved, rejected, read.

use std::collections::BTreeSet;
use std::sync::Arc;

use tonic::Request;

use super::door::{Caller, enter};
use super::entered::Entered;
use super::listing::Asked;
use super::{Api, currency_of, note};
use crate::domain::decide::command::{Act, Command};
use crate::domain::entry::digest::Values;
use crate::domain::state::statement::{Statement, StatementState};
use crate::domain::terms::savings::{LineText, texts_note, texts_of};
use crate::domain::value::encoding::hex;
use crate::domain::value::ids::{RequestId, StatementId};
use crate::domain::value::seq::Seq;
use crate::google::r#type::Date;
use crate::ledger::state::ProgramState;
use crate::log::note_at;
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::page::List;
use crate::wire::parse::{Violations, parse_statement};
use crate::wire::render;

/// Statements read at a time, to find those that overlap.
const STATEMENTS_AT_ONCE: u32 = 100;

impl Api {
    pub(super) async fn statement_declared(
        &self,
        request: Request<pb::CreateSavingsStatementRequest>,
    ) -> Result<pb::SavingsStatement, ApiError> {
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
        self.statement(&program, &id).await
    }

    pub(super) async fn statement_approved(
        &self,
        request: Request<pb::ApproveSavingsStatementRequest>,
    ) -> Result<pb::SavingsStatement, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.statement("name", &request.name);
        let digest = violations.digest("content_digest", &request.content_digest, "statement's content_digest");
        let ((program, id), digest) = violations.check(name.zip(digest))?;
        let program = self.program(&caller, &program).await?;
        let (values, request_id) = (Values::of(&request), RequestId::approval(&id, &hex(&digest)));
        let command = program.given(request_id, &values, Act::ApproveStatement(id.clone(), digest));
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.statement(&program, &id).await
    }

    pub(super) async fn statement_corrected(
        &self,
        request: Request<pb::CorrectSavingsStatementRequest>,
    ) -> Result<pb::SavingsStatement, ApiError> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let mut violations = Violations::default();
        let statement = violations.required("savings_statement", request.savings_statement);
        let name = statement.as_ref().and_then(|statement| violations.statement("name", &statement.name));
        let version = violations.version("version", request.version, 2);
        let ((statement, (program, id)), version) = violations.check(statement.zip(name).zip(version))?;
        let program = self.program(&caller, &program).await?;
        let (terms, texts) = parse_statement(statement, id.clone(), currency_of(&program)?)?;
        let note = Some(note(texts_note(&texts))?);
        let act = Act::CorrectStatement(terms, version);
        let command = Command { note, ..program.given(RequestId::of_version(&id, version), &values, act) };
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.statement(&program, &id).await
    }

    pub(super) async fn statement_rejected(
        &self,
        request: Request<pb::RejectSavingsStatementRequest>,
    ) -> Result<pb::SavingsStatement, ApiError> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let mut violations = Violations::default();
        let name = violations.statement("name", &request.name);
        let version = violations.version("version", request.version, 0);
        violations.note_text("note", &request.note);
        let ((program, id), version) = violations.check(name.zip(version))?;
        let program = self.program(&caller, &program).await?;
        let note = Some(note(request.note.into_bytes())?);
        let version = version.max(1);
        let act = Act::RejectStatement(id.clone(), version);
        let request_id = RequestId::of_version(&id, version);
        let command = Command { note, ..program.given(request_id, &values, act) };
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        self.statement(&program, &id).await
    }

    pub(super) async fn statement_read(
        &self,
        request: Request<pb::GetSavingsStatementRequest>,
    ) -> Result<pb::SavingsStatement, ApiError> {
        let (caller, request) = enter(request);
        let (program, id) = self.statement_named(&caller, &request.name).await?;
        self.statement(&program, &id).await
    }

    pub(super) async fn statements_listed(
        &self,
        request: Request<pb::ListSavingsStatementsRequest>,
    ) -> Result<pb::ListSavingsStatementsResponse, ApiError> {
        let (caller, request) = enter(request);
        let asked = Asked { parent: &request.parent, size: request.page_size, token: &request.page_token };
        let (listing, ()) = self.listing(&caller, &asked, |_| Some(())).await?;
        let program = &listing.program;
        let (page_size, token) = listing.page;
        let list = List::of("ListSavingsStatements", &request.parent);
        let after: Option<StatementId> = list.cursor(token)?;
        let mut page = self.payouts.statements(program, after, page_size + 1).await?;
        let next_page_token = list.cut(&mut page, page_size, |statement| &statement.terms.id);
        let mut savings_statements = Vec::with_capacity(page.len());
        for statement in &page {
            savings_statements.push(self.shown_statement(program, statement).await?);
        }
        Ok(pb::ListSavingsStatementsResponse { savings_statements, next_page_token })
    }

    /// Returns a savings statement as callers see it, with those that overlap with it.
    async fn statement(&self, program: &Arc<ProgramState>, id: &StatementId) -> Result<pb::SavingsStatement, ApiError> {
        let mut shown = self.shown_statement(program, &self.payouts.statement(program, id).await?).await?;
        shown.overlaps = self.overlaps(program, &shown).await?;
        Ok(shown)
    }

    async fn shown_statement(
        &self,
        program: &ProgramState,
        statement: &Statement,
    ) -> Result<pb::SavingsStatement, ApiError> {
        let currency = currency_of(program)?;
        let texts = self.texts_of(program, statement.declared_seq).await?;
        let why_rejected = match &statement.decided {
            Some((_, seq)) if statement.state == StatementState::Rejected => self.text_of(program, *seq).await?,
            _ => String::new(),
        };
        let mut shown = render::statement(&program.id, currency, statement, &texts, why_rejected);
        if let Some(next) = &statement.correction {
            let texts = self.texts_of(program, next.declared_seq).await?;
            shown.correction = Some(Box::new(render::correction(&program.id, currency, statement, next, &texts)));
        }
        Ok(shown)
    }

    /// Returns the texts of a statement's lines, by the entry that declared them; none once they were erased.
    async fn texts_of(&self, program: &ProgramState, declared_by: Seq) -> Result<Vec<LineText>, ApiError> {
        let note = note_at(&**self.ledger.log(), &program.id, declared_by).await?;
        Ok(note.and_then(|note| texts_of(&note.text).ok()).unwrap_or_default())
    }

    /// Finds statements that may count the same savings, in the byte order of their ids.
    async fn overlaps(
        &self,
        program: &ProgramState,
        with: &pb::SavingsStatement,
    ) -> Result<Vec<pb::StatementOverlap>, ApiError> {
        // A correction may reach further than the version that it corrects.
        let versions: Vec<&pb::SavingsStatement> =
            std::iter::once(with).chain(with.correction.iter().map(|next| &**next)).collect();
        let (mut overlaps, mut after) = (Vec::new(), None);
        loop {
            let page = self.payouts.statements(program, after, STATEMENTS_AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(overlaps) };
            after = Some(last.terms.id.clone());
            for other in page.iter().filter(|other| other.state != StatementState::Rejected) {
                let other = self.shown_statement(program, other).await?;
                if other.name != with.name {
                    overlaps.extend(versions.iter().filter_map(|version| overlap(version, &other)).next_back());
                }
            }
        }
    }

    async fn statement_named(&self, caller: &Caller, name: &str) -> Result<(Entered, StatementId), ApiError> {
        let mut violations = Violations::default();
        let parsed = violations.statement("name", name);
        let (program, id) = violations.check(parsed)?;
        Ok((self.program(caller, &program).await?, id))
    }
}

/// Returns what two statements have in common, if they may count the same savings.
fn overlap(one: &pb::SavingsStatement, other: &pb::SavingsStatement) -> Option<pb::StatementOverlap> {
    let order = |day: &Option<Date>| day.map(|day| (day.year, day.month, day.day));
    let first_day = if order(&one.first_day) < order(&other.first_day) { other.first_day } else { one.first_day };
    let last_day = if order(&one.last_day) < order(&other.last_day) { one.last_day } else { other.last_day };
    let is_shared = order(&first_day) <= order(&last_day);
    let named = |evidence: &str| other.lines.iter().any(|line| line.evidence == evidence);
    let evidence: BTreeSet<&str> = one.lines.iter().map(|line| line.evidence.as_str()).collect();
    let evidence: Vec<String> =
        evidence.into_iter().filter(|text| !text.is_empty() && named(text)).map(str::to_owned).collect();
    (is_shared || !evidence.is_empty()).then(|| pb::StatementOverlap {
        savings_statement: other.name.clone(),
        first_day: first_day.filter(|_| is_shared),
        last_day: last_day.filter(|_| is_shared),
        evidence,
    })
}
