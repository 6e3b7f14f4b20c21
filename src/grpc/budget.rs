//! Budgets of the whole server that its connections share: one connection cannot take what the others need.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An amount that the server has in all, as bytes or calls.
///
/// Half of it is for whoever comes first. Of the other half each connection has its part, as many parts as there may be
/// connections. So a connection can always have its part, however much others take.
#[derive(Debug)]
pub(super) struct Budget {
    max: usize,
    part: usize,
    used: AtomicUsize,
}

/// What one connection holds of a budget.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    held: AtomicUsize,
}

/// An amount of a budget, given back when this is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    share: Arc<Share>,
    amount: AtomicUsize,
}

impl Budget {
    pub(super) fn new(max: usize, connections_max: usize) -> Arc<Self> {
        Arc::new(Self { max, part: max / 2 / connections_max, used: AtomicUsize::new(0) })
    }

    /// Begins the share of a connection.
    pub(super) fn share(self: &Arc<Self>) -> Arc<Share> {
        Arc::new(Share { budget: Arc::clone(self), held: AtomicUsize::new(0) })
    }
}

impl Share {
    /// Takes nothing yet.
    pub(super) fn none(self: &Arc<Self>) -> Taken {
        Taken { share: Arc::clone(self), amount: AtomicUsize::new(0) }
    }

    /// Takes an amount; `None` when it is more than the connection may have now.
    pub(super) fn take(self: &Arc<Self>, amount: usize) -> Option<Taken> {
        let taken = self.none();
        taken.grow(amount).then_some(taken)
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Acquire)
    }

    fn grow(&self, amount: usize) -> bool {
        let budget = &self.budget;
        let held = self.held.fetch_add(amount, Ordering::AcqRel).saturating_add(amount);
        let most = if held <= budget.part { budget.max } else { budget.max / 2 };
        // Nothing is taken, not even for a moment, that is not given.
        let taken = budget.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| {
            used.checked_add(amount).filter(|used| *used <= most)
        });
        if taken.is_err() {
            self.held.fetch_sub(amount, Ordering::AcqRel);
        }
        taken.is_ok()
    }

    fn give_back(&self, amount: usize) {
        self.held.fetch_sub(amount, Ordering::AcqRel);
        self.budget.used.fetch_sub(amount, Ordering::AcqRel);
    }
}

impl Taken {
    /// Takes more. Returns false, and takes nothing, when it is more than the connection may have now.
    pub(super) fn grow(&self, amount: usize) -> bool {
        let grown = self.share.grow(amount);
        if grown {
            self.amount.fetch_add(amount, Ordering::AcqRel);
        }
        grown
    }

    /// Gives some of it back.
    pub(super) fn shrink(&self, amount: usize) {
        let before = self.amount.fetch_sub(amount, Ordering::AcqRel);
        debug_assert!(before >= amount, "{amount} of {before} is given back");
        self.share.give_back(amount);
    }

    /// Takes a part of it away, to be given back by itself.
    pub(super) fn split(&self, amount: usize) -> Self {
        let before = self.amount.fetch_sub(amount, Ordering::AcqRel);
        debug_assert!(before >= amount, "{amount} of {before} is taken away");
        Self { share: Arc::clone(&self.share), amount: AtomicUsize::new(amount) }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.share.give_back(*self.amount.get_mut());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_half_is_for_whoever_comes_first_and_each_connection_has_a_part_of_the_second() {
        let budget = Budget::new(100, 2);
        let [greedy, modest] = [budget.share(), budget.share()];
        let most: Vec<Taken> = std::iter::from_fn(|| greedy.take(10)).collect();
        assert_eq!(most.len(), 5, "half of it");
        assert!(greedy.take(1).is_none());
        let its_part = modest.take(25).expect("a half of the second half");
        assert!(modest.take(1).is_none());
        assert!(!its_part.grow(1));
        drop(most);
        assert!(greedy.take(20).is_some() && its_part.grow(20), "what was given back can be taken again");
        drop(its_part.split(30));
        assert_eq!((modest.held(), budget.used.load(Ordering::Acquire)), (15, 15));
        drop((its_part, greedy, modest));
        assert_eq!(budget.used.load(Ordering::Acquire), 0);
    }

    /// Those who come first take all they can before the next one comes.
    #[test]
    fn however_many_take_all_they_can_each_of_them_has_its_part() {
        let budget = Budget::new(8_192, 768);
        let mut taken = Vec::new();
        for connection in 0..768 {
            let share = budget.share();
            let before = taken.len();
            taken.extend(std::iter::from_fn(|| share.take(1)));
            assert!(taken.len() - before >= 5, "connection {connection}: 4,096 divided by 768");
        }
        assert!(taken.len() <= 8_192);
        assert!(budget.share().take(8_192).is_none());
        assert_eq!(budget.used.load(Ordering::Acquire), taken.len(), "what is refused is not taken");
    }
}
