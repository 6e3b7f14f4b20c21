//! Members who stand out, and the entries that show it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::activity::Corrections;
use super::tally::{MemberIndex, Members, Pair, index};
use super::{
    BURST_ACTIVITIES_MIN, BURST_TIMES_MEDIAN, Burst, Counted, Findings, Flag, FromOther, NAMED_MAX, Pattern,
    RECIPROCAL_ACTIVITIES_MIN, RECIPROCAL_PERCENT_MIN, Seen,
};
use crate::domain::entry::Entry;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Day;
use crate::domain::value::window::Window;

/// A pattern whose entries must still be named.
pub(super) enum Suspect {
    /// Two members, the smaller place first.
    Pair(Pair, [FromOther; 2]),
    /// A member's day.
    Day(MemberIndex, Burst, Counted),
}

/// Patterns that gather their entries as these come.
pub(super) struct Suspects<'a> {
    period: Window,
    zone: &'a TimeZone,
    corrections: &'a Corrections,
    members: Members,
    pairs: BTreeMap<Pair, ([FromOther; 2], Vec<Seq>)>,
    days: BTreeMap<(MemberIndex, Day), Days>,
    flags: Vec<Flag>,
    seen: Seen,
}

/// A suspicious day that gathers its entries as they come.
struct Days {
    burst: Burst,
    counted: Counted,
    seqs: Vec<Seq>,
    hours: BTreeMap<i8, Counted>,
}

/// Finds days on which members earned far more than on their median active day. `days` are in the order of members.
pub(super) fn evidence_of_days(days: &[(MemberIndex, Day, Counted)]) -> Vec<Suspect> {
    let mut found = Vec::new();
    for own in days.chunk_by(|one, next| one.0 == next.0) {
        let mut points: Vec<i64> = own.iter().map(|(.., it)| it.points).filter(|points| *points > 0).collect();
        points.sort_unstable();
        let Some(median) = median(&points) else { continue };
        let active_days = u32::try_from(points.len()).expect("there are fewer than four million days");
        for &(member, day, counted) in own.iter().filter(|(.., it)| is_burst(*it, median)) {
            found.push(Suspect::Day(member, Burst { day, median, active_days, hour: None }, counted));
        }
    }
    found
}

/// Returns the middle of sorted numbers, or the number between the two in the middle, rounded down.
fn median(sorted: &[i64]) -> Option<i64> {
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    let lower = if sorted.len().is_multiple_of(2) { sorted[middle - 1] } else { upper };
    Some(lower.midpoint(upper))
}

fn is_burst(counted: Counted, median: i64) -> bool {
    let border = median.saturating_mul(i64::from(BURST_TIMES_MEDIAN));
    counted.activities >= BURST_ACTIVITIES_MIN && counted.points > border
}

/// Finds pairs of members who earn from each other, and where one of them earns much of everything from the other.
/// `earned` holds all that members earned, by their places.
pub(super) fn evidence_of_pairs(pairs: &BTreeMap<Pair, Counted>, earned: &[i64]) -> Vec<Suspect> {
    let from_other = |member: MemberIndex, counted: &Counted| FromOther {
        activities: counted.activities,
        points: counted.points,
        earned: earned[index(member)],
    };
    let mutual = pairs.iter().filter(|((one, other), _)| one < other).filter_map(|(&(one, other), there)| {
        let back = pairs.get(&(other, one))?;
        Some(((one, other), [from_other(one, there), from_other(other, back)]))
    });
    mutual.filter(|(_, both)| is_reciprocal(both)).map(|(pair, both)| Suspect::Pair(pair, both)).collect()
}

fn is_reciprocal(both: &[FromOther; 2]) -> bool {
    let is_much = |it: &FromOther| {
        let percent = i128::from(it.earned) * i128::from(RECIPROCAL_PERCENT_MIN);
        it.points > 0 && i128::from(it.points) * 100 >= percent
    };
    both.iter().all(|it| it.activities >= RECIPROCAL_ACTIVITIES_MIN) && both.iter().any(is_much)
}

