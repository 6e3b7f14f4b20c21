//! Balances of members, computed anew from rules and facts in plain code that shares nothing with the ledger's.
//!
//! It knows no entries, no order and no differences: it looks at all facts at once. It leaves out rules that follow
//! another, as those go by the order of recording.

use std::collections::BTreeMap;

use goodturn::domain::terms::activity::{Activity, AttributeValue};
use goodturn::domain::terms::caps::{Cap, CapWindow};
use goodturn::domain::terms::rules::set::{Exclusive, Holder, Reward, Rounding, Rule, RuleSet, Wait};
use jiff::civil::{Date, DateTime, Weekday, date};
use jiff::tz::TimeZone;

const DAY_MICROS: i64 = 86_400_000_000;

/// Source and id of an activity.
pub type Name = (String, String);

/// A fact, reported once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    Done(Name, Activity),
    Reversed(Name, Word),
    Restored(Name, Word),
    /// Minor units, a part of the quantity, and the time of the refund in microseconds.
    Refunded(Name, i64, i64, i64),
    /// The time of the confirmation, in microseconds.
    Confirmed(Name, i64),
}

/// The time of a reversal or a restoration in microseconds, and its id.
pub type Word = (i64, String);

/// A member's balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Has {
    pub available: i64,
    pub pending: i64,
}

/// Points credited by member, day and kind of activity.
pub type Days = BTreeMap<(String, Date, String), i64>;

/// Rules, facts, and the time of the comparison.
pub struct Naive<'a> {
    pub versions: &'a [RuleSet],
    pub zone: TimeZone,
    pub facts: &'a [Fact],
    pub now_micros: i64,
}

