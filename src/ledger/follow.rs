//! Following: taking in entries that other servers have written.
//!
//! A server that writes learns of others when an append is stale. A server that only reads learns of them here: it
//! compares heads now and then, and on demand when a caller shows that it knows more than this server does.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Ledger;
use super::state::{Committed, ProgramState};
use crate::domain::decide::seal::Head;
use crate::domain::entry::Entry;
use crate::domain::state::fold::changed::changed_records;
use crate::domain::state::kept::Kept as _;
use crate::domain::state::program::Program;
use crate::domain::state::record::RecordKey;
use crate::domain::value::encoding::Hash;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::seq::Seq;
use crate::log::{FOLD_PAGE, Log, LogError, Want, entry_at, first_gap, page_size};

/// How long a read on one server may lag behind a write on another. Shorter than a person's round trip through a page;
/// one small statement ten times a second.
pub const FOLLOW_EVERY: Duration = Duration::from_millis(100);

/// How far a server may lag behind when it decides who may do what: whoever lost a role or a key has lost it everywhere within a
/// second.
const BEHIND_MAX: Duration = Duration::from_millis(800);

/// How long a programme is followed after somebody asked for it. Later, whoever asks next has it read again first.
const FOLLOWED_FOR: Duration = Duration::from_mins(1);

/// Beyond so many entries it is cheaper to forget the cached state and load it when it is asked for.
const FOLD_MAX: i64 = 20_000;

impl Ledger {
    /// Looks once, in every programme that somebody uses here, for entries that other servers have written.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read; the programmes stay as they were.
    pub async fn follow(&self) -> Result<(), LogError> {
        // A lane with a batch in flight learns of others by the append.
        let idle = |state: &&Arc<ProgramState>| !state.in_flight.load(Ordering::Acquire) && !state.is_gone();
        let used = |state: &&Arc<ProgramState>| state.is_followed() && idle(state);
        let open: Vec<Arc<ProgramState>> = self.opened().values().filter(used).cloned().collect();
        if open.is_empty() {
            self.vitals().heard.note();
            self.vitals().followed.note();
            return Ok(());
        }
        let ids: Vec<ProgramId> = open.iter().map(|state| state.id.clone()).collect();
        let asked_at: Vec<u64> = open.iter().map(|state| state.now_ms()).collect();
        let heads = self.log.heads(&ids).await?;
        self.vitals().heard.note();
        let heads: HashMap<ProgramId, (Seq, i64)> =
            heads.into_iter().map(|(id, seq, epoch)| (id, (seq, epoch))).collect();
        let mut all_taken = true;
        for (state, asked_at_ms) in open.iter().zip(asked_at) {
            let told = heads.get(&state.id).copied();
            let known = {
                let committed = state.read();
                (committed.head.seq, committed.head.epoch)
            };
            if told == Some(known) {
                state.note_current(asked_at_ms);
            } else if idle(&state) {
                // A failure in one programme does not stop the others.
                match state.follow(&*self.log).await {
                    // There may be much to take in.
                    Ok(()) => self.vitals().heard.note(),
                    Err(error) => {
                        self.vitals().tell(|| {
                            tracing::warn!(program = %state.id, %error, "what other servers write cannot be taken in");
                        });
                        all_taken = false;
                    }
                }
            }
        }
        if all_taken {
            self.vitals().followed.note();
        }
        Ok(())
    }

    /// Takes in entries that others have written to a programme, and returns its last entry. Every write that any
    /// server acknowledged before this call is in later reads.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn catch_up(&self, program: &ProgramState) -> Result<Seq, LogError> {
        program.follow(&*self.log).await?;
        Ok(program.head_seq())
    }

    /// Makes sure that everything that any server had recorded a second ago is known here.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn keep_up(&self, program: &ProgramState) -> Result<(), LogError> {
        if program.behind() > BEHIND_MAX {
            program.follow_if_behind(&*self.log, BEHIND_MAX).await?;
        }
        Ok(())
    }

    /// Follows for ever.
    pub async fn keep_following(&self) {
        let mut failing = false;
        loop {
            tokio::time::sleep(FOLLOW_EVERY).await;
            match self.follow().await {
                Ok(()) => failing = false,
                // Logged once, not ten times a second.
                Err(_) if failing => {}
                Err(error) => {
                    failing = true;
                    tracing::warn!(%error, "what other servers write cannot be read");
                }
            }
        }
    }
}

/// The result of looking at a log that has grown.
enum Grown {
    /// The entries up to some seq were taken in, or another task is taking them in.
    Further,
    /// The log is not the one that was known: it was restored, or another took its place.
    Forked,
    /// There are too many entries, or the programme itself has changed.
    Reload,
}

impl ProgramState {
    /// True while somebody waits for its entries, or asked for it not long ago.
    #[must_use]
    pub fn is_followed(&self) -> bool {
        let asked_at = Duration::from_millis(self.asked_at_ms.load(Ordering::Relaxed));
        self.heads.receiver_count() > 0 || self.open_for.elapsed() < asked_at + FOLLOWED_FOR
    }

    /// Takes in the entries that others had committed when this was called.
    pub(super) async fn follow(&self, log: &dyn Log) -> Result<(), LogError> {
        // However little it is behind.
        self.follow_if_behind(log, Duration::ZERO).await
    }

    /// Does the same, unless it is behind no more than so much by the time at which its turn comes.
    async fn follow_if_behind(&self, log: &dyn Log, most: Duration) -> Result<(), LogError> {
        let followed = self.take_in_all(log, most).await;
        if let Err(LogError::NewerFormat { .. }) = followed {
            // The state known here is past. Later callers are told so, and those who wait for entries, too.
            self.give_up();
        }
        followed
    }

