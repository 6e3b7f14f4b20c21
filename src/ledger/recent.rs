//! A handful of values that are expensive to compute.

/// The few values used last, in the order of their use.
pub struct Recent<K, V> {
    latest_last: Vec<(K, V)>,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self { latest_last: Vec::new() }
    }
}

impl<K: PartialEq + Clone, V> Recent<K, V> {
    /// Finds a value, and notes that it was used.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        let at = self.latest_last.iter().position(|(known, _)| known == key)?;
        self.latest_last[at..].rotate_left(1);
        self.latest_last.last().map(|(_, value)| value)
    }

    /// Finds a value or makes it. Drops the one not used for longest when there are more than `max`.
    pub fn get_or_make(&mut self, key: &K, max: usize, make: impl FnOnce() -> V) -> &V {
        self.get_or_make_mut(key, max, make)
    }

    /// Does the same, and returns the value to be changed.
    pub fn get_or_make_mut(&mut self, key: &K, max: usize, make: impl FnOnce() -> V) -> &mut V {
        if let Some(at) = self.latest_last.iter().position(|(known, _)| known == key) {
            let used = self.latest_last.remove(at);
            self.latest_last.push(used);
        } else {
            if self.latest_last.len() >= max {
                self.latest_last.remove(0);
            }
            self.latest_last.push((key.clone(), make()));
        }
        let (_, value) = self.latest_last.last_mut().expect("one was pushed just now");
        value
    }

    /// Drops those not used for longest, until the rest is no larger than `max` altogether. The one used last stays.
    pub fn shrink(&mut self, max: usize, size: impl Fn(&V) -> usize) {
        while self.latest_last.len() > 1 && self.latest_last.iter().map(|(_, value)| size(value)).sum::<usize>() > max {
            self.latest_last.remove(0);
        }
    }

    /// Returns every value.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.latest_last.iter_mut().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_first_and_the_last_one_stays() {
        let mut recent = Recent::default();
        for (key, size) in [("a", 3), ("b", 5), ("c", 4)] {
            recent.get_or_make(&key, 4, || size);
        }
        recent.get(&"a");
        recent.shrink(8, |size| *size);
        assert_eq!(["a", "b", "c"].map(|key| recent.get(&key).copied()), [Some(3), None, Some(4)]);
        recent.shrink(1, |size| *size);
        assert_eq!(["a", "c"].map(|key| recent.get(&key).copied()), [None, Some(4)], "it is larger than all may be");
    }
}
