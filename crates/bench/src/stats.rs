//! Rates, percentiles, and ratios of values measured side by side.

#![expect(clippy::float_arithmetic, reason = "measurements are no points and no money")]

use std::time::Duration;

/// Returns how often something happened in a second.
pub(crate) fn per_second(count: u64, took: Duration) -> f64 {
    number(count) / took.as_secs_f64()
}

/// Returns a count as a number to calculate with. It is exact below 2^32, far above the counts of a round.
fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Returns a time in microseconds.
pub(crate) fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Returns how much more one value is than another.
pub(crate) fn less(more: f64, less: f64) -> f64 {
    more - less
}

/// Returns a number of bytes as a number to calculate with.
pub(crate) fn bytes(kibibytes: u32) -> f64 {
    f64::from(kibibytes) * 1_024.0
}

/// Returns half of a value.
pub(crate) fn half(value: f64) -> f64 {
    value / 2.0
}

/// Returns the smallest time that at least so many in a thousand do not exceed (nearest rank); `None` for no times.
pub(crate) fn percentile(times: &mut [Duration], per_mille: usize) -> Option<Duration> {
    times.sort_unstable();
    let rank = (times.len() * per_mille).div_ceil(1_000).max(1);
    times.get(rank - 1).copied()
}

/// The values of two sides, measured in turns next to each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pair {
    /// Goodturn's value.
    pub(crate) ours: f64,
    /// The peer's value.
    pub(crate) peer: f64,
}

impl Pair {
    /// Returns Goodturn's value as a multiple of the peer's.
    pub(crate) fn ratio(self) -> f64 {
        self.ours / self.peer
    }
}

/// The least, middle and greatest of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    /// The middle value; the mean of the two in the middle for an even number of values.
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Returns the spread of some values; `None` for no values.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_unstable_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let upper = values[values.len() / 2];
        let lower = values[(values.len() - 1) / 2];
        Some(Self { min, median: f64::midpoint(lower, upper), max })
    }
}

/// The goal for a ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    /// True when a ratio reaches it.
    pub(crate) fn met(self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(goal) => ratio >= goal,
            Self::AtMost(goal) => ratio <= goal,
        }
    }

    /// Returns how far a ratio gets: 1 is the goal, and more is better.
    pub(crate) fn reached(self, ratio: f64) -> f64 {
        match self {
            Self::AtLeast(goal) => ratio / goal,
            Self::AtMost(goal) => goal / ratio,
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtLeast(goal) => write!(f, "≥ {goal}"),
            Self::AtMost(goal) => write!(f, "≤ {goal}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(times: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        times.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let found = |times: &mut [Duration], per_mille| percentile(times, per_mille).map(|time| time.as_millis());
        assert_eq!(found(&mut millis((1..=200).rev()), 990), Some(198), "99 % of 200 are 198");
        assert_eq!(found(&mut millis(1..=200), 500), Some(100));
        assert_eq!(found(&mut millis([7]), 990), Some(7));
        assert_eq!(found(&mut millis([3, 1, 2]), 990), Some(3), "99 % of three are all three");
        assert_eq!(found(&mut [], 990), None);
    }

    #[test]
    fn the_result_is_the_median_of_ratios_and_not_the_ratio_of_medians() {
        // The machine slows down by half between the first pair and the last. Both sides feel it.
        let pairs = [(30.0, 10.0), (24.0, 6.0), (10.0, 5.0)].map(|(ours, peer)| Pair { ours, peer });
        let spread = Spread::of(pairs.map(Pair::ratio)).expect("three pairs");
        assert_eq!(spread, Spread { min: 2.0, median: 3.0, max: 4.0 });
        assert_eq!(Spread::of([4.0, 1.0]).map(|spread| spread.median), Some(2.5));
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn a_goal_is_reached_from_below_or_from_above() {
        assert!(Target::AtLeast(3.0).met(3.0) && !Target::AtLeast(3.0).met(2.99));
        assert!(Target::AtMost(2.0).met(2.0) && !Target::AtMost(2.0).met(2.01));
        assert!((Target::AtLeast(4.0).reached(2.0) - 0.5).abs() < 1e-12, "half way");
        assert!((Target::AtMost(1.0).reached(0.5) - 2.0).abs() < 1e-12, "twice as good");
    }

    #[test]
    fn rates_and_times_are_converted_exactly() {
        assert!((per_second(30_000, Duration::from_millis(1_500)) - 20_000.0).abs() < 1e-9);
        assert!((micros(Duration::from_micros(1_234)) - 1_234.0).abs() < 1e-9);
    }
}
