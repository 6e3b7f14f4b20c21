//! Earnings: recorded activities, later news of them, and their points under each rule.

use borsh::{BorshDeserialize, BorshSerialize};
use jiff::tz::TimeZone;

use crate::entry::earning::{Begun, BegunPart, ClaimKey, PartChange};
use crate::entry::told::Told;
use crate::state::takings::Taker;
use crate::terms::activity::Measure;
use crate::terms::caps::{CapPeriod, Flow};
use crate::terms::expiry::Age;
use crate::terms::rules::book::RuleBook;
use crate::terms::rules::set::{Rule, Wait};
use crate::value::ids::{ActivityId, ActivityKind, MemberId, RequestId, RuleId, SourceId};
use crate::value::reason::Reason;
use crate::value::seq::Seq;
use crate::value::time::{Day, Micros};

/// A recorded activity: its facts, which never change, and its points.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Earning {
    /// The entry that recorded the activity.
    pub seq: Seq,
    /// Time of recording.
    pub recorded_at: Micros,
    /// The member who is credited.
    pub member: MemberId,
    /// Kind of the activity.
    pub kind: ActivityKind,
    /// Time when the activity happened.
    pub occurred_at: Micros,
    /// The programme's day on which the activity happened.
    pub local_day: Day,
    /// Value of the order, in minor units, if the activity has one.
    pub amount_minor: Option<i64>,
    /// Version of the rules that decided the activity; 0 for none.
    pub version: u32,
    /// Reason why the activity earned nothing when it was recorded, if it earned nothing.
    pub declined: Option<Reason>,
    /// Points under each rule that applied.
    pub parts: Vec<Part>,
    /// The exclusive key that the activity claims, for as long as the log lasts.
    pub key: Option<ClaimKey>,
    /// True when the activity takes points: a penalty.
    pub is_penalty: bool,
    /// News of the activity since.
    pub later: Later,
    /// Time when something of the activity falls due next.
    pub due_at: Option<Micros>,
    /// Number of things that the activity is about, if it was reported.
    pub quantity: Option<i64>,
}

/// Points of an activity under one rule, before caps.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Part {
    /// The rule.
    pub rule: RuleId,
    /// The caps that count the points, from the innermost outwards.
    pub caps: Vec<CapPeriod>,
    /// Points that the activity brings now.
    pub brings: Flow,
    /// True when the caps let nothing pass at the time of recording.
    pub was_held_back: bool,
}

/// News of an activity. Facts only add up, or the last by the source's clock counts, so the order in which they arrive
/// does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Later {
    /// The source's last word on whether the activity counts: the greatest of its reversals and restorations. Without
    /// one, the activity counts.
    pub last_word: Option<LastWord>,
    /// Money given back of the amount, in minor units: the sum of all refunds.
    pub refunded_minor: i64,
    /// Time of the earliest confirmation.
    pub confirmed_at: Option<Micros>,
    /// True when another activity holds the exclusive key.
    pub is_displaced: bool,
    /// True when a ban of the member covers the activity.
    pub is_revoked: bool,
    /// Time up to which waiting times were checked. A waiting time that ended before it is over.
    pub waits_ended_at: Option<Micros>,
    /// Part of the quantity given back: the sum of all refunds.
    pub refunded_quantity: i64,
}

/// A source's word on whether an activity counts: a reversal or a restoration.
///
/// Words sort by the time of the event, then by their id; of two with the same time and id the reversal is the greater.
/// All of them come from the activity's source. So the greatest is the same in every order of arrival.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct LastWord {
    /// Time of the event, by the source's clock.
    pub occurred_at: Micros,
    /// The source's own id of the reversal or restoration.
    pub id: RequestId,
    /// Reason of the reversal; `None` for a restoration.
    pub reversed: Option<Reason>,
    /// The entry that recorded it.
    pub seq: Seq,
}

/// One piece of news of an activity.
#[derive(Debug, Clone, Copy)]
pub struct News<'a> {
    /// The event that is told.
    pub told: Told,
    /// The source's own id of the news.
    pub id: &'a RequestId,
    /// Time of the event.
    pub occurred_at: Micros,
    /// The entry that tells it.
    pub seq: Seq,
}

/// State of a waiting time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Term {
    /// The activity waits.
    Runs,
    /// The activity no longer waits: the event or the time that it waited for has come.
    Met,
    /// The waiting time is over without the event that the activity waited for.
    Missed,
}

/// Most activities that may claim one exclusive key whose holder is the earliest that stands. All of them are read
/// whenever one changes. Those that were reversed keep their place, because they may count again; further ones are
/// refused.
pub const CANDIDATES_MAX: usize = 32;

