//! Requirements of an act beside the state of its object: a second person, and sums that are still true.

use crate::decide::command::{Act, Command, Eligible};
use crate::decide::rejection::Rejection;
use crate::state::account::Account;
use crate::state::adjustment::Adjustment;
use crate::state::get::State;
use crate::state::member::Member;
use crate::state::payout::Payout;
use crate::state::proposal::Proposal;
use crate::state::statement::Statement;
use crate::value::ids::MemberId;
use crate::value::seq::Seq;

/// Checks four eyes: the principal who drew something up cannot approve it, and a name that differs only in case is the
/// same name.
///
/// The check comes before a replay is answered and before anything is decided: authorisation comes first. An object
/// that does not exist passes the check; the decision rejects it.
///
/// # Errors
/// [`Rejection::SecondPersonRequired`] when both are one person.
pub fn permitted(state: &impl State, command: &Command) -> Result<(), Rejection> {
    let drawn_up_by = match &command.act {
        Act::ApproveStatement(id) => state.get::<Statement>(id).map(|statement| &statement.declared_by),
        Act::ApproveAdjustment(id) => state.get::<Adjustment>(id).map(|adjustment| &adjustment.drawn_up_by),
        Act::ApproveMerger(id, _) => state.get::<Proposal>(id).map(|merger| &merger.drawn_up_by),
        Act::ApproveBanLift(id) => {
            let ban = state.get::<Member>(id).and_then(|member| member.ban.as_ref());
            ban.and_then(|ban| ban.lift.as_ref())
                .filter(|lift| lift.id == command.name.id)
                .map(|lift| &lift.drawn_up_by)
        }
        Act::ApprovePayout(id, _) => state.get::<Payout>(id).map(|payout| &payout.drafted_by),
        _ => None,
    };
    match drawn_up_by {
        Some(drawn_up_by) if drawn_up_by.is_same_name(&command.principal) => {
            Err(Rejection::SecondPersonRequired { drawn_up_by: drawn_up_by.clone() })
        }
        _ => Ok(()),
    }
}

/// Checks that an object is in the state that the act needs.
pub(super) fn in_state<S: Copy + Eq>(state: S, needed: S, name: fn(S) -> &'static str) -> Result<(), Rejection> {
    if state == needed { Ok(()) } else { Err(Rejection::WrongState { state: name(state), needed: name(needed) }) }
}

/// Returns the rows of a step whose sums are still true, and the last member that the step passes with them. A member
/// whose credit has changed since the sums were made ends the step. The next step begins there with fresh sums.
/// `changed_by` returns the last entry that may have changed a member's sum.
pub(super) fn rows_still_true<'a>(
    state: &impl State,
    rows: &'a [Eligible],
    through: Option<&'a MemberId>,
    as_of: Seq,
    changed_by: impl Fn(&Account) -> Seq,
) -> Result<(&'a [Eligible], Option<&'a MemberId>), Rejection> {
    let has_changed = |row: &Eligible| state.account(&row.member).is_some_and(|account| changed_by(account) > as_of);
    match rows.iter().position(has_changed) {
        None => Ok((rows, through)),
        Some(0) => Err(Rejection::StepTaken),
        Some(changed) => Ok((&rows[..changed], Some(&rows[changed - 1].member))),
    }
}
