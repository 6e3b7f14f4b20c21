//! The rule book: every version of a programme's rules, and their verdicts on an activity.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use crate::terms::activity::Activity;
use crate::terms::caps::{CapPeriod, CapWindow};
use crate::terms::rules::judge::{Compiled, Verdict, judge};
use crate::terms::rules::set::{Exclusive, PublishedRuleSet, Rule, RuleSet};
use crate::value::ids::{ActivityKind, CapId, RuleId, SourceId};
use crate::value::local::LocalTime;
use crate::value::reason::Reason;
use crate::value::time::Micros;

/// The rules' verdict on an activity, before anything that the ledger knows reduces it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Qualified {
    /// Version of the rules in force; 0 when there was none.
    pub version: u32,
    /// The rules that apply, in the order of the version.
    pub hits: Vec<Hit>,
    /// The first rule of the activity's kind, if any.
    pub rule: Option<RuleId>,
    /// The exclusive key that the rules of the activity's kind ask for, if any.
    pub exclusive: Option<Exclusive>,
    /// Reason why the activity earns nothing, when no rule applies.
    pub declined: Option<Reason>,
}

/// A rule that applies to an activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The rule.
    pub rule: RuleId,
    /// The caps that count the rule's points, from the innermost outwards, each in the window of the activity's local
    /// time.
    pub caps: Vec<CapPeriod>,
}

/// A version with its conditions compiled.
#[derive(Debug, Clone)]
struct Version {
    published: PublishedRuleSet,
    /// One condition for each rule.
    conditions: Vec<Compiled>,
}

impl Version {
    fn new(published: PublishedRuleSet) -> Self {
        Self { conditions: published.rules.rules.iter().map(Compiled::of).collect(), published }
    }

    fn rules_for<'a>(&'a self, kind: &ActivityKind) -> impl Iterator<Item = (&'a Rule, &'a Compiled)> {
        self.published.rules.rules.iter().zip(&self.conditions).filter(|(rule, _)| rule.kind == *kind)
    }
}

/// Every version of a programme's rules, in the order in which they come into force.
#[derive(Debug, Clone, Default)]
pub struct RuleBook {
    versions: Vec<Version>,
}

impl RuleBook {
    /// Makes a book of versions in order.
    #[must_use]
    pub fn new(versions: Vec<PublishedRuleSet>) -> Self {
        Self { versions: versions.into_iter().map(Version::new).collect() }
    }

    /// Adds the next version.
    pub fn publish(&mut self, rules: PublishedRuleSet) {
        self.versions.push(Version::new(rules));
    }

    /// Returns every version, the first one first.
    pub fn versions(&self) -> impl Iterator<Item = &PublishedRuleSet> {
        self.versions.iter().map(|version| &version.published)
    }

    /// Returns the version published last.
    #[must_use]
    pub fn latest(&self) -> Option<&PublishedRuleSet> {
        self.versions.last().map(|version| &version.published)
    }

