//! The points credited and those that the draft would have credited, side by side.

use std::collections::BTreeMap;

use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::Entry;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::value::bucket::Bucket;
use crate::domain::value::ids::{ActivityKind, MemberId};
use crate::domain::value::reason::Reason;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Micros;

/// Number of powers of ten that separate differences. From 1,000,000 points on, all differences are in one band.
const DECADES: usize = 7;

/// Number of bands of differences: `DECADES` for losers, one for members for whom nothing changes, `DECADES` for
/// winners.
pub const BANDS: usize = 2 * DECADES + 1;

/// The rules that a number belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The rules that were in force, as the log says.
    Then,
    /// The draft.
    Draft,
}

/// A number under the published rules, and under the draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compared {
    /// As recorded.
    pub then: i64,
    /// Under the draft.
    pub draft: i64,
}

/// The sums of some activities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Number of activities recorded.
    pub activities: i64,
    /// Points credited, less those taken back.
    pub credited: Compared,
    /// Points that wait.
    pub pending: Compared,
}

/// The difference that the draft makes for a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The member.
    pub member: MemberId,
    /// Points credited, less those taken back.
    pub credited: Compared,
}

/// The number of members whose differences lie between two borders, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DifferenceBand {
    /// The least difference; `None` for no border.
    pub least: Option<i64>,
    /// The greatest difference; `None` for no border.
    pub greatest: Option<i64>,
    /// Number of members.
    pub members: i64,
}

/// The result of a simulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The last entry looked at.
    pub head: Seq,
    /// The time up to which waiting times have ended in the draft.
    pub waits_ended_at: Micros,
    /// Every activity of the period.
    pub total: Sums,
    /// The same, kind by kind.
    pub kinds: BTreeMap<ActivityKind, Sums>,
    /// Number of activities that earned nothing when they were recorded, by reason.
    pub declined: BTreeMap<Reason, Compared>,
    /// Number of activities whose attributes were erased, and for which a rule of the draft asks for attributes.
    pub without_attributes: i64,
    /// Members with activities and their differences, the greatest loss first, equals in the order of their ids.
    pub members: Vec<Difference>,
    /// Members by difference, the greatest losses first.
    pub differences: [DifferenceBand; BANDS],
}

/// Sums that grow as entries come.
#[derive(Debug, Default)]
pub(super) struct Tally {
    total: Sums,
    kinds: BTreeMap<ActivityKind, Sums>,
    declined: BTreeMap<Reason, Compared>,
    without_attributes: i64,
    members: BTreeMap<MemberId, Compared>,
}

impl Compared {
    /// Returns how much more the draft gives; negative when it gives less.
    #[must_use]
    pub const fn difference(self) -> i64 {
        self.draft.saturating_sub(self.then)
    }

    fn add(&mut self, side: Side, number: i64) -> Result<(), Rejection> {
        let sum = match side {
            Side::Then => &mut self.then,
            Side::Draft => &mut self.draft,
        };
        *sum = sum.checked_add(number).ok_or(Rejection::POINTS_OVERFLOW)?;
        Ok(())
    }
}

impl Tally {
    /// Counts an activity of the period.
    pub(super) fn count(&mut self, entry: &Entry, lacks_attributes: bool) {
        self.total.activities += 1;
        if let Some(kind) = entry.fact.activity_kind() {
            self.kinds.entry(kind.clone()).or_default().activities += 1;
        }
        if let Some(member) = &entry.member {
            self.members.entry(member.clone()).or_default();
        }
        self.without_attributes += i64::from(lacks_attributes);
    }

    /// Adds the points that an entry about an activity of the period moves, and the reason why it earns nothing.
    pub(super) fn add(&mut self, side: Side, entry: &Entry) -> Result<(), Rejection> {
        if entry.kind == EntryKind::ActivityRecorded
            && let Some(reason) = entry.reason
        {
            self.declined.entry(reason).or_default().add(side, 1)?;
        }
        let (credited, pending) = (entry.credited(), pending(entry));
        if credited == 0 && pending == 0 {
            return Ok(());
        }
        let kind = entry.fact.activity_kind().map(|kind| self.kinds.entry(kind.clone()).or_default());
        for sums in [Some(&mut self.total), kind].into_iter().flatten() {
            sums.credited.add(side, credited)?;
            sums.pending.add(side, pending)?;
        }
        match &entry.member {
            Some(member) => self.members.entry(member.clone()).or_default().add(side, credited),
            None => Ok(()),
        }
    }

