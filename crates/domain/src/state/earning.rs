//! What the ledger knows of a recorded activity: what was told of it later, and what it brings by each rule.

use borsh::{BorshDeserialize, BorshSerialize};
use jiff::tz::TimeZone;

use crate::entry::earning::{Begun, BegunPart, ClaimKey, PartChange};
use crate::terms::caps::{CapPeriod, Flow};
use crate::terms::expiry::Age;
use crate::terms::rules::book::RuleBook;
use crate::terms::rules::set::{Rule, Wait};
use crate::value::ids::{ActivityId, ActivityKind, MemberId, RuleId, SourceId};
use crate::value::reason::Reason;
use crate::value::seq::Seq;
use crate::value::time::{Day, Micros};

/// A recorded activity: what it was, which never changes, and what it brings.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Earning {
    /// The entry that recorded it.
    pub seq: Seq,
    /// When that was.
    pub recorded_at: Micros,
    /// Who is credited.
    pub member: MemberId,
    /// What was done.
    pub kind: ActivityKind,
    /// When it happened.
    pub occurred_at: Micros,
    /// The programme's day on which it happened.
    pub local_day: Day,
    /// Value of the order it was about, in minor units.
    pub amount_minor: Option<i64>,
    /// Version of the rules that decided it; 0 for none.
    pub version: u32,
    /// Why it earned nothing when it was recorded, if it did.
    pub declined: Option<Reason>,
    /// What it brings by each rule that applied.
    pub parts: Vec<Part>,
    /// The exclusive key it may hold as long as it stands; `None` where the latest activity of a key holds it.
    pub contested: Option<ClaimKey>,
    /// What was told of it since.
    pub later: Later,
    /// When something of it falls due next.
    pub due_at: Option<Micros>,
}

/// What an activity brings by one rule, before caps.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Part {
    /// The rule.
    pub rule: RuleId,
    /// The caps that count it, from the innermost on.
    pub caps: Vec<CapPeriod>,
    /// What it brings now.
    pub brings: Flow,
    /// Whether nothing of it passed the caps when it was recorded.
    pub was_held_back: bool,
}

/// What was told of an activity beside itself. Facts only add up, so the order in which they arrive does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Later {
    /// The entry that took it back.
    pub reversed_by: Option<Seq>,
    /// Why it was taken back.
    pub reversal_reason: Option<Reason>,
    /// What was given back of its amount, in minor units, all refunds together.
    pub refunded_minor: i64,
    /// When it was confirmed, by the earliest confirmation.
    pub confirmed_at: Option<Micros>,
    /// Whether another activity holds its exclusive key.
    pub is_displaced: bool,
    /// Up to when terms were looked at: one that ended before is over.
    pub settled_at: Option<Micros>,
}

/// Where an activity stands in the term for which it has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Term {
    /// It waits.
    Runs,
    /// What it waited for has happened.
    Met,
    /// The term is over, and what it waited for has not happened.
    Missed,
}

/// Most activities that may claim one exclusive key of which the earliest that stands is the holder. Later ones are superseded.
pub const CANDIDATES_MAX: usize = 16;

/// An activity that claims an exclusive key. By time, then source, then id, so that every order of arrival agrees.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Claim {
    /// When that activity happened.
    pub occurred_at: Micros,
    /// Its source.
    pub source: SourceId,
    /// Its id.
    pub activity: ActivityId,
}

impl Later {
    /// Whether the activity counts at all.
    #[must_use]
    pub const fn stands(&self) -> bool {
        self.reversed_by.is_none() && !self.is_displaced
    }

    /// The facts with a reversal.
    #[must_use]
    pub fn reversed(self, by: Seq, reason: Reason) -> Self {
        Self { reversed_by: Some(by), reversal_reason: Some(reason), ..self }
    }

    /// The facts with a refund.
    #[must_use]
    pub fn refunded(self, minor: i64) -> Self {
        Self { refunded_minor: self.refunded_minor.saturating_add(minor), ..self }
    }

    /// The facts with a confirmation.
    #[must_use]
    pub fn confirmed(self, at: Micros) -> Self {
        Self { confirmed_at: Some(self.confirmed_at.map_or(at, |before| before.min(at))), ..self }
    }

    /// The facts, looked at again at a time.
    #[must_use]
    pub fn settled(self, at: Micros) -> Self {
        Self { settled_at: Some(self.settled_at.map_or(at, |before| before.max(at))), ..self }
    }
}

impl Earning {
    /// What an entry says of it that begins its record.
    #[must_use]
    pub fn begun(&self) -> Begun {
        let part = |part: &Part| BegunPart {
            rule: part.rule.clone(),
            caps: part.caps.clone(),
            brings: part.brings,
            was_held_back: part.was_held_back,
        };
        Begun {
            recorded_at: self.recorded_at,
            occurred_at: self.occurred_at,
            amount_minor: self.amount_minor,
            declined: self.declined,
            parts: self.parts.iter().map(part).collect(),
            contested: self.contested.clone(),
        }
    }

