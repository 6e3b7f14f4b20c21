//! Activities in their present state.

use super::{money, time};
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::state::early::Early;
use crate::domain::state::earning::{Earning, Later};
use crate::domain::terms::activity::{AttributeValue, Attributes, attributes_of};
use crate::domain::terms::rules::book::RuleBook;
use crate::domain::value::ids::{ActivityId, ProgramId, SourceId};
use crate::domain::value::money::Currency;
use crate::domain::value::reason::Reason;
use crate::export::sentence::Context;
use crate::pb;
use crate::pb::attribute_value::Value;

/// Returns an activity as it was when it was recorded.
pub(crate) fn activity(
    program: &ProgramId,
    entry: &Entry,
    attributes: &Attributes,
    currency: Currency,
) -> Option<pb::Activity> {
    let (Fact::Activity(fact), Some(request)) = (&entry.fact, &entry.request) else { return None };
    let rule_set = match entry.rule_version {
        0 => String::new(),
        version => format!("programs/{program}/ruleSets/{version}"),
    };
    Some(pb::Activity {
        name: format!("programs/{program}/sources/{}/activities/{}", entry.source, request.id),
        kind: fact.kind.to_string(),
        member_id: entry.member.as_ref().map(ToString::to_string).unwrap_or_default(),
        counterparty_id: fact.counterparty.as_ref().map(ToString::to_string).unwrap_or_default(),
        subject: fact.subject.as_ref().map(ToString::to_string).unwrap_or_default(),
        amount: fact.amount_minor.map(|minor| money(minor, currency)),
        exclusive_key: fact.exclusive_key.as_ref().map(ToString::to_string).unwrap_or_default(),
        follows: fact.follows.as_ref().map(ToString::to_string).unwrap_or_default(),
        attributes: attributes.iter().map(|(name, value)| (name.clone(), attribute(value))).collect(),
        occurred_at: Some(time(entry.occurred_at)),
        state: recorded_state(entry.reason).into(),
        points: entry.parts(fact).iter().map(|part| part.passes.confirmed).sum(),
        decline_reason: decline_reason(entry.reason).into(),
        rule_set,
        rule_id: entry.rule.as_ref().map(ToString::to_string).unwrap_or_default(),
        seq: entry.seq.get(),
        quantity: fact.quantity,
        ..Default::default()
    })
}

/// Returns the activity with the knowledge gained since it was recorded.
pub(crate) fn known_since(activity: pb::Activity, known: &Earning, context: &Context<'_>) -> pb::Activity {
    let Later { refunded_minor, refunded_quantity, confirmed_at, .. } = known.later;
    let state = state(activity.state(), known, context.rules);
    // The reason why it earned nothing when it was recorded is over.
    let earns = matches!(state, pb::ActivityState::Pending | pb::ActivityState::Credited);
    pb::Activity {
        state: state.into(),
        decline_reason: if earns { pb::DeclineReason::Unspecified.into() } else { activity.decline_reason },
        reversed_by_seq: known.later.reversal().map_or(0, |(reversal, _)| reversal.seq.get()),
        refunded: (refunded_minor > 0).then(|| money(refunded_minor, context.currency)),
        refunded_quantity,
        confirmed_at: confirmed_at.map(time),
        ..activity
    }
}

/// Returns the present state of an activity, by its record or, without one, by the entry that recorded it.
pub(crate) fn state_now(known: Option<&Earning>, recorded: Option<Reason>, rules: &RuleBook) -> pb::ActivityState {
    known.map_or_else(|| recorded_state(recorded), |known| state(recorded_state(known.declined), known, rules))
}

/// Returns an activity that has not come, and the news of it.
pub(crate) fn waiting(
    program: &ProgramId,
    (source, id): (&SourceId, &ActivityId),
    early: &Early,
    currency: Currency,
) -> pb::WaitingActivity {
    let news = early.news.iter().map(|news| pb::EarlyNews {
        seq: news.seq.get(),
        id: news.id.to_string(),
        kind: news.told.entry_kind().name().into(),
        occurred_at: Some(time(news.occurred_at)),
        recorded_at: Some(time(news.recorded_at)),
        amount: Some(news.told.refunded_minor()).filter(|minor| *minor > 0).map(|minor| money(minor, currency)),
        reason: news.told.reason().map(|reason| reason.name().into()).unwrap_or_default(),
        quantity: news.told.refunded_quantity(),
    });
    pb::WaitingActivity { name: format!("programs/{program}/sources/{source}/activities/{id}"), news: news.collect() }
}

