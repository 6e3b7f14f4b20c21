//! Checks of a rule set, which report all problems at once.

use std::collections::{BTreeMap, BTreeSet};

use crate::terms::activity::QUANTITY_MAX;
use crate::terms::adjustment::AdjustmentReason;
use crate::terms::caps::{CAPS_MAX, CHAIN_MAX, Cap, CapWindow};
use crate::terms::condition::Condition;
use crate::terms::problem::Problem;
use crate::terms::rules::set::{Holder, RULES_MAX, RULES_PER_KIND_MAX, Reward, Rule, RuleSet, TERM_DAYS_MAX, Wait};
use crate::value::amount::RULE_POINTS_MAX;
use crate::value::ids::{ActivityKind, CapId, KeySpace, RuleId};
use crate::value::money::MONEY_MAX;
use crate::value::time::{MICROS_AHEAD_MAX, Micros};

/// Lists what is wrong with the rules and caps of a set by themselves.
#[must_use]
pub fn check(rules: &[Rule], caps: &[Cap]) -> Vec<Problem> {
    let set = Candidate { rules, caps };
    let mut found = Found::default();
    if set.rules.is_empty() || set.rules.len() > RULES_MAX {
        found.note("rules", format!("has {}; give 1 to {RULES_MAX}", set.rules.len()));
    }
    if set.caps.len() > CAPS_MAX {
        found.note("caps", format!("has {}; at most {CAPS_MAX} are allowed", set.caps.len()));
    }
    // Each is looked up among all others, so more than are allowed are not looked at.
    if set.rules.len() > RULES_MAX || set.caps.len() > CAPS_MAX {
        return found.0;
    }
    let mut kinds: BTreeMap<&ActivityKind, (usize, &Rule)> = BTreeMap::new();
    let mut spaces: BTreeMap<&KeySpace, Holder> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for (index, rule) in set.rules.iter().enumerate() {
        let place = |field: &str| format!("rules[{index}].{field}");
        if !ids.insert(&rule.id) {
            found.note(place("rule_id"), "is another rule's too");
        }
        if AdjustmentReason::is_reserved(&rule.kind) {
            found
                .note(place("activity_kind"), format!("is {}, under which adjustments count; give another", rule.kind));
        }
        let (count, first) = kinds.entry(&rule.kind).or_insert((0, rule));
        *count += 1;
        if *count == RULES_PER_KIND_MAX + 1 {
            found.note(place("activity_kind"), format!("has more than {RULES_PER_KIND_MAX} rules"));
        }
        if first.exclusive != rule.exclusive {
            found.note(place("exclusive"), "differs from that of another rule of its kind; all of them need the same");
        }
        if first.is_penalty() != rule.is_penalty() {
            let problem = "give points by one rule of a kind and take points by another; report two kinds of activity, one for each";
            found.note(place("points"), problem);
        }
        if let Some(exclusive) = &rule.exclusive
            && *spaces.entry(&exclusive.space).or_insert(exclusive.holder) != exclusive.holder
        {
            found.note(
                place("exclusive_holder"),
                format!("differs from that of an earlier rule for {}; one name has one holder", exclusive.space),
            );
        }
        check_rule(set, rule, place, &mut found);
    }
    check_caps(set, &mut found);
    found.0
}

/// Lists the changes that a rule set may not make to earlier versions, which are given in order.
///
/// The first version that names a cap fixes everything but the cap's limit. Otherwise the points counted in a running
/// window would depend on when the facts arrived. The first version that names a key space also fixes who holds its
/// keys.
#[must_use]
pub fn check_succession(before: &[&RuleSet], set: &RuleSet) -> Vec<Problem> {
    let mut found = Found::default();
    for (index, rule) in set.rules.iter().enumerate() {
        let Some(exclusive) = &rule.exclusive else { continue };
        let others = before.iter().flat_map(|version| &version.rules).filter_map(|rule| rule.exclusive.as_ref());
        if let Some(first) = others.into_iter().find(|other| other.space == exclusive.space)
            && first.holder != exclusive.holder
        {
            let problem =
                format!("differed in an earlier version for {}; a changed one needs another name", exclusive.space);
            found.note(format!("rules[{index}].exclusive_holder"), problem);
        }
    }
    for (index, cap) in set.caps.iter().enumerate() {
        let Some(first) = before.iter().find_map(|version| version.cap(&cap.id)) else { continue };
        let place = |field: &str| format!("caps[{index}].{field}");
        let other_id = "a changed cap needs another id";
        if cap.window != first.window {
            found.note(place("window"), format!("was {} in an earlier version; {other_id}", first.window.name()));
        }
        if cap.within != first.within {
            let was = first.within.as_ref().map_or("none", CapId::as_str);
            found.note(place("within_cap_id"), format!("was {was} in an earlier version; {other_id}"));
        }
        if cap.window == CapWindow::Lifetime && cap.limit_points != first.limit_points {
            let was = first.limit_points;
            found.note(
                place("limit_points"),
                format!("was {was} in an earlier version, and a lifetime has no next window; {other_id}"),
            );
        }
    }
    found.0
}

