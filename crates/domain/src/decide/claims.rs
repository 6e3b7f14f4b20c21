//! Exclusive keys: one activity holds each key.

use crate::decide::command::QualifiedActivity;
use crate::decide::draft::{Draft, Moment};
use crate::decide::post::{Flows, Purse};
use crate::decide::reads::{candidates, holder_of, person, tracked};
use crate::decide::rejection::Rejection;
use crate::decide::telling::{about, posted};
use crate::entry::earning::{ClaimKey, Claims, EarningFact};
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::state::earning::{CANDIDATES_MAX, Claim, Earning};
use crate::state::get::State;
use crate::terms::caps::Flow;
use crate::terms::rules::set::Holder;
use crate::value::ids::{MemberId, SourceId};
use crate::value::time::Micros;

/// An activity that claims an exclusive key, and its record.
pub(super) type Claimant<'a> = (&'a Claim, &'a Earning);

/// Effect of an activity that is being recorded on its exclusive key.
#[derive(Default)]
pub(super) struct Claiming<'a> {
    /// Claim of the activity to the key from now on.
    pub(super) claims: Option<Claims>,
    /// True when another activity holds the key.
    pub(super) is_superseded: bool,
    /// The activity that loses the key to this one, if it still stands.
    pub(super) displaces: Option<Claimant<'a>>,
}

impl<'a> Claiming<'a> {
    /// Decides the effect. `earning` is the activity as far as it is known.
    pub(super) fn of(
        state: &'a impl State,
        source: &SourceId,
        qualified: &QualifiedActivity,
        earning: &Earning,
        moment: &Moment<'_>,
    ) -> Result<Self, Rejection> {
        let Some(key) = qualified.claim_key() else { return Ok(Self::default()) };
        let occurred_at = qualified.activity.occurred_at;
        let claim = Claim { occurred_at, source: source.clone(), activity: qualified.id.clone() };
        Ok(match qualified.holder() {
            Holder::Latest => {
                let superseded = Self { is_superseded: true, ..Self::default() };
                let holder = holder_of(state, &key);
                if holder.is_some_and(|holder| claim <= *holder) {
                    return Ok(superseded);
                }
                let held = holder.and_then(|held| Some((held, tracked(state, &held.source, &held.activity)?)));
                let displaces = held.filter(|(_, earning)| earning.later.stands());
                Self { claims: Some(Claims::Latest(key.0)), is_superseded: false, displaces }
            }
            // An activity of somebody who was suspended or merged never stands.
            Holder::EarliestStanding if earning.parts.is_empty() => Self::default(),
            Holder::EarliestStanding => {
                let rivals = candidates(state, &key);
                if rivals.len() >= CANDIDATES_MAX {
                    return Err(Rejection::TooManyClaims { key: key.1.to_string() });
                }
                let contest = Contest::between(&claim, earning, &rivals, moment);
                let claims = Some(Claims::Candidate(key.0));
                Self { claims, is_superseded: contest.is_superseded, displaces: contest.displaces }
            }
        })
    }
}

/// Contest for a key whose holder is the earliest activity that stands, after one of the activities has changed.
#[derive(Default)]
pub(super) struct Contest<'a> {
    /// True when that activity stands and another holds the key.
    pub(super) is_superseded: bool,
    /// The activity that loses the key to that one.
    pub(super) displaces: Option<Claimant<'a>>,
    /// The activity that gets the key, because that one no longer stands.
    pub(super) restores: Option<Claimant<'a>>,
}

impl<'a> Contest<'a> {
    /// Decides the contest for the key that an activity claims. Where the latest claim holds the key, no activity gets it
    /// back.
    pub(super) fn of(state: &'a impl State, key: &ClaimKey, claim: &Claim, own: &Earning, moment: &Moment<'_>) -> Self {
        match holder_of(state, key) {
            Some(latest) => Self { is_superseded: latest != claim, ..Self::default() },
            None => Self::between(claim, own, &candidates(state, key), moment),
        }
    }

