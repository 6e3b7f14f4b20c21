//! Sentences on later reports of activities.

use super::super::words::{grouped, money, points, was};
use super::About;
use super::ceilings::Held;
use crate::domain::entry::Entry;
use crate::domain::entry::earning::{EarningFact, PartChange};
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::terms::activity::Measure;
use crate::domain::terms::caps::Flow;
use crate::domain::terms::rules::set::Wait;
use crate::domain::value::bucket::Bucket;
use crate::domain::value::reason::Reason;

/// Says that an activity was taken back.
pub(super) fn reversed(about: &About<'_>, last: &Entry) -> String {
    let why = match about.entry.reason {
        Some(Reason::Fraud) => "it was found to be fraudulent",
        Some(Reason::Mistake) => "it had been reported by mistake",
        _ => "it was undone",
    };
    if about.entry.is_of_penalty() {
        return penalty_undone(about, why);
    }
    taken_back(about, last, why)
}

/// Says that the points which a penalty took were given back.
fn penalty_undone(about: &About<'_>, why: &str) -> String {
    let (activity, count) = (about.activity_of_day(), about.posted.added);
    let told = match count {
        0 => return about.told(&format!("{activity} was taken back: {why}. {}", changes_nothing(about))),
        count => format!("the {} that {activity} took {} given back: {why}.", points(count), was(count)),
    };
    about.told(&told) + &given_back(about)
}

/// Says that another activity took its exclusive key.
pub(super) fn displaced(about: &About<'_>, last: &Entry) -> String {
    taken_back(about, last, &format!("{} for the same {}", about.rival().stands, about.space()))
}

/// Says that an activity got its exclusive key: the one that held it no longer stands.
pub(super) fn key_passed(about: &About<'_>) -> String {
    let (activity, space) = (about.activity_of_day(), about.space());
    given(about, &format!("{activity} counts now: the earlier one for the same {space} no longer stands"))
}

/// Says that an activity that was reversed counts again.
pub(super) fn restored(about: &About<'_>, last: &Entry) -> String {
    if about.entry.is_of_penalty() && count(about) > 0 {
        let (activity, count) = (about.activity_of_day(), count(about));
        let told = format!("{activity} was restored: {} {} taken from you again.", points(count), was(count));
        return about.told(&told) + &where_from(about) + &below_zero(last);
    }
    given(about, &format!("{} was restored", about.activity_of_day()))
}

/// Says that a ban took an activity back.
pub(super) fn revoked(about: &About<'_>, last: &Entry) -> String {
    taken_back(about, last, "you were banned")
}

/// Says that a ban no longer covers an activity.
pub(super) fn reinstated(about: &About<'_>) -> String {
    given(about, &format!("the ban no longer covers {}", about.activity_of_day()))
}

/// Says what an activity brings that brought nothing before, or less.
fn given(about: &About<'_>, why: &str) -> String {
    let why = about.told(why);
    let (used, waiting) = (about.posted.added + about.posted.released, about.posted.set_waiting);
    let told = match (used, waiting) {
        (0, 0) => return format!("{why}. {}", changes_nothing(about)),
        (used, 0) => format!("{why}. You earned {}.", points(used)),
        (0, waiting) => format!("{why}. You earned {} that cannot be used yet.", points(waiting)),
        (used, waiting) => {
            format!("{why}. You earned {}, of which {} cannot be used yet.", points(used + waiting), grouped(waiting))
        }
    };
    told + &given_back(about)
}

/// Says which of the points that were earned do not become available.
pub(super) fn given_back(about: &About<'_>) -> String {
    let mut told = String::new();
    if about.posted.made_good > 0 {
        let count = about.posted.made_good;
        let verb = if count == 1 { "makes" } else { "make" };
        told += &format!(" {} of them {verb} good what had been written off.", grouped(count));
    }
    if about.posted.expired_again > 0 {
        told += &format!(" {} of them had expired before.", grouped(about.posted.expired_again));
    }
    told
}

fn taken_back(about: &About<'_>, last: &Entry, why: &str) -> String {
    let activity = about.activity_of_day();
    match taken(about, "the ") {
        Some(taken) => {
            let told = about.told(&format!("{taken} for {activity} {} taken back: {why}.", was(count(about))));
            told + &rest(about) + &where_from(about) + &below_zero(last)
        }
        None => about.told(&format!("{activity} was taken back: {why}. {}", changes_nothing(about))),
    }
}

/// Says that a part of its amount, of its quantity or of both was given back.
pub(super) fn refunded(about: &About<'_>, last: &Entry) -> String {
    let (minor, quantity) = fact(about).map_or((0, 0), |fact| (fact.refunded_minor, fact.refunded_quantity));
    let amount = || money(minor, about.context.currency);
    let (refunded, verb) = match (minor, quantity) {
        (_, 0) => (amount(), "was"),
        (0, quantity) => (format!("a quantity of {}", grouped(quantity)), "was"),
        (_, quantity) => (format!("{} and a quantity of {}", amount(), grouped(quantity)), "were"),
    };
    let told = about.told(&format!("{refunded} of {} {verb} refunded", about.activity_of_day()));
    if about.entry.is_of_penalty() && about.posted.added > 0 {
        let count = about.posted.added;
        return format!("{told}, so {} {} given back.", points(count), was(count)) + &given_back(about);
    }
    match taken(about, "") {
        Some(taken) => {
            let told = format!("{told}, so {taken} {} taken back{}.", was(count(about)), below_least(about));
            told + &rest(about) + &where_from(about) + &below_zero(last)
        }
        None => format!("{told}. {}", changes_nothing(about)),
    }
}

