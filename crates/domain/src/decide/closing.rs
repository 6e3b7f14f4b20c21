//! Choices of members, and the closing of a payout's choices: two persons sign what becomes of each lot, then steps decide the lots.

use crate::decide::acts::Step;
use crate::decide::draft::{Draft, Moment, shift};
use crate::decide::find::{the_closing, the_payout};
use crate::decide::lots::withheld;
use crate::decide::reads;
use crate::decide::rejection::{MoneyRejection, Rejection};
use crate::decide::require::in_state;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::money::{ChoiceFact, ClosingContent, LotFact, LotName, LotSource, Outcome, Tallies};
use crate::entry::payout::{PayoutContent, PayoutStep};
use crate::state::choice::{Choices, Open};
use crate::state::closing::{Closing, ClosingState};
use crate::state::get::State;
use crate::state::lots::{Decided, Lots};
use crate::state::member::MemberState;
use crate::state::payout::{Payout, PayoutState};
use crate::terms::choice::{Choice, ChoiceTerms};
use crate::terms::savings::MILLIONTHS;
use crate::value::bucket::Bucket;
use crate::value::encoding::Hash;
use crate::value::ids::{MemberId, PayoutId};
use crate::value::split::split;

/// Records how a member wants money. It counts for every payout whose deadline has not passed.
pub(super) fn choose(
    state: &impl State,
    member: &MemberId,
    choice: Option<&Choice>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    if reads::member_state(state, member) == MemberState::Merged {
        return Err(Rejection::WrongState { state: MemberState::Merged.name(), needed: "active, suspended or banned" });
    }
    if let Some(Choice::Charity(charity)) = choice {
        let offered = offered(state);
        if !offered.contains(charity) {
            return Err(MoneyRejection::CharityNotOffered { offered }.into());
        }
    }
    let fact = Fact::Choice(ChoiceFact { choice: choice.cloned() });
    Ok(vec![Draft::act(EntryKind::ChoiceSet, moment, fact).of(member, None)])
}

/// Returns the charities that payouts whose choices are open offer, ascending.
fn offered(state: &impl State) -> Vec<MemberId> {
    let runs = state.get::<Open>(&()).map(|open| &open.rows[..]).unwrap_or_default();
    let payouts = runs.iter().filter_map(|run| state.get::<Payout>(&run.payout));
    let terms = payouts.filter_map(|payout| payout.terms.choices.as_ref());
    let mut offered: Vec<MemberId> = terms.flat_map(|terms| terms.charities.iter().cloned()).collect();
    offered.sort();
    offered.dedup();
    offered
}

/// Draws up the closing of a payout's choices. A draft that nobody has approved is replaced.
pub(super) fn draw_up(
    state: &impl State,
    content: &ClosingContent,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let payout = the_payout(state, &content.payout)?;
    in_state(payout.state, PayoutState::Executed, PayoutState::name)?;
    let terms = terms_of(payout)?;
    if moment.now <= terms.deadline {
        return Err(MoneyRejection::ChoicesOpen { deadline: terms.deadline }.into());
    }
    if let Some(closing) = state.get::<Closing>(&content.payout) {
        match closing.state {
            ClosingState::Draft | ClosingState::Rejected => {}
            other => return Err(Rejection::WrongState { state: other.name(), needed: "not approved" }),
        }
    }
    // What was summed up as of an entry is what there is now: no lot has moved since, and no choice that counts was made.
    let has_changed = |open: &Open| {
        let mut own = open.rows.iter().filter(|run| run.payout == content.payout);
        open.lots_changed > content.as_of || own.any(|run| run.chosen > content.as_of)
    };
    if state.get::<Open>(&()).is_some_and(has_changed) {
        return Err(Rejection::StepTaken);
    }
    let fact = Fact::Closing(Box::new(content.clone()));
    Ok(vec![Draft::act(EntryKind::ClosingDrafted, moment, fact).referring_to(payout.created_seq)])
}

pub(super) fn approve(
    state: &impl State,
    id: &PayoutId,
    digest: &Hash,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let closing = drawn_up_as(state, id, digest)?;
    // What lapsed meanwhile is no longer there to be decided.
    if state.get::<Open>(&()).is_some_and(|open| open.lapsed > closing.content.as_of) {
        return Err(Rejection::ContentChanged);
    }
    // Two persons sign the closing's digest, which is over the terms too: who signed the payout is not asked again.
    let fact = Fact::PayoutContent(PayoutContent { payout: id.clone(), digest: *digest });
    Ok(vec![Draft::act(EntryKind::ClosingApproved, moment, fact).referring_to(closing.drafted_seq)])
}

