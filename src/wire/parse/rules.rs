//! Rule sets.

use super::super::error::{ApiError, Violation};
use super::Violations;
use crate::domain::terms::caps::{CAPS_MAX, Cap, CapWindow};
use crate::domain::terms::expiry::{Lasts, Policy, YearDay};
use crate::domain::terms::rules::check::check;
use crate::domain::terms::rules::set::{Exclusive, Follows, Holder, RULES_MAX, Reward, Rounding, Rule, RuleSet, Wait};
use crate::domain::value::ids::{ActivityKind, CapId, KeySpace, ProgramId, RuleId};
use crate::domain::value::money::Currency;
use crate::google::r#type::Date;
use crate::pb;
use crate::pb::expiry::Lasts as PbLasts;
use crate::pb::rule::Wait as PbWait;

/// The longest condition that is looked at, in bytes: beyond the limit of a condition, so that the error can name it.
const CONDITION_BYTES_MAX: usize = 10_000;

/// Reads a rule set. Without a currency the programme's name is wrong already, and amounts are not looked at.
pub(crate) fn parse_rule_set(
    rule_set: Option<pb::RuleSet>,
    currency: Option<Currency>,
) -> Result<(ProgramId, RuleSet), ApiError> {
    read_rule_set(rule_set, currency).map_err(ApiError::Invalid)
}

/// Reads a rule set for those who make rule sets.
///
/// # Errors
/// Every fault of the set, under the names of a request's fields.
pub fn read_rule_set(
    rule_set: Option<pb::RuleSet>,
    currency: Option<Currency>,
) -> Result<(ProgramId, RuleSet), Vec<Violation>> {
    let mut violations = Violations::default();
    let Some(rule_set) = violations.required("rule_set", rule_set) else {
        return violations.none(None);
    };
    let mut within = violations.within("rule_set".into());
    let name = within.rule_set("name", &rule_set.name);
    if matches!(name, Some((_, None))) {
        within.add("name", "must end in the version to publish, not in -");
    }
    let in_force_from = within.time("in_force_from", rule_set.in_force_from);
    drop(within);
    let content = parse_content(&mut violations, &rule_set, currency);
    let expiry = rule_set.expiry.as_ref().map(|expiry| parse_expiry(&mut violations, expiry));
    let parsed = (|| {
        let (program, version) = name?;
        let (rules, caps) = content?;
        let expiry = expiry.map_or(Some(None), |policy| policy.map(Some))?;
        Some((program, RuleSet { version: version?, in_force_from: in_force_from?, rules, caps, expiry }))
    })();
    violations.none(parsed)
}

/// Reads the rules and caps of a set, and notes every fault of them.
pub(super) fn parse_content(
    violations: &mut Violations,
    rule_set: &pb::RuleSet,
    currency: Option<Currency>,
) -> Option<(Vec<Rule>, Vec<Cap>)> {
    let counts = [("rules", rule_set.rules.len(), RULES_MAX), ("caps", rule_set.caps.len(), CAPS_MAX)];
    let too_many: Vec<_> = counts.into_iter().filter(|(_, count, max)| count > max).collect();
    if !too_many.is_empty() {
        // They are not read: each is looked up among all others, and what else is wrong with so many would be no help.
        for (of, count, max) in too_many {
            violations.add(&format!("rule_set.{of}"), format!("has {count}; at most {max} are allowed"));
        }
        return None;
    }
    let rules: Vec<Option<Rule>> =
        each(violations, "rules", &rule_set.rules, |violations, rule| parse_rule(violations, rule, currency));
    let caps: Vec<Option<Cap>> = each(violations, "caps", &rule_set.caps, parse_cap);
    let rules: Option<Vec<Rule>> = rules.into_iter().collect();
    let caps: Option<Vec<Cap>> = caps.into_iter().collect();
    // Faults between rules and caps can be found when each of them is well formed.
    for problem in rules.as_ref().zip(caps.as_ref()).into_iter().flat_map(|(rules, caps)| check(rules, caps)) {
        violations.add(&format!("rule_set.{}", problem.place), problem.problem);
    }
    rules.zip(caps)
}

