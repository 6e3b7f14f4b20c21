//! The result of a simulation.

use std::collections::BTreeMap;

use super::activity::decline_reason;
use super::{count, time};
use crate::domain::value::money::Currency;
use crate::google::r#type::Money;
use crate::pb;
use crate::simulate::{Compared, Difference, DifferenceBand, Outcome, Sums};

/// Returns an outcome; `None` when its cost does not fit a sum of money.
pub(crate) fn simulation(
    outcome: &Outcome,
    value_nanos: Option<i128>,
    max_members: usize,
    currency: Currency,
) -> Option<pb::SimulateRuleSetResponse> {
    let total = outcome.total.credited;
    let (cost_then, cost_draft) = match value_nanos {
        Some(value) => (Some(cost(total.then, value, currency)?), Some(cost(total.draft, value, currency)?)),
        None => (None, None),
    };
    let [losers, unchanged, winners] = outcome.sides();
    let kinds = outcome.kinds.iter();
    // Callers see all activities that were reversed before they came under one reason.
    let mut declined: BTreeMap<i32, Compared> = BTreeMap::new();
    for (reason, activities) in &outcome.declined {
        let told = declined.entry(decline_reason(Some(*reason)).into()).or_default();
        *told = Compared { then: told.then + activities.then, draft: told.draft + activities.draft };
    }
    Some(pb::SimulateRuleSetResponse {
        seq: outcome.head.get(),
        waits_ended_at: Some(time(outcome.waits_ended_at)),
        total: Some(sums(&outcome.total)),
        kinds: kinds
            .map(|(kind, of)| pb::SimulatedKind { activity_kind: kind.to_string(), sums: Some(sums(of)) })
            .collect(),
        declined: declined
            .into_iter()
            .map(|(reason, activities)| pb::SimulatedDeclines { reason, activities: Some(compared(activities)) })
            .collect(),
        activities_without_attributes: outcome.without_attributes,
        cost_then,
        cost_draft,
        winners: count(winners),
        losers: count(losers),
        unchanged: count(unchanged),
        top_winners: outcome.winners(max_members).into_iter().map(member).collect(),
        top_losers: outcome.losers(max_members).into_iter().map(member).collect(),
        differences: outcome.differences.iter().map(band).collect(),
    })
}

/// Returns the exact cost of points, which may have parts of a minor unit; `None` when it does not fit.
fn cost(points: i64, value_nanos: i128, currency: Currency) -> Option<Money> {
    let nanos = i128::from(points) * value_nanos;
    let units = i64::try_from(nanos / 1_000_000_000).ok()?;
    let nanos = i32::try_from(nanos % 1_000_000_000).expect("below one main unit");
    Some(Money { currency_code: currency.code().into(), units, nanos })
}

fn sums(sums: &Sums) -> pb::SimulatedSums {
    pb::SimulatedSums {
        activities: sums.activities,
        credited_points: Some(compared(sums.credited)),
        pending_points: Some(compared(sums.pending)),
    }
}

const fn compared(numbers: Compared) -> pb::Compared {
    pb::Compared { then: numbers.then, draft: numbers.draft }
}

fn member(member: &Difference) -> pb::SimulatedMember {
    pb::SimulatedMember {
        member_id: member.member.to_string(),
        credited_points: Some(compared(member.credited)),
        difference_points: member.credited.difference(),
    }
}

const fn band(band: &DifferenceBand) -> pb::DifferenceBand {
    pb::DifferenceBand { least_points: band.least, greatest_points: band.greatest, members: band.members }
}
