//! Accounts: the fold of a member's entries.

use crate::value::amount::{AMOUNT_MAX, Move};
use crate::value::balances::{Balances, Overflow};
use crate::value::bucket::Bucket;
use crate::value::ids::MemberId;
use crate::value::seq::Seq;

/// A member's account as of its last entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The member who owns the account.
    pub member: MemberId,
    /// The member's last entry; 0 before the first.
    pub last_seq: Seq,
    /// Balances of the buckets.
    pub balances: Balances,
    /// Points ever made available, net of reversals.
    pub credited: i64,
    /// The last entry that changed `credited` or moved points between this member and a merged one; 0 before the first.
    pub credited_seq: Seq,
}

impl Account {
    /// Returns the account of a member without entries.
    #[must_use]
    pub fn empty(member: MemberId) -> Self {
        Self { member, last_seq: Seq::ZERO, balances: Balances::default(), credited: 0, credited_seq: Seq::ZERO }
    }

    /// Counts one more entry of the member.
    ///
    /// # Errors
    /// [`Overflow`] when a sum would leave the range of an i64; the account stays as it was.
    pub fn apply(&mut self, seq: Seq, movement: Option<Move>) -> Result<(), Overflow> {
        if let Some(movement) = movement {
            let balances = self.balances.after(movement)?;
            let credited = self.credited.checked_add(movement.credited()).ok_or(Overflow(Bucket::Available))?;
            if credited != self.credited || movement.change_of(Bucket::Moved) != 0 {
                self.credited_seq = seq;
            }
            self.credited = credited;
            self.balances = balances;
        }
        self.last_seq = seq;
        Ok(())
    }

    /// Returns the points free to use; below zero after a reversal of used points.
    #[must_use]
    pub const fn available(&self) -> i64 {
        self.balances.get(Bucket::Available)
    }

