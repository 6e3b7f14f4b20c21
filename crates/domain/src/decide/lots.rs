//! Lots that are withheld while their member is shut out, and released or lapse afterwards.

use crate::decide::draft::{Draft, Moment, shift};
use crate::decide::rejection::Rejection;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::money::{LotFact, LotName};
use crate::state::get::State;
use crate::state::lots::{Lot, Lots};
use crate::value::bucket::Bucket;
use crate::value::ids::MemberId;

/// Withholds the money of a member that is still to come. Money that is withheld already stays so.
pub(super) fn withhold(state: &impl State, member: &MemberId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let is_to_come = |lot: &&Lot| matches!(lot.bucket, Bucket::Due | Bucket::Carried | Bucket::Drawn);
    let lots = state.get::<Lots>(member).into_iter().flat_map(|lots| &lots.rows).filter(is_to_come);
    lots.map(|lot| withheld(member, &lot.name, lot.bucket, lot.minor, moment)).collect()
}

/// Withholds one lot.
pub(super) fn withheld(
    member: &MemberId,
    lot: &LotName,
    from: Bucket,
    minor: i64,
    moment: &Moment<'_>,
) -> Result<Draft, Rejection> {
    moved(EntryKind::MoneyWithheld, member, (lot, minor), (from, Bucket::Withheld), moment)
}

/// Releases withheld money, as it was before.
pub(super) fn release(state: &impl State, member: &MemberId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let mut drafts = Vec::new();
    for (lot, was) in state.get::<Lots>(member).into_iter().flat_map(Lots::withheld) {
        drafts.push(out_of_withheld(member, lot, EntryKind::MoneyReleased, was, moment)?);
    }
    Ok(drafts)
}

/// Moves a withheld lot to another bucket.
pub(super) fn out_of_withheld(
    member: &MemberId,
    lot: &Lot,
    kind: EntryKind,
    to: Bucket,
    moment: &Moment<'_>,
) -> Result<Draft, Rejection> {
    moved(kind, member, (&lot.name, lot.minor), (Bucket::Withheld, to), moment)
}

/// Moves the money of a lot, with nothing decided on it.
fn moved(
    kind: EntryKind,
    member: &MemberId,
    (lot, minor): (&LotName, i64),
    (from, to): (Bucket, Bucket),
    moment: &Moment<'_>,
) -> Result<Draft, Rejection> {
    let fact = Fact::Lot(Box::new(LotFact { lot: lot.clone(), minor, decided: None }));
    Ok(Draft::act(kind, moment, fact).of(member, shift(from, to, minor)?))
}
