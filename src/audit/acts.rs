//! Checks that an entry was allowed: the move that its kind makes, and the state of the thing it acts on.

use super::access::wrongly_signed;
use crate::domain::decide::reads::member_state;
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::state::get::State;
use crate::domain::state::member::MemberState;
use crate::domain::state::payout::PayoutState;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::state::statement::{Statement, StatementState};
use crate::domain::terms::savings::StatementTerms;
use crate::domain::value::bucket::{Bucket, Unit};
use crate::domain::value::ids::{MemberId, PayoutId};
use crate::domain::value::seq::Seq;

/// Returns the fault of an entry in the state before it, if there is one.
pub(super) fn out_of_place(entry: &Entry, before: &impl State) -> Option<String> {
    wrong_move(entry)
        .or_else(|| overspent(entry))
        .or_else(|| wrong_state(entry, before))
        .or_else(|| statement_out_of_turn(entry, before))
        .or_else(|| begun_before(entry, before).map(Into::into))
        .or_else(|| pool_not_approved(entry, before))
        .or_else(|| reserved_of_shut_out(entry, before))
        .or_else(|| wrongly_signed(entry, before))
}

/// Finds a second beginning of something that begins once: it would undo everything recorded of it since.
fn begun_before(entry: &Entry, before: &impl State) -> Option<&'static str> {
    let is_first = entry.seq == Seq::ZERO.next();
    if is_first != (entry.kind == EntryKind::ProgramCreated) {
        return Some("a programme is created once, by its first entry");
    }
    let (key, problem) = match &entry.fact {
        Fact::Statement(terms) if entry.kind == EntryKind::StatementDeclared => {
            (RecordKey::Statement(terms.id.clone()), "the statement was declared before")
        }
        Fact::Payout(terms) => (RecordKey::Payout(terms.id.clone()), "the payout was begun before"),
        Fact::Batch(terms) => (RecordKey::Batch(terms.id.clone()), "the batch was begun before"),
        _ => return None,
    };
    before.record(&key).map(|_| problem)
}

/// True when a kind may move something from one bucket to another.
const fn may_move(kind: EntryKind, from: Bucket, to: Bucket) -> bool {
    use Bucket::{
        Available, Carried, Donated, Drawn, Due, Expired, Given, Granted, Held, Issued, Lapsed, Moved, MovedMoney,
        Paid, Redeemed, Reserved, Sent, Settled, Withheld, WrittenOff,
    };
    match kind {
        // The entries before it are used to decide again which of these moves it is.
        EntryKind::ActivityRecorded
        | EntryKind::ActivityReversed
        | EntryKind::ActivityRefunded
        | EntryKind::ActivityConfirmed
        | EntryKind::WaitEnded
        | EntryKind::ActivityDisplaced
        | EntryKind::KeyPassed
        | EntryKind::ActivityRestored
        | EntryKind::ActivityRevoked
        | EntryKind::ActivityReinstated => is_of_activities(from, to),
        EntryKind::PointsMoved => is_further(from, to),
        EntryKind::HoldCreated => matches!((from, to), (Available, Held)),
        EntryKind::HoldCaptured => matches!((from, to), (Held | Available, Redeemed)),
        EntryKind::HoldReleased | EntryKind::HoldExpired => matches!((from, to), (Held, Available)),
        EntryKind::PointsRedeemed => matches!((from, to), (Available, Redeemed)),
        EntryKind::RedemptionRefunded => matches!((from, to), (Redeemed, Available)),
        EntryKind::MemberMerged => matches!((from, to), (Available, Moved) | (Moved, Available)),
        EntryKind::MoneyMoved => {
            (matches!(from, MovedMoney) && is_kept(to)) || (is_kept(from) && matches!(to, MovedMoney))
        }
        EntryKind::PointsAdjusted => matches!((from, to), (Issued, Available) | (Available, Issued)),
        EntryKind::AdjustmentRevoked => matches!((from, to), (Available | Expired, Issued)),
        EntryKind::AdjustmentReinstated => matches!((from, to), (Issued, Available)),
        EntryKind::PointsExpired => matches!((from, to), (Available, Expired)),
        EntryKind::WrittenOff => matches!((from, to), (WrittenOff, Issued | Moved)),
        EntryKind::PayoutReserved => matches!((from, to), (Available, Reserved)),
        EntryKind::PayoutPaid => matches!((from, to), (Reserved, Paid)),
        EntryKind::PayoutGranted | EntryKind::DonationMatched => matches!((from, to), (Granted, Due)),
        EntryKind::PayoutReduced => matches!((from, to), (Reserved, Issued | Moved)),
        EntryKind::PayoutReturned | EntryKind::PayoutReleased => matches!((from, to), (Reserved, Available)),
        EntryKind::MoneyChosen => matches!((from, to), (Carried, Due)),
        EntryKind::MoneyCarried => matches!((from, to), (Due, Carried)),
        EntryKind::MoneyLapsed => matches!((from, to), (Due | Carried | Withheld, Lapsed)),
        EntryKind::MoneyDonated => matches!((from, to), (Due | Carried, Donated)),
        EntryKind::DonationsReceived => matches!((from, to), (Given, Due)),
        EntryKind::MoneyWithheld => matches!((from, to), (Due | Carried | Drawn, Withheld)),
        EntryKind::MoneyReleased => matches!((from, to), (Withheld, Due | Carried | Drawn)),
        EntryKind::MoneyDrawn => matches!((from, to), (Due, Drawn)),
        EntryKind::MoneyLeftOut => matches!((from, to), (Drawn, Due)),
        EntryKind::MoneySent => matches!((from, to), (Drawn, Sent)),
        EntryKind::MoneySettled => matches!((from, to), (Sent, Settled)),
        EntryKind::MoneyBack => matches!((from, to), (Sent | Settled, Due)),
        // Every other kind moves nothing.
        _ => false,
    }
}

