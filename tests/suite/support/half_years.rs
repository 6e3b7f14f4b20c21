//! Half-years of ten thousand members.

use std::collections::BTreeMap;

use goodturn::google::r#type::Date;
use goodturn::pb;

use super::clients::{Clients, activity, pounds};
use super::money::minor;
use super::payouts::{approve, create, declare_and_approve, execute, payout, shares_by};

pub const MEMBERS: usize = 10_000;

pub fn name(n: usize) -> String {
    format!("m{n:05}")
}

/// Records so many kudos of members, one each.
pub async fn earn(clients: &Clients, half: usize, members: impl Iterator<Item = usize>, when: &str) {
    let all: Vec<pb::Activity> = members.map(|n| activity(&format!("k{half}-{n}"), "kudos", &name(n), when)).collect();
    for some in all.chunks(1_000) {
        let (parent, activities) = ("programs/qc".into(), some.to_vec());
        let request = pb::BatchRecordActivitiesRequest { parent, activities, all_or_nothing: true };
        clients.ledger().batch_record_activities(request).await.unwrap();
    }
}

/// Records choices of members.
pub async fn choose_all(clients: &Clients, requests: Vec<pb::SetPayoutChoiceRequest>) {
    for some in requests.chunks(1_000) {
        let (parent, requests) = ("programs/qc".into(), some.to_vec());
        let request = pb::BatchSetPayoutChoicesRequest { parent, requests };
        let results = clients.choices().batch_set_payout_choices(request).await.unwrap().into_inner().results;
        let is_set = |it: &pb::SetPayoutChoiceResult| {
            matches!(it.result, Some(pb::set_payout_choice_result::Result::SetTime(_)))
        };
        assert!(results.iter().all(is_set));
    }
}

/// Pays a pool out by points. Returns each share in pence.
pub async fn paid(
    clients: &Clients,
    id: &str,
    last_day: Option<Date>,
    pool: i64,
    terms: pb::ChoiceTerms,
) -> BTreeMap<String, i64> {
    declare_and_approve(clients, id, pounds(pool)).await;
    let asking = pb::Payout { choices: Some(terms), last_day, ..payout(id) };
    let draft = clients.by("anna").payouts().create_payout(create(asking)).await.unwrap().into_inner();
    approve(clients, &draft, "ben").await.unwrap();
    execute(clients, &draft.name).await.unwrap();
    let shares = shares_by(clients, &draft.name, 1_000).await;
    let shares: BTreeMap<String, i64> =
        shares.into_iter().map(|share| (share.member_id, minor(share.amount.as_ref()))).collect();
    assert_eq!(shares.values().sum::<i64>(), pool, "to the penny");
    shares
}
