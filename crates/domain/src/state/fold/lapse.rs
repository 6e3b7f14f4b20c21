//! The fold of withheld money that is to lapse.

use crate::entry::Entry;
use crate::entry::kinds::EntryKind;
use crate::entry::money::LapseFact;
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::lapse::Lapse;
use crate::state::lots::Lots;
use crate::state::overlay::Overlay;
use crate::state::proposal::ProposalState;

impl<S: State> Overlay<'_, S> {
    /// Applies an entry on withheld money that is to lapse. The lots have entries of their own.
    pub(super) fn apply_to_lapse(&mut self, entry: &Entry, fact: &LapseFact) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        let state = match entry.kind {
            EntryKind::LapseProposed => {
                let lots = self.get::<Lots>(member).cloned().unwrap_or_default();
                let lapse = Lapse {
                    id: fact.id.clone(),
                    withheld: fact.withheld,
                    state: ProposalState::Proposed,
                    seq: entry.seq,
                    drawn_up_by: entry.principal.clone(),
                    content: Lapse::content_of(member, &fact.id, entry.seq, &lots),
                    decided: None,
                };
                self.put(member, entry.seq, lapse);
                return Ok(());
            }
            EntryKind::LapseApproved => ProposalState::Approved,
            EntryKind::LapseRejected => ProposalState::Rejected,
            other => return Err(FoldError::FactOfOtherKind(other.name())),
        };
        if state == ProposalState::Approved {
            self.note_lapse(entry.seq);
        }
        let decided = Some((entry.principal.clone(), entry.seq));
        self.change(member, entry.seq, |lapse: &mut Lapse| {
            (lapse.withheld, lapse.state, lapse.decided) = (fact.withheld, state, decided);
        })
    }
}
