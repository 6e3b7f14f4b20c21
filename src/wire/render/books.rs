//! Members' statements.

use super::{date, money};
use crate::books::{Line, Statement};
use crate::domain::value::bucket::Unit;
use crate::domain::value::ids::{PayoutId, ProgramId};
use crate::domain::value::money::Currency;
use crate::google::r#type::Money;
use crate::pb;

pub(crate) fn member_statement(
    program: &ProgramId,
    currency: Currency,
    time_zone: &str,
    statement: &Statement,
) -> pb::MemberStatement {
    // A balance fits 64 bits, and so does what it is the sum of at one member.
    let fits = |sum: i128| i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX });
    let amount = |minor: i128| -> Option<Money> { Some(money(fits(minor), currency)) };
    let payout = |id: &PayoutId| format!("programs/{program}/payouts/{id}");
    let of_unit = |unit| statement.lines.iter().filter(move |(line, _): &&(Line, i128)| line.line.unit() == unit);
    let points = of_unit(Unit::Points).map(|(line, sum)| pb::StatementPoints {
        line: line.line.name().to_owned(),
        kind: line.kind.as_ref().map(ToString::to_string).unwrap_or_default(),
        points: fits(*sum),
    });
    let money_lines = of_unit(Unit::Money).map(|(line, sum)| pb::StatementMoney {
        line: line.line.name().to_owned(),
        payout: line.payout.as_ref().map(payout).unwrap_or_default(),
        method: line.method.map(|method| method.name().to_owned()).unwrap_or_default(),
        amount: amount(*sum),
    });
    let shares = statement.shares.iter().map(|(id, minor, sentence)| pb::StatementShare {
        payout: payout(id),
        share: amount((*minor).into()),
        sentence: sentence.clone(),
    });
    let lapses = statement.lapses_next.iter().map(|(id, choose_by, minor)| pb::StatementLapse {
        payout: payout(id),
        choose_by: Some(date(*choose_by)),
        amount: amount(*minor),
    });
    pb::MemberStatement {
        name: format!("programs/{program}/members/{}", statement.member),
        first_day: Some(date(statement.period.first)),
        last_day: Some(date(statement.period.last)),
        time_zone: time_zone.to_owned(),
        opening_points: fits(statement.opening.0),
        points: points.collect(),
        closing_points: fits(statement.closing.0),
        pending_points: statement.pending,
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
