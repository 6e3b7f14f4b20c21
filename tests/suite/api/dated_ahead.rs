//! What is dated further ahead than it may: the ledger's own time decides, whatever the clock said when the request came.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::pb::record_activity_result::Result as ActivityResult;
use tonic::Status;

use crate::support::clients::{Clients, at, kudos, pounds, record};
use crate::support::faulty::{Fault, FaultyLog};
use crate::support::refused::{Refused, head_seq};
use crate::support::served::Served;

/// Everything that says when it happened, and the field that says so.
const DATED: [(&str, &str); 7] = [
    ("activity", "occurred_at"),
    ("activity of a batch", "occurred_at"),
    ("activity of a batch that is one", "activities[0].occurred_at"),
    ("reversal", "occurred_at"),
    ("refund", "occurred_at"),
    ("confirmation", "occurred_at"),
    ("adjustment", "adjustment.occurred_at"),
];

/// Sends what is dated so; the first of its kind is an activity that the others tell of.
async fn send(clients: Clients, what: &'static str, when: &'static str) -> Result<(), Refused> {
    let mut ledger = clients.by("anna").ledger();
    let (activity, occurred_at) = (kudos("a1", "ben", when), Some(at(when)));
    let batch = |all_or_nothing| pb::BatchRecordActivitiesRequest {
        parent: "programs/qc".into(),
        activities: vec![activity.clone()],
        all_or_nothing,
    };
    let name = activity.name.clone();
    let answer: Result<(), Status> = match what {
        "activity" => ledger.record_activity(record(activity)).await.map(drop),
        "activity of a batch" => {
            let mut results = ledger.batch_record_activities(batch(false)).await.unwrap().into_inner().results;
            return match results.remove(0).result.unwrap() {
                ActivityResult::Receipt(_) => Ok(()),
                ActivityResult::Error(error) => Err(Refused::of_item(&error)),
            };
        }
        "activity of a batch that is one" => ledger.batch_record_activities(batch(true)).await.map(drop),
        "reversal" => {
            let reason = pb::ReversalReason::Mistake.into();
            let asked = pb::ReverseActivityRequest {
                name,
                reversal_id: "t1".into(),
                reason,
                occurred_at,
                ..Default::default()
            };
            ledger.reverse_activity(asked).await.map(drop)
        }
        "refund" => {
            let amount = Some(pounds(100));
            let asked =
                pb::RefundActivityRequest { name, refund_id: "t1".into(), amount, occurred_at, ..Default::default() };
            ledger.refund_activity(asked).await.map(drop)
        }
        "confirmation" => {
            let asked = pb::ConfirmActivityRequest { name, confirmation_id: "t1".into(), occurred_at };
            ledger.confirm_activity(asked).await.map(drop)
        }
        _ => {
            let adjustment = pb::Adjustment {
                name: "programs/qc/adjustments/j1".into(),
                member_id: "ben".into(),
                points: 1,
                reason: pb::AdjustmentReason::Goodwill.into(),
                note: "thanks".into(),
                occurred_at,
                ..Default::default()
            };
            clients
                .by("anna")
                .adjustments()
                .adjust_points(pb::AdjustPointsRequest { adjustment: Some(adjustment) })
                .await
                .map(drop)
        }
    };
    answer.map_err(|status| Refused::of(&status))
}

/// The clock says 12:00 when a request comes, and 11:00 when it is decided again, as its first commit was lost.
#[tokio::test]
async fn a_clock_that_steps_back_lets_nothing_in_that_is_dated_too_far_ahead_of_it() {
    // INV 4, 10, 15, 22
    for (what, field) in DATED {
        let log = FaultyLog::on(Arc::new(MemoryLog::default()));
        let served = Served::on(log.clone(), "2018-04-01T10:00:00Z").await;
        let clients = &served.clients;
        let sent = |when| send(clients.clone(), what, when);
        served.clock.set("2018-04-01T12:00:00Z");
        log.hold();
        log.fail([Fault::Lost]);
        let appends = log.appends.load(Ordering::SeqCst);
        let waiting = tokio::spawn(sent("2018-04-01T12:05:00Z"));
        log.begun(appends + 1).await;
        served.clock.set("2018-04-01T11:00:00Z");
        log.release();
        waiting.await.unwrap().expect_err(what).breaks(&[field]);
        assert_eq!(head_seq(clients).await, 2, "{what}");

        // A refusal does not use the id up; and what is recorded is so, whatever the clock says when it is sent again.
        served.clock.set("2018-04-01T12:00:00Z");
        sent("2018-04-01T12:05:00Z").await.expect(what);
        assert_eq!(head_seq(clients).await, 3, "{what}");
        served.clock.set("2018-04-01T09:00:00Z");
        sent("2018-04-01T12:05:00Z").await.expect(what);
        assert_eq!(head_seq(clients).await, 3, "{what}");
        let verify = pb::VerifyProgramRequest { name: "programs/qc".into() };
        let verified = clients.audit().verify_program(verify).await.unwrap().into_inner();
        assert_eq!(verified.findings, [], "{what}");
    }
}

#[tokio::test]
async fn five_minutes_ahead_is_the_most_that_anything_may_be_dated() {
    // INV 4
    for (what, field) in DATED {
        let served = Served::at("2018-04-01T12:00:00Z").await;
        let sent = |when| send(served.clients.clone(), what, when);
        for when in ["2018-04-01T12:05:00.000001Z", "2018-04-02T00:00:00Z", "9999-12-30T00:00:00Z"] {
            sent(when).await.expect_err(what).breaks(&[field]);
        }
        assert_eq!(head_seq(&served.clients).await, 2, "{what}");
        sent("2018-04-01T12:05:00Z").await.expect(what);
    }
}
