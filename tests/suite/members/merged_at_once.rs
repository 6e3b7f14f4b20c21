//! Many members merged by one call, as when a front end gives its members new ids.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use goodturn::domain::decide::command::Act;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::pb::merge_members_result::Result::{Error, Member};
use tonic::Code;

use crate::support::adjustments::{adjusted, adjustment};
use crate::support::bench::Bench;
use crate::support::clients::{accepted, record};
use crate::support::members::{merged, merger};
use crate::support::reads::{balance, verified};
use crate::support::refused::{Refused, refused};
use crate::support::sample::{act, award, member};
use crate::support::served::Served;

const WHEN: &str = "2018-04-01T12:00:00Z";

fn batch(requests: Vec<pb::MergeMembersRequest>) -> pb::BatchMergeMembersRequest {
    pb::BatchMergeMembersRequest { parent: "programs/qc".into(), requests }
}

#[tokio::test]
async fn each_of_a_batch_is_merged_for_itself_and_sees_those_before_it() {
    // INV 6, 7, 10, 49
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    clients.ledger().record_activity(record(accepted("a0", "a", WHEN))).await.unwrap();
    for (id, points) in [("g1", 1_000), ("g2", 1)] {
        adjusted(clients, "anna", adjustment(id, "rich", points, pb::AdjustmentReason::Goodwill)).await;
    }
    let other = pb::MergeMembersRequest { name: "programs/other/members/e".into(), ..merger("e", "f", "m4") };
    let requests = vec![
        merger("a", "b", "m1"),
        merger("b", "c", "m2"),
        merger("d", "d", "m3"),
        other,
        merger("rich", "new", "m5"),
        merger("a", "b", "m1"),
        merger("e", "", ""),
    ];
    let merge = || async {
        let results = clients.by("anna").members().batch_merge_members(batch(requests.clone())).await;
        results.unwrap().into_inner().results.into_iter().map(|it| it.result.unwrap()).collect::<Vec<_>>()
    };
    let results = merge().await;
    let told: Vec<_> = results
        .iter()
        .map(|result| match result {
            Member(member) => (member.merged_into.clone(), member.proposed_merger.clone()),
            Error(error) => (Refused::of_item(error).reason, String::new()),
        })
        .collect();
    let expected = [
        ("b", ""),
        ("c", ""),
        ("ERROR_REASON_NOT_MERGEABLE", ""),
        ("ERROR_REASON_INVALID_REQUEST", ""),
        ("", "programs/qc/mergers/m5"),
        ("b", ""),
        ("ERROR_REASON_INVALID_REQUEST", ""),
    ];
    assert_eq!(told, expected.map(|(one, two)| (one.to_owned(), two.to_owned())));
    let Error(odd) = &results[6] else { panic!("{:?}", results[6]) };
    Refused::of_item(odd).breaks(&["merge_id", "into_member_id"]);
    let points = [balance(clients, "c").await.available_points, balance(clients, "rich").await.available_points];
    assert_eq!(points, [100, 1_001]);
    // Told again, alone or together, nothing more happens.
    let seq = |results: &[_]| match &results[0] {
        Member(member) => member.seq,
        Error(error) => panic!("{error:?}"),
    };
    assert_eq!(seq(&merge().await), seq(&results));
    assert_eq!(merged(clients, "x", "y").await.merged_into, "y");
    verified(clients).await;
}

#[tokio::test]
async fn a_batch_of_mergers_of_bad_form_is_refused() {
    // INV 4
    let served = Served::at(WHEN).await;
    let (clients, anna) = (&served.clients, served.clients.by("anna"));
    let many = (0..1_001).map(|n| merger(&format!("a{n}"), "b", &format!("m{n}"))).collect();
    let bad = pb::BatchMergeMembersRequest { parent: "qc".into(), ..batch(many) };
    refused(clients, anna.members().batch_merge_members(bad)).await.breaks(&["parent", "requests"]);
    let none = pb::BatchMergeMembersRequest { parent: "programs/none".into(), ..batch(Vec::new()) };
    let told = refused(clients, anna.members().batch_merge_members(none)).await;
    told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND");
    let empty = anna.members().batch_merge_members(batch(Vec::new())).await.unwrap().into_inner();
    assert_eq!(empty.results, []);
}

/// A rename is two entries and a record, in a commit that it shares with all the others of its call.
#[tokio::test]
async fn renames_of_one_call_share_commits() {
    let bench = Bench::on(Arc::new(MemoryLog::default())).await;
    let ids = 0..200;
    let awards = ids.clone().map(|n| award(&format!("a{n}"), &format!("m{n}"))).collect();
    bench.ledger.submit_all(&bench.program, awards, None).await;
    let before = bench.log.appends.swap(0, Ordering::SeqCst);
    let rename = |n: i32| {
        let it = Act::MergeMembers { from: member(&format!("m{n}")), into: member(&format!("new{n}")) };
        act(CommandKind::MergeMembers, &format!("r{n}"), "anna", it)
    };
    let head = bench.program.head_seq().get();
    let answers = bench.ledger.submit_all(&bench.program, ids.clone().map(rename).collect(), None).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let commits = bench.log.appends.load(Ordering::SeqCst);
    assert!(commits <= 3, "{commits} commits for 200 renames, after {before}");
    assert_eq!(bench.program.head_seq().get() - head, 2 * 200, "one entry of each history");
    bench.entries().await;
}
