//! Activities as they stand, whatever was told of them since.

use std::collections::BTreeMap;

use super::{FlagsError, Question, with_idle_days};
use crate::domain::entry::{Entry, EntryKind, Seq};
use crate::domain::fact::{ActivityFact, Claims, Fact};
use crate::domain::ids::MemberId;
use crate::domain::time::Day;
use crate::domain::window::Window;

/// What was told of activities after they were recorded, by the entries that recorded them.
#[derive(Debug, Default)]
pub(super) struct Later(BTreeMap<Seq, Told>);

#[derive(Debug, Default)]
struct Told {
    /// What the activity brings now, before caps; `None` where that has not changed.
    brings: Option<i64>,
    /// By how much what passes the caps has changed.
    passes: i64,
}

/// An activity that brings something.
pub(super) struct Standing<'a> {
    pub(super) entry: &'a Entry,
    pub(super) member: &'a MemberId,
    pub(super) counterparty: Option<&'a MemberId>,
    /// Whether it says that the member recruited the counterparty: of such activities the earliest that stands holds the key.
    pub(super) is_recruitment: bool,
    /// What it brings, past caps, available or waiting.
    pub(super) points: i64,
}

impl Later {
    /// Takes in an entry, if it tells something of an activity of the period or the days after it.
    pub(super) fn take(&mut self, entry: &Entry, question: &Question<'_>) -> Result<(), FlagsError> {
        let (Fact::Earning(fact), Some(activity)) = (&entry.fact, entry.refers) else { return Ok(()) };
        if !entry.kind.is_told_of_activities()
            || fact.parts.is_empty()
            || !is_looked_at(entry.local_day, question.period)
        {
            return Ok(());
        }
        let told = self.0.entry(activity).or_default();
        told.brings = Some(fact.parts.iter().fold(0, |sum, part| sum.saturating_add(part.brings.total)));
        told.passes = fact.parts.iter().fold(told.passes, |sum, part| sum.saturating_add(part.passes.total));
        if self.0.len() > question.counters_max { Err(FlagsError::TooMuch) } else { Ok(()) }
    }

    /// How many activities something was told of.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The activity that an entry records, if it brings something now.
    pub(super) fn standing<'a>(&self, entry: &'a Entry, period: Window) -> Option<Standing<'a>> {
        if entry.kind != EntryKind::ActivityRecorded || !is_looked_at(entry.local_day, period) {
            return None;
        }
        let Fact::Activity(fact) = &entry.fact else { return None };
        let (brought, passed) = recorded(fact, entry);
        let told = self.0.get(&entry.seq);
        let brings = told.and_then(|told| told.brings).unwrap_or(brought);
        (brings > 0).then_some(Standing {
            entry,
            member: entry.member.as_ref()?,
            counterparty: fact.counterparty.as_ref(),
            is_recruitment: matches!(fact.claims, Some(Claims::Candidate(_))),
            points: passed.saturating_add(told.map_or(0, |told| told.passes)),
        })
    }
}

/// What an activity brought when it was recorded: before caps, and past them.
fn recorded(fact: &ActivityFact, entry: &Entry) -> (i64, i64) {
    let parts = fact.all_parts(entry);
    let sum = |of: fn(&crate::domain::fact::PartChange) -> i64| parts.iter().map(of).fold(0_i64, i64::saturating_add);
    (sum(|part| part.brings.total), sum(|part| part.passes.total))
}

fn is_looked_at(day: Day, period: Window) -> bool {
    let (first, last) = with_idle_days(period);
    first <= day && day.get() <= last
}
