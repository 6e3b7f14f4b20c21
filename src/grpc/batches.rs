//! Batches of payments: drawn up, shown, approved, cancelled and counted.

use std::sync::Arc;

use tonic::Request;

use super::door::{Caller, enter};
use super::entered::Entered;
use super::listing::Asked;
use super::{Api, currency_of, note};
use crate::domain::decide::acts::PayAct;
use crate::domain::decide::command::{Act, Command};
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::batch::{PaymentName, PaymentTally};
use crate::domain::entry::digest::Values;
use crate::domain::state::batch::{Batch, BatchState};
use crate::domain::state::lots::Lots;
use crate::domain::state::payee::Payee as KnownPayee;
use crate::domain::state::payment::{Payment, PaymentState};
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::bucket::Bucket;
use crate::domain::value::encoding::hex;
use crate::domain::value::ids::{BatchId, RequestId};
use crate::domain::value::money::Currency;
use crate::domain::value::role::Role;
use crate::export::words;
use crate::ledger::SubmitError;
use crate::ledger::state::ProgramState;
use crate::payout::payments::{batch_of, payment_of, payments_after};
use crate::pb;
use crate::process::batch::{cancel, draft};
use crate::wire::error::ApiError;
use crate::wire::page::{List, index};
use crate::wire::parse::{Violations, parse_batch};
use crate::wire::render;

/// Payments that are counted at a time.
const COUNTED: u32 = 1_000;

