//! News of an activity: reversals and restorations, refunds, confirmations, ends of waiting times, bans and their ends.

use crate::decide::claims::{Contest, Handover};
use crate::decide::command::Telling;
use crate::decide::draft::{Draft, Moment};
use crate::decide::find::the_program;
use crate::decide::post::{Flows, Purse};
use crate::decide::reads::{is_banned, told_of, tracked};
use crate::decide::rejection::Rejection;
use crate::entry::earning::EarningFact;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::payout::PayoutReduction;
use crate::entry::told::Told;
use crate::state::early::{EARLY_MAX, Early};
use crate::state::earning::{Claim, Earning, News};
use crate::state::get::State;

use crate::terms::activity::Measure;
use crate::terms::caps::Flow;
use crate::value::ids::{ActivityId, RequestId, SourceId};
use crate::value::seq::Seq;

/// Records news of an activity. The news of an activity that has not come is kept until it comes.
pub(super) fn tell(
    state: &impl State,
    id: &RequestId,
    telling: &Telling,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    match told_of(state, telling) {
        None => Ok(vec![tell_early(state, telling, moment)?]),
        Some(before) => tell_recorded(state, &before, id, telling, moment),
    }
}

fn tell_recorded(
    state: &impl State,
    before: &Earning,
    id: &RequestId,
    telling: &Telling,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    can_be_told(state, before, telling, moment)?;
    let is_tracked = tracked(state, &telling.source, &telling.activity).is_some();
    let mut earning = before.clone();
    // The entry has no place yet. For the decision, any seq will do.
    let (told, occurred_at, seq) = (telling.told, telling.occurred_at, before.seq);
    earning.later = earning.later.told(News { told, id, occurred_at, seq }).with_waits_ended(moment.now);
    let mut contest = Contest::default();
    if let Some(key) = &earning.key {
        let (source, activity) = (telling.source.clone(), telling.activity.clone());
        let claim = Claim { occurred_at: earning.occurred_at, source, activity };
        contest = Contest::of(state, key, &claim, &earning, moment);
        earning.later.is_displaced = contest.is_superseded;
    }
    earning.due_at = earning.next_due(moment.rules);
    let mut flows = Flows::new(state, moment);
    // Points that are taken back make room under the caps for points that are given.
    let displaced = contest.displaces.map(|held| Handover::taken(&mut flows, held, moment)).transpose()?;
    let (parts, passes) = flows.repost(&mut earning)?;
    let restored = contest.restores.map(|rival| Handover::given_back(&mut flows, rival, moment)).transpose()?;
    // Points that the same member gets come after, and still count here: the member spends nothing in between.
    let to_come = restored.as_ref().map(|handover| handover.credits(state, &flows, &earning.member, moment));
    let by = earning.taker(&telling.source, &telling.activity);
    let purse = Purse::of(state, &earning.member, earning.age(&moment.zone))?
        .expecting(to_come.transpose()?.unwrap_or_default())
        .regaining(&by, passes.confirmed, Some(&flows))?;
    let fact = EarningFact {
        refunded_minor: telling.told.refunded_minor(),
        begins: (!is_tracked).then(|| before.begun()),
        is_displaced: earning.later.is_displaced,
        is_revoked: earning.later.is_revoked,
        is_reversed: earning.later.reversal().is_some(),
        given_back: purse.given_back(),
        due_at: earning.due_at,
        parts,
        excess_minor: earning.excess_minor().min(telling.told.refunded_minor()),
        refunded_quantity: telling.told.refunded_quantity(),
        excess_quantity: earning.excess_quantity().min(telling.told.refunded_quantity()),
        ..EarningFact::about(&telling.source, &telling.activity, &earning.kind, earning.is_penalty)
    };
    let first = Draft {
        occurred_at: telling.occurred_at,
        reason: telling.told.reason(),
        ..about(telling.told.entry_kind(), &earning, Fact::Earning(Box::new(fact)))
    };
    let mut drafts = posted(first, &telling.source, &telling.activity, &earning, purse, passes)?;
    for handover in displaced.into_iter().chain(restored) {
        drafts.extend(handover.drafts(state, &flows, &drafts, telling.occurred_at, moment)?);
    }
    Ok(drafts)
}

/// Checks that news can be told of a recorded activity.
fn can_be_told(state: &impl State, before: &Earning, telling: &Telling, moment: &Moment<'_>) -> Result<(), Rejection> {
    let is_dated_before = telling.occurred_at < before.occurred_at;
    match telling.told {
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
        // A ban takes back what was earned. What was taken stays.
        Told::Revoked if before.later.is_revoked || before.is_penalty || !is_banned(state, &before.member) => {
            Err(Rejection::NothingDue)
        }
        Told::Reinstated if !before.later.is_revoked || is_banned(state, &before.member) => Err(Rejection::NothingDue),
        _ => Ok(()),
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

/// Keeps news of an activity that has not come.
fn tell_early(state: &impl State, telling: &Telling, moment: &Moment<'_>) -> Result<Draft, Rejection> {
    let before = state.get::<Early>(&(telling.source.clone(), telling.activity.clone()));
    if !telling.told.is_of_source() {
        return Err(Rejection::NothingDue);
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
        due_at: None,
        parts: Vec::new(),
        excess_minor: 0,
        refunded_quantity: telling.told.refunded_quantity(),
        excess_quantity: 0,
        is_revoked: false,
        is_reversed: false,
        is_penalty: false,
        given_back: 0,
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
        None => Fact::Earning(Box::new(EarningFact::about(source, activity, &earning.kind, earning.is_penalty))),
        Some(payout) => {
            let (source, activity, kind) = (source.clone(), activity.clone(), earning.kind.clone());
            let is_penalty = earning.is_penalty;
            Fact::PayoutReduction(Box::new(PayoutReduction { payout, source, activity, kind, is_penalty }))
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
