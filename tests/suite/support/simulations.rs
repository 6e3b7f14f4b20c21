//! Simulations of rules over the days of `data/`.

use goodturn::pb;

use super::clients::{Clients, accepted, first_rules, kudos};
use super::payouts::day;

/// A simulation of these rules over the days of `data/`.
pub fn asked(rules: pb::RuleSet) -> pb::SimulateRuleSetRequest {
    pb::SimulateRuleSetRequest {
        parent: "programs/qc".into(),
        rule_set: Some(rules),
        first_day: day(2018, 3, 12),
        last_day: day(2018, 9, 11),
        ..Default::default()
    }
}

/// Has a draft of rules simulated.
pub async fn simulate(clients: &Clients, request: pb::SimulateRuleSetRequest) -> pb::SimulateRuleSetResponse {
    clients.programs().simulate_rule_set(request).await.unwrap().into_inner()
}

/// The rules that are published, as a draft: neither name nor time is looked at.
pub fn published() -> pb::RuleSet {
    let rules = first_rules().rule_set.unwrap();
    pb::RuleSet { name: String::new(), in_force_from: None, ..rules }
}

/// Four answers of ann, three in April and one in May; one of ben in April; two of cleo, one a month; kudos for dora.
pub fn some_answers() -> Vec<pb::Activity> {
    let days = ["2018-04-01", "2018-04-02", "2018-04-30", "2018-05-01"];
    let of = |member: &'static str, days: &[&str]| -> Vec<pb::Activity> {
        let answer = |day: &&str| accepted(&format!("{member}-{day}"), member, &format!("{day}T12:00:00Z"));
        days.iter().map(answer).collect()
    };
    [of("ann", &days), of("ben", &days[..1]), of("cleo", &days[2..]), vec![kudos("k1", "dora", "2018-04-03T12:00:00Z")]]
        .concat()
}

/// Credited and pending points of all, then and in the draft.
pub fn totals(reply: &pb::SimulateRuleSetResponse) -> [(i64, i64); 2] {
    let total = reply.total.unwrap();
    [total.credited_points, total.pending_points].map(|points| points.map(|it| (it.then, it.draft)).unwrap())
}
