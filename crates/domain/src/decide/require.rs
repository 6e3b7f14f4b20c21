//! What an act requires beside the state of what it acts on: a second person, sums that still hold.

use crate::decide::command::{Act, Command, Eligible};
use crate::decide::rejection::Rejection;
use crate::state::adjustment::Adjustment;
use crate::state::get::State;
use crate::state::payout::Payout;
use crate::state::statement::Statement;
use crate::value::ids::MemberId;
use crate::value::seq::Seq;

/// Four eyes: who drew something up cannot be the one who approves it, nor can a name that differs in case alone.
///
/// Asked before a replay is answered and before anything is decided: authorisation comes first. Of what does not exist the decision
/// says so.
///
/// # Errors
/// [`Rejection::SecondPersonRequired`] when both are one person.
pub fn permitted(state: &impl State, command: &Command) -> Result<(), Rejection> {
    let drawn_up_by = match &command.act {
        Act::ApproveStatement(id) => state.get::<Statement>(id).map(|statement| &statement.declared_by),
        Act::ApproveAdjustment(id) => state.get::<Adjustment>(id).map(|adjustment| &adjustment.drawn_up_by),
        Act::ApprovePayout(id, _) => state.get::<Payout>(id).map(|payout| &payout.drafted_by),
        _ => None,
    };
    match drawn_up_by {
        Some(drawn_up_by) if drawn_up_by.is_same_name(&command.principal) => {
            Err(Rejection::SecondPersonRequired { drawn_up_by: command.principal.clone() })
        }
        _ => Ok(()),
    }
}

/// The rows of a step whose sums hold, and the last member whom it passes with them. A member who was credited, or whose credit was
/// taken back, since these were summed up ends the step: it goes on from there with fresh sums.
pub(super) fn rows_still_true<'a>(
    state: &impl State,
    rows: &'a [Eligible],
    through: Option<&'a MemberId>,
    as_of: Seq,
) -> Result<(&'a [Eligible], Option<&'a MemberId>), Rejection> {
    let has_changed = |row: &Eligible| state.account(&row.member).is_some_and(|account| account.credited_seq > as_of);
    match rows.iter().position(has_changed) {
        None => Ok((rows, through)),
        Some(0) => Err(Rejection::StepTaken),
        Some(changed) => Ok((&rows[..changed], Some(&rows[changed - 1].member))),
    }
}
