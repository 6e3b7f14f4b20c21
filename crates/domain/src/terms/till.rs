//! The till: shops' names of holds and redemptions, and their requests for points.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::value::ids::{MemberId, SourceId, Subject, TillId};

/// Longest time of a hold, in microseconds: seven days, the longest that card schemes let an authorisation stand.
pub const HOLD_MICROS_MAX: i64 = 7 * 24 * 60 * 60 * 1_000_000;

/// Time after its expiry in which a hold can still be captured, in microseconds: a day. A shop that was cut off comes
/// back in that time.
pub const GRACE_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

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
