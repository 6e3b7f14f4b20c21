//! The till: how a shop names and asks for points.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::value::ids::{MemberId, SourceId, Subject, TillId};

/// Longest time a hold may stand, in microseconds: seven days, as card schemes let an authorisation stand at most.
pub const HOLD_MICROS_MAX: i64 = 7 * 24 * 60 * 60 * 1_000_000;

/// How long after its expiry a hold can still be captured, in microseconds: a day, in which a shop that was cut off comes back.
pub const GRACE_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// Most open holds of a member: they are read together whenever points are spent, at some 100 bytes each.
pub const OPEN_HOLDS_MAX: usize = 100;

/// A hold or a redemption by its name.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Place {
    /// The shop, as a source.
    pub source: SourceId,
    /// The shop's own id of it.
    pub id: TillId,
}

/// What a hold or a redemption asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its name.
    pub place: Place,
    /// Whose points.
    pub member: MemberId,
    /// How many, above zero.
    pub points: i64,
    /// What they are for, as the id of an order.
    pub subject: Option<Subject>,
}

/// How points were spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Spending {
    /// At once.
    Redemption,
    /// By capturing a hold.
    Capture,
}

impl Place {
    /// Resource name, relative to its programme.
    #[must_use]
    pub fn resource(&self, spending: Spending) -> String {
        let collection = match spending {
            Spending::Redemption => "redemptions",
            Spending::Capture => "holds",
        };
        format!("sources/{}/{collection}/{}", self.source, self.id)
    }
}