    async fn take_in_all(&self, log: &dyn Log, most: Duration) -> Result<(), LogError> {
        let _one_at_a_time = self.following.lock().await;
        // Another task may have done so meanwhile. Without a limit everything is read that was recorded before the call.
        if most > Duration::ZERO && self.behind() <= most {
            return Ok(());
        }
        let asked_at_ms = self.now_ms();
        self.take_in_up_to_now(log).await?;
        self.note_current(asked_at_ms);
        Ok(())
    }

    async fn take_in_up_to_now(&self, log: &dyn Log) -> Result<(), LogError> {
        let mut goal = None;
        loop {
            // The known head is read before the store is asked: between the two, the committed entries can only grow.
            let (known, tip) = {
                let committed = self.read();
                (committed.head.clone(), committed.tip)
            };
            if goal.is_some_and(|goal| known.seq >= goal) {
                return Ok(());
            }
            let opened = log.open(&self.id).await?.filter(|opened| opened.secret == self.secret);
            let stored = opened.ok_or_else(|| self.is_no_more())?.head;
            let found = match stored.seq.cmp(&known.seq) {
                Equal if stored.tree == known.tree => {
                    self.take_epoch(&stored);
                    return Ok(());
                }
                Less | Equal => Grown::Forked,
                Greater => self.grow(log, known.clone(), tip, &stored).await?,
            };
            goal = goal.or(Some(stored.seq));
            match found {
                Grown::Further => {}
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
        self.vitals.metrics.log_forks.inc();
        self.reset(log).await
    }

    /// Takes the epoch of a log that has not grown. A fence raises the epoch, and a failover may lose a fence.
    fn take_epoch(&self, stored: &Head) {
        let mut committed = self.write();
        if committed.head.seq == stored.seq && committed.head.epoch != stored.epoch {
            committed.head.epoch = stored.epoch;
            committed.view = committed.view.next();
        }
    }

    /// Takes in the entries between a known head and a stored one, if they join. They join when the log still holds the
    /// last known entry and all those after it without a gap.
    async fn grow(&self, log: &dyn Log, known: Head, tip: Option<Hash>, stored: &Head) -> Result<Grown, LogError> {
        if known.seq > Seq::ZERO {
            let found = entry_at(log, &self.id, known.seq).await?;
            if found.is_none_or(|entry| Some(entry.leaf) != tip) {
                return Ok(Grown::Forked);
            }
        }
        if stored.seq.get() - known.seq.get() > FOLD_MAX {
            return Ok(Grown::Reload);
        }
        let mut head = known;
        while head.seq < stored.seq {
            let from = head.seq;
            let entries = log.entries(&self.id, from, page_size(from, stored.seq, FOLD_PAGE)).await?;
            // The log was put back while it was read: that is no missing entry.
            if entries.is_empty() || first_gap(from, &entries).is_some() {
                return Ok(Grown::Forked);
            }
            if entries.iter().any(|entry| entry.kind.moves_epoch()) {
                return Ok(Grown::Reload);
            }
            for entry in &entries {
                head.advance(entry);
            }
            if head.seq == stored.seq {
                head.epoch = stored.epoch;
            }
            let program = self.counted_anew(log, &entries).await?;
            if !self.take_in(from, &head, &entries, program) {
                break;
            }
        }
        Ok(Grown::Further)
    }

    /// Reads the programme again if entries may change what it counts. The programme read may hold later entries
    /// already.
    async fn counted_anew(&self, log: &dyn Log, entries: &[Entry]) -> Result<Option<Program>, LogError> {
        let keeps_early = self.read().keeps_early() || entries.iter().any(|entry| entry.member.is_none());
        let counts = |entry| changed_records(entry, keeps_early).is_some_and(|keys| keys.contains(&RecordKey::Program));
        if !entries.iter().any(counts) {
            return Ok(None);
        }
        let own = Want::records(vec![RecordKey::Program]);
        let mut stored = log.load(&self.id, &own).await?.records;
        Ok(stored.pop().and_then(|stored| Program::of(&stored.record).cloned()))
    }

    /// Folds others' entries into the cached state; `false` when the head has moved meanwhile.
    fn take_in(&self, from: Seq, head: &Head, entries: &[Entry], program: Option<Program>) -> bool {
        let mut committed = self.write();
        if committed.head.seq != from {
            return false;
        }
        committed.head = head.clone();
        committed.tip = entries.last().map(|entry| entry.leaf);
        committed.view = committed.view.next();
        for entry in entries {
            committed.take_in(entry);
        }
        match program {
            Some(program) => committed.recount(program),
            None => committed.keep_program(),
        }
        self.tell(committed.head.seq);
        self.vitals.recorded.note();
        true
    }
}

impl Committed {
    /// Folds an entry of another server into the cached accounts. Other state that it may change is forgotten, and
    /// loaded when it is asked for.
    ///
    /// Each activity may be one of which there was news. The count of them does not tell: it may be that of later entries, and
    /// then the news is no longer among those that are kept.
    fn take_in(&mut self, entry: &Entry) {
        match changed_records(entry, true) {
            Some(keys) => keys.iter().for_each(|key| self.forget_record(key)),
            None => self.forget_records(),
        }
        let Some(member) = &entry.member else { return };
        let Some(mut account) = self.account(member).cloned() else { return };
        // An account that was loaded a moment ago may hold the entry already.
        if account.last_seq >= entry.seq {
            return;
        }
        match account.apply(entry.seq, entry.movement) {
            Ok(()) => self.put_account(account),
            Err(_overflow) => self.forget_accounts(),
        }
    }
}
