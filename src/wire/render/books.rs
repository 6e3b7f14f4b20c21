//! Members' statements.

use super::{date, money};
use crate::books::{Line, MemberStatement};
use crate::domain::value::bucket::Unit;
use crate::domain::value::ids::{PayoutId, ProgramId};
use crate::domain::value::money::Currency;
use crate::google::r#type::Money;
use crate::pb;

pub(crate) fn member_statement(
    program: &ProgramId,
    currency: Currency,
    time_zone: &str,
    statement: &MemberStatement,
) -> pb::MemberStatement {
    let fits =
        |sum: i128| i64::try_from(sum).expect("the balances of a member fit 64 bits, and so does what they changed by");
    let amount = |minor: i128| -> Option<Money> { Some(money(fits(minor), currency)) };
    let payout = |id: &PayoutId| format!("programs/{program}/payouts/{id}");
    let of_unit = |unit| statement.lines.iter().filter(move |(line, _): &&(Line, i128)| line.way.unit() == unit);
    let points = of_unit(Unit::Points).map(|(line, sum)| pb::StatementPoints {
        line: line.way.name().to_owned(),
        kind: line.kind.as_ref().map(ToString::to_string).unwrap_or_default(),
        points: fits(*sum),
    });
    let money_lines = of_unit(Unit::Money).map(|(line, sum)| pb::StatementMoney {
        line: line.way.name().to_owned(),
        payout: line.payout.as_ref().map(payout).unwrap_or_default(),
        method: line.method.map(|method| method.name().to_owned()).unwrap_or_default(),
        amount: amount(*sum),
    });
    let shares = statement.shares.iter().map(|(id, minor, sentence)| pb::StatementShare {
        payout: payout(id),
        share: amount((*minor).into()),
        sentence: sentence.clone(),
    });
    let lapses = statement.lapses_next.iter().map(|(closing, minor)| pb::StatementLapse {
        payout: closing.as_ref().map(|(id, _)| payout(id)).unwrap_or_default(),
        choose_by: closing.as_ref().map(|(_, day)| date(*day)),
        amount: amount(*minor),
    });
    let place = |unit| statement.places.iter().filter(move |(place, _)| place.unit() == unit);
    let point_places =
        place(Unit::Points).map(|(place, points)| pb::PlacePoints { place: place.name().to_owned(), points: *points });
    let money_places = place(Unit::Money)
        .map(|(place, minor)| pb::PlaceMoney { place: place.name().to_owned(), amount: amount((*minor).into()) });
    pb::MemberStatement {
        name: format!("programs/{program}/members/{}", statement.member),
        first_day: Some(date(statement.period.first)),
        last_day: Some(date(statement.period.last)),
        time_zone: time_zone.to_owned(),
        opening_points: fits(statement.opening.0),
        points: points.collect(),
        closing_points: fits(statement.closing.0),
        point_places: point_places.collect(),
        money_places: money_places.collect(),
        opening_money: amount(statement.opening.1),
        money: money_lines.collect(),
        closing_money: amount(statement.closing.1),
        shares: shares.collect(),
        expires_next: statement.expires_next.map(|(day, points)| pb::StatementExpiry { day: Some(date(day)), points }),
        lapses_next: lapses.collect(),
        seq: statement.as_of.0.get(),
        root_hash: statement.root.to_vec(),
    }
}
