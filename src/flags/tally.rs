//! Counting: the points that every member earned, by day and by counterparty, and the recruits of every member.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::activity::{Corrections, Credited};
use super::losses::Losses;
use super::rings::rings;
use super::suspects::{Suspect, Suspects, evidence_of_days, evidence_of_pairs};
use super::{Counted, Flag, FlagsError, IDLE_DAYS, IDLE_RECRUITS_MIN, NAMED_MAX, Pattern, Question, Seen};
use crate::domain::entry::Entry;
use crate::domain::value::ids::MemberId;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::{Day, Micros};
use crate::domain::value::window::Window;

/// A member's place among those that were met. It is shorter than the id.
pub(super) type MemberIndex = u32;

/// Returns the index of a place in a vector of all of them.
pub(super) fn index(place: MemberIndex) -> usize {
    usize::try_from(place).expect("it was the length of a vector")
}

/// The places of two members: the one who is credited, and the one whose act it was.
pub(super) type Pair = (MemberIndex, MemberIndex);

/// The members met so far.
#[derive(Debug, Default)]
pub(super) struct Members {
    places: BTreeMap<MemberId, MemberIndex>,
    ids: Vec<MemberId>,
}

/// The recruiting of one member by another, from all activities that say so.
#[derive(Debug, Clone, Copy)]
struct Recruited {
    /// The first entry.
    seq: Seq,
    /// The earliest day.
    day: Day,
    /// The points of all of them together.
    points: i64,
}

/// The counts.
pub(super) struct Tally<'a> {
    period: Window,
    zone: &'a TimeZone,
    counters_max: usize,
    corrections: &'a Corrections,
    members: Members,
    /// Points by member and day. Days after the period tell only whether a recruit has begun.
    days: BTreeMap<(MemberIndex, Day), Counted>,
    /// Points earned by acts of another member, except by recruiting that member.
    pairs: BTreeMap<Pair, Counted>,
    recruits: BTreeMap<Pair, Recruited>,
    losses: Losses,
    activities: usize,
    now: Option<Micros>,
}

impl Members {
    fn place(&mut self, id: &MemberId) -> MemberIndex {
        if let Some(place) = self.places.get(id) {
            return *place;
        }
        let place = self.places().end;
        self.places.insert(id.clone(), place);
        self.ids.push(id.clone());
        place
    }

    /// Returns the place of a member, if it was met.
    pub(super) fn find(&self, id: &MemberId) -> Option<MemberIndex> {
        self.places.get(id).copied()
    }

    /// Returns the member at a place.
    pub(super) fn id(&self, place: MemberIndex) -> &MemberId {
        &self.ids[index(place)]
    }

    /// Returns every place there is.
    fn places(&self) -> std::ops::Range<MemberIndex> {
        0..MemberIndex::try_from(self.ids.len()).expect("there are fewer members than counters")
    }
}

impl<'a> Tally<'a> {
    pub(super) fn new(question: &Question<'a>, corrections: &'a Corrections) -> Self {
        Self {
            period: question.period,
            zone: question.zone,
            counters_max: question.counters_max,
            corrections,
            members: Members::default(),
            days: BTreeMap::new(),
            pairs: BTreeMap::new(),
            recruits: BTreeMap::new(),
            losses: Losses::default(),
            activities: 0,
            now: None,
        }
    }

    /// Counts the activity that an entry records.
    pub(super) fn take(&mut self, entry: &Entry) -> Result<(), FlagsError> {
        self.now = Some(entry.recorded_at);
        if let Some(activity) = self.corrections.credited(entry, self.period) {
            self.count(&activity);
        }
        if self.period.contains(entry.local_day) {
            self.losses.take(entry, |member| self.members.place(member));
        }
        let counters = [self.members.ids.len(), self.days.len(), self.pairs.len(), self.recruits.len()];
        let counters = counters.into_iter().sum::<usize>() + self.corrections.len() + self.losses.len();
        if counters > self.counters_max { Err(FlagsError::TooMuch) } else { Ok(()) }
    }

    fn count(&mut self, activity: &Credited<'_>) {
        let (day, points) = (activity.entry.local_day, activity.points);
        let member = self.members.place(activity.member);
        self.days.entry((member, day)).or_default().add(points);
        if !self.period.contains(day) {
            return;
        }
        self.activities += 1;
        let Some(counterparty) = activity.counterparty else { return };
        let pair = (member, self.members.place(counterparty));
        if activity.is_recruitment {
            let first = Recruited { seq: activity.entry.seq, day, points: 0 };
            let recruited = self.recruits.entry(pair).or_insert(first);
            recruited.day = recruited.day.min(day);
            recruited.points = recruited.points.saturating_add(points);
        } else {
            self.pairs.entry(pair).or_default().add(points);
        }
    }