fn recorded_state(reason: Option<Reason>) -> pb::ActivityState {
    match reason {
        None => pb::ActivityState::Credited,
        Some(Reason::Superseded) => pb::ActivityState::Superseded,
        Some(Reason::Unconfirmed) => pb::ActivityState::Unconfirmed,
        Some(Reason::Refunded) => pb::ActivityState::Refunded,
        Some(_) => pb::ActivityState::Declined,
    }
}

fn state(recorded: pb::ActivityState, known: &Earning, rules: &RuleBook) -> pb::ActivityState {
    // What was told before it came, and a ban, count by what is known of them now.
    let taken_back = match known.declined {
        Some(Reason::Withdrawn | Reason::Mistake | Reason::Fraud) => true,
        Some(Reason::Suspended) => !known.parts.is_empty(),
        _ => false,
    };
    let recorded = match recorded {
        pb::ActivityState::Declined if taken_back => pb::ActivityState::Credited,
        // Only the present knowledge says whether another activity holds a key that the earliest holds.
        pb::ActivityState::Superseded if known.key.is_some() => pb::ActivityState::Credited,
        // A confirmation revives it, even when nothing is left of its amount or its quantity by now.
        pb::ActivityState::Unconfirmed => pb::ActivityState::Credited,
        other => other,
    };
    // Refunds count alike, whether they came before the activity or after.
    let went_by_measure = taken_back
        || matches!(
            known.declined,
            None | Some(Reason::AmountTooSmall | Reason::QuantityTooSmall | Reason::Refunded | Reason::Unconfirmed)
        );
    let waits = known.parts.iter().any(|part| part.brings.waiting() > 0);
    match recorded {
        _ if known.later.reversal().is_some() => pb::ActivityState::Reversed,
        _ if known.later.is_revoked => pb::ActivityState::Revoked,
        _ if known.later.is_displaced => pb::ActivityState::Superseded,
        _ if waits => pb::ActivityState::Pending,
        pb::ActivityState::Credited if known.brings_nothing() && known.ended_unconfirmed(rules) => {
            pb::ActivityState::Unconfirmed
        }
        _ if went_by_measure && known.brings_nothing() && known.later.has_refunds() => pb::ActivityState::Refunded,
        recorded => recorded,
    }
}

/// Returns the attributes in a note; none when they were erased.
pub(crate) fn attributes(note: &[u8]) -> Attributes {
    attributes_of(note).unwrap_or_default()
}

fn attribute(value: &AttributeValue) -> pb::AttributeValue {
    let value = match value {
        AttributeValue::Text(text) => Value::Text(text.clone()),
        AttributeValue::Number(number) => Value::Number(*number),
        AttributeValue::Flag(flag) => Value::Flag(*flag),
        AttributeValue::Decimal(decimal) => Value::Decimal(decimal.to_string()),
    };
    pb::AttributeValue { value: Some(value) }
}

pub(super) fn decline_reason(reason: Option<Reason>) -> pb::DeclineReason {
    use pb::DeclineReason as Told;
    match reason {
        None => Told::Unspecified,
        Some(Reason::SelfDealing) => Told::SelfDealing,
        Some(Reason::NoRuleInForce) => Told::NoRuleInForce,
        Some(Reason::ConditionNotMet) => Told::ConditionNotMet,
        Some(Reason::ConditionFailed) => Told::ConditionFailed,
        Some(Reason::NoAmount) => Told::NoAmount,
        Some(Reason::NoExclusiveKey) => Told::NoExclusiveKey,
        Some(Reason::NothingToFollow) => Told::NothingToFollow,
        Some(Reason::Superseded) => Told::Superseded,
        Some(Reason::CapFull) => Told::CapFull,
        Some(Reason::Unconfirmed) => Told::Unconfirmed,
        Some(Reason::Suspended) => Told::Suspended,
        Some(Reason::Merged) => Told::Merged,
        Some(Reason::AmountTooSmall) => Told::AmountTooSmall,
        Some(Reason::Refunded) => Told::Refunded,
        Some(Reason::NoQuantity) => Told::NoQuantity,
        Some(Reason::QuantityTooSmall) => Told::QuantityTooSmall,
        Some(Reason::Withdrawn | Reason::Mistake | Reason::Fraud) => Told::Reversed,
    }
}
