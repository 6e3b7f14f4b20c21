//! Acts on payments: batches, what became of each payment, and where members' money goes.

use crate::decide::acts::PayAct;
use crate::decide::draft::{Draft, Moment};
use crate::decide::rejection::Rejection;
use crate::decide::{batch, payment};
use crate::entry::kinds::EntryKind;
use crate::state::get::State;

/// Decides an act on payments.
pub(super) fn decide(state: &impl State, act: &PayAct, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    match act {
        PayAct::CreateBatch(terms) => batch::create(terms, moment),
        PayAct::DrawLots(id, step) => batch::draw(state, id, step, moment),
        PayAct::CompleteBatch(id) => batch::complete(state, id, moment),
        PayAct::ApproveBatch(id, digest) => batch::approve(state, id, digest, moment),
        PayAct::ReleaseBatch(id) => batch::begin_release(state, id, moment),
        PayAct::SendLots(id, step) => batch::send(state, id, step, moment),
        PayAct::CompleteRelease(id) => batch::end(state, id, EntryKind::BatchReleased, moment),
        PayAct::CancelBatch(id) => batch::begin_cancellation(state, id, moment),
        PayAct::LeaveOutLots(id, step) => batch::leave_out(state, id, step, moment),
        PayAct::CompleteCancellation(id) => batch::end(state, id, EntryKind::BatchCancelled, moment),
        PayAct::Report(report, minor) => payment::report(state, report, *minor, moment),
        PayAct::SetPayee(member, kind, fingerprint) => payment::set_payee(state, member, (*kind, *fingerprint), moment),
        PayAct::RemovePayee(member) => payment::remove_payee(state, member, moment),
        PayAct::ExpirePayee(member) => payment::expire_payee(state, member, moment),
        PayAct::Retry(payment) => payment::retry(state, payment, moment),
    }
}
