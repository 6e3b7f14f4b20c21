//! News of an activity, told before the activity came.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::entry::told::Told;
use crate::state::earning::{Later, News};
use crate::terms::activity::Measure;
use crate::value::ids::RequestId;
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// Most news of an activity that has not come. It is read and written together, at some 80 bytes each, and a source
/// that is so far ahead of itself should send the activity first.
pub const EARLY_MAX: usize = 64;

/// News of an activity, told before it came, in the order of recording. It stays when the activity comes.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Early {
    /// The news, the first one first.
    pub news: Vec<EarlyNews>,
    /// The entry that recorded the activity, once it has come.
    pub came: Option<Seq>,
}

/// One piece of news.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EarlyNews {
    /// The entry that recorded it.
    pub seq: Seq,
    /// The source's own id of the news.
    pub id: RequestId,
    /// The news. A waiting time ends only after its activity has come.
    pub told: Told,
    /// Time of the event that is told.
    pub occurred_at: Micros,
    /// Time of recording.
    pub recorded_at: Micros,
}

impl Early {
    /// Returns the news that counts for an activity of this time, amount and quantity.
    ///
    /// A confirmation or a refund counts when it is dated at or after the activity, a refund when it is not larger than
    /// the whole amount or the whole quantity. Of what was not reported, nothing can be refunded.
    #[must_use]
    pub fn counting(&self, occurred_at: Micros, whole: Measure) -> Later {
        let counting = self.news.iter().filter(|news| news.counts(occurred_at, whole));
        counting.fold(Later::default(), |later, news| later.told(news.news()))
    }
}

impl EarlyNews {
    fn news(&self) -> News<'_> {
        News { told: self.told, id: &self.id, occurred_at: self.occurred_at, seq: self.seq }
    }

    /// True when the news counts for an activity of this time, amount and quantity; see [`Early::counting`].
    #[must_use]
    pub fn counts(&self, occurred_at: Micros, whole: Measure) -> bool {
        let is_dated_after = self.occurred_at >= occurred_at;
        match self.told {
            Told::Reversed(_) | Told::Restored => true,
            Told::Refunded { minor, quantity } => is_dated_after && whole.covers(minor, quantity),
            Told::Confirmed => is_dated_after,
            Told::WaitEnded | Told::Revoked | Told::Reinstated => false,
        }
    }
}
