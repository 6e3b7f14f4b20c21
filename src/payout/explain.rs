//! Explaining a share: which entries were counted, and the arithmetic.

use super::shares::Weight;
use crate::domain::bucket::Bucket;
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

/// Says what an entry of a member's meant for the share.
#[must_use]
pub fn explain(entry: &Entry, payout: &Payout, weight: &Weight) -> Explained {
    let left_out = |why: String| Explained { counted_points: 0, why };
    match &entry.fact {
        fact if fact.reduces() == Some(&payout.terms.id) => {
            let why = format!("taken back from what was set aside, for {}", entry.local_day.date());
            return Explained { counted_points: entry.credited(), why };
        }
        _ if entry.seq == weight.set_aside => return left_out("set aside for this payout".into()),
        _ if entry.seq > weight.set_aside => return left_out("came after the points were set aside".into()),
        _ => {}
    }
    let Some(movement) = entry.movement else {
        return left_out(match entry.reason {
            Some(reason) => format!("declined: {}", reason.meaning()),
            None => "moved nothing".into(),
        });
    };
    let (amount, credited) = (movement.amount().get(), entry.credited());
    let (day, last_day) = (entry.local_day.date(), payout.terms.last_day);
    let is_within = entry.local_day <= last_day;
    match (movement.from().is_used(), movement.to().is_used()) {
        (false, true) => {
            Explained { counted_points: -amount, why: format!("used: {}", movement.to().name().replace('_', " ")) }
        }
        // Less was credited, and less is set aside elsewhere: within the period these make up for each other.
        (true, false) if movement.from() == Bucket::Reserved && credited < 0 => {
            let why = format!("taken back from {day}, out of points set aside elsewhere");
            Explained { counted_points: if is_within { 0 } else { amount }, why }
        }
        (true, false) if movement.from() == Bucket::Moved => {
            Explained { counted_points: amount, why: "moved between merged members".into() }
        }
        (true, false) if credited < 0 => left_out("written off: the company bears it".into()),
        (true, false) => Explained { counted_points: amount, why: "given back".into() },
        _ if credited == 0 => left_out("changes nothing that counts".into()),
        _ => {
            let what = if credited > 0 { "credited for" } else { "taken back from" };
            if is_within {
                Explained { counted_points: credited, why: format!("{what} {day}, within the period") }
            } else {
                left_out(format!("{what} {day}, after the period's last day {}", last_day.date()))
            }
        }
    }
}

/// Shows the arithmetic of a share in sentences fit to be sent to the member.
#[must_use]
pub fn sentence(currency: Currency, payout: &Payout, share: &Share, weight: &Weight, rounding_units: usize) -> String {
    let (pool, total) = (payout.terms.pool_minor, payout.total_points);
    let rounding = if share.rounding_unit {
        format!(
            "rounded up: rounding every share down left {rounding_units} minor units over, which went one each to the \
             largest remainders, this one among them"
        )
    } else {
        "rounded down".to_owned()
    };
    let reduced = match weight.reduced {
        Some((points, _)) => {
            format!(
                " {points} more points had been set aside, and were taken back as what they were given for did not stand."
            )
        }
        None => String::new(),
    };
    format!(
        "{weight} of {total} points that count, of a pool of {pool} {code}: {pool} × {weight} ÷ {total} is exactly {exact}, \
         {rounding}. The share is {amount} {code}.{reduced}",
        weight = share.weight,
        pool = currency.format(pool),
        exact = quotient(pool, share.weight, total, currency.minor_per_main()),
        code = currency.code(),
        amount = currency.format(share.share_minor),
    )
}
