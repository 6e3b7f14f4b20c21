//! Explaining a share: which entries were counted, and the arithmetic.

use crate::domain::entry::Entry;
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
    let left_out = |why: String| Explained { counted_points: 0, why };
    let Some(movement) = entry.movement else {
        return left_out(match entry.reason {
            Some(reason) => format!("declined: {}", reason.meaning()),
            None => "moved nothing".into(),
        });
    };
    let (amount, credited) = (movement.amount().get(), entry.credited());
    let (day, last_day) = (entry.local_day.date(), payout.terms.last_day);
    match (movement.from().is_used(), movement.to().is_used()) {
        (false, true) => {
            Explained { counted_points: -amount, why: format!("used: {}", movement.to().name().replace('_', " ")) }
        }
        (true, false) if credited < 0 => left_out("written off: the company bears it".into()),
        (true, false) => Explained { counted_points: amount, why: "given back".into() },
        _ if credited == 0 => left_out("changes nothing that counts".into()),
        _ => {
            let what = if credited > 0 { "credited for" } else { "taken back from" };
            if entry.local_day <= last_day {
                Explained { counted_points: credited, why: format!("{what} {day}, within the period") }
            } else {
                left_out(format!("{what} {day}, after the period's last day {}", last_day.date()))
            }
        }
    }
}

/// Shows the arithmetic of a share in a sentence fit to be sent to the member.
#[must_use]
pub fn sentence(currency: Currency, payout: &Payout, share: &Share, rounding_units: usize) -> String {
    let (pool, total) = (payout.terms.pool_minor, payout.total_points);
    let rounding = if share.rounding_unit {
        format!(
            "rounded up: rounding every share down left {rounding_units} minor units over, which went one each to the \
             largest remainders, this one among them"
        )
    } else {
        "rounded down".to_owned()
    };
    format!(
        "{weight} of {total} points that count, of a pool of {pool} {code}: {pool} × {weight} ÷ {total} is exactly {exact}, \
         {rounding}. The share is {amount} {code}.",
        weight = share.weight,
        pool = currency.format(pool),
        exact = quotient(pool, share.weight, total, currency.minor_per_main()),
        code = currency.code(),
        amount = currency.format(share.share_minor),
    )
}
