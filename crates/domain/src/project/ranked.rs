//! Order statistics: an ordered set that knows the place of each of its keys, and whose copies share what is alike.

use std::sync::Arc;

/// Most keys in a run, and runs in a group. A change of a set that has copies copies one of each: at keys of 24 bytes, 3 kB and
/// 5 kB.
const WIDTH_MAX: usize = 128;

/// A run with fewer keys than this is joined to the next one, if both fit one.
const RUN_KEYS_MIN: usize = 16;

/// An ordered set that knows the place of each key. An insert compares O(log n) keys and moves at most one run. A copy costs some
/// pointers: a million keys stand in about a hundred groups.
///
/// Keys stand in runs, runs in groups: a counted B-tree of three levels. Each level keeps the first key that every child had when it was
/// made, which lies between the children, and the number of keys in each child.
#[derive(Debug, Clone)]
pub struct RankedSet<K> {
    groups: Children<Children<Vec<K>, K>, K>,
}

/// The children of a level, in order.
#[derive(Debug, Clone)]
struct Children<C, K> {
    nodes: Vec<Arc<C>>,
    /// A key at or below each key of the child, and above those of the children before.
    firsts: Vec<K>,
    /// Keys in each child.
    counts: Vec<usize>,
}

type Group<K> = Children<Vec<K>, K>;

impl<C, K> Default for Children<C, K> {
    fn default() -> Self {
        Self { nodes: Vec::new(), firsts: Vec::new(), counts: Vec::new() }
    }
}

impl<C: Clone, K: Ord> Children<C, K> {
    /// Returns the child in which a key stands, or would; 0 when there is none.
    fn child_of(&self, key: &K) -> usize {
        self.firsts.partition_point(|first| first <= key).saturating_sub(1)
    }

    fn before(&self, child: usize) -> usize {
        self.counts.iter().take(child).sum()
    }

    fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Returns the child of a place, and the place within it.
    fn find(&self, place: usize) -> (usize, usize) {
        let mut left = place;
        for (child, &count) in self.counts.iter().enumerate() {
            if left < count {
                return (child, left);
            }
            left -= count;
        }
        (self.counts.len(), 0)
    }

    fn put(&mut self, at: usize, node: C, first: K, count: usize) {
        self.nodes.insert(at, Arc::new(node));
        self.firsts.insert(at, first);
        self.counts.insert(at, count);
    }

    fn remove(&mut self, child: usize) {
        self.nodes.remove(child);
        self.firsts.remove(child);
        self.counts.remove(child);
    }
}

impl<K: Ord + Clone> Group<K> {
    fn insert(&mut self, key: K) -> bool {
        let at = self.child_of(&key);
        let run = Arc::make_mut(&mut self.nodes[at]);
        let Err(place) = run.binary_search(&key) else { return false };
        run.insert(place, key);
        self.counts[at] += 1;
        if run.len() > WIDTH_MAX {
            let upper = run.split_off(run.len() / 2);
            self.counts[at] = run.len();
            let (first, count) = (upper[0].clone(), upper.len());
            self.put(at + 1, upper, first, count);
        }
        true
    }

    fn take_out(&mut self, key: &K) -> bool {
        let at = self.child_of(key);
        let run = Arc::make_mut(&mut self.nodes[at]);
        let Ok(place) = run.binary_search(key) else { return false };
        run.remove(place);
        self.counts[at] -= 1;
        if self.counts[at] == 0 {
            self.remove(at);
        } else if self.counts[at] < RUN_KEYS_MIN
            && let Some(next) = self.nodes.get(at + 1)
            && self.counts[at] + next.len() <= WIDTH_MAX
        {
            let next = Arc::clone(next);
            let run = Arc::make_mut(&mut self.nodes[at]);
            run.extend(next.iter().cloned());
            self.counts[at] = run.len();
            self.remove(at + 1);
        }
        true
    }

    fn split_off(&mut self) -> Self {
        let at = self.nodes.len() / 2;
        Self { nodes: self.nodes.split_off(at), firsts: self.firsts.split_off(at), counts: self.counts.split_off(at) }
    }
}

impl<K> Default for RankedSet<K> {
    fn default() -> Self {
        Self { groups: Children::default() }
    }
}

