//! Acts on members of the programme `qc`: suspensions, bans and mergers.

use goodturn::pb;
use goodturn::pb::SuspensionReason::{Fraud, FraudSuspected};

use super::adjustments::{adjustment, ask};
use super::clients::{Clients, activity, pounds, record};
use super::stage::{Stage, WHEN, daily_and_monthly, point_a_pound, rule};

/// The request that suspends a member.
pub fn suspension(member: &str, id: &str) -> pb::SuspendMemberRequest {
    pb::SuspendMemberRequest {
        name: format!("programs/qc/members/{member}"),
        suspension_id: id.into(),
        reason: FraudSuspected.into(),
        note: "votes in a ring".into(),
    }
}

/// The request that reinstates a member.
pub fn reinstatement(member: &str, id: &str) -> pb::ReinstateMemberRequest {
    pb::ReinstateMemberRequest {
        name: format!("programs/qc/members/{member}"),
        reinstatement_id: id.into(),
        note: String::new(),
    }
}

/// The request that bans a member.
pub fn ban(member: &str, id: &str) -> pb::BanMemberRequest {
    pb::BanMemberRequest {
        name: format!("programs/qc/members/{member}"),
        ban_id: id.into(),
        reason: Fraud.into(),
        note: "forty accounts".into(),
    }
}

/// Has a member suspended.
pub async fn suspended(clients: &Clients, member: &str, id: &str) -> pb::Member {
    clients.by("anna").members().suspend_member(suspension(member, id)).await.unwrap().into_inner()
}

/// Has a member reinstated.
pub async fn reinstated(clients: &Clients, member: &str, id: &str) -> pb::Member {
    clients.by("bob").members().reinstate_member(reinstatement(member, id)).await.unwrap().into_inner()
}

/// Has a member banned.
pub async fn banned(clients: &Clients, member: &str, id: &str) -> pb::BanMemberResponse {
    clients.by("anna").members().ban_member(ban(member, id)).await.unwrap().into_inner()
}

/// Has somebody ask to lift a member's ban.
pub async fn lift_asked_for(clients: &Clients, member: &str, id: &str) -> Result<pb::Member, tonic::Status> {
    let name = format!("programs/qc/members/{member}");
    let request = pb::LiftBanRequest { name, lift_id: id.into(), note: "the votes were honest".into() };
    clients.by("anna").members().lift_ban(request).await.map(tonic::Response::into_inner)
}

/// Has somebody approve lifting a member's ban.
pub async fn lift_approved(
    clients: &Clients,
    by: &'static str,
    member: &str,
    id: &str,
) -> Result<pb::ApproveBanLiftResponse, tonic::Status> {
    let name = format!("programs/qc/members/{member}");
    let request = pb::ApproveBanLiftRequest { name, lift_id: id.into() };
    clients.by(by).members().approve_ban_lift(request).await.map(tonic::Response::into_inner)
}

/// Has a member's ban lifted by two persons.
pub async fn ban_lifted(clients: &Clients, member: &str, id: &str) -> pb::ApproveBanLiftResponse {
    lift_asked_for(clients, member, id).await.unwrap();
    lift_approved(clients, "bob", member, id).await.unwrap()
}

/// A member, as the server tells of them.
pub async fn read(clients: &Clients, member: &str) -> pb::Member {
    let request = pb::GetMemberRequest { name: format!("programs/qc/members/{member}") };
    clients.members().get_member(request).await.unwrap().into_inner()
}

/// Points that a fresh activity earns, and why it earns none.
pub async fn earns(clients: &Clients, activity: pb::Activity) -> (i64, pb::DeclineReason) {
    let receipt = clients.ledger().record_activity(record(activity)).await.unwrap().into_inner();
    (receipt.points, receipt.decline_reason())
}

/// A stage on which `mallory` has earned under caps, waits for some, was given some and taken some, and has some reserved.
pub async fn with_a_fraudster() -> Stage {
    let waiting = pb::Rule { wait: Some(pb::rule::Wait::ConfirmWithinDays(120)), ..rule("recruits", "recruit", 500) };
    let stage =
        Stage::under(vec![point_a_pound("daily"), waiting, rule("kudos", "kudos", 7)], daily_and_monthly()).await;
    let bought = |id: &str, member: &str, pence| pb::Activity {
        amount: Some(pounds(pence)),
        ..activity(id, "purchase", member, WHEN)
    };
    stage.done(bought("p1", "mallory", 4_000)).await;
    let own = pb::Activity { counterparty_id: "mallory".into(), ..activity("k0", "kudos", "mallory", WHEN) };
    assert_eq!(stage.done(own).await.decline_reason(), pb::DeclineReason::SelfDealing);
    let capped = stage.done(bought("p2", "mallory", 3_000)).await;
    assert_eq!(capped.points, 10, "the day's 50 are full");
    assert_eq!(stage.done(bought("p3", "mallory", 1_000)).await.decline_reason(), pb::DeclineReason::CapFull);
    stage.done(activity("r1", "recruit", "mallory", WHEN)).await;
    stage.done(activity("k1", "kudos", "mallory", WHEN)).await;
    stage.done(activity("k2", "kudos", "mallory", WHEN)).await;
    stage.done(activity("k3", "kudos", "ben", WHEN)).await;
    stage.reversed("k2", "r-k2").await;
    let mut adjustments = stage.served.clients.by("anna").adjustments();
    for (id, points) in [("g1", 300), ("c1", -20), ("l1", 5_000)] {
        let asked = adjustment(id, "mallory", points, pb::AdjustmentReason::Goodwill);
        adjustments.adjust_points(ask(asked)).await.unwrap();
    }
    stage
}

/// The request that merges one member into another.
pub fn merger(from: &str, into: &str, id: &str) -> pb::MergeMembersRequest {
    pb::MergeMembersRequest {
        name: format!("programs/qc/members/{from}"),
        into_member_id: into.into(),
        merge_id: id.into(),
        note: "forgot the password".into(),
    }
}

/// Has one member merged into another, with a second person where that is needed.
pub async fn merged(clients: &Clients, from: &str, into: &str) -> pb::Member {
    merged_as(clients, merger(from, into, &format!("{from}-{into}"))).await
}

/// Has a member merged as a request says, with a second person where that is needed.
pub async fn merged_as(clients: &Clients, request: pb::MergeMembersRequest) -> pb::Member {
    let name = request.name.clone();
    let member = clients.by("anna").members().merge_members(request).await.unwrap().into_inner();
    if member.proposed_merger.is_empty() {
        return member;
    }
    approved_merger(clients, "bob", &member.proposed_merger).await;
    clients.members().get_member(pb::GetMemberRequest { name }).await.unwrap().into_inner()
}

/// Reads a merger that needs a second person.
pub async fn merger_read(clients: &Clients, name: &str) -> pb::Merger {
    let request = pb::GetMergerRequest { name: name.into() };
    clients.members().get_merger(request).await.unwrap().into_inner()
}

/// Has a merger approved as it is now.
pub async fn approved_merger(clients: &Clients, by: &'static str, name: &str) -> pb::Merger {
    let pb::Merger { name, content_digest, .. } = merger_read(clients, name).await;
    let request = pb::ApproveMergerRequest { name, content_digest };
    clients.by(by).members().approve_merger(request).await.unwrap().into_inner()
}
