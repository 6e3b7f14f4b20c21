//! Members' money against a naive model: whatever is asked, in whatever order, each lot is where the model says, and nothing is lost.
//! Shares against their definition. And closings that several servers carry out.
//!
//! `MONEY_SEED` runs another seed than the usual one; `MONEY_CASES` makes a run longer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use goodturn::domain::entry::fact::Fact;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::entry::money::LotName;
use goodturn::domain::terms::payout::{ListTerms, PayoutMode, PayoutTerms, shares_of};
use goodturn::domain::value::ids::MemberId;
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::split::Share;
use goodturn::log::Log;
use goodturn::pb;
use goodturn::pb::PayoutMethod::{Cash, Charity, Credit};

use crate::support::clients::{Clients, kudos, pounds, record_all};
use crate::support::faulty::FaultyLog;
use crate::support::money::{approve_closing, choice, choose_until, choosing, close, minor};
use crate::support::money_histories::Step;
use crate::support::money_played::{Played, Tally};
use crate::support::payouts::{approve, create, declare_and_approve, execute, payout};
use crate::support::random::{self, Random};
use crate::support::sample::{member, payout_terms, program};
use crate::support::served::Served;
use crate::support::stores::{in_memory, on_file, on_postgres};

/// The usual seed.
const SEED: u64 = 47;

/// Acts of a history, before every run is brought to its end.
const STEPS: usize = 55;

