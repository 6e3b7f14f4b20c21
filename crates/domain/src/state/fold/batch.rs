//! The fold of payments: batches, the lots that move with them, what became of each payment, and where members' money goes.

use crate::entry::Entry;
use crate::entry::batch::{Destination, PayeeFact, PaymentName, PaymentPart, PaymentReport, PaymentTally, Reported};
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::state::batch::{Batch, BatchState};
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::lots::{Lot, Lots};
use crate::state::overlay::Overlay;
use crate::state::payee::{Payee, REFUSED_MAX, Refusal, SetPayee};
use crate::state::payment::{LastReport, Payment, PaymentState};
use crate::value::amount::Move;
use crate::value::bucket::Bucket;
use crate::value::ids::{BatchId, MemberId};

impl<S: State> Overlay<'_, S> {
    /// Applies an entry on a batch as a whole.
    pub(super) fn apply_to_batch(&mut self, entry: &Entry) -> Result<(), FoldError> {
        let signed = || Some((entry.principal.clone(), entry.recorded_at, entry.seq));
        match (entry.kind, &entry.fact) {
            (EntryKind::BatchCreated, Fact::Batch(terms)) => {
                let batch = Batch::begun((**terms).clone(), entry.principal.clone(), entry.seq, entry.recorded_at);
                self.put(&terms.id, entry.seq, batch);
                Ok(())
            }
            (EntryKind::BatchProgressed, Fact::BatchStep(step)) => {
                self.change(&step.batch, entry.seq, |batch: &mut Batch| {
                    (batch.through, batch.moved_on_at) = (Some(step.through.clone()), entry.recorded_at);
                })
            }
            (EntryKind::BatchDrafted, Fact::BatchContent(content)) => {
                self.move_batch(entry, &content.batch, BatchState::Draft, |_| {})
            }
            (EntryKind::BatchApproved, Fact::BatchContent(content)) => {
                self.move_batch(entry, &content.batch, BatchState::Approved, |batch| batch.approved = signed())
            }
            (EntryKind::BatchReleasing, Fact::BatchAct(id)) => {
                self.move_batch(entry, id, BatchState::Releasing, |batch| batch.released = signed())
            }
            (EntryKind::BatchReleased, Fact::BatchAct(id)) => self.move_batch(entry, id, BatchState::Released, |_| {}),
            (EntryKind::BatchCancelling, Fact::BatchAct(id)) => {
                self.move_batch(entry, id, BatchState::Cancelling, |batch| batch.cancelled = signed())
            }
            (EntryKind::BatchCancelled, Fact::BatchAct(id)) => {
                self.move_batch(entry, id, BatchState::Cancelled, |_| {})
            }
            (kind, _) => Err(FoldError::FactOfOtherKind(kind.name())),
        }
    }

    fn move_batch(
        &mut self,
        entry: &Entry,
        id: &BatchId,
        state: BatchState,
        with: impl FnOnce(&mut Batch),
    ) -> Result<(), FoldError> {
        self.change(id, entry.seq, |batch: &mut Batch| {
            (batch.state, batch.through, batch.moved_on_at) = (state, None, entry.recorded_at);
            with(batch);
        })
    }

    /// Applies an entry of a lot that moves with a payment.
    pub(super) fn apply_to_part(&mut self, entry: &Entry, part: &PaymentPart) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        let wrong = || FoldError::Lot(format!("{} of {}", part.lot.payout, part.lot.of));
        let mut lots = self.get::<Lots>(member).cloned().unwrap_or_default();
        let lot = lots.change(&part.lot, entry.seq).ok_or_else(wrong)?;
        if !moved(lot, entry, part) {
            return Err(wrong());
        }
        self.put(member, entry.seq, lots);
        match entry.kind {
            EntryKind::MoneyDrawn => self.draw(entry, member, part),
            EntryKind::MoneySent => {
                if let Some(to) = self.end_drawn(entry, part, PaymentState::Sent)? {
                    self.change_payee(member, entry, |payee| payee.paid_to = Some(to.fingerprint));
                }
                Ok(())
            }
            EntryKind::MoneyLeftOut => {
                if self.end_drawn(entry, part, PaymentState::LeftOut)?.is_some() {
                    self.change_payee(member, entry, |payee| payee.under_way = payee.under_way.saturating_sub(1));
                }
                Ok(())
            }
            // The report before it has told of the payment.
            _ => Ok(()),
        }
    }

    /// Draws a lot into a payment: into a new one, or into the last one, which is the member's.
    fn draw(&mut self, entry: &Entry, member: &MemberId, part: &PaymentPart) -> Result<(), FoldError> {
        let wrong = || FoldError::Payment(part.payment.batch.clone(), part.payment.number);
        let known = self.get::<Payment>(&part.payment).cloned();
        let mut batch = self.get::<Batch>(&part.payment.batch).cloned().ok_or_else(wrong)?;
        batch.add_to_digest(member, part);
        let payment = match known {
            Some(payment) if payment.member == *member && payment.to == part.to => {
                batch.drawn.minor = batch.drawn.minor.checked_add(part.minor).ok_or_else(wrong)?;
                Payment { minor: payment.minor.checked_add(part.minor).ok_or_else(wrong)?, ..payment }
            }
            Some(_) => return Err(wrong()),
            None => {
                batch.drawn.add(part.minor).ok_or_else(wrong)?;
                if part.to.is_some() {
                    self.change_payee(member, entry, |payee| payee.under_way = payee.under_way.saturating_add(1));
                }
                Payment {
                    member: member.clone(),
                    minor: part.minor,
                    to: part.to.clone(),
                    is_changed: false,
                    state: PaymentState::Drawn,
                    since: (entry.seq, entry.recorded_at),
                    last_report: None,
                }
            }
        };
        if i64::from(part.payment.number) != batch.drawn.payments {
            return Err(wrong());
        }
        self.put(&part.payment.batch, entry.seq, batch);
        self.put(&part.payment, entry.seq, payment);
        Ok(())
    }

    /// Sends a payment that is drawn, or leaves it out, with the first of its lots; returns where it goes then.
    fn end_drawn(
        &mut self,
        entry: &Entry,
        part: &PaymentPart,
        state: PaymentState,
    ) -> Result<Option<Destination>, FoldError> {
        let wrong = || FoldError::Payment(part.payment.batch.clone(), part.payment.number);
        let payment = self.get::<Payment>(&part.payment).cloned().ok_or_else(wrong)?;
        if payment.state == state {
            return Ok(None);
        }
        let mut batch = self.get::<Batch>(&part.payment.batch).cloned().ok_or_else(wrong)?;
        if payment.state != PaymentState::Drawn {
            return Err(wrong());
        }
        batch.changed = batch.changed.checked_sub(u32::from(payment.is_changed)).ok_or_else(wrong)?;
        let tally = if state == PaymentState::Sent { &mut batch.sent } else { &mut batch.left_out };
        tally.add(payment.minor).ok_or_else(wrong)?;
        self.put(&part.payment.batch, entry.seq, batch);
        let (since, to) = ((entry.seq, entry.recorded_at), payment.to.clone());
        self.put(&part.payment, entry.seq, Payment { state, since, is_changed: false, ..payment });
        Ok(to)
    }

    /// Changes a member's payee record, and notes that it was used now.
    fn change_payee(&mut self, member: &MemberId, entry: &Entry, change: impl FnOnce(&mut Payee)) {
        let mut payee = self.get::<Payee>(member).cloned().unwrap_or_default();
        change(&mut payee);
        payee.used_at = entry.recorded_at;
        self.put(member, entry.seq, payee);
    }

    /// Applies a report of what became of a payment.
    pub(super) fn apply_report(&mut self, entry: &Entry, report: &PaymentReport) -> Result<(), FoldError> {
        let name = &report.payment;
        let wrong = || FoldError::Payment(name.batch.clone(), name.number);
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        let payment = self.get::<Payment>(name).cloned().ok_or_else(wrong)?;
        let mut batch = self.get::<Batch>(&name.batch).cloned().ok_or_else(wrong)?;
        let fault = report.reported.fault();
        let state = match report.reported {
            Reported::Paid => PaymentState::Settled,
            Reported::Unclaimed => PaymentState::Unclaimed,
            Reported::Failed(_) | Reported::Returned(_) => PaymentState::Back,
        };
        let count = |tally: &mut PaymentTally| tally.add(payment.minor).ok_or_else(wrong);
        if payment.state == PaymentState::Settled {
            batch.settled.take(payment.minor).ok_or_else(wrong)?;
        }
        match state {
            PaymentState::Settled => count(&mut batch.settled)?,
            PaymentState::Back => count(&mut batch.back)?,
            _ => {}
        }
        batch.fees_minor = batch.fees_minor.checked_add(report.fee_minor).ok_or_else(wrong)?;
        self.put(&name.batch, entry.seq, batch);
        let ends = payment.state.is_open() && !state.is_open() && payment.to.is_some();
        let fault_of_destination = fault.filter(|fault| fault.is_of_destination());
        if ends {
            self.change_payee(member, entry, |payee| payee.under_way = payee.under_way.saturating_sub(1));
        }
        if let Some(fault) = fault_of_destination {
            let to = payment.to.as_ref().map(|to| to.fingerprint);
            self.change_payee(member, entry, |payee| {
                payee.refused.retain(|refused| refused.to != to);
                payee.refused.drain(..(payee.refused.len() + 1).saturating_sub(REFUSED_MAX));
                payee.refused.push(Refusal { payment: name.clone(), to, fault });
            });
        }
        let last_report = Some(LastReport {
            reference: report.reference.clone(),
            fault,
            code: report.code.clone(),
            on: report.on,
            fee_minor: report.fee_minor,
        });
        let since = (entry.seq, entry.recorded_at);
        self.put(name, entry.seq, Payment { state, since, last_report, ..payment });
        Ok(())
    }

    /// Sets where a member's money goes, or removes it. Payments that are drawn and not released go to where they were to go, or nowhere.
    pub(super) fn set_payee(&mut self, entry: &Entry, fact: &PayeeFact) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        let mut payee = self.get::<Payee>(member).cloned().unwrap_or_default();
        let fingerprint = fact.set.map(|(_, fingerprint)| fingerprint);
        payee.set = fact.set.map(|(kind, fingerprint)| SetPayee {
            kind,
            to: Destination { seq: entry.seq, fingerprint },
            at: entry.recorded_at,
        });
        let kept = payee.kept.iter().copied().filter(|seq| !fact.erased.contains(seq));
        payee.kept = kept.chain(fact.set.map(|_| entry.seq)).collect();
        payee.used_at = entry.recorded_at;
        let kept = payee.kept.clone();
        self.put(member, entry.seq, payee);
        for name in &fact.drawn {
            let wrong = || FoldError::Payment(name.batch.clone(), name.number);
            let payment = self.get::<Payment>(name).cloned().ok_or_else(wrong)?;
            let Some(to) = payment.to.as_ref() else { continue };
            // The text of what was drawn must be there, too.
            let is_changed = Some(to.fingerprint) != fingerprint || !kept.contains(&to.seq);
            if is_changed != payment.is_changed {
                let batch = self.get::<Batch>(&name.batch).cloned().ok_or_else(wrong)?;
                let changed = if is_changed { batch.changed.checked_add(1) } else { batch.changed.checked_sub(1) };
                self.put(&name.batch, entry.seq, Batch { changed: changed.ok_or_else(wrong)?, ..batch });
                self.put(name, entry.seq, Payment { is_changed, ..payment });
            }
        }
        Ok(())
    }

    /// Allows another payment to where this one came back from.
    pub(super) fn retry_payment(&mut self, entry: &Entry, name: &PaymentName) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        self.change(member, entry.seq, |payee: &mut Payee| {
            payee.refused.retain(|refused| refused.payment != *name);
        })
    }
}