pub(super) fn reject(
    state: &impl State,
    id: &PayoutId,
    digest: &Hash,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let closing = drawn_up_as(state, id, digest)?;
    Ok(vec![act(EntryKind::ClosingRejected, id, closing, moment)])
}

/// Decides the lots of some members.
pub(super) fn decide_lots(
    state: &impl State,
    id: &PayoutId,
    step: &Step<MemberId>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let closing = being_decided(state, id)?;
    if closing.through != step.after || step.after.as_ref().is_some_and(|after| *after >= step.through) {
        return Err(Rejection::StepTaken);
    }
    let payout = the_payout(state, id)?;
    let terms = terms_of(payout)?;
    let fact = Fact::PayoutStep(PayoutStep { payout: id.clone(), through: step.through.clone() });
    let first = Draft::act(EntryKind::ClosingProgressed, moment, fact).referring_to(closing.drafted_seq);
    let mut drafts = vec![first];
    for member in &step.rows {
        let Some(lots) = state.get::<Lots>(member) else { continue };
        let chosen = state.get::<Choices>(member).and_then(|choices| choices.by(terms.deadline));
        for decided in lots.decided(payout, chosen, closing.content.as_of) {
            drafts.push(posted(member, id, decided, moment)?);
        }
    }
    Ok(drafts)
}

/// Makes the entry that decides a lot.
fn posted(member: &MemberId, id: &PayoutId, decided: Decided, moment: &Moment<'_>) -> Result<Draft, Rejection> {
    let Decided { name, minor, bucket, outcome } = decided;
    let (kind, to) = match &outcome {
        Outcome::Due(_) => (EntryKind::MoneyChosen, Bucket::Due),
        Outcome::BelowMinimum | Outcome::Withheld | Outcome::Moved | Outcome::Unchosen => {
            (EntryKind::MoneyCarried, Bucket::Carried)
        }
        Outcome::Lapsed => (EntryKind::MoneyLapsed, Bucket::Lapsed),
        Outcome::Donated(_) => (EntryKind::MoneyDonated, Bucket::Donated),
    };
    // What is withheld stays where it is, and so does what is in the right bucket.
    let stays = bucket == to || bucket == Bucket::Withheld;
    let movement = if stays { None } else { shift(bucket, to, minor)? };
    let fact = LotFact { lot: name, minor, decided: Some((id.clone(), outcome)) };
    Ok(Draft::act(kind, moment, Fact::Lot(Box::new(fact))).of(member, movement))
}

/// Ends the closing: what members gave to each charity is due to it, and the company adds to that.
pub(super) fn complete(state: &impl State, id: &PayoutId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let closing = being_decided(state, id)?;
    let terms = terms_of(the_payout(state, id)?)?;
    let mut drafts = vec![act(EntryKind::ChoicesClosed, id, closing, moment)];
    let given = closing.done.donated.iter().map(|(charity, tally)| (charity.clone(), tally.minor));
    let given = given.map(|given| (EntryKind::DonationsReceived, LotSource::Donations, Bucket::Given, given));
    let added = matches(terms, &closing.done)?.into_iter();
    let added = added.map(|added| (EntryKind::DonationMatched, LotSource::Match, Bucket::Granted, added));
    for (kind, source, from, (charity, minor)) in given.chain(added) {
        // The account of a charity may have been merged since.
        let account = reads::person(state, &charity);
        let lot = LotName { payout: id.clone(), of: charity, source };
        let movement = shift(from, Bucket::Due, minor)?;
        let is_shut_out = reads::member_state(state, &account) != MemberState::Active;
        let withheld = is_shut_out.then(|| withheld(&account, &lot, Bucket::Due, minor, moment)).transpose()?;
        let fact = Fact::Lot(Box::new(LotFact { lot, minor, decided: None }));
        drafts.push(Draft::act(kind, moment, fact).of(&account, movement));
        drafts.extend(withheld);
    }
    Ok(drafts)
}

