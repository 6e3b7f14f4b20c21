//! Random rules and histories, with collisions on purpose: few members, questions, days and ids; amounts around
//! thresholds; facts dated on both sides of the borders of days, weeks, months, campaigns, versions and waiting times.

use std::ops::Range;

use goodturn::domain::decide::command::{Act, Command, QualifiedActivity, Telling};
use goodturn::domain::entry::name::CommandName;
use goodturn::domain::entry::told::Told;
use goodturn::domain::terms::activity::{Activity, AttributeValue, attributes_note};
use goodturn::domain::terms::caps::{Cap, CapWindow};
use goodturn::domain::terms::rules::book::Qualified;
use goodturn::domain::terms::rules::set::{Exclusive, Follows, Holder, Reward, Rounding, Rule, RuleSet, Wait};
use goodturn::domain::value::decimal::Decimal;
use goodturn::domain::value::encoding::Note;
use goodturn::domain::value::ids::{
    ActivityId, ActivityKind, CapId, ExclusiveKey, KeySpace, RequestId, RuleId, SourceId,
};
use goodturn::domain::value::local::LocalTime;
use goodturn::domain::value::principal::PrincipalId;
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::time::Micros;
use jiff::tz::TimeZone;
use proptest::collection::vec;
use proptest::prelude::*;

use super::naive::{Fact, Name};
use super::sample::{digest_of, member, time};

/// The time by which everything that the sources report has happened, except late confirmations.
pub const HAPPENED: &str = "2018-04-02T00:00:00Z";

const DAY_MICROS: i64 = 86_400_000_000;

/// The time zones of programmes. Sydney's clocks repeat the hour from 2:00 on 1 April, London's leave one out on 25
/// March.
const ZONES: [&str; 2] = ["Europe/London", "Australia/Sydney"];

/// London's days begin at 23:00 in UTC from 25 March on, a Sunday.
const TIMES: [&str; 16] = [
    "2018-03-24T23:59:59.999999Z",
    "2018-03-25T00:30:00Z",
    "2018-03-25T22:59:59.999999Z",
    "2018-03-25T23:00:00Z",
    // Three hours in Sydney, of which the second comes twice; four in London.
    "2018-03-31T14:59:59.999999Z",
    "2018-03-31T15:30:00Z",
    "2018-03-31T16:30:00Z",
    "2018-03-31T17:00:00Z",
    "2018-03-31T22:59:59.999999Z",
    "2018-03-31T23:00:00Z",
    "2018-03-31T23:30:00Z",
    // A day before `HAPPENED`: one of the waiting times ends just then.
    "2018-04-01T00:00:00Z",
    "2018-04-01T12:00:00Z",
    "2018-04-01T22:59:59.999999Z",
    "2018-04-01T23:00:00Z",
    "2018-04-01T23:59:59Z",
];
/// Where those hours stand.
const HOURS: Range<usize> = 4..8;
const CAMPAIGN: (&str, &str) = ("2018-03-31T23:00:00Z", "2018-04-01T23:00:00Z");
const AFTER_ALL: &str = "2018-04-22T00:00:00Z";
const SECOND_VERSION: [&str; 3] = ["2018-03-25T23:00:00Z", "2018-03-31T23:00:00Z", "2018-04-01T12:00:00Z"];

/// Caps that rules may name, each with the cap it lies within.
const CAPS: [(&str, CapWindow, Option<&str>); 9] = [
    ("hourly", CapWindow::Hour, Some("daily")),
    ("happy-hour", CapWindow::Hour, Some("weekly")),
    ("daily", CapWindow::Day, Some("monthly")),
    ("other-daily", CapWindow::Day, Some("monthly")),
    ("weekly", CapWindow::Week, Some("lifetime")),
    ("monthly", CapWindow::Month, Some("half-year")),
    ("half-year", CapWindow::HalfYearFromJune, Some("lifetime")),
    ("lifetime", CapWindow::Lifetime, None),
    ("campaign", CapWindow::Month, None),
];
/// Place of the cap of a lifetime.
const LIFETIME: usize = 7;
const LIMITS: [i64; 7] = [0, 1, 30, 50, 90, 150, 1_000];
const SPACES: [(&str, Holder); 4] = [
    ("question", Holder::Latest),
    ("recruit", Holder::EarliestStanding),
    ("order", Holder::Latest),
    ("recruit", Holder::EarliestStanding),
];
const KINDS: [&str; 3] = ["answer_accepted", "purchase", "downvote"];
const SOURCES: [&str; 2] = ["forum", "shop"];
const AMOUNTS: [Option<i64>; 9] =
    [None, Some(0), Some(150), Some(499), Some(500), Some(999), Some(1_000), Some(1_250), Some(19_999)];
