//! Members who turn out to be one person.

use std::collections::BTreeMap;

use goodturn::pb;
use goodturn::pb::DeclineReason::{Merged, Unspecified};
use goodturn::process::sweeper;
use tonic::Code;

use crate::support::adjustments::{adjustment, ask};
use crate::support::clients::{Clients, accepted, activity, pounds};
use crate::support::members::{approved_merger, earns, merged, merger};
use crate::support::payouts::{create, declare_and_approve, explained, pay_out, payout};
use crate::support::random::{self, Random};
use crate::support::reads::{balance, sentences};
use crate::support::refused::refused;
use crate::support::reversals::withdraw;
use crate::support::sample::program;
use crate::support::served::Served;
use crate::support::stage::{Stage, WHEN, one_a_question, rule};

/// Available, written off, credited, moved.
async fn points(clients: &Clients, member: &str) -> [i64; 4] {
    let it = balance(clients, member).await;
    [it.available_points, it.written_off_points, it.credited_points, it.moved_points]
}

#[tokio::test]
async fn what_a_merged_member_has_moves_over_with_its_rank() {
    // INV 10, 11, 35, 53, 62
    let served = Served::at("2018-10-01T00:00:00Z").await;
    let clients = &served.clients;
    for (id, member) in [("a0", "old"), ("a1", "old"), ("a2", "new")] {
        assert_eq!(earns(clients, accepted(id, member, WHEN)).await.0, 100);
    }
    let member = merged(clients, "old", "new").await;
    assert_eq!((member.state(), member.merged_into.as_str()), (pb::MemberState::Merged, "new"));
    assert_eq!(points(clients, "old").await, [0, 0, 200, 200]);
    assert_eq!(points(clients, "new").await, [300, 0, 100, -200]);
    assert_eq!(merged(clients, "old", "new").await.merged_into, "new", "the same again does nothing more");
    assert_eq!(points(clients, "new").await, [300, 0, 100, -200]);
    let other = pb::MergeMembersRequest { into_member_id: "else".into(), ..merger("old", "new", "old-new") };
    let told = refused(clients, clients.by("anna").members().merge_members(other)).await;
    told.because(Code::AlreadyExists, "ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT");

    let board = pb::GetLeaderboardRequest { parent: "programs/qc".into(), ..Default::default() };
    let board = clients.boards().get_leaderboard(board).await.unwrap().into_inner();
    let rows: Vec<_> = board.rows.iter().map(|row| (row.member_id.as_str(), row.points)).collect();
    assert_eq!(rows, [("new", 300)]);

    for when in ["2018-03-20T12:00:00Z", "2018-10-01T00:00:00Z"] {
        assert_eq!(earns(clients, accepted(when, "old", when)).await, (0, Merged));
    }
    for points in [10, -10] {
        let asked = adjustment(&format!("j{points}"), "old", points, pb::AdjustmentReason::Correction);
        let told = refused(clients, clients.by("anna").adjustments().adjust_points(ask(asked))).await;
        let expected = [("needed", "active or suspended"), ("state", "merged")];
        assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_WRONG_STATE"), expected);
    }
    // All of it is paid out to the one who is left.
    declare_and_approve(clients, "h1", pounds(300)).await;
    let draft = clients.by("anna").payouts().create_payout(create(payout("h1"))).await.unwrap().into_inner();
    assert_eq!((draft.members, draft.total_points), (1, 300));
    let told = explained(clients, format!("{}/shares/new", draft.name), 100).await;
    let told: Vec<_> = told.into_iter().map(|it| (it.counted_points, it.why)).collect();
    let why = |why: &str| why.to_owned();
    let (within, moved) = ("credited for 2018-04-01, within the period", "moved between merged members");
    let declined = "declined: the member was merged into another";
    assert_eq!(told[..2], [(0, why(moved)), (100, why(within))], "own history");
    assert_eq!(
        told[2..],
        [(0, why(declined)), (0, why(declined)), (0, why(moved)), (100, why(within)), (100, why(within))]
    );
    assert_eq!(
        sentences(clients, "old").await[2],
        "On 1 October 2018 this account was merged into another one of yours, where you go on from now on. 200 points were \
         moved there."
    );
    assert_eq!(
        sentences(clients, "new").await[1],
        "On 1 October 2018, 200 points were moved here from another account of yours, which was merged into this one."
    );
    served.verified().await;
}