/// A claim of an activity to an exclusive key. Claims sort by time, then source, then id, so every order of arrival
/// gives the same holder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Claim {
    /// Time when the activity happened.
    pub occurred_at: Micros,
    /// Source of the activity.
    pub source: SourceId,
    /// Id of the activity.
    pub activity: ActivityId,
}

impl Later {
    /// True when the activity counts at all.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.reversal().is_none() && !self.is_displaced && !self.is_revoked
    }

    /// Returns the reversal that holds, with its reason, if one does.
    #[must_use]
    pub fn reversal(&self) -> Option<(&LastWord, Reason)> {
        let word = self.last_word.as_ref()?;
        Some((word, word.reversed?))
    }

    /// Returns the news with one more piece.
    #[must_use]
    pub fn told(self, news: News<'_>) -> Self {
        let News { told, id, occurred_at, seq } = news;
        let word = |reversed| Some(LastWord { occurred_at, id: id.clone(), reversed, seq });
        match told {
            Told::Reversed(reason) => Self { last_word: self.last_word.max(word(Some(reason))), ..self },
            Told::Restored => Self { last_word: self.last_word.max(word(None)), ..self },
            Told::Refunded { minor, quantity } => Self {
                refunded_minor: self.refunded_minor.saturating_add(minor),
                refunded_quantity: self.refunded_quantity.saturating_add(quantity),
                ..self
            },
            Told::Confirmed => {
                let earliest = self.confirmed_at.map_or(occurred_at, |before| before.min(occurred_at));
                Self { confirmed_at: Some(earliest), ..self }
            }
            Told::WaitEnded => self,
            Told::Revoked => Self { is_revoked: true, ..self },
            Told::Reinstated => Self { is_revoked: false, ..self },
        }
    }

    /// True when something of the amount or of the quantity was given back.
    #[must_use]
    pub const fn has_refunds(&self) -> bool {
        self.refunded_minor > 0 || self.refunded_quantity > 0
    }

    /// Returns the news, with waiting times checked up to this time.
    #[must_use]
    pub fn with_waits_ended(self, at: Micros) -> Self {
        Self { waits_ended_at: Some(self.waits_ended_at.map_or(at, |before| before.max(at))), ..self }
    }
}

