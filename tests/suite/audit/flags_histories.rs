//! Flags of any history: as a naive count finds them, and the same for every size of page.

use std::collections::{BTreeMap, BTreeSet};

use goodturn::domain::decide::command::Command;
use goodturn::domain::entry::told::Told;
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::window::Window;
use goodturn::flags::{Findings, Flag, Pattern, Seen};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::flagged::{Looked, day, done};
use crate::support::sample::tell;

const NAMES: [&str; 4] = ["ann", "ben", "cleo", "dora"];
const DAYS: [&str; 4] = ["2018-04-01", "2018-04-02", "2018-04-20", "2018-06-01"];

/// Kind, member, counterparty (none past the names), day, and whether it is taken back later.
type Done = (usize, usize, usize, usize, bool);

/// Ann and ben, who are often each other's counterparty; dora, who has kudos only, most of them on one day; and anything else.
fn histories() -> impl Strategy<Value = Vec<Done>> {
    let one = prop_oneof![
        5 => (0..3_usize, prop_oneof![Just((0_usize, 1_usize)), Just((1, 0))], 0..4_usize),
        5 => (Just(0_usize), Just((3_usize, 5_usize)), Just(3_usize)),
        1 => (Just(0_usize), Just((3_usize, 5_usize)), 0..3_usize),
        4 => (0..3_usize, (0..3_usize, 0..6_usize), 0..4_usize),
    ];
    let taken_back = proptest::bool::weighted(0.05);
    let one = (one, taken_back).prop_map(|((kind, (of, by), day), taken_back)| (kind, of, by, day, taken_back));
    vec(one, 40..140)
}

fn kind(done: &Done) -> (&'static str, i64) {
    [("kudos", 1), ("answer_accepted", 100), ("recruit", 500)][done.0]
}

fn commands(history: &[Done]) -> Vec<Command> {
    let mut commands = Vec::new();
    for (n, it) in history.iter().enumerate() {
        let by = NAMES.get(it.2).copied().unwrap_or_default();
        // A recruit has one recruiter only, the earliest; so that the count is simple, each is claimed once.
        let claimed = history[..n].iter().any(|before| before.0 == 2 && before.2 == it.2);
        let kind = if it.0 == 2 && (claimed || by.is_empty()) { "kudos" } else { kind(it).0 };
        commands.push(done(&format!("a{n}"), kind, NAMES[it.1], by, &format!("{}T{:02}:00:00Z", DAYS[it.3], n % 24)));
    }
    let back = history.iter().enumerate().filter(|(_, it)| it.4);
    let back: Vec<Command> = back
        .map(|(n, _)| tell(&format!("r{n}"), &format!("a{n}"), Told::Reversed(Reason::Mistake), "2018-11-01T00:00:00Z"))
        .collect();
    commands.extend(back);
    commands
}

/// Pairs and days as flags find them, counted over a list of what stands. Circles of two only.
fn naive(history: &[Done], first: usize, last: usize) -> BTreeSet<(String, Vec<String>, i64, u32)> {
    let mut stands: Vec<(&str, &str, Option<&str>, usize, i64)> = Vec::new();
    for (n, it) in history.iter().enumerate() {
        let by = NAMES.get(it.2).copied();
        let claimed = history[..n].iter().any(|before| before.0 == 2 && before.2 == it.2);
        let (kind, points) = if it.0 == 2 && (claimed || by.is_none()) { ("kudos", 1) } else { kind(it) };
        if !it.4 && by != Some(NAMES[it.1]) && (first..=last).contains(&it.3) {
            stands.push((kind, NAMES[it.1], by, it.3, points));
        }
    }
    let mut found = BTreeSet::new();
    for one in NAMES {
        let mut days: BTreeMap<usize, (u32, i64)> = BTreeMap::new();
        for (.., at, points) in stands.iter().filter(|it| it.1 == one) {
            let day = days.entry(*at).or_default();
            *day = (day.0 + 1, day.1 + points);
        }
        let mut points: Vec<i64> = days.values().map(|it| it.1).collect();
        points.sort_unstable();
        for (activities, earned) in days.values() {
            let middle = points[(points.len() - 1) / 2].midpoint(points[points.len() / 2]);
            if *activities >= 20 && *earned > 10 * middle {
                found.insert(("burst".into(), vec![one.into()], *earned, *activities));
            }
        }
        for other in NAMES.into_iter().filter(|other| one < *other) {
            let from = |of: &str, by: &str, recruits: bool| -> (u32, i64) {
                let own = stands.iter().filter(|it| it.1 == of && it.2 == Some(by) && (it.0 == "recruit") == recruits);
                own.fold((0, 0), |sum, it| (sum.0 + 1, sum.1 + it.4))
            };
            let all = |of: &str| stands.iter().filter(|it| it.1 == of).map(|it| it.4).sum::<i64>();
            let (there, back) = (from(one, other, false), from(other, one, false));
            let is_half = 2 * there.1 >= all(one) || 2 * back.1 >= all(other);
            let pair = vec![one.to_owned(), other.to_owned()];
            if there.0 >= 5 && back.0 >= 5 && is_half {
                found.insert(("pair".into(), pair.clone(), there.1 + back.1, there.0 + back.0));
            }
            let (there, back) = (from(one, other, true), from(other, one, true));
            if there.0 > 0 && back.0 > 0 {
                found.insert(("ring".into(), pair, there.1 + back.1, there.0 + back.0));
            }
        }
    }
    found
}

