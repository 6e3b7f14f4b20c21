//! A bounded map that forgets, roughly, the value that was not put for longest.

use std::collections::HashMap;
use std::hash::Hash;

/// A bounded map of two generations: the values put since the last turn, and those put in the turn before.
///
/// A turn drops the older generation. Between turns nothing is forgotten, so a value found after a turn is still there
/// when it is used.
#[derive(Debug)]
pub(super) struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    young_max: usize,
}

impl<K: Eq + Hash + Clone, V> Generations<K, V> {
    /// Makes a map of at most about `max` values.
    #[must_use]
    pub(super) fn new(max: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), young_max: max / 2 }
    }

    /// Makes a map of as many values, with none yet.
    #[must_use]
    pub(super) fn emptied(&self) -> Self {
        Self::new(self.young_max * 2)
    }

    /// Finds a value.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// Puts a value, and replaces the one that may be there.
    pub(super) fn put(&mut self, key: K, value: V) {
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    /// Forgets a value.
    pub(super) fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    /// Forgets the older generation, if the younger one is full.
    pub(super) fn turn(&mut self) {
        if self.young.len() >= self.young_max {
            self.old = std::mem::take(&mut self.young);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_last_is_kept_and_the_rest_goes_after_two_turns() {
        let mut map = Generations::new(4);
        map.put("a", 1);
        map.put("b", 2);
        map.turn();
        map.put("b", 3);
        map.put("c", 4);
        map.turn();
        assert_eq!((map.get(&"a"), map.get(&"b"), map.get(&"c")), (None, Some(&3), Some(&4)));
    }
}