/// Reads how long points last.
fn parse_expiry(violations: &mut Violations, expiry: &pb::Expiry) -> Option<Policy> {
    let lasts = match expiry.lasts {
        Some(PbLasts::HorizonMonths(months)) => Lasts::Months(u32::try_from(months).unwrap_or(0)),
        Some(PbLasts::InactiveMonths(months)) => Lasts::Inactive(u32::try_from(months).unwrap_or(0)),
        Some(PbLasts::RollOnce(true)) => Lasts::RollOnce,
        Some(PbLasts::RollOnce(false)) => {
            return violations.refuse("rule_set.expiry.roll_once", "must be true where it is given");
        }
        None => return violations.refuse("rule_set.expiry", "must have horizon_months, inactive_months or roll_once"),
    };
    let mut days = Vec::with_capacity(expiry.days.len());
    for (index, day) in expiry.days.iter().enumerate() {
        match year_day(day) {
            Ok(day) => days.push(day),
            Err(problem) => violations.add(&format!("rule_set.expiry.days[{index}]"), problem),
        }
    }
    let is_read = days.len() == expiry.days.len();
    days.sort_unstable();
    // A negative number of days is refused like one that is too large.
    let not_before_days = u32::try_from(expiry.not_before_days).unwrap_or(u32::MAX);
    let policy = Policy { lasts, not_before_days, days };
    let problems = policy.problems();
    let is_right = is_read && problems.is_empty();
    for problem in problems {
        violations.add(&format!("rule_set.{}", problem.place), problem.problem);
    }
    is_right.then_some(policy)
}

/// Reads a day of the year: a date without a year.
fn year_day(date: &Date) -> Result<YearDay, String> {
    let Date { year, month, day } = *date;
    if year != 0 {
        return Err(format!("is of the year {year}; give a month and a day alone"));
    }
    let found = i8::try_from(month).ok().zip(i8::try_from(day).ok());
    found.and_then(|(month, day)| YearDay::new(month, day)).ok_or_else(|| match (month, day) {
        (2, 29) => "is 02-29, which most years do not have; give 02-28 or 03-01".into(),
        _ => format!("is {month:02}-{day:02}, which is no day of the year"),
    })
}

fn each<M, T>(
    violations: &mut Violations,
    field: &str,
    messages: &[M],
    parse: impl Fn(&mut Violations, &M) -> Option<T>,
) -> Vec<Option<T>> {
    let parse_one = |(index, message): (usize, &M)| {
        let mut within = violations.within(format!("rule_set.{field}[{index}]"));
        parse(&mut within, message)
    };
    messages.iter().enumerate().map(parse_one).collect()
}