const QUANTITIES: [Option<i64>; 6] = [None, Some(0), Some(1), Some(2), Some(3), Some(7)];
/// Minor units and quantities.
const REFUNDS: [(i64, i64); 10] =
    [(1, 0), (50, 0), (499, 0), (500, 0), (9_999, 0), (20_000, 0), (0, 1), (0, 3), (0, 8), (500, 1)];
const CONDITIONS: [&str; 8] = [
    r#"attributes.tier == "gold""#,
    "attributes.score > 3",
    "amount_minor >= 1000",
    "has(attributes.tier)",
    "occurred.day_of_week == 7",
    "occurred.hour >= 12",
    r#"occurred.date < "2018-04-01""#,
    "quantity >= 2",
];
/// Most points of an activity and least amount of it, for rules that go by an amount or a quantity.
const BOUNDS: [(Option<i64>, Option<i64>); 4] =
    [(Some(1), None), (Some(3), None), (Some(30), Some(500)), (None, Some(1_000))];

/// A fact that a source sends.
#[derive(Debug, Clone)]
pub struct Sent {
    pub id: String,
    pub fact: Fact,
    pub at: Micros,
}

/// Rules, and the facts that happened under them.
#[derive(Debug, Clone)]
pub struct History {
    pub versions: Vec<RuleSet>,
    /// A further version that is published while facts arrive, and is in force after all of them.
    pub next: Option<RuleSet>,
    pub sent: Vec<Sent>,
    /// The programme's time zone.
    pub zone: &'static str,
    /// The time of the comparison, in microseconds after everything has happened, late confirmations included.
    pub later_micros: i64,
}

type RuleParts = (usize, usize, usize, usize, usize, usize, usize);
type SetParts = (Vec<RuleParts>, [usize; 2], [usize; CAPS.len()]);

/// Returns histories. If asked for, some of their rules follow others.
pub fn histories(with_follows: bool) -> impl Strategy<Value = History> {
    let rule = || (0..2_usize, 0..10_usize, 0..12_usize, 0..7_usize, 0..16_usize, 0..6_usize, 0..8_usize);
    let set = || (vec(rule(), 1..5), [0..6_usize, 0..6_usize], std::array::from_fn(|_| 0..LIMITS.len()));
    let second = proptest::option::weighted(0.4, (set(), 0..SECOND_VERSION.len()));
    let versions = (set(), second, proptest::option::weighted(0.3, set()));
    let told = (0..10_usize, 0..7_usize, 0..REFUNDS.len(), 0..6_usize);
    let later = prop::sample::select(vec![0, 1, DAY_MICROS, DAY_MICROS + 1, 2 * DAY_MICROS, 12 * DAY_MICROS]);
    let downvotes = vec(
        done(3, 0, 0..TIMES.len())
            .prop_map(|parts| (parts.0, 2, parts.2, parts.3, parts.4, parts.5, parts.6, parts.7, parts.8)),
        0..4,
    );
    let all = (vec(done(3, 0, 0..TIMES.len()), 1..10), downvotes);
    (versions, all, vec(told, 0..12), later, prop::sample::select(&ZONES[..])).prop_map(
        move |((first, second, next), (done, downvotes), told, later_micros, zone)| {
            let mut versions = vec![rule_set(1, "2018-03-01T00:00:00Z", &first, first.2)];
            versions.extend(second.map(|(parts, from)| rule_set(2, SECOND_VERSION[from], &parts, first.2)));
            let version = u32::try_from(versions.len()).unwrap() + 1;
            let next = next.map(|parts| rule_set(version, AFTER_ALL, &parts, first.2));
            let done = done.into_iter().chain(downvotes);
            let mut sent: Vec<Sent> = done.enumerate().map(|(n, parts)| activity(n, parts)).collect();
            let told: Vec<Sent> = told.into_iter().enumerate().map(|(n, parts)| telling(n, parts, &sent)).collect();
            sent.extend(told);
            for set in &mut versions {
                if with_follows {
                    follow(&mut set.rules);
                } else {
                    set.rules.push(penalty());
                }
            }
            History { later_micros: later_micros.max(last_told(&sent)), versions, next, sent, zone }
        },
    )
}

