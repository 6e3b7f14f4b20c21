//! The limits of a programme, changed by two persons.

use goodturn::pb;
use tonic::Code;

use crate::support::adjustments::{adjustment, ask};
use crate::support::clients::Clients;
use crate::support::refused::refused;
use crate::support::served::Served;

const NAME: &str = "programs/qc/updates/ticket-7";

fn asked(debt: Option<i64>, adjustment: Option<i64>) -> pb::UpdateProgramRequest {
    let update = pb::ProgramUpdate {
        name: NAME.into(),
        debt_limit_points: debt,
        adjustment_limit_points: adjustment,
        note: "as the board decided".into(),
        ..Default::default()
    };
    pb::UpdateProgramRequest { update: Some(update) }
}

async fn limits(clients: &Clients) -> (Option<i64>, Option<i64>) {
    let request = pb::GetProgramRequest { name: "programs/qc".into() };
    let it = clients.programs().get_program(request).await.unwrap().into_inner();
    (it.debt_limit_points, it.adjustment_limit_points)
}

#[tokio::test]
async fn limits_change_when_a_second_person_has_signed_them() {
    // INV 42, 49, 62
    let served = Served::at("2018-10-01T00:00:00Z").await;
    let clients = &served.clients;
    let before = limits(clients).await;
    let (mut anna, mut ben) = (clients.by("anna").programs(), clients.by("ben").programs());
    refused(clients, anna.update_program(asked(Some(-1), Some(-1))))
        .await
        .breaks(&["update.debt_limit_points", "update.adjustment_limit_points"]);
    refused(clients, anna.update_program(asked(None, None))).await.breaks(&["update.debt_limit_points"]);
    let told = refused(clients, anna.update_program(asked(before.0, before.1))).await;
    told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");

    let drawn_up = anna.update_program(asked(None, Some(5_000))).await.unwrap().into_inner();
    assert_eq!((drawn_up.state(), drawn_up.drawn_up_by.as_str()), (pb::ProgramUpdateState::Proposed, "anna"));
    assert_eq!(limits(clients).await, before, "nothing holds yet");
    let approve =
        pb::ApproveProgramUpdateRequest { name: NAME.into(), content_digest: drawn_up.content_digest.clone() };
    let told = refused(clients, clients.by("Anna").programs().approve_program_update(approve.clone())).await;
    told.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    let other = pb::ApproveProgramUpdateRequest { content_digest: vec![7; 32], ..approve.clone() };
    let told = refused(clients, ben.approve_program_update(other)).await;
    told.because(Code::Aborted, "ERROR_REASON_CONTENT_CHANGED");
    let large = |id: &str| ask(adjustment(id, "cleo", 4_000, pb::AdjustmentReason::Goodwill));
    let mut adjustments = clients.by("anna").adjustments();
    let waiting = adjustments.adjust_points(large("j1")).await.unwrap().into_inner();
    assert_eq!(waiting.state(), pb::AdjustmentState::Proposed, "above the limit of one person");
    let approved = ben.approve_program_update(approve.clone()).await.unwrap().into_inner();
    assert_eq!((approved.state(), approved.decided_by.as_str()), (pb::ProgramUpdateState::Approved, "ben"));
    assert_eq!(ben.approve_program_update(approve).await.unwrap().into_inner(), approved, "the same again");
    assert_eq!(limits(clients).await, (before.0, Some(5_000)));
    let posted = adjustments.adjust_points(large("j2")).await.unwrap().into_inner();
    assert_eq!(posted.state(), pb::AdjustmentState::Posted, "within the new limit");
    let reject = pb::RejectProgramUpdateRequest { name: NAME.into(), note: "late".into() };
    let told = refused(clients, ben.reject_program_update(reject)).await;
    let found = told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE");
    assert_eq!(found, [("needed", "proposed"), ("state", "approved")]);
    served.verified().await;
}
