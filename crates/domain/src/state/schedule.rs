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
    /// Reach of the cut-offs that are posted in full.
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

    /// Returns the reach of the cut-offs that have passed a member; `None` before the first. Credit within this reach
    /// is used or has expired.
    #[must_use]
    pub fn reached(&self, member: &MemberId) -> Option<Reach> {
        let running = self.running.filter(|_| self.through.as_ref().is_some_and(|through| member <= through));
        self.reached.max(running.map(|cut_off| cut_off.reach))
    }

    /// True when a cut-off has passed only some members.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Applies a version of the rules. It makes no cut-off before the time of its recording: nobody could have known of
    /// such a cut-off.
    pub fn publish(&mut self, in_force_from: Micros, recorded_at: Micros, policy: Option<Policy>, zone: &TimeZone) {
        if self.policies.last().and_then(|(_, last)| *last) != policy {
            self.policies.push((in_force_from.max(recorded_at), policy));
        }
        self.plan(zone);
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
            self.reached = self.reached.max(Some(cut_off.reach));
        }
        self.through = through;
        self.plan(zone);
    }

    fn plan(&mut self, zone: &TimeZone) {
        let next = self.running.or_else(|| self.next(self.done, zone));
        self.due_at = next.map(|cut_off| cut_off.day.start_in(zone));
    }

    /// Returns the cut-off to post at a time: the running one, or the latest past one. The latest includes the reach of
    /// those before it.
    #[must_use]
    pub fn due(&self, now: Micros, zone: &TimeZone) -> Option<CutOff> {
        self.running.or_else(|| self.latest(now, zone).filter(|latest| self.done < Some(latest.day)))
    }

    /// Returns the next cut-off: one that is due now, or the first after today.
    #[must_use]
    pub fn upcoming(&self, now: Micros, zone: &TimeZone) -> Option<CutOff> {
        self.due(now, zone).or_else(|| self.next(Some(now.day_in(zone)).max(self.done), zone))
    }

    fn latest(&self, now: Micros, zone: &TimeZone) -> Option<CutOff> {
        self.terms().rev().filter(|term| term.from <= now).find_map(|term| {
            let last = term.until.map_or(now, |until| until.plus(-1).min(now));
            let policy = term.policy?;
            let day = policy.last_by(last.day_in(zone));
            (day.start_in(zone) >= term.from).then(|| policy.cut_off(day))
        })
    }

    /// Returns the first cut-off after a day.
    fn next(&self, after: Option<Day>, zone: &TimeZone) -> Option<CutOff> {
        self.terms().find_map(|term| {
            let policy = term.policy?;
            let mut day = policy.last_by(term.from.day_in(zone));
            if day.start_in(zone) < term.from {
                day = policy.first_after(day);
            }
            if let Some(after) = after.filter(|after| day <= *after) {
                day = policy.first_after(after);
            }
            term.until.is_none_or(|until| day.start_in(zone) < until).then(|| policy.cut_off(day))
        })
    }

    fn terms(&self) -> impl DoubleEndedIterator<Item = Term> + '_ {
        self.policies.iter().enumerate().map(|(index, &(from, policy))| Term {
            from,
            until: self.policies.get(index + 1).map(|(until, _)| *until),
            policy,
        })
    }
}

/// Time in which a policy is in force.
struct Term {
    from: Micros,
    until: Option<Micros>,
    policy: Option<Policy>,
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
            let policy = lasts.map(|lasts| Policy { lasts, not_before_days: 14 });
            schedule.publish(at(from), at("2018-03-12T00:00:00Z"), policy, &zone);
        }
        (schedule, zone)
    }

    fn told(cut_off: Option<CutOff>) -> String {
        cut_off.map_or("none".into(), |it| {
            format!("{} {} {}", it.day.date(), it.reach.before.date(), it.reach.recorded_by.date())
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
}
