//! What an act requires beside the state of what it acts on: a second person, sums that still hold.

use crate::decide::command::Eligible;
use crate::decide::rejection::Rejection;
use crate::state::get::State;
use crate::value::ids::{MemberId, PrincipalId};
use crate::value::seq::Seq;

/// Four eyes: who drew something up cannot be the one who approves it, nor can a name that differs in case alone.
///
/// Also asked before a replay is answered: authorisation comes first.
///
/// # Errors
/// [`Rejection::SecondPersonRequired`] when both are one person.
pub fn second_person(drawn_up_by: &PrincipalId, by: &PrincipalId) -> Result<(), Rejection> {
    if drawn_up_by.is_same_name(by) { Err(Rejection::SecondPersonRequired { drawn_up_by: by.clone() }) } else { Ok(()) }
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