/// True when an act moves something so beside the move that it is named after.
const fn is_further(from: Bucket, to: Bucket) -> bool {
    use Bucket::{Available, Expired, Held, Moved, Paid, Redeemed, WrittenOff};
    is_of_activities(from, to)
        || matches!((from, to), (Held, Available) | (Available, WrittenOff | Expired))
        || matches!((from, to), (Moved, Available | Redeemed | Expired | Paid | WrittenOff))
        || matches!((from, to), (Available | Redeemed | Expired | Paid | WrittenOff, Moved))
}

/// True when activities move something from one bucket to another.
const fn is_of_activities(from: Bucket, to: Bucket) -> bool {
    use Bucket::{Available, Expired, Issued, Pending};
    matches!((from, to), (Issued, Pending | Available) | (Pending, Available) | (Pending | Available | Expired, Issued))
}

/// True when a bucket holds a member's money that is in no batch which waits to be released, or the outcome of such money. It is at the account
/// where the person is.
const fn is_kept(bucket: Bucket) -> bool {
    use Bucket::{Carried, Donated, Due, Lapsed, Sent, Settled, Withheld};
    matches!(bucket, Due | Carried | Withheld | Sent | Settled | Lapsed | Donated)
}

/// Reports money that was left at a member who was merged. Such an account keeps only the contra sides.
pub(super) fn left_behind(merged: &MemberId, after: &impl State) -> Option<String> {
    let balances = after.account(merged)?.balances;
    let is_contra = |bucket: &Bucket| matches!(bucket, Bucket::Granted | Bucket::Given | Bucket::MovedMoney);
    let mut money = Bucket::ALL.into_iter().filter(|bucket| bucket.unit() == Unit::Money && !is_contra(bucket));
    let left = money.find(|bucket| balances.get(*bucket) != 0)?;
    Some(format!("money of a member who was merged is left in {}", left.name()))
}

fn wrong_move(entry: &Entry) -> Option<String> {
    let movement = entry.movement?;
    let (from, to) = (movement.from(), movement.to());
    // As it is recorded, an activity gives points, or takes them as a penalty.
    let is_recorded = entry.kind == EntryKind::ActivityRecorded;
    let is_turned = is_recorded && (to == Bucket::Issued) != entry.is_of_penalty();
    (is_turned || !may_move(entry.kind, from, to))
        .then(|| format!("an entry of kind {} moves nothing from {} to {}", entry.kind.name(), from.name(), to.name()))
}

/// Finds a use of more points than were available: a member in debt can neither have points held nor spend.
fn overspent(entry: &Entry) -> Option<String> {
    let movement = entry.movement?;
    let is_spent = matches!((movement.from(), movement.to()), (Bucket::Available, Bucket::Held | Bucket::Redeemed));
    (is_spent && entry.balance_after.get(Bucket::Available) < 0)
        .then(|| format!("an entry of kind {} uses more than was available", entry.kind.name()))
}