fn parse_rule(violations: &mut Violations, rule: &pb::Rule, currency: Option<Currency>) -> Option<Rule> {
    let id = violations.id("rule_id", RuleId::parse(&rule.rule_id));
    let kind = violations.id("activity_kind", ActivityKind::parse(&rule.activity_kind));
    let reward = parse_reward(violations, rule, currency);
    let least = rule.min_amount_left.as_ref().zip(currency);
    let min_left_minor = least.map(|(amount, currency)| violations.money("min_amount_left", amount, currency));
    violations.text("condition", &rule.condition, CONDITION_BYTES_MAX);
    let condition = Some(rule.condition.clone()).filter(|condition| !condition.is_empty());
    let found = violations.found.len();
    let cap = optional_label(violations, "cap_id", &rule.cap_id, CapId::parse);
    let space = optional_label(violations, "exclusive", &rule.exclusive, KeySpace::parse);
    let holder = match rule.exclusive_holder() {
        pb::ExclusiveHolder::Unspecified | pb::ExclusiveHolder::Latest => Holder::Latest,
        pb::ExclusiveHolder::EarliestStanding => Holder::EarliestStanding,
    };
    if space.is_none() && rule.exclusive_holder() != pb::ExclusiveHolder::Unspecified {
        violations.refuse::<()>("exclusive_holder", "says who holds an exclusive key; give exclusive, too");
    }
    let exclusive = space.map(|space| Exclusive { space, holder });
    // A negative number of days is refused like 0: by the check of the whole.
    let days = |days: i32| u32::try_from(days).unwrap_or(0);
    let wait = rule.wait.map(|wait| match wait {
        PbWait::ConfirmWithinDays(within) => Wait::Confirmation { days: days(within) },
        PbWait::VestAfterDays(after) => Wait::Vesting { days: days(after) },
    });
    let follows = rule.follows.as_ref().map(|follows| {
        let rule = violations.id("follows.rule_id", RuleId::parse(&follows.rule_id))?;
        Some(Follows { rule, within_days: days(follows.within_days), past_cap: follows.past_cap })
    });
    let from = rule.starts_at.and_then(|at| violations.time("starts_at", Some(at)));
    let until = rule.ends_at.and_then(|at| violations.time("ends_at", Some(at)));
    if violations.found.len() > found {
        return None;
    }
    Some(Rule {
        id: id?,
        kind: kind?,
        reward: reward?,
        condition,
        cap,
        wait,
        exclusive,
        follows: follows.flatten(),
        from,
        until,
        max_points: rule.max_points,
        min_left_minor: min_left_minor.map_or(Some(None), |minor| minor.map(Some))?,
    })
}

fn parse_reward(violations: &mut Violations, rule: &pb::Rule, currency: Option<Currency>) -> Option<Reward> {
    let points = rule.points;
    let rounding = match rule.rounding() {
        pb::Rounding::Unspecified | pb::Rounding::Down => Rounding::Down,
        pb::Rounding::HalfUp => Rounding::HalfUp,
        pb::Rounding::WholeSteps => Rounding::WholeSteps,
    };
    match (&rule.per_amount, rule.per_quantity) {
        (Some(_), Some(_)) => violations
            .refuse("per_quantity", "cannot stand beside per_amount: a rule pays by one of them; write two rules"),
        (None, _) if rule.rounding() != pb::Rounding::Unspecified => {
            violations.refuse("rounding", "says how points for an amount are rounded; give per_amount, too")
        }
        (Some(amount), None) => {
            let per_minor = violations.money("per_amount", amount, currency?)?;
            Some(Reward::PerAmount { points, per_minor, rounding })
        }
        (None, Some(per_quantity)) => Some(Reward::PerQuantity { points, per_quantity }),
        (None, None) => Some(Reward::Fixed { points }),
    }
}

fn parse_cap(violations: &mut Violations, cap: &pb::Cap) -> Option<Cap> {
    let id = violations.id("cap_id", CapId::parse(&cap.cap_id));
    let window = match cap.window() {
        pb::CapWindow::Unspecified => violations.refuse("window", "is required, as CAP_WINDOW_MONTH"),
        pb::CapWindow::Day => Some(CapWindow::Day),
        pb::CapWindow::Week => Some(CapWindow::Week),
        pb::CapWindow::Month => Some(CapWindow::Month),
        pb::CapWindow::HalfYear => Some(CapWindow::HalfYear),
        pb::CapWindow::HalfYearFromJune => Some(CapWindow::HalfYearFromJune),
        pb::CapWindow::Year => Some(CapWindow::Year),
        pb::CapWindow::Lifetime => Some(CapWindow::Lifetime),
        pb::CapWindow::Hour => Some(CapWindow::Hour),
    };
    let found = violations.found.len();
    let within = optional_label(violations, "within_cap_id", &cap.within_cap_id, CapId::parse);
    if violations.found.len() > found {
        return None;
    }
    Some(Cap { id: id?, window: window?, limit_points: cap.limit_points, within })
}

/// Reads a label that may be left out.
fn optional_label<T>(
    violations: &mut Violations,
    field: &str,
    text: &str,
    parse: fn(&str) -> Result<T, crate::domain::value::ids::IdError>,
) -> Option<T> {
    if text.is_empty() { None } else { violations.id(field, parse(text)) }
}
