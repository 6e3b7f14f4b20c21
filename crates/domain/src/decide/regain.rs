//! Regaining: an act that gives points again first gives back what was taken from the person who no longer had them.
//!
//! Earn 100, spend them, and have the activity reversed: 100 points are written off. When the activity is restored, its
//! 100 points make that good, and none becomes available. The same holds for points that had expired.
//!
//! Under a cap, one activity's points stand in for another's. So no more comes out of a window of a cap than its limit,
//! with what was taken under it and never given back.

use crate::decide::post::Flows;
use crate::decide::reads;
use crate::decide::rejection::Rejection;
use crate::state::get::State;
use crate::state::schedule::Schedule;
use crate::state::takings::{Rows, Taker, Takings};
use crate::terms::caps::CapPeriod;
use crate::terms::expiry::Age;
use crate::value::bucket::Bucket;
use crate::value::ids::MemberId;

/// Points of a gain that do not become available.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct GivenBack {
    /// Points that make good what was written off.
    pub(super) written_off: i64,
    /// Points that had expired.
    pub(super) expired: i64,
}

impl GivenBack {
    /// Decides how much of a gain of an act is given back. `age` is the age of the credit, if it has one. `is_new` means
    /// that it is credited for the first time: then the act has taken nothing. `flows` are those after the whole command.
    pub(super) fn of<S: State>(
        state: &S,
        (member, person): (&MemberId, &MemberId),
        by: &Taker,
        age: Option<Age>,
        (gain, is_new): (i64, bool),
        flows: Option<&Flows<'_, S>>,
    ) -> Result<Self, Rejection> {
        let is_owed = || state.account(person).is_some_and(|account| account.balances.get(Bucket::WrittenOff) < 0);
        let has_expired = || age.is_some() && state.get::<Schedule>(&()).is_some_and(Schedule::has_passed);
        // Only then are there rows to load.
        if gain <= 0 || !(is_owed() || has_expired()) {
            return Ok(Self::default());
        }
        let Some(Takings { written_off, expired }) = state.get(person) else { return Ok(Self::default()) };
        let joined = |rows: &Rows| if is_new { 0 } else { rows.of_several() };
        let first = gain.min(written_off.of(by).saturating_add(joined(written_off)));
        let second = (gain - first).min(expired.of(by).saturating_add(joined(expired)));
        let own = Self { written_off: first, expired: second };
        let Some((flows, caps)) = flows.zip(by.caps()) else { return Ok(own) };
        // Points that expired are this credit's to give back only where a cut-off has reached its age.
        let is_reached = || age.is_some_and(|age| reads::is_reached(state, member, person, age));
        let has_expired_beside = expired.beside(by) > 0 && is_reached();
        let given_back = first.min(written_off.of(by)) + second.min(expired.of(by));
        let taken = |period: &CapPeriod| {
            let expired = if has_expired_beside { expired.under(caps.0, period) } else { expired.of(by) };
            written_off.under(caps.0, period).saturating_add(expired) - given_back
        };
        let mut over = 0;
        for period in caps.1 {
            over = over.max(taken(period) - flows.room(caps.0, period)?);
        }
        let over = over.min(gain - first - second);
        let third = over.min(written_off.beside(by));
        let fourth = if has_expired_beside { (over - third).min(expired.beside(by)) } else { 0 };
        Ok(Self { written_off: first + third, expired: second + fourth })
    }

    /// Returns all points that do not become available.
    pub(super) const fn sum(self) -> i64 {
        self.written_off + self.expired
    }
}
