//! Reading boards: as of now, as of an earlier entry, and page by page.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::keepers::{Found, Keepers, position};
use super::ranks::{Board, Ranking};
use super::{Begin, BoardError, BoardName, Page, Place, Reading, lock, rows_of};
use crate::domain::project::people::People;
use crate::domain::project::shared::SharedList;
use crate::domain::project::span::complete_at;
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Day;
use crate::ledger::Ledger;
use crate::ledger::recent::Recent;
use crate::ledger::state::ProgramState;

/// How long a reader waits for a board that is being made, before it is told to come again.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long somebody waits who needs the totals of the whole programme, as a payout does.
const WHOLE_LOG_PATIENCE: Duration = Duration::from_mins(10);

/// Past boards kept for each programme, so that a list read page by page is made once. They share what is alike with the board
/// that goes on.
const PAST_MAX: usize = 16;

/// How often programmes are looked at whose totals nobody gathers.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The boards of every programme.
pub struct Boards {
    ledger: Arc<Ledger>,
    keepers: Keepers,
    past: Mutex<HashMap<ProgramId, Recent<PastName, PastBoard>>>,
    /// How long somebody waits for a board that is being made.
    patience: Duration,
}

/// The log, the board, and the entries that fix points and who is left out.
type PastName = (u64, BoardName, Seq, Seq);
type PastBoard = (Arc<Board>, SharedList<MemberId>);

impl Boards {
    /// Makes boards on a ledger. A board is made when it is first read.
    #[must_use]
    pub fn new(ledger: Arc<Ledger>) -> Self {
        let keepers = Keepers::new(Arc::clone(&ledger), true);
        Self { ledger, keepers, past: Mutex::default(), patience: PATIENCE }
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
        let Found { published, kept, boards } = self.keepers.found(program, names, self.patience).await?;
        Ok(Reading { published, kept, boards })
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
        let (head, resets) = position(program);
        let (points, hidden, last) = match from {
            Begin::Now => (None, head, None),
            Begin::AsOf(seq) => (Some(seq), head, None),
            Begin::After(place) => (Some(place.points), place.hidden, Some(place.last)),
        };
        let found = points.and_then(|points| self.find_past(&program.id, &(resets, name.clone(), points, hidden)));
        let (board, points, hidden) = match (found, points) {
            (Some(found), Some(points)) => (found, points, hidden),
            (_, None) => self.now(program, name).await?,
            (None, Some(points)) => self.past(program, name, (points, hidden)).await?,
        };
        Ok(self.page_of(&program.id, &(resets, name.clone(), points, hidden), board, last, max, ranking))
    }

    /// Returns the rows of a board after a row. While more are left, the board is kept as it is for the next page.
    fn page_of(
        &self,
        program: &ProgramId,
        name: &PastName,
        (board, ids): PastBoard,
        last: Option<(i64, Seq)>,
        max: usize,
        ranking: Ranking,
    ) -> Page {
        let &(_, _, points, hidden) = name;
        let first = board.place_after(last);
        let rows = board.rows(first, max, ranking);
        let end = rows.last().filter(|_| first + rows.len() < board.ranked()).map(|(_, key)| *key);
        let next = end.map(|key| Place { points, hidden, last: (key.points.0, key.reached) });
        let page =
            Page { rows: rows_of(&ids, &rows), seq: points, ranked: board.ranked(), left_out: board.left_out(), next };
        if next.is_some() {
            self.keep_past(program, name, (board, ids));
        }
        page
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
        let resets = reading.published.resets;
        let (points, hidden) = (reading.seq(), reading.published.people.hidden_since(reading.seq()));
        let page = |(name, board): (&BoardName, &Arc<Board>)| {
            let past = (resets, name.clone(), points, hidden);
            self.page_of(&program.id, &past, (Arc::clone(board), reading.published.ids.clone()), None, max, ranking)
        };
        Ok(names.iter().zip(&reading.boards).map(page).collect())
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
        let known = self.keepers.known(program, WHOLE_LOG_PATIENCE).await?;
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

    /// Has the totals of programmes gathered and stored while entries are recorded, for ever. So a start reads totals, and what
    /// follows them.
    pub async fn keep_storing(&self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            for program in self.ledger.in_use() {
                if complete_at(program.head_seq()) > Seq::ZERO {
                    drop(self.keepers.of(&program));
                }
            }
        }
    }

    /// Returns the board as of now, and the entries that fix it.
    async fn now(&self, program: &Arc<ProgramState>, name: &BoardName) -> Result<(PastBoard, Seq, Seq), BoardError> {
        let reading = self.read(program, std::slice::from_ref(name)).await?;
        let seq = reading.seq();
        let hidden = reading.published.people.hidden_since(seq);
        Ok(((Arc::clone(&reading.boards[0]), reading.published.ids.clone()), seq, hidden))
    }

    /// Makes a board as of earlier entries. Others go on meanwhile.
    async fn past(
        &self,
        program: &Arc<ProgramState>,
        name: &BoardName,
        (points, hidden): (Seq, Seq),
    ) -> Result<(PastBoard, Seq, Seq), BoardError> {
        let known = self.keepers.known(program, self.patience).await?;
        let (hidden, resets) = (known.people.hidden_since(hidden), position(program).1);
        let past = (resets, name.clone(), points, hidden);
        if let Some(found) = self.find_past(&program.id, &past) {
            return Ok((found, points, hidden));
        }
        let kept = self.keepers.of(program);
        let (log, of, members) = (Arc::clone(self.ledger.log()), name.clone(), Arc::clone(&kept.members));
        let making = async move {
            let board = known.board(&*log, &members, &of, (points, hidden)).await?;
            Ok::<_, BoardError>((Arc::new(board), members.ids()))
        };
        let made = self.ledger.aside().run(&program.id, making).await??;
        self.keep_past(&program.id, &past, made.clone());
        Ok((made, points, hidden))
    }

    fn find_past(&self, program: &ProgramId, name: &PastName) -> Option<PastBoard> {
        lock(&self.past).get_mut(program)?.get(name).cloned()
    }

    fn keep_past(&self, program: &ProgramId, name: &PastName, board: PastBoard) {
        lock(&self.past).entry(program.clone()).or_default().get_or_make(name, PAST_MAX, || board);
    }
}
