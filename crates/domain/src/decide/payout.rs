//! Payouts: their states and the moves of their steps.

use crate::decide::acts::Step;
use crate::decide::command::{Eligible, Listed, SharePosting};
use crate::decide::draft::shift;
use crate::decide::draft::{Draft, Moment};
use crate::decide::find::{the_payout, the_statement};
use crate::decide::lots::withheld;
use crate::decide::reads;
use crate::decide::rejection::{MoneyRejection, Rejection};
use crate::decide::require::{self, in_state, signed_by_two};
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::money::{ListedWeight, LotName};
use crate::entry::payout::{PayoutContent, PayoutStep};
use crate::state::get::State;
use crate::state::member::MemberState;
use crate::state::payout::{Payout, PayoutState};
use crate::state::persons::may_be_one;
use crate::terms::payout::ListTerms;
use crate::terms::problem::Problem;
use crate::value::bucket::Bucket;
use crate::value::encoding::Hash;
use crate::value::ids::{MemberId, PayoutId};
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;

/// Reserves each member's points that count and are still available. The rows were summed up as of some entry.
pub(super) fn reserve(
    state: &impl State,
    id: &PayoutId,
    step: &Step<Eligible>,
    as_of: Seq,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Drafting)?;
    let (rows, through) =
        require::rows_still_true(state, &step.rows, Some(&step.through), as_of, |account| account.credited_seq)?;
    let mut drafts = begin_step(payout, step.after.as_ref(), through.unwrap_or(&step.through), moment)?;
    for row in rows {
        // A suspended member keeps their points for a payout after the suspension.
        let may_count = reads::may_use_points(state, &row.member).is_ok();
        let account = state.account(&row.member).filter(|_| may_count);
        let counts = account.map_or(0, |account| account.left_of(row.points));
        if let Some(movement) = shift(Bucket::Available, Bucket::Reserved, counts)? {
            drafts.push(member_entry(EntryKind::PayoutReserved, payout, moment).of(&row.member, Some(movement)));
        }
    }
    Ok(drafts)
}

/// Records weights of a list. The members stand in byte order, so nobody is in it twice.
pub(super) fn list(
    state: &impl State,
    id: &PayoutId,
    step: &Step<Listed>,
    by: &PrincipalId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Drafting)?;
    let Some(terms) = &payout.terms.list else {
        return Err(Rejection::WrongState { state: "one that counts points", needed: "one over a list" });
    };
    if !may_be_one(state, &payout.drafted_by, by) {
        return Err(Rejection::WrongState { state: "drafted by another person", needed: "drafted by the same person" });
    }
    let mut problems = wrong_rows(state, &step.rows);
    problems.extend(wrong_end(payout, terms, &step.rows));
    if !problems.is_empty() {
        return Err(MoneyRejection::ListProblems { problems }.into());
    }
    let mut drafts = begin_step(payout, step.after.as_ref(), &step.through, moment)?;
    for row in &step.rows {
        let listed = ListedWeight { payout: id.clone(), of: row.member.clone(), weight: row.weight };
        let fact = Fact::Listed(Box::new(listed));
        let draft = Draft::act(EntryKind::PayoutListed, moment, fact).referring_to(payout.created_seq);
        drafts.push(draft.of(&row.member, None));
    }
    Ok(drafts)
}

/// Returns the problem of rows that are more than the terms of a payout announce, or with which the weights do not sum to theirs.
fn wrong_end(payout: &Payout, terms: &ListTerms, rows: &[Listed]) -> Option<Problem> {
    let count = i64::try_from(rows.len()).ok().and_then(|added| payout.members.checked_add(added));
    let sum = rows.iter().try_fold(payout.total_points, |sum, row| sum.checked_add(row.weight));
    let again = "cancel the payout, and begin it again";
    let problem = match count {
        Some(count) if count < terms.rows && sum.is_some_and(|sum| sum < terms.total_weight) => return None,
        Some(count) if count == terms.rows && sum == Some(terms.total_weight) => return None,
        Some(count) if count <= terms.rows => {
            let sum = sum.map_or_else(|| "too much".into(), |sum| sum.to_string());
            let total = terms.total_weight;
            format!(
                "bring the weights to {sum} with {count} of {} rows; the payout says {total} in all: {again}",
                terms.rows
            )
        }
        _ => format!("are more than the {} of the payout: {again}", terms.rows),
    };
    Some(Problem { place: "rows".into(), problem })
}

