//! The fold of activities, and of what is told of them.

use super::super::caps::Flow;
use super::super::earning::{Claim, Earning, Later};
use super::super::entry::{Entry, EntryKind, Reason, Seq};
use super::super::fact::{ActivityFact, Claims, EarningFact, Fact, PartChange};
use super::super::ids::MemberId;
use super::super::record::{Record, RecordKey};
use super::{FoldError, Overlay, State};

impl<S: State> Overlay<'_, S> {
    pub(super) fn record_activity(&mut self, entry: &Entry, fact: &ActivityFact) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        self.flow(entry.seq, member, &fact.parts)?;
        if !fact.tracked && fact.claims.is_none() {
            return Ok(());
        }
        let (Some(name), Some(id)) = (entry.command_name(), entry.activity_id()) else {
            return Err(FoldError::NoName(entry.kind.name()));
        };
        let key = RecordKey::Activity(name.source.clone(), id.clone());
        if fact.tracked {
            let before = match self.record(&key) {
                Some(Record::Early(later)) if fact.ends_early => later.clone(),
                _ => Later::default(),
            };
            let earning = Earning::recorded(entry, fact, before).ok_or(FoldError::NoMember(entry.kind.name()))?;
            self.put(key, entry.seq, Record::Activity(Box::new(earning)));
        }
        if fact.ends_early {
            self.change_program(entry.seq, |program| program.early_kept -= 1)?;
        }
        if let (Some(claims), Some(key)) = (&fact.claims, &fact.exclusive_key) {
            let claim = Claim { occurred_at: entry.occurred_at, source: name.source, activity: id };
            self.claim(entry.seq, claims, RecordKey::Claim(claims.space().clone(), key.clone()), claim);
        }
        Ok(())
    }

    fn claim(&mut self, seq: Seq, claims: &Claims, key: RecordKey, claim: Claim) {
        let record = match (claims, self.record(&key)) {
            (Claims::Latest(_), _) => Record::Claim(claim),
            (Claims::Candidate(_), Some(Record::Candidates(before))) => {
                let mut all = before.clone();
                all.insert(before.partition_point(|other| *other < claim), claim);
                Record::Candidates(all)
            }
            (Claims::Candidate(_), _) => Record::Candidates(vec![claim]),
        };
        self.put(key, seq, record);
    }

    pub(super) fn tell(&mut self, entry: &Entry, member: &MemberId, fact: &EarningFact) -> Result<(), FoldError> {
        self.flow(entry.seq, member, &fact.parts)?;
        let key = RecordKey::Activity(fact.source.clone(), fact.activity.clone());
        let mut earning = match (&fact.begins, self.record(&key)) {
            (Some(begins), _) => begins.clone(),
            (None, Some(Record::Activity(earning))) => Earning::clone(earning),
            _ => return Err(FoldError::NoRecord(key.to_string())),
        };
        let later = told(earning.later, entry, fact).settled(entry.recorded_at);
        earning.later = Later { is_displaced: fact.is_displaced, ..later };
        earning.due_at = fact.due_at;
        earning.change(&fact.parts);
        self.put(key, entry.seq, Record::Activity(Box::new(earning)));
        if let Some((space, of)) = &fact.gives_up {
            let key = RecordKey::Claim(space.clone(), of.clone());
            let Record::Candidates(all) = self.record_mut(&key, entry.seq)? else {
                return Err(FoldError::NoRecord(key.to_string()));
            };
            all.retain(|claim| (&claim.source, &claim.activity) != (&fact.source, &fact.activity));
        }
        Ok(())
    }

    pub(super) fn tell_early(&mut self, entry: &Entry, fact: &EarningFact) -> Result<(), FoldError> {
        let key = RecordKey::Activity(fact.source.clone(), fact.activity.clone());
        let before = match self.record(&key) {
            _ if fact.begins_early => Later::default(),
            Some(Record::Early(later)) => later.clone(),
            _ => return Err(FoldError::NoRecord(key.to_string())),
        };
        self.put(key, entry.seq, Record::Early(told(before, entry, fact)));
        if fact.begins_early {
            self.change_program(entry.seq, |program| program.early_kept += 1)?;
        }
        Ok(())
    }

    /// Adds to what flowed into a member's caps.
    fn flow(&mut self, seq: Seq, member: &MemberId, parts: &[PartChange]) -> Result<(), FoldError> {
        for flow in parts.iter().flat_map(|part| &part.caps) {
            let key = RecordKey::Cap(member.clone(), flow.period.clone());
            let before = match self.record(&key) {
                Some(Record::Cap(used)) => *used,
                _ => Flow::ZERO,
            };
            let after = before.plus(flow.change).ok_or_else(|| FoldError::Sum(key.to_string()))?;
            self.put(key, seq, Record::Cap(after));
        }
        Ok(())
    }
}

