//! Reading payments: batches, their payments, and who could be paid.

use std::collections::BTreeSet;

use super::PayoutError;
use super::lots::{PAGE, page_of};
use crate::domain::decide::batch::{owed, payable};
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::batch::PaymentName;
use crate::domain::state::batch::Batch;
use crate::domain::state::get::State as _;
use crate::domain::state::lots::Lots;
use crate::domain::state::overlay::Changes;
use crate::domain::state::payee::{Payee, Undrawn};
use crate::domain::state::payment::Payment;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::batch::FileFormat;
use crate::domain::value::bucket::Bucket;
use crate::domain::value::ids::{BatchId, MemberId};
use crate::ledger::Ledger;
use crate::ledger::state::ProgramState;
use crate::log::{LogError, Want};

/// A member with money due that is to be paid by files of a format.
pub struct Due {
    /// The member.
    pub member: MemberId,
    /// The money, in minor units.
    pub minor: i64,
    /// The member's destination.
    pub payee: Payee,
    /// Why it cannot be paid now; `None` when it can.
    pub undrawn: Option<Undrawn>,
}

/// Returns a batch.
///
/// # Errors
/// [`Rejection::NotFound`] when there is none of that id.
pub async fn batch_of(ledger: &Ledger, program: &ProgramState, id: &BatchId) -> Result<Batch, PayoutError> {
    match ledger.record(program, &RecordKey::Batch(id.clone())).await? {
        Some(Record::Batch(batch)) => Ok(*batch),
        _ => Err(Rejection::NotFound { resource: format!("programs/{}/batches/{id}", program.id) }.into()),
    }
}

/// Returns a payment.
///
/// # Errors
/// [`Rejection::NotFound`] when the batch has none of that number.
pub async fn payment_of(ledger: &Ledger, program: &ProgramState, name: &PaymentName) -> Result<Payment, PayoutError> {
    if let Some(Record::Payment(payment)) =
        ledger.record(program, &RecordKey::Payment(name.batch.clone(), name.number)).await?
    {
        return Ok(payment);
    }
    let resource = format!("payment {} of programs/{}/batches/{}", name.number, program.id, name.batch);
    Err(Rejection::NotFound { resource }.into())
}

/// Reads payments of a batch after a number, in the order of their numbers.
///
/// # Errors
/// [`LogError`] when the log cannot be read.
pub async fn payments_after(
    ledger: &Ledger,
    program: &ProgramState,
    batch: &BatchId,
    after: u32,
    max: u32,
) -> Result<Vec<(u32, Payment)>, LogError> {
    let from = (after > 0).then(|| RecordKey::Payment(batch.clone(), after));
    let page = ledger.log().records(&program.id, &RecordKey::payments_of(batch), from.as_ref(), max).await?;
    let payment = page.into_iter().filter_map(|stored| match (stored.key, stored.record) {
        (RecordKey::Payment(_, number), Record::Payment(payment)) => Some((number, payment)),
        _ => None,
    });
    Ok(payment.collect())
}

/// Reads which members after one have money due, and the last member that was looked at, if there may be more. Whether it is to be paid by
/// files of some format is not asked.
///
/// # Errors
/// [`LogError`] when the log cannot be read.
pub async fn members_with_due(
    ledger: &Ledger,
    program: &ProgramState,
    after: Option<MemberId>,
) -> Result<(Vec<MemberId>, Option<MemberId>), LogError> {
    let (found, next) = page_of(ledger, program, after, PAGE).await?;
    let has_due = |lots: &Lots| lots.rows.iter().any(|lot| lot.bucket == Bucket::Due);
    Ok((found.into_iter().filter(|(_, lots)| has_due(lots)).map(|(member, _)| member).collect(), next))
}

/// Reads which of at most so many members after one have money due that is to be paid by files of a format, and the last member that was looked
/// at, if there may be more.
///
/// # Errors
/// [`LogError`] when the log cannot be read.
pub async fn due_after(
    ledger: &Ledger,
    program: &ProgramState,
    format: FileFormat,
    after: Option<MemberId>,
    max: u32,
) -> Result<(Vec<Due>, Option<MemberId>), LogError> {
    let (mut found, next) = page_of(ledger, program, after, max).await?;
    found.retain(|(_, lots)| lots.rows.iter().any(|lot| lot.bucket == Bucket::Due));
    let state = payees_and_payouts(ledger, program, &found).await?;
    let mut due = Vec::new();
    for (member, lots) in found {
        let minor = owed(&state, format, &lots).into_iter().map(|lot| lot.minor).fold(0, i64::saturating_add);
        if minor > 0 {
            let undrawn = payable(&state, format, &member, &lots).err();
            let payee = state.get::<Payee>(&member).cloned().unwrap_or_default();
            due.push(Due { member, minor, payee, undrawn });
        }
    }
    Ok((due, next))
}

/// Reads the payees of some members, and the payouts of their lots.
async fn payees_and_payouts(
    ledger: &Ledger,
    program: &ProgramState,
    found: &[(MemberId, Lots)],
) -> Result<Changes, LogError> {
    let mut keys: Vec<RecordKey> = found.iter().map(|(member, _)| RecordKey::Payee(member.clone())).collect();
    let payouts = found.iter().flat_map(|(_, lots)| &lots.rows).map(|lot| RecordKey::Payout(lot.name.payout.clone()));
    keys.extend(payouts.collect::<BTreeSet<_>>());
    let mut changes = Changes::default();
    if !keys.is_empty() {
        for stored in ledger.log().load(&program.id, &Want::records(keys)).await?.records {
            changes.records.insert(stored.key, (stored.seq, stored.record));
        }
    }
    Ok(changes)
}