/// Returns what keeps rows out of a list: each member must be known, and still be the person.
pub fn wrong_rows(state: &impl State, rows: &[Listed]) -> Vec<Problem> {
    let problem = |row: &Listed| {
        // A writer that asked for an account which is not there has an empty one.
        let known = state.account(&row.member).is_some_and(|account| account.last_seq > Seq::ZERO);
        match reads::member_state(state, &row.member) {
            _ if row.weight < 1 => Some(("weight", format!("is {}; give 1 or more", row.weight))),
            _ if !known => Some(("member_id", "is no member of the programme".to_owned())),
            MemberState::Merged => {
                let person = reads::person(state, &row.member);
                Some(("member_id", format!("was merged into {person}; name that member")))
            }
            MemberState::Banned => Some(("member_id", "is banned".to_owned())),
            MemberState::Active | MemberState::Suspended => None,
        }
    };
    let found = rows.iter().enumerate().filter_map(|(at, row)| problem(row).map(|(field, what)| (at, field, what)));
    found.map(|(at, field, problem)| Problem { place: format!("rows[{at}].{field}"), problem }).collect()
}

/// Fixes the content. The reserved points, or those of the list, are the weights. The weights and the terms fix every share.
///
/// Where the terms have a minimum, this first begins to leave out whoever would get less, and fixes the content when that is done.
pub(super) fn complete_draft(state: &impl State, id: &PayoutId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let payout = the_payout(state, id)?;
    match payout.state {
        PayoutState::Drafting | PayoutState::Releasing => {}
        state => return Err(Rejection::WrongState { state: state.name(), needed: PayoutState::Drafting.name() }),
    }
    if payout.total_points == 0 {
        return Err(Rejection::NothingToPay);
    }
    let terms = &payout.terms;
    if terms.minimum_share_minor > 0 && payout.state == PayoutState::Drafting {
        return Ok(vec![member_entry(EntryKind::PayoutReleasing, payout, moment)]);
    }
    let (owed_minor, pool_minor) = (payout.shares_minor(), terms.pool_minor);
    if owed_minor > pool_minor {
        return Err(MoneyRejection::PoolTooSmall { owed_minor, pool_minor }.into());
    }
    if owed_minor == 0 {
        return Err(Rejection::NothingToPay);
    }
    if !payout.has_its_list() {
        return Err(Rejection::Inconsistent("the rows of a payout are not those of its list"));
    }
    Ok(vec![content_entry(EntryKind::PayoutDrafted, payout, moment)])
}

/// Gives back the points of members whose share would be below the minimum.
pub(super) fn release(
    state: &impl State,
    id: &PayoutId,
    step: &Step<MemberId>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Releasing)?;
    let mut drafts = begin_step(payout, step.after.as_ref(), &step.through, moment)?;
    for member in &step.rows {
        let points = reserved_of(state, member, id);
        if points > 0 && payout.is_too_little(points) {
            let released = shift(Bucket::Reserved, Bucket::Available, points)?;
            drafts.push(member_entry(EntryKind::PayoutReleased, payout, moment).of(member, released));
        }
    }
    Ok(drafts)
}

pub(super) fn approve(
    state: &impl State,
    id: &PayoutId,
    digest: &Hash,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Draft)?;
    if payout.content != *digest {
        return Err(Rejection::ContentChanged);
    }
    // Points may have been taken back since, and at a fixed rate too few of them are worth nothing.
    if payout.total_points == 0 || payout.shares_minor() == 0 {
        return Err(Rejection::NothingToPay);
    }
    Ok(vec![content_entry(EntryKind::PayoutApproved, payout, moment)])
}

pub(super) fn begin_execution(state: &impl State, id: &PayoutId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Approved)?;
    // Logins may have been linked since.
    signed_by_two(state, &payout.drafted_by, payout.approved_by.as_ref())?;
    let statement = the_statement(state, &payout.terms.statement)?;
    signed_by_two(state, &statement.declared_by, statement.decided.as_ref().map(|(by, _)| by))?;
    Ok(vec![member_entry(EntryKind::PayoutExecuting, payout, moment)])
}

