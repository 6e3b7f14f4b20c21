//! Budgets of the whole server that its connections share: one connection cannot take what the others need.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An amount that the server has in all, as bytes or calls.
///
/// Half of it is for whoever comes first. The other half is divided: once the first half is taken, a connection is given
/// something only as long as it holds no more than its part, the second half divided by the number of connections. So a
/// connection can always have its part, however much others take.
#[derive(Debug)]
pub(super) struct Budget {
    max: usize,
    used: AtomicUsize,
    connections: AtomicUsize,
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
    pub(super) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max, used: AtomicUsize::new(0), connections: AtomicUsize::new(0) })
    }

    /// Begins the share of a connection.
    pub(super) fn share(self: &Arc<Self>) -> Arc<Share> {
        self.connections.fetch_add(1, Ordering::AcqRel);
        Arc::new(Share { budget: Arc::clone(self), held: AtomicUsize::new(0) })
    }
}

impl Share {
    /// Takes an amount, which may be zero; `None` when it is more than the connection may have now.
    pub(super) fn take(self: &Arc<Self>, amount: usize) -> Option<Taken> {
        let taken = Taken { share: Arc::clone(self), amount: AtomicUsize::new(0) };
        taken.grow(amount).then_some(taken)
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Acquire)
    }

    fn grow(&self, amount: usize) -> bool {
        let budget = &self.budget;
        let used = budget.used.fetch_add(amount, Ordering::AcqRel).saturating_add(amount);
        let held = self.held.fetch_add(amount, Ordering::AcqRel).saturating_add(amount);
        let half = budget.max / 2;
        let part = half / budget.connections.load(Ordering::Acquire).max(1);
        let may = used <= half || used <= budget.max && held <= part;
        if !may {
            self.give_back(amount);
        }
        may
    }

    fn give_back(&self, amount: usize) {
        self.held.fetch_sub(amount, Ordering::AcqRel);
        self.budget.used.fetch_sub(amount, Ordering::AcqRel);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.connections.fetch_sub(1, Ordering::AcqRel);
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
        self.amount.fetch_sub(amount, Ordering::AcqRel);
        self.share.give_back(amount);
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
    fn the_first_half_is_for_whoever_comes_first_and_the_second_is_divided() {
        let budget = Budget::new(100);
        let [greedy, modest] = [budget.share(), budget.share()];
        let most: Vec<Taken> = std::iter::from_fn(|| greedy.take(10)).collect();
        assert_eq!(most.len(), 5, "half of it");
        assert!(greedy.take(1).is_none());
        let its_part = modest.take(25).expect("a half of the second half");
        assert!(modest.take(1).is_none());
        assert!(!its_part.grow(1));
        drop(most);
        assert!(greedy.take(20).is_some() && its_part.grow(20), "what was given back can be taken again");
        drop((its_part, greedy, modest));
        assert_eq!(budget.used.load(Ordering::Acquire), 0);
        assert_eq!(budget.connections.load(Ordering::Acquire), 0);
    }

    #[test]
    fn however_many_take_all_they_can_each_of_them_has_its_part() {
        let budget = Budget::new(8_192);
        let shares: Vec<_> = (0..768).map(|_| budget.share()).collect();
        let (last, greedy) = shares.split_last().expect("there are some");
        let taken: Vec<Taken> = greedy.iter().flat_map(|share| std::iter::from_fn(|| share.take(1))).collect();
        assert!(taken.len() >= 4_096);
        let part: Vec<Taken> = std::iter::from_fn(|| last.take(1)).collect();
        assert_eq!(part.len(), 5, "4,096 divided by 768");
        assert!(budget.used.load(Ordering::Acquire) <= 8_192);
    }
}
