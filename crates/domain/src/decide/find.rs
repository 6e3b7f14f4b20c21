//! Records that a command names and that must exist.

use crate::decide::rejection::Rejection;
use crate::entry::batch::PaymentName;
use crate::state::access::Change;
use crate::state::adjustment::Adjustment;
use crate::state::batch::Batch;
use crate::state::closing::Closing;
use crate::state::get::State;
use crate::state::hold::Hold;
use crate::state::lapse::Lapse;
use crate::state::payment::Payment;
use crate::state::payout::Payout;
use crate::state::program::Program;
use crate::state::proposal::Proposal;
use crate::state::statement::Statement;
use crate::state::update::Update;
use crate::terms::till::{Place, Spending};
use crate::value::ids::{
    AccessChangeId, ActivityId, AdjustmentId, BatchId, MemberId, MergerId, PayoutId, StatementId, UpdateId,
};

pub(super) fn the_program(state: &impl State) -> Result<&Program, Rejection> {
    state.get(&()).ok_or_else(|| not_found("the programme"))
}

pub(super) fn the_statement<'a>(state: &'a impl State, id: &StatementId) -> Result<&'a Statement, Rejection> {
    state.get(id).ok_or_else(|| not_found(format!("savingsStatements/{id}")))
}

pub(super) fn the_adjustment<'a>(state: &'a impl State, id: &AdjustmentId) -> Result<&'a Adjustment, Rejection> {
    state.get(id).ok_or_else(|| not_found(format!("adjustments/{id}")))
}

pub(super) fn the_merger<'a>(state: &'a impl State, id: &MergerId) -> Result<&'a Proposal, Rejection> {
    state.get(id).ok_or_else(|| not_found(format!("mergers/{id}")))
}

pub(super) fn the_access_change<'a>(state: &'a impl State, id: &AccessChangeId) -> Result<&'a Change, Rejection> {
    state.get(id).ok_or_else(|| not_found(format!("accessChanges/{id}")))
}

pub(super) fn the_payout<'a>(state: &'a impl State, id: &PayoutId) -> Result<&'a Payout, Rejection> {
    state.get(id).ok_or_else(|| not_found(format!("payouts/{id}")))
}

pub(super) fn the_update<'a>(state: &'a impl State, id: &UpdateId) -> Result<&'a Update, Rejection> {
    state.get(id).ok_or_else(|| not_found(format!("updates/{id}")))
}

pub(super) fn the_lapse<'a>(state: &'a impl State, member: &MemberId, id: &ActivityId) -> Result<&'a Lapse, Rejection> {
    let lapse = state.get::<Lapse>(member).filter(|lapse| lapse.id == *id);
    lapse.ok_or_else(|| not_found(format!("members/{member}/lapse ({id})")))
}

pub(super) fn the_closing<'a>(state: &'a impl State, id: &PayoutId) -> Result<&'a Closing, Rejection> {
    state.get(id).ok_or_else(|| not_found(format!("payouts/{id}/closing")))
}

pub(super) fn the_batch<'a>(state: &'a impl State, id: &BatchId) -> Result<&'a Batch, Rejection> {
    state.get(id).ok_or_else(|| not_found(format!("batches/{id}")))
}

pub(super) fn the_payment<'a>(state: &'a impl State, name: &PaymentName) -> Result<&'a Payment, Rejection> {
    state.get(name).ok_or_else(|| not_found(format!("payment {} of batches/{}", name.number, name.batch)))
}

pub(super) fn the_hold<'a>(state: &'a impl State, place: &Place) -> Result<&'a Hold, Rejection> {
    state.get(place).ok_or_else(|| not_found(place.resource(Spending::Capture)))
}

fn not_found(resource: impl Into<String>) -> Rejection {
    Rejection::NotFound { resource: resource.into() }
}
