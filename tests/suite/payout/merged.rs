//! Money of members who turn out to be one person: what payouts granted to any of their accounts is theirs, in one account.

use goodturn::domain::value::balances::Balances;
use goodturn::domain::value::bucket::{Bucket, Unit};
use goodturn::pb;

use crate::support::clients::{Clients, accepted, pence, pounds};
use crate::support::members::{merged, merged_as, merger};
use crate::support::payouts::{pay_out, shares};
use crate::support::random::{self, Random};
use crate::support::reads::{balance, sentences};
use crate::support::sample::{member, program};
use crate::support::served::Served;
use crate::support::stage::{Stage, WHEN, rule};

const LATER: &str = "2018-10-01T00:00:00Z";

async fn answers() -> Stage {
    let stage = Stage::under(vec![rule("answers", "answer_accepted", 100)], vec![]).await;
    stage.served.clock.set(LATER);
    stage
}

/// Money due, in pence.
async fn due(clients: &Clients, member: &str) -> i64 {
    pence(balance(clients, member).await.due.as_ref().unwrap())
}

async fn balances(served: &Served, id: &str) -> Balances {
    let program = served.ledger.program(&program()).await.unwrap().unwrap();
    served.ledger.account(&program, &member(id)).await.unwrap().0.balances
}

/// The kinds of a member's entries, and where each took from and put to, oldest first.
async fn moves(clients: &Clients, member: &str) -> Vec<[String; 3]> {
    let request = pb::ListEntriesRequest { parent: format!("programs/qc/members/{member}"), ..Default::default() };
    let page = clients.ledger().list_entries(request).await.unwrap().into_inner();
    page.entries.into_iter().rev().map(|entry| [entry.kind, entry.from_bucket, entry.to_bucket]).collect()
}

#[tokio::test]
async fn money_due_goes_where_its_person_goes_on() {
    // INV 35, 44, 53, 82
    let stage = answers().await;
    let clients = &stage.served.clients;
    for (id, member) in [("a0", "old"), ("a1", "old"), ("a2", "new"), ("a3", "ben")] {
        stage.done(accepted(id, member, WHEN)).await;
    }
    let paid = pay_out(clients, "h1", pounds(101)).await;
    let [old, new, ben] = [due(clients, "old").await, due(clients, "new").await, due(clients, "ben").await];
    assert_eq!([old, new, ben], [51, 25, 25]);
    let of_payout = shares(clients, &paid.name).await;
    merged(clients, "old", "new").await;
    assert_eq!([due(clients, "old").await, due(clients, "new").await], [0, 76]);
    assert_eq!(shares(clients, &paid.name).await, of_payout, "whose each share was then stays as it was");
    let credited = [balance(clients, "old").await.credited_points, balance(clients, "new").await.credited_points];
    assert_eq!(credited, [200, 100], "ranks and totals stay");

    let row = |kind: &str, from: &str, to: &str| [kind, from, to].map(str::to_owned);
    let beside = [("points_moved", "paid", "moved"), ("money_moved", "due", "moved")];
    // Before the merger it was proposed and approved: there is money.
    assert_eq!(moves(clients, "old").await[8..], beside.map(|(kind, from, to)| row(kind, from, to)));
    assert_eq!(moves(clients, "new").await[5..], beside.map(|(kind, from, to)| row(kind, to, from)));
    assert_eq!(
        sentences(clients, "old").await.last().map(String::as_str),
        Some("On 1 October 2018, 0.51 GBP due to you was moved to the account you go on with.")
    );
    assert_eq!(
        sentences(clients, "new").await.last().map(String::as_str),
        Some(
            "On 1 October 2018, 0.51 GBP due to you was moved here from another account of yours, which was merged into \
             this one."
        )
    );
    // What counted for the first payout counts for no other; what is earned next does.
    stage.done(accepted("a4", "new", WHEN)).await;
    pay_out(clients, "h2", pounds(50)).await;
    assert_eq!([due(clients, "old").await, due(clients, "new").await, due(clients, "ben").await], [0, 126, 25]);
    merged(clients, "new", "newest").await;
    assert_eq!([due(clients, "old").await, due(clients, "new").await, due(clients, "newest").await], [0, 0, 126]);
    stage.ends(&[("old", 0), ("new", 0), ("newest", 0), ("ben", 0)]).await;
}

