//! Decisions on lists of adjustments: each of the list is decided right after the entry that signs the list, by the same
//! person, and they are those whose digest was signed.

use super::form::Asked;
use crate::domain::entry::Entry;
use crate::domain::entry::commands::CommandKind;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::state::adjustment::{Adjustment, Listing};
use crate::domain::state::get::State;
use crate::domain::value::encoding::Hash;

const UNFINISHED: &str = "an adjustment of the list that was signed before it is not decided";
const DIFFERS: &str = "the list that was signed is not the one that was decided";

/// The list whose decisions are being read, if any.
#[derive(Default)]
pub(super) struct Lists {
    open: Option<Open>,
}

struct Open {
    /// Sender and time of each decision.
    asked: Asked,
    signed: Hash,
    listing: Listing,
    /// Number of decisions that must still follow, at least 1.
    left: u32,
}

impl Lists {
    /// Returns the fault of an entry in the state before it, if there is one.
    pub(super) fn check(&mut self, entry: &Entry, before: &impl State) -> Option<String> {
        if let Fact::SignedList(list) = &entry.fact {
            let problem = self.unfinished();
            let each = match entry.kind {
                EntryKind::AdjustmentsApproved => CommandKind::ApproveAdjustment,
                _ => CommandKind::RejectAdjustment,
            };
            let asked = Asked::of(entry).by(each);
            let open = Open { asked, signed: list.digest, listing: Listing::default(), left: list.count };
            self.open = Some(open).filter(|open| open.left > 0);
            return problem.or((list.count == 0).then_some(DIFFERS)).map(Into::into);
        }
        let open = self.open.as_mut().filter(|_| entry.request.is_some())?;
        let decided = match &entry.fact {
            Fact::Adjustment(fact) if open.asked == Asked::of(entry) => Some(&fact.id),
            _ => None,
        };
        let Some((id, adjustment)) = decided.and_then(|id| Some((id, before.get::<Adjustment>(id)?))) else {
            return self.unfinished().map(Into::into);
        };
        open.listing.add(id, adjustment);
        open.left -= 1;
        if open.left > 0 {
            return None;
        }
        let differs = open.listing.digest() != open.signed;
        self.open = None;
        differs.then(|| DIFFERS.into())
    }

    /// Returns the fault when no further decision of the open list comes, and closes the list.
    pub(super) fn unfinished(&mut self) -> Option<&'static str> {
        self.open.take().map(|_| UNFINISHED)
    }
}
