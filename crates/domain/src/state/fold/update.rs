//! The fold of changes of a programme's terms.

use crate::entry::Entry;
use crate::entry::kinds::EntryKind;
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::overlay::Overlay;
use crate::state::program::Program;
use crate::state::proposal::ProposalState;
use crate::state::update::Update;
use crate::terms::program::TermsUpdate;

impl<S: State> Overlay<'_, S> {
    pub(super) fn update_terms(&mut self, entry: &Entry, change: &TermsUpdate) -> Result<(), FoldError> {
        let state = match entry.kind {
            EntryKind::ProgramUpdateProposed => {
                let update = Update {
                    change: change.clone(),
                    state: ProposalState::Proposed,
                    seq: entry.seq,
                    drawn_up_by: entry.principal.clone(),
                    note_digest: entry.note_digest,
                    decided: None,
                };
                self.put(&change.id, entry.seq, update);
                return Ok(());
            }
            EntryKind::ProgramUpdated => {
                self.change(&(), entry.seq, |program: &mut Program| program.terms = program.terms.updated(change))?;
                ProposalState::Approved
            }
            EntryKind::ProgramUpdateRejected => ProposalState::Rejected,
            other => return Err(FoldError::FactOfOtherKind(other.name())),
        };
        let decided = Some((entry.principal.clone(), entry.seq));
        self.change(&change.id, entry.seq, |update: &mut Update| (update.state, update.decided) = (state, decided))
    }
}