impl Naive<'_> {
    /// Returns the balance of every member in an activity.
    pub fn has(&self) -> BTreeMap<String, Has> {
        let mut members: BTreeMap<String, Has> = BTreeMap::new();
        // Points that flow into each window of each cap of each member: confirmed, and confirmed or waiting.
        let mut flows: BTreeMap<(String, String, DateTime), (i64, i64)> = BTreeMap::new();
        for (name, activity) in self.done() {
            let member = activity.member.to_string();
            let has = members.entry(member.clone()).or_default();
            for (set, rule) in self.applying(name, activity) {
                let (confirmed, total) = self.brings(name, activity, rule);
                match rule.cap.as_ref().and_then(|id| cap_of(set, id.as_str())) {
                    None => {
                        has.available += confirmed;
                        has.pending += total - confirmed;
                    }
                    Some(cap) => {
                        let begins = begins(cap.window, self.local(activity.occurred_at.get()));
                        let flow = flows.entry((member.clone(), cap.id.to_string(), begins));
                        let flow = flow.or_default();
                        *flow = (flow.0 + confirmed, flow.1 + total);
                    }
                }
            }
        }
        // A cap is looked at when nothing more can flow into it: the longest way from the outermost comes first.
        while let Some(key) = flows.keys().max_by_key(|(_, cap, _)| self.depth(cap)).cloned() {
            let (confirmed, total) = flows.remove(&key).unwrap();
            let (member, id, first) = key;
            let limit = self.limit(&id, first);
            let (confirmed, total) = (confirmed.min(limit), total.min(limit));
            match self.within(&id) {
                None => {
                    let has = members.get_mut(&member).unwrap();
                    has.available += confirmed;
                    has.pending += total - confirmed;
                }
                Some(outer) => {
                    let into = begins(outer.window, first);
                    let flow = flows.entry((member, outer.id.to_string(), into)).or_default();
                    *flow = (flow.0 + confirmed, flow.1 + total);
                }
            }
        }
        members
    }

    /// Returns the points credited on each day by each kind that no cap counts: there each activity earns on its own
    /// day.
    pub fn credited_on_days(&self) -> Days {
        let mut days = Days::new();
        for (name, activity) in self.done().filter(|(_, activity)| self.is_free(activity.kind.as_str())) {
            let confirmed =
                self.applying(name, activity).into_iter().map(|(_, rule)| self.brings(name, activity, rule).0);
            let day = self.local(activity.occurred_at.get()).date();
            *days.entry((activity.member.to_string(), day, activity.kind.to_string())).or_default() +=
                confirmed.sum::<i64>();
        }
        days.retain(|_, points| *points != 0);
        days
    }

    /// True when no cap of any version counts a kind.
    pub fn is_free(&self, kind: &str) -> bool {
        let mut rules = self.versions.iter().flat_map(|set| &set.rules);
        !rules.any(|rule| rule.kind.as_str() == kind && rule.cap.is_some())
    }

    fn done(&self) -> impl Iterator<Item = (&Name, &Activity)> {
        self.facts.iter().filter_map(|fact| match fact {
            Fact::Done(name, activity) => Some((name, activity)),
            _ => None,
        })
    }

    /// Returns the version in force when an activity occurred.
    fn version(&self, activity: &Activity) -> Option<&RuleSet> {
        self.versions.iter().rev().find(|set| set.in_force_from <= activity.occurred_at)
    }

    /// Returns the space in which the activity's exclusive key is compared, with its holder rule, and the key.
    fn exclusive<'a>(&'a self, activity: &'a Activity) -> Option<(&'a Exclusive, &'a str)> {
        let rule = self.version(activity)?.rules.iter().find(|rule| rule.kind == activity.kind)?;
        Some((rule.exclusive.as_ref()?, activity.exclusive_key.as_ref()?.as_str()))
    }

    /// Returns the rules by which an activity earns.
    fn applying(&self, name: &Name, activity: &Activity) -> Vec<(&RuleSet, &Rule)> {
        if let Some(exclusive) = self.exclusive(activity) {
            let rivals = self.done().filter(|(_, other)| self.exclusive(other) == Some(exclusive));
            let place = |(name, other): &(&Name, &Activity)| (other.occurred_at, (*name).clone());
            let holder = match exclusive.0.holder {
                Holder::Latest => rivals.filter(|(_, other)| !self.applying_alone(other).is_empty()).max_by_key(place),
                Holder::EarliestStanding => rivals.filter(|(name, other)| self.stands(name, other)).min_by_key(place),
            };
            if holder.is_some_and(|(holder, _)| holder != name) {
                return Vec::new();
            }
        }
        self.applying_alone(activity)
    }

    /// True when an activity was not reversed, and did not end unconfirmed by every rule that gives points for it.
    fn stands(&self, name: &Name, activity: &Activity) -> bool {
        let in_time = |at: i64, by: i64| activity.occurred_at.get() <= at && at <= by;
        let confirmed = |by: i64| {
            self.facts.iter().any(|fact| matches!(fact, Fact::Confirmed(of, at) if of == name && in_time(*at, by)))
        };
        !self.is_reversed(name)
            && self.applying_alone(activity).iter().any(|(_, rule)| match rule.wait {
                Some(Wait::Confirmation { days }) => {
                    let ends = activity.occurred_at.get() + i64::from(days) * DAY_MICROS;
                    self.now_micros <= ends || confirmed(ends)
                }
                _ => true,
            })
    }

    /// True when the last word on an activity reverses it.
    fn is_reversed(&self, name: &Name) -> bool {
        let words = self.facts.iter().filter_map(|fact| match fact {
            Fact::Reversed(of, word) if of == name => Some((word, true)),
            Fact::Restored(of, word) if of == name => Some((word, false)),
            _ => None,
        });
        words.max().is_some_and(|(_, reverses)| reverses)
    }

    /// Returns the rules by which an activity would earn if no other had its exclusive key.
    fn applying_alone(&self, activity: &Activity) -> Vec<(&RuleSet, &Rule)> {
        let Some(set) = self.version(activity) else { return Vec::new() };
        if activity.counterparty.as_ref() == Some(&activity.member) {
            return Vec::new();
        }
        let applies = |rule: &&Rule| {
            rule.kind == activity.kind
                && rule.from.is_none_or(|from| activity.occurred_at >= from)
                && rule.until.is_none_or(|until| activity.occurred_at < until)
                && rule.condition.as_ref().is_none_or(|condition| self.holds(condition, activity))
                && (rule.exclusive.is_none() || activity.exclusive_key.is_some())
                && (!matches!(rule.reward, Reward::PerAmount { .. }) || activity.amount_minor.is_some())
                && (!matches!(rule.reward, Reward::PerQuantity { .. }) || activity.quantity.is_some())
                && rule.min_left_minor.is_none_or(|least| activity.amount_minor.is_some_and(|minor| minor >= least))
        };
        set.rules.iter().filter(applies).map(|rule| (set, rule)).collect()
    }

    /// Returns the points that an activity brings by a rule: confirmed, and confirmed or waiting.
    fn brings(&self, name: &Name, activity: &Activity, rule: &Rule) -> (i64, i64) {
        let (mut minor, mut quantity) = (activity.amount_minor.unwrap_or(0), activity.quantity.unwrap_or(0));
        let whole = (minor, quantity);
        let mut confirmed = None;
        let happened = activity.occurred_at.get();
        for fact in self.facts {
            match fact {
                Fact::Refunded(of, of_minor, of_quantity, at)
                    if of == name && *at >= happened && *of_minor <= whole.0 && *of_quantity <= whole.1 =>
                {
                    (minor, quantity) = (minor - of_minor, quantity - of_quantity);
                }
                Fact::Confirmed(of, at) if of == name && *at >= happened => {
                    confirmed = Some(confirmed.map_or(*at, |was: i64| was.min(*at)));
                }
                _ => {}
            }
        }
        if self.is_reversed(name) {
            return (0, 0);
        }
        let (minor, quantity) = (minor.max(0), quantity.max(0));
        let points = match rule.reward {
            Reward::Fixed { points } => points,
            Reward::PerAmount { points, per_minor, rounding } => {
                let (whole, rest) = (points * minor / per_minor, points * minor % per_minor);
                match rounding {
                    Rounding::WholeSteps => steps(minor, per_minor) * points,
                    Rounding::HalfUp if rest >= per_minor - rest => whole + 1,
                    Rounding::HalfUp | Rounding::Down => whole,
                }
            }
            Reward::PerQuantity { points, per_quantity } => steps(quantity, per_quantity) * points,
        };
        let points = if rule.min_left_minor.is_some_and(|least| minor < least) { 0 } else { points };
        let points = if rule.max_points.is_some_and(|most| points > most) { rule.max_points.unwrap() } else { points };
        let after = |days: u32| activity.occurred_at.get() + i64::from(days) * DAY_MICROS;
        match rule.wait {
            None => (points, points),
            Some(Wait::Confirmation { days }) if confirmed.is_some_and(|at| at <= after(days)) => (points, points),
            Some(Wait::Confirmation { days }) if self.now_micros > after(days) => (0, 0),
            Some(Wait::Vesting { days }) if self.now_micros > after(days) => (points, points),
            Some(_) => (0, points),
        }
    }

    /// Returns the cap that a cap lies within. Every version that names it says the same.
    fn within(&self, id: &str) -> Option<&Cap> {
        let (set, cap) = self.versions.iter().find_map(|set| Some((set, cap_of(set, id)?))).unwrap();
        cap_of(set, cap.within.as_ref()?.as_str())
    }

    fn depth(&self, id: &str) -> usize {
        self.within(id).map_or(0, |outer| 1 + self.depth(outer.id.as_str()))
    }

    /// Returns the limit of the version in force when the window begins, or of the next version that names the cap.
    fn limit(&self, id: &str, first: DateTime) -> i64 {
        let begins = first.to_zoned(self.zone.clone()).map_or(i64::MIN, |at| at.timestamp().as_microsecond());
        let before = self.versions.iter().rposition(|set| set.in_force_from.get() <= begins).unwrap_or(0);
        self.versions[before..].iter().find_map(|set| cap_of(set, id)).unwrap().limit_points
    }

    fn local(&self, micros: i64) -> DateTime {
        jiff::Timestamp::from_microsecond(micros).unwrap().to_zoned(self.zone.clone()).datetime()
    }

    /// Decides by hand the conditions that tests use.
    fn holds(&self, condition: &str, activity: &Activity) -> bool {
        let attribute = |name: &str| activity.attributes.get(name);
        let local = self.local(activity.occurred_at.get());
        match condition {
            r#"attributes.tier == "gold""# => attribute("tier") == Some(&AttributeValue::Text("gold".into())),
            "attributes.score > 3" => match attribute("score") {
                Some(AttributeValue::Number(score)) => *score > 3,
                // Above 3 in whole numbers, or 3 and a part.
                Some(AttributeValue::Decimal(score)) => score.mantissa() > 3 * 10_i64.pow(score.scale().into()),
                _ => false,
            },
            "amount_minor >= 1000" => activity.amount_minor.is_some_and(|minor| minor >= 1_000),
            "quantity >= 2" => activity.quantity.is_some_and(|quantity| quantity >= 2),
            "has(attributes.tier)" => attribute("tier").is_some(),
            "occurred.day_of_week == 7" => local.weekday() == Weekday::Sunday,
            "occurred.hour >= 12" => local.hour() >= 12,
            r#"occurred.date < "2018-04-01""# => local.date() < date(2018, 4, 1),
            _ => panic!("say by hand what {condition} means"),
        }
    }
}

