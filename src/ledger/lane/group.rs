//! A group of one or more, decided, recorded and answered together.

/// A group of one or more. A group of one takes no allocation: nearly every command comes alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct Group<T> {
    first: T,
    rest: Vec<T>,
}

impl<T> Group<T> {
    pub(in crate::ledger) const fn one(first: T) -> Self {
        Self { first, rest: Vec::new() }
    }

    /// Makes a group of all of these; `None` when there are none.
    pub(in crate::ledger) fn of(all: Vec<T>) -> Option<Self> {
        let mut rest = all.into_iter();
        Some(Self { first: rest.next()?, rest: rest.collect() })
    }

    pub(in crate::ledger) const fn count(&self) -> usize {
        self.rest.len().saturating_add(1)
    }

    pub(in crate::ledger) fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    pub(in crate::ledger) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        std::iter::once(&mut self.first).chain(&mut self.rest)
    }

    /// Makes another group of this one, or stops at the first failure.
    pub(in crate::ledger) fn try_map<U, E>(
        &mut self,
        mut make: impl FnMut(usize, &mut T) -> Result<U, E>,
    ) -> Result<Group<U>, E> {
        let first = make(0, &mut self.first)?;
        let rest = self.rest.iter_mut().zip(1..).map(|(each, index)| make(index, each)).collect::<Result<_, E>>()?;
        Ok(Group { first, rest })
    }

    pub(in crate::ledger) fn into_first(self) -> T {
        self.first
    }

    pub(in crate::ledger) fn into_iter(self) -> impl Iterator<Item = T> {
        std::iter::once(self.first).chain(self.rest)
    }
}

impl<T> Group<Option<T>> {
    /// Returns the whole group when no part is missing, else the group as it was.
    pub(in crate::ledger) fn complete(self) -> Result<Group<T>, Self> {
        match self {
            Self { first: Some(first), rest } if rest.iter().all(Option::is_some) => {
                Ok(Group { first, rest: rest.into_iter().flatten().collect() })
            }
            missing => Err(missing),
        }
    }
}