    /// How old its credit is.
    #[must_use]
    pub fn age(&self, zone: &TimeZone) -> Age {
        Age { day: self.local_day, recorded: self.recorded_at.day_in(zone) }
    }

    /// Takes in what an entry changed of the parts.
    pub fn change(&mut self, changes: &[PartChange]) {
        for (part, change) in self.parts.iter_mut().zip(changes) {
            part.brings = change.brings;
        }
    }

    /// What is left of its amount after refunds, in minor units.
    #[must_use]
    pub fn left_minor(&self) -> Option<i64> {
        self.amount_minor.map(|amount| amount.saturating_sub(self.later.refunded_minor).max(0))
    }

    /// Whether it brings nothing any more by any rule.
    #[must_use]
    pub fn brings_nothing(&self) -> bool {
        self.parts.iter().all(|part| part.brings == Flow::ZERO)
    }

    /// Whether a rule decided it; with `past_cap`, whether the rule gave something of which nothing passed the caps when it was
    /// recorded.
    #[must_use]
    pub fn was_decided_by(&self, rule: &RuleId, past_cap: bool) -> bool {
        self.parts.iter().any(|part| part.rule == *rule && (!past_cap || part.was_held_back))
    }

    /// What it brings by one of its rules, given everything that was told of it. `None` when the points leave the range of
    /// amounts.
    #[must_use]
    pub fn brings(&self, rule: &Rule) -> Option<Flow> {
        if !self.later.stands() {
            return Some(Flow::ZERO);
        }
        let points = rule.reward.points(self.left_minor())?;
        let (all, waiting) = (Flow { confirmed: points, total: points }, Flow { confirmed: 0, total: points });
        Some(match rule.wait.map(|wait| self.term(wait)) {
            None | Some(Term::Met) => all,
            Some(Term::Runs) => waiting,
            Some(Term::Missed) => Flow::ZERO,
        })
    }

    /// The rules it earns by.
    fn rules<'a>(&'a self, book: &'a RuleBook) -> impl Iterator<Item = &'a Rule> {
        self.parts.iter().filter_map(|part| book.version(self.version)?.rule(&part.rule))
    }

    /// Whether points of it are gone because it was not confirmed in time.
    #[must_use]
    pub fn has_lapsed(&self, book: &RuleBook) -> bool {
        self.later.stands()
            && self.rules(book).any(|rule| {
                let is_missed = rule.wait.is_some_and(|wait| self.term(wait) == Term::Missed);
                is_missed && rule.reward.points(self.left_minor()) != Some(0)
            })
    }

    /// Whether it may hold an exclusive key of which the earliest that stands is the holder: it was not reversed, and did not
    /// lapse.
    ///
    /// While another holds the key, no end of a term is posted: then it is looked at as of `now`.
    #[must_use]
    pub fn can_hold(&self, now: Micros, book: &RuleBook) -> bool {
        if self.later.reversed_by.is_some() {
            return false;
        }
        let settled_at = self.later.settled_at.max(self.later.is_displaced.then_some(now));
        self.rules(book).any(|rule| rule.wait.is_none_or(|wait| self.term_by(wait, settled_at) != Term::Missed))
    }

    fn term(&self, wait: Wait) -> Term {
        self.term_by(wait, self.later.settled_at)
    }

    /// Where it stands in a term, looked at up to a time.
    fn term_by(&self, wait: Wait, settled_at: Option<Micros>) -> Term {
        let ends = wait.ends(self.occurred_at);
        let is_over = settled_at.is_some_and(|at| at > ends);
        match wait {
            Wait::Confirmation { .. } if self.later.confirmed_at.is_some_and(|at| at <= ends) => Term::Met,
            Wait::Confirmation { .. } if is_over => Term::Missed,
            Wait::Vesting { .. } if is_over => Term::Met,
            Wait::Confirmation { .. } | Wait::Vesting { .. } => Term::Runs,
        }
    }

    /// When something of it falls due, given everything that was told of it: the earliest end of a term that runs.
    #[must_use]
    pub fn next_due(&self, book: &RuleBook) -> Option<Micros> {
        if !self.later.stands() {
            return None;
        }
        let ends = self.rules(book).filter_map(|rule| {
            let wait = rule.wait?;
            // Due the instant after its last.
            (self.term(wait) == Term::Runs).then(|| wait.ends(self.occurred_at).plus(1))
        });
        ends.min()
    }
}

impl Part {
    /// A part of an activity that is being recorded: nothing yet.
    #[must_use]
    pub fn begun(rule: &RuleId, caps: &[CapPeriod]) -> Self {
        Self { rule: rule.clone(), caps: caps.to_vec(), brings: Flow::ZERO, was_held_back: false }
    }
}