/// Posts shares: reserved points become paid, and the share becomes money due.
pub(super) fn post_shares(
    state: &impl State,
    id: &PayoutId,
    step: &Step<SharePosting>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Executing)?;
    let mut drafts = begin_step(payout, step.after.as_ref(), &step.through, moment)?;
    for row in &step.rows {
        let granted = shift(Bucket::Granted, Bucket::Due, row.share_minor)?;
        // Whoever is in a list may have been merged since. Nobody with reserved points can be.
        let person = reads::person(state, &row.member);
        if payout.terms.list.is_some() {
            let listed = ListedWeight { payout: id.clone(), of: row.member.clone(), weight: row.points };
            let fact = Fact::Listed(Box::new(listed));
            let grant = Draft::act(EntryKind::PayoutGranted, moment, fact).referring_to(payout.created_seq);
            drafts.push(grant.of(&person, granted));
        } else {
            if row.points < 1 || reserved_of(state, &row.member, id) != row.points {
                return Err(Rejection::Inconsistent("a share is paid for other points than are reserved"));
            }
            let paid = shift(Bucket::Reserved, Bucket::Paid, row.points)?;
            drafts.push(member_entry(EntryKind::PayoutPaid, payout, moment).of(&row.member, paid));
            let grant = granted.map(|_| member_entry(EntryKind::PayoutGranted, payout, moment).of(&person, granted));
            drafts.extend(grant);
        }
        if granted.is_some() && reads::member_state(state, &person) != MemberState::Active {
            let lot = LotName::of_share(id.clone(), row.member.clone());
            drafts.push(withheld(&person, &lot, Bucket::Due, row.share_minor, moment)?);
        }
    }
    Ok(drafts)
}

pub(super) fn complete_execution(
    state: &impl State,
    id: &PayoutId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Executing)?;
    if payout.paid_points != payout.total_points {
        return Err(Rejection::Inconsistent("the points paid are not the points reserved"));
    }
    if payout.granted_minor != payout.shares_minor() {
        return Err(Rejection::Inconsistent("shares do not sum to what the terms grant"));
    }
    Ok(vec![member_entry(EntryKind::PayoutExecuted, payout, moment)])
}

/// Begins to give the points back, by the act of this kind.
pub(super) fn begin_cancellation(
    state: &impl State,
    id: &PayoutId,
    kind: EntryKind,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = the_payout(state, id)?;
    match payout.state {
        PayoutState::Drafting | PayoutState::Releasing | PayoutState::Draft | PayoutState::Approved => {
            Ok(vec![member_entry(kind, payout, moment)])
        }
        state => Err(Rejection::WrongState { state: state.name(), needed: "drafting, draft or approved" }),
    }
}

/// Rejects what a second person was asked to sign. What is still being drafted was shown to nobody.
pub(super) fn reject(state: &impl State, id: &PayoutId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    match the_payout(state, id)?.state {
        PayoutState::Draft | PayoutState::Approved => begin_cancellation(state, id, EntryKind::PayoutRejected, moment),
        state => Err(Rejection::WrongState { state: state.name(), needed: "draft or approved" }),
    }
}

/// Gives back the points that are still reserved. Some may have been taken back in the meantime.
pub(super) fn return_points(
    state: &impl State,
    id: &PayoutId,
    step: &Step<MemberId>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Cancelling)?;
    let mut drafts = begin_step(payout, step.after.as_ref(), &step.through, moment)?;
    for member in &step.rows {
        if let Some(returned) = shift(Bucket::Reserved, Bucket::Available, reserved_of(state, member, id))? {
            drafts.push(member_entry(EntryKind::PayoutReturned, payout, moment).of(member, Some(returned)));
        }
    }
    Ok(drafts)
}

pub(super) fn complete_cancellation(
    state: &impl State,
    id: &PayoutId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = payout_in(state, id, PayoutState::Cancelling)?;
    Ok(vec![member_entry(EntryKind::PayoutCancelled, payout, moment)])
}

fn payout_in<'a>(state: &'a impl State, id: &PayoutId, needed: PayoutState) -> Result<&'a Payout, Rejection> {
    let payout = the_payout(state, id)?;
    in_state(payout.state, needed, PayoutState::name)?;
    Ok(payout)
}

/// Begins a step at the end of the last one, so each member is passed exactly once.
fn begin_step(
    payout: &Payout,
    after: Option<&MemberId>,
    through: &MemberId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    if payout.through.as_ref() != after || after.is_some_and(|after| after >= through) {
        return Err(Rejection::StepTaken);
    }
    let step = PayoutStep { payout: payout.terms.id.clone(), through: through.clone() };
    Ok(vec![Draft::act(EntryKind::PayoutProgressed, moment, Fact::PayoutStep(step)).referring_to(payout.created_seq)])
}

fn reserved_of(state: &impl State, member: &MemberId, payout: &PayoutId) -> i64 {
    reads::reservations(state, member).map_or(0, |reserved| reserved.of(payout))
}

fn member_entry(kind: EntryKind, payout: &Payout, moment: &Moment<'_>) -> Draft {
    Draft::act(kind, moment, Fact::PayoutAct(payout.terms.id.clone())).referring_to(payout.created_seq)
}

fn content_entry(kind: EntryKind, payout: &Payout, moment: &Moment<'_>) -> Draft {
    let content = PayoutContent { payout: payout.terms.id.clone(), digest: payout.content };
    Draft::act(kind, moment, Fact::PayoutContent(content)).referring_to(payout.created_seq)
}
