//! The duties of a step of a cut-off: it looks at every member it passes, with credit of the right age, and at no
//! member who was active, where it reaches inactive ones.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::tz::TimeZone;

use crate::domain::decide::command::{Eligible, Expiring};
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::project::ages::Ages;
use crate::domain::state::get::State as _;
use crate::domain::state::overlay::Changes;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::till::{Young, old_enough_on};
use crate::domain::value::ids::MemberId;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Day;

/// Credit by age, and the first entry of each member.
#[derive(Default)]
pub(super) struct ExpiryChecks {
    ages: Ages,
    first: BTreeMap<MemberId, Seq>,
}

impl ExpiryChecks {
    /// Takes in an entry that was checked.
    pub(super) fn apply(&mut self, entry: &Entry) {
        self.ages.apply(entry);
        if let Some(member) = &entry.member
            && !self.first.contains_key(member)
        {
            self.first.insert(member.clone(), entry.seq);
        }
    }

    /// Returns the fault of the sums that a step rests on, if there is one. They must hold every entry recorded before
    /// the day before the cut-off. Later entries may have come while the step was made, and the clocks of servers
    /// differ by seconds.
    pub(super) fn check(&self, entry: &Entry, before: &Changes) -> Option<String> {
        let Fact::ExpiryStep(step) = &entry.fact else { return None };
        let eve = Day::new(step.cut_off.day.get() - 1)?;
        let last = self.ages.first_of(eve).map_or(entry.seq.get(), Seq::get) - 1;
        let is_old = step.as_of.get() < last || step.as_of >= entry.seq;
        let is_planned = before.record(&RecordKey::Expiry).is_some();
        (is_planned && is_old).then(|| "what expires was summed up as of another entry than it can have been".into())
    }

    /// Returns the credit of an entry's member that is younger than so many days on the day of recording.
    pub(super) fn young(&self, entry: &Entry, days: u32, zone: &TimeZone) -> Option<Young> {
        let through = old_enough_on(entry.recorded_at.day_in(zone), days)?;
        let points = self.ages.younger_than(entry.member.as_ref()?, through);
        Some(Young { through, points, as_of: entry.seq.previous() })
    }

    /// Returns the step that an entry begins, as it must have been asked for: with every member that it passes and
    /// reaches, except those who came after the sums were made.
    pub(super) fn step(&self, entry: &Entry, before: &Changes) -> Option<Expiring> {
        let Fact::ExpiryStep(step) = &entry.fact else { return None };
        let Some(Record::Expiry(schedule)) = before.record(&RecordKey::Expiry) else { return None };
        let after = schedule.through().cloned();
        let from = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let passed = before.accounts.range::<MemberId, _>((from, Bound::Unbounded)).map(|(member, _)| member);
        let passed = passed.take_while(|member| step.through.as_ref().is_none_or(|end| *member <= end));
        let known = passed.filter(|member| self.first.get(*member).is_some_and(|first| *first <= step.as_of));
        let row = |member: &MemberId| {
            let points = self.ages.of(member, step.cut_off, step.as_of)?;
            Some(Eligible { member: member.clone(), points })
        };
        let rows = known.filter_map(row).collect();
        Some(Expiring { day: step.cut_off.day, after, through: step.through.clone(), rows, as_of: step.as_of })
    }
}
