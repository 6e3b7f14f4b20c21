//! A member's statement as JSON.

use serde_json::{Map, Value, json};

use super::Source;
use super::statement::{Line, MemberStatement};
use crate::domain::terms::batch::FileFormat;
use crate::domain::value::bucket::Unit;
use crate::domain::value::encoding::hex;
use crate::domain::value::ids::ActivityKind;

/// Returns a statement as JSON. Keys are in the order of the alphabet; money is text in the main unit.
pub(super) fn as_json(source: &Source, statement: &MemberStatement) -> Value {
    let amount = |minor: i128| json!(source.currency.format(minor));
    let lines = |unit: Unit| -> Vec<Value> {
        let of_unit = statement.lines.iter().filter(|(line, _)| line.way.unit() == unit);
        let shown = |(line, sum): &(Line, i128)| {
            let sum = if unit == Unit::Points { json!(points(*sum)) } else { amount(*sum) };
            json!({
                "line": line.way.name(),
                "kind": line.kind.as_ref().map(ActivityKind::as_str),
                "payout": line.payout.as_ref().map(ToString::to_string),
                "method": line.method.map(FileFormat::name),
                "amount": sum,
            })
        };
        of_unit.map(shown).collect()
    };
    let shares = statement.shares.iter().map(|(payout, minor, sentence)| {
        json!({ "payout": payout.to_string(), "share": amount((*minor).into()), "sentence": sentence })
    });
    let lapses = statement.lapses_next.iter().map(|(closing, minor)| {
        let (payout, day) = closing.as_ref().map(|(payout, day)| (payout.to_string(), day.date().to_string())).unzip();
        json!({ "payout": payout, "choose_by": day, "amount": amount(*minor) })
    });
    let places = |unit: Unit| -> Map<String, Value> {
        let of_unit = statement.places.iter().filter(|(place, _)| place.unit() == unit);
        let shown = |sum: i64| if unit == Unit::Points { json!(sum) } else { amount(sum.into()) };
        of_unit.map(|(place, sum)| (place.name().to_owned(), shown(*sum))).collect()
    };
    json!({
        "program": source.program.id.to_string(),
        "member": statement.member.to_string(),
        "first_day": statement.period.first.date().to_string(),
        "last_day": statement.period.last.date().to_string(),
        "time_zone": source.zone_name,
        "currency": source.currency.code(),
        "points": {
            "opening": points(statement.opening.0),
            "lines": lines(Unit::Points),
            "closing": points(statement.closing.0),
            "places": places(Unit::Points),
        },
        "money": {
            "opening": amount(statement.opening.1),
            "lines": lines(Unit::Money),
            "closing": amount(statement.closing.1),
            "places": places(Unit::Money),
        },
        "shares": shares.collect::<Vec<_>>(),
        "expires_next": statement.expires_next.map(|(day, points)| json!({ "day": day.date().to_string(), "points": points })),
        "lapses_next": lapses.collect::<Vec<_>>(),
        "seq": statement.as_of.0.get(),
        "root_hash": hex(&statement.root),
    })
}

/// Returns points of one member as a number.
fn points(sum: i128) -> i64 {
    i64::try_from(sum).expect("the balances of a member fit 64 bits, and so does what they changed by")
}