#[tokio::test]
async fn merging_away_from_what_is_taken_back_gains_nothing() {
    // INV 31, 36
    let served = Served::at("2018-10-01T00:00:00Z").await;
    let clients = &served.clients;
    for (id, member) in [("a0", "old"), ("a1", "old"), ("a2", "new")] {
        earns(clients, accepted(id, member, WHEN)).await;
    }
    merged(clients, "old", "new").await;
    withdraw(clients, "a0").await;
    assert_eq!(points(clients, "old").await, [0, 0, 100, 100]);
    assert_eq!(points(clients, "new").await, [200, 0, 100, -100]);
    pay_out(clients, "h1", pounds(100)).await;
    withdraw(clients, "a1").await;
    assert_eq!(points(clients, "old").await, [0, 0, 0, 0]);
    let down = "down to the debt limit of the other; the rest is written off there";
    assert_eq!(points(clients, "new").await, [-50, -50, 100, 0], "{down}");
    assert_eq!(earns(clients, accepted("a3", "new", WHEN)).await.0, 100);
    assert_eq!(points(clients, "new").await[0], 50, "what is earned next makes up for it first");
    let told = sentences(clients, "new").await;
    assert!(told.iter().any(|it| it.contains("moved between accounts of yours that were merged")), "{told:?}");
    served.verified().await;
}

