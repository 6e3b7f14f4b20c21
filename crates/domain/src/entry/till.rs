//! Facts about the till.

use crate::terms::till::{Place, Spending};
use crate::value::ids::Subject;
use crate::value::time::Micros;
use crate::value::version::versioned;

/// The hold that an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldFact {
    /// Name of the hold.
    pub place: Place,
    /// Purpose of the points, if the shop gave one.
    pub subject: Option<Subject>,
    /// Time when the hold ends.
    pub expires_at: Micros,
    /// Points that the next entry gives back, when this entry spends only a part of the hold.
    pub given_back: i64,
    /// Points, of those given back, that the last entry of the act moves to the written-off bucket.
    pub made_good: i64,
    /// Age that the shop asked of the points when it held them, in days; 0 for any.
    pub min_age_days: u32,
}

versioned!(HoldFact = 1 { place, subject, expires_at, given_back, made_good, min_age_days });

/// A spending, or the one of which something is given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedemptionFact {
    /// Name of the redemption, or of the captured hold.
    pub place: Place,
    /// Kind of spending: a redemption or a captured hold.
    pub spending: Spending,
    /// Purpose for which the points were spent, if the shop gave one.
    pub subject: Option<Subject>,
    /// Points, of those given back, that the next entry moves to the written-off bucket.
    pub made_good: i64,
    /// Age that the shop asked of the points, in days; 0 for any, and where points are given back.
    pub min_age_days: u32,
}

versioned!(RedemptionFact = 1 { place, spending, subject, made_good, min_age_days });
