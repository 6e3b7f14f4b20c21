//! Changes of a programme's terms: drawn up by one owner, approved by another.

use crate::decide::draft::{Draft, Moment};
use crate::decide::find::{the_program, the_update};
use crate::decide::rejection::{AccessRejection, Rejection};
use crate::decide::require::in_state;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::state::get::State;
use crate::state::proposal::ProposalState;
use crate::state::update::Update;
use crate::terms::program::TermsUpdate;
use crate::value::encoding::Hash;
use crate::value::ids::UpdateId;

pub(super) fn propose(state: &impl State, change: &TermsUpdate, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let terms = &the_program(state)?.terms;
    if terms.updated(change) == *terms {
        return Err(AccessRejection::NothingToChange.into());
    }
    Ok(vec![Draft::act(EntryKind::ProgramUpdateProposed, moment, Fact::TermsUpdate(change.clone()))])
}

pub(super) fn approve(
    state: &impl State,
    id: &UpdateId,
    digest: &Hash,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let update = proposed(state, id)?;
    if update.content() != *digest {
        return Err(Rejection::ContentChanged);
    }
    Ok(vec![decided(EntryKind::ProgramUpdated, update, moment)])
}

pub(super) fn reject(state: &impl State, id: &UpdateId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    Ok(vec![decided(EntryKind::ProgramUpdateRejected, proposed(state, id)?, moment)])
}

fn proposed<'a>(state: &'a impl State, id: &UpdateId) -> Result<&'a Update, Rejection> {
    let update = the_update(state, id)?;
    in_state(update.state, ProposalState::Proposed, ProposalState::name)?;
    Ok(update)
}

fn decided(kind: EntryKind, update: &Update, moment: &Moment<'_>) -> Draft {
    Draft::act(kind, moment, Fact::TermsUpdate(update.change.clone())).referring_to(update.seq)
}
