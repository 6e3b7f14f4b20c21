//! The mark by which a log is known again. A restored log, or another log, may be as long.

use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::link::{Found, Trouble, trouble};
use super::patience::SILENCE_MAX;
use crate::cli::server::Connection;
use goodturn::domain::value::encoding::hex;
use goodturn::domain::value::ids::ProgramId;
use goodturn::pb;
use goodturn::pb::ledger_client::LedgerClient;

/// An entry and its hash. No other entry has this hash, as each is hashed with a salt of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) seq: i64,
    leaf_hash: String,
}

impl Mark {
    /// Asks for the mark of an entry.
    ///
    /// # Errors
    /// The server does not answer it.
    pub(super) async fn of(connection: Connection, program: &ProgramId, seq: i64) -> Result<Self, Trouble> {
        let parent = format!("programs/{program}");
        let request = pb::WatchEntriesRequest { parent, after_seq: seq - 1, ..Default::default() };
        let first = async {
            let mut entries = LedgerClient::new(connection).watch_entries(request).await?.into_inner();
            entries.message().await
        };
        let silent = |_| Trouble::Passing(format!("entry {seq} was not told for {} s", SILENCE_MAX.as_secs()));
        let message = timeout(SILENCE_MAX, first).await.map_err(silent)?.map_err(|status| trouble(&status))?;
        let entry = message.and_then(|message| message.entries.into_iter().next());
        let entry = entry.ok_or_else(|| Trouble::Passing(format!("entry {seq} was not told")))?;
        Ok(Self { seq: entry.seq, leaf_hash: hex(&entry.leaf_hash) })
    }

    /// Checks that a server has the log that the import began with.
    ///
    /// # Errors
    /// The server has another log, or does not answer.
    pub(super) async fn check(
        &self,
        seq_max: i64,
        found: &Found,
        connection: &Connection,
        program: &ProgramId,
    ) -> Result<(), Trouble> {
        let advice = "it was restored to an earlier state, or is another; import from the beginning, without --resume";
        if found.head_seq < seq_max {
            let head_seq = found.head_seq;
            let why =
                format!("its log ends with entry {head_seq}, and this import was told of entry {seq_max}: {advice}");
            return Err(Trouble::OtherLog(why));
        }
        if Self::of(connection.clone(), program, self.seq).await? == *self {
            return Ok(());
        }
        Err(Trouble::OtherLog(format!("its entry {} is not the one that this import was told of: {advice}", self.seq)))
    }
}
