//! News of an activity: reversals, refunds, confirmations, ends of waiting times.

use crate::decide::claims::{Contest, Handover};
use crate::decide::command::Telling;
use crate::decide::draft::{Draft, Moment};
use crate::decide::find::the_program;
use crate::decide::post::{Flows, Purse};
use crate::decide::reads::tracked;
use crate::decide::reads::{candidates, told_of};
use crate::decide::rejection::Rejection;
use crate::entry::earning::EarningFact;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::payout::PayoutReduction;
use crate::entry::told::Told;
use crate::state::early::{EARLY_MAX, Early};
use crate::state::earning::{Claim, Earning};
use crate::state::get::State;

use crate::terms::activity::Measure;
use crate::terms::caps::Flow;
use crate::value::ids::{ActivityId, SourceId};
use crate::value::seq::Seq;

/// Records news of an activity. The news of an activity that has not come is kept until it comes.
pub(super) fn tell(state: &impl State, telling: &Telling, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    match told_of(state, telling) {
        None => Ok(vec![tell_early(state, telling, moment)?]),
        Some(before) => {
            let is_tracked = tracked(state, &telling.source, &telling.activity).is_some();
            tell_recorded(state, &before, is_tracked, telling, moment)
        }
    }
}

fn tell_recorded(
    state: &impl State,
    before: &Earning,
    is_tracked: bool,
    telling: &Telling,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    can_be_told(state, before, telling, moment)?;
    let mut earning = before.clone();
    // The reversing entry is known once it has its place. For the decision, the fact of a reversal is enough.
    earning.later = earning.later.told(telling.told, before.seq, telling.occurred_at).with_waits_ended(moment.now);
    let mut contest = Contest::default();
    if let Some(key) = &earning.contested {
        let (source, activity) = (telling.source.clone(), telling.activity.clone());
        let claim = Claim { occurred_at: earning.occurred_at, source, activity };
        contest = Contest::between(&claim, &earning, &candidates(state, key), moment);
        earning.later.is_displaced = contest.is_superseded;
    }
    earning.due_at = earning.next_due(moment.rules);
    let mut flows = Flows::new(state, moment);
    // Points that are taken back make room under the caps for points that are given.
    let displaced = contest.displaces.map(|held| Handover::taken(&mut flows, held, moment)).transpose()?;
    let (parts, passes) = flows.repost(&mut earning)?;
    let restored = contest.restores.map(|rival| Handover::given_back(&mut flows, rival, moment)).transpose()?;
    let fact = EarningFact {
        refunded_minor: telling.told.refunded_minor(),
        begins: (!is_tracked).then(|| before.begun()),
        is_displaced: earning.later.is_displaced,
        gives_up: earning.contested.clone().filter(|_| matches!(telling.told, Told::Reversed(_))),
        due_at: earning.due_at,
        parts,
        excess_minor: earning.excess_minor().min(telling.told.refunded_minor()),
        refunded_quantity: telling.told.refunded_quantity(),
        excess_quantity: earning.excess_quantity().min(telling.told.refunded_quantity()),
        ..EarningFact::about(&telling.source, &telling.activity, &earning.kind)
    };
    // Points that the same member gets back come after, and still count here: the member spends nothing in between.
    let given_back = restored.as_ref().map_or(0, |handover| handover.credits(state, &earning.member));
    let purse = Purse::of(state, &earning.member, Some(earning.age(&moment.zone)))?.expecting(given_back);
    let first = Draft {
        occurred_at: telling.occurred_at,
        reason: telling.told.reason(),
        ..about(telling.told.entry_kind(), &earning, Fact::Earning(Box::new(fact)))
    };
    let mut drafts = posted(first, &telling.source, &telling.activity, &earning, purse, passes)?;
    for handover in displaced.into_iter().chain(restored) {
        drafts.extend(handover.drafts(state, &drafts, telling.occurred_at, moment)?);
    }
    Ok(drafts)
}

