//! What entries hold of the till.

use crate::terms::till::{Place, Spending};
use crate::value::ids::Subject;
use crate::value::time::Micros;
use crate::value::version::versioned;

/// The hold an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldFact {
    /// Its name.
    pub place: Place,
    /// What the points are for.
    pub subject: Option<Subject>,
    /// Until when they are held.
    pub expires_at: Micros,
    /// Points that the next entry gives back, as this one spends but a part.
    pub given_back: i64,
    /// Points of what is given back that the last entry of the act moves to what was written off.
    pub made_good: i64,
}

versioned!(HoldFact = 1 { place, subject, expires_at, given_back, made_good });

/// What was spent, or of which something is given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedemptionFact {
    /// The name of the redemption, or of the hold that was captured.
    pub place: Place,
    /// Which of the two.
    pub spending: Spending,
    /// What it was spent on.
    pub subject: Option<Subject>,
    /// Points of what is given back that the next entry moves to what was written off.
    pub made_good: i64,
}

versioned!(RedemptionFact = 1 { place, spending, subject, made_good });
