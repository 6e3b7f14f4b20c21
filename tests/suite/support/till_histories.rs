//! Histories of a till: mostly possible steps, and now and then impossible ones.

use proptest::prelude::*;
use proptest::sample::select;

use super::naive_till::{Naive, Step};

/// Returns steps at the till, one after the other.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let points = || select(vec![1, 30, 50, 80, 99, 100, 100, 101, 150, 200]);
    let some_points = || prop_oneof![Just(None), points().prop_map(Some)];
    let minutes = select(vec![-1, 0, 1, 60, 60, 600, 1_440, 1_440, 10_080, 10_081]);
    let step = prop_oneof![
        5 => (0..3_usize).prop_map(Step::Award),
        3 => (0..16_usize).prop_map(Step::Reverse),
        2 => (0..16_usize).prop_map(Step::Restore),
        5 => (0..3_usize, points(), minutes).prop_map(|(member, points, minutes)| Step::Hold(member, points, minutes)),
        5 => (0..16_usize, some_points()).prop_map(|(hold, points)| Step::Capture(hold, points)),
        2 => (0..16_usize).prop_map(Step::Release),
        5 => (0..3_usize, points()).prop_map(|(member, points)| Step::Redeem(member, points)),
        3 => (any::<bool>(), 0..16_usize, some_points()).prop_map(|(hold, which, points)| Step::Refund(hold, which, points)),
        4 => select(vec![1, 59, 60, 600, 1_439, 1_440, 4_000]).prop_map(Step::Wait),
        3 => Just(Step::Sweep),
    ];
    let earned = proptest::collection::vec((0..3_usize).prop_map(Step::Award), 0..8);
    // A hold that is captured once its time is over, with or without enough points available.
    let late = (0..3_usize, points(), points(), select(vec![60, 600, 1_499, 1_500]), any::<bool>(), some_points())
        .prop_map(|(member, held, spent, minutes, swept, points)| {
            let swept = swept.then_some(Step::Sweep);
            let before = [Step::Award(member), Step::Hold(member, held, 60), Step::Wait(minutes)];
            let after = [Step::Redeem(member, spent), Step::Capture(LATEST, points)];
            before.into_iter().chain(swept).chain(after).collect()
        });
    let steps = proptest::collection::vec(prop_oneof![40 => step.prop_map(|step| vec![step]), 1 => late], 1..45);
    (earned, steps).prop_map(|(earned, steps)| earned.into_iter().chain(steps.into_iter().flatten()).collect())
}

/// The index of the thing that was recorded last.
const LATEST: usize = usize::MAX;

/// Makes a step about one of the recorded things. One step in sixteen is about a thing that was not recorded.
pub fn about_one_of(step: Step, naive: &Naive) -> Step {
    let one_of = |n: usize, known: Vec<usize>| match (n, known.last()) {
        (0, _) | (_, None) => 1_000,
        (LATEST, Some(last)) => *last,
        (n, _) => known[n % known.len()],
    };
    let hold = |n| one_of(n, naive.holds.keys().copied().collect());
    match step {
        Step::Reverse(n) => Step::Reverse(one_of(n, (0..naive.awards()).collect())),
        Step::Restore(n) => Step::Restore(one_of(n, (0..naive.awards()).collect())),
        Step::Capture(n, points) => Step::Capture(hold(n), points),
        Step::Release(n) => Step::Release(hold(n)),
        Step::Refund(true, n, points) => Step::Refund(true, hold(n), points),
        Step::Refund(false, n, points) => {
            Step::Refund(false, one_of(n, naive.redemptions.keys().copied().collect()), points)
        }
        step => step,
    }
}