fn told(flag: &Flag) -> Option<(String, Vec<String>, i64, u32)> {
    let what = match flag.pattern {
        Pattern::Reciprocal(_) => "pair",
        Pattern::Burst(_) => "burst",
        Pattern::Ring if flag.members.len() == 2 => "ring",
        Pattern::Ring | Pattern::IdleRecruits | Pattern::WriteOffs | Pattern::RefundsExceed { .. } => return None,
    };
    let mut members: Vec<String> = flag.members.iter().map(ToString::to_string).collect();
    members.sort();
    Some((what.into(), members, flag.points, flag.entries))
}

/// What does not depend on the order in which activities came: all but which entries, and which of many recruits, are named.
fn of_any_order(found: &Findings) -> (BTreeSet<String>, Seen) {
    let flags = found.flags.iter().map(|flag| {
        let mut members = flag.members.clone();
        members.sort();
        format!("{:?} {members:?} {} {}", flag.pattern, flag.points, flag.entries)
    });
    (flags.collect(), found.seen)
}

/// A flag names the first entries it rests on, in order, and no more than there are.
fn names_its_entries(flag: &Flag) -> bool {
    flag.seqs.is_sorted() && flag.seqs.len() == usize::try_from(flag.entries).unwrap().min(20)
}

#[test]
fn flags_are_those_of_a_naive_count_whatever_the_size_of_a_page_and_the_order_of_arrival() {
    // INV 27, 41
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    // A burst takes three days: half of the looks are at all of them.
    let periods = prop_oneof![Just((0_usize, 3_usize)), (0..4_usize, 0..4_usize)];
    let counted = std::sync::Mutex::new(&mut kinds);
    let order = vec(any::<u64>(), 300);
    let outcome = runner.run(&(histories(), periods, 1..40_u32, order), |(history, (one, other), page, order)| {
        runtime.block_on(async {
            let (first, last) = (one.min(other), one.max(other));
            let looked = Looked::at(&commands(&history)).await;
            let period = Window::range(day(DAYS[first]), day(DAYS[last])).unwrap();
            let found = looked.over(period, 1_000).await;
            prop_assert!(found.flags.iter().all(names_its_entries), "{:?}", found.flags);
            let flags: BTreeSet<_> = found.flags.iter().filter_map(told).collect();
            prop_assert_eq!(&flags, &naive(&history, first, last));
            for page in [1, page] {
                prop_assert_eq!(&looked.over(period, page).await, &found, "{} entries a page", page);
            }
            // What is told of an activity may come before it, too.
            let mut shuffled: Vec<(u64, Command)> = order.into_iter().zip(commands(&history)).collect();
            shuffled.sort_by_key(|(place, _)| *place);
            let shuffled: Vec<Command> = shuffled.into_iter().map(|(_, command)| command).collect();
            let otherwise = Looked::at(&shuffled).await.over(period, 1_000).await;
            prop_assert_eq!(of_any_order(&otherwise), of_any_order(&found));
            for (what, ..) in flags {
                *counted.lock().unwrap().entry(what).or_default() += 1;
            }
            Ok(())
        })
    });
    outcome.unwrap();
    // Histories that hold none of a kind would prove nothing of it.
    println!("300 histories: {kinds:?}");
    assert_eq!(kinds.keys().collect::<Vec<_>>(), ["burst", "pair", "ring"], "{kinds:?}");
}
