//! Explaining a share: the entries that were counted, and the arithmetic.

use super::shares::Weight;
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::project::totals::credited_by;
use crate::domain::state::payout::Payout;
use crate::domain::terms::payout::PayoutMode;
use crate::domain::value::bucket::Bucket;
use crate::domain::value::money::Currency;
use crate::domain::value::split::{Share, quotient};

/// The meaning of an entry for a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The change it made in the points that count; 0 when it was left out.
    pub counted_points: i64,
    /// The reason why it was counted or left out.
    pub why: String,
}

/// Says what an entry meant for the share. It is an entry of the member, or of one who was merged into the member
/// before.
///
/// The points counted sum to the rest of the period's credit: the points credited in it, less those used.
#[must_use]
pub fn explain(entry: &Entry, payout: &Payout, weight: &Weight) -> Explained {
    let left_out = |why: String| Explained { counted_points: 0, why };
    if payout.terms.list.is_some() {
        return left_out("does not count: the payout is over a list".into());
    }
    let reduces_this = entry.fact.reduces() == Some(&payout.terms.id);
    if entry.seq == weight.reserved_seq {
        return left_out("reserved for this payout".into());
    }
    if entry.seq > weight.reserved_seq && !reduces_this {
        return left_out("came after the points were reserved".into());
    }
    let Some(movement) = entry.movement else {
        return left_out(match entry.reason {
            Some(reason) => format!("declined: {}", reason.meaning()),
            None => "moved nothing".into(),
        });
    };
    let (from, to, amount) = (movement.from(), movement.to(), movement.amount().get());
    let (day, last_day) = (entry.local_day.date(), payout.terms.last_day);
    if reduces_this {
        let why = format!("taken back from what was reserved, for {day}");
        return Explained { counted_points: -amount, why };
    }
    if let Fact::Merge(_) = entry.fact {
        // Together with its counterpart in the other history it changes nothing.
        return left_out("moved between merged members".into());
    }
    let credited = entry.credited();
    let is_within = entry.local_day <= last_day;
    let used = if to.is_used() { amount } else { 0 } - if from.is_used() { amount } else { 0 };
    let counted_points = credited_by(entry, last_day) - used;
    let why = match (from, to) {
        (Bucket::Moved, _) | (_, Bucket::Moved) => "moved between merged members".into(),
        (Bucket::WrittenOff, _) => "written off: the company bears it".into(),
        (_, Bucket::WrittenOff) => "made up for what had been written off".into(),
        (Bucket::Reserved, Bucket::Issued) => format!("taken back from {day}, out of points reserved elsewhere"),
        (Bucket::Expired, Bucket::Issued) => format!("taken back from {day}, out of points that had expired"),
        _ if entry.is_of_penalty() && credited > 0 => "given back: a penalty was undone".into(),
        _ if entry.is_of_penalty() => "taken by a penalty".into(),
        _ if entry.uses_oldest() => "taken by an adjustment".into(),
        _ if used > 0 => format!("used: {}", to.name().replace('_', " ")),
        _ if used < 0 => "given back".into(),
        _ if credited == 0 => "changes nothing that counts".into(),
        _ => {
            let what = if credited > 0 { "credited for" } else { "taken back from" };
            let when = if is_within {
                "within the period".into()
            } else {
                format!("after the period's last day {}", last_day.date())
            };
            format!("{what} {day}, {when}")
        }
    };
    Explained { counted_points, why }
}

/// Shows the arithmetic of a share, in sentences fit to be sent to the member.
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
                " {points} more points had been reserved, and were taken back as what they were given for did not stand."
            )
        }
        None => String::new(),
    };
    let (code, amount) = (currency.code(), currency.format(share.share_minor));
    match payout.terms.mode {
        PayoutMode::Pool => {}
        PayoutMode::FixedRate => {
            let (rate, millionths) = payout.terms.ratio(total);
            let exact = |points| quotient(rate, points, millionths, currency.minor_per_main());
            return format!(
                "{} points that count, at {} {code} for each: exactly {} {code}, rounded down. The share is {amount} {code}.{reduced}",
                share.weight,
                exact(1),
                exact(share.weight),
            );
        }
        PayoutMode::List => {
            let pool_text = currency.format(pool);
            if share.weight == 0 {
                return format!(
                    "What rounding down left of a pool of {pool_text} {code}. The share is {amount} {code}."
                );
            }
            return format!(
                "A weight of {} of {total} in the list, of a pool of {pool_text} {code}: {pool_text} × {} ÷ {total} is exactly {}, \
                 rounded down; what rounding down leaves goes to one account. The share is {amount} {code}.",
                share.weight,
                share.weight,
                quotient(pool, share.weight, total, currency.minor_per_main()),
            );
        }
    }
    format!(
        "{weight} of {total} points that count, of a pool of {pool} {code}: {pool} × {weight} ÷ {total} is exactly {exact}, \
         {rounding}. The share is {amount} {code}.{reduced}",
        weight = share.weight,
        pool = currency.format(pool),
        exact = quotient(pool, share.weight, total, currency.minor_per_main()),
    )
}
