//! What a call reads of the store does not grow with what it does not return: rows are counted, for so many members and entries, and for
//! twice as many.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use goodturn::ledger::Ledger;
use goodturn::log::Log;
use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::process::sweeper::sweep;

use crate::support::adjustments::{adjustment, ask};
use crate::support::clients::{Clients, activity, pounds, record};
use crate::support::faulty::FaultyLog;
use crate::support::members::{ban, merged, merger, reinstatement, suspended};
use crate::support::payouts;
use crate::support::reversals::fraud;
use crate::support::sample::program;
use crate::support::served::Served;
use crate::support::till::{hold, hold_name, redemption, redemption_name, refund, release};

const WHEN: &str = "2018-04-01T12:00:00Z";
const NOW: &str = "2018-05-01T12:00:00Z";

/// Members, each with three activities, that are added before the calls are counted.
const MEMBERS: usize = 600;

/// Rows that a call may read more among twice as many: a page of entries that were recorded meanwhile.
const MORE: usize = 5;

async fn grow(clients: &Clients, from: usize) {
    for third in 0..3 {
        let activities = (from..from + MEMBERS)
            .map(|n| activity(&format!("g{third}-{n}"), "kudos", &format!("m{n:05}"), WHEN))
            .collect();
        let parent = "programs/qc".into();
        let batch = pb::BatchRecordActivitiesRequest { parent, activities, ..Default::default() };
        clients.ledger().batch_record_activities(batch).await.unwrap();
    }
    for n in from..from + 20 {
        let (id, member) = (format!("w{n}"), format!("m{:05}", n + 30));
        let asked = adjustment(&id, &member, 5_000, pb::AdjustmentReason::Goodwill);
        clients.by("anna").adjustments().adjust_points(ask(asked)).await.unwrap();
        suspended(clients, &format!("m{:05}", n + 60), &format!("s{n}")).await;
        merged(clients, &format!("m{:05}", n + 90), &format!("m{:05}", n + 120)).await;
    }
}