fn seed() -> u64 {
    std::env::var("MONEY_SEED").map_or(SEED, |_| random::seed("MONEY_SEED"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_is_where_the_model_says_in_memory() {
    // INV 35, 44, 47, 50, 52, 79, 81, 82
    let (mut tally, cases) = (Tally::new(), random::cases("MONEY_CASES", 60));
    for case in 0..cases {
        history(in_memory().await, case.into(), &mut tally).await;
    }
    // A test that never meets a case says nothing of it.
    let met = |what: &str| cases < 60 || tally.get(what).is_some_and(|&count| count >= 2);
    for act in
        ["Begin", "Choose", "Suspend", "Reinstate", "Ban", "Merge", "Correct", "Cancel", "Reject", "RejectClosing"]
    {
        assert!(met(&format!("{act} done")), "{act}: {tally:?}");
    }
    for refused in ["Merge NOT_MERGEABLE", "Begin POOL_EXCEEDED", "Begin NOTHING_TO_PAY", "Choose CHARITY_NOT_OFFERED"]
    {
        assert!(met(refused), "{refused}: {tally:?}");
    }
    for what in ["credit", "cash", "carried", "lapsed", "donated", "moved after it was signed", "matched up to the cap"]
    {
        assert!(met(what), "{what}: {tally:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_is_where_the_model_says_on_sqlite() {
    // INV 35, 44, 47, 50, 52, 79, 81, 82
    for case in 0..random::cases("MONEY_CASES", 10) {
        on_file(async |log| history(log, 1_000 + u64::from(case), &mut Tally::new()).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_is_where_the_model_says_on_postgres() {
    // INV 35, 44, 47, 50, 52, 79, 81, 82
    for case in 0..random::cases("MONEY_CASES", 5) {
        on_postgres(async |log| history(log, 2_000 + u64::from(case), &mut Tally::new()).await).await;
    }
}

/// Plays one history, on a log of its own.
async fn history(log: Arc<dyn Log>, case: u64, tally: &mut Tally) {
    let mut random = Random::of(seed(), case);
    let members = 6 + random.index(3);
    let mut played = Played::on(Arc::clone(&log), format!("MONEY_SEED={}, case {case}", seed()), members).await;
    // Whoever is in a list must be known.
    for who in 0..members {
        played.take(Step::Earn(who, 0, 1), tally).await;
    }
    for _ in 0..STEPS {
        let step = played.naive.pick(&mut random);
        played.take(step, tally).await;
    }
    while let Some(step) = played.naive.to_end() {
        played.take(step, tally).await;
    }
    played.ends().await;
    log.close().await;
}

/// A number of any size up to 2^`bits`, above zero.
fn of_any_size(random: &mut Random, bits: u64) -> i64 {
    let bits = random.below(bits + 1);
    i64::try_from(1 + random.below(1 << bits)).unwrap()
}

#[test]
fn shares_lose_nothing_and_follow_the_weights() {
    // INV 43, 44
    for case in 0..random::cases("SHARES_CASES", 5_000) {
        let mut random = Random::of(seed(), case.into());
        let count = 1 + random.index(40);
        let weight = |n| (member(&format!("m{n:02}")), of_any_size(&mut random, 50));
        let weights: Vec<(MemberId, i64)> = (0..count).map(weight).collect();
        let (pool, rate) = (of_any_size(&mut random, 50), of_any_size(&mut random, 30));
        let rest_to = ["a", "m00", "m07", "m39", "z"][random.index(5)];
        let terms = payout_terms("p", pool);
        let at = format!("MONEY_SEED={}, case {case}: {pool} by {weights:?}", seed());
        assert_by_points(&shares_of(&terms, weights.clone()).unwrap(), pool, &weights, &at);
        let fixed = PayoutTerms { mode: PayoutMode::FixedRate, rate_millionths: rate, ..terms.clone() };
        for (share, (id, weight)) in shares_of(&fixed, weights.clone()).unwrap().iter().zip(&weights) {
            let exact = i128::from(*weight) * i128::from(rate);
            let told = (&share.member, share.weight, i128::from(share.share_minor), share.rounding_unit);
            assert_eq!(told, (id, *weight, exact.div_euclid(1_000_000), false), "{at}, {rate} millionths for a point");
        }
        let rows = i64::try_from(count).unwrap();
        let total_weight = weights.iter().map(|(_, weight)| weight).sum();
        let list = Some(ListTerms { rows, total_weight, remainder_to: member(rest_to) });
        let listed = PayoutTerms { mode: PayoutMode::List, list, ..terms };
        assert_of_list(&shares_of(&listed, weights.clone()).unwrap(), pool, &weights, (rest_to, &at));
    }
}

fn sum(shares: &[Share]) -> i128 {
    shares.iter().map(|share| i128::from(share.share_minor)).sum()
}

/// All of the pool is shared out; nobody is a unit off; and whoever has more points does not get less.
fn assert_by_points(shares: &[Share], pool: i64, weights: &[(MemberId, i64)], at: &str) {
    assert_eq!(sum(shares), i128::from(pool), "{at}");
    let total: i128 = weights.iter().map(|(_, weight)| i128::from(*weight)).sum();
    assert!(
        shares.iter().map(|share| (&share.member, share.weight)).eq(weights.iter().map(|it| (&it.0, it.1))),
        "{at}"
    );
    for share in shares {
        let off = i128::from(share.share_minor) * total - i128::from(pool) * i128::from(share.weight);
        assert!(-total < off && off < total, "{} is off by {off} of {total}: {at}", share.member);
        assert_eq!(share.rounding_unit, off > 0, "{}: {at}", share.member);
    }
    let mut by_weight: Vec<(i64, i64)> = shares.iter().map(|share| (share.weight, share.share_minor)).collect();
    by_weight.sort_unstable();
    assert!(by_weight.is_sorted_by_key(|(_, minor)| *minor), "more points are less money: {at}");
}

/// Each share is rounded down, and one account gets exactly what is left, beside a share of its own.
fn assert_of_list(shares: &[Share], pool: i64, weights: &[(MemberId, i64)], (rest_to, at): (&str, &str)) {
    let total: i128 = weights.iter().map(|(_, weight)| i128::from(*weight)).sum();
    let mut expected: BTreeMap<MemberId, i128> = BTreeMap::new();
    for (id, weight) in weights {
        expected.insert(id.clone(), i128::from(pool) * i128::from(*weight) / total);
    }
    let rest = i128::from(pool) - expected.values().sum::<i128>();
    if rest > 0 {
        *expected.entry(member(rest_to)).or_default() += rest;
    }
    let told = shares.iter().map(|share| (share.member.clone(), i128::from(share.share_minor)));
    assert_eq!(told.collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>(), "the rest is {rest_to}'s: {at}");
    assert_eq!(sum(shares), i128::from(pool), "{at}");
    assert!(shares.iter().all(|share| !share.rounding_unit), "{at}");
}

const BEGINS: &str = "2018-12-08T09:00:00Z";
const DEADLINE: &str = "2018-12-12T23:59:59Z";
const CLOSES: &str = "2018-12-13T00:00:00Z";

/// Members of a payout whose lots are decided in four steps: one more than are sent before the first is recorded.
const MANY: usize = 3_300;

/// A server on a log, with a payout over a list of many members, past the deadline of their choices.
async fn past_the_deadline(log: Arc<dyn Log>) -> Served {
    let served = Served::on(log, BEGINS).await;
    let (clients, id) = (&served.clients, |n: usize| format!("m{n:04}"));
    let known = (0..MANY).map(|n| kudos(&format!("k{n}"), &id(n), "2018-04-01T12:00:00Z"));
    record_all(clients, known.collect()).await;
    declare_and_approve(clients, "h1", pounds(1_000_000)).await;
    let rows: Vec<pb::ListRow> = (0..MANY)
        .zip([1, 2, 3].into_iter().cycle())
        .map(|(n, weight)| pb::ListRow { member_id: id(n), weight })
        .collect();
    let list = pb::PayoutList {
        row_count: i64::try_from(MANY).unwrap(),
        total_weight: rows.iter().map(|row| row.weight).sum(),
        remainder_member_id: "relief".into(),
    };
    let (mode, choices) = (pb::PayoutMode::List.into(), Some(choose_until(DEADLINE)));
    let asked = pb::Payout { mode, choices, list: Some(list), ..payout("h1") };
    let mut anna = clients.by("anna").payouts();
    let mut draft = anna.create_payout(create(asked)).await.unwrap().into_inner();
    let mut after_member_id = String::new();
    for some in rows.chunks(1_000) {
        let (name, rows) = (draft.name.clone(), some.to_vec());
        let request = pb::AddListRowsRequest { name, after_member_id, rows, validate_only: false };
        draft = anna.add_list_rows(request).await.unwrap().into_inner();
        after_member_id = some.last().unwrap().member_id.clone();
    }
    approve(clients, &draft, "ben").await.unwrap();
    execute(clients, &draft.name).await.unwrap();
    let ways = [None, Some(choice(Credit, "")), Some(choice(Cash, "")), Some(choice(Charity, "water"))];
    let chosen = (0..MANY).zip(ways.into_iter().cycle()).map(|(n, way)| choosing(&id(n), "c", way));
    for some in chosen.collect::<Vec<_>>().chunks(1_000) {
        let (parent, requests) = ("programs/qc".into(), some.to_vec());
        let request = pb::BatchSetPayoutChoicesRequest { parent, requests };
        let results = clients.choices().batch_set_payout_choices(request).await.unwrap().into_inner().results;
        let is_set = |it: &pb::SetPayoutChoiceResult| {
            matches!(it.result, Some(pb::set_payout_choice_result::Result::SetTime(_)))
        };
        assert!(results.iter().all(is_set));
    }
    served.clock.set(CLOSES);
    served
}

async fn closing(clients: &Clients) -> pb::Closing {
    let request = pb::GetClosingRequest { name: "programs/qc/payouts/h1".into() };
    clients.choices().get_closing(request).await.unwrap().into_inner()
}

/// Lots that a closing has decided so far.
fn decided(it: &pb::Closing) -> i64 {
    let it = it.decided.as_ref().unwrap();
    let sums = [&it.credit, &it.cash, &it.carried, &it.lapsed].map(|it| it.as_ref().map_or(0, |it| it.lots));
    sums.iter().sum::<i64>() + it.donated.iter().map(|it| it.lots).sum::<i64>()
}

/// Each lot that was granted is decided once, the company adds to donations once, and all is as it was signed.
async fn assert_closed_once(log: &dyn Log, it: &pb::Closing) {
    assert_eq!((it.state(), &it.decided), (pb::ClosingState::Closed, &it.planned));
    let entries = log.entries(&program(), Seq::ZERO, 100_000).await.unwrap();
    let of_kind = |kind| entries.iter().filter(move |entry| entry.kind == kind);
    let mut times: BTreeMap<&LotName, u32> = BTreeMap::new();
    for entry in &entries {
        if let Fact::Lot(fact) = &entry.fact
            && fact.decided.is_some()
        {
            *times.entry(&fact.lot).or_default() += 1;
        }
    }
    let granted = of_kind(EntryKind::PayoutGranted).filter(|entry| entry.movement.is_some()).count();
    assert_eq!((times.len(), i64::try_from(granted).unwrap()), (granted, decided(it)));
    assert!(times.values().all(|count| *count == 1), "a lot is decided once");
    assert_eq!(of_kind(EntryKind::ChoicesClosed).count(), 1);
    let added = of_kind(EntryKind::DonationMatched).filter_map(|entry| entry.movement);
    let added: Vec<i64> = added.map(|movement| movement.amount().get()).collect();
    let matched: Vec<i64> = it.matched.iter().map(|it| minor(it.amount.as_ref())).collect();
    assert_eq!(added, matched);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closing_that_one_server_left_is_ended_by_another_and_each_lot_is_decided_once() {
    // INV 3, 14, 79, 81
    let store = in_memory().await;
    let log = FaultyLog::on(Arc::clone(&store));
    let served = past_the_deadline(log.clone()).await;
    let other = Served::empty(Arc::clone(&store), CLOSES).await;
    let draft = close(&served.clients, "h1").await.unwrap();
    let before = log.appends.load(Ordering::SeqCst);
    log.hold();
    let ended_by_another = async {
        // The approval and the first step are recorded; the next steps hang until the other server is done.
        for append in [1, 2] {
            log.begun(before + append).await;
            log.let_through(1);
        }
        log.begun(before + 3).await;
        // A step is sent before the one ahead of it is recorded: wait until the other server sees the first.
        let mut half = closing(&other.clients).await;
        while decided(&half) == 0 {
            half = closing(&other.clients).await;
        }
        assert_eq!(half.state(), pb::ClosingState::Approved);
        assert!((1..i64::try_from(MANY).unwrap()).contains(&decided(&half)), "{half:?}");
        let done = approve_closing(&other.clients, &draft, "ben").await.unwrap();
        log.release();
        done
    };
    let (first, done) = tokio::join!(approve_closing(&served.clients, &draft, "ben"), ended_by_another);
    assert_eq!(first.unwrap(), done, "the first goes on where the other has ended");
    assert_closed_once(&*store, &done).await;
    served.verified().await;
}

async fn approved_at_once(log: Arc<dyn Log>) {
    let served = past_the_deadline(Arc::clone(&log)).await;
    let other = Served::empty(Arc::clone(&log), CLOSES).await;
    let draft = close(&served.clients, "h1").await.unwrap();
    let both = [&served.clients, &other.clients].map(|clients| approve_closing(clients, &draft, "ben"));
    let both = futures::future::join_all(both).await;
    let both: Vec<pb::Closing> = both.into_iter().map(Result::unwrap).collect();
    assert_eq!(both[0], both[1]);
    assert_closed_once(&*log, &both[0]).await;
    other.verified().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_that_approve_a_closing_at_once_decide_each_lot_once() {
    // INV 3, 14, 79, 81
    approved_at_once(in_memory().await).await;
    on_postgres(approved_at_once).await;
}
