//! Lines of a roll-forward: the ways in which points and money come to be open, and cease to be.
//!
//! Points are open while a member may still use them: pending, available, held by a shop or reserved for a payout.
//! Money is open while the company owes it: due, carried, withheld, drawn or sent. A move between two such places is no
//! line, nor is one between two others.

use crate::entry::Entry;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::value::bucket::{Bucket, Unit};

macro_rules! lines {
    ($($(#[$doc:meta])* $variant:ident = $unit:ident, $name:literal;)+) => {
        /// A line of a roll-forward.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Line { $($(#[$doc])* $variant),+ }

        impl Line {
            /// Every line, those of points first.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the name of its column.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name),+ } }

            /// Returns the name of the column with the part of it that happened in an earlier month.
            #[must_use]
            pub const fn earlier_name(self) -> &'static str {
                match self { $(Self::$variant => concat!($name, "_earlier")),+ }
            }

            /// Returns the unit that it counts.
            #[must_use]
            pub const fn unit(self) -> Unit { match self { $(Self::$variant => Unit::$unit),+ } }
        }
    };
}

lines! {
    /// Points that activities brought, waiting or not, those included that count again.
    Earned = Points, "earned";
    /// Points taken back of activities: reversals, refunds, bans, unconfirmed ones, and penalties.
    TakenBack = Points, "taken_back";
    /// Points that persons gave and took by adjustments.
    Adjusted = Points, "adjusted";
    /// Points spent at the till.
    Redeemed = Points, "redeemed";
    /// Spent points given back.
    Refunded = Points, "refunded";
    /// Points that expired.
    Expired = Points, "expired";
    /// Points that make good what was written off before, as a loss of the company.
    MadeGood = Points, "made_good";
    /// Points moved between members who are one person. Over the programme they cancel out, but for points of a merged
    /// member that are taken back after they had expired or were written off: they pass through that member's account,
    /// from `merged` to `taken_back`.
    PointsMerged = Points, "merged";
    /// Points that became a share of a payout.
    PaidOut = Points, "paid_out";
    /// Shares of payouts.
    Granted = Money, "granted";
    /// What members gave to charities: it is owed to those instead.
    DonationsReceived = Money, "donations_received";
    /// What the company added to that.
    DonationsMatched = Money, "donations_matched";
    /// Payments that arrived.
    Settled = Money, "settled";
    /// Payments that came back after they had arrived.
    CameBack = Money, "came_back";
    /// Money that nobody claimed, or that two persons let lapse.
    Lapsed = Money, "lapsed";
    /// What members gave to charities.
    Donated = Money, "donated";
    /// Money moved between members who are one person. It cancels out over the programme.
    MoneyMerged = Money, "merged";
}

/// Number of lines.
pub const LINES: usize = Line::ALL.len();

impl Line {
    /// Returns the line of an entry, and by how much it changes what is open; `None` when it changes nothing of that.
    #[must_use]
    pub fn of(entry: &Entry) -> Option<(Self, i64)> {
        let movement = entry.movement?;
        let (from, to, amount) = (movement.from(), movement.to(), movement.amount().get());
        match (is_open(from), is_open(to)) {
            (false, true) => Some((Self::through(from, true, entry), amount)),
            (true, false) => Some((Self::through(to, false, entry), -amount)),
            _ => None,
        }
    }

    /// Returns the line of what comes from a place that is not open, or goes there.
    fn through(other: Bucket, comes: bool, entry: &Entry) -> Self {
        let is_adjusted = matches!(entry.fact, Fact::Adjustment(_) | Fact::AdjustmentMove(_));
        match other {
            Bucket::Issued if is_adjusted => Self::Adjusted,
            Bucket::Issued if comes => Self::Earned,
            Bucket::Issued => Self::TakenBack,
            Bucket::Redeemed if comes => Self::Refunded,
            Bucket::Redeemed => Self::Redeemed,
            Bucket::Expired => Self::Expired,
            Bucket::WrittenOff => Self::MadeGood,
            Bucket::Moved => Self::PointsMerged,
            Bucket::Paid => Self::PaidOut,
            Bucket::Given => Self::DonationsReceived,
            Bucket::Settled if comes => Self::CameBack,
            Bucket::Settled => Self::Settled,
            Bucket::Lapsed => Self::Lapsed,
            Bucket::Donated => Self::Donated,
            Bucket::MovedMoney => Self::MoneyMerged,
            Bucket::Granted if entry.kind == EntryKind::DonationMatched => Self::DonationsMatched,
            Bucket::Granted => Self::Granted,
            Bucket::Pending
            | Bucket::Available
            | Bucket::Held
            | Bucket::Reserved
            | Bucket::Due
            | Bucket::Carried
            | Bucket::Withheld
            | Bucket::Drawn
            | Bucket::Sent => unreachable!("it is open"),
        }
    }

    /// Returns the place of the line among all of them.
    #[must_use]
    pub fn index(self) -> usize {
        Self::ALL.iter().position(|line| *line == self).expect("every line is among all of them")
    }
}

/// True for a place whose points a member may still use, or whose money the company owes.
#[must_use]
pub const fn is_open(bucket: Bucket) -> bool {
    match bucket {
        Bucket::Pending
        | Bucket::Available
        | Bucket::Held
        | Bucket::Reserved
        | Bucket::Due
        | Bucket::Carried
        | Bucket::Withheld
        | Bucket::Drawn
        | Bucket::Sent => true,
        Bucket::Issued
        | Bucket::Redeemed
        | Bucket::Expired
        | Bucket::WrittenOff
        | Bucket::Paid
        | Bucket::Moved
        | Bucket::Granted
        | Bucket::Settled
        | Bucket::Lapsed
        | Bucket::Donated
        | Bucket::MovedMoney
        | Bucket::Given => false,
    }
}

/// Returns the open places of a unit, by number.
pub fn open(unit: Unit) -> impl Iterator<Item = Bucket> {
    Bucket::ALL.into_iter().filter(move |bucket| bucket.unit() == unit && is_open(*bucket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_in_order_and_names_are_unique_within_a_unit() {
        assert!(Line::ALL.iter().enumerate().all(|(index, line)| line.index() == index));
        assert!(Line::ALL.is_sorted_by_key(|line| line.unit()));
        for unit in [Unit::Points, Unit::Money] {
            let mut names: Vec<_> =
                Line::ALL.iter().filter(|line| line.unit() == unit).map(|line| line.name()).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), Line::ALL.iter().filter(|line| line.unit() == unit).count());
        }
    }
}
