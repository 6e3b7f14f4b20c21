//! The till: acts of a shop on a member's points.
//!
//! Points are held and spent only out of the available ones. A member in debt can neither spend nor have points held.
//! Points that are given back become available. So they repay a debt first, and then make good points that were written
//! off.

use crate::decide::acts::TillAct;
use crate::decide::draft::shift;
use crate::state::hold::Redemption;

use crate::decide::draft::{Draft, Moment};
use crate::decide::find::the_hold;
use crate::decide::reads;
use crate::decide::rejection::Rejection;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::till::{HoldFact, RedemptionFact};
use crate::state::account::Account;
use crate::state::get::State;
use crate::state::hold::{Hold, OpenHold, Spent, WayToEnd};

use crate::terms::till::{Asked, HOLD_MICROS_MAX, OPEN_HOLDS_MAX, Place, Spending, Young, old_enough_on};
use crate::value::bucket::Bucket;
use crate::value::ids::{MemberId, Subject};
use crate::value::seq::Seq;
use crate::value::time::Micros;

pub(super) fn decide(state: &impl State, act: &TillAct, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    match act {
        TillAct::Hold(asked, expires_at) => hold(state, asked, *expires_at, moment),
        TillAct::Capture(place, points) => capture(state, place, *points, moment),
        TillAct::Release(place) => release(state, place, moment),
        TillAct::Expire(place) => expire(state, place, moment),
        TillAct::Redeem(asked) => redeem(state, asked, moment),
        TillAct::Refund(place, spending, points) => refund(state, place, *spending, *points, moment),
    }
}

fn hold(state: &impl State, asked: &Asked, expires_at: Micros, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let latest = moment.now.plus(HOLD_MICROS_MAX);
    if expires_at <= moment.now || expires_at > latest {
        return Err(Rejection::HoldTerm { now: moment.now, latest });
    }
    if reads::open_holds(state, &asked.member).len() >= OPEN_HOLDS_MAX {
        none_due(state, &asked.member, moment.now)?;
        return Err(Rejection::TooManyHolds);
    }
    spendable_of_age(state, asked, moment)?;
    let (place, subject, min_age_days) = (asked.place.clone(), asked.subject.clone(), asked.min_age_days);
    let fact = HoldFact { place, subject, expires_at, given_back: 0, made_good: 0, min_age_days };
    let held = shift(Bucket::Available, Bucket::Held, asked.points)?;
    Ok(vec![Draft::act(EntryKind::HoldCreated, moment, Fact::Hold(Box::new(fact))).of(&asked.member, held)])
}

/// Spends the points of a hold. After the hold has expired, its points were given back, so available points are spent.
fn capture(
    state: &impl State,
    place: &Place,
    points: Option<i64>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let hold = the_hold(state, place)?;
    let points = points.unwrap_or(hold.points);
    let expired = hold.ended.is_some_and(|end| end.way == WayToEnd::Expired);
    if hold.spent.is_some() || (hold.ended.is_some() && !expired) {
        return Err(Rejection::WrongState { state: hold.state(), needed: "held" });
    }
    if points > hold.points {
        return Err(Rejection::CaptureExceedsHold { held: hold.points, asked: points });
    }
    if moment.now >= hold.capturable_until() {
        return Err(Rejection::CaptureTooLate { until: hold.capturable_until() });
    }
    if expired {
        // The person that a merged member is now has the points that were given back, and spends them.
        let person = reads::person(state, &hold.member);
        spendable(state, &person, points, moment.now)?;
        let spent = shift(Bucket::Available, Bucket::Redeemed, points)?;
        return Ok(vec![about(EntryKind::HoldCaptured, place, hold, [0, 0], moment).of(&person, spent)]);
    }
    let given_back = hold.points - points;
    let made_good = made_good(state, &hold.member, hold.seq, given_back);
    let spent = shift(Bucket::Held, Bucket::Redeemed, points)?;
    let beside = [given_back, made_good];
    let mut drafts = vec![about(EntryKind::HoldCaptured, place, hold, beside, moment).of(&hold.member, spent)];
    if let Some(rest) = shift(Bucket::Held, Bucket::Available, given_back)? {
        drafts.push(Draft { kind: EntryKind::PointsMoved, movement: Some(rest), ..drafts[0].clone() });
    }
    with_made_good(drafts, made_good)
}

