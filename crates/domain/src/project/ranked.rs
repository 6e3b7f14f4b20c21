//! Order statistics: an ordered set that knows the place of each of its keys.

/// Most keys in one run. Inserting a key moves half a run on average: at 512 keys of 32 bytes, 8 kB.
const RUN_KEYS_MAX: usize = 512;

/// An ordered set that knows the place of each key. An insert compares O(log n) keys and moves at most one run.
///
/// Keys stand in runs. Each run is sorted, and the runs are in order. A Fenwick tree holds the lengths of the runs. It
/// gives the place of a run's first key and the run of a place, both in O(log n). The tree is made anew when a run is
/// split or removed, once in hundreds of changes.
#[derive(Debug, Clone)]
pub struct RankedSet<K> {
    runs: Vec<Vec<K>>,
    lengths: Fenwick,
}

impl<K> Default for RankedSet<K> {
    fn default() -> Self {
        Self { runs: Vec::new(), lengths: Fenwick::default() }
    }
}

impl<K: Ord> RankedSet<K> {
    /// Makes a set of keys in any order.
    #[must_use]
    pub fn from_unsorted(mut keys: Vec<K>) -> Self {
        keys.sort_unstable();
        keys.dedup();
        let mut set = Self::default();
        let mut keys = keys.into_iter().peekable();
        while keys.peek().is_some() {
            set.runs.push(keys.by_ref().take(RUN_KEYS_MAX / 2).collect());
        }
        set.count_anew();
        set
    }

    /// Returns the number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lengths.total()
    }

    /// True when there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a key; returns `false` when the set held it already.
    pub fn insert(&mut self, key: K) -> bool {
        if self.runs.is_empty() {
            self.runs.push(vec![key]);
            self.count_anew();
            return true;
        }
        let index = self.run_of(&key).min(self.runs.len() - 1);
        let run = &mut self.runs[index];
        let Err(at) = run.binary_search(&key) else { return false };
        run.insert(at, key);
        if run.len() > RUN_KEYS_MAX {
            let upper = run.split_off(run.len() / 2);
            self.runs.insert(index + 1, upper);
            self.count_anew();
        } else {
            self.lengths.add(index);
        }
        true
    }

    /// Removes a key; returns `false` when the set did not hold it.
    pub fn remove(&mut self, key: &K) -> bool {
        let index = self.run_of(key);
        let Some(run) = self.runs.get_mut(index) else { return false };
        let Ok(at) = run.binary_search(key) else { return false };
        run.remove(at);
        if run.is_empty() {
            self.runs.remove(index);
            self.count_anew();
        } else {
            self.lengths.subtract(index);
        }
        true
    }

    /// Returns the number of smaller keys. The key itself need not be in the set.
    #[must_use]
    pub fn place(&self, key: &K) -> usize {
        let index = self.run_of(key);
        let before = self.lengths.sum_before(index);
        before + self.runs.get(index).map_or(0, |run| run.partition_point(|other| other < key))
    }

    /// Returns the keys from a place on, in order.
    pub fn iter_from(&self, place: usize) -> impl Iterator<Item = &K> {
        let (index, skip) = self.lengths.find(place);
        self.runs.iter().skip(index).flatten().skip(skip)
    }

    /// Returns the first run whose last key is not smaller. Only this run can hold the key.
    fn run_of(&self, key: &K) -> usize {
        self.runs.partition_point(|run| run.last().is_some_and(|last| last < key))
    }

    fn count_anew(&mut self) {
        self.lengths = Fenwick::of(self.runs.iter().map(Vec::len));
    }
}

/// Prefix sums that can be changed (Fenwick, 1994): node i holds the sum of the lowbit(i) numbers that end at i.
#[derive(Debug, Clone, Default)]
struct Fenwick {
    nodes: Vec<usize>,
}

const fn low_bit(node: usize) -> usize {
    node & node.wrapping_neg()
}

impl Fenwick {
    fn of(numbers: impl Iterator<Item = usize>) -> Self {
        let mut nodes: Vec<usize> = std::iter::once(0).chain(numbers).collect();
        for node in 1..nodes.len() {
            let parent = node + low_bit(node);
            if parent < nodes.len() {
                nodes[parent] += nodes[node];
            }
        }
        Self { nodes }
    }

    fn add(&mut self, index: usize) {
        let mut node = index + 1;
        while node < self.nodes.len() {
            self.nodes[node] += 1;
            node += low_bit(node);
        }
    }

    fn subtract(&mut self, index: usize) {
        let mut node = index + 1;
        while node < self.nodes.len() {
            self.nodes[node] -= 1;
            node += low_bit(node);
        }
    }

    fn sum_before(&self, index: usize) -> usize {
        let mut node = index;
        let mut sum = 0;
        while node > 0 {
            sum += self.nodes[node];
            node -= low_bit(node);
        }
        sum
    }

    fn total(&self) -> usize {
        self.sum_before(self.nodes.len().saturating_sub(1))
    }

    /// Returns the index of the number within which the sum reaches `target`, and the rest of `target` there.
    fn find(&self, target: usize) -> (usize, usize) {
        let mut step = self.nodes.len().next_power_of_two();
        let (mut node, mut left) = (0, target);
        while step > 0 {
            if let Some(&sum) = self.nodes.get(node + step)
                && sum <= left
            {
                node += step;
                left -= sum;
            }
            step /= 2;
        }
        (node, left)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn same(set: &RankedSet<i32>, model: &BTreeSet<i32>) -> Result<(), TestCaseError> {
        prop_assert_eq!(set.len(), model.len());
        prop_assert!(set.iter_from(0).eq(model.iter()));
        for (place, key) in model.iter().enumerate().step_by(7) {
            prop_assert_eq!(set.place(key), place);
            prop_assert!(set.iter_from(place).take(3).eq(model.iter().skip(place).take(3)));
        }
        prop_assert_eq!(set.iter_from(model.len()).count(), 0);
        prop_assert_eq!(set.iter_from(model.len() + 1).count(), 0);
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// Places and order agree with sorting, after any adds and removals.
        #[test]
        fn places_are_those_of_sorting(
            first in proptest::collection::vec(0..4_000_i32, 0..3_000),
            changes in proptest::collection::vec((any::<bool>(), 0..4_000_i32), 0..3_000),
        ) {
            let mut model: BTreeSet<i32> = first.iter().copied().collect();
            let mut set = RankedSet::from_unsorted(first);
            same(&set, &model)?;
            for (put, key) in changes {
                if put {
                    prop_assert_eq!(set.insert(key), model.insert(key));
                } else {
                    prop_assert_eq!(set.remove(&key), model.remove(&key));
                }
            }
            same(&set, &model)?;
        }
    }

    #[test]
    fn a_set_grows_from_nothing_and_empties_again() {
        let mut set = RankedSet::default();
        assert_eq!(set.place(&5), 0);
        for key in 0..2_000 {
            assert!(set.insert(key));
        }
        assert_eq!((set.len(), set.place(&1_999), set.place(&9_999)), (2_000, 1_999, 2_000));
        for key in 0..2_000 {
            assert!(set.remove(&key));
        }
        assert!(set.is_empty());
    }
}
