//! Buckets: the places of points and money. Numbers are stored and hashed: a number never changes and is never used
//! again.

/// Unit of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Reward points.
    Points,
    /// Minor units of the programme's currency.
    Money,
}

impl Unit {
    /// Returns the bucket through which the unit moves to or from a merged member.
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

            /// Returns the number that is stored and hashed.
            #[must_use]
            pub const fn number(self) -> u8 { match self { $(Self::$variant => $number),+ } }

            /// Returns the name that people see.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name),+ } }

            /// Returns the unit that the bucket holds.
            #[must_use]
            pub const fn unit(self) -> Unit { match self { $(Self::$variant => Unit::$unit),+ } }

            /// Finds a bucket by its number.
            #[must_use]
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)+ _ => None }
            }

            /// True when points in the bucket were credited and no longer count for a payout: they are spent or
            /// claimed.
            ///
            /// Points that were written off stand here as a negative number. They were taken from the credit already
            /// and are the company's loss. So they must not be taken from later credit.
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

            /// True for a bucket that is the sum of a member's lots in it.
            #[must_use]
            pub const fn is_of_lots(self) -> bool {
                matches!(
                    self,
                    Self::Due
                        | Self::Carried
                        | Self::Withheld
                        | Self::Drawn
                        | Self::Sent
                        | Self::Settled
                        | Self::Lapsed
                        | Self::Donated
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

/// Number of buckets.
pub const BUCKETS: usize = 21;

buckets! {
    /// The contra side of points: minus all points ever issued.
    Issued = 1, Points, "issued";
    /// Earned, and waiting for confirmation.
    Pending = 2, Points, "pending";
    /// Free to use.
    Available = 3, Points, "available";
    /// Held by a shop.
    Held = 4, Points, "held";
    /// Reserved for a payout.
    Reserved = 5, Points, "reserved";
    /// Spent at the till.
    Redeemed = 6, Points, "redeemed";
    /// Expired: too old to use.
    Expired = 7, Points, "expired";
    /// Points that a reversal could not take back, as a negative number.
    WrittenOff = 8, Points, "written_off";
    /// Paid out.
    Paid = 9, Points, "paid";
    /// Moved to or from a merged member.
    Moved = 10, Points, "moved";
    /// The contra side of money: minus all money ever granted.
    Granted = 33, Money, "granted";
    /// To be sent.
    Due = 34, Money, "due";
    /// Kept for the next payout.
    Carried = 35, Money, "carried";
    /// Withheld while the member is suspended.
    Withheld = 36, Money, "withheld";
    /// On its way.
    Sent = 37, Money, "sent";
    /// Arrived.
    Settled = 38, Money, "settled";
    /// Lapsed: nobody chose, twice, or two persons let withheld money lapse.
    Lapsed = 39, Money, "lapsed";
    /// Given to charity.
    Donated = 40, Money, "donated";
    /// Moved to or from a merged member.
    MovedMoney = 41, Money, "moved";
    /// In a payment batch that is not released yet.
    Drawn = 42, Money, "drawn";
    /// The contra side of what charities get: minus all that members gave to this charity.
    Given = 43, Money, "given";
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
