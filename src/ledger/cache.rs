//! A bounded map that forgets, roughly, the value that was not put for longest.

use std::collections::{HashMap, hash_map};
use std::hash::Hash;

/// Values that are freed for each that is put. With two, a generation is gone before the next is full.
const FREED_FOR_EACH: usize = 2;

/// A bounded map of two generations: the values put since the last turn, and those put in the turn before.
///
/// A turn forgets the older generation. Between turns nothing is forgotten, so a value found after a turn is still there
/// when it is used. What a turn forgets is freed little by little: to free a hundred thousand values takes tens of
/// milliseconds, and somebody's command would wait for it.
#[derive(Debug)]
pub(super) struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    forgotten: hash_map::IntoIter<K, V>,
    young_max: usize,
}

impl<K: Eq + Hash + Clone, V> Generations<K, V> {
    /// Makes a map of at most about `max` values.
    #[must_use]
    pub(super) fn new(max: usize) -> Self {
        let forgotten = HashMap::new().into_iter();
        Self { young: HashMap::new(), old: HashMap::new(), forgotten, young_max: max / 2 }
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
        let _freed = self.forgotten.by_ref().take(FREED_FOR_EACH).count();
    }

    /// Forgets a value.
    pub(super) fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    /// Forgets the older generation, if the younger one is full.
    pub(super) fn turn(&mut self) {
        if self.young.len() >= self.young_max {
            // It will be as large again. Growing by and by would move its values time and again.
            let young = HashMap::with_capacity(self.young.len());
            let old = std::mem::replace(&mut self.young, young);
            self.forgotten = std::mem::replace(&mut self.old, old).into_iter();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

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

    #[test]
    fn no_put_and_no_turn_frees_more_than_a_few_values() {
        let max = 2_000;
        let (mut map, alive) = (Generations::new(max), Rc::new(()));
        for key in 0..10_000 {
            let before = Rc::strong_count(&alive);
            map.turn();
            map.put(key, Rc::clone(&alive));
            let now = Rc::strong_count(&alive);
            assert!(now + FREED_FOR_EACH > before && now <= max + 1, "{key}: {before} before, {now} now");
        }
    }
}
