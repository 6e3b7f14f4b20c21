//! Rules: how an activity becomes points.

use std::collections::{BTreeMap, BTreeSet};

use borsh::{BorshDeserialize, BorshSerialize};

use super::encoding::{Hash, encode};
use super::entry::{Entry, Reason, Seq};
use super::ids::{ActivityKind, MemberId, PrincipalId, RuleId};
use super::time::Micros;

/// Most rules in a set. Far above any scheme seen; keeps an entry's fact below 20 kB.
pub const RULES_MAX: usize = 100;

/// How one kind of activity becomes points.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Rule {
    /// Its id within the set.
    pub id: RuleId,
    /// The kind of activity it rewards.
    pub kind: ActivityKind,
    /// Points for each activity, 1 to [`super::amount::RULE_POINTS_MAX`].
    pub points: i64,
}

/// An immutable version of a programme's rules.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RuleSet {
    /// 1, 2, 3 ….
    pub version: u32,
    /// Activities that occurred at or after this time earn by it, until the next version's.
    pub in_force_from: Micros,
    /// At most one rule for each kind.
    pub rules: Vec<Rule>,
}

impl RuleSet {
    /// SHA-256 of the canonical encoding.
    #[must_use]
    pub fn digest(&self) -> Hash {
        use sha2::Digest as _;
        sha2::Sha256::digest(encode(self)).into()
    }
}

/// A rule set, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PublishedRuleSet {
    /// The rules.
    pub rules: RuleSet,
    /// The entry that published them.
    pub published_seq: Seq,
    /// When they were recorded.
    pub published_at: Micros,
    /// Who published them.
    pub published_by: PrincipalId,
}

impl PublishedRuleSet {
    /// The rules that an entry publishes.
    #[must_use]
    pub fn by(entry: &Entry, rules: &RuleSet) -> Self {
        Self {
            rules: rules.clone(),
            published_seq: entry.seq,
            published_at: entry.recorded_at,
            published_by: entry.principal.clone(),
        }
    }
}

/// What the rules say of an activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qualified {
    /// Version of the rules asked; 0 when none was in force.
    pub version: u32,
    /// The rule that applies, if any.
    pub rule: Option<RuleId>,
    /// Points it gives.
    pub raw_points: i64,
    /// Why it earns nothing, where it earns nothing.
    pub declined: Option<Reason>,
}

/// Every version of a programme's rules, in the order in which they come into force.
#[derive(Debug, Clone, Default)]
pub struct RuleBook {
    versions: Vec<PublishedRuleSet>,
}

impl RuleBook {
    /// Makes a book of versions in order.
    #[must_use]
    pub fn new(versions: Vec<PublishedRuleSet>) -> Self {
        Self { versions }
    }

    /// Adds the next version.
    pub fn publish(&mut self, rules: PublishedRuleSet) {
        self.versions.push(rules);
    }

    /// The version published last.
    #[must_use]
    pub fn latest(&self) -> Option<&PublishedRuleSet> {
        self.versions.last()
    }

    /// The rules in force at a time: the last version that begins at or before it.
    #[must_use]
    pub fn in_force_at(&self, at: Micros) -> Option<&RuleSet> {
        let after = self.versions.partition_point(|version| version.rules.in_force_from <= at);
        after.checked_sub(1).map(|index| &self.versions[index].rules)
    }

    /// Every kind that some version names, in order.
    #[must_use]
    pub fn kinds(&self) -> BTreeSet<&ActivityKind> {
        self.versions.iter().flat_map(|version| &version.rules.rules).map(|rule| &rule.kind).collect()
    }

    /// Whether some version names the kind.
    #[must_use]
    pub fn knows(&self, kind: &ActivityKind) -> bool {
        self.versions.iter().flat_map(|version| &version.rules.rules).any(|rule| rule.kind == *kind)
    }

    /// Says what an activity earns, before anything the ledger knows reduces it.
    ///
    /// Points come from the rules in force when it occurred, never from the caller. Nobody is credited for their own act.
    #[must_use]
    pub fn qualify(&self, activity: &Activity) -> Qualified {
        let rules = self.in_force_at(activity.occurred_at);
        let version = rules.map_or(0, |rules| rules.version);
        let declined = |rule: Option<RuleId>, why| Qualified { version, rule, raw_points: 0, declined: Some(why) };
        let Some(rule) = rules.and_then(|set| set.rules.iter().find(|rule| rule.kind == activity.kind)) else {
            return declined(None, Reason::NoRuleInForce);
        };
        if activity.counterparty.as_ref() == Some(&activity.member) {
            return declined(Some(rule.id.clone()), Reason::SelfDealing);
        }
        Qualified { version, rule: Some(rule.id.clone()), raw_points: rule.points, declined: None }
    }
}

/// Value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum AttributeValue {
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

/// Further facts about an activity, by name.
pub type Attributes = BTreeMap<String, AttributeValue>;

/// Something a member did, as a source reports it: the values a replay is compared by.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize)]
pub struct Activity {
    /// What was done.
    pub kind: ActivityKind,
    /// Who is credited.
    pub member: MemberId,
    /// Whose act it rests on.
    pub counterparty: Option<MemberId>,
    /// What it was about.
    pub subject: Option<super::ids::Subject>,
    /// Value of the order it was about, in minor units, not negative.
    pub amount_minor: Option<i64>,
    /// Further facts.
    pub attributes: Attributes,
    /// When it happened.
    pub occurred_at: Micros,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Micros {
        Micros::from_rfc3339(text).expect("a time")
    }

    fn book() -> RuleBook {
        let version = |version, from, points| PublishedRuleSet {
            rules: RuleSet {
                version,
                in_force_from: at(from),
                rules: vec![Rule {
                    id: RuleId::parse("answers").expect("an id"),
                    kind: ActivityKind::parse("answer_accepted").expect("a kind"),
                    points,
                }],
            },
            published_seq: Seq::ZERO.next(),
            published_at: at("2018-01-01T00:00:00Z"),
            published_by: PrincipalId::parse("anna").expect("an id"),
        };
        RuleBook::new(vec![version(1, "2018-03-01T00:00:00Z", 100), version(2, "2018-06-01T00:00:00Z", 50)])
    }

    fn accepted(when: &str, by: &str) -> Activity {
        Activity {
            kind: ActivityKind::parse("answer_accepted").expect("a kind"),
            member: MemberId::parse("ben").expect("an id"),
            counterparty: Some(MemberId::parse(by).expect("an id")),
            subject: None,
            amount_minor: None,
            attributes: Attributes::new(),
            occurred_at: at(when),
        }
    }

    #[test]
    fn points_come_from_the_rules_in_force_when_it_occurred() {
        // INV 42
        let points = |when| book().qualify(&accepted(when, "cleo")).raw_points;
        assert_eq!(points("2018-02-28T23:59:59.999999Z"), 0);
        assert_eq!(points("2018-03-01T00:00:00Z"), 100);
        assert_eq!(points("2018-05-31T23:59:59.999999Z"), 100);
        assert_eq!(points("2018-06-01T00:00:00Z"), 50);
    }

    #[test]
    fn nobody_earns_from_themselves_and_nothing_is_earned_before_the_first_rules() {
        assert_eq!(book().qualify(&accepted("2018-04-01T00:00:00Z", "ben")).declined, Some(Reason::SelfDealing));
        assert_eq!(book().qualify(&accepted("2018-01-01T00:00:00Z", "cleo")).declined, Some(Reason::NoRuleInForce));
    }
}
