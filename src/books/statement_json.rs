//! A member's statement as JSON.

use serde_json::{Value, json};

use super::Source;
use super::statement::{Line, Statement};
use crate::domain::value::bucket::Unit;
use crate::domain::value::encoding::hex;
use crate::domain::value::ids::ActivityKind;

/// Returns a statement as JSON. Keys are in the order of the alphabet; money is text in the main unit.
pub(super) fn as_json(source: &Source, statement: &Statement) -> Value {
    let amount = |minor: i128| json!(source.currency.format(minor));
    let lines = |unit: Unit| -> Vec<Value> {
        let of_unit = statement.lines.iter().filter(|(line, _)| line.line.unit() == unit);
        let shown = |(line, sum): &(Line, i128)| {
            let sum = if unit == Unit::Points { json!(i64::try_from(*sum).ok()) } else { amount(*sum) };
            json!({
                "line": line.line.name(),
                "kind": line.kind.as_ref().map(ActivityKind::as_str),
                "payout": line.payout.as_ref().map(ToString::to_string),
                "method": line.method.map(|method| method.name()),
                "amount": sum,
            })
        };
        of_unit.map(shown).collect()
    };
    let shares = statement.shares.iter().map(|(payout, minor, sentence)| {
        json!({ "payout": payout.to_string(), "share": amount((*minor).into()), "sentence": sentence })
    });
    let lapses = statement.lapses_next.iter().map(|(payout, day, minor)| {
        json!({ "payout": payout.to_string(), "choose_by": day.date().to_string(), "amount": amount(*minor) })
    });
    json!({
        "program": source.program.id.to_string(),
        "member": statement.member.to_string(),
        "first_day": statement.period.first.date().to_string(),
        "last_day": statement.period.last.date().to_string(),
        "time_zone": source.zone_name,
        "currency": source.currency.code(),
        "points": {
            "opening": i64::try_from(statement.opening.0).ok(),
            "lines": lines(Unit::Points),
            "closing": i64::try_from(statement.closing.0).ok(),
            "pending": statement.pending,
        },
        "money": {
            "opening": amount(statement.opening.1),
            "lines": lines(Unit::Money),
            "closing": amount(statement.closing.1),
        },
        "shares": shares.collect::<Vec<_>>(),
        "expires_next": statement.expires_next.map(|(day, points)| json!({ "day": day.date().to_string(), "points": points })),
        "lapses_next": lapses.collect::<Vec<_>>(),
        "seq": statement.as_of.0.get(),
        "root_hash": hex(&statement.root),
    })
}
