//! Leaderboards: ranks by points credited, in memory, fed by the log.
//!
//! A board is read through [`Boards`], which first catches up with the committed entries: a board never lags behind a
//! receipt.

mod ranks;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use thiserror::Error;

pub use self::ranks::{Board, Ranking, Row, Standing};
use crate::domain::entry::Entry;
use crate::domain::project::totals::Totals;
use crate::domain::value::ids::{ActivityKind, MemberId, ProgramId};
use crate::domain::value::seq::Seq;
use crate::domain::value::window::Window;
use crate::ledger::Ledger;
use crate::ledger::aside::AsideError;
use crate::ledger::projection::{Current, Fold, Projections};
use crate::ledger::recent::Recent;
use crate::ledger::state::ProgramState;
use crate::log::{FOLD_PAGE, LogError, next_page};

/// Boards kept for each programme. One more drops the board that was not read for longest. A dashboard shows a dozen.
const BOARDS_MAX: usize = 64;

/// Past states kept for each programme, so that a list read page by page folds the log once.
const PAST_MAX: usize = 4;

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
    past: Arc<Past>,
}

/// The boards of one programme, all fed by one fold.
#[derive(Default)]
struct ProgramBoards {
    /// Shared with past states; copied when it changes while one of them is kept.
    totals: Arc<Totals>,
    live: Recent<BoardName, Board>,
}

/// Reasons why a board cannot be read.
#[derive(Debug, Error)]
pub enum BoardError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The past state was not computed.
    #[error(transparent)]
    Aside(#[from] AsideError),
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
        Self { ledger, kept: Projections::default(), past: Arc::default() }
    }

    /// Reads a board as of now.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn read<T>(
        &self,
        program: &ProgramState,
        name: &BoardName,
        read: impl FnOnce(View<'_>) -> T,
    ) -> Result<T, LogError> {
        Ok(self.current(program).await?.read(name, read))
    }

    /// Reads rows of a board from a place on, as of now or of an earlier seq. While rows are left, the board is kept as
    /// it is for the next page.
    ///
    /// # Errors
    /// [`BoardError`] when the log cannot be read, or too many past boards of the programme are being computed.
    pub async fn page(
        &self,
        program: &ProgramState,
        name: &BoardName,
        as_of: Option<Seq>,
        rows: Range<usize>,
        ranking: Ranking,
    ) -> Result<Page, BoardError> {
        let page_of = |view: View<'_>| Page {
            rows: view.board.rows(rows.start, rows.len(), ranking),
            seq: view.seq(),
            ranked_members: view.board.ranked_members(),
        };
        let resets = program.read().resets;
        if let Some(seq) = as_of {
            if let Some(totals) = self.past.get(&program.id, (resets, seq)) {
                return Ok(page_of(View { board: &make(&totals, name), totals: &totals }));
            }
            if self.current(program).await?.through() != seq {
                let totals = self.past_totals(program, (resets, seq)).await?;
                return Ok(page_of(View { board: &make(&totals, name), totals: &totals }));
            }
        }
        let mut current = self.current(program).await?;
        let page = current.read(name, page_of);
        if rows.end < page.ranked_members {
            self.past.put(&program.id, (resets, page.seq), &current.totals);
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
        self.kept.current(&self.ledger, program, &()).await
    }

    /// Returns the daily totals as they were after an entry, by folding the entries up to it again. Others go on meanwhile.
    async fn past_totals(&self, program: &ProgramState, at: (u64, Seq)) -> Result<Arc<Totals>, BoardError> {
        let (log, id, past) = (Arc::clone(self.ledger.log()), program.id.clone(), Arc::clone(&self.past));
        let folding = async move {
            // Whoever had the turn before may have asked for the same.
            if let Some(totals) = past.get(&id, at) {
                return Ok(totals);
            }
            let (mut totals, mut through) = (Totals::default(), Seq::ZERO);
            while let Some(page) = next_page(&*log, &id, &mut through, at.1, FOLD_PAGE).await? {
                for entry in &page {
                    totals.apply(entry);
                }
            }
            let totals = Arc::new(totals);
            past.put(&id, at, &totals);
            Ok::<_, LogError>(totals)
        };
        Ok(self.ledger.aside().run(&program.id, folding).await??)
    }
}

/// Past states of programmes, each known by the number of resets of its log and by its last entry.
#[derive(Default)]
struct Past(Mutex<PastOfPrograms>);

type PastOfPrograms = HashMap<ProgramId, Recent<(u64, Seq), Arc<Totals>>>;

impl Past {
    fn get(&self, program: &ProgramId, at: (u64, Seq)) -> Option<Arc<Totals>> {
        self.lock().get_mut(program)?.get(&at).map(Arc::clone)
    }

    fn put(&self, program: &ProgramId, at: (u64, Seq), totals: &Arc<Totals>) {
        self.lock().entry(program.clone()).or_default().get_or_make(&at, PAST_MAX, || Arc::clone(totals));
    }

    fn lock(&self) -> MutexGuard<'_, PastOfPrograms> {
        self.0.lock().expect("nothing panics while it holds the lock")
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
    fn read<T>(&mut self, name: &BoardName, read: impl FnOnce(View<'_>) -> T) -> T {
        let Self { totals, live } = self;
        if !has_credits(totals, name) {
            // Not kept: it could not tell the kind's first credit from another's.
            return read(View { board: &Board::default(), totals });
        }
        let board = live.get_or_make(name, BOARDS_MAX, || make(totals, name));
        read(View { board, totals })
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
