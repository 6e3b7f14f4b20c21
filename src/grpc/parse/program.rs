//! Programmes and rule sets.

use std::collections::HashSet;

use super::super::error::ApiError;
use super::Violations;
use crate::domain::amount::RULE_POINTS_MAX;
use crate::domain::ids::{ActivityKind, ProgramId, RuleId};
use crate::domain::money::Currency;
use crate::domain::program::{DEBT_LIMIT_MAX, ProgramTerms};
use crate::domain::rules::{RULES_MAX, Rule, RuleSet};
use crate::domain::time::time_zone;
use crate::pb;

pub(in crate::grpc) fn parse_program(request: pb::CreateProgramRequest) -> Result<(ProgramId, ProgramTerms), ApiError> {
    let mut violations = Violations::default();
    let id = violations.id("program_id", ProgramId::parse(&request.program_id));
    let program = violations.required("program", request.program);
    let terms = program.and_then(|program| {
        let mut within = violations.within("program".into());
        let currency = Currency::from_code(&program.currency_code)
            .or_else(|| within.refuse("currency_code", "must be a code of ISO 4217 with a minor unit, as GBP"));
        if let Err(why) = time_zone(&program.time_zone) {
            within.note("time_zone", why.to_string());
        }
        let debt_limit_points = program.debt_limit_points;
        if !(0..=DEBT_LIMIT_MAX).contains(&debt_limit_points) {
            within.note("debt_limit_points", format!("is {debt_limit_points}; give 0 to {DEBT_LIMIT_MAX}"));
        }
        Some(ProgramTerms { currency: currency?, time_zone: program.time_zone, debt_limit_points })
    });
    violations.check(id.zip(terms))
}

pub(in crate::grpc) fn parse_rule_set(request: pb::PublishRuleSetRequest) -> Result<(ProgramId, RuleSet), ApiError> {
    let mut violations = Violations::default();
    let Some(rule_set) = violations.required("rule_set", request.rule_set) else {
        return violations.check(None);
    };
    let mut within = violations.within("rule_set".into());
    let name = within.rule_set("name", &rule_set.name);
    if matches!(name, Some((_, None))) {
        within.note("name", "must end in the version to publish, not in -");
    }
    let in_force_from = within.time("in_force_from", rule_set.in_force_from);
    if rule_set.rules.is_empty() || rule_set.rules.len() > RULES_MAX {
        within.note("rules", format!("has {} rules; give 1 to {RULES_MAX}", rule_set.rules.len()));
    }
    drop(within);
    let rules = parse_rules(&mut violations, &rule_set.rules);
    let parsed = name.zip(in_force_from).and_then(|((program, version), in_force_from)| {
        Some((program, RuleSet { version: version?, in_force_from, rules: rules? }))
    });
    violations.check(parsed)
}

fn parse_rules(violations: &mut Violations, rules: &[pb::Rule]) -> Option<Vec<Rule>> {
    let (mut ids, mut kinds) = (HashSet::new(), HashSet::new());
    let parsed: Vec<Option<Rule>> = rules
        .iter()
        .take(RULES_MAX)
        .enumerate()
        .map(|(index, rule)| {
            let mut within = violations.within(format!("rule_set.rules[{index}]"));
            let id = within.id("rule_id", RuleId::parse(&rule.rule_id));
            let kind = within.id("activity_kind", ActivityKind::parse(&rule.activity_kind));
            if !(1..=RULE_POINTS_MAX).contains(&rule.points) {
                within.note("points", format!("is {}; give 1 to {RULE_POINTS_MAX}", rule.points));
            }
            if id.as_ref().is_some_and(|id| !ids.insert(id.clone())) {
                within.note("rule_id", "is another rule's too");
            }
            if kind.as_ref().is_some_and(|kind| !kinds.insert(kind.clone())) {
                within.note("activity_kind", "has another rule already");
            }
            Some(Rule { id: id?, kind: kind?, points: rule.points })
        })
        .collect();
    parsed.into_iter().collect()
}
