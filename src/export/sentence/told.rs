//! What is told of activities later.

use super::super::words::{grouped, money, points};
use super::About;
use super::ceilings::Held;
use crate::domain::bucket::Bucket;
use crate::domain::entry::{Entry, Reason};
use crate::domain::fact::{EarningFact, Fact, PartChange};

/// It was taken back.
pub(super) fn reversed(about: &About<'_>, last: &Entry) -> String {
    let why = match about.entry.reason {
        Some(Reason::Fraud) => "it was found to be fraudulent",
        Some(Reason::Mistake) => "it had been reported by mistake",
        _ => "it was undone",
    };
    taken_back(about, last, why)
}

/// A later activity took its exclusive key.
pub(super) fn displaced(about: &About<'_>, last: &Entry) -> String {
    taken_back(about, last, &format!("a later one was recorded for the same {}", about.space()))
}

fn taken_back(about: &About<'_>, last: &Entry, why: &str) -> String {
    let (day, activity) = (about.day(), about.activity_of_day());
    match taken(about) {
        Some(taken) => {
            let verb = if count(about) == 1 { "was" } else { "were" };
            let told = format!("On {day} {taken} for {activity} {verb} taken back: {why}.");
            told + &rest(about) + &where_from(about) + &below_zero(last)
        }
        None => format!("On {day} {activity} was taken back: {why}. {}", changes_nothing(about)),
    }
}

/// Money of its amount was given back.
pub(super) fn refunded(about: &About<'_>, last: &Entry) -> String {
    let refunded = money(fact(about).map_or(0, |fact| fact.refunded_minor), about.context.currency);
    let told = format!("On {} {refunded} of {} was refunded", about.day(), about.activity_of_day());
    match taken(about) {
        Some(taken) => {
            let verb = if count(about) == 1 { "was" } else { "were" };
            format!("{told}: {taken} {verb} taken back.") + &rest(about) + &where_from(about) + &below_zero(last)
        }
        None => format!("{told}. {}", changes_nothing(about)),
    }
}

/// It was confirmed.
pub(super) fn confirmed(about: &About<'_>) -> String {
    now_yours(about, &format!("On {} {} was confirmed", about.day(), about.activity_of_day()))
}

/// A term of it is over: points that waited can be used, or lapsed.
pub(super) fn settled(about: &About<'_>) -> String {
    let (day, activity, lapsed) = (about.day(), about.activity_of_day(), about.posted.taken_waiting);
    let mut told = Vec::new();
    if lapsed > 0 {
        told.push(format!(
            "On {day} {} that waited for {activity} lapsed: it was not confirmed in time.",
            points(lapsed)
        ));
    }
    if lapsed == 0 || about.posted.released + about.posted.added > 0 {
        told.push(now_yours(about, &format!("On {day} the waiting time of {activity} was over")));
    }
    told.join(" ")
}

fn now_yours(about: &About<'_>, told: &str) -> String {
    match about.posted.released + about.posted.added {
        0 => format!("{told}. {}", changes_nothing(about)),
        yours => {
            let verb = if yours == 1 { "is" } else { "are" };
            format!("{told}: {} {verb} now yours to use.", points(yours)) + &rest(about)
        }
    }
}

/// `the 100 points`, or `40 of the 100 points` where the others were over a ceiling; `None` where nothing was taken.
fn taken(about: &About<'_>) -> Option<String> {
    let posted = about.posted;
    let (used, waiting) = (posted.taken + posted.taken_set_aside + posted.written_off, posted.taken_waiting);
    let over = Held::of(parts(about)).points();
    match (used, waiting) {
        (0, 0) => None,
        (used, 0) if over > 0 => Some(format!("{} of the {}", grouped(used), points(used + over))),
        (0, waiting) if over > 0 => {
            Some(format!("{} of the {} that were waiting", grouped(waiting), points(waiting + over)))
        }
        (used, 0) => Some(format!("the {}", points(used))),
        (0, waiting) => Some(format!("the {} that were waiting", points(waiting))),
        (used, waiting) => {
            let all = points(used.saturating_add(waiting));
            Some(format!("the {all}, {} of which were waiting,", grouped(waiting)))
        }
    }
}

fn count(about: &About<'_>) -> i64 {
    about.posted.taken_back().saturating_add(about.posted.written_off)
}

/// What the ceilings kept from moving, and what could wait in its place.
fn rest(about: &About<'_>) -> String {
    let held = Held::of(parts(about));
    let mut told = String::new();
    if held.points() > 0 {
        let ceilings = held.ceilings(about.context);
        told += &format!(" The other {} were over {ceilings} anyway.", grouped(held.points()));
    }
    if about.posted.set_waiting > 0 {
        let count = points(about.posted.set_waiting);
        told += &format!(" Under the ceiling, {count} of other activities wait in their place.");
    }
    told
}

/// Where points that were taken back came from, where it was not the balance alone.
fn where_from(about: &About<'_>) -> String {
    let mut told = String::new();
    if about.posted.taken_set_aside > 0 {
        told += &format!(" {} came from those set aside for a payout.", grouped(about.posted.taken_set_aside));
    }
    if about.posted.written_off > 0 {
        let count = about.posted.written_off;
        let verb = if count == 1 { "was" } else { "were" };
        told += &format!(" {} could not be taken from your balance and {verb} written off.", grouped(count));
    }
    told
}

fn below_zero(last: &Entry) -> String {
    match last.balance_after.get(Bucket::Available) {
        below @ ..0 => {
            format!(" That leaves a balance of {}; what you earn next makes up for it first.", points(below))
        }
        _ => String::new(),
    }
}

/// Why nothing moved.
fn changes_nothing(about: &About<'_>) -> String {
    let held = Held::of(parts(about));
    if held.points() > 0 {
        let (count, ceilings) = (points(held.points()), held.ceilings(about.context));
        format!("That changes nothing for you: its {count} were over {ceilings} anyway.")
    } else {
        "Your points stay as they were.".into()
    }
}

fn parts<'a>(about: &About<'a>) -> &'a [PartChange] {
    fact(about).map_or(&[], |fact| &fact.parts)
}

fn fact<'a>(about: &About<'a>) -> Option<&'a EarningFact> {
    match &about.entry.fact {
        Fact::Earning(fact) => Some(fact),
        _ => None,
    }
}
