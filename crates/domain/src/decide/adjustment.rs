//! Adjustments: points given or taken by a person's decision. Above a limit a second person must approve.

use crate::decide::command::AdjustmentList;
use crate::decide::draft::{Draft, Moment};
use crate::decide::find::the_adjustment;
use crate::decide::find::the_program;
use crate::decide::post::Purse;
use crate::decide::reads;
use crate::decide::rejection::Rejection;
use crate::decide::require::in_state;
use crate::entry::adjustment::{AdjustmentFact, AdjustmentMove, SignedList};
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::state::adjustment::{Adjustment, AdjustmentState, Listing, WAITING_MAX};
use crate::state::get::State;
use crate::state::member::MemberState;
use crate::state::takings::Taker;
use crate::terms::adjustment::AdjustmentTerms;
use crate::terms::caps::Flow;
use crate::terms::expiry::Age;
use crate::value::ids::{AdjustmentId, MemberId};
use crate::value::reason::Reason;

/// Gives or takes points. Above the programme's limit, the adjustment waits for a second person.
pub(super) fn adjust_points(
    state: &impl State,
    terms: &AdjustmentTerms,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    may_be_given(state, &terms.member, terms.points)?;
    let program = the_program(state)?;
    let limit = program.terms.adjustment_limit_points;
    let occurred_at = terms.occurred_at.unwrap_or(moment.now);
    let fact = AdjustmentFact { id: terms.id.clone(), points: terms.points, reason: terms.reason };
    let dated = Draft {
        occurred_at,
        local_day: occurred_at.day_in(&moment.zone),
        ..Draft::act(EntryKind::AdjustmentProposed, moment, Fact::Adjustment(fact.clone())).of(&terms.member, None)
    };
    if terms.points.unsigned_abs() > limit.unsigned_abs() {
        return if program.adjustments_waiting < WAITING_MAX {
            Ok(vec![dated])
        } else {
            Err(Rejection::TooManyWaiting)
        };
    }
    let dated = Draft { kind: EntryKind::PointsAdjusted, ..dated };
    posted(state, &terms.member, terms.points, None, dated, &fact)
}

/// Moves the points of a proposed adjustment after a second person's approval.
pub(super) fn approve(state: &impl State, id: &AdjustmentId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let adjustment = the_adjustment(state, id)?;
    in_state(adjustment.state, AdjustmentState::Proposed, AdjustmentState::name)?;
    // A member who was merged since is another person's account now: the points move on to that person.
    may_be_given(state, &reads::person(state, &adjustment.member), adjustment.points)?;
    let fact = fact_of(id, adjustment);
    let dated = on_its_day(EntryKind::PointsAdjusted, adjustment, &fact, moment);
    posted(state, &adjustment.member, adjustment.points, None, dated, &fact)
}

pub(super) fn reject(state: &impl State, id: &AdjustmentId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let adjustment = the_adjustment(state, id)?;
    in_state(adjustment.state, AdjustmentState::Proposed, AdjustmentState::name)?;
    let act = Draft::act(EntryKind::AdjustmentRejected, moment, Fact::Adjustment(fact_of(id, adjustment)));
    Ok(vec![act.of(&adjustment.member, None).referring_to(adjustment.seq)])
}

/// Signs a decision on a list of adjustments, all of which must wait as they did when the list was shown. The decision
/// on each is a command of its own, recorded with this one or not at all.
pub(super) fn sign(
    state: &impl State,
    list: &AdjustmentList,
    kind: EntryKind,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    // Each is tried before any is judged: so a state that lacks something is asked for all of it at once.
    for id in &list.ids {
        let _moves = approve(state, id, moment);
    }
    let mut listing = Listing::default();
    for id in &list.ids {
        let adjustment = the_adjustment(state, id)?;
        if adjustment.state != AdjustmentState::Proposed {
            return Err(Rejection::ContentChanged);
        }
        listing.add(id, adjustment);
    }
    if list.ids.is_empty() || listing.digest() != list.digest {
        return Err(Rejection::ContentChanged);
    }
    let count = u32::try_from(list.ids.len()).expect("no list in memory is that long");
    Ok(vec![Draft::act(kind, moment, Fact::SignedList(SignedList { digest: list.digest, count }))])
}

/// Takes back the points that an adjustment gave to a member who is banned now.
pub(super) fn revoke(state: &impl State, id: &AdjustmentId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let adjustment = the_adjustment(state, id)?;
    in_state(adjustment.state, AdjustmentState::Posted, AdjustmentState::name)?;
    if !reads::is_banned(state, &adjustment.member) {
        let state = reads::member_state(state, &adjustment.member);
        return Err(Rejection::WrongState { state: state.name(), needed: MemberState::Banned.name() });
    }
    if adjustment.points < 0 {
        return Err(Rejection::Inconsistent("what was taken is not given back"));
    }
    let fact = fact_of(id, adjustment);
    let dated = on_its_day(EntryKind::AdjustmentRevoked, adjustment, &fact, moment);
    let given_by = adjustment.decided.as_ref().map_or(adjustment.seq, |(_, approved)| *approved);
    let first = Draft { reason: Some(Reason::Fraud), ..dated.referring_to(given_by) };
    posted(state, &adjustment.member, -adjustment.points, Some(age(adjustment, moment)), first, &fact)
}

