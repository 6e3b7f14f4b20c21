//! Names of commands: the idempotency key.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::entry::commands::CommandKind;
use crate::value::encoding::Hash;
use crate::value::ids::{ActivityId, RequestId, SourceId};

/// Name of a command within its programme: the idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandName {
    /// Source of the command.
    pub source: SourceId,
    /// Type of the command.
    pub kind: CommandKind,
    /// Id that the client chose.
    pub id: RequestId,
}

impl CommandName {
    /// Makes the name of the command that records an activity.
    #[must_use]
    pub fn recording(source: SourceId, activity: &ActivityId) -> Self {
        Self { source, kind: CommandKind::RecordActivity, id: RequestId::from(activity) }
    }

    /// Makes the name of an act that comes from no configured source.
    #[must_use]
    pub fn own(kind: CommandKind, id: impl Into<RequestId>) -> Self {
        Self { source: SourceId::goodturn(), kind, id: id.into() }
    }
}

/// Id and values of a command, on the first entry that it wrote.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Request {
    /// Id that the client chose.
    pub id: RequestId,
    /// Keyed digest of the client's values.
    pub digest: Hash,
}