fn release(state: &impl State, place: &Place, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let hold = the_hold(state, place)?;
    if hold.ended.is_some() {
        return Err(Rejection::WrongState { state: hold.state(), needed: "held" });
    }
    give_back(state, EntryKind::HoldReleased, place, hold, moment)
}

/// Ends a hold whose time is over. The entry is dated at the end of that time.
fn expire(state: &impl State, place: &Place, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let hold = the_hold(state, place)?;
    if hold.due_at().is_none_or(|due| due > moment.now) {
        return Err(Rejection::NothingDue);
    }
    let mut drafts = give_back(state, EntryKind::HoldExpired, place, hold, moment)?;
    for draft in &mut drafts {
        draft.occurred_at = hold.expires_at;
        draft.local_day = hold.expires_at.day_in(&moment.zone);
    }
    Ok(drafts)
}

fn give_back(
    state: &impl State,
    kind: EntryKind,
    place: &Place,
    hold: &Hold,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let back = shift(Bucket::Held, Bucket::Available, hold.points)?;
    let made_good = made_good(state, &hold.member, hold.seq, hold.points);
    with_made_good(vec![about(kind, place, hold, [0, made_good], moment).of(&hold.member, back)], made_good)
}

/// Returns the points, of those given back, that make good a loss. A loss is what was written off of the person after
/// the entry with which these points went out of reach, and not made good since. Points given back repay a debt first.
fn made_good(state: &impl State, member: &MemberId, since: Seq, given_back: i64) -> i64 {
    let person = reads::person(state, member);
    let available = state.account(&person).map_or(0, Account::available);
    let at_hand = available.saturating_add(given_back).clamp(0, given_back);
    reads::written_off_since(state, &person, since).min(at_hand)
}

/// Adds the entry that makes a loss good to those of an act that gives points back, if there is a loss.
fn with_made_good(mut drafts: Vec<Draft>, made_good: i64) -> Result<Vec<Draft>, Rejection> {
    if let Some(movement) = shift(Bucket::Available, Bucket::WrittenOff, made_good)? {
        let beside = Draft { kind: EntryKind::PointsMoved, movement: Some(movement), ..drafts[0].clone() };
        drafts.push(beside);
    }
    Ok(drafts)
}

fn redeem(state: &impl State, asked: &Asked, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    spendable_of_age(state, asked, moment)?;
    let fact = RedemptionFact {
        place: asked.place.clone(),
        spending: Spending::Redemption,
        subject: asked.subject.clone(),
        made_good: 0,
        min_age_days: asked.min_age_days,
    };
    let spent = shift(Bucket::Available, Bucket::Redeemed, asked.points)?;
    Ok(vec![Draft::act(EntryKind::PointsRedeemed, moment, Fact::Redemption(Box::new(fact))).of(&asked.member, spent)])
}

/// Gives spent points back to the person that the member is now. All refunds together never exceed the spending.
fn refund(
    state: &impl State,
    place: &Place,
    spending: Spending,
    points: Option<i64>,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let (member, subject, spent, since) = the_spending(state, place, spending)?;
    let points = points.unwrap_or_else(|| spent.left());
    if points > spent.left() || spent.left() == 0 {
        return Err(Rejection::RefundExceedsRedemption { left: spent.left(), asked: points });
    }
    let made_good = made_good(state, member, since, points);
    let (place, subject) = (place.clone(), subject.cloned());
    let fact = RedemptionFact { place, spending, subject, made_good, min_age_days: 0 };
    let back = shift(Bucket::Redeemed, Bucket::Available, points)?;
    let draft = Draft::act(EntryKind::RedemptionRefunded, moment, Fact::Redemption(Box::new(fact)));
    with_made_good(vec![draft.referring_to(spent.seq).of(&reads::person(state, member), back)], made_good)
}

