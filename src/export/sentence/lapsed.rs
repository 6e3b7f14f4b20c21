//! Points that expired, and those given back.

use super::super::words::{date, on};
use super::{About, amount, were};
use crate::domain::fact::Fact;

/// What expired, or was given back.
pub(super) fn lapsed(about: &About<'_>, given_back: bool) -> String {
    let Fact::Expiry(cut_off) = &about.entry.fact else { return String::new() };
    let (count, before) = (amount(about.entry), date(cut_off.reach.before));
    let told = if given_back {
        let were = were(about.entry);
        format!(
            "{count} that had expired {were} given back to you: fewer of those you earned before {before} are past their time."
        )
    } else {
        format!("{count} you earned before {before} expired.")
    };
    on(cut_off.day, &told)
}
