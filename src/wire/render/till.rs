//! Holds, redemptions, and receipts of the till.

use super::{balances, receipt, time};
use crate::domain::entry::Entry;
use crate::domain::state::hold::{Hold, Redemption, WayToEnd};
use crate::domain::terms::till::{Place, Spending};
use crate::domain::value::amount::{Amount, Move};
use crate::domain::value::bucket::Bucket;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::money::Currency;
use crate::pb;

/// Returns the receipt of an act of the till. It includes the points that the same act gives back, and those that make
/// good for a loss. Its balance is that after the last entry.
pub(crate) fn till_receipt(program: &ProgramId, currency: Currency, entry: &Entry) -> pb::Receipt {
    let receipt = receipt(program, currency, entry, entry);
    let (mut after, mut seq, mut points) = (entry.balance_after, entry.seq, receipt.points);
    let mut take = |from, to, count| {
        let movement = Amount::new(count).and_then(|amount| Move::new(from, to, amount));
        if let Some((movement, Ok(balances))) = movement.map(|movement| (movement, after.after(movement))) {
            (after, seq) = (balances, seq.next());
            points += movement.change_of(Bucket::Available);
        }
    };
    take(Bucket::Held, Bucket::Available, entry.fact.released_beside());
    take(Bucket::Available, Bucket::WrittenOff, entry.fact.made_good_beside());
    let balance = entry.member.as_ref().map(|member| balances(member, seq, &after, None, currency));
    pb::Receipt { points, balance, ..receipt }
}

/// Returns a hold in its present state.
pub(crate) fn hold(program: &ProgramId, place: &Place, hold: &Hold) -> pb::Hold {
    let state = match (hold.spent, hold.ended.map(|end| end.way)) {
        (Some(_), _) | (None, Some(WayToEnd::Captured)) => pb::HoldState::Captured,
        (None, Some(WayToEnd::Released)) => pb::HoldState::Released,
        (None, Some(WayToEnd::Expired)) => pb::HoldState::Expired,
        (None, None) => pb::HoldState::Held,
    };
    let spent = hold.spent;
    pb::Hold {
        name: format!("programs/{program}/{}", place.resource(Spending::Capture)),
        member_id: hold.member.to_string(),
        points: hold.points,
        expire_time: Some(time(hold.expires_at)),
        subject: hold.subject.as_ref().map(ToString::to_string).unwrap_or_default(),
        state: state.into(),
        min_age_days: hold.min_age_days.cast_signed(),
        captured_points: spent.map_or(0, |spent| spent.points),
        refunded_points: spent.map_or(0, |spent| spent.refunded),
        create_time: Some(time(hold.created_at)),
        end_time: hold.ended.map(|end| time(end.at)),
        capture_time: spent.map(|spent| time(spent.at)),
        seq: hold.seq.get(),
        ended_by_seq: hold.ended.map_or(0, |end| end.seq.get()),
        captured_by_seq: spent.map_or(0, |spent| spent.seq.get()),
        refunded_by_seq: spent.map_or(0, |spent| spent.refunded_by.get()),
    }
}

/// Returns a redemption, with the points given back of it.
pub(crate) fn redemption(program: &ProgramId, place: &Place, redemption: &Redemption) -> pb::Redemption {
    let spent = &redemption.spent;
    pb::Redemption {
        name: format!("programs/{program}/{}", place.resource(Spending::Redemption)),
        member_id: redemption.member.to_string(),
        points: spent.points,
        subject: redemption.subject.as_ref().map(ToString::to_string).unwrap_or_default(),
        min_age_days: redemption.min_age_days.cast_signed(),
        refunded_points: spent.refunded,
        create_time: Some(time(spent.at)),
        seq: spent.seq.get(),
        refunded_by_seq: spent.refunded_by.get(),
    }
}