/// Returns the spending under a name: member, purpose and points, and the entry with which the points went out of reach.
fn the_spending<'a>(
    state: &'a impl State,
    place: &Place,
    spending: Spending,
) -> Result<(&'a MemberId, Option<&'a Subject>, &'a Spent, Seq), Rejection> {
    let none = || Rejection::NotFound { resource: place.resource(spending) };
    match spending {
        Spending::Redemption => {
            let redemption = state.get::<Redemption>(place).ok_or_else(none)?;
            Ok((&redemption.member, redemption.subject.as_ref(), &redemption.spent, redemption.spent.seq))
        }
        Spending::Capture => {
            let hold = state.get::<Hold>(place).ok_or_else(none)?;
            let spent = hold.spent.as_ref();
            let captured = spent.zip(hold.out_of_reach_since());
            let (spent, since) =
                captured.ok_or_else(|| Rejection::WrongState { state: hold.state(), needed: "captured" })?;
            Ok((&hold.member, hold.subject.as_ref(), spent, since))
        }
    }
}

/// Checks that enough points are available, and are as old as the shop asks. Points that are too young are the last to be
/// used, so all others can be.
fn spendable_of_age(state: &impl State, asked: &Asked, moment: &Moment<'_>) -> Result<(), Rejection> {
    spendable(state, &asked.member, asked.points, moment.now)?;
    let days = asked.min_age_days;
    if days == 0 {
        return Ok(());
    }
    let account = state.account(&asked.member);
    let is_true = |young: &Young| {
        account.is_none_or(|account| account.credited_seq <= young.as_of)
            && old_enough_on(moment.now.day_in(&moment.zone), days) == Some(young.through)
    };
    let young = asked.young.filter(is_true).ok_or(Rejection::CreditCame)?;
    let old = account.map_or(0, Account::available).saturating_sub(young.points.max(0));
    if old >= asked.points {
        return Ok(());
    }
    none_due(state, &asked.member, moment.now)?;
    Err(Rejection::PointsTooYoung { old: old.max(0), days, asked: asked.points })
}

/// Checks that enough points are available. Before it refuses, holds whose time is over must be ended.
fn spendable(state: &impl State, member: &MemberId, points: i64, now: Micros) -> Result<(), Rejection> {
    reads::may_use_points(state, member)?;
    let available = state.account(member).map_or(0, Account::available);
    if available >= points {
        return Ok(());
    }
    none_due(state, member, now)?;
    Err(Rejection::InsufficientPoints { available, asked: points })
}

/// Checks that the member has no open hold whose time is over. The rejection names such holds: a shop no longer holds
/// their points.
pub(super) fn none_due(state: &impl State, member: &MemberId, now: Micros) -> Result<(), Rejection> {
    let is_due = |hold: &&OpenHold| hold.expires_at <= now;
    let due: Vec<OpenHold> = reads::open_holds(state, member).iter().filter(is_due).cloned().collect();
    if due.is_empty() { Ok(()) } else { Err(Rejection::HoldsDue { holds: due }) }
}

/// Makes an entry about an existing hold. `beside` is the points that its act gives back and those that make good a
/// loss.
fn about(kind: EntryKind, place: &Place, hold: &Hold, beside: [i64; 2], moment: &Moment<'_>) -> Draft {
    let [given_back, made_good] = beside;
    let (place, subject) = (place.clone(), hold.subject.clone());
    let (expires_at, min_age_days) = (hold.expires_at, hold.min_age_days);
    let fact = HoldFact { place, subject, expires_at, given_back, made_good, min_age_days };
    Draft::act(kind, moment, Fact::Hold(Box::new(fact))).referring_to(hold.seq)
}