/// What is known of an activity after an entry has told something of it.
fn told(before: Later, entry: &Entry, fact: &EarningFact) -> Later {
    match entry.kind {
        EntryKind::ActivityReversed => before.reversed(entry.seq, entry.reason.unwrap_or(Reason::Mistake)),
        EntryKind::ActivityRefunded => before.refunded(fact.refunded_minor),
        EntryKind::ActivityConfirmed => before.confirmed(entry.occurred_at),
        _ => before,
    }
}

/// The records an entry changes, if that can be told without them; `None` for those of most acts on payouts and statements.
#[must_use]
pub fn changed_records(entry: &Entry) -> Option<Vec<RecordKey>> {
    let caps = |parts: &[PartChange]| -> Vec<RecordKey> {
        let periods = parts.iter().flat_map(|part| &part.caps).map(|flow| &flow.period);
        periods.filter_map(|period| Some(RecordKey::Cap(entry.member.clone()?, period.clone()))).collect()
    };
    match &entry.fact {
        Fact::Activity(fact) => {
            let mut keys = caps(&fact.parts);
            if fact.tracked {
                keys.extend(entry.activity_id().map(|id| RecordKey::Activity(entry.source.clone(), id)));
            }
            keys.extend(
                fact.claims
                    .as_ref()
                    .zip(fact.exclusive_key.clone())
                    .map(|(claims, key)| RecordKey::Claim(claims.space().clone(), key)),
            );
            Some(keys)
        }
        Fact::Earning(fact) => {
            let mut keys = caps(&fact.parts);
            keys.push(RecordKey::Activity(fact.source.clone(), fact.activity.clone()));
            keys.extend(fact.gives_up.clone().map(|(space, key)| RecordKey::Claim(space, key)));
            Some(keys)
        }
        Fact::PayoutReduction(_) | Fact::AdjustmentMove(_) => {
            let reduced = entry.fact.reduces().zip(entry.member.clone());
            Some(reduced.map_or_else(Vec::new, |(payout, member)| {
                vec![RecordKey::SetAside(member), RecordKey::Payout(payout.clone())]
            }))
        }
        Fact::Hold(fact) => Some(super::till::changed(entry, fact.place.hold())),
        Fact::Redemption(fact) => Some(super::till::changed(entry, fact.place.spending(fact.spending))),
        Fact::Member(_) | Fact::Merge(_) => Some(entry.member.clone().map(RecordKey::Member).into_iter().collect()),
        Fact::Adjustment(fact) => Some(vec![RecordKey::Adjustment(fact.id.clone())]),
        Fact::ExpiryStep(_) => Some(vec![RecordKey::Expiry]),
        Fact::Expiry(_) => Some(Vec::new()),
        _ => None,
    }
}

/// By how much an entry changes what a programme counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Activities of which something was told and that have not come.
    pub early_kept: i64,
    /// Members of whom a record is kept.
    pub members_kept: i64,
}

/// By how much an entry changes what its programme counts.
#[must_use]
pub fn counted(entry: &Entry) -> Counted {
    match &entry.fact {
        Fact::Activity(fact) => Counted { early_kept: -i64::from(fact.ends_early), ..Counted::default() },
        Fact::Earning(fact) => Counted { early_kept: i64::from(fact.begins_early), ..Counted::default() },
        // Of its entries, the first.
        Fact::Merge(fact) if entry.request.is_some() => {
            Counted { members_kept: i64::from(fact.begins), ..Counted::default() }
        }
        Fact::Member(fact) => Counted { members_kept: i64::from(fact.begins), ..Counted::default() },
        _ => Counted::default(),
    }
}
