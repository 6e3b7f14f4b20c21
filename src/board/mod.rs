//! Leaderboards: ranks by points credited, in memory, fed by the log.
//!
//! A board is read through [`Boards`], which first catches up with the committed entries: a board never lags behind a
//! receipt.

mod ranks;

use std::ops::Range;
use std::sync::Arc;

pub use self::ranks::{Board, Ranking, Row, Standing};
use crate::domain::entry::Entry;
use crate::domain::project::totals::Totals;
use crate::domain::value::ids::{ActivityKind, MemberId, ProgramId};
use crate::domain::value::seq::Seq;
use crate::domain::value::window::Window;
use crate::ledger::Ledger;
use crate::ledger::projection::{Current, Fold, Projections};
use crate::ledger::recent::Recent;
use crate::ledger::state::ProgramState;
use crate::log::{FOLD_PAGE, Log, LogError, next_page};

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
    kept: Projections<ProgramBoards>,
}

/// The boards of one programme, all fed by one fold.
#[derive(Default)]
struct ProgramBoards {
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
        Self { ledger, kept: Projections::default() }
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
        self.current(program).await?.read(&**self.ledger.log(), &program.id, name, as_of, read).await
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
        let mut boards = self.current(program).await?;
        let page = boards.read(&**self.ledger.log(), &program.id, name, as_of, |view| Page {
            rows: view.board.rows(rows.start, rows.len(), ranking),
            seq: view.seq(),
            ranked_members: view.board.ranked_members(),
        });
        let page = page.await?;
        if rows.end < page.ranked_members {
            boards.freeze(page.seq);
        }
        Ok(page)
    }

    /// Reads the daily totals as of now.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn totals<T>(&self, program: &ProgramState, read: impl FnOnce(&Totals) -> T) -> Result<T, LogError> {
        Ok(read(&self.current(program).await?.totals))
    }

    async fn current(&self, program: &ProgramState) -> Result<Current<ProgramBoards>, LogError> {
        self.kept.current(&**self.ledger.log(), program, &()).await
    }
}

impl Fold for ProgramBoards {
    type Key = ();

    /// One feeds every board.
    const KEPT_MAX: usize = 1;

    fn begin((): &()) -> Self {
        Self::default()
    }

    fn through(&self) -> Seq {
        self.totals.through()
    }

    fn apply(&mut self, entry: &Entry) {
        let totals = Arc::make_mut(&mut self.totals);
        if let Some(credit) = totals.apply(entry) {
            self.live.values_mut().for_each(|board| board.credit(totals, &credit));
        }
    }
}

impl ProgramBoards {
    async fn read<T>(
        &mut self,
        log: &dyn Log,
        program: &ProgramId,
        name: &BoardName,
        as_of: Option<Seq>,
        read: impl FnOnce(View<'_>) -> T,
    ) -> Result<T, LogError> {
        if let Some(seq) = as_of.filter(|&seq| seq != self.totals.through()) {
            let totals = self.frozen_at(log, program, seq).await?;
            let board = make(&totals, name);
            return Ok(read(View { board: &board, totals: &totals }));
        }
        let Self { totals, live, .. } = self;
        if !has_credits(totals, name) {
            // Not kept: it could not tell the kind's first credit from another's.
            return Ok(read(View { board: &Board::default(), totals }));
        }
        let board = live.get_or_make(name, BOARDS_MAX, || make(totals, name));
        Ok(read(View { board, totals }))
    }

    /// Keeps the totals as they are, if they are as of a seq.
    fn freeze(&mut self, seq: Seq) {
        if self.totals.through() == seq {
            self.frozen.get_or_make(&seq, FROZEN_MAX, || Arc::clone(&self.totals));
        }
    }

    /// Returns the daily totals as they were after an entry, by folding the entries up to it again.
    async fn frozen_at(&mut self, log: &dyn Log, program: &ProgramId, seq: Seq) -> Result<Arc<Totals>, LogError> {
        if let Some(totals) = self.frozen.get(&seq) {
            return Ok(Arc::clone(totals));
        }
        let mut totals = Totals::default();
        let mut through = Seq::ZERO;
        while let Some(page) = next_page(log, program, &mut through, seq, FOLD_PAGE).await? {
            for entry in &page {
                totals.apply(entry);
            }
        }
        Ok(Arc::clone(self.frozen.get_or_make(&seq, FROZEN_MAX, || Arc::new(totals))))
    }
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
