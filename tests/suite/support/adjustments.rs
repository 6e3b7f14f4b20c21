//! Adjustments, as they are asked for.

use goodturn::pb;

use super::clients::Clients;

/// An adjustment of a member's points.
pub fn adjustment(id: &str, member: &str, points: i64, reason: pb::AdjustmentReason) -> pb::Adjustment {
    pb::Adjustment {
        name: format!("programs/qc/adjustments/{id}"),
        member_id: member.into(),
        points,
        reason: reason.into(),
        note: format!("why {id}"),
        ..Default::default()
    }
}

/// The request that adjusts a member's points.
pub fn ask(adjustment: pb::Adjustment) -> pb::AdjustPointsRequest {
    pb::AdjustPointsRequest { adjustment: Some(adjustment) }
}

/// Has a member's points adjusted by `by`.
pub async fn adjusted(clients: &Clients, by: &'static str, it: pb::Adjustment) -> pb::Adjustment {
    clients.by(by).adjustments().adjust_points(ask(it)).await.unwrap().into_inner()
}

/// A list of adjustments as it is shown: every page of it.
#[derive(Debug, Default)]
pub struct Shown {
    pub names: Vec<String>,
    pub waiting: pb::AdjustmentTotals,
    /// Digest of all pages.
    pub list_digest: Vec<u8>,
    pub pages: usize,
}

/// Reads the adjustments of a state, page by page.
pub async fn shown(clients: &Clients, state: pb::AdjustmentState, page_size: i32) -> Shown {
    let (mut shown, mut page_token) = (Shown::default(), String::new());
    loop {
        let parent = "programs/qc".into();
        let request = pb::ListAdjustmentsRequest { parent, state: state.into(), page_size, page_token };
        let page = clients.adjustments().list_adjustments(request).await.unwrap().into_inner();
        shown.names.extend(page.adjustments.into_iter().map(|adjustment| adjustment.name));
        (shown.waiting, shown.list_digest) = (page.waiting.unwrap(), page.list_digest);
        (shown.pages, page_token) = (shown.pages + 1, page.next_page_token);
        if page_token.is_empty() {
            return shown;
        }
    }
}

/// The request that approves everything that was shown.
pub fn approval_of(shown: &Shown) -> pb::BatchApproveAdjustmentsRequest {
    let (parent, names, list_digest) = ("programs/qc".into(), shown.names.clone(), shown.list_digest.clone());
    pb::BatchApproveAdjustmentsRequest { parent, names, list_digest }
}

/// The request that rejects everything that was shown.
pub fn rejection_of(shown: &Shown, note: &str) -> pb::BatchRejectAdjustmentsRequest {
    let (parent, names, list_digest) = ("programs/qc".into(), shown.names.clone(), shown.list_digest.clone());
    pb::BatchRejectAdjustmentsRequest { parent, names, list_digest, note: note.into() }
}