impl Api {
    pub(super) async fn batch_created(&self, request: Request<pb::CreateBatchRequest>) -> Result<pb::Batch, ApiError> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let mut violations = Violations::default();
        let batch = violations.required("batch", request.batch);
        let name = batch.as_ref().and_then(|batch| violations.batch("batch.name", &batch.name));
        let (batch, (program, id)) = violations.check(batch.zip(name))?;
        let program = self.program(&caller, &program).await?;
        let terms = parse_batch(&batch, id.clone(), currency_of(&program)?, self.today(&program))?;
        let command = program.given(&id, &values, Act::Pay(Box::new(PayAct::CreateBatch(terms))));
        let batch = draft(&self.payouts, Arc::clone(&program), command, Some(caller.deadline)).await?;
        self.shown_batch(&program, &batch).await
    }

    pub(super) async fn batch_read(&self, request: Request<pb::GetBatchRequest>) -> Result<pb::Batch, ApiError> {
        let (caller, request) = enter(request);
        let (program, id) = self.batch_named(&caller, &request.name).await?;
        let batch = batch_of(&self.ledger, &program, &id).await?;
        self.shown_batch(&program, &batch).await
    }

    pub(super) async fn batches_listed(
        &self,
        request: Request<pb::ListBatchesRequest>,
    ) -> Result<pb::ListBatchesResponse, ApiError> {
        let (caller, request) = enter(request);
        let asked = Asked { parent: &request.parent, size: request.page_size, token: &request.page_token };
        let (listing, ()) = self.listing(&caller, &asked, |_| Some(())).await?;
        let program = &listing.program;
        let list = List::of("ListBatches", &request.parent);
        let page = self.kept_page(program, &list, RecordKey::BATCHES, listing.page, |stored| match stored.record {
            Record::Batch(batch) => Some(batch),
            _ => None,
        });
        let page = page.await?;
        let mut batches = Vec::with_capacity(page.rows.len());
        for batch in &page.rows {
            batches.push(self.shown_batch(program, batch).await?);
        }
        Ok(pb::ListBatchesResponse { batches, next_page_token: page.next })
    }

    pub(super) async fn batch_approved(
        &self,
        request: Request<pb::ApproveBatchRequest>,
    ) -> Result<pb::Batch, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.batch("name", &request.name);
        let digest = violations.digest("content_digest", &request.content_digest, "batch's content_digest");
        let ((program, id), digest) = violations.check(name.zip(digest))?;
        let program = self.program(&caller, &program).await?;
        let (values, request_id) = (Values::of(&request), RequestId::approval(&id, &hex(&digest)));
        let act = Act::Pay(Box::new(PayAct::ApproveBatch(id.clone(), digest)));
        let command = program.given(request_id, &values, act);
        let batch = batch_of(&self.ledger, &program, &id).await?;
        if batch.state == BatchState::Draft {
            self.can_be_written(&program, &batch).await?;
        }
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        let batch = batch_of(&self.ledger, &program, &id).await?;
        self.shown_batch(&program, &batch).await
    }

    pub(super) async fn batch_cancelled(
        &self,
        request: Request<pb::CancelBatchRequest>,
    ) -> Result<pb::Batch, ApiError> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let mut violations = Violations::default();
        let name = violations.batch("name", &request.name);
        violations.note_text("note", &request.note);
        let (program, id) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        let note = Some(note(request.note.into_bytes())?);
        let act = Act::Pay(Box::new(PayAct::CancelBatch(id.clone())));
        let begin = Command { note, ..program.given(&id, &values, act) };
        let batch = cancel(&self.payouts, Arc::clone(&program), begin).await?;
        self.shown_batch(&program, &batch).await
    }

    pub(super) async fn payments_listed(
        &self,
        request: Request<pb::ListPaymentsRequest>,
    ) -> Result<pb::ListPaymentsResponse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.batch("parent", &request.parent);
        let page_size = violations.page_size(request.page_size);
        let state = pb::PaymentState::try_from(request.state).ok();
        let state = state
            .or_else(|| violations.refuse("state", format!("is {}, which is no state of a payment", request.state)));
        let ((program, id), state) = violations.check(parent.zip(state))?;
        let program = self.program(&caller, &program).await?;
        let _turn = caller.list_turn(page_size).await?;
        batch_of(&self.ledger, &program, &id).await?;
        let list = List::of("ListPayments", &(&request.parent, request.state));
        let after: Option<u32> = list.cursor(&request.page_token)?;
        let page = payments_after(&self.ledger, &program, &id, after.unwrap_or(0), COUNTED).await?;
        let is_asked =
            |payment: &Payment| state == pb::PaymentState::Unspecified || render::payment_state(payment.state) == state;
        let full = page.len() == index(COUNTED);
        let mut last = after.unwrap_or(0);
        let (mut found, mut is_cut) = (Vec::new(), false);
        for (number, payment) in page {
            if found.len() == index(page_size) {
                is_cut = true;
                break;
            }
            last = number;
            if is_asked(&payment) {
                found.push((number, payment));
            }
        }
        let payments = self.shown_payments(&program, &id, found, true).await?;
        let next_page_token = if is_cut || full { list.token(&last) } else { String::new() };
        Ok(pb::ListPaymentsResponse { payments, next_page_token })
    }

    pub(super) async fn payment_read(&self, request: Request<pb::GetPaymentRequest>) -> Result<pb::Payment, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let name = violations.payment("name", &request.name);
        let (program, name) = violations.check(name)?;
        let program = self.program(&caller, &program).await?;
        self.shown_payment(&program, name).await
    }

    /// Returns one payment as its caller may see it: whoever only helps members does not see where it goes.
    pub(super) async fn shown_payment(&self, program: &Entered, name: PaymentName) -> Result<pb::Payment, ApiError> {
        let payment = payment_of(&self.ledger, program, &name).await?;
        let sees = [Role::Finance, Role::Approver, Role::Auditor].iter().any(|role| program.roles.contains(role));
        let with_payee = sees || self.authority.is_none();
        let found = vec![(name.number, payment)];
        let shown = self.shown_payments(program, &name.batch, found, with_payee).await?;
        shown.into_iter().next().ok_or_else(|| ApiError::NotFound(format!("programs/{}/batches", program.id)))
    }

    async fn shown_payments(
        &self,
        program: &Arc<ProgramState>,
        batch: &BatchId,
        found: Vec<(u32, Payment)>,
        with_payee: bool,
    ) -> Result<Vec<pb::Payment>, ApiError> {
        let (currency, zone) = (currency_of(program)?, program.zone());
        let members = found.iter().map(|(_, payment)| &payment.member);
        let known = self.known_payees(program, members).await?;
        let payees = if with_payee { self.destinations(program, &found).await? } else { vec![None; found.len()] };
        let none = KnownPayee::default();
        let shown = found.iter().zip(&payees).map(|((number, payment), payee)| {
            let now = known.get(&payment.member).map_or(&none, |(known, _)| known);
            render::payment((&program.id, batch, *number), (currency, &zone), payment, now, payee.as_ref())
        });
        Ok(shown.collect())
    }

    pub(super) async fn batch_reconciled(
        &self,
        request: Request<pb::ReconcileBatchRequest>,
    ) -> Result<pb::Reconciliation, ApiError> {
        let (caller, request) = enter(request);
        let (program, id) = self.batch_named(&caller, &request.name).await?;
        let _turn = caller.list_turn(COUNTED).await?;
        let (mut count, mut after) = (Count::default(), 0);
        let before = batch_of(&self.ledger, &program, &id).await?;
        loop {
            let page = payments_after(&self.ledger, &program, &id, after, COUNTED).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (number, payment) in &page {
                count.add(payment)?;
                if matches!(payment.state, PaymentState::Sent | PaymentState::Unclaimed | PaymentState::Settled) {
                    let name = PaymentName { batch: id.clone(), number: *number };
                    let person = self.person_of(&program, &payment.member).await?;
                    let lots = self.ledger.record(&program, &RecordKey::Lots(person)).await?;
                    count.add_lots(&name, lots.as_ref());
                }
            }
        }
        let batch = batch_of(&self.ledger, &program, &id).await?;
        // What was reported while it was counted would look like a difference.
        if before != batch {
            return Err(SubmitError::Rejected(Rejection::StepTaken).into());
        }
        Ok(count.reconciled(&batch, currency_of(&program)?))
    }

    pub(super) async fn batch_named(&self, caller: &Caller, name: &str) -> Result<(Entered, BatchId), ApiError> {
        let mut violations = Violations::default();
        let parsed = violations.batch("name", name);
        let (program, id) = violations.check(parsed)?;
        Ok((self.program(caller, &program).await?, id))
    }

    /// Returns a batch as callers see it, with the reason of its cancellation.
    pub(super) async fn shown_batch(&self, program: &ProgramState, batch: &Batch) -> Result<pb::Batch, ApiError> {
        let mut shown = render::batch(&program.id, currency_of(program)?, batch);
        if let Some((.., seq)) = &batch.cancelled {
            shown.cancel_note = self.text_of(program, *seq).await?;
        }
        Ok(shown)
    }
}

