//! The outcome as JSON, with the names of the API.

use anyhow::Context as _;
use serde_json::{Value, json};

use goodturn::google::r#type::Money;
use goodturn::pb;

/// Writes the outcome.
pub(super) fn of(found: &pb::SimulateRuleSetResponse) -> anyhow::Result<String> {
    let waits_ended_at = found.waits_ended_at.context("the server left a time out")?;
    let waits_ended_at = jiff::Timestamp::new(waits_ended_at.seconds, waits_ended_at.nanos)?.to_string();
    let value = json!({
        "seq": found.seq,
        "waits_ended_at": waits_ended_at,
        "total": sums(found.total),
        "kinds": found
            .kinds
            .iter()
            .map(|kind| json!({"activity_kind": kind.activity_kind, "sums": sums(kind.sums)}))
            .collect::<Vec<_>>(),
        "declined": found
            .declined
            .iter()
            .map(|it| json!({"reason": it.reason().as_str_name(), "activities": compared(it.activities)}))
            .collect::<Vec<_>>(),
        "activities_without_attributes": found.activities_without_attributes,
        "cost_then": found.cost_then.as_ref().map(money),
        "cost_draft": found.cost_draft.as_ref().map(money),
        "winners": found.winners,
        "losers": found.losers,
        "unchanged": found.unchanged,
        "top_winners": found.top_winners.iter().map(member).collect::<Vec<_>>(),
        "top_losers": found.top_losers.iter().map(member).collect::<Vec<_>>(),
        "differences": found
            .differences
            .iter()
            .map(|band| {
                json!({
                    "least_points": band.least_points,
                    "greatest_points": band.greatest_points,
                    "members": band.members,
                })
            })
            .collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

fn sums(sums: Option<pb::SimulatedSums>) -> Value {
    let sums = sums.unwrap_or_default();
    json!({
        "activities": sums.activities,
        "credited_points": compared(sums.credited_points),
        "pending_points": compared(sums.pending_points),
    })
}

fn compared(numbers: Option<pb::Compared>) -> Value {
    let numbers = numbers.unwrap_or_default();
    json!({"then": numbers.then, "draft": numbers.draft})
}

fn member(member: &pb::SimulatedMember) -> Value {
    json!({
        "member_id": member.member_id,
        "credited_points": compared(member.credited_points),
        "difference_points": member.difference_points,
    })
}

fn money(money: &Money) -> Value {
    json!({"currency_code": money.currency_code, "units": money.units, "nanos": money.nanos})
}