/// Returns the earliest time at which a version may come into force, when the version before it does so at `before`;
/// `None` means any time.
///
/// The first version may begin at any time: nothing was decided before it. A later version may not rewrite decisions.
/// Activities may be dated [`MICROS_AHEAD_MAX`] ahead. Rules that begin sooner could arrive after an activity that they
/// should have decided.
#[must_use]
pub fn earliest_after(before: Option<Micros>, now: Micros) -> Option<Micros> {
    before.map(|before| before.max(now.plus(MICROS_AHEAD_MAX)))
}

/// Rules and caps of a set that is being checked.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    rules: &'a [Rule],
    caps: &'a [Cap],
}

impl<'a> Candidate<'a> {
    fn rule(self, id: &RuleId) -> Option<&'a Rule> {
        self.rules.iter().find(|rule| rule.id == *id)
    }

    fn cap(self, id: &CapId) -> Option<&'a Cap> {
        self.caps.iter().find(|cap| cap.id == *id)
    }
}

#[derive(Default)]
struct Found(Vec<Problem>);

impl Found {
    fn note(&mut self, place: impl Into<String>, problem: impl Into<String>) {
        self.0.push(Problem { place: place.into(), problem: problem.into() });
    }
}

fn check_rule(set: Candidate<'_>, rule: &Rule, place: impl Fn(&str) -> String, found: &mut Found) {
    check_reward(set, rule, &place, found);
    check_penalty(set, rule, &place, found);
    if let Some(Err(error)) = rule.condition.as_deref().map(Condition::parse) {
        found.note(place("condition"), error.to_string());
    }
    if let Some(cap) = rule.cap.as_ref().filter(|cap| set.cap(cap).is_none()) {
        found.note(place("cap_id"), format!("names {cap}, which is not a cap of the set"));
    }
    if let Some(Wait::Confirmation { days } | Wait::Vesting { days }) = rule.wait
        && !(1..=TERM_DAYS_MAX).contains(&days)
    {
        let field =
            if matches!(rule.wait, Some(Wait::Vesting { .. })) { "vest_after_days" } else { "confirm_within_days" };
        found.note(place(field), format!("is {days}; give 1 to {TERM_DAYS_MAX}"));
    }
    if let Some(follows) = &rule.follows {
        if set.rule(&follows.rule).is_none() {
            found.note(place("follows.rule_id"), format!("names {}, which is not a rule of the set", follows.rule));
        }
        if !(1..=TERM_DAYS_MAX).contains(&follows.within_days) {
            found.note(place("follows.within_days"), format!("is {}; give 1 to {TERM_DAYS_MAX}", follows.within_days));
        }
        let capped = set.rule(&follows.rule).is_some_and(|rule| rule.cap.is_some());
        if follows.past_cap && !capped {
            found.note(place("follows.past_cap"), format!("can never be: {} has no cap", follows.rule));
        }
    }
    if let (Some(from), Some(until)) = (rule.from, rule.until)
        && from >= until
    {
        found.note(place("ends_at"), "is not after starts_at");
    }
}

/// Checks a rule that takes points. It may ask for nothing by which the result would depend on what the member has, or on
/// other activities.
fn check_penalty(set: Candidate<'_>, rule: &Rule, place: impl Fn(&str) -> String, found: &mut Found) {
    if !rule.is_penalty() {
        return;
    }
    let wait = match rule.wait {
        Some(Wait::Confirmation { .. }) => Some("confirm_within_days"),
        Some(Wait::Vesting { .. }) => Some("vest_after_days"),
        None => None,
    };
    let fields = [
        wait,
        rule.cap.as_ref().map(|_| "cap_id"),
        rule.exclusive.as_ref().map(|_| "exclusive"),
        rule.follows.as_ref().map(|_| "follows"),
    ];
    for field in fields.into_iter().flatten() {
        found.note(place(field), "cannot stand in a rule that takes points: a penalty is taken at once, and in full");
    }
    let followers = set.rules.iter().filter_map(|other| other.follows.as_ref());
    if followers.into_iter().any(|follows| follows.rule == rule.id) {
        found.note(place("points"), "are below 0; no rule can follow activities that take points");
    }
}