/// Says that less is left of its amount than a rule asks for, where the rule brings nothing from now on for that reason.
fn below_least(about: &About<'_>) -> String {
    let set = about.context.rules.version(about.entry.rule_version);
    let without = parts(about).iter().filter(|part| part.brings == Flow::ZERO && part.change() != Flow::ZERO);
    let rules = without.filter_map(|part| set?.rule(&part.rule));
    // An activity that waits for a confirmation may have ended at the same time.
    let rules = rules.filter(|rule| !matches!(rule.wait, Some(Wait::Confirmation { .. })));
    let least = rules.filter_map(|rule| {
        let least = rule.min_left_minor?;
        // The least amount brings points, so less than that is left.
        let at_least = Measure { minor: Some(least), quantity: None };
        (rule.points(at_least) != Some(0)).then_some(least)
    });
    let told = |least| format!(": less than {} of its amount is left", money(least, about.context.currency));
    least.max().map_or_else(String::new, told)
}

/// Says that an activity was confirmed.
pub(super) fn confirmed(about: &About<'_>) -> String {
    now_yours(about, &about.told(&format!("{} was confirmed", about.activity_of_day())))
}

/// Says that a waiting time is over: points that waited can be used, or the activity ended unconfirmed.
pub(super) fn wait_ended(about: &About<'_>) -> String {
    let (activity, gone) = (about.activity_of_day(), about.posted.taken_waiting);
    let mut told = Vec::new();
    if gone > 0 {
        let count = points(gone);
        told.push(about.told(&format!("{count} that waited for {activity} are gone: it was not confirmed in time.")));
    }
    if gone == 0 || about.posted.released + about.posted.added > 0 {
        told.push(now_yours(about, &about.told(&format!("the waiting time of {activity} was over"))));
    }
    told.join(" ")
}

fn now_yours(about: &About<'_>, told: &str) -> String {
    match about.posted.released + about.posted.added {
        0 => format!("{told}. {}", changes_nothing(about)),
        yours => {
            let verb = if yours == 1 { "is" } else { "are" };
            format!("{told}: {} {verb} now yours to use.", points(yours)) + &given_back(about) + &rest(about)
        }
    }
}

/// Says `the 100 points`, or `40 of the 100 points` when the others were over a ceiling; `None` when nothing was taken.
fn taken(about: &About<'_>, the: &str) -> Option<String> {
    let posted = about.posted;
    let waiting = posted.taken_waiting;
    let used = posted.taken_back() - waiting + posted.written_off;
    let (all, over) = (used.saturating_add(waiting), Held::of(parts(about)).points());
    let count = match over {
        0 => format!("{the}{}", points(all)),
        over => format!("{} of {the}{}", grouped(all), points(all.saturating_add(over))),
    };
    match (used, waiting) {
        (0, 0) => None,
        (_, 0) => Some(count),
        (0, _) => Some(format!("{count} that waited")),
        (_, waiting) => Some(format!("{count} ({} of which waited)", grouped(waiting))),
    }
}

fn count(about: &About<'_>) -> i64 {
    about.posted.taken_back().saturating_add(about.posted.written_off)
}

/// Says which points the ceilings kept from moving, and which could wait in their place.
fn rest(about: &About<'_>) -> String {
    let held = Held::of(parts(about));
    let mut told = String::new();
    if held.points() > 0 {
        let ceilings = held.ceilings(about.context);
        told += &format!(" The other {} were over {ceilings} anyway.", grouped(held.points()));
    }
    if about.posted.set_waiting > 0 {
        let count = points(about.posted.set_waiting);
        told += &format!(" Under the ceiling that leaves room for {count} of other activities, which wait.");
    }
    told
}

/// Says where points that were taken back came from, when the balance alone did not give them.
pub(super) fn where_from(about: &About<'_>) -> String {
    let mut told = String::new();
    if about.posted.taken_reserved > 0 {
        told += &format!(" {} came from those reserved for a payout.", grouped(about.posted.taken_reserved));
    }
    if about.posted.taken_expired > 0 {
        told += &format!(" {} had expired before.", grouped(about.posted.taken_expired));
    }
    if about.posted.written_off > 0 {
        let count = about.posted.written_off;
        let verb = was(count);
        told += &format!(" {} could not be taken from your balance and {verb} written off.", grouped(count));
    }
    told
}

pub(super) fn below_zero(last: &Entry) -> String {
    match last.balance_after.get(Bucket::Available) {
        below @ ..0 => {
            format!(" That leaves a balance of {}; what you earn next makes up for it first.", points(below))
        }
        _ => String::new(),
    }
}

/// Says why nothing moved.
fn changes_nothing(about: &About<'_>) -> String {
    let held = Held::of(parts(about));
    if let Some(why) = outweighed(about) {
        return format!("That changes nothing for you: {why}.");
    }
    if held.points() > 0 {
        let (count, ceilings) = (points(held.points()), held.ceilings(about.context));
        format!("That changes nothing for you: its {count} were over {ceilings} anyway.")
    } else {
        "Your points stay as they were.".into()
    }
}

/// Returns the reason why a reversal or a restoration has no effect, if it has none.
fn outweighed(about: &About<'_>) -> Option<String> {
    let fact = fact(about)?;
    let is_restored = about.entry.kind == EntryKind::ActivityRestored;
    match about.entry.kind {
        EntryKind::ActivityReversed if !fact.is_reversed => Some("a later report says that it counts".into()),
        EntryKind::ActivityRestored if fact.is_reversed => Some("a later report says that it was undone".into()),
        _ if is_restored && fact.is_revoked => Some("you are banned".into()),
        _ if is_restored && fact.is_displaced => {
            Some(format!("{} for the same {}", about.rival().stands, about.space()))
        }
        _ => None,
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
