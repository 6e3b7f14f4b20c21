//! What an entry changes, told without the state before it.

use crate::entry::Entry;
use crate::entry::earning::PartChange;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::state::record::RecordKey;

/// The records an entry may change, if that can be told without them; `None` for those of most acts on payouts and statements.
///
/// Where something is kept of activities that have not come (`keeps_early`), each activity may be one of these. Then, and for
/// what begins to be kept, the programme is among the records: it counts them.
#[must_use]
pub fn changed_records(entry: &Entry, keeps_early: bool) -> Option<Vec<RecordKey>> {
    let caps = |parts: &[PartChange]| -> Vec<RecordKey> {
        let periods = parts.iter().flat_map(|part| &part.caps).map(|flow| &flow.period);
        periods.filter_map(|period| Some(RecordKey::Cap(entry.member.clone()?, period.clone()))).collect()
    };
    match &entry.fact {
        Fact::Activity(fact) => {
            let mut keys = caps(&fact.parts);
            if keeps_early {
                keys.push(RecordKey::Program);
            }
            if keeps_early || entry.keeps_activity(fact) {
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
        // Further moves of an act change accounts alone, unless a payout has less set aside by them.
        Fact::Earning(_) | Fact::Hold(_) | Fact::Redemption(_) | Fact::Merge(_) if entry.kind.is_further_move() => {
            Some(Vec::new())
        }
        Fact::Earning(fact) => {
            let mut keys = caps(&fact.parts);
            keys.push(RecordKey::Activity(fact.source.clone(), fact.activity.clone()));
            keys.extend(fact.gives_up.clone().map(|(space, key)| RecordKey::Claim(space, key)));
            keys.extend(entry.member.is_none().then_some(RecordKey::Program));
            Some(keys)
        }
        Fact::PayoutReduction(_) | Fact::AdjustmentMove(_) => {
            let reduced = entry.fact.reduces().zip(entry.member.clone());
            Some(reduced.map_or_else(Vec::new, |(payout, member)| {
                vec![RecordKey::SetAside(member), RecordKey::Payout(payout.clone())]
            }))
        }
        Fact::Hold(fact) => {
            let open = entry.member.clone().map(RecordKey::Holds);
            Some([RecordKey::hold(&fact.place)].into_iter().chain(open).collect())
        }
        Fact::Redemption(fact) => Some(vec![RecordKey::spending(&fact.place, fact.spending)]),
        // Of a merger, one entry changes more than an account.
        Fact::Merge(fact) if entry.kind != EntryKind::MemberMerged || entry.member.as_ref() != Some(&fact.from) => {
            Some(Vec::new())
        }
        Fact::Member(_) | Fact::Merge(_) => {
            Some(entry.member.clone().map(RecordKey::Member).into_iter().chain([RecordKey::Program]).collect())
        }
        Fact::Adjustment(fact) => Some(vec![RecordKey::Adjustment(fact.id.clone())]),
        Fact::ExpiryStep(_) => Some(vec![RecordKey::Expiry]),
        Fact::Expiry(_) => Some(Vec::new()),
        _ => None,
    }
}
