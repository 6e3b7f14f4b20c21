//! Checks of the steps of a batch, lot by lot: what it draws, sends and leaves out. What may be drawn is asked of [`payable`], as deciding asks it.

use super::money::lots_of;
use crate::domain::decide::batch::payable;
use crate::domain::entry::Entry;
use crate::domain::entry::batch::{BatchStep, PaymentPart};
use crate::domain::entry::commands::CommandKind;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::state::batch::{Batch, BatchState};
use crate::domain::state::get::State;
use crate::domain::state::lots::Lots;
use crate::domain::state::overlay::Changes;
use crate::domain::state::payment::{Payment, PaymentState};
use crate::domain::value::bucket::Bucket;
use crate::domain::value::ids::{BatchId, MemberId};

/// Returns the fault of an entry of a batch's step in the state before it, if there is one.
pub(super) fn wrong_payment(entry: &Entry, before: &Changes) -> Option<String> {
    let wrong = match (entry.kind, &entry.fact) {
        (EntryKind::BatchReleased | EntryKind::BatchCancelled, Fact::BatchAct(id)) => still_drawn(id, before),
        (EntryKind::BatchProgressed, Fact::BatchStep(step)) => wrong_step(step, before),
        (EntryKind::MoneyDrawn, Fact::Part(part)) => wrongly_drawn(entry.member.as_ref()?, part, before),
        (EntryKind::MoneySent, Fact::Part(part)) => wrongly_sent(entry.member.as_ref()?, part, before),
        (EntryKind::MoneyLeftOut, Fact::Part(part)) => wrongly_left_out(entry.member.as_ref()?, part, before),
        _ => None,
    };
    let misplaced = || format!("an entry of kind {} has no place in a step of a batch", entry.kind.name());
    wrong.or_else(|| (!is_of_step(entry.command, entry.kind)).then(misplaced))
}

/// True when an entry may stand in an act of this type, as far as steps of batches go: each moves lots in one way only.
const fn is_of_step(command: CommandKind, kind: EntryKind) -> bool {
    use EntryKind::{BatchProgressed, MoneyDrawn, MoneyLeftOut, MoneySent};
    match command {
        CommandKind::DrawLots => matches!(kind, BatchProgressed | MoneyDrawn),
        CommandKind::SendLots => matches!(kind, BatchProgressed | MoneySent | MoneyLeftOut),
        CommandKind::LeaveOutLots => matches!(kind, BatchProgressed | MoneyLeftOut),
        _ => true,
    }
}

/// Finds money that a batch keeps when it ends: each lot that it drew was sent or left out.
fn still_drawn(id: &BatchId, before: &Changes) -> Option<String> {
    let count = lots_of(before).filter(|(_, lots)| !lots.drawn_in(id).is_empty()).count();
    (count > 0).then(|| format!("money of {count} members is left in a batch that ends"))
}

fn wrong_step(step: &BatchStep, before: &Changes) -> Option<String> {
    let Some(batch) = before.get::<Batch>(&step.batch) else {
        return Some("the batch it steps on was never begun".into());
    };
    let is_under_way = matches!(batch.state, BatchState::Drafting | BatchState::Releasing | BatchState::Cancelling);
    let goes_on = batch.through.as_ref().is_none_or(|through| *through < step.through);
    (!is_under_way || !goes_on).then(|| format!("a step of a batch that is {}, or that goes back", batch.state.name()))
}

/// Finds a lot that is drawn though it is not to be paid so, or to another place than the member's.
fn wrongly_drawn(member: &MemberId, part: &PaymentPart, before: &Changes) -> Option<String> {
    let batch = before.get::<Batch>(&part.payment.batch)?;
    if batch.state != BatchState::Drafting {
        return Some(format!("money is drawn into a batch that is {}", batch.state.name()));
    }
    let lots = before.get::<Lots>(member)?;
    match payable(before, batch.terms.format, member, lots) {
        Ok((to, found)) if to == part.to && found.iter().any(|lot| lot.name == part.lot) => None,
        _ => Some("money is drawn that is not to be paid so, or not to where the member's money goes".into()),
    }
}

/// Finds a payment that is sent though its batch is not being released, or a part of it was withheld.
fn wrongly_sent(member: &MemberId, part: &PaymentPart, before: &Changes) -> Option<String> {
    let batch = before.get::<Batch>(&part.payment.batch)?;
    if batch.state != BatchState::Releasing {
        return Some(format!("money is sent by a batch that is {}", batch.state.name()));
    }
    let (payment, lots) = (before.get::<Payment>(&part.payment)?, before.get::<Lots>(member)?);
    // Whichever of its lots comes first, all of them are there.
    let there = lots.of_payment(&part.payment).filter(|lot| matches!(lot.bucket, Bucket::Drawn | Bucket::Sent));
    let minor: i128 = there.map(|lot| i128::from(lot.minor)).sum();
    let is_whole = minor == i128::from(payment.minor);
    let goes_there = payment.state == PaymentState::Sent || !payment.is_changed;
    (!is_whole || !goes_there).then(|| "a part of a payment is sent, or one whose destination was changed".into())
}

/// Finds a payment that is left out of a batch which is neither released nor cancelled, or though it could be sent.
fn wrongly_left_out(member: &MemberId, part: &PaymentPart, before: &Changes) -> Option<String> {
    let batch = before.get::<Batch>(&part.payment.batch)?;
    match batch.state {
        BatchState::Cancelling => None,
        BatchState::Releasing => {
            let (payment, lots) = (before.get::<Payment>(&part.payment)?, before.get::<Lots>(member)?);
            let there = lots.of_payment(&part.payment).filter(|lot| lot.bucket == Bucket::Drawn);
            let minor: i128 = there.map(|lot| i128::from(lot.minor)).sum();
            let goes = !payment.is_changed && minor == i128::from(payment.minor);
            let could_be_sent = payment.state == PaymentState::Drawn && goes;
            could_be_sent.then(|| "a payment is left out that could be sent".into())
        }
        other => Some(format!("money leaves a batch that is {}", other.name())),
    }
}