    /// Returns the members who stand out. Looks at one member at a time: the acts of all of them are held once.
    pub(super) fn suspects(self) -> Suspects<'a> {
        let mut seen = Seen { activities: self.activities, ..Seen::default() };
        let mut suspects: Vec<Suspect> = Vec::new();
        let mut earned = Vec::with_capacity(self.members.ids.len());
        for place in self.members.places() {
            let days = self.days_of(place);
            suspects.extend(evidence_of_days(&days));
            earned.push(days.iter().fold(0_i64, |sum, (.., it)| sum.saturating_add(it.points)));
            seen.members += usize::from(!days.is_empty());
            seen.active_days += days.iter().filter(|(.., it)| it.points > 0).count();
        }
        suspects.extend(evidence_of_pairs(&self.pairs, &earned));
        let mut flags: Vec<Flag> = rings(self.recruits.keys().copied()).iter().map(|ring| self.ring(ring)).collect();
        flags.extend(self.idle_recruits());
        let is_mutual = |&&(one, other): &&Pair| one < other && self.pairs.contains_key(&(other, one));
        seen.mutual_pairs = self.pairs.keys().filter(is_mutual).count();
        seen.recruiters = self.recruiters().count();
        flags.extend(self.losses.flags(|place| self.members.id(place)));
        Suspects::new((self.period, self.zone), self.corrections, self.members, suspects, flags, seen)
    }

    /// Returns a member's days of the period.
    fn days_of(&self, place: MemberIndex) -> Vec<(MemberIndex, Day, Counted)> {
        let days = self.days.range((place, self.period.first())..=(place, self.period.last()));
        days.map(|(&(of, day), &it)| (of, day, it)).collect()
    }

    fn ring(&self, ring: &[MemberIndex]) -> Flag {
        let next = ring.iter().cycle().skip(1);
        let recruited: Vec<&Recruited> =
            ring.iter().zip(next).map(|(one, next)| &self.recruits[&(*one, *next)]).collect();
        Flag {
            pattern: Pattern::Ring,
            members: ring.iter().map(|place| self.members.id(*place).clone()).collect(),
            ..resting_on(&recruited)
        }
    }

    /// Returns the members who recruited somebody, with their recruits.
    fn recruiters(&self) -> impl Iterator<Item = Vec<(Pair, &Recruited)>> {
        let recruits_of = |one: MemberIndex| self.recruits.range((one, 0)..=(one, MemberIndex::MAX));
        let groups = self.members.places().map(move |one| recruits_of(one).map(|(pair, it)| (*pair, it)).collect());
        groups.filter(|group: &Vec<_>| !group.is_empty())
    }

    fn idle_recruits(&self) -> Vec<Flag> {
        let Some(today) = self.now.map(|now| now.day_in(self.zone)) else { return Vec::new() };
        let groups = self
            .recruiters()
            .filter(|recruits| recruits.iter().all(|((_, recruit), it)| !self.has_begun(*recruit, it.day)));
        let groups = groups.map(|mut recruits| {
            // A recruit who still has time to begin is no evidence yet.
            recruits.retain(|(_, it)| today.get() > last_day_to_begin(it.day));
            recruits.sort_by_key(|(_, it)| it.seq);
            recruits
        });
        let many =
            groups.filter(|recruits| u32::try_from(recruits.len()).is_ok_and(|count| count >= IDLE_RECRUITS_MIN));
        many.map(|recruits| {
            let recruiter = recruits[0].0.0;
            let named = recruits.iter().take(NAMED_MAX).map(|((_, recruit), _)| *recruit);
            Flag {
                pattern: Pattern::IdleRecruits,
                members: std::iter::once(recruiter).chain(named).map(|place| self.members.id(place).clone()).collect(),
                ..resting_on(&recruits.iter().map(|(_, it)| *it).collect::<Vec<_>>())
            }
        })
        .collect()
    }

    /// True when a recruit earned something in time.
    fn has_begun(&self, recruit: MemberIndex, day: Day) -> bool {
        let mut days = self.days.range((recruit, day)..);
        days.next().is_some_and(|(&(of, at), _)| of == recruit && at.get() <= last_day_to_begin(day))
    }
}

/// Returns the last day on which a member who was recruited on a day may begin.
fn last_day_to_begin(day: Day) -> i32 {
    day.get().saturating_add(IDLE_DAYS.cast_signed())
}

/// Makes a flag of the entries it rests on. Each of them is the first that says who recruited whom.
fn resting_on(recruited: &[&Recruited]) -> Flag {
    let mut seqs: Vec<Seq> = recruited.iter().map(|it| it.seq).collect();
    seqs.sort_unstable();
    seqs.truncate(NAMED_MAX);
    Flag {
        pattern: Pattern::Ring,
        members: Vec::new(),
        points: recruited.iter().fold(0, |sum, it| sum.saturating_add(it.points)),
        seqs,
        entries: u32::try_from(recruited.len()).expect("there are fewer recruits than counters"),
    }
}
