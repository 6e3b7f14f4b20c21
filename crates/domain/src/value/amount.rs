//! Amounts, and the moves of one entry.

use crate::value::bucket::Bucket;

/// Largest amount of one entry, in points or minor units.
///
/// 10^15 points at a penny are ten million million pounds: beyond what any member can have. An `i64` holds nine thousand
/// such entries before a sum is refused.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000_000;

/// Largest reward of one rule, in points: ten million pounds at a point a penny.
pub const RULE_POINTS_MAX: i64 = 1_000_000_000;

/// Points or minor units that one entry moves: 1 to [`AMOUNT_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

impl Amount {
    /// Makes an amount; `None` outside 1 to [`AMOUNT_MAX`].
    #[must_use]
    pub const fn new(amount: i64) -> Option<Self> {
        if amount >= 1 && amount <= AMOUNT_MAX { Some(Self(amount)) } else { None }
    }

    /// Returns the amount as a number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// A move of points or of money between two buckets of one member.
///
/// Units cannot mix: [`Move::new`] refuses two buckets of different units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    from: Bucket,
    to: Bucket,
    amount: Amount,
}

impl Move {
    /// Makes a move; `None` when the buckets are one or hold different units.
    #[must_use]
    pub fn new(from: Bucket, to: Bucket, amount: Amount) -> Option<Self> {
        (from != to && from.unit() == to.unit()).then_some(Self { from, to, amount })
    }

    /// Returns the bucket that loses the amount.
    #[must_use]
    pub const fn from(self) -> Bucket {
        self.from
    }

    /// Returns the bucket that gains the amount.
    #[must_use]
    pub const fn to(self) -> Bucket {
        self.to
    }

    /// Returns the amount that moves.
    #[must_use]
    pub const fn amount(self) -> Amount {
        self.amount
    }

    /// Returns the move that undoes this one.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self { from: self.to, to: self.from, amount: self.amount }
    }

    /// Returns the change of a bucket's balance by the move: 0 when the move does not touch the bucket.
    #[must_use]
    pub fn change_of(self, bucket: Bucket) -> i64 {
        match bucket {
            _ if bucket == self.to => self.amount.0,
            _ if bucket == self.from => -self.amount.0,
            _ => 0,
        }
    }

    /// Returns the points that the move credits: the points it makes available. The number is negative when a reversal
    /// takes credit back.
    ///
    /// Boards and payout weights count this number. Spending, expiry and payout credit nothing.
    #[must_use]
    pub const fn credited(self) -> i64 {
        match (self.from, self.to) {
            (Bucket::Issued | Bucket::Pending, Bucket::Available) => self.amount.0,
            (Bucket::Available | Bucket::Reserved | Bucket::Expired | Bucket::WrittenOff, Bucket::Issued) => {
                -self.amount.0
            }
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_never_mix() {
        // INV 39
        let one = Amount::new(1).expect("1 is an amount");
        for from in Bucket::ALL {
            for to in Bucket::ALL {
                let made = Move::new(from, to, one).is_some();
                assert_eq!(made, from != to && from.unit() == to.unit(), "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn an_amount_is_above_zero_and_bounded() {
        // INV 38
        for bad in [i64::MIN, -1, 0, AMOUNT_MAX + 1, i64::MAX] {
            assert_eq!(Amount::new(bad), None);
        }
        assert_eq!(Amount::new(AMOUNT_MAX).map(Amount::get), Some(AMOUNT_MAX));
    }
}
