//! Going on with payouts and closings that somebody left in the middle: a server that ended, or a caller that was told to call again.
//!
//! A payout that is drafted, executed or cancelled, and a closing that is carried out, are due once no step of them was taken for a while
//! (`due_at` of their records). Any server goes on with them then. Their steps are named after where they begin, so two servers, or a server and
//! a caller, take each step once.

use std::sync::Arc;

use super::payout::{draft_all, post_rest};
use super::{Swept, batch, closing};
use crate::domain::decide::rejection::{MoneyRejection, Rejection};
use crate::domain::state::payout::{Payout, PayoutState};
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::ids::{BatchId, PayoutId};
use crate::domain::value::principal::PrincipalId;
use crate::ledger::SubmitError;
use crate::ledger::state::ProgramState;
use crate::log::LogError;
use crate::payout::{PayoutError, Payouts};

/// Due items that are looked through at a time: at most 32 closings are under way, and hardly more payouts.
const PAGE: u32 = 1_000;

/// Goes on with every payout and closing of a programme that is due, one after the other, to their ends.
///
/// # Errors
/// [`LogError`] when the log cannot be read. What cannot be ended is logged, and is due again later.
pub async fn go_on(payouts: &Payouts, program: &Arc<ProgramState>) -> Result<Swept, LogError> {
    let ledger = payouts.ledger();
    let mut swept = Swept::default();
    for item in ledger.log().due(&program.id, ledger.now(), PAGE).await? {
        let outcome = match (&item.key, item.record) {
            (RecordKey::Payout(_), Record::Payout(payout)) => go_on_with_payout(payouts, program, payout).await,
            (RecordKey::Batch(id), Record::Batch(_)) => go_on_with_batch(payouts, program, id).await,
            (RecordKey::Closing(id), Record::Closing(_)) => go_on_with_closing(payouts, program, id).await,
            _ => continue,
        };
        match outcome {
            Ok(()) => swept.posted += 1,
            Err(error) => {
                swept.failed += 1;
                tracing::warn!(program = %program.id, item = %item.key, %error, "what was left in the middle cannot be ended");
            }
        }
    }
    Ok(swept)
}

async fn go_on_with_payout(payouts: &Payouts, program: &Arc<ProgramState>, due: Payout) -> Result<(), PayoutError> {
    tracing::info!(program = %program.id, payout = %due.terms.id, state = due.state.name(), "goes on with a payout");
    let id = &due.terms.id;
    let gone_on = match payouts.get(program, id).await?.state {
        PayoutState::Drafting | PayoutState::Releasing | PayoutState::Cancelling => {
            draft_all(payouts, program, id).await
        }
        // Nobody asks for it but the service itself.
        PayoutState::Executing => post_rest(payouts, program, id, PrincipalId::goodturn()).await,
        // Somebody else has ended it meanwhile.
        PayoutState::Draft
        | PayoutState::Approved
        | PayoutState::Executed
        | PayoutState::Cancelled
        | PayoutState::Rejected => return Ok(()),
    };
    match gone_on {
        // It has cancelled itself.
        Err(PayoutError::Submit(SubmitError::Rejected(
            Rejection::NothingToPay | Rejection::Money(MoneyRejection::PoolTooSmall { .. }),
        ))) => Ok(()),
        other => other.map(drop),
    }
}

async fn go_on_with_batch(payouts: &Payouts, program: &Arc<ProgramState>, id: &BatchId) -> Result<(), PayoutError> {
    tracing::info!(program = %program.id, batch = %id, "goes on with a batch of payments");
    match batch::carry_on(payouts, program, id).await {
        // It has cancelled itself.
        Err(PayoutError::Submit(SubmitError::Rejected(Rejection::NothingToPay))) => Ok(()),
        other => other.map(drop),
    }
}

async fn go_on_with_closing(payouts: &Payouts, program: &Arc<ProgramState>, id: &PayoutId) -> Result<(), PayoutError> {
    tracing::info!(program = %program.id, payout = %id, "goes on with the closing of choices");
    let payout = payouts.get(program, id).await?;
    closing::carry_out(payouts, Arc::clone(program), payout, PrincipalId::goodturn()).await.map(drop)
}