/// Payments of a batch, counted one by one.
#[derive(Default)]
struct Count {
    settled: PaymentTally,
    open: PaymentTally,
    unclaimed: PaymentTally,
    back: PaymentTally,
    left_out: PaymentTally,
    lots_minor: i64,
}

impl Count {
    fn add(&mut self, payment: &Payment) -> Result<(), ApiError> {
        let too_much = || SubmitError::Rejected(Rejection::Inconsistent("the sums of a batch do not fit"));
        let tally = match payment.state {
            PaymentState::Drawn => return Ok(()),
            PaymentState::LeftOut => &mut self.left_out,
            PaymentState::Sent => &mut self.open,
            PaymentState::Unclaimed => {
                self.unclaimed.add(payment.minor).ok_or_else(too_much)?;
                &mut self.open
            }
            PaymentState::Settled => &mut self.settled,
            PaymentState::Back => &mut self.back,
        };
        Ok(tally.add(payment.minor).ok_or_else(too_much)?)
    }

    /// Counts the money of a payment's lots.
    fn add_lots(&mut self, name: &PaymentName, lots: Option<&Record>) {
        let Some(Record::Lots(lots)) = lots else { return };
        let of_it = |lots: &Lots| -> i64 {
            let there = lots.of_payment(name).filter(|lot| matches!(lot.bucket, Bucket::Sent | Bucket::Settled));
            there.map(|lot| lot.minor).sum()
        };
        self.lots_minor = self.lots_minor.saturating_add(of_it(lots));
    }

    fn reconciled(self, batch: &Batch, currency: Currency) -> pb::Reconciliation {
        let sent = PaymentTally {
            payments: self.settled.payments + self.open.payments + self.back.payments,
            minor: self.settled.minor + self.open.minor + self.back.minor,
        };
        let in_lots = self.settled.minor + self.open.minor;
        let counted = [
            ("sent", sent, batch.sent),
            ("settled", self.settled, batch.settled),
            ("open", self.open, batch.open()),
            ("back", self.back, batch.back),
            ("left out", self.left_out, batch.left_out),
        ];
        let told =
            |tally: PaymentTally| format!("{} payments of {}", tally.payments, words::money(tally.minor, currency));
        let differs = counted.into_iter().filter(|(_, one, other)| one != other);
        let mut differences: Vec<String> = differs
            .map(|(what, one, other)| {
                format!("{what}: {} are there, and {} were counted as they moved", told(one), told(other))
            })
            .collect();
        if in_lots != self.lots_minor {
            let money = |minor| words::money(minor, currency);
            differences.push(format!(
                "members' lots say that {} is on its way or has arrived, and the payments {}",
                money(self.lots_minor),
                money(in_lots)
            ));
        }
        let total = |tally| Some(render::payment_total(tally, currency));
        pb::Reconciliation {
            sent: total(sent),
            settled: total(self.settled),
            open: total(self.open),
            unclaimed: total(self.unclaimed),
            back: total(self.back),
            left_out: total(self.left_out),
            in_lots: Some(render::money(self.lots_minor, currency)),
            differences,
        }
    }
}
