//! News of an activity, as it is told.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::entry::Entry;
use crate::entry::commands::CommandKind;
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
    /// The activity counts again, although it was reversed.
    Restored,
    /// The member is banned, and the ban takes the activity back.
    Revoked,
    /// The ban that took the activity back was lifted.
    Reinstated,
}

impl Told {
    /// Returns the news that an entry tells of an activity; `None` when the activity loses its exclusive key or gets it.
    #[must_use]
    pub fn of(entry: &Entry, fact: &EarningFact) -> Option<Self> {
        match entry.kind {
            EntryKind::ActivityReversed => Some(Self::Reversed(entry.reason?)),
            EntryKind::ActivityRefunded => {
                Some(Self::Refunded { minor: fact.refunded_minor, quantity: fact.refunded_quantity })
            }
            EntryKind::ActivityConfirmed => Some(Self::Confirmed),
            EntryKind::WaitEnded => Some(Self::WaitEnded),
            EntryKind::ActivityRestored => Some(Self::Restored),
            EntryKind::ActivityRevoked => Some(Self::Revoked),
            EntryKind::ActivityReinstated => Some(Self::Reinstated),
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
            Self::Restored => EntryKind::ActivityRestored,
            Self::Revoked => EntryKind::ActivityRevoked,
            Self::Reinstated => EntryKind::ActivityReinstated,
        }
    }

    /// Returns the type of the command that tells the news.
    #[must_use]
    pub const fn command_kind(self) -> CommandKind {
        match self {
            Self::Reversed(_) => CommandKind::ReverseActivity,
            Self::Refunded { .. } => CommandKind::RefundActivity,
            Self::Confirmed => CommandKind::ConfirmActivity,
            Self::WaitEnded => CommandKind::EndWait,
            Self::Restored => CommandKind::RestoreActivity,
            Self::Revoked => CommandKind::RevokeActivity,
            Self::Reinstated => CommandKind::ReinstateActivity,
        }
    }

    /// True for news that the activity's source tells, which may come before the activity. The service itself tells the
    /// other news: of the end of a waiting time, of a ban, and of its end.
    #[must_use]
    pub const fn is_of_source(self) -> bool {
        match self {
            Self::Reversed(_) | Self::Restored | Self::Refunded { .. } | Self::Confirmed => true,
            Self::WaitEnded | Self::Revoked | Self::Reinstated => false,
        }
    }

    /// Returns the reason of a reversal.
    #[must_use]
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Reversed(reason) => Some(reason),
            _ => None,
        }
    }

    /// Returns the money given back, in minor units.
    #[must_use]
    pub const fn refunded_minor(self) -> i64 {
        match self {
            Self::Refunded { minor, .. } => minor,
            _ => 0,
        }
    }

    /// Returns the part of the quantity that was given back.
    #[must_use]
    pub const fn refunded_quantity(self) -> i64 {
        match self {
            Self::Refunded { quantity, .. } => quantity,
            _ => 0,
        }
    }
}
