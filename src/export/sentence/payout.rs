//! Sentences on payouts.

use super::super::words::money;
use super::{About, amount, moved, payout, were};
use crate::domain::entry::fact::Fact;

pub(super) fn reserved(about: &About<'_>) -> String {
    let entry = about.entry;
    about.told(&format!("{} {} reserved for the payout {}.", amount(entry), were(entry), payout(entry)))
}

pub(super) fn paid(about: &About<'_>) -> String {
    let entry = about.entry;
    about.told(&format!("{} {} paid out in the payout {}.", amount(entry), were(entry), payout(entry)))
}

pub(super) fn granted(about: &About<'_>) -> String {
    let share = moved(about.entry);
    if share == 0 {
        return about
            .told(&format!("your share of the payout {} is less than the smallest coin.", payout(about.entry)));
    }
    let share = money(share, about.context.currency);
    about.told(&format!("{share} became due to you from the payout {}.", payout(about.entry)))
}

pub(super) fn released(about: &About<'_>) -> String {
    let (amount, were, payout) = (amount(about.entry), were(about.entry), payout(about.entry));
    let why = "your share would have been below the minimum; they count for a later payout";
    about.told(&format!("{amount} {were} given back to you out of the payout {payout}: {why}."))
}

pub(super) fn listed(about: &About<'_>) -> String {
    let weight = match &about.entry.fact {
        Fact::Listed(row) => row.weight,
        _ => 0,
    };
    about.told(&format!("you were put on the list of the payout {}, with a weight of {weight}.", payout(about.entry)))
}

pub(super) fn returned(about: &About<'_>) -> String {
    let (amount, were, payout) = (amount(about.entry), were(about.entry), payout(about.entry));
    about.told(&format!("{amount} {were} given back to you: the payout {payout} was cancelled."))
}