    /// Returns a version by its number.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<&RuleSet> {
        // Versions count from 1 without a gap.
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.versions.get(index).map(|version| &version.published.rules).filter(|rules| rules.version == number)
    }

    fn version_at(&self, at: Micros) -> Option<&Version> {
        let after = self.versions.partition_point(|version| version.published.rules.in_force_from <= at);
        after.checked_sub(1).map(|index| &self.versions[index])
    }

    /// Returns every kind that some version names, in order.
    #[must_use]
    pub fn kinds(&self) -> BTreeSet<&ActivityKind> {
        self.versions().flat_map(|version| &version.rules.rules).map(|rule| &rule.kind).collect()
    }

    /// True when some version names the kind.
    #[must_use]
    pub fn knows(&self, kind: &ActivityKind) -> bool {
        self.versions().flat_map(|version| &version.rules.rules).any(|rule| rule.kind == *kind)
    }

    /// True when a rule of some version follows activities that this rule decided.
    #[must_use]
    pub fn is_followed(&self, id: &RuleId) -> bool {
        let mut follows =
            self.versions().flat_map(|version| &version.rules.rules).filter_map(|rule| rule.follows.as_ref());
        follows.any(|follows| follows.rule == *id)
    }

    /// Returns the window of a cap; `None` when no version names the cap.
    #[must_use]
    pub fn window(&self, cap: &CapId) -> Option<CapWindow> {
        // Every version that names a cap gives it the same window.
        self.versions().find_map(|version| version.rules.cap(cap)).map(|cap| cap.window)
    }

    /// Finds the rules by which an activity earns, before anything that the ledger knows reduces it.
    ///
    /// Points come from the rules in force when the activity occurred, never from the caller. Nobody is credited for
    /// their own act. `at` is the time of the activity, with the offset from UTC that is stored with it.
    #[must_use]
    pub fn qualify(&self, source: &SourceId, activity: &Activity, at: LocalTime) -> Qualified {
        self.qualify_by(activity, at, |_, condition| condition.holds(source, activity, at))
    }

    /// Finds the rules by which an activity earns whose attributes were erased. `said` gives the results of the
    /// conditions that ask for attributes.
    #[must_use]
    pub fn qualify_erased(
        &self,
        source: &SourceId,
        activity: &Activity,
        at: LocalTime,
        said: impl Fn(&RuleId) -> Result<(), Reason>,
    ) -> Qualified {
        self.qualify_by(activity, at, |rule, condition| {
            if condition.reads_attributes() { said(&rule.id) } else { condition.holds(source, activity, at) }
        })
    }

    /// Returns the rules of the activity's kind, in force when it occurred, whose conditions ask for attributes.
    #[must_use]
    pub fn asking_for_attributes(&self, activity: &Activity) -> Vec<&RuleId> {
        let rules = self.version_at(activity.occurred_at).into_iter().flat_map(|it| it.rules_for(&activity.kind));
        rules.filter(|(_, condition)| condition.reads_attributes()).map(|(rule, _)| &rule.id).collect()
    }

    fn qualify_by(
        &self,
        activity: &Activity,
        at: LocalTime,
        holds: impl Fn(&Rule, &Compiled) -> Result<(), Reason>,
    ) -> Qualified {
        let Some(version) = self.version_at(activity.occurred_at) else {
            return Qualified { declined: Some(Reason::NoRuleInForce), ..Qualified::default() };
        };
        let set = &version.published.rules;
        let mut qualified = Qualified { version: set.version, ..Qualified::default() };
        for (rule, condition) in version.rules_for(&activity.kind) {
            if qualified.rule.is_none() {
                (qualified.rule, qualified.exclusive) = (Some(rule.id.clone()), rule.exclusive.clone());
            }
            match judge(rule, activity, || holds(rule, condition)) {
                Verdict::Applies => {
                    qualified.hits.push(Hit { rule: rule.id.clone(), caps: chain(set, rule, at) });
                }
                Verdict::Declines(why) => {
                    qualified.declined.get_or_insert(why);
                }
            }
        }
        if qualified.hits.is_empty() {
            qualified.declined.get_or_insert(Reason::NoRuleInForce);
        } else {
            qualified.declined = None;
        }
        qualified
    }

    /// Returns the verdict of each rule of the activity's kind in one version.
    #[must_use]
    pub fn verdicts(
        &self,
        version: u32,
        source: &SourceId,
        activity: &Activity,
        at: LocalTime,
    ) -> Vec<(&Rule, Verdict)> {
        let version = self.versions.iter().find(|it| it.published.rules.version == version);
        let rules = version.into_iter().flat_map(|version| version.rules_for(&activity.kind));
        let judged = |rule, condition: &Compiled| judge(rule, activity, || condition.holds(source, activity, at));
        rules.map(|(rule, condition)| (rule, judged(rule, condition))).collect()
    }

    /// Returns the limit of a cap in one of its windows; `None` when no version names the cap.
    ///
    /// The limit of a window is fixed before anything can be counted in the window. It comes from the version in force
    /// when the window began, or from the first later version that names the cap. So a change takes effect with the
    /// next window. The limit of a lifetime never changes.
    #[must_use]
    pub fn limit(&self, period: &CapPeriod, zone: &TimeZone) -> Option<i64> {
        let before = period.begins(zone).and_then(|begins| {
            self.versions.iter().rposition(|version| version.published.rules.in_force_from <= begins)
        });
        let named =
            self.versions[before.unwrap_or(0)..].iter().find_map(|version| version.published.rules.cap(&period.cap));
        named.map(|cap| cap.limit_points)
    }
}

