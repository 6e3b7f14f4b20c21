//! Sentences on activities as they are recorded.

use super::super::words::{date, grouped, listed, money, plain, points, was};
use super::About;
use super::ceilings::Held;
use super::told::{below_zero, given_back, where_from};
use crate::domain::entry::Entry;
use crate::domain::entry::earning::ActivityFact;
use crate::domain::entry::fact::Fact;
use crate::domain::terms::caps::Flow;
use crate::domain::terms::rules::set::{Rule, Wait};
use crate::domain::value::reason::Reason;

/// Says how many points an activity earned, or why none.
pub(super) fn recorded(about: &About<'_>, last: &Entry) -> String {
    let Fact::Activity(fact) = &about.entry.fact else { return String::new() };
    let (day, activity) = (date(about.entry.local_day), about.activity());
    let held = Held::of(&fact.parts);
    if let Some(reason) = about.entry.reason {
        let why = if fact.is_revoked { "you are banned".into() } else { why(about, &held, reason) };
        let verb = if about.entry.is_of_penalty() { "taken" } else { "earned" };
        return format!("On {day} nothing was {verb} for {activity}: {why}.");
    }
    let rules = rules(about.entry, fact);
    if about.entry.is_of_penalty() {
        let count = about.entry.raw_points.saturating_neg();
        let told = format!("On {day} {} {} taken from you: {activity}{rules}.", points(count), was(count));
        return told + &where_from(about) + &below_zero(last);
    }
    let (used, waiting) = (about.posted.added + about.posted.released, about.posted.set_waiting);
    let mut told = match (used, waiting) {
        (0, 0) => format!("On {day} {activity} was recorded; it earns no points by itself{rules}."),
        (used, 0) => format!("On {day} you earned {}: {activity}{rules}.", of(used, held.points())),
        (0, waiting) => {
            format!("On {day} you earned {} that cannot be used yet: {activity}{rules}.", of(waiting, held.points()))
        }
        (used, waiting) => format!(
            "On {day} you earned {}: {activity}{rules}. {} of them cannot be used yet.",
            of(used + waiting, held.points()),
            grouped(waiting)
        ),
    };
    told += &bounded(about, fact).concat();
    told += &given_back(about);
    if waiting > 0 {
        told += &waits(about, fact).concat();
    }
    if held.points() > 0 {
        told += &format!(" {}.", held.by_each(about.context));
    }
    if about.posted.released > 0 {
        let count = points(about.posted.released);
        told +=
            &format!(" Under a ceiling, confirmed points come first: they take the place of {count} still waiting.");
    }
    told
}

/// Says `40 of 100 points` when some were held back, else `100 points`.
fn of(earned: i64, held: i64) -> String {
    if held > 0 { format!("{} of {}", grouped(earned), points(earned + held)) } else { points(earned) }
}

/// Names the rules that gave the points: ` (rule answers, version 2)`.
fn rules(entry: &Entry, fact: &ActivityFact) -> String {
    let mut rules: Vec<String> = fact.parts.iter().map(|part| part.rule.to_string()).collect();
    if rules.is_empty() {
        rules.extend(entry.rule.as_ref().map(ToString::to_string));
    }
    let noun = if rules.len() == 1 { "rule" } else { "rules" };
    if rules.is_empty() {
        String::new()
    } else {
        format!(" ({noun} {}, version {})", listed(&rules), entry.rule_version)
    }
}

/// Says which rules give no more for one activity, and would have given more.
fn bounded(about: &About<'_>, fact: &ActivityFact) -> Vec<String> {
    let set = about.context.rules.version(about.entry.rule_version);
    let parts = about.entry.parts(fact);
    let rules = parts.iter().filter(|part| part.brings != Flow::ZERO).filter_map(|part| set?.rule(&part.rule));
    let bounded = rules.filter_map(|rule| {
        let most = rule.max_points?;
        let unbounded = Rule { max_points: None, ..rule.clone() };
        // What leaves the range of amounts is more, too.
        let gives_more = unbounded.points(fact.measure()).is_none_or(|points| points > most);
        gives_more.then(|| {
            format!(" For one {} the rule {} gives at most {}.", plain(fact.kind.as_str()), rule.id, points(most))
        })
    });
    bounded.collect()
}

/// Says what waiting points wait for, each thing once.
fn waits(about: &About<'_>, fact: &ActivityFact) -> Vec<String> {
    let set = about.context.rules.version(about.entry.rule_version);
    let waiting = fact.parts.iter().filter(|part| part.brings.waiting() > 0);
    let mut told: Vec<String> = Vec::new();
    for wait in waiting.filter_map(|part| set?.rule(&part.rule)?.wait) {
        let ends = date(wait.ends(about.entry.occurred_at).day_in(about.context.zone));
        let text = match wait {
            Wait::Confirmation { .. } => format!(" They wait for a confirmation dated {ends} at the latest."),
            Wait::Vesting { .. } => format!(" They can be used after {ends}."),
        };
        if !told.contains(&text) {
            told.push(text);
        }
    }
    told
}

/// Says why nothing was earned.
fn why(about: &About<'_>, held: &Held, reason: Reason) -> String {
    let rule = about.entry.rule.as_ref().map(|rule| format!(" of the rule {rule}")).unwrap_or_default();
    match reason {
        Reason::SelfDealing => "nobody earns from themselves".into(),
        Reason::NoRuleInForce => "no rule gave points for it at that time".into(),
        Reason::ConditionNotMet => format!("it does not meet the condition{rule}"),
        Reason::ConditionFailed => format!("what was reported does not tell whether it meets the condition{rule}"),
        Reason::NoAmount => "its points go by an amount of money, and none was reported".into(),
        Reason::NoQuantity => "its points go by a quantity, and none was reported".into(),
        Reason::NoExclusiveKey => {
            format!("points are given once for each {}, and it was not reported for which", about.space())
        }
        Reason::NothingToFollow => "what it has to follow was not found, or does not qualify".into(),
        Reason::Superseded => format!("{} for the same {}", about.rival().stood, about.space()),
        Reason::CapFull => {
            let verb = if held.ceilings(about.context).contains(" and ") { "were" } else { "was" };
            format!("{} {verb} reached", held.ceilings(about.context))
        }
        Reason::Unconfirmed => "it was not confirmed in time".into(),
        Reason::Suspended => "your membership was suspended or ended at that time".into(),
        Reason::Merged => "this account had been merged into another one of yours".into(),
        Reason::AmountTooSmall => match about.rule().and_then(|rule| rule.min_left_minor) {
            Some(least) => format!("points are given from {} on", money(least, about.context.currency)),
            None => "its amount is too small for a point".into(),
        },
        Reason::QuantityTooSmall => "its quantity is too small for a point".into(),
        Reason::Refunded => {
            let whole = if about.rule().is_some_and(Rule::goes_by_quantity) { "quantity" } else { "amount" };
            format!("its whole {whole} had been given back before it was reported")
        }
        Reason::Withdrawn => "it had been undone before it was reported".into(),
        Reason::Mistake => "it had been reported by mistake".into(),
        Reason::Fraud => "it had been found to be fraudulent".into(),
    }
}