/// Returns histories of recruits, each claimed by several members: the earliest that stands has the points.
pub fn recruits() -> impl Strategy<Value = History> {
    let told = (0..8_usize, 0..7_usize, 0..REFUNDS.len(), 0..6_usize);
    let later = prop::sample::select(vec![0, DAY_MICROS, 2 * DAY_MICROS + 1, 12 * DAY_MICROS]);
    let waits = (0..6_usize, 0..6_usize, proptest::bool::ANY);
    (waits, vec(done(3, 2, 0..TIMES.len()), 2..8), vec(told, 1..12), later).prop_map(
        |((one, two, is_capped), done, told, later_micros)| {
            // Both kinds claim one recruit. The first may be capped for a lifetime.
            let cap = if is_capped { LIFETIME } else { CAPS.len() };
            let rule = |kind, reward, cap, wait| (kind, reward, cap, wait, CONDITIONS.len(), 3, BOUNDS.len());
            let rules = vec![rule(0, 2, cap, one), rule(1, 1, CAPS.len(), two)];
            let parts = (rules, [1, 1], [3; CAPS.len()]);
            let versions = vec![rule_set(1, "2018-03-01T00:00:00Z", &parts, parts.2)];
            let mut sent: Vec<Sent> = done.into_iter().enumerate().map(|(n, parts)| activity(n, parts)).collect();
            let told: Vec<Sent> = told.into_iter().enumerate().map(|(n, parts)| telling(n, parts, &sent)).collect();
            sent.extend(told);
            let later_micros = later_micros.max(last_told(&sent));
            History { later_micros, versions, next: None, sent, zone: ZONES[0] }
        },
    )
}

/// Parts of an activity: member, kind, key, counterparty, amount, tier, score, time and quantity.
type DoneParts = (usize, usize, usize, usize, usize, usize, usize, usize, usize);

/// Returns the parts of an activity of one of so many members. Counterparties begin at this one: the first may be the
/// member, the last are none.
fn done(members: usize, first_counterparty: usize, times: Range<usize>) -> impl Strategy<Value = DoneParts> {
    let (counterparty, amount) = (first_counterparty..6_usize, 0..AMOUNTS.len());
    (0..members, 0..2_usize, 0..4_usize, counterparty, amount, 0..4_usize, 0..5_usize, times, 0..QUANTITIES.len())
}

/// Returns histories of orders of two members within a few hours, whose rules pay by amounts and quantities within caps of
/// an hour or a day.
pub fn orders() -> impl Strategy<Value = History> {
    let rule = (0..2_usize, 3..10_usize, 0..3_usize, 2..9_usize, 0..2 * CONDITIONS.len(), 0..2 * BOUNDS.len());
    let rule =
        rule.prop_map(|(kind, reward, cap, wait, condition, bounds)| (kind, reward, cap, wait, condition, 3, bounds));
    let told = (0..8_usize, 1..4_usize, 0..REFUNDS.len(), 0..2_usize);
    let limits: [_; CAPS.len()] = std::array::from_fn(|_| 1..5_usize);
    let (done, zone) = (done(2, 3, HOURS), prop::sample::select(&ZONES[..]));
    (vec(rule, 1..4), limits, vec(done, 2..9), vec(told, 0..9), zone).prop_map(|(rules, limits, done, told, zone)| {
        let parts = (rules, [SPACES.len(); 2], limits);
        let versions = vec![rule_set(1, "2018-03-01T00:00:00Z", &parts, limits)];
        let mut sent: Vec<Sent> = done.into_iter().enumerate().map(|(n, parts)| activity(n, parts)).collect();
        let told: Vec<Sent> = told.into_iter().enumerate().map(|(n, parts)| telling(n, parts, &sent)).collect();
        sent.extend(told);
        History { later_micros: last_told(&sent).max(3 * DAY_MICROS), versions, next: None, sent, zone }
    })
}

