//! Withheld money of banned members: drawn up by one person to lapse, approved by another.

use crate::decide::draft::{Draft, Moment};
use crate::decide::find::the_lapse;
use crate::decide::lots::let_go;
use crate::decide::member::the_ban;
use crate::decide::rejection::Rejection;
use crate::decide::require::in_state;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::money::{LapseFact, Tally};
use crate::state::get::State;
use crate::state::lapse::Lapse;
use crate::state::lots::Lots;
use crate::state::member::LiftState;
use crate::state::proposal::ProposalState;
use crate::value::bucket::Bucket;
use crate::value::encoding::Hash;
use crate::value::ids::{MemberId, RequestId};

/// Asks that everything that is withheld from a banned member lapse.
pub(super) fn propose(state: &impl State, member: &MemberId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let withheld = withheld_by_ban(state, member)?;
    if state.get::<Lapse>(member).is_some_and(|lapse| lapse.state == ProposalState::Proposed) {
        let state = "banned with a lapse that waits for a second person";
        return Err(Rejection::WrongState { state, needed: "banned without one" });
    }
    Ok(vec![act(EntryKind::LapseProposed, member, withheld, moment)])
}

/// Approves it: every lot that is withheld lapses.
pub(super) fn approve(
    state: &impl State,
    member: &MemberId,
    (id, digest): (&RequestId, &Hash),
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let lapse = proposed(state, member, id)?;
    let withheld = withheld_by_ban(state, member)?;
    let lots = state.get::<Lots>(member).into_iter();
    if lots.clone().all(|lots| lapse.content(member, lots) != *digest) {
        return Err(Rejection::ContentChanged);
    }
    let mut drafts = vec![act(EntryKind::LapseApproved, member, withheld, moment).referring_to(lapse.seq)];
    for (lot, _) in lots.flat_map(Lots::withheld) {
        drafts.push(let_go(member, lot, EntryKind::MoneyLapsed, Bucket::Lapsed, moment)?);
    }
    Ok(drafts)
}

pub(super) fn reject(
    state: &impl State,
    member: &MemberId,
    id: &RequestId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let lapse = proposed(state, member, id)?;
    Ok(vec![act(EntryKind::LapseRejected, member, lapse.withheld, moment).referring_to(lapse.seq)])
}

/// Returns what is withheld from a member whose ban holds, and nobody is lifting it.
fn withheld_by_ban(state: &impl State, member: &MemberId) -> Result<Tally, Rejection> {
    let lift = the_ban(state, member)?.lift.as_ref();
    if lift.is_some_and(|lift| lift.state == LiftState::Approved) {
        let state = "banned with a lifting that is under way";
        return Err(Rejection::WrongState { state, needed: "banned" });
    }
    let withheld = state.get::<Lots>(member).map_or(Some(Tally::default()), Lots::sum_withheld);
    let withheld = withheld.ok_or(Rejection::Inconsistent("the money of a member does not fit"))?;
    if withheld.lots == 0 {
        return Err(Rejection::WrongState {
            state: "banned without withheld money",
            needed: "banned with withheld money",
        });
    }
    Ok(withheld)
}

fn proposed<'a>(state: &'a impl State, member: &MemberId, id: &RequestId) -> Result<&'a Lapse, Rejection> {
    let lapse = the_lapse(state, member, id)?;
    in_state(lapse.state, ProposalState::Proposed, ProposalState::name)?;
    Ok(lapse)
}

fn act(kind: EntryKind, member: &MemberId, withheld: Tally, moment: &Moment<'_>) -> Draft {
    Draft::act(kind, moment, Fact::Lapse(LapseFact { withheld })).of(member, None)
}
