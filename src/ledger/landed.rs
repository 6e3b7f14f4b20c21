//! Entries that this server has just recorded, for those who fold them: reading them from the store again would cost more than
//! recording them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::watch;

use super::state::ProgramState;
use crate::domain::entry::Entry;
use crate::domain::value::encoding::Hash;
use crate::domain::value::seq::Seq;
use crate::log::{FOLD_PAGE, Log, LogError, next_page};

/// Entries kept. At about 600 bytes each, 10 MB; two of the largest batches fit, so whoever folds one finds the next.
const ENTRIES_MAX: usize = 16_384;

/// The entries recorded last, while anybody wants them.
#[derive(Default)]
pub(super) struct Landed {
    wanted_by: AtomicUsize,
    batches: Mutex<Batches>,
    /// Tells those who want them that the committed head may have changed.
    told: watch::Sender<()>,
}

#[derive(Default)]
struct Batches {
    latest_last: VecDeque<Arc<[Arc<Entry>]>>,
    entries: usize,
}

impl Landed {
    /// Keeps a batch, if anybody wants it.
    pub(super) fn keep(&self, entries: &[Arc<Entry>]) {
        if self.wanted_by.load(Ordering::Acquire) == 0 {
            return;
        }
        let mut batches = self.lock();
        batches.entries += entries.len();
        batches.latest_last.push_back(entries.into());
        while batches.entries > ENTRIES_MAX
            && let Some(oldest) = batches.latest_last.pop_front()
        {
            batches.entries -= oldest.len();
        }
    }

    /// Returns the batch in which the entry after one stands; `None` when it is not kept.
    pub(super) fn after(&self, seq: Seq) -> Option<Arc<[Arc<Entry>]>> {
        let batches = self.lock();
        let holds = |batch: &&Arc<[Arc<Entry>]>| {
            batch.first().zip(batch.last()).is_some_and(|(first, last)| first.seq <= seq.next() && seq < last.seq)
        };
        batches.latest_last.iter().rev().find(holds).cloned()
    }

    /// Forgets everything: the log is another.
    pub(super) fn forget(&self) {
        *self.lock() = Batches::default();
    }

    pub(super) fn tell(&self) {
        self.told.send_replace(());
    }

    pub(super) fn want(&self) {
        self.wanted_by.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn want_no_more(&self) {
        if self.wanted_by.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.forget();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Batches> {
        self.batches.lock().expect("nothing panics while it holds the lock")
    }
}

/// The entries of a programme as they are recorded, in order.
pub struct Feed {
    program: Arc<ProgramState>,
    told: watch::Receiver<()>,
}

impl Feed {
    /// Begins to keep what this server records of a programme.
    #[must_use]
    pub fn of(program: Arc<ProgramState>) -> Self {
        program.landed.want();
        let told = program.landed.told.subscribe();
        Self { program, told }
    }

    /// Waits until the committed head may have changed. Unlike a wait for the head, it does not keep the programme followed.
    pub async fn changed(&mut self) {
        // The programme is held, so its sender is there.
        drop(self.told.changed().await);
    }

    /// Returns the programme.
    #[must_use]
    pub const fn program(&self) -> &Arc<ProgramState> {
        &self.program
    }

    /// Returns entries that follow one, and perhaps some before them: a batch from memory where this server has recorded them just
    /// now, and else a page of the store, up to another entry.
    ///
    /// Returns `None` when the store has another entry than the one known at that place, whose leaf is given: its log is another.
    ///
    /// # Errors
    /// [`LogError`], also when an entry is missing.
    pub async fn after(
        &self,
        log: &dyn Log,
        seq: Seq,
        leaf: Option<Hash>,
        head: Seq,
    ) -> Result<Option<Arc<[Arc<Entry>]>>, LogError> {
        if let Some(batch) = self.program.landed.after(seq) {
            return Ok(Some(batch));
        }
        // Read together with the entry before, by which they join.
        let mut through = seq.previous();
        let page = next_page(log, &self.program.id, &mut through, head, FOLD_PAGE).await?.unwrap_or_default();
        let joins = leaf.is_none_or(|leaf| page.iter().any(|entry| entry.seq == seq && entry.leaf == leaf));
        Ok(joins.then(|| page.into_iter().map(Arc::new).collect()))
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.program.landed.want_no_more();
    }
}