/// Returns the caps that count a rule's points, from the innermost outwards.
fn chain(set: &RuleSet, rule: &Rule, at: LocalTime) -> Vec<CapPeriod> {
    let first = rule.cap.as_ref().and_then(|id| set.cap(id));
    let caps = std::iter::successors(first, |cap| cap.within.as_ref().and_then(|id: &CapId| set.cap(id)));
    // A published set has no circles and no longer chains.
    let caps = caps.take(crate::terms::caps::CHAIN_MAX);
    caps.map(|cap| cap.period(at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::activity::Attributes;
    use crate::terms::caps::Cap;
    use crate::terms::rules::set::Reward;
    use crate::value::ids::MemberId;
    use crate::value::principal::PrincipalId;
    use crate::value::seq::Seq;
    use crate::value::time::Day;

    fn at(text: &str) -> Micros {
        Micros::from_rfc3339(text).expect("a time")
    }

    fn day(text: &str) -> Day {
        Day::from_date(text.parse().expect("a date"))
    }

    fn version(version: u32, from: &str, published: &str, points: i64, limit: Option<i64>) -> PublishedRuleSet {
        let cap = limit.map(|limit_points| Cap {
            id: CapId::parse("monthly").expect("an id"),
            window: CapWindow::Month,
            limit_points,
            within: None,
        });
        PublishedRuleSet {
            rules: RuleSet {
                version,
                in_force_from: at(from),
                rules: vec![Rule {
                    id: RuleId::parse("answers").expect("an id"),
                    kind: ActivityKind::parse("answer_accepted").expect("a kind"),
                    reward: Reward::Fixed { points },
                    condition: None,
                    cap: cap.as_ref().map(|cap| cap.id.clone()),
                    wait: None,
                    exclusive: None,
                    follows: None,
                    from: None,
                    until: None,
                    max_points: None,
                    min_left_minor: None,
                }],
                caps: cap.into_iter().collect(),
                expiry: None,
            },
            published_seq: Seq::ZERO.next(),
            published_at: at(published),
            published_by: PrincipalId::parse("anna").expect("an id"),
        }
    }

    fn book() -> RuleBook {
        RuleBook::new(vec![
            version(1, "2018-03-01T00:00:00Z", "2018-01-01T00:00:00Z", 100, None),
            version(2, "2018-06-01T00:00:00Z", "2018-05-01T00:00:00Z", 50, None),
        ])
    }

    /// Programs of others keep it, to know a version of the rules again.
    #[test]
    fn the_digest_of_a_rule_set_is_frozen() {
        let version = version(1, "2018-03-01T00:00:00Z", "2018-01-01T00:00:00Z", 100, Some(3_000));
        let hex: String = version.rules.digest().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "d6c25bf9e2db0f1a38ac23d6e28968a856572f108c90093615ac6120332b0da4");
    }

    fn accepted(when: &str, by: &str) -> Activity {
        Activity {
            kind: ActivityKind::parse("answer_accepted").expect("a kind"),
            member: MemberId::parse("ben").expect("an id"),
            counterparty: Some(MemberId::parse(by).expect("an id")),
            subject: None,
            amount_minor: None,
            exclusive_key: None,
            follows: None,
            attributes: Attributes::new(),
            occurred_at: at(when),
            quantity: None,
        }
    }

    fn qualify(activity: &Activity) -> Qualified {
        let source = SourceId::parse("forum").expect("an id");
        book().qualify(&source, activity, LocalTime::in_zone(activity.occurred_at, &TimeZone::UTC))
    }

    #[test]
    fn rules_are_those_in_force_when_it_occurred() {
        // INV 42
        let version = |when| qualify(&accepted(when, "cleo")).version;
        assert_eq!(version("2018-02-28T23:59:59.999999Z"), 0);
        assert_eq!(version("2018-03-01T00:00:00Z"), 1);
        assert_eq!(version("2018-05-31T23:59:59.999999Z"), 1);
        assert_eq!(version("2018-06-01T00:00:00Z"), 2);
    }

    #[test]
    fn nobody_earns_from_themselves_and_nothing_is_earned_before_the_first_rules() {
        assert_eq!(qualify(&accepted("2018-04-01T00:00:00Z", "ben")).declined, Some(Reason::SelfDealing));
        assert_eq!(qualify(&accepted("2018-01-01T00:00:00Z", "cleo")).declined, Some(Reason::NoRuleInForce));
    }

    #[test]
    fn a_limit_changes_only_at_the_start_of_its_next_window() {
        // INV 41
        let book = RuleBook::new(vec![
            version(1, "2018-03-01T00:00:00Z", "2018-03-20T00:00:00Z", 1, Some(10)),
            version(2, "2018-04-15T00:00:00Z", "2018-04-01T00:00:00Z", 1, Some(20)),
            version(3, "2018-07-01T00:00:00Z", "2018-06-01T00:00:00Z", 1, None),
            version(4, "2018-07-15T00:00:00Z", "2018-06-15T00:00:00Z", 1, Some(40)),
        ]);
        let limit = |first: &str| {
            book.limit(
                &CapPeriod { cap: CapId::parse("monthly").expect("an id"), first_day: day(first), hour: None },
                &TimeZone::UTC,
            )
        };
        assert_eq!(limit("2018-02-01"), Some(10), "before any version: the first that names it");
        assert_eq!(limit("2018-03-01"), Some(10), "the first version may be published late");
        assert_eq!(limit("2018-04-01"), Some(10), "version 2 begins within the window");
        assert_eq!(limit("2018-05-01"), Some(20));
        assert_eq!(limit("2018-06-01"), Some(20));
        assert_eq!(limit("2018-07-01"), Some(40), "version 3 names no such cap; the next that does is 4");
        let unknown =
            CapPeriod { cap: CapId::parse("other").expect("an id"), first_day: day("2018-07-01"), hour: None };
        assert_eq!(book.limit(&unknown, &TimeZone::UTC), None);
    }
}
