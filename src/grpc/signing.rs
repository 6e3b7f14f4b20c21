//! The list of adjustments that somebody signs, and decisions on many of them at once.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use tonic::Request;

use super::door::{Caller, enter};
use super::entered::Entered;
use super::listing::Asked;
use super::listing::Page;
use super::{Api, note};
use crate::domain::decide::command::{Act, AdjustmentList, Command};
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::Entry;
use crate::domain::entry::digest::Values;
use crate::domain::state::adjustment::{Adjustment, AdjustmentState, Listing};
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::encoding::hex;
use crate::domain::value::ids::{AdjustmentId, RequestId};
use crate::ledger::SubmitError;
use crate::ledger::state::ProgramState;
use crate::log::{LogError, StoredRecord, Want};
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::page::{List, index};
use crate::wire::parse::{Chosen, ParsedList, parse_list};
use crate::wire::render;

/// Number of pages on which adjustments wait.
const WAITING_PAGES: u32 = 256;

impl Api {
    pub(super) async fn adjustments_listed(
        &self,
        request: Request<pb::ListAdjustmentsRequest>,
    ) -> Result<pb::ListAdjustmentsResponse, ApiError> {
        let (caller, request) = enter(request);
        let asked = Asked { parent: &request.parent, size: request.page_size, token: &request.page_token };
        let (listing, state) =
            self.listing(&caller, &asked, |violations| violations.adjustment_state("state", request.state)).await?;
        let program = &listing.program;
        let list = List::of("ListAdjustments", &(&request.parent, request.state));
        let seq = program.head_seq();
        let waiting = self.waiting_adjustments(program).await?;
        let totals = render::adjustment_totals(waiting.values().copied());
        let (page, list_digest) = if state == Chosen::Only(AdjustmentState::Proposed) {
            self.waiting_page(program, &list, &waiting, listing.page).await?
        } else {
            let keep = |stored| adjustment_of(stored).filter(|(_, it)| state.has(&it.state));
            let page = self.kept_page(program, &list, RecordKey::ADJUSTMENTS, listing.page, keep).await?;
            (page, Vec::new())
        };
        let mut adjustments = Vec::with_capacity(page.rows.len());
        for (id, adjustment) in &page.rows {
            adjustments.push(self.rendered_adjustment(program, id, adjustment).await?);
        }
        let (next_page_token, seq, waiting) = (page.next, seq.get(), Some(totals));
        Ok(pb::ListAdjustmentsResponse { adjustments, next_page_token, seq, waiting, list_digest })
    }

    pub(super) async fn approved_together(
        &self,
        request: Request<pb::BatchApproveAdjustmentsRequest>,
    ) -> Result<pb::BatchApproveAdjustmentsResponse, ApiError> {
        let (caller, mut request) = enter(request);
        let parsed = parse_list(&request.parent, &request.names, &request.list_digest, |_| {})?;
        let program = self.program(&caller, &parsed.program).await?;
        let names = request.names.clone();
        request.names.sort_unstable();
        let each = |id: &AdjustmentId| {
            let request = pb::ApproveAdjustmentRequest { name: name_of(&program, id) };
            Ok(program.given(id, &Values::of(&request), Act::ApproveAdjustment(id.clone())))
        };
        let values = Values::of(&request);
        let signed =
            self.decided_together(&program, &caller, &parsed, &names, (&values, Act::ApproveAdjustments), each);
        let signed = signed.await?;
        let approved = self.totals_of(&program, &parsed.list).await?;
        Ok(pb::BatchApproveAdjustmentsResponse { approved: Some(approved), seq: signed.seq.get() })
    }

    pub(super) async fn rejected_together(
        &self,
        request: Request<pb::BatchRejectAdjustmentsRequest>,
    ) -> Result<pb::BatchRejectAdjustmentsResponse, ApiError> {
        let (caller, mut request) = enter(request);
        let text = request.note.clone();
        let parsed = parse_list(&request.parent, &request.names, &request.list_digest, |violations| {
            violations.note_text("note", &text);
        })?;
        let program = self.program(&caller, &parsed.program).await?;
        let names = request.names.clone();
        request.names.sort_unstable();
        let each = |id: &AdjustmentId| {
            let request = pb::RejectAdjustmentRequest { name: name_of(&program, id), note: text.clone() };
            let values = Values::of(&request);
            let command = program.given(id, &values, Act::RejectAdjustment(id.clone()));
            Ok(Command { note: Some(note(request.note.into_bytes())?), ..command })
        };
        let values = Values::of(&request);
        let signed = self.decided_together(&program, &caller, &parsed, &names, (&values, Act::RejectAdjustments), each);
        let signed = signed.await?;
        let rejected = self.totals_of(&program, &parsed.list).await?;
        Ok(pb::BatchRejectAdjustmentsResponse { rejected: Some(rejected), seq: signed.seq.get() })
    }

