//! News of an activity, told before the activity came.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::entry::told::Told;
use crate::state::earning::{LastWord, Later, News};
use crate::terms::activity::Measure;
use crate::value::ids::RequestId;
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// Most news of an activity that has not come. It is read and written together, at some 80 bytes each, and a source
/// that is so far ahead of itself should send the activity first.
pub const EARLY_MAX: usize = 64;

/// News of an activity, told before it came, in the order of recording. It stays when the activity comes. Of reversals
/// and restorations only the greatest is kept: it alone counts.
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
    /// True when there is room for one more piece of news.
    #[must_use]
    pub fn has_room(&self, told: Told) -> bool {
        self.news.len() < EARLY_MAX || (told.is_word() && self.news.iter().any(|news| news.told.is_word()))
    }

    /// Adds one more piece of news.
    pub fn add(&mut self, news: EarlyNews) {
        let place = self.news.iter().position(|other| other.told.is_word()).filter(|_| news.told.is_word());
        match place {
            Some(place) => {
                if news.word() > self.news[place].word() {
                    self.news.remove(place);
                    self.news.push(news);
                }
            }
            None => self.news.push(news),
        }
    }

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

    /// Returns the word that the news says on whether the activity counts, if it says one.
    fn word(&self) -> Option<LastWord> {
        Later::default().told(self.news()).last_word
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
