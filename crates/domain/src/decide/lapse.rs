//! Withheld money of banned members: drawn up by one person to lapse, approved by another.

use crate::decide::draft::{Draft, Moment};
use crate::decide::find::the_lapse;
use crate::decide::lots::out_of_withheld;
use crate::decide::member::the_ban;
use crate::decide::rejection::Rejection;
use crate::decide::require::in_state;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::money::{LapseFact, Tally};
use crate::state::choice::Open;
use crate::state::get::State;
use crate::state::lapse::Lapse;
use crate::state::lots::Lots;
use crate::state::member::{Ban, LiftState};
use crate::state::proposal::ProposalState;
use crate::value::bucket::Bucket;
use crate::value::encoding::Hash;
use crate::value::ids::{ActivityId, MemberId};
use crate::value::seq::Seq;

/// Asks that everything that is withheld from a banned member lapse. What was asked for under an earlier ban, or over other lots, does not
/// stand in the way.
pub(super) fn propose(
    state: &impl State,
    member: &MemberId,
    id: &ActivityId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    // A writer that asked for an account which is not there has an empty one.
    if state.account(member).is_none_or(|account| account.last_seq == Seq::ZERO) {
        return Err(Rejection::NotFound { resource: format!("members/{member}") });
    }
    let (ban, lots) = (ban_that_holds(state, member)?, lots_withheld(state, member)?);
    let withheld = sum_of(lots)?;
    let waits = |lapse: &&Lapse| lapse.state == ProposalState::Proposed && lapse.is_about(member, lots, ban.term.seq);
    if state.get::<Lapse>(member).is_some_and(|lapse| waits(&lapse)) {
        let state = "waiting for a second person already";
        return Err(Rejection::WrongState { state, needed: "not asked for yet" });
    }
    let fact = LapseFact { id: id.clone(), withheld, approved: None };
    Ok(vec![act(EntryKind::LapseProposed, member, fact, moment)])
}

/// Approves it: every lot that is withheld lapses.
pub(super) fn approve(
    state: &impl State,
    member: &MemberId,
    (id, digest): (&ActivityId, &Hash),
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let lapse = proposed(state, member, id)?;
    let (ban, lots) = (ban_that_holds(state, member)?, lots_withheld(state, member)?);
    if lapse.content != *digest {
        return Err(Rejection::ContentChanged);
    }
    if !lapse.is_about(member, lots, ban.term.seq) {
        let state = "asked for under an earlier ban, or over other money";
        return Err(Rejection::WrongState { state, needed: "asked for over the money that is withheld now" });
    }
    // The payment would be neither sent nor left out.
    if lots.withheld().any(|(_, was)| was == Bucket::Drawn) {
        let state = "in a payment batch that is not released";
        return Err(Rejection::WrongState { state, needed: "in no batch; have it released or cancelled" });
    }
    // Steps of a closing would pass over what lapses meanwhile.
    if state.get::<Open>(&()).is_some_and(|open| open.rows.iter().any(|run| run.is_closing)) {
        return Err(Rejection::WrongState {
            state: "being decided by a closing",
            needed: "in no closing that is under way",
        });
    }
    let withheld = sum_of(lots)?;
    let fact = LapseFact { id: id.clone(), withheld, approved: Some(*digest) };
    let mut drafts = vec![act(EntryKind::LapseApproved, member, fact, moment).referring_to(lapse.seq)];
    for (lot, _) in lots.withheld() {
        drafts.push(out_of_withheld(member, lot, EntryKind::MoneyLapsed, Bucket::Lapsed, moment)?);
    }
    Ok(drafts)
}

pub(super) fn reject(
    state: &impl State,
    member: &MemberId,
    id: &ActivityId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let lapse = proposed(state, member, id)?;
    let fact = LapseFact { id: id.clone(), withheld: lapse.withheld, approved: None };
    Ok(vec![act(EntryKind::LapseRejected, member, fact, moment).referring_to(lapse.seq)])
}

/// Returns the ban of a member, unless it is being lifted.
fn ban_that_holds<'a>(state: &'a impl State, member: &MemberId) -> Result<&'a Ban, Rejection> {
    let ban = the_ban(state, member)?;
    if ban.lift.as_ref().is_some_and(|lift| lift.state == LiftState::Approved) {
        let state = "banned with a lifting that is under way";
        return Err(Rejection::WrongState { state, needed: "banned" });
    }
    Ok(ban)
}

/// Returns the lots of a member some of which are withheld.
fn lots_withheld<'a>(state: &'a impl State, member: &MemberId) -> Result<&'a Lots, Rejection> {
    let lots = state.get::<Lots>(member).filter(|lots| lots.withheld().next().is_some());
    lots.ok_or(Rejection::WrongState { state: "banned with no money withheld", needed: "banned with money withheld" })
}

fn sum_of(lots: &Lots) -> Result<Tally, Rejection> {
    lots.sum_withheld().ok_or(Rejection::Inconsistent("the money of a member does not fit"))
}

fn proposed<'a>(state: &'a impl State, member: &MemberId, id: &ActivityId) -> Result<&'a Lapse, Rejection> {
    let lapse = the_lapse(state, member, id)?;
    in_state(lapse.state, ProposalState::Proposed, ProposalState::name)?;
    Ok(lapse)
}

fn act(kind: EntryKind, member: &MemberId, fact: LapseFact, moment: &Moment<'_>) -> Draft {
    Draft::act(kind, moment, Fact::Lapse(Box::new(fact))).of(member, None)
}