/// Returns what the company adds for each charity: `floor(rate × Σ donated)`, all together at most the cap. Where that is more, the cap
/// is split among the charities as a pool is.
///
/// # Errors
/// [`Rejection::Inconsistent`] when the sums do not fit, which the terms rule out.
pub fn matches(terms: &ChoiceTerms, tallies: &Tallies) -> Result<Vec<(MemberId, i64)>, Rejection> {
    let rate = i128::from(terms.match_millionths);
    let matched = |minor: i64| i64::try_from(i128::from(minor) * rate / i128::from(MILLIONTHS));
    let all: Result<Vec<(MemberId, i64)>, _> =
        tallies.donated.iter().map(|(id, tally)| Ok((id.clone(), matched(tally.minor)?))).collect();
    let all = all.map_err(|_: std::num::TryFromIntError| Rejection::Inconsistent("a match does not fit"))?;
    let all: Vec<(MemberId, i64)> = all.into_iter().filter(|(_, minor)| *minor > 0).collect();
    let sum: i128 = all.iter().map(|(_, minor)| i128::from(*minor)).sum();
    if terms.match_cap_minor == 0 {
        return Ok(Vec::new());
    }
    if sum <= i128::from(terms.match_cap_minor) {
        return Ok(all);
    }
    let shares = split(terms.match_cap_minor, all).map_err(|_| Rejection::Inconsistent("a match cannot be split"))?;
    Ok(shares.into_iter().map(|share| (share.member, share.share_minor)).filter(|(_, minor)| *minor > 0).collect())
}

fn terms_of(payout: &Payout) -> Result<&ChoiceTerms, Rejection> {
    let asked = payout.terms.choices.as_ref();
    asked.ok_or(Rejection::WrongState { state: "without choices", needed: "one that asks for choices" })
}

/// Returns a closing that nobody has decided on, if it has the content that was seen.
fn drawn_up_as<'a>(state: &'a impl State, id: &PayoutId, digest: &Hash) -> Result<&'a Closing, Rejection> {
    let closing = closing_in(state, id, ClosingState::Draft)?;
    if closing.content.digest == *digest { Ok(closing) } else { Err(Rejection::ContentChanged) }
}

/// Returns a closing whose lots are being decided. Where another server has ended it, its steps are taken.
fn being_decided<'a>(state: &'a impl State, id: &PayoutId) -> Result<&'a Closing, Rejection> {
    if the_closing(state, id)?.state == ClosingState::Closed {
        return Err(Rejection::StepTaken);
    }
    closing_in(state, id, ClosingState::Approved)
}

fn closing_in<'a>(state: &'a impl State, id: &PayoutId, needed: ClosingState) -> Result<&'a Closing, Rejection> {
    let closing = the_closing(state, id)?;
    in_state(closing.state, needed, ClosingState::name)?;
    Ok(closing)
}

fn act(kind: EntryKind, id: &PayoutId, closing: &Closing, moment: &Moment<'_>) -> Draft {
    Draft::act(kind, moment, Fact::PayoutAct(id.clone())).referring_to(closing.drafted_seq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::money::Tally;
    use crate::terms::choice::WithoutChoice;
    use crate::value::time::Micros;

    /// What is added to these donations, at a rate in millionths, up to a cap.
    fn added(donated: &[(&str, i64)], match_millionths: i64, match_cap_minor: i64) -> Vec<i64> {
        let id = |id: &str| MemberId::parse(id).expect("an id");
        let terms = ChoiceTerms {
            deadline: Micros::new(0).expect("a time"),
            without_choice: WithoutChoice::CarryOnce,
            minimum_credit_minor: 0,
            minimum_cash_minor: 0,
            charities: donated.iter().map(|(charity, _)| id(charity)).collect(),
            match_millionths,
            match_cap_minor,
            takes_carried: false,
        };
        let donated = donated.iter().map(|(charity, minor)| (id(charity), Tally { lots: 1, minor: *minor })).collect();
        let tallies = Tallies { donated, ..Tallies::default() };
        matches(&terms, &tallies).expect("sums fit").into_iter().map(|(_, minor)| minor).collect()
    }

    #[test]
    fn the_company_adds_by_the_rate_rounded_down_and_no_more_than_the_cap() {
        assert_eq!(added(&[("a", 1_000), ("b", 333)], 1_000_000, 10_000), [1_000, 333]);
        assert_eq!(added(&[("a", 1_001), ("b", 333)], 500_000, 10_000), [500, 166]);
        assert_eq!(added(&[("a", 1_000), ("b", 333)], 1_000_000, 1_333), [1_000, 333], "just the cap");
        assert_eq!(added(&[("a", 1_000), ("b", 333)], 1_000_000, 100), [75, 25], "the cap is split as a pool is");
        assert_eq!(added(&[("a", 1_000)], 1_000_000, 0), [0; 0], "no cap, no match");
        assert_eq!(added(&[("a", 1_000)], 0, 100), [0; 0]);
        assert_eq!(added(&[("a", 1)], 500_000, 100), [0; 0], "half a penny is none");
    }
}