impl<K: Ord + Clone> RankedSet<K> {
    /// Makes a set of keys in any order.
    #[must_use]
    pub fn from_unsorted(mut keys: Vec<K>) -> Self {
        keys.sort_unstable();
        keys.dedup();
        let mut set = Self::default();
        // Three quarters full, so that the next keys find room.
        let width = WIDTH_MAX * 3 / 4;
        for keys in keys.chunks(width * width) {
            let mut group = Group::default();
            for run in keys.chunks(width) {
                group.put(group.nodes.len(), run.to_vec(), run[0].clone(), run.len());
            }
            set.groups.put(set.groups.nodes.len(), group, keys[0].clone(), keys.len());
        }
        set
    }

    /// Returns the number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.total()
    }

    /// True when there are no keys.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.groups.nodes.is_empty()
    }

    /// Adds a key; returns `false` when the set held it already.
    pub fn insert(&mut self, key: K) -> bool {
        let groups = &mut self.groups;
        if groups.nodes.is_empty() {
            let mut group = Group::default();
            group.put(0, vec![key.clone()], key.clone(), 1);
            groups.put(0, group, key, 1);
            return true;
        }
        let at = groups.child_of(&key);
        let group = Arc::make_mut(&mut groups.nodes[at]);
        if !group.insert(key) {
            return false;
        }
        groups.counts[at] += 1;
        if group.nodes.len() > WIDTH_MAX {
            let upper = group.split_off();
            let (first, count) = (upper.firsts[0].clone(), upper.total());
            groups.counts[at] -= count;
            groups.put(at + 1, upper, first, count);
        }
        true
    }

    /// Removes a key; returns `false` when the set did not hold it.
    pub fn remove(&mut self, key: &K) -> bool {
        let groups = &mut self.groups;
        let at = groups.child_of(key);
        let Some(group) = groups.nodes.get_mut(at) else { return false };
        if !Arc::make_mut(group).take_out(key) {
            return false;
        }
        groups.counts[at] -= 1;
        if groups.counts[at] == 0 {
            groups.remove(at);
        }
        true
    }

    /// Returns the number of smaller keys. The key itself need not be in the set.
    #[must_use]
    pub fn place(&self, key: &K) -> usize {
        let at = self.groups.child_of(key);
        let Some(group) = self.groups.nodes.get(at) else { return 0 };
        let run = group.child_of(key);
        let within = group.nodes[run].partition_point(|other| other < key);
        self.groups.before(at) + group.before(run) + within
    }

    /// Returns the keys from a place on, in order.
    pub fn iter_from(&self, place: usize) -> impl Iterator<Item = &K> {
        let (at, left) = self.groups.find(place);
        let (run, skip) = self.groups.nodes.get(at).map_or((0, 0), |group| group.find(left));
        let runs = self.groups.nodes.iter().skip(at).flat_map(|group| group.nodes.iter());
        runs.skip(run).flat_map(|run| run.iter()).skip(skip)
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
        prop_assert_eq!(set.is_empty(), model.is_empty());
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
            let (copy, before) = (set.clone(), model.clone());
            for (put, key) in changes {
                if put {
                    prop_assert_eq!(set.insert(key), model.insert(key));
                } else {
                    prop_assert_eq!(set.remove(&key), model.remove(&key));
                }
            }
            same(&set, &model)?;
            same(&copy, &before)?;
        }
    }

    #[test]
    fn a_set_grows_from_nothing_and_empties_again() {
        let mut set = RankedSet::default();
        assert_eq!(set.place(&5), 0);
        // More than two groups, in both directions.
        for key in (0..20_000).rev().chain(20_000..40_000) {
            assert!(set.insert(key));
            assert!(!set.insert(key));
        }
        assert_eq!((set.len(), set.place(&1_999), set.place(&99_999)), (40_000, 1_999, 40_000));
        assert!(set.iter_from(0).copied().eq(0..40_000));
        for key in (0..40_000).step_by(2).chain((1..40_000).step_by(2)) {
            assert!(set.remove(&key));
            assert!(!set.remove(&key));
        }
        assert!(set.is_empty());
    }
}
