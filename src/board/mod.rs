//! Leaderboards: ranks by points credited, in memory, fed by the log.
//!
//! A board is read through [`Boards`], which first catches up with the committed entries: a board never lags behind a
//! receipt.

mod ranks;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use tokio::sync::Mutex as AsyncMutex;

pub use self::ranks::{Board, Ranking, Row, Standing};
use crate::domain::entry::Entry;
use crate::domain::project::totals::Totals;
use crate::domain::value::ids::{ActivityKind, MemberId, ProgramId};
use crate::domain::value::seq::Seq;
use crate::domain::value::window::Window;
use crate::ledger::Ledger;
use crate::ledger::recent::Recent;
use crate::ledger::state::ProgramState;
use crate::log::{Log, LogError};

/// Entries read at a time while catching up.
const CATCH_UP_PAGE: u32 = 2_000;

/// Boards kept for each programme. One more drops the board that was not read for longest. A dashboard shows a dozen.
const BOARDS_MAX: usize = 64;

/// Past states kept for each programme, so that a list read page by page folds the log once.
const FROZEN_MAX: usize = 4;

/// The name of a board: the credits that it counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BoardName {
    /// The days it counts.
    pub window: Window,
    /// The kind of activity it counts; `None` for all.
    pub kind: Option<ActivityKind>,
}

/// The boards of every programme.
pub struct Boards {
    ledger: Arc<Ledger>,
    programs: Mutex<HashMap<ProgramId, Arc<AsyncMutex<ProgramBoards>>>>,
}

#[derive(Default)]
struct ProgramBoards {
    /// The log that the totals belong to: the number of times it was found to be another.
    resets: u64,
    /// Shared with the frozen boards; copied when it changes while one of them is kept.
    totals: Arc<Totals>,
    live: Recent<BoardName, Board>,
    frozen: Recent<Seq, Arc<Totals>>,
}

/// A board as of a seq, to be read.
pub struct View<'a> {
    /// The board.
    pub board: &'a Board,
    /// The totals it was made of.
    pub totals: &'a Totals,
}

/// Rows of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Row>,
    /// The last entry the board holds.
    pub seq: Seq,
    /// Number of members that are ranked.
    pub ranked_members: usize,
}

impl View<'_> {
    /// The last entry the board holds.
    #[must_use]
    pub const fn seq(&self) -> Seq {
        self.totals.through()
    }

    /// Returns a member's rank and neighbours.
    #[must_use]
    pub fn standing(&self, member: &MemberId, around: usize, ranking: Ranking) -> Standing {
        self.board.standing(member, self.totals.index_of(member), around, ranking)
    }
}

impl Boards {
    /// Makes boards on a ledger. A board is computed when it is first read.
    #[must_use]
    pub fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger, programs: Mutex::default() }
    }

    /// Reads a board as of now, or as of an earlier seq.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn read<T>(
        &self,
        program: &ProgramState,
        name: &BoardName,
        as_of: Option<Seq>,
        read: impl FnOnce(View<'_>) -> T,
    ) -> Result<T, LogError> {
        let boards = self.of(&program.id);
        let mut boards = boards.lock().await;
        boards.catch_up(&**self.ledger.log(), program).await?;
        if let Some(seq) = as_of.filter(|&seq| seq != boards.totals.through()) {
            let totals = boards.frozen_at(&**self.ledger.log(), &program.id, seq).await?;
            let board = make(&totals, name);
            return Ok(read(View { board: &board, totals: &totals }));
        }
        let ProgramBoards { totals, live, .. } = &mut *boards;
        if !has_credits(totals, name) {
            // Not kept: it could not tell the kind's first credit from another's.
            return Ok(read(View { board: &Board::default(), totals }));
        }
        let board = live.get_or_make(name, BOARDS_MAX, || make(totals, name));
        Ok(read(View { board, totals }))
    }

    /// Reads rows of a board from a place on, as of now or of an earlier seq. While rows are left, the board is kept as
    /// it is for the next page.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn page(
        &self,
        program: &ProgramState,
        name: &BoardName,
        as_of: Option<Seq>,
        rows: Range<usize>,
        ranking: Ranking,
    ) -> Result<Page, LogError> {
        let page = self.read(program, name, as_of, |view| Page {
            rows: view.board.rows(rows.start, rows.len(), ranking),
            seq: view.seq(),
            ranked_members: view.board.ranked_members(),
        });
        let page = page.await?;
        if rows.end < page.ranked_members {
            let boards = self.of(&program.id);
            let ProgramBoards { totals, frozen, .. } = &mut *boards.lock().await;
            if totals.through() == page.seq {
                frozen.get_or_make(&page.seq, FROZEN_MAX, || Arc::clone(totals));
            }
        }
        Ok(page)
    }

    /// Reads the daily totals as of now.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn totals<T>(&self, program: &ProgramState, read: impl FnOnce(&Totals) -> T) -> Result<T, LogError> {
        let boards = self.of(&program.id);
        let mut boards = boards.lock().await;
        boards.catch_up(&**self.ledger.log(), program).await?;
        Ok(read(&boards.totals))
    }

    fn of(&self, program: &ProgramId) -> Arc<AsyncMutex<ProgramBoards>> {
        let mut programs = self.programs.lock().expect("nothing panics while it holds the lock");
        Arc::clone(programs.entry(program.clone()).or_default())
    }
}