fn wrong_state(entry: &Entry, before: &impl State) -> Option<String> {
    use PayoutState::{Approved, Cancelling, Draft, Drafting, Executing, Releasing};
    let needed: &[PayoutState] = match entry.kind {
        EntryKind::PayoutReserved | EntryKind::PayoutListed | EntryKind::PayoutReleasing => &[Drafting],
        EntryKind::PayoutReleased => &[Releasing],
        EntryKind::PayoutDrafted => &[Drafting, Releasing],
        EntryKind::PayoutProgressed => &[Drafting, Releasing, Executing, Cancelling],
        EntryKind::PayoutReduced => &[Drafting, Releasing, Draft, Approved, Cancelling],
        EntryKind::PayoutApproved => &[Draft],
        EntryKind::PayoutExecuting => &[Approved],
        EntryKind::PayoutPaid | EntryKind::PayoutGranted | EntryKind::PayoutExecuted => &[Executing],
        EntryKind::PayoutCancelling => &[Drafting, Releasing, Draft, Approved],
        EntryKind::PayoutRejected => &[Draft, Approved],
        EntryKind::PayoutReturned | EntryKind::PayoutCancelled => &[Cancelling],
        _ => return None,
    };
    let Some(Record::Payout(payout)) = before.record(&RecordKey::Payout(payout_of(&entry.fact)?.clone())) else {
        return Some("the payout it belongs to was never begun".into());
    };
    (!needed.contains(&payout.state))
        .then(|| format!("an entry of kind {} on a payout that is {}", entry.kind.name(), payout.state.name()))
}

fn payout_of(fact: &Fact) -> Option<&PayoutId> {
    match fact {
        Fact::PayoutAct(id) => Some(id),
        Fact::PayoutStep(step) => Some(&step.payout),
        Fact::PayoutContent(content) => Some(&content.payout),
        Fact::Listed(row) => Some(&row.payout),
        _ => fact.reduces(),
    }
}

/// Finds points reserved of a member who is suspended, banned or merged.
fn reserved_of_shut_out(entry: &Entry, before: &impl State) -> Option<String> {
    let member = entry.member.as_ref().filter(|_| entry.kind == EntryKind::PayoutReserved)?;
    let state = member_state(before, member);
    (state != MemberState::Active).then(|| format!("points were reserved of a member who was {}", state.name()))
}

/// Finds a decision on a savings statement where nothing waits for one, or on another content than waits: each version is
/// approved or rejected once. A version waits only after the one before it was approved.
fn statement_out_of_turn(entry: &Entry, before: &impl State) -> Option<String> {
    let (id, approved) = match &entry.fact {
        Fact::StatementDecision(id) => (id, None),
        Fact::StatementContent(content) => (&content.statement, Some(content.digest)),
        Fact::Statement(terms) if entry.kind == EntryKind::StatementCorrected => (&terms.id, None),
        _ => return None,
    };
    let Some(statement) = before.get::<Statement>(id) else {
        return Some("the statement it decides was never declared".into());
    };
    let corrected = (entry.kind == EntryKind::StatementCorrected).then_some(&entry.fact);
    if let Some(Fact::Statement(terms)) = corrected {
        let may_be = statement.state == StatementState::Approved && statement.correction.is_none();
        let told = || format!("a correction of a statement that is {}", statement.state.name());
        return (!may_be).then(told).or_else(|| below_taken(statement, terms));
    }
    let waiting = match &statement.correction {
        Some(next) => next.content,
        None if statement.state == StatementState::Declared => statement.content,
        None => {
            return Some(format!(
                "an entry of kind {} on a statement that is {}",
                entry.kind.name(),
                statement.state.name()
            ));
        }
    };
    if approved.is_some_and(|digest| digest != waiting) {
        return Some("the content approved is not what was declared".into());
    }
    let next = statement.correction.as_ref().filter(|_| approved.is_some());
    next.and_then(|next| below_taken(statement, &next.terms))
}

fn below_taken(statement: &Statement, terms: &StatementTerms) -> Option<String> {
    statement.leaves_taken(terms).err().map(|_| "payouts have taken more than the corrected pool".into())
}

fn pool_not_approved(entry: &Entry, before: &impl State) -> Option<String> {
    let Fact::Payout(terms) = &entry.fact else { return None };
    match before.record(&RecordKey::Statement(terms.statement.clone())) {
        Some(Record::Statement(statement)) if statement.state == StatementState::Approved => {
            let pool = statement.terms.pool_minor().unwrap_or(0);
            let fits = statement.committed_minor.checked_add(terms.pool_minor).is_some_and(|taken| taken <= pool);
            (!fits).then(|| "the payouts on its statement take more than its pool".into())
        }
        _ => Some("the statement it pays from was not approved".into()),
    }
}