/// However members are merged and paid in between, each person is due what all their accounts were granted.
#[tokio::test]
async fn each_person_is_due_what_their_accounts_were_granted() {
    // INV 35, 46, 82
    let seed = random::seed("MERGE_SEED");
    println!("MERGE_SEED={seed}");
    let mut met = [0; 3];
    for case in 0..25 {
        let mut random = Random::of(seed, case);
        let stage = answers().await;
        let clients = &stage.served.clients;
        let mut is_now: [Option<usize>; 6] = [None; 6];
        let who =
            |is_now: &[Option<usize>; 6], n: usize| std::iter::successors(Some(n), |n| is_now[*n]).last().unwrap_or(n);
        let mut granted = [0; 6];
        // Some are paid from the start.
        for n in 0..4 {
            stage.done(accepted(&format!("s{n}"), &format!("m{n}"), WHEN)).await;
        }
        let mut to_pay = true;
        for step in 0..20 {
            let at = format!("MERGE_SEED={seed} {case}, step {step}");
            match if step == 0 { 2 } else { random.below(5) } {
                0..2 => {
                    let n = random.index(6);
                    let earns = stage.done(accepted(&format!("a{step}"), &format!("m{n}"), WHEN)).await.points > 0;
                    assert_eq!(earns, is_now[n].is_none(), "{at}");
                    to_pay |= earns;
                }
                2 if to_pay => {
                    let pool = i64::try_from(random.below(500)).unwrap() + 1;
                    let paid = pay_out(clients, &format!("h{step}"), pounds(pool)).await;
                    for share in shares(clients, &paid.name).await {
                        let n: usize = share.member_id[1..].parse().unwrap();
                        granted[n] += pence(share.amount.as_ref().unwrap());
                    }
                    to_pay = false;
                }
                _ => {
                    let (from, into) = (random.index(6), random.index(6));
                    if from == into || is_now[from].is_some() || is_now[into].is_some() {
                        continue;
                    }
                    let request = merger(&format!("m{from}"), &format!("m{into}"), &format!("x{step}"));
                    merged_as(clients, request).await;
                    let brings = (0..6).filter(|n| who(&is_now, *n) == from).map(|n| granted[n]).sum::<i64>();
                    let is_chain = is_now.contains(&Some(from));
                    met[usize::from(is_chain)] += i64::from(brings > 0);
                    met[2] += i64::from(brings == 0);
                    is_now[from] = Some(into);
                }
            }
            let mut moved = [0, 0];
            for n in 0..6 {
                let has = balances(&stage.served, &format!("m{n}")).await;
                let of_person = (0..6).filter(|of| who(&is_now, *of) == n).map(|of| granted[of]).sum::<i64>();
                assert_eq!(has.get(Bucket::Due), of_person, "{at}: m{n}");
                assert_eq!(has.get(Bucket::Granted), -granted[n], "{at}: m{n}");
                for (moved, unit) in moved.iter_mut().zip([Unit::Points, Unit::Money]) {
                    let of_unit = Bucket::ALL.into_iter().filter(|bucket| bucket.unit() == unit);
                    assert_eq!(of_unit.map(|bucket| has.get(bucket)).sum::<i64>(), 0, "{at}: m{n}");
                    *moved += has.get(unit.moved());
                }
            }
            assert_eq!(moved, [0, 0], "{at}: what leaves one arrives at another");
        }
        stage.ends(&[]).await;
    }
    let [once, along_chains, nothing] = met;
    println!("money moved once {once}, along chains {along_chains}; nothing to move {nothing}");
    assert!(met.iter().all(|count| *count >= 1), "a test that meets no case says nothing of it");
}