    /// Signs a list, and decides each of it by a command of its own: all of them are recorded or none. Returns the entry
    /// that holds the signature.
    async fn decided_together(
        &self,
        program: &Entered,
        caller: &Caller,
        parsed: &ParsedList,
        names: &[String],
        (values, act): (&Values, fn(Box<AdjustmentList>) -> Act),
        each: impl Fn(&AdjustmentId) -> Result<Command, ApiError>,
    ) -> Result<Arc<Entry>, ApiError> {
        let list = &parsed.list;
        let id = RequestId::signing(&hex(&list.digest));
        let mut commands = vec![program.given(id, values, act(Box::new(list.clone())))];
        for id in &list.ids {
            commands.push(each(id)?);
        }
        let answer = self.ledger.submit_together(program, commands, Some(caller.deadline)).await;
        let recorded = answer.map_err(|refused| {
            let culprit = refused.index.and_then(|index| list.ids.get(index.checked_sub(1)?));
            let culprit = culprit.map(|id| name_of(program, id));
            match culprit.and_then(|culprit| names.iter().position(|name| *name == culprit)) {
                // It was decided by itself, in other words.
                Some(_) if is_used(&refused.error) => SubmitError::from(Rejection::ContentChanged).into(),
                Some(index) => ApiError::Items("names", vec![(index, refused.error.into())]),
                None => refused.error.into(),
            }
        })?;
        Ok(recorded.into_iter().next().expect("a list has at least the command that signs it").first)
    }

    /// Returns every adjustment that waits for a second person, with its points.
    async fn waiting_adjustments(&self, program: &ProgramState) -> Result<BTreeMap<AdjustmentId, i64>, LogError> {
        let pages = self.ledger.log().records(&program.id, RecordKey::WAITING, None, WAITING_PAGES).await?;
        let rows = pages.into_iter().flat_map(|stored| match stored.record {
            Record::Waiting(page) => page.rows,
            _ => BTreeMap::new(),
        });
        Ok(rows.collect())
    }

    /// Reads a page of what waits, with the digest of the list up to its end.
    async fn waiting_page(
        &self,
        program: &ProgramState,
        list: &List,
        waiting: &BTreeMap<AdjustmentId, i64>,
        (page_size, token): (u32, &str),
    ) -> Result<(Page<(AdjustmentId, Adjustment)>, Vec<u8>), ApiError> {
        let (after, listing): (Option<AdjustmentId>, Option<Listing>) = list.cursor(token)?.unzip();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = waiting.range((from, Bound::Unbounded)).map(|(id, _)| id.clone());
        let ids: Vec<AdjustmentId> = rest.by_ref().take(index(page_size)).collect();
        let mut rows = self.adjustments_of(program, &ids).await?;
        // Some may have been decided since the list was read.
        rows.retain(|_, adjustment| adjustment.state == AdjustmentState::Proposed);
        let mut listing = listing.unwrap_or_default();
        for (id, adjustment) in &rows {
            listing.add(id, adjustment);
        }
        let next = ids.last().filter(|_| rest.next().is_some()).map(|last| list.token(&(last, listing)));
        let page = Page { rows: rows.into_iter().collect(), next: next.unwrap_or_default() };
        Ok((page, listing.digest().to_vec()))
    }

    async fn totals_of(&self, program: &ProgramState, list: &AdjustmentList) -> Result<pb::AdjustmentTotals, LogError> {
        let adjustments = self.adjustments_of(program, &list.ids).await?;
        Ok(render::adjustment_totals(adjustments.values().map(|adjustment| adjustment.points)))
    }

    async fn adjustments_of(
        &self,
        program: &ProgramState,
        ids: &[AdjustmentId],
    ) -> Result<BTreeMap<AdjustmentId, Adjustment>, LogError> {
        let records = ids.iter().cloned().map(RecordKey::Adjustment).collect();
        let loaded = self.ledger.log().load(&program.id, &Want::records(records)).await?;
        Ok(loaded.records.into_iter().filter_map(adjustment_of).collect())
    }
}

const fn is_used(error: &SubmitError) -> bool {
    matches!(error, SubmitError::Rejected(Rejection::ExistsWithDifferentContent { .. }))
}

fn name_of(program: &ProgramState, id: &AdjustmentId) -> String {
    format!("programs/{}/adjustments/{id}", program.id)
}

fn adjustment_of(stored: StoredRecord) -> Option<(AdjustmentId, Adjustment)> {
    match (stored.key, stored.record) {
        (RecordKey::Adjustment(id), Record::Adjustment(adjustment)) => Some((id, adjustment)),
        _ => None,
    }
}