    /// Returns the rest of the points credited up to some day, net of points taken back. The formula is
    /// `max(0, min(available, credited − held − reserved − redeemed − expired − paid − written off))`, where written
    /// off is a negative number. The result is at most the amount of one entry. It is the number of points that count
    /// for a payout on a period that ends with that day. It is also the number that expires at a cut-off that reaches
    /// that day.
    ///
    /// The oldest points are used first. Points that a shop holds or that are reserved for a payout count as used, as
    /// spent points do. Otherwise, of two payouts on one period, the second would count later points in place of the
    /// reserved ones. `credited` includes the credit of members who were merged into this one, because the points that
    /// they used moved here.
    #[must_use]
    pub fn left_of(&self, credited: i64) -> i64 {
        let used = Bucket::ALL.into_iter().filter(|bucket| bucket.is_used());
        let left = used.map(|bucket| self.balances.get(bucket)).fold(credited, i64::saturating_sub);
        self.available().min(left).clamp(0, AMOUNT_MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::amount::Amount;
    use crate::value::bucket::BUCKETS;
    use crate::value::bucket::Unit;
    use crate::value::encoding::{decode, encode};

    fn moves() -> impl Strategy<Value = Vec<Move>> {
        let bucket = || (0..BUCKETS).prop_map(|index| Bucket::ALL[index]);
        let one = (bucket(), bucket(), 1..1_000_000_i64)
            .prop_filter_map("no move", |(from, to, amount)| Move::new(from, to, Amount::new(amount)?));
        proptest::collection::vec(one, 0..50)
    }

    proptest! {
        /// Per member and unit, the buckets sum to zero for ever (INV 35). Balances survive the store.
        #[test]
        fn balances_sum_to_zero_and_come_back_as_stored(moves in moves()) {
            let mut balances = Balances::default();
            for movement in moves {
                balances = balances.after(movement).expect("small sums do not overflow");
            }
            for unit in [Unit::Points, Unit::Money] {
                let sum: i64 = Bucket::ALL.into_iter().filter(|b| b.unit() == unit).map(|b| balances.get(b)).sum();
                prop_assert_eq!(sum, 0);
            }
            prop_assert_eq!(decode::<Balances>(&encode(&balances)).expect("balances"), balances);
        }
    }

    /// Events of one day: points are earned, some are spent, and there may be a cut-off.
    fn days() -> impl Strategy<Value = Vec<(i64, i64, bool)>> {
        proptest::collection::vec((0..100_i64, 0..150_i64, any::<bool>()), 1..60)
    }

    proptest! {
        /// INV 40: points expire by the formula as if each were kept in a lot and the oldest were used first.
        #[test]
        fn points_expire_as_they_would_in_lots(days in days(), horizon in 0..10_usize) {
            let mut account = Account::empty(MemberId::parse("m").expect("an id"));
            let mut lots: Vec<i64> = Vec::new();
            let mut earned: Vec<i64> = Vec::new();
            let moves = |account: &mut Account, from, to, points| {
                if let Some(amount) = Amount::new(points) {
                    account.apply(Seq::ZERO.next(), Move::new(from, to, amount)).expect("small sums do not overflow");
                }
            };
            for (day, (earns, spends, is_cut_off)) in days.into_iter().enumerate() {
                moves(&mut account, Bucket::Issued, Bucket::Available, earns);
                earned.push(earns);
                lots.push(earns);
                let mut spent = spends.min(account.available());
                moves(&mut account, Bucket::Available, Bucket::Redeemed, spent);
                for lot in &mut lots {
                    let taken = spent.min(*lot);
                    (*lot, spent) = (*lot - taken, spent - taken);
                }
                if is_cut_off {
                    let before = day.saturating_sub(horizon);
                    let expires = account.left_of(earned[..before].iter().sum());
                    prop_assert_eq!(expires, lots[..before].iter().sum::<i64>());
                    lots[..before].fill(0);
                    moves(&mut account, Bucket::Available, Bucket::Expired, expires);
                }
            }
        }
    }

    #[test]
    fn an_overflow_is_refused_and_changes_nothing() {
        // INV 38
        let mut account = Account::empty(MemberId::parse("m").expect("an id"));
        account.balances.put(Bucket::Available, i64::MAX);
        let before = account.clone();
        let one = Move::new(Bucket::Issued, Bucket::Available, Amount::new(1).expect("an amount"));
        assert_eq!(account.apply(Seq::ZERO.next(), one), Err(Overflow(Bucket::Available)));
        assert_eq!(account, before);
    }

    #[test]
    fn money_that_moves_changes_nothing_that_counts() {
        // INV 82
        let mut account = Account::empty(MemberId::parse("m").expect("an id"));
        let one = Amount::new(1).expect("1 is an amount");
        account.apply(Seq::ZERO.next(), Move::new(Bucket::Issued, Bucket::Available, one)).expect("a small sum");
        let first = account.clone();
        let money = || Bucket::ALL.into_iter().filter(|bucket| bucket.unit() == Unit::Money);
        for movement in money().flat_map(|from| money().filter_map(move |to| Move::new(from, to, one))) {
            account.apply(account.last_seq.next(), Some(movement)).expect("a small sum");
            assert_eq!((account.credited, account.credited_seq), (first.credited, first.credited_seq), "{movement:?}");
            assert_eq!([0, 1, 2].map(|points| account.left_of(points)), [0, 1, 1], "{movement:?}");
        }
    }

    #[test]
    fn what_is_left_of_credit_is_neither_used_nor_beyond_what_is_available() {
        let mut account = Account::empty(MemberId::parse("m").expect("an id"));
        account.balances.put(Bucket::Available, 70);
        account.balances.put(Bucket::Redeemed, 20);
        account.balances.put(Bucket::Paid, 10);
        assert_eq!(account.left_of(90), 60, "90 credited, 30 of it used");
        assert_eq!(account.left_of(500), 70, "no more than is available");
        assert_eq!(account.left_of(10), 0, "never below zero");
        account.balances.put(Bucket::Reserved, 55);
        assert_eq!(account.left_of(90), 5, "what is reserved already counts once");
        account.balances.put(Bucket::Available, 3 * AMOUNT_MAX);
        assert_eq!(account.left_of(i64::MAX), AMOUNT_MAX, "what one entry can move stops no cut-off and no payout");
    }
}
