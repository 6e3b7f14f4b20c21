//! Budgets of the whole server that its connections share: one connection cannot take what the others need.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An amount that the server has in all, as bytes or calls.
///
/// Half of it is for whoever comes first. Of the other half each connection has its part, as many parts as there may be
/// connections. So a connection can always have its part, however much others take; it uses that first, and only then touches
/// what all connections count together.
#[derive(Debug)]
pub(super) struct Budget {
    common: usize,
    part: usize,
    /// What is used of the common half.
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
        let common = max / 2;
        Arc::new(Self { common, part: common / connections_max, used: AtomicUsize::new(0) })
    }

    /// Begins the share of a connection.
    pub(super) fn share(self: &Arc<Self>) -> Arc<Share> {
        Arc::new(Share { budget: Arc::clone(self), held: AtomicUsize::new(0) })
    }

    /// Takes some of the common half. Nothing is taken, not even for a moment, that is not given.
    fn take(&self, amount: usize) -> bool {
        let more = |used: usize| used.checked_add(amount).filter(|used| *used <= self.common);
        amount == 0 || self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_ok()
    }

    fn give_back(&self, amount: usize) {
        if amount > 0 {
            self.used.fetch_sub(amount, Ordering::AcqRel);
        }
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
        let mut held = self.held.load(Ordering::Acquire);
        loop {
            let Some(more) = held.checked_add(amount) else { return false };
            let common = self.common(more) - self.common(held);
            if !self.budget.take(common) {
                return false;
            }
            match self.held.compare_exchange_weak(held, more, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return true,
                // Others of the connection were faster: how much of it is common may be different now.
                Err(now) => {
                    self.budget.give_back(common);
                    held = now;
                }
            }
        }
    }

    fn give_back(&self, amount: usize) {
        let before = self.held.fetch_sub(amount, Ordering::AcqRel);
        self.budget.give_back(self.common(before) - self.common(before - amount));
    }

    /// How much of what a connection holds is of the common half.
    fn common(&self, held: usize) -> usize {
        held.saturating_sub(self.budget.part)
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
        let most: Vec<Taken> = std::iter::from_fn(|| greedy.take(5)).collect();
        assert_eq!(most.len(), 15, "its part, and the half for whoever comes first");
        assert!(greedy.take(1).is_none());
        let its_part = modest.take(25).expect("a half of the second half");
        assert!(modest.take(1).is_none());
        assert!(!its_part.grow(1));
        drop(most);
        assert!(greedy.take(60).is_some() && its_part.grow(20), "what was given back can be taken again");
        drop(its_part.split(30));
        assert_eq!((modest.held(), budget.used.load(Ordering::Acquire)), (15, 0));
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
        assert_eq!(budget.used.load(Ordering::Acquire), taken.len() - 768 * 5, "what is refused is not taken");
    }

    /// The calls of a connection end on any thread.
    #[test]
    fn what_many_take_and_give_back_at_once_is_counted_right() {
        let budget = Budget::new(40, 2);
        let shares = [budget.share(), budget.share()];
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let share = &shares[thread % 2];
                scope.spawn(move || {
                    for amount in 0..20_000 {
                        drop((share.take(amount % 7), share.take(amount % 11)));
                    }
                });
            }
        });
        assert_eq!(shares.map(|share| share.held()), [0; 2]);
        assert_eq!(budget.used.load(Ordering::Acquire), 0);
    }
}
