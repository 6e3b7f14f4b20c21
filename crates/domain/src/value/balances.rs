//! Balances: a member's points and money in every bucket.

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::value::amount::{AMOUNT_MAX, Move};
use crate::value::bucket::{BUCKETS, Bucket};
use crate::value::encoding::invalid;

/// A member's balance in every bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balances([i64; BUCKETS]);

/// A move would be too large, or a sum would leave the range of an i64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "one move is of at most {AMOUNT_MAX}, and the sum in {} must stay in the range of a 64-bit number; split or correct the \
     amount",
    .0.name()
)]
pub struct Overflow(pub Bucket);

impl Balances {
    /// Returns the balance of a bucket.
    #[must_use]
    pub const fn get(&self, bucket: Bucket) -> i64 {
        self.0[bucket.index()]
    }

    /// Returns the balances after a move; per unit they still sum to zero.
    ///
    /// # Errors
    /// [`Overflow`] when a bucket would leave the range of an i64.
    pub fn after(mut self, movement: Move) -> Result<Self, Overflow> {
        let amount = movement.amount().get();
        let (from, to) = (movement.from(), movement.to());
        self.0[from.index()] = self.get(from).checked_sub(amount).ok_or(Overflow(from))?;
        self.0[to.index()] = self.get(to).checked_add(amount).ok_or(Overflow(to))?;
        Ok(self)
    }

    /// Sets the balance of a bucket, as a test's starting point.
    #[cfg(test)]
    pub(crate) const fn put(&mut self, bucket: Bucket, amount: i64) {
        self.0[bucket.index()] = amount;
    }

    fn non_zero(&self) -> impl Iterator<Item = (Bucket, i64)> + '_ {
        Bucket::ALL.into_iter().map(|bucket| (bucket, self.get(bucket))).filter(|&(_, balance)| balance != 0)
    }
}

/// The encoding holds only buckets that are not zero, by number: a count, then pairs of bucket and balance.
impl BorshSerialize for Balances {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        let count = u8::try_from(self.non_zero().count()).expect("there are 21 buckets");
        count.serialize(writer)?;
        self.non_zero().try_for_each(|pair| pair.serialize(writer))
    }
}

impl BorshDeserialize for Balances {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let mut balances = Self::default();
        let mut last = None;
        for _ in 0..u8::deserialize_reader(reader)? {
            let (bucket, balance) = <(Bucket, i64)>::deserialize_reader(reader)?;
            if balance == 0 || Some(bucket) <= last {
                return Err(invalid(format!("balance of {} is zero or out of order", bucket.name())));
            }
            balances.0[bucket.index()] = balance;
            last = Some(bucket);
        }
        Ok(balances)
    }
}
