//! Sentences on what shops did with a member's points.

use super::super::words::{date, grouped, points, was};
use super::{About, moved};
use crate::domain::entry::fact::Fact;
use crate::domain::value::bucket::Bucket;

/// Says that points are held.
pub(super) fn held(about: &About<'_>) -> String {
    let Fact::Hold(fact) = &about.entry.fact else { return String::new() };
    let until = date(fact.expires_at.day_in(about.context.zone));
    let (count, verb, shop) = (amount(about), verb(about), shop(about));
    about.told(&format!("{count} {verb} held by {shop}, until {until} at the latest."))
}

/// Says that held points were spent.
pub(super) fn captured(about: &About<'_>) -> String {
    let given_back = match &about.entry.fact {
        Fact::Hold(fact) => fact.given_back,
        _ => 0,
    };
    let spent = redeemed(about);
    match given_back {
        0 => spent,
        rest => {
            format!("{spent} The other {} that {} held can be used again.", grouped(rest), was(rest))
        }
    }
}

/// Says that the shop gave held points back.
pub(super) fn released(about: &About<'_>) -> String {
    again(about, "the shop no longer needs them")
}

/// Says that the time of a hold was over.
pub(super) fn expired(about: &About<'_>) -> String {
    again(about, "they were not spent in time")
}

fn again(about: &About<'_>, why: &str) -> String {
    let (count, verb, shop) = (amount(about), verb(about), shop(about));
    about.told(&format!("{count} that {verb} held by {shop} can be used again: {why}."))
}

/// Says that points were spent.
pub(super) fn redeemed(about: &About<'_>) -> String {
    about.told(&format!("you spent {} at {}.", amount(about), shop(about)))
}

/// Says that spent points were given back.
pub(super) fn refunded(about: &About<'_>) -> String {
    about.told(&format!("{} gave {} back to you.", shop(about), amount(about)))
}

/// Says what an act of the till moves beside its first entry: points that were held and not spent, or points that make
/// good for a loss.
pub(super) fn beside(about: &About<'_>) -> String {
    if about.entry.movement.is_some_and(|movement| movement.to() == Bucket::WrittenOff) {
        let (count, shop) = (amount(about), shop(about));
        return about.told(&format!(
            "{count} of what {shop} gave back made up for points that could not be taken back from you before."
        ));
    }
    again(about, "the rest was spent")
}

fn amount(about: &About<'_>) -> String {
    points(moved(about.entry))
}

fn verb(about: &About<'_>) -> &'static str {
    was(moved(about.entry))
}

/// Names the shop and the purpose of the points: the order, or else the shop's own id of its act.
fn shop(about: &About<'_>) -> String {
    let (place, subject) = match &about.entry.fact {
        Fact::Hold(fact) => (&fact.place, &fact.subject),
        Fact::Redemption(fact) => (&fact.place, &fact.subject),
        _ => return "the shop".into(),
    };
    match subject {
        Some(subject) => format!("{} ({subject})", place.source),
        None => format!("{} ({})", place.source, place.id),
    }
}