/// Makes each call, under ids of its own, and notes how many rows it has read. `ListAdjustments` is not among them: its digest is that of
/// everything that waits.
async fn calls(served: &Served, log: &Arc<FaultyLog>, round: usize) -> BTreeMap<&'static str, usize> {
    let (clients, mut read) = (&served.clients, BTreeMap::new());
    let parent = || "programs/qc".to_owned();
    let member = || "programs/qc/members/m00003".to_owned();
    macro_rules! count {
        ($($name:literal: $call:expr;)+) => {$(
            log.rows_read.store(0, Ordering::SeqCst);
            $call.await.unwrap();
            read.insert($name, log.rows_read.load(Ordering::SeqCst));
        )+};
    }
    let page = || pb::GetLeaderboardRequest { parent: parent(), page_size: 5, ..Default::default() };
    // Boards are made once, and kept.
    let first = clients.boards().get_leaderboard(page()).await.unwrap().into_inner();
    let (anna, id) = (clients.by("anna"), |what: &str| format!("{what}-{round}"));
    let again = || pb::GetLeaderboardRequest { page_token: first.next_page_token.clone(), ..page() };
    // Another server of the same log, that knows all of it but what is recorded now.
    let stored: Arc<dyn Log> = log.clone();
    let behind = Ledger::new(stored, served.clock.clone());
    let there = behind.program(&program()).await.unwrap().unwrap();
    let here = served.ledger.program(&program()).await.unwrap().unwrap();
    let statement = || format!("programs/qc/savingsStatements/{}", id("v"));
    count! {
        "RecordActivity": clients.ledger().record_activity(record(activity(&id("k"), "kudos", "m00003", WHEN)));
        "GetLeaderboard": clients.boards().get_leaderboard(page());
        "GetLeaderboard, the next page": clients.boards().get_leaderboard(again());
        "GetStanding": clients.boards().get_standing(pb::GetStandingRequest { name: member(), neighbours: 5, ..Default::default() });
        "BatchGetStandings": clients.boards().batch_get_standings(
            pb::BatchGetStandingsRequest { name: member(), boards: vec![pb::BoardSpec::default(); 2], ..Default::default() });
        "GetBalance": clients.ledger().get_balance(pb::GetBalanceRequest { name: member(), min_seq: 0 });
        "GetMember": clients.members().get_member(pb::GetMemberRequest { name: member() });
        "GetActivity": clients.ledger().get_activity(
            pb::GetActivityRequest { name: format!("programs/qc/sources/forum/activities/{}", id("k")) });
        "ListEntries": clients.ledger().list_entries(pb::ListEntriesRequest { parent: parent(), page_size: 10, ..Default::default() });
        "ListEntries of a member": clients.ledger().list_entries(
            pb::ListEntriesRequest { parent: member(), page_size: 5, ..Default::default() });
        "ListMergers": clients.members().list_mergers(
            pb::ListMergersRequest { parent: parent(), page_size: 5, ..Default::default() });
        "ReverseActivity": clients.ledger().reverse_activity(fraud(&id("k"), &id("r")));
        "CreateHold": clients.till().create_hold(hold(&id("h"), "m00003", 1, "2018-05-02T12:00:00Z"));
        "ReleaseHold": clients.till().release_hold(release(&id("h")));
        "RedeemPoints": clients.till().redeem_points(redemption(&id("d"), "m00003", 1));
        "AdjustPoints": anna.adjustments().adjust_points(ask(adjustment(&id("j"), "m00004", 1, pb::AdjustmentReason::Goodwill)));
        "SuspendMember": anna.members().suspend_member(pb::SuspendMemberRequest {
            name: format!("programs/qc/members/m{:05}", 10 + round),
            suspension_id: id("s"),
            reason: pb::SuspensionReason::Requested.into(),
            note: String::new(),
        });
        "ReinstateMember": anna.members().reinstate_member(reinstatement(&format!("m{:05}", 10 + round), &id("i")));
        "UpdateMemberProfile": anna.members().update_member_profile(pb::UpdateMemberProfileRequest {
            name: member(), update_id: id("u"), labels: vec!["staff".into()], ..Default::default() });
        "BanMember": anna.members().ban_member(ban(&format!("m{:05}", 20 + round), &id("b")));
        "MergeMembers": anna.members().merge_members(merger(&format!("m{:05}", 200 + round), &format!("m{:05}", 210 + round), &id("g")));
        "BatchGetLeaderboards": clients.boards().batch_get_leaderboards(pb::BatchGetLeaderboardsRequest {
            parent: parent(), boards: vec![pb::BoardSpec::default(); 2], page_size: 5, ..Default::default() });
        "GetProgram": clients.programs().get_program(pb::GetProgramRequest { name: parent() });
        "GetRuleSet": clients.programs().get_rule_set(pb::GetRuleSetRequest { name: "programs/qc/ruleSets/1".into() });
        "GetHold": clients.till().get_hold(pb::GetHoldRequest { name: hold_name(&id("h")) });
        "GetRedemption": clients.till().get_redemption(pb::GetRedemptionRequest { name: redemption_name(&id("d")) });
        "RefundRedemption": clients.till().refund_redemption(refund(redemption_name(&id("d")), &id("f"), 1));
        "ListWaiting": clients.ledger().list_waiting(pb::ListWaitingRequest { parent: parent(), page_size: 5, ..Default::default() });
        "CreateSavingsStatement": anna.payouts().create_savings_statement(payouts::statement(&id("v"), pounds(100)));
        "ApproveSavingsStatement": clients.by("ben").payouts().approve_savings_statement(
            payouts::approving(clients, &statement()).await);
        "GetSavingsStatement": clients.payouts().get_savings_statement(pb::GetSavingsStatementRequest { name: statement() });
        "ListSavingsStatements": clients.payouts().list_savings_statements(
            pb::ListSavingsStatementsRequest { parent: parent(), page_size: 1, ..Default::default() });
        "a sweep with nothing due": sweep(&served.ledger, &here);
        "a catch-up with what the calls recorded": behind.catch_up(&there);
    }
    read
}

#[tokio::test]
async fn what_a_call_reads_does_not_grow_with_what_it_does_not_return() {
    // INV 76
    let log = FaultyLog::on(Arc::new(MemoryLog::default()));
    let served = Served::on(log.clone(), NOW).await;
    grow(&served.clients, 0).await;
    let among_few = calls(&served, &log, 1).await;
    grow(&served.clients, MEMBERS).await;
    let among_many = calls(&served, &log, 2).await;
    let grown: Vec<_> = among_few
        .iter()
        .filter(|(name, few)| among_many[*name] > **few + MORE)
        .map(|(name, few)| (*name, *few, among_many[name]))
        .collect();
    println!("{among_few:?}\n{among_many:?}");
    assert_eq!(grown, [], "rows read among {MEMBERS} members, and among twice as many");
    served.verified().await;
}
