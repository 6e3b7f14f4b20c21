//! The keepers of all programmes, and waiting for what they publish.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;

use super::keeper::{Ask, Kept, Published, State, keep};
use super::ranks::Board;
use super::sums::Known;
use super::turns::Turns;
use super::{BoardError, BoardName, Reading, lock};
use crate::domain::project::span::complete_at;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::seq::Seq;
use crate::ledger::Ledger;
use crate::ledger::landed::Feed;
use crate::ledger::state::ProgramState;
use crate::log::LogError;

/// The keepers of programmes that somebody asked for.
pub(super) struct Keepers {
    ledger: Arc<Ledger>,
    kept: Mutex<HashMap<ProgramId, Arc<Kept>>>,
    turns: Turns,
    /// True when the totals of complete spans are stored.
    stores: bool,
}

impl Keepers {
    pub(super) fn new(ledger: Arc<Ledger>, stores: bool) -> Self {
        let turns = Turns::new(Arc::clone(ledger.aside()));
        Self { ledger, kept: Mutex::default(), turns, stores }
    }

    /// Returns what is known of a programme's totals, with every entry recorded by now.
    pub(super) async fn known(
        &self,
        program: &Arc<ProgramState>,
        patience: Duration,
    ) -> Result<(Known, Arc<Kept>), BoardError> {
        let asking = async {
            loop {
                let kept = self.of(program);
                let (reply, known) = oneshot::channel();
                if kept.asks.send(Ask::Known(reply)).await.is_ok()
                    && let Ok(known) = known.await
                {
                    return Ok((known, kept));
                }
                self.give_up(program, &kept)?;
            }
        };
        tokio::time::timeout(patience, asking).await.unwrap_or_else(|_| Err(self.loading(program)))
    }

    /// Waits until boards are published that hold every entry recorded by now.
    pub(super) async fn read(
        &self,
        program: &Arc<ProgramState>,
        names: &[BoardName],
        patience: Duration,
    ) -> Result<Reading, BoardError> {
        let (head, resets) = position(program);
        let waiting = async {
            loop {
                let kept = self.of(program);
                if let Some((published, boards)) = published(&kept, names, head, resets).await {
                    return Ok(Reading { published, kept, boards });
                }
                self.give_up(program, &kept)?;
            }
        };
        tokio::time::timeout(patience, waiting).await.unwrap_or_else(|_| Err(self.loading(program)))
    }

    /// Returns the keeper of a programme. One is started if none is there, or if it has ended.
    pub(super) fn of(&self, program: &Arc<ProgramState>) -> Arc<Kept> {
        let mut kept = lock(&self.kept);
        if let Some(known) = kept.get(&program.id).filter(|kept| kept.keeps(program)) {
            return Arc::clone(known);
        }
        let feed = Feed::of(Arc::clone(program));
        let new = Arc::new(keep(feed, Arc::clone(self.ledger.log()), self.turns.clone(), self.stores));
        kept.insert(program.id.clone(), Arc::clone(&new));
        new
    }

    /// Starts a keeper for each programme in use whose totals nobody gathers, and forgets those that have ended. One that has failed is
    /// started again when it is `due`.
    pub(super) fn look_after(&self, is_due: bool) {
        let has_failed = |kept: &Kept| matches!(&*kept.state.borrow(), State::Failed(_));
        lock(&self.kept).retain(|_, kept| !kept.asks.is_closed() || (has_failed(kept) && !is_due));
        for program in self.ledger.in_use() {
            let is_there = lock(&self.kept).get(&program.id).is_some_and(|kept| Arc::ptr_eq(&kept.program, &program));
            if !is_there && complete_at(program.head_seq()) > Seq::ZERO {
                drop(self.of(&program));
            }
        }
    }

    /// Returns the largest number of entries of a programme that are recorded and not in what its keeper shows: all of them where it has
    /// failed.
    pub(super) fn lag(&self) -> i64 {
        let lag = |kept: &Arc<Kept>| {
            let through = match &*kept.state.borrow() {
                State::Loading { through, .. } => *through,
                State::Ready(published) => published.seq,
                State::Failed(_) => Seq::ZERO,
            };
            kept.program.head_seq().get() - through.get()
        };
        lock(&self.kept).values().map(lag).max().unwrap_or_default().max(0)
    }

    /// Lets a keeper go that has ended. Tells why, if the log cannot be read.
    fn give_up(&self, program: &ProgramState, ended: &Arc<Kept>) -> Result<(), LogError> {
        let mut kept = lock(&self.kept);
        if kept.get(&program.id).is_some_and(|known| Arc::ptr_eq(known, ended)) {
            kept.remove(&program.id);
        }
        match &*ended.state.borrow() {
            State::Failed(error) => Err(error.clone()),
            State::Loading { .. } | State::Ready(_) => Ok(()),
        }
    }

    /// Returns the error for someone who has waited long enough.
    fn loading(&self, program: &ProgramState) -> BoardError {
        let kept = lock(&self.kept).get(&program.id).cloned();
        let (through, head) = match kept.as_ref().map(|kept| kept.state.borrow().clone()) {
            Some(State::Failed(error)) => return BoardError::Log(error),
            Some(State::Loading { through, head }) => (through, head),
            Some(State::Ready(published)) => (published.seq, program.head_seq()),
            None => (Seq::ZERO, program.head_seq()),
        };
        BoardError::Loading { through, head }
    }
}

impl Kept {
    /// True while it keeps boards of this programme, and not of one of its name that is no more.
    fn keeps(&self, program: &Arc<ProgramState>) -> bool {
        !self.asks.is_closed() && Arc::ptr_eq(&self.program, program)
    }
}

/// Waits for boards of a keeper; `None` when it has ended.
async fn published(
    kept: &Kept,
    names: &[BoardName],
    head: Seq,
    resets: u64,
) -> Option<(Arc<Published>, Vec<Arc<Board>>)> {
    let mut state = kept.state.clone();
    let mut asked = false;
    loop {
        let ready = match &*state.borrow_and_update() {
            State::Ready(published) => Some(Arc::clone(published)),
            State::Loading { .. } | State::Failed(_) => None,
        };
        let is_current = ready.as_ref().is_some_and(|published| published.seq >= head);
        if let Some(published) = ready
            && (published.resets > resets || published.seq >= head)
            && let Some(boards) = names.iter().map(|name| read(&published, name)).collect()
        {
            return Some((published, boards));
        }
        // Asked again where they are still missing: others may have taken their places.
        if !std::mem::replace(&mut asked, true) || is_current {
            for name in names {
                kept.asks.send(Ask::Board(name.clone())).await.ok()?;
            }
        }
        state.changed().await.ok()?;
    }
}

/// Takes a board that is published, and notes that it is read.
fn read(published: &Published, name: &BoardName) -> Option<Arc<Board>> {
    let (board, is_read) = published.boards.get(name)?;
    is_read.store(true, Ordering::Relaxed);
    Some(Arc::clone(board))
}

/// Returns the last committed entry, and the number of times that the log was found to be another.
pub(super) fn position(program: &ProgramState) -> (Seq, u64) {
    let committed = program.read();
    (committed.head.seq, committed.resets)
}
