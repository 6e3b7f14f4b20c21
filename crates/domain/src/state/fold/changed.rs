//! Changes of an entry, found without the state before it.

use crate::entry::Entry;
use crate::entry::earning::PartChange;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::state::record::RecordKey;

/// Returns the records that an entry may change, if the entry alone tells; `None` for most acts on payouts and
/// statements.
///
/// `keeps_early` means that news is kept of activities that have not come. Then each activity may be one of these. The
/// programme counts them, so its record is among the changed ones. It is also among them when an entry begins to keep
/// such news.
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
        // Further moves of an act change only accounts, unless fewer points stay reserved for a payout.
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
                vec![RecordKey::Reservations(member), RecordKey::Payout(payout.clone())]
            }))
        }
        Fact::Hold(fact) => {
            let open = entry.member.clone().map(RecordKey::Holds);
            Some([RecordKey::hold(&fact.place)].into_iter().chain(open).collect())
        }
        Fact::Redemption(fact) => Some(vec![RecordKey::spending(&fact.place, fact.spending)]),
        // Only one entry of a merger changes more than an account.
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
