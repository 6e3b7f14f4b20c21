//! The till: shops' names of holds and redemptions, and their requests for points.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::value::ids::{MemberId, SourceId, Subject, TillId};
use crate::value::seq::Seq;
use crate::value::time::Day;

/// Longest time of a hold, in microseconds: seven days, the longest that card schemes let an authorisation stand.
pub const HOLD_MICROS_MAX: i64 = 7 * 24 * 60 * 60 * 1_000_000;

/// Time after its expiry in which a hold can still be captured, in microseconds: a day. A shop that was cut off comes
/// back in that time.
pub const GRACE_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// Longest age that a shop may ask of points, in days: a leap year, longer than goods can be returned anywhere.
pub const MIN_AGE_DAYS_MAX: u32 = 366;

/// Most open holds of a member. They are read together whenever points are spent, at some 100 bytes each.
pub const OPEN_HOLDS_MAX: usize = 100;

/// Name of a hold or of a redemption.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Place {
    /// The shop, as a source.
    pub source: SourceId,
    /// The shop's own id of the hold or the redemption.
    pub id: TillId,
}

/// Request of a shop for a hold or for a redemption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Name of the hold or the redemption.
    pub place: Place,
    /// The member whose points are asked for.
    pub member: MemberId,
    /// Number of points, above zero.
    pub points: i64,
    /// Purpose of the points, as the id of an order.
    pub subject: Option<Subject>,
    /// Least age of the points in days, 0 to [`MIN_AGE_DAYS_MAX`]; 0 for any. What they were earned by can then no longer
    /// be returned. The oldest points are used first, so as many points are too young as were earned since, net of points
    /// taken back.
    pub min_age_days: u32,
    /// Credit that is younger, once the ledger has summed it up; `None` where no age is asked for.
    pub young: Option<Young>,
}

/// Credit of a person that is younger than an age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Young {
    /// The last day whose credit is old enough.
    pub through: Day,
    /// Credit of later days, net of points taken back.
    pub points: i64,
    /// The last entry that the sum counts.
    pub as_of: Seq,
}

/// Returns the last day whose credit is `days` days old on a day; `None` before the first day there is.
#[must_use]
pub fn old_enough_on(today: Day, days: u32) -> Option<Day> {
    Day::new(today.get().checked_sub_unsigned(days)?)
}

/// Way in which points are spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Spending {
    /// At once.
    Redemption,
    /// By capturing a hold.
    Capture,
}

impl Place {
    /// Returns the resource name, relative to its programme.
    #[must_use]
    pub fn resource(&self, spending: Spending) -> String {
        let collection = match spending {
            Spending::Redemption => "redemptions",
            Spending::Capture => "holds",
        };
        format!("sources/{}/{collection}/{}", self.source, self.id)
    }
}