fn check_reward(set: Candidate<'_>, rule: &Rule, place: impl Fn(&str) -> String, found: &mut Found) {
    let is_followed = |id: &RuleId| set.rules.iter().any(|other| other.follows.as_ref().is_some_and(|f| f.rule == *id));
    let (points, least_points) = match rule.reward {
        Reward::Fixed { points } => (points, -RULE_POINTS_MAX),
        Reward::PerAmount { points, .. } | Reward::PerQuantity { points, .. } => (points, 1),
    };
    if !(least_points..=RULE_POINTS_MAX).contains(&points) {
        let fixed = if points < 0 && least_points > 0 { "; only fixed points can be taken" } else { "" };
        found.note(place("points"), format!("is {points}; give {least_points} to {RULE_POINTS_MAX}{fixed}"));
    }
    match rule.reward {
        Reward::Fixed { points: 0 } if rule.exclusive.is_none() && !is_followed(&rule.id) => {
            found.note(place("points"), "is 0; a rule that gives nothing must hold an exclusive key or be followed");
        }
        Reward::Fixed { .. } if rule.max_points.is_some() => {
            found.note(place("max_points"), "has no effect: the rule gives the same points for every activity");
        }
        Reward::PerAmount { per_minor, .. } if !(1..=MONEY_MAX).contains(&per_minor) => {
            found.note(
                place("per_amount"),
                "must be at least one minor unit of the currency, and not more than amounts may be",
            );
        }
        Reward::PerQuantity { per_quantity, .. } if !(1..=QUANTITY_MAX).contains(&per_quantity) => {
            found.note(place("per_quantity"), format!("is {per_quantity}; give 1 to {QUANTITY_MAX}"));
        }
        Reward::Fixed { .. } | Reward::PerAmount { .. } | Reward::PerQuantity { .. } => {}
    }
    if let Some(most) = rule.max_points.filter(|most| !(1..=RULE_POINTS_MAX).contains(most)) {
        found.note(place("max_points"), format!("is {most}; give 1 to {RULE_POINTS_MAX}"));
    }
    if rule.min_left_minor.is_some_and(|least| !(1..=MONEY_MAX).contains(&least)) {
        found.note(
            place("min_amount_left"),
            "must be at least one minor unit of the currency, and not more than amounts may be",
        );
    }
}

fn check_caps(set: Candidate<'_>, found: &mut Found) {
    let mut ids = BTreeSet::new();
    for (index, cap) in set.caps.iter().enumerate() {
        let place = |field: &str| format!("caps[{index}].{field}");
        if !ids.insert(&cap.id) {
            found.note(place("cap_id"), "is another cap's too");
        }
        if !(0..=RULE_POINTS_MAX).contains(&cap.limit_points) {
            found.note(place("limit_points"), format!("is {}; give 0 to {RULE_POINTS_MAX}", cap.limit_points));
        }
        let named_by_rule = set.rules.iter().any(|rule| rule.cap.as_ref() == Some(&cap.id));
        if !named_by_rule && !set.caps.iter().any(|other| other.within.as_ref() == Some(&cap.id)) {
            found.note(place("cap_id"), format!("{} counts nothing: no rule and no cap names it", cap.id));
        }
        if let Some(within) = &cap.within {
            check_within(set, cap, within, place("within_cap_id"), found);
        }
    }
}