/// Gives back the points of an adjustment that a ban had taken back, after the ban was lifted.
pub(super) fn reinstate(state: &impl State, id: &AdjustmentId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let adjustment = the_adjustment(state, id)?;
    in_state(adjustment.state, AdjustmentState::Revoked, AdjustmentState::name)?;
    if reads::is_banned(state, &adjustment.member) {
        return Err(Rejection::NothingDue);
    }
    let fact = fact_of(id, adjustment);
    let first = on_its_day(EntryKind::AdjustmentReinstated, adjustment, &fact, moment);
    posted(state, &adjustment.member, adjustment.points, Some(age(adjustment, moment)), first, &fact)
}

/// Returns the age of the points that an adjustment gave. Points that it took have none: they count as used.
fn age(adjustment: &Adjustment, moment: &Moment<'_>) -> Age {
    Age { day: adjustment.local_day, recorded: adjustment.recorded_at.day_in(&moment.zone) }
}

/// Checks that the member may be given points. A banned member gets none, because the ban would never take them back. A
/// merged member is another now.
fn may_be_given(state: &impl State, member: &MemberId, points: i64) -> Result<(), Rejection> {
    let of = reads::member_state(state, member);
    match of {
        MemberState::Banned if points < 0 => Ok(()),
        MemberState::Banned | MemberState::Merged => {
            Err(Rejection::WrongState { state: of.name(), needed: "active or suspended" })
        }
        MemberState::Active | MemberState::Suspended => Ok(()),
    }
}

/// Makes the entries that move points. The first is `first`; the others are further moves.
fn posted(
    state: &impl State,
    member: &MemberId,
    points: i64,
    age: Option<Age>,
    first: Draft,
    fact: &AdjustmentFact,
) -> Result<Vec<Draft>, Rejection> {
    let by = Taker::Adjustment(fact.id.clone());
    Purse::of(state, member, age)?.regaining(&by, points, None)?.drafts(
        Flow { confirmed: points, total: points },
        first,
        |payout| Fact::AdjustmentMove(Box::new(AdjustmentMove { of: fact.clone(), payout })),
    )
}

/// Makes an entry on a recorded adjustment. It counts on the adjustment's day.
fn on_its_day(kind: EntryKind, adjustment: &Adjustment, fact: &AdjustmentFact, moment: &Moment<'_>) -> Draft {
    let act = Draft::act(kind, moment, Fact::Adjustment(fact.clone()));
    Draft {
        occurred_at: adjustment.occurred_at,
        local_day: adjustment.local_day,
        ..act.of(&adjustment.member, None).referring_to(adjustment.seq)
    }
}

fn fact_of(id: &AdjustmentId, adjustment: &Adjustment) -> AdjustmentFact {
    AdjustmentFact { id: id.clone(), points: adjustment.points, reason: adjustment.reason }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::state::overlay::Changes;
    use crate::state::program::Program;
    use crate::state::record::{Record, RecordKey};
    use crate::terms::adjustment::AdjustmentReason;
    use crate::terms::program::ProgramTerms;
    use crate::terms::rules::book::RuleBook;
    use crate::value::money::Currency;
    use crate::value::seq::Seq;
    use crate::value::time::Micros;

    #[test]
    fn as_many_adjustments_wait_as_may_and_others_are_posted_all_the_same() {
        let terms = ProgramTerms {
            currency: Currency::from_code("GBP").expect("pounds"),
            time_zone: "Europe/London".into(),
            debt_limit_points: 50,
            adjustment_limit_points: 1_000,
        };
        let at = Micros::new(0).expect("a time");
        let decided = |adjustments_waiting, points| {
            let program = Program { adjustments_waiting, ..Program::new(terms.clone(), Seq::ZERO.next(), at) };
            let mut state = Changes::default();
            state.records.insert(RecordKey::Program, (Seq::ZERO.next(), Record::Program(program)));
            let asked = AdjustmentTerms {
                id: AdjustmentId::parse("a").expect("an id"),
                member: MemberId::parse("ben").expect("an id"),
                points,
                reason: AdjustmentReason::Goodwill,
                occurred_at: None,
            };
            let moment = Moment { now: at, zone: TimeZone::UTC, rules: &RuleBook::new(Vec::new()) };
            adjust_points(&state, &asked, &moment).map(|drafts| drafts[0].kind)
        };
        assert_eq!(decided(WAITING_MAX - 1, 1_001), Ok(EntryKind::AdjustmentProposed));
        assert_eq!(decided(WAITING_MAX, 1_001), Err(Rejection::TooManyWaiting));
        assert_eq!(decided(WAITING_MAX, 1_000), Ok(EntryKind::PointsAdjusted));
    }
}