    fn between(claim: &Claim, own: &Earning, rivals: &[Claimant<'a>], moment: &Moment<'_>) -> Self {
        let mut standing =
            rivals.iter().filter(|(other, rival)| *other != claim && rival.can_hold(moment.now, moment.rules));
        let first = standing.next().copied();
        let stands = own.can_hold(moment.now, moment.rules);
        let is_held = |(_, rival): &Claimant<'_>| !rival.later.is_displaced;
        if stands && first.is_none_or(|(other, _)| claim < other) {
            Self { displaces: first.filter(is_held), ..Self::default() }
        } else {
            Self { is_superseded: stands, restores: first.filter(|first| !is_held(first)), ..Self::default() }
        }
    }
}

/// Handover of an exclusive key: the activity that loses or gets the key, with its points from now on.
pub(super) struct Handover {
    kind: EntryKind,
    earning: Earning,
    fact: EarningFact,
    passes: Flow,
}

impl Handover {
    /// Takes back the points that the holder of a key earned.
    pub(super) fn taken<S: State>(
        flows: &mut Flows<'_, S>,
        (claim, held): Claimant<'_>,
        moment: &Moment<'_>,
    ) -> Result<Self, Rejection> {
        let mut earning = held.clone();
        earning.later.is_displaced = true;
        Self::again(EntryKind::ActivityDisplaced, claim, earning, flows, moment)
    }

    /// Gives the points of an activity that holds its key again.
    pub(super) fn given_back<S: State>(
        flows: &mut Flows<'_, S>,
        (claim, rival): Claimant<'_>,
        moment: &Moment<'_>,
    ) -> Result<Self, Rejection> {
        let mut earning = rival.clone();
        earning.later.is_displaced = false;
        Self::again(EntryKind::KeyPassed, claim, earning, flows, moment)
    }

    fn again<S: State>(
        kind: EntryKind,
        claim: &Claim,
        mut earning: Earning,
        flows: &mut Flows<'_, S>,
        moment: &Moment<'_>,
    ) -> Result<Self, Rejection> {
        earning.later = earning.later.with_waits_ended(moment.now);
        earning.due_at = earning.next_due(moment.rules);
        let (parts, passes) = flows.repost(&mut earning)?;
        let (is_displaced, is_revoked) = (earning.later.is_displaced, earning.later.is_revoked);
        let is_reversed = earning.later.reversal().is_some();
        let about = EarningFact::about(&claim.source, &claim.activity, &earning.kind, earning.is_penalty);
        let fact = EarningFact { parts, is_displaced, is_revoked, is_reversed, due_at: earning.due_at, ..about };
        Ok(Self { kind, earning, fact, passes })
    }

    /// Returns the points that a member can use after the handover and could not before. The member and the activity's
    /// member may be merged into one person.
    pub(super) fn credits<S: State>(
        &self,
        state: &S,
        flows: &Flows<'_, S>,
        member: &MemberId,
        moment: &Moment<'_>,
    ) -> Result<i64, Rejection> {
        if person(state, &self.earning.member) != person(state, member) {
            return Ok(0);
        }
        let gain = self.passes.confirmed.max(0);
        Ok(gain - self.purse(state, flows, moment)?.given_back())
    }

    fn purse<'p, S: State>(
        &'p self,
        state: &'p S,
        flows: &Flows<'_, S>,
        moment: &Moment<'_>,
    ) -> Result<Purse<'p, S>, Rejection> {
        let by = self.earning.taker(&self.fact.source, &self.fact.activity);
        let purse = Purse::of(state, &self.earning.member, self.earning.age(&moment.zone))?;
        purse.regaining(&by, self.passes.confirmed, Some(flows))
    }

    /// Makes the entries of the handover. They come after those of the act that caused it.
    pub(super) fn drafts<S: State>(
        self,
        state: &S,
        flows: &Flows<'_, S>,
        before: &[Draft],
        occurred_at: Micros,
        moment: &Moment<'_>,
    ) -> Result<Vec<Draft>, Rejection> {
        let purse = self.purse(state, flows, moment)?.after(before);
        let (source, activity) = (self.fact.source.clone(), self.fact.activity.clone());
        let fact = EarningFact { given_back: purse.given_back(), ..self.fact.clone() };
        let fact = Fact::Earning(Box::new(fact));
        let first = Draft { occurred_at, ..about(self.kind, &self.earning, fact) };
        posted(first, &source, &activity, &self.earning, purse, self.passes)
    }
}