/// Checks the cap that a cap lies within. Two windows that cross would make the result depend on the order of the
/// facts.
fn check_within(set: Candidate<'_>, cap: &Cap, within: &CapId, place: String, found: &mut Found) {
    let Some(outer) = set.cap(within) else {
        return found.note(place, format!("names {within}, which is not a cap of the set"));
    };
    if !cap.window.lies_within(outer.window) {
        let (inner, outer) = (cap.window.name(), outer.window.name());
        let problem = format!(
            "counts by {inner} within {outer}: one {inner} may lie in two windows of the other, so what passes would depend on \
             the order in which facts arrive; use windows of which each lies within one of the wider"
        );
        return found.note(place, problem);
    }
    let outwards = std::iter::successors(Some(cap), |cap| set.cap(cap.within.as_ref()?));
    let chain: Vec<&Cap> = outwards.take(CAPS_MAX + 1).collect();
    if chain.iter().skip(1).any(|further| further.id == cap.id) {
        found.note(place, "leads back to the cap itself; one cap must be the outermost");
    } else {
        let length = chain.len();
        if length > CHAIN_MAX {
            found.note(place, format!("makes a chain of {length} caps; at most {CHAIN_MAX} are allowed"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::caps::CapWindow;
    use crate::terms::rules::set::Rounding;

    fn rules(count: usize, per_kind: usize) -> Vec<Rule> {
        let rule = |n: usize| Rule {
            id: RuleId::parse(&format!("r{n}")).expect("an id"),
            kind: ActivityKind::parse(&format!("k{}", n / per_kind)).expect("a kind"),
            reward: Reward::Fixed { points: 1 },
            condition: None,
            cap: Some(CapId::parse(&format!("c{n}")).expect("an id")),
            wait: None,
            exclusive: None,
            follows: None,
            from: None,
            until: None,
            max_points: None,
            min_left_minor: None,
        };
        (0..count).map(rule).collect()
    }

    fn caps(count: usize) -> Vec<Cap> {
        let id = |n: usize| CapId::parse(&format!("c{n}")).expect("an id");
        (0..count).map(|n| Cap { id: id(n), window: CapWindow::Month, limit_points: 1, within: None }).collect()
    }

    fn told(rules: &[Rule], caps: &[Cap]) -> Vec<String> {
        check(rules, caps).into_iter().map(|found| format!("{} {}", found.place, found.problem)).collect()
    }

    #[test]
    fn as_many_rules_and_caps_as_are_said_are_taken_and_not_one_more() {
        assert_eq!(told(&rules(RULES_MAX, RULES_PER_KIND_MAX), &caps(CAPS_MAX)), [""; 0]);
        assert_eq!(told(&rules(RULES_MAX + 1, 1), &caps(CAPS_MAX))[0], "rules has 101; give 1 to 100");
        assert_eq!(told(&rules(1, 1), &caps(CAPS_MAX + 1))[0], "caps has 101; at most 100 are allowed");
        let crowded = told(&rules(RULES_PER_KIND_MAX + 1, RULES_PER_KIND_MAX + 1), &caps(RULES_PER_KIND_MAX + 1));
        assert_eq!(crowded, ["rules[8].activity_kind has more than 8 rules"]);
    }

    /// A rule's reward, its most points and its least amount.
    type Pays = (Reward, Option<i64>, Option<i64>);

    #[test]
    fn rewards_and_their_bounds_are_checked() {
        let per_amount = |points, per_minor| Reward::PerAmount { points, per_minor, rounding: Rounding::HalfUp };
        let per_quantity = |points, per_quantity| Reward::PerQuantity { points, per_quantity };
        let right: [Pays; 4] = [
            (per_amount(1, 1), Some(1), Some(1)),
            (per_amount(RULE_POINTS_MAX, MONEY_MAX), Some(RULE_POINTS_MAX), Some(MONEY_MAX)),
            (per_quantity(1, QUANTITY_MAX), Some(1), None),
            (Reward::Fixed { points: 1 }, None, Some(1)),
        ];
        let wrong: [(Pays, &str); 9] = [
            ((per_amount(0, 100), None, None), "points is 0; give 1 to 1000000000"),
            ((per_amount(-1, 100), None, None), "points is -1; give 1 to 1000000000; only fixed points can be taken"),
            (
                (Reward::Fixed { points: -RULE_POINTS_MAX - 1 }, None, None),
                "points is -1000000001; give -1000000000 to 1000000000",
            ),
            ((per_amount(1, 0), None, None), "per_amount must be at least one minor unit"),
            ((per_quantity(1, 0), None, None), "per_quantity is 0; give 1 to 1000000000"),
            ((per_quantity(1, QUANTITY_MAX + 1), None, None), "per_quantity is 1000000001; give 1 to"),
            ((per_quantity(1, 1), Some(0), None), "max_points is 0; give 1 to 1000000000"),
            ((Reward::Fixed { points: 1 }, Some(1), None), "max_points has no effect"),
            ((Reward::Fixed { points: 1 }, None, Some(0)), "min_amount_left must be at least one minor unit"),
        ];
        let with = |(reward, max_points, min_left_minor)| Rule {
            cap: None,
            reward,
            max_points,
            min_left_minor,
            ..rules(1, 1).remove(0)
        };
        for pays in right {
            assert_eq!(told(&[with(pays)], &[]), [""; 0], "{pays:?}");
        }
        for (pays, expected) in wrong {
            let told = told(&[with(pays)], &[]);
            let is_told = matches!(&told[..], [one] if one.starts_with(&format!("rules[0].{expected}")));
            assert!(is_told, "{pays:?}: {told:?}");
        }
    }

    #[test]
    fn caps_that_lead_back_to_the_first_are_found_however_many_there_are() {
        let mut all = caps(CAPS_MAX);
        for n in 0..CAPS_MAX {
            all[n].within = Some(all[(n + 1) % CAPS_MAX].id.clone());
        }
        let problem = "leads back to the cap itself; one cap must be the outermost";
        let found = told(&rules(CAPS_MAX, 1), &all);
        assert_eq!((found.len(), &found[99]), (CAPS_MAX, &format!("caps[99].within_cap_id {problem}")));
    }
}