impl Earning {
    /// Returns the activity's facts for the entry that begins its record.
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
            claims: self.key.clone(),
            quantity: self.quantity,
            is_revoked: self.later.is_revoked,
        }
    }

    /// Returns the activity as a taker of points.
    #[must_use]
    pub fn taker(&self, source: &SourceId, activity: &ActivityId) -> Taker {
        Taker::activity(source, activity, self.member.clone(), self.parts.iter().flat_map(|part| &part.caps))
    }

    /// Returns the age of the activity's credit; `None` for a penalty, which takes the oldest points that are there.
    #[must_use]
    pub fn age(&self, zone: &TimeZone) -> Option<Age> {
        (!self.is_penalty).then(|| Age { day: self.local_day, recorded: self.recorded_at.day_in(zone) })
    }

    /// Applies an entry's changes to the parts.
    pub fn change(&mut self, changes: &[PartChange]) {
        for (part, change) in self.parts.iter_mut().zip(changes) {
            part.brings = change.brings;
        }
    }

    /// Returns the amount and the quantity as they were reported.
    #[must_use]
    pub const fn measure(&self) -> Measure {
        Measure { minor: self.amount_minor, quantity: self.quantity }
    }

    /// Returns what refunds leave of the amount and of the quantity.
    #[must_use]
    pub fn left(&self) -> Measure {
        self.measure().less(self.later.refunded_minor, self.later.refunded_quantity)
    }

    /// Returns the part of the refunds for which the amount has nothing left, in minor units.
    #[must_use]
    pub fn excess_minor(&self) -> i64 {
        self.later.refunded_minor.saturating_sub(self.amount_minor.unwrap_or_default()).max(0)
    }

    /// Returns the part of the refunds for which the quantity has nothing left.
    #[must_use]
    pub fn excess_quantity(&self) -> i64 {
        self.later.refunded_quantity.saturating_sub(self.quantity.unwrap_or_default()).max(0)
    }

    /// True when the activity stands by one of its rules, with waiting times checked up to `now`. An activity stands
    /// unless it was reversed, displaced or covered by a ban, ended unconfirmed, or has nothing left of the amount or the
    /// quantity by which the rule pays, or less than the rule's least amount.
    #[must_use]
    pub fn stands_by(&self, rule: &Rule, now: Micros) -> bool {
        let waits_ended_at = self.later.waits_ended_at.max(Some(now));
        let is_missed = rule.wait.is_some_and(|wait| self.term_by(wait, waits_ended_at) == Term::Missed);
        let is_used_up = rule.has_nothing_in(self.left()) || rule.is_below_least(self.left());
        self.later.stands() && !is_used_up && !is_missed
    }

    /// Returns the reason why an activity that stands brings nothing by its amount or its quantity; `None` when it does
    /// not go by them.
    #[must_use]
    pub fn nothing_by_measure(&self, book: &RuleBook) -> Option<Reason> {
        if !self.later.stands() || !self.brings_nothing() {
            return None;
        }
        let left = self.left();
        let (rule, too_small) = self.rules(book).find_map(|rule| Some((rule, rule.too_small(left)?)))?;
        let is_refunded = self.later.has_refunds() && rule.has_nothing_in(left);
        Some(if is_refunded { Reason::Refunded } else { too_small })
    }

    /// True when the activity no longer brings points by any rule.
    #[must_use]
    pub fn brings_nothing(&self) -> bool {
        self.parts.iter().all(|part| part.brings == Flow::ZERO)
    }

    /// True when the rule decided the activity. With `past_cap`, the rule must also have given points of which the caps
    /// let nothing pass at the time of recording.
    #[must_use]
    pub fn was_decided_by(&self, rule: &RuleId, past_cap: bool) -> bool {
        self.parts.iter().any(|part| part.rule == *rule && (!past_cap || part.was_held_back))
    }

    /// Returns the points that the activity brings by one of its rules, after all news. `None` when the points leave
    /// the range of amounts.
    #[must_use]
    pub fn brings(&self, rule: &Rule) -> Option<Flow> {
        if !self.later.stands() {
            return Some(Flow::ZERO);
        }
        let points = rule.points(self.left())?;
        let (all, waiting) = (Flow { confirmed: points, total: points }, Flow { confirmed: 0, total: points });
        Some(match rule.wait.map(|wait| self.term(wait)) {
            None | Some(Term::Met) => all,
            Some(Term::Runs) => waiting,
            Some(Term::Missed) => Flow::ZERO,
        })
    }

    /// Returns the rules by which the activity earns.
    fn rules<'a>(&'a self, book: &'a RuleBook) -> impl Iterator<Item = &'a Rule> {
        self.parts.iter().filter_map(|part| book.version(self.version)?.rule(&part.rule))
    }

    /// True when points of the activity are gone because it ended unconfirmed.
    #[must_use]
    pub fn ended_unconfirmed(&self, book: &RuleBook) -> bool {
        self.later.stands()
            && self.rules(book).any(|rule| {
                let is_missed = rule.wait.is_some_and(|wait| self.term(wait) == Term::Missed);
                is_missed && rule.points(self.left()) != Some(0)
            })
    }

    /// True when the activity may hold an exclusive key whose holder is the earliest that stands. The activity must not
    /// be reversed, must not be covered by a ban, and must not have ended unconfirmed.
    ///
    /// While another activity holds the key, the end of a waiting time is not posted. Then waiting times are checked up
    /// to `now`.
    #[must_use]
    pub fn can_hold(&self, now: Micros, book: &RuleBook) -> bool {
        if self.later.reversal().is_some() || self.later.is_revoked {
            return false;
        }
        let waits_ended_at = self.later.waits_ended_at.max(self.later.is_displaced.then_some(now));
        self.rules(book).any(|rule| rule.wait.is_none_or(|wait| self.term_by(wait, waits_ended_at) != Term::Missed))
    }

    fn term(&self, wait: Wait) -> Term {
        self.term_by(wait, self.later.waits_ended_at)
    }

    /// Returns the state of a waiting time, checked up to a time.
    fn term_by(&self, wait: Wait, waits_ended_at: Option<Micros>) -> Term {
        let ends = wait.ends(self.occurred_at);
        let is_over = waits_ended_at.is_some_and(|at| at > ends);
        match wait {
            Wait::Confirmation { .. } if self.later.confirmed_at.is_some_and(|at| at <= ends) => Term::Met,
            Wait::Confirmation { .. } if is_over => Term::Missed,
            Wait::Vesting { .. } if is_over => Term::Met,
            Wait::Confirmation { .. } | Wait::Vesting { .. } => Term::Runs,
        }
    }

    /// Returns the time when something of the activity falls due, after all news: the earliest end of a running waiting
    /// time.
    #[must_use]
    pub fn next_due(&self, book: &RuleBook) -> Option<Micros> {
        if !self.later.stands() {
            return None;
        }
        let ends = self.rules(book).filter_map(|rule| {
            let wait = rule.wait?;
            // A waiting time is due the instant after its last.
            (self.term(wait) == Term::Runs).then(|| wait.ends(self.occurred_at).plus(1))
        });
        ends.min()
    }
}

impl Part {
    /// Makes the part of an activity that is being recorded, without points yet.
    #[must_use]
    pub fn begun(rule: &RuleId, caps: &[CapPeriod]) -> Self {
        Self { rule: rule.clone(), caps: caps.to_vec(), brings: Flow::ZERO, was_held_back: false }
    }
}
