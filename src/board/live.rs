//! The boards that a keeper keeps up to date, and those that are being made.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinSet;

use super::members::Members;
use super::ranks::{Board, Change};
use super::sums::Known;
use super::turns::Turns;
use super::{AsOf, BoardError, BoardName};
use crate::domain::project::span::SPAN_ENTRIES;
use crate::domain::value::seq::Seq;
use crate::log::Log;

/// Boards kept for each programme. One more drops a board that was not read for a while. A dashboard shows a dozen.
pub(super) const BOARDS_MAX: usize = 64;

/// Boards that are made at once: each reads every span.
const BUILDING_MAX: usize = 2;

/// A board that is up to date.
struct Live {
    board: Board,
    is_read: IsRead,
}

/// True once somebody has read a board, since it was last looked at.
pub(super) type IsRead = Arc<AtomicBool>;

type Built = (BoardName, Seq, Result<Board, BoardError>);

/// Boards that are up to date, and boards that are being made.
#[derive(Default)]
pub(super) struct LiveBoards {
    live: HashMap<BoardName, Live>,
    building: JoinSet<Built>,
    /// Names of the boards that wait to be made.
    wanted: VecDeque<BoardName>,
    /// Boards that are being made, each with the last entry that it holds then.
    begun: Vec<(BoardName, Seq)>,
    /// Changes since the first board that is being made was begun, each with its entry.
    since: Vec<(Seq, Change)>,
}

impl LiveBoards {
    /// True when nothing has to be told of changes.
    pub(super) fn is_empty(&self) -> bool {
        self.live.is_empty() && self.building.is_empty()
    }

    /// Drops every board that nobody has read since the last call. Returns true when one was read, or is being made.
    pub(super) fn drop_unread(&mut self) -> bool {
        self.live.retain(|_, live| live.is_read.swap(false, Ordering::Relaxed));
        !self.is_empty()
    }

    /// Has every board take a change into account.
    pub(super) fn tell(&mut self, seq: Seq, change: Change) {
        self.live.values_mut().for_each(|live| live.board.apply(&change));
        if !self.building.is_empty() {
            self.since.push((seq, change));
        }
    }

    /// Notes that a board is asked for. One that is not there is wanted.
    pub(super) fn ask(&mut self, name: BoardName) {
        let is_coming = || self.wanted.contains(&name) || self.begun.iter().any(|(begun, _)| *begun == name);
        if !self.live.contains_key(&name) && !is_coming() {
            self.wanted.push_back(name);
        }
        // Whoever waited for the first of them has gone by now.
        while self.wanted.len() > BOARDS_MAX {
            self.wanted.pop_front();
        }
    }

    /// Begins to make boards that are wanted.
    pub(super) fn build(&mut self, known: &Known, members: &Arc<Members>, log: &Arc<dyn Log>, turns: &Turns) {
        while self.building.len() < BUILDING_MAX
            && let Some(name) = self.wanted.pop_front()
        {
            let (known, members, log, turns) = (known.clone(), Arc::clone(members), Arc::clone(log), turns.clone());
            let through = known.through();
            let now = AsOf { points: through, left_out: through };
            self.begun.push((name.clone(), through));
            self.building.spawn(async move {
                let of = name.clone();
                let building = async move { known.board(&*log, &members, &of, now).await };
                // A small one is made where it is asked for.
                let built = if through.get() < SPAN_ENTRIES {
                    building.await
                } else {
                    turns.run(building).await.map_err(BoardError::from).flatten()
                };
                (name, through, built)
            });
        }
    }

    /// Waits until a board is made, for ever when none is being made, and takes it into use with the changes since.
    pub(super) async fn made(&mut self) {
        let Some(built) = self.building.join_next().await else { return std::future::pending().await };
        let (name, through, board) = match built {
            Ok(built) => built,
            Err(error) => {
                // It panicked: nothing tells which one it was. They are wanted again by whoever asks.
                tracing::error!(%error, "a board was lost while it was made");
                self.begun.clear();
                self.wanted.clear();
                self.building.abort_all();
                return;
            }
        };
        self.begun.retain(|(begun, _)| *begun != name);
        match board {
            Ok(board) => self.adopt(name, through, board),
            Err(error) => tracing::warn!(%error, "a board could not be made"),
        }
        // What no board in the making waits for.
        let oldest = self.begun.iter().map(|(_, through)| *through).min().unwrap_or(Seq::MAX);
        let passed = self.since.partition_point(|(seq, _)| *seq <= oldest);
        self.since.drain(..passed);
    }

    fn adopt(&mut self, name: BoardName, through: Seq, mut board: Board) {
        let later = self.since.partition_point(|(seq, _)| *seq <= through);
        for (_, change) in self.since.get(later..).unwrap_or_default() {
            board.apply(change);
        }
        if self.live.len() >= BOARDS_MAX {
            self.make_room();
        }
        self.live.insert(name, Live { board, is_read: IsRead::new(AtomicBool::new(true)) });
    }

    /// Drops a board that nobody has read since boards were dropped last, or any if all were read.
    fn make_room(&mut self) {
        let unread = self.live.iter().min_by_key(|(_, live)| live.is_read.load(Ordering::Relaxed));
        if let Some(name) = unread.map(|(name, _)| name.clone()) {
            self.live.remove(&name);
        }
    }

    /// Returns copies of the boards, which share what is alike.
    pub(super) fn published(&self) -> HashMap<BoardName, (Arc<Board>, IsRead)> {
        let copy = |live: &Live| (Arc::new(live.board.clone()), Arc::clone(&live.is_read));
        self.live.iter().map(|(name, live)| (name.clone(), copy(live))).collect()
    }
}
