//! Choices that are the same for the same seed.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// `SplitMix64` (Steele, Lea and Flood, 2014): the same choices for the same seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The choices of one case of a run. Seeds next to each other would give the same choices, one later.
    pub fn of(seed: u64, case: u64) -> Self {
        Self::new((seed ^ case).wrapping_mul(0xd134_2543_de82_ef95).rotate_left(29))
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(u64::try_from(len).unwrap())).unwrap()
    }

    pub fn percent(&mut self, of_hundred: u64) -> bool {
        self.below(100) < of_hundred
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }
}

/// The number that a variable of the environment gives.
fn given(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|number| number.parse().unwrap())
}

/// The seed of a run: by chance, unless the variable names one to repeat.
pub fn seed(variable: &str) -> u64 {
    given(variable).unwrap_or_else(|| getrandom::u64().unwrap())
}

/// How many cases a run has, unless the variable asks for another number.
pub fn cases(variable: &str, usual: u32) -> u32 {
    given(variable).map_or(usual, |cases| u32::try_from(cases).unwrap())
}

/// Draws histories from a seed.
pub fn runner(seed: u64, config: Config) -> TestRunner {
    let bytes: Vec<u8> = seed.to_le_bytes().repeat(4);
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}
