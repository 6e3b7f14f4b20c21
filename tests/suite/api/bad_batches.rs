//! What callers are told of a batch that is recorded as a whole or not at all.

use goodturn::pb;
use tonic::Code;

use crate::support::clients::{TestServer, activity, kudos, record};
use crate::support::refused::refused;

#[tokio::test]
async fn one_error_names_every_culprit_by_its_index() {
    // INV 2, 4, 11
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let good = |id: &str| kudos(id, "ben", "2018-04-01T00:00:00Z");
    let unknown = |id: &str, kind: &str| activity(id, kind, "ben", "2018-04-01T00:00:00Z");
    let batch = |activities: Vec<pb::Activity>| {
        let mut ledger = clients.ledger();
        let parent = "programs/qc".into();
        let batch = pb::BatchRecordActivitiesRequest { parent, activities, all_or_nothing: true };
        async move { ledger.batch_record_activities(batch).await }
    };
    let malformed = pb::Activity { occurred_at: None, member_id: "b n".into(), ..good("c") };
    let elsewhere = pb::Activity { name: "programs/other/sources/forum/activities/e".into(), ..good("e") };
    let wrong = vec![good("a"), good("b"), malformed, unknown("d", "sandwich"), elsewhere];
    let told = refused(clients, batch(wrong)).await;
    told.breaks(&["activities[2].member_id", "activities[2].occurred_at", "activities[3].kind", "activities[4].name"]);

    let told = refused(clients, batch(vec![good("a"), unknown("b", "sandwich"), unknown("c", "soup")])).await;
    let because = told.because(Code::InvalidArgument, "ERROR_REASON_UNKNOWN_KIND");
    let known = "answer_accepted, kudos, promotion";
    assert_eq!(because, [("index", "1,2"), ("kind", "sandwich"), ("known_kinds", known)]);
    assert!(told.message.starts_with("activities[1] (and 1 more): no rule names"), "{}", told.message);

    clients.ledger().record_activity(record(good("known"))).await.unwrap();
    let other = kudos("known", "cleo", "2018-04-01T00:00:00Z");
    let told = refused(clients, batch(vec![good("a"), good("b"), other])).await;
    let because = told.because(Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT");
    assert_eq!(because, [("id", "known"), ("index", "2")]);
    assert!(told.message.starts_with("activities[2]: the id known"), "{}", told.message);

    let all = batch(vec![good("a"), good("known"), good("b"), good("a")]).await.unwrap().into_inner().results;
    let seqs: Vec<i64> = all
        .iter()
        .map(|each| match &each.result {
            Some(pb::record_activity_result::Result::Receipt(receipt)) => receipt.seq,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(seqs, [4, 3, 5, 4]);
    assert!(batch(Vec::new()).await.unwrap().into_inner().results.is_empty());
}
