//! Sentences on points that expired.

use super::super::words::{date, on};
use super::{About, amount};
use crate::domain::entry::fact::Fact;
use crate::domain::terms::expiry::Reach;

/// Says how many points expired.
pub(super) fn expired(about: &About<'_>) -> String {
    let Fact::Expiry(cut_off) = &about.entry.fact else { return String::new() };
    let count = amount(about.entry);
    let told = match cut_off.reach {
        Reach::OfAge { before, .. } => format!("{count} you earned before {} expired.", date(before)),
        Reach::OfInactive { since, .. } => {
            format!("{count} expired: since {} no activity of yours was recorded, and you used no points.", date(since))
        }
    };
    on(cut_off.day, &told)
}
