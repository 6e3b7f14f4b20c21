//! Balances as they are stored with entries, summed over all members.

use std::collections::HashMap;

use crate::entry::Entry;
use crate::value::balances::Balances;
use crate::value::bucket::{BUCKETS, Bucket};
use crate::value::encoding::{decode, encode};
use crate::value::seq::Seq;

/// Sums of the balances that stand in each member's last entry. Moves are not looked at: what moves add up to can be
/// compared with this.
///
/// Takes some 170 bytes of memory a member, with the free places of the table.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    sums: Sums,
    /// Each member's balances, encoded, by the member's last entry.
    last: HashMap<Seq, Box<[u8]>>,
}

/// A sum for each bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums([i128; BUCKETS]);

impl Sums {
    /// Returns the sum of a bucket.
    #[must_use]
    pub fn get(&self, bucket: Bucket) -> i128 {
        self.0[bucket.index()]
    }

    /// Adds to the sum of a bucket.
    pub fn add(&mut self, bucket: Bucket, amount: i128) {
        self.0[bucket.index()] += amount;
    }
}

impl Stored {
    /// Takes in the next entry.
    pub fn apply(&mut self, entry: &Entry) {
        if entry.member.is_none() {
            return;
        }
        let before = self
            .last
            .remove(&entry.prev_seq)
            .map_or_else(Balances::default, |bytes| decode(&bytes).expect("it was encoded here"));
        for bucket in Bucket::ALL {
            let change = i128::from(entry.balance_after.get(bucket)) - i128::from(before.get(bucket));
            self.sums.add(bucket, change);
        }
        self.last.insert(entry.seq, encode(&entry.balance_after).into_boxed_slice());
    }

    /// Returns the sums as of the last entry.
    #[must_use]
    pub const fn sums(&self) -> &Sums {
        &self.sums
    }

    /// Returns the number of members with an entry.
    #[must_use]
    pub fn members(&self) -> usize {
        self.last.len()
    }
}
