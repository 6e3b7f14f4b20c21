//! Activities as they stand, with all later reports of them.

use std::collections::BTreeMap;

use super::{FlagsError, Question, with_idle_days};
use crate::domain::entry::Entry;
use crate::domain::entry::earning::{Claims, PartChange};
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::value::ids::MemberId;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Day;
use crate::domain::value::window::Window;

/// The points that activities bring now, before caps, by the entries that recorded them. Only activities with a later
/// report are in it.
#[derive(Debug, Default)]
pub(super) struct Corrections(BTreeMap<Seq, i64>);

/// An activity that brings points.
pub(super) struct Credited<'a> {
    pub(super) entry: &'a Entry,
    pub(super) member: &'a MemberId,
    pub(super) counterparty: Option<&'a MemberId>,
    /// True when it says that the member recruited the counterparty. Of such activities the earliest that stands holds
    /// the key.
    pub(super) is_recruitment: bool,
    /// The points it brings, available or waiting. They are before caps: under a cap it is chance which of several
    /// activities brings nothing.
    pub(super) points: i64,
}

impl Corrections {
    /// Takes in an entry, if it reports on an activity of the period or the days after it.
    pub(super) fn take(&mut self, entry: &Entry, question: &Question<'_>) -> Result<(), FlagsError> {
        let (Fact::Earning(fact), Some(activity)) = (&entry.fact, entry.refers) else { return Ok(()) };
        if !entry.kind.is_told_of_activities()
            || fact.parts.is_empty()
            || !is_looked_at(entry.local_day, question.period)
        {
            return Ok(());
        }
        self.0.insert(activity, brought(&fact.parts));
        if self.0.len() > question.counters_max { Err(FlagsError::TooMuch) } else { Ok(()) }
    }

    /// Returns the number of activities with a later report.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the activity that an entry records, if it brings points now.
    pub(super) fn credited<'a>(&self, entry: &'a Entry, period: Window) -> Option<Credited<'a>> {
        if entry.kind != EntryKind::ActivityRecorded || !is_looked_at(entry.local_day, period) {
            return None;
        }
        let Fact::Activity(fact) = &entry.fact else { return None };
        let points = self.0.get(&entry.seq).copied().unwrap_or_else(|| brought(&entry.parts(fact)));
        (points > 0).then_some(Credited {
            entry,
            member: entry.member.as_ref()?,
            counterparty: fact.counterparty.as_ref(),
            is_recruitment: matches!(fact.claims, Some(Claims::Candidate(_))),
            points,
        })
    }
}

/// Returns the points that an activity brings by all its rules, before caps.
fn brought(parts: &[PartChange]) -> i64 {
    parts.iter().fold(0, |sum, part| sum.saturating_add(part.brings.total))
}

fn is_looked_at(day: Day, period: Window) -> bool {
    let (first, last) = with_idle_days(period);
    first <= day && day.get() <= last
}