/// Checks that news can be told of a recorded activity.
fn can_be_told(state: &impl State, before: &Earning, telling: &Telling, moment: &Moment<'_>) -> Result<(), Rejection> {
    let is_dated_before = telling.occurred_at < before.occurred_at;
    match telling.told {
        Told::Reversed(_) => not_yet_reversed(before.later.reversed_by),
        Told::Refunded { minor, .. } if minor > 0 && before.amount_minor.is_none() => {
            Err(Rejection::NothingToRefund { of: "an amount" })
        }
        Told::Refunded { quantity, .. } if quantity > 0 && before.quantity.is_none() => {
            Err(Rejection::NothingToRefund { of: "a quantity" })
        }
        Told::Refunded { .. } | Told::Confirmed if is_dated_before => {
            Err(Rejection::DatedBeforeActivity { occurred_at: before.occurred_at })
        }
        Told::Refunded { minor, quantity } => can_be_refunded(state, before.measure(), minor, quantity),
        Told::WaitEnded if before.due_at.is_none_or(|due| due > moment.now) => Err(Rejection::NothingDue),
        Told::Confirmed | Told::WaitEnded => Ok(()),
    }
}

/// Checks that one refund gives back no more than all of an activity.
fn can_be_refunded(state: &impl State, whole: Measure, minor: i64, quantity: i64) -> Result<(), Rejection> {
    let exceeds = |of, whole, asked| Err(Rejection::RefundExceedsAmount { of, whole, asked });
    if !whole.covers(minor, 0) {
        let currency = the_program(state)?.terms.currency;
        let told = |minor| format!("{} {}", currency.format(minor), currency.code());
        return exceeds("amount", told(whole.minor.unwrap_or_default()), told(minor));
    }
    if !whole.covers(0, quantity) {
        return exceeds("quantity", whole.quantity.unwrap_or_default().to_string(), quantity.to_string());
    }
    Ok(())
}

fn not_yet_reversed(by: Option<Seq>) -> Result<(), Rejection> {
    by.map_or(Ok(()), |by| Err(Rejection::ActivityReversed { by }))
}

/// Keeps news of an activity that has not come.
fn tell_early(state: &impl State, telling: &Telling, moment: &Moment<'_>) -> Result<Draft, Rejection> {
    let before = state.get::<Early>(&(telling.source.clone(), telling.activity.clone()));
    match telling.told {
        Told::Reversed(_) => not_yet_reversed(before.and_then(Early::reversed_by))?,
        Told::WaitEnded => return Err(Rejection::NothingDue),
        Told::Refunded { .. } | Told::Confirmed => {}
    }
    if before.is_some_and(|early| early.news.len() >= EARLY_MAX) {
        return Err(Rejection::TooMuchEarlyNews);
    }
    let fact = EarningFact {
        source: telling.source.clone(),
        activity: telling.activity.clone(),
        kind: None,
        refunded_minor: telling.told.refunded_minor(),
        begins: None,
        is_displaced: false,
        gives_up: None,
        due_at: None,
        parts: Vec::new(),
        excess_minor: 0,
        refunded_quantity: telling.told.refunded_quantity(),
        excess_quantity: 0,
    };
    let act = Draft::act(telling.told.entry_kind(), moment, Fact::Earning(Box::new(fact)));
    let (occurred_at, local_day) = (telling.occurred_at, telling.occurred_at.day_in(&moment.zone));
    Ok(Draft { occurred_at, local_day, reason: telling.told.reason(), ..act })
}

/// Makes the entries of an act on a recorded activity. The first is `first`; the others are further moves.
pub(super) fn posted<S: State>(
    first: Draft,
    source: &SourceId,
    activity: &ActivityId,
    earning: &Earning,
    purse: Purse<'_, S>,
    passes: Flow,
) -> Result<Vec<Draft>, Rejection> {
    purse.drafts(passes, first, |payout| match payout {
        None => Fact::Earning(Box::new(EarningFact::about(source, activity, &earning.kind))),
        Some(payout) => {
            let (source, activity, kind) = (source.clone(), activity.clone(), earning.kind.clone());
            Fact::PayoutReduction(Box::new(PayoutReduction { payout, source, activity, kind }))
        }
    })
}

/// Makes an entry about a recorded activity. It counts on the activity's day.
pub(super) fn about(kind: EntryKind, earning: &Earning, fact: Fact) -> Draft {
    Draft {
        kind,
        member: Some(earning.member.clone()),
        movement: None,
        occurred_at: earning.occurred_at,
        local_day: earning.local_day,
        refers: Some(earning.seq).filter(|seq| *seq > Seq::ZERO),
        rule_version: earning.version,
        rule: earning.parts.first().map(|part| part.rule.clone()),
        raw_points: 0,
        reason: None,
        fact,
        note_digest: None,
    }
}
