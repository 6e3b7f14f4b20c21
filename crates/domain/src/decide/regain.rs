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
use crate::state::takings::{Taker, Takings};
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
    /// Decides how much of a gain is given back. `flows` are those after the whole command. `age` is the age of the
    /// credit, or `None` when it is credited for the first time: then the act has taken nothing.
    pub(super) fn of<S: State>(
        state: &S,
        person: &MemberId,
        by: &Taker,
        age: Option<Age>,
        gain: i64,
        flows: Option<&Flows<'_, S>>,
    ) -> Result<Self, Rejection> {
        let is_owed = || state.account(person).is_some_and(|account| account.balances.get(Bucket::WrittenOff) < 0);
        let has_expired = || age.is_some_and(|age| reads::is_reached(state, person, age));
        // Only then are there rows to load.
        if gain <= 0 || !(is_owed() || has_expired()) {
            return Ok(Self::default());
        }
        let Some(takings) = state.get::<Takings>(person) else { return Ok(Self::default()) };
        let (written_off, expired) = (&takings.written_off, &takings.expired);
        let has_expired = has_expired();
        let joined = |rows: i64| if age.is_some() { rows } else { 0 };
        let own = [written_off.of(by), if has_expired { expired.of(by) } else { 0 }];
        let several = [joined(written_off.of_several()), if has_expired { expired.of_several() } else { 0 }];
        let first = gain.min(own[0].saturating_add(several[0]));
        let second = (gain - first).min(own[1].saturating_add(several[1]));
        let mut back = Self { written_off: first, expired: second };
        let Some((flows, (member, periods))) = flows.zip(by.caps()) else { return Ok(back) };
        let mut over = 0;
        for period in periods {
            let taken = written_off.under(member, period) + if has_expired { expired.under(member, period) } else { 0 };
            let own_given_back = first.min(own[0]) + second.min(own[1]);
            over = over.max(taken - own_given_back - flows.room(member, period)?);
        }
        let mut over = over.min(gain - first - second);
        let mut further = |rows: i64| {
            let points = over.min(rows).max(0);
            over -= points;
            points
        };
        back.written_off += further(written_off.beside(by));
        back.expired += further(if has_expired { expired.beside(by) } else { 0 });
        Ok(back)
    }

    pub(super) const fn sum(self) -> i64 {
        self.written_off + self.expired
    }
}