    pub(super) fn outcome(self, head: Seq, waits_ended_at: Micros) -> Outcome {
        let difference = |(member, credited)| Difference { member, credited };
        let mut members: Vec<Difference> = self.members.into_iter().map(difference).collect();
        // Stable: equals stay in the order of their ids.
        members.sort_by_key(|member| member.credited.difference());
        let mut differences = bands();
        for member in &members {
            differences[bucket_of(member.credited.difference())].members += 1;
        }
        Outcome {
            head,
            waits_ended_at,
            total: self.total,
            kinds: self.kinds,
            declined: self.declined,
            without_attributes: self.without_attributes,
            members,
            differences,
        }
    }
}

impl Outcome {
    /// Returns the members who gain most, the greatest gain first. At most `max`; equals are in the order of their ids.
    #[must_use]
    pub fn winners(&self, max: usize) -> Vec<&Difference> {
        let mut winners: Vec<&Difference> =
            self.members.iter().filter(|member| member.credited.difference() > 0).collect();
        winners.sort_by_key(|member| std::cmp::Reverse(member.credited.difference()));
        winners.truncate(max);
        winners
    }

    /// Returns the members who lose most, the greatest loss first. At most `max`; equals are in the order of their ids.
    #[must_use]
    pub fn losers(&self, max: usize) -> Vec<&Difference> {
        self.members.iter().take_while(|member| member.credited.difference() < 0).take(max).collect()
    }

    /// Returns how many members lose, stay as they are, and gain.
    #[must_use]
    pub fn sides(&self) -> [usize; 3] {
        let below = |limit: i64| self.members.partition_point(|member| member.credited.difference() < limit);
        let (losers, not_winners) = (below(0), below(1));
        [losers, not_winners - losers, self.members.len() - not_winners]
    }
}

/// Returns the points that an entry makes wait; negative when they no longer wait.
fn pending(entry: &Entry) -> i64 {
    entry.movement.map_or(0, |movement| match (movement.from(), movement.to()) {
        (_, Bucket::Pending) => movement.amount().get(),
        (Bucket::Pending, _) => -movement.amount().get(),
        _ => 0,
    })
}

/// Returns the bands, empty: …, −99 to −10, −9 to −1, 0, 1 to 9, 10 to 99, ….
fn bands() -> [DifferenceBand; BANDS] {
    let power = |exponent: usize| 10_i64.pow(u32::try_from(exponent).expect("there are few decades"));
    std::array::from_fn(|index| {
        let decade = index.abs_diff(DECADES);
        let near = decade.checked_sub(1).map_or(0, power);
        let far = if decade == DECADES { None } else { Some(if decade == 0 { 0 } else { power(decade) - 1 }) };
        let (least, greatest) = if index < DECADES { (far.map(|far| -far), Some(-near)) } else { (Some(near), far) };
        DifferenceBand { least, greatest, members: 0 }
    })
}

/// Returns the place of a difference among the bands.
fn bucket_of(difference: i64) -> usize {
    let decades = difference.unsigned_abs().checked_ilog10().map_or(0, |log| log + 1);
    let decades = usize::try_from(decades).expect("a u64 has at most 20 digits").min(DECADES);
    if difference < 0 { DECADES - decades } else { DECADES + decades }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_lies_in_the_bucket_whose_borders_hold_it() {
        let bands = bands();
        for difference in
            [i64::MIN, -1_000_000, -999_999, -100, -99, -10, -9, -1, 0, 1, 9, 10, 99, 999_999, 1_000_000, i64::MAX]
        {
            let holds = |band: &DifferenceBand| {
                band.least.is_none_or(|least| least <= difference)
                    && band.greatest.is_none_or(|greatest| difference <= greatest)
            };
            let holding: Vec<usize> = (0..BANDS).filter(|&index| holds(&bands[index])).collect();
            assert_eq!(holding, [bucket_of(difference)], "{difference}");
        }
        let borders = bands.map(|band| (band.least, band.greatest));
        assert_eq!(borders[0], (None, Some(-1_000_000)));
        assert_eq!(
            borders[5..10],
            [
                (Some(-99), Some(-10)),
                (Some(-9), Some(-1)),
                (Some(0), Some(0)),
                (Some(1), Some(9)),
                (Some(10), Some(99)),
            ]
        );
        assert_eq!(borders[14], (Some(1_000_000), None));
    }
}
