//! Batches of payments: their states, and the moves of their steps.

use crate::decide::acts::Step;
use crate::decide::draft::{Draft, Moment, shift};
use crate::decide::find::the_batch;
use crate::decide::rejection::{MoneyRejection, Rejection};
use crate::decide::require::{in_state, signed_by_two};
use crate::entry::batch::{BatchStep, Destination, PaymentName, PaymentPart};
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::state::batch::{Batch, BatchState};
use crate::state::get::State;
use crate::state::lots::{Lot, Lots};
use crate::state::payee::{Payee, Undrawn};
use crate::state::payment::Payment;
use crate::state::payout::Payout;
use crate::terms::batch::{BatchTerms, FileFormat};
use crate::value::bucket::Bucket;
use crate::value::encoding::Hash;
use crate::value::ids::{BatchId, MemberId, PayoutId};
use crate::value::payment_id::PAYMENTS_MAX;

pub(super) fn create(terms: &BatchTerms, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    to_be_paid_yet(terms, moment)?;
    Ok(vec![Draft::act(EntryKind::BatchCreated, moment, Fact::Batch(Box::new(terms.clone())))])
}

/// Returns the lots that files of a format pay, whether or not it is known where they go.
pub fn owed<'a>(state: &impl State, format: FileFormat, lots: &'a Lots) -> Vec<&'a Lot> {
    let asked = |payout: &PayoutId| state.get::<Payout>(payout).is_none_or(|payout| payout.terms.choices.is_some());
    lots.payable(format, asked).collect()
}

/// Returns what a batch of a format draws of a member's money now: lots, and where they go. No lots when nothing is to be paid so.
///
/// # Errors
/// [`Undrawn`] when there is money to be paid so that cannot be drawn now.
pub fn payable<'a>(
    state: &impl State,
    format: FileFormat,
    member: &MemberId,
    lots: &'a Lots,
) -> Result<(Option<Destination>, Vec<&'a Lot>), Undrawn> {
    let found = owed(state, format, lots);
    if found.is_empty() {
        return Ok((None, found));
    }
    let none = Payee::default();
    let to = state.get::<Payee>(member).unwrap_or(&none).destination(format)?;
    Ok((to, found))
}

/// Draws the money of some members, all of one in one payment.
pub(super) fn draw(
    state: &impl State,
    id: &BatchId,
    step: &Step<MemberId>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let batch = batch_in(state, id, BatchState::Drafting)?;
    let mut drafts = begin_step(batch, step, moment)?;
    let mut payments = batch.drawn.payments;
    for member in &step.rows {
        let Some(lots) = state.get::<Lots>(member) else { continue };
        let Ok((to, found)) = payable(state, batch.terms.format, member, lots) else { continue };
        if found.is_empty() {
            continue;
        }
        payments += 1;
        let number = u32::try_from(payments).ok().filter(|number| *number <= PAYMENTS_MAX);
        let number = number.ok_or(MoneyRejection::TooManyPayments)?;
        let payment = PaymentName { batch: id.clone(), number };
        for lot in found {
            let moved = (Bucket::Due, Bucket::Drawn);
            drafts.push(part(EntryKind::MoneyDrawn, member, &payment, lot, moved, to.clone(), moment)?);
        }
    }
    Ok(drafts)
}

/// Fixes the content.
pub(super) fn complete(state: &impl State, id: &BatchId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let batch = batch_in(state, id, BatchState::Drafting)?;
    if batch.drawn.payments == 0 {
        return Err(Rejection::NothingToPay);
    }
    Ok(vec![content(EntryKind::BatchDrafted, batch, moment)])
}

pub(super) fn approve(
    state: &impl State,
    id: &BatchId,
    digest: &Hash,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let batch = batch_in(state, id, BatchState::Draft)?;
    if batch.digest != *digest {
        return Err(Rejection::ContentChanged);
    }
    same_payees(batch)?;
    to_be_paid_yet(&batch.terms, moment)?;
    Ok(vec![content(EntryKind::BatchApproved, batch, moment)])
}

/// Begins to send the money. Nothing goes to another place than two persons have signed.
pub(super) fn begin_release(state: &impl State, id: &BatchId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let batch = batch_in(state, id, BatchState::Approved)?;
    // Logins may have been linked since.
    signed_by_two(state, &batch.drafted_by, batch.approved.as_ref().map(|(by, ..)| by))?;
    same_payees(batch)?;
    to_be_paid_yet(&batch.terms, moment)?;
    Ok(vec![act(EntryKind::BatchReleasing, batch, moment)])
}

/// Sends the payments of some members. A payment is left out as a whole when a part of it was withheld, or its destination changed, since it
/// was drawn.
pub(super) fn send(
    state: &impl State,
    id: &BatchId,
    step: &Step<MemberId>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let batch = batch_in(state, id, BatchState::Releasing)?;
    let mut drafts = begin_step(batch, step, moment)?;
    for (member, payment, lots) in drawn_by(state, id, step) {
        let in_place = lots.of_payment(&payment).filter(|lot| lot.bucket == Bucket::Drawn);
        let minor: i128 = in_place.map(|lot| i128::from(lot.minor)).sum();
        let goes = |payment: &Payment| i128::from(payment.minor) == minor && !payment.is_changed;
        if state.get::<Payment>(&payment).is_some_and(goes) {
            for lot in lots.of_payment(&payment) {
                let moved = (Bucket::Drawn, Bucket::Sent);
                drafts.push(part(EntryKind::MoneySent, member, &payment, lot, moved, None, moment)?);
            }
        } else {
            drafts.extend(left_out(member, &payment, lots, moment)?);
        }
    }
    Ok(drafts)
}