#[tokio::test]
async fn members_are_not_merged_while_something_is_open_and_every_reason_is_told() {
    // INV 4
    let waiting = pb::Rule { wait: Some(pb::rule::Wait::ConfirmWithinDays(120)), ..rule("recruits", "recruit", 20) };
    let stage = Stage::under(vec![waiting, rule("answers", "answer_accepted", 100)], vec![]).await;
    let (served, clients) = (&stage.served, &stage.served.clients);
    let anna = clients.by("anna");
    served.clock.set("2018-10-01T00:00:00Z");
    stage.done(accepted("a0", "old", WHEN)).await;
    declare_and_approve(clients, "h1", pounds(100)).await;
    anna.payouts().create_payout(create(payout("h1"))).await.unwrap();
    stage.done(activity("r0", "recruit", "old", "2018-09-30T00:00:00Z")).await;
    let suspend = pb::SuspendMemberRequest {
        name: "programs/qc/members/new".into(),
        suspension_id: "s1".into(),
        reason: pb::SuspensionReason::Requested.into(),
        ..Default::default()
    };
    anna.members().suspend_member(suspend).await.unwrap();
    let told = refused(clients, anna.members().merge_members(merger("old", "new", "m1"))).await;
    let expected = "the other is suspended; 20 points are pending; wait until their waiting time ends; 100 points are reserved \
                    for a payout; have it executed or cancelled";
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_NOT_MERGEABLE"), [("reasons", expected)]);
    let told = refused(clients, anna.members().merge_members(merger("ben", "ben", "m1"))).await;
    let expected = [("reasons", "they are one member")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_NOT_MERGEABLE"), expected);
    let taken = adjustment("c1", "cleo", -10, pb::AdjustmentReason::Correction);
    anna.adjustments().adjust_points(ask(taken)).await.unwrap();
    let told = refused(clients, anna.members().merge_members(merger("cleo", "ben", "m1"))).await;
    let expected = [("reasons", "10 points are owed; wait until they are repaid, or write them off by an adjustment")];
    assert_eq!(told.because(Code::FailedPrecondition, "ERROR_REASON_NOT_MERGEABLE"), expected);
    let odd = pb::MergeMembersRequest { into_member_id: "a b".into(), ..merger("old", "new", "") };
    refused(clients, anna.members().merge_members(odd)).await.breaks(&["merge_id", "into_member_id"]);
    merged(clients, "empty", "ben").await;
    for (from, into) in [("empty", "dora"), ("dora", "empty")] {
        let told = refused(clients, anna.members().merge_members(merger(from, into, "m2"))).await;
        told.because(Code::FailedPrecondition, "ERROR_REASON_NOT_MERGEABLE");
    }
    served.verified().await;
}

#[tokio::test]
async fn what_comes_late_for_a_merged_member_reaches_who_they_are_now() {
    let waiting = pb::Rule { wait: Some(pb::rule::Wait::ConfirmWithinDays(10)), ..rule("recruits", "recruit", 20) };
    let stage = Stage::under(vec![waiting, one_a_question()], vec![]).await;
    let (served, clients) = (&stage.served, &stage.served.clients);
    stage.done(activity("r0", "recruit", "old", "2018-03-20T12:00:00Z")).await;
    let answer =
        |id: &str, member: &str, when: &str| pb::Activity { exclusive_key: "q1".into(), ..accepted(id, member, when) };
    stage.done(answer("a0", "old", "2018-03-20T12:00:00Z")).await;
    sweeper::sweep(&served.ledger, &served.ledger.program(&program()).await.unwrap().unwrap()).await.unwrap();
    assert_eq!(stage.has("old").await, (100, 0), "the recruit ended unconfirmed");
    merged(clients, "old", "middle").await;
    merged(clients, "middle", "new").await;
    stage.confirmed("r0", "c1", "2018-03-25T12:00:00Z").await;
    assert_eq!(
        (stage.has("old").await, stage.has("new").await),
        ((0, 0), (120, 0)),
        "it was confirmed in time after all"
    );
    // The person takes the question's key from themselves: one answer of it counts.
    assert_eq!(stage.done(answer("a1", "new", WHEN)).await.points, 100);
    assert_eq!(points(clients, "old").await, [0, 0, 20, 20]);
    stage.ends(&[("old", 0), ("middle", 0), ("new", 120)]).await;
}

#[tokio::test]
async fn a_ban_reaches_through_mergers() {
    // INV 35
    let served = Served::at(WHEN).await;
    let clients = &served.clients;
    for (id, member) in [("a0", "first"), ("a1", "second"), ("a2", "third"), ("a3", "ben")] {
        assert_eq!(earns(clients, accepted(id, member, "2018-03-20T12:00:00Z")).await, (100, Unspecified));
    }
    let given = adjustment("g1", "first", 50, pb::AdjustmentReason::Goodwill);
    clients.by("anna").adjustments().adjust_points(ask(given)).await.unwrap();
    let spent = crate::support::till::redemption("r1", "first", 40);
    clients.till().redeem_points(spent).await.unwrap();
    merged(clients, "first", "second").await;
    merged(clients, "second", "third").await;
    let request = pb::BanMemberRequest {
        name: "programs/qc/members/third".into(),
        ban_id: "b1".into(),
        reason: pb::SuspensionReason::Fraud.into(),
        ..Default::default()
    };
    for _ in 0..2 {
        let done = clients.by("anna").members().ban_member(request.clone()).await.unwrap().into_inner();
        assert_eq!((done.revoked_activities, done.revoked_adjustments), (3, 1));
        assert_eq!((done.points, done.written_off_points), (350, 0));
    }
    for (member, owed) in [("first", 0), ("second", 0), ("third", -40)] {
        assert_eq!(points(clients, member).await, [owed, 0, 0, 0], "{member}");
    }
    assert_eq!(points(clients, "ben").await[0], 100);
    served.verified().await;
}

/// Nothing is spent, so each person has what stands of all their members; the others have nothing.
#[tokio::test]
async fn however_members_are_merged_each_person_has_what_stands() {
    // INV 30, 35, 36
    let seed = random::seed("MERGE_SEED");
    println!("MERGE_SEED={seed}");
    let mut met = [0; 3];
    for case in 0..60 {
        let mut random = Random::of(seed, case);
        let served = Served::at(WHEN).await;
        let clients = &served.clients;
        let mut is_now: BTreeMap<usize, usize> = BTreeMap::new();
        let who = |is_now: &BTreeMap<usize, usize>, mut n: usize| {
            while let Some(next) = is_now.get(&n) {
                n = *next;
            }
            n
        };
        // Whose each activity was, while it stands; `None` for one that earned nothing.
        let mut standing: Vec<Option<usize>> = Vec::new();
        // Some chains are there from the start.
        for n in [0, 0, 0, 1, 1, 2, 3, 4, 5] {
            earns(clients, accepted(&format!("a{}", standing.len()), &format!("m{n}"), WHEN)).await;
            standing.push(Some(n));
        }
        for (from, into) in [(0, 1), (1, 2)] {
            merged(clients, &format!("m{from}"), &format!("m{into}")).await;
            is_now.insert(from, into);
        }
        for step in 0..25 {
            match random.below(6) {
                0..3 => {
                    let n = random.index(6);
                    let told = earns(clients, accepted(&format!("a{}", standing.len()), &format!("m{n}"), WHEN)).await;
                    let earned = !is_now.contains_key(&n);
                    assert_eq!(told, if earned { (100, Unspecified) } else { (0, Merged) }, "MERGE_SEED={seed} {case}");
                    standing.push(earned.then_some(n));
                }
                3 | 4 if standing.iter().any(Option::is_some) => {
                    let stands: Vec<usize> = (0..standing.len()).filter(|&n| standing[n].is_some()).collect();
                    let of_merged = |n: &usize| standing[*n].is_some_and(|of| is_now.contains_key(&of));
                    let merged: Vec<usize> = stands.iter().copied().filter(of_merged).collect();
                    let among = if merged.is_empty() || random.percent(30) { stands } else { merged };
                    let n = among[random.index(among.len())];
                    withdraw(clients, &format!("a{n}")).await;
                    let mergers = standing[n]
                        .map_or(0, |of| std::iter::successors(is_now.get(&of), |next| is_now.get(*next)).count());
                    met[mergers.min(2)] += 1;
                    standing[n] = None;
                }
                _ => {
                    let (from, into) = (random.index(6), random.index(6));
                    let may = from != into && !is_now.contains_key(&from) && !is_now.contains_key(&into);
                    let request = merger(&format!("m{from}"), &format!("m{into}"), &format!("x{step}"));
                    let told = clients.by("anna").members().merge_members(request).await;
                    assert_eq!(told.is_ok(), may, "MERGE_SEED={seed} {case}: {told:?}");
                    if may {
                        // Where a person has many points, a second one is needed.
                        let proposed = told.unwrap().into_inner().proposed_merger;
                        if !proposed.is_empty() {
                            approved_merger(clients, "bob", &proposed).await;
                        }
                        is_now.insert(from, into);
                    }
                }
            }
            let mut moved = 0;
            for n in 0..6 {
                let of_person = |of: &&usize| who(&is_now, **of) == n;
                let count = standing.iter().flatten().filter(of_person).count();
                let own = standing.iter().flatten().filter(|of| **of == n).count();
                let has = points(clients, &format!("m{n}")).await;
                let hundreds = |count: usize| i64::try_from(count).unwrap() * 100;
                let expected = [if is_now.contains_key(&n) { 0 } else { hundreds(count) }, 0, hundreds(own)];
                assert_eq!(has[..3], expected, "MERGE_SEED={seed} {case}, step {step}: m{n}");
                moved += has[3];
            }
            assert_eq!(moved, 0, "MERGE_SEED={seed} {case}: what leaves one arrives at another");
        }
        served.verified().await;
    }
    assert!(met.iter().all(|count| *count >= 1), "taken back after so many mergers: {met:?}");
}
