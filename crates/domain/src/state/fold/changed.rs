//! Changes of an entry, found without the state before it.

use crate::entry::Entry;
use crate::entry::batch::{PaymentName, Reported};
use crate::entry::earning::PartChange;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::member::MergeFact;
use crate::state::record::RecordKey;
use crate::terms::expiry::{CutOff, Reach};
use crate::value::ids::MemberId;

/// Returns the records that an entry may change, if the entry alone tells; `None` for most acts on payouts and
/// statements, and for changes of access.
///
/// `keeps_early` means that news is kept of activities that have not come. Then each activity may be one of these. The
/// programme counts them, so its record is among the changed ones. It is also among them when an entry begins to keep
/// such news.
#[must_use]
pub fn changed_records(entry: &Entry, keeps_early: bool) -> Option<Vec<RecordKey>> {
    let mut keys = of_payments(entry).map_or_else(|| changed_by_act(entry, keeps_early), Some)?;
    keys.extend(takings(entry.member.as_ref().filter(|_| entry.takes_out_of().is_some())));
    Some(keys)
}

fn changed_by_act(entry: &Entry, keeps_early: bool) -> Option<Vec<RecordKey>> {
    let caps = |parts: &[PartChange]| of_caps(entry, parts);
    match &entry.fact {
        Fact::Activity(fact) => {
            let mut keys = caps(&fact.parts);
            if keeps_early {
                keys.push(RecordKey::Program);
                keys.extend(entry.activity_id().map(|id| RecordKey::Early(entry.source.clone(), id)));
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
            let (source, activity) = (fact.source.clone(), fact.activity.clone());
            if entry.member.is_none() {
                return Some(vec![RecordKey::Early(source, activity), RecordKey::Program]);
            }
            let mut keys = caps(&fact.parts);
            keys.push(RecordKey::Activity(source, activity));
            Some(keys)
        }
        Fact::PayoutReduction(_) | Fact::AdjustmentMove(_) => {
            let reduced = entry.fact.reduces().zip(entry.member.clone());
            Some(reduced.map_or_else(Vec::new, |(payout, member)| {
                vec![RecordKey::Reservations(member), RecordKey::Payout(payout.clone())]
            }))
        }
        Fact::Hold(fact) => {
            let mut keys = vec![RecordKey::hold(&fact.place)];
            keys.extend(entry.member.clone().map(RecordKey::Holds));
            keys.extend(made_good(entry));
            Some(keys)
        }
        Fact::Redemption(fact) => {
            let mut keys = vec![RecordKey::spending(&fact.place, fact.spending)];
            keys.extend(made_good(entry));
            Some(keys)
        }
        // Only one entry of a merger changes more than an account.
        Fact::Merge(fact) if entry.kind != EntryKind::MemberMerged || entry.member.as_ref() != Some(&fact.from) => {
            Some(Vec::new())
        }
        Fact::TermsUpdate(_) | Fact::Choice(_) | Fact::Lot(_) | Fact::Lapse(_) => Some(of_terms_or_money(entry)),
        Fact::Member(_) => Some(of_member(entry)),
        Fact::Profile(_) => Some(entry.member.clone().map(RecordKey::Profile).into_iter().collect()),
        Fact::Merge(fact) => Some(of_merger(entry, fact)),
        Fact::Adjustment(fact) => {
            let waits = (entry.changes_waiting() != 0).then(|| [RecordKey::waiting(&fact.id), RecordKey::Program]);
            Some([RecordKey::Adjustment(fact.id.clone())].into_iter().chain(waits.into_iter().flatten()).collect())
        }
        Fact::Proposal(fact) => Some(vec![RecordKey::Proposal(fact.id.clone())]),
        Fact::ExpiryStep(_) => Some(vec![RecordKey::Expiry]),
        Fact::Expiry(CutOff { reach: Reach::OfInactive { .. }, .. }) => {
            Some(entry.member.clone().map(RecordKey::Reached).into_iter().collect())
        }
        Fact::Expiry(_) | Fact::SignedList(_) => Some(Vec::new()),
        _ => None,
    }
}

fn of_caps(entry: &Entry, parts: &[PartChange]) -> Vec<RecordKey> {
    let periods = parts.iter().flat_map(|part| &part.caps).map(|flow| &flow.period);
    periods.filter_map(|period| Some(RecordKey::Cap(entry.member.clone()?, period.clone()))).collect()
}

/// Returns the records of a change of the programme's terms, of a choice, or of a lot.
fn of_terms_or_money(entry: &Entry) -> Vec<RecordKey> {
    match &entry.fact {
        Fact::TermsUpdate(change) => {
            let program = (entry.kind == EntryKind::ProgramUpdated).then_some(RecordKey::Program);
            [RecordKey::Update(change.id.clone())].into_iter().chain(program).collect()
        }
        Fact::Lapse(_) => {
            let open = (entry.kind == EntryKind::LapseApproved).then_some(RecordKey::OpenRuns);
            entry.member.clone().map(RecordKey::Lapse).into_iter().chain(open).collect()
        }
        Fact::Choice(_) => {
            entry.member.clone().map(RecordKey::Choices).into_iter().chain([RecordKey::OpenRuns]).collect()
        }
        Fact::Lot(fact) => {
            let closing = fact.decided.as_ref().map(|(payout, _)| RecordKey::Closing(payout.clone()));
            let lots = entry.member.clone().map(RecordKey::Lots);
            lots.into_iter().chain([RecordKey::OpenRuns]).chain(closing).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the records of an act on payments; `None` for other acts.
fn of_payments(entry: &Entry) -> Option<Vec<RecordKey>> {
    let payee = entry.member.clone().map(RecordKey::Payee);
    let names = |name: &PaymentName| {
        [RecordKey::Payment(name.batch.clone(), name.number), RecordKey::Batch(name.batch.clone())]
    };
    Some(match &entry.fact {
        Fact::Batch(terms) => vec![RecordKey::Batch(terms.id.clone())],
        Fact::BatchStep(step) => vec![RecordKey::Batch(step.batch.clone())],
        Fact::BatchContent(content) => vec![RecordKey::Batch(content.batch.clone())],
        Fact::BatchAct(id) => vec![RecordKey::Batch(id.clone())],
        Fact::Part(part) => {
            let lots = entry.member.clone().map(RecordKey::Lots).into_iter();
            // The report that comes before them has told of the payment.
            let is_told = matches!(entry.kind, EntryKind::MoneySettled | EntryKind::MoneyBack);
            let named = (!is_told).then(|| names(&part.payment)).into_iter().flatten();
            lots.chain(named).chain(payee.filter(|_| !is_told)).collect()
        }
        Fact::Report(report) => {
            let payee = payee.filter(|_| report.reported != Reported::Unclaimed);
            names(&report.payment).into_iter().chain(payee).collect()
        }
        Fact::Payee(fact) => payee.into_iter().chain(fact.drawn.iter().flat_map(names)).collect(),
        Fact::Retry(_) => payee.into_iter().collect(),
        _ => return None,
    })
}

fn of_merger(entry: &Entry, fact: &MergeFact) -> Vec<RecordKey> {
    let profile = [RecordKey::Profile(fact.into.clone())];
    let both = [&fact.from, &fact.into];
    let money =
        both.iter().flat_map(|member| [RecordKey::Lots((*member).clone()), RecordKey::Payee((*member).clone())]);
    let money = money.chain([RecordKey::OpenRuns, RecordKey::Choices(fact.into.clone())]);
    of_member(entry).into_iter().chain(takings([&fact.from, &fact.into])).chain(profile).chain(money).collect()
}

fn of_member(entry: &Entry) -> Vec<RecordKey> {
    entry.member.clone().map(RecordKey::Member).into_iter().chain([RecordKey::Program]).collect()
}

/// Returns the rows that points given back by a shop make good, if any.
fn made_good(entry: &Entry) -> Vec<RecordKey> {
    takings(entry.member.as_ref().filter(|_| entry.fact.made_good_beside() > 0))
}

fn takings<'a>(of: impl IntoIterator<Item = &'a MemberId>) -> Vec<RecordKey> {
    of.into_iter().cloned().map(RecordKey::Takings).collect()
}
