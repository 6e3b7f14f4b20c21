//! Two half-years of ten thousand members, from savings to closed choices, with every lot computed beside it.

use std::collections::BTreeMap;
use std::sync::Arc;

use goodturn::log::Log;
use goodturn::pb;
use goodturn::pb::PayoutMethod::{Cash, Charity, Credit};

use crate::support::clients::{Clients, pounds};
use crate::support::half_years::{MEMBERS, choose_all, earn, name, paid};
use crate::support::money::{choice, choose_until, choosing, closed, minor};
use crate::support::payouts::day;
use crate::support::reads::balance;
use crate::support::served::Served;
use crate::support::stores::on_file;

/// What a member has chosen: by its number, in the first half-year and in the second.
fn chosen(n: usize, half: usize) -> Option<pb::Choice> {
    match (n % 10, half) {
        // The seventh chooses before the second deadline.
        (0..=3, _) | (7, 2) => Some(choice(Credit, "")),
        (4 | 5, _) => Some(choice(Cash, "")),
        (6, _) => Some(choice(Charity, "relief")),
        _ => None,
    }
}

async fn choose(clients: &Clients, half: usize, members: impl Iterator<Item = usize>) {
    let choosing = |n| Some(choosing(&name(n), &format!("c{half}"), Some(chosen(n, half)?)));
    choose_all(clients, members.filter_map(choosing).collect()).await;
}

fn totals(closing: &pb::Closing) -> [(i64, i64); 5] {
    let it = closing.decided.clone().unwrap();
    let of = |total: Option<pb::LotTotal>| total.map(|it| (it.lots, minor(it.amount.as_ref()))).unwrap();
    let given = it.donated.first().map_or((0, 0), |it| (it.lots, minor(it.amount.as_ref())));
    [of(it.credit), of(it.cash), of(it.carried), of(it.lapsed), given]
}

/// Adds up the shares of members for which something holds.
fn sum(shares: &BTreeMap<String, i64>, holds: impl Fn(usize, i64) -> bool) -> (i64, i64) {
    let of = shares.iter().filter(|(name, share)| holds(name[1..].parse().unwrap(), **share));
    of.fold((0, 0), |(lots, minor), (_, share)| (lots + 1, minor + share))
}

fn plus(one: (i64, i64), other: (i64, i64)) -> (i64, i64) {
    (one.0 + other.0, one.1 + other.1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_half_years_of_ten_thousand_members_are_closed_to_the_penny() {
    // INV 44, 47, 79, 81
    on_file(two_half_years).await;
}

async fn two_half_years(log: Arc<dyn Log>) {
    let served = Served::on(log, "2018-12-08T09:00:00Z").await;
    let clients = &served.clients;
    // Every third member has twice as much.
    earn(clients, 1, 0..MEMBERS, "2018-06-01T12:00:00Z").await;
    earn(clients, 3, (0..MEMBERS).step_by(3), "2018-07-01T12:00:00Z").await;
    let terms = pb::ChoiceTerms {
        minimum_cash: Some(pounds(20_000)),
        match_cap: Some(pounds(1_000_000_000)),
        ..choose_until("2018-12-12T23:59:59Z")
    };
    let first = paid(clients, "h1", day(2018, 11, 30), 190_000_000, terms.clone()).await;
    assert_eq!(first.len(), MEMBERS);
    choose(clients, 1, 0..MEMBERS).await;
    served.clock.set("2018-12-13T00:00:00Z");
    let closing = closed(clients, "h1").await;
    // Cash is for 200 pounds and more: whoever has twice as much.
    let cash = |share: i64| share >= 20_000;
    let small = sum(&first, |n, share| matches!(n % 10, 4 | 5) && !cash(share));
    let expected = [
        sum(&first, |n, _| n % 10 < 4),
        sum(&first, |n, share| matches!(n % 10, 4 | 5) && cash(share)),
        plus(small, sum(&first, |n, _| n % 10 > 6)),
        (0, 0),
        sum(&first, |n, _| n % 10 == 6),
    ];
    assert!(small.0 > 0 && expected[1].0 > 0, "{expected:?}");
    assert_eq!(totals(&closing), expected);
    assert_eq!(minor(closing.matched[0].amount.as_ref()), expected[4].1, "pound for pound");

    // Half of them earn in the second half-year, and it takes what was carried of all.
    served.clock.set("2019-06-08T09:00:00Z");
    earn(clients, 2, (0..MEMBERS).step_by(2), "2019-01-15T12:00:00Z").await;
    let deadline = choose_until("2019-06-12T23:59:59Z").deadline;
    let terms = pb::ChoiceTerms { takes_carried: true, deadline, ..terms };
    let second = paid(clients, "h2", day(2019, 5, 31), 110_000_000, terms).await;
    choose(clients, 2, (0..MEMBERS).filter(|n| n % 10 == 7)).await;
    served.clock.set("2019-06-13T00:00:00Z");
    let closing = closed(clients, "h2").await;
    let second_of = |n: usize| second.get(&name(n)).copied().unwrap_or(0);
    let first_of = |n: usize| first.get(&name(n)).copied().unwrap_or(0);
    // Both lots of a member count together for the minimum.
    let enough = |n: usize| second_of(n) + if cash(first_of(n)) { 0 } else { first_of(n) } >= 20_000;
    let is_cash = |n: usize| matches!(n % 10, 4 | 5);
    let carried_small = |of: &BTreeMap<String, i64>, is_first: bool| {
        sum(of, |n, share| is_cash(n) && !enough(n) && (!is_first || !cash(share)))
    };
    let expected = [
        plus(sum(&second, |n, _| n % 10 < 4 || n % 10 == 7), sum(&first, |n, _| n % 10 == 7)),
        plus(
            sum(&second, |n, _| is_cash(n) && enough(n)),
            sum(&first, |n, share| is_cash(n) && !cash(share) && enough(n)),
        ),
        plus(plus(carried_small(&second, false), carried_small(&first, true)), sum(&second, |n, _| n % 10 > 7)),
        sum(&first, |n, _| n % 10 > 7),
        sum(&second, |n, _| n % 10 == 6),
    ];
    assert_eq!(totals(&closing), expected);
    let all: i64 = expected.iter().map(|(_, minor)| minor).sum();
    let taken = plus(small, sum(&first, |n, _| n % 10 > 6)).1;
    assert_eq!(all, 110_000_000 + taken, "what was granted and what was carried, and nothing else");
    let lapsed = balance(clients, "m00008").await;
    assert_eq!(minor(lapsed.lapsed.as_ref()), first_of(8));
    served.verified().await;
}
