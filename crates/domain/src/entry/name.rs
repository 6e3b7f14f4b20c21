//! Names of commands: the idempotency key.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::entry::kinds::CommandKind;
use crate::value::encoding::Hash;
use crate::value::ids::{ActivityId, RequestId, SourceId};

/// Name of a command within its programme: the idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandName {
    /// Where it came from.
    pub source: SourceId,
    /// Its type.
    pub kind: CommandKind,
    /// The id its client chose.
    pub id: RequestId,
}

impl CommandName {
    /// Names the command that records an activity.
    #[must_use]
    pub fn recording(source: SourceId, activity: &ActivityId) -> Self {
        Self { source, kind: CommandKind::RecordActivity, id: RequestId::from(activity) }
    }

    /// Names an act that comes from no configured source.
    #[must_use]
    pub fn own(kind: CommandKind, id: impl Into<RequestId>) -> Self {
        Self { source: SourceId::goodturn(), kind, id: id.into() }
    }
}

/// Id and values of a command, on the first entry it wrote.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Request {
    /// The id its client chose.
    pub id: RequestId,
    /// Keyed digest of the values its client gave.
    pub digest: Hash,
}