/// Makes a rule set. The limit of a lifetime never changes, so it is the first version's.
fn rule_set(version: u32, from: &str, (rules, spaces, limits): &SetParts, first: [usize; CAPS.len()]) -> RuleSet {
    let rules: Vec<Rule> = rules.iter().enumerate().map(|(n, parts)| rule(n, *parts, spaces)).collect();
    let mut named: Vec<&str> = rules.iter().filter_map(|rule| rule.cap.as_ref()).map(CapId::as_str).collect();
    for (id, _, within) in CAPS {
        named.extend(within.filter(|_| named.contains(&id)));
    }
    let cap = |index: usize| {
        let (id, window, within) = CAPS[index];
        let limit = if window == CapWindow::Lifetime { first[index] } else { limits[index] };
        let within = within.map(|id| CapId::parse(id).unwrap());
        Cap { id: CapId::parse(id).unwrap(), window, limit_points: LIMITS[limit], within }
    };
    let caps = (0..CAPS.len()).filter(|&index| named.contains(&CAPS[index].0)).map(cap).collect();
    RuleSet { version, in_force_from: time(from), rules, caps, expiry: None }
}

/// Makes a rule that takes points: so few that nobody owes more than the debt limit.
fn penalty() -> Rule {
    let parts = (2, 0, CAPS.len(), 6, CONDITIONS.len(), 3, BOUNDS.len());
    let id = RuleId::parse("down").unwrap();
    Rule { id, reward: Reward::Fixed { points: -4 }, exclusive: None, ..rule(0, parts, &[SPACES.len(); 2]) }
}

/// Makes every second rule follow the one before it, and after its cap if it has one.
fn follow(rules: &mut [Rule]) {
    for pair in rules.chunks_exact_mut(2) {
        let (rule, past_cap) = (pair[0].id.clone(), pair[0].cap.is_some() && pair[0].wait.is_none());
        pair[1].follows = Some(Follows { rule, within_days: 3, past_cap });
    }
}

fn rule(n: usize, (kind, reward, cap, wait, condition, campaign, bounds): RuleParts, spaces: &[usize; 2]) -> Rule {
    let fixed = |points| Reward::Fixed { points };
    let per_amount = |points, per_minor, rounding| Reward::PerAmount { points, per_minor, rounding };
    let (max_points, min_left_minor) = BOUNDS.get(bounds).copied().unwrap_or_default();
    Rule {
        id: RuleId::parse(&format!("r{n}")).unwrap(),
        kind: ActivityKind::parse(KINDS[kind]).unwrap(),
        reward: match reward {
            0 => fixed(1),
            1 => fixed(40),
            2 => fixed(100),
            3 => per_amount(2, 500, Rounding::Down),
            4 => per_amount(1, 100, Rounding::Down),
            5 => per_amount(1, 100, Rounding::HalfUp),
            6 => per_amount(2, 999, Rounding::HalfUp),
            7 => per_amount(5, 250, Rounding::WholeSteps),
            8 => Reward::PerQuantity { points: 20, per_quantity: 1 },
            _ => Reward::PerQuantity { points: 5, per_quantity: 2 },
        },
        max_points: max_points.filter(|_| reward > 2),
        min_left_minor,
        condition: CONDITIONS.get(condition).map(ToString::to_string),
        cap: CAPS.get(cap).map(|(id, ..)| CapId::parse(id).unwrap()),
        wait: match wait {
            0 => Some(Wait::Confirmation { days: 1 }),
            1 => Some(Wait::Confirmation { days: 2 }),
            2 => Some(Wait::Vesting { days: 1 }),
            3 => Some(Wait::Vesting { days: 3 }),
            _ => None,
        },
        // Both kinds may share a space.
        exclusive: spaces.get(kind).and_then(|space| SPACES.get(*space)).map(|&(space, holder)| {
            let space = KeySpace::parse(space).unwrap();
            Exclusive { space, holder }
        }),
        follows: None,
        from: (campaign < 2).then(|| time(CAMPAIGN.0)),
        until: matches!(campaign, 0 | 2).then(|| time(CAMPAIGN.1)),
    }
}

