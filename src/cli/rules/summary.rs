//! Rules in plain English, one on each line.

use std::path::Path;

use crate::cli::text;
use goodturn::domain::terms::caps::CapWindow;
use goodturn::domain::terms::expiry::{Lasts, Policy, YearDay};
use goodturn::domain::terms::rules::set::{Exclusive, Holder, Reward, Rounding, Rule, RuleSet, Wait};
use goodturn::domain::value::money::Currency;

/// Says what the rules of a set give.
pub(super) fn of(file: &Path, set: &RuleSet, currency: Currency) -> String {
    let (rules, caps) = (set.rules.len(), set.caps.len());
    let (rules, caps) = (text::counted(text::count(rules), "rule"), text::counted(text::count(caps), "cap"));
    let from = set.in_force_from.to_rfc3339();
    let mut text = format!("{}: {rules} and {caps}, in force from {from}\n", file.display());
    for rule in &set.rules {
        text.push_str(&format!("  {}\n", line(set, rule, currency)));
    }
    text.push_str(&format!("  {}\n", lasting(set.expiry.as_ref())));
    text
}

/// `points expire at 0:00 on the first day of a month, 24 months after they were earned, no sooner than 30 days after they were recorded`.
fn lasting(expiry: Option<&Policy>) -> String {
    let Some(policy) = expiry else { return "points do not expire".into() };
    let months = |months: u32| text::counted(months.into(), "month");
    let chosen: Vec<String> = policy.days.iter().copied().map(in_words).collect();
    let when = match (policy.lasts, &chosen[..]) {
        (Lasts::Months(horizon), []) => {
            format!("points expire at 0:00 on the first day of a month, {} after they were earned", months(horizon))
        }
        (Lasts::Months(horizon), chosen) => {
            let days = chosen.join(" or ");
            format!("points expire at 0:00 on the first {days} that is {} or more after they were earned", months(horizon))
        }
        (Lasts::Inactive(inactive), chosen) => {
            let day = if chosen.is_empty() { "the first day of a month".into() } else { chosen.join(" or ") };
            format!(
                "all points of a member expire at 0:00 on {day}, once no activity and no use of points of the member was recorded for \
                 more than {}",
                months(inactive)
            )
        }
        (Lasts::RollOnce, _) => {
            "points roll over once: they expire at 0:00 on 1 June or 1 December, at the end of the half-year after the one in which \
             they were earned"
                .into()
        }
    };
    match policy.not_before_days {
        0 => when,
        spared => format!("{when}, no sooner than {} after they were recorded", days(spared)),
    }
}

/// `31 March`.
fn in_words(day: YearDay) -> String {
    // Every year has the day; which one is told is the same.
    day.in_year(2000).map_or_else(|| day.to_string(), |day| day.date().strftime("%-d %B").to_string())
}

/// `answers: 100 points for answer_accepted, once a question, within monthly (3,000 points a month)`.
fn line(set: &RuleSet, rule: &Rule, currency: Currency) -> String {
    let money = |minor| format!("{} {}", currency.code(), currency.format(minor));
    let mut parts = vec![format!("{}: {}", rule.id, gives(rule, money))];
    parts.extend(rule.max_points.map(|most| format!("at most {} for one {}", counted(most), rule.kind)));
    parts.extend(rule.min_left_minor.map(|least| format!("while at least {} of its amount is left", money(least))));
    if let Some(condition) = &rule.condition {
        parts.push(format!("where {condition}"));
    }
    if let Some(follows) = &rule.follows {
        let past = if follows.past_cap { " that earned nothing because its cap was full" } else { "" };
        parts.push(format!("within {} of an activity by {}{past}", days(follows.within_days), follows.rule));
    }
    parts.extend(rule.exclusive.as_ref().map(|Exclusive { space, holder }| match holder {
        Holder::Latest => format!("once a {space}"),
        Holder::EarliestStanding => format!("once a {space}, for the earliest that stands"),
    }));
    match rule.wait {
        Some(Wait::Confirmation { days: within }) => parts.push(format!("if confirmed within {}", days(within))),
        Some(Wait::Vesting { days: after }) => parts.push(format!("to be used after {}", days(after))),
        None => {}
    }
    match (rule.from, rule.until) {
        (Some(from), Some(until)) => parts.push(format!("from {} until {}", from.to_rfc3339(), until.to_rfc3339())),
        (Some(from), None) => parts.push(format!("from {}", from.to_rfc3339())),
        (None, Some(until)) => parts.push(format!("until {}", until.to_rfc3339())),
        (None, None) => {}
    }
    let first = rule.cap.as_ref().and_then(|id| set.cap(id));
    let caps = std::iter::successors(first, |cap| cap.within.as_ref().and_then(|id| set.cap(id)));
    // A set that was checked has no circles.
    parts.extend(caps.map(|cap| format!("within {} ({} {})", cap.id, counted(cap.limit_points), each(cap.window))));
    parts.join(", ")
}

/// `2 points per GBP 5.00 of order, in proportion and rounded down`.
fn gives(rule: &Rule, money: impl Fn(i64) -> String) -> String {
    let kind = &rule.kind;
    match rule.reward {
        Reward::Fixed { points: taken @ ..0 } => format!("takes {} for {kind}", counted(taken.saturating_neg())),
        Reward::Fixed { points } => format!("{} for {kind}", counted(points)),
        Reward::PerAmount { points, per_minor, rounding } => {
            let (points, per) = (counted(points), money(per_minor));
            match rounding {
                Rounding::Down => format!("{points} per {per} of {kind}, in proportion and rounded down"),
                Rounding::HalfUp => {
                    format!("{points} per {per} of {kind}, in proportion and rounded to the nearest point, a half up")
                }
                Rounding::WholeSteps => format!("{points} for each whole {per} of {kind}"),
            }
        }
        Reward::PerQuantity { points, per_quantity: 1 } => {
            format!("{} for each one of the quantity of {kind}", counted(points))
        }
        Reward::PerQuantity { points, per_quantity } => {
            format!("{} for each whole {} of the quantity of {kind}", counted(points), text::grouped(per_quantity))
        }
    }
}

const fn each(window: CapWindow) -> &'static str {
    match window {
        CapWindow::Day => "a day",
        CapWindow::Week => "a week",
        CapWindow::Month => "a month",
        CapWindow::HalfYear => "a half-year from January or July",
        CapWindow::HalfYearFromJune => "a half-year from June or December",
        CapWindow::Year => "a year",
        CapWindow::Lifetime => "in a lifetime",
        CapWindow::Hour => "an hour",
    }
}

fn days(days: u32) -> String {
    text::counted(days.into(), "day")
}

fn counted(points: i64) -> String {
    text::counted(points, "point")
}
