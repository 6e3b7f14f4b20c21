//! A log that is looked through for flags, and activities that raise some.

use std::sync::Arc;

use goodturn::domain::decide::command::Command;
use goodturn::domain::entry::told::Told;
use goodturn::domain::terms::activity::{Activity, Attributes};
use goodturn::domain::terms::rules::set::{Exclusive, Holder, Reward, Rule, RuleSet, Wait};
use goodturn::domain::value::ids::{ActivityKind, ExclusiveKey, KeySpace, RuleId};
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::time::Day;
use goodturn::domain::value::window::Window;
use goodturn::flags::{COUNTERS_MAX, Findings, Flag, FlagsError, Question, find};
use goodturn::log::Log;
use goodturn::log::memory::MemoryLog;
use jiff::tz::TimeZone;

use super::sample::{SECRET, Writer, create_program, member, program, publish, record, rule_set, tell, time};

/// Answers at 100 points, kudos at 1, questions of which the latest accepted answer counts, recruits of whom the earliest claim does.
pub fn rules() -> RuleSet {
    let plain = rule_set(1, "2018-03-12T00:00:00Z", 100);
    let rule = |kind: &str, points, exclusive: Option<(&str, Holder)>| Rule {
        id: RuleId::parse(kind).unwrap(),
        kind: ActivityKind::parse(kind).unwrap(),
        reward: Reward::Fixed { points },
        exclusive: exclusive.map(|(space, holder)| Exclusive { space: KeySpace::parse(space).unwrap(), holder }),
        ..plain.rules[0].clone()
    };
    let recruit = rule("recruit", 500, Some(("recruit", Holder::EarliestStanding)));
    let trial = Rule {
        wait: Some(Wait::Confirmation { days: 10 }),
        ..rule("trial", 50, Some(("trial", Holder::EarliestStanding)))
    };
    let rules = vec![
        plain.rules[0].clone(),
        rule("kudos", 1, None),
        rule("question", 100, Some(("question", Holder::Latest))),
        recruit,
        trial,
    ];
    RuleSet { rules, ..plain }
}

/// An activity of a member for which another is the counterparty; recruits and questions are their own exclusive keys.
pub fn done(id: &str, kind: &str, of: &str, by: &str, when: &str) -> Command {
    let key = match kind {
        "recruit" | "trial" => Some(by),
        "question" => Some(id.split('-').next().unwrap()),
        _ => None,
    };
    let activity = Activity {
        kind: ActivityKind::parse(kind).unwrap(),
        member: member(of),
        counterparty: (!by.is_empty()).then(|| member(by)),
        subject: None,
        amount_minor: None,
        exclusive_key: key.map(|key| ExclusiveKey::parse(key).unwrap()),
        follows: None,
        attributes: Attributes::new(),
        occurred_at: time(when),
        quantity: None,
    };
    record(id, activity)
}

/// A reversal of an activity, for fraud.
pub fn reversed(of: &str) -> Command {
    tell(&format!("r-{of}"), of, Told::Reversed(Reason::Fraud), "2018-11-01T00:00:00Z")
}

/// A log, and the flags of it.
pub struct Looked {
    writer: Writer,
    log: Arc<dyn Log>,
}

impl Looked {
    /// A log of these commands, the last entry of the end of 2018.
    pub async fn at(commands: &[Command]) -> Self {
        let mut looked = Self::on(Arc::new(MemoryLog::default()), "2018-12-31T00:00:00Z").await;
        looked.add(commands).await;
        looked
    }

    /// A log in a store of one's own, that begins at a time.
    pub async fn on(log: Arc<dyn Log>, now: &str) -> Self {
        let writer = Writer { now: time(now), zone: TimeZone::UTC, ..Writer::default() };
        log.create(&program(), SECRET).await.unwrap();
        let mut looked = Self { writer, log };
        looked.add(&[create_program(), publish(rules())]).await;
        looked
    }

    pub async fn add(&mut self, commands: &[Command]) {
        let (expect, batch) = self.writer.seal(commands);
        self.log.append(&program(), expect, &batch).await.unwrap();
    }

    /// Records commands at a time.
    pub async fn add_at(&mut self, now: &str, commands: &[Command]) {
        self.writer.now = time(now);
        self.add(commands).await;
    }

    pub async fn over(&self, period: Window, page: u32) -> Findings {
        self.within(period, page, COUNTERS_MAX).await.unwrap()
    }

    /// What so many counters find.
    pub async fn within(&self, period: Window, page: u32, counters_max: usize) -> Result<Findings, FlagsError> {
        let (program, zone) = (program(), TimeZone::UTC);
        let head = self.writer.head.seq;
        find(&*self.log, &Question { program: &program, zone: &zone, period, head, page, counters_max }).await
    }

    pub async fn all(&self) -> Vec<Flag> {
        self.over(Window::all_time(), 1_000).await.flags
    }

    /// How many flags there are.
    pub async fn count(&self) -> usize {
        self.all().await.len()
    }
}

/// A day, by its date.
pub fn day(text: &str) -> Day {
    time(&format!("{text}T00:00:00Z")).day_in(&TimeZone::UTC)
}

/// The period from one day to another.
pub fn between(first: &str, last: &str) -> Window {
    Window::range(day(first), day(last)).unwrap()
}

/// So many accepted answers of a member by another.
pub fn accepts(of: &str, by: &str, count: usize) -> Vec<Command> {
    (0..count).map(|n| done(&format!("{of}{by}{n}"), "answer_accepted", of, by, "2018-04-01T12:00:00Z")).collect()
}

/// So many kudos of ann on a day, a minute apart from an hour on.
pub fn kudos(on: &str, hour: usize, count: usize) -> Vec<Command> {
    let at = |n: usize| format!("{on}T{:02}:{:02}:00Z", hour + n / 60, n % 60);
    (0..count).map(|n| done(&format!("{on}-{hour}-{n}"), "kudos", "ann", "", &at(n))).collect()
}

/// Members who recruited others, in pairs.
pub fn recruits(pairs: &[(&str, &str)]) -> Vec<Command> {
    let recruited = |(of, by): &(&str, &str)| done(&format!("{of}.{by}"), "recruit", of, by, "2018-04-01T12:00:00Z");
    pairs.iter().map(recruited).collect()
}
