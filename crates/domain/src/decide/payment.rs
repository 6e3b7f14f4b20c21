//! Payments: what became of each, and where members' money goes.

use crate::decide::batch::part;
use crate::decide::draft::{Draft, Moment};
use crate::decide::find::{the_batch, the_payment};
use crate::decide::lots::withheld;
use crate::decide::reads;
use crate::decide::rejection::{MoneyRejection, Rejection};
use crate::decide::require::in_state;
use crate::entry::batch::{PayeeFact, PaymentName, PaymentReport, Reported};
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::state::batch::BatchState;
use crate::state::get::State;
use crate::state::lots::Lots;
use crate::state::member::MemberState;
use crate::state::payee::{KEPT_MAX, Payee};
use crate::state::payment::{Payment, PaymentState};
use crate::terms::batch::PayeeKind;
use crate::value::bucket::Bucket;
use crate::value::encoding::Hash;
use crate::value::ids::MemberId;
use crate::value::seq::Seq;

/// Records what became of a payment, and moves its lots.
pub(super) fn report(
    state: &impl State,
    report: &PaymentReport,
    told_minor: Option<i64>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let batch = the_batch(state, &report.payment.batch)?;
    in_state(batch.state, BatchState::Released, BatchState::name)?;
    let payment = the_payment(state, &report.payment)?;
    let owed = payment.minor.saturating_sub(report.fee_minor);
    if owed < 0 || told_minor.is_some_and(|minor| minor != owed) {
        return Err(MoneyRejection::OtherAmount {
            sent_minor: payment.minor,
            told_minor: told_minor.unwrap_or(owed),
            fee_minor: report.fee_minor,
        }
        .into());
    }
    let moved = moved_by(report, payment)?;
    let fact = Fact::Report(Box::new(report.clone()));
    let person = reads::person(state, &payment.member);
    let first = Draft::act(EntryKind::PaymentReported, moment, fact).of(&person, None).referring_to(batch.created_seq);
    let mut drafts = vec![first];
    let Some((kind, from, to)) = moved else { return Ok(drafts) };
    // Whoever was shut out meanwhile does not get at money that comes back.
    let is_shut_out = reads::member_state(state, &person) != MemberState::Active;
    for lot in state.get::<Lots>(&person).into_iter().flat_map(|lots| lots.of_payment(&report.payment)) {
        drafts.push(part(kind, &person, &report.payment, lot, (from, to), None, moment)?);
        if to == Bucket::Due && is_shut_out {
            drafts.push(withheld(&person, &lot.name, Bucket::Due, lot.minor, moment)?);
        }
    }
    Ok(drafts)
}

/// Returns how the lots of a payment move by a report; `None` when they stay.
fn moved_by(report: &PaymentReport, payment: &Payment) -> Result<Option<(EntryKind, Bucket, Bucket)>, Rejection> {
    use PaymentState::{Back, Sent, Settled, Unclaimed};
    let settled = Some((EntryKind::MoneySettled, Bucket::Sent, Bucket::Settled));
    let back = |from| Some((EntryKind::MoneyBack, from, Bucket::Due));
    match (payment.state, report.reported) {
        (Sent | Unclaimed, Reported::Paid) => Ok(settled),
        (Sent | Unclaimed, Reported::Failed(_) | Reported::Returned(_)) => Ok(back(Bucket::Sent)),
        (Settled, Reported::Returned(_)) => Ok(back(Bucket::Settled)),
        (Sent, Reported::Unclaimed) => Ok(None),
        (Settled, Reported::Paid) => {
            let before = payment.last_report.as_ref().map_or("", |last| last.reference.as_str());
            let is_other = !before.is_empty() && !report.reference.is_empty() && before != report.reference;
            if is_other {
                return Err(MoneyRejection::PaidBefore { reference: before.to_owned() }.into());
            }
            Err(Rejection::NothingDue)
        }
        (Unclaimed, Reported::Unclaimed) | (Back, Reported::Failed(_) | Reported::Returned(_)) => {
            Err(Rejection::NothingDue)
        }
        (state, told) => {
            let needed = match told {
                Reported::Paid | Reported::Unclaimed => "sent, and did not come back",
                Reported::Failed(_) => "sent, and has not arrived",
                Reported::Returned(_) => "sent",
            };
            Err(Rejection::WrongState { state: state.name(), needed })
        }
    }
}

/// Sets where a member's money goes.
pub(super) fn set_payee(
    state: &impl State,
    member: &MemberId,
    (kind, fingerprint): (PayeeKind, Hash),
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    // A writer that asked for an account which is not there has an empty one.
    if state.account(member).is_none_or(|account| account.last_seq == Seq::ZERO) {
        return Err(Rejection::NotFound { resource: format!("members/{member}") });
    }
    if reads::member_state(state, member) == MemberState::Merged {
        return Err(Rejection::WrongState { state: MemberState::Merged.name(), needed: "active, suspended or banned" });
    }
    let known = state.get::<Payee>(member).and_then(|payee| payee.set.as_ref());
    if known.is_some_and(|known| known.kind == kind && known.to.fingerprint == fingerprint) {
        return Err(Rejection::NothingDue);
    }
    Ok(vec![payee(EntryKind::PayeeSet, state, member, Some((kind, fingerprint)), moment)])
}

/// Removes where a member's money goes, once nothing went there for long.
pub(super) fn expire_payee(
    state: &impl State,
    member: &MemberId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let due = state.get::<Payee>(member).and_then(Payee::due_at);
    if due.is_none_or(|due| due > moment.now) {
        return Err(Rejection::NothingDue);
    }
    Ok(vec![payee(EntryKind::PayeeRemoved, state, member, None, moment)])
}

/// Removes where a member's money goes.
pub(super) fn remove_payee(
    state: &impl State,
    member: &MemberId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    if state.get::<Payee>(member).is_none_or(|payee| payee.kept.is_empty()) {
        return Err(Rejection::NotFound { resource: format!("members/{member}/payee") });
    }
    Ok(vec![payee(EntryKind::PayeeRemoved, state, member, None, moment)])
}

fn payee(
    kind: EntryKind,
    state: &impl State,
    member: &MemberId,
    set: Option<(PayeeKind, Hash)>,
    moment: &Moment<'_>,
) -> Draft {
    let drawn = state.get::<Lots>(member).map(Lots::drawn).unwrap_or_default();
    let none = Payee::default();
    let Payee { kept, under_way, .. } = state.get::<Payee>(member).unwrap_or(&none);
    let erased = match set {
        Some(_) => &kept[..kept.len().saturating_sub(KEPT_MAX - 1)],
        // Files to it may still be written; the sweeper erases it later.
        None if *under_way > 0 => &[],
        None => kept,
    };
    let fact = PayeeFact { set, drawn, erased: erased.to_vec() };
    Draft::act(kind, moment, Fact::Payee(Box::new(fact))).of(member, None)
}

/// Allows another payment to the destination from which this one came back.
pub(super) fn retry(state: &impl State, name: &PaymentName, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let payment = the_payment(state, name)?;
    let person = reads::person(state, &payment.member);
    if !state.get::<Payee>(&person).is_some_and(|payee| payee.is_blocked_by(name)) {
        let needed =
            "one that came back because of its destination, and because of which nothing more is drawn for the member";
        return Err(Rejection::WrongState { state: payment.state.name(), needed });
    }
    Ok(vec![Draft::act(EntryKind::PaymentRetried, moment, Fact::Retry(name.clone())).of(&person, None)])
}
