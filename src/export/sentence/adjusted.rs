//! Sentences on points that a person gave or took.

use super::super::words::{date, points, was};
use super::About;
use super::told::{below_zero, given_back, where_from};
use crate::domain::entry::Entry;
use crate::domain::entry::adjustment::AdjustmentFact;
use crate::domain::entry::fact::Fact;
use crate::domain::terms::adjustment::AdjustmentReason::{self, Correction, Goodwill, OpeningBalance};

/// Says that points were given or taken.
pub(super) fn posted(about: &About<'_>, last: &Entry) -> String {
    let Some(AdjustmentFact { points: adjusted, reason, .. }) = fact(about) else { return String::new() };
    let count = points(adjusted.saturating_abs());
    let why = match reason {
        Goodwill => "as a gesture of goodwill",
        Correction => "to put your balance right",
        OpeningBalance => "as what you had before",
    };
    if *adjusted > 0 {
        return about.told(&format!("{count} {} given to you {why}.", was(*adjusted)));
    }
    let why = if *reason == Goodwill { "as goodwill is put right" } else { why };
    let told = about.told(&format!("{count} {} taken from you {why}.", was(adjusted.saturating_abs())));
    told + &where_from(about) + &below_zero(last)
}

/// Says that an adjustment waits for a second person.
pub(super) fn proposed(about: &About<'_>) -> String {
    let Some(fact) = fact(about) else { return String::new() };
    let recorded = date(about.entry.recorded_at.day_in(about.context.zone));
    format!("On {recorded} it was proposed to {}. That changes nothing until it is approved.", change(fact))
}

/// Says that an adjustment was rejected.
pub(super) fn rejected(about: &About<'_>) -> String {
    let Some(fact) = fact(about) else { return String::new() };
    about.told(&format!("it was decided not to {}. Your points stay as they were.", change(fact)))
}

/// Says that an adjustment was taken back, as the member was banned.
pub(super) fn revoked(about: &About<'_>, last: &Entry) -> String {
    let Some(AdjustmentFact { points: given, reason, .. }) = fact(about) else { return String::new() };
    let (count, day) = (points(*given), date(about.entry.local_day));
    let what = what_was_given(*reason);
    let recorded = date(about.entry.recorded_at.day_in(about.context.zone));
    let told = format!("On {recorded} the {count} of {day} {what} {} taken back: you were banned.", was(*given));
    told + &where_from(about) + &below_zero(last)
}

/// Says that an adjustment was given back, as the ban was lifted.
pub(super) fn reinstated(about: &About<'_>) -> String {
    let Some(AdjustmentFact { points: given, reason, .. }) = fact(about) else { return String::new() };
    let recorded = date(about.entry.recorded_at.day_in(about.context.zone));
    let (count, day, what) = (points(*given), date(about.entry.local_day), what_was_given(*reason));
    let told = format!("On {recorded} the {count} of {day} {what} {} given back: the ban was lifted.", was(*given));
    told + &given_back(about)
}

const fn what_was_given(reason: AdjustmentReason) -> &'static str {
    match reason {
        Goodwill => "given as a gesture of goodwill",
        Correction => "given to put your balance right",
        OpeningBalance => "given as what you had before",
    }
}

fn change(fact: &AdjustmentFact) -> String {
    let count = points(fact.points.saturating_abs());
    let why = match fact.reason {
        Goodwill => "goodwill",
        Correction => "a correction",
        OpeningBalance => "an opening balance",
    };
    let verb = if fact.points > 0 { "add" } else { "take" };
    let where_to = if fact.points > 0 { "to" } else { "from" };
    format!("{verb} {count} {where_to} your balance as {why}")
}

fn fact<'a>(about: &About<'a>) -> Option<&'a AdjustmentFact> {
    match &about.entry.fact {
        Fact::Adjustment(fact) => Some(fact),
        _ => None,
    }
}
