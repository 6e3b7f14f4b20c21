//! The fold of activities and of news of them.

use crate::entry::Entry;
use crate::entry::earning::ClaimKey;
use crate::entry::earning::{ActivityFact, BegunPart, Claims, EarningFact, PartChange};
use crate::entry::told::Told;
use crate::state::early::{Early, EarlyNews};
use crate::state::earning::Part;
use crate::state::earning::{Claim, Earning, Later, News};
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::kept::Kept;
use crate::state::overlay::Overlay;
use crate::state::program::Program;
use crate::value::ids::ActivityId;
use crate::value::ids::SourceId;

use crate::terms::caps::Flow;
use crate::value::ids::MemberId;
use crate::value::reason::Reason;
use crate::value::seq::Seq;

impl<S: State> Overlay<'_, S> {
    pub(super) fn record_activity(&mut self, entry: &Entry, fact: &ActivityFact) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        self.flow(entry.seq, member, &fact.parts)?;
        let kept = entry.keeps_activity(fact);
        let may_be_early = self.get::<Program>(&()).is_some_and(|program| program.early_kept > 0);
        if !kept && !may_be_early && fact.claims.is_none() {
            return Ok(());
        }
        let (Some(name), Some(id)) = (entry.command_name(), entry.activity_id()) else {
            return Err(FoldError::NoName(entry.kind.name()));
        };
        let known_as = (name.source.clone(), id.clone());
        let early = if may_be_early { self.get::<Early>(&known_as).cloned() } else { None };
        let told = early.as_ref().map(|early| early.counting(entry.occurred_at, fact.measure()));
        if let Some(early) = early {
            self.change(&(), entry.seq, |program: &mut Program| program.early_kept -= 1)?;
            self.put(&known_as, entry.seq, Early { came: Some(entry.seq), ..early });
        }
        if kept || told.is_some() {
            let earning = recorded(entry, fact, told.unwrap_or_default());
            self.put(&known_as, entry.seq, earning.ok_or(FoldError::NoMember(entry.kind.name()))?);
        }
        if let (Some(claims), Some(key)) = (&fact.claims, &fact.exclusive_key) {
            let claim = Claim { occurred_at: entry.occurred_at, source: name.source, activity: id };
            self.claim(entry.seq, claims, &(claims.space().clone(), key.clone()), claim);
        }
        Ok(())
    }

    fn claim(&mut self, seq: Seq, claims: &Claims, key: &ClaimKey, claim: Claim) {
        match claims {
            Claims::Latest(_) => self.put(key, seq, claim),
            Claims::Candidate(_) => {
                let mut all = self.get::<Vec<Claim>>(key).cloned().unwrap_or_default();
                all.insert(all.partition_point(|other| *other < claim), claim);
                self.put(key, seq, all);
            }
        }
    }

    pub(super) fn tell(&mut self, entry: &Entry, member: &MemberId, fact: &EarningFact) -> Result<(), FoldError> {
        self.flow(entry.seq, member, &fact.parts)?;
        let known_as = (fact.source.clone(), fact.activity.clone());
        let begun = || begun(entry, member, fact);
        let mut earning: Earning = self.get(&known_as).cloned().or_else(begun).ok_or_else(|| no_record(&known_as))?;
        let later = match Told::of(entry, fact) {
            Some(told) => earning.later.told(news(entry, told)?),
            // The activity loses its key or gets it: no news of it.
            None => earning.later,
        };
        let (is_displaced, is_revoked) = (fact.is_displaced, fact.is_revoked);
        earning.later = Later { is_displaced, is_revoked, ..later.with_waits_ended(entry.recorded_at) };
        earning.due_at = fact.due_at;
        earning.change(&fact.parts);
        self.put(&known_as, entry.seq, earning);
        Ok(())
    }

    pub(super) fn tell_early(&mut self, entry: &Entry, fact: &EarningFact) -> Result<(), FoldError> {
        let known_as = (fact.source.clone(), fact.activity.clone());
        let before = self.get::<Early>(&known_as).cloned();
        if before.is_none() {
            self.change(&(), entry.seq, |program: &mut Program| program.early_kept += 1)?;
        }
        let mut early = before.unwrap_or_default();
        let told = Told::of(entry, fact).ok_or(FoldError::FactOfOtherKind(entry.kind.name()))?;
        let News { told, id, occurred_at, seq } = news(entry, told)?;
        early.news.push(EarlyNews { seq, id: id.clone(), told, occurred_at, recorded_at: entry.recorded_at });
        self.put(&known_as, entry.seq, early);
        Ok(())
    }

    /// Adds to the flow into a member's caps.
    fn flow(&mut self, seq: Seq, member: &MemberId, parts: &[PartChange]) -> Result<(), FoldError> {
        for flow in parts.iter().flat_map(|part| &part.caps) {
            let cap = (member.clone(), flow.period.clone());
            let before = self.get::<Flow>(&cap).copied().unwrap_or_default();
            let after = before.plus(flow.change).ok_or_else(|| FoldError::Sum(Flow::key(&cap).to_string()))?;
            self.put(&cap, seq, after);
        }
        Ok(())
    }
}