impl ProgramBoards {
    /// Takes in every entry that is committed.
    async fn catch_up(&mut self, log: &dyn Log, program: &ProgramState) -> Result<(), LogError> {
        let (head, resets) = {
            let committed = program.read();
            (committed.head.seq, committed.resets)
        };
        if self.totals.through() > head || self.resets != resets {
            // The log is another than the one folded so far.
            *self = Self { resets, ..Self::default() };
        }
        while self.totals.through() < head {
            let totals = Arc::make_mut(&mut self.totals);
            let left = u32::try_from(head.get() - totals.through().get()).unwrap_or(CATCH_UP_PAGE);
            for entry in next_entries(log, &program.id, totals.through(), left.min(CATCH_UP_PAGE)).await? {
                if let Some(credit) = totals.apply(&entry) {
                    self.live.values_mut().for_each(|board| board.credit(totals, &credit));
                }
            }
        }
        Ok(())
    }

    /// Returns the daily totals as they were after an entry, by folding the entries up to it again.
    async fn frozen_at(&mut self, log: &dyn Log, program: &ProgramId, seq: Seq) -> Result<Arc<Totals>, LogError> {
        if let Some(totals) = self.frozen.get(&seq) {
            return Ok(Arc::clone(totals));
        }
        let mut totals = Totals::default();
        while totals.through() < seq {
            let left = u32::try_from(seq.get() - totals.through().get()).unwrap_or(CATCH_UP_PAGE);
            for entry in next_entries(log, program, totals.through(), left.min(CATCH_UP_PAGE)).await? {
                totals.apply(&entry);
            }
        }
        Ok(Arc::clone(self.frozen.get_or_make(&seq, FROZEN_MAX, || Arc::new(totals))))
    }
}

/// Returns the entries after one that is not the last: at least one.
async fn next_entries(log: &dyn Log, program: &ProgramId, after: Seq, max: u32) -> Result<Vec<Entry>, LogError> {
    let entries = log.entries(program, after, max).await?;
    if entries.first().is_none_or(|first| first.seq != after.next()) {
        let (row, problem) = (format!("seq {}", after.next()), "the entry is missing".to_owned());
        return Err(LogError::Corrupt { table: "entry", column: "seq", row, problem });
    }
    Ok(entries)
}

/// True when anything was ever credited for the board's kind.
fn has_credits(totals: &Totals, name: &BoardName) -> bool {
    name.kind.as_ref().is_none_or(|kind| totals.kind_index(kind).is_some())
}

fn make(totals: &Totals, name: &BoardName) -> Board {
    if has_credits(totals, name) {
        Board::of(totals, name.window, name.kind.as_ref().and_then(|kind| totals.kind_index(kind)))
    } else {
        Board::default()
    }
}
