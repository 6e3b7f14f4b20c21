//! Following: taking in what other servers have written.
//!
//! A server that writes learns of others when an append is stale. One that only reads is told here: heads are compared
//! every now and then, and on demand when a caller shows that it knows more than this server does.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Ledger;
use super::state::{Committed, ProgramState};
use crate::domain::entry::{Entry, EntryKind, Seq};
use crate::domain::ids::ProgramId;
use crate::domain::seal::Head;
use crate::log::{Log, LogError};

/// How long a read on one server may lag behind a write on another: shorter than a person's round trip through a page,
/// and one small statement ten times a second.
pub const FOLLOW_EVERY: Duration = Duration::from_millis(100);

/// Entries read at a time.
const PAGE: u32 = 2_000;

/// Beyond so many entries it is cheaper to forget what was cached and load it when it is asked for.
const FOLD_MAX: i64 = 20_000;

impl Ledger {
    /// Looks for what other servers have written, once, in every programme that is open here.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read; the programmes stay as they were.
    pub async fn follow(&self) -> Result<(), LogError> {
        // A lane with a batch in flight learns by it.
        let idle = |state: &&Arc<ProgramState>| !state.in_flight.load(Ordering::Acquire);
        let open: Vec<Arc<ProgramState>> = self.opened().values().filter(idle).cloned().collect();
        if open.is_empty() {
            return Ok(());
        }
        let ids: Vec<ProgramId> = open.iter().map(|state| state.id.clone()).collect();
        let heads = self.log.heads(&ids).await?;
        for state in &open {
            let told = heads.iter().find(|(id, ..)| *id == state.id).map(|&(_, seq, epoch)| (seq, epoch));
            let known = {
                let committed = state.read();
                (committed.head.seq, committed.head.epoch)
            };
            if told != Some(known) && idle(&state) {
                state.follow(&*self.log).await?;
            }
        }
        Ok(())
    }

    /// Takes in what others have written to a programme, and returns its last entry: every write acknowledged before this
    /// was called, by any server, is in what is read afterwards.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn catch_up(&self, program: &ProgramState) -> Result<Seq, LogError> {
        program.follow(&*self.log).await?;
        Ok(program.head_seq())
    }

    /// Follows for ever.
    pub async fn keep_following(&self) {
        let mut failing = false;
        loop {
            tokio::time::sleep(FOLLOW_EVERY).await;
            match self.follow().await {
                Ok(()) => failing = false,
                // Once, not ten times a second.
                Err(_) if failing => {}
                Err(error) => {
                    failing = true;
                    tracing::warn!(%error, "what other servers write cannot be read");
                }
            }
        }
    }
}

/// What was found where the log has grown.
enum Grown {
    /// Everything up to the head was taken in, or somebody else is taking it in.
    Again,
    /// It is not the log that was known: it was put back, or another took its place.
    Forked,
    /// There is too much of it, or the programme itself has changed.
    Reload,
}

impl ProgramState {
    /// Takes in what others have committed.
    pub(super) async fn follow(&self, log: &dyn Log) -> Result<(), LogError> {
        let _one_at_a_time = self.following.lock().await;
        loop {
            // Known first, then asked: what is committed can only grow between the two.
            let known = self.read().head.clone();
            let opened = log.open(&self.id).await?;
            let stored =
                opened.ok_or_else(|| LogError::Unavailable(format!("{} is no longer in the store", self.id)))?.head;
            if stored.seq < known.seq || (stored.seq == known.seq && stored.tree != known.tree) {
                return self.start_anew(log, &known, &stored).await;
            }
            if stored.seq == known.seq {
                self.raise_epoch(&stored);
                return Ok(());
            }
            match self.grow(log, known.clone(), &stored).await? {
                Grown::Again => {}
                Grown::Reload => return self.reload(log).await,
                Grown::Forked => return self.start_anew(log, &known, &stored).await,
            }
        }
    }

    async fn start_anew(&self, log: &dyn Log, known: &Head, stored: &Head) -> Result<(), LogError> {
        tracing::warn!(
            program = %self.id, known = known.seq.get(), stored = stored.seq.get(),
            "the log is not the one known so far: it was restored, or a failover lost its end; reading it anew"
        );
        self.reset(log).await
    }

    fn raise_epoch(&self, stored: &Head) {
        let mut committed = self.write();
        if committed.head.seq == stored.seq && committed.head.epoch < stored.epoch {
            committed.head.epoch = stored.epoch;
            committed.foreign += 1;
        }
    }

    /// Takes in the entries between a head that was known and one that is stored, unless they do not join.
    async fn grow(&self, log: &dyn Log, known: Head, stored: &Head) -> Result<Grown, LogError> {
        if stored.seq.get() - known.seq.get() > FOLD_MAX {
            return Ok(Grown::Reload);
        }
        let mut head = known;
        while head.seq < stored.seq {
            let left = u32::try_from(stored.seq.get() - head.seq.get()).unwrap_or(PAGE);
            let from = head.seq;
            let entries = log.entries(&self.id, from, left.min(PAGE)).await?;
            for entry in &entries {
                if entry.seq != head.seq.next() {
                    return Ok(Grown::Forked);
                }
                head.advance(entry);
            }
            if head.seq == from {
                return Ok(Grown::Forked);
            }
            if head.seq == stored.seq {
                if head.tree != stored.tree {
                    return Ok(Grown::Forked);
                }
                head.epoch = stored.epoch;
            }
            if entries.iter().any(|entry| entry.kind.moves_epoch()) {
                return Ok(Grown::Reload);
            }
            if !self.take_in(from, &head, &entries) {
                return Ok(Grown::Again);
            }
        }
        Ok(Grown::Again)
    }

    /// Folds others' entries into what is cached; `false` when the head has moved meanwhile, or when they do not fit.
    fn take_in(&self, from: Seq, head: &Head, entries: &[Entry]) -> bool {
        let mut committed = self.write();
        if committed.head.seq != from {
            return false;
        }
        committed.head = head.clone();
        committed.foreign += 1;
        for entry in entries {
            committed.take_in(entry);
        }
        self.tell(committed.head.seq);
        true
    }
}

impl Committed {
    /// Folds an entry of another server into the accounts that are cached; what it may change beside them is forgotten, and
    /// loaded when it is asked for.
    fn take_in(&mut self, entry: &Entry) {
        if entry.kind != EntryKind::ActivityRecorded {
            self.forget_records();
        }
        let Some(member) = &entry.member else { return };
        let Some(mut account) = self.cached_account(member).cloned() else { return };
        // One that was loaded a moment ago may hold the entry already.
        if account.last_seq >= entry.seq {
            return;
        }
        match account.apply(entry.seq, entry.movement) {
            Ok(()) => self.put_account(account),
            Err(_overflow) => self.forget_accounts(),
        }
    }
}
