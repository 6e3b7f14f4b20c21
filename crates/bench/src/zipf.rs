//! Repeatable chance, and the choice of the member who gets the next award.

#![expect(clippy::float_arithmetic, reason = "probabilities are no points and no money")]

use std::sync::Arc;

/// 2^-32 and 2^-53: the values of the bits of a number between 0 and 1.
const UPPER_BITS: f64 = 1.0 / 4_294_967_296.0;
const LOWER_BITS: f64 = UPPER_BITS / 2_097_152.0;

/// Random numbers from a seed (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Debug, Clone)]
pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Returns a number from 0 up to, but not including, 1.
    fn unit(&mut self) -> f64 {
        let bits = self.next();
        let upper = u32::try_from(bits >> 32).expect("32 bits are left");
        let lower = u32::try_from(bits & 0x001f_ffff).expect("21 bits are left");
        f64::from(upper) * UPPER_BITS + f64::from(lower) * LOWER_BITS
    }

    /// Returns a whole number from 1 to `max`.
    pub(crate) fn up_to(&mut self, max: u32) -> u32 {
        let scaled = (u128::from(self.next()) * u128::from(max)) >> 64;
        u32::try_from(scaled).expect("below a u32") + 1
    }

    /// Returns a pause between two arrivals of a Poisson process, as a multiple of the mean pause.
    pub(crate) fn pause(&mut self) -> f64 {
        -(1.0 - self.unit()).ln()
    }
}

/// The members who get awards, by number from 1.
#[derive(Debug, Clone)]
pub(crate) enum Members {
    /// Each of so many members alike.
    Uniform(u32),
    /// The first member most of all.
    Zipf(Arc<Zipf>),
    /// Always the first member.
    One,
}

impl Members {
    /// Draws a member.
    pub(crate) fn draw(&self, random: &mut SplitMix64) -> u32 {
        match self {
            Self::Uniform(members) => random.up_to(*members),
            Self::Zipf(zipf) => zipf.draw(random),
            Self::One => 1,
        }
    }
}

/// Zipf's law: member `k` of `n` is drawn with a probability proportional to `1 / k^s`, as pgbench's `random_zipfian`.
#[derive(Debug)]
pub(crate) struct Zipf {
    /// Sums of the weights up to each member.
    sums: Vec<f64>,
}

impl Zipf {
    pub(crate) fn new(members: u32, exponent: f64) -> Self {
        let weights = (1..=members).map(|member| f64::from(member).powf(-exponent));
        let sums = weights.scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self { sums: sums.collect() }
    }

    fn draw(&self, random: &mut SplitMix64) -> u32 {
        let total = self.sums.last().copied().unwrap_or_default();
        let place = random.unit() * total;
        let before = self.sums.partition_point(|&sum| sum <= place).min(self.sums.len().saturating_sub(1));
        u32::try_from(before).expect("there are fewer members than a u32 holds") + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        let mut random = SplitMix64::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    /// Frequencies of 200,000 draws lie within four standard deviations of Zipf's law.
    #[test]
    fn members_are_drawn_as_zipf_says() {
        const DRAWS: u32 = 200_000;
        let (members, exponent) = (1_000, 1.07);
        let zipf = Members::Zipf(Arc::new(Zipf::new(members, exponent)));
        let mut random = SplitMix64::new(7);
        let mut counts = vec![0_u32; 1_001];
        for _ in 0..DRAWS {
            counts[usize::try_from(zipf.draw(&mut random)).expect("small")] += 1;
        }
        assert_eq!(counts[0], 0, "members count from 1");
        let total: f64 = (1..=members).map(|k| f64::from(k).powf(-exponent)).sum();
        for member in [1_u32, 2, 3, 10, 100, 1_000] {
            let probability = f64::from(member).powf(-exponent) / total;
            let expected = probability * f64::from(DRAWS);
            let deviation = (expected * (1.0 - probability)).sqrt();
            let found = f64::from(counts[usize::try_from(member).expect("small")]);
            assert!((found - expected).abs() < 4.0 * deviation, "member {member}: {found}, not {expected}");
        }
    }

    #[test]
    fn uniform_members_come_alike_and_one_is_always_the_first() {
        let mut random = SplitMix64::new(11);
        let mut counts = [0_u32; 5];
        for _ in 0..40_000 {
            counts[usize::try_from(Members::Uniform(4).draw(&mut random)).expect("small")] += 1;
        }
        assert_eq!(counts[0], 0);
        assert!(counts[1..].iter().all(|&count| count.abs_diff(10_000) < 350), "{counts:?}");
        assert_eq!(Members::One.draw(&mut random), 1);
    }

    #[test]
    fn pauses_have_the_mean_of_one() {
        let mut random = SplitMix64::new(13);
        let sum: f64 = (0..100_000).map(|_| random.pause()).sum();
        assert!((sum / 100_000.0 - 1.0).abs() < 0.02, "{sum}");
    }
}
