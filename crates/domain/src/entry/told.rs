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
    /// A part of the amount, of the quantity or of both was given back.
    Refunded {
        /// Money, in minor units; 0 when none was given back.
        minor: i64,
        /// Part of the quantity; 0 when none was given back.
        quantity: i64,
    },
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
            EntryKind::ActivityRefunded => {
                Some(Self::Refunded { minor: fact.refunded_minor, quantity: fact.refunded_quantity })
            }
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
            Self::Refunded { .. } => EntryKind::ActivityRefunded,
            Self::Confirmed => EntryKind::ActivityConfirmed,
            Self::WaitEnded => EntryKind::WaitEnded,
        }
    }

    /// Returns the reason of a reversal.
    #[must_use]
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Reversed(reason) => Some(reason),
            Self::Refunded { .. } | Self::Confirmed | Self::WaitEnded => None,
        }
    }

    /// Returns the money given back, in minor units.
    #[must_use]
    pub const fn refunded_minor(self) -> i64 {
        match self {
            Self::Refunded { minor, .. } => minor,
            Self::Reversed(_) | Self::Confirmed | Self::WaitEnded => 0,
        }
    }

    /// Returns the part of the quantity that was given back.
    #[must_use]
    pub const fn refunded_quantity(self) -> i64 {
        match self {
            Self::Refunded { quantity, .. } => quantity,
            Self::Reversed(_) | Self::Confirmed | Self::WaitEnded => 0,
        }
    }
}
