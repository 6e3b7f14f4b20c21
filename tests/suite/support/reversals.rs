//! Reversals and restorations of activities of the source `forum`.

use goodturn::pb;

use super::clients::{Clients, at};
use super::stage::WHEN;

/// A reversal by which the source withdraws an activity.
pub fn withdrawn(activity: &str, id: &str) -> pb::ReverseActivityRequest {
    pb::ReverseActivityRequest {
        name: format!("programs/qc/sources/forum/activities/{activity}"),
        reversal_id: id.into(),
        reason: pb::ReversalReason::Withdrawn.into(),
        occurred_at: Some(at(WHEN)),
        ..Default::default()
    }
}

/// A restoration of an activity, dated at this time.
pub fn restoration(activity: &str, id: &str, when: &str) -> pb::RestoreActivityRequest {
    pb::RestoreActivityRequest {
        name: format!("programs/qc/sources/forum/activities/{activity}"),
        restoration_id: id.into(),
        occurred_at: Some(at(when)),
        ..Default::default()
    }
}

/// A reversal of an activity that was a fraud.
pub fn fraud(activity: &str, id: &str) -> pb::ReverseActivityRequest {
    pb::ReverseActivityRequest {
        name: format!("programs/qc/sources/forum/activities/{activity}"),
        reversal_id: id.into(),
        reason: pb::ReversalReason::Fraud.into(),
        occurred_at: Some(at("2018-05-01T00:00:00Z")),
        note: "seen twice".into(),
    }
}

/// Has an activity withdrawn.
pub async fn withdraw(clients: &Clients, activity: &str) {
    clients.ledger().reverse_activity(withdrawn(activity, &format!("r-{activity}"))).await.unwrap();
}
