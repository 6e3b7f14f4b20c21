//! Sentences on points that expired.

use super::super::words::{date, on};
use super::{About, amount};
use crate::domain::entry::fact::Fact;

/// Says how many points expired.
pub(super) fn expired(about: &About<'_>) -> String {
    let Fact::Expiry(cut_off) = &about.entry.fact else { return String::new() };
    let (count, before) = (amount(about.entry), date(cut_off.reach.before));
    on(cut_off.day, &format!("{count} you earned before {before} expired."))
}
