//! News of an activity, as it is told.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::entry::Entry;
use crate::entry::earning::EarningFact;
use crate::entry::kinds::EntryKind;
use crate::value::reason::Reason;

/// News of an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Told {
    /// The activity is reversed, for this reason.
    Reversed(Reason),
    /// Money of the amount was given back, in minor units.
    Refunded(i64),
    /// The activity was confirmed.
    Confirmed,
    /// A waiting time of the activity is over.
    WaitEnded,
}

impl Told {
    /// Returns the news that an entry tells of an activity; `None` when neither a source nor the end of a waiting time
    /// tells it.
    #[must_use]
    pub fn of(entry: &Entry, fact: &EarningFact) -> Option<Self> {
        match entry.kind {
            EntryKind::ActivityReversed => Some(Self::Reversed(entry.reason?)),
            EntryKind::ActivityRefunded => Some(Self::Refunded(fact.refunded_minor)),
            EntryKind::ActivityConfirmed => Some(Self::Confirmed),
            EntryKind::WaitEnded => Some(Self::WaitEnded),
            _ => None,
        }
    }

    /// Returns the kind of the entry that tells the news.
    #[must_use]
    pub const fn entry_kind(self) -> EntryKind {
        match self {
            Self::Reversed(_) => EntryKind::ActivityReversed,
            Self::Refunded(_) => EntryKind::ActivityRefunded,
            Self::Confirmed => EntryKind::ActivityConfirmed,
            Self::WaitEnded => EntryKind::WaitEnded,
        }
    }

    /// Returns the reason of a reversal.
    #[must_use]
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Reversed(reason) => Some(reason),
            Self::Refunded(_) | Self::Confirmed | Self::WaitEnded => None,
        }
    }

    /// Returns the money given back, in minor units.
    #[must_use]
    pub const fn refunded_minor(self) -> i64 {
        match self {
            Self::Refunded(minor) => minor,
            Self::Reversed(_) | Self::Confirmed | Self::WaitEnded => 0,
        }
    }
}
