//! Several servers on one database: any takes any write, and all show it.

use std::time::Duration;

use goodturn::ledger::clock::{Clock as _, Stopwatch, SystemClock};
use goodturn::pb;
use tonic::Code;

use crate::support::clients::{Clients, accepted, activity, at, first_rules, kudos, pounds, record};
use crate::support::fleet::Fleet;
use crate::support::payouts::{approve, approving, create, payout, statement};
use crate::support::receipts::first_of;
use crate::support::refused::refused;
use crate::support::watched::Watched;

/// Bounds what must come; each takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

async fn balance(clients: &Clients, member: &str, min_seq: i64) -> pb::Balance {
    let request = pb::GetBalanceRequest { name: format!("programs/qc/members/{member}"), min_seq };
    clients.ledger().get_balance(request).await.unwrap().into_inner()
}

async fn standing(clients: &Clients, member: &str, min_seq: i64) -> pb::Standing {
    let name = format!("programs/qc/members/{member}");
    let request = pb::GetStandingRequest { name, min_seq, ..Default::default() };
    clients.boards().get_standing(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn any_server_takes_any_write_and_min_seq_reads_it_anywhere() {
    // INV 3, 14, 23
    let fleet = Fleet::of(3).await;
    // Every server has seen the member before, so that what it knows is old.
    for server in 0..3 {
        assert_eq!(balance(fleet.at(server), "ben", 0).await.available_points, 0);
    }
    for round in 0..6 {
        let (writer, reader) = (round % 3, (round + 1) % 3);
        let award = record(accepted(&format!("a{round}"), "ben", "2018-04-01T00:00:00Z"));
        let receipt = fleet.at(writer).ledger().record_activity(award.clone()).await.unwrap().into_inner();
        let points = (i64::try_from(round).unwrap() + 1) * 100;
        let read = balance(fleet.at(reader), "ben", receipt.seq).await;
        assert_eq!((read.available_points, read.seq), (points, receipt.seq));
        let ranked = standing(fleet.at((round + 2) % 3), "ben", receipt.seq).await;
        assert_eq!((ranked.points, ranked.rank, ranked.seq), (points, 1, receipt.seq));
        // The same request at another server is answered with the first receipt.
        let replay = fleet.at(reader).ledger().record_activity(award).await.unwrap().into_inner();
        assert_eq!(first_of(&replay), receipt);
    }
    let ahead = pb::GetBalanceRequest { name: "programs/qc/members/ben".into(), min_seq: 100 };
    refused(fleet.at(1), fleet.at(1).ledger().get_balance(ahead))
        .await
        .because(Code::OutOfRange, "ERROR_REASON_SEQ_NOT_RECORDED");
    assert_eq!(fleet.verified().await.entries, 2 + 6);
}

#[tokio::test]
async fn what_one_server_records_the_others_show_in_a_moment() {
    let fleet = Fleet::of(2).await;
    let mut watched = Watched::after(fleet.at(1), 0).await;
    assert_eq!(balance(fleet.at(1), "ben", 0).await.available_points, 0);
    let began = Stopwatch::start();
    let award = record(accepted("a", "ben", "2018-04-01T00:00:00Z"));
    let seq = fleet.at(0).ledger().record_activity(award).await.unwrap().into_inner().seq;
    watched.up_to(seq).await;
    // The stream has woken, so the balance is there, too.
    assert_eq!(balance(fleet.at(1), "ben", 0).await.available_points, 100);
    assert_eq!(standing(fleet.at(1), "ben", 0).await.points, 100);
    assert!(began.elapsed() < PATIENCE);
}

#[tokio::test]
async fn rules_published_on_one_server_are_obeyed_by_all() {
    // INV 42
    let fleet = Fleet::of(2).await;
    let thanks = |id: &str| record(activity(id, "thanks", "ben", "2018-05-02T00:00:00Z"));
    refused(fleet.at(1), fleet.at(1).ledger().record_activity(thanks("early")))
        .await
        .because(Code::InvalidArgument, "ERROR_REASON_UNKNOWN_KIND");
    fleet.at(1).ledger().record_activity(record(kudos("old", "ben", "2018-05-02T00:00:00Z"))).await.unwrap();
    let mut rules = first_rules();
    let set = rules.rule_set.as_mut().unwrap();
    set.name = "programs/qc/ruleSets/2".into();
    // Rules that follow others begin later than any fact that may have come.
    set.in_force_from = Some(in_seconds(301));
    set.rules[1].points = 7;
    set.rules.push(pb::Rule {
        rule_id: "thanks".into(),
        activity_kind: "thanks".into(),
        points: 3,
        ..Default::default()
    });
    fleet.at(0).programs().publish_rule_set(rules).await.unwrap();
    let points = fleet.at(1).ledger().record_activity(thanks("known")).await.unwrap().into_inner();
    assert_eq!(points.points, 0, "known at once, and not in force in May 2018");
    // Facts may come a little early: these come after the rules that they are dated under.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut later = kudos("new", "ben", "2018-05-02T00:00:00Z");
    later.occurred_at = Some(in_seconds(299));
    let mut thanked = thanks("late");
    thanked.activity.as_mut().unwrap().occurred_at = Some(in_seconds(299));
    let points = fleet.at(1).ledger().record_activity(record(later)).await.unwrap().into_inner();
    assert_eq!(points.points, 7, "the rules of the other server, at once");
    let points = fleet.at(1).ledger().record_activity(thanked).await.unwrap().into_inner();
    assert_eq!(points.points, 3, "a kind only the other server's rules name");
    fleet.verified().await;
}

fn in_seconds(seconds: i64) -> prost_types::Timestamp {
    at(&SystemClock.now().plus(seconds * 1_000_000).to_rfc3339())
}

/// Each step of finance on another server.
#[tokio::test]
async fn a_payout_goes_from_server_to_server() {
    // INV 48, 49
    let fleet = Fleet::of(3).await;
    for n in 0..10 {
        let award = record(accepted(&format!("a{n}"), &format!("m{}", n % 3), "2018-04-01T00:00:00Z"));
        fleet.at(n % 3).ledger().record_activity(award).await.unwrap();
    }
    let [one, two, three] = [fleet.at(0), fleet.at(1), fleet.at(2)];
    one.by("anna").payouts().create_savings_statement(statement("s", pounds(10_000))).await.unwrap();
    let approve_savings = approving(two, "programs/qc/savingsStatements/s").await;
    two.by("ben").payouts().approve_savings_statement(approve_savings).await.unwrap();
    let draft = three.by("anna").payouts().create_payout(create(payout("s"))).await.unwrap().into_inner();
    let approved = approve(one, &draft, "ben").await.unwrap();
    let name = approved.name.clone();
    let execute = pb::ExecutePayoutRequest { name: name.clone() };
    let executed = two.by("anna").payouts().execute_payout(execute).await.unwrap().into_inner();
    assert_eq!(executed.state(), pb::PayoutState::Executed);
    let read = three.payouts().get_payout(pb::GetPayoutRequest { name }).await.unwrap().into_inner();
    assert_eq!(read, executed);
    assert_eq!(fleet.verified().await.payouts, 1);
}

/// Fraud is reported to a server that has seen nothing of the payout, and to one that knew it before it was reduced.
#[tokio::test]
async fn a_payout_is_reduced_on_another_server_than_it_is_signed_on() {
    // INV 46, 49
    let fleet = Fleet::of(2).await;
    let [one, two] = [fleet.at(0), fleet.at(1)];
    for (n, member) in ["ben", "ben", "cleo"].iter().enumerate() {
        let award = record(accepted(&format!("a{n}"), member, "2018-04-01T00:00:00Z"));
        one.ledger().record_activity(award).await.unwrap();
    }
    crate::support::payouts::declare_and_approve(one, "s", pounds(100)).await;
    let draft = one.by("anna").payouts().create_payout(create(payout("s"))).await.unwrap().into_inner();
    approve(one, &draft, "ben").await.unwrap();
    two.ledger().reverse_activity(crate::support::reversals::withdrawn("a0", "r0")).await.unwrap();
    let told = crate::support::payouts::execute(one, &draft.name).await.unwrap_err();
    assert_eq!(crate::support::clients::reason(&told), "ERROR_REASON_WRONG_STATE");
    let read = pb::GetPayoutRequest { name: draft.name.clone() };
    let reduced = one.payouts().get_payout(read).await.unwrap().into_inner();
    assert_eq!((reduced.state(), reduced.total_points), (pb::PayoutState::Draft, 200));
    // The first knows what is reserved as it was before the second changed it.
    let seq =
        one.ledger().reverse_activity(crate::support::reversals::withdrawn("a1", "r1")).await.unwrap().into_inner().seq;
    let ben = balance(two, "ben", seq + 1).await;
    assert_eq!((ben.available_points, ben.reserved_points, ben.written_off_points), (0, 0, 0));
    let read = pb::GetPayoutRequest { name: draft.name };
    let reduced = two.payouts().get_payout(read).await.unwrap().into_inner();
    assert_eq!((reduced.members, reduced.total_points), (1, 100));
    approve(two, &reduced, "ben").await.unwrap();
    crate::support::payouts::execute(one, &reduced.name).await.unwrap();
    assert_eq!(fleet.verified().await.payouts, 1);
}

/// Three servers under load on one programme: none starves, nothing is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_race_for_one_programme_all_get_on() {
    // INV 3, 14, 19, 20
    const CLIENTS: usize = 16;
    const EACH: usize = 25;
    let fleet = Fleet::of(3).await;
    let mut callers = Vec::new();
    for client in 0..3 * CLIENTS {
        let mut ledger = fleet.at(client % 3).ledger();
        callers.push(tokio::spawn(async move {
            let mut seqs = Vec::new();
            for n in 0..EACH {
                // Every third request is sent to all servers by one client each.
                let id = if n % 3 == 0 { format!("shared-{}-{n}", client / 3) } else { format!("own-{client}-{n}") };
                let award = record(accepted(&id, &format!("m{}", n % 5), "2018-04-01T00:00:00Z"));
                let receipt = ledger.record_activity(award).await.unwrap().into_inner();
                seqs.push((id, receipt.seq));
            }
            seqs
        }));
    }
    let mut by_id = std::collections::BTreeMap::new();
    for caller in callers {
        let seqs = tokio::time::timeout(PATIENCE, caller).await.unwrap().unwrap();
        for (id, seq) in seqs {
            assert_eq!(*by_id.entry(id).or_insert(seq), seq, "one receipt for all");
        }
    }
    let report = fleet.verified().await;
    assert_eq!(report.entries, 2 + i64::try_from(by_id.len()).unwrap());
}