fn cap_of<'a>(set: &'a RuleSet, id: &str) -> Option<&'a Cap> {
    set.caps.iter().find(|cap| cap.id.as_str() == id)
}

/// Counts the whole parts, by taking one after another from what is left.
fn steps(mut left: i64, part: i64) -> i64 {
    let mut steps = 0;
    while left >= part {
        (left, steps) = (left - part, steps + 1);
    }
    steps
}

/// Returns when a window begins, by the clock.
fn begins(window: CapWindow, at: DateTime) -> DateTime {
    let hour = if window == CapWindow::Hour { at.hour() } else { 0 };
    first_day(window, at.date()).at(hour, 0, 0, 0)
}

fn first_day(window: CapWindow, day: Date) -> Date {
    let (year, month) = (day.year(), day.month());
    match (window, month) {
        (CapWindow::Hour | CapWindow::Day, _) => day,
        (CapWindow::Week, _) => {
            let since_monday = i64::from(day.weekday().to_monday_zero_offset());
            day.checked_sub(jiff::Span::new().days(since_monday)).unwrap()
        }
        (CapWindow::Month, _) => day.first_of_month(),
        (CapWindow::HalfYear, 1..=6) | (CapWindow::Year, _) => date(year, 1, 1),
        (CapWindow::HalfYear, _) => date(year, 7, 1),
        (CapWindow::HalfYearFromJune, 1..=5) => date(year - 1, 12, 1),
        (CapWindow::HalfYearFromJune, 6..=11) => date(year, 6, 1),
        (CapWindow::HalfYearFromJune, _) => date(year, 12, 1),
        (CapWindow::Lifetime, _) => date(1, 1, 1),
    }
}
