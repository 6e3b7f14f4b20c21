//! News of an activity, told before the activity came.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::state::earning::Later;
use crate::value::reason::Reason;
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// Most news of an activity that has not come. It is read and written together, at some 40 bytes each, and a source
/// that is so far ahead of itself should send the activity first.
pub const EARLY_MAX: usize = 64;

/// News of an activity, told before it came, in the order of recording. It stays when the activity comes.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Early {
    /// The news, the first one first.
    pub told: Vec<EarlyNews>,
    /// The entry that recorded the activity, once it has come.
    pub came: Option<Seq>,
}

/// One piece of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EarlyNews {
    /// The entry that recorded it.
    pub seq: Seq,
    /// The news.
    pub news: News,
    /// Time of the event that is told.
    pub occurred_at: Micros,
    /// Time of recording.
    pub recorded_at: Micros,
}

/// News that a source tells of an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum News {
    /// The activity is reversed, for this reason.
    Reversed(Reason),
    /// Money of the amount was given back, in minor units.
    Refunded(i64),
    /// The activity was confirmed.
    Confirmed,
}

impl Early {
    /// Returns the entry that reversed the activity, if one did.
    #[must_use]
    pub fn reversed_by(&self) -> Option<Seq> {
        self.told.iter().find(|told| matches!(told.news, News::Reversed(_))).map(|told| told.seq)
    }

    /// Returns the news that counts for an activity of this time and amount.
    ///
    /// A confirmation or a refund counts when it is dated at or after the activity, a refund when it is not larger than
    /// the whole amount. An activity without an amount has nothing to refund.
    #[must_use]
    pub fn counting(&self, occurred_at: Micros, amount_minor: Option<i64>) -> Later {
        self.told.iter().fold(Later::default(), |later, told| match told.news {
            News::Reversed(reason) => later.reversed(told.seq, reason),
            News::Refunded(_) | News::Confirmed if told.occurred_at < occurred_at => later,
            News::Refunded(minor) if amount_minor.is_some_and(|amount| minor <= amount) => later.refunded(minor),
            News::Refunded(_) => later,
            News::Confirmed => later.confirmed(told.occurred_at),
        })
    }

    /// Returns the sum of the refunds that do not count for an activity, in minor units.
    #[must_use]
    pub fn left_out_minor(&self, occurred_at: Micros, amount_minor: Option<i64>) -> i64 {
        let refunds = self.told.iter().filter_map(|told| match told.news {
            News::Refunded(minor) => Some(minor),
            News::Reversed(_) | News::Confirmed => None,
        });
        refunds.fold(0, i64::saturating_add).saturating_sub(self.counting(occurred_at, amount_minor).refunded_minor)
    }
}
