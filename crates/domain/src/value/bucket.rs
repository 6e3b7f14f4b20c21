//! Where points and money can be. Numbers are stored and hashed: they never change, and none is used again.

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Reward points.
    Points,
    /// Minor units of the programme's currency.
    Money,
}

impl Unit {
    /// The bucket through which it moves to or from a merged member.
    #[must_use]
    pub const fn moved(self) -> Bucket {
        match self {
            Self::Points => Bucket::Moved,
            Self::Money => Bucket::MovedMoney,
        }
    }
}

macro_rules! buckets {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $unit:ident, $name:literal;)+) => {
        /// A place points or money can be in. Each member has every bucket; per unit they sum to zero.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Bucket { $($(#[$doc])* $variant),+ }

        impl Bucket {
            /// Every bucket, by number.
            pub const ALL: [Self; BUCKETS] = [$(Self::$variant),+];

            /// Number by which the bucket is stored and hashed.
            #[must_use]
            pub const fn number(self) -> u8 { match self { $(Self::$variant => $number),+ } }

            /// Name as shown to people.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name),+ } }

            /// What the bucket holds.
            #[must_use]
            pub const fn unit(self) -> Unit { match self { $(Self::$variant => Unit::$unit),+ } }

            /// Finds a bucket by its number.
            #[must_use]
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)+ _ => None }
            }

            /// Whether points here were credited and no longer count for a payout: spent, or claimed for something else.
            ///
            /// What was written off stands here as a negative number: it was taken from the credit and is the company's
            /// loss, so it must not be taken from what is credited later.
            #[must_use]
            pub const fn is_used(self) -> bool {
                matches!(
                    self,
                    Self::Held
                        | Self::Reserved
                        | Self::Redeemed
                        | Self::Expired
                        | Self::Paid
                        | Self::WrittenOff
                )
            }

            pub(crate) const fn index(self) -> usize {
                let mut index = 0;
                while index < BUCKETS {
                    if Self::ALL[index].number() == self.number() { return index; }
                    index += 1;
                }
                unreachable!()
            }
        }
    };
}

/// How many buckets there are.
pub const BUCKETS: usize = 21;

buckets! {
    /// The contra side of points: minus all that was ever issued.
    Issued = 1, Points, "issued";
    /// Earned, waiting for confirmation.
    Pending = 2, Points, "pending";
    /// Free to use.
    Available = 3, Points, "available";
    /// Claimed by a shop.
    Held = 4, Points, "held";
    /// Set aside for a payout.
    Reserved = 5, Points, "reserved";
    /// Spent at the till.
    Redeemed = 6, Points, "redeemed";
    /// Too old.
    Expired = 7, Points, "expired";
    /// What a reversal could not take back, as a negative number.
    WrittenOff = 8, Points, "written_off";
    /// Paid out.
    Paid = 9, Points, "paid";
    /// Moved to or from a merged member.
    Moved = 10, Points, "moved";
    /// The contra side of money: minus all that was ever granted.
    Granted = 33, Money, "granted";
    /// To be sent.
    Due = 34, Money, "due";
    /// Kept for the next payout.
    Carried = 35, Money, "carried";
    /// Kept back while the member is suspended.
    Withheld = 36, Money, "withheld";
    /// On its way.
    Sent = 37, Money, "sent";
    /// Arrived.
    Settled = 38, Money, "settled";
    /// Not claimed in time.
    Lapsed = 39, Money, "lapsed";
    /// Given to charity.
    Donated = 40, Money, "donated";
    /// Moved to or from a merged member.
    MovedMoney = 41, Money, "moved";
    /// In a payment batch that is not released yet.
    Drawn = 42, Money, "drawn";
    /// The company's match of donations.
    Matched = 43, Money, "matched";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_ascending_and_found_again() {
        assert!(Bucket::ALL.is_sorted_by(|a, b| a.number() < b.number()));
        for (index, bucket) in Bucket::ALL.into_iter().enumerate() {
            assert_eq!(Bucket::from_number(bucket.number()), Some(bucket));
            assert_eq!(bucket.index(), index);
        }
        assert_eq!(Bucket::from_number(0), None);
        assert_eq!(Bucket::from_number(44), None);
    }
}