/// Returns the news that an entry tells, with its id.
fn news(entry: &Entry, told: Told) -> Result<News<'_>, FoldError> {
    let request = entry.request.as_ref().ok_or(FoldError::NoName(entry.kind.name()))?;
    Ok(News { told, id: &request.id, occurred_at: entry.occurred_at, seq: entry.seq })
}

pub(super) fn no_record(known_as: &(SourceId, ActivityId)) -> FoldError {
    FoldError::NoRecord(Earning::key(known_as).to_string())
}

/// Makes an activity from the entry that records it and the news that came before it; `None` when the entry concerns no
/// member.
#[must_use]
pub fn recorded(entry: &Entry, fact: &ActivityFact, before: Later) -> Option<Earning> {
    let parts = entry.parts(fact).iter().map(part_after).collect();
    let key = fact.claims.as_ref().zip(fact.exclusive_key.clone()).map(|(claims, key)| (claims.space().clone(), key));
    // Only a candidate keeps its claim when another activity holds the key.
    let is_displaced = key.is_some() && entry.reason == Some(Reason::Superseded);
    let is_revoked = fact.is_revoked;
    let later = Later { is_displaced, is_revoked, ..before.with_waits_ended(entry.recorded_at) };
    Some(Earning {
        seq: entry.seq,
        recorded_at: entry.recorded_at,
        member: entry.member.clone()?,
        kind: fact.kind.clone(),
        occurred_at: entry.occurred_at,
        local_day: entry.local_day,
        amount_minor: fact.amount_minor,
        version: entry.rule_version,
        declined: entry.reason,
        parts,
        key,
        is_penalty: entry.raw_points < 0,
        later,
        due_at: fact.due_at,
        quantity: fact.quantity,
    })
}

fn part_after(change: &PartChange) -> Part {
    let caps = change.caps.iter().map(|flow| flow.period.clone()).collect();
    let was_held_back = change.brings != Flow::ZERO && change.passes == Flow::ZERO;
    Part { rule: change.rule.clone(), caps, brings: change.brings, was_held_back }
}

/// Makes the activity as it was recorded, from the entry that begins its record; `None` when the entry does not begin
/// one.
fn begun(entry: &Entry, member: &MemberId, fact: &EarningFact) -> Option<Earning> {
    let begun = fact.begins.as_ref()?;
    let part = |part: &BegunPart| Part {
        rule: part.rule.clone(),
        caps: part.caps.clone(),
        brings: part.brings,
        was_held_back: part.was_held_back,
    };
    Some(Earning {
        seq: entry.refers?,
        recorded_at: begun.recorded_at,
        member: member.clone(),
        kind: fact.kind.clone()?,
        occurred_at: begun.occurred_at,
        local_day: entry.local_day,
        amount_minor: begun.amount_minor,
        version: entry.rule_version,
        declined: begun.declined,
        parts: begun.parts.iter().map(part).collect(),
        key: begun.claims.clone(),
        is_penalty: fact.is_penalty,
        later: Later { is_revoked: begun.is_revoked, ..Later::default().with_waits_ended(begun.recorded_at) },
        due_at: None,
        quantity: begun.quantity,
    })
}
