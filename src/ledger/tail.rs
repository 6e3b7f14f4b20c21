//! The tail: a programme's entries in order and without a gap, first the recorded ones, then those to come.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;
use tokio::sync::watch;

use super::Ledger;
use super::state::ProgramState;
use crate::domain::entry::Entry;
use crate::domain::value::encoding::Hash;
use crate::domain::value::seq::Seq;
use crate::log::{Log, LogError, entry_at, first_gap, missing_entry, page_size};

/// The largest page, in entries. With the longest entries it is a message of 606,001 bytes, a seventh of the largest
/// reply.
pub const PAGE_MAX: u32 = 500;

/// A place in a log, after one entry. It is known by the entry's seq and hash, so it is no place in a log that went
/// another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LogPosition {
    /// The entry's seq; 0 is the place before the first entry, whatever the leaf.
    pub seq: Seq,
    /// The entry's leaf.
    pub leaf: Hash,
}

impl LogPosition {
    /// The place before the first entry.
    pub const START: Self = Self { seq: Seq::ZERO, leaf: [0; 32] };

    /// Returns the place after an entry.
    #[must_use]
    pub const fn after(entry: &Entry) -> Self {
        Self { seq: entry.seq, leaf: entry.leaf }
    }
}

/// Reasons why a tail ends.
#[derive(Debug, Error)]
pub enum TailError {
    /// The log does not have the entry at the reader's place.
    #[error("the log, whose last entry is {head}, has no such entry {seq}")]
    Forked {
        /// The seq of the reader's place.
        seq: Seq,
        /// The last entry of the log.
        head: Seq,
    },
    /// The reader wants a place after an entry that is not recorded.
    #[error("entry {seq} is not recorded; the last is {head}")]
    NotRecorded {
        /// The seq that the reader wants.
        seq: Seq,
        /// The last entry of the log.
        head: Seq,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// One reader's way along a programme's log.
///
/// Every page is read from the store together with the entry before it, whose leaf must be that of the last entry
/// given. So the pages join, even when the store was put back to an earlier state in between, by whatever means.
/// Entries are given once the server shows them as committed, and never earlier.
pub struct Tail {
    log: Arc<dyn Log>,
    program: Arc<ProgramState>,
    heads: watch::Receiver<Seq>,
    last: LogPosition,
}

impl Tail {
    /// Starts after an entry that is known only by its seq.
    ///
    /// # Errors
    /// [`TailError::NotRecorded`] when the log has no entry of that seq.
    pub async fn after_seq(ledger: &Ledger, program: Arc<ProgramState>, seq: Seq) -> Result<Self, TailError> {
        let mut tail = Self::at(ledger, program, LogPosition::START);
        if seq > Seq::ZERO {
            // The store is asked, not this server's view of it: another server may have recorded the entry.
            match entry_at(&*tail.log, &tail.program.id, seq).await? {
                Some(entry) => tail.last = LogPosition::after(&entry),
                None => return Err(TailError::NotRecorded { seq, head: tail.stored_head().await? }),
            }
        }
        Ok(tail)
    }

    /// Starts at a place where a reader has stood before.
    ///
    /// # Errors
    /// [`TailError::Forked`] when the log has no such entry, or another of that seq.
    pub async fn resume(ledger: &Ledger, program: Arc<ProgramState>, place: LogPosition) -> Result<Self, TailError> {
        let tail = Self::at(ledger, program, place);
        tail.read(Seq::ZERO).await?;
        Ok(tail)
    }

    fn at(ledger: &Ledger, program: Arc<ProgramState>, last: LogPosition) -> Self {
        Self { log: Arc::clone(ledger.log()), heads: program.heads(), program, last }
    }

    /// Returns its place: after the last entry it gave.
    #[must_use]
    pub fn place(&self) -> LogPosition {
        self.last
    }

    /// Returns the next entries, at least one. Waits until there are some.
    ///
    /// A call that is dropped while it waits gives nothing away: the next call begins where it did.
    ///
    /// # Errors
    /// [`TailError::Forked`] when the log no longer holds the entry given last; and when it cannot be read.
    pub async fn next(&mut self) -> Result<Vec<Entry>, TailError> {
        let mut told = self.heads.has_changed().unwrap_or(true);
        loop {
            let head = *self.heads.borrow_and_update();
            if told || head > self.last.seq {
                let entries = self.read(head).await?;
                if let Some(last) = entries.last() {
                    self.last = LogPosition::after(last);
                    return Ok(entries);
                }
            }
            if self.program.is_gone() {
                // When a newer version of this program writes the log, no more entries would ever come.
                self.stored_head().await?;
            }
            self.heads.changed().await.expect("the programme, which is held here, holds the sender");
            told = true;
        }
    }

    /// Reads the entries after the place and up to a head, at most a page. Checks that they join.
    async fn read(&self, head: Seq) -> Result<Vec<Entry>, TailError> {
        let LogPosition { seq: last, leaf } = self.last;
        let wanted = page_size(last, head, PAGE_MAX);
        let mut entries;
        if last == Seq::ZERO {
            entries = self.log.entries(&self.program.id, last, wanted).await?;
        } else {
            entries = self.log.entries(&self.program.id, last.previous(), wanted + 1).await?;
            if entries.first().is_none_or(|entry| entry.seq != last || entry.leaf != leaf) {
                return Err(TailError::Forked { seq: last, head: self.stored_head().await? });
            }
            entries.remove(0);
        }
        match first_gap(last, &entries) {
            Some(gap) => Err(missing_entry(&self.program.id, gap).into()),
            None => Ok(entries),
        }
    }

    async fn stored_head(&self) -> Result<Seq, TailError> {
        let opened = self.log.open(&self.program.id).await?;
        Ok(opened.map_or(Seq::ZERO, |opened| opened.head.seq))
    }
}
