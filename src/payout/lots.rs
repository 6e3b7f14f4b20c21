//! Reading what the closing of a payout's choices decides: one line for each lot, page by page, and nothing is kept.

use crate::domain::state::choice::Choices;
use crate::domain::state::lots::{Decided, Lot, Lots};
use crate::domain::state::payout::Payout;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::ids::{MemberId, PayoutId};
use crate::domain::value::seq::Seq;
use crate::ledger::Ledger;
use crate::ledger::state::ProgramState;
use crate::log::{LogError, Want};

/// Members with lots that are read at a time, and on whose lots a step decides: at one entry each, a batch of a thousand rows, where
/// commits stop getting cheaper.
pub const PAGE: u32 = 1_000;

/// Lots of some members, with what is decided on them.
pub struct Lines {
    /// Members with such lots, in byte order.
    pub lines: Vec<(MemberId, Vec<Decided>)>,
    /// The last member that was looked at, if there may be more.
    pub next: Option<MemberId>,
}

/// Reads what the closing of a payout's choices decides on the lots of members after one, as they are now.
///
/// # Errors
/// [`LogError`] when the log cannot be read.
pub async fn lines_of(
    ledger: &Ledger,
    program: &ProgramState,
    payout: &Payout,
    as_of: Seq,
    after: Option<MemberId>,
) -> Result<Lines, LogError> {
    let (mut found, next) = page_of(ledger, program, after, PAGE).await?;
    found.retain(|(_, lots)| lots.rows.iter().any(|lot| lot.is_of(payout)));
    let keys: Vec<RecordKey> = found.iter().map(|(member, _)| RecordKey::Choices(member.clone())).collect();
    let mut chosen: Vec<(RecordKey, Choices)> = Vec::new();
    if !keys.is_empty() {
        for stored in ledger.log().load(&program.id, &Want::records(keys)).await?.records {
            if let Record::Choices(choices) = stored.record {
                chosen.push((stored.key, choices));
            }
        }
    }
    chosen.sort_by(|one, other| one.0.cmp(&other.0));
    let deadline = payout.terms.choices.as_ref().map(|terms| terms.deadline);
    let decided = |(member, lots): (MemberId, Lots)| {
        let key = RecordKey::Choices(member.clone());
        let at = chosen.binary_search_by(|(known, _)| known.cmp(&key)).ok();
        let choice = at.zip(deadline).and_then(|(at, deadline)| chosen[at].1.by(deadline));
        let decided = lots.decided(payout, choice, as_of);
        (member, decided)
    };
    Ok(Lines { lines: found.into_iter().map(decided).collect(), next })
}

/// Reads what the closing of a payout's choices has decided on the lots of members after one. A lot that was carried, and decided again by
/// a later closing, is a line of the later one.
///
/// # Errors
/// [`LogError`] when the log cannot be read.
pub async fn decided_in(
    ledger: &Ledger,
    program: &ProgramState,
    payout: &PayoutId,
    after: Option<MemberId>,
) -> Result<Lines, LogError> {
    let (found, next) = page_of(ledger, program, after, PAGE).await?;
    let decided = |lot: Lot| {
        let outcome = lot.decided.filter(|(by, _)| by == payout)?.1;
        Some(Decided { name: lot.name, minor: lot.minor, bucket: lot.bucket, outcome })
    };
    let of_member = |(member, lots): (MemberId, Lots)| {
        let decided: Vec<Decided> = lots.rows.into_iter().filter_map(decided).collect();
        (!decided.is_empty()).then_some((member, decided))
    };
    Ok(Lines { lines: found.into_iter().filter_map(of_member).collect(), next })
}

/// Reads the lots of at most so many members after one, and the last member if there may be more.
pub(super) async fn page_of(
    ledger: &Ledger,
    program: &ProgramState,
    after: Option<MemberId>,
    max: u32,
) -> Result<(Vec<(MemberId, Lots)>, Option<MemberId>), LogError> {
    let after = after.map(RecordKey::Lots);
    let page = ledger.log().records(&program.id, RecordKey::LOTS, after.as_ref(), max).await?;
    let is_full = page.len() == usize::try_from(max).unwrap_or(usize::MAX);
    let lots = page.into_iter().filter_map(|stored| match (stored.key, stored.record) {
        (RecordKey::Lots(member), Record::Lots(lots)) => Some((member, lots)),
        _ => None,
    });
    let found: Vec<(MemberId, Lots)> = lots.collect();
    let next = found.last().filter(|_| is_full).map(|(member, _)| member.clone());
    Ok((found, next))
}