impl<'a> Suspects<'a> {
    pub(super) fn new(
        (period, zone): (Window, &'a TimeZone),
        corrections: &'a Corrections,
        members: Members,
        suspects: Vec<Suspect>,
        flags: Vec<Flag>,
        seen: Seen,
    ) -> Self {
        let (mut pairs, mut days) = (BTreeMap::new(), BTreeMap::new());
        for suspect in suspects {
            match suspect {
                Suspect::Pair(pair, both) => {
                    pairs.insert(pair, (both, Vec::new()));
                }
                Suspect::Day(member, burst, counted) => {
                    let day = Days { burst, counted, seqs: Vec::new(), hours: BTreeMap::new() };
                    days.insert((member, day.burst.day), day);
                }
            }
        }
        Self { period, zone, corrections, members, pairs, days, flags, seen }
    }

    /// True when there are patterns whose entries must still be named.
    pub(super) fn lack_entries(&self) -> bool {
        !self.pairs.is_empty() || !self.days.is_empty()
    }

    /// Names an entry with the patterns that rest on it.
    pub(super) fn take(&mut self, entry: &Entry) {
        let Some(activity) = self.corrections.credited(entry, self.period) else { return };
        let Some(member) = self.members.find(activity.member) else { return };
        if let Some(day) = self.days.get_mut(&(member, entry.local_day)) {
            name(&mut day.seqs, entry.seq);
            day.hours.entry(entry.occurred_at.hour_in(self.zone)).or_default().add(activity.points);
        }
        let other = activity.counterparty.filter(|_| !activity.is_recruitment && self.period.contains(entry.local_day));
        if let Some(other) = other.and_then(|other| self.members.find(other))
            && let Some((_, seqs)) = self.pairs.get_mut(&(member.min(other), member.max(other)))
        {
            name(seqs, entry.seq);
        }
    }

    /// Returns the findings, in order.
    pub(super) fn findings(self) -> Findings {
        let mut flags = self.flags;
        flags.extend(self.days.into_iter().map(|((member, _), day)| {
            let Days { mut burst, counted, seqs, hours } = day;
            let alone = hours.into_iter().filter(|(_, it)| is_burst(*it, burst.median));
            burst.hour = alone.max_by_key(|(hour, it)| (it.points, Reverse(*hour)));
            let members = vec![self.members.id(member).clone()];
            Flag { pattern: Pattern::Burst(burst), members, points: counted.points, seqs, entries: counted.activities }
        }));
        flags.extend(self.pairs.into_iter().map(|((one, other), (both, seqs))| {
            let mut members = vec![self.members.id(one).clone(), self.members.id(other).clone()];
            let (points, entries) =
                (both[0].points.saturating_add(both[1].points), both[0].activities + both[1].activities);
            let mut both = both;
            if members[1] < members[0] {
                members.reverse();
                both.reverse();
            }
            Flag { pattern: Pattern::Reciprocal(both), members, points, seqs, entries }
        }));
        flags.sort_by(|one, next| order(one).cmp(&order(next)));
        Findings { flags, seen: self.seen }
    }
}

fn name(seqs: &mut Vec<Seq>, seq: Seq) {
    if seqs.len() < NAMED_MAX {
        seqs.push(seq);
    }
}

fn order(flag: &Flag) -> impl Ord + '_ {
    (Reverse(flag.points), &flag.pattern, &flag.members, &flag.seqs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i32, activities: u32, points: i64) -> (MemberIndex, Day, Counted) {
        (0, Day::new(day).expect("a day"), Counted { activities, points })
    }

    fn bursts(days: &[(MemberIndex, Day, Counted)]) -> usize {
        evidence_of_days(days).len()
    }

    #[test]
    fn a_burst_takes_more_than_ten_medians_and_twenty_activities() {
        let usual = [day(1, 3, 10), day(2, 3, 10), day(3, 3, 10)];
        let with = |activities, points| bursts(&[&usual[..], &[day(4, activities, points)]].concat());
        assert_eq!(with(20, 101), 1);
        assert_eq!(with(20, 100), 0, "ten medians are not more than ten");
        assert_eq!(with(19, 1_000), 0);
        assert_eq!(with(200, 100), 0);
    }

    #[test]
    fn a_median_is_that_of_days_on_which_something_was_earned() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[1, 5, 9]), Some(5));
        assert_eq!(median(&[1, 4, 9, 9]), Some(6), "6.5, rounded down");
        // Days of full caps would make every other day a burst.
        let full: Vec<_> = (10..20).map(|it| day(it, 5, 0)).collect();
        assert_eq!(bursts(&[&full[..], &[day(30, 30, 300), day(31, 30, 300)]].concat()), 0);
        assert_eq!(bursts(&[day(1, 500, 50_000)]), 0, "the only day is the median day");
    }

    #[test]
    fn earning_from_each_other_takes_five_each_way_and_half_of_what_one_earned() {
        let both = |activities: [u32; 2], points: [i64; 2], earned: [i64; 2]| {
            is_reciprocal(&[0, 1].map(|it| FromOther {
                activities: activities[it],
                points: points[it],
                earned: earned[it],
            }))
        };
        assert!(both([5, 5], [500, 500], [1_000, 9_000]));
        assert!(both([5, 5], [500, 500], [9_000, 1_000]), "of either");
        assert!(!both([5, 5], [500, 500], [1_001, 9_000]), "less than half");
        assert!(!both([4, 500], [400, 50_000], [400, 50_000]), "one way");
        assert!(!both([500, 4], [50_000, 400], [50_000, 400]), "the other way");
        assert!(!both([5, 5], [0, 0], [0, 0]), "nothing of nothing");
    }
}
