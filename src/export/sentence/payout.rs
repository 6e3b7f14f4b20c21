//! Sentences on payouts.

use super::super::words::money;
use super::{About, amount, moved, payout, were};

pub(super) fn reserved(about: &About<'_>) -> String {
    let entry = about.entry;
    about.told(&format!("{} {} reserved for the payout {}.", amount(entry), were(entry), payout(entry)))
}

pub(super) fn paid(about: &About<'_>) -> String {
    let entry = about.entry;
    about.told(&format!("{} {} paid out in the payout {}.", amount(entry), were(entry), payout(entry)))
}

pub(super) fn granted(about: &About<'_>) -> String {
    let share = money(moved(about.entry), about.context.currency);
    about.told(&format!("{share} became due to you from the payout {}.", payout(about.entry)))
}

pub(super) fn returned(about: &About<'_>) -> String {
    let (amount, were, payout) = (amount(about.entry), were(about.entry), payout(about.entry));
    about.told(&format!("{amount} {were} given back to you: the payout {payout} was cancelled."))
}
