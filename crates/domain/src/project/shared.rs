//! A list whose copies share what is alike: a copy costs a few pointers, and a change of it copies one chunk and one branch.

use std::sync::Arc;

/// Values of a chunk, and chunks of a branch. A change of a list that has copies copies one of each: 3 kB at 16 bytes a value.
const WIDTH: usize = 128;

/// Values of a branch.
const BRANCH: usize = WIDTH * WIDTH;

/// A list that grows at its end. Copies share chunks.
#[derive(Debug, Clone)]
pub struct SharedList<T> {
    branches: Vec<Arc<Vec<Arc<Vec<T>>>>>,
    len: usize,
}

impl<T> Default for SharedList<T> {
    fn default() -> Self {
        Self { branches: Vec::new(), len: 0 }
    }
}

impl<T: Clone> SharedList<T> {
    /// Returns the number of values.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// True when there are no values.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the value at a place.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&T> {
        self.branches.get(at / BRANCH)?.get(at % BRANCH / WIDTH)?.get(at % WIDTH)
    }

    /// Returns the value at a place, to be changed.
    pub fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        let branch = Arc::make_mut(self.branches.get_mut(at / BRANCH)?);
        Arc::make_mut(branch.get_mut(at % BRANCH / WIDTH)?).get_mut(at % WIDTH)
    }

    /// Adds a value at the end.
    pub fn push(&mut self, value: T) {
        if self.len.is_multiple_of(BRANCH) {
            self.branches.push(Arc::default());
        }
        let branch = Arc::make_mut(self.branches.last_mut().expect("one is there, or was pushed just now"));
        if self.len.is_multiple_of(WIDTH) {
            branch.push(Arc::new(Vec::with_capacity(WIDTH)));
        }
        Arc::make_mut(branch.last_mut().expect("one is there, or was pushed just now")).push(value);
        self.len += 1;
    }

    /// Returns the values in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.branches.iter().flat_map(|branch| branch.iter()).flat_map(|chunk| chunk.iter())
    }
}

impl<T: Clone> FromIterator<T> for SharedList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut list = Self::default();
        values.into_iter().for_each(|value| list.push(value));
        list
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]

        /// A list is a vector, and a copy stays as it was.
        #[test]
        fn a_copy_does_not_change_with_its_list(len in 0..40_000_usize, changes in proptest::collection::vec(any::<usize>(), 0..50)) {
            let mut model: Vec<usize> = (0..len).collect();
            let mut list: SharedList<usize> = model.iter().copied().collect();
            let (before, copy) = (model.clone(), list.clone());
            for change in changes {
                if let Some(at) = change.checked_rem(len) {
                    model[at] = change;
                    *list.get_mut(at).expect("within the list") = change;
                }
                model.push(change);
                list.push(change);
            }
            prop_assert!(list.iter().eq(model.iter()));
            prop_assert!(copy.iter().eq(before.iter()));
            prop_assert_eq!((copy.len(), copy.get(len), list.get(model.len())), (len, None, None));
        }
    }
}