/// Begins to give the money back. What was released is on its way, and only what banks report brings it back.
pub(super) fn begin_cancellation(
    state: &impl State,
    id: &BatchId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let batch = the_batch(state, id)?;
    match batch.state {
        BatchState::Drafting | BatchState::Draft | BatchState::Approved => {
            Ok(vec![act(EntryKind::BatchCancelling, batch, moment)])
        }
        other => Err(Rejection::WrongState { state: other.name(), needed: "drafting, draft or approved" }),
    }
}

/// Gives the money of some members back.
pub(super) fn leave_out(
    state: &impl State,
    id: &BatchId,
    step: &Step<MemberId>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let batch = batch_in(state, id, BatchState::Cancelling)?;
    let mut drafts = begin_step(batch, step, moment)?;
    for (member, payment, lots) in drawn_by(state, id, step) {
        // The fold changes the payment. Where it is asked for here, those of a whole step are read at once.
        if state.get::<Payment>(&payment).is_some() {
            drafts.extend(left_out(member, &payment, lots, moment)?);
        }
    }
    Ok(drafts)
}

/// Ends releasing or cancelling, once each payment that was drawn was sent or left out.
pub(super) fn end(
    state: &impl State,
    id: &BatchId,
    kind: EntryKind,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let needed = if kind == EntryKind::BatchReleased { BatchState::Releasing } else { BatchState::Cancelling };
    let batch = batch_in(state, id, needed)?;
    if batch.drawn.payments.checked_sub(batch.sent.payments) != Some(batch.left_out.payments) {
        return Err(Rejection::Inconsistent("a payment of a batch was neither sent nor left out"));
    }
    Ok(vec![act(kind, batch, moment)])
}

/// Returns the payments of a batch that members of a step still have drawn.
fn drawn_by<'a>(
    state: &'a impl State,
    id: &BatchId,
    step: &'a Step<MemberId>,
) -> Vec<(&'a MemberId, PaymentName, &'a Lots)> {
    let of_member = move |member: &'a MemberId| {
        let lots = state.get::<Lots>(member)?;
        Some(lots.drawn_in(id).into_iter().map(move |payment| (member, payment, lots)))
    };
    step.rows.iter().filter_map(of_member).flatten().collect()
}

/// Makes the entries by which a payment's money leaves it. What is withheld stays so, and comes back as due.
fn left_out(
    member: &MemberId,
    payment: &PaymentName,
    lots: &Lots,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let moved = (Bucket::Drawn, Bucket::Due);
    let of_payment = lots.of_payment(payment);
    of_payment.map(|lot| part(EntryKind::MoneyLeftOut, member, payment, lot, moved, None, moment)).collect()
}

/// Makes the entry of a lot that moves with its payment; one that is in another bucket stays where it is.
pub(super) fn part(
    kind: EntryKind,
    member: &MemberId,
    payment: &PaymentName,
    lot: &Lot,
    (from, to): (Bucket, Bucket),
    destination: Option<Destination>,
    moment: &Moment<'_>,
) -> Result<Draft, Rejection> {
    let movement = if lot.bucket == from { shift(from, to, lot.minor)? } else { None };
    let fact = PaymentPart { payment: payment.clone(), lot: lot.name.clone(), minor: lot.minor, to: destination };
    Ok(Draft::act(kind, moment, Fact::Part(Box::new(fact))).of(member, movement))
}

fn same_payees(batch: &Batch) -> Result<(), Rejection> {
    match batch.changed {
        0 => Ok(()),
        count => Err(MoneyRejection::PayeesChanged { count }.into()),
    }
}

/// No bank takes a file that is to be paid on a day that has passed.
fn to_be_paid_yet(terms: &BatchTerms, moment: &Moment<'_>) -> Result<(), Rejection> {
    match terms.pay_on.filter(|day| *day < moment.today()) {
        Some(day) => Err(MoneyRejection::PayDayPassed { day }.into()),
        None => Ok(()),
    }
}

/// Begins a step at the end of the last one, so each member is passed exactly once.
fn begin_step(batch: &Batch, step: &Step<MemberId>, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    if batch.through != step.after || step.after.as_ref().is_some_and(|after| *after >= step.through) {
        return Err(Rejection::StepTaken);
    }
    let fact = Fact::BatchStep(BatchStep { batch: batch.terms.id.clone(), through: step.through.clone() });
    Ok(vec![Draft::act(EntryKind::BatchProgressed, moment, fact).referring_to(batch.created_seq)])
}

fn batch_in<'a>(state: &'a impl State, id: &BatchId, needed: BatchState) -> Result<&'a Batch, Rejection> {
    let batch = the_batch(state, id)?;
    in_state(batch.state, needed, BatchState::name)?;
    Ok(batch)
}

fn act(kind: EntryKind, batch: &Batch, moment: &Moment<'_>) -> Draft {
    Draft::act(kind, moment, Fact::BatchAct(batch.terms.id.clone())).referring_to(batch.created_seq)
}

fn content(kind: EntryKind, batch: &Batch, moment: &Moment<'_>) -> Draft {
    Draft::act(kind, moment, Fact::BatchContent(batch.content())).referring_to(batch.created_seq)
}