fn activity(n: usize, (to, kind, question, by, amount, tier, score, at, quantity): DoneParts) -> Sent {
    let tier =
        [Some("gold"), Some("silver")].get(tier).copied().flatten().map(|text| AttributeValue::Text(text.into()));
    let score = match score {
        0 => Some(AttributeValue::Number(3)),
        1 => Some(AttributeValue::Number(4)),
        2 => Some(AttributeValue::Text("4".into())),
        3 => Some(AttributeValue::Decimal(Decimal::new(35, 1).unwrap())),
        _ => None,
    };
    let attributes = [("tier", tier), ("score", score)];
    let person = |n: usize| member(&format!("m{n}"));
    let activity = Activity {
        kind: ActivityKind::parse(KINDS[kind]).unwrap(),
        member: person(to),
        counterparty: (by < 3).then(|| person(by)),
        subject: None,
        amount_minor: AMOUNTS[amount],
        exclusive_key: (question < 4).then(|| ExclusiveKey::parse(&format!("q{}", question / 2)).unwrap()),
        // Only following rules look at it: the previous activity of the same source.
        follows: n.checked_sub(2).map(|before| ActivityId::parse(&name(before).1).unwrap()),
        attributes: attributes.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect(),
        occurred_at: time(TIMES[at]),
        quantity: QUANTITIES[quantity],
    };
    let (source, id) = name(n);
    Sent { id: id.clone(), at: activity.occurred_at, fact: Fact::Done((source, id), activity) }
}

/// Returns the name of an activity. Both sources use the same ids.
fn name(n: usize) -> Name {
    (SOURCES[n % 2].into(), format!("a{}", n / 2))
}

/// Returns a report on an activity; some are on activities that never happened.
fn telling(n: usize, (of, what, refund, offset): (usize, usize, usize, usize), done: &[Sent]) -> Sent {
    let from = done.get(of).map_or(time(HAPPENED), |sent| sent.at);
    let offsets = [0, DAY_MICROS, DAY_MICROS + 1, 2 * DAY_MICROS, 2 * DAY_MICROS + 1, -1];
    let at = from.plus(offsets[offset]);
    // A restoration may have the id of the reversal before it.
    let id = if what == 2 && n % 2 == 1 {
        format!("t{}", n - 1)
    } else {
        format!("{}{n}", if what == 2 { "r" } else { "t" })
    };
    let fact = match what {
        0 | 1 => Fact::Reversed(name(of), (at.get(), id.clone())),
        2 => Fact::Restored(name(of), (at.get(), id.clone())),
        3 | 4 => Fact::Refunded(name(of), REFUNDS[refund].0, REFUNDS[refund].1, at.get()),
        _ => Fact::Confirmed(name(of), at.get()),
    };
    Sent { id, fact, at }
}

/// Returns how long after everything has happened the last report came, in microseconds. It may be before.
fn last_told(sent: &[Sent]) -> i64 {
    sent.iter().map(|sent| sent.at.get()).max().unwrap_or_default() - time(HAPPENED).get()
}

/// Returns the command that a source's call becomes.
pub fn command(sent: &Sent, zone: &TimeZone) -> Command {
    let (source, act, note) = match &sent.fact {
        Fact::Done((source, id), activity) => {
            let act = Act::RecordActivity(Box::new(QualifiedActivity {
                id: ActivityId::parse(id).unwrap(),
                activity: activity.clone(),
                qualified: Qualified::default(),
                epoch: 0,
                local: LocalTime::in_zone(activity.occurred_at, zone),
            }));
            let text = attributes_note(&activity.attributes);
            let note = (!activity.attributes.is_empty()).then(|| Note { salt: [3; 16], text: text.into() });
            (source, act, note)
        }
        Fact::Reversed(of, _) => (&of.0, tell(sent, of, Told::Reversed(Reason::Withdrawn)), None),
        Fact::Restored(of, _) => (&of.0, tell(sent, of, Told::Restored), None),
        Fact::Refunded(of, minor, quantity, _) => {
            (&of.0, tell(sent, of, Told::Refunded { minor: *minor, quantity: *quantity }), None)
        }
        Fact::Confirmed(of, _) => (&of.0, tell(sent, of, Told::Confirmed), None),
    };
    let source = SourceId::parse(source).unwrap();
    let name = CommandName { source, kind: act.kind(), id: RequestId::parse(&sent.id).unwrap() };
    let digest = digest_of(&(name.kind, &name.id));
    Command { name, digest, principal: PrincipalId::parse("forum").unwrap(), act, note }
}

fn tell(sent: &Sent, (source, id): &Name, told: Told) -> Act {
    let (source, activity) = (SourceId::parse(source).unwrap(), ActivityId::parse(id).unwrap());
    Act::Tell(Box::new(Telling { source, activity, told, occurred_at: sent.at }))
}
