//! The fold of mergers that need a second person.

use crate::entry::Entry;
use crate::entry::kinds::EntryKind;
use crate::entry::member::ProposalFact;
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::overlay::Overlay;
use crate::state::proposal::{Proposal, ProposalState};

impl<S: State> Overlay<'_, S> {
    pub(super) fn apply_to_proposal(&mut self, entry: &Entry, fact: &ProposalFact) -> Result<(), FoldError> {
        let state = match entry.kind {
            EntryKind::MergerApproved => ProposalState::Approved,
            EntryKind::MergerRejected => ProposalState::Rejected,
            _ => {
                let proposal = Proposal {
                    from: fact.from.clone(),
                    into: fact.into.clone(),
                    state: ProposalState::Proposed,
                    seq: entry.seq,
                    drawn_up_by: entry.principal.clone(),
                    note_digest: entry.note_digest,
                    decided: None,
                };
                self.put(&fact.id, entry.seq, proposal);
                return Ok(());
            }
        };
        self.change(&fact.id, entry.seq, |proposal: &mut Proposal| {
            proposal.state = state;
            proposal.decided = Some((entry.principal.clone(), entry.seq));
        })
    }
}
