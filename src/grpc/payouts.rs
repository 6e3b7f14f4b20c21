//! `Payouts`.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::door::{Caller, enter};
use super::entered::Entered;
use super::listing::Asked;
use super::{Api, currency_of, note};
use crate::domain::decide::command::{Act, Command};
use crate::domain::entry::digest::Values;
use crate::domain::state::payout::Payout;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::payout::{PayoutTerms, PoolAsked};
use crate::domain::value::encoding::hex;
use crate::domain::value::ids::{MemberId, PayoutId, ProgramId, RequestId};
use crate::domain::value::seq::Seq;
use crate::ledger::state::ProgramState;
use crate::payout::explain::{explain, sentence};
use crate::pb;
use crate::process::payout::{approve, cancel, draft, execute};
use crate::wire::error::{ApiError, Violation};
use crate::wire::page::{List, index};
use crate::wire::parse::{Violations, counts_points, parse_payout};
use crate::wire::render;

/// Shares that a preview returns when the request sets no number.
const TOP: usize = 10;

#[tonic::async_trait]
impl pb::payouts_server::Payouts for Api {
    async fn create_savings_statement(
        &self,
        request: Request<pb::CreateSavingsStatementRequest>,
    ) -> Result<Response<pb::SavingsStatement>, Status> {
        Ok(Response::new(self.statement_declared(request).await?))
    }

    async fn approve_savings_statement(
        &self,
        request: Request<pb::ApproveSavingsStatementRequest>,
    ) -> Result<Response<pb::SavingsStatement>, Status> {
        Ok(Response::new(self.statement_approved(request).await?))
    }

    async fn correct_savings_statement(
        &self,
        request: Request<pb::CorrectSavingsStatementRequest>,
    ) -> Result<Response<pb::SavingsStatement>, Status> {
        Ok(Response::new(self.statement_corrected(request).await?))
    }

    async fn reject_savings_statement(
        &self,
        request: Request<pb::RejectSavingsStatementRequest>,
    ) -> Result<Response<pb::SavingsStatement>, Status> {
        Ok(Response::new(self.statement_rejected(request).await?))
    }

    async fn get_savings_statement(
        &self,
        request: Request<pb::GetSavingsStatementRequest>,
    ) -> Result<Response<pb::SavingsStatement>, Status> {
        Ok(Response::new(self.statement_read(request).await?))
    }

    async fn list_savings_statements(
        &self,
        request: Request<pb::ListSavingsStatementsRequest>,
    ) -> Result<Response<pb::ListSavingsStatementsResponse>, Status> {
        Ok(Response::new(self.statements_listed(request).await?))
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
        counts_points(&terms)?;
        let preview = self.payouts.preview(&program, &terms, asked).await?;
        let currency = currency_of(&program)?;
        let terms = terms.of_pool_minor(preview.pool_minor);
        let mut largest: Vec<_> = preview.shares.shares.iter().collect();
        let total_points = largest.iter().map(|share| share.weight).sum();
        let shares_minor = largest.iter().map(|share| share.share_minor).sum();
        largest.sort_by(|a, b| b.share_minor.cmp(&a.share_minor).then_with(|| a.member.cmp(&b.member)));
        let (shares, ratio) = (largest.iter().take(top), terms.ratio(total_points));
        Ok(Response::new(pb::PreviewPayoutResponse {
            pool: Some(render::money(preview.pool_minor, currency)),
            members: render::count(largest.len()),
            total_points,
            shares: shares.map(|share| render::share(&program.id, &terms.id, currency, ratio, share)).collect(),
            seq: preview.seq.get(),
            shares_total: Some(render::money(shares_minor, currency)),
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

    async fn reject_payout(&self, request: Request<pb::RejectPayoutRequest>) -> Result<Response<pb::Payout>, Status> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let mut violations = Violations::default();
        let name = violations.payout("name", &request.name);
        violations.note_text("note", &request.note);
        let (program, id) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        let note = Some(note(request.note.into_bytes())?);
        let begin = Command { note, ..program.given(&id, &values, Act::RejectPayout(id.clone())) };
        let payout = cancel(&self.payouts, Arc::clone(&program), begin).await;
        Ok(Response::new(self.shown_payout(&program, &payout?).await?))
    }

    async fn list_payouts(
        &self,
        request: Request<pb::ListPayoutsRequest>,
    ) -> Result<Response<pb::ListPayoutsResponse>, Status> {
        Ok(Response::new(self.payouts_listed(request).await?))
    }

    async fn get_payout(&self, request: Request<pb::GetPayoutRequest>) -> Result<Response<pb::Payout>, Status> {
        let (caller, request) = enter(request);
        let (program, id) = self.payout_named(&caller, &request.name).await?;
        let payout = self.payouts.get(&program, &id).await?;
        Ok(Response::new(self.shown_payout(&program, &payout).await?))
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
        let ratio = payout.terms.ratio(payout.total_points);
        Ok(Response::new(pb::ListSharesResponse {
            shares: page.iter().map(|share| render::share(&program.id, &id, currency, ratio, share)).collect(),
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
            share: Some(render::share(&program.id, &id, currency, payout.terms.ratio(total), share)),
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

    async fn add_list_rows(&self, request: Request<pb::AddListRowsRequest>) -> Result<Response<pb::Payout>, Status> {
        Ok(Response::new(self.rows_added(request).await?))
    }
}

impl Api {
    pub(super) async fn payout_named(&self, caller: &Caller, name: &str) -> Result<(Entered, PayoutId), ApiError> {
        let mut violations = Violations::default();
        let parsed = violations.payout("name", name);
        let (program, id) = violations.check(parsed)?;
        Ok((self.program(caller, &program).await?, id))
    }

    /// Returns a payout as callers see it, with the reason of its rejection.
    pub(super) async fn shown_payout(&self, program: &ProgramState, payout: &Payout) -> Result<pb::Payout, ApiError> {
        let mut shown = render::payout(&program.id, currency_of(program)?, payout);
        if let Some((_, seq)) = &payout.rejected {
            shown.rejection_note = self.text_of(program, *seq).await?;
        }
        Ok(shown)
    }

    async fn payouts_listed(
        &self,
        request: Request<pb::ListPayoutsRequest>,
    ) -> Result<pb::ListPayoutsResponse, ApiError> {
        let (caller, request) = enter(request);
        let asked = Asked { parent: &request.parent, size: request.page_size, token: &request.page_token };
        let (listing, ()) = self.listing(&caller, &asked, |_| Some(())).await?;
        let program = &listing.program;
        let list = List::of("ListPayouts", &request.parent);
        let page = self.kept_page(program, &list, RecordKey::PAYOUTS, listing.page, |stored| match stored.record {
            Record::Payout(payout) => Some(payout),
            _ => None,
        });
        let page = page.await?;
        let mut payouts = Vec::with_capacity(page.rows.len());
        for payout in &page.rows {
            payouts.push(self.shown_payout(program, payout).await?);
        }
        Ok(pb::ListPayoutsResponse { payouts, next_page_token: page.next })
    }

    /// Reads the terms of a payout to be made, in its programme.
    pub(super) async fn payout_terms(
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
