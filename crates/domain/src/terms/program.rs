//! A programme's terms.

use jiff::tz::TimeZone;

use crate::value::ids::UpdateId;
use crate::value::money::Currency;
use crate::value::time::{UnknownTimeZone, time_zone};
use crate::value::version::versioned;

/// Largest debt limit, in points: as many as the reward of one rule.
pub const DEBT_LIMIT_MAX: i64 = crate::value::amount::RULE_POINTS_MAX;

/// Debt limit of a programme that sets none, in points: a hundred pounds at a point a penny, more than one order brings.
pub const DEBT_LIMIT_DEFAULT: i64 = 10_000;

/// Terms with which a programme is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramTerms {
    /// Currency of the money paid out.
    pub currency: Currency,
    /// IANA name of the time zone whose midnight separates days; checked when it was parsed.
    pub time_zone: String,
    /// Number of points below zero to which a reversal may take the available points, 0 to [`DEBT_LIMIT_MAX`].
    pub debt_limit_points: i64,
    /// Most points that one person may adjust alone, 0 to [`crate::terms::adjustment::POINTS_MAX`].
    pub adjustment_limit_points: i64,
}

versioned!(ProgramTerms = 1 { currency, time_zone, debt_limit_points, adjustment_limit_points });

/// A change of a programme's limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermsUpdate {
    /// Id of the change.
    pub id: UpdateId,
    /// The new debt limit, in points; `None` to leave it.
    pub debt_limit_points: Option<i64>,
    /// The new limit of what one person may adjust alone, in points; `None` to leave it.
    pub adjustment_limit_points: Option<i64>,
}

versioned!(TermsUpdate = 1 { id, debt_limit_points, adjustment_limit_points });

impl ProgramTerms {
    /// Returns the terms after a change.
    #[must_use]
    pub fn updated(&self, update: &TermsUpdate) -> Self {
        Self {
            debt_limit_points: update.debt_limit_points.unwrap_or(self.debt_limit_points),
            adjustment_limit_points: update.adjustment_limit_points.unwrap_or(self.adjustment_limit_points),
            ..self.clone()
        }
    }

    /// Returns the time zone.
    ///
    /// # Errors
    /// [`UnknownTimeZone`] when there is none of that name.
    pub fn zone(&self) -> Result<TimeZone, UnknownTimeZone> {
        time_zone(&self.time_zone)
    }
}
