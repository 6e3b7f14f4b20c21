//! Explaining a share: which entries were counted, and the arithmetic.

use crate::domain::bucket::Bucket;
use crate::domain::entry::{Entry, EntryKind};
use crate::domain::money::Currency;
use crate::domain::payout::Payout;
use crate::domain::split::{Share, quotient};

/// An entry, and what it meant for a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// What it changed in the points that count; 0 where it was left out.
    pub counted_points: i64,
    /// Why it was counted or left out.
    pub why: String,
}

/// Says what an entry, recorded before a member's points were set aside, meant for the share.
#[must_use]
pub fn explain(entry: &Entry, payout: &Payout) -> Explained {
    let last_day = payout.terms.last_day;
    let day = entry.local_day.date();
    let left_out = |why: String| Explained { counted_points: 0, why };
    let credited = entry.credited();
    if credited != 0 {
        let what = if credited > 0 { "credited for" } else { "taken back from" };
        return if entry.local_day <= last_day {
            Explained { counted_points: credited, why: format!("{what} {day}, within the period") }
        } else {
            left_out(format!("{what} {day}, after the period's last day {}", last_day.date()))
        };
    }
    match entry.movement.map(|movement| (movement.to(), movement.amount().get())) {
        Some((Bucket::Redeemed | Bucket::Expired | Bucket::Paid, used)) => {
            Explained { counted_points: -used, why: format!("{}: used before", entry.kind.name()) }
        }
        _ => match entry.reason {
            Some(reason) if entry.kind == EntryKind::ActivityRecorded => {
                left_out(format!("declined: {}", reason.name()))
            }
            _ => left_out(format!("{}: changes nothing that counts", entry.kind.name())),
        },
    }
}

/// Shows the arithmetic of a share in a sentence fit to be sent to the member.
#[must_use]
pub fn sentence(currency: Currency, payout: &Payout, share: &Share, rounding_units: usize) -> String {
    let (pool, total) = (payout.terms.pool_minor, payout.total_points);
    let rounding = if share.rounding_unit {
        format!(
            "rounded up by one minor unit: rounding every share down left {rounding_units} over, which went one each to \
             the largest remainders, yours among them"
        )
    } else {
        "rounded down to a whole minor unit".to_owned()
    };
    format!(
        "{weight} of {total} points that count, of a pool of {pool}: {weight} ÷ {total} × {pool} = {exact} {code} exactly; \
         {rounding}. The share is {amount} {code}.",
        weight = share.weight,
        pool = currency.format(pool),
        exact = quotient(pool, share.weight, total, currency.minor_per_main()),
        code = currency.code(),
        amount = currency.format(share.share_minor),
    )
}
