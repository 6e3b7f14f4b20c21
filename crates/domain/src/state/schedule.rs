//! Schedule of expiry, and its progress.

use borsh::{BorshDeserialize, BorshSerialize};
use jiff::tz::TimeZone;

use crate::terms::expiry::{CutOff, Policy, Reach};
use crate::value::ids::MemberId;
use crate::value::time::{Day, Micros};

/// Schedule of a programme's expiry, and its progress.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Schedule {
    /// Policies in order, each with the time from which it counts. The last that has begun at a time is in force then.
    policies: Vec<(Micros, Option<Policy>)>,
    /// The cut-off that is being posted.
    running: Option<CutOff>,
    /// The last member that the running cut-off has passed.
    through: Option<MemberId>,
    /// Day of the last cut-off that is posted in full.
    done: Option<Day>,
    /// Reach of the cut-offs by age that are posted in full.
    reached: Option<Reach>,
    /// Time when the next cut-off falls due.
    due_at: Option<Micros>,
}

impl Schedule {
    /// Returns the time when the next cut-off falls due.
    #[must_use]
    pub const fn due_at(&self) -> Option<Micros> {
        self.due_at
    }

    /// Returns the last member that the running cut-off has passed.
    #[must_use]
    pub const fn through(&self) -> Option<&MemberId> {
        self.through.as_ref()
    }

    /// Returns the reach of the cut-offs by age that have passed a member; `None` before the first. Credit within this
    /// reach is used or has expired. Of cut-offs that reach inactive members, the members have records.
    #[must_use]
    pub fn reached(&self, member: &MemberId) -> Option<Reach> {
        let running = self.running.filter(|_| self.through.as_ref().is_some_and(|through| member <= through));
        self.reached.max(running.and_then(by_age))
    }

    /// True when a cut-off has passed only some members.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Applies a version of the rules. It makes no cut-off before the time of its recording: nobody could have known of
    /// such a cut-off.
    pub fn publish(&mut self, in_force_from: Micros, recorded_at: Micros, policy: Option<Policy>, zone: &TimeZone) {
        if self.policies.last().and_then(|(_, last)| last.as_ref()) != policy.as_ref() {
            self.policies.push((in_force_from.max(recorded_at), policy));
        }
        self.plan(zone);
    }

    /// True when a cut-off has passed some member at some time.
    #[must_use]
    pub const fn has_passed(&self) -> bool {
        self.done.is_some() || self.through.is_some()
    }

    /// True when there is nothing to keep.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// Applies a step of a cut-off. Without a member, the cut-off has passed every member.
    pub fn step(&mut self, cut_off: CutOff, through: Option<MemberId>, zone: &TimeZone) {
        self.running = through.is_some().then_some(cut_off);
        if through.is_none() {
            self.done = Some(cut_off.day);
            self.reached = self.reached.max(by_age(cut_off));
        }
        self.through = through;
        self.plan(zone);
    }

    fn plan(&mut self, zone: &TimeZone) {
        let next = self.running.or_else(|| self.next(self.done, zone));
        self.due_at = next.map(|cut_off| cut_off.day.start_in(zone));
    }

    /// Returns the cut-off to post at a time: the running one, or the first of those missed. Where a later cut-off of one
    /// policy takes in those before it, the latest takes their place.
    #[must_use]
    pub fn due(&self, now: Micros, zone: &TimeZone) -> Option<CutOff> {
        let missed = |term: Term<'_>| {
            let policy = term.policy?;
            let last = policy.last_by(term.until.map_or(now, |until| until.plus(-1).min(now)).day_in(zone));
            let first = term.first_after(self.done, zone)?;
            let day = if policy.takes_in_those_before() { last } else { first };
            (first <= last).then(|| policy.cut_off(day))
        };
        self.running.or_else(|| self.terms().take_while(|term| term.from <= now).find_map(missed))
    }

    /// Returns the next cut-off: one that is due now, or the first after today.
    #[must_use]
    pub fn upcoming(&self, now: Micros, zone: &TimeZone) -> Option<CutOff> {
        self.due(now, zone).or_else(|| self.next(Some(now.day_in(zone)).max(self.done), zone))
    }

    /// Returns the first cut-off after a day.
    fn next(&self, after: Option<Day>, zone: &TimeZone) -> Option<CutOff> {
        self.terms().find_map(|term| Some(term.policy?.cut_off(term.first_after(after, zone)?)))
    }

    fn terms(&self) -> impl Iterator<Item = Term<'_>> {
        self.policies.iter().enumerate().map(|(index, (from, policy))| Term {
            from: *from,
            until: self.policies.get(index + 1).map(|(until, _)| *until),
            policy: policy.as_ref(),
        })
    }
}

