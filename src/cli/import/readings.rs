//! The types for which the rules of a programme take attributes. A file in which an attribute is of another type would be
//! declined for good, or credited, without a word: a text is unequal to every number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::types::{of, type_of};
use goodturn::domain::terms::activity::AttributeType;
use goodturn::domain::terms::condition::Condition;
use goodturn::domain::value::time::Micros;
use goodturn::pb;
use goodturn::wire::micros;

/// What each rule of each version does with attributes, by the attribute's name.
#[derive(Debug, Clone, Default)]
pub(super) struct Readings(Arc<BTreeMap<String, Vec<Reading>>>);

/// What one rule takes an attribute for.
#[derive(Debug)]
struct Reading {
    version: String,
    rule: String,
    kind: String,
    /// The rule decides activities from this time on, and until that.
    from: Option<Micros>,
    until: Option<Micros>,
    types: BTreeSet<AttributeType>,
}

/// An attribute that a rule takes for something else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Conflict {
    pub(super) attribute: String,
    found: AttributeType,
    /// The first type that the rule takes it for.
    pub(super) taken_for: AttributeType,
    version: String,
    rule: String,
}

impl Conflict {
    /// Returns its text.
    pub(super) fn told(&self) -> String {
        let Self { attribute, found, taken_for, version, rule } = self;
        let (found, taken_for) = (of(*found), of(*taken_for));
        format!("attributes.{attribute} is {found}, and the rule {rule} of version {version} takes it for {taken_for}")
    }
}

impl Readings {
    /// Reads the conditions of a programme's versions, given in order. A condition that is not understood, as a newer
    /// server may have one, is passed over.
    pub(super) fn of(versions: &[pb::RuleSet]) -> Self {
        let mut readings: BTreeMap<String, Vec<Reading>> = BTreeMap::new();
        let begin = |version: &pb::RuleSet| version.in_force_from.as_ref().and_then(micros);
        for (index, version) in versions.iter().enumerate() {
            let next = versions.get(index + 1).and_then(begin);
            for rule in &version.rules {
                let Ok(condition) = Condition::parse(&rule.condition) else { continue };
                for (attribute, types) in condition.reads() {
                    readings.entry(attribute).or_default().push(Reading {
                        version: version.name.rsplit('/').next().unwrap_or_default().to_owned(),
                        rule: rule.rule_id.clone(),
                        kind: rule.activity_kind.clone(),
                        from: begin(version).max(rule.starts_at.as_ref().and_then(micros)),
                        until: earliest(next, rule.ends_at.as_ref().and_then(micros)),
                        types,
                    });
                }
            }
        }
        Self(Arc::new(readings))
    }

    /// True when no rule looks at an attribute.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the attributes of an activity that a rule, which would decide it, takes for another type.
    pub(super) fn conflicts(&self, activity: &pb::Activity) -> Vec<Conflict> {
        let at = activity.occurred_at.as_ref().and_then(micros);
        let decides = |reading: &&Reading| {
            reading.kind == activity.kind && reading.from <= at && reading.until.is_none_or(|until| at < Some(until))
        };
        let mut conflicts = Vec::new();
        for (attribute, readings) in self.0.iter() {
            let Some(found) = activity.attributes.get(attribute).and_then(|given| given.value.as_ref()).map(type_of)
            else {
                continue;
            };
            for reading in readings.iter().filter(decides).filter(|reading| !reading.types.contains(&found)) {
                conflicts.extend(reading.types.first().map(|taken_for| Conflict {
                    attribute: attribute.clone(),
                    found,
                    taken_for: *taken_for,
                    version: reading.version.clone(),
                    rule: reading.rule.clone(),
                }));
            }
        }
        conflicts
    }
}

fn earliest(one: Option<Micros>, other: Option<Micros>) -> Option<Micros> {
    one.into_iter().chain(other).min()
}