/// Moves a lot with its payment; false when it is not where the entry needs it.
fn moved(lot: &mut Lot, entry: &Entry, part: &PaymentPart) -> bool {
    let movement = entry.movement;
    let is_whole = movement.is_none_or(|of| of.from() == lot.bucket && of.amount().get() == lot.minor);
    let is_of_it = lot.payment.as_ref() == Some(&part.payment);
    if !is_whole || lot.minor != part.minor {
        return false;
    }
    let to = movement.map(Move::to);
    match (entry.kind, to) {
        (EntryKind::MoneyDrawn, Some(Bucket::Drawn)) if lot.payment.is_none() => {
            lot.payment = Some(part.payment.clone());
        }
        (EntryKind::MoneySent, Some(Bucket::Sent)) | (EntryKind::MoneySettled, Some(Bucket::Settled)) if is_of_it => {}
        (EntryKind::MoneyLeftOut | EntryKind::MoneyBack, Some(Bucket::Due)) if is_of_it => lot.payment = None,
        // What is withheld stays so, and comes back as due.
        (EntryKind::MoneyLeftOut, None) if is_of_it && lot.was == Some(Bucket::Drawn) => {
            (lot.payment, lot.was) = (None, Some(Bucket::Due));
        }
        _ => return false,
    }
    lot.bucket = to.unwrap_or(lot.bucket);
    true
}
