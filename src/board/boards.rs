//! Reading boards: as of now, as of an earlier entry, and page by page.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::keeper::Kept;
use super::keepers::Keepers;
use super::past::PastBoard;
use super::ranks::{Board, Ranking};
use super::{AsOf, Begin, BoardError, BoardName, Page, Place, Reading, rows_of};
use crate::domain::project::people::People;
use crate::domain::value::ids::MemberId;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Day;
use crate::ledger::Ledger;
use crate::ledger::state::ProgramState;

/// How long a reader waits for a board that is being made, before it is told to come again.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long somebody waits who needs the totals of the whole programme, as a payout does.
const WHOLE_LOG_PATIENCE: Duration = Duration::from_mins(10);

/// Looks after which a keeper that has failed is started again: a minute.
const FAILED_AGAIN_LOOKS: u64 = 60;

/// How often it is looked for programmes in use that have no keeper.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The boards of every programme.
pub struct Boards {
    ledger: Arc<Ledger>,
    keepers: Keepers,
    /// How long somebody waits for a board that is being made.
    patience: Duration,
}

impl Boards {
    /// Makes boards on a ledger. A board is made when it is first read.
    #[must_use]
    pub fn new(ledger: Arc<Ledger>) -> Self {
        let keepers = Keepers::new(Arc::clone(&ledger), true);
        Self { ledger, keepers, patience: PATIENCE }
    }

    /// Returns boards on a store that is only read, for someone who waits until they are made.
    #[must_use]
    pub fn reading_only(self) -> Self {
        Self { keepers: Keepers::new(Arc::clone(&self.ledger), false), patience: WHOLE_LOG_PATIENCE, ..self }
    }

    /// Reads boards as of now, all as of the same entry.
    ///
    /// # Errors
    /// [`BoardError`] when the log cannot be read, or is still being read.
    pub async fn read(&self, program: &Arc<ProgramState>, names: &[BoardName]) -> Result<Reading, BoardError> {
        self.keepers.read(program, names, self.patience).await
    }

    /// Reads rows of a board.
    ///
    /// # Errors
    /// [`BoardError`] when the log cannot be read or is still being read, or when too many past boards of the programme are being
    /// made.
    pub async fn page(
        &self,
        program: &Arc<ProgramState>,
        name: &BoardName,
        from: Begin,
        max: usize,
        ranking: Ranking,
    ) -> Result<Page, BoardError> {
        let (as_of, last) = match from {
            Begin::Now => (None, None),
            Begin::AsOf(points) => (Some(AsOf { points, left_out: program.head_seq() }), None),
            Begin::After(place) => (Some(place.as_of), Some(place.last)),
        };
        let (kept, board, as_of) = match as_of {
            None => self.now(program, name).await?,
            Some(as_of) => self.past(program, name, as_of).await?,
        };
        let page = page_of(&board, as_of, last, max, ranking);
        if page.next.is_some() {
            // As it is, for the next page.
            kept.past.keep(&(name.clone(), as_of), &board);
        }
        Ok(page)
    }

    /// Reads the first rows of several boards, all as of the same entry.
    ///
    /// # Errors
    /// [`BoardError`] when the log cannot be read, or is still being read.
    pub async fn pages(
        &self,
        program: &Arc<ProgramState>,
        names: &[BoardName],
        max: usize,
        ranking: Ranking,
    ) -> Result<Vec<Page>, BoardError> {
        let reading = self.read(program, names).await?;
        let as_of = reading.as_of();
        let board = |board: &Arc<Board>| PastBoard { board: Arc::clone(board), ids: reading.published.ids.clone() };
        // Few read on from here, so the boards are not kept: they would take the places of lists that are read.
        Ok(reading.boards.iter().map(|of| page_of(&board(of), as_of, None, max, ranking)).collect())
    }

