//! Projections: folds of a programme's entries that are kept in memory.
//!
//! A projection is caught up with the committed head before it is read: it never lags behind a receipt of this server. Entries
//! are read page by page, and none is kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::{Mutex as AsyncMutex, OwnedMappedMutexGuard, OwnedMutexGuard};

use super::Ledger;
use super::recent::Recent;
use super::state::ProgramState;
use crate::domain::entry::Entry;
use crate::domain::project::ages::Aged;
use crate::domain::terms::expiry::CutOff;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::seq::Seq;
use crate::log::{FOLD_PAGE, Log, LogError, next_page};

/// A fold of a programme's entries, in their order.
pub trait Fold: Send + 'static {
    /// The key that tells the folds of one programme apart.
    type Key: Clone + PartialEq + Send;

    /// Folds kept for each programme. One more drops the fold that was not read for longest.
    const KEPT_MAX: usize;

    /// Begins before the first entry.
    fn begin(key: &Self::Key) -> Self;

    /// Returns the seq of the last entry taken in.
    fn through(&self) -> Seq;

    /// Takes in the next entry.
    fn apply(&mut self, entry: &Entry);
}

/// Folds of one kind, of every programme that was asked for them.
pub struct Projections<F: Fold> {
    programs: Mutex<HashMap<ProgramId, Arc<AsyncMutex<Kept<F>>>>>,
}

/// Folds of one programme.
pub struct Kept<F: Fold> {
    /// The log that the folds belong to: the number of times it was found to be another.
    resets: u64,
    folds: Recent<F::Key, F>,
}

/// A fold that holds every entry committed when it was asked for. Others wait for as long as it is held.
pub type Current<F> = OwnedMappedMutexGuard<Kept<F>, F>;

impl<F: Fold> Default for Projections<F> {
    fn default() -> Self {
        Self { programs: Mutex::default() }
    }
}

impl<F: Fold> Default for Kept<F> {
    fn default() -> Self {
        Self { resets: 0, folds: Recent::default() }
    }
}

impl<F: Fold> Projections<F> {
    /// Catches up with what is committed, and gives the fold to be read.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read; what was taken in stays.
    pub async fn current(&self, ledger: &Ledger, program: &ProgramState, key: &F::Key) -> Result<Current<F>, LogError> {
        let kept = self.of(&program.id);
        let kept = kept.lock_owned().await;
        let (head, resets) = {
            let committed = program.read();
            (committed.head.seq, committed.resets)
        };
        let mut fold = OwnedMutexGuard::map(kept, |kept| kept.fold_of(key, head, resets));
        if head.get() - fold.through().get() <= i64::from(FOLD_PAGE) {
            catch_up(&**ledger.log(), &program.id, &mut *fold, head).await?;
            return Ok(fold);
        }
        // The first read of a large programme takes seconds. They must not be those of other calls.
        let (log, program) = (Arc::clone(ledger.log()), program.id.clone());
        let caught_up = ledger.aside().run_without_turn(async move {
            catch_up(&*log, &program, &mut *fold, head).await?;
            Ok(fold)
        });
        caught_up.await.map_err(|lost| LogError::Unavailable(lost.to_string()))?
    }

    fn of(&self, program: &ProgramId) -> Arc<AsyncMutex<Kept<F>>> {
        let mut programs = self.programs.lock().expect("nothing panics while it holds the lock");
        Arc::clone(programs.entry(program.clone()).or_default())
    }
}

/// Takes in the entries up to a head.
async fn catch_up(log: &dyn Log, program: &ProgramId, fold: &mut impl Fold, head: Seq) -> Result<(), LogError> {
    let mut through = fold.through();
    while let Some(page) = next_page(log, program, &mut through, head, FOLD_PAGE).await? {
        for entry in &page {
            fold.apply(entry);
        }
    }
    Ok(())
}

impl<F: Fold> Kept<F> {
    /// Returns the fold of a key. It is begun anew when the log is another than the one folded so far.
    fn fold_of(&mut self, key: &F::Key, head: Seq, resets: u64) -> &mut F {
        if self.resets != resets {
            *self = Self { resets, ..Self::default() };
        }
        let fold = self.folds.get_or_make_mut(key, F::KEPT_MAX, || F::begin(key));
        if fold.through() > head {
            *fold = F::begin(key);
        }
        fold
    }
}

impl Fold for Aged {
    type Key = CutOff;

    /// The cut-off that is posted, and the one to come.
    const KEPT_MAX: usize = 2;

    fn begin(cut_off: &CutOff) -> Self {
        Self::new(*cut_off)
    }

    fn through(&self) -> Seq {
        self.through()
    }

    fn apply(&mut self, entry: &Entry) {
        self.apply(entry);
    }
}