/// Returns the reach of a cut-off by age; `None` for one that reaches inactive members.
const fn by_age(cut_off: CutOff) -> Option<Reach> {
    match cut_off.reach {
        Reach::OfAge { .. } => Some(cut_off.reach),
        Reach::OfInactive { .. } => None,
    }
}

/// Time in which a policy is in force.
struct Term<'a> {
    from: Micros,
    until: Option<Micros>,
    policy: Option<&'a Policy>,
}

impl Term<'_> {
    /// Returns the day of the first cut-off of the policy after a day; `None` when there is none while it is in force.
    fn first_after(&self, after: Option<Day>, zone: &TimeZone) -> Option<Day> {
        let policy = self.policy?;
        let mut day = policy.last_by(self.from.day_in(zone));
        if day.start_in(zone) < self.from {
            day = policy.first_after(day);
        }
        if let Some(after) = after.filter(|after| day <= *after) {
            day = policy.first_after(after);
        }
        self.until.is_none_or(|until| day.start_in(zone) < until).then_some(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::expiry::Lasts;
    use crate::value::time::time_zone;

    fn at(text: &str) -> Micros {
        Micros::from_rfc3339(text).expect("a time")
    }

    fn schedule(versions: &[(&str, Option<Lasts>)]) -> (Schedule, TimeZone) {
        let zone = time_zone("Europe/London").expect("a zone");
        let mut schedule = Schedule::default();
        for (from, lasts) in versions {
            let policy = lasts.map(|lasts| Policy { lasts, not_before_days: 14, days: Vec::new() });
            schedule.publish(at(from), at("2018-03-12T00:00:00Z"), policy, &zone);
        }
        (schedule, zone)
    }

    fn told(cut_off: Option<CutOff>) -> String {
        cut_off.map_or("none".into(), |it| {
            let (before, recorded_by) = match it.reach {
                Reach::OfAge { before, recorded_by } | Reach::OfInactive { since: before, recorded_by } => {
                    (before, recorded_by)
                }
            };
            format!("{} {} {}", it.day.date(), before.date(), recorded_by.date())
        })
    }

    #[test]
    fn months_are_cut_off_on_their_first_day_and_half_years_on_1_june_and_1_december() {
        let (months, zone) = schedule(&[("2010-01-01T00:00:00Z", Some(Lasts::Months(24)))]);
        assert_eq!(told(months.due(at("2018-03-31T22:59:59Z"), &zone)), "none", "none before it was published");
        assert_eq!(told(months.due(at("2018-03-31T23:00:00Z"), &zone)), "2018-04-01 2016-04-01 2018-03-17");
        assert_eq!(months.due_at(), Some(at("2018-03-31T23:00:00Z")), "midnight in London");
        let (halves, zone) = schedule(&[("2010-01-01T00:00:00Z", Some(Lasts::RollOnce))]);
        assert_eq!(told(halves.due(at("2018-07-15T00:00:00Z"), &zone)), "2018-06-01 2017-12-01 2018-05-17");
        assert_eq!(told(halves.upcoming(at("2018-04-15T00:00:00Z"), &zone)), "2018-06-01 2017-12-01 2018-05-17");
    }

    #[test]
    fn the_latest_cut_off_takes_the_place_of_those_missed() {
        let (mut months, zone) = schedule(&[("2010-01-01T00:00:00Z", Some(Lasts::Months(1)))]);
        let late = at("2018-08-15T00:00:00Z");
        let cut_off = months.due(late, &zone).expect("one is due");
        assert_eq!(told(Some(cut_off)), "2018-08-01 2018-07-01 2018-07-17");
        months.step(cut_off, Some(MemberId::parse("ben").expect("an id")), &zone);
        assert_eq!(months.due(at("2018-12-01T00:00:00Z"), &zone), Some(cut_off), "what was begun is ended first");
        months.step(cut_off, None, &zone);
        assert_eq!(months.due(late, &zone), None);
        assert_eq!(months.due(at("2018-04-01T00:00:00Z"), &zone), None, "a clock that goes back changes nothing");
        assert_eq!(months.due_at(), Some(at("2018-08-31T23:00:00Z")));
    }

    #[test]
    fn a_cut_off_goes_by_the_policy_in_force_then() {
        let (mut both, zone) = schedule(&[
            ("2018-03-01T00:00:00Z", Some(Lasts::Months(24))),
            ("2018-05-15T00:00:00Z", None),
            ("2018-07-01T00:00:00Z", Some(Lasts::RollOnce)),
        ]);
        assert_eq!(told(both.due(at("2018-06-20T00:00:00Z"), &zone)), "2018-05-01 2016-05-01 2018-04-16");
        both.step(both.due(at("2018-06-20T00:00:00Z"), &zone).expect("one is due"), None, &zone);
        assert_eq!(both.due(at("2018-11-30T00:00:00Z"), &zone), None, "a half-year has begun before its policy");
        assert_eq!(told(both.upcoming(at("2018-06-20T00:00:00Z"), &zone)), "2018-12-01 2018-06-01 2018-11-16");
        assert_eq!(both.due_at(), Some(at("2018-12-01T00:00:00Z")));
    }
    #[test]
    fn no_cut_off_that_reaches_inactive_members_is_left_out() {
        let (mut both, zone) = schedule(&[
            ("2018-03-01T00:00:00Z", Some(Lasts::Months(1))),
            ("2018-05-15T00:00:00Z", Some(Lasts::Inactive(2))),
            ("2018-07-15T00:00:00Z", Some(Lasts::RollOnce)),
        ]);
        let late = at("2019-01-10T00:00:00Z");
        // The later of two by age, each of those in between, then the last one.
        for expected in [
            "2018-05-01 2018-04-01 2018-04-16",
            "2018-06-01 2018-04-01 2018-05-17",
            "2018-07-01 2018-05-01 2018-06-16",
            "2018-12-01 2018-06-01 2018-11-16",
        ] {
            assert_eq!(told(both.upcoming(late, &zone)), expected);
            let cut_off = both.due(late, &zone);
            assert_eq!(told(cut_off), expected);
            both.step(cut_off.expect("one is due"), None, &zone);
        }
        assert_eq!(both.due(late, &zone), None);
    }

    #[test]
    fn members_are_reached_by_age_alone_as_far_as_a_cut_off_has_come() {
        let (mut schedule, zone) = schedule(&[("2018-03-01T00:00:00Z", Some(Lasts::Months(1)))]);
        let [ben, cleo] = ["ben", "cleo"].map(|id| MemberId::parse(id).expect("an id"));
        let cut_off = schedule.due(at("2018-04-01T00:00:00Z"), &zone).expect("one is due");
        schedule.step(cut_off, Some(ben.clone()), &zone);
        assert_eq!([&ben, &cleo].map(|of| schedule.reached(of)), [Some(cut_off.reach), None]);
        schedule.step(cut_off, None, &zone);
        let inactive = Policy { lasts: Lasts::Inactive(1), not_before_days: 0, days: Vec::new() };
        for through in [Some(ben.clone()), None] {
            schedule.step(inactive.cut_off(cut_off.day), through, &zone);
            assert_eq!([&ben, &cleo].map(|of| schedule.reached(of)), [Some(cut_off.reach); 2]);
        }
    }
}