    /// Returns the points credited to each person up to a day, and the last entry that is counted.
    ///
    /// # Errors
    /// [`BoardError`] when the log cannot be read, or is still being read.
    pub async fn credited(
        &self,
        program: &Arc<ProgramState>,
        last_day: Day,
    ) -> Result<(HashMap<MemberId, i64>, Seq), BoardError> {
        let (known, _) = self.keepers.known(program, WHOLE_LOG_PATIENCE).await?;
        let log = Arc::clone(self.ledger.log());
        let summing = async move { (known.credited(&*log, last_day).await, known.through()) };
        let (credited, through) = self.ledger.aside().run_without_turn(summing).await?;
        Ok((credited?, through))
    }

    /// Returns the persons as of now.
    ///
    /// # Errors
    /// [`BoardError`] when the log cannot be read, or is still being read.
    pub async fn people(&self, program: &Arc<ProgramState>) -> Result<Arc<People>, BoardError> {
        Ok(Arc::clone(&self.read(program, &[]).await?.published.people))
    }

    /// Runs for ever: starts a keeper for each programme in use, so that daily totals are stored as entries are recorded, and the
    /// next start need not read the log.
    pub async fn keep_storing(&self) {
        for look in 1_u64.. {
            tokio::time::sleep(LOOK_EVERY).await;
            self.keepers.look_after(look.is_multiple_of(FAILED_AGAIN_LOOKS));
        }
    }

    /// Returns the largest number of entries of a programme that are recorded and not yet in its boards.
    #[must_use]
    pub fn lag(&self) -> i64 {
        self.keepers.lag()
    }

    /// Returns the board as of now, with its keeper and the entries that fix it.
    async fn now(
        &self,
        program: &Arc<ProgramState>,
        name: &BoardName,
    ) -> Result<(Arc<Kept>, PastBoard, AsOf), BoardError> {
        let mut reading = self.read(program, std::slice::from_ref(name)).await?;
        let as_of = reading.as_of();
        let board = reading.boards.pop().expect("as many as names");
        let ids = reading.published.ids.clone();
        Ok((reading.kept, PastBoard { board, ids }, as_of))
    }

    /// Finds or makes a board as of earlier entries. Others go on meanwhile.
    async fn past(
        &self,
        program: &Arc<ProgramState>,
        name: &BoardName,
        as_of: AsOf,
    ) -> Result<(Arc<Kept>, PastBoard, AsOf), BoardError> {
        let kept = self.keepers.of(program);
        if let Some(found) = kept.past.find(&(name.clone(), as_of)) {
            return Ok((kept, found, as_of));
        }
        let (known, kept) = self.keepers.known(program, self.patience).await?;
        // Who is left out is the same from the last change of it on.
        let as_of = AsOf { left_out: known.people.hidden_since(as_of.left_out), ..as_of };
        let past = (name.clone(), as_of);
        if let Some(found) = kept.past.find(&past) {
            return Ok((kept, found, as_of));
        }
        let (log, of, members) = (Arc::clone(self.ledger.log()), name.clone(), Arc::clone(&kept.members));
        let making = async move {
            let board = known.board(&*log, &members, &of, as_of).await?;
            Ok::<_, BoardError>(PastBoard { board: Arc::new(board), ids: members.ids() })
        };
        let made = self.ledger.aside().run(&program.id, making).await??;
        kept.past.keep(&past, &made);
        Ok((kept, made, as_of))
    }
}

/// Returns the rows of a board after a row.
fn page_of(of: &PastBoard, as_of: AsOf, last: Option<(i64, Seq)>, max: usize, ranking: Ranking) -> Page {
    let PastBoard { board, ids } = of;
    let first = board.place_after(last);
    let rows = board.rows(first, max, ranking);
    let end = rows.last().filter(|_| first + rows.len() < board.ranked()).map(|(_, key)| *key);
    Page {
        rows: rows_of(ids, &rows),
        seq: as_of.points,
        ranked: board.ranked(),
        left_out: board.left_out(),
        next: end.map(|key| Place { as_of, last: (key.points.0, key.reached) }),
    }
}
